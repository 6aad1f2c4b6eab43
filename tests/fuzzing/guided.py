"""One process of a campaign: Atheris (libFuzzer) gives inputs and keeps those that reach new branches of the program.

`python -m fuzzing.guided TARGET FAULTS -- OPTIONS-OF-LIBFUZZER CORPUS`.

A fault does not end the process: the first input of each is written to the folder of faults. A hang or a lack of memory
does, and libFuzzer writes the input there.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bcdr_sim"]):
    from fuzzing.breeding import bred, stock_of
    from fuzzing.faults import record
    from fuzzing.targets import TARGETS, prepare

RAW_OF = 4
"""One input in so many is changed byte by byte as libFuzzer does it, the others as `breeding` does."""


def main(arguments: list[str]) -> None:
    """Fuzz until libFuzzer ends the process."""
    name, faults = arguments[1:3]
    target = next(each for each in TARGETS if each.name == name)
    stock = stock_of(target.seeds())
    folder = Path(tempfile.mkdtemp())
    prepare(folder)

    def change(data: bytes, length_max: int, seed: int) -> bytes:
        if seed % RAW_OF == 0 or not target.is_text:
            changed: bytes = atheris.Mutate(data, length_max)
            return changed
        return bred(data, stock, seed=seed, length_max=length_max)

    def look(data: bytes) -> None:
        try:
            target.read(data, folder)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            record(error, data, faults=Path(faults))

    atheris.Setup([arguments[0], *arguments[arguments.index("--") + 1 :]], look, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    with atheris.instrument_imports(include=["bcdr_sim"]):  # also what is imported where it is used
        main(sys.argv)
