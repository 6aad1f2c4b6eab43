"""Random numbers of the statistics tests, by address, and the interval in which a measured coverage must lie."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bcdr_sim.draws import Draws, entity_key, member_keys

SURE = 0.999
"""How sure the interval around a measured coverage is."""


def uniforms(name: str, *shape: int) -> NDArray[np.float64]:
    """Numbers in [0, 1) that depend on the name and the shape alone."""
    count = int(np.prod(shape))
    return Draws(20, 0).uniforms(name, member_keys(entity_key(name), count)).reshape(shape)


def exponentials(name: str, *shape: int) -> NDArray[np.float64]:
    """Exponential lengths of mean 1."""
    return -np.log1p(-uniforms(name, *shape))


def is_coverage(hits: int, repeats: int, *, low: float, high: float | None = None) -> bool:
    """Whether so many hits are what a coverage between `low` and `high` gives."""
    least = stats.binom.ppf((1 - SURE) / 2, repeats, low)
    most = stats.binom.ppf((1 + SURE) / 2, repeats, low if high is None else high)
    return bool(least <= hits <= most)
