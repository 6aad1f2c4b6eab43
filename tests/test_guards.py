"""Laws of guards: settings and laws of other files hold as they were before, and a change that loosens them says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_repository import LAW, POLICY, begin, edit, land, reviewed

SHARED = "invariants/all.yaml"
LAWS = """\
format: 1
sources: {B: "Recovery handbook"}
invariants:
  - {id: nobody-loses, never: [failover, forced_failback], when: {data_loss: {gt: 0s}, loss_within_consent: no}, cites: [B]}
  - {id: refused-is-refused, never: failover, when: {consent: declined, data_loss: {gt: 0s}}, cites: [B]}
"""
AUTOMATIC = ("when: {data_loss: {eq: 0s}}, then: failover", "when: {data_loss: {lt: 5m}}, then: failover")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example with laws for all policies on `main`."""
    folder = begin(tmp_path / "repository")
    (folder / "invariants").mkdir()
    (folder / SHARED).write_text(LAWS, encoding="utf-8")
    land(folder)
    return folder


def guards(repository: Path) -> list[tuple[str, int | None, str]]:
    """File, line and message of every loosened guard."""
    document = json.loads(reviewed(repository, "--format", "json").out)
    found = [each for each in document["findings"] if each["code"] == "BCDR401"]
    return [(each["file"], each["line"], each["message"]) for each in found]


def test_laws_of_other_files_hold_for_every_policy(repository: Path) -> None:
    """Named with their file; the policy's own law may be gone."""
    assert reviewed(repository).code == 0
    edit(repository / POLICY, *AUTOMATIC)
    ended = reviewed(repository)
    assert ended.code == 1
    assert f"against invariant '{SHARED}:nobody-loses'" in ended.out
    assert f"{SHARED}:4:10: invariant 'nobody-loses'" in ended.out or SHARED in ended.out


def test_a_law_that_moves_to_another_file_is_not_gone(repository: Path) -> None:
    """What it forbids is still forbidden."""
    text = (repository / POLICY).read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if LAW not in line]
    (repository / POLICY).write_text("".join(kept), encoding="utf-8")
    assert guards(repository) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param("{gt: 0s}, loss", "{gt: 1m}, loss", 4, id="weaker"),
        pytest.param("never: [failover, forced_failback]", "never: forced_failback", 4, id="fewer actions"),
        pytest.param(LAWS.splitlines(keepends=True)[3], "", 3, id="gone"),
    ],
)
def test_a_loosened_law_of_another_file_is_found(old: str, new: str, line: int, *, repository: Path) -> None:
    """At its place, gone ones at that of their list; and it holds as it was before."""
    edit(repository / SHARED, old, new)
    (found,) = guards(repository)
    assert found[:2] == (SHARED, line)
    assert "invariant 'nobody-loses'" in found[2]
    edit(repository / POLICY, *AUTOMATIC)
    assert "BCDR201" in reviewed(repository).out


def test_a_law_that_is_said_otherwise_is_not_weaker(repository: Path) -> None:
    """Renamed, or stronger."""
    edit(repository / SHARED, "id: nobody-loses", "id: nobody-loses-anything")
    edit(
        repository / SHARED, "never: failover, when: {consent: declined, data", "never: failover, when: {data"
    )
    assert guards(repository) == []


def test_deleting_all_laws_of_other_files_is_found(repository: Path) -> None:
    """Each of them."""
    (repository / SHARED).unlink()
    assert [(file, line) for file, line, _ in guards(repository)] == [(SHARED, None)] * 2
    assert reviewed(repository).code == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param(None, "bcdr-sim.yaml is gone", id="gone"),
        pytest.param(
            'policies: ["other/*.yaml"]', "'policies' no longer looks at policies/company.yaml", id="policies"
        ),
        pytest.param("scenarios: []", "'scenarios' no longer looks at scenarios/storm.yaml", id="scenarios"),
        pytest.param("tests: []", "'tests' no longer looks at tests/company.policytest.yaml", id="tests"),
        pytest.param("invariants: []", "'invariants' no longer looks at invariants/all.yaml", id="laws"),
        pytest.param("severities: {BCDR105: note}", "BCDR105 (gap) is note, before error", id="severity"),
        pytest.param(
            "severities: {BCDR201: note, BCDR105: error}",
            "BCDR201 (invariant-broken) is note, before error",
            id="grave",
        ),
    ],
)
def test_settings_that_look_at_less_are_found(settings: str | None, said: str, repository: Path) -> None:
    """And do not count: those of before do."""
    place = repository / "bcdr-sim.yaml"
    if settings is None:
        place.unlink()
    else:
        place.write_text(f"version: 1\n{settings}\n", encoding="utf-8")
    edit(repository / POLICY, *AUTOMATIC)
    assert said in [message for _, _, message in guards(repository)]
    ended = reviewed(repository, "--only", "check")
    assert ended.code == 1
    assert "BCDR201" in ended.out


