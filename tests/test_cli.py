"""Laws of the command line: stdout is the result, exit codes say how it ended, files appear whole or not at all."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import jsonschema
import pytest

from bcdr_sim import __version__
from bcdr_sim.cli import main
from bcdr_sim.cli.answer import replacing
from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy, profile_names
from commands import run
from worlds import STORM

QUIET = STORM[: STORM.index("outages:")]
MET = STORM.replace('"2": {rto: 8h}', '"2": {rto: 12h}')
BROKEN = STORM.replace("region: west, customer: fabrikam", "region: wst, customer: fabrikam")
OPEN = STORM.replace("horizon: 3d", "horizon: 4h").replace('"2": {rto: 8h}', '"2": {rto: 12h}')


@pytest.fixture
def storm(tmp_path: Path) -> str:
    return written(tmp_path, STORM)


def written(folder: Path, text: str, name: str = "storm.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


# Exit codes ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        pytest.param(MET, 0, "PASS", id="pass"),
        pytest.param(STORM, 1, "VIOLATION", id="violation"),
        pytest.param(BROKEN, 2, "no region 'wst'", id="invalid"),
        pytest.param(OPEN, 3, "INCONCLUSIVE", id="inconclusive"),
        pytest.param(QUIET, 5, "NOTHING RAN", id="nothing ran"),
    ],
)
def test_the_exit_code_says_what_the_run_found(tmp_path: Path, *, text: str, code: int, word: str) -> None:
    """0 pass, 1 violation, 2 invalid input, 3 inconclusive, 5 nothing ran; and the text says the same."""
    ended = run("run", written(tmp_path, text))
    assert ended.code == code
    assert word in (ended.err if code == 2 else ended.out)


@pytest.mark.parametrize(("outcome", "code"), [("failed_over", 0), ("recovered_in_place", 1)])
def test_a_scenario_with_expectations_is_judged_by_them_alone(
    outcome: str, code: int, tmp_path: Path
) -> None:
    """A breach that a scenario expects is no violation, an expectation that does not hold is one."""
    text = STORM + f"expect:\n  - {{environments: busy-prod, outcome: {outcome}}}\n"
    assert run("run", written(tmp_path, text)).code == code


@pytest.mark.parametrize(
    "arguments", [["rum"], ["run"], ["run", "x.yaml", "--seed", "-1"], ["run", "nowhere.yaml"], []]
)
def test_wrong_usage_ends_with_2_and_leaves_stdout_to_results(arguments: list[str]) -> None:
    """Unknown commands, missing arguments, values out of range and missing files are input errors."""
    ended = run(*arguments)
    assert ended.code == 2
    assert ended.out == "" or not arguments


def test_a_fault_of_the_program_ends_with_70_and_says_how_to_report_it() -> None:
    """A caller that hands over something else than text is such a fault; the traceback comes with the version."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([object()])  # type: ignore[list-item]
    assert code == 70
    assert out.getvalue() == ""
    assert "Traceback" in err.getvalue()
    assert "report" in err.getvalue()
    assert __version__ in err.getvalue()


class Interrupting(io.StringIO):
    """A terminal at which somebody presses Ctrl-C as soon as a result appears."""

    def write(self, text: str, /) -> int:
        raise KeyboardInterrupt


def test_ctrl_c_ends_with_130_and_no_traceback(storm: str) -> None:
    err = io.StringIO()
    with contextlib.redirect_stdout(Interrupting()), contextlib.redirect_stderr(err):
        assert main(["run", storm]) == 130
    assert "Traceback" not in err.getvalue()


