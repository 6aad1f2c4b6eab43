"""Laws of the commands of a study: what they print, what they keep, and how they end."""

import csv
import io
import json
import re
import shlex
from pathlib import Path

import pytest

from commands import run as command
from many import GALES, written

CALM = GALES.replace("arrivals: {exponential: {mean: 20d}}", "trace: [30d]")
QUEUE = """\
version: 1
name: queue
horizon: 2d
regions: [{name: near, pair: far}, {name: far}]
link: {kind: synchronous}
environments: [{name: erp, count: 23, region: near, tier: 1}]
objectives: {"1": {rto: 9h}}
provider: {failover: {slots: 5, run: 48m}}
outages:
  - {id: storm, region: near, at: 1h, lasts: 40h, detection: {automatic: 0s}}
"""
FEW = ("--workers", "1", "--quiet")


@pytest.fixture
def gales(tmp_path: Path) -> str:
    return str(written(tmp_path))


@pytest.fixture
def queue(tmp_path: Path) -> str:
    path = tmp_path / "queue.yaml"
    path.write_text(QUEUE, encoding="utf-8")
    return str(path)


def test_sweep_prints_a_table_per_quantity(gales: str) -> None:
    """With a line per point, intervals, counts, and the command of one point, which prints that line again."""
    ended = command(
        "sweep", gales, "--set", "provider.failover.slots=1,2", "--set", "hold_down=0s,4h", "--replications", "8",
        "--show", "mean(downtime)", "--show", "P(rta <= 4h)", *FEW,
    )  # fmt: skip
    assert ended.code == 0
    assert ended.out.startswith("gales: policy seed-2024-11, seed 0, 4 points, 8 worlds of 20d")
    lines = [line for line in ended.out.splitlines() if re.match(r"[12] +(0s|4h) ", line)]
    assert len(lines) == 8
    again = re.search(r"One point +(bcdr-sim .*?)\n?$", " ".join(ended.out.split()))
    assert again is not None
    alone = command(*shlex.split(again[1])[1:], "--show", "mean(downtime)", *FEW)
    cells = lines[3].split()
    assert re.search(rf"^2 +4h +{cells[2]} +{re.escape(cells[3])} to {cells[5]}", alone.out, re.MULTILINE)


def test_sweep_in_other_forms(gales: str) -> None:
    """JSON has everything, CSV a row per point and quantity, Markdown a table per quantity."""
    words = (
        "sweep",
        gales,
        "--set",
        "hold_down=0s,4h",
        "--replications",
        "5",
        "--show",
        "mean(downtime)",
        *FEW,
    )
    document = json.loads(command(*words, "--format", "json").out)
    assert document["schema"] == "bcdr-sim/sweep/1"
    assert [point["values"] for point in document["points"]] == [{"hold_down": "0s"}, {"hold_down": "4h"}]
    found = document["points"][1]["quantities"]["mean(downtime)"]
    assert found["estimate"]["n"] == 5
    rows = list(csv.DictReader(io.StringIO(command(*words, "--format", "csv").out)))
    assert [row["hold_down"] for row in rows] == ["0s", "4h"]
    assert float(rows[1]["difference"]) == pytest.approx(found["difference"]["value"])
    assert command(*words, "--format", "md").out.count("\n| --- |") == 1


def test_a_sweep_is_kept_and_goes_on(gales: str, tmp_path: Path) -> None:
    """The same command again plays nothing and prints the same; each point is a run that `replay` shows."""
    folder = tmp_path / "study"
    words = ("sweep", gales, "--set", "hold_down=0s,4h", "--replications", "5", "--output", str(folder), *FEW)
    first = command(*words)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    assert len(before) == 2
    assert command(*words).out == first.out
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")} == before
    assert json.loads((folder / "result.json").read_text())["schema"] == "bcdr-sim/sweep/1"
    point = next(folder.glob("case-*"))
    assert command("replay", str(point), "--worst", "1").code == 0
    assert command(*words, "--seed", "9").code == 2


def test_solve_finds_what_the_queue_says(queue: str) -> None:
    """ceil(23 / slots) * 48m and half an hour of finding out within 4h30m: five slots; confirmed, so it ends with 0."""
    ended = command(
        "solve", queue, "--find", "provider.failover.slots=1..23", "--keep", "mean(rta) <= 6h", "--replications", "4",
        "--seed", "2", *FEW,
    )  # fmt: skip
    assert ended.code == 0, ended.out
    assert re.search(
        r"^Answer +provider\.failover\.slots at least \d+ keeps mean\(rta\) <= 6h$", ended.out, re.MULTILINE
    )
    assert re.search(r"^Confirmed +\d+ holds in 16 worlds of seed 3", ended.out, re.MULTILINE)
    document = json.loads(
        command("solve", queue, "--find", "provider.failover.slots=1..23", "--keep", "mean(rta) <= 6h",
                "--replications", "4", "--seed", "2", "--format", "json", *FEW).out
    )  # fmt: skip
    assert document["schema"] == "bcdr-sim/solution/1"
    assert document["outcome"] == "found"
    assert document["larger_is_worse"] is False
    assert document["answer"] == document["limit"]["between"][0] == document["confirmations"][0]["value"]
    assert document["verdict"] == {"conclusion": "pass"}


