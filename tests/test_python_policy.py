"""Laws of policies in Python: their code runs only where that was allowed, and must answer from the observation alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.metrics import measure
from bcdr_sim.policy import PolicyError, load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from commands import run
from policy_repository import EXAMPLE, begin, land, reviewed

ROOT = EXAMPLE.parents[1]
STORM = EXAMPLE / "scenarios" / "storm.yaml"
CODE = '''
"""Policies for a test."""
from bcdr_sim.policy import Action, Decision, Reason

LOADED = True
calls = 0

def as_the_seed(seen):
    """Answers as the seed does."""
    from bcdr_sim.policy import load_policy
    return load_policy("seed").answer(seen)

def moves_at_once(seen):
    if seen.location == "NearCopy" and seen.service == "down" and seen.copy == "usable" and seen.eligible:
        return Decision(Action.FAILOVER, None, "go")
    return Decision(Action.HOLD, Reason.HOLD_DOWN, "stay")

def waits_an_hour(seen):
    if seen.location == "NearCopy" and seen.service == "down" and seen.eligible and seen.outage_age < 3_600_000:
        return Decision(Action.HOLD, Reason.GRACE_PERIOD, "wait", wake_after_ms=3_600_000 - seen.outage_age)
    return moves_at_once(seen)

def forgets_nothing(seen):
    global calls
    calls += 1
    return Decision(Action.HOLD, Reason.HOLD_DOWN, f"call-{calls}")

def spoils(seen):
    seen.eligible = False
    seen.tier = 5
    return Decision(Action.HOLD, Reason.HOLD_DOWN, "stay")

def fails(seen):
    raise KeyError("oops")

def answers_text(seen):
    return "failover"

def restores(seen):
    return Decision(Action.RESTORE, None, "restore")

def by_the_clock(seen):
    return Decision(Action.HOLD, Reason.HOLD_DOWN, seen.weekday)
by_the_clock.reads_calendar = True

number = 7
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an importable module with policies."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "own_policies.py").write_text(CODE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "own_policies", raising=False)
    return "own_policies"


def policy_runs(name: str) -> None:
    """Play the example's scenario under a Python policy."""
    simulate(resolve(load_scenario(STORM)), load_policy(name, allow_python=True))


def test_no_code_runs_unless_it_was_allowed(module: str, tmp_path: Path) -> None:
    """Neither by an option nor by a scenario; the module is not even imported."""
    assert run("run", str(STORM), "--policy", f"{module}:moves_at_once").code == 2
    text = STORM.read_text(encoding="utf-8").replace("../policies/company.yaml", f"{module}:moves_at_once")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    for command in ("run", "test", "validate"):
        ended = run(command, str(tmp_path / "own.yaml"))
        assert ended.code == 2
        assert "--allow-python-policy" in ended.err + ended.out
    assert module not in sys.modules
    assert run("test", str(tmp_path / "own.yaml"), "--allow-python-policy").code == 1
    assert module in sys.modules


def test_a_table_and_code_that_decides_alike_give_the_same_history(module: str) -> None:
    """Whatever is asked is asked of the code too."""
    trial = resolve(load_scenario(ROOT / "scenarios" / "no_loss_automatic.yaml"))
    table = load_policy("seed")
    code = load_policy(f"{module}:as_the_seed", allow_python=True)
    one, other = (measure(simulate(trial, policy)).incident_list() for policy in (table, code))
    assert [(each.outcome, each.start_ms, each.end_ms) for each in one] == [
        (each.outcome, each.start_ms, each.end_ms) for each in other
    ]


def test_a_hold_is_asked_again_when_it_says(module: str) -> None:
    """An hour after detection, and not before."""
    trial = resolve(load_scenario(STORM))
    lengths = {}
    for name in ("moves_at_once", "waits_an_hour"):
        timeline = simulate(trial, load_policy(f"{module}:{name}", allow_python=True))
        lengths[name] = {each.environment: each.at_least_ms for each in measure(timeline).incident_list()}
    longer = {
        name: lengths["waits_an_hour"][name] - lengths["moves_at_once"][name]
        for name in lengths["moves_at_once"]
    }
    assert longer["orders"] > 0
    assert longer["training"] == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("forgets_nothing", "two answers to one question"),
        ("fails", "fails: KeyError: 'oops'"),
        ("answers_text", "must answer a Decision; got str"),
        ("restores", "restore cannot be taken"),
    ],
)
def test_code_that_is_no_policy_is_a_fault_of_the_policy(name: str, said: str, module: str) -> None:
    """Told without a traceback, exit code 2."""
    with pytest.raises(PolicyError, match=said):
        policy_runs(f"{module}:{name}")
    ended = run("run", str(STORM), "--policy", f"{module}:{name}", "--allow-python-policy")
    assert ended.code == 2
    assert said in ended.err


def test_code_gets_a_copy(module: str) -> None:
    """What it does to the observation is its own affair."""
    policy_runs(f"{module}:spoils")


@pytest.mark.parametrize("name", ["number", "missing", "by_the_clock"])
def test_what_cannot_be_asked_is_refused(name: str, module: str) -> None:
    """No function, nothing there, or a calendar that the scenario does not have."""
    assert run("run", str(STORM), "--policy", f"{module}:{name}", "--allow-python-policy").code == 2


def test_a_module_that_is_not_there_is_invalid_input() -> None:
    """As is a name that no installed package offers, and a parameter."""
    for name in ("no_such_module_here:x", "no-such-policy"):
        with pytest.raises(InputError):
            load_policy(name, allow_python=True)
    with pytest.raises(InputError, match="no parameters"):
        load_policy("a:b", {"x": 1}, allow_python=True)


def test_ci_runs_code_only_if_base_and_caller_allow_it(module: str, tmp_path: Path) -> None:
    """The change alone cannot."""
    repository = begin(tmp_path / "repository")
    text = STORM.read_text(encoding="utf-8").replace("../policies/company.yaml", f"{module}:moves_at_once")
    kept = text[: text.index("expect:")] + "expect:\n  - {environments: archive, outcome: failed_over}\n"
    settings = (repository / "bcdr-sim.yaml").read_text(encoding="utf-8")
    allowing = f'{settings}python_policies: ["{module}:moves_at_once"]\n'
    (repository / "scenarios" / "code.yaml").write_text(kept, encoding="utf-8")
    assert reviewed(repository).code == 2
    (repository / "bcdr-sim.yaml").write_text(allowing, encoding="utf-8")
    assert reviewed(repository, "--allow-python-policy").code == 2
    assert module not in sys.modules
    (repository / "scenarios" / "code.yaml").unlink()
    assert "'python_policies' lets code run" in reviewed(repository).out
    land(repository)
    (repository / "scenarios" / "code.yaml").write_text(kept, encoding="utf-8")
    assert reviewed(repository).code == 2
    assert module not in sys.modules
    assert reviewed(repository, "--allow-python-policy").code == 0
