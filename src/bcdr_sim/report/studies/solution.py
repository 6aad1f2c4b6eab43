"""The answer of `solve` for people and programs: the value, how sure it is, and what it rests on."""

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
    title,
)
from bcdr_sim.report.wording import count
from bcdr_sim.statistics.verdicts import Verdict
from bcdr_sim.study import Outcome, Solution
from bcdr_sim.study.subject import written

_HEARD = {
    Verdict.PASS: "holds",
    Verdict.FAIL: "DOES NOT HOLD",
    Verdict.INCONCLUSIVE: "is not decided",
}


def solution_page(found: Solution, *, again: str) -> Page:
    """The page. `again` is the command that plays the confirmed value once more, empty if there is none."""
    worlds = found.tried[0].estimate.n
    head = title(found.subject, seed=found.seed, worlds=count(worlds, "world"))
    asked = found.target.quantity
    rows = [
        [
            written(each.value),
            str(each.standing),
            asked.written(each.estimate.value),
            interval(each.estimate, asked),
            *counts(each.estimate),
        ]
        for each in found.tried
    ]
    name = found.span.name
    table = Table(
        f"{found.target.text} by {name}", [name, "target", "value", "95 % interval", *COUNTS], rows, words=2
    )
    return Page(head, [table], [*_closing(found), *([("Again", again)] if again else [])])


def solution_document(found: Solution, *, conclusion: str) -> dict[str, Any]:
    """The same as plain data."""
    span = found.span
    return {
        **origin(found.subject, kind="solution", seed=found.seed),
        "replications": found.tried[0].estimate.n,
        "setting": span.name,
        "range": [written(span.value(0)), written(span.value(span.last))],
        "step": span.words(span.step),
        "target": found.target.text,
        "outcome": found.outcome.value,
        "reason": found.reason,
        "larger_is_worse": found.is_rising,
        "answer": _written(found.answer),
        "limit": {"seen": _written(found.seen), "between": [_written(found.safe), _written(found.lost)]},
        "tried": [
            {"value": written(each.value), "target": each.standing, **_renamed(estimate(each.estimate))}
            for each in found.tried
        ],
        "confirmations": [
            {
                "value": written(one.value),
                "seed": one.seed,
                "verdict": one.verdict.value,
                **_renamed(estimate(one.estimate)),
            }
            for one in found.confirmations
        ],
        "verdict": {"conclusion": conclusion},
    }


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    """An estimate beside a value of the setting: its own value is the quantity."""
    return {"quantity" if key == "value" else key: part for key, part in found.items()}


def _written(value: Any) -> str | None:
    return None if value is None else written(value)


def _closing(found: Solution) -> list[tuple[str, str]]:
    lines = [("Answer", _answer(found))]
    if found.outcome is Outcome.FOUND:
        lines.append(("Limit", _limit(found)))
    asked = found.target.quantity
    for one in found.confirmations:
        said = (
            f"{written(one.value)} {_HEARD[one.verdict]} in {one.estimate.n:,} worlds of seed {one.seed}, which the "
            f"search has not seen: {asked.written(one.estimate.value)}, {interval(one.estimate, asked)}"
        )
        lines.append(("Confirmed" if one.verdict is Verdict.PASS else "Fresh worlds", said))
    return lines


def _answer(found: Solution) -> str:
    if found.outcome not in (Outcome.FOUND, Outcome.ALL_KEPT):
        return f"{found.outcome.value}: {found.reason}"
    bound = "at most" if found.is_rising is not False else "at least"
    value = found.safe if found.answer is None else found.answer
    said = f"{found.span.name} {bound} {written(value)} keeps {found.target.text}"
    if found.outcome is Outcome.ALL_KEPT:
        said = f"{found.outcome.value}: {found.reason}"
    if found.answer is None:
        said += "; NOT CONFIRMED by fresh worlds" if found.confirmations else "; fresh worlds were not asked"
    return said


def _limit(found: Solution) -> str:
    seen = f"seen at {written(found.seen)}; " if found.seen is not None else ""
    span = found.span
    far = "the end of the range or beyond" if found.lost is None else written(found.lost)
    return f"{seen}it lies between {written(found.safe)} and {far} (95 %), to {span.words(span.step)}"
