"""Laws of uncertain inputs: their doubt and that of too few worlds are two numbers, each that of its formula."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from bcdr_sim import uncertainty
from bcdr_sim.errors import InputError
from bcdr_sim.study import Uncertainty, quantity
from bcdr_sim.study.doubt import share_of_inputs
from bcdr_sim.study.inputs import read_inputs
from commands import run as command
from many import written
from studies import lagging

MEANS_S = [300 + 20 * number for number in range(24)]
WORLDS = 100
LOSS = quantity("mean(loss)")
INCIDENTS = Path(__file__).parents[1] / "docs" / "guides" / "calibrate.md"


@pytest.fixture(scope="module")
def lags() -> Uncertainty:
    """The mean of an exponential lag is one of 24; what a move loses is such a lag."""
    subject = lagging()
    draws = [{"link.lag.mean": f"{mean}s"} for mean in MEANS_S]
    return uncertainty(subject.scenario, draws, policy=subject.policy, seed=3, replications=WORLDS)


def test_the_doubt_of_the_inputs_is_the_spread_of_their_means(lags: Uncertainty) -> None:
    """The mean loss of draw i is its lag m_i, so the variance is that of the m_i, whatever the number of worlds."""
    means = np.array(MEANS_S) * 1000.0
    found = lags.split(LOSS)
    noise, apart, k = means**2 / WORLDS, means - means.mean(), len(means) - 1
    spread = np.sqrt((4 * (apart**2 * noise).sum() + 2 * (noise**2).sum()) / k**2)
    assert abs(found.parameter_variance - means.var(ddof=1)) < 4.5 * spread
    error = np.sqrt(noise.sum()) / len(means)
    assert abs(found.parameter.value - means.mean()) < 4.5 * error


def test_the_doubt_of_the_worlds_is_that_of_the_mean_of_so_many(lags: Uncertainty) -> None:
    """Of exponential lags `sum m_i**2 / (n K**2)`, with the error of a variance of so few."""
    means = np.array(MEANS_S) * 1000.0
    expected = (means**2).sum() / (WORLDS * len(means) ** 2)
    spread = expected * np.sqrt((8 * means**4 / WORLDS).sum()) / (means**2).sum()
    assert abs(lags.split(LOSS).monte_carlo_variance - expected) < 4.5 * spread


def test_every_draw_has_worlds_of_its_own(lags: Uncertainty) -> None:
    """Draws in the same worlds would share their Monte Carlo error."""
    assert [each.runs.seed for each in lags.sets] == list(range(3, 3 + len(MEANS_S)))
    same = [{"link.lag.mean": "10m"}] * 2
    subject = lagging()
    found = uncertainty(subject.scenario, same, policy=subject.policy, replications=5)
    assert found.sets[0].runs.digest != found.sets[1].runs.digest


def test_frames_hold_both_bars_and_every_draw(lags: Uncertainty) -> None:
    """Nothing without its bars; a probability stays one."""
    table = lags.frame("mean(loss)", "P(loss <= 10s)")
    assert (table["inputs_low"] <= table["value"]).all()
    assert (table["runs_high"] >= table["value"]).all()
    assert table["inputs_low"].min() >= 0
    assert table["share_of_inputs"][0] == pytest.approx(share_of_inputs(lags.split(LOSS)))
    draws = lags.sets_frame("mean(loss)")
    assert list(draws["link.lag.mean"]) == [f"{mean}s" for mean in MEANS_S]


@pytest.mark.parametrize(
    ("draws", "complaint"),
    [
        ([{"link.lag.mean": "5m"}], "two draws or more"),
        ([{"link.lag.mean": "5m"}, {"link.lag": "5m"}], "draw 1 is of link.lag, not of link.lag.mean"),
        ([{"link.lag.mean": "5m"}, {"link.lag.mean": "soon"}], "soon"),
    ],
)
def test_draws_that_are_none_are_refused(draws: list[dict[str, str]], complaint: str) -> None:
    """Before anything is played."""
    subject = lagging()
    with pytest.raises(InputError, match=complaint):
        uncertainty(subject.scenario, draws, policy=subject.policy, replications=5)


def test_what_is_no_mean_is_not_split(lags: Uncertainty) -> None:
    """A quantile is refused by name."""
    with pytest.raises(InputError, match="cannot be split"):
        lags.split("p95(loss)")


def test_a_broken_table_is_refused_line_by_line(tmp_path: Path) -> None:
    """Every fault at once, each with its line."""
    path = tmp_path / "draws.csv"
    path.write_text('a,b,a\n1,2\n1,,3\n1,"{x: ",3\n')
    with pytest.raises(InputError) as caught:
        read_inputs(path)
    text = str(caught.value)
    for part in (
        "draws.csv:1:1: error: two columns are called 'a'",
        "draws.csv:2:1: error: 2 cells below a head of 3",
        "draws.csv:3:1: error: no value for b",
        "draws.csv:4:1: error: b: '{x:' is no value",
    ):
        assert part in text
    path.write_text("a\n1\n")
    with pytest.raises(InputError, match="two draws or more"):
        read_inputs(path)


def test_what_calibrate_draws_is_what_uncertainty_takes(tmp_path: Path) -> None:
    """From a list of incidents to both bars, by the two commands; what is drawn are the fits of resampled incidents."""
    text = INCIDENTS.read_text(encoding="utf-8")
    listed = text[text.index("start,end,detected") :].split("\n```")[0]
    incidents, draws, scenario = tmp_path / "incidents.csv", tmp_path / "draws.csv", written(tmp_path)
    incidents.write_text(listed)
    since = ("--since", "2024-01-01T00:00:00Z", "--until", "2026-03-13T06:00:00Z")
    words = (
        "calibrate",
        str(incidents),
        *since,
        "--resamples",
        "12",
        "--outage",
        "gale",
        "--draws",
        str(draws),
    )
    assert command(*words).code == 0
    with draws.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert list(rows[0]) == [
        "outages.gale.lasts", "outages.gale.detection.automatic", "outages.gale.comms.first", "outages.gale.arrivals"
    ]  # fmt: skip
    assert len({row["outages.gale.arrivals"] for row in rows}) == 12
    told = command(
        "uncertainty", str(scenario), "--draws", str(draws), "--replications", "4", "--workers", "1"
    )
    assert told.code == 0
    assert "12 draws of the inputs, 4 worlds each" in told.out
    assert "share of inputs" in told.out
    asked = ("--show", "mean(downtime)", "--format", "json", "--quiet")
    again = command("uncertainty", str(scenario), "--draws", str(draws), "--replications", "4", *asked)
    document = json.loads(again.out)
    assert document["schema"] == "bcdr-sim/uncertainty/1"
    assert [each["seed"] for each in document["inputs"]] == list(range(12))
    assert document["quantities"]["mean(downtime)"]["inputs_variance"] >= 0
