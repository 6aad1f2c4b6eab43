"""Each fault of a model is told once, where the value stands, with what was given and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document, MisplacedValueError, build, read
from bcdr_sim.units import Duration, Name, Share


class Part(BaseModel):
    """A model as scenario files have them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Shipping(Part):
    kind: Literal["log_shipping"]
    interval: Duration
    transfer: Duration


class At(Part):
    """A member of a union whose tag is also a key of the file."""

    kind: Literal["interval"]
    interval: Duration


Link = Annotated[Shipping | At, Field(discriminator="kind")]


class Statistics(Part):
    median: Duration
    p90: Duration

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.p90 < self.median:
            raise MisplacedValueError("p90 must not be below the median", ("p90",))
        return self


class Spread(Part):
    """Exactly one of its families; a duration alone means `fixed`."""

    fixed: Duration | None = None
    lognormal: Statistics | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"fixed": given}

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.fixed is None) == (self.lognormal is None):
            raise ValueError("exactly one of fixed, lognormal")
        return self


def _refuse_odd(value: int) -> int:
    if value % 2:
        raise PydanticCustomError("odd", "{value} is odd", {"value": value})
    return value


class Environment(Part):
    name: Name
    type: Annotated[
        Literal["Production", "Sandbox"], Field(json_schema_extra={"noun": "environment type"})
    ] = "Production"
    tier: Annotated[int, Field(ge=1, le=5)] = 1
    weight: Annotated[float, Field(gt=0)] = 1.0
    even: Annotated[int, BeforeValidator(_refuse_odd)] = 0
    cover: bool = True
    title: Annotated[str, Field(min_length=1, max_length=5)] = "x"
    time: Annotated[str, Field(pattern=r"^\d\d:\d\d$", examples=["08:00"])] = "08:00"
    link: Link | None = None
    links: list[Link] = []
    lasts: Spread | None = None
    writes: Literal["constant", "idle"] | Statistics = "idle"
    accepts: Duration | list[Statistics] = 0
    tags: Annotated[list[Name], Field(min_length=1)] = ["a"]
    shares: dict[Literal["a", "b"], Share] = {}


class Scenario(Part):
    version: Literal[1]
    environments: Annotated[list[Environment], Field(min_length=1)]


def problems(lines: str) -> list[Problem]:
    """Return what is wrong with one environment, given as the lines below its name."""
    text = "version: 1\nenvironments:\n  - name: a\n" + "".join(
        f"    {line}\n" for line in lines.splitlines()
    )
    with pytest.raises(InputError) as caught:
        build(Scenario, read("a.yaml", text=text))
    return list(caught.value.problems)


def problem(line: str) -> Problem:
    """Return the one thing that is wrong with a line of an environment."""
    (found,) = problems(line)
    return found


def marked(found: Problem) -> str:
    """Return the characters that a problem underlines."""
    return found.source[found.column - 1 : found.end_column - 1]


