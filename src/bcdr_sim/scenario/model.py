"""What every model of a scenario file has in common: strict and frozen."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from bcdr_sim.loading import MisplacedValueError


class Model(BaseModel):
    """A frozen part of a scenario file that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def one_of(model: Model, what: str, names: tuple[str, ...]) -> None:
    """Raise MisplacedValueError unless exactly one of these fields is given."""
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        message = f"{what} has exactly one of {', '.join(names)}; this one has {found}"
        raise MisplacedValueError(message, tuple(given[1:2]))
