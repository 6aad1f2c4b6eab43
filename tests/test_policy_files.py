"""Files of policies: bad ones are refused with every fault at its place, good ones mean what they say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bcdr_sim.errors import InputError
from bcdr_sim.loading import read
from bcdr_sim.policy import Policy, calm, load_policy, regional_outage
from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.format import PolicyText
from bcdr_sim.policy.observation import HOUR_MS
from bcdr_sim.policy.policy import parameter_faults, put_in_force
from bcdr_sim.policy.reading import read_table
from policy_tables import every_policy

BAD_POLICIES = Path(__file__).parent / "bad_policies"


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD_POLICIES.glob("*.yaml")))
def test_a_bad_policy_file_is_refused_with_exactly_the_expected_text(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file stands beside what a person reads about it: place, value, what to write instead."""
    monkeypatch.chdir(BAD_POLICIES)
    with pytest.raises(InputError) as refused:
        load_policy(f"{name}.yaml")
    assert f"{refused.value}\n" == Path(f"{name}.expected.txt").read_text(encoding="utf-8")


SMALL = """format: 1
policy: small
title: A small policy
time_zone: Europe/Berlin
tags: [gold]
parameters: {wait: {axis: outage_age, default: 1h, range: [0s, 2h]}, strict: {switch: on}}
situations: {far: {location: FarCopy}}
rules:
  - {id: young, when: {outage_age: {lt: $wait}}, then: hold, reason: hold_down, cites: [S1]}
  - {id: gold, if: $strict, when: {situation: far, tag_gold: yes, copy: [usable, corrupt]}, then: failback, cites: [S18]}
  - {id: night, when: {time_of_day: {between: ["22:30", "04:30"]}, data_loss: {gt: 0s, le: 5m}}, then: hold, reason: outside_window, wake_after: 90s, because: the team sleeps, cites: [assumption]}
default: {then: hold, reason: no_rule}
"""  # noqa: E501 - a rule of a policy is a line
PARTS = [
    "format",
    "policy",
    "title",
    "zone",
    "tags",
    "parameters",
    "situations",
    "rules",
    "young",
    "gold",
    "night",
    "default",
]


def document(**changes: str) -> str:
    """Return the text of a small policy, some of its lines replaced."""
    lines = dict(zip(PARTS, SMALL.splitlines(), strict=True))
    return "\n".join((lines | changes).values()) + "\n"


def small(parameters: dict[str, object] | None = None, **changes: str) -> Policy:
    """Return the small policy with some lines and some parameters changed."""
    return put_in_force(read_table(read("small.yaml", text=document(**changes))), parameters or {})


def test_every_form_of_a_comparison_becomes_a_typed_atom() -> None:
    """Short forms are equalities and lists, several operators a conjunction, situations stand in place."""
    assert [row.when for row in small().rows] == [
        (Atom("outage_age", "lt", HOUR_MS),),
        (
            Atom("location", "eq", "FarCopy"),
            Atom("tag_gold", "eq", True),
            Atom("copy", "in", ("usable", "corrupt")),
        ),
        (
            Atom("time_of_day", "between", (1350, 270)),
            Atom("data_loss", "gt", 0),
            Atom("data_loss", "le", 300_000),
        ),
    ]
    assert [decision.wake_after_ms for decision in small().decisions] == [None, None, 90_000, None]
    assert str(small().decisions[-1]) == "hold (no_rule) [default]"
    assert small().table.rules[2].because == "the team sleeps"


def test_a_table_without_a_default_holds_for_want_of_a_rule() -> None:
    """The default may be left out; a table that is not complete still answers."""
    assert small(default="").decisions[-1] == small().decisions[-1]


def test_a_switch_turns_its_rules_off() -> None:
    """A rule that is off neither decides nor is read."""
    off = small({"strict": "off"})
    assert [row.decision.rule for row in off.rows] == ["young", "night"]
    assert "tag_gold" in small().reads
    assert "tag_gold" not in off.reads


def test_parameter_values_are_written_as_in_the_file_and_stay_in_their_range() -> None:
    """`2h` or a bool for a switch; what is out of range, of no unit or of no name is refused by name."""
    assert small({"wait": "2h"}).rows[0].when == (Atom("outage_age", "lt", 2 * HOUR_MS),)
    table = small().table
    assert parameter_faults(table, {"wait": "30m", "strict": False}) == {}
    assert parameter_faults(table, {"wait": "3h", "wiat": "1h", "strict": "perhaps"}) == {
        "wait": "wait goes from 0s to 2h; got 3h",
        "wiat": "policy small has no parameter 'wiat'; did you mean 'wait'?",
        "strict": "a switch cannot be 'perhaps'; it is one of on, off",
    }
    assert parameter_faults(table, {"wait": 30}) == {"wait": "30 has no unit; write 30s, 30m or 30h"}


