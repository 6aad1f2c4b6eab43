"""What a study asks of many worlds: a probability, a mean or a quantile, written as people write it.

    P(rta <= 4h)          probability that in a world no recovery takes longer
    P(objectives_met)     probability of an event by name, those of `Runs.probabilities`
    mean(downtime)        mean of a metric over worlds
    p95(loss)             what 95 % of the worlds keep within

`rto` and `rpo` are taken for the recovery time and the loss that they are objectives of. A world whose value is still open
at the horizon answers "longer than 4h?" if it is longer already, and is undecided otherwise.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import near_miss
from bcdr_sim.experiment.metric import Metric, Unit, metric_named, metric_values, open_worlds
from bcdr_sim.experiment.runs import Runs
from bcdr_sim.experiment.summarising import questions
from bcdr_sim.statistics.estimate import Estimate, nothing
from bcdr_sim.statistics.means import mean
from bcdr_sim.statistics.probabilities import share
from bcdr_sim.statistics.quantiles import quantile
from bcdr_sim.study.subject import refusal
from bcdr_sim.units import format_duration, parse_duration

Op = Literal["<=", "<", ">=", ">"]
Kind = Literal["share", "mean", "quantile"]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_COMPARE: dict[str, Callable[[Floats, float], Flags]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
_ROUGHLY = ((86_400_000, 3_600_000), (3_600_000, 60_000), (60_000, 1000), (10_000, 1000), (1000, 100))
"""From so many ms on, people are told a time to so many ms: about its two largest units."""
_OBJECTIVES = {"rto": "rta", "rpo": "loss"}
"""An objective by the name of what it bounds."""
_SHARE = re.compile(r"[Pp]\s*\(\s*(?P<inside>[^()]+?)\s*\)")
_MEAN = re.compile(r"mean\s*\(\s*(?P<metric>[\w ]+?)\s*\)|(?P<dotted>\w+)\.mean", re.IGNORECASE)
_QUANTILE = re.compile(
    r"p(?P<percent>\d{1,2}(?:\.\d+)?)\s*\(\s*(?P<metric>[\w ]+?)\s*\)|(?P<dotted>\w+)\.p(?P<behind>\d{1,2}(?:\.\d+)?)",
    re.IGNORECASE,
)
_COMPARISON = re.compile(r"(?P<metric>\w+)\s*(?P<op><=|>=|<|>)\s*(?P<bound>\S+)")
HOW = "write P(rta <= 4h), P(objectives_met), mean(downtime) or p95(loss)"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a world shows or does not: a metric on one side of a bound, or an event by name."""

    name: str
    metric: Metric | None = None
    op: Op = "<="
    bound: float = 0.0

    def flags(self, runs: Runs) -> tuple[Flags, Flags]:
        """In which worlds it is so, and in which that is not decided at the horizon. Raises InputError."""
        if self.metric is None:
            return self._named(runs)
        values = metric_values(self.metric.name, runs.rows)
        is_open = open_worlds(self.metric, runs.rows)
        holds = _COMPARE[self.op](values, self.bound)
        # A value that is open can only grow: "more than" holds already or may yet, "at most" is lost already or may be.
        if self.op in (">", ">="):
            return holds, is_open & ~holds
        return holds & ~is_open, is_open & holds

    def _named(self, runs: Runs) -> tuple[Flags, Flags]:
        asked = questions(runs.rows, runs.scenario, quiet_too=True)
        known = {name: (flags, is_open) for name, _, flags, is_open in asked}
        if self.name in known:
            flags, is_open = known[self.name]
            return np.asarray(flags, dtype=np.bool_), is_open
        likely = near_miss(self.name, known)
        hint = f"did you mean '{likely}'?" if likely else f"this scenario has {', '.join(known)}"
        raise refusal(f"P({self.name})", f"no event '{self.name}'; {hint}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of many worlds. `text` is its canonical form; `q` of a quantile is 0 to 1, its ends excluded."""

    text: str
    kind: Kind
    event: Event | None = None
    metric: Metric | None = None
    q: float = 0.5

    @property
    def unit(self) -> Unit | Literal["share"]:
        """Of its values."""
        return "share" if self.metric is None else self.metric.unit

    def of(self, runs: Runs, *, level: float = 0.95) -> Estimate:
        """The estimate from these worlds. Raises InputError for an event that the scenario does not have."""
        if self.event is not None:
            holds, is_open = self.event.flags(runs)
            return share(int(holds.sum()), len(holds), level=level, censored_count=int(is_open.sum()))
        assert self.metric is not None
        values, is_open = metric_values(self.metric.name, runs.rows), open_worlds(self.metric, runs.rows)
        if self.kind == "mean":
            return mean(values, level=level, censored_count=int(is_open.sum()))
        if not len(values):
            return nothing(n=0, level=level, method="quantile", note="no replication")
        return _quantile(values, is_open, self.q, level=level)

    def values(self, runs: Runs) -> Floats:
        """One number per world, for paired differences: of an event 1 or 0, of a quantile the metric itself."""
        if self.event is not None:
            return self.event.flags(runs)[0].astype(np.float64)
        assert self.metric is not None
        return metric_values(self.metric.name, runs.rows)

    def written(self, number: float | None) -> str:
        """A value of it for people."""
        if number is None:
            return "-"
        if np.isinf(number):
            return "unbounded"
        match self.unit:
            case "share":
                return f"{number:.2%}"
            case "ms":
                size = round(abs(number))
                finest = next((unit for least, unit in _ROUGHLY if size >= least), 1)
                return ("-" if number < 0 else "") + format_duration((size + finest // 2) // finest * finest)
            case _:
                return f"{number:,.4g}"


def quantity(text: str) -> Quantity:
    """Read a quantity.

    Raises:
        InputError: it is none, with what is allowed.
    """
    whole = text.strip()
    if found := _SHARE.fullmatch(whole):
        event = _event(found["inside"], whole)
        return Quantity(f"P({event.name})", "share", event=event)
    if found := _QUANTILE.fullmatch(whole):
        percent = float(found["percent"] or found["behind"])
        if not percent > 0:
            raise refusal(whole, "a quantile is p1 to p99.9, above 0")
        metric = _metric(found["metric"] or found["dotted"], whole)
        return Quantity(f"p{percent:g}({_short(metric)})", "quantile", metric=metric, q=percent / 100)
    if found := _MEAN.fullmatch(whole):
        metric = _metric(found["metric"] or found["dotted"], whole)
        return Quantity(f"mean({_short(metric)})", "mean", metric=metric)
    raise refusal(whole or "nothing", f"is no quantity; {HOW}")


def bound_of(metric: Metric, text: str, *, what: str) -> float:
    """A bound in the unit of a metric. Raises InputError."""
    try:
        if metric.unit == "ms":
            return parse_duration(text)
        number = float(text)
    except ValueError as error:
        raise refusal(what, str(error) if metric.unit == "ms" else f"not a number: '{text}'") from None
    if not 0 <= number < float("inf"):
        raise refusal(what, f"a count is 0 or more; got {text}")
    return number


def _event(inside: str, whole: str) -> Event:
    found = _COMPARISON.fullmatch(inside)
    if found is None:
        return Event(re.sub(r"\s+", "_", inside))
    metric = _metric(found["metric"], whole)
    bound = bound_of(metric, found["bound"], what=whole)
    op: Op = found["op"]  # type: ignore[assignment]
    shown = format_duration(int(bound)) if metric.unit == "ms" else f"{bound:g}"
    return Event(f"{_short(metric)} {op} {shown}", metric, op, bound)


def _metric(name: str, whole: str) -> Metric:
    plain = re.sub(r"\s+", "_", name.strip())
    try:
        return metric_named(_OBJECTIVES.get(plain.lower(), plain.lower()))
    except ValueError as error:
        raise refusal(whole, str(error)) from None


def _short(metric: Metric) -> str:
    return metric.alias or metric.name


def _quantile(values: Floats, is_open: Flags, q: float, *, level: float) -> Estimate:
    """A quantile, known only as far as what is open cannot change it."""
    least = quantile(values, q, level=level)
    if not is_open.any():
        return least
    most = quantile(np.where(is_open, np.inf, values), q, level=level)
    return Estimate(
        value=least.value if least.value == most.value else None,
        low=least.low,
        high=most.high,
        n=least.n,
        level=level,
        method=least.method,
        censored_count=int(is_open.sum()),
        unbounded_count=least.unbounded_count,
        note=least.note if least.value == most.value else "not reached: open at the horizon",
    )
