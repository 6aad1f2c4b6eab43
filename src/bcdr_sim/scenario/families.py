"""The families of distributions as a scenario file names them: which statistics each may be given by.

One small model per family. Each knows which statistics it may be given and makes its law of them; what fits
no law is refused when the file is read.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bcdr_sim.scenario import laws, parameters
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Duration, PositiveDuration

Values = Annotated[list[Duration], Field(min_length=1)]
"""Durations in ms, at least one."""

_MEAN = Field(
    default=None, description="The mean (the average), longer than the median where the tail is long."
)
_MEDIAN = Field(default=None, description="The median: half of the durations are shorter.")
_P50 = Field(default=None, description="The median, under another name.")
_P75 = Field(default=None, description="75 % of the durations are shorter.")
_P80 = Field(default=None, description="80 % of the durations are shorter.")
_P90 = Field(default=None, description="90 % of the durations are shorter.")
_P95 = Field(default=None, description="95 % of the durations are shorter.")
_P99 = Field(default=None, description="99 % of the durations are shorter.")
_LOW = Field(description="The shortest duration.")
_HIGH = Field(description="The longest duration.")
_SHAPE = Field(
    default=None,
    gt=0,
    description="The shape: below 1 the tail is long, 1 is exponential, above 1 durations are bunched.",
)


class ExponentialStatistics(Model):
    """Exponential, by exactly one statistic."""

    mean: PositiveDuration | None = _MEAN
    median: PositiveDuration | None = _MEDIAN
    p50: PositiveDuration | None = _P50
    p75: PositiveDuration | None = _P75
    p80: PositiveDuration | None = _P80
    p90: PositiveDuration | None = _P90
    p95: PositiveDuration | None = _P95
    p99: PositiveDuration | None = _P99

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Exponential:
        """Make the law with these statistics."""
        return parameters.exponential(_given(self))


class UniformStatistics(Model):
    """Every duration from low to high alike."""

    low: Duration = _LOW
    high: PositiveDuration = _HIGH

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Uniform:
        """Make the law with these statistics."""
        return parameters.uniform(_given(self))


class TriangularStatistics(Model):
    """A triangle from low to high with its peak at mode."""

    low: Duration = _LOW
    mode: Duration = Field(description="The most likely duration.")
    high: PositiveDuration = _HIGH

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Triangular:
        """Make the law with these statistics."""
        return parameters.triangular(_given(self))


class LognormalStatistics(Model):
    """Lognormal, by exactly two statistics: two of mean and the quantiles, or sigma and one of them."""

    median: PositiveDuration | None = _MEDIAN
    mean: PositiveDuration | None = _MEAN
    sigma: float | None = Field(
        default=None,
        gt=0,
        description="The standard deviation of the logarithm of the duration.",
    )
    p50: PositiveDuration | None = _P50
    p75: PositiveDuration | None = _P75
    p80: PositiveDuration | None = _P80
    p90: PositiveDuration | None = _P90
    p95: PositiveDuration | None = _P95
    p99: PositiveDuration | None = _P99

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Lognormal:
        """Make the law with these statistics."""
        return parameters.lognormal(_given(self))


class WeibullStatistics(Model):
    """Weibull, by its shape and one of scale, mean or a quantile, or by two quantiles."""

    shape: float | None = _SHAPE
    scale: PositiveDuration | None = Field(default=None, description="63.2 % of the durations are shorter.")
    mean: PositiveDuration | None = _MEAN
    median: PositiveDuration | None = _MEDIAN
    p50: PositiveDuration | None = _P50
    p75: PositiveDuration | None = _P75
    p80: PositiveDuration | None = _P80
    p90: PositiveDuration | None = _P90
    p95: PositiveDuration | None = _P95
    p99: PositiveDuration | None = _P99

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Weibull:
        """Make the law with these statistics."""
        return parameters.weibull(_given(self))


class GammaStatistics(Model):
    """Gamma, by its mean and its shape or standard deviation."""

    mean: PositiveDuration = Field(description="The mean (the average).")
    shape: float | None = _SHAPE
    standard_deviation: PositiveDuration | None = Field(
        default=None, description="The standard deviation; equal to the mean for an exponential."
    )

    @model_validator(mode="after")
    def _has_a_law(self) -> Self:
        self.law()
        return self

    def law(self) -> laws.Gamma:
        """Make the law with these statistics."""
        return parameters.gamma(_given(self))


class EmpiricalValues(Model):
    """Durations that were observed; each is drawn in proportion to its weight."""

    values: Values = Field(description="The observed durations, in any order.")
    weights: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None = Field(
        default=None, description="How often each value counts; all alike if left out."
    )

    # Not checked by a validator of its own: pydantic would then name this member of a union by the function.
    def law(self) -> laws.Steps:
        """Make the law that draws these values only; raises ValueError unless each value has a weight."""
        return parameters.steps(self.values, self.weights or [1.0] * len(self.values))


def _given(statistics: Model) -> dict[str, float]:
    """Name the statistics a file gives, in the order of the model."""
    named = {name: getattr(statistics, name) for name in type(statistics).model_fields}
    return {name: value for name, value in named.items() if value is not None}
