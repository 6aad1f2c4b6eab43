"""Races and rulings of the model: one test per row of its table, named by the law, for the engine and the reference model.

What is expected stands in `rulings.yaml` and follows from the ruling by addition; where a row is about one instant, a
second entry sets the two facts a millisecond apart, and the answer is another one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bcdr_sim.engine import simulate
from bcdr_sim.policy import Policy, PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.timeline import NOTHING
from bcdr_sim.trial import Trial, resolve
from bcdr_sim.units import parse_duration
from oracle import run
from oracle.rows import rows_of
from oracle.state import UNBOUNDED, Row

FOLDER = Path(__file__).parent
TABLE: dict[str, Any] = yaml.safe_load((FOLDER / "rulings.yaml").read_text(encoding="utf-8"))
RULINGS: dict[str, dict[str, Any]] = TABLE["rulings"]
Events = list[tuple[int, str, str, frozenset[str], int]]
"""(time_ms, who, event, words, value): the words are phases, reasons and rules, all of which the row must have."""


def engine(trial: Trial, policy: Policy) -> list[Row]:
    """What the engine says."""
    return rows_of(simulate(trial, policy))


SIDES: dict[str, Callable[[Trial, Policy], list[Row]]] = {"engine": engine, "oracle": run}


def world_of(ruling: dict[str, Any]) -> Trial:
    """The base with what the ruling says instead."""
    base: dict[str, Any] = TABLE["base"]
    known = {key: ruling[key] for key in ruling if key in base or key == "outages"}
    provider = base["provider"] | ruling.get("provider", {})
    provider["failover"] = base["provider"]["failover"] | provider["failover"]
    return resolve(Scenario.model_validate(base | known | {"provider": provider}))


def expected_of(ruling: dict[str, Any]) -> Events:
    """The lines of `events`."""
    found: Events = []
    for line in ruling["events"].splitlines():
        words, _, value = line.partition("=")
        at, who, event, *others = words.split()
        number = UNBOUNDED if value.strip() == "unbounded" else NOTHING
        if value.strip() not in ("", "unbounded"):
            number = parse_duration(value.strip())
        found.append((parse_duration(at), who, event, frozenset(others), number))
    return found


def told_by(rows: list[Row], ruling: dict[str, Any], expected: Events) -> Events:
    """Those rows that the ruling is about, with as much of each as the expected row of its place says."""
    never = {tuple(pair.split()) for pair in ruling.get("never", [])}
    about = {(who, event) for _, who, event, _, _ in expected} | never
    begin, end = (
        parse_duration(ruling.get(key, default)) for key, default in (("from", "0s"), ("until", "3d"))
    )
    chosen = [row for row in rows if begin <= row[0] <= end]
    if "everything" not in ruling:
        chosen = [row for row in chosen if (row[1] or "-", row[2]) in about]
    found: Events = []
    for place, row in enumerate(chosen):
        _, _, _, words, value = (
            expected[place] if place < len(expected) else (0, "", "", frozenset(), NOTHING)
        )
        has = words & {word for word in (row[3], row[5], row[6]) if word is not None}
        found.append((row[0], row[1] or "-", row[2], frozenset(has), NOTHING if value == NOTHING else row[7]))
    return found


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("law", RULINGS)
def test_ruling(law: str, side: str) -> None:
    """What happens is what the table of races rules, in that order, and nothing else of that kind happens."""
    ruling = RULINGS[law]
    policy = load_policy(ruling.get("policy", "seed-2024-11"), folder=FOLDER)
    expected = expected_of(ruling)
    assert told_by(SIDES[side](world_of(ruling), policy), ruling, expected) == expected


RESTLESS = """
format: 1
policy: restless
title: Moves there and back for as long as it takes no time
rules:
  - {id: there, when: {location: NearCopy, warning: yes, drain_possible: yes}, then: planned_failover, cites: [assumption]}
  - {id: back, when: {location: FarCopy, reverse_sync: complete}, then: failback, cites: [assumption]}
  - {id: wait, when: {}, then: hold, reason: hold_down, cites: [assumption]}
"""


@pytest.mark.parametrize("side", SIDES)
def test_a_policy_that_runs_in_a_circle_is_an_error_that_names_policy_and_rule(
    side: str, tmp_path: Path
) -> None:
    """More than a hundred decisions of one environment at one instant: a move that takes no time, there and back."""
    (tmp_path / "restless.yaml").write_text(RESTLESS, encoding="utf-8")
    policy = load_policy("restless.yaml", folder=tmp_path)
    still = {"planned": "0m", "run": "0m", "verification": "0m"}
    ruling = {
        "outages": [
            {
                "id": "storm",
                "region": "west",
                "at": "10h",
                "lasts": "1h",
                "trigger": {"before_impact": "30m", "visible": True},
            }
        ],
        "provider": {
            "failover": still,
            "failback": {"interruption": "0m"},
            "reverse_sync": "0m",
            "reprotection": "0m",
        },
    }
    with pytest.raises(PolicyError, match=r"restless.*(there|back)"):
        SIDES[side](world_of(ruling), policy)
