"""What another family of distributions would say, for people and programs."""

from __future__ import annotations

from typing import Any

from bcdr_sim.report.studies.page import (
    COUNTS,
    Page,
    Table,
    counts,
    estimate,
    interval,
    origin,
    signed_by,
    title,
)
from bcdr_sim.report.wording import count, listing
from bcdr_sim.study.relatives import Families


def families_page(found: Families) -> Page:
    """The page: things as they are, then a line per family."""
    asked = found.quantity
    has_verdict = any(each.verdict for each in found.relatives)
    rows = []
    for each in found.relatives:
        change = each.change
        row = [each.family, *([each.verdict] if has_verdict else [])]
        row += [asked.written(each.estimate.value), interval(each.estimate, asked)]
        row += (
            ["-", "-"]
            if change is None
            else [signed_by(asked)(change.value), interval(change, asked, signed=True)]
        )
        rows.append(row + counts(each.estimate))
    head = [
        "family",
        *(["verdict"] if has_verdict else []),
        "value",
        "95 % interval",
        "change",
        "its interval",
        *COUNTS,
    ]
    closing = [("Same", "mean and p90 of every law, and all random numbers; changes are paired differences")]
    closing += [("But", note) for each in found.relatives for note in each.notes]
    if has_verdict:
        closing.append(("Verdict", flip_sentence(found)))
    table = Table(
        f"{asked.text} with {' and '.join(found.names)} of another family",
        head,
        rows,
        words=2 if has_verdict else 1,
    )
    worlds = count(found.relatives[0].estimate.n, "world")
    return Page(title(found.subject, seed=found.seed, worlds=worlds), [table], closing)


def flip_sentence(found: Families) -> str:
    """Whether a verdict hangs on a guess, and on which."""
    if not found.flipped:
        return f"{found.relatives[0].verdict} whichever family it is"
    others = listing(
        [f"{each.family} {each.verdict}" for each in found.relatives if each.family in found.flipped],
        shown_max=4,
    )
    return (
        f"FLIPS: {found.relatives[0].verdict} as it is, but {others}; so it rests on the choice of a family"
    )


def families_document(found: Families) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **origin(found.subject, kind="families", seed=found.seed),
        "quantity": found.quantity.text,
        "settings": list(found.names),
        "flipped": found.flipped,
        "families": [
            {
                "family": each.family,
                "verdict": each.verdict or None,
                "estimate": estimate(each.estimate),
                "change": None if each.change is None else estimate(each.change),
                "notes": list(each.notes),
            }
            for each in found.relatives
        ],
    }
