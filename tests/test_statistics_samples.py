"""Laws of what goes into an estimate: one value per replication, nothing missing, nothing guessed."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.statistics import (
    Estimate,
    cvar,
    mean,
    numbers,
    paired_difference,
    paired_ratio,
    quantile,
    ratio,
    share,
    share_gate,
    sum_by_replication,
)
from bcdr_sim.timeline import NO_VALUE, UNBOUNDED


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([1.0, None], "values[1] is missing (None)"),
        ([1.0, math.nan], "values[1] is missing (nan)"),
        (np.array([1, NO_VALUE]), "values[1] is missing (it has the mark of no value)"),
        (np.array([1, NO_VALUE], dtype=float), "values[1] has the mark of no value, as a float"),
        (pd.Series([1, None], dtype="Int64"), "values[1] is missing (nan)"),
        (7, "one value per replication, not the single 7"),
        ([1.0, "2"], "values: numbers, not <U32"),
        ([None, "2"], "values[0] is missing (None)"),
        (np.array([object()]), "values[0] is no number"),
        ([1.0, -math.inf], "values[1] is infinite"),
        ([10**400, None], "values[1] is missing (None)"),
        ([1, 10**200], "values[1] is larger than 1e+150"),
        ([1, 10**400], "values[1] is larger than 1e+150"),
        ([[1.0, 2.0], [3.0, 4.0]], "one value per replication, not an array of shape (2, 2)"),
        ([1j], "values: numbers, not complex128"),
        (np.array(["2024-01-01"], dtype="datetime64[s]"), "values: numbers, not datetime64[s]"),
    ],
)
def test_what_is_no_number_is_refused_by_its_place(values: Any, complaint: str) -> None:
    """Dropping a missing value would keep the replications that went well enough to have one."""
    with pytest.raises(ValueError, match=r".") as caught:
        mean(values)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [[1, 2, 4], (1.0, 2.0, 4.0), np.array([1, 2, 4], np.uint8), pd.Series([1, 2, 4]), iter([1, 2, 4])],
)
def test_any_sequence_of_numbers_is_read_alike(values: Any) -> None:
    """Lists, tuples, arrays, columns of a table: the same numbers."""
    assert numbers(values).tolist() == [1.0, 2.0, 4.0]


def test_flags_count_as_0_and_1() -> None:
    """The mean of yes and no is a share."""
    assert mean([True, False, True, True]).value == 0.75


def test_the_mark_of_a_timeline_reads_as_unbounded() -> None:
    """Both marks are next to each other and the same float, so they are told apart as whole numbers."""
    assert numbers(np.array([5, UNBOUNDED])).tolist() == [5.0, math.inf]
    assert numbers([5, UNBOUNDED, 10**30]).tolist() == [5.0, math.inf, 1e30]
    with pytest.raises(ValueError, match="missing"):
        numbers([5, NO_VALUE, 10**30])


def test_rows_are_summed_by_replication_and_a_quiet_one_counts_0() -> None:
    """A replication without an incident is a replication; one with an unbounded loss is unbounded."""
    total = sum_by_replication([1.0, 2.0, math.inf], [0, 0, 2], replication_count=4)
    assert total.tolist() == [3.0, 0.0, math.inf, 0.0]


@pytest.mark.parametrize("replication", [[0, 4], [0, -1], [0, 0.5], [0]])
def test_a_row_of_no_replication_is_refused(replication: list[float]) -> None:
    with pytest.raises(ValueError, match=r"replication"):
        sum_by_replication([1.0, 2.0], replication, replication_count=4)


def test_no_replication_gives_no_number() -> None:
    """Neither 0 nor nan: None, and the note says why."""
    for found in (mean([]), quantile([], 0.9), paired_difference([], []).difference):
        assert (found.value, found.low, found.high, found.n, found.note) == (
            None,
            None,
            None,
            0,
            "no replication",
        )


def test_one_replication_gives_a_value_without_an_interval() -> None:
    found = mean([7])
    assert (found.value, found.low, found.high, found.note) == (
        7.0,
        None,
        None,
        "one replication has no interval",
    )


def test_equal_values_say_that_the_interval_has_no_width() -> None:
    """Exactly the value at both ends, for values that no sum of floats would give back."""
    found = mean([0.1] * 1000)
    assert (found.value, found.low, found.high) == (0.1, 0.1, 0.1)
    assert found.note == "the same in each of 1,000: the interval has no width"


def test_all_zeros_say_how_often_something_else_may_still_happen() -> None:
    """0 of 1,000 is at most 0.3 %, not never."""
    assert mean([0] * 1000).note == "0 in each of 1,000; at most 0.3 % of replications have anything else"


def test_unbounded_values_are_counted_and_never_averaged() -> None:
    """The mean is that of the rest, and says so; the quantile knows that they are the largest."""
    values = [1.0, 2.0, 3.0, math.inf]
    found = mean(values)
    assert (found.value, found.n, found.unbounded_count) == (2.0, 4, 1)
    assert "mean of the 3 replications with a number" in found.note
    assert quantile(values, 0.99).value == math.inf
    assert quantile(values, 0.5).value == 2.0
    assert mean([math.inf, math.inf]).value == math.inf


def test_a_century_in_milliseconds_keeps_its_digits() -> None:
    """Values near the longest duration, one millisecond apart."""
    base = 100 * 365 * 86_400_000
    found = mean([base, base + 1, base + 2])
    assert found.value == base + 1
    assert found.standard_error == pytest.approx(1 / math.sqrt(3), rel=1e-12)


def test_the_order_of_replications_does_not_matter() -> None:
    """Sums are correctly rounded, so any order gives the same bits."""
    values = np.concatenate([[1e16, 1.0, -1e16], np.arange(100) / 7])
    assert mean(values) == mean(values[::-1])


def test_an_estimate_is_printed_with_all_that_belongs_to_it() -> None:
    """Interval, n, censored and unbounded count, whatever is 0 or missing."""
    found = Estimate(1.5, 1.0, None, 200, 0.95, "any", 3, 2, note="so it is")
    assert found.text() == "1.5 (95 %: 1 to no upper bound; n 200; 3 censored; 2 unbounded; so it is)"
    assert Estimate(math.inf, None, math.inf, 7, 0.9, "any").text(lambda value: f"{value:.1f} h") == (
        "unbounded (90 %: no lower bound to unbounded; n 7; 0 censored; 0 unbounded)"
    )


NUMBERS = st.lists(st.floats(-1e12, 1e12), max_size=60)
COUNTS = st.integers(0, 400)


@given(values=NUMBERS, q=st.floats(0.001, 0.999), level=st.floats(0.5, 0.999))
def test_the_ends_enclose_the_value(values: list[float], q: float, level: float) -> None:
    """Whatever the values; an end that is missing has a note that says why."""
    sizes = [abs(value) for value in values]
    found = [
        mean(values, level=level),
        ratio(values, sizes, level=level),
        quantile(values, q, level=level),
        cvar(values, q, level=level),
        paired_difference(values, sizes, level=level).difference,
        paired_ratio((values, sizes), (sizes, sizes), level=level),
    ]
    for one in found:
        assert one.n == len(values)
        low, value, high = (math.nan if end is None else end for end in (one.low, one.value, one.high))
        assert not low > value
        assert not value > high
        assert one.note or not math.isnan(low + high)


@given(count=COUNTS, more=COUNTS, open_count=COUNTS, level=st.floats(0.5, 0.999))
def test_the_ends_of_a_share_are_shares_around_it(
    count: int, more: int, *, open_count: int, level: float
) -> None:
    """For all counts, also with undecided replications."""
    n = count + more + open_count
    found = share(count, n, level=level, censored_count=open_count)
    gate = share_gate(count, n, at_least=0.9, level=level, censored_count=open_count)[1]
    for one in (found, gate):
        if n:
            assert 0 <= (one.low or 0.0) <= (one.value or 0.0) <= (one.high or 0.0) <= 1


@pytest.mark.parametrize("level", [0, 1, -1, 95, math.nan])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level: between 0 and 1"):
        mean([1, 2], level=level)
