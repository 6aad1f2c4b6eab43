"""Distributions from a sample of durations, some only known to be longer: four families, compared, with what is not known.

Fits are by maximum likelihood (scipy, right-censored); families are compared by Akaike's criterion and by the quantile in
which they are farthest from the product-limit estimate. What is not known of the parameters comes from samples of the fit,
as many durations as there are, fitted again: how far each lies from the fit, the fit lies from the truth, measured in
spreads. For exponential, lognormal and Weibull laws without censoring that is exact for any number of incidents, if the
family is right; incidents drawn again with replacement say far too little of a handful.

Source: rows 12 to 14 of the statistics; E. Kaplan and P. Meier, 1958; H. Akaike, 1974; J. Lawless, "Statistical models and
methods for lifetime data", 2nd edition, 2003, section 5.2, pivotal quantities of log-location-scale laws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from bcdr_sim.draws import Draws
from bcdr_sim.importers.incident_list import Sample
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.statistics.families import FAMILIES
from bcdr_sim.statistics.resampling import percentile_ends
from bcdr_sim.units import format_duration

LEAST_COUNT: Final = 3
"""So many different complete durations a fit needs. Assumption: two parameters of two values are no finding."""

FITTED_SHARE: Final = 0.9
"""So many of the samples must be fitted for an interval. Assumption: those that cannot be are the odd ones."""

CHECKED: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
"""The quantiles in which a family is compared with what was observed."""

Parameters = tuple[float, float]
"""Shape and scale, the scale in milliseconds; of an exponential the shape is 1, of a lognormal it is sigma."""


@dataclass(frozen=True, slots=True)
class Known:
    """A statistic in milliseconds, or without a unit, with its 95 % interval if that is known."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """A family fitted to a sample. `distance` is the largest factor between an observed and a fitted quantile, 1 at best.

    `pasted` is the distribution as a scenario says it.
    """

    family: str
    parameters: Parameters
    aic: float
    distance: float | None
    pasted: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a sample says: its fits, the best first, and how well the best one's statistics are known.

    `zero_count` durations are 0 and stand beside the fit; without fits, `refusal` says why. `resampled` are parameters of
    the best family that the truth might have, one for each sample of the fit; none if too few of the samples could be
    fitted, which `unknown` then says.
    """

    sample: Sample
    zero_count: int
    fits: tuple[Fit, ...]
    known: tuple[Known, ...] = ()
    resampled: tuple[Parameters, ...] = ()
    refusal: str = ""
    unknown: str = ""

    @property
    def resample_count(self) -> int:
        """How many samples of the fit say how well it is known."""
        return len(self.resampled)

    @property
    def pasted(self) -> dict[str, Any]:
        """The distribution to paste, with the share of zeros."""
        return self._with_zeros(dict(self.fits[0].pasted))

    def drawn(self) -> list[dict[str, Any]]:
        """What else the distribution might be, one for each sample; those left out that a scenario cannot hold."""
        laws = [_pasted(self.fits[0].family, parameters) for parameters in self.resampled]
        return [self._with_zeros(law) for law in laws if law is not None]

    def _with_zeros(self, best: dict[str, Any]) -> dict[str, Any]:
        if not self.zero_count:
            return best
        share = round(self.zero_count / len(self.sample.values_ms), 6)
        return {"mixture": [{"share": share, "of": "0s"}, {"share": round(1 - share, 6), "of": best}]}


