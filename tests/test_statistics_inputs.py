"""Laws of not knowing the inputs: two kinds of variance, rates from few events, other families, sensitivity."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.statistics import (
    RatePosterior,
    Verdict,
    alternatives,
    flipped,
    rate,
    sobol_design,
    sobol_indices,
    split_variance,
    tornado,
)
from samples import exponentials, is_coverage, uniforms

# ---- parameters and replications


def test_the_variance_of_the_parameters_is_told_apart_from_that_of_the_replications() -> None:
    """Y ~ Poisson(10 x), x ~ Gamma(3.5, 126): variance of the mean 350 / 126**2 = .02205, whatever n.

    The Monte Carlo variance is the mean of Y, 10 * 3.5 / 126, over all replications.
    """
    posterior, k = RatePosterior(3, 126), 2000
    x = np.array([posterior.quantile(u) for u in uniforms("x", k)])
    for n in (20, 80):
        u = uniforms(f"y {n}", k, n)
        found = split_variance(stats.poisson.ppf(u, 10 * x[:, np.newaxis]).clip(0))
        # 2,000 draws of a gamma of shape 3.5: the standard error of their variance is 4 %
        assert found.parameter_variance == pytest.approx(350 / 126**2, rel=0.15)
        assert found.monte_carlo_variance == pytest.approx(35 / 126 / (k * n), rel=0.05)
        assert found.monte_carlo.half_width is not None
        assert found.parameter.half_width is not None
        assert found.parameter.half_width > 20 * found.monte_carlo.half_width


def test_without_uncertain_inputs_the_parameters_have_no_variance() -> None:
    """Rows that differ by chance alone: 0 half of the time, never negative, and at most what chance explains."""
    found = [split_variance(one) for one in exponentials("rows", 100, 20, 30)]
    none = [one for one in found if one.parameter_variance == 0]
    assert is_coverage(len(none), 100, low=0.45, high=0.65)
    assert none[0].parameter.note == "no more spread between inputs than replications explain"
    assert min(one.parameter_variance for one in found) == 0


def test_the_split_is_the_formula() -> None:
    """Two rows of two, by hand."""
    found = split_variance([[1.0, 3.0], [5.0, 9.0]])
    assert (found.between, found.within) == (25.0, 5.0)
    assert (found.monte_carlo_variance, found.parameter_variance) == (5 / 4, 10.0)
    assert (found.monte_carlo.value, found.monte_carlo.n, found.parameter.n) == (4.5, 4, 2)


@pytest.mark.parametrize(
    "values", [[], [1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]], [[1.0, math.nan], [1.0, 2.0]]]
)
def test_a_table_that_cannot_be_split_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"two draws|missing"):
        split_variance(values)


def test_an_exact_rate_covers_at_least_its_level() -> None:
    """The sum of Poisson probabilities of the counts whose interval holds the rate, at 40 rates."""
    ends = [rate(k, 10.0) for k in range(80)]
    for truth in np.linspace(0.01, 4, 40):
        inside = [k for k, one in enumerate(ends) if (one.low or 0.0) <= truth <= (one.high or 0.0)]
        assert stats.poisson.pmf(inside, 10 * truth).sum() >= 0.95


def test_an_exact_rate_is_that_of_the_tables() -> None:
    """Three events: .6187 to 8.7673, where three or more, and three or fewer, have a probability of .025."""
    found = rate(3, 1)
    assert (found.low, found.high) == pytest.approx((0.618672, 8.767273), abs=1e-6)
    assert stats.poisson.sf(2, found.low) == pytest.approx(0.025)
    assert stats.poisson.cdf(3, found.high) == pytest.approx(0.025)


def test_no_event_gives_a_rate_with_an_upper_end() -> None:
    """0 in 10 years: at most .369 a year; the law to draw from is proper, and its mean is half an event."""
    found = rate(0, 10)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(-math.log(0.025) / 10)
    assert RatePosterior(0, 10).mean == 0.05
    assert RatePosterior(0, 10).quantile(0.0) == 0.0


def test_a_rate_is_drawn_from_its_gamma() -> None:
    """Quantiles of scipy's gamma with shape k + 1/2; the interval holds what the exact one holds, nearly."""
    posterior = RatePosterior(3, 126)
    for u in (0.01, 0.5, 0.99):
        assert posterior.quantile(u) == pytest.approx(stats.gamma(3.5, scale=1 / 126).ppf(u))
    exact = rate(3, 126)
    low, high = posterior.interval()
    assert exact.low is not None
    assert exact.high is not None
    assert exact.low < low < high < exact.high


