"""Laws of the choice of a family: same mean, same random numbers, and a verdict that flips is said to."""

import json
import math
from pathlib import Path

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.experiment.bench import Bench
from bcdr_sim.statistics.families import FAMILIES
from bcdr_sim.study import quantity, subject_of, target
from bcdr_sim.study.relatives import AS_IT_IS, lengths_of, play_families
from commands import run as command

# Nobody moves: down time is the length of the outage.
STAY = """\
version: 1
name: stay
horizon: 2000d
regions: [{name: near, pair: far}, {name: far}]
environments: [{name: dev, type: Sandbox, region: near, tier: 1}]
objectives: {"1": {rto: 30h}}
outages:
  - {id: storm, region: near, at: 1h, lasts: {lognormal: {mean: 10h, sigma: 1.6}}, detection: {automatic: 0s}}
"""


@pytest.fixture
def stay(tmp_path: Path) -> str:
    path = tmp_path / "stay.yaml"
    path.write_text(STAY, encoding="utf-8")
    return str(path)


def test_a_tail_is_that_of_the_family(stay: str) -> None:
    """Exponential with a mean of 10h is longer than 30h in exp(-3) of the worlds, within 4.5 standard errors."""
    subject = subject_of(stay)
    names = lengths_of(subject.scenario)
    assert names == ["outages.storm.lasts"]
    n = 300
    found = play_families(subject, names, quantity("P(rta > 30h)"), bench=Bench(), seed=3, replications=n)
    assert [each.family for each in found.relatives] == [AS_IT_IS, *FAMILIES]
    by_family = {each.family: each for each in found.relatives}
    exact = math.exp(-3)
    seen = by_family["exponential"].estimate.value
    assert seen is not None
    assert abs(seen - exact) < 4.5 * math.sqrt(exact * (1 - exact) / n)
    assert by_family["lognormal"].change is not None
    assert by_family["lognormal"].change.value == 0  # its own family, its own law
    assert by_family["exponential"].notes


def test_a_verdict_that_flips_is_named(stay: str) -> None:
    """P(rta <= 3h) is 52 % if lognormal and 26 % if exponential: 38 % tells them apart, 2 % does not."""
    subject = subject_of(stay)

    def flips(keep: str) -> list[str]:
        aim = target(keep)
        return play_families(
            subject,
            lengths_of(subject.scenario),
            aim.quantity,
            bench=Bench(),
            seed=3,
            replications=300,
            judge=lambda runs: aim.standing(aim.of(runs)),
        ).flipped

    assert "exponential" in flips("P(rta <= 3h) >= 38%")
    assert flips("P(rta <= 3h) >= 2%") == []


def test_what_is_not_drawn_has_no_family(stay: str, tmp_path: Path) -> None:
    """A fixed length is refused where it is named, and left out where it is not."""
    fixed = tmp_path / "fixed.yaml"
    fixed.write_text(STAY.replace("{lognormal: {mean: 10h, sigma: 1.6}}", "10h"), encoding="utf-8")
    assert lengths_of(subject_of(fixed).scenario) == []
    ended = command("sensitivity", str(fixed), "--method", "families", "--replications", "2")
    assert ended.code == 2
    assert "no outage of this scenario has a length that is drawn" in ended.err
    with pytest.raises(InputError, match="there is nothing at 'gale'"):
        play_families(
            subject_of(stay),
            ["outages.gale.lasts"],
            quantity("mean(rta)"),
            bench=Bench(),
            seed=0,
            replications=1,
        )


def test_the_command_says_what_flips(stay: str) -> None:
    """In the table a verdict per family, below it whether one flips."""
    words = ("sensitivity", stay, "--method", "families", "--seed", "3", "--workers", "1", "--quiet")
    ended = command(*words, "--replications", "300", "--keep", "P(rta <= 3h) >= 38%")
    assert ended.code == 0
    assert "FLIPS: kept as it is, but exponential missed" in " ".join(ended.out.split())
    document = json.loads(command(*words, "--replications", "3", "--format", "json").out)
    assert [each["family"] for each in document["families"]] == [AS_IT_IS, *FAMILIES]
    assert document["flipped"] == []


def test_a_run_says_whether_its_verdict_hangs_on_a_family(stay: str) -> None:
    """`run --families` plays as many worlds of each and judges them as the run itself is judged."""
    words = (
        "run",
        stay,
        "--replications",
        "120",
        "--seed",
        "3",
        "--workers",
        "1",
        "--at-least",
        "85%",
        "--quiet",
    )
    ended = " ".join(command(*words, "--families").out.split())
    assert "Families outages.storm.lasts: " in ended
    document = json.loads(command(*words, "--families", "--format", "json").out)
    verdicts = document["verdict"]["families"]["verdicts"]
    assert list(verdicts) == [AS_IT_IS, *FAMILIES]
    assert verdicts[AS_IT_IS] == document["verdict"]["conclusion"] == verdicts["lognormal"]
    assert json.loads(command(*words, "--format", "json").out)["verdict"]["families"] is None
    assert command("run", stay, "--families").code == 2
