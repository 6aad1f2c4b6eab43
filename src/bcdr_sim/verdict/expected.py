"""The expectations of a scenario: one finding each, which names for whom what was expected and what happened.

Every key of an expectation must hold for every environment that matches. What cannot be said because an incident is open, or
because nothing happened, does not hold: an expectation is never met by silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from bcdr_sim.events import RESTORES, Event
from bcdr_sim.metrics import Metrics, Outcome
from bcdr_sim.metrics.accounts import Account
from bcdr_sim.metrics.commits import lost_between
from bcdr_sim.metrics.losses import judged_ms, move_loss
from bcdr_sim.metrics.totals import FAILBACKS, FAILOVERS
from bcdr_sim.scenario.expectations import DurationBounds, Expectation
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.timeline.stays import REASONS
from bcdr_sim.units import format_duration
from bcdr_sim.verdict.bounds import bounds_text, claims, event_text, within, words
from bcdr_sim.verdict.instants import REGION_EVENTS, first_impact_ms, first_instants_ms, since_impact
from bcdr_sim.verdict.objectives import NO_OUTAGES, Judgements, Met

MISMATCHES_MAX = 20
"""A finding spells out this many mismatches and counts the rest."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One key of an expectation that does not hold. `who` is an environment, or the pattern where all count together."""

    who: str
    key: str
    expected: str
    actual: str

    def __str__(self) -> str:
        """As a sentence."""
        return f"{self.who}: {self.key} expected {self.expected}, but was {self.actual}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the expectation of that number (from 1) holds; the first mismatches, and how many there are."""

    number: int
    environments: str
    passed: bool
    sentence: str
    mismatches: tuple[Mismatch, ...]
    mismatch_count: int


@dataclass(frozen=True, slots=True)
class _Question:
    """An expectation being checked: the environments that match, and their incidents of its outage."""

    metrics: Metrics
    judgements: Judgements
    expectation: Expectation
    rows: list[int]

    def incidents(self, row: int) -> list[int]:
        """Numbers of the incidents of an environment that the expectation speaks of."""
        starts, columns = self.metrics.incident_starts, self.metrics.incident_columns
        numbers = range(int(starts[row]), int(starts[row + 1]))
        wanted = self.expectation.outage
        if wanted is None:
            return list(numbers)
        names = (*self.metrics.timeline.outages, "")
        return [number for number in numbers if _is_of(wanted, names[int(columns.outage[number])])]


def check(metrics: Metrics, judgements: Judgements, expectation: Expectation, *, number: int) -> Finding:
    """Check one expectation."""
    pattern = expectation.environments
    question = _Question(metrics, judgements, expectation, _matching(metrics, pattern))
    if expectation.hit:
        question = replace(question, rows=[row for row in question.rows if question.incidents(row)])
    rows = question.rows
    mismatches = (
        list(_mismatches(question)) if rows else [Mismatch(pattern, "environments", "somebody", "nobody")]
    )
    claimed = " and ".join(claims(expectation))
    whose = f"{len(rows):,} environment{'' if len(rows) == 1 else 's'} matching '{pattern}'"
    if expectation.hit:
        whose += " and hit"
    if expectation.outage is not None:
        whose += f" in outage '{expectation.outage}'"
    sentence = f"{whose}: {claimed}, as expected"
    if mismatches:
        sentence = f"expected {claimed} of {whose}; {mismatches[0]}"
    if len(mismatches) > 1:
        sentence += f"; and {len(mismatches) - 1:,} more"
    return Finding(
        number, pattern, not mismatches, sentence, tuple(mismatches[:MISMATCHES_MAX]), len(mismatches)
    )


def _is_of(wanted: str, outage: str) -> bool:
    """Whether an outage is the one named, or a repetition of it (NAME/1, NAME/2, …)."""
    return outage == wanted or outage.startswith(f"{wanted}/")


def _matching(metrics: Metrics, pattern: str) -> list[int]:
    """Rows of the environments that a name, the name of a fleet, or a pattern means."""
    estate = metrics.timeline.trial.estate
    for spec in estate.specs:
        if spec.name == pattern:
            return list(spec.rows)
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    matches = re.compile("".join(parts)).fullmatch
    return [row for row, name in enumerate(estate.names) if matches(name)]