def test_settings_that_look_at_more_are_no_finding(repository: Path) -> None:
    """Graver, and wider."""
    text = 'version: 1\npolicies: ["**/*.yaml"]\nseverities: {BCDR105: error, BCDR103: error}\n'
    (repository / "bcdr-sim.yaml").write_text(text, encoding="utf-8")
    assert guards(repository) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(POLICY, "then: failback", "then: failbakc", id="policy"),
        pytest.param("scenarios/storm.yaml", "horizon:", "horzon:", id="scenario"),
        pytest.param("tests/company.policytest.yaml", "policy:", "polcy:", id="test"),
        pytest.param("gates.yaml", "metric: rta_ms,", "metric: rta_mz,", id="gates"),
        pytest.param("bcdr-sim.yaml", "severities", "severties", id="settings"),
    ],
)
def test_a_guard_with_faults_does_not_bar_the_change_that_repairs_it(
    file: str, old: str, new: str, *, tmp_path: Path
) -> None:
    """It is told of, and nothing is judged by it; the change itself may have no faults."""
    repository = begin(tmp_path / "repository")
    edit(repository / file, old, new)
    land(repository)
    assert reviewed(repository).code == 2
    edit(repository / file, new, old)
    ended = reviewed(repository)
    assert ended.code == 0
    assert f"{file}: warning BCDR402: as it was before it cannot be used" in ended.out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("lasts: 8h", "lasts: 1m", id="a shorter outage"),
        pytest.param("horizon: 2d", "horizon: 90m", id="a shorter look"),
    ],
)
def test_a_world_that_is_made_harmless_is_found(old: str, new: str, *, repository: Path) -> None:
    """Whether or not something is expected in it: gates play it too."""
    scenario = """\
version: 1
name: quiet
horizon: 2d
policy: ../policies/company.yaml
regions: [{name: here, pair: there}, {name: there}]
environments: [{name: prod, region: here, customer: contoso}]
customers: {contoso: {accepts_loss_up_to: 1h}}
link: {kind: lag, lag: 5m}
outages: [{id: storm, region: here, at: 1h, lasts: 8h}]
"""
    place = repository / "scenarios" / "quiet.yaml"
    place.write_text(scenario, encoding="utf-8")
    land(repository)
    edit(place, old, new)
    (found,) = guards(repository)
    assert found[0] == "scenarios/quiet.yaml"
    assert "another world now" in found[2]


def test_what_a_scenario_is_called_guards_nothing(repository: Path) -> None:
    """A comment, a name or a description may change."""
    place = next((repository / "scenarios").glob("*.yaml"))
    place.write_text("# read me\n" + place.read_text(encoding="utf-8"), encoding="utf-8")
    assert guards(repository) == []


def test_a_switch_that_is_off_is_proved_on_as_well(repository: Path) -> None:
    """A new parameter with a harmless default: somebody would turn it, and nobody would look again."""
    edit(
        repository / POLICY,
        "parameters:\n",
        "parameters:\n  bold: {switch: off}\n",
    )
    edit(
        repository / POLICY,
        "  - {id: nothing-lost,",
        "  - {id: bold, if: $bold, when: {data_loss: {lt: 5m}}, then: failover, cites: [BOOK]}\n  - {id: nothing-lost,",
    )
    ended = reviewed(repository)
    assert ended.code == 1
    assert "BCDR201" in ended.out
    assert "bold" in ended.out
