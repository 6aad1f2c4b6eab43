"""A reviewed change as text, and as one JSON object that holds all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.analysis import Change, change_words
from bcdr_sim.errors import escaped, render_block
from bcdr_sim.report.differences import change_data, clock_data
from bcdr_sim.report.exploration import explored_summary, extent_data
from bcdr_sim.report.exposure import exposure_data, exposure_words, visit_words, visits_data
from bcdr_sim.report.findings import SCHEMA, findings_data, proof_data, with_witness
from bcdr_sim.report.gates import gate_data, gates_text
from bcdr_sim.report.review_sections import (
    BEHIND,
    idle_lines,
    sections,
    standing,
    tally,
    verdict_words,
    which,
)
from bcdr_sim.report.wording import json_text, wrapped
from bcdr_sim.review import PolicyReview, Review, Step


def review_text(review: Review, *, width: int = 100) -> str:
    """What changed, what was found, which scenarios hold."""
    lines: list[str] = [wrapped(f"Note: {BEHIND}", width=width), ""] if review.is_behind else []
    for policy in review.policies:
        lines += [f"policy {escaped(policy.path)}: {standing(policy)}"]
        lines += _changes(policy, width=width)
        if policy.explored is not None:
            lines += [wrapped(explored_summary(policy.explored), lead="  explored: ", width=width)]
        lines += [wrapped(f"given up: {escaped(each)}", lead="  ", width=width) for each in policy.given_up]
    found = sections(review)
    for finding in (*found.wrong, *found.notes):
        lines += ["", render_block(with_witness(finding).problem)]
    if review.claims or review.gates:
        lines.append("")
    for each in review.claims:
        lines.append(f"{'ok ' if each.holds else 'NOT'} {escaped(each.path)}{which(each)}")
        lines += [wrapped(failure, lead="      ", width=width) for failure in each.failures]
    lines += gates_text(review.gates, width=width)
    for idle in idle_lines(review):
        lines += ["", wrapped(idle, width=width)]
    lines += ["", wrapped(f"Verdict  {verdict_words(review)}: {tally(review)}", width=width)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _changes(policy: PolicyReview, *, width: int) -> Iterator[str]:
    """What a policy does otherwise, where, and how often simulated incidents come there."""
    exposure = policy.exposure
    for number, change in enumerate(policy.difference.changes if policy.difference else ()):
        if not change.is_action:
            continue
        yield wrapped(change_words(change), lead="  ", width=width)
        for position, box in enumerate(change.boxes):
            yield wrapped(str(box), lead="    where ", width=width)
            if exposure is not None:
                yield wrapped(visit_words(exposure, number, position), lead="      = ", width=width)
        if not change.is_whole:
            yield f"    and more than these {len(change.boxes)}"
    if exposure is not None:
        yield wrapped(exposure_words(exposure), lead="  ", width=width)


def review_json(review: Review) -> str:
    """The whole review as one JSON object."""
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "command": "ci",
        "verdict": verdict_words(review).lower().replace(" ", "_"),
        "behind": review.is_behind,
        "parts": [step.value for step in Step if step in review.steps],
        "idle": [{"part": step.value, "why": why} for step, why in review.idle.items()],
        "policies": [_policy_data(policy) for policy in review.policies],
        "claims": [
            {
                "path": each.path,
                "earlier": each.is_earlier,
                "holds": each.holds,
                "failures": list(each.failures),
            }
            for each in review.claims
        ],
        "gates": [gate_data(gate) for gate in review.gates],
        "findings": findings_data(review.findings),
    }
    return json_text(content)


def _policy_data(policy: PolicyReview) -> dict[str, Any]:
    changes: Sequence[Change] = policy.difference.changes if policy.difference else ()
    exposure = policy.exposure
    return {
        "path": policy.path,
        "policy": policy.checked.policy if policy.checked else None,
        "digest": policy.checked.digest if policy.checked else None,
        "given_up": list(policy.given_up),
        "new": policy.is_new,
        "gone": policy.is_gone,
        "clock": clock_data(policy.difference.clock) if policy.difference else None,
        "changes": [
            change_data(change)
            | ({} if exposure is None else {"exposure": visits_data(exposure, number, change)})
            for number, change in enumerate(changes)
        ],
        "exposure": None if exposure is None else exposure_data(exposure),
        "explored": extent_data(policy.explored) if policy.explored else None,
        "proofs": [proof_data(proof) for proof in (policy.checked.proofs if policy.checked else ())],
    }