def test_a_reader_who_goes_away_changes_nothing(storm: str) -> None:
    """`bcdr-sim run | head` ends with the code of the run, and in silence."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [
        sys.executable,
        "-c",
        "import sys; from bcdr_sim.cli import main; sys.exit(main())",
        "run",
        storm,
    ]
    ended = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write_end)
    assert (ended.returncode, ended.stderr) == (1, "")


# Output -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["table", "json", "csv", "md"])
def test_every_form_is_the_same_whenever_it_is_written(form: str, storm: str) -> None:
    """The same scenario, policy and seed: the same bytes, and the seed always stands somewhere."""
    first, second = run("run", storm, "--format", form), run("run", storm, "--format", form)
    assert first == second
    assert "seed 0" in first.out + first.err


def test_json_is_one_object_with_schema_and_provenance(storm: str) -> None:
    """It carries the name of its form and where it comes from, and no NaN."""
    document = json.loads(
        run("run", storm, "--seed", "7", "--format", "json").out, parse_constant=pytest.fail
    )
    assert document["schema"] == "bcdr-sim/run/1"
    assert document["provenance"]["seed"] == 7
    assert {each["name"] for each in document["environments"]} >= {"busy-prod", "shop-12"}


def test_csv_has_a_row_per_incident_and_owners_that_sum_to_it(storm: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("run", storm, "--format", "csv").out)))
    assert [row["environment"] for row in rows][:3] == ["busy-prod", "dev", "firm-prod"]
    for row in rows:
        owned = sum(int(row[f"{owner}_ms"]) for owner in ("provider", "customer", "region", "dependency"))
        assert owned == int(row["at_least_ms"])


def test_a_fleet_is_a_line_unless_all_is_asked_for(storm: str) -> None:
    """Members that ended alike share a line that names the worst; `--all` shows each."""
    assert "shop x12 (shop-01)" in run("run", storm).out
    every = run("run", storm, "--all").out
    assert "shop-01" in every
    assert "shop-12" in every
    assert "x12" not in every


def test_parameters_and_policies_of_the_command_line_are_in_force(storm: str) -> None:
    """`--set` changes a parameter, `--policy` takes another policy; a value that is none is an input error."""
    assert "hold_down" in run("run", storm, "--set", "hold_down=12h").out
    assert "policy fo-2022" in run("run", storm, "--policy", "fo-2022").out
    wrong = run("run", storm, "--set", "hold_dwn=12h")
    assert wrong.code == 2
    assert "did you mean 'hold_down'?" in wrong.err
    assert run("run", storm, "--set", "hold_down").code == 2
    assert run("run", storm, "--policy", "sed").code == 2


def test_an_output_file_holds_what_stdout_would(storm: str, tmp_path: Path) -> None:
    target = tmp_path / "run.json"
    ended = run("run", storm, "--format", "json", "--output", str(target))
    assert ended.out == ""
    assert target.read_text(encoding="utf-8") == run("run", storm, "--format", "json").out


def test_a_file_is_replaced_only_on_demand(storm: str, tmp_path: Path) -> None:
    """Without `--force` an existing file ends the command before anything is simulated."""
    target = tmp_path / "run.txt"
    target.write_text("mine", encoding="utf-8")
    ended = run("run", storm, "--output", str(target))
    assert (ended.code, target.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in ended.err
    assert run("run", storm, "--output", str(target), "--force").code == 1
    assert "gale" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "option", [["--output", "no/folder/x"], ["--events", "x.txt"], ["--plot", "x.gif"], ["-o", "."]]
)
def test_a_file_that_cannot_be_written_ends_with_2(option: list[str], storm: str, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        assert run("run", storm, *option).code == 2
        assert sorted(path.name for path in tmp_path.iterdir()) == ["storm.yaml"]


def test_bad_input_writes_nothing(tmp_path: Path) -> None:
    """Neither the result nor events nor a picture appear when the scenario is wrong."""
    path = written(tmp_path, BROKEN)
    files = [
        "--output",
        str(tmp_path / "o"),
        "--events",
        str(tmp_path / "e.csv"),
        "--plot",
        str(tmp_path / "p.png"),
    ]
    assert run("run", path, *files).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["storm.yaml"]


def test_a_command_that_dies_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    """What is written goes beside the target first; until the very end the target is what it was."""
    target = tmp_path / "run.txt"
    target.write_text("old", encoding="utf-8")
    with contextlib.suppress(ZeroDivisionError), replacing(target) as draft:
        draft.write_text("half", encoding="utf-8")
        assert target.read_text(encoding="utf-8") == "old"
        raise ZeroDivisionError
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_refuses_is_an_input_error(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="cannot be written"),
        replacing(tmp_path / "gone" / "run.txt") as draft,
    ):
        draft.write_text("x", encoding="utf-8")


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "trace.json", "mmd"])
def test_events_are_written_in_the_form_of_their_ending(ending: str, storm: str, tmp_path: Path) -> None:
    target = tmp_path / f"events.{ending}"
    assert run("run", storm, "--events", str(target), "--quiet").err == ""
    assert target.stat().st_size > 500
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, "storm.yaml"]


def test_equal_runs_draw_equal_pictures(storm: str, tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    run("run", storm, "--plot", str(first))
    run("run", storm, "--plot", str(second))
    assert first.read_bytes() == second.read_bytes()
    assert b"busy-prod" in first.read_bytes()


# Text of files is data ----------------------------------------------------------------------------------------------------

HOSTILE = "[red]![x](http://evil)<b>|`rm`*_"


def test_text_of_a_file_cannot_command_a_page(tmp_path: Path) -> None:
    """Markup, links and HTML of a description come out as characters: nothing of it is bold, linked or a cell."""
    text = STORM.replace("name: storm\n", f"name: storm\ndescription: '{HOSTILE}'\n")
    path = written(tmp_path, text)
    assert HOSTILE in run("run", path).out
    page = run("run", path, "--format", "md").out
    assert r"\[red\]!\[x\](http://" + "\u200b" + r"evil)\<b\>\|\`rm\`\*\_" in page


def test_text_of_a_file_cannot_command_a_terminal(tmp_path: Path) -> None:
    """A control character in a file ends the command, and the message shows it as an escape."""
    text = STORM.replace("name: storm\n", 'name: storm\ndescription: "\\u001b[31m"\n')
    ended = run("run", written(tmp_path, text))
    assert ended.code == 2
    assert "\x1b" not in ended.out + ended.err


def test_an_argument_is_shown_without_what_does_not_print(storm: str) -> None:
    ended = run("explain", storm, "\x1b[2Jbusy-prd")
    assert ended.code == 2
    assert "\x1b" not in ended.err


# The other commands -------------------------------------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert run("--version").out == f"bcdr-sim {__version__}\n"
    assert "explain" in run("--help").out
    assert run("run", "-h").code == 0


def test_validate_simulates_nothing_and_reports_every_file_at_once(tmp_path: Path) -> None:
    good, bad = written(tmp_path, STORM, "good.yaml"), written(tmp_path, BROKEN, "bad.yaml")
    assert run("validate", good).code == 0
    assert "valid" in run("validate", good).out
    ended = run("validate", good, bad, str(tmp_path / "none.yaml"))
    assert ended.code == 2
    assert "bad.yaml:" in ended.out
    assert "none.yaml" in ended.out
    assert "2 errors" in ended.out


def test_validate_knows_a_policy_from_a_scenario(tmp_path: Path) -> None:
    """A file with rules at its top level is read as a policy."""
    rule = "{id: a, when: {}, then: hold, reason: hold_down, cites: [assumption]}"
    rules = f"format: 1\npolicy: mine\ntitle: t\nrules:\n  - {rule}\n"
    assert "policy mine, 1 rule," in run("validate", written(tmp_path, rules, "mine.yaml")).out


def test_validate_checks_the_policy_that_a_scenario_names(tmp_path: Path) -> None:
    text = STORM + "policy: {name: seed-2024-11, parameters: {hold_dwn: 2h}}\n"
    ended = run("validate", written(tmp_path, text))
    assert ended.code == 2
    assert "did you mean 'hold_down'?" in ended.out


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_validate_speaks_to_machines(form: str, tmp_path: Path) -> None:
    """Every form names file, line and message; without problems JSON and SARIF are empty lists, GitHub nothing."""
    bad, good = written(tmp_path, BROKEN, "bad.yaml"), written(tmp_path, STORM, "good.yaml")
    ended = run("validate", bad, "--format", form)
    assert ended.code == 2
    assert "bad.yaml" in ended.out
    assert "no region" in ended.out
    clean = run("validate", good, "--format", form)
    assert clean.code == 0
    if form == "github":
        assert clean.out == ""
    elif form == "json":
        assert json.loads(clean.out)["problems"] == []
    else:
        log = json.loads(ended.out)
        assert log["version"] == "2.1.0"
        assert log["runs"][0]["results"][0]["locations"]
        assert json.loads(clean.out)["runs"][0]["results"] == []


def test_init_writes_a_scenario_that_is_valid_and_passes(tmp_path: Path) -> None:
    """The starter runs, its modeline names the schema beside it, and the schema accepts the schema's own rules."""
    folder = tmp_path / "new" / "exercise"
    assert run("init", str(folder)).code == 0
    scenario = folder / "scenario.yaml"
    assert scenario.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=./scenario.schema.json\n"
    )
    jsonschema.Draft202012Validator.check_schema(
        json.loads((folder / "scenario.schema.json").read_text("utf-8"))
    )
    assert run("validate", str(scenario)).code == 0
    assert run("run", str(scenario)).code == 0


