"""What a run comes to, as rows that a terminal, a page of Markdown or a spreadsheet shows alike.

A line stands for the incidents of one entry of the scenario file in one outage that ended alike, and shows the worst of
them: a fleet of 5,000 is a handful of lines. `every` gives each incident its own. Only what is shown is made into values,
so a million incidents cost a sort.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Incident, Metrics, published_estimates
from bcdr_sim.metrics.incidents import incidents_between
from bcdr_sim.metrics.losses import judged_ms
from bcdr_sim.policy import Policy
from bcdr_sim.report.story import story_clock
from bcdr_sim.report.wording import Clock, span
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.columns import OWNERS
from bcdr_sim.verdict import Judgement, Met, Verdict

LEDGERS_MAX = 3
"""Of so many outages the ledger of the worst incident is shown."""
BREACHES_MAX = 10
"""So many breaches are spelt out; the rest is counted."""

SHORTEST_MAX = 6
"""Of so many kinds of incidents that ended alike the shortest is told; the rest is counted."""

FAR_SHORTER = 0.9
"""Incidents that ended alike show the shortest recovery time beside the longest from this share of it on."""

MET_WORDS = {
    Met.NOT_APPLICABLE: "-",
    Met.POLICY_MET: "met",
    Met.CENSORED: "open",
    Met.POLICY_BREACHED: "BREACHED",
}
OUTCOME_WORDS = {
    "recovered_in_place": "in place",
    "failed_over": "failed over",
    "failed_back_by_force": "forced back",
    "still_down": "still down",
    "lost": "lost",
    "restored": "restored",
}


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """Incidents that ended alike: how many, whether their entry is covered, the worst of them and the shortest time."""

    entry: str
    number: int
    count: int
    is_covered: bool
    worst: Incident
    met: Met
    shortest_ms: int

    @property
    def lead(self) -> tuple[str, ...]:
        """The environment; or the entry with the number of its incidents, and the environment shown."""
        shown = self.worst.environment
        return (shown,) if self.count == 1 else (f"{self.entry} x{self.count:,}", shown)

    @property
    def outcome(self) -> str:
        """How they ended, in words."""
        return OUTCOME_WORDS[self.worst.outcome.label]

    @property
    def rta(self) -> str:
        """Recovery time of the worst; of an open incident with the sign of a lower bound."""
        return (">" if self.worst.censored else "") + span(self.worst.at_least_ms)

    @property
    def shortest(self) -> str:
        """Who took far less time than the worst, and how long at the least; '' if nobody did."""
        is_far = self.shortest_ms < FAR_SHORTER * self.worst.at_least_ms
        return f"{self.entry} x{self.count:,} from {span(self.shortest_ms)} on" if is_far else ""

    @property
    def loss(self) -> str:
        """What its moves lost; in brackets what a move at impact would have lost, if it did not move."""
        if self.worst.outcome.label in ("failed_over", "failed_back_by_force", "restored"):
            return span(judged_ms(self.worst.realised))
        if self.worst.unbounded:
            return "(no copy)"
        return "-" if self.worst.potential is None else f"({span(judged_ms(self.worst.potential))})"

    def owned(self, owner: str) -> str:
        """Time of an owner in the worst of them."""
        owned_ms = sum(line.ms for line in self.worst.ledger if line.owner == owner)
        return span(owned_ms) if owned_ms else "-"


@dataclass(frozen=True, slots=True)
class OutageLine:
    """One outage: where, which kind, from when to when, and what the provider knew of the incident when."""

    id: str
    region: str
    kind: str
    spell: str
    known: str


@dataclass(frozen=True, slots=True)
class Breach:
    """An objective that an environment did not meet."""

    environment: str
    judgement: Judgement


@dataclass(frozen=True)
class Summary:
    """All that a report of one run shows."""

    timeline: Timeline
    policy: Policy
    metrics: Metrics
    verdict: Verdict
    clock: Clock
    lines: tuple[IncidentLine, ...]
    outages: tuple[OutageLine, ...]
    untouched_count: int

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """Owners of any time in the lines, in a fixed order."""
        present = {line.owner for each in self.lines for line in each.worst.ledger}
        return tuple(owner for owner in OWNERS if owner in present)

    @property
    def has_several_outages(self) -> bool:
        """Whether the lines speak of more than one outage."""
        return len({line.worst.outage for line in self.lines}) > 1

    def ledgers(self) -> list[Incident]:
        """The longest incident of each outage, the longest first; of a covered environment, if there is one."""
        ranked = sorted(
            self.lines,
            key=lambda line: (not line.is_covered, -line.worst.at_least_ms, line.worst.environment),
        )
        longest: dict[str | None, Incident] = {}
        for line in ranked:
            longest.setdefault(line.worst.outage, line.worst)
        return sorted(longest.values(), key=lambda each: (-each.at_least_ms, each.environment))[:LEDGERS_MAX]

    def breaches(self) -> Iterator[Breach]:
        """Every breached objective, by environment name."""
        names = self.timeline.trial.estate.names
        for row in np.flatnonzero(self.verdict.judgements.overall == Met.POLICY_BREACHED).tolist():
            for judgement in self.verdict.judgements.environment(row):
                if judgement.met == Met.POLICY_BREACHED:
                    yield Breach(names[row], judgement)

    @property
    def breach_count(self) -> int:
        """Environments with a breached objective."""
        return int((self.verdict.judgements.overall == Met.POLICY_BREACHED).sum())


def summarise(
    timeline: Timeline, metrics: Metrics, verdict: Verdict, *, policy: Policy, every: bool = False
) -> Summary:
    """Gather what a report of a run shows; with `every` one line per incident."""
    clock = story_clock(timeline)
    hit = np.diff(metrics.incident_starts) > 0
    return Summary(
        timeline=timeline,
        policy=policy,
        metrics=metrics,
        verdict=verdict,
        clock=clock,
        lines=tuple(_lines(metrics, verdict, every=every)),
        outages=tuple(_outages(timeline, clock)),
        untouched_count=int((~hit).sum()),
    )


def _lines(metrics: Metrics, verdict: Verdict, *, every: bool) -> Iterator[IncidentLine]:
    columns, estate = metrics.incident_columns, metrics.timeline.trial.estate
    if not len(columns):
        return
    met = np.maximum.reduce(list(verdict.judgements.of_incident.values()))
    spec = metrics.timeline.by_environment.spec_of[columns.environment]
    if every:
        groups = [np.array([number]) for number in range(len(columns))]
    else:
        keys = np.stack([spec, columns.outage, columns.outcome, met])
        _, labels = np.unique(keys, axis=1, return_inverse=True)
        labels = labels.reshape(-1)
        order = np.argsort(labels, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    groups.sort(
        key=lambda numbers: (int(spec[numbers[0]]), int(columns.start_ms[numbers[0]]), int(numbers[0]))
    )
    for numbers in groups:
        number = int(numbers[columns.length_ms[numbers].argmax()])
        entry = estate.specs[int(spec[number])]
        yield IncidentLine(
            entry=entry.name,
            number=number,
            count=len(numbers),
            is_covered=entry.eligible,
            worst=incidents_between(metrics, number, number + 1)[0],
            met=Met(int(met[number])),
            shortest_ms=int(columns.length_ms[numbers].min()),
        )


def _outages(timeline: Timeline, clock: Clock) -> Iterator[OutageLine]:
    trial = timeline.trial
    for fact in trial.outages:
        end = "the end" if fact.end_ms >= trial.horizon_ms else clock.after(fact.end_ms)
        kind = "false alarm" if fact.is_false_alarm else fact.kind
        spell = f"{clock.after(fact.at_ms)} to {end}"
        known = ", ".join(_known(timeline, clock, region=fact.region, outage=fact.id))
        yield OutageLine(fact.id, trial.estate.regions[fact.region], kind, spell, known)
    for period in trial.maintenance:
        end = (
            "the end"
            if period.at + period.lasts >= trial.horizon_ms
            else clock.after(period.at + period.lasts)
        )
        yield OutageLine(period.id, period.region, "maintenance", f"{clock.after(period.at)} to {end}", "")
    for order in trial.planned_orders:
        if order.at_ms < trial.horizon_ms:
            yield OutageLine(order.name, order.customer, "order", clock.after(order.at_ms), "")


def _known(timeline: Timeline, clock: Clock, *, region: int, outage: str) -> Iterator[str]:
    """What the provider came to know of an outage: first instant of each."""
    words = {
        Event.OUTAGE_DETECTED: "detected",
        Event.PEOPLE_NOTICED: "noticed by people",
        Event.IMPACT_CONFIRMED: "confirmed",
        Event.DASHBOARD_POSTED: "first post",
        Event.ADVICE_PUBLISHED: "advice",
        Event.PRIMARY_VERIFIED: "fully operational",
    }
    table = timeline.table
    here = table[(table["environment"] == -2 - region) & (table["outage"] == timeline.outages.index(outage))]
    for event, word in words.items():
        instants = here["time_ms"][here["event"] == event]
        if len(instants):
            yield f"{word} {clock.after(int(instants[0]))}"
    name = timeline.trial.estate.regions[region]
    for estimate in published_estimates(timeline):
        if (estimate.outage, estimate.region) == (outage, name):
            end, said = clock.after(estimate.estimated_end_ms), clock.after(estimate.published_ms)
            yield f"said {said} to end {end}{_off(estimate.error_ms)}"


def _off(error_ms: int | None) -> str:
    """How wrong an estimate was."""
    if error_ms is None:
        return " (it did not)"
    if error_ms == 0:
        return " (right)"
    return f" ({span(abs(error_ms))} too {'early' if error_ms > 0 else 'late'})"
