"""The parts of a comment and what is left out where it is too long: what matters least goes first, and is counted.

A failure is never left out while anything that holds is shown. A heading stands where something below it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bcdr_sim.report.wording import count, listing


class Rank(IntEnum):
    """How much a part matters; the lowest number first."""

    WORDS = 0
    """What the words mean."""
    FAILURE = 1
    """An error, or what does not hold."""
    OPEN = 2
    """A warning, or a question without an answer."""
    CHANGE = 3
    """What is decided otherwise."""
    NOTE = 4
    """What is worth knowing."""
    HOLDS = 5
    """What holds as before."""


_WORDS = {
    Rank.WORDS: ("list of words", "lists of words"),
    Rank.FAILURE: ("failure", "failures"),
    Rank.OPEN: ("warning or open question", "warnings and open questions"),
    Rank.CHANGE: ("line of what is decided otherwise", "lines of what is decided otherwise"),
    Rank.NOTE: ("note", "notes"),
    Rank.HOLDS: ("row that holds", "rows that hold"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of Markdown that is shown whole or not at all."""

    text: str
    rank: Rank


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, with the head of a table perhaps, and what stands below it."""

    head: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is told: so many failing cases of a file, so many characters of a sentence."""

    cases_max: int
    characters_max: int

    def cases(self, failures: Sequence[str]) -> str:
        """The first cases of a file, and how many there are besides."""
        rest = len(failures) - self.cases_max
        more = [f"and {rest:,} more, in the JSON report"] if rest > 0 else []
        return "; ".join([*map(self.sentence, failures[: self.cases_max]), *more])

    def sentence(self, text: str) -> str:
        """A sentence, cut where it is too long."""
        if len(text) <= self.characters_max:
            return text
        return text[: self.characters_max].rstrip() + " ... (cut; whole in the JSON report)"


DETAILS = (Detail(10, 2_000), Detail(10, 500), Detail(3, 300), Detail(1, 120))
"""From the most to the least that is told. Assumption: a reviewer reads ten failing cases of a file before opening it."""


def size_of(sections: Iterable[Section], *, rank: Rank = Rank.HOLDS) -> int:
    """Bytes of all parts that matter at least so much, with their heads."""
    size = 0
    for section in sections:
        shown = [_bytes(part.text) for part in section.parts if part.rank <= rank]
        size += sum(shown) + (_bytes(section.head) if shown else 0)
    return size


def shown(sections: Sequence[Section], *, bytes_max: int) -> list[str]:
    """The lines that fit, in their order, and at last what was left out.

    From the first that does not fit on, none that matters as little or less is shown.
    """
    places = [
        (part.rank, at, number) for at, each in enumerate(sections) for number, part in enumerate(each.parts)
    ]
    taken: set[tuple[int, int]] = set()
    heads: set[int] = set()
    left = bytes_max
    order = sorted(places)
    for position, (_, at, number) in enumerate(order):
        left -= _bytes(sections[at].parts[number].text) + (
            _bytes(sections[at].head) if at not in heads else 0
        )
        if left < 0:
            order = order[position:]
            break
        taken.add((at, number))
        heads.add(at)
    else:
        order = []
    lines: list[str] = []
    for at, section in enumerate(sections):
        parts = [part.text for number, part in enumerate(section.parts) if (at, number) in taken]
        lines += [section.head, *parts] if parts and section.head else parts
    return [*lines, *_left_out([rank for rank, _, _ in order])]


def _left_out(ranks: Sequence[Rank]) -> list[str]:
    if not ranks:
        return []
    words = [count(ranks.count(rank), *_WORDS[rank]) for rank in Rank if rank in ranks]
    return [f"\nThere is more in the JSON report: {listing(words, shown_max=len(Rank))}."]


def _bytes(text: str) -> int:
    return len(text.encode()) + 1
