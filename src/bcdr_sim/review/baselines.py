"""Baselines: what a policy decided and what came of it when somebody last said that it was right, in one file a policy.

Rules.

* A baseline holds what it was made from (digests of the policy and of each scenario, seed, replication, engine) and what was
  found (digest of the decisions, digest of each history, a summary). Layout and comments of the inputs do not matter.
* It is stale if one of the inputs or the engine is another one, or if the same inputs give another history. It never says
  that a change is wrong: changes are judged side by side, with one engine.
* No clock enters it. When it was approved, the history of the repository says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from bcdr_sim.analysis.identity import decision_digest
from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import SCENARIO_LIMITS, build, read
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.policy.policy import ALIASES
from bcdr_sim.policy.python import REFERENCE
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import matching, refuse_outside
from bcdr_sim.scenario.document import PolicyChoice, Scenario
from bcdr_sim.scenario.model import Model
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge

FOLDER: Final = "baselines"
ENDING: Final = ".approved.json"
SCHEMA: Final = "bcdr-sim/baseline/1"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Field(min_length=1, max_length=500)]


class ScenarioText(Model):
    """What a scenario gave under the policy."""

    path: Line
    """From the top of the repository."""
    scenario_digest: Digest
    """Of all that the file says, layout and comments apart."""
    policy_digest: Digest
    """Of the policy with the parameter values of the scenario."""
    seed: Annotated[int, Field(ge=0)]
    """Of the world that was played."""
    replication: Annotated[int, Field(ge=0)]
    """Of the world that was played."""
    trace_digest: Digest
    """Of the history, event for event."""
    holds: bool
    """Whether every expectation held."""
    summary: dict[str, Any]
    """For people; never compared."""


class BaselineText(Model):
    """A baseline as a file."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: Annotated[Literal["bcdr-sim/baseline/1"], Field(alias="schema")]
    """Name and version of the format."""
    policy: Line
    """Path of the policy from the top of the repository, or the name of a built-in one."""
    engine: Line
    """Version of bcdr-sim."""
    policy_digest: Digest
    """Of the policy with its defaults."""
    decision_digest: Digest
    """Of what it decides, wherever something can occur."""
    scenarios: list[ScenarioText]
    """The scenarios that name the policy, by path."""
    by: Line
    """Who approved it."""
    reason: Line
    """Why."""

    @field_validator("by", "reason")
    @classmethod
    def _prints(cls, text: str, field: ValidationInfo) -> str:
        if not text.isprintable() or not text.strip():
            raise ValueError(f"{field.field_name} must be one line of text that prints")
        return text


@dataclass(frozen=True, slots=True)
class Subject:
    """A policy of a tree and the scenarios that name it: what one baseline is about."""

    name: str
    policy: str
    scenarios: Mapping[str, Scenario]

    @property
    def file(self) -> str:
        """The baseline's path from the top of the repository."""
        return f"{FOLDER}/{self.name}{ENDING}"


def subjects_of(tree: Path, settings: Settings) -> list[Subject]:
    """The policies of a tree, and the built-in ones that its scenarios name, by name.

    Raises:
        InputError: a scenario has faults, or two policies would have one baseline.
    """
    scenarios: dict[str, dict[str, Scenario]] = {path: {} for path in matching(tree, settings.policies)}
    problems: list[Problem] = []
    for path in matching(tree, settings.scenarios):
        try:
            scenario = load_scenario(tree / path, root=tree)
        except InputError as error:
            problems += error.problems
            continue
        chosen = _chosen(scenario).name
        if REFERENCE.fullmatch(chosen):
            continue  # nothing can be said of what code decides
        inside = refuse_outside(tree, path, chosen)
        scenarios.setdefault(inside if inside in scenarios else ALIASES.get(chosen, chosen), {})[path] = (
            scenario
        )
    found: dict[str, Subject] = {}
    for policy, own in scenarios.items():
        name = Path(policy).name.removesuffix(".yaml").removesuffix(".yml")
        if name in found:
            message = (
                f"has the same name as {found[name].policy}, so both would have one baseline; rename one"
            )
            problems.append(Problem(policy, 0, 0, 0, message))
        found[name] = Subject(name, policy, dict(sorted(own.items())))
    if problems:
        raise InputError(problems)
    return [found[name] for name in sorted(found)]


def baseline_of(tree: Path, subject: Subject, *, engine: str, by: str, reason: str) -> BaselineText:
    """Play the scenarios of a policy and hold what came of it; `engine` is the version of the program.

    Raises:
        InputError: faults in the policy, or policy and scenario do not fit.
        TooLargeError: the diagram outgrows its limit.
    """
    policy = load_policy(*_located(tree, subject.policy))
    return BaselineText(
        schema_="bcdr-sim/baseline/1",
        policy=subject.policy,
        engine=engine,
        policy_digest=policy.digest,
        decision_digest=decision_digest(policy),
        scenarios=[_played(tree, path, scenario) for path, scenario in subject.scenarios.items()],
        by=by,
        reason=reason,
    )


