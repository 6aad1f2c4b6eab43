"""Laws of the clock: another time zone is another policy wherever something reads the time of day or the weekday."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bcdr_sim.analysis.identity import decision_digest
from bcdr_sim.policy import load_policy
from commands import run
from policy_repository import POLICY, begin, edit, land, reviewed

ZONES = ("Europe/Berlin", "America/New_York")
SHARED = """\
format: 1
invariants:
  - {id: no-night, never: failback, when: {time_of_day: {between: ["22:00", "06:00"]}}, cites: [assumption]}
"""
TEXT = """\
format: 1
policy: shift
title: Home by night
time_zone: Europe/Berlin
parameters:
  opens: {axis: time_of_day, default: "07:00", range: ["05:00", "09:00"]}
rules:
  - {id: by-day, when: {location: FarCopy, time_of_day: {gt: $opens}}, then: hold, reason: outside_window,
     cites: [assumption]}
  - {id: home, when: {location: FarCopy, primary_verified: yes, reverse_sync: complete, orchestrator: up,
     target_state: healthy, eligible: yes}, then: failback, cites: [assumption]}
  - {id: stay, when: {}, then: hold, reason: impact_unconfirmed, cites: [assumption]}
default: {then: hold, reason: no_rule}
invariants:
  - {id: not-on-sunday, never: failover, when: {weekday: sunday}, cites: [assumption]}
"""


def policy(folder: Path, name: str, *changes: tuple[str, str]) -> str:
    """A policy file, changed."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    place = folder / f"{name}.yaml"
    place.write_text(text, encoding="utf-8")
    return str(place)


def line(text: str) -> str:
    """A text as one line."""
    return " ".join(text.split())


def test_a_changed_zone_is_a_difference_and_is_told(tmp_path: Path) -> None:
    """With all that reads the clock, in every form; never 'the same is decided'."""
    old, new = policy(tmp_path, "old"), policy(tmp_path, "new", ZONES)
    ended = run("policy", "diff", old, new)
    assert ended.code == 0
    said = (
        "the clock is Europe/Berlin there, America/New_York here: rule by-day, invariant not-on-sunday, "
        "parameter opens read it, so the same words mean other times"
    )
    assert said in line(ended.out)
    assert "the same is decided" not in ended.out
    document = json.loads(run("policy", "diff", old, new, "--format", "json").out)
    assert not document["equivalent"]
    assert document["clock"]["rules"] == ["by-day"]
    assert "BCDR453" in run("policy", "diff", old, new, "--format", "github").out
    assert "America/New" in run("policy", "diff", old, new, "--format", "markdown").out
    assert "another clock" in run("policy", "diff", old, new, "--format", "junit").out


@pytest.mark.parametrize("question", ["equivalent", "implies", "exit-code"])
def test_no_question_is_answered_yes_across_clocks(question: str, tmp_path: Path) -> None:
    """Not proved ends with 1; the same zone is proved."""
    old, new = policy(tmp_path, "old"), policy(tmp_path, "new", ZONES)
    ended = run("policy", "diff", old, new, f"--{question}")
    assert ended.code == 1
    assert ": not proved, the clock is Europe/Berlin there" in line(ended.out)
    assert "::error" in run("policy", "diff", old, new, f"--{question}", "--format", "github").out
    assert run("policy", "diff", old, old, f"--{question}").code == 0


def test_a_zone_that_nothing_reads_is_no_difference(tmp_path: Path) -> None:
    """And one that only laws read is told, while the decisions are the same."""
    without = [
        ("time_of_day: {gt: $opens}", "primary_verified: no"),
        ('  opens: {axis: time_of_day, default: "07:00", range: ["05:00", "09:00"]}\n', ""),
        ("parameters:\n", ""),
    ]
    lawless = [*without, ("weekday: sunday", "service: up")]
    old, new = policy(tmp_path, "old", *lawless), policy(tmp_path, "new", *lawless, ZONES)
    assert "the clock is" not in run("policy", "diff", old, new, "--equivalent").out
    old, new = policy(tmp_path, "old", *without), policy(tmp_path, "new", *without, ZONES)
    ended = run("policy", "diff", old, new, "--equivalent")
    assert ended.code == 0
    assert "invariant not-on-sunday reads it" in line(ended.out)
    assert "equivalent: yes" in ended.out


