"""The shape of a policy file as pydantic models: which keys there are, and what kind of thing each holds.

What a shape cannot see, such as axes, values and names that must exist, is checked in `reading`.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from bcdr_sim.policy.atom import LIST_OPERATORS, operators_of
from bcdr_sim.policy.axes import AXES, Axis
from bcdr_sim.policy.decision import Action, Reason
from bcdr_sim.policy.table import RULES_MAX
from bcdr_sim.units import Name, PositiveDuration, Version

_PARAMETER_SCHEMA: Final = {"type": "string", "pattern": "^\\$"}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def literal_schema(axis: Axis) -> dict[str, Any]:
    """Return the JSON Schema of one literal; of a quantity it may be a parameter, `$name`."""
    match axis.kind:
        case "choice":
            return {"enum": list(axis.values)}
        case "flag":
            return {"enum": ["yes", "no"]}
        case "number":
            return {
                "anyOf": [{"type": "integer", "minimum": axis.low, "maximum": axis.high}, _PARAMETER_SCHEMA]
            }
        case "duration" | "time_of_day":
            return {"type": "string"}


def _comparison_schema(axis: Axis) -> dict[str, Any]:
    """Return the JSON Schema of `axis: literal`, `axis: [literals]` and `axis: {op: literal}`."""
    literal = literal_schema(axis)
    several = {"type": "array", "items": literal, "minItems": 1}
    operations = {op: several if op in (*LIST_OPERATORS, "between") else literal for op in operators_of(axis)}
    by_operator = {
        "type": "object",
        "properties": operations,
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"description": axis.meaning, "anyOf": [literal, several, by_operator]}


def _condition_schema() -> dict[str, Any]:
    """Return the JSON Schema of a conjunction: every axis with its meaning and values, for editors."""
    tag = Axis(name="tag", kind="flag", meaning="A declared tag.", keeper="scenario", knowledge="true")
    situation = {"type": "string", "description": "A named conjunction of this file."}
    return {
        "type": "object",
        "properties": {
            "situation": situation,
            **{axis.name: _comparison_schema(axis) for axis in AXES.values()},
        },
        "patternProperties": {"^tag_": _comparison_schema(tag)},
        "additionalProperties": False,
    }


ConditionText = Annotated[dict[str, Any], WithJsonSchema(_condition_schema())]
"""A conjunction `{axis: value, axis: [values], axis: {op: value}, situation: name}`."""

ActionWord = Annotated[Action, Field(strict=False, json_schema_extra={"noun": "action"})]
ReasonWord = Annotated[Reason, Field(strict=False, json_schema_extra={"noun": "reason"})]
ScalarText = Annotated[Any, WithJsonSchema({"type": ["string", "number"]})]
Cites = Annotated[list[str], Field(min_length=1)]
"""Where a rule comes from: S1..S37, a declared source, or `assumption`."""


class ParameterText(_Model):
    """A named literal of an axis, or a switch."""

    axis: str | None = None
    """The axis whose literal it names."""
    default: ScalarText = None
    """Its value when nobody says otherwise."""
    range: Annotated[list[ScalarText], Field(min_length=2, max_length=2)] | None = None
    """Least and greatest value it may take."""
    switch: ScalarText = None
    """`on` or `off`: turns the rules marked `if: $name` on and off."""


class RuleText(_Model):
    """One row of the table."""

    id: Name
    """Names the rule in every output."""
    when: ConditionText
    """When the rule decides; `{}` always."""
    then: ActionWord
    """What is decided."""
    reason: ReasonWord | None = None
    """Why it is held; a hold, and only a hold, has one."""
    cites: Cites
    if_: Annotated[str | None, Field(alias="if")] = None
    """`$name` of the switch that turns the rule on."""
    because: str = ""
    """The rule in words."""
    wake_after: PositiveDuration | None = None
    """Ask again after this time; beside a hold only."""


class DefaultText(_Model):
    """What a table says when no rule matches."""

    then: Literal["hold"]
    reason: ReasonWord = Reason.NO_RULE


class InvariantText(_Model):
    """A law over all observations."""

    id: Name
    when: ConditionText
    """Where the law applies; `{}` everywhere."""
    never: ActionWord | Annotated[list[ActionWord], Field(min_length=1)] | None = None
    """Actions that are never taken there. Literals only: a safety limit does not move with a parameter."""
    always: ActionWord | Annotated[list[ActionWord], Field(min_length=1)] | None = None
    """Actions one of which is always taken there."""
    cites: Cites


class PolicyText(_Model):
    """A failover policy: a table of rules of which the first that matches decides."""

    format: Version
    """Version of the file format."""
    policy: Name
    """Names the policy in every output."""
    title: str
    """The policy in one line."""
    sources: dict[Name, str] = {}
    """Short names for `cites`."""
    time_zone: str = "UTC"
    """IANA name of the zone of `time_of_day` and `weekday`."""
    tags: list[Name] = []
    """Tags of environments that become the axes `tag_<name>`."""
    parameters: dict[Name, ParameterText] = {}
    """Named literals and switches."""
    situations: dict[Name, ConditionText] = {}
    """Named conjunctions, used as `situation: name` inside a `when`."""
    rules: Annotated[list[RuleText], Field(min_length=1, max_length=RULES_MAX)]
    """The table, read from the top."""
    default: DefaultText = DefaultText(then="hold")
    """What a complete table never reaches."""
    invariants: list[InvariantText] = []
    """Laws the table must keep."""


class LawsText(_Model):
    """A file of laws that stand apart from any policy, so that no change of a policy can delete them."""

    format: Version
    """Version of the file format."""
    sources: dict[Name, str] = {}
    """Short names for `cites`."""
    tags: list[Name] = []
    """Tags of environments that become the axes `tag_<name>`."""
    situations: dict[Name, ConditionText] = {}
    """Named conjunctions."""
    invariants: Annotated[list[InvariantText], Field(min_length=1)]
    """The laws; literals only, since there are no parameters here."""
