"""Laws of doubts: what a sound scenario says in vain is a warning of `validate`, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bcdr_sim.incidents.record import SCENARIOS
from bcdr_sim.scenario.reading import load_with_doubts
from commands import run

HEAD = """version: 1
name: doubtful
horizon: 5d
regions: [{name: a, pair: b}, {name: b}]
link: {kind: lag, lag: 5m}
environments: [{name: x, region: a, count: 20}]
outages:
  - id: out
    region: a
    at: 30m
"""
LASTS = "    lasts: 2h\n"
STAGES = "    recovery: {stages: [{at: 2h, fraction: 1}]}\n"


def doubted(folder: Path, text: str) -> list[str]:
    """The warnings about an outage, without their places."""
    path = folder / "doubtful.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return [each.message for each in load_with_doubts(path)[1]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LASTS + "    trigger: {before_impact: 1h}\n", "the scenario starts only 30m before the impact"),
        (
            LASTS + "    scope: {fraction: 0.2, steps: [{after: 2h, fraction: 0.9}]}\n",
            "nobody is hit by this step",
        ),
        (
            STAGES + "    scope: {fraction: 0.2, steps: [{after: 3h, fraction: 0.9}]}\n",
            "whom this step hits is never back",
        ),
        (
            LASTS + "    seen: {scope: partial, steps: [{after: 3h, scope: region}]}\n",
            "nobody revises a scope",
        ),
        (STAGES + "    comms: {eta: [{after: 4h, says: 1h}]}\n", "the estimate is of a return that has been"),
    ],
    ids=["trigger", "scope", "scope-in-stages", "seen", "eta"],
)
def test_what_is_said_in_vain_is_doubted(text: str, told: str, tmp_path: Path) -> None:
    """Each once, with the instants."""
    (found,) = doubted(tmp_path, text)
    assert told in found


@pytest.mark.parametrize(
    "text",
    [
        LASTS + "    trigger: {before_impact: 30m}\n    comms: {eta: [{after: 119m, says: 1h}]}\n",
        "    lasts: {lognormal: {median: 1h, p90: 2h}}\n    comms: {eta: [{after: 4h, says: 1h}]}\n",
        "    recovery: {stages: [{at: 2h, fraction: 0.5}], tail: 6h}\n    comms: {eta: [{after: 4h, says: 1h}]}\n",
        "    recovery: {tail: 1h, never: 0.5}\n    comms: {eta: [{after: 4h, says: 1h}]}\n",
    ],
    ids=["in-time", "drawn", "tail", "never"],
)
def test_what_may_happen_is_not_doubted(text: str, tmp_path: Path) -> None:
    """An end that is drawn, has a tail or never comes may be late enough."""
    assert doubted(tmp_path, text) == []


def test_a_doubt_is_a_warning_and_passes(tmp_path: Path) -> None:
    """In every format, at its place; beside an error it is told as well."""
    path = tmp_path / "doubtful.yaml"
    path.write_text(HEAD + LASTS + "    comms: {eta: [{after: 4h, says: 1h}]}\n", encoding="utf-8")
    ended = run("validate", str(path))
    assert ended.code == 0
    assert "doubtful.yaml:12:27: warning: 4h is not before the end of the outage (2h)" in ended.out
    assert "1 outage, policy seed-2024-11, 1 warning" in ended.out
    (problem,) = json.loads(run("validate", str(path), "--format", "json").out)["problems"]
    assert problem["level"] == "warning"
    assert run("validate", str(path), "--format", "github").out.startswith("::warning ")
    (result,) = json.loads(run("validate", str(path), "--format", "sarif").out)["runs"][0]["results"]
    assert result["level"] == "warning"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 2\n", encoding="utf-8")
    ended = run("validate", str(path), str(wrong))
    assert ended.code == 2
    assert "warning: 4h" in ended.out


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_recorded_outage_says_anything_in_vain(path: Path) -> None:
    """The library sets the example."""
    assert load_with_doubts(path)[1] == []
