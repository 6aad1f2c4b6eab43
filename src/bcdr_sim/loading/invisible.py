"""Characters that nobody sees, and that let a text read otherwise than it is.

Rules. A text of a file is read by a reviewer, in a diff, a comment, a terminal. What changes the order in which it is shown,
hides in it, or carries a second text is refused: direction marks and controls, zero-width characters, tags, fillers,
selectors, and every other format character. Some have an honest use and are taken where they have it:

* the zero-width non-joiner and joiner (U+200C, U+200D) after a letter or mark of a script that joins its letters (Arabic and
  Persian, Devanagari and its kin, Sinhala, Khmer, Mongolian, …);
* the joiner between two emoji, and a presentation selector (U+FE0E, U+FE0F) after a symbol or a digit of a keycap;
* an ideographic selector (U+E0100 to U+E01EF) after an ideograph.

Direction marks are refused although Arabic and Hebrew texts use them: without them such a text reads in its own direction,
and with them it can read in any.
Source: Unicode Technical Report 36, section 2, and Boucher and Anderson 2021, *Trojan Source*.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_SUSPECT: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINS_LETTERS: Final = re.compile(
    "[\u0620-\u074f\u0750-\u08ff\u0900-\u0dff\u0f40-\u0fbc\u1000-\u109f\u1780-\u17d3\u1820-\u18aa\ufb50-\ufdff\ufe70-\ufefc]"
)
_NON_JOINER, _JOINER, _KEYCAP = "\u200c", "\u200d", "#*0123456789"


def invisible(text: str) -> Iterator[tuple[int, str]]:
    """Yield place and name of each character that nobody sees and that has no honest use where it stands.

    The name is that of the Unicode standard: `U+202E RIGHT-TO-LEFT OVERRIDE`.
    """
    for match in _SUSPECT.finditer(text):
        place, char = match.start(), match[0]
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if not _is_honest(char, before, after):
            yield place, code_point(char)


def code_point(char: str) -> str:
    """A character as `U+202E RIGHT-TO-LEFT OVERRIDE`; the number alone if it has no name."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def _is_honest(char: str, before: str, after: str) -> bool:
    if char in (_NON_JOINER, _JOINER) and _JOINS_LETTERS.match(before):
        return unicodedata.category(before)[0] in "LM"
    if char == _JOINER:
        return _is_emoji(before) and _is_emoji(after)
    if char in "\ufe0e\ufe0f":
        return bool(before) and (
            before in _KEYCAP or unicodedata.category(before) in ("So", "Sm", "Po", "Sk")
        )
    if "\U000e0100" <= char <= "\U000e01ef":
        return unicodedata.name(before, "").startswith("CJK ") if before else False
    return False


def _is_emoji(char: str) -> bool:
    """Whether a character may be a part of an emoji: a symbol, the colour of a skin, or a selector after one."""
    return bool(char) and (unicodedata.category(char) in ("So", "Sk", "Sm") or char == "\ufe0f")
