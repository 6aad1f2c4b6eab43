"""Laws of durations: for each family, the value at a probability, the probability of a value, and the mean.

Rules of the file:

* everything is a float of milliseconds; rounding to whole milliseconds happens once, in `to_ms`;
* `quantile(u)`, for u in [0, 1), is the least x with `cdf(x) >= u`, so a uniform number becomes a draw by
  inversion, and a larger u never gives a shorter duration;
* `cdf(x)` is the probability of a duration of at most x;
* `mean_capped(cap)` is the exact mean of min(duration, cap) for a cap above 0; without a cap it is the mean.

The formulas for means cut at a cap are integrals of 1 - cdf from 0 to the cap.
Parameters are taken as right: `parameters` makes laws out of named statistics and refuses what fits none.
"""

# ruff: noqa: D102 (the three questions every law answers are explained above, once)

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from statistics import NormalDist

from bcdr_sim.units import DURATION_MS_MAX

SMALLEST_UNIFORM = 2.0**-54
"""What a lognormal reads instead of 0, where it has no quantile: half the smallest step of a draw."""

QUANTILE_TOLERANCE_MS = 1e-6
"""How closely the quantile of a mixture is bracketed."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always `value_ms`."""

    value_ms: float

    def quantile(self, u: float) -> float:
        return self.value_ms

    def cdf(self, x: float) -> float:
        return 1.0 if x >= self.value_ms else 0.0

    def mean_capped(self, cap: float = math.inf) -> float:
        return min(self.value_ms, cap)


