"""`schema`: the JSON Schema of a file format, for editors and other programs."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from bcdr_sim.cli.answer import Answer, check_output
from bcdr_sim.cli.options import Force, Output

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Kind(StrEnum):
    """A file format that has a schema."""

    SCENARIO = "scenario"
    POLICY = "policy"
    POLICY_TEST = "policytest"
    GATES = "gates"


def command(
    kind: Annotated[Kind, typer.Argument(help="Which file format.")] = Kind.SCENARIO,
    *,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Print the JSON Schema of a file format."""
    check_output(output, force=force)
    return Answer(schema_text(kind), output=output)


def schema_text(kind: Kind) -> str:
    """The schema as it stands in the repository and beside a starter scenario."""
    return json.dumps(_schema(kind), indent=2, ensure_ascii=True) + "\n"


def _schema(kind: Kind) -> dict[str, Any]:
    if kind is Kind.SCENARIO:
        from bcdr_sim.scenario.schema import scenario_schema

        return scenario_schema()
    if kind is Kind.POLICY_TEST:
        from bcdr_sim.testing.format import PolicyTestText

        return {"$schema": DIALECT, **PolicyTestText.model_json_schema()}
    if kind is Kind.GATES:
        from bcdr_sim.review.gate_file import GatesText

        return {"$schema": DIALECT, **GatesText.model_json_schema()}
    from bcdr_sim.policy.format import PolicyText

    return {"$schema": DIALECT, **PolicyText.model_json_schema()}
