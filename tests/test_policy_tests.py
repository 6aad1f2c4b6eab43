"""Laws of policy tests: a case says what a policy decides of what can occur, and every fault of a file has its place."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bcdr_sim.analysis.regions import Regions
from bcdr_sim.errors import InputError
from bcdr_sim.loading import read
from bcdr_sim.policy import load_policy, profile_names
from bcdr_sim.policy.policy import policy_document
from bcdr_sim.testing import PolicyTest, coverage, gather, read_policy_test, read_scenario_test, run_tests
from bcdr_sim.testing.format import PolicyTestText
from commands import run
from policy_observations import possible_observations
from policy_tables import ROOT, all_atoms

SHIPPED = sorted((ROOT / "policies" / "tests").glob("*.policytest.yaml"))
LOSS = "loss_state: some, data_loss: 2m"
STORM = """\
version: 1
name: storm
horizon: 1d
regions:
  - {name: here, pair: there}
  - {name: there}
environments:
  - {name: prod, type: Production, region: here}
"""


def policy_test(*cases: str, policy: str = "seed-2024-11") -> PolicyTest:
    """The policy test with these cases, each a flow mapping without its braces."""
    lines = [f"policy: {policy}", "cases:", *(f"  - {{{case}}}" for case in cases)]
    return read_policy_test(Path("x.policytest.yaml"), text="\n".join(lines) + "\n")


def refusal(*cases: str, policy: str = "seed-2024-11") -> list[str]:
    """What is wrong with a policy test: `line:column message` of each fault."""
    with pytest.raises(InputError) as refused:
        policy_test(*cases, policy=policy)
    return [f"{fault.line}:{fault.column} {fault.message}" for fault in refused.value.problems]


def messages(test: PolicyTest) -> list[str]:
    """What became of each case."""
    return [result.message for result in test.results]


def test_a_case_holds_if_the_policy_decides_as_it_says() -> None:
    """An action, a hold for its reason or for any, and the rule if one is named."""
    test = policy_test(
        "name: a, from: regional_outage, expect: failover",
        "name: b, from: regional_outage, expect: failover, rule: auto-zero-loss",
        f"name: c, from: regional_outage, given: {{{LOSS}}}, expect: {{hold: consent_pending}}",
        f"name: d, from: regional_outage, given: {{{LOSS}}}, expect: hold",
        "name: e, from: at_secondary, expect: failback",
    )
    assert [result.passed for result in test.results] == [True] * 5
    assert messages(test)[2] == "hold (consent_pending) [pending], as expected"


def test_a_case_that_does_not_hold_says_what_is_decided_instead() -> None:
    """Action, reason or rule; each is enough to fail."""
    test = policy_test(
        "name: a, from: regional_outage, expect: failback",
        f"name: b, from: regional_outage, given: {{{LOSS}}}, expect: {{hold: consent_declined}}",
        "name: c, from: regional_outage, expect: failover, rule: consented",
        "name: d, from: regional_outage, expect: hold",
    )
    assert not any(result.passed for result in test.results)
    assert messages(test) == [
        "expected failback, but it decides failover [auto-zero-loss]",
        "expected hold (consent_declined), but it decides hold (consent_pending) [pending]",
        "expected failover [consented], but it decides failover [auto-zero-loss]",
        "expected hold, but it decides failover [auto-zero-loss]",
    ]
    assert test.results[0].place == "x.policytest.yaml:3"


def test_a_case_can_claim_a_law() -> None:
    """Never one of these, or always one of those: as `policy check --write` puts a broken law down."""
    test = policy_test(
        f"name: a, from: regional_outage, given: {{{LOSS}}}, expect: {{never: [failover, forced_failback]}}",
        "name: b, from: regional_outage, expect: {always: [failover, planned_failover]}",
        "name: c, from: regional_outage, expect: {never: [failover]}",
        "name: d, from: calm, expect: {always: [failover, planned_failover]}",
    )
    assert [result.passed for result in test.results] == [True, True, False, False]
    assert messages(test)[2:] == [
        "expected never failover, but it decides failover [auto-zero-loss]",
        "expected failover or planned_failover, but it decides hold (impact_unconfirmed) [calm]",
    ]
    for none in ("{}", "{hold: hold_down, never: [failover]}"):
        assert refusal(f"name: a, from: calm, expect: {none}") == [
            "3:35 needs one of hold, never, always and never_by"
        ]


def test_a_broken_law_written_down_fails_until_it_is_kept(tmp_path: Path) -> None:
    """What `policy check --write` makes fails under the changed policy; under the old one the case holds."""
    text = policy_document("seed").sources[-1].text
    careless = text.replace("data_loss: {eq: 0s}}, then: failover", "data_loss: {lt: 5m}}, then: failover")
    (tmp_path / "seed.yaml").write_text(careless, encoding="utf-8")
    assert run("policy", "check", str(tmp_path / "seed.yaml"), "--write", str(tmp_path / "broken")).code == 1
    assert not any(result.passed for result in run_tests([tmp_path / "broken"]).results)
    (tmp_path / "seed.yaml").write_text(text, encoding="utf-8")
    assert run_tests((tmp_path / "broken").glob("*.policytest.yaml")).failed == ()


def test_what_cannot_occur_is_refused_with_the_assumption() -> None:
    """A claim about it would prove nothing."""
    assert refusal(
        "name: a, from: regional_outage, given: {data_loss: 2m}, expect: failover",
        "name: b, from: at_secondary, given: {eligible: no}, expect: {hold: not_covered}",
    ) == [
        "3:38 this cannot occur, by assumption A3: loss_state none if and only if data_loss is 0s",
        "4:35 this cannot occur, by assumption A2: not eligible means NearCopy and no copy",
    ]


def test_every_slip_of_a_file_is_told_at_once_with_its_place() -> None:
    """Axes, values, rules, actions, reasons and names, each with what was meant."""
    assert refusal(
        "name: a, from: regional_outage, given: {data_los: 2m}, expect: failover",
        "name: b, from: regional_outage, given: {data_loss: 2}, expect: failover",
        "name: c, from: regional_outage, given: {eligible: true}, expect: failover",
        "name: d, from: regional_outage, expect: failover, rule: auto-zero-los",
        "name: e, from: regional_outage, expect: fail_over",
        "name: f, from: regional_outage, expect: {hold: consent_pendin}",
        "name: g, from: outage, expect: failover",
        "name: a, from: calm, expect: hold",
        "name: h, from: calm, expects: hold",
        "name: i, from: calm, given: {tag_gold: yes}, expect: hold",
    ) == [
        "3:46 no axis 'data_los'; did you mean 'data_loss'?",
        "4:57 2 has no unit; write 2s, 2m or 2h",
        "5:56 eligible cannot be true; did you mean 'yes'?",
        "6:62 policy seed-2024-11 has no rule 'auto-zero-los'; did you mean 'auto-zero-loss'?",
        "7:46 no action 'fail_over'; did you mean 'failover'?",
        "8:53 no reason 'consent_pendin'; did you mean 'consent_pending'?",
        "9:21 must be one of calm, regional_outage, at_secondary; got 'outage'",
        "10:12 case 'a' is given twice; the first one is on line 3",
        "11:27 unknown key 'expects', did you mean 'expect'?",
        "12:35 policy seed-2024-11 has no tag 'gold'; it declares none",
    ]


def test_a_policy_that_cannot_be_had_is_told_where_it_is_named() -> None:
    """No such profile, no such file, no such parameter; a rule that is off never decides."""
    case = "name: a, from: calm, expect: hold"
    assert refusal(case, policy="sed")[0].startswith("1:9 no built-in policy 'sed'; did you mean 'seed'?")
    assert refusal(case, policy="../nowhere.yaml")[0].startswith("1:9 ")
    (unknown,) = refusal(case, policy="{name: seed, parameters: {hold_dwn: 1h}}")
    assert unknown.startswith(
        "1:45 policy seed-2024-11 has no parameter 'hold_dwn'; did you mean 'hold_down'?"
    )
    assert refusal("name: a, from: calm, expect: hold, rule: friendly", policy="sql-microsoft-managed") == [
        "3:47 rule 'friendly' is switched off, so it never decides"
    ]


def test_what_is_wrong_inside_the_policy_is_told_there(tmp_path: Path) -> None:
    """The place is that of the policy file."""
    (tmp_path / "own.yaml").write_text("format: 1\npolicy: own\ntitle: Own\nrules: []\n", encoding="utf-8")
    path = tmp_path / "own.policytest.yaml"
    path.write_text("policy: own.yaml\ncases: [{name: a, from: calm, expect: hold}]\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_policy_test(path)
    assert [(Path(fault.file).name, fault.line) for fault in refused.value.problems] == [("own.yaml", 4)]


def test_parameters_and_tags_are_those_of_the_policy() -> None:
    """Both change what is decided."""
    slow = policy_test(
        "name: a, from: regional_outage, expect: {hold: hold_down}",
        policy="{name: seed, parameters: {hold_down: 3h}}",
    )
    assert slow.results[0].passed
    tagged = policy_test(
        "name: a, from: regional_outage, given: {tag_customer_managed: yes}, expect: {hold: automation_disabled}",
        "name: b, from: regional_outage, given: {tag_customer_managed: no}, expect: failover",
        policy="cosmos-service-managed",
    )
    assert [result.passed for result in tagged.results] == [True, True]


def test_coverage_counts_the_rules_that_decide_some_case() -> None:
    """Over all tests of one table, whatever their parameters; a share is rounded down."""
    plain = policy_test("name: a, from: regional_outage, expect: failover", policy="sql-microsoft-managed")
    older = policy_test(
        "name: a, from: regional_outage, expect: failover",
        policy="{name: sql-microsoft-managed, parameters: {edition_2017: on}}",
    )
    (alone,), (both,) = coverage([plain]), coverage([plain, older])
    assert alone.reached == frozenset({"forced"})
    assert both.reached == frozenset({"forced", "zero-loss"})
    assert both.percent == 14
    assert both.result(14).passed
    assert not both.result(15).passed
    assert "no case reaches no-group, no-hands" in both.result(15).message


def test_coverage_counts_the_boxes_that_a_case_lies_in() -> None:
    """A rule that decides in two ways is half covered by one; the missing box is named."""
    (half,) = coverage(
        [
            policy_test(
                "name: a, from: regional_outage, given: {order: maintenance, orchestrator: down}, expect: hold"
            )
        ]
    )
    assert {region.rule for region in half.reached_regions} == {"no-hands"}
    assert len([region for region in half.regions if region.rule == "no-hands"]) == 3
    assert half.box_percent == 100 * len(half.reached_regions) // len(half.regions)
    assert half.box_result(half.box_percent).passed
    failed = half.box_result(100)
    assert not failed.passed
    assert "no case reaches other-types where env_type" in failed.message


@pytest.mark.parametrize("name", profile_names())
def test_the_boxes_of_a_rule_are_where_it_decides(name: str) -> None:
    """Every observation lies in a box of the rule that decides it, and in none of another."""
    policy = load_policy(name)
    regions = Regions(policy)
    assert regions.is_whole
    for observation in possible_observations(all_atoms(policy), count=300):
        assert {region.rule for region in regions.around(observation)} == {policy.answer(observation).rule}


def test_a_rule_that_is_off_has_boxes_as_soon_as_a_test_turns_it_on() -> None:
    """Else it would count as covered."""
    plain = policy_test("name: a, from: regional_outage, expect: failover", policy="sql-microsoft-managed")
    older = policy_test(
        "name: a, from: regional_outage, expect: failover",
        policy="{name: sql-microsoft-managed, parameters: {edition_2017: on}}",
    )
    (alone,), (both,) = coverage([plain]), coverage([plain, older])
    assert "zero-loss" not in {region.rule for region in alone.regions}
    assert "zero-loss" in {region.rule for region in both.reached_regions}
    assert set(alone.regions) < set(both.regions)


def test_the_shipped_tests_reach_every_rule_and_every_box_of_every_profile() -> None:
    """Each rule of the ten decides a case, wherever it decides, and each case holds."""
    tally = run_tests(SHIPPED, coverage_min=100, box_coverage_min=100)
    assert tally.failed == ()
    assert sorted(each.policy for each in tally.coverages) == sorted(profile_names())


def test_a_folder_gives_its_tests_and_its_scenarios_with_expectations(tmp_path: Path) -> None:
    """By name, or by the keys at the top; nothing hidden, nothing twice; a file that is named is taken as it is."""
    (tmp_path / ".hidden").mkdir()
    for name, text in {
        "a.policytest.yaml": "",
        "b.yaml": "version: 1\nexpect:\n  - {}\n",
        "c.yaml": "extends: b.yaml\nexpect: []\n",
        "d.yaml": "version: 1\n",
        "e.yaml": "expect: []\n",
        ".hidden/f.yaml": "version: 1\nexpect: []\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = gather([tmp_path, tmp_path / "b.yaml", tmp_path / "d.yaml"])
    assert [path.name for path in found.policy_tests] == ["a.policytest.yaml"]
    assert [path.name for path in found.scenarios] == ["b.yaml", "c.yaml", "d.yaml"]
    with pytest.raises(InputError, match="there is no such file or folder"):
        gather([tmp_path / "z"])


def test_an_expectation_is_a_claim_at_its_line(tmp_path: Path) -> None:
    """Also where another file holds it."""
    (tmp_path / "base.yaml").write_text(
        STORM + "outages:\n  - {id: gale, region: here, at: 1h, lasts: 2h}\n"
        "expect:\n  - {failovers: {exactly: 9}}\n  - {outcome: recovered_in_place}\n",
        encoding="utf-8",
    )
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nname: top\n", encoding="utf-8")
    base = read_scenario_test(tmp_path / "base.yaml", name="base.yaml").results()
    assert [(result.place, result.name, result.passed) for result in base] == [
        ("base.yaml:12", "expectation 1 (*)", False),
        ("base.yaml:13", "expectation 2 (*)", True),
    ]
    top = read_scenario_test(tmp_path / "top.yaml").results()
    assert [Path(result.file).name for result in top] == ["base.yaml", "base.yaml"]


def test_in_a_world_in_which_nothing_happens_no_expectation_holds(tmp_path: Path) -> None:
    """It is never met by silence."""
    (tmp_path / "calm.yaml").write_text(STORM + "expect:\n  - {outcome: no_incident}\n", encoding="utf-8")
    (result,) = read_scenario_test(tmp_path / "calm.yaml").results()
    assert not result.passed
    assert result.message.startswith("nothing ran")


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_damage_to_a_file_gets_past_the_reader(data: st.DataObject) -> None:
    """Cut a piece out of a good file or put another in: it is a policy test or an input error, never a crash."""
    text = "\n".join(SHIPPED[2].read_text(encoding="utf-8").splitlines()[:9]) + "\n"
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    piece = data.draw(
        st.sampled_from(["", "x", "{", "]", ": ", "no", "1", "[]", "{}", "null", "\n", "- ", "tag_"])
    )
    with contextlib.suppress(InputError):
        damaged = read_policy_test(Path("x.policytest.yaml"), text=text[:start] + piece + text[end:])
        assert all(result.message for result in damaged.results)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_an_editor_finds_no_fault_in_a_shipped_policy_test(path: Path) -> None:
    """The schema takes what the reader takes, and knows the axes."""
    validator = Draft202012Validator(PolicyTestText.model_json_schema())
    assert list(validator.iter_errors(read(path).data)) == []
    assert path.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../policytest.schema.json\n"
    )
    wrong = {
        "policy": "seed",
        "cases": [{"name": "a", "from": "calm", "given": {"lost": "1m"}, "expect": "hold"}],
    }
    assert list(validator.iter_errors(wrong))
