"""Two policies in the same worlds: every metric as a paired difference with its interval and what may be said of it.

Rules.

* World i of both sides is the same world, so a policy compared with itself differs by exactly 0.
* A difference is candidate less base, and more is worse. The primary metric of the fleet is judged by its interval; its
  other metrics and those of the tiers share the same risk by Holm's rule, and so do, apart from them, the environments.
* The fleet and the tiers decide what it comes to. Environments are judged to be named.
* Better, or within the margin, is said only of `PAIRS_MIN` worlds or more: fewer may all be alike by luck.

Source: row 11 of the statistics; the gates of the policy design.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bcdr_sim.experiment.margins import Margins
from bcdr_sim.experiment.side import MEASURES, Group, Measure, Side, measure_named
from bcdr_sim.statistics.changes import ChangeValues, judge_changes
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.gates import Gated
from bcdr_sim.statistics.paired import Discordant, discordant_pairs, paired_difference, paired_ratio
from bcdr_sim.statistics.verdicts import Change

PAIRS_MIN = 30
"""Assumption: as for stopping a run, a t interval of fewer is not to be trusted."""
PRIMARY = "down_ms"
Word = Literal["better", "within margin", "worse", "inconclusive", "nothing ran"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of one group: candidate less base, in the unit of the metric.

    `base` and `candidate` are the values of both sides, None if there is nothing to divide by. `change` is None where
    nothing can be said: neither more nor less is better, or one side has nothing to divide by. `variance_ratio` says
    how many times more worlds would be needed unpaired, None of a ratio and where all differences are alike;
    `equal_count` worlds are exactly alike. `pairs` are the worlds of a metric that is yes or no.
    """

    measure: Measure
    group: Group
    base: float | None
    candidate: float | None
    difference: Estimate
    margin: float
    is_primary: bool
    equal_count: int
    variance_ratio: float | None = None
    pairs: Discordant | None = None
    change: Change | None = None
    p: ChangeValues | None = None


@dataclass(frozen=True, slots=True)
class Breaching:
    """An environment that breaches an objective in other worlds than before: in how many newly, and no longer.

    `replications` are those newly in breach. `is_new` says that under the base it never was in breach.
    """

    environment: str
    tier: int
    newly_count: int
    no_longer_count: int
    base_count: int
    p_value: float
    replications: tuple[int, ...]

    @property
    def is_new(self) -> bool:
        """Whether it breached nothing in any world under the base."""
        return self.base_count == 0


@dataclass(frozen=True, slots=True)
class Apart:
    """A world, and the primary metric in it under both policies."""

    replication: int
    base: float
    candidate: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """A candidate against the base: `n` worlds, every difference, who breaches newly, and the worlds that differ most."""

    base: str
    candidate: str
    n: int
    differences: tuple[Difference, ...]
    breaching: tuple[Breaching, ...]
    apart: tuple[Apart, ...]
    equal_count: int
    """So many worlds are the same, event for event."""
    is_quiet: bool
    """Whether nothing happened in any world."""
    is_same: bool
    """Whether both are one policy with the same values of its parameters."""

    @property
    def primary(self) -> Difference:
        """The difference that is judged at the full level."""
        return next(each for each in self.differences if each.is_primary)

    @property
    def deciding(self) -> list[Difference]:
        """Those that decide: what is judged of the fleet and of the tiers."""
        return [
            each for each in self.differences if each.change is not None and each.group.kind != "environment"
        ]

    @property
    def word(self) -> Word:
        """What it comes to: worse before inconclusive before better before within margin."""
        if self.is_quiet:
            return "nothing ran"
        found = {each.change for each in self.deciding}
        words: tuple[tuple[Change, Word], ...] = (
            (Change.WORSE, "worse"),
            (Change.INCONCLUSIVE, "inconclusive"),
            (Change.BETTER, "better"),
        )
        return next((word for change, word in words if change in found), "within margin")


def contrast(
    base: Side,
    candidate: Side,
    *,
    groups: Iterable[Group],
    margins: Margins | None = None,
    metrics: Sequence[str] = (),
    level: float = 0.95,
    apart_count: int = 5,
) -> Contrast:
    """Compare two sides with the same worlds, row by row.

    `metrics` are those that are judged, the first of them primary; without any, all are and down time is primary. The others
    are shown without a verdict.

    Raises:
        ValueError: sides of other worlds, or no such metric.
    """
    if base.worlds["replication"].tolist() != candidate.worlds["replication"].tolist():
        raise ValueError(f"{base.label} and {candidate.label} are not of the same worlds")
    chosen = [measure_named(name).name for name in metrics]
    primary = chosen[0] if chosen else PRIMARY
    allowed, found_groups = margins or Margins(), list(groups)
    fleet_size = next(group.size for group in found_groups if group.kind == "fleet")
    differences = []
    for group in found_groups:
        for measure in MEASURES:
            if group.kind not in measure.kinds or (group.kind != "fleet" and base.touched is None):
                continue
            one = _difference(base, candidate, measure, group=group, level=level)
            margin = allowed.of(measure).of(measure, group, fleet_size=fleet_size, base=one.base)
            is_primary = group.kind == "fleet" and measure.name == primary
            differences.append(replace(one, margin=margin, is_primary=is_primary))
    judged = {each.name for each in MEASURES if (each.name in chosen if chosen else each.is_judged)}
    is_same = base.policy_digest == candidate.policy_digest
    worlds = (base.worlds, candidate.worlds)
    return Contrast(
        base=base.label,
        candidate=candidate.label,
        n=len(base),
        differences=tuple(_judged(differences, judged, level=level, is_same=is_same)),
        breaching=tuple(_breaching(base, candidate, found_groups)),
        apart=tuple(_apart(base, candidate, measure_named(primary), count=apart_count)),
        equal_count=int((base.worlds["digest"] == candidate.worlds["digest"]).sum()),
        is_quiet=not any((each["outages"] + each["planned_moves"]).any() for each in worlds),
        is_same=is_same,
    )


