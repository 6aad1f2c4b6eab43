"""Backlogs: when each environment that an outage has hit begins to work off what has piled up, and when it is done.

Rules: docs/reference/semantics.md, section 2. A backlog follows from the outage and the writes alone, so it is the same
under every policy: whoever has moved away leaves it behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from bcdr_sim.replication.catching_up import caught_up_ms, pace
from bcdr_sim.scenario.recovery import Pace
from bcdr_sim.trial import NEVER, OutageFact, Trial

Spell = tuple[int, int]


def backlogs_of(trial: Trial, fact: OutageFact, rows: Sequence[int]) -> dict[int, Spell]:
    """Of those of `rows` that an outage in their home region leaves a backlog: from when, and until when."""
    backlog = fact.entry.backlog
    if backlog is None or fact.is_false_alarm:
        return {}
    hits = _hits(trial, fact, rows)
    if backlog.pace is not None:
        ends_ms = [_worked_off_ms(trial, fact, row, hit=hit, at=backlog.pace) for row, hit in hits.items()]
    elif backlog.lasts is not None:
        path = "outages.backlog.lasts"
        lengths_ms = trial.durations(path, backlog.lasts, list(hits), occasion=fact.id)
        ends_ms = [back_ms + length for (_, back_ms), length in zip(hits.values(), lengths_ms, strict=True)]
    else:
        ratio = backlog.ratio or 0.0
        ends_ms = [back_ms + int(ratio * (back_ms - hit_ms) + 0.5) for hit_ms, back_ms in hits.values()]
    return {
        row: (back_ms, end_ms)
        for (row, (_, back_ms)), end_ms in zip(hits.items(), ends_ms, strict=True)
        if end_ms > back_ms
    }


def _hits(trial: Trial, fact: OutageFact, rows: Sequence[int]) -> dict[int, Spell]:
    """From when, and until when, the outage hits those of `rows` that are at home there and recover from it."""
    reached = zip(rows, trial.reached_ms(fact, rows), strict=True)
    since_ms = {
        row: max(at_ms, trial.estate.spec(row).deployed_ms or 0)
        for row, at_ms in reached
        if at_ms != NEVER and trial.estate.spec(row).home == fact.region
    }
    back = zip(since_ms, trial.recoveries(fact, list(since_ms)), strict=True)
    return {row: (since_ms[row], back_ms) for row, back_ms in back if since_ms[row] < back_ms < NEVER}


def _worked_off_ms(trial: Trial, fact: OutageFact, row: int, *, hit: Spell, at: Pace) -> int:
    """When what could not be written meanwhile has been, beside what is written then; the horizon if not before."""
    writes = trial.estate.spec(row).writes
    missed = (writes.work.at(hit[1]) - writes.work.at(hit[0])) * (1000 - fact.capability_permille) // 1000
    return caught_up_ms(
        writes,
        left=missed,
        pace=pace(writes, rate_per_hour=at.rate, of_mean=at.of_mean, horizon_ms=trial.horizon_ms),
        from_ms=hit[1],
        until_ms=max(hit[1], trial.horizon_ms),
    )