def test_bad_parameters_of_a_profile_are_an_input_error() -> None:
    """All of them at once, each with its path."""
    with pytest.raises(InputError) as refused:
        load_policy("seed", {"settle": "1s", "hold_dwn": "1h"})
    assert str(refused.value) == (
        "seed-2024-11.yaml: error: settle goes from 15m to 7d; got 1s  [parameters.settle]\n"
        "seed-2024-11.yaml: error: policy seed-2024-11 has no parameter 'hold_dwn'; did you mean 'hold_down'?"
        "  [parameters.hold_dwn]\n"
        "2 errors"
    )


def test_the_digest_knows_content_and_nothing_else() -> None:
    """Comments, layout, order of keys and spelling of values keep it; a rule or a value changes it."""
    plain = small()
    young = """  - id: young   # a comment
    then: hold
    reason: hold_down
    when: {outage_age: {lt: $wait}}
    cites: [S1]"""
    assert small(young=young).digest == plain.digest
    assert small(default="default: {then: hold}\n# the end").digest == plain.digest
    shorter = "  - {id: young, when: {outage_age: {lt: 3600s}}, then: hold, reason: hold_down, cites: [S1]}"
    renamed = "situations: {far: {location: {eq: FarCopy}}, unused: {outage_age: {lt: $wait}}}"
    assert small(situations=renamed).digest == plain.digest
    assert small(situations=renamed, young=shorter).digest != plain.digest
    assert small({"wait": "60m"}).digest == plain.digest
    assert small({"wait": "61m"}).digest != plain.digest
    assert small(title="title: Another title").digest != plain.digest


def test_a_name_finds_a_profile_and_a_path_a_file(tmp_path: Path) -> None:
    """A bare name is built in, `seed` for short; a relative path starts from the folder given."""
    assert load_policy("seed").name == load_policy("seed-2024-11").name == "seed-2024-11"
    (tmp_path / "own.yaml").write_text(document(), encoding="utf-8")
    assert load_policy("own.yaml", folder=tmp_path).digest == small().digest
    assert load_policy(tmp_path / "own.yaml").text == document()
    with pytest.raises(InputError, match=r"no built-in policy 'sed'; did you mean 'seed'\?"):
        load_policy("sed")
    with pytest.raises(InputError, match="there are asr, aurora-global, cosmos-service-managed, fo-2022, "):
        load_policy("nothing-like-it")
    with pytest.raises(InputError, match="no such file"):
        load_policy("nowhere/own.yaml", folder=tmp_path)


def test_the_calendar_of_a_policy_is_that_of_its_zone() -> None:
    """The policy's own time zone decides, not that of the start."""
    clock = small().clock(datetime(2024, 11, 1, 6, 30, tzinfo=UTC))
    assert clock.time_of_day(0) == 7 * 60 + 30
    assert small().next_wake_ms(regional_outage(), clock=clock) == 15 * HOUR_MS
    assert load_policy("seed").clock(datetime(2024, 11, 1, 6, 30, tzinfo=UTC)).time_of_day(0) == 6 * 60 + 30


def test_equal_policies_are_equal_and_show_themselves_in_a_line() -> None:
    """A policy is a value: loaded twice it compares equal."""
    assert load_policy("seed") == load_policy("seed")
    assert repr(small()).startswith("<Policy small, 3 rules, digest ")


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_damage_to_a_file_gets_past_the_reader(data: st.DataObject) -> None:
    """Cut a piece out of a good file or put another in: it is a policy or an input error, never a crash."""
    text = document()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    pieces = ["", "x", "{", "]", ": ", "$wait", "no", "1", "[]", "{}", "null", "\n", "- "]
    piece = data.draw(st.sampled_from(pieces))
    try:
        policy = put_in_force(read_table(read("small.yaml", text=text[:start] + piece + text[end:])), {})
    except InputError:
        return
    assert policy.decide(calm()) <= len(policy.rows)


def test_the_schema_for_editors_takes_every_shipped_policy_and_knows_the_words() -> None:
    """An editor completes axes and values, and does not complain where the loader is content."""
    schema = PolicyText.model_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for policy in every_policy():
        assert list(validator.iter_errors(read("policy.yaml", text=policy.text).data)) == [], policy.name
    for name in ("axis-unknown", "choice-near-miss", "ordering-on-a-choice", "flag-on", "number-outside"):
        data = read(BAD_POLICIES / f"{name}.yaml").data
        assert list(validator.iter_errors(data)), name


def test_the_longest_table_is_read() -> None:
    """500 rules are allowed, and loading them is not quadratic in a way that anybody would notice."""
    rules = "\n".join(
        f"  - {{id: r{number}, when: {{moves_24h: {number}}}, then: hold, reason: hold_down, cites: [S1]}}"
        for number in range(500)
    )
    text = f"format: 1\npolicy: long\ntitle: Long\nrules:\n{rules}\n"
    assert len(put_in_force(read_table(read("long.yaml", text=text)), {}).rows) == 500
