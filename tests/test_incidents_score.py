"""Replays against the record: all of it is read, classes are judged as they are defined, nothing is tuned unseen."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache, partial

import pytest

from bcdr_sim.cli import main
from bcdr_sim.events import Event
from bcdr_sim.incidents.readings import READINGS, Prediction
from bcdr_sim.incidents.readings.predictions import REPAIRED
from bcdr_sim.incidents.record import Grade, Range, Recorded, find, recorded
from bcdr_sim.incidents.replaying import Replay, named_policy, replay
from bcdr_sim.incidents.scoring import Scored, score_one
from bcdr_sim.incidents.tails import tail_without
from bcdr_sim.report.recorded import score_json, score_markdown, score_text, totals
from rewrite_what_if import SCORE_PAGE

ENCODED = [each for each in recorded() if each.scenario.exists()]
SWEPT = "azure-avd-2024-09-16"
NAIVE = {
    "azure-inc-2020-05-18#4": 590,
    "aws-tyo-2019-08-23#2": 538,
    "alibaba-hk-2022-12-18#2": 945,
    "gcp-euw2-2022-07-19#3": 820,
    "gcp-use5c-2025-03-29#2": 335,
    "aws-use1-power-2012-06-29#6": 275,
    "kakao-2022-10-15#3": 3095,
    "github-2018-10-21#6": 599,
}
EXPECTED_MISSES = {"vsts-2018-09-04#4", "azure-cus-2024-07-18#5"}


@cache
def scored(name: str) -> tuple[Scored, ...]:
    """The comparisons of an outage, assumptions as they are."""
    return tuple(score_one(find(name), swept=False))


def everything() -> list[Scored]:
    """All comparisons of everything that is encoded."""
    return [row for each in ENCODED for row in scored(each.id)]


def test_every_comparison_has_a_reading() -> None:
    """And no reading is left over."""
    assert set(READINGS) == {one.id for each in recorded() for one in each.comparisons}


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_every_comparison_is_evaluated(each: Recorded) -> None:
    """Numbers where numbers are published, one for each; a category where a category is."""
    for row in scored(each.id):
        assert len(row.simulated) == len(row.comparison.minutes), row.comparison.id
        assert all(math.isfinite(value) for value in row.simulated), row.comparison.id


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_what_is_in_an_encoding_is_replayed_as_written(each: Recorded) -> None:
    """Class A: regression, exact to the minute it is published to."""
    for row in scored(each.id):
        if row.comparison.grade is Grade.A:
            assert row.holds, f"{row.comparison.id}: {row.simulated}"


def test_decisions_follow_from_the_policy_in_force() -> None:
    """Class B: every category is matched with the assumptions as they are."""
    missed = [row.comparison.id for row in everything() if row.comparison.grade is Grade.B and not row.holds]
    assert missed == []


def test_the_expected_misses_are_misses_and_are_printed() -> None:
    """A dependent without a tail of its own is back with its cause; that it was not is shown, with the reason."""
    rows = everything()
    off = {
        row.comparison.id for row in rows if row.comparison.grade is Grade.C and abs(row.relative[0]) > 0.05
    }
    assert off == EXPECTED_MISSES
    for text in (score_text(rows, width=100), score_markdown(rows).replace("\\", "")):
        for missed in EXPECTED_MISSES:
            assert f"{missed}: " in text
        assert "expected miss" in " ".join(text.split())


def test_predictions_leave_their_own_outage_out() -> None:
    """The naive answers of the record are those without it; the interval comes from the values that are left."""
    for row in everything():
        if row.comparison.grade is Grade.D:
            assert row.comparison.baseline_min == NAIVE[row.comparison.id]
            assert row.naive_relative is not None
    left = tail_without("cooling", "aws-tyo-2019-08-23")
    assert list(left.values_min) == [235, 360, 373, 855, 959]
    assert left.median_min + 165 == NAIVE["aws-tyo-2019-08-23#2"]
    assert left.quantile_min(0.1) < left.quantile_min(0.5) < left.quantile_min(0.9)
    with pytest.raises(ValueError, match="do not hold"):
        tail_without("cooling", "kakao-2022-10-15")


@pytest.mark.parametrize("name", [name for name in NAIVE if not name.startswith(("kakao", "github"))])
def test_a_naive_answer_is_the_repair_and_the_median_of_the_others(name: str) -> None:
    """The record's own figure, computed again from the values without this outage."""
    incident = find(name.partition("#")[0])
    (repaired,) = (fact for fact in incident.facts if fact.kind in REPAIRED)
    others = tail_without(repaired.kind.removesuffix("_restored"), incident.id)
    assert repaired.at_min + others.median_min == NAIVE[name]


