"""Words of a policy file to typed values of an axis, and back; every refusal says what to write instead.

`yes no on off` are words here, never booleans; a duration never goes without its unit.
"""

import re
from typing import Any, Final, NoReturn

from bcdr_sim.errors import near_miss
from bcdr_sim.policy.axes import TOP, Axis
from bcdr_sim.policy.observation import Value
from bcdr_sim.units import format_duration, parse_duration

_TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_YES_NO: Final = {"yes": True, "no": False}
_ON_OFF: Final = {"on": True, "off": False}
_SAME_WORDS: Final = (("yes", "on", "true"), ("no", "off", "false"))


def parse_literal(axis: Axis, raw: Any) -> Value:
    """Return the value of the axis that the file wrote.

    Raises:
        ValueError: not a value of this axis; the message says what is allowed.
    """
    match axis.kind:
        case "choice":
            return _word(raw, axis.values, noun=axis.name)
        case "flag":
            return _YES_NO[_word(raw, tuple(_YES_NO), noun=axis.name)]
        case "duration":
            return _duration(axis, raw)
        case "number":
            return _number(axis, raw)
        case "time_of_day":
            return _time_of_day(raw)


def parse_switch(raw: Any) -> bool:
    """Return the position of a switch, written `on` or `off`; raises ValueError."""
    return _ON_OFF[_word(raw, tuple(_ON_OFF), noun="a switch")]


def format_literal(axis: Axis, value: Value) -> str:
    """Return the value as a file would write it."""
    match axis.kind:
        case "flag":
            return "yes" if value else "no"
        case "duration":
            return axis.top if axis.top and value == TOP else format_duration(int(value))
        case "time_of_day":
            return f"{int(value) // 60:02}:{int(value) % 60:02}"
        case _:
            return str(value)


def shown(raw: Any) -> str:
    """Return a value of the file as a sentence shows it."""
    match raw:
        case str():
            return f"'{raw}'"
        case None:
            return "nothing"
        case bool():
            return "true" if raw else "false"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(raw)


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


def _word(raw: Any, words: tuple[str, ...], *, noun: str) -> str:
    if isinstance(raw, str) and raw in words:
        return raw
    likely = near_miss(raw, words) if isinstance(raw, str) else None
    same = next((group for group in _SAME_WORDS if shown(raw).strip("'") in group), ())
    likely = next((word for word in words if word in same), likely)
    hint = f"did you mean '{likely}'?" if likely else f"it is one of {', '.join(words)}"
    _refuse(f"{noun} cannot be {shown(raw)}; {hint}")


def _duration(axis: Axis, raw: Any) -> int:
    if isinstance(raw, str):
        if raw == axis.top:
            return TOP
        if raw in ("unknown", "never"):
            has = f"its top value is '{axis.top}'" if axis.top else "it always has a value"
            _refuse(f"{axis.name} is never '{raw}'; {has}")
        return parse_duration(raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool) and raw >= 0:
        likely = "0s" if raw == 0 else f"{raw}s, {raw}m or {raw}h"
        _refuse(f"{raw} has no unit; write {likely}")
    _refuse(f"not a duration: {shown(raw)}; write it like 90s, 15m, 4h or 1d12h")


def _number(axis: Axis, raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        _refuse(f"not a whole number: {shown(raw)}; {axis.name} goes from {axis.low} to {axis.high}")
    if not axis.low <= raw <= axis.high:
        _refuse(f"{axis.name} goes from {axis.low} to {axis.high}; got {raw}")
    return raw


def _time_of_day(raw: Any) -> int:
    match_ = _TIME_OF_DAY.fullmatch(raw) if isinstance(raw, str) else None
    if match_ is None:
        _refuse(f'not a time of day: {shown(raw)}; write it like "22:30", from "00:00" to "23:59"')
    return int(match_[1]) * 60 + int(match_[2])
