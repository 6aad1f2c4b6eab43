"""Laws of the search behind `policy explore`: it misses nothing that a plain walk over all chains of events finds."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path

import pytest

from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.search import search
from bcdr_sim.analysis.exploring.situation import Situation
from bcdr_sim.analysis.exploring.steps import Happening
from bcdr_sim.engine.state import GATES, Gate
from exploration_walks import play_of

Identity = tuple[str, str, str]

BLIND = """\
format: 1
policy: blind
title: Moves without looking
rules:
  - {id: calm, when: {service: up}, then: hold, reason: impact_unconfirmed, cites: [assumption]}
  - {id: go,   when: {location: NearCopy}, then: failover, cites: [assumption]}
  - {id: back, when: {location: FarCopy}, then: forced_failback, cites: [assumption]}
default: {then: hold, reason: no_rule}
invariants:
  - {id: never-twice, never: [failover, forced_failback], when: {since_last_move: {lt: 2h}}, cites: [assumption]}
"""
RELUCTANT = """\
format: 1
policy: reluctant
title: Asks for consent and honours it up to a minute
rules:
  - {id: calm,    when: {service: up}, then: hold, reason: impact_unconfirmed, cites: [assumption]}
  - {id: unknown, when: {loss_state: undetermined}, then: hold, reason: loss_not_determined, cites: [assumption]}
  - {id: unfit,   when: {target_state: {ne: healthy}}, then: hold, reason: secondary_unhealthy, cites: [assumption]}
  - {id: nothing, when: {location: NearCopy, data_loss: {eq: 0s}}, then: failover, cites: [assumption]}
  - {id: asked,   when: {location: NearCopy, loss_within_consent: yes, data_loss: {lt: 1m}},
     then: failover, cites: [assumption]}
default: {then: hold, reason: consent_pending}
"""


def chains(play: Play, events: int) -> dict[Identity, int]:
    """Every breach of every chain of so many events, with the length of the shortest chain: no state is remembered."""
    shortest: dict[Identity, int] = {}

    def note(length: int) -> bool:
        stops = any(breach.code == "BCDR506" for breach in play.judge.found)
        for breach in play.judge.found:
            shortest[breach.identity] = min(length, shortest.get(breach.identity, length))
        play.judge.found.clear()
        return stops

    def follow(situation: Situation, length: int) -> None:
        steps = list(play.choices.of(situation))
        for step in steps:
            after = copied(situation)
            play.procedure.play(after, step)
            if note(length + 1):
                continue
            if step.happening is Happening.TICK and values(after) == values(situation):
                play.judge.stuck(copied(situation), steps, stands_still=True)
                note(length)
            elif length + 1 < events:
                follow(after, length + 1)

    follow(play.procedure.start(1), 0)
    return shortest


def copied(situation: Situation) -> Situation:
    """Another one like it."""
    return Situation(replace(situation.regions), [replace(each) for each in situation.environments])


def values(situation: Situation) -> list[tuple[int, ...]]:
    """All its numbers."""
    return [astuple(situation.regions), *(astuple(each) for each in situation.environments)]


@pytest.mark.parametrize(
    ("text", "events", "gates", "expected"),
    [
        pytest.param(BLIND, 7, GATES, {"BCDR501", "BCDR503", "BCDR504", "BCDR506", "BCDR507"}, id="blind"),
        pytest.param(BLIND, 6, frozenset(), {"BCDR503", "BCDR506", "BCDR507"}, id="blind without gates"),
        pytest.param(RELUCTANT, 6, GATES, {"BCDR505"}, id="reluctant"),
        pytest.param(RELUCTANT, 5, frozenset({Gate.SLOT}), {"BCDR502", "BCDR503"}, id="reluctant, slot only"),
    ],
)
def test_a_plain_walk_over_all_chains_finds_the_same(
    text: str, events: int, gates: frozenset[Gate], *, expected: set[str], tmp_path: Path
) -> None:
    """The same breaches, and none by a shorter chain."""
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    play = play_of(str(path), gates=gates)
    plain = chains(play, events)
    found = search(play, events_max=events, states_max=10**6)
    assert {each.breach.identity: len(each.steps) for each in found.sightings} == plain
    assert {code for code, _, _ in plain} >= expected
