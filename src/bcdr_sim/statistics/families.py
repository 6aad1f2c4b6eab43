"""The same mean and the same p90 from another family: what a result owes to the choice of a distribution.

Nobody knows the family of an outage's length, and it is a bigger choice than the seed. So a headline is run again with
the lengths exponential, lognormal, Weibull and gamma, same worlds otherwise; a verdict that flips is said to.

Source: row 14 of the statistics.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.parameters import SHAPE_MAX, SHAPE_MIN, SIGMA_MAX
from bcdr_sim.units import format_duration

FAMILIES = ("exponential", "lognormal", "weibull", "gamma")
"""The families that are tried, the one of one parameter first."""

_SCORE_90 = NormalDist().inv_cdf(0.9)
_SHAPE_GRID = [10 ** (step / 50) for step in range(-65, 301)]  # 0.05 to 1e6, fine enough to see the one peak


@dataclass(frozen=True, slots=True)
class Alternative:
    """A distribution of another family. Times are ms.

    `distribution` can stand in a scenario file in place of the original. `mean_ms` and `p90_ms` are its own, so that a
    reader sees what was kept; `note` says what could not be.
    """

    family: str
    distribution: Distribution
    mean_ms: float
    p90_ms: float
    note: str = ""


def alternatives(distribution: Distribution) -> list[Alternative]:
    """Give the four families with the mean of `distribution`, and its p90 where two parameters allow.

    Mean and p90 are of what is drawn, `plus` and `max` included, which the alternatives have no need of. Often two laws
    of a family fit: the one is meant whose median is nearer. Where none does, the one with the nearest p90 is given, and
    the note says so. Raises ValueError where nothing is left to chance: a fixed duration, a trace, recorded numbers, or
    a mean below 1 ms.
    """
    for name in ("fixed", "trace", "recorded"):
        if getattr(distribution, name) is not None:
            raise ValueError(f"'{name}' is not drawn, so it has no family to vary")
    mean_ms, p90_ms, median_ms = (
        distribution.mean_ms(),
        distribution.quantile(0.9),
        distribution.quantile(0.5),
    )
    if mean_ms < 1:
        raise ValueError("a mean below 1 ms has no family to vary")
    mean = format_duration(round(mean_ms))
    found = [_alternative("exponential", {"mean": mean}, p90_ms)]
    ratio, near = p90_ms / mean_ms, median_ms / mean_ms
    sigma = _sigma(ratio, near)
    found.append(_alternative("lognormal", {"mean": mean, "sigma": sigma}, p90_ms))
    for family, quantile in (("weibull", _weibull_quantile), ("gamma", _gamma_quantile)):
        shape = _shape(quantile, ratio, near)
        found.append(_alternative(family, {"mean": mean, "shape": shape}, p90_ms))
    return found


def flipped(verdicts: Mapping[str, Any], *, base: str) -> list[str]:
    """Name the alternatives whose verdict differs from that of `base`; a result with any needs a banner.

    Raises ValueError if `base` has no verdict.
    """
    if base not in verdicts:
        raise ValueError(f"no verdict of '{base}' among {', '.join(verdicts)}")
    return [name for name, verdict in verdicts.items() if verdict != verdicts[base]]


def _alternative(family: str, statistics: dict[str, Any], p90_ms: float) -> Alternative:
    made = Distribution.model_validate({family: statistics})
    reached = made.quantile(0.9)
    note = ""
    if abs(reached / max(p90_ms, 1.0) - 1) > 1e-3:
        kept = (
            "has one parameter, so only the mean is kept"
            if family == "exponential"
            else "has no such mean and p90"
        )
        note = f"{family} {kept}: its p90 is {_shown(reached)}, not {_shown(p90_ms)}"
    return Alternative(family, made, made.mean_ms(), reached, note)


def _shown(duration_ms: float) -> str:
    """A duration for reading: to the second if it has any."""
    return format_duration(round(duration_ms / 1000) * 1000 if duration_ms >= 10_000 else round(duration_ms))


def _sigma(ratio: float, near: float) -> float:
    """With z the score of .9: ln(p90 / mean) = z * sigma - sigma**2 / 2; at most z**2 / 2, at sigma = z."""
    square = _SCORE_90**2 - 2 * math.log(ratio) if ratio > 0 else math.inf
    if square <= 0:
        return _SCORE_90
    candidates = [
        sigma for sigma in (_SCORE_90 - math.sqrt(square), _SCORE_90 + math.sqrt(square)) if sigma > 0
    ]
    return min(SIGMA_MAX, min(candidates, key=lambda sigma: abs(math.exp(-(sigma**2) / 2) - near)))


def _shape(quantile: Callable[[float, float], float], ratio: float, near: float) -> float:
    """The shape at which quantile .9 of the law of mean 1 is `ratio`; over shapes it rises to one peak and falls."""
    from scipy.optimize import brentq

    heights = [quantile(shape, 0.9) for shape in _SHAPE_GRID]
    peak = max(range(len(heights)), key=heights.__getitem__)
    if ratio >= heights[peak]:
        return _SHAPE_GRID[peak]
    candidates = []
    for low, high in ((SHAPE_MIN, _SHAPE_GRID[peak]), (_SHAPE_GRID[peak], SHAPE_MAX)):
        if (quantile(low, 0.9) - ratio) * (quantile(high, 0.9) - ratio) < 0:
            root = brentq(
                lambda at: quantile(math.exp(at), 0.9) - ratio, math.log(low), math.log(high), xtol=1e-13
            )
            candidates.append(math.exp(root))
        else:  # the law that fits is too extreme to be drawn from: the outermost one stands for it
            candidates.append(low if low == SHAPE_MIN else high)
    return min(candidates, key=lambda shape: abs(quantile(shape, 0.5) - near))


def _weibull_quantile(shape: float, u: float) -> float:
    return math.exp(math.log(-math.log1p(-u)) / shape - math.lgamma(1 + 1 / shape))


def _gamma_quantile(shape: float, u: float) -> float:
    from scipy.special import gammaincinv

    return float(gammaincinv(shape, u)) / shape
