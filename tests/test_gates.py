"""Laws of gates: both policies in the same worlds, a margin, three verdicts, and no gate passes that judged nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.experiment.comparing import compare
from bcdr_sim.metrics import measure
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.review.gate_file import GatesText
from bcdr_sim.review.gate_metrics import GATE_METRICS
from bcdr_sim.review.gating import GateJudged, judge_one
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.statistics import Verdict
from bcdr_sim.trial import resolve
from policy_repository import POLICY, begin, edit, git, land, reviewed

GATES = """\
version: 1
replications: 40
gates:
  - id: recovery
    scenarios: ["scenarios/*.yaml"]
    metrics:
      - {metric: rta_ms.mean, group: {tier: 1}, margin: 3m, primary: true}
      - {metric: down_ms, margin: 30m}
      - {metric: worlds_in_breach, margin: 0}
"""
WORLD = """\
version: 1
name: noisy
horizon: 4d
policy: seed
regions: [{name: west, pair: east}, {name: east, pair: west}]
environments:
  - {name: one, region: west, tier: 1, link: {kind: synchronous}, objectives: {rto: 4h}}
  - {name: two, region: west, tier: 2, link: {kind: synchronous}}
provider:
  confirmation: {lognormal: {median: 10m, p90: 40m}}
  failover: {run: {lognormal: {median: 30m, p90: 2h}}, failure: {probability: 0}}