@pytest.mark.parametrize(
    ("keep", "code", "words"),
    [
        ("mean(rta) <= 1h", 1, "kept nowhere in the range"),
        ("mean(rta) <= 40h", 0, "kept in the whole range"),
        ("P(objectives_met) >= 99%", 3, "undecided"),
    ],
)
def test_solve_ends_as_it_found(*, keep: str, code: int, words: str, queue: str) -> None:
    """1 if surely no value keeps the target, 3 if the worlds do not decide, 0 if the whole range does."""
    ended = command(
        "solve",
        queue,
        "--find",
        "provider.failover.slots=12..23",
        "--keep",
        keep,
        "--replications",
        "3",
        *FEW,
    )
    assert ended.code == code, ended.out
    assert words in ended.out


def test_sensitivity_prints_a_tornado_and_draws_it(queue: str, tmp_path: Path) -> None:
    """The largest swing first, and what does nothing is said not to be seen."""
    picture = tmp_path / "tornado.svg"
    ended = command(
        "sensitivity", queue, "--vary", "customers.default.decision=0s..5h", "--vary", "provider.failover.slots=5..23",
        "--of", "mean(rta)", "--replications", "2", "--plot", str(picture), *FEW,
    )  # fmt: skip
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[5].startswith("provider.failover.slots")
    assert lines[7].split()[0] == "customers.default.decision"
    assert lines[7].endswith("not seen")
    assert "mean(rta), one setting at a time" in picture.read_text(encoding="utf-8")


def test_sensitivity_shares_out_the_variance(queue: str) -> None:
    """With the noise of the repeats beside each share."""
    ended = command(
        "sensitivity", queue, "--method", "sobol", "--vary", "provider.failover.slots=5..23", "--of", "mean(rta)",
        "--points", "4", "--repeats", "2", "--replications", "1", "--format", "json", *FEW,
    )  # fmt: skip
    document = json.loads(ended.out)
    assert document["schema"] == "bcdr-sim/sobol/1"
    assert document["settings"][0]["range"] == ["5", "23"]
    assert document["settings"][0]["total"]["n"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ("sweep", "--set", "hold_down=0s,4h"),
        ("solve", "--find", "hold_down", "--keep", "mean(rta) <= 4h"),
        ("sensitivity", "--vary", "hold_down"),
    ],
)
def test_a_study_in_which_nothing_ran_ends_with_5(words: tuple[str, ...], tmp_path: Path) -> None:
    """No outage before the horizon of any world."""
    path = str(written(tmp_path, CALM))
    assert command(words[0], path, *words[1:], "--replications", "3", *FEW).code == 5


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["sweep", "--set", "hold_down"], "must be NAME=VALUE"),
        (["sweep", "--set", "hold_down=2h", "--set", "hold_down=3h"], "is given twice"),
        (["sweep", "--set", "link.lag={lognormal: {median: 3m}"], "is no value"),
        (["sweep", "--show", "rta"], "is no quantity"),
        (["sweep", "--set", "nothing.at.all=1"], "is no parameter of policy"),
        (["solve", "--find", "link.lag", "--keep", "mean(rta) <= 4h"], "has no range of its own"),
        (["solve", "--find", "link.lag=1m", "--keep", "mean(rta) <= 4h"], "must be NAME=LOW..HIGH"),
        (["solve", "--find", "hold_down", "--keep", "4h"], "is no target"),
        (["solve", "--find", "hold_down", "--keep", "mean(rta) <= 4h", "--step", "2"], "needs a unit"),
        (
            ["solve", "--find", "hold_down", "--keep", "mean(rta) <= 4h", "--set", "settle=1h,2h"],
            "only a sweep",
        ),
        (["sensitivity"], "varies nothing"),
        (["sensitivity", "--vary", "hold_down", "--points", "8"], "is for --method sobol"),
        (["sensitivity", "--vary", "hold_down", "--plot", "x.txt"], "a file name ends with"),
        (["sensitivity", "--vary", "hold_down", "--insecure"], "is for --cluster"),
    ],
)
def test_what_cannot_be_studied_is_refused(words: list[str], complaint: str, gales: str) -> None:
    """By name, with 2, before anything is played."""
    ended = command(words[0], gales, *words[1:], *FEW)
    assert ended.code == 2
    assert complaint in ended.err
    assert "Traceback" not in ended.err
