"""Shards read back: rows per world as columns for statistics, any frame as a DataFrame for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bcdr_sim.experiment.playing import NONE_IN
from bcdr_sim.experiment.worlds import DIGEST, NONE, Worlds

if TYPE_CHECKING:
    from pandas import DataFrame


def read_worlds(path: Path) -> Worlds | None:
    """The worlds of one shard; None if it is no such file."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (pa.ArrowException, OSError):
        return None
    return {name: _values(table.column(name), name) for name in table.column_names}


def _values(column: Any, name: str) -> Any:
    values = column.fill_null(NONE) if name in NONE_IN else column
    found = values.to_numpy()
    return np.array(found.tolist(), dtype=DIGEST) if name == "digest" else found


def read_frame(paths: Iterable[Path], *, columns: Sequence[str] | None = None) -> DataFrame:
    """All rows of several shards of one frame, in their order: integers as Int64, names as categories.

    Raises:
        ValueError: no shards.
    """
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    tables = [
        parquet.read_table(path, columns=list(columns) if columns else None, page_checksum_verification=True)
        for path in paths
    ]
    if not tables:
        raise ValueError("no shards")
    table = pa.concat_tables(tables).unify_dictionaries()
    integers = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype()}
    frame: DataFrame = table.to_pandas(types_mapper=integers.get)
    return frame
