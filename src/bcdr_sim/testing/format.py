"""The shape of a policy test: a policy, and what it decides of given observations.

What a shape cannot see, such as axes and their values, rules, and combinations that cannot occur, is checked in
`policy_tests`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from bcdr_sim.policy.axes import AXES, Axis
from bcdr_sim.policy.decision import Action, Reason
from bcdr_sim.policy.format import literal_schema
from bcdr_sim.units import Name


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def _value_schema(axis: Axis) -> dict[str, Any]:
    """Return the JSON Schema of one value; there are no parameters here."""
    schema = {"type": "integer", "minimum": axis.low, "maximum": axis.high}
    return {
        "description": axis.meaning,
        **(schema if axis.kind == "number" else literal_schema(axis)),
    }


def _given_schema() -> dict[str, Any]:
    """Return the JSON Schema of an observation's changes: every axis with its meaning and values, for editors."""
    return {
        "type": "object",
        "properties": {axis.name: _value_schema(axis) for axis in AXES.values()},
        "patternProperties": {"^tag_": {"enum": ["yes", "no"]}},
        "additionalProperties": False,
    }


GivenText = Annotated[dict[str, Any], WithJsonSchema(_given_schema())]
"""Values of axes `{axis: value}`, each as a policy would write it."""

ActionWord = Annotated[Action, Field(strict=False, json_schema_extra={"noun": "action"})]
ReasonWord = Annotated[Reason, Field(strict=False, json_schema_extra={"noun": "reason"})]
CaseName = Annotated[str, Field(min_length=1, max_length=200)]


class ExpectText(_Model):
    """More than an action alone: why it is held, what is never or always decided, or who does not decide. One of these."""

    hold: ReasonWord | None = None
    """Stay put, for this reason."""
    never: Annotated[list[ActionWord], Field(min_length=1)] | None = None
    """Actions that are not taken."""
    always: Annotated[list[ActionWord], Field(min_length=1)] | None = None
    """Actions one of which is taken."""
    never_by: Name | None = None
    """A rule that does not decide, `default` for none: some rule has to."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.hold, self.never, self.always, self.never_by].count(None) != 3:
            raise ValueError("needs one of hold, never, always and never_by")
        return self


class PolicyChoiceText(_Model):
    """A policy with values of its parameters."""

    name: str
    """A built-in profile such as seed-2024-11, or a path from this file."""
    parameters: dict[Name, str | int | float | bool] = {}
    """Values instead of the defaults, inside their ranges."""


class CaseText(_Model):
    """One observation and what the policy decides of it."""

    name: CaseName
    """Says in words what is claimed; no two cases of a file have the same."""
    from_: Annotated[Literal["calm", "regional_outage", "at_secondary"], Field(alias="from")]
    """Where the observation starts: calm at its primary, in a confirmed region-wide outage of two hours with nothing to
    lose, or at the far copy for two days and ready to go home."""
    given: GivenText = {}
    """What is different from there."""
    expect: ActionWord | ExpectText
    """An action; `{hold: reason}`, while `hold` alone is a hold for whatever reason; `{never: [actions]}` or
    `{always: [actions]}`, one of them; `{never_by: rule}`, whatever another rule decides."""
    rule: Name | None = None
    """The rule that decides; `default` for none."""


class PolicyTestText(_Model):
    """Claims about the decisions of one policy."""

    policy: str | PolicyChoiceText
    """A built-in profile or a path from this file, or either with parameters."""
    cases: Annotated[list[CaseText], Field(min_length=1)]
    """The claims, each about one observation."""
