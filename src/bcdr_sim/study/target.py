"""A target: a quantity and the bound that it shall keep, such as `P(loss <= 15m) >= 99%` or `mean(downtime) <= 4h`.

A target is judged by the interval of its quantity: surely kept if all of the interval keeps it, surely missed if none of it
does, else undecided. One of a quantile is the same as one of a probability and is judged as that: p95(rta) <= 4h says
P(rta <= 4h) >= 95 %, which has an exact interval.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.experiment.runs import Runs
from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.means import mean
from bcdr_sim.statistics.probabilities import clopper_pearson, share_gate
from bcdr_sim.statistics.verdicts import Verdict
from bcdr_sim.study.quantity import Quantity, bound_of, quantity
from bcdr_sim.study.subject import refusal

_TARGET = re.compile(r"(?P<quantity>.*\S)\s*(?P<op><=|>=)\s*(?P<bound>[^\s<>=()]+)")
HOW = "write P(loss <= 15m) >= 99%, p95(rta) <= 4h or mean(downtime) <= 2h"
Standing = Literal["kept", "undecided", "missed"]


@dataclass(frozen=True, slots=True)
class Target:
    """`quantity` shall be at most (`<=`) or at least (`>=`) `bound`. `text` is its canonical form."""

    text: str
    quantity: Quantity
    op: Literal["<=", ">="]
    bound: float

    def of(self, runs: Runs, *, level: float = 0.95) -> Estimate:
        """What the worlds say of the quantity: the exact interval of a probability, the t interval of a mean."""
        if self.quantity.event is None:
            return self.quantity.of(runs, level=level)
        holds, is_open = self.quantity.event.flags(runs)
        count, open_count, n = int(holds.sum()), int(is_open.sum()), len(holds)
        method = "Clopper-Pearson"
        if n == 0:
            return nothing(n=0, level=level, method=method, note="no replication")
        low = clopper_pearson(count, n, level=level)[0]
        high = clopper_pearson(count + open_count, n, level=level)[1]
        return Estimate(count / n, low, high, n, level, method, open_count)

    def keeps(self, number: float) -> bool:
        """Whether a value of the quantity keeps the bound."""
        return number <= self.bound if self.op == "<=" else number >= self.bound

    def standing(self, estimate: Estimate) -> Standing:
        """What an interval says."""
        best, worst = (estimate.low, estimate.high) if self.op == "<=" else (estimate.high, estimate.low)
        if worst is not None and self.keeps(worst):
            return "kept"
        if best is not None and not self.keeps(best):
            return "missed"
        return "undecided"

    def values(self, runs: Runs) -> NDArray[np.float64]:
        """One number per world, of which more is worse."""
        numbers = self.quantity.values(runs)
        return numbers if self.op == "<=" else -numbers

    def gate(self, runs: Runs, *, level: float = 0.95) -> tuple[Verdict, Estimate]:
        """Judge the target with one-sided bounds: pass if it is surely kept, fail if it surely is not."""
        if self.quantity.event is None:
            shown = mean(
                self.quantity.values(runs), level=2 * level - 1, censored_count=self.of(runs).censored_count
            )
            standing = self.standing(shown)
            verdicts = {"kept": Verdict.PASS, "missed": Verdict.FAIL, "undecided": Verdict.INCONCLUSIVE}
            return verdicts[standing], shown
        holds, is_open = self.quantity.event.flags(runs)
        count, open_count, n = int(holds.sum()), int(is_open.sum()), len(holds)
        if self.op == ">=":
            return share_gate(count, n, at_least=self.bound, level=level, censored_count=open_count)
        verdict, found = share_gate(
            n - count - open_count, n, at_least=1 - self.bound, level=level, censored_count=open_count
        )
        low, high = found.low, found.high
        flipped = Estimate(
            value=count / n if n else None,
            low=None if high is None else 1 - high,
            high=None if low is None else 1 - low,
            n=n,
            level=level,
            method=found.method,
            censored_count=open_count,
            note=found.note,
        )
        return verdict, flipped


def target(text: str) -> Target:
    """Read a target.

    Raises:
        InputError: it is none, with what is allowed.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        raise refusal(text.strip() or "nothing", f"is no target; {HOW}")
    asked = quantity(found["quantity"])
    op: Literal["<=", ">="] = found["op"]  # type: ignore[assignment]
    if asked.kind == "share":
        return _of_share(asked, op, _share(found["bound"], text))
    assert asked.metric is not None
    bound = bound_of(asked.metric, found["bound"], what=text)
    written = found["bound"]
    if asked.kind == "quantile":
        name = asked.metric.alias or asked.metric.name
        if op == "<=":
            return _of_share(quantity(f"P({name} <= {written})"), ">=", asked.q)
        return _of_share(quantity(f"P({name} < {written})"), "<=", asked.q)
    return Target(f"{asked.text} {op} {asked.written(bound)}", asked, op, bound)


def _of_share(asked: Quantity, op: Literal["<=", ">="], bound: float) -> Target:
    return Target(f"{asked.text} {op} {100 * bound:g}%", asked, op, bound)


def _share(text: str, whole: str) -> float:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise refusal(whole, f"a probability is above 0% and below 100%, such as 99% or 0.99; got '{text}'")
    return value
