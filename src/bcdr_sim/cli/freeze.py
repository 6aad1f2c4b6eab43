"""`freeze`: one world of a scenario as a plain scenario."""

from __future__ import annotations

from bcdr_sim.cli.answer import Answer, check_output, refuse
from bcdr_sim.cli.options import Force, Output, Replication, ScenarioFile, Seed


def command(
    scenario: ScenarioFile,
    *,
    seed: Seed = 0,
    replication: Replication = 0,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Write one world as a plain scenario."""
    from bcdr_sim.scenario.reading import load_scenario

    check_output(output, force=force)
    loaded = load_scenario(scenario)
    from bcdr_sim.trial import freeze, resolve

    try:
        trial = resolve(loaded, seed=seed, replication=replication)
    except ValueError as error:
        raise refuse(str(error), what=scenario) from error
    return Answer(freeze(trial), output=output)