@pytest.mark.parametrize(
    ("count", "exposure"), [(-1, 1.0), (1.5, 1.0), (1, 0.0), (1, math.inf), (1, math.nan)]
)
def test_a_rate_of_nothing_is_refused(count: int, exposure: float) -> None:
    for of in (rate, RatePosterior):
        with pytest.raises(ValueError, match=r"event_count|exposure"):
            of(count, exposure)


# ---- families


def by_family(data: Any) -> dict[str, Any]:
    return {one.family: one for one in alternatives(Distribution.model_validate(data))}


@pytest.mark.parametrize(
    "data",
    [
        {"lognormal": {"median": "4h40m", "p90": "22h45m"}},
        {"lognormal": {"median": "8m", "sigma": 0.6}},
        {"weibull": {"shape": 1.7, "mean": "9h"}},
        {"gamma": {"mean": "4h", "standard_deviation": "3h"}},
        {"uniform": {"low": "1m", "high": "10m"}},
        {"exponential": {"mean": "4h"}, "plus": "5m", "max": "6h"},
    ],
)
def test_every_family_has_the_same_mean_and_where_it_can_the_same_p90(data: Any) -> None:
    """To the millisecond that a file can say; the exponential has but one parameter, and says what it misses."""
    original = Distribution.model_validate(data)
    for family, one in by_family(data).items():
        assert one.distribution.mean_ms() == pytest.approx(original.mean_ms(), abs=1)
        if family != "exponential":
            assert one.distribution.quantile(0.9) == pytest.approx(original.quantile(0.9), rel=1e-6)
            assert not one.note
        assert one.p90_ms == one.distribution.quantile(0.9)
        assert Distribution.model_validate(one.distribution.to_plain()) == one.distribution


@pytest.mark.parametrize(
    ("data", "family"),
    [
        ({"lognormal": {"median": "8m", "sigma": 2.4}}, "lognormal"),
        ({"lognormal": {"median": "8m", "sigma": 0.9}}, "lognormal"),
        ({"weibull": {"shape": 0.4, "mean": "9h"}}, "weibull"),
        ({"weibull": {"shape": 3, "mean": "9h"}}, "weibull"),
        ({"gamma": {"shape": 0.3, "mean": "9h"}}, "gamma"),
        ({"gamma": {"shape": 5, "mean": "9h"}}, "gamma"),
        ({"exponential": {"mean": "9h"}}, "exponential"),
        ({"exponential": {"mean": "9h"}}, "weibull"),
        ({"exponential": {"mean": "9h"}}, "gamma"),
    ],
)
def test_a_family_finds_itself_again(data: Any, family: str) -> None:
    """Of the two laws with this mean and p90 the one meant is the original's own, for either side of the peak."""
    original, found = Distribution.model_validate(data), by_family(data)[family].distribution
    for u in (0.05, 0.5, 0.99):
        assert found.quantile(u) == pytest.approx(original.quantile(u), rel=2e-3)


def test_what_a_family_cannot_match_is_said() -> None:
    """A lognormal's p90 is at most 2.27 means: the nearest is given, with its p90."""
    found = by_family({"weibull": {"shape": 0.5, "scale": "3h"}})["lognormal"]
    assert found.note == "lognormal has no such mean and p90: its p90 is 13h38m21s, not 15h54m20s"
    assert found.mean_ms == pytest.approx(6 * 3_600_000)
    tail = by_family({"lognormal": {"median": "8m", "sigma": 2.4}})
    assert tail["gamma"].distribution.quantile(0.5) < 60_000


@pytest.mark.parametrize(
    "data", ["8m", {"trace": ["8m"]}, {"recorded": {"values": {}, "otherwise": "8m"}}, {"empirical": ["0s"]}]
)
def test_what_is_not_drawn_has_no_family(data: Any) -> None:
    with pytest.raises(ValueError, match="no family to vary"):
        alternatives(Distribution.model_validate(data))


