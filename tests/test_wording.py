"""Laws of how numbers, instants and groups are said in a sentence."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.report.wording import Clock, agreed, capitalised, group, listing, plain_markdown, span, wrapped
from bcdr_sim.units import parse_duration
from worlds import played

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (0, "0s"),
        (417, "417ms"),
        (13_400, "13s"),
        (503_000, "8m23s"),
        (59_999, "1m"),
        (HOUR - 1, "1h"),
        (DAY + HOUR, "1d1h"),
    ],
)
def test_a_span_has_its_two_largest_units(duration_ms: int, text: str) -> None:
    assert span(duration_ms) == text


@settings(deadline=None, max_examples=200)
@given(st.integers(min_value=0, max_value=400 * DAY))
def test_a_span_is_near_what_it_says(duration_ms: int) -> None:
    """Rounding takes at most half of the finer of the two units: half an hour beyond a day, half a minute beyond an hour."""
    finer = (
        HOUR if duration_ms >= DAY else MINUTE if duration_ms >= HOUR else 1000 if duration_ms >= 1000 else 1
    )
    assert abs(parse_duration(span(duration_ms)) - duration_ms) * 2 <= finer


def test_instants_count_from_the_origin_and_are_cut_off() -> None:
    """An instant never reads as later than it is; the calendar stands in the zone of the start."""
    clock = Clock(2 * HOUR, datetime(2024, 11, 3, 6, 0, tzinfo=UTC))
    assert clock.after(2 * HOUR) == "T+0"
    assert clock.after(3 * HOUR + 59_999) == "T+1h"
    assert clock.after(HOUR) == "T-1h"
    assert clock.calendar(2 * HOUR + 13 * MINUTE) == "3 Nov 08:13"
    assert Clock(0, None).calendar(HOUR) == ""


def test_long_lists_are_counted() -> None:
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing(["a", "b", "c", "d", "e"]) == "a, b, c and 2 others"


def test_a_sentence_agrees_with_the_number_of_those_it_is_about() -> None:
    text = "[it is|they are] here"
    assert agreed(text, number=1) == "it is here"
    assert agreed(text, number=2) == "they are here"
    assert capitalised("the end") == "The end"
    assert capitalised("contoso moves", names=["contoso"]) == "contoso moves"


def test_a_fleet_is_one_name_in_a_sentence() -> None:
    """All of it, or how many of how many; single environments by name; what does not fit is counted by environment."""
    world = played()
    estate = world.timeline.trial.estate
    shop = [row for row, name in enumerate(estate.names) if name.startswith("shop")]
    assert group(estate, shop) == "all 12 shop"
    assert group(estate, [*shop[:5], world.row("dev")]) == "5 of the 12 shop and dev"
    assert group(estate, range(len(estate))) == "all 12 shop, busy-prod, calm-prod and 3 more"


def test_text_is_broken_below_its_beginning_and_shows_what_does_not_print() -> None:
    assert wrapped("one two three", lead="T+0  ", width=13) == "T+0  one two\n     three"
    assert wrapped("a\x1b[31mb") == r"a\x1b[31mb"


def test_markdown_signs_are_letters() -> None:
    assert plain_markdown("a|b*c\nd<e>") == r"a\|b\*c d\<e\>"
