"""Laws of what cannot be seen in a file: refused where it could deceive, taken where a script or an emoji needs it."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.loading.invisible import invisible
from bcdr_sim.policy import load_policy

SMALL = """format: 1
policy: small
title: {title}
rules:
  - {{id: all, when: {{}}, then: hold, reason: not_covered, cites: [S1]}}
default: {{then: hold, reason: no_rule}}
"""

HONEST = {
    "persian": "می\u200cخواهم",
    "arabic": "سياسة النقل",
    "hebrew": "מדיניות",
    "hindi with a half letter": "क्\u200dष",
    "hindi": "र्\u200cय नीति",
    "sinhala": "ශ්\u200dරී",
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467 plan",
    "technician of a colour": "\U0001f469\U0001f3fd\u200d\U0001f4bb",
    "warning sign": "\u26a0\ufe0f careful",
    "keycap": "1\ufe0f\u20e3 first",
    "flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
    "ideograph": "\u845b\U000e0100 \u6771\u4eac",
    "korean": "정책",
    "accents": "Política de recuperação",
}


@pytest.mark.parametrize("title", HONEST.values(), ids=HONEST)
def test_a_title_in_any_script_is_taken_as_it_is(title: str, tmp_path: Path) -> None:
    """Joiners inside joining scripts, selectors after symbols, letters of every direction."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL.format(title=title), encoding="utf-8")
    assert load_policy(path).title == title


@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "as an escape"])
@pytest.mark.parametrize(
    "code",
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202E),
        *(
            0x2060,
            0x2063,
            0x2066,
            0x2069,
            0x206F,
            0x2800,
            0x3164,
            0xFE00,
            0xFE0F,
            0xFFA0,
            0xFFF9,
            0xE0041,
            0xE0100,
        ),
    ],
    ids=lambda code: f"U+{code:04X}",
)
def test_what_nobody_sees_is_refused_at_its_place_with_its_name(
    code: int, *, escaped: bool, tmp_path: Path
) -> None:
    """In plain text between two Latin letters nothing of the kind has an honest use."""
    path = tmp_path / "small.yaml"
    title = f'"never \\U{code:08x}lose"' if escaped else f"never {chr(code)}lose"
    path.write_text(SMALL.format(title=title), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_policy(path)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (3, 8 if escaped else 14)
    assert f"U+{code:04X} {unicodedata.name(chr(code))}" in problem.message


def test_no_format_character_is_forgotten() -> None:
    """Every character that Unicode calls a format character is found between letters, whatever version it came with."""
    visible = set(range(0x600, 0x606)) | {0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    hieroglyphs = set(range(0x13430, 0x13440))
    missed = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) == "Cf"
        and code not in visible | hieroglyphs
        and not list(invisible(f"a{chr(code)}b"))
    ]
    assert missed == []
