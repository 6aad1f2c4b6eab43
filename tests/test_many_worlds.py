"""Laws of many worlds: which worlds are played, and what they hold, does not depend on how the work is done."""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError, ModelError
from bcdr_sim.estate import build_estate
from bcdr_sim.experiment import (
    BrokenChunkError,
    EditionError,
    GivenPool,
    LocalPool,
    Plan,
    Progress,
    Wanted,
    case_of,
    cases,
    load_case,
    run,
    run_plan,
    with_values,
)
from bcdr_sim.experiment.collected import Collected
from bcdr_sim.experiment.playing import Portion, Task, play
from bcdr_sim.metrics import measure
from bcdr_sim.policy import load_policy
from bcdr_sim.report.conclusion import conclude
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.statistics.stopping import Precision
from bcdr_sim.trial import resolve
from bcdr_sim.verdict import judge
from many import GALES, case, played, written

NIGHT = """\
format: 1
policy: night
title: Nobody moves anything
rules:
  - {id: night, when: {time_of_day: {between: ["22:00", "06:00"]}}, then: hold, reason: outside_window, cites: [assumption]}
"""
SCRIPT = """\
from bcdr_sim.experiment import LocalPool, Plan, Wanted, load_case, run_plan

print("once")
print(len(run_plan(Plan((load_case("gales.yaml"),), 7, Wanted(40, chunk=10), ()), LocalPool(2))[0]))
"""
ROOT = Path(__file__).parent.parent


# Cases ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_case_plays_the_very_world_of_its_file(path: Path) -> None:
    """Whatever a scenario extends, includes or takes from a table, its case is complete and plays to the same events."""
    scenario = load_scenario(path)
    own = scenario.policy if isinstance(scenario.policy, str) else scenario.policy.name
    policy = load_policy(own, folder=path.parent)
    whole = case_of(scenario, policy)
    ready = whole.ready()
    here = simulate(resolve(scenario, seed=3, estate=build_estate(scenario)), policy)
    there = simulate(resolve(ready.scenario, seed=3, estate=ready.estate), ready.policy)
    assert here.digest == there.digest


def test_the_digest_of_a_case_says_what_is_played_and_nothing_else(tmp_path: Path) -> None:
    """Comments, descriptions and the order of entries change no digest; any value does."""
    lines = GALES.splitlines()
    swapped = "\n".join([*lines[:7], lines[8], lines[7], *lines[9:]])
    plain = case(tmp_path)
    assert case(tmp_path, f"# about gales\ndescription: many\n{GALES}").digest == plain.digest
    assert case(tmp_path, swapped).digest == plain.digest
    assert case(tmp_path, GALES.replace("median: 3h", "median: 4h")).digest != plain.digest
    assert case(tmp_path, policy="fo-2022").digest != plain.digest


def test_cases_are_the_product_of_scenarios_values_policies_and_parameters(tmp_path: Path) -> None:
    """Each has a label that says what it differs in, and the parameters it was given."""
    scenario = load_scenario(written(tmp_path))
    policy = load_policy("seed")
    name = policy.table.parameters[0].name
    low = policy.table.parameters[0].low
    found = list(
        cases(
            [scenario],
            {"seed": policy},
            values={"environments.*.tier": [1, 2]},
            parameters={name: [f"{low}ms"]},
        )
    )
    assert [each.label for each in found] == [
        f"seed environments.*.tier={tier} {name}={low}ms" for tier in (1, 2)
    ]
    assert {entry.tier for entry in found[1].ready().scenario.environments} == {2}
    assert found[0].ready().policy.values[name] == low
    assert len({each.digest for each in found}) == 2


@pytest.mark.parametrize("path", ["nowhere.at.all", "environments.nobody.tier", "horizon.long"])
def test_a_value_goes_to_a_place_that_exists(path: str, tmp_path: Path) -> None:
    """A path that leads nowhere is an error, never silently ignored."""
    with pytest.raises(InputError):
        with_values(load_scenario(written(tmp_path)), {path: 1})


def test_a_frozen_scenario_has_no_other_worlds(tmp_path: Path) -> None:
    """It would be the same world over and over."""
    with pytest.raises(InputError, match="one frozen world"):
        load_case(written(tmp_path, GALES + "frozen: {seed: 1, replication: 2}\n"))


# Worlds ---------------------------------------------------------------------------------------------------------------