def test_init_touches_nothing_that_exists(tmp_path: Path) -> None:
    written(tmp_path, "mine", "scenario.yaml")
    assert run("init", str(tmp_path)).code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["scenario.yaml"]
    assert run("init", str(tmp_path), "--force").code == 0


def test_a_schema_is_printed_for_every_format() -> None:
    for kind in ("scenario", "policy", "policytest"):
        ended = run("schema", kind)
        assert ended.code == 0
        assert ended.err == ""
        jsonschema.Draft202012Validator.check_schema(json.loads(ended.out))


def test_policy_show_prints_rules_with_their_sources_and_parameters_in_force() -> None:
    ended = run("policy", "show", "seed", "--set", "settle=2h")
    assert "since_last_move is under 2h -> hold (hold_down) [S14, assumption]" in ended.out
    assert "auto-zero-loss" in ended.out


@pytest.mark.parametrize("name", profile_names())
def test_policy_show_prints_all_of_a_built_in_policy(name: str) -> None:
    """Every rule, law and parameter by its name, and each source once with its title."""
    ended = run("policy", "show", name)
    assert ended.code == 0
    table = load_policy(name).table
    words = ended.out.split()
    names = [rule.id for rule in table.rules] + [law.id for law in table.invariants]
    assert all(f"{each}:" in words for each in names)
    assert all(parameter in words for parameter in table.defaults)
    text = " ".join(words)
    assert all(text.count(title) == 1 for title in table.sources.values())