outages:
  - {id: storm, region: west, at: 2h, lasts: {lognormal: {median: 20h, p90: 40h}}, detection: {automatic: 5m}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A scenario in which every world is another one."""
    path = tmp_path_factory.mktemp("gates") / "noisy.yaml"
    path.write_text(WORLD, encoding="utf-8")
    return load_scenario(path)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example with gates on `main`; `orders` is of tier 1."""
    folder = begin(tmp_path / "repository")
    edit(folder / "scenarios" / "storm.yaml", "name: orders,", "name: orders, tier: 1,")
    (folder / "gates.yaml").write_text(GATES, encoding="utf-8")
    land(folder)
    return folder


def gates(metrics: list[dict[str, Any]], *, replications: int) -> GatesText:
    """The gates of a file with one gate."""
    gate = {"id": "g", "scenarios": ["x.yaml"], "metrics": metrics}
    return GatesText.model_validate({"version": 1, "replications": replications, "gates": [gate]})


def judged(
    world: Scenario, new: Policy, metrics: list[dict[str, Any]], *, replications: int = 60
) -> GateJudged:
    """The seed against another policy."""
    text = gates(metrics, replications=replications)
    return judge_one(text.gates[0], text, world, old=load_policy("seed"), new=new, path="x.yaml")


MEAN = {"metric": "rta_ms.mean", "margin": "3m", "primary": True}
EVERYTHING = [
    {"metric": name, "margin": "0s" if metric.unit == "ms" else 0} for name, metric in GATE_METRICS.items()
]


def test_the_same_policy_under_another_name_differs_by_exactly_nothing(world: Scenario) -> None:
    """In every metric, at margin 0, in however few worlds."""
    seed = load_policy("seed")
    other = replace(seed, table=replace(seed.table, name="other"), digest="0" * 64)
    found = judged(world, other, EVERYTHING, replications=5)
    assert found.verdict is Verdict.PASS
    assert all(
        each.difference.value == each.difference.low == each.difference.high == 0 for each in found.metrics
    )
    assert all(each.equal_count == 5 for each in found.metrics)


def test_twice_the_margin_fails_and_half_of_it_passes(world: Scenario) -> None:
    """The seed waits so much longer for everybody whom it moves."""
    worse = judged(world, load_policy("seed", {"hold_down": "50m"}), [MEAN])
    assert worse.verdict is Verdict.FAIL
    assert worse.metrics[0].difference.low is not None
    assert worse.metrics[0].difference.low > 180_000
    hardly = judged(world, load_policy("seed", {"hold_down": "5m"}), [MEAN])
    assert hardly.verdict is Verdict.PASS


def test_too_few_worlds_are_inconclusive(world: Scenario) -> None:
    """Three worlds in which nothing differs say nothing about the fourth; thirty do, if all agree."""
    late = load_policy("seed", {"hold_down": "30m"})
    few = judged(world, late, [MEAN], replications=3)
    assert few.metrics[0].equal_count == 3
    assert few.verdict is Verdict.INCONCLUSIVE
    near = judged(world, late, [{**MEAN, "margin": "5m"}], replications=30)
    assert near.verdict is Verdict.INCONCLUSIVE
    low, high = near.metrics[0].difference.low, near.metrics[0].difference.high
    assert low is not None
    assert high is not None
    assert low < 300_000 < high


def test_the_values_are_those_of_the_worlds(world: Scenario) -> None:
    """Mean per incident, mean per world, most of any incident: recomputed from the runs themselves."""
    late = load_policy("seed", {"hold_down": "1h"})
    wanted: list[dict[str, Any]] = [
        {"metric": "rta_ms.mean", "margin": "0s", "group": {"tier": 1}},
        {"metric": "down_ms", "margin": "0s"},
        {"metric": "rta_ms.max", "margin": "0s"},
        {"metric": "failovers", "margin": 0},
    ]
    found = judged(world, late, wanted, replications=6)
    sides = []
    for policy in (load_policy("seed"), late):
        runs = [measure(simulate(resolve(world, replication=number), policy)) for number in range(6)]
        lengths = [[each.at_least_ms for each in run.incident_list()] for run in runs]
        ones = [each.at_least_ms for run in runs for each in run.incident_list() if each.environment == "one"]
        down = [run.totals.fleet.down_ms for run in runs]
        moves = [run.totals.fleet.failovers for run in runs]
        sides.append([np.mean(ones), np.mean(down), np.mean([max(each) for each in lengths]), np.mean(moves)])
    for at, each in enumerate(found.metrics):
        assert each.before == pytest.approx(sides[0][at])
        assert each.after == pytest.approx(sides[1][at])
        assert each.difference.value == pytest.approx(sides[1][at] - sides[0][at])


def test_a_new_breach_is_listed_with_its_world(world: Scenario) -> None:
    """Each of them can be looked at; the exact test on the worlds that differ decides."""
    late = load_policy("seed", {"hold_down": "5h"})
    found = judged(world, late, [{"metric": "worlds_in_breach", "margin": 0}], replications=30)
    (breaches,) = found.metrics
    assert found.verdict is Verdict.FAIL
    assert breaches.pairs is not None
    newly = breaches.pairs.newly[0]
    trial = resolve(world, replication=newly)
    from bcdr_sim.verdict import judge

    assert not judge(measure(simulate(trial, load_policy("seed")))).breached
    assert judge(measure(simulate(trial, late))).breached


@pytest.mark.parametrize("tier", [None, 1])
def test_a_gate_and_a_comparison_find_the_same(tier: int | None, world: Scenario, tmp_path: Path) -> None:
    """Every metric that both have, by the same name: both sides, the difference, its interval, the worlds that are alike."""
    late = load_policy("seed", {"hold_down": "5h"})
    group = {} if tier is None else {"group": {"tier": tier}}
    found = judged(world, late, [{**each, **group} for each in EVERYTHING], replications=12)
    path = tmp_path / "noisy.yaml"
    path.write_text(WORLD, encoding="utf-8")
    table = compare(path, {"old": load_policy("seed"), "new": late}, replications=12).differences()
    rows = table[table["group"] == ("fleet" if tier is None else f"tier {tier}")].set_index("metric")
    common = [each for each in found.metrics if each.name in rows.index]
    assert len(common) >= 8
    for each in common:
        row = rows.loc[each.name]
        assert (each.before, each.after) == pytest.approx((row["mean_a"], row["mean_b"])), each.name
        interval = each.difference.value, each.difference.low, each.difference.high
        assert interval == pytest.approx((row["mean_difference"], row["ci_low"], row["ci_high"])), each.name
        assert each.equal_count == row["equal_pairs"], each.name


# In a review --------------------------------------------------------------------------------------------------------------


def slower(repository: Path) -> None:
    """Make the company wait an hour before it moves anybody."""
    edit(
        repository / POLICY,
        "  - {id: nothing-lost,",
        "  - {id: too-young, when: {outage_age: {lt: 2h}}, then: hold, reason: hold_down, cites: [BOOK]}\n"
        "  - {id: nothing-lost,",
    )


def test_a_change_that_gets_much_worse_is_refused(repository: Path) -> None:
    """By the gate's name and line, with the interval; a policy that decides as before is not played at all."""
    assert reviewed(repository, "--only", "gates").code == 0
    slower(repository)
    ended = reviewed(repository, "--only", "gates", "--format", "json")
    assert ended.code == 1
    document = json.loads(ended.out)
    (finding,) = [
        each for each in document["findings"] if each["code"] == "BCDR801" and "rta" in each["message"]
    ]
    assert (finding["file"], finding["line"]) == ("gates.yaml", 4)
    (gate,) = document["gates"]
    assert (gate["verdict"], gate["replications"], gate["scenario"]) == ("fail", 40, "scenarios/storm.yaml")
    assert gate["metrics"][0]["difference"]["low"] > 180_000
    text = reviewed(repository, "--only", "gates").out
    assert "NOT gate recovery in scenarios/storm.yaml, 40 worlds, seed 0" in text
    assert "rta_ms of tier 1 changes by +" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("margin: 3m", "margin: 9h", "the margin of rta_ms of tier 1 is 9h, before 3m", id="margin"),
        pytest.param("      - {metric: down_ms, margin: 30m}\n", "", "no longer looks at down_ms", id="metric"),
        pytest.param("{tier: 1}", "{tier: 2}", "no longer looks at rta_ms of tier 1", id="group"),
        pytest.param(", primary: true", "", "is no longer primary", id="primary"),
        pytest.param("replications: 40", "replications: 4", "'replications' is 4, before 40", id="worlds"),
        pytest.param("replications: 40", "replications: 40\nseed: 7", "'seed' is 7, before 0", id="seed"),
        pytest.param("replications: 40", "replications: 40\nalpha: 0.2", "'alpha' is 0.2, before 0.05", id="alpha"),
        pytest.param("id: recovery", "id: other", "gate 'recovery' is gone", id="gate"),
        pytest.param("id: recovery", "id: recovery\n    inconclusive: pass", "passes what is inconclusive", id="verdict"),
        pytest.param('["scenarios/*.yaml"]', '["tests/*.yaml"]', "no longer judged in scenarios/storm.yaml", id="where"),
    ],
)  # fmt: skip
def test_a_looser_gate_is_a_finding_of_its_own(old: str, new: str, said: str, *, repository: Path) -> None:
    """1, whatever the policies do."""
    edit(repository / "gates.yaml", old, new)
    ended = reviewed(repository, "--only", "check")
    assert ended.code == 1
    assert said in ended.out


