"""Shards read back: rows per world and per environment as columns for statistics, any frame as a DataFrame for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.estate import Estate
from bcdr_sim.experiment.playing import NONE_IN
from bcdr_sim.experiment.side import MEASURES, Touched
from bcdr_sim.experiment.worlds import DIGEST, NONE, Worlds

if TYPE_CHECKING:
    from pandas import DataFrame


_COMPARED = {name for each in MEASURES for name in (each.column, each.per or each.column)}
_READ = tuple(sorted({"censored", "rta_open", *_COMPARED} - {"outages", "breached", "open"}))
_TOUCHED = (*_READ, "breached", "open")


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


def read_touched(paths: Iterable[Path], estate: Estate, replications: NDArray[np.int64]) -> Touched:
    """The environments of these replications from the shards of a run, ordered by environment and world."""
    from pyarrow import parquet

    row_of = {name: row for row, name in enumerate(estate.names)}
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("row", "place", *_TOUCHED)}
    for path in paths:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches(columns=["replication", "environment", "verdict", *_READ]):
                for name, values in _touched_rows(batch, row_of, replications).items():
                    parts[name].append(values)
    columns = {name: np.concatenate([np.empty(0, dtype=_narrow(name)), *parts[name]]) for name in parts}
    order = np.lexsort((columns["place"], columns["row"]))
    row, place = columns.pop("row")[order], columns.pop("place")[order]
    tiers = np.array([spec.tier for spec in estate.specs], dtype=np.int8)[
        np.array(estate.spec_of, dtype=np.int64)
    ]
    return Touched(row, place, tiers[row], {name: values[order] for name, values in columns.items()})


def _narrow(name: str) -> np.dtype[Any]:
    """How a column is kept: a run of hours has millions of rows."""
    return np.dtype(np.int64 if "_ms" in name else np.int32)


def _touched_rows(
    batch: Any, row_of: Mapping[str, int], replications: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """The rows of a batch that are of these replications."""
    replication = batch.column("replication").to_numpy()
    place = np.minimum(np.searchsorted(replications, replication), max(0, len(replications) - 1))
    is_in = replications[place] == replication if len(replications) else np.zeros(len(place), dtype=np.bool_)
    rows = np.array(
        [row_of[name] for name in batch.column("environment").dictionary.to_pylist()], dtype=np.int32
    )
    labels = np.array(batch.column("verdict").dictionary.to_pylist())
    verdict = batch.column("verdict").indices.to_numpy()[is_in]
    found = {
        "row": rows[batch.column("environment").indices.to_numpy()[is_in]],
        "place": place[is_in].astype(np.int32),
        "breached": (labels == "PolicyBreached")[verdict].astype(np.int32),
        "open": (labels == "Censored")[verdict].astype(np.int32),
    }
    for name in _READ:
        values = batch.column(name).to_numpy(zero_copy_only=False)[is_in]
        found[name] = values.astype(_narrow(name))
    return found
