"""`init`: a starter scenario that runs, with the schema that editors complete from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from bcdr_sim.cli.answer import Answer, check_output, refuse, replacing
from bcdr_sim.cli.options import Force

SCENARIO_NAME = "scenario.yaml"
SCHEMA_NAME = "scenario.schema.json"


def command(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder; made if it is missing.")] = Path(),
    *,
    force: Force = False,
) -> Answer:
    """Write a starter scenario that runs."""
    from bcdr_sim.cli.schema import Kind, schema_text

    starter = (files("bcdr_sim") / "data" / "starter.yaml").read_text(encoding="utf-8")
    texts = {folder / SCENARIO_NAME: starter, folder / SCHEMA_NAME: schema_text(Kind.SCENARIO)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse(f"cannot be made: {error.strerror}", what=str(folder)) from error
    for path in texts:
        check_output(path, force=force)
    for path, text in texts.items():
        with replacing(path) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")
    scenario = folder / SCENARIO_NAME
    lines = [*(f"wrote {path}" for path in texts), "", "Try:"]
    lines += [
        f"  bcdr-sim run {scenario}",
        f"  bcdr-sim story {scenario}",
        f"  bcdr-sim explain {scenario} contoso-prod",
    ]
    return Answer("\n".join(lines) + "\n")
