"""`freeze`: one world of a scenario as a plain scenario."""

from __future__ import annotations

from bcdr_sim.cli.answer import Answer, check_output, refuse
from bcdr_sim.cli.options import Force, Output, PolicyName, Replication, ScenarioFile, Seed, Settings


def command(
    scenario: ScenarioFile,
    *,
    seed: Seed = 0,
    replication: Replication = 0,
    policy: PolicyName = None,
    settings: Settings = None,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Write one world as a plain scenario."""
    from bcdr_sim.cli.world import play

    check_output(output, force=force)
    world = play(scenario, policy=policy, settings=settings, seed=seed, replication=replication)
    from bcdr_sim.freezing import freeze

    try:
        return Answer(freeze(world.trial, world.policy), output=output)
    except ValueError as error:
        raise refuse(str(error), what=scenario) from error