def test_a_prediction_does_not_see_what_is_withheld() -> None:
    """With recovery stages that never come the prediction is the same."""
    base = replay(find("gcp-use5c-2025-03-29"))
    read = READINGS["gcp-use5c-2025-03-29#2"]
    other = base.again(changes={"outages.power.recovery.stages": [{"at": "40h", "fraction": 1.0}]})
    assert read(base) == read(other)
    assert isinstance(read(base), Prediction)


# How classes are judged


def test_an_error_counts_from_the_nearest_published_end() -> None:
    """Inside a range it is 0."""
    published = Range(100, 200)
    assert [published.error(value) for value in (90, 100, 150, 200, 230)] == [-10, 0, 0, 0, 30]
    assert [published.relative(value) for value in (90, 150, 230)] == [-0.1, 0, 0.15]
    assert math.isinf(published.error(math.inf))


def test_a_decision_that_an_assumption_turns_is_no_match() -> None:
    """It is undetermined, and the assumption is named."""
    rows = score_one(find(SWEPT))
    (decision,) = (row for row in rows if row.comparison.grade is Grade.B)
    assert (decision.verdict, decision.is_match, decision.flips) == ("match", True, ())
    assert decision.tried > 10
    turned = replace(decision, flips=("link.lag = 10s",))
    assert (turned.verdict, turned.is_match) == ("undetermined", False)
    assert any("0 of 1 match, 0 miss, 1 undetermined" in total for total in totals([turned]))
    assert "link.lag = 10s" in score_text([turned], width=100)


@pytest.mark.parametrize("name", [SWEPT, "azure-weu-2025-11-05", "azure-cus-2024-07-18"])
def test_the_page_of_the_score_shows_a_fresh_one(name: str) -> None:
    """Of a few outages with every sweep; `python tests/rewrite_what_if.py` writes all of it."""
    page = SCORE_PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in score_markdown(score_one(find(name))).splitlines() if "\\#" in line]
    assert rows
    assert not [line for line in rows if line not in page]


def test_consistency_never_enters_the_headline() -> None:
    """The decisions are counted without class A; class A has a line that says what it is."""
    rows = everything()
    decisions = sum(row.comparison.grade is Grade.B for row in rows)
    lines = list(totals(rows))
    assert f" of {decisions} match" in lines[0]
    assert lines[-1].startswith("Regression (class A, no validation)")


def test_the_document_holds_every_comparison() -> None:
    """Also what never came, as null."""
    rows = [replace(row, simulated=(math.inf,)) if row.simulated else row for row in scored(SWEPT)]
    document = json.loads(score_json(rows))
    assert document["schema"] == "bcdr-sim/incident-score/1"
    assert [one["id"] for one in document["comparisons"]] == [row.comparison.id for row in rows]
    assert document["comparisons"][1]["replay_min"] == [None]


# As of