def test_a_row_holds_what_one_world_comes_to(tmp_path: Path) -> None:
    """Every number of a row is that of the metrics and the verdict of the same world, played alone."""
    runs = played(case(tmp_path), 12)
    ready = runs.case.ready()
    for replication in range(12):
        row = {name: values[replication] for name, values in runs.rows.items()}
        timeline = simulate(resolve(ready.scenario, seed=7, replication=replication), ready.policy)
        metrics = measure(timeline)
        fleet, verdict = metrics.totals.fleet, judge(metrics, ready.scenario)
        assert row["incidents"] == fleet.incidents
        assert row["down_ms"] == fleet.down_ms
        assert (row["failovers"], row["failbacks"]) == (fleet.failovers, fleet.failbacks)
        assert (row["consents_asked"], row["consents_granted"]) == (
            fleet.consents_asked,
            fleet.consents_granted,
        )
        assert row["rta_ms_max"] == (max(metrics.incident_columns.length_ms) if fleet.incidents else -1)
        assert row["breached"] == verdict.judgements.counts()["PolicyBreached"]
        losses = [incident.realised.age_ms for incident in metrics.incident_list()]
        assert row["loss_realised_age_ms_max"] == max(losses, default=0)
        word = runs.__class__(
            runs.case, 7, {name: values[[replication]] for name, values in runs.rows.items()}
        )
        assert word.conclude().word == conclude(timeline, verdict).value


def test_the_same_policy_twice_meets_the_same_worlds(tmp_path: Path) -> None:
    """Two cases of one plan are paired world by world; equal policies give equal rows."""
    scenario = load_scenario(written(tmp_path))
    both = list(cases([scenario], {"one": load_policy("seed"), "other": load_policy("seed")}))
    one, other = run_plan(Plan(tuple(both), 7, Wanted(30), ()))
    assert one.digest == other.digest
    assert (one.rows["outages"] > 0).any()


# How the work is done ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 40, 1000, None])
def test_chunks_change_nothing(chunk: int | None, tmp_path: Path) -> None:
    """Any chunk size gives the same rows, and so does any executor."""
    of = case(tmp_path)
    whole = played(of, 40, chunk=40)
    with ThreadPoolExecutor(2) as threads:
        other = played(of, 40, chunk=chunk, pool=GivenPool(threads, 2))
    assert other.digest == whole.digest
    assert played(of, 40, chunk=chunk).digest == whole.digest


def test_more_worlds_only_add(tmp_path: Path) -> None:
    """The first worlds of a longer run are those of the shorter one."""
    of = case(tmp_path)
    short, long = played(of, 20), played(of, 30)
    assert (short.rows["digest"] == long.rows["digest"][:20]).all()


