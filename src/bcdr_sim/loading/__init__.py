"""Files in, values out: text becomes plain data that knows its places, then a checked model, or one error.

`read` turns one file into a `Document`, `compose` does so for a file with `extends:` and `include:`, `with_table` puts the
lines of a CSV table in place of a list, `build` makes a pydantic model of it, `dump` writes plain data back. Each raises
one `InputError` that holds every fault it found. No other part of the program knows YAML.
"""

from bcdr_sim.loading.building import MisplacedValueError, build
from bcdr_sim.loading.composing import compose
from bcdr_sim.loading.document import DataPath, Document, Source, raise_all, there_are
from bcdr_sim.loading.reading import SCENARIO_LIMITS, Limits, read
from bcdr_sim.loading.tables import Cell, Columns, with_table
from bcdr_sim.loading.writing import dump

__all__ = [
    "SCENARIO_LIMITS",
    "Cell",
    "Columns",
    "DataPath",
    "Document",
    "Limits",
    "MisplacedValueError",
    "Source",
    "build",
    "compose",
    "dump",
    "raise_all",
    "read",
    "there_are",
    "with_table",
]
