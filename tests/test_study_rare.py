"""Laws of rare outages: the number is given, everything else is drawn as always, and the weights are exact."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from bcdr_sim.draws import Draws
from bcdr_sim.errors import InputError
from bcdr_sim.experiment import LocalPool
from bcdr_sim.experiment.rarity import APART, OutageNumber, poisson_entries
from bcdr_sim.study import Subject, quantity, subject_of
from bcdr_sim.study.rare import play_strata
from commands import run as command

# Nobody moves, so down time is the length of the outage, and longer than 30h with exp(-3).
RARE = """\
version: 1
name: rare
horizon: 36d
regions: [{name: near, pair: far}, {name: far}]
environments: [{name: dev, type: Sandbox, region: near, tier: 1}]
objectives: {"1": {rto: 30h}}
outages:
  - {id: storm, region: near, arrivals: {exponential: {mean: 3600d}}, lasts: {exponential: {mean: 10h}}}
  - {id: quake, region: near, arrivals: {exponential: {mean: 7200d}}, lasts: {exponential: {mean: 10h}}}
"""
MEAN = 36 / 3600 + 36 / 7200


@pytest.fixture
def rare(tmp_path: Path) -> Subject:
    return subject_of(written(tmp_path))


def written(folder: Path, text: str = RARE) -> Path:
    path = folder / "rare.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_probability_of_a_rare_outage_is_that_of_the_formula(rare: Subject) -> None:
    """P(longest outage > 30h) = 1 - exp(-0.015 * exp(-3)) = 7.5e-4, within 4.5 standard errors, from 1,000 worlds."""
    found = play_strata(rare, quantity("mean(downtime)"), seed=3, replications=1000)
    assert len(found) == 1000
    estimate = found.estimate("P(rta > 30h)")
    assert estimate.value is not None
    assert estimate.standard_error is not None
    assert abs(estimate.value - -math.expm1(-MEAN * math.exp(-3))) < 4.5 * estimate.standard_error
    assert estimate.standard_error < 2e-4  # of plain worlds, as many: 8.6e-4
    gain = found.gain("P(rta > 30h)")
    assert gain is not None
    assert gain > 10
    downtime = found.estimate("mean(downtime)")
    assert downtime.value is not None
    assert downtime.standard_error is not None
    assert abs(downtime.value - MEAN * 36_000_000) < 4.5 * downtime.standard_error + MEAN**2 * 36_000_000


def test_the_probability_of_any_outage_is_exact(rare: Subject) -> None:
    """It is decided by the numbers alone, which have no chance in them."""
    found = play_strata(rare, quantity("mean(downtime)"), seed=3, replications=12)
    estimate = found.estimate("P(outage)")
    assert estimate.value == pytest.approx(-math.expm1(-MEAN), rel=1e-12)
    assert [part.label for part in found.parts] == ["0", "1", "2 or more"]
    for part in found.parts:
        outages = part.runs.rows["outages"]
        assert (
            (outages >= part.number.count).all()
            if part.number.is_last
            else (outages == part.number.count).all()
        )


def test_starts_are_uniform_and_owners_go_by_their_rates(rare: Subject) -> None:
    """Sorted within the horizon, two of three of the entry that comes twice as often."""
    number = OutageNumber(3, False, poisson_entries(rare.scenario))
    drawn = [number.starts_ms(Draws(1, replication), horizon_ms=1000) for replication in range(1000)]
    assert all(len(each["storm"]) + len(each["quake"]) == 3 for each in drawn)
    assert all(each["storm"] == sorted(each["storm"]) for each in drawn)
    instants = np.array([at for each in drawn for at in (*each["storm"], *each["quake"])])
    assert instants.min() >= 0
    assert instants.max() < 1000
    assert abs(instants.mean() - 499.5) < 4.5 * 1000 / math.sqrt(12 * 3000)
    storms = sum(len(each["storm"]) for each in drawn)
    assert abs(storms / 3000 - 2 / 3) < 4.5 * math.sqrt(2 / 9 / 3000)


def test_numbers_of_outages_share_no_draw(rare: Subject) -> None:
    """Each has replications of its own."""
    found = play_strata(rare, quantity("mean(downtime)"), seed=3, replications=12)
    assert [part.runs.rows["replication"][0] for part in found.parts] == [0, APART, 2 * APART]


def test_workers_change_nothing(rare: Subject) -> None:
    """The same worlds in one process and in two."""
    alone = play_strata(rare, quantity("mean(downtime)"), seed=3, replications=300)
    pool = LocalPool(2)
    try:
        both = play_strata(rare, quantity("mean(downtime)"), pool=pool, seed=3, replications=300)
    finally:
        pool.close(at_once=True)
    assert [part.runs.digest for part in both.parts] == [part.runs.digest for part in alone.parts]


def test_what_is_not_poisson_has_no_strata(tmp_path: Path) -> None:
    """No entry with exponential arrivals; and a quantile of worlds with weights is refused."""
    regular = RARE.replace("arrivals: {exponential: {mean: 3600d}}", "every: 3600d").replace(
        "arrivals: {exponential: {mean: 7200d}}", "arrivals: {exponential: {mean: 7200d}, plus: 1d}"
    )
    with pytest.raises(InputError, match="not Poisson"):
        play_strata(
            subject_of(written(tmp_path, regular)), quantity("mean(downtime)"), seed=0, replications=600
        )
    found = play_strata(subject_of(written(tmp_path)), quantity("mean(downtime)"), seed=0, replications=6)
    with pytest.raises(InputError, match="no quantiles"):
        found.estimate("p95(rta)")


def test_the_command_tells_weights_and_worth(tmp_path: Path) -> None:
    """Estimates, how many plain worlds each world is worth, and how many worlds each number of outages had."""
    words = (
        "run",
        str(written(tmp_path)),
        "--replications",
        "60",
        "--stratify",
        "outages",
        "--workers",
        "1",
        "--quiet",
    )
    ended = command(*words)
    assert ended.code == 0
    assert "mean(downtime)" in ended.out
    assert "2 or more" in ended.out
    assert "P(objectives_met)" in ended.out
    document = json.loads(command(*words, "--format", "json").out)
    assert document["schema"] == "bcdr-sim/strata/1"
    assert sum(each["probability"] for each in document["strata"]) == pytest.approx(1)
    assert sum(each["worlds"] for each in document["strata"]) == 60
    assert all(each["unbounded"] == 0 <= each["open"] <= each["worlds"] for each in document["strata"])


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (["--replications", "60", "--at-least", "99%"], "--at-least: error: is for plain worlds"),
        (["--replications", "60", "--output", "x"], "--output: error: is for plain worlds"),
        (["--replications", "4"], "need 6 worlds or more"),
        (["--until-precision", "5%"], "needs a number of worlds"),
        ([], "is for many worlds"),
    ],
)
def test_what_weighted_worlds_do_not_have_is_refused(
    *, more: list[str], complaint: str, tmp_path: Path
) -> None:
    ended = command("run", str(written(tmp_path)), "--stratify", "outages", *more)
    assert ended.code == 2
    assert complaint in ended.err
