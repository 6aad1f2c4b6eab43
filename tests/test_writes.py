"""The law of writes: counted exactly, over any interval, and 0 only if nothing was written."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.replication import Writes

HOUR = 3_600_000
WEEK = 168 * HOUR

INSTANTS = st.integers(-40, 60)
RATES = st.sampled_from(
    [0.0, 0.5, HOUR / 4, float(HOUR), 3.0 * HOUR]
)  # per hour: up to three in a millisecond


@st.composite
def some_writes(draw: st.DrawFn) -> Writes:
    """Make writes of a few steps within some 20 ms, once or in a period."""
    period_ms = draw(st.sampled_from([None, 20, 23]))
    times = sorted(draw(st.sets(st.integers(-10 if period_ms is None else 0, 19), max_size=5)))
    steps = tuple((at_ms, draw(RATES)) for at_ms in times)
    return Writes(draw(RATES), steps, period_ms)


def rate_at(writes: Writes, t: int) -> float:
    """Read the rate within [t, t + 1) off the definition."""
    within = t if writes.period_ms is None else t % writes.period_ms
    return next((rate for at_ms, rate in reversed(writes.steps) if at_ms <= within), writes.rate_per_hour)


@settings(deadline=None)
@given(writes=some_writes(), one=INSTANTS, other=INSTANTS)
def test_counts_equal_a_count_by_milliseconds(writes: Writes, one: int, other: int) -> None:
    """Number and writing time are those of adding up millisecond by millisecond, in exact fractions."""
    from_ms, to_ms = sorted((one, other))
    rates = [rate_at(writes, t) for t in range(from_ms, to_ms)]
    assert writes.number(from_ms, to_ms) == math.ceil(sum(map(Fraction, rates), Fraction(0)) / HOUR)
    assert writes.writing_ms(from_ms, to_ms) == sum(rate > 0 for rate in rates)


@settings(deadline=None)
@given(writes=some_writes(), t=INSTANTS)
def test_first_and_last_writes_are_those_of_a_search(writes: Writes, t: int) -> None:
    """The next and the previous millisecond with a rate above 0."""
    following = next((s for s in range(t, t + 200) if rate_at(writes, s) > 0), None)
    previous = next((s for s in range(t - 1, t - 200, -1) if rate_at(writes, s) > 0), None)
    assert writes.first_write_at_or_after(t) == following
    assert writes.last_write_before(t) == previous


@settings(deadline=None)
@given(instants=st.lists(st.integers(0, 30), max_size=12), one=INSTANTS, other=INSTANTS)
def test_batches_are_counted_one_by_one(instants: list[int], one: int, other: int) -> None:
    """A batch at b counts once in [from, to) exactly if from <= b < to, and takes one millisecond."""
    from_ms, to_ms = sorted((one, other))
    writes = Writes.batches(instants)
    inside = [instant for instant in instants if from_ms <= instant < to_ms]
    assert writes.number(from_ms, to_ms) == len(inside)
    assert writes.writing_ms(from_ms, to_ms) == len(set(inside))
    assert writes.first_write_at_or_after(from_ms) == min((b for b in instants if b >= from_ms), default=None)
    assert writes.last_write_before(to_ms) == max((b for b in instants if b < to_ms), default=None)


def test_nothing_written_is_exactly_zero_and_the_least_rate_is_not() -> None:
    """Zero data loss is a count of 0: any rate above 0 counts, however small and for however short."""
    assert Writes(0.0).number(-WEEK, WEEK) == 0
    assert Writes(1e-300).number(0, 1) == 1
    assert Writes(120.0).number(0, HOUR) == 120
    assert Writes(120.0).number(0, HOUR + 1) == 121
    assert Writes(120.0).number(HOUR, HOUR) == 0
    assert Writes(120.0).number(HOUR, 0) == 0


def test_a_week_of_office_hours_repeats_for_ever() -> None:
    """Five days of ten hours, in year three as in the first week and before the start."""
    steps = [
        (day * 24 * HOUR + hour * HOUR, rate) for day in range(5) for hour, rate in ((8, 60.0), (18, 0.0))
    ]
    writes = Writes(0.0, tuple(steps), WEEK)
    for week in (-1, 0, 150):
        monday = week * WEEK
        assert writes.number(monday, monday + WEEK) == 3000
        assert writes.writing_ms(monday, monday + WEEK) == 50 * HOUR
        assert writes.number(monday - 48 * HOUR, monday + 8 * HOUR) == 0
        assert writes.first_write_at_or_after(monday - 48 * HOUR) == monday + 8 * HOUR
        assert writes.last_write_before(monday) == monday - (48 + 6) * HOUR - 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Writes(-1.0), "a rate must be finite and not negative, not -1.0"),
        (lambda: Writes(math.inf), "a rate must be finite and not negative, not inf"),
        (lambda: Writes(0.0, ((5, 1.0), (5, 2.0))), "steps must stand in rising order"),
        (lambda: Writes(0.0, ((7, 1.0), (5, 2.0))), "steps must stand in rising order"),
        (lambda: Writes(0.0, ((5, 1.0),), 5), "steps must lie within the period of 5 ms"),
    ],
)
def test_writes_that_make_no_sense_are_refused(make: Callable[[], Writes], message: str) -> None:
    """Negative and infinite rates, steps out of order, steps outside the period."""
    with pytest.raises(ValueError, match=message):
        make()
