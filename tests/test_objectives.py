"""Laws of objectives: met, breached, censored or not applicable, and why."""

from typing import Any

import pytest

from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.phases import Phase
from bcdr_sim.verdict import Judgement, Judgements, Met, Objective, Verdict, judge
from logs import HOUR, MINUTE, World, failover, outage_in_place


def world(*, objectives: dict[str, str] | None = None, **given: Any) -> World:
    """Environment `a` with its own objectives."""
    return World(environments=[{"name": "a", "region": "west", "objectives": objectives or {}}], **given)


def judged(of: World) -> Judgements:
    return judge(measure(of.timeline())).judgements


def by_name(judgements: list[Judgement]) -> dict[Objective, Judgement]:
    return {judgement.objective: judgement for judgement in judgements}


def one(of: World, objective: Objective) -> Judgement:
    return by_name(judged(of).environment(0))[objective]


@pytest.mark.parametrize(("rto", "met"), [("4h", Met.POLICY_MET), ("3h59m59s", Met.POLICY_BREACHED)])
def test_an_objective_is_met_up_to_its_value(rto: str, met: Met) -> None:
    """A recovery time of exactly the objective meets it."""
    of = world(objectives={"rto": rto})
    outage_in_place(of)
    judgement = one(of, Objective.RTO)
    assert judgement.met == met
    assert judgement.actual_ms == 4 * HOUR
    assert judgement.reason is None


def test_an_objective_of_0_can_be_met() -> None:
    """0 ms is attainable here, and 0 <= 0."""
    of = world(objectives={"rto": "0s"})
    of.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
    of.add(HOUR, Event.SERVICE_RESTORED, Phase.SERVING)
    assert one(of, Objective.RTO).met == Met.POLICY_MET


def test_an_open_incident_is_censored_until_it_exceeds_the_objective() -> None:
    """Four hours down at the horizon."""
    for rto, met in (("5h", Met.CENSORED), ("4h", Met.CENSORED), ("3h", Met.POLICY_BREACHED)):
        of = world(objectives={"rto": rto})
        of.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED)
        assert one(of, Objective.RTO).met == met


def test_what_is_lost_breaches_every_objective_and_says_so() -> None:
    """It never comes back, however long the objective."""
    of = world(objectives={"rto": "100d", "rpo": "1h", "mtpd": "100d", "mtpd_window": "365d"})
    of.add(HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, value=-2)
    of.add(2 * HOUR, Event.ENVIRONMENT_LOST, Phase.LOST)
    judgements = judged(of)
    assert [each.met for each in judgements.environment(0)] == [Met.POLICY_BREACHED] * 4
    assert {each.reason for each in judgements.incident(0)} == {"lost: it never comes back"}


def test_rpo_judges_the_age_of_what_was_lost() -> None:
    """Two minutes lost: within 2 min, beyond 1."""
    for rpo, met in (("2m", Met.POLICY_MET), ("1m", Met.POLICY_BREACHED)):
        of = world(objectives={"rpo": rpo})
        failover(of)
        assert one(of, Objective.RPO).met == met


def test_rpo_is_met_where_nothing_was_written() -> None:
    """An idle environment with an old copy."""
    of = world(objectives={"rpo": "0s"}, writes="idle")
    failover(of)
    judgement = one(of, Objective.RPO)
    assert judgement.met == Met.POLICY_MET
    assert judgement.actual_ms == 0


def test_rpo_of_an_incident_without_a_move_is_met_however_large_the_exposure() -> None:
    """Nothing was lost; the potential loss is shown, not judged."""
    of = world(objectives={"rpo": "0s"})
    outage_in_place(of)
    assert one(of, Objective.RPO).met == Met.POLICY_MET


def test_mtpd_judges_each_incident_and_its_window_all_of_them() -> None:
    """Two incidents of 4 h within 12 h: 4 h each is tolerable, 8 h together is not."""
    of = world(objectives={"mtpd": "5h", "mtpd_window": "12h"})
    outage_in_place(of)
    outage_in_place(of, start=8 * HOUR, end=12 * HOUR)
    assert one(of, Objective.MTPD).met == Met.POLICY_MET
    window = one(of, Objective.MTPD_WINDOW)
    assert window.met == Met.POLICY_BREACHED
    assert window.actual_ms == 8 * HOUR
    assert window.objective_ms == 5 * HOUR


