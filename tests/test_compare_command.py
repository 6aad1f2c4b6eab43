"""Laws of `compare`: what is told of two policies, how it ends, and that what it prints can be run as printed."""

import json
import re
import shlex
from pathlib import Path

import pytest

from bcdr_sim.experiment import run
from commands import run as command
from many import GALES, written

WAIT = str(Path(__file__).parent.parent / "policies" / "wait.yaml")
FEW = ("--replications", "40", "--seed", "7", "--workers", "1")
WORSE = ("--policy", "seed", "--policy", "fo-2022")


@pytest.fixture(scope="module")
def gales(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The scenario as a file."""
    return str(written(tmp_path_factory.mktemp("gales")))


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, gales: str) -> Path:
    """Both runs of a comparison, kept."""
    folder = tmp_path_factory.mktemp("kept") / "both"
    assert command("compare", gales, *WORSE, *FEW, "--output", str(folder)).code == 1
    return folder


def test_a_policy_that_never_moves_is_worse(gales: str) -> None:
    """With both values, difference, interval, margin and verdict of every metric; who breaches newly; where to look."""
    ended = command("compare", gales, *WORSE, *FEW)
    assert ended.code == 1
    assert ended.err == ""
    title = "gales: fo-2022 against seed-2024-11, seed 7, the same 40 worlds of 20d, 3 environments\n"
    assert ended.out.startswith(title)
    assert re.search(r"^outages +\S+ +\S+ +0 +exactly 0 +0 +-$", ended.out, re.MULTILINE)
    assert re.search(r"^down time \* +\S+ +\S+ +\+\S+ +\+\S+ to \+\S+ +0s +WORSE$", ended.out, re.MULTILINE)
    assert re.search(r"^worlds that lose data +\S+% +0\.00% +-\S+pp .* better$", ended.out, re.MULTILINE)
    assert re.search(r"^app-1 +1 +\d+ +\d+ +\S+ +\d+, \d+, \d+$", ended.out, re.MULTILINE)
    assert re.search(
        r"^Environments worse  2 of 3 in .*: app-1 and app-2$", unwrapped(ended.out), re.MULTILINE
    )
    assert re.search(r"^Verdict  WORSE: worse in .*down time \(fleet\)", unwrapped(ended.out), re.MULTILINE)
    assert max(len(line) for line in ended.out.splitlines() if "bcdr-sim replay" not in line) <= 100


def unwrapped(text: str) -> str:
    return re.sub(r"\n {4,}(?! *bcdr-sim)", " ", text)


@pytest.mark.parametrize("kept", [False, True])
def test_the_printed_commands_play_the_worlds_again(*, kept: bool, gales: str, stored: Path) -> None:
    """As printed: the down time that they show is the one that was compared."""
    words = [str(stored / "seed-2024-11"), str(stored / "fo-2022")] if kept else [gales, *WORSE, *FEW]
    document = json.loads(command("compare", *words, "--format", "json").out)
    (found,) = document["contrasts"]
    assert len(found["worlds"]) == 5
    for world in found["worlds"][:2]:
        for side, line in zip(("base", "candidate"), world["replay"], strict=True):
            program, *arguments = shlex.split(line)
            assert program == "bcdr-sim"
            again = command(*arguments, "--show", "json")
            assert again.code == 0
            environments = json.loads(again.out)["environments"]
            assert sum(each["downtime_ms"] for each in environments) == world[side]


def test_parameters_are_part_of_a_policy(gales: str) -> None:
    """`seed hold_down=2h` is compared, named and played again as such."""
    ended = command("compare", gales, "--policy", "seed", "--policy", "seed hold_down=2h", *FEW)
    assert "seed-2024-11 hold_down=2h against seed-2024-11" in ended.out
    assert "--policy seed --set hold_down=2h --replication" in ended.out
    bad = command("compare", gales, "--policy", "seed", "--policy", "seed hold_dwn=2h", *FEW)
    assert bad.code == 2
    assert "hold_dwn" in bad.err


def test_one_policy_is_compared_with_that_of_the_scenario(gales: str) -> None:
    """Which is then the base, and is played again without naming it."""
    ended = command("compare", gales, "--policy", "fo-2022", *FEW)
    assert "fo-2022 against seed-2024-11" in ended.out
    assert f"    bcdr-sim replay {gales} --seed 7 --replication " in ended.out


def test_alike_passes_and_too_little_is_inconclusive(gales: str) -> None:
    """Exit codes: 0 within the margin or better, 1 worse, 3 inconclusive."""
    alike = command("compare", gales, "--policy", "seed", "--policy", "seed", *FEW)
    assert alike.code == 0
    assert "Verdict  WITHIN MARGIN" in alike.out
    assert (
        "40 of 40 worlds with the same down time, 40 of them event for event; both are one policy"
        in unwrapped(alike.out)
    )
    few = command("compare", gales, *WORSE, *FEW[2:], "--replications", "4", "--metric", "consents")
    assert few.code == 3
    assert "Few  of fewer than 30 worlds nothing but harm is believed" in few.out
    assert "Verdict  INCONCLUSIVE: not known of consents asked for (fleet" in few.out
    loss = command("compare", gales, *WORSE, *FEW, "--metric", "loss")
    assert loss.code == 0
    assert "Verdict  BETTER: better in most loss of a move made (fleet, tier 1)" in loss.out


def test_a_margin_turns_a_difference_into_none(gales: str) -> None:
    """A waiting policy is worse by some minutes; who does not mind an hour a world is told so."""
    words = ("compare", gales, "--policy", "seed", "--policy", WAIT, *FEW, "--metric", "down_ms")
    assert command(*words).code == 1
    ended = command(*words, "--margin", "20h")
    assert ended.code == 0
    assert re.search(r"^down time \* .* 20h +within margin$", ended.out, re.MULTILINE)
    assert command(*words, "--margin", "down_ms=20h").out == ended.out


def test_nothing_ran_ends_with_5(tmp_path: Path) -> None:
    """No world, or no outage in any."""
    calm = str(written(tmp_path, GALES.replace("outages:\n", "outages: []\n").split("  - {id: gale")[0]))
    ended = command("compare", calm, *WORSE, *FEW)
    assert ended.code == 5
    assert "Verdict  NOTHING RAN: no outage and no maintenance in any world" in ended.out
    assert command("compare", calm, *WORSE, "--replications", "0", "--workers", "1").code == 5


def test_stored_runs_give_what_was_played(gales: str, stored: Path) -> None:
    """The same tables, whether just played, or from the folders that were kept."""
    played = command("compare", gales, *WORSE, *FEW).out.split("Worlds that differ")[0]
    kept = command("compare", str(stored / "seed-2024-11"), str(stored / "fo-2022"))
    assert kept.code == 1
    assert kept.out.split("Worlds that differ")[0] == played


def test_runs_of_other_worlds_are_refused(tmp_path: Path, gales: str, stored: Path) -> None:
    """With 2 and the reason: another seed, another scenario, one run alone, a file among folders."""
    other = str(tmp_path / "other")
    run(gales, "fo-2022", seed=8, replications=4, output=other)
    ended = command("compare", str(stored / "seed-2024-11"), other)
    assert ended.code == 2
    assert "other: error: has seed 8, not 7; its worlds are other worlds" in ended.err
    assert "is one run; name another" in command("compare", other).err
    assert "is no folder of a run" in command("compare", other, gales).err
    assert "is part of a run already" in command("compare", other, other, "--seed", "3").err
    assert "keeps runs, and these are kept" in command("compare", other, other, "--output", "x").err
    assert command("compare", str(tmp_path), other).code == 2
    inside = command("compare", gales, *WORSE, *FEW, "--output", other)
    assert inside.code == 2
    assert "is a run itself; name another folder" in inside.err


def test_a_comparison_that_is_kept_goes_on(tmp_path: Path, gales: str) -> None:
    """The same command with more worlds plays what is missing, and tells what a fresh one tells."""
    folder = str(tmp_path / "kept")
    words = ("compare", gales, *WORSE, "--seed", "7", "--workers", "1", "--output", folder)
    assert command(*words, "--replications", "12").code in {1, 3}
    ended = command(*words, "--replications", "40")
    assert f"stored {folder}/seed-2024-11, {folder}/fo-2022" in ended.err
    fresh = command("compare", gales, *WORSE, *FEW)
    assert ended.out.split("Worlds that differ")[0] == fresh.out.split("Worlds that differ")[0]
    other = command(
        "compare", gales, "--policy", "seed", "--policy", "fo-2022", "--seed", "8", "--output", folder
    )
    assert other.code == 2
    assert "holds a run with another seed; --force replaces it" in other.err


def test_a_damaged_shard_is_refused(tmp_path: Path, gales: str) -> None:
    """Of the environments too: nothing is compared that is not whole."""
    for policy in ("seed", "fo-2022"):
        run(gales, policy, seed=7, replications=8, output=tmp_path / policy)
    shard = next((tmp_path / "seed" / "environments").glob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-9])
    ended = command("compare", str(tmp_path / "seed"), str(tmp_path / "fo-2022"))
    assert ended.code == 2
    assert "8 of its worlds are damaged or gone, replications 0 to 7 among them" in ended.err


def test_json_and_markdown_say_the_same(tmp_path: Path, gales: str) -> None:
    """One object with schema, digests and verdict; a table per block; both at once into files."""
    target = tmp_path / "both.json"
    ended = command("compare", gales, *WORSE, *FEW, "--format", "markdown", "--format", f"json={target}")
    assert ended.code == 1
    assert "fo-2022 against seed-2024-11, seed 7, 40 worlds" in ended.err
    assert "| down time \\* |" in ended.out
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["schema"] == "bcdr-sim/comparison/1"
    assert document["verdict"] == "worse"
    assert [each["label"] for each in document["policies"]] == ["seed-2024-11", "fo-2022"]
    found = document["contrasts"][0]["differences"]
    (primary,) = [each for each in found if each["primary"]]
    assert (primary["metric"], primary["group"], primary["verdict"]) == ("down_ms", "fleet", "worse")
    assert primary["difference"] == pytest.approx(primary["candidate"] - primary["base"])
    assert {each["kind"] for each in found} == {"fleet", "tier", "environment"}
    assert {each["environment"] for each in document["contrasts"][0]["newly_breaching"]} == {"app-1", "app-2"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "--policy: error: is needed"),
        (["--policy", "sead", "--policy", "seed"], "did you mean 'seed"),
        ([*WORSE, "--margin", "5"], "--margin: error: the margin of down_ms is a duration or a share"),
        ([*WORSE, "--margin", "-5%"], "--margin: error: the margin of down_ms is a number of at least 0"),
        ([*WORSE, "--margin", "5%", "--margin", "1%"], "--margin: error: give one for all"),
        ([*WORSE, "--margin", "rta=5m", "--margin", "rta=6m"], "--margin: error: 'rta' is given twice"),
        ([*WORSE, "--margin", "downtme=5%"], "did you mean 'downtime'"),
        ([*WORSE, "--metric", "downtme"], "--metric: error: no metric 'downtme' to compare by; did you mean"),
        ([*WORSE, "--until-precision", "7"], "--until-precision: error: must be above 0%"),
        ([*WORSE, "--insecure"], "--insecure: error: is for --cluster"),
        ([*WORSE, "--format", "yaml"], "--format: error: no form 'yaml'"),
    ],
)
def test_what_cannot_be_is_refused(*, words: list[str], complaint: str, gales: str) -> None:
    """By name, with 2, before anything is played."""
    ended = command("compare", gales, *words)
    assert ended.code == 2
    assert complaint in ended.err
    assert ended.out == ""


def test_a_frozen_world_has_no_others_to_compare(tmp_path: Path, gales: str) -> None:
    frozen = tmp_path / "frozen.yaml"
    assert command("freeze", gales, "--seed", "7", "--output", str(frozen)).code == 0
    ended = command("compare", str(frozen), *WORSE)
    assert ended.code == 2
    assert "is one frozen world" in ended.err


def test_a_precision_is_that_of_the_difference(gales: str) -> None:
    """It stops at a look, and says what it is a share of."""
    ended = command(
        "compare", gales, "--policy", "seed", "--policy", "seed", "--until-precision", "5%", "--workers", "1"
    )
    assert ended.code == 0
    assert "the same 200 worlds" in ended.out
    assert "Precision  reached: the difference is known to within 5 % of the base's mean" in ended.out
