"""Laws of incidents that are still open at the horizon, and of intervals from resampled replications."""

import math

import numpy as np
import pytest
from scipy import stats

from bcdr_sim.statistics import (
    incident_quantile,
    incident_quantiles,
    incidents,
    mean,
    rank_of,
    restricted_mean,
    survival,
)
from bcdr_sim.statistics.kaplan_meier import ALONE_MAX
from bcdr_sim.statistics.resampling import multiplicities, units_of
from samples import exponentials, is_coverage, uniforms

REPEATS = 200


def test_the_curve_is_that_of_the_textbook() -> None:
    """Kaplan and Meier's product by hand: 4/5, then 3/4 of it (one of the two at 2 is open), then 1/2 of that."""
    found = incidents([1, 2, 2, 3, 5], range(5), replication_count=5, is_open=[0, 0, 1, 0, 1])
    lengths, above = survival(found)
    assert lengths.tolist() == [1, 2, 3, 5]
    assert above == pytest.approx([0.8, 0.6, 0.3, 0.3])


def test_without_open_incidents_a_quantile_is_the_value_at_its_rank() -> None:
    """For every n and quantile, also where floats miss the rank: 1 - 0.9 is not 0.1, nor 0.07 * 100 7."""
    qs = [0.05, 0.07, 0.1, 0.3, 0.5, 0.7, 0.85, 0.9, 0.95]
    for n in [*range(1, 61), 100]:
        values = np.arange(1.0, n + 1)
        found = incidents(values[::-1], np.arange(n) % 7, replication_count=7)
        quantiles = incident_quantiles(found, qs, resample_count=1)
        assert [one.value for one in quantiles] == [values[rank_of(q, n) - 1] for q in qs]


def test_open_incidents_dropped_or_closed_give_a_wrong_quantile_and_the_curve_the_right_one() -> None:
    """Exponential lengths of which those that begin late are cut at the horizon.

    The median is ln 2. Without the open ones it comes out short, and with the horizon as their end too.
    """
    lengths, room = exponentials("cut", 5_000), 2 * uniforms("room", 5_000)
    seen, is_open = np.minimum(lengths, room), lengths > room
    found = incidents(seen, np.arange(5_000) % 500, replication_count=500, is_open=is_open)
    median = incident_quantile(found, 0.5)
    assert median.low is not None
    assert median.high is not None
    assert median.low <= math.log(2) <= median.high
    assert median.censored_count == int(is_open.sum()) > 1200
    assert np.median(seen[~is_open]) < 0.8 * median.low
    assert np.median(seen) < 0.8 * median.low


def test_a_quantile_the_curve_does_not_come_down_to_is_not_reached() -> None:
    """No number is made up; the longest length bounds it from below."""
    lengths = exponentials("far", 400)
    found = incidents(np.minimum(lengths, 1.0), range(400), replication_count=400, is_open=lengths > 1)
    far = incident_quantile(found, 0.9)
    assert (far.value, far.low, far.high) == (None, 1.0, None)
    assert "not reached: 36" in far.note
    all_open = incident_quantile(
        incidents([5.0] * 50, range(50), replication_count=50, is_open=[1] * 50), 0.5
    )
    assert (all_open.value, all_open.low, all_open.high, all_open.censored_count) == (None, 5.0, None, 50)


def test_resampling_replications_covers_and_resampling_incidents_does_not() -> None:
    """Five incidents of a replication have the length of its one outage: 60 replications, not 300 observations."""
    truth, hits, naive = math.log(2), 0, 0
    for lengths in exponentials("clusters", REPEATS, 60):
        rows, owner = np.repeat(lengths, 5), np.repeat(np.arange(60), 5)
        for unit, count in ((owner, 60), (np.arange(300), 300)):
            one = incident_quantile(incidents(rows, unit, replication_count=count), 0.5, resample_count=200)
            assert one.low is not None
            assert one.high is not None
            if count == 60:
                hits += one.low <= truth <= one.high
            else:
                naive += one.low <= truth <= one.high
    assert is_coverage(hits, REPEATS, low=0.93, high=0.955)
    assert naive < 0.75 * REPEATS


def test_a_censored_quantile_and_a_restricted_mean_cover() -> None:
    """Two incidents per replication, cut at a random rest: the median ln 2, and 1 - exp(-1) up to 1."""
    medians = means = 0
    for lengths, rest in zip(
        exponentials("censored", REPEATS, 120), 1 + uniforms("rest", REPEATS, 120), strict=True
    ):
        found = incidents(
            np.minimum(lengths, rest), np.arange(120) // 2, replication_count=60, is_open=lengths > rest
        )
        for one, truth in (
            (incident_quantile(found, 0.5, resample_count=200), math.log(2)),
            (restricted_mean(found, 1.0, resample_count=200), -math.expm1(-1)),
        ):
            assert one.low is not None
            assert one.high is not None
            if "mean" in one.method:
                means += one.low <= truth <= one.high
            else:
                medians += one.low <= truth <= one.high
    assert is_coverage(medians, REPEATS, low=0.92, high=0.96)
    assert is_coverage(means, REPEATS, low=0.92, high=0.955)


def test_a_restricted_mean_without_open_incidents_is_the_mean_cut_at_its_limit() -> None:
    """The area under the curve is the mean of min(length, limit)."""
    values = exponentials("area", 300)
    found = incidents(values, range(300), replication_count=300)
    for limit in (0.3, 1.0, 50.0):
        one, plain = restricted_mean(found, limit), mean(np.minimum(values, limit))
        assert one.value == pytest.approx(plain.value, rel=1e-12)
        assert one.half_width == pytest.approx(plain.half_width, rel=0.12)


