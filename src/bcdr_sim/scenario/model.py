"""What every model of a scenario file has in common: strict, frozen, and honest about what is not simulated yet."""

from __future__ import annotations

from typing import Annotated, Any, Never

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema

from bcdr_sim.loading import MisplacedValueError


class Model(BaseModel):
    """A frozen part of a scenario file that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def _refuse(_: Any, field: ValidationInfo) -> Never:
    raise ValueError(f"'{field.field_name}' is not simulated yet; remove it")


NotSimulatedYet = Annotated[
    None,
    BeforeValidator(_refuse),
    WithJsonSchema({"not": {}, "description": "Part of the model, not simulated yet: refused by name."}),
]
"""A field that the model knows by name and that a file cannot use yet."""


def one_of(model: Model, what: str, names: tuple[str, ...]) -> None:
    """Raise MisplacedValueError unless exactly one of these fields is given."""
    given = [name for name in names if getattr(model, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        message = f"{what} has exactly one of {', '.join(names)}; this one has {found}"
        raise MisplacedValueError(message, tuple(given[1:2]))
