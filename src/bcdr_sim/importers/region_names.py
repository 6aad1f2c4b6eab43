"""Azure regions by the names that people read: `West Europe` is `westeurope`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bcdr_sim.importers.naming import safe_name
from bcdr_sim.importers.power_platform import folded
from bcdr_sim.regions import azure_regions

NOWHERE: Final = frozenset({"", "global", "non-regional", "nonregional", "worldwide", "multipleregions"})
"""What stands in the place of a region where there is none. Assumption: no list of them is published."""

_WORD = re.compile(r"[A-Za-z0-9]+")
_WORDS_MAX = 4


def region_of_name(name: str) -> str:
    """Return the region of a name or display name, lower case and without blanks; '' where it stands for none."""
    text = folded(name)
    return "" if text in NOWHERE else safe_name(text, otherwise="").lower()


def regions_of_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the regions of some names, each once, in their order."""
    regions = (region_of_name(name) for name in names)
    return tuple(dict.fromkeys(region for region in regions if region))


def regions_of_words(sentence: str) -> tuple[str, ...]:
    """Return the published regions whose display names stand in a sentence, each once; the longer name wins.

    `Southeast Asia` is not `East Asia` as well.
    """
    words = [word.casefold() for word in _WORD.findall(sentence)]
    known = azure_regions()
    found: list[str] = []
    at = 0
    while at < len(words):
        lengths = range(min(_WORDS_MAX, len(words) - at), 0, -1)
        length = next((n for n in lengths if "".join(words[at : at + n]) in known), 0)
        if length:
            found.append("".join(words[at : at + length]))
        at += length or 1
    return tuple(dict.fromkeys(found))
