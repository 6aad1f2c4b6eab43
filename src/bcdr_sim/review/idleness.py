"""Idleness: parts of a review that were asked for by name and had nothing to look at, each with the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from bcdr_sim.review.claims import ClaimsReview
from bcdr_sim.review.gate_file import FILE as GATES
from bcdr_sim.review.gate_file import gates_of
from bcdr_sim.review.kept_baselines import PATTERN
from bcdr_sim.review.subject import PolicyReview, Step
from bcdr_sim.review.trees import matching

_WHY: Final[Mapping[Step, str]] = {
    Step.CHECK: "there is no policy to prove anything of",
    Step.DIFF: "no policy of before is still here to compare with",
    Step.EXPLORE: "no policy is new or another one, so no order of events was tried",
    Step.TEST: "no scenario and no policy test claims anything",
    Step.BASELINES: f"there is no baseline, no file {PATTERN}",
    Step.GATES: f"there is no gate, no file {GATES}",
}


def idle_parts(
    asked: Collection[Step],
    trees: tuple[Path, Path],
    *,
    policies: Sequence[PolicyReview],
    claims: Sequence[ClaimsReview],
) -> dict[Step, str]:
    """Return those of the parts that had nothing to look at, with the reason, in the order of `Step`.

    A question that was given up was looked at, and so were gates of policies that are the same: they differ by exactly 0.

    Raises:
        InputError: a file of gates has faults.
    """
    given_up = any(each.given_up for each in policies)
    busy = {
        Step.CHECK: any(each.checked for each in policies),
        Step.DIFF: given_up or any(each.difference for each in policies),
        Step.EXPLORE: any(each.explored for each in policies),
        Step.TEST: bool(claims),
        Step.BASELINES: any(matching(tree, [PATTERN]) for tree in trees),
        Step.GATES: any(gates_of(tree) for tree in trees),
    }
    return {step: _WHY[step] for step in Step if step in asked and not busy[step]}
