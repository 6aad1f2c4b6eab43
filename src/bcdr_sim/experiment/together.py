"""Cases played together: as many worlds of each, until a difference between them is known well enough.

Theory of operation. The looks are those of `Precision`, fixed beforehand. At each one every case has all worlds up to it,
and the difference of one metric between each case and the first is looked at: enough, if the half-width of its interval is
at most the wanted share of the first case's mean. A share of the difference itself would never be reached by cases that are
alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bcdr_sim.experiment.collected import Collected
from bcdr_sim.experiment.plan import Plan
from bcdr_sim.experiment.pools import Pool
from bcdr_sim.experiment.running import Report, Run
from bcdr_sim.experiment.side import Group, Measure, Side, measure_named
from bcdr_sim.experiment.store import open_store
from bcdr_sim.experiment.worlds import Worlds
from bcdr_sim.statistics.paired import paired_difference, paired_ratio

_FLEET = Group("fleet", "", 0)


@dataclass(frozen=True, slots=True)
class PairedLook:
    """What one look found: the `half_width` of the widest difference and the `target` for it, in the metric's unit."""

    n: int
    half_width: float | None
    target: float
    share: float
    is_precise: bool
    reason: str


def play_together(
    plan: Plan, pool: Pool | None, *, folders: Sequence[Path], force: bool, report: Report | None
) -> tuple[list[Worlds], PairedLook | None]:
    """Play all cases of a plan to the same number of worlds, a folder for each; the store is whole whatever happens.

    Raises: as `run_plan`.
    """
    with ExitStack() as open_things:
        playing = []
        for case, folder in zip(plan.cases, folders, strict=True):
            collected = Collected(len(case.ready().scenario.expect))
            store = open_store(folder, case, seed=plan.seed, frames=plan.frames, force=force)
            open_things.callback(store.close)
            store.load(collected)
            playing.append(Run(case, plan.seed, plan.wanted, collected, pool, store, report))
        count, found, is_complete = 0, None, False
        try:
            for target in plan.wanted.looks():
                for each in playing:
                    each.reach(target)
                count = target
                found = _look([each.collected.first_worlds(target) for each in playing], plan)
                if found is not None and found.is_precise:
                    break
            is_complete = True
        finally:
            for each in playing:
                each.keep(count if is_complete else plan.wanted.replications, is_complete=is_complete)
    return [each.collected.first_worlds(count) for each in playing], found


def _look(worlds: Sequence[Worlds], plan: Plan) -> PairedLook | None:
    """The look at so many worlds; None if no precision is wanted."""
    wanted = plan.wanted.precision
    if wanted is None:
        return None
    measure = measure_named(plan.wanted.metric)
    base, *others = (Side("", "", each) for each in worlds)
    n, mean = len(base), _mean(base, measure)
    target = wanted.g * abs(mean or 0.0)
    widths = [_half_width(base, other, measure, level=wanted.level) for other in others]
    half_width = None if any(width is None for width in widths) else max(width or 0.0 for width in widths)
    busy = int((base.values(measure, _FLEET) != 0).sum())

    def look(is_precise: bool, reason: str) -> PairedLook:
        return PairedLook(n, half_width, target, wanted.g, is_precise, reason)

    if n < wanted.first_n:
        return look(False, f"the first look is at {wanted.first_n:,}")
    if half_width is None:
        return look(False, "no interval yet")
    if busy < wanted.nonzero_min:
        return look(False, f"{busy} of {wanted.nonzero_min} worlds of the base with anything but 0")
    share = f"{100 * wanted.g:.4g} % of the base's mean"
    if half_width <= target:
        return look(True, f"the difference is known to within {share}")
    return look(
        False, f"the difference is known to {100 * half_width / abs(mean or 1):.2g} %, wanted {share}"
    )


def _mean(side: Side, measure: Measure) -> float | None:
    values = side.values(measure, _FLEET)
    below = len(values) if measure.per is None else float(side.divisors(measure, _FLEET).sum())
    return float(values.sum()) / below if below else None


def _half_width(base: Side, other: Side, measure: Measure, *, level: float) -> float | None:
    new, old = other.values(measure, _FLEET), base.values(measure, _FLEET)
    if measure.per is None:
        return paired_difference(new, old, level=level).difference.half_width
    below = other.divisors(measure, _FLEET), base.divisors(measure, _FLEET)
    return paired_ratio((new, below[0]), (old, below[1]), level=level).half_width