def _mismatches(question: _Question) -> Iterator[Mismatch]:
    expectation, names = question.expectation, question.metrics.timeline.trial.estate.names
    for key, actual_of in _TOGETHER.items():
        bounds = getattr(expectation, key)
        if bounds is not None and not within(bounds, count := actual_of(question)):
            yield Mismatch(expectation.environments, words(key), bounds_text(bounds), str(count))
    for key, actual_of_row in _EACH.items():
        wanted = getattr(expectation, key)
        if wanted is None:
            continue
        expected = bounds_text(wanted) if isinstance(wanted, DurationBounds) else str(wanted)
        for row in question.rows:
            actual = actual_of_row(question, row)
            if actual is not None:
                yield Mismatch(names[row], words(key), expected, actual)
    for key in ("event", "never"):
        label = getattr(expectation, key)
        if label is not None:
            yield from _event_mismatches(question, key, label)


def _event_mismatches(question: _Question, key: str, label: str) -> Iterator[Mismatch]:
    """Who does not show an event, shows it first at another instant, or shows one that should never be."""
    timeline, expectation = question.metrics.timeline, question.expectation
    expected = event_text(expectation) if key == "event" else f"no {label}"
    event = next((event for event in Event if event.label == label), None)
    if event is None:
        yield Mismatch(expectation.environments, key, expected, "no event of that name")
        return
    first_ms, impact_ms = first_instants_ms(timeline, event), first_impact_ms(timeline)
    names = {row: timeline.trial.estate.names[row] for row in question.rows}
    for row, who in ({-1: "the run"} if event in REGION_EVENTS else names).items():
        since_ms = first_ms[row] - impact_ms if row in first_ms else None
        if not _is_expected(since_ms, expectation, key):
            yield Mismatch(who, key, expected, "none" if since_ms is None else since_impact(since_ms))


def _is_expected(since_ms: int | None, expectation: Expectation, key: str) -> bool:
    """Whether an event that happened first at an instant, or did not happen (None), is as expected."""
    if since_ms is None or key == "never":
        return since_ms is None and key == "never"
    if expectation.at is not None:
        return since_ms == expectation.at
    return expectation.not_before is None or since_ms >= expectation.not_before


# Each of the following says what an environment shows instead of what is expected, or None if it is as expected. ----------


def _outcome(question: _Question, row: int) -> str | None:
    numbers = question.incidents(row)
    codes = question.metrics.incident_columns.outcome[numbers].tolist()
    labels = [Outcome(code).label for code in codes]
    if not labels:
        labels = ["moved_while_served" if _moved_while_served(question.metrics, row) else "no_incident"]
    return next((label for label in labels if label != question.expectation.outcome), None)


def _main_hold(question: _Question, row: int) -> str | None:
    numbers = question.incidents(row)
    if not numbers:
        return NO_OUTAGES
    names = (*REASONS, "none")
    labels = [names[code] for code in question.metrics.incident_columns.main_hold[numbers].tolist()]
    return next((label for label in labels if label != question.expectation.main_hold), None)


def _never_held(question: _Question, row: int) -> str | None:
    table = question.metrics.timeline.table
    code = REASONS.index(question.expectation.never_held or "")
    held = (table["event"] == Event.HELD) & (table["environment"] == row) & (table["reason"] == code)
    count = int(held.sum())
    return f"{count:,} such hold{'' if count == 1 else 's'}" if count else None


def _rta(question: _Question, row: int) -> str | None:
    bounds, columns = question.expectation.rta, question.metrics.incident_columns
    assert bounds is not None
    numbers = question.incidents(row)
    for number in numbers:
        length_ms, is_open = (
            int(columns.end_ms[number] - columns.start_ms[number]),
            bool(columns.open[number]),
        )
        if not within(bounds, length_ms, is_open=is_open):
            length = format_duration(length_ms)
            return f"at least {length}, still open" if is_open else length
    return None if numbers else NO_OUTAGES


def _realised_loss(question: _Question, row: int) -> str | None:
    return _lost(question, row, bounds=question.expectation.realised_loss)