def test_gates_that_are_deleted_judge_all_the_same(repository: Path) -> None:
    """They are those of the base."""
    (repository / "gates.yaml").unlink()
    slower(repository)
    ended = reviewed(repository, "--only", "gates")
    assert ended.code == 1
    assert "gates.yaml is gone, and with it gate 'recovery'" in ended.out
    assert "NOT gate recovery" in ended.out


def test_a_stricter_gate_of_the_change_is_judged_as_well(repository: Path) -> None:
    """And is no finding."""
    edit(repository / "gates.yaml", "margin: 30m", "margin: 0s")
    edit(repository / POLICY, "title: ", "title: Now, ")
    ended = reviewed(repository, "--only", "gates")
    assert ended.code == 0
    assert "gate recovery (as changed) in scenarios/storm.yaml" in ended.out
    assert "gate recovery in scenarios/storm.yaml" in ended.out


def test_a_change_does_not_say_how_long_its_review_takes(repository: Path) -> None:
    """Its own gates are judged in no more worlds than those of before have, or is usual."""
    edit(repository / "gates.yaml", "replications: 40", "replications: 100000")
    edit(repository / POLICY, "title: ", "title: Now, ")
    document = json.loads(reviewed(repository, "--only", "gates", "--format", "json").out)
    assert [(each["earlier"], each["replications"]) for each in document["gates"]] == [
        (True, 40),
        (False, 400),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("rta_ms.mean", "rta_ms.maen", "did you mean 'rta_ms.mean'?", id="misspelt metric"),
        pytest.param("margin: 3m", "margin: 3", "is a duration such as 3m; got 3", id="no unit"),
        pytest.param("margin: 3m", "margin: 3x", "3x", id="no duration"),
        pytest.param("margin: 0}", "margin: 2}", "is 0 to 1; got 2", id="share"),
        pytest.param("margin: 0}", "margin: -1}", "is 0 to 1; got -1", id="negative"),
        pytest.param("tier: 1", "teir: 1", "did you mean 'tier'?", id="group"),
        pytest.param("down_ms, margin: 30m", "down_ms, margin: 30m, primary: true", "more than one primary", id="two"),
        pytest.param('"scenarios/*.yaml"', '"../*.yaml"', "leads out of the repository", id="outside"),
        pytest.param("replications: 40", "replications: 1", "2", id="one world"),
    ],
)  # fmt: skip
def test_a_faulty_gate_is_invalid_input(old: str, new: str, said: str, *, repository: Path) -> None:
    """With its place; never a silent pass."""
    edit(repository / "gates.yaml", old, new)
    ended = reviewed(repository)
    assert ended.code == 2
    assert "gates.yaml:" in ended.err
    assert said in ended.err


