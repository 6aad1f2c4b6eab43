"""Laws of curves with a band: they count what is there, never close what is open, and cover the truth."""

import numpy as np
import pytest

from bcdr_sim.statistics import incident_curve, incidents, share_at, wilson, world_curve
from bcdr_sim.statistics.curves import POINTS_MAX
from bcdr_sim.statistics.resampling import multiplicities, percentile_ends


def uniforms(seed: int, count: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(seed)).random(count)


def test_the_band_of_worlds_is_wilsons() -> None:
    """At every point, of the number of values that are at most it."""
    values = [0, 0, 3, 5, 5, 9, 12, 12, 12, 20]
    curve = world_curve(values)
    assert curve.at.tolist() == [0, 3, 5, 9, 12, 20]
    assert curve.share.tolist() == pytest.approx([0.2, 0.3, 0.5, 0.6, 0.9, 1.0])
    assert (curve.low[2], curve.high[2]) == pytest.approx(wilson(5, 10))


def test_what_is_open_counts_both_ways() -> None:
    """For the lower end as longer, for the upper one as ended where it was cut off; the line is between them."""
    curve = world_curve([1, 2, 3, 4], is_open=[0, 1, 0, 1])
    assert curve.share.tolist() == pytest.approx([0.25, 0.25, 0.625, 0.625])
    assert curve.low[2] == pytest.approx(wilson(2, 4)[0])
    assert curve.high[2] == pytest.approx(wilson(3, 4)[1])
    assert curve.high[3] == pytest.approx(1.0)
    assert curve.open_at.tolist() == [2, 4]


def test_what_has_no_bound_is_beyond_every_point() -> None:
    curve = world_curve([1.0, np.inf, np.inf, 2.0])
    assert curve.share.tolist() == [0.25, 0.5]
    assert (curve.unbounded_count, curve.largest) == (2, 2.0)


def test_nothing_gives_no_points() -> None:
    assert len(world_curve([]).at) == 0
    empty = incident_curve(incidents([], [], replication_count=5))
    assert len(empty.at) == 0
    assert share_at(empty, 3.0) is None


def test_a_point_that_is_asked_for_is_exact() -> None:
    """However many values there are, and however few of them have points; the tail keeps its own."""
    values = np.arange(10_000)
    curve = world_curve(values, also=(4_711.5,))
    assert len(curve.at) <= POINTS_MAX + 1
    assert curve.at[-3:].tolist() == [9_997, 9_998, 9_999]
    found = share_at(curve, 4_711.5)
    assert found is not None
    assert found.value == pytest.approx(0.4712)
    assert (found.low, found.high) == pytest.approx(wilson(4712, 10_000))


def test_the_band_of_worlds_covers_the_truth() -> None:
    """Nominally 95 % at each point; within four standard errors of that in 150 samples, or above."""
    inside, count = 0, 150
    for seed in range(count):
        found = share_at(world_curve(np.round(uniforms(seed, 40), 1), also=(0.45,)), 0.45)
        assert found is not None
        inside += (found.low or 0) <= 0.45 <= (found.high or 0)
    assert inside / count > 0.95 - 4 * np.sqrt(0.95 * 0.05 / count)


def test_the_band_of_incidents_knows_that_they_share_outages() -> None:
    """Ten incidents of one length in each world: as wide as that of the worlds, and not as that of ten times as many."""
    lengths = uniforms(1, 100)
    curve = incident_curve(
        incidents(np.repeat(lengths, 10), np.repeat(np.arange(100), 10), replication_count=100), also=(0.5,)
    )
    found = share_at(curve, 0.5)
    assert found is not None
    assert found.half_width is not None
    low, high = wilson(int((lengths <= 0.5).sum()), 100)
    assert found.half_width == pytest.approx((high - low) / 2, rel=0.15)


def test_a_band_never_falls_and_reaches_beyond_what_was_seen() -> None:
    found = incidents(uniforms(2, 50), np.arange(50), replication_count=50, is_open=uniforms(3, 50) < 0.3)
    curve = incident_curve(found)
    for end in (curve.low, curve.share, curve.high):
        assert (np.diff(end) >= -1e-12).all()
    assert (curve.low <= curve.share + 1e-12).all()
    assert (curve.share <= curve.high + 1e-12).all()
    assert curve.low[-1] < 1
    assert curve.high[0] > 0


def test_the_band_of_incidents_is_what_the_resamples_say_of_each_point() -> None:
    """The share that is at most a length, counted in every resample of the replications."""
    lengths = np.array([1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 3.0, 5.0, 1.0, 2.0, 3.0, 4.0])
    curve = incident_curve(incidents(lengths, range(12), replication_count=12), resample_count=500)
    drawn = np.concatenate(list(multiplicities(12, resample_count=500)))
    for at, low, high in zip(curve.at.tolist()[1:-1], curve.low[1:-1], curve.high[1:-1], strict=True):
        ends = percentile_ends(drawn @ (lengths <= at) / 12, level=0.95)
        assert (low, high) == pytest.approx(ends)