@pytest.mark.parametrize(
    ("line", "message", "underlined", "path"),
    [
        (
            "type: production",
            "no environment type 'production'; did you mean 'Production'?",
            "production",
            "type",
        ),
        ("type: x", "no environment type 'x'; there are Production, Sandbox", "x", "type"),
        ("type: 3", "must be one of Production, Sandbox; got 3", "3", "type"),
        ("tier: 9", "must be at most 5; got 9", "9", "tier"),
        ("tier: 0x0", "must be at least 1; got 0x0", "0x0", "tier"),
        ("tier: 1.5", "must be a whole number; got 1.5", "1.5", "tier"),
        ("tier: '5'", "must be a whole number; got '5', write 5 without quotes", "'5'", "tier"),
        ("tier: 1_000", "must be a whole number; got '1_000', write 1000", "1_000", "tier"),
        ("tier: first", "must be a whole number; got 'first'", "first", "tier"),
        ("tier: true", "must be a whole number; got true", "true", "tier"),
        ("tier: [1]", "must be a whole number; got a list", "[1]", "tier"),
        ("tier:", "must be a whole number; got nothing", "tier", "tier"),
        ("weight: 0", "must be greater than 0; got 0", "0", "weight"),
        ("weight: '1,5'", "must be a number; got '1,5', write 15", "'1,5'", "weight"),
        ("weight: heavy", "must be a number; got 'heavy'", "heavy", "weight"),
        ("even: 3", "3 is odd", "3", "even"),
        ("cover: yes", "must be true or false; got 'yes', write true", "yes", "cover"),
        ("cover: 0", "must be true or false; got 0", "0", "cover"),
        ("title: 12", "must be text; got 12; write '12' in quotes", "12", "title"),
        ("title: {}", "must be text; got an empty mapping", "{}", "title"),
        ("title: ''", "must not be empty", "''", "title"),
        ("title: abcdef", "must have at most 5 characters; got 6", "abcdef", "title"),
        ("time: 8am", "cannot be '8am'; write it like 08:00", "8am", "time"),
        ("tags: a", "must be a list ('- item' on each line, or [a, b]); got 'a'", "a", "tags"),
        ("tags: []", "must not be empty", "[]", "tags"),
        ("lasts: 90", "a duration needs a unit: write 90s, 90m or 90h", "90", "lasts"),
        (
            "lasts: {fixed: 1s, lognormal: {median: 1s, p90: 2s}}",
            "exactly one of fixed, lognormal",
            "{fixed: 1s, lognormal: {median: 1s, p90: 2s}}",
            "lasts",
        ),
        (
            "lasts: {lognormal: {median: 2s, p90: 1s}}",
            "p90 must not be below the median",
            "1s",
            "lasts.lognormal.p90",
        ),
        ("lasts: {lognormal: {median: 2s}}", "missing key 'p90'", "lognormal", "lasts.lognormal"),
        ("lasts: {lognormal: 3s}", "must be a mapping (key: value); got '3s'", "3s", "lasts.lognormal"),
        ("lasts: {lognorml: {}}", "unknown key 'lognorml', did you mean 'lognormal'?", "lognorml", "lasts"),
        ("Tier: 1", "unknown key 'Tier', did you mean 'tier'?", "Tier", ""),
        (
            "link: {kind: shipping}",
            "no kind 'shipping'; did you mean 'log_shipping'?",
            "shipping",
            "link.kind",
        ),
        ("link: {kind: 1}", "must be one of interval, log_shipping; got 1", "1", "link.kind"),
        ("link: {}", "missing key 'kind': one of interval, log_shipping", "link", "link"),
        ("link: {kin: interval}", "unknown key 'kin', did you mean 'kind'?", "kin", "link"),
        ("link: fast", "must be a mapping (key: value); got 'fast'", "fast", "link"),
        (
            "link: {kind: interval, interval: 5}",
            "a duration needs a unit: write 5s, 5m or 5h",
            "5",
            "link.interval",
        ),
        (
            "links: [{kind: interval, interval: 5s, x: 1}]",
            "unknown key 'x'; no further key is allowed here",
            "x",
            "links[0]",
        ),
        ("shares: {c: 0.5}", "must be one of a, b; got 'c'", "c", "shares.c"),
        ("shares: {a: 2}", "must be a number from 0 to 1; got 2", "2", "shares.a"),
        ("writes: idl", "must be one of constant, idle; got 'idl', did you mean 'idle'?", "idl", "writes"),
        ("accepts: 5", "a duration needs a unit: write 5s, 5m or 5h", "5", "accepts"),
        (
            "accepts: [{median: 1s, p90: 1}]",
            "a duration needs a unit: write 1s, 1m or 1h",
            "1",
            "accepts[0].p90",
        ),
    ],
)
def test_a_wrong_value_is_one_problem_at_its_place(
    line: str, message: str, *, underlined: str, path: str
) -> None:
    """The value given, what is allowed, the near miss; the caret under the value or key at fault."""
    found = problem(line)
    assert found.message == message
    assert marked(found) == underlined
    assert found.path == f"environments[0].{path}".removesuffix(".")


