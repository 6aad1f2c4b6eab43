"""Pairs: which region stands by another one, and by which link the data of an environment get there."""

from __future__ import annotations

from bcdr_sim.regions import azure_regions
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.estate import Environment
from bcdr_sim.scenario.links import Link


def pair_of(scenario: Scenario, region: str) -> str | None:
    """The pair of a region: as listed in the scenario, else as published if the scenario uses the table."""
    for listed in scenario.regions:
        if listed.name == region and listed.pair is not None:
            return listed.pair
    if scenario.region_table == "azure" and region in azure_regions():
        return azure_regions()[region].pair
    return None


def link_of(scenario: Scenario, environment: Environment) -> Link:
    """The link of an environment: its own, else that of its region, else that of the scenario."""
    if environment.link is not None:
        return environment.link
    for region in scenario.regions:
        if region.name == environment.region and region.link is not None:
            return region.link
    return scenario.link
