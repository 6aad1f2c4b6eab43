"""Laws of `run --replications` and `replay`: what is told of many worlds, how it ends, and any of them again."""

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bcdr_sim.experiment import open_runs, run
from commands import run as command
from many import GALES, written

WORDS = ("--replications", "40", "--seed", "7", "--workers", "1")
CALM = GALES.replace("outages:\n", "outages: []\n").split("  - {id: gale")[0]


@pytest.fixture
def gales(tmp_path: Path) -> str:
    """The scenario as a file."""
    return str(written(tmp_path))


def test_a_table_shows_every_number_with_what_belongs_to_it(gales: str) -> None:
    """Mean, interval, n, open and unbounded of every metric; quantiles; probabilities; verdict; the seed."""
    ended = command("run", gales, *WORDS)
    assert ended.code == 1
    assert ended.err == ""
    assert ended.out.startswith("gales: policy seed-2024-11, seed 7, 40 worlds of 20d, 3 environments\n")
    assert re.search(r"^mean of a world +mean +95 % interval +n +open +unbounded$", ended.out, re.MULTILINE)
    assert re.search(
        r"^recovery time of an incident +\S+ +\S+ to \S+ +40 +\d+ +\d+$", ended.out, re.MULTILINE
    )
    assert re.search(
        r"^longest recovery time +\S+ +\S+ +\S+ +\S+ to - +\S+ +\d+ +0$", ended.out, re.MULTILINE
    )
    assert re.search(
        r"^every objective is met +\d+\.\d\d% +\S+ to \S+ +\d+ of 40 +\d+$", ended.out, re.MULTILINE
    )
    assert re.search(r"Verdict +VIOLATION: no objective is breached in \d+ of 40 worlds", ended.out)
    assert f"\nReplay  bcdr-sim replay {gales} --seed 7 --replication " in ended.out
    assert max(len(line) for line in ended.out.splitlines() if not line.startswith("Replay")) <= 100


def test_what_never_happened_has_a_bound(tmp_path: Path) -> None:
    """Nothing in 40 worlds is at most 7.22 % in one: never `0 %` alone, and all of 40 is never `100 %` alone."""
    never = GALES.replace("lognormal: {median: 3h, p95: 20h}", "exponential: {mean: 1s}")
    out = command("run", str(written(tmp_path, never)), *WORDS).out
    assert re.search(r"^a move loses data +0\.00% +at most 7\.22% +0 of 40", out, re.MULTILINE)
    assert re.search(r"^every objective is met +\d\S+% +(at least 92\.78%|\S+ to \S+)", out, re.MULTILINE)


def test_json_is_one_object_with_digests_and_verdict(gales: str) -> None:
    """`schema: bcdr-sim/runs/1`; every estimate with level, n, censored, unbounded; the digest is that of the worlds."""
    ended = command("run", gales, *WORDS, "--format", "json")
    document = json.loads(ended.out)
    runs = run(gales, seed=7, replications=40, frames=())
    assert document["schema"] == "bcdr-sim/runs/1"
    assert document["digest"] == runs.digest
    assert (document["seed"], document["replications"], document["policy"]) == (7, 40, "seed-2024-11")
    down = document["metrics"]["down_ms"]["mean"]
    assert down["value"] == pytest.approx(runs.values("down_ms").mean())
    assert set(down) == {"value", "low", "high", "n", "level", "method", "censored", "unbounded", "note"}
    assert document["verdict"]["conclusion"] == "violation"
    assert "policy seed-2024-11, seed 7, 40 worlds" in ended.err


def test_csv_is_a_row_per_world(gales: str) -> None:
    """With a head, and nothing where a world has no number."""
    rows = list(csv.DictReader(io.StringIO(command("run", gales, *WORDS, "--format", "csv").out)))
    runs = run(gales, seed=7, replications=40, frames=())
    assert [int(row["down_ms"]) for row in rows] == runs.rows["down_ms"].tolist()
    assert [row["rta_ms_max"] == "" for row in rows] == (runs.rows["incidents"] == 0).tolist()


