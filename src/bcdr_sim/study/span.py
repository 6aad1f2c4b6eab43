"""A span: the values from a low to a high end that a setting may take in a search, as steps that can be counted.

A search looks at whole steps only. So every value it names is one that a person would write (42m, not 42m7s113ms), an answer
is exact to a stated step, and a value that was played once is recognised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bcdr_sim.errors import InputError
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.literals import parse_literal
from bcdr_sim.study.subject import Subject, duration, literal, refusal
from bcdr_sim.units import format_rate, parse_duration, parse_rate

Kind = Literal["duration", "count", "number", "rate", "time_of_day"]
Ends = tuple[Any, Any]
"""The low and the high end as files write them."""

_KIND_OF_AXIS: dict[str, Kind] = {"duration": "duration", "number": "count", "time_of_day": "time_of_day"}
STEPS_WANTED = 400
"""How many steps a span has at least, unless its step is given. Assumption: a quarter of a percent is fine enough."""
_ROUND_MS = tuple(
    count * unit_ms
    for unit_ms, counts in (
        (1, (1, 5, 10, 50, 100, 500)),
        (1000, (1, 5, 15, 30)),
        (60_000, (1, 5, 15, 30)),
        (3_600_000, (1, 2, 6, 12)),
        (86_400_000, (1, 2, 7)),
    )
    for count in counts
)


@dataclass(frozen=True, slots=True)
class Span:
    """Values of a setting at `low`, `low + step`, ... up to `high`: ms, a count, a number, or a rate per hour.

    `parameter` is that of the policy, None for a place in the scenario.
    """

    name: str
    kind: Kind
    low: float
    high: float
    step: float
    parameter: Any = None

    @property
    def last(self) -> int:
        """The number of the last step, from 0; it may lie short of `high` by less than a step, and then `high` is it."""
        return math.ceil((self.high - self.low) / self.step - 1e-9)

    def number(self, at: int) -> float:
        """The value at a step, as a number."""
        return min(self.high, self.low + at * self.step)

    def value(self, at: int) -> Any:
        """The value at a step, as files write it."""
        return self.written(self.number(at))

    def written(self, number: float) -> Any:
        """A number of this setting as files write it."""
        if self.parameter is not None:
            return literal(self.parameter, round(number))
        match self.kind:
            case "duration":
                return duration(number)
            case "count" | "time_of_day":
                return round(number)
            case "rate":
                return format_rate(float(f"{number:.12g}"))
            case "number":
                return float(f"{number:.12g}")

    def nearest(self, share: float) -> int:
        """The step at a share of the span, 0 to 1: each step has the same part of it."""
        return min(self.last, int(share * (self.last + 1)))

    def words(self, number: float) -> str:
        """A difference of two values, for people."""
        return duration(number) if self.kind == "duration" else f"{number:g}"


def span_of(subject: Subject, name: str, ends: Ends | None, *, step: Any = None) -> Span:
    """The span of a setting between two ends; of a policy parameter its declared range, if none are given.

    Raises:
        InputError: no such setting, ends that it does not take or that are the wrong way round.
    """
    subject.check_known(name)
    parameter = subject.parameters.get(name)
    if parameter is None and subject.is_of_policy(name):
        raise refusal(name, "is a switch, on or off; nothing lies between")
    if ends is None:
        if parameter is None:
            raise refusal(name, "has no range of its own; write LOW..HIGH, such as 1m..2h" + _ranged(subject))
        low, high = parameter.low, parameter.high
        ends = literal(parameter, low), literal(parameter, high)
    kind, numbers = _numbers(subject, name, ends)
    low_number, high_number = numbers
    if not low_number < high_number:
        raise refusal(
            name, f"goes from {ends[0]} to {ends[1]}; the low end comes first, and is below the high one"
        )
    span = Span(name, kind, low_number, high_number, 1.0, parameter)
    for end in (span.value(0), span.value(span.last)):
        subject.case({name: end})
    if kind == "count" and parameter is None and _takes_fractions(subject, name, numbers):
        kind = "number"
    size = _step(kind, high_number - low_number) if step is None else _given_step(kind, step, name)
    if size > high_number - low_number:
        raise refusal(name, f"a step of {step} is more than the whole range")
    return Span(name, kind, low_number, high_number, size, parameter)


def _ranged(subject: Subject) -> str:
    there = ", ".join(subject.parameters)
    return f". These have one: {there}" if there else ""


def _numbers(subject: Subject, name: str, ends: Ends) -> tuple[Kind, tuple[float, float]]:
    parameter = subject.parameters.get(name)
    if parameter is not None:
        axis = AXES[parameter.axis]
        try:
            low, high = (int(parse_literal(axis, end)) for end in ends)
        except ValueError as error:
            raise refusal(name, str(error)) from None
        return _KIND_OF_AXIS[axis.kind], (low, high)
    if any(isinstance(end, bool) for end in ends):
        raise refusal(name, "true and false have nothing between them")
    if all(isinstance(end, int) for end in ends):
        return "count", (ends[0], ends[1])
    if all(isinstance(end, int | float) for end in ends):
        return "number", (float(ends[0]), float(ends[1]))
    readers: tuple[tuple[Kind, Callable[[str], float]], ...] = (
        ("duration", parse_duration),
        ("rate", parse_rate),
    )
    for kind, read in readers:
        try:
            return kind, (float(read(str(ends[0]))), float(read(str(ends[1]))))
        except ValueError:
            continue
    raise refusal(
        name,
        f"both ends must be durations, numbers or rates: 1m..2h, 1..8, 0.0..0.5, 10/h..40/h; got {ends[0]}..{ends[1]}",
    )


def _takes_fractions(subject: Subject, name: str, numbers: tuple[float, float]) -> bool:
    """Whether a setting whose ends are whole numbers takes what lies between, as a share does."""
    try:
        subject.case({name: numbers[0] + 0.5})
    except InputError:
        return False
    return True


def _step(kind: Kind, width: float) -> float:
    """A round step that divides the width into `STEPS_WANTED` or more; of counts 1."""
    finest = width / STEPS_WANTED
    match kind:
        case "count" | "time_of_day":
            return 1.0
        case "duration":
            return float(max((each for each in _ROUND_MS if each <= finest), default=1))
        case _:
            decade = 10.0 ** math.floor(math.log10(finest))
            return max(factor * decade for factor in (1, 2, 5) if factor * decade <= finest * (1 + 1e-9))


def _given_step(kind: Kind, step: Any, name: str) -> float:
    readers: dict[Kind, Callable[[str], float]] = {
        "duration": parse_duration,
        "count": int,
        "time_of_day": int,
        "rate": parse_rate,
        "number": float,
    }
    try:
        size = float(readers[kind](str(step)))
    except ValueError as error:
        raise refusal(name, f"a step like its values is wanted: {error}") from None
    if not 0 < size < math.inf:
        raise refusal(name, f"a step is more than 0; got {step}")
    return size
