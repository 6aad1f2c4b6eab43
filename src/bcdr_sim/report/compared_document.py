"""A comparison of policies as one JSON object: every difference of every group, with what belongs to it."""

from __future__ import annotations

import math
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.experiment import Contrast
from bcdr_sim.experiment.contrast import Breaching, Difference
from bcdr_sim.experiment.edition import edition
from bcdr_sim.report.compared import ComparedReport, verdict_sentence

SCHEMA = "bcdr-sim/comparison/1"
"""Name and version of the JSON form; a change that a reader must know of gets the next number."""


REPLICATIONS_MAX = 100
"""Of an environment that newly breaches, so many worlds are named; `newly` counts them all."""


def compared_document(report: ComparedReport) -> dict[str, Any]:
    """The whole result as plain data, ready for `json.dumps`. Times are ms; null means that there is no number."""
    comparison = report.comparison
    first, look = comparison.runs[0], comparison.look
    return {
        "schema": SCHEMA,
        "version": __version__,
        "edition": edition(),
        "scenario": first.scenario.name,
        "scenario_digest": first.case.scenario_digest,
        "seed": first.seed,
        "replications": len(comparison),
        "horizon_ms": first.scenario.horizon,
        "environments": len(first.case.ready().estate),
        "level": comparison.level,
        "primary": comparison.primary,
        "judged": list(comparison.metrics) or None,
        "policies": [
            {
                "label": label,
                "policy": runs.case.policy_name,
                "policy_digest": runs.case.policy_digest,
                "parameters": dict(runs.case.parameters),
                "digest": runs.digest,
            }
            for label, runs in zip(comparison.labels, comparison.runs, strict=True)
        ],
        "precision": None
        if look is None
        else {
            "reached": look.is_precise,
            "reason": look.reason,
            "half_width": look.half_width,
            "target": look.target,
        },
        "contrasts": [
            _contrast(report, found, number) for number, found in enumerate(comparison.contrasts, start=1)
        ],
        "verdict": comparison.word,
    }


def _contrast(report: ComparedReport, found: Contrast, number: int) -> dict[str, Any]:
    return {
        "base": found.base,
        "candidate": found.candidate,
        "pairs": found.n,
        "equal_worlds": found.equal_count,
        "verdict": found.word,
        "sentence": verdict_sentence(found),
        "differences": [_difference(each) for each in found.differences],
        "newly_breaching": [_breaching(each) for each in found.breaching],
        "worlds": [
            {
                "replication": world.replication,
                "base": world.base,
                "candidate": world.candidate,
                "replay": list(report.commands(world.replication, number)),
            }
            for world in found.apart
        ],
    }


def _difference(each: Difference) -> dict[str, Any]:
    found = each.difference
    document: dict[str, Any] = {
        "metric": each.measure.name,
        "unit": each.measure.unit,
        "group": each.group.label,
        "kind": each.group.kind,
        "base": each.base,
        "candidate": each.candidate,
        "difference": found.value,
        "low": _plain(found.low),
        "high": _plain(found.high),
        "margin": each.margin,
        "verdict": None if each.change is None else each.change.value,
        "primary": each.is_primary,
        "method": found.method,
        "censored": found.censored_count,
        "equal_pairs": each.equal_count,
        "variance_ratio": each.variance_ratio,
        "note": found.note,
    }
    if each.p is not None:
        document["p"] = {"worse": each.p.worse, "better": each.p.better, "within": each.p.within}
    if each.pairs is not None:
        document["discordant"] = {"newly": each.pairs.only_a, "no_longer": each.pairs.only_b}
    return document


def _breaching(each: Breaching) -> dict[str, Any]:
    return {
        "environment": each.environment,
        "tier": each.tier,
        "newly": each.newly_count,
        "no_longer": each.no_longer_count,
        "base": each.base_count,
        "never_before": each.is_new,
        "p": each.p_value,
        "replications": list(each.replications[:REPLICATIONS_MAX]),
    }


def _plain(number: float | None) -> float | None:
    return None if number is None or math.isinf(number) else number
