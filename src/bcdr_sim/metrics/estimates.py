"""What the provider said about the end of an outage, and how far off it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.timeline import Timeline

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class PublishedEstimate:
    """One published estimate. `returned_ms` is when the region was back, None if not before the end of the scenario."""

    outage: str
    region: str
    published_ms: int
    estimated_end_ms: int
    returned_ms: int | None

    @property
    def error_ms(self) -> int | None:
        """How much later than estimated the region was back, negative if earlier; None if it was not."""
        return None if self.returned_ms is None else self.returned_ms - self.estimated_end_ms


def published_estimates(timeline: Timeline) -> list[PublishedEstimate]:
    """All estimates of a run, in the order in which they were published."""
    table = timeline.table
    about = np.flatnonzero(table["event"] == Event.ETA_PUBLISHED).tolist()
    returns = table[table["event"] == Event.REGION_RETURNED]
    found: list[PublishedEstimate] = []
    for number in about:
        row = table[number]
        later = returns["time_ms"][
            (returns["environment"] == row["environment"]) & (returns["time_ms"] >= row["time_ms"])
        ]
        found.append(
            PublishedEstimate(
                outage=timeline.outages[row["outage"]],
                region=timeline.trial.estate.regions[-2 - int(row["environment"])],
                published_ms=int(row["time_ms"]),
                estimated_end_ms=int(row["value"]),
                returned_ms=int(later[0]) if len(later) else None,
            )
        )
    return found


def estimates_frame(timeline: Timeline) -> DataFrame:
    """See `Metrics.estimates`."""
    import pandas as pd

    estimates = published_estimates(timeline)
    return pd.DataFrame(
        {
            "outage": pd.Series([each.outage for each in estimates], dtype="str"),
            "region": pd.Series([each.region for each in estimates], dtype="str"),
            "published_ms": pd.Series([each.published_ms for each in estimates], dtype="Int64"),
            "estimated_end_ms": pd.Series([each.estimated_end_ms for each in estimates], dtype="Int64"),
            "returned_ms": pd.Series([each.returned_ms for each in estimates], dtype="Int64"),
            "error_ms": pd.Series([each.error_ms for each in estimates], dtype="Int64"),
        }
    )
