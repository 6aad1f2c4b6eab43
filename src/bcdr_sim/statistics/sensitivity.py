"""Which inputs a result depends on: one at a time, and all together.

Both run every design point in the same worlds (same seeds), so a difference between two points is the inputs' doing.
What remains of chance is shown by repeats with other seeds: an index below that floor is noise, and indices of noise
are the usual way to be wrong about sensitivity.

Source: row 15 of the statistics; A. Saltelli et al., "Variance based sensitivity analysis of model output", 2010;
`scipy.stats.sobol_indices`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bcdr_sim.draws import Draws, entity_key, member_keys
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import mean
from bcdr_sim.statistics.paired import paired_difference
from bcdr_sim.statistics.sample import Floats, mean_of, numbers, require_count


@dataclass(frozen=True, slots=True)
class Index:
    """How much of the variance of a result is one input's: `first` by itself, `total` with all it interacts with.

    `noise_floor` is the larger half-width of the two, None with one repeat; `is_above_noise` says whether `total` is
    surely more than 0.
    """

    name: str
    first: Estimate
    total: Estimate
    noise_floor: float | None
    is_above_noise: bool


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input does to a result, from its low and from its high value: paired differences from the base.

    `size` is the larger of the two in absolute value.
    """

    name: str
    low: Estimate
    high: Estimate
    size: float


def sobol_design(input_count: int, point_count: int, *, seed: int = 0) -> Floats:
    """Give the points at which to run, a row each with one number in [0, 1) per input, to be made inputs by inversion.

    `point_count` (n) is a power of 2; there are n * (inputs + 2) rows: A, B, then A with each column of B in turn, the
    order that `sobol_indices` reads. Sobol's sequence, shifted by a random vector of `seed` (Cranley and Patterson).
    """
    from scipy.stats import qmc

    require_count(input_count, name="input_count", least=1)
    require_count(point_count, name="point_count", least=2)
    if point_count & (point_count - 1):
        raise ValueError(f"point_count: a power of 2, not {point_count}")
    sequence = qmc.Sobol(2 * input_count, scramble=False).random(point_count)
    shift = Draws(seed, 0).uniforms("sobol", member_keys(entity_key("sobol"), 2 * input_count))
    both = (sequence + shift) % 1.0
    a, b = both[:, :input_count], both[:, input_count:]
    mixed = []
    for column in range(input_count):
        one = a.copy()
        one[:, column] = b[:, column]
        mixed.append(one)
    return np.concatenate([a, b, *mixed])


def sobol_indices(names: Sequence[str], repeats: Sequence[Any], *, level: float = 0.95) -> list[Index]:
    """Compute the indices of the inputs, in their order, from results at the rows of a `sobol_design`.

    Each of `repeats` holds one result per row, from its own seed (of design and worlds alike, the same worlds at every
    row); the intervals are t intervals over repeats. With one repeat there is none, and nothing is above the noise. A
    result that does not vary has no indices. Raises ValueError for a wrong number of results.
    """
    input_count, found = len(names), []
    for at, repeat in enumerate(repeats):
        results = numbers(repeat, name=f"repeats[{at}]", allow_unbounded=False)
        n = len(results) // (input_count + 2)
        if n < 2 or n & (n - 1) or n * (input_count + 2) != len(results):
            raise ValueError(
                f"repeats[{at}]: n * {input_count + 2} results with n a power of 2, not {len(results)}"
            )
        found.append(_indices(results, n))
    if not found:
        raise ValueError("repeats: one or more")
    varying = [one for one in found if one is not None]
    indices = []
    for column, name in enumerate(names):
        first, total = (
            _over_repeats([one[kind][column] for one in varying], len(found), level=level) for kind in (0, 1)
        )
        widths = [one.half_width for one in (first, total) if one.half_width is not None]
        is_above = total.low is not None and total.low > 0
        indices.append(Index(name, first, total, max(widths) if widths else None, is_above))
    return indices


def tornado(base: Any, ends: Mapping[str, tuple[Any, Any]], *, level: float = 0.95) -> list[Swing]:
    """Compare each input's low and high end with the base, in the same replications; the largest swing first.

    `ends` gives, for each input, one value per replication with the input low and with it high. An input whose two
    intervals hold 0 does nothing that could be seen. Source: rows 11 and 15 of the statistics.
    """
    swings = []
    for name, (low_values, high_values) in ends.items():
        low, high = (
            paired_difference(values, base, level=level).difference for values in (low_values, high_values)
        )
        size = max((abs(one.value) for one in (low, high) if one.value is not None), default=0.0)
        swings.append(Swing(name, low, high, size))
    return sorted(swings, key=lambda swing: (-swing.size, swing.name))


def _indices(results: Floats, n: int) -> tuple[list[float], list[float]] | None:
    from scipy import stats

    if bool((results == results[0]).all()) or float(np.ptp(results[: 2 * n])) == 0:
        return None
    a, b, mixed = results[:n], results[n : 2 * n], results[2 * n :].reshape(-1, 1, n)
    input_count = len(mixed)
    if (
        input_count == 1
    ):  # scipy needs two; a second input that does nothing leaves the results of A as they are
        mixed = np.concatenate([mixed, a.reshape(1, 1, n)])
    # Centred, since the estimate of the first index has a spread that grows with the mean.
    middle = mean_of(results[: 2 * n])
    outputs = {"f_A": (a - middle)[np.newaxis], "f_B": (b - middle)[np.newaxis], "f_AB": mixed - middle}
    answer = stats.sobol_indices(func=outputs, n=n)
    first, total = np.ravel(answer.first_order).tolist(), np.ravel(answer.total_order).tolist()
    return first[:input_count], total[:input_count]


def _over_repeats(values: list[float], repeat_count: int, *, level: float) -> Estimate:
    if not values:
        return Estimate(None, None, None, repeat_count, level, "Sobol", note="the result does not vary")
    found = mean(values, level=level)
    note = "one repeat: the noise is not known" if len(values) == 1 else ""
    return Estimate(
        found.value, found.low, found.high, len(values), level, "Sobol, t over repeats", note=note
    )
