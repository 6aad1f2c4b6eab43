"""Laws of a run folder: what is whole is believed, what is not is played again, and the result is the same."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import duckdb
import pandas as pd
import pytest
from pyarrow import dataset

import bcdr_sim as bs
from bcdr_sim.errors import InputError
from bcdr_sim.experiment import EditionError, Progress, Runs, open_runs, run
from bcdr_sim.experiment.columns import FRAMES, FRAMES_KEPT
from bcdr_sim.experiment.playing import Task, play
from commands import run as command
from many import GALES, case, played, written

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "frames.md"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Forty worlds in shards of eight."""
    folder = tmp_path_factory.mktemp("stored")
    return played(case(folder), 40, output=folder / "run")


@pytest.fixture
def again(stored: Runs, tmp_path: Path) -> Path:
    """A copy of the folder that a test may spoil."""
    assert stored.folder is not None
    return Path(shutil.copytree(stored.folder, tmp_path / "run"))


def shards(folder: Path, frame: str) -> list[Path]:
    return sorted((folder / frame).glob("*"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(path: Path) -> None:
    other = next(each for each in shards(path.parent.parent, path.parent.name) if each != path)
    shutil.copy(other, path)


LISTENING = """
import signal, sys
from bcdr_sim.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process begun in the background is deaf to it
sys.exit(main(sys.argv[1:]))
"""


def named_shards(folder: Path) -> int:
    """How many shards the manifest names by now."""
    try:
        return len(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["shards"])
    except OSError:
        return 0


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit": flip,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": Path.unlink,
    "that of others": swap,
}


@pytest.mark.parametrize("frame", ["worlds", *FRAMES_KEPT])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_shard_is_played_again(
    *, damage: Callable[[Path], object], frame: str, stored: Runs, again: Path
) -> None:
    """Exactly the worlds of that shard, and the folder is as it was."""
    damage(shards(again, frame)[1])
    steps: list[Progress] = []
    repaired = played(stored.case, 40, output=again, report=steps.append)
    assert steps[0].done == 32
    assert repaired.digest == stored.digest
    assert [path.read_bytes() for path in shards(again, frame)] == [
        path.read_bytes() for path in shards(stored.folder or again, frame)
    ]


def test_a_run_that_is_complete_is_read_and_not_played(stored: Runs, again: Path) -> None:
    """The same request finds the same worlds; fewer of them are the first ones, more are played in addition."""
    steps: list[Progress] = []
    assert played(stored.case, 40, output=again, report=steps.append).digest == stored.digest
    assert {step.played for step in steps} == {0}
    fewer = played(stored.case, 13, output=again)
    assert len(fewer) == 13
    assert fewer.incidents()["replication"].max() < 13
    more = played(stored.case, 50, output=again)
    assert (more.rows["digest"][:40] == stored.rows["digest"]).all()
    assert len(open_runs(again)) == 50


def test_what_a_killed_process_left_is_tidied(stored: Runs, again: Path) -> None:
    """Half-written files and shards that no manifest names are removed before they could be counted twice."""
    shutil.copy(shards(again, "incidents")[0], again / "incidents" / "rep-000000-000999.parquet")
    (again / "ledger" / ".rep-000000-000007.parquet.4711.part").write_bytes(b"half")
    (again / "ledger" / "notes.txt").write_text("mine", encoding="utf-8")
    played(stored.case, 40, output=again)
    assert len(shards(again, "incidents")) == 5
    assert (again / "ledger" / "notes.txt").exists()


def test_a_folder_tells_the_same_whatever_made_it(stored: Runs, tmp_path: Path) -> None:
    """Other chunks, an interruption in between: the frames are equal row by row."""
    whole = played(stored.case, 40, chunk=40, output=tmp_path / "whole")

    def stop(progress: Progress) -> None:
        if progress.done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        played(stored.case, 40, chunk=5, output=tmp_path / "parts", report=stop)
    parts = played(stored.case, 40, chunk=7, output=tmp_path / "parts")
    assert whole.digest == parts.digest == stored.digest
    for other in (parts, stored):
        for frame in ("worlds", *FRAMES_KEPT):
            ours, theirs = getattr(whole, frame)(), getattr(other, frame)()
            text = [name for name in ours if ours[name].dtype == "category"]
            pd.testing.assert_frame_equal(
                ours.astype(dict.fromkeys(text, "str")), theirs.astype(dict.fromkeys(text, "str"))
            )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_command_says_how_to_go_on_and_does(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C ends with 130 and a request to end with 143; the same command goes on to what an uninterrupted one tells."""
    written(tmp_path)
    words = [
        "run",
        "gales.yaml",
        "--replications",
        "100000",
        "--seed",
        "7",
        "--output",
        "run",
        "--workers",
        "1",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENING, *words],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    began_s = monotonic()
    while not named_shards(tmp_path / "run") and monotonic() - began_s < 60:
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 128 + number
    assert out == ""
    assert "worlds are kept in run. Give the same command again to go on from there." in err
    kept = open_runs(tmp_path / "run")
    assert 0 < len(kept) < 100_000
    found = run(tmp_path / "gales.yaml", seed=7, replications=len(kept) + 8, output=tmp_path / "run")
    assert (found.rows["digest"][: len(kept)] == kept.rows["digest"]).all()
    first = max(0, len(kept) - 8)
    last = play(Task(found.case, 7, first, len(kept) + 8))
    assert (found.rows["digest"][first:] == last.worlds["digest"]).all()


# Whose folder it is ----------------------------------------------------------------------------------------------------


def test_a_folder_of_another_run_is_not_overwritten(again: Path, tmp_path: Path) -> None:
    """Another seed, policy or scenario is refused by name; --force replaces the run and nothing else."""
    with pytest.raises(InputError, match="holds a run with another seed; --force replaces it"):
        run(written(tmp_path), seed=8, replications=4, output=again)
    with pytest.raises(InputError, match="another scenario and policy"):
        run(written(tmp_path, GALES.replace("20d", "10d")), "fo-2022", seed=7, replications=4, output=again)
    (again / "notes.txt").write_text("mine", encoding="utf-8")
    assert len(run(written(tmp_path), seed=8, replications=4, output=again, force=True).incidents()) >= 0
    assert (again / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert open_runs(again).seed == 8


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_with_other_things_is_never_touched(force: bool, tmp_path: Path) -> None:
    """Not even with --force: it replaces runs."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="with other things in it"):
        run(written(tmp_path), replications=4, output=tmp_path / "mine", force=force)
    with pytest.raises(InputError, match="is a file"):
        run(written(tmp_path), replications=4, output=tmp_path / "gales.yaml", force=force)


def test_a_folder_of_another_edition_is_refused_with_4(again: Path, tmp_path: Path) -> None:
    """Results of two editions of the program are never mixed."""
    manifest = json.loads((again / "manifest.json").read_text(encoding="utf-8"))
    manifest["edition"] = "0.0.9+000000000000"
    (again / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(EditionError, match=r"of bcdr-sim 0\.0\.9\+000000000000, this is"):
        run(written(tmp_path), seed=7, replications=4, output=again)
    ended = command(
        "run", str(written(tmp_path)), "--seed", "7", "--replications", "4", "--output", str(again)
    )
    assert (ended.code, ended.out) == (4, "")
    assert command("replay", str(again)).code == 4


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"schema": "bcdr-sim/run-folder/99"}',
        '{"schema": "bcdr-sim/run-folder/1", "shards": [1]}',
    ],
)
def test_a_manifest_that_cannot_be_read_is_an_input_error(content: str, again: Path, tmp_path: Path) -> None:
    """It is said what is wrong; --force begins anew."""
    (again / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"manifest\.json"):
        run(written(tmp_path), seed=7, replications=4, output=again)
    assert len(run(written(tmp_path), seed=7, replications=4, output=again, force=True)) == 4


