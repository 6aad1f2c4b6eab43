"""Laws of freezing: the file replays to the same timeline, under the policy of the run and under any other."""

from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from commands import run
from worlds import STORM

CHANCY = """\
version: 1
name: chancy
horizon: 20d
regions:
  - {name: west, pair: north, link: {kind: lag, lag: {lognormal: {median: 2m, p90: 9m}}}}
  - {name: north, pair: west}
environments:
  - {name: shop, count: 6, region: west, customer: contoso}
  - name: ledger
    region: west
    restart: {uniform: {low: 1m, high: 9m}}
    depends_on: [shop]
    link: {kind: log_shipping, interval: 5m, transfer: {exponential: {mean: 1m}}, failure_probability: 0.1}
  - {name: lonely, region: west}
  - {name: fresh, region: west, deployed_at: 1d}
customers:
  contoso: {accepts_loss_up_to: 1h, mail: {uniform: {low: 1m, high: 2h}}}
provider:
  failover: {prepare: {uniform: {low: 1m, high: 9m}}, failure: {probability: 0.3}}
outages:
  - {id: gale, region: west, every: {exponential: {mean: 5d}}, lasts: {exponential: {mean: 9h}}, scope: {fraction: 0.7}}
  - {id: flood, region: north, at: 9d, recovery: {stages: [{at: 1h, fraction: 0.5}], tail: {exponential: {mean: 4h}}}}
"""


@pytest.mark.parametrize("text", [STORM, CHANCY], ids=["storm", "chancy"])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("other", ["seed", "fo-2022", "sql-microsoft-managed"])
def test_a_frozen_world_replays_to_the_same_timeline(text: str, seed: int, other: str) -> None:
    """Frozen under the seed's rules, it gives the digest of the original under them and under another policy."""
    scenario = load_scenario("chancy.yaml", text=text)
    trial = resolve(scenario, seed=seed, replication=seed)
    frozen = load_scenario("frozen.yaml", text=freeze(trial, load_policy("seed")))
    policy = load_policy(other)
    assert simulate(resolve(frozen), policy).digest == simulate(trial, policy).digest


def test_freezing_twice_changes_nothing() -> None:
    """The numbers stay what they are, and so does what everything else is drawn from."""
    policy = load_policy("seed")
    once = freeze(resolve(load_scenario("chancy.yaml", text=CHANCY), seed=5), policy)
    assert freeze(resolve(load_scenario("frozen.yaml", text=once)), policy) == once


def test_a_frozen_world_says_which_number_was_drawn() -> None:
    """A duration stands there by the name of who drew it, and can be changed by hand."""
    text = STORM.replace("lasts: 9h", "lasts: {uniform: {low: 4h, high: 12h}}")
    trial = resolve(load_scenario("storm.yaml", text=text), seed=3)
    frozen = load_scenario("frozen.yaml", text=freeze(trial, load_policy("seed")))
    lasts = frozen.outages[0].lasts
    assert lasts is not None
    assert lasts.recorded is not None
    assert lasts.recorded.values == {"gale": [trial.outages[0].lasts_ms]}


def test_the_command_writes_a_file_that_runs_alike(tmp_path: Path) -> None:
    """Whatever seed is given to the frozen scenario, it is the same run."""
    scenario, frozen = tmp_path / "chancy.yaml", tmp_path / "frozen.yaml"
    scenario.write_text(CHANCY, encoding="utf-8")
    assert run("freeze", str(scenario), "--seed", "4", "--output", str(frozen)).code == 0
    before, after = run("run", str(scenario), "--seed", "4"), run("run", str(frozen), "--seed", "99")
    assert after.out == before.out
