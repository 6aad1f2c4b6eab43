"""How numbers, instants and groups of environments are said in a sentence.

Text for people rounds a duration to its two largest units; whoever adds up takes the exact milliseconds of the JSON.
Instants are told from a named origin, the first impact, and in calendar time where the scenario has a `start`.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bcdr_sim.errors import escaped
from bcdr_sim.estate import Estate

GROUPS_SHOWN_MAX = 4
"""A sentence names so many environments or fleets, or one less and the number of the others."""

_UNITS_MS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|#&~$])")
_COMMAND = re.compile(r"^(\s*)::", re.MULTILINE)
"""What a workflow takes for a command at the beginning of a line."""
_REFERENCE = re.compile(r"@(?=\w)|(?<!\d)#(?=\d)|(?<=:)//|(?<=\bwww)\.", re.ASCII)
"""What a platform makes a mention, a reference or a link of, whatever is escaped."""
_NO_WIDTH = "\u200b"
_HALF = re.compile("[\ud800-\udfff]")


def span(duration_ms: int, *, is_cut: bool = False) -> str:
    """A duration in its two largest units: `4h40m`, `8m23s`, `13s`, `417ms`, `0s`; rounded half up, or cut off."""
    if duration_ms < 1000:
        return f"{duration_ms}ms" if duration_ms else "0s"
    place = next(index for index, (_, unit_ms) in enumerate(_UNITS_MS) if duration_ms >= unit_ms)
    finest_ms = _UNITS_MS[min(place + 1, 3)][1]
    rounded = (duration_ms + (0 if is_cut else finest_ms // 2)) // finest_ms * finest_ms
    parts = []
    for unit, unit_ms in _UNITS_MS:
        count, rounded = divmod(rounded, unit_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 environment`, `4,812 environments`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listing(words: Sequence[str], *, shown_max: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`; of more than `shown_max` the first ones and the number of the others."""
    if len(words) > shown_max:
        rest = len(words) - shown_max
        words = [*words[:shown_max], count(rest, "other")]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1]


def agreed(sentence: str, *, number: int) -> str:
    """A sentence with every `[is|are]` decided by the number of those it is about."""
    return re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda found: found[1 if number == 1 else 2], sentence)


def capitalised(text: str, *, names: Iterable[str] = ()) -> str:
    """The text with a capital letter at its beginning, unless it begins with one of these names."""
    return text if any(text.startswith(name) for name in names) else text[:1].upper() + text[1:]


def wrapped(text: str, *, lead: str = "", width: int = 100) -> str:
    """`lead` and the text behind it, broken at `width`, further lines below the beginning of the text."""
    wrapper = textwrap.TextWrapper(
        width=width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return _COMMAND.sub(r"\1\\::", wrapper.fill(escaped(text))) or lead.rstrip()


def plain_markdown(text: str) -> str:
    """Text in which Markdown and HTML see nothing but letters, on one line; it mentions nobody and links nowhere."""
    plain = escaped(text.replace("\n", " "))
    return _MARKDOWN_SIGNS.sub(r"\\\1", _REFERENCE.sub(rf"\g<0>{_NO_WIDTH}", plain))


def json_text(content: object) -> str:
    """JSON as text. Halves of surrogate pairs, as in names that are not UTF-8, are escapes for people: many refuse them."""
    text = json.dumps(content, indent=2, ensure_ascii=True)
    if r"\ud" in text:
        plain = json.dumps(content, ensure_ascii=False)
        whole = _HALF.sub(lambda half: rf"\\u{ord(half[0]):04x}", plain)
        text = json.dumps(json.loads(whole), indent=2, ensure_ascii=True)
    return text + "\n"


def group(estate: Estate, rows: Iterable[int]) -> str:
    """Environments by name, those of one fleet together: `contoso-prod and 4,812 of the 5,000 erp`."""
    members = list(rows)
    specs = list(map(estate.spec_of.__getitem__, members))
    some_row = dict(zip(specs, members, strict=True))
    groups = sorted(Counter(specs).items(), key=lambda item: (-item[1], item[0]))
    shown = groups if len(groups) <= GROUPS_SHOWN_MAX else groups[: GROUPS_SHOWN_MAX - 1]
    names = [
        estate.names[some_row[spec]] if number == 1 else _fleet(estate, spec, number)
        for spec, number in shown
    ]
    rest = sum(number for _, number in groups[len(shown) :])
    return listing([*names, f"{rest:,} more"] if rest else names, shown_max=GROUPS_SHOWN_MAX)


def _fleet(estate: Estate, spec_index: int, number: int) -> str:
    spec = estate.specs[spec_index]
    share = f"all {number:,}" if number == len(spec.rows) else f"{number:,} of the {len(spec.rows):,}"
    return f"{share} {spec.name}"


DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants as text: after an origin, and by the calendar if the scenario has one."""

    origin_ms: int
    start: datetime | None

    def after(self, at_ms: int) -> str:
        """`T+13m`, `T-45m`, `T+0`; beyond a day to the minute, `T+1d20h5m`."""
        distance = at_ms - self.origin_ms
        if distance == 0:
            return "T+0"
        days, rest_ms = divmod(abs(distance), DAY_MS)
        whole = f"{days}d" if days else ""
        return f"T{'+' if distance > 0 else '-'}{whole}{span(rest_ms, is_cut=True) if rest_ms or not days else ''}"

    def calendar(self, at_ms: int) -> str:
        """`3 Nov 08:13` in the zone of `start`; empty without one."""
        if self.start is None:
            return ""
        instant = self.start + timedelta(milliseconds=at_ms)
        return f"{instant.day} {_MONTHS[instant.month - 1]} {instant:%H:%M}"
