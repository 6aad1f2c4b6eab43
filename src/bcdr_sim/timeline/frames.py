"""A timeline as DataFrames: one row per event, one row per stay. pandas is imported here and nowhere below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.timeline.columns import OWNER_OF, OWNERS, PHASES, Column, Names, Numbers, event_columns
from bcdr_sim.timeline.states import read_states
from bcdr_sim.timeline.stays import REASONS, stay_columns

if TYPE_CHECKING:
    from pandas import DataFrame

    from bcdr_sim.timeline.log import Timeline


def frame(columns: Mapping[str, Column | NDArray[np.bool_] | NDArray[np.float64]]) -> DataFrame:
    """A DataFrame of columns: integers as Int64 with <NA>, names as categories, flags as bool, shares as float."""
    import pandas as pd

    series: dict[str, object] = {}
    for name, column in columns.items():
        match column:
            case Names(codes, names):
                categories = pd.Index(list(names), dtype="str")
                series[name] = pd.Categorical.from_codes(codes.astype(np.int64), categories=categories)
            case Numbers(values, known):
                series[name] = pd.arrays.IntegerArray(np.asarray(values, dtype=np.int64), ~known)
            case plain:
                series[name] = plain
    return pd.DataFrame(series)


def events_frame(timeline: Timeline) -> DataFrame:
    """See `Timeline.events`."""
    return frame({**event_columns(timeline)})


def phases_frame(timeline: Timeline) -> DataFrame:
    """See `Timeline.phases`. Columns: replication, environment, outage, phase, owner, reason, start_ms, end_ms, censored."""
    trial = timeline.trial
    parts = [
        stay_columns(read_states(timeline, first, last), horizon_ms=trial.horizon_ms)
        for first, last in timeline.by_environment.blocks()
    ]
    phase = np.concatenate([part.phase for part in parts])
    reason = np.concatenate([part.reason for part in parts])
    everything = np.ones(len(phase), dtype=np.bool_)
    return frame(
        {
            "replication": Numbers(np.full(len(phase), trial.draws.replication), everything),
            "environment": Names(np.concatenate([part.environment for part in parts]), trial.estate.names),
            "outage": Names(np.concatenate([part.outage for part in parts]), timeline.outages),
            "phase": Names(phase.astype(np.int16), PHASES),
            "owner": Names(OWNER_OF[phase, reason], OWNERS),
            "reason": Names(reason, REASONS),
            "start_ms": Numbers(np.concatenate([part.start_ms for part in parts]), everything),
            "end_ms": Numbers(np.concatenate([part.end_ms for part in parts]), everything),
            "censored": np.concatenate([part.censored for part in parts]),
        }
    )