def test_a_restricted_mean_goes_no_further_than_the_curve() -> None:
    """Beyond the longest length, if it is open, nobody knows: the limit is brought back and the note says so."""
    found = incidents([1.0, 2.0, 4.0], range(3), replication_count=3, is_open=[0, 0, 1])
    one = restricted_mean(found, 100.0)
    assert one.value == pytest.approx(1 + 2 / 3 + 2 / 3)
    assert one.note == "3 incidents in 3 replications; restricted to 4"
    for limit in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="limit"):
            restricted_mean(found, limit)


def test_a_high_quantile_of_few_replications_has_no_upper_end() -> None:
    """900 incidents in 30 replications are 30 observations if they are alike: p95 needs 72."""
    found = incidents(exponentials("few", 900), np.arange(900) // 30, replication_count=30)
    one = incident_quantile(found, 0.95)
    assert one.high is None
    assert one.note.endswith("no upper bound: needs 72 replications with incidents")
    alone = incident_quantile(incidents([3.0, 4.0], [0, 0], replication_count=1), 0.5)
    assert (alone.value, alone.low, alone.high) == (3.0, None, None)
    assert restricted_mean(incidents([3.0, 4.0], [0, 0], replication_count=1), 9.0).low is None


def test_no_incident_gives_no_quantile() -> None:
    """0 incidents in 100 replications: neither 0 nor nan."""
    found = incidents([], [], replication_count=100)
    assert incident_quantile(found, 0.5).note == "0 incidents in 100 replications"
    assert incident_quantile(found, 0.5).value is restricted_mean(found, 1.0).value is None


def test_an_unbounded_length_is_the_longest() -> None:
    """It counts in the rank, and only there."""
    found = incidents([1.0, 2.0, math.inf], range(3), replication_count=3)
    assert [one.value for one in incident_quantiles(found, [0.5, 0.9])] == [2.0, math.inf]
    assert incident_quantile(found, 0.5).unbounded_count == 1
    assert restricted_mean(found, 10.0).value == pytest.approx(13 / 3)
    with pytest.raises(ValueError, match="cannot be unbounded"):
        incidents([math.inf], [0], replication_count=1, is_open=[True])


def test_grouping_many_incidents_moves_no_end_far() -> None:
    """Above ALONE_MAX incidents are grouped: the interval stays within a thousandth of the probability."""
    count = 4 * ALONE_MAX
    values, owner = exponentials("many", count), np.arange(count) % 400
    is_open = uniforms("open", count) < 0.1
    found = incidents(values, owner, replication_count=400, is_open=is_open)
    parts = [
        incidents(values[:ALONE_MAX], owner[:ALONE_MAX], replication_count=400, is_open=is_open[:ALONE_MAX]),
        found,
    ]
    alone, grouped = (incident_quantiles(part, [0.5, 0.99]) for part in parts)
    for one, other in zip(alone, grouped, strict=True):
        assert one.half_width is not None
        assert other.half_width == pytest.approx(one.half_width / 2, rel=0.25)
    assert [one.value for one in grouped] == pytest.approx(
        [survival_at(found, 0.5), survival_at(found, 0.01)]
    )


def survival_at(found: object, level: float) -> float:
    lengths, above = survival(found)  # type: ignore[arg-type]
    return float(lengths[np.flatnonzero(above <= level)[0]])


def test_resamples_are_the_same_in_any_blocks() -> None:
    """Addressed, not consumed: how many are held at a time does not show, and each holds n replications."""
    whole = np.concatenate(list(multiplicities(50, resample_count=300)))
    pieces = np.concatenate(list(multiplicities(50, resample_count=300, row_cells=10**6)))
    assert whole.tolist() == pieces.tolist()
    assert (whole.sum(axis=1) == 50).all()
    counts = np.bincount(whole.ravel(), minlength=9)[:9]
    expected = stats.binom.pmf(np.arange(9), 50, 1 / 50) * whole.size
    assert np.abs(counts - expected).max() < 5 * math.sqrt(expected.max())
    other = np.concatenate(list(multiplicities(50, resample_count=300, seed=1)))
    assert other.tolist() != whole.tolist()


def test_many_replications_are_resampled_in_batches() -> None:
    """Ten thousand replications make a thousand units of ten, in order."""
    count, unit = units_of(10_000)
    assert (count, unit[0], unit[9], unit[10], unit[-1]) == (1000, 0, 0, 1, 999)
    assert units_of(7)[1].tolist() == list(range(7))


@pytest.mark.parametrize(
    ("lengths", "replication", "is_open", "complaint"),
    [
        ([1.0, -2.0], [0, 1], None, r"lengths\[1\] is negative"),
        ([1.0], [0, 1], None, "1 lengths, 2 replications"),
        ([1.0, 2.0], [0, 1], [0, 2], r"is_open\[1\] is neither yes nor no"),
        ([1.0, 2.0], [0, 2], None, r"replication\[1\] is not 0 to 1"),
        ([1.0, math.nan], [0, 1], None, r"lengths\[1\] is missing"),
    ],
)
def test_broken_columns_are_refused(
    lengths: list[float], replication: list[int], *, is_open: list[int] | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        incidents(lengths, replication, replication_count=2, is_open=is_open)


def test_as_many_resamples_come_as_are_asked_for() -> None:
    """Also where they do not fill whole blocks, and in blocks of one."""
    for row_cells in (1, 10**6, 10**9):
        blocks = list(multiplicities(50, resample_count=301, row_cells=row_cells))
        assert sum(map(len, blocks)) == 301