@dataclass(frozen=True, slots=True)
class Exponential:
    """No memory: what has lasted long is no nearer to its end. `mean_ms` is above 0."""

    mean_ms: float

    def quantile(self, u: float) -> float:
        return -self.mean_ms * math.log1p(-u)

    def cdf(self, x: float) -> float:
        return -math.expm1(-max(x, 0.0) / self.mean_ms)

    def mean_capped(self, cap: float = math.inf) -> float:
        return self.mean_ms * self.cdf(cap)


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything from `low_ms` to `high_ms` alike; low is below high."""

    low_ms: float
    high_ms: float

    def quantile(self, u: float) -> float:
        return self.low_ms + u * (self.high_ms - self.low_ms)

    def cdf(self, x: float) -> float:
        return min(max((x - self.low_ms) / (self.high_ms - self.low_ms), 0.0), 1.0)

    def mean_capped(self, cap: float = math.inf) -> float:
        reached = min(max(cap, self.low_ms), self.high_ms)
        below = (reached**2 - self.low_ms**2) / 2 / (self.high_ms - self.low_ms)
        return below + (min(cap, reached) * (1 - self.cdf(reached)) if reached < self.high_ms else 0.0)


@dataclass(frozen=True, slots=True)
class Triangular:
    """From `low_ms` to `high_ms`, most likely around `mode_ms`; low <= mode <= high and low is below high."""

    low_ms: float
    mode_ms: float
    high_ms: float

    def quantile(self, u: float) -> float:
        width, rise, fall = self.sides()
        if u * width < rise:
            return self.low_ms + math.sqrt(u * width * rise)
        return self.high_ms - math.sqrt((1 - u) * width * fall)

    def cdf(self, x: float) -> float:
        width, rise, fall = self.sides()
        if x <= self.low_ms:
            return 0.0
        if x >= self.high_ms:
            return 1.0
        if x < self.mode_ms:
            return (x - self.low_ms) ** 2 / (width * rise)
        return 1 - (self.high_ms - x) ** 2 / (width * fall)

    def mean_capped(self, cap: float = math.inf) -> float:
        width, rise, fall = self.sides()
        mean = (self.low_ms + self.mode_ms + self.high_ms) / 3
        if cap <= self.low_ms:
            return cap
        if cap >= self.high_ms:
            return mean
        if cap < self.mode_ms:
            return cap - (cap - self.low_ms) ** 3 / (3 * width * rise)
        return mean - (self.high_ms - cap) ** 3 / (3 * width * fall)

    def sides(self) -> tuple[float, float, float]:
        return self.high_ms - self.low_ms, self.mode_ms - self.low_ms, self.high_ms - self.mode_ms


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The logarithm of the duration in ms is normal with mean `mu` and standard deviation `sigma` above 0.

    Its median is exp(mu) and its mean exp(mu + sigma**2 / 2): the mean is the longer one.
    """

    mu: float
    sigma: float

    def quantile(self, u: float) -> float:
        return math.exp(self.mu + self.sigma * _NORMAL.inv_cdf(max(u, SMALLEST_UNIFORM)))

    def cdf(self, x: float) -> float:
        return _NORMAL.cdf((math.log(x) - self.mu) / self.sigma) if x > 0 else 0.0

    def mean_capped(self, cap: float = math.inf) -> float:
        mean = math.exp(self.mu + self.sigma**2 / 2)
        if cap == math.inf:
            return mean
        score = (math.log(cap) - self.mu) / self.sigma
        return mean * _NORMAL.cdf(score - self.sigma) + cap * _NORMAL.cdf(-score)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Survival to x is exp(-(x / scale)**shape): below shape 1 what has lasted long goes on long."""

    shape: float
    scale_ms: float

    def quantile(self, u: float) -> float:
        return self.scale_ms * float((-math.log1p(-u)) ** (1 / self.shape))

    def cdf(self, x: float) -> float:
        return -math.expm1(-self._hazard(x))

    def mean_capped(self, cap: float = math.inf) -> float:
        mean = self.scale_ms * math.gamma(1 + 1 / self.shape)
        if cap == math.inf:
            return mean
        from scipy.special import gammainc

        hazard = self._hazard(cap)
        return mean * float(gammainc(1 + 1 / self.shape, hazard)) + cap * math.exp(-hazard)

    def _hazard(self, x: float) -> float:
        return float((max(x, 0.0) / self.scale_ms) ** self.shape)


@dataclass(frozen=True, slots=True)
class Gamma:
    """For a whole `shape` the sum of so many exponential steps of mean `scale_ms`; any shape above 0 is a gamma."""

    shape: float
    scale_ms: float

    def quantile(self, u: float) -> float:
        from scipy.special import gammaincinv

        return self.scale_ms * float(gammaincinv(self.shape, u))

    def cdf(self, x: float) -> float:
        from scipy.special import gammainc

        return float(gammainc(self.shape, max(x, 0.0) / self.scale_ms))

    def mean_capped(self, cap: float = math.inf) -> float:
        mean = self.shape * self.scale_ms
        if cap == math.inf:
            return mean
        from scipy.special import gammainc, gammaincc

        steps = cap / self.scale_ms
        return mean * float(gammainc(self.shape + 1, steps)) + cap * float(gammaincc(self.shape, steps))


@dataclass(frozen=True, slots=True)
class Steps:
    """Listed values: `values_ms` rising, `levels` the cdf at each of them, the last exactly 1."""

    values_ms: tuple[float, ...]
    levels: tuple[float, ...]

    def quantile(self, u: float) -> float:
        return self.values_ms[bisect_left(self.levels, u)]

    def cdf(self, x: float) -> float:
        reached = bisect_right(self.values_ms, x)
        return self.levels[reached - 1] if reached else 0.0

    def mean_capped(self, cap: float = math.inf) -> float:
        lower = (0.0, *self.levels)
        weights = (level - below for level, below in zip(self.levels, lower, strict=False))
        return math.fsum(
            min(value, cap) * weight for value, weight in zip(self.values_ms, weights, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Mixture:
    """One of `parts`, each (share, law), the shares adding up to 1."""

    parts: "tuple[tuple[float, Law], ...]"

    def quantile(self, u: float) -> float:
        # The quantile lies between the least and the greatest quantile of the parts: halve from there.
        ends = [law.quantile(u) for _, law in self.parts]
        low, high = min(ends), max(ends)
        if self.cdf(low) >= u:
            return low
        while high - low > QUANTILE_TOLERANCE_MS:
            middle = (low + high) / 2
            if not low < middle < high:
                break
            if self.cdf(middle) >= u:
                high = middle
            else:
                low = middle
        # What has a probability of its own stands at a whole millisecond: name it exactly.
        whole = float(round(high))
        return whole if low < whole <= high else high

    def cdf(self, x: float) -> float:
        return sum(share * law.cdf(x) for share, law in self.parts)

    def mean_capped(self, cap: float = math.inf) -> float:
        return sum(share * law.mean_capped(cap) for share, law in self.parts)


@dataclass(frozen=True, slots=True)
class Moved:
    """The durations of `law`, each `plus_ms` longer, then cut at `cap_ms`."""

    law: "Law"
    plus_ms: float
    cap_ms: float = math.inf

    def quantile(self, u: float) -> float:
        return min(self.law.quantile(u) + self.plus_ms, self.cap_ms)

    def cdf(self, x: float) -> float:
        return 1.0 if x >= self.cap_ms else self.law.cdf(x - self.plus_ms)

    def mean_capped(self, cap: float = math.inf) -> float:
        cap = min(cap, self.cap_ms)
        return cap if cap <= self.plus_ms else self.plus_ms + self.law.mean_capped(cap - self.plus_ms)


Law = Fixed | Exponential | Uniform | Triangular | Lognormal | Weibull | Gamma | Steps | Mixture | Moved
"""Every law there is."""


def to_ms(duration: float) -> int:
    """Round to the nearest whole millisecond, halves up, and keep within 0 and 100 years (`DURATION_MS_MAX`).

    `duration` is in ms and may be infinite.
    """
    return math.floor(min(max(duration, 0.0), float(DURATION_MS_MAX)) + 0.5)
