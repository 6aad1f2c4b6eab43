"""Quantiles of the laws of durations at many probabilities at once.

The same formulas as in `laws`, on arrays; apart because it imports numpy, which reading a file must not.
Elements never depend on each other, so any cut of the array gives the same numbers. Values agree with the
scalar ones to a few units in the last place of a float, so to the millisecond once rounded.
"""

from statistics import NormalDist
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.scenario import laws
from bcdr_sim.units import DURATION_MS_MAX

Floats = NDArray[np.float64]


def quantiles(law: laws.Law, u: Floats) -> Floats:
    """Give `law.quantile` at each of `u` (in [0, 1), one dimension), in ms."""
    drawn: Floats
    match law:
        case laws.Fixed(value_ms):
            drawn = np.full(u.shape, float(value_ms))
        case laws.Exponential(mean_ms):
            drawn = -mean_ms * np.log1p(-u)
        case laws.Uniform(low_ms, high_ms):
            drawn = low_ms + u * (high_ms - low_ms)
        case laws.Triangular():
            drawn = _triangular(law, u)
        case laws.Lognormal(mu, sigma):
            drawn = np.exp(mu + sigma * _normal(np.maximum(u, laws.SMALLEST_UNIFORM)))
        case laws.Weibull(shape, scale_ms):
            drawn = scale_ms * (-np.log1p(-u)) ** (1 / shape)
        case laws.Gamma(shape, scale_ms):
            drawn = scale_ms * _gamma_inverse(shape, u)
        case laws.Steps(values_ms, levels):
            drawn = np.array(values_ms, dtype=np.float64)[np.searchsorted(levels, u, side="left")]
        case laws.Mixture():
            drawn = _mixture(law, u)
        case laws.Moved(inner, plus_ms, cap_ms):
            drawn = np.minimum(quantiles(inner, u) + plus_ms, cap_ms)
        case _:
            assert_never(law)
    return drawn


def all_to_ms(durations: Floats) -> NDArray[np.int64]:
    """Give `laws.to_ms` of each duration."""
    return np.floor(np.clip(durations, 0.0, float(DURATION_MS_MAX)) + 0.5).astype(np.int64)


def _normal(u: Floats) -> Floats:
    # The scalar routine element by element: 0.2 us each, exactly the scalar's bits, and no second algorithm.
    return np.fromiter(map(NormalDist().inv_cdf, u.tolist()), dtype=np.float64, count=len(u))


def _triangular(law: laws.Triangular, u: Floats) -> Floats:
    width, rise, fall = law.sides()
    rising = law.low_ms + np.sqrt(u * width * rise)
    return np.where(u * width < rise, rising, law.high_ms - np.sqrt((1 - u) * width * fall))


def _gamma_inverse(shape: float, u: Floats) -> Floats:
    from scipy.special import gammaincinv

    inverse: Floats = gammaincinv(shape, u)
    return inverse


def _mixture(law: laws.Mixture, u: Floats) -> Floats:
    # One draw after the other, 30 us each: mixtures describe what happens once per outage, so few are drawn.
    return np.fromiter(map(law.quantile, u.tolist()), dtype=np.float64, count=len(u))
