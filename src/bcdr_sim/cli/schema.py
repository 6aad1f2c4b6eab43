"""`schema`: the JSON Schema of a file format, for editors and other programs."""

from __future__ import annotations

import json
import warnings
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
    return json.dumps({"$schema": DIALECT, **_schema(kind)}, indent=2, ensure_ascii=True) + "\n"


def _schema(kind: Kind) -> dict[str, Any]:
    from pydantic.json_schema import PydanticJsonSchemaWarning

    from bcdr_sim.policy.format import PolicyText
    from bcdr_sim.scenario.document import Scenario

    model = Scenario if kind is Kind.SCENARIO else PolicyText
    with warnings.catch_warnings():
        # Defaults that are distributions have no JSON form of their own; their descriptions say them in words.
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
        return model.model_json_schema()
