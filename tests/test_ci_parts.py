"""Laws of guards in several files: an edit of a part of a scenario is an edit of every scenario that it is a part of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import run
from policy_repository import POLICY, begin, edit, git, land, reviewed, save

WORLD = "parts/world.yaml"
CLAIMS = "parts/claims.yaml"
ESTATE = "parts/estate.csv"
STORMS = ("scenarios/flood.yaml", "scenarios/storm.yaml")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The example with two scenarios that share a world, a table of environments and what is expected, on `main`."""
    folder = begin(tmp_path / "repository")
    whole = (folder / "scenarios" / "storm.yaml").read_text(encoding="utf-8")
    (folder / "parts").mkdir()
    head, people = whole.split("\ncustomers:\n")
    people, provider = people.split("\nenvironments:\n")
    world, claims = provider[provider.index("provider:") :].split("\nexpect:\n")
    horizon = "horizon: 3d\n"
    world = f"{horizon}customers:\n{people}\nenvironments: {{from: estate.csv}}\n{world}\n"
    (folder / WORLD).write_text(world, encoding="utf-8")
    (folder / CLAIMS).write_text(f"expect:\n{claims}", encoding="utf-8")
    (folder / ESTATE).write_text(
        "name,region,type,customer,link.kind,link.lag\n"
        "archive,west,Production,,synchronous,\n"
        "orders,west,Production,agrees,lag,3m\n"
        "ledger,west,Production,refuses,lag,3m\n"
        "training,west,Sandbox,,,\n",
        encoding="utf-8",
    )
    for path in STORMS:
        own = head.replace(horizon, "").replace("name: storm", f"name: {Path(path).stem}")
        text = f"{own}\nextends: ../{WORLD}\ninclude: [../{CLAIMS}]\n"
        (folder / path).write_text(text, encoding="utf-8")
    land(folder)
    return folder


def guards(repository: Path) -> list[tuple[str, int | None, str]]:
    """File, line and message of every loosened guard of a change that does not pass."""
    save(repository)
    ended = reviewed(repository, "--format", "json")
    assert ended.code == 1, ended.out
    document = json.loads(ended.out)
    found = [each for each in document["findings"] if each["code"] == "BCDR401"]
    return [(each["file"], each["line"], each["message"]) for each in found]


def line_of(place: Path, text: str) -> int:
    """The line of a text in a file, from 1."""
    lines = place.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_same_parts_are_no_change(repository: Path) -> None:
    """The scenarios of the fixture hold, and comments of a part guard nothing."""
    assert reviewed(repository).code == 0
    for path in (WORLD, CLAIMS):
        place = repository / path
        place.write_text("# read me\n" + place.read_text(encoding="utf-8"), encoding="utf-8")
    save(repository)
    ended = reviewed(repository)
    assert ended.code == 0
    assert "ok  scenarios/storm.yaml (as changed)" in ended.out


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        pytest.param(WORLD, "lasts: 8h", "lasts: 1m", id="a file that is extended"),
        pytest.param(ESTATE, "ledger,west,Production,refuses", "ledger,west,Production,agrees", id="a table"),
    ],
)
def test_another_world_is_told_at_the_line_of_the_part(
    part: str, old: str, new: str, *, repository: Path
) -> None:
    """Once for every scenario that it is a part of."""
    edit(repository / part, old, new)
    found = guards(repository)
    assert [(file, line) for file, line, _ in found] == [(part, line_of(repository / part, new))] * 2
    for path, (_, _, message) in zip(STORMS, found, strict=True):
        assert message.startswith(f"{path}: it is another world now")


def test_an_expectation_that_leaves_an_included_file_is_gone(repository: Path) -> None:
    """Although the files that include it are as they were, and all that is left holds."""
    edit(repository / CLAIMS, "  - {environments: archive, failbacks: {exactly: 1}}\n", "")
    found = guards(repository)
    assert [(file, message) for file, _, message in found] == [
        (CLAIMS, f"{path}: 1 of the expectations are gone or say something else") for path in STORMS
    ]


def test_a_file_that_is_put_between_is_a_change(repository: Path) -> None:
    """It lies above what was extended; the scenario names it at a line of its own."""
    (repository / "parts" / "calm.yaml").write_text("outages: []\n", encoding="utf-8")
    edit(repository / CLAIMS, "expect:\n", "include: [calm.yaml]\nexpect:\n")
    assert {(file, line) for file, line, _ in guards(repository)} >= {("parts/calm.yaml", 1)}


def test_what_is_new_in_a_part_must_hold(repository: Path) -> None:
    """A stricter expectation loosens nothing; it is tried in every scenario."""
    edit(repository / CLAIMS, "expect:\n", "expect:\n  - {environments: orders, failbacks: {exactly: 7}}\n")
    assert guards(repository) == []
    out = reviewed(repository).out
    for path in STORMS:
        assert f"NOT {path} (as changed)" in out
        assert f"ok  {path}\n" in out


def test_an_approval_is_of_all_parts_that_were_changed(repository: Path) -> None:
    """One more edit of a part that it was not given for makes it void."""
    edit(repository / WORLD, "lasts: 8h", "lasts: 7h")
    edit(repository / ESTATE, "orders,west,Production,agrees,lag,3m", "orders,west,Production,agrees,lag,2m")
    save(repository)
    git(repository, "checkout", "-q", "main")
    git(repository, "checkout", "-q", "change", "--", "parts")
    approved = ("approve", str(repository), "--loosened", "main", "--by", "Owner", "--reason", "agreed")
    assert run(*approved).code == 0
    git(repository, "checkout", "-q", "main", "--", "parts")
    save(repository, "Approve")
    git(repository, "checkout", "-q", "change")
    git(repository, "merge", "-q", "main")
    assert reviewed(repository).code == 0
    edit(repository / WORLD, "lasts: 7h", "lasts: 6h")
    assert len(guards(repository)) == 2


def test_a_policy_that_a_part_names_is_looked_at(repository: Path) -> None:
    """A part that lets another policy decide takes the claims from the one of before."""
    other = repository / "policies" / "other.yaml"
    text = (repository / POLICY).read_text(encoding="utf-8")
    other.write_text(text.replace("policy: company", "policy: other"), encoding="utf-8")
    for path in STORMS:
        edit(repository / path, "policy: ../policies/company.yaml\n", "")
    edit(repository / WORLD, "horizon: 3d\n", "horizon: 3d\npolicy: ../policies/company.yaml\n")
    land(repository)
    edit(repository / WORLD, "policies/company.yaml", "policies/other.yaml")
    found = guards(repository)
    assert [(file, line) for file, line, _ in found] == [(WORLD, 2)] * 2
    assert all("about another policy" in message for _, _, message in found)