def test_two_processes_do_not_write_one_run(stored: Runs, again: Path) -> None:
    """The second one is refused while the first one is at it."""

    def other(_: Progress) -> None:
        with pytest.raises(InputError, match="another process is writing this run"):
            played(stored.case, 40, output=again)

    played(stored.case, 48, output=again, report=other)


def test_force_touches_nothing_that_another_process_is_writing(
    stored: Runs, again: Path, tmp_path: Path
) -> None:
    """Refused before anything is removed, so the first one ends with all of its worlds."""

    def other(_: Progress) -> None:
        with pytest.raises(InputError, match="another process is writing this run"):
            run(written(tmp_path, GALES.replace("20d", "10d")), output=again, replications=2, force=True)

    played(stored.case, 48, output=again, report=other)
    assert len(open_runs(again)) == 48


@pytest.mark.parametrize("frame", ["worlds", *FRAMES_KEPT])
def test_a_damaged_run_is_not_shown_as_if_it_were_whole(frame: str, again: Path) -> None:
    """What is shown or compared are all worlds or none; the worst one could be among those that are missing."""
    shards(again, frame)[1].unlink()
    with pytest.raises(InputError, match="8 of its worlds are damaged or gone"):
        open_runs(again)


def test_a_folder_in_which_a_run_could_not_begin_is_begun_again(stored: Runs, tmp_path: Path) -> None:
    """A full disk or a kill at the very start leaves folders and no manifest: the same command goes on."""
    (tmp_path / "run" / "worlds").mkdir(parents=True)
    (tmp_path / "run" / "case.json").write_text("{", encoding="utf-8")
    assert played(stored.case, 8, output=tmp_path / "run").digest == played(stored.case, 8).digest


