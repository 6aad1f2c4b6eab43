"""Laws of `ci` about orders of events: a changed policy is explored within a budget, and its findings refuse the change."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bcdr_sim.review.exploration import STATES_MAX
from commands import run

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "ci"
AGREED = "  - {id: agreed, when: {loss_within_consent: yes}, then: failover, cites: [BOOK]}"
CAPPED = (
    "  - {id: agreed, when: {loss_within_consent: yes, data_loss: {lt: 5m}}, then: failover, cites: [BOOK]}"
)
STABLE = (
    "  - {id: not-stable, when: {location: FarCopy, healthy_for: {lt: $stable}}, then: hold, reason: hold_down, "
    "cites: [BOOK]}"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example as a git repository with one commit on `main`, on a branch of its own."""
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("changes"))
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Begin"]):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True, capture_output=True)
    return folder


def edit(repository: Path, old: str, new: str) -> None:
    """Replace a line of the policy."""
    place = repository / "policies" / "company.yaml"
    text = place.read_text(encoding="utf-8")
    assert text.count(old) == 1
    place.write_text(text.replace(old, new), encoding="utf-8")


def reviewed(repository: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of `ci` against `main`."""
    ended = run("ci", str(repository), "--base", "main", "--format", "json")
    assert ended.out, ended.err
    return ended.code, json.loads(ended.out)


def found(document: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """The findings of a kind."""
    return [finding for finding in document["findings"] if finding["code"] == code]


def test_what_did_not_change_is_not_explored(repository: Path) -> None:
    """A comment in the file is no change either."""
    edit(repository, "rules:\n", "rules:  # from the top\n")
    code, document = reviewed(repository)
    assert code == 0
    assert document["policies"][0]["explored"] is None


def test_consent_that_a_change_ignores_is_found_by_events_alone(repository: Path) -> None:
    """Every decision keeps every law, so no proof fails: the trace ends with consent that nobody will ever use."""
    edit(repository, AGREED, CAPPED)
    code, document = reviewed(repository)
    assert code == 1
    assert not found(document, "BCDR201")
    (stuck,) = found(document, "BCDR505")
    assert stuck["severity"] == "error"
    assert stuck["file"] == "policies/company.yaml"
    assert stuck["rule"] == "waiting"
    assert stuck["events"][-1].startswith("consent to ")
    explored = document["policies"][0]["explored"]
    assert explored["complete"]
    assert 1000 < explored["situations"] <= STATES_MAX
    for form in ("text", "markdown", "github", "sarif", "junit", "gitlab"):
        assert "consent to 5m" in run("ci", str(repository), "--base", "main", "--format", form).out


def test_a_broken_law_of_before_comes_with_the_events_that_lead_there(repository: Path) -> None:
    """Once, at the rule that the proof names."""
    edit(repository, "  - {id: no-loss-without-consent,", "  # - {id: no-loss-without-consent,")
    edit(
        repository,
        "when: {data_loss: {eq: 0s}}, then: failover",
        "when: {data_loss: {lt: 5m}}, then: failover",
    )
    code, document = reviewed(repository)
    assert code == 1
    (broken,) = found(document, "BCDR201")
    assert broken["rule"] == "nothing-lost"
    assert broken["message"].endswith("a law of before")
    assert broken["events"][0] == "outage of the primary region"
    assert broken["events"][-1] == "commit"
    assert not found(document, "BCDR501")


def test_the_laws_of_before_are_held_in_every_order_of_events(repository: Path) -> None:
    """A parameter of before still has its value in them, though the change has no such parameter."""
    law = (
        "  - {id: home-late, always: hold, when: {location: FarCopy, service: up, healthy_for: {lt: $stable}}, "
        "cites: [BOOK]}\n"
    )
    place = repository / "policies" / "company.yaml"
    place.write_text(place.read_text(encoding="utf-8") + law, encoding="utf-8")
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    subprocess.run(["git", *identity, "commit", "-q", "-a", "-m", "Law"], cwd=repository, check=True)
    edit(repository, law, "")
    edit(repository, STABLE + "\n", "")
    edit(repository, "parameters:\n  stable: {axis: healthy_for, default: 2h, range: [30m, 24h]}\n", "")
    code, document = reviewed(repository)
    assert code == 1
    (broken,) = found(document, "BCDR201")
    assert broken["invariant"] == "home-late"
    assert broken["events"].count("commit") == 2


def test_a_policy_that_cannot_be_explored_is_said_to_be_so(repository: Path) -> None:
    """The rest of the review stands."""
    odd = "  - {id: too-often, when: {moves_24h: {ge: 5}}, then: hold, reason: hold_down, cites: [BOOK]}\n"
    edit(repository, STABLE, odd + STABLE)
    code, document = reviewed(repository)
    assert code in {0, 1}
    assert "moves_24h" in document["policies"][0]["explored"]["given_up"]
    assert not document["policies"][0]["explored"]["complete"]
    ended = run("ci", str(repository), "--base", "main")
    assert "explored: not at all, since 'moves_24h' is not explored" in " ".join(ended.out.split())
