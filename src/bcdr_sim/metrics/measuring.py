"""`measure`: one pass over the blocks of a timeline, and the value that holds what it found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics.accounts import Account, Clocks, accounts_of, clocks_of
from bcdr_sim.metrics.backlogs import backlog_permille
from bcdr_sim.metrics.commits import commits_permille
from bcdr_sim.metrics.incidents import Incident, incidents_between
from bcdr_sim.metrics.ledger import LedgerColumns, ledger_of
from bcdr_sim.metrics.posts import first_posts_ms
from bcdr_sim.metrics.spells import (
    ExposureColumns,
    IncidentColumns,
    MoveColumns,
    exposures_of,
    find_spells,
    incidents_of,
    moves_of,
)
from bcdr_sim.metrics.totals import Totals, totals_of
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Ints, Rows, States, are, read_states, summed

if TYPE_CHECKING:
    from pandas import DataFrame

_Columns = TypeVar(
    "_Columns", Clocks, IncidentColumns, MoveColumns, ExposureColumns, LedgerColumns, "Answers"
)


_Counted = TypeVar("_Counted", MoveColumns, LedgerColumns)


@dataclass(frozen=True)
class Answers:
    """How often the customer of each environment was told a level of loss and asked, and how often it consented."""

    asked: Ints
    granted: Ints


@dataclass(frozen=True, repr=False)
class Metrics:
    """What a timeline means in numbers. Rows of `clocks` and `answers` are environments in name order."""

    timeline: Timeline
    clocks: Clocks
    incident_columns: IncidentColumns
    move_columns: MoveColumns
    exposures: ExposureColumns
    answers: Answers

    @cached_property
    def incident_starts(self) -> Ints:
        """The incidents of environment e are those from `incident_starts[e]` to before `incident_starts[e + 1]`."""
        return self._starts(self.incident_columns.environment)

    @cached_property
    def move_starts(self) -> Ints:
        """The same for completed moves."""
        return self._starts(self.move_columns.environment)

    @cached_property
    def moves_in_incidents(self) -> Ints:
        """Numbers of the completed moves that belong to an incident."""
        return np.flatnonzero(self.move_columns.incident >= 0)

    @cached_property
    def moves_by_incident(self) -> Rows:
        """The incident of each of `moves_in_incidents`, never falling."""
        return self.move_columns.incident[self.moves_in_incidents]

    @cached_property
    def posted_ms(self) -> Ints:
        """Per incident the first post about it, -1 without one."""
        return first_posts_ms(self)

    @cached_property
    def lifetime_ms(self) -> Ints:
        """Horizon less the time before deployment, per environment."""
        return self.timeline.trial.horizon_ms - self.clocks.booked[:, Account.OUTSIDE]

    @cached_property
    def ledger_columns(self) -> LedgerColumns:
        """The RTO ledger of every incident: time by phase and reason, in order of appearance."""
        parts, before = [], 0
        for first, last in self.timeline.by_environment.blocks():
            states = read_states(self.timeline, first, last)
            spells = find_spells(states, _accounts(self.timeline, states))
            parts.append(_counted_on(ledger_of(states, spells), before))
            before += len(spells.first)
        ledger = _joined(parts)
        sums = summed(ledger.length_ms, ledger.incident, len(self.incident_columns))
        assert (sums == self.incident_columns.length_ms).all(), "the ledger does not sum to the recovery time"
        return ledger

    @cached_property
    def totals(self) -> Totals:
        """Fleet, covered environments, customers and tiers."""
        return totals_of(self)

    def move_counts(self, events: Sequence[Event]) -> list[int]:
        """How many moves of these kinds each environment completed."""
        moves = self.move_columns
        chosen = moves.environment[np.isin(moves.event, events)]
        counts: list[int] = np.bincount(chosen, minlength=len(self.timeline.trial.estate)).tolist()
        return counts

    def split_brain_ms(self) -> list[int | None]:
        """How long both sides of each environment accepted writes; None where they never did."""
        moves = self.move_columns
        split = moves.split_ms >= 0
        count = len(self.timeline.trial.estate)
        sums = summed(moves.split_ms[split], moves.environment[split], count).tolist()
        happened = np.bincount(moves.environment[split], minlength=count).tolist()
        return [total if times else None for total, times in zip(sums, happened, strict=True)]

    def incidents_of(self, environment: int) -> list[Incident]:
        """The incidents of one environment, given as its row in the estate."""
        starts = self.incident_starts
        return incidents_between(self, int(starts[environment]), int(starts[environment + 1]))

    def incident_list(self) -> list[Incident]:
        """All incidents, by environment name and then in time."""
        return incidents_between(self, 0, len(self.incident_columns))

    def incidents(self) -> DataFrame:
        """One row per incident; verdicts are added by `bcdr_sim.verdict`."""
        from bcdr_sim.metrics.frames import incidents_frame

        return incidents_frame(self)

    def ledger(self) -> DataFrame:
        """One row per incident, phase and reason; `duration_ms` sums to `rta_ms`."""
        from bcdr_sim.metrics.frames import ledger_frame

        return ledger_frame(self)

    def environments(self) -> DataFrame:
        """One row per environment: accounts, clocks, availability, moves, consents."""
        from bcdr_sim.metrics.frames import environments_frame

        return environments_frame(self)

    def summary(self) -> DataFrame:
        """One row per metric and group: count, censored count, mean, p50, p90, p95, p99."""
        from bcdr_sim.metrics.frames import summary_frame

        return summary_frame(self)

    def estimates(self) -> DataFrame:
        """One row per published estimate: outage, region, `published_ms`, `estimated_end_ms`, `returned_ms` and `error_ms`.

        The error is how much later than estimated the region was back; both are empty if it was not.
        """
        from bcdr_sim.metrics.estimates import estimates_frame

        return estimates_frame(self.timeline)

    def _starts(self, environment: Rows) -> Ints:
        return np.searchsorted(environment, np.arange(len(self.timeline.trial.estate) + 1))

    def __repr__(self) -> str:
        """How much there is, in one line."""
        environments, incidents = len(self.timeline.trial.estate), len(self.incident_columns)
        open_count = int(self.incident_columns.open.sum())
        return f"<Metrics: {environments} environments, {incidents} incidents, {open_count} of them open>"


def measure(timeline: Timeline) -> Metrics:
    """Fold a timeline into metrics.

    Raises:
        AssertionError: the events of an environment go back in time, its accounts do not sum to the horizon, or its down
        time not to its incidents. That is a bug of the program, never of the scenario.
    """
    clocks, incidents, moves, exposures, answers = [], [], [], [], []
    incident_count = 0
    for first, last in timeline.by_environment.blocks():
        states = read_states(timeline, first, last)
        assert (states.end_ms >= states.start_ms).all(), "the events of an environment go back in time"
        account = _accounts(timeline, states)
        spells = find_spells(states, account)
        clocks.append(clocks_of(timeline, states, account))
        incidents.append(incidents_of(states, spells, horizon_ms=timeline.trial.horizon_ms))
        moves.append(
            _counted_on(
                moves_of(states, spells, horizon_ms=timeline.trial.horizon_ms, cause=timeline.table["cause"]),
                incident_count,
            )
        )
        exposures.append(exposures_of(states))
        answers.append(_answers_of(states))
        incident_count += len(spells.first)
    metrics = Metrics(
        timeline=timeline,
        clocks=_joined(clocks),
        incident_columns=_joined(incidents),
        move_columns=_joined(moves),
        exposures=_joined(exposures),
        answers=_joined(answers),
    )
    _check_sums(metrics)
    return metrics


def _accounts(timeline: Timeline, states: States) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    factor = timeline.trial.scenario.provider.performance_factor
    left = np.minimum(backlog_permille(timeline, states), commits_permille(timeline, states))
    return accounts_of(states, factor_permille=round(factor * 1000), left_permille=left)


def _answers_of(states: States) -> Answers:
    local, count = states.environment - states.first, states.last - states.first
    asked = np.bincount(local[are(states.event, Event.LOSS_LEVEL_TOLD)], minlength=count)
    granted = np.bincount(local[are(states.event, Event.CONSENT_GRANTED)], minlength=count)
    return Answers(asked=asked, granted=granted)


def _joined(parts: list[_Columns]) -> _Columns:
    """The columns of all blocks, one after the other; takes the blocks, so that they need no room beside them."""
    if len(parts) == 1:
        return parts.pop()
    kind = type(parts[0])
    columns = [[getattr(part, field.name) for field in dataclasses.fields(kind)] for part in parts]
    parts.clear()
    joined = []
    for place in range(len(columns[0])):
        joined.append(np.concatenate([block[place] for block in columns]))
        for block in columns:
            block[place] = None
    return kind(*joined)


def _counted_on(columns: _Counted, before: int) -> _Counted:
    """Columns whose `incident` counts from the beginning of the run instead of the block."""
    incident = columns.incident
    return dataclasses.replace(columns, incident=np.where(incident < 0, incident, incident + before))


def _check_sums(metrics: Metrics) -> None:
    booked, incidents = metrics.clocks.booked, metrics.incident_columns
    horizon_ms = metrics.timeline.trial.horizon_ms
    assert (booked.sum(axis=1) == horizon_ms).all(), "the accounts do not sum to the horizon"
    by_environment = summed(incidents.length_ms, incidents.environment, len(booked))
    assert (booked[:, Account.DOWN] == by_environment).all(), "down time is not the sum of the recovery times"
    assert (incidents.steps_ms.sum(axis=1) == incidents.length_ms).all(), (
        "steps do not sum to the recovery time"
    )
