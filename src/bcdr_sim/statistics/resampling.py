"""Which replications a resample holds, by address: the same for every machine, library version and number of workers.

Replications are drawn with replacement, never incidents: incidents of one replication share its outages. What is wanted
of a resample is how often each replication is in it, a row of whole numbers that sum to n.

Source: B. Efron, R. Tibshirani, "An introduction to the bootstrap", 1993, percentile intervals; row 6 of the statistics:
resample replications, not incidents.
"""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.draws import Draws
from bcdr_sim.statistics.sample import Floats, require_count, require_share

RESAMPLES = 1000
"""How many resamples an interval is taken from, unless told otherwise."""

UNIT_MAX = 1000
"""More replications than this are put together, in order, into so many batches, and batches are resampled.

Assumption: replications are exchangeable, so batches of them are; a thousand tell the spread to 2 %.
"""

_CELLS = 4_000_000  # numbers held at a time: 32 MB


def units_of(replication_count: int) -> tuple[int, NDArray[np.int64]]:
    """Give the number of units that are resampled, and the unit of each replication."""
    count = min(replication_count, UNIT_MAX)
    return count, np.arange(replication_count, dtype=np.int64) * count // max(1, replication_count)


def multiplicities(
    unit_count: int, *, resample_count: int = RESAMPLES, row_cells: int = 0, seed: int = 0
) -> Iterator[NDArray[np.int64]]:
    """Give blocks of resamples, a row each: how often each of `unit_count` units is in it.

    Each row sums to `unit_count`. `row_cells` is how many numbers the caller makes of one row, which keeps the blocks
    small; the rows are the same for any. Raises ValueError without a unit or a resample.
    """
    require_count(unit_count, name="unit_count", least=1)
    require_count(resample_count, name="resample_count", least=1)
    rows = max(1, _CELLS // max(unit_count, row_cells))
    draws = Draws(seed, 0)
    for first in range(0, resample_count, rows):
        count = min(rows, resample_count - first)
        keys = np.tile(np.arange(unit_count, dtype=np.uint64), count)
        ordinals = np.repeat(np.arange(first, first + count), unit_count)
        drawn = (draws.uniforms("resample", keys, ordinals) * unit_count).astype(np.int64)
        drawn += np.repeat(np.arange(count) * unit_count, unit_count)
        yield np.bincount(drawn, minlength=count * unit_count).reshape(count, unit_count)


def percentile_ends(resampled: Floats, *, level: float) -> tuple[float | None, float | None]:
    """Give the ends that hold `level` of the resampled values between them; an end may be `inf`, without values None."""
    tail = (1 - require_share(level, name="level")) / 2
    if len(resampled) == 0:
        return None, None
    ordered = np.sort(resampled)
    last = len(ordered) - 1
    return float(ordered[math.floor(tail * last)]), float(ordered[math.ceil((1 - tail) * last)])
