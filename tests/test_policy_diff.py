"""Laws of `policy diff`: its boxes hold exactly what changed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from bcdr_sim.analysis import Difference, differ
from bcdr_sim.analysis.boxes import Box
from bcdr_sim.analysis.cuts import Cut
from bcdr_sim.analysis.space import Space
from bcdr_sim.policy import Action, Decision, Observation, Policy, load_policy, profile_names
from bcdr_sim.policy.policy import policy_document
from policy_observations import possible_observations
from policy_tables import all_atoms
from random_policies import every_observation, is_possible, policies

quiet = settings(suppress_health_check=list(HealthCheck), deadline=None, database=None, max_examples=40)


def holds(box: Box, cuts: tuple[Cut, ...], observation: Observation) -> bool:
    """Whether an observation lies in a box."""
    places = (cut.cell_of(observation.value(cut.axis.name)) for cut in cuts)
    return all(mask >> place & 1 for mask, place in zip(box.masks, places, strict=True))


def agrees(
    policies: tuple[Policy, Policy], difference: Difference, observations: Iterable[Observation]
) -> None:
    """Every box around an observation says what happened to it, and if something did there is one."""
    old, new = policies
    cuts = Space([row.when for policy in policies for row in policy.rows]).cuts
    for observation in observations:
        before, after = old.answer(observation), new.answer(observation)
        boxed = [
            each for each in difference.changes if any(holds(box, cuts, observation) for box in each.boxes)
        ]
        assert all(before in change.befores and after == change.after for change in boxed)
        assert len(boxed) == (0 if answer(before) == answer(after) else 1)


def answer(decision: Decision) -> tuple[object, ...]:
    """What is done, and why nothing is."""
    return decision.action, decision.reason, decision.wake_after_ms


@given(old=policies(), new=policies())
@quiet
def test_the_boxes_hold_exactly_what_changed(old: Policy, new: Policy) -> None:
    """In random pairs, at one in thirteen of all observations that can occur."""
    difference = differ(old, new)
    assert all(change.is_whole for change in difference.changes)
    everything = islice(every_observation(old.table, new.table), 0, None, 13)
    agrees((old, new), difference, filter(is_possible, everything))


@pytest.mark.parametrize("name", [name for name in profile_names() if name != "seed-2024-11"])
def test_the_boxes_between_shipped_profiles_hold_exactly_what_changed(name: str) -> None:
    """At and around every literal of both."""
    old, new = load_policy("seed-2024-11"), load_policy(name)
    difference = differ(old, new)
    agrees((old, new), difference, possible_observations(all_atoms(old) + all_atoms(new), count=400))


@pytest.mark.parametrize("name", profile_names())
def test_a_policy_is_equivalent_to_itself(name: str) -> None:
    """And moves nobody that it does not move."""
    difference = differ(load_policy(name), load_policy(name), policy_document(name))
    assert difference.is_equivalent
    assert not difference.does_more
    assert not difference.swapped


def changed_seed(path: Path, old: str, new: str) -> Policy:
    """The seed's rules with one text replaced."""
    text = policy_document("seed-2024-11").sources[-1].text
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_policy(path)


def test_a_small_loss_in_the_automatic_rule_is_one_box(tmp_path: Path) -> None:
    """A reviewer reads one line, in the literals of the file."""
    new = changed_seed(
        tmp_path / "bad.yaml",
        "when: {location: NearCopy, data_loss: {eq: 0s}}, then: failover",
        "when: {location: NearCopy, data_loss: {lt: 5m}}, then: failover",
    )
    difference = differ(load_policy("seed-2024-11"), new)
    (change,) = difference.changes
    (box,) = change.boxes
    assert change.after.rule == "auto-zero-loss"
    assert str(box) == (
        "location NearCopy, 0s < data_loss < 5m, copy usable, service impaired or down, outage_scope region, "
        "impact_confirmed yes, target_state healthy, 50 <= target_capacity, loss_within_consent no, "
        "1h <= since_last_move, automation on, orchestrator up"
    )
    assert difference.does_more == (change,)


def test_a_stricter_policy_does_nothing_that_the_old_one_did_not(tmp_path: Path) -> None:
    """It implies the old one, though it differs."""
    new = changed_seed(
        tmp_path / "strict.yaml",
        "axis: target_capacity, default: 50,",
        "axis: target_capacity, default: 80,",
    )
    difference = differ(load_policy("seed-2024-11"), new)
    assert difference.actions
    assert not difference.does_more
    assert all(change.after.action is Action.HOLD for change in difference.actions)


def test_rules_that_change_places_are_named_if_it_matters(tmp_path: Path) -> None:
    """Only pairs that hold together somewhere and decide differently there."""
    lines = policy_document("seed-2024-11").sources[-1].text.splitlines()
    first = next(number for number, line in enumerate(lines) if "{id: loss-unknown," in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    declined = next(number for number, line in enumerate(lines) if "{id: declined," in line)
    lines[declined], lines[declined + 1] = lines[declined + 1], lines[declined]
    path = tmp_path / "swapped.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    difference = differ(load_policy("seed-2024-11"), load_policy(path), policy_document(path))
    assert [finding.rule for finding in difference.swapped] == ["channel-down"]
    assert difference.swapped[0].problem.line == declined + 1


def test_the_difference_of_two_editions_names_what_sets_them_apart() -> None:
    """From the seed to the articles on finance and operations: five seconds, the provider's call, outages below a region."""
    difference = differ(load_policy("seed-2024-11"), load_policy("fo-2022"))
    said = {
        change.after.rule: " | ".join(map(str, change.boxes))
        for change in difference.actions
        if change.after.action is not Action.HOLD
    }
    assert "0s < data_loss <= 5s" in said["tolerated"]
    assert "outage_scope partial or zone" in said["tolerated"]
    assert "5s < data_loss" in said["ask"]
    (asking,) = [change for change in difference.actions if change.after.rule == "ask"]
    assert asking.after.action is Action.ASK_CONSENT
    assert {each.action for each in asking.befores} == {Action.HOLD}