def test_a_worker_that_is_killed_costs_time_and_nothing_else(tmp_path: Path) -> None:
    """A worker of two is killed in the middle; what it played is played again, and the digest is that of one process."""
    of = case(tmp_path)
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        children = multiprocessing.active_children()
        if progress.done >= 60 and not killed and children:
            killed.append(children[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    runs = played(of, 400, chunk=20, pool=LocalPool(2), report=kill)
    assert killed
    assert runs.digest == played(of, 400).digest
    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


def test_workers_do_not_run_the_script_again(tmp_path: Path) -> None:
    """A script needs no guard around what starts workers: it runs once."""
    written(tmp_path)
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "once\n40\n")


@dataclass
class Fragile:
    """A pool that plays here, and breaks whenever a certain world is in a task, with everything that is under way."""

    fatal: int
    width: int = 3
    deaths: int = 0
    under_way: list[tuple[Future[Portion], Task]] = field(default_factory=list)

    def submit(self, task: Task) -> Future[Portion]:
        future: Future[Portion] = Future()
        self.under_way.append((future, task))
        if any(each.first <= self.fatal < each.last for _, each in self.under_way):
            if len(self.under_way) == 1 or task.first > self.fatal:
                self.deaths += 1
                for each, _ in self.under_way:
                    each.set_exception(BrokenExecutor("a worker died"))
                self.under_way.clear()
        else:
            future.set_result(play(task))
            self.under_way.clear()
        return future

    def reopen(self) -> bool:
        return True

    def close(self, *, at_once: bool) -> None:
        pass


def test_a_chunk_that_ends_its_workers_is_named(tmp_path: Path) -> None:
    """Three deaths and it is given up, by name; those that were under way beside it are played alone and kept."""
    pool = Fragile(fatal=13)
    seen: list[int] = []
    with pytest.raises(BrokenChunkError, match=r"seed 7, replications 12 to 15.*3 times"):
        played(case(tmp_path), 60, chunk=4, pool=pool, report=lambda progress: seen.append(progress.done))
    assert pool.deaths == 3
    assert seen[-1] >= 12


def test_a_worker_of_another_edition_is_refused(tmp_path: Path) -> None:
    """Its numbers would be those of another program."""

    class Old(ThreadPoolExecutor):
        def submit(self, function, /, *args, **kwargs):  # type: ignore[no-untyped-def]
            def aged() -> Portion:
                found: Portion = function(*args, **kwargs)
                return replace(found, edition="0.0.1+abc")

            return super().submit(aged)

    with Old(1) as executor, pytest.raises(EditionError, match=r"0\.0\.1\+abc"):
        played(case(tmp_path), 20, chunk=5, pool=GivenPool(executor, 1))


def test_a_world_that_comes_out_in_two_ways_is_an_error(tmp_path: Path) -> None:
    """A retry cannot hide what is not deterministic."""
    portion = play(Task(case(tmp_path), 7, 0, 5))
    collected = Collected(0)
    collected.add(portion.worlds, first=0)
    collected.add(portion.worlds, first=0)
    other = {name: values.copy() for name, values in portion.worlds.items()}
    other["digest"][3] = b"0" * 32
    with pytest.raises(ModelError, match=r"replication 3 .* in two ways"):
        collected.add(other, first=0)


def test_what_a_world_cannot_do_is_an_input_error_that_names_the_replication(tmp_path: Path) -> None:
    """A policy that needs a calendar, in a scenario without `start`: from here and from a pool."""
    (tmp_path / "night.yaml").write_text(NIGHT, encoding="utf-8")
    of = case(tmp_path, policy=str(tmp_path / "night.yaml"))
    with ThreadPoolExecutor(1) as threads:
        for pool in (None, GivenPool(threads, 1)):
            with pytest.raises(InputError, match=r"the scenario needs 'start' \(replication 0\)"):
                played(of, 2, pool=pool)


def test_a_run_stops_at_the_same_world_however_it_is_played(tmp_path: Path) -> None:
    """Looks are at fixed numbers of worlds: 200, 220, 242, ...; none is played beyond the one where it stops."""
    of = case(tmp_path)
    wanted = {"precision": Precision(0.3), "metric": "outages"}
    one = run_plan(Plan((of,), 7, Wanted(5000, chunk=None, **wanted), ()))[0]  # type: ignore[arg-type]
    with ThreadPoolExecutor(2) as threads:
        other = run_plan(Plan((of,), 7, Wanted(5000, chunk=9, **wanted), ()), GivenPool(threads, 2))[0]  # type: ignore[arg-type]
    assert one.look is not None
    assert one.look.is_precise
    assert len(one) == len(other) == one.look.estimate.n == 200
    assert one.digest == other.digest
    values = one.values("outages")
    half = one.look.estimate.half_width
    assert half is not None
    assert half <= 0.3 / 1.3 * values.mean()


def test_a_precision_that_is_not_reached_is_said(tmp_path: Path) -> None:
    """The run ends at its largest number of worlds, and the look says why it is not enough."""
    found = run(written(tmp_path), seed=7, replications=210, precision=0.001, frames=())
    assert found.look is not None
    assert len(found) == 210
    assert not found.look.is_precise


def test_frames_live_as_long_as_their_run(tmp_path: Path) -> None:
    """Without `output` they are kept in a temporary folder, which goes with the run."""
    runs = run(written(tmp_path), seed=7, replications=10)
    folder = runs.folder
    assert folder is not None
    assert len(runs.incidents()) == runs.rows["incidents"].sum()
    del runs
    gc.collect()
    assert not folder.exists()


def test_nothing_is_left_behind_in_the_process(tmp_path: Path) -> None:
    """No thread, no child process and no random state outlives a run."""
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002 - to see that nobody touches it
    with ThreadPoolExecutor(1) as threads:
        played(case(tmp_path), 10, pool=GivenPool(threads, 1))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]  # noqa: NPY002
    assert not multiprocessing.active_children()