def calibrated(sample: Sample, *, resample_count: int) -> Calibrated:
    """Return the fits of a sample, the one of the least criterion first."""
    pairs = [pair for pair in zip(sample.values_ms, sample.is_censored, strict=True) if pair[0] > 0]
    zero_count = len(sample.values_ms) - len(pairs)
    complete = {value for value, is_censored in pairs if not is_censored}
    if len(complete) < LEAST_COUNT:
        refusal = f"{len(complete)} different complete durations; a fit needs {LEAST_COUNT}"
        return Calibrated(sample, zero_count, (), refusal=refusal)
    values = [value for value, _ in pairs]
    censored = [is_censored for _, is_censored in pairs]
    found = [_fit(family, values, censored) for family in FAMILIES]
    fits = sorted((fit for fit in found if fit is not None), key=lambda fit: fit.aic)
    if not fits:
        return Calibrated(sample, zero_count, (), refusal="no family can be fitted that a scenario can hold")
    resampled = _resampled(fits[0], values, censored, resample_count=resample_count)
    unknown = ""
    if len(resampled) < FITTED_SHARE * resample_count:
        unknown = f"only {len(resampled)} of {resample_count} samples of the fit can be fitted again"
        resampled = ()
    return Calibrated(sample, zero_count, tuple(fits), _known(fits[0], resampled), resampled, unknown=unknown)


def _fit(family: str, values: Sequence[float], censored: Sequence[bool]) -> Fit | None:
    """Return the fit of a family; None for one that a scenario cannot hold."""
    parameters = _parameters(family, values, censored)
    if parameters is None:
        return None
    pasted = _pasted(family, parameters)
    if pasted is None:
        return None
    parameter_count = 1 if family == "exponential" else 2
    aic = 2 * parameter_count - 2 * _log_likelihood(family, parameters, values=values, censored=censored)
    return Fit(
        family, parameters, aic, _distance(family, parameters, values=values, censored=censored), pasted
    )


def _law(family: str, parameters: Parameters) -> Any:
    """Return the frozen law of scipy."""
    from scipy import stats

    shape, scale = parameters
    match family:
        case "exponential":
            return stats.expon(scale=scale)
        case "lognormal":
            return stats.lognorm(shape, scale=scale)
        case "weibull":
            return stats.weibull_min(shape, scale=scale)
        case _:
            return stats.gamma(shape, scale=scale)


def _parameters(family: str, values: Sequence[float], censored: Sequence[bool]) -> Parameters | None:
    """Return the parameters of greatest likelihood; None if there are none."""
    import numpy as np
    from scipy import stats

    complete_count = len(values) - sum(censored)
    if complete_count < LEAST_COUNT or len(set(values)) < LEAST_COUNT:
        return None
    if family == "exponential":
        return 1.0, sum(values) / complete_count
    unit = sum(values) / len(values)  # so that the search begins near 1, whatever the durations are
    scaled = np.asarray(values, dtype=float) / unit
    flags = np.asarray(censored, dtype=bool)
    data = stats.CensoredData(uncensored=scaled[~flags], right=scaled[flags]) if flags.any() else scaled
    law = {"lognormal": stats.lognorm, "weibull": stats.weibull_min, "gamma": stats.gamma}[family]
    try:
        with np.errstate(all="ignore"):
            shape, _, scale = law.fit(data, floc=0)
    except (stats.FitError, ValueError, FloatingPointError):
        return None
    found = float(shape), float(scale) * unit
    return found if all(math.isfinite(each) and each > 0 for each in found) else None


def _log_likelihood(
    family: str, parameters: Parameters, *, values: Sequence[float], censored: Sequence[bool]
) -> float:
    import numpy as np

    law = _law(family, parameters)
    flags = np.asarray(censored, dtype=bool)
    every = np.asarray(values, dtype=float)
    return float(law.logpdf(every[~flags]).sum() + law.logsf(every[flags]).sum())


def _distance(
    family: str, parameters: Parameters, *, values: Sequence[float], censored: Sequence[bool]
) -> float | None:
    """Return the largest factor between observed and fitted quantiles; None if the record reaches none of them."""
    law = _law(family, parameters)
    observed = {q: observed_quantile(values, censored, q) for q in CHECKED}
    factors = [abs(math.log(seen / float(law.ppf(q)))) for q, seen in observed.items() if seen is not None]
    return math.exp(max(factors)) if factors else None


def observed_quantile(values: Sequence[float], censored: Sequence[bool], q: float) -> float | None:
    """Return the quantile of the product-limit estimate; None where the record ends before it is reached."""
    at_risk = len(values)
    surviving = 1.0
    for value, is_censored in sorted(zip(values, censored, strict=True)):
        if not is_censored:
            surviving *= (at_risk - 1) / at_risk
            if 1 - surviving >= q - 1e-12:
                return value
        at_risk -= 1
    return None