def test_markdown_holds_the_tables(gales: str) -> None:
    """Three of them, with a verdict."""
    out = command("run", gales, *WORDS, "--format", "md").out
    assert out.count("| ---") == 3
    assert "* Verdict  VIOLATION" in out


def test_expectations_have_probabilities_and_decide(tmp_path: Path) -> None:
    """With expectations they alone are judged: in how many worlds each holds, and in how many all of them."""
    text = GALES + "expect:\n  - {downtime: {at_most: 20d}}\n  - {failovers: {at_most: 0}}\n"
    path = str(written(tmp_path, text))
    ended = command("run", path, *WORDS)
    assert re.search(r"^expectation 1 holds +100\.00% +at least 92\.78% +40 of 40", ended.out, re.MULTILINE)
    assert ended.code == 1
    assert re.search(r"every expectation holds in \d+ of 40 worlds", " ".join(ended.out.split()))


@pytest.mark.parametrize(
    ("wanted", "code", "word"), [("1%", 0, "PASS"), ("99.9%", 1, "VIOLATION"), ("85%", 3, "INCONCLUSIVE")]
)
def test_a_share_of_good_worlds_may_be_asked_for(*, wanted: str, code: int, word: str, gales: str) -> None:
    """Pass if the exact lower bound reaches it, violation if the upper bound does not, else inconclusive."""
    ended = command("run", gales, *WORDS, "--at-least", wanted)
    assert ended.code == code
    assert f"Verdict  {word}: no objective is breached in" in ended.out


@pytest.mark.parametrize("count", ["0", "3"])
def test_a_run_in_which_nothing_ran_ends_with_5(*, count: str, tmp_path: Path) -> None:
    """No world, or no outage in any of them."""
    text = GALES if count == "0" else CALM
    ended = command("run", str(written(tmp_path, text)), "--replications", count, "--workers", "1")
    assert ended.code == 5
    assert "NOTHING RAN" in ended.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--workers", "2"], "--workers: error: is for many worlds"),
        (["--at-least", "99%"], "--at-least: error: is for many worlds"),
        (["--replications", "4", "--replication", "1"], "--replication: error: is for one world"),
        (["--replications", "4", "--plot", "x.png"], "--plot: error: is for one world"),
        (["--replications", "4", "--at-least", "99"], "--at-least: error: must be above 0%"),
        (["--until-precision", "nan"], "--until-precision: error: must be above 0%"),
        (["--until-precision", "5%", "--metric", "downtme"], "did you mean 'downtime'?"),
        (["--replications", "4", "--output", "x", "--keep", "incident"], "no frame 'incident'"),
        (["--replications", "4", "--insecure"], "--insecure: error: is for --cluster"),
    ],
)
def test_options_that_do_not_go_together_are_refused(*, words: list[str], complaint: str, gales: str) -> None:
    """By name, with 2, before anything is played."""
    ended = command("run", gales, *words)
    assert ended.code == 2
    assert complaint in ended.err


def test_a_run_until_a_precision_says_that_it_is_reached(gales: str) -> None:
    """With the number of worlds it took, and the half-width it has."""
    ended = command(
        "run", gales, "--seed", "7", "--until-precision", "30%", "--metric", "outages", "--workers", "1"
    )
    assert "200 worlds" in ended.out
    assert "Precision  reached: within 30 %" in ended.out
    short = command(
        "run", gales, "--seed", "7", "--until-precision", "1%", "--replications", "20", "--workers", "1"
    )
    assert "Precision  NOT reached: the first look is at 200" in short.out


def test_the_result_of_a_few_worlds_is_not_put_beside_many(gales: str, tmp_path: Path) -> None:
    """The folder keeps the result of all its worlds, and the command says of how many its answer is."""
    folder = tmp_path / "run"
    command("run", gales, *WORDS, "--output", str(folder))
    before = (folder / "result.json").read_bytes()
    ended = command("run", gales, *WORDS, "--replications", "10", "--output", str(folder), "--format", "json")
    assert json.loads(ended.out)["replications"] == 10
    assert "holds 40 worlds; this answer is of the first 10" in ended.err
    assert (folder / "result.json").read_bytes() == before
    assert len(open_runs(folder)) == 40
    assert json.loads((folder / "manifest.json").read_text())["planned"] == [[0, 40]]