def test_a_missing_key_beside_its_misspelling_is_one_problem() -> None:
    """The misspelling is the fault; a second missing key is another."""
    found = problems("link: {kind: log_shipping, intervall: 5m}")
    assert [each.message for each in found] == [
        "missing key 'transfer'",
        "unknown key 'intervall', did you mean 'interval'?",
    ]
    assert problem("link: {kind: log_shipping, interval: 5m, transfr: 2m}").message == (
        "unknown key 'transfr', did you mean 'transfer'?"
    )


def test_a_key_already_given_is_what_a_slip_beside_it_means() -> None:
    """Wherever the other one comes from, the slip is repaired by its name."""
    assert problem("link: {kind: interval, interval: 5m, intervall: 5m}").message == (
        "unknown key 'intervall', did you mean 'interval'?"
    )


def test_missing_keys_of_one_mapping_are_one_problem() -> None:
    """They are repaired in one place."""
    assert problem("link: {kind: log_shipping}").message == "missing keys 'interval' and 'transfer'"


def test_a_number_and_its_text_are_told_apart() -> None:
    """`1` and `'1'` look alike in a message, so it says what to do with the quotes."""
    with pytest.raises(InputError, match="must be 1; got '1', write 1 without quotes"):
        build(Scenario, read("a.yaml", text="version: '1'\nenvironments: [{name: a}]\n"))


def test_a_tag_that_is_also_a_key_is_not_taken_for_it() -> None:
    """Pydantic's place of this value is `link.interval.interval`."""
    found = problem("link: {kind: interval, interval: fast}")
    assert (marked(found), found.path) == ("fast", "environments[0].link.interval")


def test_all_problems_come_at_once_in_file_order() -> None:
    """Model and reference faults together."""

    def check(document: Document) -> Iterator[Problem]:
        yield document.problem(("environments", 0, "name"), "no such name")
        yield document.problem(("environments", 0, "tier"), "follows from the tier")

    text = "environments:\n  - name: a\n    tier: 9\n    cover: 1\nversion: 2\n"
    with pytest.raises(InputError) as caught:
        build(Scenario, read("a.yaml", text=text), check=check)
    assert [found.message for found in caught.value.problems] == [
        "no such name",
        "must be at most 5; got 9",
        "must be true or false; got 1",
        "must be 1; got 2",
    ]


def test_a_check_can_refuse_what_the_model_accepts() -> None:
    """References are checked on plain data."""
    document = read("a.yaml", text="version: 1\nenvironments: [{name: a}]\n")
    assert build(Scenario, document, check=lambda _: ()).environments[0].name == "a"
    with pytest.raises(InputError, match="no such name"):
        build(Scenario, document, check=lambda doc: [doc.problem(("environments",), "no such name")])


def test_a_missing_top_key_is_a_problem_of_the_file() -> None:
    """It has no path, and stands at the first line."""
    with pytest.raises(InputError) as caught:
        build(Scenario, read("a.yaml", text="# mine\nversion: 1\n"))
    (found,) = caught.value.problems
    assert (found.message, found.path, found.line) == ("missing key 'environments'", "", 2)


def test_a_block_mapping_is_marked_at_its_key() -> None:
    """A caret under its first inner key would point at the wrong thing."""
    found = problem("lasts:\n  fixed: 1s\n  lognormal: {median: 1s, p90: 2s}")
    assert (marked(found), found.line) == ("lasts", 4)


def test_a_value_written_shorter_than_the_model_is_still_found() -> None:
    """A validator put `values` around the list; the file has the list alone."""

    class Observed(Part):
        values: list[Duration]

        @model_validator(mode="before")
        @classmethod
        def _plain(cls, given: Any) -> Any:
            return {"values": given} if isinstance(given, list) else given

    class Whole(Part):
        observed: Observed

    with pytest.raises(InputError) as caught:
        build(Whole, read("a.yaml", text="observed: [1s, 25, 3s]\n"))
    (found,) = caught.value.problems
    assert (marked(found), found.path) == ("25", "observed[1]")
