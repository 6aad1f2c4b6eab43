"""Why one environment did or did not move: its stays with owner, reason and rule, and what would have had to differ.

Everything is read from the timeline and the policy's table. The sentence of an episode says how it ended, the table where
the time went, the rest which rules decided, what another world would have needed, and what was or would have been lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from bcdr_sim.estate import NO_REGION, EnvironmentSpec, row_named
from bcdr_sim.events import COMPLETIONS, Event
from bcdr_sim.phases import ROW_OF, Phase
from bcdr_sim.policy import Policy, Reason
from bcdr_sim.reach import matches
from bcdr_sim.report.commits import bounded_commits, commits_stopped_at
from bcdr_sim.report.episodes import Episode, Happening, Stay, episodes, happenings
from bcdr_sim.report.group_waits import group_wait
from bcdr_sim.report.losses import realised_ms
from bcdr_sim.report.outcomes import Away, headline
from bcdr_sim.report.reasons import ROW_OF as REASON_ROW_OF
from bcdr_sim.report.rules import condition, moving_rules, rule_in_words, sources
from bcdr_sim.report.sentences import Told, about_environments, about_region, loss, outage_began
from bcdr_sim.report.story import origin_in_words, provenance_line, story_clock
from bcdr_sim.report.wording import Clock, agreed, count, listing, span, wrapped
from bcdr_sim.timeline import NOTHING, UNBOUNDED, Timeline
from bcdr_sim.trial import OutageFact

_AWAITING = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT, Phase.AWAITING_CONSENT})
_ASKED_FOR = frozenset(
    {Reason.CONSENT_PENDING, Reason.LOSS_NOT_EXCLUDED}
)  # the phase says what exactly is awaited

EPISODES_IN_FULL_MAX = 3
"""Of more episodes each is told in a sentence, and only the one with the longest down time in full."""
CAUSES_SHOWN_MAX = 40
"""A chain of causes longer than this is cut at its far end."""


def explain(
    timeline: Timeline, environment: str, *, policy: Policy, at_ms: int | None = None, width: int = 100
) -> str:
    """The explanation of one environment as text; with `at_ms` only of the episode and the state at that instant.

    Raises:
        ValueError: the scenario has no such environment, or the name is that of a fleet.
    """
    row = row_named(timeline.trial.estate, environment)
    teller = _Teller(timeline, row, policy=policy, width=width)
    blocks = [teller.opening()]
    told = teller.episodes
    waited = bounded_commits(timeline, row, clock=teller.clock, at_ms=at_ms, width=width)
    if waited:
        blocks.append(waited)
    if at_ms is not None:
        blocks.append(teller.state_at(at_ms))
        told = [episode for episode in told if episode.start_ms <= at_ms < episode.end_ms]
    elif not told:
        blocks.append(teller.nothing_happened())
    elif len(told) > EPISODES_IN_FULL_MAX:
        blocks.append(teller.in_brief())
        told = [max(told, key=lambda each: each.down_ms)]
    blocks += [block for episode in told for block in teller.episode(episode)]
    return "\n\n".join(blocks) + "\n"


class _Teller:
    """Writes the explanation of one environment."""

    def __init__(self, timeline: Timeline, row: int, *, policy: Policy, width: int) -> None:
        self.timeline = timeline
        self.row = row
        self.policy = policy
        self.width = width
        self.estate = timeline.trial.estate
        self.spec: EnvironmentSpec = self.estate.spec(row)
        self.name = self.estate.names[row]
        self.clock: Clock = story_clock(timeline)
        self.away = Away(self.region(self.spec.home), self.region(self.spec.target), self.spec.eligible)
        self.episodes = episodes(timeline, row)

    def region(self, index: int) -> str:
        """Name of a region, `no region` for none."""
        return "no region" if index == NO_REGION else self.estate.regions[index]

    def text(self, words: str, *, lead: str = "") -> str:
        """Words broken at the width of the page."""
        return wrapped(words, lead=lead, width=self.width)

    # The frame ------------------------------------------------------------------------------------------------------

    def opening(self) -> str:
        """Who it is, under which policy, in which world, and what T is."""
        spec = self.spec
        parts = [f"{spec.type}, tier {spec.tier}"]
        if spec.customer_name:
            parts.append(f"customer {spec.customer_name}")
        if spec.group:
            parts.append(f"group {spec.group}")
        parts.append(f"at home in {self.region(spec.home)}")
        parts.append(f"copy in {self.region(spec.target)}" if spec.has_copy else "no copy elsewhere")
        return "\n".join(
            [
                f"{self.name}: {', '.join(parts)}",
                provenance_line(self.timeline),
                origin_in_words(self.timeline, self.clock),
            ]
        )

    def nothing_happened(self) -> str:
        """Why an environment was never touched: no outage where it is served, or an outage that spared it."""
        trial = self.timeline.trial
        lines = [self.text(f"Nothing happened to it: {self.name} was served at home throughout.")]
        lines += [self.text(self._spared(fact), lead="* ") for fact in trial.outages]
        if not trial.outages:
            lines.append("* There was no outage.")
        return "\n".join(lines)

    def _spared(self, fact: OutageFact) -> str:
        where = f"Outage {fact.id} at {self.clock.after(fact.at_ms)} was in {self.region(fact.region)}"
        if fact.is_false_alarm:
            return f"{where}, and was a false alarm: it hit nobody."
        if fact.region != self.spec.home:
            return f"{where}, and this environment is at home in {self.region(self.spec.home)}."
        shares = [reach.fraction for reach in fact.reaches if matches(reach.select, self.spec)]
        if not shares:
            return f"{where}, but hit only environments that its scope selects; this one is not among them."
        if max(shares) < 1:
            return f"{where}, but hit only {max(shares):.0%} of them; this one was spared."
        return f"{where}."

    def state_at(self, at_ms: int) -> str:
        """Phase, owner, reason and chain of causes at one instant."""
        before = [each for each in happenings(self.timeline, self.row) if each.at_ms <= at_ms]
        title = f"At {self.clock.after(at_ms)}"
        if not before:
            return self.text(f"{title} nothing had happened to it yet: it was serving at home.")
        stay = next(
            (s for e in self.episodes for s in e.stays if s.start_ms <= at_ms < s.end_ms),
            Stay(
                before[-1].phase, None, None, before[-1].at_ms, self.timeline.trial.horizon_ms, before[-1].id
            ),
        )
        owner = f", {stay.owner}'s time" if stay.owner else ""
        lines = [
            self.text(
                f"{title} it was {stay.phase.label}, since {self.clock.after(stay.start_ms)}{owner}: {self.why(stay)}."
            )
        ]
        return "\n".join([*lines, "", *self.causes(before[-1].id)])

    def in_brief(self) -> str:
        """Every episode in a sentence."""
        lines = [
            f"{count(len(self.episodes), 'episode')}; below the one with the longest down time, with --at another"
        ]
        for episode in self.episodes:
            lead = f"  {self.clock.after(episode.start_ms):<9} {listing(episode.outages)}: "
            lines.append(self.text(headline(episode, self.away, clock=self.clock)[0], lead=lead))
        return "\n".join(lines)

    # One episode ----------------------------------------------------------------------------------------------------

    def episode(self, episode: Episode) -> Iterator[str]:
        """The blocks of one episode: title, answer, stays, rules, differences, loss, causes."""
        name = listing(episode.outages) or "no outage"
        title = f"{self.clock.after(episode.start_ms)} to {self._end(episode)}: {name}"
        answer = headline(episode, self.away, clock=self.clock)
        yield "\n".join([title, "-" * len(title), *(self.text(line) for line in answer)])
        yield "\n".join(["Where the time went", *self.stay_table(episode)])
        rules = list(dict.fromkeys(stay.rule for stay in episode.stays if stay.rule))
        if rules:
            yield "\n".join(
                [
                    "Rules that decided",
                    *(self.text(rule_in_words(self.policy, rule), lead="  * ") for rule in rules),
                ]
            )
        differences = list(self.differences(episode))
        if differences:
            yield "\n".join(["What would have had to be different", *differences])
        losses = list(self.losses(episode))
        if losses:
            yield "\n".join(["What it lost, or would have lost", *losses])
        decisive = episode.all_of(*COMPLETIONS, Event.SERVICE_RESTORED, Event.ENVIRONMENT_LOST)
        yield "\n".join(self.causes((decisive or episode.happenings)[0 if decisive else -1].id))

    def _end(self, episode: Episode) -> str:
        return "the end of the scenario" if episode.is_open else self.clock.after(episode.end_ms)

    def stay_table(self, episode: Episode) -> Iterator[str]:
        """One line per stay: when, for how long, in which phase, whose time, why."""
        for stay in episode.stays:
            lead = (
                f"  {self.clock.after(stay.start_ms):<9} {span(stay.length_ms):>7}  "
                f"{stay.phase.label:<21} {stay.owner or '-':<10} "
            )
            yield self.text(self.why(stay), lead=lead)

    def why(self, stay: Stay) -> str:
        """Why it is in this phase: the reason of a hold, or what the phase means; and the rule behind it."""
        names_itself = stay.phase is Phase.LOST or (stay.phase in _AWAITING and stay.reason in _ASKED_FOR)
        if stay.reason is not None and not names_itself:
            text = group_wait(self.timeline, stay) or agreed(REASON_ROW_OF[stay.reason].why, number=1)
        elif stay.phase is Phase.IMPAIRED:
            text = "the outage leaves part of its capability"
        else:
            text = ROW_OF[stay.phase].meaning
        return text + (f" [{stay.rule}]" if stay.rule else "")

    # What else ------------------------------------------------------------------------------------------------------

    def differences(self, episode: Episode) -> Iterator[str]:
        """What would have shortened the time without service, longest wait first; and the rules that move."""
        waits: dict[Reason, int] = {}
        for stay in episode.stays:
            if stay.is_down and stay.reason is not None and stay.phase is not Phase.LOST:
                waits[stay.reason] = waits.get(stay.reason, 0) + stay.length_ms
        for reason, wait_ms in sorted(waits.items(), key=lambda item: -item[1]):
            if wait_ms:
                lifts = REASON_ROW_OF[reason].lifts
                yield self.text(f"{reason.value}, {span(wait_ms)}: {lifts}.", lead="  * ")
        for move in episode.all_of(Event.MOVE_ABORTED)[:1]:
            begun = episode.all_of(Event.MOVE_DECIDED)
            if begun:
                under_way_ms = move.at_ms - begun[-1].at_ms
                yield self.text(
                    f"a faster move: it had been under way for {span(under_way_ms)}.", lead="  * "
                )
        decided = episode.all_of(Event.MOVE_DECIDED, *COMPLETIONS)
        if waits and not decided and self.spec.eligible:
            yield self.text(
                "The rules under which this policy moves an environment that is down:", lead="  * "
            )
            for rule in moving_rules(self.policy):
                if rule.decision.action.value == "failover":
                    yield self.text(
                        f"{rule.id}: {condition(self.policy, rule)} [{sources(self.policy, rule)}]",
                        lead="      ",
                    )

    def losses(self, episode: Episode) -> Iterator[str]:
        """What is known of loss in this episode, in the order it became known."""
        known = (Event.SERVICE_LOST, Event.LOSS_DETERMINED, Event.LOSS_LEVEL_TOLD, *COMPLETIONS)
        for each in episode.all_of(*known):
            text = self._exposed(each) if each.event is Event.SERVICE_LOST else self._told(episode, each)
            if text:
                yield self.text(f"{self.clock.after(each.at_ms)}: {text}.", lead="  * ")
        if episode.all_of(Event.ENVIRONMENT_LOST):
            yield "  * Everything in it is lost for good."
            return
        figures = [each.value for each in episode.all_of(Event.LOSS_DETERMINED) if each.value >= 0]
        if figures and not episode.all_of(*COMPLETIONS):
            would = f"a move would have lost {loss((figures[-1],))}"
            yield self.text(f"Since it did not move it lost nothing; {would}.", lead="  * ")

    def _exposed(self, lost: Happening) -> str:
        """How far behind the copy was when service was lost; nothing if nobody can say."""
        if not self.spec.has_copy or lost.value == UNBOUNDED:
            return "It lost its service; there was no usable copy elsewhere to move to"
        if lost.value < 0:
            return ""
        if commits_stopped_at(self.timeline, self.row, lost.at_ms):
            return "It lost its service; commits had been stopped before, and the copy was as far behind as it may be"
        behind = f"{span(lost.at_ms - lost.value)} behind" if lost.at_ms > lost.value else "up to date"
        return f"It lost its service; the copy was {behind}"

    def _told(self, episode: Episode, event: Happening) -> str:
        """What an event says of a loss."""
        lost = self._realised(episode, event.id)
        told = Told(event.event, (self.row,), (event.value,), losses_ms=lost, lost_count=len(lost))
        return about_environments(told, self.estate).removesuffix(".")

    def _realised(self, episode: Episode, completion_id: int) -> tuple[int, ...]:
        return tuple(
            each.value for each in episode.all_of(Event.LOSS_REALISED) if each.id == completion_id + 1
        )

    def causes(self, event_id: int) -> Iterator[str]:
        """The chain of causes that ends with an event, newest first."""
        yield "Chain of causes, from the end"
        number, shown = event_id, 0
        while number != NOTHING and shown < CAUSES_SHOWN_MAX:
            row = self.timeline.table[number]
            at_ms = int(row["time_ms"])
            yield self.text(f"{self._sentence(number)}.", lead=f"  {self.clock.after(at_ms):<9} ")
            number, shown = int(row["cause"]), shown + 1
        if number != NOTHING:
            yield f"  ... and earlier causes ({count(number, 'event')} before)"

    def _sentence(self, number: int) -> str:
        row = self.timeline.table[number]
        event, who, value = Event(int(row["event"])), int(row["environment"]), int(row["value"])
        if who >= 0:
            losses = self._realised_after(number)
            return about_environments(
                Told(
                    event,
                    (who,),
                    (value,),
                    reason=int(row["reason"]),
                    losses_ms=losses,
                    lost_count=len(losses),
                    comes_along=event is Event.MOVE_DECIDED and row["rule"] == NOTHING,
                ),
                self.estate,
            )
        outage = self.timeline.outages[row["outage"]] if row["outage"] != NOTHING else ""
        region = -2 - who
        if event is Event.OUTAGE_BEGAN:
            fact = next(f for f in self.timeline.trial.outages if (f.id, f.region) == (outage, region))
            return outage_began(fact, region=self.region(region))
        return about_region(event, region=self.region(region), outage=outage, value=value, clock=self.clock)

    def _realised_after(self, number: int) -> tuple[int, ...]:
        lost_ms = realised_ms(self.timeline, number)
        return () if lost_ms is None else (lost_ms,)