def _permanent_loss(question: _Question, row: int) -> str | None:
    return _lost(question, row, bounds=question.expectation.permanent_loss, stays=True)


def _lost(question: _Question, row: int, *, bounds: DurationBounds | None, stays: bool = False) -> str | None:
    assert bounds is not None
    metrics = question.metrics
    moves, starts = metrics.move_columns, metrics.move_starts
    numbers = list(range(int(starts[row]), int(starts[row + 1])))
    if stays:
        numbers = [number for number in numbers if moves.salvaged_ms[number] < 0]
    if question.expectation.outage is not None:
        chosen = set(question.incidents(row))
        numbers = [number for number in numbers if int(moves.incident[number]) in chosen]
    worst_ms = max((judged_ms(move_loss(metrics, number)) for number in numbers), default=0)
    return None if within(bounds, worst_ms) else format_duration(worst_ms)


def _potential_loss(question: _Question, row: int) -> str | None:
    bounds, metrics = question.expectation.potential_loss, question.metrics
    assert bounds is not None
    exposures, timeline = metrics.exposures, metrics.timeline
    first, last = np.searchsorted(exposures.environment, [row, row + 1])
    names, outage_of = (*metrics.timeline.outages, ""), metrics.timeline.table["outage"]
    worst_ms = -1
    for number in range(int(first), int(last)):
        outage = names[int(outage_of[int(exposures.event_id[number])])]
        if question.expectation.outage is not None and not _is_of(question.expectation.outage, outage):
            continue
        last_sync_ms = int(exposures.last_sync_ms[number])
        if last_sync_ms == UNBOUNDED:
            return None if within(bounds, _BEYOND_MS, is_open=True) else "unbounded"
        lost = lost_between(timeline, row, last_sync_ms=last_sync_ms, at_ms=int(exposures.time_ms[number]))
        worst_ms = max(worst_ms, judged_ms(lost))
    if worst_ms < 0:
        return NO_OUTAGES
    return None if within(bounds, worst_ms) else format_duration(worst_ms)


def _downtime(question: _Question, row: int) -> str | None:
    return _booked(question, row, bounds=question.expectation.downtime, account=Account.DOWN)


def _planned(question: _Question, row: int) -> str | None:
    return _booked(question, row, bounds=question.expectation.planned, account=Account.PLANNED)


def _booked(question: _Question, row: int, *, bounds: DurationBounds | None, account: Account) -> str | None:
    assert bounds is not None
    booked_ms = int(question.metrics.clocks.booked[row, account])
    return None if within(bounds, booked_ms) else format_duration(booked_ms)


def _verdict(question: _Question, row: int) -> str | None:
    label = Met(int(question.judgements.overall[row])).label
    return None if label == question.expectation.verdict else label


def _moved_while_served(metrics: Metrics, row: int) -> bool:
    own = slice(int(metrics.move_starts[row]), int(metrics.move_starts[row + 1]))
    moves = metrics.move_columns
    return bool(((moves.incident[own] < 0) & np.isin(moves.event[own], FAILOVERS)).any())


def _moves(question: _Question, events: tuple[Event, ...]) -> int:
    moves, starts = question.metrics.move_columns, question.metrics.move_starts
    return sum(
        int(np.isin(moves.event[starts[row] : starts[row + 1]], events).sum()) for row in question.rows
    )


_BEYOND_MS = 2**62
"""A loss without bound, for comparison with `at_least`."""
_EACH: dict[str, Callable[[_Question, int], str | None]] = {
    "outcome": _outcome,
    "main_hold": _main_hold,
    "never_held": _never_held,
    "rta": _rta,
    "realised_loss": _realised_loss,
    "permanent_loss": _permanent_loss,
    "potential_loss": _potential_loss,
    "downtime": _downtime,
    "planned": _planned,
    "verdict": _verdict,
}
_TOGETHER: dict[str, Callable[[_Question], int]] = {
    "failovers": lambda question: _moves(question, FAILOVERS),
    "failbacks": lambda question: _moves(question, FAILBACKS),
    "restores": lambda question: _moves(question, RESTORES),
    "consents": lambda question: int(question.metrics.answers.granted[question.rows].sum()),
}