def test_a_window_shorter_than_an_incident_sees_its_own_length() -> None:
    """No window can hold more down time than itself."""
    of = world(objectives={"mtpd": "3h", "mtpd_window": "3h"})
    outage_in_place(of)
    assert one(of, Objective.MTPD_WINDOW).actual_ms == 3 * HOUR
    assert one(of, Objective.MTPD_WINDOW).met == Met.POLICY_MET


def test_without_an_objective_nothing_is_judged() -> None:
    """Not applicable, with the reason."""
    of = world()
    outage_in_place(of)
    judgement = one(of, Objective.RTO)
    assert judgement.met == Met.NOT_APPLICABLE
    assert judgement.reason == "objective not set"
    assert judgement.actual_ms == 4 * HOUR


def test_without_an_incident_nothing_is_met() -> None:
    """n/a (0 outages), never a perfect score."""
    of = world(objectives={"rto": "4h", "mtpd": "4h", "mtpd_window": "12h"})
    judgements = judged(of)
    assert {each.met for each in judgements.environment(0)} == {Met.NOT_APPLICABLE}
    assert one(of, Objective.RTO).reason == "n/a (0 outages)"
    assert one(of, Objective.MTPD_WINDOW).reason == "n/a (0 outages)"
    assert judgements.worst == Met.NOT_APPLICABLE


def test_an_environment_that_is_not_covered_is_not_judged() -> None:
    """Whatever its objectives: nobody promised to move it."""
    of = World(
        environments=[{"name": "a", "region": "west", "type": "Sandbox"}], objectives={"3": {"rto": "1m"}}
    )
    outage_in_place(of)
    judgement = one(of, Objective.RTO)
    assert judgement.met == Met.NOT_APPLICABLE
    assert judgement.reason == "not covered"


def test_objectives_of_the_tier_hold_unless_the_environment_has_its_own() -> None:
    """Tier 1 in an hour; `b` has its own four."""
    of = World(
        environments=[
            {"name": "a", "region": "west", "tier": 1},
            {"name": "b", "region": "west", "tier": 1, "objectives": {"rto": "4h"}},
            {"name": "c", "region": "west", "tier": 2},
        ],
        objectives={"1": {"rto": "1h"}},
    )
    for name in "abc":
        outage_in_place(of, environment=name)
    assert judged(of).overall.tolist() == [Met.POLICY_BREACHED, Met.POLICY_MET, Met.NOT_APPLICABLE]
    assert judged(of).counts() == {"NotApplicable": 1, "PolicyMet": 1, "Censored": 0, "PolicyBreached": 1}


def test_the_verdict_of_an_environment_is_that_of_its_worst_incident() -> None:
    """One met and one breached is breached, with the value that breached it."""
    of = world(objectives={"rto": "2h"})
    outage_in_place(of, end=2 * HOUR)
    outage_in_place(of, start=5 * HOUR, end=8 * HOUR)
    judgement = one(of, Objective.RTO)
    assert (judgement.met, judgement.actual_ms) == (Met.POLICY_BREACHED, 3 * HOUR)
    assert [int(code) for code in judged(of).of_incident[Objective.RTO]] == [
        Met.POLICY_MET,
        Met.POLICY_BREACHED,
    ]


def test_breached_objectives_are_no_failed_expectations() -> None:
    """Whether a breach fails a run is not for the verdict to say."""
    of = world(objectives={"rto": "1m"})
    outage_in_place(of, start=HOUR, end=HOUR + 30 * MINUTE)
    verdict = judge(measure(of.timeline()))
    assert isinstance(verdict, Verdict)
    assert verdict.passed
    assert verdict.breached
    assert repr(verdict) == "<Verdict: 1 PolicyBreached; 0 of 0 expectations failed>"


def test_the_frame_of_incidents_has_their_verdicts() -> None:
    """One column per objective, as categories."""
    of = world(objectives={"rto": "1h", "mtpd": "1d"})
    outage_in_place(of)
    row = judge(measure(of.timeline())).incidents().iloc[0]
    assert [row[f"{name}_verdict"] for name in ("rto", "rpo", "mtpd")] == [
        "PolicyBreached",
        "NotApplicable",
        "PolicyMet",
    ]