def test_a_gate_that_judges_nothing_is_no_success(repository: Path) -> None:
    """5: no scenario, or nothing happens in it."""
    edit(repository / "gates.yaml", '"scenarios/*.yaml"', '"scenarios/none/*.yaml"')
    land(repository)
    ended = reviewed(repository)
    assert ended.code == 5
    assert "BCDR803: gate 'recovery' has no scenario" in ended.out


def test_a_group_with_nobody_is_invalid_input(repository: Path) -> None:
    """A gate about nobody would pass for ever."""
    edit(repository / "gates.yaml", "tier: 1", "tier: 5")
    edit(repository / POLICY, "title: ", "title: Now, ")
    ended = reviewed(repository)
    assert ended.code == 2
    assert "no environment of tier 5" in ended.err


def test_too_few_pairs_end_with_3_unless_the_gate_lets_them_pass(repository: Path) -> None:
    """An allowance that only the base can give."""
    text = WORLD.replace("policy: seed", "policy: ../policies/company.yaml")
    (repository / "scenarios" / "storm.yaml").unlink()
    (repository / "scenarios" / "noisy.yaml").write_text(text, encoding="utf-8")
    edit(repository / "gates.yaml", "replications: 40", "replications: 2")
    for gone in ("down_ms, margin: 30m", "worlds_in_breach, margin: 0"):
        edit(repository / "gates.yaml", f"      - {{metric: {gone}}}\n", "")
    land(repository)
    edit(
        repository / POLICY,
        "  - {id: nothing-lost,",
        "  - {id: too-young, when: {outage_age: {lt: 20m}}, then: hold, reason: hold_down, cites: [BOOK]}\n"
        "  - {id: nothing-lost,",
    )
    ended = reviewed(repository, "--only", "gates")
    assert ended.code == 3
    assert "INCONCLUSIVE" in ended.out
    assert "?   gate recovery" in ended.out
    git(repository, "stash", "-q")
    edit(repository / "gates.yaml", "id: recovery", "id: recovery\n    inconclusive: pass")
    land(repository)
    git(repository, "stash", "pop", "-q")
    ended = reviewed(repository, "--only", "gates")
    assert ended.code == 0
    assert "?   gate recovery" in ended.out