def test_a_run_whose_manifest_is_lost_is_replaced_by_force_alone(again: Path, tmp_path: Path) -> None:
    """Worlds may be in it, so nothing less than --force throws them away."""
    (again / "manifest.json").unlink()
    with pytest.raises(InputError, match="other things in it"):
        run(written(tmp_path), seed=7, replications=4, output=again)
    assert len(run(written(tmp_path), seed=7, replications=4, output=again, force=True)) == 4


def test_a_damaged_case_is_refused_and_repaired(stored: Runs, again: Path) -> None:
    """What `replay` would play has to be what the manifest is of; the command that made the run writes it anew."""
    content = (again / "case.json").read_text(encoding="utf-8")
    for damaged in ("{", content.replace("gales", "gusts")):
        (again / "case.json").write_text(damaged, encoding="utf-8")
        with pytest.raises(InputError, match=r"case\.json"):
            open_runs(again)
    played(stored.case, 40, output=again)
    assert open_runs(again).digest == stored.digest


def test_frames_that_were_kept_are_kept_on(stored: Runs, again: Path) -> None:
    """Asking for another frame adds it."""
    played(stored.case, 40, output=again, frames=("events",))
    assert len(open_runs(again).incidents()) == len(stored.incidents())
    assert len(shards(again, "events")) == 5


# Who reads it ----------------------------------------------------------------------------------------------------------


def test_duckdb_pandas_and_pyarrow_read_the_folder_as_it_is(stored: Runs) -> None:
    """Each sees a frame as one table, and the same numbers in it."""
    assert stored.folder is not None
    ours = stored.incidents()
    counts = "count(*), sum(at_least_ms)::BIGINT, count(DISTINCT environment), count(rto_verdict)"
    counted = duckdb.execute(f"SELECT {counts} FROM '{stored.folder}/incidents/*.parquet'").fetchall()
    assert counted[0] == (len(ours), ours["at_least_ms"].sum(), ours["environment"].nunique(), len(ours))
    assert len(pd.read_parquet(stored.folder / "ledger")) == len(stored.ledger())
    assert dataset.dataset(stored.folder / "worlds").to_table().num_rows == 40
    catalogue = duckdb.execute(
        f"SELECT scenario, seed, complete FROM '{stored.folder}/manifest.json'"
    ).fetchall()
    assert catalogue == [("gales", 7, True)]


def test_frames_are_tidy(stored: Runs) -> None:
    """Whole numbers are Int64 with <NA>, names are categories, the ledger sums to the recovery time of every incident."""
    incidents, ledger, worlds = stored.incidents(), stored.ledger(), stored.worlds()
    assert incidents["rta_ms"].dtype == "Int64"
    assert {str(incidents[name].dtype) for name in ("environment", "outage", "rto_verdict")} == {"category"}
    assert (incidents["rta_ms"].isna() == incidents["censored"]).all()
    keys = ["replication", "event_id"]
    sums = ledger.groupby(keys)["duration_ms"].sum()
    assert (sums == incidents.set_index(keys)["at_least_ms"].sort_index()).all()
    down = incidents.groupby("replication")["at_least_ms"].sum().reindex(range(40), fill_value=0)
    assert (worlds["down_ms"].to_numpy() == down.to_numpy()).all()
    assert worlds["rta_ms_max"].isna().sum() == (worlds["incidents"] == 0).sum()


def test_the_reference_explains_every_column(stored: Runs) -> None:
    """The page of frames names the columns of each frame, in their order."""
    sections = re.split(r"^## (\w+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    pages = dict(zip(sections[1::2], sections[2::2], strict=True))
    frames = {name: getattr(stored, name)() for name in ("worlds", *FRAMES)}
    for name, frame in frames.items():
        rows = re.findall(r"^\| (`.*?`) \|", pages[name].split("\n## ")[0], re.MULTILINE)
        named = [column for row in rows for column in re.findall(r"`(\w+)`", row)]
        assert sorted(named) == sorted(frame.columns), name


def test_every_world_of_a_run_can_be_had_again(stored: Runs, tmp_path: Path) -> None:
    """As a timeline, as events, and frozen into a file that plays to the same events."""
    worst = stored.worst(1)[0]
    timeline = stored.timeline(worst)
    assert timeline.trial.draws.replication == worst
    assert len(stored.events([worst])) == len(timeline)
    stored.freeze(replication=worst).save(tmp_path / "frozen.yaml")
    frozen = bs.load(tmp_path / "frozen.yaml")
    assert bs.simulate(bs.resolve(frozen), bs.load_policy("seed")).digest == timeline.digest
    with pytest.raises(ValueError, match="no replication 40 in this run of 40 worlds"):
        stored.timeline(40)


def test_a_run_shows_itself_in_a_notebook(stored: Runs) -> None:
    """Names are escaped, nothing is executed, and the page stays small."""
    page = stored._repr_html_()
    assert "gales" in page
    assert "<script" not in page
    assert len(page) < 20_000
    assert "40 worlds of seed 7" in repr(stored)
