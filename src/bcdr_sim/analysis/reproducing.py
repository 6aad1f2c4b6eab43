"""From an observation to a scenario in which the engine meets it: one environment, one outage, and what else it needs.

A proof looks at observations, not at histories: it may show one that no chain of events brings about. So a witness is tried:
a scenario is built in which each of its axes comes out as it says, and the engine runs it. What cannot be built (an
environment that is away already, a consent that was outgrown) and what does not come out is said to be not reproduced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bcdr_sim.engine import simulate
from bcdr_sim.loading import dump
from bcdr_sim.policy import Observation, Policy, PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from bcdr_sim.units import format_duration

_HERE, _THERE, _TOOLS = "here", "there", "tools"
_IMPACT = "2d"
_NEVER = "400d"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A scenario that was built for a witness, as plain data, and whether the engine met there what it shows."""

    scenario: dict[str, Any]
    is_met: bool

    def text(self, *, policy: str, note: str) -> str:
        """The scenario file; `policy` is the path of the policy it runs, `note` says what it shows."""
        met = "" if self.is_met else "NOT REPRODUCED: the engine does not come to this observation.\n"
        return dump({**self.scenario, "policy": policy}, header=f"{met}{note}")


def reproduce(policy: Policy, witness: Observation, shows: Callable[[Observation], bool]) -> Reproduction:
    """Return a scenario built for a witness under a policy.

    `shows` says of an observation whether it is of the kind that the witness stands for; the scenario is said to meet it
    if the policy, in the course of the run, is asked about such a one.
    """
    plain = scenario_for(witness)
    met = False

    def decide(observation: Observation) -> int:
        nonlocal met
        met = met or shows(observation)
        return policy.decide(observation)

    timeline = _run(plain, replace(policy, decide=decide))
    return Reproduction(plain, met and timeline is not None)


def _run(plain: Mapping[str, Any], policy: Policy) -> Timeline | None:
    try:
        return simulate(resolve(Scenario.model_validate(plain)), policy)
    except PolicyError:
        return None


def scenario_for(witness: Observation) -> dict[str, Any]:
    """A scenario meant to bring an observation about, as plain data."""
    return {
        "version": 1,
        "name": "witness",
        "start": "2026-03-02T00:00:00Z",
        "horizon": "10d",
        "regions": [
            {"name": _HERE, "pair": _THERE},
            {"name": _THERE, "pair": _HERE},
            {"name": _TOOLS},
        ],
        "environments": [_environment(witness)],
        "customers": {"default": _customer(witness)},
        "provider": _provider(witness),
        "outages": _outages(witness),
        "maintenance": _maintenance(witness),
    }


def _environment(witness: Observation) -> dict[str, Any]:
    """What it is, and how far its copy is behind."""
    made: dict[str, Any] = {
        "name": "witness",
        "type": witness.env_type,
        "region": _HERE,
        "tier": witness.tier,
    }
    if witness.env_type == "Production" and not witness.eligible:
        made["cover"] = False
    if witness.finance_operations:
        made["apps"] = ["finance_operations"]
    if witness.tags:
        made["tags"] = sorted(witness.tags)
    loss = format_duration(witness.data_loss)
    match witness.loss_state:
        case "none":
            made["link"] = {"kind": "synchronous"}
        case "not_excluded":
            made["link"] = {"kind": "synchronous", "confirmation": loss}
        case "some":
            made["link"] = {"kind": "lag", "lag": loss}
        case _:
            made["link"] = {"kind": "none"} if witness.copy == "none" else {"kind": "lag", "lag": "1m"}
    if witness.copy == "seeding":
        made["deployed_at"] = "1h"
    return made


def _customer(witness: Observation) -> dict[str, Any]:
    """What the customer has said by then."""
    at_once = {"dashboard_every": "1m", "decision": "0s", "accepts_loss_up_to": "0s"}
    match witness.consent:
        case "granted":
            return {**at_once, "accepts_loss_up_to": "30d"}
        case "declined":
            return at_once
        case "pending":
            return {**at_once, "answers_share": 0.0}
        case _:
            return {"dashboard_every": None}


def _provider(witness: Observation) -> dict[str, Any]:
    """What the provider knows, and what it can do."""
    knows_loss = witness.loss_state != "undetermined"
    lead_ms = max(0, witness.outage_age - witness.since_confirmed)
    made: dict[str, Any] = {
        "confirmation": format_duration(lead_ms) if witness.impact_confirmed else _NEVER,
        "first_post": "0s",
        "loss_determination": "0s" if knows_loss else _NEVER,
        "support": {"first_response": "0s"},
        "failover": {"failure": {"probability": 0.0}},
    }
    if witness.copy == "seeding":
        made["seeding"] = _NEVER
    if witness.target_capacity == 0:
        made["capacity"] = [{"region": _THERE, "environments": 0}]
    if witness.orchestrator == "down":
        made["orchestrator_region"] = _TOOLS
    if witness.automation == "off":
        made["automation"] = {"off": [["0s", "9d"]]}
    return made


def _outages(witness: Observation) -> list[dict[str, Any]]:
    """What hits it here, and what else is down."""
    made: list[dict[str, Any]] = []
    here: dict[str, Any] = {"id": "outage", "region": _HERE, "at": _IMPACT, "lasts": "5d"}
    here["detection"] = {"automatic": "0s"}
    if witness.service == "impaired":
        here |= {"kind": "gray", "capability": 0.75}
    if witness.outage_scope != "none":
        here["seen"] = {"scope": witness.outage_scope}
    if witness.support_channel == "down":
        here["channels"] = {"support": {"down": ["0s", "5d"]}}
    if witness.eta_remaining < 10**12:
        here["comms"] = {"eta": [{"after": "0s", "says": format_duration(witness.eta_remaining)}]}
    if witness.service != "up":
        made.append(here)
    elsewhere = {"at": "1d", "lasts": "8d", "detection": {"automatic": "0s"}}
    if witness.target_state == "down":
        made.append({"id": "pair", "region": _THERE, **elsewhere})
    elif witness.target_state == "impaired":
        made.append({"id": "pair", "region": _THERE, "kind": "gray", "capability": 0.9, **elsewhere})
    if witness.orchestrator == "down":
        made.append({"id": "tools", "region": _TOOLS, **elsewhere})
    if witness.warning:
        warned = {"id": "forecast", "region": _HERE, "at": "6d", "lasts": "1h"}
        made.append({**warned, "trigger": {"before_impact": "5d", "visible": True}})
    return made


def _maintenance(witness: Observation) -> list[dict[str, Any]]:
    """An order of the provider to leave the region."""
    if witness.order != "maintenance":
        return []
    return [{"id": "works", "region": _HERE, "at": _IMPACT, "lasts": "2d"}]
