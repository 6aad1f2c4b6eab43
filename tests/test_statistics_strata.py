"""Laws of strata by number of outages: exact weights, no bias, less variance where outages are rare."""

import math

import numpy as np
import pytest
from scipy import stats

from bcdr_sim.statistics import (
    Stratum,
    allocation,
    last_stratum,
    outage_counts,
    outage_starts_ms,
    outage_strata,
    stratified_mean,
    variance_gain,
)
from samples import exponentials, is_coverage, uniforms


@pytest.mark.parametrize("mean_count", [1e-6, 0.01, 0.5, 3.0, 40.0])
def test_the_probabilities_of_the_strata_are_poisson_and_sum_to_one(mean_count: float) -> None:
    last = last_stratum(mean_count)
    strata = outage_strata(mean_count, last)
    assert len(strata) == last + 1
    assert strata.sum() == pytest.approx(1, abs=1e-12)
    assert strata[:-1] == pytest.approx(stats.poisson.pmf(np.arange(last), mean_count))
    assert 0 < strata[-1] <= 0.01 * (1 - math.exp(-mean_count)) or last == 1


def test_the_last_stratum_draws_its_counts_from_the_tail() -> None:
    """At L = 2 and 3 or more: no count below 3, and the shares of the Poisson law above."""
    counts = outage_counts(uniforms("tail", 20_000), mean_count=2.0, last=3)
    assert counts.min() == 3
    tail = stats.poisson.sf(2, 2.0)
    for count in (3, 4, 5, 6):
        expected = stats.poisson.pmf(count, 2.0) / tail
        assert is_coverage(int((counts == count).sum()), 20_000, low=expected)
    assert outage_counts([0.0, 1 - 2**-53], mean_count=1e-3, last=2).tolist()[0] == 2


def test_starts_are_sorted_and_before_the_horizon() -> None:
    """Given their number, the starts of a Poisson process are as many uniform instants."""
    starts = outage_starts_ms([0.9, 0.1, 1 - 2**-53], horizon_ms=1000)
    assert starts.tolist() == [100, 900, 999]
    with pytest.raises(ValueError, match="uniforms"):
        outage_starts_ms([1.0], horizon_ms=1000)


def test_replications_go_where_weight_and_spread_are() -> None:
    """In proportion to p * s, each at least 200, and all of them given out."""
    assert allocation([0.5, 0.3, 0.2], [2, 1, 1], replication_count=3000) == [2000, 600, 400]
    shared = allocation([0.99, 0.00995, 0.00005], [0, 0.1, 0.5], replication_count=10_000)
    assert shared == [200, 9560, 240]
    assert sum(allocation([0.6, 0.3, 0.1], [0.1, 0.2, 0.7], replication_count=1001)) == 1001
    assert allocation([0.9, 0.1], [0, 0], replication_count=500) == [250, 250]
    assert allocation([0.9, 0.1], [0, 1], replication_count=400) == [200, 200]
    with pytest.raises(ValueError, match="3 strata of at least 200 need 600 replications, not 599"):
        allocation([0.9, 0.05, 0.05], [1, 1, 1], replication_count=599)


def _breach(
    outages: int, u: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Each outage breaches with probability .2, alone: 1 - .8**k."""
    return (u < 1 - 0.8**outages).astype(np.float64)


def test_strata_cover_and_beat_plain_replications_where_outages_are_rare() -> None:
    """L = .01 and P = 1 - exp(-.002): unbiased, covered, and tens of times less variance."""
    truth, probabilities = -math.expm1(-0.002), outage_strata(0.01, 2)
    sizes, hits, values, gains = [200, 600, 200], 0, [], []
    for repeat in range(300):
        draws = [uniforms(f"stratum {repeat} {k}", size) for k, size in enumerate(sizes)]
        strata = [
            Stratum(p, _breach(k, u)) for k, (p, u) in enumerate(zip(probabilities, draws, strict=True))
        ]
        found = stratified_mean(strata)
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
        values.append(found.value)
        gain = variance_gain(strata)
        assert gain is not None
        gains.append(gain)
    assert is_coverage(hits, 300, low=0.93, high=0.96)
    assert np.mean(values) == pytest.approx(truth, rel=0.02)
    assert 40 < np.mean(gains) < 120


def test_a_stratified_variance_is_the_formula() -> None:
    """It is sum p**2 * s**2 / n, by hand."""
    strata = [Stratum(0.75, [1, 2, 3]), Stratum(0.25, [10, 20])]
    found = stratified_mean(strata)
    assert found.value == pytest.approx(0.75 * 2 + 0.25 * 15)
    assert found.standard_error == pytest.approx(math.sqrt(0.75**2 * 1 / 3 + 0.25**2 * 50 / 2))
    assert found.n == 5


def test_a_silent_stratum_says_what_it_may_hide() -> None:
    """0 of 200 without an outage, which is 99 % of the world: up to .015 of all is not excluded."""
    found = stratified_mean([Stratum(0.99, [0] * 200), Stratum(0.01, [0, 1] * 100)])
    assert found.note == "stratum 0: 0 of 200, so up to 0.015 of all is not excluded"
    silent = stratified_mean([Stratum(0.9, [0] * 200), Stratum(0.1, [0] * 200)], most=1)
    assert (silent.value, silent.low) == (0.0, 0.0)
    assert silent.high == pytest.approx(1 - 0.025 ** (1 / 200))
    assert stratified_mean([Stratum(1.0, [0] * 200)]).high is None


@pytest.mark.parametrize(
    ("strata", "complaint"),
    [
        ([Stratum(0.5, [1, 2])], "sum to 1, not 0.5"),
        ([Stratum(1.0, [1])], "two replications or more, not 1"),
        ([Stratum(1.5, [1, 2]), Stratum(-0.5, [1, 2])], "a probability is 0 to 1"),
        ([Stratum(1.0, [1, math.inf])], "is infinite"),
        ([], "sum to 1, not 0"),
    ],
)
def test_broken_strata_are_refused(strata: list[Stratum], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        stratified_mean(strata)


def test_one_stratum_is_the_plain_mean() -> None:
    """No strata, no difference: value, standard error and ends."""
    from bcdr_sim.statistics import mean

    values = exponentials("one", 300)
    found, plain = stratified_mean([Stratum(1.0, values)]), mean(values)
    assert (found.value, found.standard_error) == pytest.approx((plain.value, plain.standard_error))
    assert found.high == pytest.approx(plain.high)
    assert variance_gain([Stratum(1.0, values)]) == pytest.approx(1)


@pytest.mark.parametrize(("mean_count", "last"), [(0.5, 80), (1000.0, 1)])
def test_the_last_stratum_may_lie_far_from_the_mean(mean_count: float, last: int) -> None:
    """Far above it, nearly all replications have just the least number; far below it, they have the mean."""
    counts = outage_counts(uniforms("far", 500), mean_count=mean_count, last=last)
    assert counts.min() >= last
    assert counts.mean() == pytest.approx(max(last, mean_count), rel=0.01)


def test_one_deviation_for_every_stratum_is_asked_for() -> None:
    with pytest.raises(ValueError, match="2 probabilities, 1 deviations"):
        allocation([0.5, 0.5], [1.0], replication_count=500)
    with pytest.raises(ValueError, match="0 probabilities, 0 deviations"):
        allocation([], [], replication_count=500)


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_level_of_strata_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        stratified_mean([Stratum(1.0, [1.0, 2.0])], level=level)
