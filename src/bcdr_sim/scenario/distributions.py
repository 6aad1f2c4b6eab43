"""Durations that are not known beforehand, as a scenario file writes them: by named statistics.

A distribution is a plain duration (`8m`: always that long) or a map with exactly one family in it:

    lasts: {lognormal: {median: 4h40m, p90: 22h45m}}
    first_response: {exponential: {mean: 20m}, plus: 5m, max: 60m}

`plus` is added to every draw, then `max` cuts it. A number becomes a draw by inversion: one uniform number,
one duration, rounded once to whole milliseconds. Two families hold numbers already known and follow the ordinal
of the draw instead of chance: `trace` (one list for everybody) and `recorded` (a list per name).

Arrays need numpy, which is imported only when somebody draws many at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from bcdr_sim.scenario import families, laws, parameters
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Duration, PositiveDuration, Share, format_duration, parse_duration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAMILIES = (
    "fixed",
    "exponential",
    "uniform",
    "triangular",
    "lognormal",
    "weibull",
    "gamma",
    "empirical",
    "trace",
    "mixture",
    "recorded",
)
"""The keys of which a distribution has exactly one."""

SHARE_TOLERANCE = 1e-9
"""How far from 1 the shares of a mixture may add up, since thirds have no exact decimal."""


class Distribution(Model):
    """How long something takes: a fixed duration, or a family of durations given by named statistics.

    Draws are whole milliseconds, 0 to 100 years. A mean or quantile is that of the law before rounding.
    """

    fixed: Duration | None = Field(default=None, description="Always this long; `8m` alone means the same.")
    exponential: families.ExponentialStatistics | None = Field(
        default=None, description="Exponential: no memory. {mean: 4h}, or median, or p90."
    )
    uniform: families.UniformStatistics | None = Field(
        default=None, description="Anything between two durations alike. {low: 1m, high: 10m}."
    )
    triangular: families.TriangularStatistics | None = Field(
        default=None, description="Low, most likely and high. {low: 30m, mode: 60m, high: 90m}."
    )
    lognormal: families.LognormalStatistics | None = Field(
        default=None,
        description="Most are short, some very long. {median: 8m, p90: 42m}, or any two statistics.",
    )
    weibull: families.WeibullStatistics | None = Field(
        default=None, description="{shape: 0.7, scale: 30h}, or shape and mean or median, or two quantiles."
    )
    gamma: families.GammaStatistics | None = Field(
        default=None, description="{shape: 2, mean: 4h}, or mean and standard_deviation."
    )
    empirical: families.Values | families.EmpiricalValues | None = Field(
        default=None,
        description="Observed durations, drawn alike: [8m, 20m], or {values: [...], weights: [...]}.",
    )
    trace: families.Values | None = Field(
        default=None,
        description="These durations one after the other; the last one repeats when they run out.",
    )
    mixture: list[MixturePart] | None = Field(
        default=None,
        description="One of several distributions. [{share: 0.9, of: {...}}, {share: 0.1, of: {...}}].",
    )
    recorded: RecordedValues | None = Field(
        default=None, description="The numbers of one replication, by name, as `freeze` writes them."
    )
    plus: Duration | None = Field(default=None, description="Added to every draw.")
    max: PositiveDuration | None = Field(default=None, description="The longest draw, `plus` included.")

    @model_validator(mode="before")
    @classmethod
    def _read_plain_duration(cls, given: Any) -> Any:
        if isinstance(given, dict | Distribution):
            return given
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise ValueError(
                "a distribution is a duration like 8m, or a map like {lognormal: {median: 8m, p90: 42m}}"
            )
        parse_duration(str(given))
        return {"fixed": given}

    @model_validator(mode="after")
    def _has_one_family(self) -> Self:
        names = [f"'{name}'" for name in FAMILIES if getattr(self, name) is not None]
        if len(names) != 1:
            found = ", ".join(names[:-1]) + " and " + names[-1] if names else "none"
            raise ValueError(f"a distribution has exactly one of {', '.join(FAMILIES)}; this one has {found}")
        for sibling in ("plus", "max"):
            if self.recorded is not None and getattr(self, sibling) is not None:
                raise ValueError(f"recorded numbers are final: write '{sibling}' inside 'otherwise'")
        if self.plus is not None and self.max is not None and self.max < self.plus:
            longest, shift = format_duration(self.max), format_duration(self.plus)
            raise ValueError(f"max ({longest}) must not be shorter than plus ({shift})")
        if self.mixture is not None:
            _check_shares(self.mixture)
        if self.empirical is not None:
            self._law_of_family()
        return self

    @model_serializer(mode="wrap")
    def _write_plain_duration(self, write: SerializerFunctionWrapHandler) -> Any:
        written = write(self)
        if not isinstance(written, dict):  # inside another model, pydantic comes by twice
            return written
        data = {name: value for name, value in written.items() if value is not None}
        return data["fixed"] if data.keys() == {"fixed"} else data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Offer editors both ways of writing it: a duration, or a map with exactly one family."""
        schema = handler(core_schema)
        duration = TypeAdapter(Duration).json_schema()
        # Not `anyOf`, which would promise two models where there is one: a text has the pattern of a duration, and
        # only a map is asked for its family.
        handler.resolve_ref_schema(schema).update(
            {"type": ["object", "string"], "if": {"type": "object"}},
            pattern=duration["pattern"],
            examples=[*duration["examples"], {"lognormal": {"median": "8m", "p90": "42m"}}],
            then={"oneOf": [{"required": [name]} for name in FAMILIES]},
        )
        return schema

    @cached_property
    def law(self) -> laws.Law:
        """The law of one draw; that of a trace takes its values alike, that of recorded numbers is `otherwise`."""
        law = self._law_of_family()
        if self.plus is None and self.max is None:
            return law
        return laws.Moved(law, float(self.plus or 0), math.inf if self.max is None else float(self.max))

    def quantile(self, u: float) -> float:
        """Give the duration in ms that a share `u` (0 <= u < 1) of draws does not exceed, unrounded."""
        return self.law.quantile(u)

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give `quantile` at each of `u` (one dimension)."""
        from bcdr_sim.scenario.sampling import quantiles

        return quantiles(self.law, u)

    def mean_ms(self) -> float:
        """Give the exact mean in ms, `plus` and `max` included."""
        return self.law.mean_capped()

    @property
    def fixed_ms(self) -> int | None:
        """Give the one value in ms that every draw has, or None if draws differ."""
        return None if self.fixed is None else self._moved(self.fixed)

    def value_ms(self, u: float, *, name: str = "", ordinal: int = 0) -> int:
        """Give draw `ordinal` (from 0) of the entity called `name`, in whole ms, from the uniform number `u`.

        `name` matters to `recorded` only, `ordinal` to `recorded` and `trace`; 0 <= u < 1.
        """
        if self.recorded is not None:
            known = self.recorded.find(name, ordinal)
            return self.recorded.otherwise.value_ms(u, name=name, ordinal=ordinal) if known is None else known
        if self.trace is not None:
            return self._moved(self.trace[min(ordinal, len(self.trace) - 1)])
        return laws.to_ms(self.law.quantile(u))

    def values_ms(
        self, u: NDArray[np.float64], *, names: Sequence[str] = (), ordinal: int = 0
    ) -> NDArray[np.int64]:
        """Give `value_ms` of many entities at once: one of `u` each, and one of `names` each if recorded."""
        import numpy as np

        from bcdr_sim.scenario.sampling import all_to_ms, quantiles

        if self.recorded is not None:
            named = zip(u.tolist(), names, strict=True)
            return np.array([self.value_ms(one, name=name, ordinal=ordinal) for one, name in named], np.int64)
        if self.trace is not None:
            return np.full(u.shape, self.value_ms(0.0, ordinal=ordinal), dtype=np.int64)
        return all_to_ms(quantiles(self.law, u))

    def to_plain(self) -> Any:
        """Give text, numbers, lists and maps that read back as an equal distribution."""
        return self.model_dump(mode="json", exclude_none=True)

    def _law_of_family(self) -> laws.Law:
        if self.fixed is not None:
            return laws.Fixed(float(self.fixed))
        if self.trace is not None:
            return parameters.steps(self.trace, [1.0] * len(self.trace))
        if self.mixture is not None:
            return laws.Mixture(tuple((part.share, part.of.law) for part in self.mixture))
        if self.recorded is not None:
            return self.recorded.otherwise.law
        if isinstance(self.empirical, list):
            return parameters.steps(self.empirical, [1.0] * len(self.empirical))
        family = next(filter(None, (getattr(self, name) for name in FAMILIES)))
        law: laws.Law = family.law()
        return law

    def _moved(self, value_ms: int) -> int:
        moved_ms = value_ms + (self.plus or 0)
        return moved_ms if self.max is None else min(moved_ms, self.max)


class MixturePart(Model):
    """One of the distributions of a mixture."""

    share: Share = Field(
        description="How often a draw comes from this part; the shares of a mixture add up to 1."
    )
    of: Distribution = Field(description="The distribution of this part.")

    @model_validator(mode="after")
    def _is_left_to_chance(self) -> Self:
        for name in ("trace", "recorded"):
            if getattr(self.of, name) is not None:
                raise ValueError(
                    f"a part of a mixture is drawn by chance; '{name}' goes by the ordinal of the draw"
                )
        return self


class RecordedValues(Model):
    """Numbers that are known by name and ordinal, and the distribution of everything else."""

    values: dict[str, list[Duration | None]] = Field(
        description="For each name its durations by ordinal; null where the number is not known."
    )
    otherwise: Distribution = Field(description="What everything else is drawn from.")

    def find(self, name: str, ordinal: int) -> int | None:
        """Give the known number in ms, or None."""
        known = self.values.get(name, [])
        return known[ordinal] if ordinal < len(known) else None


def _check_shares(parts: Sequence[MixturePart]) -> None:
    total = math.fsum(part.share for part in parts)
    if abs(total - 1) > SHARE_TOLERANCE:
        raise ValueError(f"the shares of a mixture add up to 1; these add up to {total:.10g}")
