"""New inputs from old ones: changes that a person, a program or an attacker could make to a file of text.

A change knows lines, indents, words and numbers, but no format: the words are those of all seeds. So it gets further into a
reader than changes of single bytes do, and goes on working when a format grows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

_WORD: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|[A-Za-z0-9_$+.:%/-]+')
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_ENDS: Final = ("\n", "\r\n", "\r", "\x85", "\u2028")
_NUMBERS: Final = (
    "0", "1", "-1", "2", "00", "0.5", "1.0", "1e3", "1e400", "-0.0", ".nan", "NaN", "Infinity", "1_000", "0x10", "100",
    "101", "999", "1000", "1001", "65536", "2147483648", "9223372036854775807", "9223372036854775808", "1e-320",
    "36525", "36526", "200000", "100001", "9" * 64, "9" * 65, "12:30", "24:00", "1970", "9999", "0001",
)  # fmt: skip
_STRANGE: Final = (
    "\x00", "\x1b[2J", "\ufeff", "\u2028", "\u200b", "\u202e", "\x85", "\t", "\r", "\u00b2", "\u0661", "\U0001f600",
    "e\u0301", "\ufdd0", "&a ", "*a", "!!python/object:os.system ", "!x ", "<<: ", "---\n", "...\n", "%YAML 1.3\n",
    "? ", "- ", ": ", "#", "|\n", ">-\n", "'", '"', "[", "]", "{", "}", ",", ";", "=", "@", "`", "\\", "\\u0000", "\\ud800",
    "null", "~", "true", "yes", "on", "2024-02-30", "2024-11-03T25:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z", "../", "/", "~/", "C:\\", "file:", "::error::", "##[error]", "=1+1", "100%", "0s", "1ms",
    "1.5ms", "36525d", "100y", "-1h", "PT1H", "extends: scenario.yaml\n", "include: [base.yaml]\n",
    "environments: {from: estate_from_a_table.csv}\n", "count: 100000",
)  # fmt: skip


@dataclass(slots=True)
class Choices:
    """A stream of choices that depends on its seed alone; those of neighbouring seeds have nothing in common."""

    seed: int
    count: int = 0

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1."""
        self.count += 1
        drawn = blake2b(b"%d %d" % (self.seed, self.count), digest_size=8).digest()
        return int.from_bytes(drawn, "little") % bound


@dataclass(frozen=True, slots=True)
class Stock:
    """What is bred from: texts, and the words that stand in them."""

    texts: tuple[str, ...]
    words: tuple[str, ...]


def stock_of(seeds: Iterable[bytes]) -> Stock:
    """The stock of some files; what is not text in them stays as surrogates."""
    texts = tuple(dict.fromkeys(_text(seed) for seed in seeds))
    words = sorted({word for text in texts for word in _WORD.findall(text) if len(word) <= 60})
    return Stock(texts, tuple(words))


def bred(content: bytes, stock: Stock, *, seed: int, length_max: int) -> bytes:
    """A file with one to six changes, more often few than many; the same for the same seed."""
    sampler = Choices(seed)
    text = _text(content)
    for _ in range(1 + sampler.below(1 + sampler.below(6))):
        text = _CHANGES[sampler.below(len(_CHANGES))](text, stock, sampler)
    return text.encode("utf-8", "surrogateescape")[:length_max]


Change = Callable[[str, Stock, Choices], str]


def _word(text: str, stock: Stock, sampler: Choices) -> str:
    """Another word of the stock in the place of one."""
    return _replaced(text, _WORD, by=_pick(stock.words, sampler), sampler=sampler)


def _number(text: str, _: Stock, sampler: Choices) -> str:
    return _replaced(text, _NUMBER, by=_pick(_NUMBERS, sampler), sampler=sampler)


def _strange_word(text: str, _: Stock, sampler: Choices) -> str:
    return _replaced(text, _WORD, by=_pick(_STRANGE, sampler), sampler=sampler)


def _strange(text: str, _: Stock, sampler: Choices) -> str:
    """Something strange anywhere."""
    at = sampler.below(len(text) + 1)
    return text[:at] + _pick(_STRANGE, sampler) + text[at:]


def _without_line(text: str, _: Stock, sampler: Choices) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        del lines[sampler.below(len(lines))]
    return "".join(lines)


def _twice(text: str, _: Stock, sampler: Choices) -> str:
    """A line twice, perhaps elsewhere."""
    lines = text.splitlines(keepends=True) or [""]
    line = _pick(lines, sampler)
    lines.insert(sampler.below(len(lines) + 1), line)
    return "".join(lines)


def _indented(text: str, _: Stock, sampler: Choices) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = sampler.below(len(lines))
    lines[at] = lines[at][2:] if sampler.below(2) else "  " + lines[at]
    return "".join(lines)


def _grafted(text: str, stock: Stock, sampler: Choices) -> str:
    """A line of another file, with what stands below it further in, in the place of a line or beside it."""
    other = _pick(stock.texts, sampler).splitlines(keepends=True) or [""]
    begin = sampler.below(len(other))
    end = begin + 1
    while end < len(other) and _indent(other[end]) > _indent(other[begin]):
        end += 1
    lines = text.splitlines(keepends=True) or [""]
    at = sampler.below(len(lines))
    shift = _indent(lines[at]) - _indent(other[begin])
    graft = [" " * shift + line if shift >= 0 else line[-shift:] for line in other[begin:end]]
    return "".join([*lines[:at], *graft, *lines[at + sampler.below(2) :]])


def _without_span(text: str, _: Stock, sampler: Choices) -> str:
    begin = sampler.below(len(text) + 1)
    return text[:begin] + text[begin + sampler.below(1 + min(40, len(text) - begin)) :]


def _cut(text: str, _: Stock, sampler: Choices) -> str:
    return text[: sampler.below(len(text) + 1)]


def _ended(text: str, _: Stock, sampler: Choices) -> str:
    """Other ends of lines, as other systems write them."""
    return _pick(_ENDS, sampler).join(text.splitlines()) if not sampler.below(4) else text


def _byte(text: str, _: Stock, sampler: Choices) -> str:
    """A byte that is no text anywhere."""
    at = sampler.below(len(text) + 1)
    return text[:at] + chr(0xDC80 + sampler.below(128)) + text[at:]


_CHANGES: Final[Sequence[Change]] = (
    *(_word, _grafted, _number) * 4,
    *(_strange_word, _without_line, _twice, _indented, _without_span) * 2,
    *(_strange, _cut, _ended, _byte),
)
"""As often as they get anywhere."""


def _replaced(text: str, pattern: re.Pattern[str], *, by: str, sampler: Choices) -> str:
    places = [found.span() for found in pattern.finditer(text)]
    if not places:
        return text + by
    begin, end = places[sampler.below(len(places))]
    return text[:begin] + by + text[end:]


def _pick(options: Sequence[str], sampler: Choices) -> str:
    return options[sampler.below(len(options))]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