def test_progress_is_for_terminals(gales: str) -> None:
    """On one it shows worlds, rate and how well the metric is known; it is gone at the end, and never in a pipe."""
    words = [sys.executable, "-m", "bcdr_sim", "run", gales, *WORDS[:1], "150", *WORDS[2:]]
    ours, theirs = os.openpty()
    shown: list[bytes] = []
    with subprocess.Popen(
        words, stderr=theirs, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # how Linux says that the other end is closed
            while piece := os.read(ours, 65536):
                shown.append(piece)
        assert process.stdout is not None
        out = process.stdout.read().decode()
    os.close(ours)
    text = b"".join(shown).decode(errors="replace")
    assert re.search(r"150 of 150 worlds, \S+/s", text), text
    assert re.search(r"downtime \+-\d+\.\d%", text), text
    assert text.rstrip("\r\n").endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))
    assert out == command("run", gales, *WORDS[:1], "150", *WORDS[2:]).out


def test_replay_shows_the_worst_worlds_of_a_run(gales: str, tmp_path: Path) -> None:
    """Each as the table of that very world, worst first; --force is needed to begin another run there."""
    folder = str(tmp_path / "run")
    assert command("run", gales, *WORDS, "--output", folder).code == 1
    worst = open_runs(folder).worst(3, by="loss")
    ended = command("replay", folder, "--worst", "3", "--by", "loss")
    assert ended.code == 0
    assert [
        int(each) for each in re.findall(r"^\d of 40 by .*: replication (\d+),", ended.out, re.MULTILINE)
    ] == worst
    alone = command("run", gales, "--seed", "7", "--replication", str(worst[0]))
    assert alone.out in ended.out
    frozen = tmp_path / "frozen.yaml"
    assert command("replay", folder, "--by", "loss", "--show", "scenario", "--output", str(frozen)).code == 0
    assert command("run", str(frozen)).out.startswith(
        f"gales: policy seed-2024-11, seed 7, replication {worst[0]},"
    )
    assert command("run", gales, "--replications", "4", "--output", folder).code == 2


def test_replay_of_a_scenario_is_the_world_of_that_address(gales: str, tmp_path: Path) -> None:
    """Table, story, JSON, frozen scenario, events and picture: those of `run`, `story` and `freeze`."""
    address = ("--seed", "7", "--replication", "5")
    same = {
        "table": ("run",),
        "json": ("run", "--format", "json"),
        "story": ("story",),
        "scenario": ("freeze",),
    }
    for show, (name, *more) in same.items():
        ended = command("replay", gales, *address, "--show", show)
        assert ended.out == command(name, gales, *address, *more).out
    events, plot = tmp_path / "events.jsonl", tmp_path / "plot.svg"
    assert command("replay", gales, *address, "--events", str(events), "--plot", str(plot)).code == 0
    assert events.stat().st_size > 0
    assert plot.stat().st_size > 0


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--worst", "2", "--replication", "1"], "--worst: error: names the worlds already"),
        (["--by", "length"], "no metric 'length'"),
        (["--replication", "40"], "no replication 40 in this run of 40 worlds"),
        (["--seed", "3"], "--seed: error: is part of the run already"),
        (["--worst", "2", "--show", "scenario"], "is for one world"),
    ],
)
def test_replay_refuses_what_a_run_does_not_have(
    *, words: list[str], complaint: str, gales: str, tmp_path: Path
) -> None:
    """By name, with 2."""
    folder = str(tmp_path / "run")
    command("run", gales, *WORDS, "--output", folder)
    ended = command("replay", folder, *words)
    assert ended.code == 2
    assert complaint in ended.err


def test_replay_of_what_is_no_run_is_an_input_error(gales: str, tmp_path: Path) -> None:
    """A folder without a manifest, and a scenario of which the worst worlds are asked for."""
    assert "there is no manifest.json in it" in command("replay", str(tmp_path)).err
    assert "is for the folder of a run" in command("replay", gales, "--worst", "2").err
