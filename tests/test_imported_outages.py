"""Laws of outages from announcements: four services describe one outage, and nothing they do not say is kept quiet.

The files in `exports` are invented. Four of them are about one outage of West Europe, 10:00 to 16:20 UTC, with five posts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.scenario.world import Detection
from commands import run

EXPORTS = Path(__file__).parent / "exports"
HEALTH = EXPORTS / "azure_service_health_event.json"
GRAPH = EXPORTS / "graph_service_health_issues.json"
RESOURCE = EXPORTS / "arg_servicehealth_events.json"
ALERTS = (
    EXPORTS / "azure_monitor_servicehealth_alert.json",
    EXPORTS / "azure_monitor_servicehealth_alert_string.json",
)
MINUTE_MS = 60_000
Edit = Callable[[dict[str, Any]], None]


def imported(folder: Path, kind: str, *arguments: object) -> Scenario:
    """The scenario that a command writes."""
    file = folder / "imported.yaml"
    ended = run("import", kind, *map(str, arguments), "-o", str(file), "--force")
    assert ended.code == 0, ended.err
    return load_scenario(file)


def refused(kind: str, *arguments: object) -> str:
    """What a command says that ends with 2 and writes nothing."""
    ended = run("import", kind, *map(str, arguments))
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def edited(folder: Path, source: Path, *edits: Edit, name: str = "edited.json") -> Path:
    """A copy of an export with some changes."""
    value = copy.deepcopy(json.loads(source.read_text(encoding="utf-8")))
    for edit in edits:
        edit(value)
    path = folder / name
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def properties(**changes: object) -> Edit:
    """An edit of the properties of the only event."""
    return lambda value: value["value"][0]["properties"].update(changes)


@pytest.mark.parametrize(
    ("kind", "files", "minutes", "first", "every"),
    [
        ("service-health", [HEALTH], 380, 12, 92.5),
        ("resource-graph", [RESOURCE], 380, None, None),
        ("graph-issues", [GRAPH], 380, 12, 92.5),
        # Alerts do not say when it ended, only that it has; and only two of the five posts are alerts here.
        ("monitor-alert", ALERTS, 395, 12, 383),
    ],
    ids=["service-health", "resource-graph", "graph-issues", "monitor-alert"],
)
def test_four_services_tell_of_one_outage(
    *, kind: str, files: list[Path], minutes: int, first: int | None, every: float | None, tmp_path: Path
) -> None:
    """The same region and impact, and whatever else each of them says."""
    scenario = imported(tmp_path, kind, *files)
    (outage,) = scenario.outages
    assert (outage.region, outage.at) == ("westeurope", 600 * MINUTE_MS)
    assert outage.lasts is not None
    assert outage.lasts.fixed == minutes * MINUTE_MS
    assert (outage.comms.first.fixed if outage.comms.first else None) == (first and first * MINUTE_MS)
    assert outage.comms.every == (every and every * MINUTE_MS)


@pytest.mark.parametrize("kind", ["service-health", "graph-issues"])
def test_the_first_post_of_a_run_is_that_of_the_record(kind: str, tmp_path: Path) -> None:
    """Detection is put where confirmation cannot delay it, whatever is drawn."""
    imported(tmp_path, kind, HEALTH if kind == "service-health" else GRAPH)
    for seed in range(5):
        ended = run("run", str(tmp_path / "imported.yaml"), "--seed", str(seed))
        assert "first post T+12m," in ended.out
        assert "T+0 to T+6h20m" in ended.out


def test_what_goes_in_comes_out_or_is_counted(tmp_path: Path) -> None:
    """Outages, joined records and everything left out add up, on stderr and in the file."""
    ended = run("import", "graph-issues", str(GRAPH), "-o", str(tmp_path / "out.yaml"))
    counts = "2 records read: 1 outage, 1 left out (1 advisory)"
    assert ended.err.splitlines()[0] == counts
    assert f"# {counts}." in (tmp_path / "out.yaml").read_text(encoding="utf-8")


def test_only_service_issues_are_outages(tmp_path: Path) -> None:
    """Planned maintenance and advisories are counted by what they are; if nothing else is there, that is an error."""
    maintenance = edited(tmp_path, HEALTH, properties(eventType="PlannedMaintenance"))
    assert "no outage in it: 1 record read (1 event of type PlannedMaintenance)" in refused(
        "service-health", maintenance
    )
    imported(tmp_path, "service-health", maintenance, HEALTH)
    assert "(1 event of type PlannedMaintenance)" in (tmp_path / "imported.yaml").read_text(encoding="utf-8")


def test_classes_and_states_may_be_spelled_in_any_case(tmp_path: Path) -> None:
    """Microsoft Graph has written `incident` and `Incident`, `serviceRestored` and `ServiceRestored`."""

    def shout(value: dict[str, Any]) -> None:
        value["value"][0]["classification"] = "INCIDENT"
        value["value"][1]["classification"] = "aDvIsOrY"
        value["value"][1]["status"] = "FalsePositive"

    assert len(imported(tmp_path, "graph-issues", edited(tmp_path, GRAPH, shout)).outages) == 1


def test_an_open_outage_needs_an_end(tmp_path: Path) -> None:
    """Refused with its place; with --until it ends there, and the file says that it lasts at least so long."""
    told = refused("graph-issues", GRAPH, "--advisories", "--region", "westeurope")
    assert "graph_service_health_issues.json:62:3:" in told
    assert "CR0000002 has no end yet; say with --until INSTANT" in told
    until = ("--until", "2026-07-14T20:00:00Z", "--region", "North Europe")
    scenario = imported(tmp_path, "graph-issues", GRAPH, "--advisories", *until)
    second = scenario.outages[1]
    assert second.lasts is not None
    assert (second.region, second.lasts.fixed) == ("northeurope", 120 * MINUTE_MS)
    text = (tmp_path / "imported.yaml").read_text(encoding="utf-8")
    assert "taken to end at 2026-07-14T20:00:00Z: it lasts at least so long: CR0000002" in text
    assert "is not after CR0000002 began" in refused(
        "graph-issues", GRAPH, "--advisories", "--region", "x", "--until", "2026-07-14T17:00:00Z"
    )


def test_an_issue_whose_sentences_name_no_region_asks_for_one(tmp_path: Path) -> None:
    """A region is read from a title only where a published display name stands in it; the longest one."""

    def title(text: str) -> Path:
        return edited(tmp_path, GRAPH, lambda value: value["value"][0].update(title=text))

    assert "CR0000001 names no region; say which with --region NAME" in refused(
        "graph-issues", title("Slow sign-in")
    )
    found = imported(tmp_path, "graph-issues", title("Slow in Southeast Asia, and in East US 2."))
    assert found.outages[0].regions == ["southeastasia", "eastus2"]


def test_alerts_of_one_tracking_id_are_one_outage(tmp_path: Path) -> None:
    """In any order of files; an end that one of them tells is not replaced by the instant of a message."""
    forward = imported(tmp_path, "monitor-alert", *ALERTS)
    backward = imported(tmp_path, "monitor-alert", *reversed(ALERTS))
    assert forward == backward

    def ends(value: dict[str, Any]) -> None:
        value["data"]["alertContext"]["properties"]["impactMitigationTime"] = "2026-07-14T16:20:00.1234567Z"

    (outage,) = imported(tmp_path, "monitor-alert", ALERTS[0], edited(tmp_path, ALERTS[1], ends)).outages
    assert outage.lasts is not None
    assert outage.lasts.fixed == 380 * MINUTE_MS + 123


def test_pages_and_repeated_records_are_joined(tmp_path: Path) -> None:
    """The same event in two files, or in two pages of one file, is one outage; the later state of it decides."""
    opened = edited(
        tmp_path,
        HEALTH,
        properties(status="Active", impactMitigationTime=None, lastUpdateTime="2026-07-14T11:00:00Z"),
    )
    assert imported(tmp_path, "service-health", opened, HEALTH) == imported(
        tmp_path, "service-health", HEALTH
    )
    both = tmp_path / "both.json"
    both.write_text(
        HEALTH.read_text(encoding="utf-8") + "\n" + opened.read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert imported(tmp_path, "service-health", both) == imported(tmp_path, "service-health", HEALTH)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (properties(impactStartTime=None), "no 'impactStartTime': when it began is not known"),
        (properties(impactStartTime="0001-01-01T00:00:00Z"), "no 'impactStartTime'"),
        (properties(impactStartTime="9999-12-31T23:59:59Z"), "no 'impactStartTime'"),
        (properties(impactStartTime="/Date(999999999999999)/"), "no 'impactStartTime'"),
        (properties(impactStartTime="yesterday"), "not an instant: 'yesterday'"),
        (properties(impactStartTime="2026-02-30T00:00:00Z"), "no such instant: '2026-02-30T00:00:00Z'"),
        (properties(impactStartTime=17), "must be text, not a number"),
        (
            properties(impactMitigationTime="2026-07-14T09:00:00Z"),
            "'impactMitigationTime' is not after the begin",
        ),
        (properties(impact="none"), "must be a list of objects, not text"),
        (
            lambda value: value["value"][0].pop("properties"),
            "no 'properties': not an event of Service Health",
        ),
        (lambda value: value.update(value=[5]), "must be an object, not a number"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(edit: Edit, message: str, tmp_path: Path) -> None:
    """File, line and column of the value, or of the nearest thing above it."""
    file = edited(tmp_path, HEALTH, edit)
    told = refused("service-health", file)
    assert message in told
    assert f"{file}:" in told.splitlines()[0]
    line, column = told.splitlines()[0].removeprefix(f"{file}:").split(":")[:2]
    assert int(line) > 1
    assert int(column) >= 1


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    """Three files, three faults."""
    first = edited(tmp_path, HEALTH, properties(impactStartTime="x"), name="first.json")
    second = edited(tmp_path, HEALTH, properties(impactStartTime="y"), name="second.json")
    told = refused("service-health", first, second, tmp_path / "missing.json")
    assert "missing.json: error: no such file" in told  # what cannot be opened comes first, alone
    assert "2 errors" in refused("service-health", first, second)


def test_a_record_without_mitigation_that_is_resolved_ends_with_its_last_update(tmp_path: Path) -> None:
    """The end is then an upper bound, and the file says so."""
    file = edited(tmp_path, HEALTH, properties(impactMitigationTime=None))
    (outage,) = imported(tmp_path, "service-health", file).outages
    assert outage.lasts is not None
    assert outage.lasts.fixed == 395 * MINUTE_MS
    assert "it may have been earlier: SMPL-000" in (tmp_path / "imported.yaml").read_text(encoding="utf-8")


def test_that_it_is_over_is_no_first_post(tmp_path: Path) -> None:
    """Only the last stage of an alert is left: the post is the default, and what stands in for it is said."""
    resolved = edited(
        tmp_path, ALERTS[0], lambda value: value["data"]["alertContext"]["properties"].update(stage="Resolved"),
        lambda value: value["data"]["alertContext"].update(submissionTimestamp="2026-07-14T16:35:00Z"),
    )  # fmt: skip
    (outage,) = imported(tmp_path, "monitor-alert", resolved).outages
    assert outage.comms.first is None
    assert outage.detection == Detection()
    ended = run("import", "monitor-alert", str(resolved))
    assert "only the message that it is over in the record: detection, first post and cadence" in ended.err
    (outage,) = imported(tmp_path, "monitor-alert", ALERTS[0], resolved).outages
    assert outage.comms.first is not None
    assert outage.comms.first.fixed == 12 * MINUTE_MS


def test_an_instant_without_a_zone_is_said_to_be_taken_for_utc(tmp_path: Path) -> None:
    """With the id of its outage; without any such instant nothing is said."""
    bare = edited(tmp_path, HEALTH, properties(impactStartTime="2026-07-14T10:00:00"))
    assert (
        "instants without a zone, taken for UTC: they may be hours off: SMPL-000"
        in run("import", "service-health", str(bare)).err
    )
    assert "without a zone" not in run("import", "service-health", str(HEALTH)).err


@pytest.mark.parametrize("key", ["nextLink", "@odata.nextLink"])
def test_a_page_that_is_not_read_is_said_to_be_missing(key: str, tmp_path: Path) -> None:
    """Of the last file; an earlier one is continued by those that follow."""
    paged = edited(tmp_path, HEALTH, lambda value: value.update({key: "https://example.org/next"}))
    told = "edited.json says that a further page follows (nextLink), which is not read"
    assert told in run("import", "service-health", str(paged)).err
    assert told not in run("import", "service-health", str(paged), str(HEALTH)).err


def test_posts_may_be_an_empty_object(tmp_path: Path) -> None:
    """As a list of nothing may be written: no posts, and that is said."""
    bare = edited(tmp_path, GRAPH, lambda value: value["value"][0].update(posts={}))
    assert imported(tmp_path, "graph-issues", bare).outages[0].comms.first is None
    assert "no posts in the record" in run("import", "graph-issues", str(bare)).err


@pytest.mark.parametrize("constant", ["NaN", "-Infinity"])
def test_a_number_that_is_no_json_is_shown_where_it_stands(constant: str, tmp_path: Path) -> None:
    """Not at what follows the value that it is in, and not inside of a text."""
    text = HEALTH.read_text(encoding="utf-8").replace(
        '"title": "', f'"priority2": {constant}, "title": "NaN '
    )
    path = tmp_path / "constant.json"
    path.write_text(text, encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "priority2" in each)
    column = text.splitlines()[line - 1].index(constant) + 1
    assert f"constant.json:{line}:{column}: error: {constant} is not JSON" in refused("service-health", path)


def test_a_start_of_the_scenario_moves_the_clock_and_nothing_else(tmp_path: Path) -> None:
    """One after the first impact is refused."""
    moved = imported(tmp_path, "service-health", HEALTH, "--start", "2026-07-13T12:00:00+02:00")
    assert moved.outages[0].at == 1440 * MINUTE_MS
    assert "is after the first impact, 2026-07-14T10:00:00Z" in refused(
        "service-health", HEALTH, "--start", "2026-07-14T10:00:01Z"
    )
    assert "a duration is at most 100 years" in refused(
        "service-health", HEALTH, "--start", "0001-01-01T00:00:00Z"
    )
    assert "--until: error: not an instant" in refused("service-health", HEALTH, "--until", "soon")


def test_outages_can_be_chosen_by_their_ids(tmp_path: Path) -> None:
    """One that is not there is refused with those that are."""
    other = edited(tmp_path, HEALTH, lambda value: value["value"][0].update(name="OTHER-1"))
    assert len(imported(tmp_path, "service-health", HEALTH, other).outages) == 2
    chosen = imported(tmp_path, "service-health", HEALTH, other, "--only", "other-1")
    assert [outage.id for outage in chosen.outages] == ["OTHER-1"]
    assert "no outage 'X'; there are OTHER-1, SMPL-000" in refused(
        "service-health", HEALTH, other, "--only", "X"
    )


def test_a_region_that_is_not_published_has_no_pair(tmp_path: Path) -> None:
    """It is listed, and the file says so."""

    def region(value: dict[str, Any]) -> None:
        value["value"][0]["properties"]["impact"][0]["impactedRegions"][0]["impactedRegion"] = (
            "Atlantis North"
        )

    scenario = imported(tmp_path, "service-health", edited(tmp_path, HEALTH, region))
    assert [(each.name, each.pair) for each in scenario.regions] == [("atlantisnorth", None)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"Please sign in.\n", "no JSON: no line begins with '[' or '{'"),
        (b'{"value": [', "not JSON: expecting value"),
        (b'{"value": []}}', "the JSON is complete here, and something else follows"),
        (b"[" * 100_000, "more than 64 levels deep"),
        (b"[" * 100 + b"]" * 100, "more than 64 levels deep"),
        (b"[" + b"[]," * 4_000_001 + b"1]", "more than 4,000,000 values"),
        (b'[{"a": NaN}]', "NaN is not JSON"),
        (b'[{"a": 1' + b"0" * 5000 + b"}]", "a number of 5001 digits; at most 64 are read"),
        (b'[{"a": 1, "A": 2}]', "the key 'a' is given twice in one object"),
        (b"\xff\xfe[\x00x", "begins like UTF-16 text and is none"),
        (b"[\x80]", "not UTF-8 text"),
    ],
    ids=[
        "empty",
        "prose",
        "cut",
        "more",
        "deep",
        "nested",
        "large",
        "nan",
        "digits",
        "twice",
        "utf-16",
        "bytes",
    ],
)
def test_a_file_that_is_no_json_is_refused_briefly(content: bytes, message: str, tmp_path: Path) -> None:
    """No traceback, no stack and no memory exhausted."""
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    told = refused("service-health", file)
    assert message in told
    assert len(told) < 1000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_file_may_be_written_by_powershell(encoding: str, line_break: str, tmp_path: Path) -> None:
    """With a byte order mark, in UTF-16, after lines of a banner, before a prompt."""
    text = "Signing in ...\n[INFO] connected\n\n" + HEALTH.read_text(encoding="utf-8") + "\nPS C:\\>\n"
    file = tmp_path / "out.json"
    file.write_bytes(text.replace("\n", line_break).encode(encoding))
    assert imported(tmp_path, "service-health", file) == imported(tmp_path, "service-health", HEALTH)


@settings(max_examples=40)
@given(title=st.text(max_size=300), identity=st.text(min_size=1, max_size=150))
def test_texts_of_a_record_stay_texts(
    title: str, identity: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Markup, control characters, formulas and line breaks cannot leave the comment or the value that they stand in."""
    folder = tmp_path_factory.mktemp("texts")

    def change(value: dict[str, Any]) -> None:
        value["value"][0]["properties"]["title"] = title
        value["value"][0]["name"] = identity

    file = edited(folder, HEALTH, change)
    ended = run("import", "service-health", str(file))
    if not identity.strip():
        assert ended.code == 2
        return
    assert ended.code == 0, ended.err
    scenario = load_scenario("out.yaml", text=ended.out)
    assert len(scenario.outages) == 1
    assert scenario.outages[0].id[0].isalnum()
    assert scenario.outages[0].description.isprintable()


def test_an_instant_may_be_written_by_powershell(tmp_path: Path) -> None:
    """As milliseconds since 1970."""
    file = edited(tmp_path, HEALTH, properties(impactStartTime="/Date(1784023200000)/"))
    assert imported(tmp_path, "service-health", file) == imported(tmp_path, "service-health", HEALTH)


@settings(max_examples=60)
@given(cut=st.integers(min_value=0), flip=st.integers(min_value=0), byte=st.integers(0, 255))
def test_a_damaged_file_is_refused_or_read(
    *, cut: int, flip: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut anywhere, with any byte changed: exit code 0 or 2, and never a traceback."""
    content = bytearray(HEALTH.read_bytes())
    content[flip % len(content)] = byte
    file = tmp_path_factory.mktemp("damaged") / "damaged.json"
    file.write_bytes(content[: len(content) - cut % 40])
    ended = run("import", "service-health", str(file))
    assert ended.code in (0, 2), ended.err
