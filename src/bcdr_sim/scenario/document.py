"""The scenario file as a whole, and what its parts must agree on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bcdr_sim.scenario.customer import Customer
from bcdr_sim.scenario.estate import Environment, Objectives
from bcdr_sim.scenario.expectations import Expectation
from bcdr_sim.scenario.links import LagLink, Link, Writes
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.provider import Provider
from bcdr_sim.scenario.world import Maintenance, Outage, Region
from bcdr_sim.units import Instant, Name, PositiveDuration, Version

Tier = Literal["1", "2", "3", "4", "5"]
PolicyParameter = str | int | float | bool


class PolicyChoice(Model):
    """The policy in force."""

    name: str
    """A built-in profile such as seed-2024-11, or a path from the scenario file."""
    parameters: dict[str, PolicyParameter] = {}
    """Values instead of the defaults, inside their ranges."""


class Frozen(Model):
    """Written by `freeze`: the one world that this file replays."""

    seed: Annotated[int, Field(ge=0, lt=2**63)]
    """The seed it was drawn with."""
    replication: Annotated[int, Field(ge=0, lt=2**32)]
    """Which world of that seed."""


class Scenario(Model):
    """What could happen: the world, the estate, the people, the policy and the expectations."""

    version: Version
    """Version of the file format."""
    name: Name
    """Names the scenario in every output."""
    description: str = ""
    """What it is about, for people; a run prints it."""
    extends: str | None = None
    """A scenario file that this one changes: maps merge, lists replace, the later wins."""
    include: list[str] = []
    """Files merged below this one, in order."""
    start: Instant | None = None
    """Calendar instant of the beginning. Only calendars need it."""
    horizon: PositiveDuration
    """Length of the scenario; the end itself lies outside."""
    region_table: Literal["azure"] | None = None
    """azure: regions and pairs not listed come from the published table (an assumption; the output says so)."""
    regions: list[Region] = []
    """Regions by name, each with its pair. Every region that is named elsewhere is listed here or published."""
    link: Link = LagLink(kind="lag")
    """Default link."""
    writes: Writes = "constant"
    """Default writes. constant: 60 an hour, always. idle: none. business_hours: 600 an hour, Monday to Friday from 08:00
    to 18:00 UTC. Both rates are assumptions."""
    environments: Annotated[list[Environment], Field(min_length=1)]
    """The estate: a list, or `{from: estate.csv}` for a table with a line for each."""
    customers: dict[Name, Customer] = {}
    """By name; `default` is for environments without one."""
    provider: Provider = Provider()
    """How long the provider takes for each step; every part may be left out."""
    objectives: dict[Tier, Objectives] = {}
    """By tier."""
    outages: list[Outage] = []
    """What happens to regions; without any, nothing does."""
    maintenance: list[Maintenance] = []
    """Planned moves that the provider orders."""
    policy: str | PolicyChoice = "seed-2024-11"
    """Who is moved when: a built-in profile, a path from this file, or either with parameters."""
    expect: list[Expectation] = []
    """What a run must show; `run` exits 1 otherwise."""
    presets: list[str] = []
    """Presets whose values the file holds. Written when they are put in, so that every result says what it rests on."""
    frozen: Frozen | None = None
    """Only in a file that `freeze` wrote."""