def test_explain_names_the_nearest_environment(storm: str) -> None:
    wrong = run("explain", storm, "bussy-prod")
    assert wrong.code == 2
    assert "did you mean 'busy-prod'?" in wrong.err
    assert "name one of its environments" in run("explain", storm, "shop").err


@pytest.mark.parametrize(
    ("at", "phase"), [("T+30m", "awaiting_awareness"), ("2h30m", "awaiting_awareness"), ("0s", "nothing had")]
)
def test_explain_at_an_instant_says_where_it_stood(at: str, phase: str, storm: str) -> None:
    assert phase in run("explain", storm, "busy-prod", "--at", at).out


@pytest.mark.parametrize("at", ["soon", "T-5h", "9d"])
def test_explain_refuses_an_instant_outside_the_scenario(at: str, storm: str) -> None:
    assert run("explain", storm, "busy-prod", "--at", at).code == 2


def test_story_can_be_of_one_environment_or_fleet(storm: str) -> None:
    assert "fabrikam" not in run("story", storm, "busy-prod").out
    assert "shop-01" in run("story", storm, "shop").out
    assert run("story", storm, "shp").code == 2
    assert run("story", storm).code == 0


def test_a_module_run_ends_with_the_code_of_the_command(tmp_path: Path) -> None:
    """`python -m bcdr_sim` is the command itself: a gate that uses it sees a failure."""
    command = [sys.executable, "-m", "bcdr_sim", "validate", str(tmp_path / "missing.yaml")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_what_is_no_file_is_written_to_and_not_replaced(storm: str, tmp_path: Path) -> None:
    """A pipe stays a pipe and needs no --force; a link stays a link to what is replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    taken: list[str] = []
    reader = threading.Thread(target=lambda: taken.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert run("run", storm, "--format", "json", "-o", str(pipe)).code == 1
    reader.join()
    assert json.loads(taken[0])["schema"] == "bcdr-sim/run/1"
    assert pipe.is_fifo()
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    assert run("run", storm, "--format", "json", "-o", str(link)).code == 2
    assert run("run", storm, "--format", "json", "-o", str(link), "--force").code == 1
    assert link.is_symlink()
    assert json.loads(real.read_text(encoding="utf-8"))["schema"] == "bcdr-sim/run/1"


def test_a_run_writes_all_its_files_or_none(storm: str, tmp_path: Path) -> None:
    """One that cannot be written takes the others with it, and nothing is said to be written."""
    events = tmp_path / "events.jsonl"
    missing = tmp_path / "gone"
    missing.mkdir()
    (missing / "x.json").mkdir()
    ended = run("run", storm, "--events", str(events), "-o", str(missing / "x.json"), "--force")
    assert ended.code == 2
    assert "wrote" not in ended.err
    assert not events.exists()
    assert list(tmp_path.glob(".*part*")) == []


def test_two_results_do_not_go_into_one_file_nor_over_the_scenario(storm: str, tmp_path: Path) -> None:
    """Whatever the spelling of the path."""
    same = tmp_path / "same.jsonl"
    other = tmp_path / "." / "same.jsonl"
    assert run("run", storm, "--events", str(same), "-o", str(other)).code == 2
    before = Path(storm).read_text(encoding="utf-8")
    assert run("run", storm, "-o", storm, "--force").code == 2
    assert Path(storm).read_text(encoding="utf-8") == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_and_no_fault_of_the_program(storm: str) -> None:
    """Exit code 2 and one line."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bcdr_sim", "run", storm],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert "stdout: error: cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("policy", "place", "said"),
    [
        ("policy: seed-2024-12", ":1:9:", "did you mean 'seed-2024-11'?"),
        ("policy: {name: seed, parameters: {settel: 3h}}", ":1:35:", "did you mean 'settle'?"),
        (
            "policy: {name: seed, parameters: {settle: 300d}}",
            ":1:35:",
            "settle goes from 15m to 7d; got 300d",
        ),
    ],
)
def test_a_fault_of_the_policy_has_its_place_in_the_scenario(
    policy: str, place: str, said: str, *, tmp_path: Path
) -> None:
    """File, line and column, not the name of a file that is not the user's."""
    path = tmp_path / "scenario.yaml"
    path.write_text(f"{policy}\n{QUIET}", encoding="utf-8")
    ended = run("validate", str(path))
    assert ended.code == 2
    assert f"{path}{place}" in ended.out + ended.err
    assert said in ended.out + ended.err
