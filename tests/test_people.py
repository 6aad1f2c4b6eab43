"""Laws of people: who is asked when, whose answer counts, what silence means, and how consent ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from oracle.rows import rows_of
from oracle.scenarios import POLICIES, Plain
from oracle.state import Row
from people_worlds import peopled_scenarios

MINUTE = 60_000
ALL = sorted(POLICIES)
thorough = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)

ONE = """\
version: 1
name: one
start: 2024-11-04T00:00:00Z
horizon: 3d
regions: [{{name: west, pair: north}}, {{name: north, pair: west}}]
link: {{kind: lag, lag: 5m}}
environments: [{{name: a, region: west, customer: contoso}}]
customers:
  contoso: {{dashboard_every: null, notices_impact: 0s, accepts_loss_up_to: {accepts}, decision: 10m, {customer}}}
provider:
  {{confirmation: 0s, first_post: 0s, loss_determination: 0s, support: {{first_response: 10m}},
    failover: {{run: 1h, failure: {{probability: 0}}}}}}
outages:
  - {{id: gale, region: west, at: 1h, lasts: 10h, detection: {{automatic: 0s}}, {outage}}}
"""
"""Told the level 10 minutes after impact, which is at 1 h."""


def told(customer: str, *, accepts: str = "15m", outage: str = "kind: hard") -> list[tuple[float, str]]:
    """What people did, in minutes after impact."""
    text = ONE.format(customer=customer, accepts=accepts, outage=outage)
    scenario = load_scenario("one.yaml", text=text)
    rows = rows_of(simulate(resolve(scenario), load_policy("seed")))
    said = ("case_escalated", "answer_overdue", "consent_", "loss_level_told")
    return [(row[0] / MINUTE - 60, row[2]) for row in rows if row[1] == "a" and row[2].startswith(said)]


def test_readiness_shortens_the_decision_of_a_delegate_and_nothing_else() -> None:
    """Half of its thinking, but the same time until it is asked, and until silence counts."""
    delegate = "answers_share: 0, escalation: [{name: boss, after: 20m, decision: 10m}], "
    assert told(delegate + "readiness: 0.5") == [
        (10, "loss_level_told"),
        (30, "case_escalated"),
        (35, "consent_granted"),
    ]
    assert told("answers_share: 0, readiness: 0.5, on_silence: {after: 20m, counts_as: declines}")[1:] == [
        (30, "answer_overdue"),
        (30, "consent_declined"),
    ]


def test_of_two_answers_at_one_instant_that_of_the_customer_counts() -> None:
    """It was asked earlier, whatever its delegate would say."""
    delegate = "escalation: [{name: boss, after: 5m, decision: 5m, accepts_loss_up_to: %s}]"
    assert told(delegate % "0s")[-1] == (20, "consent_granted")
    assert told(delegate % "1d", accepts="0s")[-1] == (20, "consent_declined")


def test_an_answer_comes_before_the_escalation_and_the_silence_of_its_instant() -> None:
    """Who answers in the last moment has answered."""
    assert told("escalation: [{name: boss, after: 10m}], on_silence: {after: 10m, counts_as: declines}") == [
        (10, "loss_level_told"),
        (20, "consent_granted"),
    ]


def test_a_delegate_is_asked_at_night_and_answers_in_its_hours() -> None:
    """At 01:30, and works from 08:00."""
    hours = '{days: [monday], opens: "08:00"}'
    found = told(f"answers_share: 0, escalation: [{{name: boss, after: 20m, decision: 10m, hours: {hours}}}]")
    assert found == [(10, "loss_level_told"), (30, "case_escalated"), (7 * 60, "consent_granted")]


def test_an_answer_that_waits_for_support_is_no_silence() -> None:
    """Decided while the channel is down: nobody else is asked, and it counts when the channel is up."""
    customer = "escalation: [{name: boss, after: 15m}], on_silence: {after: 20m, counts_as: declines}"
    found = told(customer, outage="channels: {support: {down: [15m, 60m]}}")
    assert found == [(10, "loss_level_told"), (60, "consent_granted")]


def test_silence_waits_for_support_too() -> None:
    """Nobody could have answered."""
    customer = "answers_share: 0, on_silence: {after: 20m, counts_as: accepts}"
    found = told(customer, outage="channels: {support: {down: [15m, 60m]}}")
    assert found[1:] == [(60, "answer_overdue"), (60, "consent_granted")]


def test_a_refusal_takes_the_consent_of_silence_back() -> None:
    """Consent by silence 15 minutes after impact; five minutes later the answer is no."""
    assert told("on_silence: {after: 5m, counts_as: accepts}", accepts="0s") == [
        (10, "loss_level_told"),
        (15, "answer_overdue"),
        (15, "consent_granted"),
        (20, "consent_declined"),
    ]


def test_a_withdrawal_keeps_office_hours_and_needs_support() -> None:
    """Decided at 01:25, said when the office opens at 01:35, heard when the channel is up again."""
    office = '{days: [sunday, monday], opens: "01:35", closes: "01:23"}'
    assert told(f"withdraws_after: 5m, hours: {office}")[-1] == (35, "consent_withdrawn")
    found = told(f"withdraws_after: 5m, hours: {office}", outage="channels: {support: {down: [30m, 50m]}}")
    assert found[-1] == (50, "consent_withdrawn")


def test_consent_is_withdrawn_at_the_instant_it_lapses_only_once() -> None:
    """The withdrawal comes first, and ends the validity as well."""
    found = told("withdraws_after: 15m, lapses_after: 15m")
    assert found == [(10, "loss_level_told"), (20, "consent_granted"), (35, "consent_withdrawn")]


def test_consent_that_lapses_is_asked_for_again() -> None:
    """Valid for half an hour, in a failover of an hour from 20m on: what counts at the commit is the second consent."""
    assert told("lapses_after: 30m") == [
        (10, "loss_level_told"),
        (20, "consent_granted"),
        (50, "consent_lapsed"),
        (60, "loss_level_told"),
        (70, "consent_granted"),
    ]


@given(plain=peopled_scenarios(), policy=sampled_from(ALL))
@thorough
def test_whoever_answers_has_been_asked(plain: Plain, policy: str) -> None:
    """Every answer, escalation and silence follows a level told in the same incident, every end of consent a consent."""
    for _, rows in by_environment(plain, policy):
        asked: set[str | None] = set()
        granted: set[str | None] = set()
        for row in rows:
            event, outage = row[2], row[4]
            if event == "loss_level_told":
                asked.add(outage)
            if event in {"consent_granted", "consent_declined", "case_escalated", "answer_overdue"}:
                assert outage in asked
            if event in {"consent_withdrawn", "consent_lapsed", "consent_exceeded"}:
                assert outage in granted
            if event == "consent_granted":
                granted.add(outage)


@given(
    plain=peopled_scenarios(), policy=sampled_from([name for name in ALL if not name.startswith("asking")])
)
@thorough
def test_nobody_is_asked_again_after_taking_consent_back(plain: Plain, policy: str) -> None:
    """In that incident, as long as the provider does not call."""
    for _, rows in by_environment(plain, policy):
        withdrawn = ""
        for row in rows:
            if row[2] == "consent_withdrawn":
                withdrawn = row[4] or ""
            elif row[2] in {"service_restored", "case_closed"} or row[2].endswith("_completed"):
                withdrawn = ""
            assert not (row[2] == "loss_level_told" and row[4] == withdrawn)


@given(plain=peopled_scenarios(), policy=sampled_from(ALL))
@thorough
def test_agents_work_on_no_more_cases_than_there_are_of_them(plain: Plain, policy: str) -> None:
    """A case keeps its agent until its level is told, it is closed, or the provider calls."""
    desk = plain["provider"]["support"]
    rows = all_rows(plain, policy)
    under_work: set[str | None] = set()
    for row in rows:
        if row[2] == "case_taken_up":
            assert "agents" in desk
            assert row[1] not in under_work
            under_work.add(row[1])
            assert len(under_work) <= desk["agents"] or desk.get("cases") == "per_customer"
        elif row[2] in {"loss_level_told", "case_closed", "consent_asked"} or row[2].endswith("_completed"):
            assert (
                row[2] != "loss_level_told"
                or "agents" not in desk
                or row[1] in under_work
                or asked(rows, row)
            )
            under_work.discard(row[1])


def asked(rows: list[Row], told_row: Row) -> bool:
    """Whether the provider has called at the instant of a level told."""
    return any(row[:3] == (told_row[0], told_row[1], "consent_asked") for row in rows)


@given(plain=peopled_scenarios(crowds=True), policy=sampled_from(ALL))
@settings(parent=thorough, max_examples=25)
def test_a_frozen_world_keeps_its_people(plain: Plain, policy: str) -> None:
    """Whatever people took their time for stands in the file, byte for byte the same once more."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    try:
        text = freeze(trial, POLICIES[policy])
    except PolicyError:
        return
    frozen = resolve(load_scenario("frozen.yaml", text=text))
    assert simulate(frozen, POLICIES[policy]).digest == simulate(trial, POLICIES[policy]).digest
    assert freeze(frozen, POLICIES[policy]) == text


def all_rows(plain: Plain, policy: str) -> list[Row]:
    """The rows of a world; none if the policy runs in a circle."""
    try:
        return rows_of(simulate(resolve(Scenario.model_validate(plain), seed=7), POLICIES[policy]))
    except PolicyError:
        return []


def by_environment(plain: Plain, policy: str) -> Iterator[tuple[str | None, list[Row]]]:
    """The rows of every environment of a world in their order."""
    rows = sorted(all_rows(plain, policy), key=lambda row: str(row[1]))
    for name, group in groupby(rows, key=lambda row: row[1]):
        yield name, list(group)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_withdraws(share: float) -> None:
    """None or all of them."""
    found = told(f"withdraws_after: 15m, withdraws_share: {share}")
    assert ((35, "consent_withdrawn") in found) == bool(share)
