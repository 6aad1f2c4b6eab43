"""The incident as a story: what happened, in order, in plain English, and nothing that the timeline does not hold.

Rules. A chapter begins when an outage or a maintenance period begins and when a region returns. Inside a chapter equal
events become one sentence: those of one instant always, and those of more than `INSTANTS_MAX` environments at as many
instants as a span, with the instant by which half of them had happened. A story of one environment leaves out the
others and keeps every instant. Instants count from the impact of the first outage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.estate import rows_named
from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.report.losses import realised_ms
from bcdr_sim.report.sentences import Told, about_environments, about_region, outage_began
from bcdr_sim.report.wording import Clock, count, listing, wrapped
from bcdr_sim.timeline import NO_VALUE, NOTHING, Timeline

INSTANTS_MAX = 3
"""Equal events of more environments at more instants than this are told as a span."""

_TURNS = frozenset({Event.OUTAGE_BEGAN, Event.MAINTENANCE_BEGAN, Event.REGION_RETURNED})
_ALWAYS_LEFT_OUT = frozenset({Event.LOSS_REALISED})  # told by the completion it belongs to
_LEFT_OUT_OF_A_FLEET = frozenset({Event.PROTECTION_CHANGED, Event.STAGE_COMPLETED})
_DECISIONS = frozenset({Event.HELD, Event.CONSENT_ASKED, Event.MOVE_DECIDED, Event.MOVE_WITHHELD})
_VALUE_DECIDES = frozenset(
    {
        Event.CAPABILITY_CHANGED,
        Event.PROTECTION_CHANGED,
        Event.MOVE_DECIDED,
        Event.SLOT_OBTAINED,
        Event.STAGE_COMPLETED,
        Event.MOVE_WITHHELD,
        Event.MOVE_ABORTED,
    }
)
_Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Line:
    """One sentence of the story at its instant; of several at one instant the id gives the order."""

    at_ms: int
    id: int
    text: str


def story(timeline: Timeline, environments: Sequence[str] | None = None, *, width: int = 100) -> str:
    """The whole story as text, `width` columns wide; with `environments` (or fleets) that of those only.

    Raises:
        ValueError: a name that the scenario does not have.
    """
    rows = None if environments is None else rows_named(timeline.trial.estate, environments)
    clock = story_clock(timeline)
    teller = _Teller(timeline, clock, rows)
    blocks = ["\n".join(_opening(timeline, clock, rows))]
    for ids in _chapters(timeline):
        lines = sorted(teller.lines(ids), key=lambda line: (line.at_ms, line.id))
        if lines:
            title = _title(timeline, ids)
            blocks.append("\n".join([title, *_told(lines, clock, width)]))
    if len(blocks) == 1:
        blocks.append("Nothing happened.")
    return "\n\n".join(blocks) + "\n"


def story_clock(timeline: Timeline) -> Clock:
    """The clock of a timeline: its origin is the first outage, else maintenance period, else order, else the start."""
    trial = timeline.trial
    begins = [fact.at_ms for fact in trial.outages[:1]] or [period.at for period in trial.maintenance[:1]]
    begins = begins or [order.at_ms for order in trial.planned_orders[:1]]
    return Clock(begins[0] if begins else 0, trial.scenario.start)


def origin_in_words(timeline: Timeline, clock: Clock) -> str:
    """What `T` is in this timeline, as a sentence."""
    trial = timeline.trial
    calendar = clock.calendar(clock.origin_ms)
    when = (
        f", {calendar} {trial.scenario.start:%Z}"
        if calendar
        else f", {clock.origin_ms / 3_600_000:g}h after the start"
    )
    if trial.outages:
        what = f"the impact of outage {trial.outages[0].id}"
    elif trial.maintenance:
        what = f"the beginning of maintenance {trial.maintenance[0].id}"
    elif trial.planned_orders:
        what = f"the order {trial.planned_orders[0].name}"
    else:
        return "T is the start of the scenario."
    return f"T is {what}{when}."


def provenance_line(timeline: Timeline) -> str:
    """Scenario, policy, seed and replication of a timeline on one line."""
    of = timeline.provenance
    name = timeline.trial.scenario.name
    return f"scenario {name}, policy {of['policy']}, seed {of['seed']}, replication {of['replication']}"


def _opening(timeline: Timeline, clock: Clock, rows: Sequence[int] | None) -> list[str]:
    estate = timeline.trial.estate
    who = count(len(estate), "environment") if rows is None else listing([estate.names[row] for row in rows])
    return [f"The story of {who}", provenance_line(timeline), origin_in_words(timeline, clock)]


def _chapters(timeline: Timeline) -> Iterator[_Ids]:
    """The ids of the events of each chapter; turning points of one instant open one chapter."""
    table = timeline.table
    turns = np.flatnonzero(np.isin(table["event"], [int(event) for event in _TURNS]))
    instants = np.unique(table["time_ms"][turns])
    edges = [0, *np.searchsorted(table["time_ms"], instants).tolist(), len(table)]
    for begin, end in pairwise(edges):
        if end > begin:
            yield np.arange(begin, end)


def _title(timeline: Timeline, ids: _Ids) -> str:
    table, estate = timeline.table, timeline.trial.estate
    facts = timeline.trial.outage_by_id
    turns = table[
        ids[(table["environment"][ids] < NOTHING) & (table["time_ms"][ids] == table["time_ms"][ids[0]])]
    ]
    begun: dict[str, list[str]] = {}
    returned: list[str] = []
    for row in turns:
        region = estate.regions[-2 - int(row["environment"])]
        if row["event"] in (Event.OUTAGE_BEGAN, Event.MAINTENANCE_BEGAN):
            begun.setdefault(timeline.outages[row["outage"]], []).append(region)
        elif row["event"] == Event.REGION_RETURNED:
            returned.append(region)
    parts = [
        f"{'Outage' if outage in facts else 'Maintenance'} {outage} in {listing(regions)}"
        for outage, regions in begun.items()
    ]
    parts += [f"{listing(returned)} back"] if returned else []
    title = listing(parts, shown_max=9) if parts else "Before"
    return f"{title}\n{'-' * len(title)}"


def _told(lines: Sequence[_Line], clock: Clock, width: int) -> Iterator[str]:
    """The lines of a chapter with their instants; the date stands where it changes."""
    shown_date = ""
    for line in lines:
        date, _, time = clock.calendar(line.at_ms).rpartition(" ")
        calendar = f"{date if date != shown_date else '':>6} {time}  " if time else ""
        shown_date = date
        yield wrapped(f"{line.text}.", lead=f"{calendar}{clock.after(line.at_ms):<9} ", width=width)


class _Teller:
    """Turns the events of a chapter into lines."""

    def __init__(self, timeline: Timeline, clock: Clock, rows: Sequence[int] | None) -> None:
        self.timeline = timeline
        self.clock = clock
        self.rows = None if rows is None else frozenset(rows)
        self.table = timeline.table
        self.facts = {(fact.id, fact.region): fact for fact in timeline.trial.outages}

    def lines(self, ids: _Ids) -> Iterator[_Line]:
        """All lines of a chapter, in no particular order."""
        of_regions = self.table["environment"][ids] < 0
        yield from self._region_lines(ids[of_regions])
        told = ids[~of_regions]
        events = self.table["event"][told]
        if self.rows is not None:
            told = told[np.isin(self.table["environment"][told], sorted(self.rows))]
        else:
            told = told[~np.isin(events, [int(event) for event in _LEFT_OUT_OF_A_FLEET])]
        told = told[~np.isin(self.table["event"][told], [int(event) for event in _ALWAYS_LEFT_OUT])]
        told = told[~self._repeats_region(told, ids[of_regions])]
        for same in self._equal(told):
            yield from self._group_lines(same)

    # Regions ------------------------------------------------------------------------------------------------------

    def _region_lines(self, ids: _Ids) -> Iterator[_Line]:
        updates: dict[int, list[int]] = {}
        for number in ids.tolist():
            if self.table["event"][number] == Event.DASHBOARD_UPDATED:
                updates.setdefault(int(self.table["environment"][number]), []).append(number)
            else:
                yield _Line(int(self.table["time_ms"][number]), number, self._about_region(number))
        for numbers in updates.values():
            text = self._about_region(numbers[0])
            last_ms = int(self.table["time_ms"][numbers[-1]])
            if len(numbers) > 1:
                text += f", {count(len(numbers), 'time')} until {self.clock.after(last_ms)}"
            yield _Line(int(self.table["time_ms"][numbers[0]]), numbers[0], text)

    def _about_region(self, number: int) -> str:
        row = self.table[number]
        region = -2 - int(row["environment"])  # below 0 for an event about nobody in particular
        outage = self.timeline.outages[row["outage"]] if row["outage"] != NOTHING else ""
        name = self.timeline.trial.estate.regions[region] if region >= 0 else ""
        event = Event(int(row["event"]))
        if event is Event.OUTAGE_BEGAN:
            return outage_began(self.facts[outage, region], region=name)
        return about_region(event, region=name, outage=outage, value=int(row["value"]), clock=self.clock)

    def _repeats_region(self, ids: _Ids, of_regions: _Ids) -> NDArray[np.bool_]:
        """Detection and confirmation stand in the log for the region and for each environment: told once."""
        repeats = np.zeros(len(ids), dtype=np.bool_)
        for event in (Event.OUTAGE_DETECTED, Event.IMPACT_CONFIRMED):
            instants = self.table["time_ms"][of_regions[self.table["event"][of_regions] == event]]
            of_event = self.table["event"][ids] == event
            repeats |= of_event & np.isin(self.table["time_ms"][ids], instants)
        return repeats

    # Environments -------------------------------------------------------------------------------------------------

    def _equal(self, ids: _Ids) -> Iterator[_Ids]:
        """Ids of events that one sentence can tell: the same event, reason and rule, and value where it decides."""
        table = self.table[ids]
        decides = np.isin(table["event"], [int(event) for event in _VALUE_DECIDES])
        keys = np.stack(
            [
                table["event"].astype(np.int64),
                table["reason"].astype(np.int64),
                table["rule"].astype(np.int64),
                np.where(decides, table["value"], NO_VALUE),
            ]
        )
        if not len(ids):
            return
        _, labels = np.unique(keys, axis=1, return_inverse=True)
        labels = labels.reshape(-1)
        order = np.argsort(labels, kind="stable")
        yield from np.split(ids[order], np.flatnonzero(np.diff(labels[order])) + 1)

    def _group_lines(self, ids: _Ids) -> Iterator[_Line]:
        times = self.table["time_ms"][ids]
        instants = np.unique(times)
        few = min(len(instants), len(np.unique(self.table["environment"][ids]))) <= INSTANTS_MAX
        if few or self.rows is not None:
            for instant in instants:
                yield self._line(ids[times == instant])
        else:
            line = self._line(ids)
            half_ms = int(times[(len(times) - 1) // 2])
            half, last = self.clock.after(half_ms), self.clock.after(int(times[-1]))
            yield _Line(line.at_ms, line.id, f"{line.text}; half of them by {half}, the last at {last}")

    def _line(self, ids: _Ids) -> _Line:
        table = self.table[ids]
        event = Event(int(table["event"][0]))
        losses_ms = self._losses(ids) if event in COMPLETIONS else np.array([], dtype=np.int64)
        told = Told(
            event,
            rows=tuple(np.unique(table["environment"]).tolist()),
            values=tuple(np.unique(table["value"]).tolist()),
            reason=int(table["reason"][0]),
            losses_ms=tuple(np.unique(losses_ms).tolist()),
            lost_count=len(losses_ms),
            comes_along=event is Event.MOVE_DECIDED and table["rule"][0] == NOTHING,
        )
        text = about_environments(told, self.timeline.trial.estate)
        rule = int(table["rule"][0])
        if rule != NOTHING and event in _DECISIONS:
            text += f" (rule {self.timeline.rules[rule]})"
        return _Line(int(table["time_ms"][0]), int(ids[0]), text)

    def _losses(self, ids: _Ids) -> _Ids:
        """Ages of what these completed moves lost: the engine writes each right after its completion."""
        found = (realised_ms(self.timeline, number) for number in ids.tolist())
        losses_ms: _Ids = np.array([lost_ms for lost_ms in found if lost_ms is not None], dtype=np.int64)
        return losses_ms