def test_a_flipped_verdict_is_named() -> None:
    seen = {"lognormal": Verdict.PASS, "weibull": Verdict.FAIL, "gamma": Verdict.PASS}
    assert flipped(seen, base="lognormal") == ["weibull"]
    assert flipped({"a": 1}, base="a") == []
    with pytest.raises(ValueError, match="no verdict of 'b' among a"):
        flipped({"a": 1}, base="b")


# ---- sensitivity


def ishigami(points: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    x = math.pi * (2 * points - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_the_indices_of_a_function_with_known_ones() -> None:
    """Ishigami's: first .3139, .4424, 0; total .5576, .4424, .2437. An input that does nothing is not above the noise."""
    repeats = [ishigami(sobol_design(4, 1024, seed=seed)) for seed in range(6)]
    found = {one.name: one for one in sobol_indices(["x1", "x2", "x3", "none"], repeats)}
    for name, first, total in (("x1", 0.3139, 0.5576), ("x2", 0.4424, 0.4424), ("x3", 0.0, 0.2437)):
        assert found[name].first.value == pytest.approx(first, abs=0.03)
        assert found[name].total.value == pytest.approx(total, abs=0.03)
        assert found[name].is_above_noise
    assert found["none"].total.value == pytest.approx(0, abs=1e-12)
    assert not found["none"].is_above_noise


def test_noise_alone_has_no_index_above_its_floor() -> None:
    """Results that are chance: total indices near 1, first ones around 0 within their floor; one repeat has no floor."""
    noise = [uniforms(f"noise {seed}", 256 * 4) for seed in range(5)]
    for one in sobol_indices(["x1", "x2"], noise):
        assert one.noise_floor is not None
        assert one.first.value is not None
        assert abs(one.first.value) < one.noise_floor
    (alone, _) = sobol_indices(["x1", "x2"], noise[:1])
    assert (alone.noise_floor, alone.is_above_noise) == (None, False)
    (flat, _) = sobol_indices(["x1", "x2"], [[3.0] * 16])
    assert (flat.first.value, flat.first.note) == (None, "the result does not vary")


def test_a_design_is_its_seed_and_a_power_of_two() -> None:
    design = sobol_design(3, 8, seed=4)
    assert design.shape == (40, 3)
    assert design.tolist() == sobol_design(3, 8, seed=4).tolist() != sobol_design(3, 8, seed=5).tolist()
    assert 0 <= design.min() <= design.max() < 1
    assert (design[16:24, 1:] == design[:8, 1:]).all()
    assert (design[16:24, 0] == design[8:16, 0]).all()
    with pytest.raises(ValueError, match="a power of 2, not 12"):
        sobol_design(3, 12)
    with pytest.raises(ValueError, match="n a power of 2, not 15"):
        sobol_indices(["x"], [[1.0] * 15])


def test_a_tornado_is_sorted_by_the_larger_swing() -> None:
    """Paired with the base, so a small steady effect is seen in large noise; equal sizes go by name."""
    base = 100 * exponentials("tornado", 200)
    swings = tornado(base, {"b": (base, base + 1), "z": (base - 5, base + 2), "a": (base, base - 1)})
    assert [(one.name, round(one.size, 9)) for one in swings] == [("z", 5.0), ("a", 1.0), ("b", 1.0)]
    assert (swings[2].low.value, swings[2].low.high) == (0.0, 0.0)
    assert swings[0].high.low == pytest.approx(2)


def test_one_input_has_all_of_the_variance() -> None:
    """A single input shares it with nobody: both of its indices are 1."""
    points = sobol_design(1, 64, seed=4)[:, 0]
    index = sobol_indices(["only"], [points**2])[0]
    assert index.first.value == pytest.approx(1, abs=0.05)
    assert index.total.value == pytest.approx(1, abs=0.05)


def test_a_design_has_two_points_and_indices_one_repeat_at_least() -> None:
    with pytest.raises(ValueError, match="point_count"):
        sobol_design(2, 1)
    with pytest.raises(ValueError, match="repeats: one or more"):
        sobol_indices(["x"], [])
