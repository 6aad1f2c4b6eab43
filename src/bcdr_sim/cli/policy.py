"""`policy show`: the table of a policy for people."""

from __future__ import annotations

from typing import Annotated

import typer

from bcdr_sim.cli.answer import Answer
from bcdr_sim.cli.options import Settings
from bcdr_sim.cli.terminal import width


def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Built-in policy or file.")] = "seed",
    settings: Settings = None,
) -> Answer:
    """Print the rules of a policy and their sources."""
    from bcdr_sim.cli.world import policy_values
    from bcdr_sim.policy import load_policy
    from bcdr_sim.report.rules import policy_text

    return Answer(policy_text(load_policy(name, policy_values(settings)), width=width()))