@pytest.mark.parametrize(
    ("name", "change", "instant_min"),
    [
        ("cloudflare-pdx-2023-11-02", {"outages.power.recovery.stages.0.at": "50h"}, 2442),
        ("azure-avd-2024-09-16", {"outages.database.lasts": "20h"}, 12 * 60),
        ("azure-weu-2025-11-05", {"outages.sag.recovery.stages.1.at": "20h"}, 572),
        ("azure-scus-2018-09-04", {"outages.cooling.recovery.stages.1.at": "5d"}, 4271),
        ("gcp-use5c-2025-03-29", {"outages.power.recovery.stages.0.at": "20h"}, 370),
    ],
)
def test_a_policy_never_sees_the_end(name: str, change: dict[str, str], instant_min: float) -> None:
    """An end that is moved back changes nothing before the instant at which it was."""
    before = partial(_until, instant_min=instant_min)
    base = replay(find(name))
    policies = [base.policy, *map(named_policy, ("seed", "ms-2021", "cosmos-service-managed"))]
    for policy in policies:
        played = base.again(policy=policy)
        assert before(played) == before(played.again(changes=change))


def _until(played: Replay, *, instant_min: float) -> list[tuple[int, ...]]:
    table = played.timeline.table
    rows = table[table["time_ms"] < played.impact_ms + instant_min * 60_000]
    return [tuple(row) for row in rows.tolist()]


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_no_replay_sees_how_long_an_outage_lasts(each: Recorded) -> None:
    """With every end half as late again, nothing is different before the first of the ends."""
    base = replay(each)
    changes, ends_ms = {}, []
    for outage in base.scenario.outages:
        stages = [] if outage.recovery is None else outage.recovery.stages
        path = (
            f"outages.{outage.id}.recovery.stages.{len(stages) - 1}.at"
            if stages
            else f"outages.{outage.id}.lasts"
        )
        end_ms = stages[-1].at if stages else None if outage.lasts is None else outage.lasts.fixed
        if end_ms is not None and outage.at is not None:
            changes[path] = f"{end_ms * 3 // 2}ms"
            ends_ms.append(outage.at + end_ms)
    if not ends_ms:
        assert any(outage.crews for outage in base.scenario.outages)
        return
    instant_min = base.minute(min(ends_ms))
    assert _until(base, instant_min=instant_min) == _until(
        base.again(changes=changes), instant_min=instant_min
    )


def test_decisions_are_not_read_from_the_recording() -> None:
    """Under another policy the same world goes otherwise, and what the record says of the failover plays no part."""
    base = replay(find("azure-avd-2024-09-16"))
    assert base.minutes(Event.FAILOVER_COMPLETED) == [74]
    other = replay(replace(base.recorded, failover="no", facts=(), comparisons=()))
    assert other.timeline.digest == base.timeline.digest
    assert base.again(policy=named_policy("seed")).minutes(Event.FAILOVER_COMPLETED) == []


# Commands


def test_the_commands_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """A list, a score, a replay and its story; a wrong name is an error with the likely one."""
    assert main(["incidents", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(each.id in listed for each in ENCODED)
    assert main(["incidents", "list", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["incidents"]) == len(ENCODED)
    assert main(["incidents", "score", SWEPT, "--quick", "--format", "md"]) == 0
    assert "| B | match | 1 | as published |" in capsys.readouterr().out
    assert main(["incidents", "replay", SWEPT]) == 0
    assert "policy platform-zero-loss-only" in capsys.readouterr().out
    assert main(["incidents", "replay", SWEPT, "--policy", "seed", "--set", "settle=30m", "--story"]) == 0
    told = capsys.readouterr()
    assert "policy seed-2024-11" in told.out
    assert "what if" in told.err
    assert "VIOLATION" not in told.out
    assert main(["incidents", "replay", "vsts-2018-09-04-tail"]) == 0
    assert "Expectations  3 of 3 hold" in capsys.readouterr().out
    assert main(["incidents", "replay", "azure-avd"]) == 2
    assert "did you mean 'azure-avd-2024-09-16'?" in capsys.readouterr().err
    assert main(["incidents", "replay", SWEPT, "--set", "settle=30m"]) == 2