def _statistics(family: str, parameters: Parameters) -> dict[str, float]:
    """Return the statistics by which a scenario names a law: durations in milliseconds, a shape without a unit."""
    shape, scale = parameters
    law = _law(family, parameters)
    match family:
        case "exponential":
            return {"mean": scale}
        case "lognormal":
            return {"median": float(law.median()), "p90": float(law.ppf(0.9))}
        case "weibull":
            return {"shape": shape, "scale": scale}
        case _:
            return {"mean": float(law.mean()), "shape": shape}


def _pasted(family: str, parameters: Parameters) -> dict[str, Any] | None:
    """Return a law as a scenario says it; None if a scenario cannot hold it."""
    told = {
        name: round(value, 4) if name == "shape" else format_duration(rounded_ms(value))
        for name, value in _statistics(family, parameters).items()
    }
    try:
        Distribution.model_validate({family: told})
    except (ValidationError, ValueError, OverflowError):
        return None
    return {family: told}


def rounded_ms(value_ms: float) -> int:
    """Return a duration to three digits or so: to the second above ten seconds, to the minute above ten hours."""
    for step_ms, above_ms in ((60_000, 36_000_000), (1_000, 10_000)):
        if value_ms >= above_ms:
            return round(value_ms / step_ms) * step_ms
    return max(1, round(value_ms))


def _resampled(
    best: Fit, values: Sequence[float], censored: Sequence[bool], *, resample_count: int
) -> tuple[Parameters, ...]:
    """Return what the parameters might be, for every sample of the fit that can be fitted.

    Assumption: who is open is seen no longer in a sample, and who is over would have been seen to any end.
    """
    import numpy as np

    draws = Draws(0, 0)
    law = _law(best.family, best.parameters)
    limits = np.where(censored, values, np.inf)
    keys = np.arange(len(values), dtype=np.uint64)
    found = []
    for number in range(resample_count):
        lengths = law.ppf(draws.uniforms("calibrate", keys, np.full(len(values), number)))
        seen = np.maximum(1, np.rint(np.minimum(lengths, limits))).tolist()
        other = _parameters(best.family, seen, (lengths > limits).tolist())
        if other is not None:
            found.append(_turned(best.family, best.parameters, other))
    return tuple(found)


def _turned(family: str, fitted: Parameters, other: Parameters) -> Parameters:
    """Return the parameters that lie from the fit as the fit lies from a sample of it: `other`, in spreads of `other`.

    The spread of the logarithms is the shape of a lognormal, 1 by the shape of a Weibull law; of a gamma law it is taken for
    1 by the root of the shape, and the mean for its place. Assumption: that is near enough.
    """
    match family:
        case "exponential":
            return 1.0, fitted[1] ** 2 / other[1]
        case "lognormal":
            wider = fitted[0] / other[0]
            return fitted[0] * wider, fitted[1] * (fitted[1] / other[1]) ** wider
        case "weibull":
            wider = other[0] / fitted[0]
            return fitted[0] / wider, fitted[1] * (fitted[1] / other[1]) ** wider
        case _:
            wider = math.sqrt(other[0] / fitted[0])
            shape = fitted[0] / wider**2
            mean, other_mean = fitted[0] * fitted[1], other[0] * other[1]
            return shape, mean * (mean / other_mean) ** wider / shape


def _known(best: Fit, resampled: Sequence[Parameters]) -> tuple[Known, ...]:
    """Return the statistics of the best fit with their intervals."""
    import numpy as np

    told = _statistics(best.family, best.parameters)
    if not resampled:
        return tuple(Known(name, value, None, None) for name, value in told.items())
    drawn = [_statistics(best.family, parameters) for parameters in resampled]
    ends = {
        name: percentile_ends(np.asarray([each[name] for each in drawn], dtype=float), level=0.95)
        for name in told
    }
    return tuple(Known(name, value, *ends[name]) for name, value in told.items())