def _difference(base: Side, candidate: Side, measure: Measure, *, group: Group, level: float) -> Difference:
    new, old = candidate.values(measure, group), base.values(measure, group)
    open_count = candidate.open_count(measure, group) + base.open_count(measure, group)
    equal_count, ratio, pairs = int((new == old).sum()), None, None
    if measure.per is not None:
        below = candidate.divisors(measure, group), base.divisors(measure, group)
        found = replace(
            paired_ratio((new, below[0]), (old, below[1]), level=level), censored_count=open_count
        )
        values = _over(old, below[1]), _over(new, below[0])
        equal_count = int(((new == old) & (below[0] == below[1])).sum())
        if equal_count == len(new) and values[0] is not None:  # exactly, whatever rounding makes of it
            found = replace(found, value=0.0, low=0.0, high=0.0, standard_error=0.0)
    else:
        paired = paired_difference(new, old, level=level, censored_count=open_count)
        found, ratio = paired.difference, paired.variance_ratio
        values = paired.mean_b.value, paired.mean_a.value
    if measure.unit == "share":
        pairs = discordant_pairs(new, old)
    return Difference(measure, group, *values, found, 0.0, False, equal_count, ratio, pairs)


def _over(
    above: np.ndarray[tuple[int], np.dtype[np.float64]], below: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> float | None:
    total = math.fsum(below.tolist())
    return math.fsum(above.tolist()) / total if total else None


def _judged(
    differences: Sequence[Difference], judged: set[str], *, level: float, is_same: bool
) -> Iterable[Difference]:
    """The differences with their verdicts: the fleet and the tiers as one family, the environments as another."""
    verdicts: dict[int, tuple[Change, ChangeValues | None]] = {}
    for is_environment in (False, True):
        family = {
            str(at): each
            for at, each in enumerate(differences)
            if each.measure.name in judged and (each.group.kind == "environment") == is_environment
        }
        # What has nothing to divide by on one side or the other cannot be judged, and takes no share of the risk.
        asked = {
            name: each for name, each in family.items() if each.base is not None or each.candidate is not None
        }
        found = judge_changes(
            {name: Gated(each.difference, each.margin, each.is_primary) for name, each in asked.items()},
            level=level,
            pairs={name: each.pairs for name, each in asked.items() if each.pairs is not None},
        )
        for name, each in family.items():
            if is_same or each.base == each.candidate is None:
                verdicts[int(name)] = Change.WITHIN_MARGIN, None
            elif name in found:
                verdicts[int(name)] = _held_back(found[name].change, each.difference.n), found[name].p
    for at, each in enumerate(differences):
        change, p = verdicts.get(at, (None, None))
        yield replace(each, change=change, p=p)


def _held_back(change: Change, n: int) -> Change:
    """Of too few worlds nothing but worse is believed."""
    return change if n >= PAIRS_MIN or change is Change.WORSE else Change.INCONCLUSIVE


def _breaching(base: Side, candidate: Side, groups: Iterable[Group]) -> list[Breaching]:
    """Environments that breach anywhere newly, those with most such worlds first."""
    if base.touched is None or candidate.touched is None:
        return []
    measure, found = measure_named("worlds_in_breach"), []
    replications = base.worlds["replication"]
    for group in groups:
        if group.kind != "environment":
            continue
        old = base.values(measure, group)
        pairs = discordant_pairs(candidate.values(measure, group), old)
        if not pairs.only_a:
            continue
        rows = candidate.touched.rows_of(group)
        found.append(
            Breaching(
                environment=group.name,
                tier=int(candidate.touched.tier[rows][0]),
                newly_count=pairs.only_a,
                no_longer_count=pairs.only_b,
                base_count=int(old.sum()),
                p_value=pairs.p_value,
                replications=tuple(replications[list(pairs.newly)].tolist()),
            )
        )
    return sorted(found, key=lambda each: (-each.newly_count, each.environment))


def _apart(base: Side, candidate: Side, measure: Measure, *, count: int) -> list[Apart]:
    """The worlds with the largest difference of a metric, of equals the lower number first; none that are alike."""
    fleet = Group("fleet", "", 0)
    old, new = base.by_world(measure, fleet), candidate.by_world(measure, fleet)
    replications = base.worlds["replication"]
    order = np.lexsort((replications, -np.abs(new - old)))[:count]
    return [
        Apart(int(replications[at]), float(old[at]), float(new[at]))
        for at in order.tolist()
        if new[at] != old[at]
    ]
