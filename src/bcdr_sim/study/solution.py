"""What a search for a limit has found: the values that were played, the answer, and how it held in fresh worlds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.verdicts import Verdict
from bcdr_sim.study.span import Span
from bcdr_sim.study.subject import Subject
from bcdr_sim.study.target import Standing, Target

if TYPE_CHECKING:
    from pandas import DataFrame


class Outcome(StrEnum):
    """What a search has come to."""

    FOUND = "found"
    ALL_KEPT = "kept in the whole range"
    NONE_KEPT = "kept nowhere in the range"
    NOT_MONOTONE = "no one limit"
    UNDECIDED = "undecided"
    NOTHING_RAN = "nothing ran"


@dataclass(frozen=True, slots=True)
class Tried:
    """A value that was played: its step in the span, what was seen, what that says of the target."""

    at: int
    value: Any
    estimate: Estimate
    standing: Standing
    keeps: bool


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A value in worlds that the search has not seen."""

    at: int
    value: Any
    seed: int
    verdict: Verdict
    estimate: Estimate


@dataclass(frozen=True, repr=False)
class Solution:
    """What was found. `safe`, `seen` and `lost` are values, None where the range has none; `reason` says it in words.

    `is_rising` says whether larger values are the ones that miss the target; None if that was not seen.
    """

    subject: Subject
    span: Span
    target: Target
    seed: int
    outcome: Outcome
    reason: str
    tried: tuple[Tried, ...]
    is_rising: bool | None = None
    safe: Any = None
    seen: Any = None
    lost: Any = None
    confirmations: tuple[Confirmation, ...] = ()

    @property
    def confirmation(self) -> Confirmation | None:
        """The furthest value that holds in fresh worlds; the last one tried if none does, None if none was tried."""
        passed = [each for each in self.confirmations if each.verdict is Verdict.PASS]
        if passed:
            return max(passed, key=lambda each: each.at if self.is_rising is not False else -each.at)
        return self.confirmations[-1] if self.confirmations else None

    @property
    def is_confirmed(self) -> bool:
        """Whether a value holds in fresh worlds."""
        return self.confirmation is not None and self.confirmation.verdict is Verdict.PASS

    @property
    def answer(self) -> Any:
        """The furthest value that holds in fresh worlds, None if there is none."""
        return self.confirmation.value if self.confirmation is not None and self.is_confirmed else None

    def frame(self) -> DataFrame:
        """One row per value that was played, those of the search first, in the order of the span."""
        import pandas as pd

        rows = [
            _row(self.span.name, "search", value=each.value, found=each.estimate)
            | {"standing": str(each.standing)}
            for each in self.tried
        ]
        for one in self.confirmations:
            standing = {Verdict.PASS: "kept", Verdict.FAIL: "missed"}.get(one.verdict, "undecided")
            rows.append(
                _row(self.span.name, "fresh", value=one.value, found=one.estimate) | {"standing": standing}
            )
        table = pd.DataFrame(rows)
        types = {"n": "Int64", "n_censored": "Int64", "n_unbounded": "Int64"}
        types |= dict.fromkeys(("quantity", "ci_low", "ci_high"), "Float64")
        return table.astype(types | {"worlds": "category", "standing": "category"})

    def __repr__(self) -> str:
        """The answer in one line."""
        return f"<Solution of {self.target.text} for {self.span.name}: {self.outcome}; {self.reason}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self)[1:-1])}</p>" + self.frame().to_html(index=False)


def _row(name: str, worlds: str, *, value: Any, found: Estimate) -> dict[str, Any]:
    return {
        "worlds": worlds,
        name: value,
        "quantity": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "n": found.n,
        "n_censored": found.censored_count,
        "n_unbounded": found.unbounded_count,
    }