def baseline_text(baseline: BaselineText) -> str:
    """The content of its file."""
    return json.dumps(baseline.model_dump(by_alias=True), indent=2, ensure_ascii=True) + "\n"


def read_baseline(path: Path, *, name: str) -> BaselineText:
    """Return the baseline of a file; messages show `name`.

    Raises:
        InputError: it has faults.
    """
    return build(BaselineText, read(path, limits=SCENARIO_LIMITS, name=name))


def staleness(tree: Path, subject: Subject, baseline: BaselineText, *, engine: str) -> list[str]:
    """Say why a baseline is stale; nothing if it is not. Histories are compared only where all inputs are the same.

    Raises:
        InputError: as `baseline_of`.
    """
    found = []
    if baseline.engine != engine:
        found.append(f"made with engine {baseline.engine}, this is {engine}")
    policy = load_policy(*_located(tree, subject.policy))
    if policy.digest != baseline.policy_digest:
        same = decision_digest(policy) == baseline.decision_digest
        found.append(f"the policy is another one, which decides {'the same' if same else 'otherwise'}")
    elif decision_digest(policy) != baseline.decision_digest:
        found.append("the same policy decides otherwise with this engine")
    before = {each.path: each for each in baseline.scenarios}
    found += [f"scenario {path} is gone" for path in before if path not in subject.scenarios]
    for path, scenario in subject.scenarios.items():
        if path not in before:
            found.append(f"scenario {path} is new")
        elif before[path].scenario_digest != scenario_digest(scenario):
            found.append(f"scenario {path} is another one")
        elif before[path].policy_digest != _policy(tree, path, scenario).digest:
            found.append(f"scenario {path} runs under another policy")
    if found:
        return found
    for path, scenario in subject.scenarios.items():
        then = before[path]
        timeline = _measured(tree, path, scenario, seed=then.seed, replication=then.replication).timeline
        if timeline.digest != then.trace_digest:
            found.append(f"scenario {path} gives another history with this engine")
    return found


def scenario_digest(scenario: Scenario) -> str:
    """sha256 over all that a scenario says, but for the name of its policy."""
    content = scenario.model_dump(mode="json", by_alias=True, exclude={"policy"})
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _chosen(scenario: Scenario) -> PolicyChoice:
    return (
        scenario.policy if isinstance(scenario.policy, PolicyChoice) else PolicyChoice(name=scenario.policy)
    )


def _located(tree: Path, policy: str) -> tuple[str | Path]:
    """A policy as `load_policy` takes it: a file of the tree, or a built-in one."""
    return (tree / policy,) if (tree / policy).is_file() else (policy,)


def _policy(tree: Path, path: str, scenario: Scenario) -> Policy:
    chosen = _chosen(scenario)
    return load_policy(chosen.name, chosen.parameters, folder=(tree / path).parent)


def _measured(tree: Path, path: str, scenario: Scenario, *, seed: int, replication: int) -> Metrics:
    try:
        trial = resolve(scenario, seed=seed, replication=replication)
        return measure(simulate(trial, _policy(tree, path, scenario)))
    except (PolicyError, ValueError) as error:
        raise InputError([Problem(path, 0, 0, 0, str(error))]) from error


def _played(tree: Path, path: str, scenario: Scenario) -> ScenarioText:
    metrics = _measured(tree, path, scenario, seed=0, replication=0)
    timeline = metrics.timeline
    draws = timeline.trial.draws
    return ScenarioText(
        path=path,
        scenario_digest=scenario_digest(scenario),
        policy_digest=_policy(tree, path, scenario).digest,
        seed=draws.seed,
        replication=draws.replication,
        trace_digest=timeline.digest,
        holds=all(finding.passed for finding in judge(metrics, scenario).findings),
        summary=_summary(metrics),
    )


def _summary(metrics: Metrics) -> dict[str, Any]:
    """What came of it, for whoever reads the difference of two baselines."""
    fleet = metrics.totals.fleet
    losses_ms: Iterable[int] = (incident.realised.age_ms for incident in metrics.incident_list())
    return {
        "incidents": fleet.incidents,
        "outcomes": {name: number for name, number in fleet.outcomes.items() if number},
        "rta_ms_p50": fleet.rta.p50,
        "rta_ms_max": fleet.rta.most,
        "down_ms": fleet.down_ms,
        "planned_ms": fleet.planned_ms,
        "loss_realised_age_ms_max": max(losses_ms, default=0),
        "failovers": fleet.failovers,
        "failbacks": fleet.failbacks,
        "consents_asked": fleet.consents_asked,
        "consents_granted": fleet.consents_granted,
    }
