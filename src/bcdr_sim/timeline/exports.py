"""The events of a timeline as files: JSON lines, CSV and Parquet; traces and charts in `pictures`.

Equal timelines give equal bytes, except for Parquet, whose bytes depend on the version of pyarrow. Files carry no wall
clock: without `start` in the scenario the clock of `time:timestamp` begins at 1970-01-01T00:00:00Z.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from bcdr_sim.timeline.columns import Column, Names, Numbers, event_columns
from bcdr_sim.timeline.pictures import mermaid_gantt, trace_events

if TYPE_CHECKING:
    import pyarrow as pa

    from bcdr_sim.timeline.log import Timeline

SCHEMA = "bcdr-sim/timeline/1"
"""Name and version of the columns."""
GROWING = ("event_id", "time_ms", "cause_id", "time:timestamp")
"""Columns whose values differ little from row to row: Parquet keeps the differences, in half the space. Measured."""
_LINES_AT_ONCE = 10_000


def save(timeline: Timeline, path: Path) -> None:
    """Write the events to a file in the form that its ending names: one of `FORMS`.

    Raises:
        ValueError: no form has that ending.
    """
    for ending, write in FORMS.items():
        if path.name.endswith(ending):
            with path.open("wb") as file:
                write(timeline, file)
            return
    raise ValueError(
        f"events cannot be written to '{path.name}'; a file name ends with one of {', '.join(FORMS)}"
    )


def write_jsonl(timeline: Timeline, file: IO[bytes]) -> None:
    """One JSON object per line, keys sorted: first where the events come from, then each event with the keys it has."""
    head = {
        "schema": SCHEMA,
        "scenario": timeline.trial.scenario.name,
        "digest": timeline.digest,
        "horizon_ms": timeline.trial.horizon_ms,
        "epoch": _epoch(timeline).isoformat(),
        "provenance": dict(timeline.provenance),
    }
    file.write(_line(head))
    columns = event_columns(timeline)
    for first in range(0, len(timeline), _LINES_AT_ONCE):
        part = slice(first, first + _LINES_AT_ONCE)
        values = [_values(column, part) for column in columns.values()]
        for row in zip(*values, strict=True):
            event = {key: value for key, value in zip(columns, row, strict=True) if value is not None}
            file.write(_line(event))


def write_csv(timeline: Timeline, file: IO[bytes]) -> None:
    """The columns of `Timeline.events`, and the four names by which process miners know them."""
    from pyarrow import csv

    csv.write_csv(arrow_table(timeline), file)


def write_parquet(timeline: Timeline, file: IO[bytes]) -> None:
    """The columns of the CSV form with their types; provenance stands in the metadata of the schema."""
    from pyarrow import parquet

    table = arrow_table(timeline)
    parquet.write_table(
        table,
        file,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name not in GROWING],
        column_encoding=dict.fromkeys(GROWING, "DELTA_BINARY_PACKED"),
    )


def arrow_table(timeline: Timeline) -> pa.Table:
    """The events as an Arrow table, with provenance as metadata."""
    import pyarrow as pa

    columns = event_columns(timeline)
    arrays = {name: _array(column) for name, column in columns.items()}
    arrays["case:concept:name"] = _cases(timeline, columns)
    arrays["concept:name"] = arrays["event"]
    arrays["time:timestamp"] = pa.array(
        timeline.table["time_ms"] + _epoch_ms(timeline), type=pa.timestamp("ms", tz="UTC")
    )
    arrays["org:resource"] = arrays["actor"]
    provenance = json.dumps(dict(timeline.provenance), sort_keys=True)
    metadata = {"schema": SCHEMA, "digest": timeline.digest, "provenance": provenance}
    return pa.table(arrays).replace_schema_metadata(metadata)


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _values(column: Column, part: slice) -> Iterator[object]:
    """The values of a column, None where there is none."""
    match column:
        case Names(codes, names):
            return (None if code < 0 else names[code] for code in codes[part].tolist())
        case Numbers(values, known):
            pairs = zip(values[part].tolist(), known[part].tolist(), strict=True)
            return (value if is_known else None for value, is_known in pairs)


def _array(column: Column) -> pa.Array:
    import pyarrow as pa

    match column:
        case Names(codes, names):
            indices = pa.array(codes.astype(np.int32), mask=codes < 0)
            return pa.DictionaryArray.from_arrays(indices, pa.array(list(names), type=pa.string()))
        case Numbers(values, known):
            return pa.array(values, mask=~known)


def _cases(timeline: Timeline, columns: dict[str, Column]) -> pa.Array:
    """replication/environment/outage of every event, by which process miners group."""
    import pyarrow as pa
    from pyarrow import compute

    def text(name: str) -> pa.Array:
        return compute.fill_null(compute.cast(_array(columns[name]), pa.string()), "-")

    replication = pa.repeat(str(timeline.trial.draws.replication), len(timeline))
    return compute.binary_join_element_wise(replication, text("environment"), text("outage"), "/")


def _epoch(timeline: Timeline) -> datetime:
    """What the clock of the scenario begins at."""
    return timeline.trial.scenario.start or datetime.fromtimestamp(0, UTC)


def _epoch_ms(timeline: Timeline) -> int:
    return round(_epoch(timeline).timestamp() * 1000)


def _write_trace(timeline: Timeline, file: IO[bytes]) -> None:
    file.write(json.dumps(trace_events(timeline), sort_keys=True, separators=(",", ":")).encode() + b"\n")


def _write_mermaid(timeline: Timeline, file: IO[bytes]) -> None:
    file.write(mermaid_gantt(timeline, epoch_ms=_epoch_ms(timeline)).encode())


FORMS: dict[str, Callable[[Timeline, IO[bytes]], None]] = {
    ".jsonl": write_jsonl,
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".trace.json": _write_trace,
    ".mmd": _write_mermaid,
}
"""Forms of an events file by the ending of its name."""