def test_a_rule_that_stops_to_read_the_clock_is_a_box(tmp_path: Path) -> None:
    """Where one side alone reads it, what changes is exact, whatever the zone of the other."""
    old = policy(tmp_path, "old")
    new = policy(tmp_path, "new", ZONES, ("time_of_day: {gt: $opens}", "primary_verified: no"), NO_OPENS)
    ended = run("policy", "diff", old, new, "--implies")
    assert ended.code == 1
    assert "implies: no, hold [by-day] -> failback [home]" in line(ended.out)


NO_OPENS = ('parameters:\n  opens: {axis: time_of_day, default: "07:00", range: ["05:00", "09:00"]}\n', "")


def test_decisions_by_another_clock_have_another_digest(tmp_path: Path) -> None:
    """A zone that no decision reads leaves no trace in it."""
    old, new = policy(tmp_path, "old"), policy(tmp_path, "new", ZONES)
    assert decision_digest(load_policy(old)) != decision_digest(load_policy(new))
    unread = [("time_of_day: {gt: $opens}", "primary_verified: no"), NO_OPENS]
    old, new = policy(tmp_path, "old", *unread), policy(tmp_path, "new", *unread, ZONES)
    assert decision_digest(load_policy(old)) == decision_digest(load_policy(new))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example with a zone, a rule and a law of the night on `main`."""
    folder = begin(tmp_path / "repository")
    edit(folder / POLICY, "parameters:\n", "time_zone: Europe/Berlin\nparameters:\n")
    night = 'time_of_day: {between: ["22:00", "06:00"]}'
    edit(
        folder / POLICY,
        "invariants:\n",
        f"invariants:\n  - {{id: nights-are-quiet, never: failback, when: {{{night}}}, cites: [BOOK]}}\n",
    )
    edit(
        folder / POLICY,
        "rules:\n",
        f"rules:\n  - {{id: quiet, when: {{location: FarCopy, {night}}}, then: hold, "
        "reason: outside_window, cites: [BOOK]}\n",
    )
    edit(folder / "scenarios" / "storm.yaml", "horizon: 3d\n", "horizon: 3d\nstart: 2025-03-03T00:00:00Z\n")
    land(folder)
    return folder


def findings(repository: Path, code: str) -> list[tuple[str, int, str]]:
    """File, line and message of every finding of a kind."""
    document = json.loads(reviewed(repository, "--only", "diff", "--format", "json").out)
    return [
        (each["file"], each["line"], each["message"]) for each in document["findings"] if each["code"] == code
    ]


def test_another_clock_loosens_the_laws_that_read_it(repository: Path) -> None:
    """At the line of the zone, and the comment tells it; the policy does not decide as before."""
    edit(repository / POLICY, *ZONES)
    ended = reviewed(repository, "--only", "diff")
    assert ended.code == 1
    assert f"policy {POLICY}: decides by another clock" in ended.out
    number = (repository / POLICY).read_text(encoding="utf-8").splitlines().index(f"time_zone: {ZONES[1]}")
    assert findings(repository, "BCDR401") == [
        (
            POLICY,
            number + 1,
            "the clock is America/New_York, before Europe/Berlin: invariant nights-are-quiet guards other times than before",
        )
    ]
    (told,) = findings(repository, "BCDR453")
    assert told[1] == number + 1
    comment = reviewed(repository, "--only", "diff", "--format", "markdown").out
    assert "the clock is America/New" in comment
    assert "decides by another clock" in comment


def test_a_zone_that_is_left_out_is_utc(repository: Path) -> None:
    """Told at the top of the file, where there is no line for it any more."""
    edit(repository / POLICY, f"time_zone: {ZONES[0]}\n", "")
    (found,) = findings(repository, "BCDR401")
    assert "the clock is UTC, before Europe/Berlin" in found[2]


def test_a_law_of_another_file_reads_the_clock_of_the_policy(repository: Path) -> None:
    """So it guards other times as well, whatever part is looked at."""
    (repository / "invariants").mkdir()
    (repository / "invariants" / "all.yaml").write_text(SHARED, encoding="utf-8")
    land(repository)
    edit(repository / POLICY, *ZONES)
    (found,) = findings(repository, "BCDR401")
    assert "invariants nights-are-quiet, invariants/all.yaml:no-night guard other times" in found[2]
    assert reviewed(repository, "--only", "test").code == 1


def test_a_law_that_holds_at_all_times_needs_no_clock(repository: Path) -> None:
    """If what was forbidden by night is forbidden always, no other zone loosens it."""
    edit(repository / POLICY, *ZONES)
    edit(
        repository / POLICY,
        'never: failback, when: {time_of_day: {between: ["22:00", "06:00"]}}',
        "never: failback, when: {}",
    )
    assert findings(repository, "BCDR401") == []
