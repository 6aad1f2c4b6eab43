"""Rows of many worlds as the bytes of one Parquet file: incidents, ledger, environments, events.

Columns of the worlds of a chunk are put one after the other and written a row group at a time, so that a chunk needs room
for one group only. Names become dictionaries, times are packed as differences, pages carry checksums. What a column means
stands in docs/reference/frames.md.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.experiment.touched import environment_table
from bcdr_sim.metrics.frames import incident_table, ledger_table
from bcdr_sim.timeline.columns import Column, Names, Numbers, event_columns
from bcdr_sim.verdict import Met, Objective

if TYPE_CHECKING:
    import pyarrow as pa

    from bcdr_sim.experiment.worlds import Worlds
    from bcdr_sim.metrics import Metrics
    from bcdr_sim.verdict import Verdict

FRAMES = ("incidents", "ledger", "environments", "events")
"""What a run can keep beside its row per world."""
FRAMES_KEPT = ("incidents", "ledger", "environments")
"""What it keeps in a folder unless said."""
GROUP_ROWS = 100_000
"""So many rows, about, are kept before they are written."""
Columns = Mapping[str, Column | NDArray[np.bool_] | NDArray[np.float64]]
_MET = tuple(met.label for met in Met)
_JUDGED = (Objective.RTO, Objective.RPO, Objective.MTPD)


def columns_of(frame: str, metrics: Metrics, verdict: Verdict) -> Columns:
    """The rows that one world adds to a frame."""
    match frame:
        case "incidents":
            judged = verdict.judgements.of_incident
            return {
                **incident_table(metrics),
                **{f"{each.value}_verdict": Names(judged[each].astype(np.int16), _MET) for each in _JUDGED},
            }
        case "ledger":
            return ledger_table(metrics)
        case "environments":
            return environment_table(metrics, verdict)
        case "events":
            return event_columns(metrics.timeline)
        case _:
            raise ValueError(f"no frame '{frame}'; there are {', '.join(FRAMES)}")


@dataclass(slots=True)
class Sheet:
    """The rows of one frame while a chunk is played. `rows` counts all of them."""

    rows: int = 0
    _waiting: list[Columns] = field(default_factory=list)
    _waiting_rows: int = 0
    _file: io.BytesIO = field(default_factory=io.BytesIO)
    _writer: Any = None

    def add(self, columns: Columns) -> None:
        """Append the rows of a world."""
        count = _length(next(iter(columns.values())))
        self._waiting.append(columns)
        self._waiting_rows += count
        self.rows += count
        if self._waiting_rows >= GROUP_ROWS:
            self._flush()

    def finished(self) -> bytes:
        """The whole file."""
        self._flush()
        self._writer.close()
        return self._file.getvalue()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = _table(self._waiting)
        if self._writer is None:
            self._writer = parquet_writer(self._file, table.schema)
        self._writer.write_table(table)
        self._waiting.clear()
        self._waiting_rows = 0


def parquet_writer(file: io.BytesIO, schema: pa.Schema) -> Any:
    """A writer with the settings of every shard."""
    import pyarrow as pa
    from pyarrow import parquet

    names = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    packed = {field.name: "DELTA_BINARY_PACKED" for field in schema if pa.types.is_integer(field.type)}
    return parquet.ParquetWriter(
        file,
        schema,
        compression="zstd",
        use_dictionary=names,
        column_encoding=packed,
        write_page_checksum=True,
    )


def worlds_file(worlds: Worlds, none_in: frozenset[str]) -> bytes:
    """The rows per world as one file; the digest as text, `NONE` as null in the columns that may have it."""
    import pyarrow as pa

    arrays = {
        name: pa.array(values.astype("U")) if values.dtype.kind == "S" else _numbers(values, name in none_in)
        for name, values in worlds.items()
    }
    table = pa.table(arrays)
    file = io.BytesIO()
    with parquet_writer(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def _numbers(values: NDArray[Any], may_be_none: bool) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, mask=values < 0) if may_be_none else pa.array(values)


def _table(parts: list[Columns]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: _joined([part[name] for part in parts]) for name in parts[0]})


def _joined(parts: list[Any]) -> pa.Array:
    """One column of several worlds."""
    import pyarrow as pa

    match parts[0]:
        case Names():
            return _joined_names(parts)
        case Numbers():
            values = np.concatenate([part.values for part in parts]).astype(np.int64)
            known = np.concatenate([part.known for part in parts])
            return pa.array(values, mask=~known)
        case _:
            return pa.array(np.concatenate(parts))


def _joined_names(parts: list[Names]) -> pa.Array:
    """Names that every world counts for itself, counted together in the order in which they are met."""
    import pyarrow as pa

    places: dict[str, int] = {}
    codes, last, recoded = [], None, np.empty(0, dtype=np.int32)
    for part in parts:
        if part.names is not last:
            known = [places.setdefault(name, len(places)) for name in part.names]
            recoded, last = np.array([*known, -1], dtype=np.int32), part.names
        codes.append(recoded[part.codes])
    together = np.concatenate(codes)
    indices = pa.array(together, mask=together < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(places), type=pa.string()))


def _length(column: Any) -> int:
    match column:
        case Names(codes=codes):
            return len(codes)
        case Numbers(values=values):
            return len(values)
        case _:
            return len(column)
