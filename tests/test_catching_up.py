"""Catching up: the closed form against the balance, millisecond by millisecond."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.replication import Writes
from bcdr_sim.replication.catching_up import caught_up_ms, pace

rates = st.integers(0, 9)
profiles = st.builds(
    lambda before, steps, period: Writes(
        float(before),
        tuple((at, float(rate)) for at, rate in sorted(steps.items())),
        None if period is None else period,
    ),
    rates,
    st.dictionaries(st.integers(0, 39), rates, max_size=4),
    st.sampled_from((None, 40, 55)),
)


@settings(deadline=None, max_examples=300)
@given(
    profiles,
    st.tuples(st.integers(0, 400), st.integers(1, 12)),
    st.tuples(st.integers(0, 60), st.integers(1, 200)),
)
def test_nothing_is_left_for_the_first_time(
    writes: Writes, load: tuple[int, int], spell: tuple[int, int]
) -> None:
    """At the instant found the balance is not above 0, and one millisecond earlier it is."""
    waits, rate = load
    per_ms = pace(writes, rate_per_hour=float(rate), of_mean=None, horizon_ms=1000)
    left = waits * per_ms // 3
    from_ms, until_ms = spell[0], sum(spell)
    done_ms = caught_up_ms(writes, left=left, pace=per_ms, from_ms=from_ms, until_ms=until_ms)

    def balance(at_ms: int) -> int:
        return left + writes.work.at(at_ms) - writes.work.at(from_ms) - per_ms * (at_ms - from_ms)

    first = next((at_ms for at_ms in range(from_ms, until_ms) if balance(at_ms) <= 0), until_ms)
    assert done_ms == first


def test_the_mean_is_that_of_a_period_or_of_the_horizon() -> None:
    """Ten hours of 600/h a day are 250/h on average; without a period the average runs over the horizon."""
    hour = 3_600_000
    daily = Writes(steps=((0, 600.0), (10 * hour, 0.0)), period_ms=24 * hour)
    once = Writes(steps=((0, 600.0), (10 * hour, 0.0)))
    for writes, expected in ((daily, 500), (once, 250)):
        found = pace(writes, rate_per_hour=None, of_mean=2.0, horizon_ms=48 * hour)
        assert found == expected * 1_000_000


def test_the_smallest_work_at_the_smallest_pace_takes_a_millisecond() -> None:
    """One unit is not nothing, and one unit a millisecond is a gain."""
    idle = Writes(0.0)
    assert caught_up_ms(idle, left=1, pace=1, from_ms=5, until_ms=100) == 6
    assert caught_up_ms(idle, left=0, pace=1, from_ms=5, until_ms=100) == 5
    assert caught_up_ms(idle, left=3, pace=1, from_ms=5, until_ms=100) == 8
