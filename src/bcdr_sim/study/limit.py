"""Solving for a setting: the furthest value that still keeps a target.

Theory of operation. All values are tried in the same worlds, so what is seen of the target changes with the setting and not
with the luck of the draw, and a search by halving works. At every value the interval of the quantity says kept, undecided or
missed. Three halvings find where that changes: the last value that is surely kept (`safe`), the last one that is kept as
seen (`seen`), the first one that is surely missed (`lost`). The true limit lies between `safe` and `lost` with the level of
the intervals: a value is left out only if a test of "the limit is here" would refuse it.

All of that leans on the target getting worse in one direction. So the range is looked at in `COARSE` places first, and every
pair of values that were played is compared in its worlds; where further out is surely better, the answer is that there is no
one limit, not a number. At last the safe value is played in worlds of another seed, which no choice has looked at, and only
what holds there is an answer. Where it does not, values further in are tried in the same fresh worlds, a few times: since a
value that holds has everything further in hold as well, trying more than one makes no false answer more likely.

Source: inverting a test gives an interval (G. Casella and R. Berger, "Statistical inference", 2002, section 9.2.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bcdr_sim.draws import SEED_LIMIT
from bcdr_sim.experiment.bench import Bench
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.statistics.paired import exact_p_value, paired_difference
from bcdr_sim.statistics.probabilities import failure_free_n
from bcdr_sim.statistics.verdicts import Verdict, p_above
from bcdr_sim.study.solution import Confirmation, Outcome, Solution, Tried
from bcdr_sim.study.span import Span
from bcdr_sim.study.subject import Subject
from bcdr_sim.study.target import Target

if TYPE_CHECKING:
    pass

COARSE = 9
"""In so many places, both ends among them, a range is looked at first. Assumption: nothing has a dip narrower than an eighth
of its range; one that has goes unseen."""
AGAINST = 0.001
"""How improbable a rise against the direction must be, over all pairs that are compared, to count as one."""
ENDS_DIFFER = 0.05
"""How improbable the difference of the two ends must be for the search to know a direction."""
FRESH_FACTOR = 4
"""So many times the worlds of the search confirm an answer. The safe value is the one that has just passed; of fresh worlds
as many as before it would pass some six times in ten."""
FRESH_TRIES = 4
"""So many values are tried in fresh worlds, by halving. Assumption: who wants to come closer plays more worlds."""


@dataclass(slots=True)
class _Search:
    """The values played so far, by their step."""

    subject: Subject
    span: Span
    target: Target
    bench: Bench
    seed: int
    replications: int
    runs: dict[int, Runs] = field(default_factory=dict)
    tried: dict[int, Tried] = field(default_factory=dict)

    def look(self, steps: Sequence[int]) -> None:
        """Play the values of these steps that have not been."""
        new = [at for at in dict.fromkeys(steps) if at not in self.tried]
        cases = [self.subject.case({self.span.name: self.span.value(at)}) for at in new]
        for at, runs in zip(
            new, self.bench.play(cases, seed=self.seed, replications=self.replications), strict=True
        ):
            estimate = self.target.of(runs)
            keeps = estimate.value is not None and self.target.keeps(estimate.value)
            self.runs[at] = runs
            self.tried[at] = Tried(at, self.span.value(at), estimate, self.target.standing(estimate), keeps)

    def at(self, step: int) -> Tried:
        """What was seen at a step."""
        self.look([step])
        return self.tried[step]

    def last_that(self, holds: Callable[[Tried], bool], *, good: int, bad: int) -> int | None:
        """The step furthest from the good end at which something holds; None if it does not even there."""
        direction = 1 if bad > good else -1
        known = sorted(self.tried, key=lambda at: at * direction)
        holding = [at for at in known if holds(self.tried[at])]
        if not holds(self.at(good)):
            return None
        first_not = next((at for at in known if not holds(self.tried[at])), None)
        if first_not is None:
            return holding[-1]
        inside = max(
            (at for at in holding if at * direction < first_not * direction), key=lambda at: at * direction
        )
        outside = first_not
        while abs(outside - inside) > 1:
            middle = (inside + outside) // 2
            if holds(self.at(middle)):
                inside = middle
            else:
                outside = middle
        return inside

    def against(self, *, direction: int) -> tuple[Tried, Tried] | None:
        """Two values of which the further one is surely better, the surest pair first; None if there is none."""
        order = sorted(self.tried, key=lambda at: at * direction)
        pairs = [(near, far) for place, near in enumerate(order) for far in order[place + 1 :]]
        worst, found = 1.0, None
        for near, far in pairs:
            chance = self.chance(near, far)
            if chance < worst:
                worst, found = chance, (self.tried[near], self.tried[far])
        return found if worst < AGAINST / max(1, len(pairs)) else None

    def chance(self, near: int, far: int) -> float:
        """How probable what is seen is, if the further value is no better."""
        worse, better = (self.target.values(self.runs[at]) for at in (near, far))
        difference = paired_difference(worse, better).difference
        value = difference.value
        if value is None or value <= 0:
            return 1.0
        if self.target.quantity.event is not None:
            only_worse, only_better = int((worse > better).sum()), int((better > worse).sum())
            return exact_p_value(only_worse, only_better, more_only=True)
        return p_above(difference, 0.0)


def find_limit(
    subject: Subject,
    span: Span,
    target: Target,
    *,
    bench: Bench,
    seed: int,
    replications: int,
    fresh: int | None = None,
) -> Solution:
    """Find the furthest value of a setting that keeps a target, and confirm it in `fresh` worlds of the next seed.

    `fresh` is `FRESH_FACTOR` times the worlds of the search unless said; with 0 nothing is confirmed.

    Raises: as `experiment.run`.
    """
    search = _Search(subject, span, target, bench, seed, replications)
    search.look(sorted({round(share * span.last / (COARSE - 1)) for share in range(COARSE)}))
    if not bench.has_run:
        return _solution(search, Outcome.NOTHING_RAN, "no outage and no maintenance in any world")
    found = _limit(search)
    count = FRESH_FACTOR * replications if fresh is None else fresh
    if found.safe is None or not count:
        return found
    return _confirmed(search, found, count)


def _limit(search: _Search) -> Solution:
    direction = _direction(search)
    if direction is None:
        return _without_ends(search)
    good, bad = (0, search.span.last) if direction > 0 else (search.span.last, 0)
    against = search.against(direction=direction)
    if against is not None:
        return _not_monotone(search, against)
    safe = search.last_that(lambda one: one.standing == "kept", good=good, bad=bad)
    seen = search.last_that(lambda one: one.keeps, good=good, bad=bad)
    not_lost = search.last_that(lambda one: one.standing != "missed", good=good, bad=bad)
    against = search.against(direction=direction)
    if against is not None:
        return _not_monotone(search, against)
    value = search.span.value
    lost = None if not_lost is None or not_lost == bad else value(not_lost + direction)
    if not_lost is None:
        lost = value(good)
    shared = {
        "is_rising": direction > 0,
        "safe": None if safe is None else value(safe),
        "seen": None if seen is None else value(seen),
        "lost": lost,
    }
    if not_lost is None:
        reason = f"{search.target.text} is missed even at {value(good)}"
        return _solution(search, Outcome.NONE_KEPT, reason, **shared)
    if safe == bad:
        reason = f"even at {value(bad)}; the limit lies beyond"
        return _solution(search, Outcome.ALL_KEPT, reason, **shared)
    if safe is None:
        return _solution(search, Outcome.UNDECIDED, _too_few(search, value(good)), **shared)
    furthest = "largest" if direction > 0 else "smallest"
    end = f"surely missed at {lost}" if lost is not None else "not surely missed anywhere in the range"
    reason = f"{value(safe)} is the {furthest} that is surely kept; {end}"
    return _solution(search, Outcome.FOUND, reason, **shared)


def _direction(search: _Search) -> int | None:
    """1 if the target gets worse from the low to the high end, -1 the other way round, None if neither is seen."""
    rising, falling = search.chance(search.span.last, 0), search.chance(0, search.span.last)
    if min(rising, falling) >= ENDS_DIFFER:
        return None
    return 1 if rising < falling else -1


def _without_ends(search: _Search) -> Solution:
    """Both ends are alike: the setting does nothing, or it does something in between."""
    for direction in (1, -1):
        against = search.against(direction=direction)
        if against is not None:
            return _not_monotone(search, against)
    standings = {each.standing for each in search.tried.values()}
    if standings == {"kept"}:
        reason = f"whatever {search.span.name} is; it makes no difference that could be seen"
        ends = {"safe": search.span.value(0), "seen": search.span.value(0)}
        return _solution(search, Outcome.ALL_KEPT, reason, **ends)
    if standings == {"missed"}:
        reason = f"whatever {search.span.name} is; it makes no difference that could be seen"
        return _solution(search, Outcome.NONE_KEPT, reason)
    reason = (
        f"{search.span.name} makes no difference that could be seen; {_too_few(search, search.span.value(0))}"
    )
    return _solution(search, Outcome.UNDECIDED, reason)


def _not_monotone(search: _Search, pair: tuple[Tried, Tried]) -> Solution:
    near, far = pair
    written = search.target.quantity.written
    reason = (
        f"{search.target.quantity.text} does not change in one direction: {written(near.estimate.value)} at "
        f"{near.value}, {written(far.estimate.value)} at {far.value}; look at it with a sweep, or narrow the range"
    )
    return _solution(search, Outcome.NOT_MONOTONE, reason)


def _too_few(search: _Search, best: Any) -> str:
    """Why nothing is sure, and of a probability how many worlds could make it so."""
    reason = f"{search.replications:,} worlds do not decide even at {best}"
    target = search.target
    if target.quantity.event is None:
        return f"{reason}; play more"
    needed = failure_free_n(target.bound if target.op == ">=" else 1 - target.bound, level=0.975)
    if search.replications < needed:
        return f"{reason}; it takes {needed:,} without a failure"
    return f"{reason}; play more"


def _solution(search: _Search, outcome: Outcome, reason: str, **found: Any) -> Solution:
    tried = tuple(search.tried[at] for at in sorted(search.tried))
    return Solution(search.subject, search.span, search.target, search.seed, outcome, reason, tried, **found)


def _confirmed(search: _Search, found: Solution, count: int) -> Solution:
    """Try the safe value in fresh worlds, and where it does not hold, values further in."""
    seed, last = fresh_seed(search.seed), search.span.last
    steps = {search.tried[at].value: at for at in search.tried}
    inside, outside = (0 if found.is_rising is not False else last), steps[found.safe]
    tried: list[Confirmation] = []
    at = outside
    while len(tried) < FRESH_TRIES:
        value = search.span.value(at)
        case = search.subject.case({search.span.name: value})
        runs = search.bench.play([case], seed=seed, replications=count)[0]
        verdict, estimate = search.target.gate(runs)
        tried.append(Confirmation(at, value, seed, verdict, estimate))
        if verdict is Verdict.PASS:
            if at == outside:
                break
            inside = at
        else:
            outside = at
        if abs(outside - inside) <= 1 and (verdict is Verdict.PASS or at == inside):
            break
        at = (inside + outside) // 2 if abs(outside - inside) > 1 else inside
    return replace(found, confirmations=tuple(tried))


def fresh_seed(seed: int) -> int:
    """The seed of worlds that a search with this one has not seen: the next one."""
    return (seed + 1) % SEED_LIMIT
