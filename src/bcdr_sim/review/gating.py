"""Gates judged: the policy of before and the policy of now in the same worlds, metric by metric.

Rules.

* Replication i of both sides is the same world, so an identical policy differs by exactly 0. The number of worlds is fixed
  beforehand.
* A metric fails if the lower end of the interval of its mean difference is above the margin, passes if the upper end is not,
  and is inconclusive otherwise; a gate fails before it is inconclusive. The primary metric has the full level, the rest
  share it (Holm). Of a metric that is yes or no, the exact test on the worlds in which the two sides differ decides.
* Fewer than `PAIRS_MIN` worlds let nothing pass that decides otherwise somewhere: all of them may be alike by luck.
* A gate in whose worlds nothing happens has judged nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from bcdr_sim.analysis import TooLargeError
from bcdr_sim.analysis.identity import decision_digest
from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.estate import Estate, build_estate
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, PolicyError
from bcdr_sim.review.gate_file import FILE, GatesText, GateText, GroupText, MetricText, margin_of
from bcdr_sim.review.gate_metrics import GateMetric, World, open_count
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics import (
    Discordant,
    Estimate,
    Gated,
    Looks,
    Verdict,
    discordant_pairs,
    judge_breaches,
    judge_gate,
    paired_difference,
    paired_ratio,
    worst,
)
from bcdr_sim.statistics.sample import Floats
from bcdr_sim.timeline.states import Flags
from bcdr_sim.trial import Trial, resolve
from bcdr_sim.verdict import judge

PAIRS_MIN: Final = 30
"""Assumption: as for stopping a run, a t interval of fewer is not to be trusted."""


@dataclass(frozen=True, slots=True)
class MetricJudged:
    """One metric of a gate: the difference new less old, in its unit, and what may be said of it.

    `before` and `after` are the values of both sides, None if there is nothing to divide by. `equal_count` of the worlds are
    exactly alike. `pairs` are the worlds of a metric that is yes or no, None for any other.
    """

    name: str
    unit: str
    group: str
    margin: float
    is_primary: bool
    difference: Estimate
    before: float | None
    after: float | None
    equal_count: int
    verdict: Verdict
    pairs: Discordant | None = None


@dataclass(frozen=True, slots=True)
class GateJudged:
    """A gate in one scenario, and its line in its file. `verdict` is None if nothing happened in any of its worlds."""

    id: str
    scenario: str
    policy: str
    seed: int
    replication_count: int
    is_earlier: bool
    metrics: tuple[MetricJudged, ...]
    verdict: Verdict | None
    line: int = 0


def judge_one(
    gate: GateText,
    gates: GatesText,
    scenario: Scenario,
    *,
    old: Policy,
    new: Policy,
    path: str,
    is_earlier: bool = True,
) -> GateJudged:
    """Play the worlds of a gate under both policies and judge its metrics; `path` names the scenario.

    Raises:
        InputError: a group of which nobody is in the scenario, or a policy that it cannot be played with.
    """
    estate = build_estate(scenario)
    members = [_members(estate, metric.group, gate=gate.id, path=path) for metric in gate.metrics]
    count = gates.replications
    values = np.zeros((2, len(gate.metrics), count))  # new first
    incidents = np.zeros_like(values)
    open_counts = [0] * len(gate.metrics)
    for replication in range(count):
        try:
            trial = resolve(scenario, seed=gates.seed, replication=replication, estate=estate)
            sides = [_measured(trial, policy) for policy in (new, old)]
        except (PolicyError, ValueError) as error:
            raise InputError([Problem(path, 0, 0, 0, str(error))]) from error
        for at, metric in enumerate(gate.metrics):
            for side, (metrics, judgements) in enumerate(sides):
                world = World(metrics, judgements, members[at])
                values[side, at, replication] = metric.found.value(world)
                incidents[side, at, replication] = len(world.lengths_ms)
                open_counts[at] += open_count(world)
    looks = Looks((count,), gates.alpha)
    judged = _judged(gate.metrics, values, incidents, looks=looks, open_counts=open_counts)
    if count < PAIRS_MIN and not _decide_alike(old, new):
        judged = tuple(map(_held_back, judged))
    return GateJudged(
        id=gate.id,
        scenario=path,
        policy=new.name,
        seed=gates.seed,
        replication_count=count,
        is_earlier=is_earlier,
        metrics=judged,
        verdict=worst([each.verdict for each in judged]) if values.any() or incidents.any() else None,
    )


def _judged(
    metrics: Sequence[MetricText],
    values: Floats,
    incidents: Floats,
    *,
    looks: Looks,
    open_counts: Sequence[int],
) -> tuple[MetricJudged, ...]:
    """The verdict on each metric from one value per side, metric and world, new first."""
    differences = []
    for at, metric in enumerate(metrics):
        if metric.found.per_incident:
            new, old = ((values[side, at], incidents[side, at]) for side in (0, 1))
            found = replace(paired_ratio(new, old, level=looks.level), censored_count=open_counts[at])
            if found.value is not None and all(
                map(np.array_equal, new, old)
            ):  # whatever rounding makes of it
                found = replace(found, value=0.0, low=0.0, high=0.0, standard_error=0.0)
        else:
            paired = paired_difference(
                values[0, at], values[1, at], level=looks.level, censored_count=open_counts[at]
            )
            found = paired.difference
        differences.append(found)
    shared = {
        str(at): Gated(differences[at], margin_of(metric), is_primary=metric.primary)
        for at, metric in enumerate(metrics)
    }
    verdicts = judge_gate(shared, looks=looks, n=looks.ns[0])
    judged = []
    for at, metric in enumerate(metrics):
        of = metric.found
        verdict, pairs = verdicts[str(at)].verdict, None
        if of.unit == "share":
            pairs = discordant_pairs(values[0, at] > 0, values[1, at] > 0, more_only=True)
            verdict = judge_breaches(pairs, differences[at], margin_share=margin_of(metric))
        after, before = (_side(values[side, at], incidents[side, at], of) for side in (0, 1))
        judged.append(
            MetricJudged(
                name=of.name,
                unit=of.unit,
                group=str(metric.group),
                margin=margin_of(metric),
                is_primary=metric.primary,
                difference=differences[at],
                before=before,
                after=after,
                equal_count=int((values[0, at] == values[1, at]).sum()),
                verdict=verdict,
                pairs=pairs,
            )
        )
    return tuple(judged)


def _side(values: Floats, incidents: Floats, metric: GateMetric) -> float | None:
    """The mean of one side: per incident or per world."""
    over = math.fsum(incidents.tolist()) if metric.per_incident else len(values)
    return math.fsum(values.tolist()) / over if over else None


def _held_back(metric: MetricJudged) -> MetricJudged:
    """A metric of too few worlds: what passes is inconclusive."""
    return replace(metric, verdict=Verdict.INCONCLUSIVE) if metric.verdict is Verdict.PASS else metric


def _decide_alike(old: Policy, new: Policy) -> bool:
    """Whether two policies are proved to decide the same for the same reason everywhere."""
    try:
        return decision_digest(old) == decision_digest(new)
    except TooLargeError:
        return False


def _measured(trial: Trial, policy: Policy) -> tuple[Any, Any]:
    metrics = measure(simulate(trial, policy))
    return metrics, judge(metrics, trial.scenario).judgements


def _members(estate: Estate, group: GroupText, *, gate: str, path: str) -> Flags:
    """The environments of a group, as a flag each.

    Raises:
        InputError: there are none.
    """
    belongs = [
        (group.tier is None or spec.tier == group.tier)
        and (group.customer is None or spec.customer_name == group.customer)
        and (group.covered is None or spec.eligible == group.covered)
        for spec in estate.specs
    ]
    flags: Flags = np.array([belongs[spec] for spec in estate.spec_of], dtype=np.bool_)
    if not flags.any():
        message = f"gate '{gate}': no environment of {group} in {path}"
        raise InputError([Problem(FILE, 0, 0, 0, message)])
    return flags
