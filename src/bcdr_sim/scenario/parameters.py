"""From named statistics to the parameters of a law: the one place that interprets a median, a mean or a p90.

Every function takes what the file gives, name to value (durations in ms, shapes and sigmas plain), and returns
the law that has exactly these statistics, or raises ValueError naming the statistics that no law has.
All conversions are closed forms. No two statistics are ever exchanged: a lognormal's mean is
exp(mu + sigma**2 / 2), its median exp(mu).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import NormalDist

from bcdr_sim.scenario.laws import Exponential, Gamma, Lognormal, Steps, Triangular, Uniform, Weibull
from bcdr_sim.units import format_duration

LEVELS: Mapping[str, float] = {
    "median": 0.50,
    "p50": 0.50,
    "p75": 0.75,
    "p80": 0.80,
    "p90": 0.90,
    "p95": 0.95,
    "p99": 0.99,
}
"""The probability of each named quantile, rising."""

SIGMA_MAX = 20.0
"""The widest lognormal. Assumption: a spread by e**20 is a slip of the pen; wider ones overflow a float."""

SHAPE_MIN = 0.05
"""The smallest shape. Assumption: below it draws differ by more than 30 digits, which no outage does."""

SHAPE_MAX = 1e6
"""The largest shape. Assumption: above it durations differ by less than a thousandth, so `fixed` is meant."""

_NORMAL = NormalDist()

Given = Mapping[str, float]


def exponential(given: Given) -> Exponential:
    """Make the exponential with this mean, or with this one quantile."""
    _require_count(given, 1, "an exponential has exactly one of mean, median, p50, p75, p80, p90, p95, p99")
    ((name, value),) = given.items()
    return Exponential(value if name == "mean" else value / -math.log1p(-LEVELS[name]))


def uniform(given: Given) -> Uniform:
    """Make the uniform from low to high."""
    _require_order("low", "high", given)
    return Uniform(given["low"], given["high"])


def triangular(given: Given) -> Triangular:
    """Make the triangle from low to high with its peak at mode, which may be one of them."""
    _require_order("low", "high", given)
    _require_order("low", "mode", given, equal=True)
    _require_order("mode", "high", given, equal=True)
    return Triangular(given["low"], given["mode"], given["high"])


def lognormal(given: Given) -> Lognormal:
    """Make the lognormal with these two: of sigma, the mean and the quantiles.

    A mean shorter than a quantile above the median fits two lognormals; the one with less spread is meant,
    since the other has nearly all its mass far below the quantile.
    """
    _require_count(
        given, 2, "a lognormal has exactly two of median, mean, p50, p75, p80, p90, p95, p99, sigma"
    )
    quantiles = _quantiles(given)
    if len(quantiles) == 2:
        (low, high) = quantiles
        _require_order(low, high, given)
        sigma = math.log(given[high] / given[low]) / (_score(high) - _score(low))
    elif "sigma" in given:
        sigma = given["sigma"]
    else:
        sigma = _lognormal_sigma(quantiles[0], given)
    if sigma > SIGMA_MAX:
        raise ValueError(f"a lognormal of sigma {sigma:.3g} is too wide; sigma is at most {SIGMA_MAX:g}")
    if quantiles:
        return Lognormal(math.log(given[quantiles[0]]) - _score(quantiles[0]) * sigma, sigma)
    return Lognormal(math.log(given["mean"]) - sigma**2 / 2, sigma)


def weibull(given: Given) -> Weibull:
    """Make the Weibull with this shape and one of scale, mean and the quantiles, or with two quantiles."""
    allowed = (
        "a weibull has shape and one of scale, mean, median, p50, p75, p80, p90, p95, p99; or two quantiles"
    )
    _require_count(given, 2, allowed)
    quantiles = _quantiles(given)
    if len(quantiles) == 2:
        (low, high) = quantiles
        _require_order(low, high, given)
        shape = math.log(_hazard(high) / _hazard(low)) / math.log(given[high] / given[low])
    elif "shape" in given:
        shape = given["shape"]
    else:
        raise ValueError(f"{allowed}; this one has {_named(given)}")
    _require_shape("weibull", shape)
    if quantiles:
        return Weibull(shape, given[quantiles[0]] / _hazard(quantiles[0]) ** (1 / shape))
    return Weibull(shape, given["scale"] if "scale" in given else given["mean"] / math.gamma(1 + 1 / shape))


def gamma(given: Given) -> Gamma:
    """Make the gamma with this mean and this shape or standard deviation."""
    if "mean" not in given or len(given) != 2:
        raise ValueError(
            f"a gamma has mean and one of shape, standard_deviation; this one has {_named(given)}"
        )
    mean = given["mean"]
    shape = given["shape"] if "shape" in given else (mean / given["standard_deviation"]) ** 2
    _require_shape("gamma", shape)
    return Gamma(shape, mean / shape)


def steps(values_ms: Sequence[int], weights: Sequence[float]) -> Steps:
    """Make the law that gives each of these values in proportion to its weight; their order does not matter."""
    if len(values_ms) != len(weights):
        raise ValueError(f"one weight for each value: {len(values_ms)} values, {len(weights)} weights")
    weighed: dict[int, float] = {}
    for value, weight in sorted(zip(values_ms, weights, strict=True)):
        weighed[value] = weighed.get(value, 0.0) + weight
    reached = list(accumulate(weighed.values()))
    levels = [weight / reached[-1] for weight in reached]
    return Steps(tuple(map(float, weighed)), (*levels[:-1], 1.0))


def _lognormal_sigma(quantile: str, given: Given) -> float:
    # With d = ln(mean / quantile) and z the quantile's score: sigma**2 / 2 - z * sigma = d.
    score, distance = _score(quantile), math.log(given["mean"] / given[quantile])
    if score == 0.0:
        _require_order(quantile, "mean", given)
    square = score**2 + 2 * distance
    if square < 0:
        raise ValueError(
            f"no lognormal has mean {_shown(given['mean'])} and {quantile} {_shown(given[quantile])}: "
            f"its {quantile} is at most {math.exp(score**2 / 2):.4g} times its mean"
        )
    return score - math.sqrt(square) if distance < 0 else score + math.sqrt(square)


def _quantiles(given: Given) -> list[str]:
    """Name the quantiles given, the lower first."""
    if "median" in given and "p50" in given:
        raise ValueError("'median' and 'p50' are the same statistic; give one of them")
    return [name for name in LEVELS if name in given]


def _score(quantile: str) -> float:
    return _NORMAL.inv_cdf(LEVELS[quantile])


def _hazard(quantile: str) -> float:
    return -math.log1p(-LEVELS[quantile])


def _require_count(given: Given, count: int, allowed: str) -> None:
    if len(given) != count:
        raise ValueError(f"{allowed}; this one has {_named(given)}")


def _require_order(shorter: str, longer: str, given: Given, *, equal: bool = False) -> None:
    if given[shorter] > given[longer] or (given[shorter] == given[longer] and not equal):
        raise ValueError(
            f"{longer} ({_shown(given[longer])}) must {'not be shorter' if equal else 'be longer'} "
            f"than {shorter} ({_shown(given[shorter])})"
        )


def _require_shape(family: str, shape: float) -> None:
    if not SHAPE_MIN <= shape <= SHAPE_MAX:
        raise ValueError(f"the shape of a {family} is {SHAPE_MIN:g} to {SHAPE_MAX:g}, not {shape:.4g}")


def _named(given: Given) -> str:
    names = [f"'{name}'" for name in given]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"


def _shown(duration_ms: float) -> str:
    return format_duration(round(duration_ms))
