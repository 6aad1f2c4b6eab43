"""Where the numbers of the recorded outages come from: an edit that raises the score shows, whatever it touches."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bcdr_sim.incidents.provenance import Known, Origin, departures, digest, known, numbers
from bcdr_sim.incidents.readings import READINGS
from bcdr_sim.incidents.record import (
    FOLDER,
    POLICIES,
    SCENARIOS,
    Assumed,
    Grade,
    Recorded,
    find,
    recorded,
)
from bcdr_sim.incidents.replaying import replay
from bcdr_sim.incidents.scoring import judge_one, score_one
from bcdr_sim.incidents.tails import tail_without
from bcdr_sim.loading import compose
from bcdr_sim.report.recorded import score_json, score_markdown, score_text
from bcdr_sim.units import format_duration, parse_duration

FILES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
KINESIS, CENTRAL_US, VSTS = "aws-kinesis-2020-11-25", "azure-cus-2024-07-18", "vsts-2018-09-04"
PUBLISHED_DIGEST = "3d6ca280ddd90933"
RAISED = [
    (
        KINESIS,
        [
            ("monitoring, region: us-east-1,", "monitoring, region: us-east-1, restart: 8m,"),
            ("{exactly: 1028m}}", "{exactly: 1036m}}"),
        ],
        "environments.monitoring.restart",
    ),
    (
        CENTRAL_US,
        [
            ("count: 40, region: centralus,", "count: 40, region: centralus, restart: 1145m,"),
            ("service, rta: {exactly: 315m}", "service, rta: {exactly: 1460m}"),
        ],
        "environments.service.restart",
    ),
    (
        VSTS,
        [("writes: business_hours", "restart: 400m\n    writes: business_hours")],
        "environments.org.restart",
    ),
]
"""Edits of encodings that bring a derived number inside what was published, and the path of the number that does it."""


def edited(folder: Path, name: str, edits: list[tuple[str, str]]) -> Path:
    """A copy of an encoding with some texts replaced, beside a copy of the policies."""
    shutil.copytree(POLICIES, folder / "policies", dirs_exist_ok=True)
    text = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "scenarios" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def with_number(name: str, path: str, origin: Origin, *, file: Path) -> dict[str, Known]:
    """A record that knows an edited encoding, digest and all, and gives a source for one more number."""
    entry = known()[name]
    return {name: Known(digest(file), {**entry.numbers, path: origin})}


# The encodings as they are


def test_every_encoding_is_the_one_on_record() -> None:
    """By its digest, variants included; and the record knows no encoding that is not there."""
    assert {stem: digest(SCENARIOS / f"{stem}.yaml") for stem in FILES} == {
        name: each.digest for name, each in known().items()
    }


@pytest.mark.parametrize("each", recorded(), ids=lambda each: each.id)
def test_every_number_has_a_source_or_is_assumed(each: Recorded) -> None:
    """One fact, how long after another, words; else it stands, with its value, among the assumptions."""
    assert departures(each) == []
    assert sum(1 for _ in numbers(compose(each.scenario).data)) > 3


def test_what_was_published_is_what_it_was() -> None:
    """A golden digest of facts, comparisons and tails: who makes the answers fit has to change it here, where it shows."""
    document = json.loads((FOLDER / "record.json").read_text(encoding="utf-8"))
    told: list[object] = [[each["id"], each["events"], each["compare"]] for each in document["incidents"]]
    told.append(json.loads((FOLDER / "tails.json").read_text(encoding="utf-8")))
    found = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    assert found == PUBLISHED_DIGEST


@pytest.mark.parametrize("cause", ["cooling", "power"])
def test_a_tail_of_a_recorded_outage_is_read_from_its_facts(cause: str) -> None:
    """What predictions are fitted on: from the repair of the cause to a later fact, or to the end of a published range."""
    tails = json.loads((FOLDER / "tails.json").read_text(encoding="utf-8"))[cause]
    for each in tails:
        if each["of"]:
            incident = find(each["of"])
            (repaired,) = (fact.at_min for fact in incident.facts if fact.kind == f"{cause}_restored")
            ends = {fact.at_min for fact in incident.facts}
            ends |= {span.high for one in incident.comparisons for span in one.minutes}
            assert repaired + each["minutes"] in ends, each
            assert each["minutes"] not in tail_without(cause, each["of"]).values_min


PREDICTED = [(each, one) for each in recorded() for one in each.comparisons if one.grade is Grade.D]


@pytest.mark.parametrize(("each", "one"), PREDICTED, ids=[one.id for _, one in PREDICTED])
def test_a_prediction_is_the_same_when_its_answer_in_the_encoding_moves(each: Recorded, one: object) -> None:
    """An encoding may hold what is predicted, for consistency; the prediction does not look at it."""
    (comparison,) = (it for it in each.comparisons if it is one)
    answers = {end for span in comparison.minutes for end in (span.low, span.high)}
    moved = {
        path: format_duration(parse_duration(origin.value) + 3_600_000)
        for path, origin in known()[each.id].numbers.items()
        for name in (origin.fact, origin.at)
        if name and float(name.split("T")[1].split()[0]) in answers
    }
    base = replay(each)
    assert READINGS[comparison.id](base) == READINGS[comparison.id](
        base.again(changes={**moved, "expect": []})
    )


# Edits that raise the score


@pytest.mark.parametrize("raised", RAISED, ids=[name for name, _, _ in RAISED])
def test_an_edit_that_raises_the_score_is_told_and_counts_nowhere(
    tmp_path: Path, raised: tuple[str, list[tuple[str, str]], str]
) -> None:
    """The number alone would be inside; the score says that the encoding was edited, and where."""
    name, edits, path = raised
    judged = judge_one(find(name), swept=False, path=edited(tmp_path, name, edits))
    assert any(told.startswith("encoding edited") for told in judged.departures)
    assert any(told.startswith(f"{path}: ") and "no source" in told for told in judged.departures)
    rows = judged.rows
    assert any(row.holds for row in rows if row.comparison.grade is Grade.C)
    assert {row.verdict for row in rows} == {"edited"}
    assert not any(row.is_match for row in rows)
    told = {name: judged.departures}
    assert "Not the encodings on record" in score_text(rows, departures=told)
    assert "Not the encodings on record" in score_markdown(rows, departures=told)
    document = json.loads(score_json(rows, departures=told))
    assert document["edited"] == {name: list(judged.departures)}
    assert document["decisions"]["match"] == 0


def test_an_expectation_that_fails_is_told(tmp_path: Path) -> None:
    """An encoding that does not show what it expects counts nowhere."""
    name, edits, _ = RAISED[2]
    judged = judge_one(find(name), swept=False, path=edited(tmp_path, name, edits))
    assert any(told.startswith("expected by the encoding and not shown") for told in judged.departures)


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (
            Origin("8m", fact="T+1036 recovery", since="T+1028 mitigation"),
            "what a derived comparison asks for",
        ),
        (Origin("8m", fact="T+264 diagnosis", since="T+156 diagnosis"), "108 minutes after"),
        (Origin("8m", fact="T+8 recovery"), "no certain 'T+8 recovery'"),
        (Origin("8m", fact="whatever"), "names no fact"),
        (Origin("8m", words="after 8 min"), "does not stand in the record"),
        (Origin("8m", words="few hundred servers an hour"), "no number with a unit"),
        (Origin("8m", neutral="none"), "only of a share"),
        (Origin("9m", fact="T+1036 recovery"), "is 8m, on record is 9m"),
        (Origin("8m"), "names no fact"),
    ],
)
def test_no_source_can_be_made_up_for_an_answer(tmp_path: Path, origin: Origin, told: str) -> None:
    """The record of the encoding edited too, digest and all: the source is held against the facts."""
    name, edits, path = RAISED[0]
    file = edited(tmp_path, name, edits)
    found = departures(find(name), file, record=with_number(name, path, origin, file=file))
    assert len(found) == 1
    assert path in found[0]
    assert told in found[0]


def test_a_fact_that_nobody_is_certain_of_is_no_source(tmp_path: Path) -> None:
    """Remembered is not published."""
    name = "cloudflare-pdx-2023-11-02"
    file = edited(tmp_path, name, [("run: 257m", "verification: 117m\n    run: 257m")])
    origin = Origin("117m", fact="T+117 decision")
    record = with_number(name, "provider.failover.verification", origin, file=file)
    (told,) = departures(find(name), file, record=record)
    assert "no certain 'T+117 decision'" in told


def test_a_number_that_is_assumed_has_its_value_beside_it() -> None:
    """An edit of the value shows in the assumptions, or as a departure from them."""
    each = find(CENTRAL_US)
    (lag,) = (one for one in each.assumed if one.path == "link.lag")
    changed = replace(
        each, assumed=tuple(replace(one, value="20s") if one is lag else one for one in each.assumed)
    )
    (told,) = departures(changed)
    assert told == 'link.lag is assumed to be "20s", in the encoding is "300s"'


def test_an_assumption_that_makes_a_derived_number_fit_is_seen_by_its_sweep(tmp_path: Path) -> None:
    """Listed as assumed, with its value: the number is undetermined, since half of it does not fit."""
    name, edits, path = RAISED[1]
    listed = Assumed(path, "1145m", "nobody published it", values=(), is_swept=True)
    each = replace(find(name), assumed=(listed,))
    rows = score_one(each, path=edited(tmp_path, name, edits))
    (row,) = (row for row in rows if row.comparison.minutes and row.comparison.minutes[0].low == 1460)
    assert row.holds
    assert (row.verdict, row.is_match) == ("undetermined", False)
    assert row.flips == (f"{path} = 9h32m30s", f"{path} = 1d14h10m")


# The digest


def test_a_digest_sees_everything_but_layout_comments_and_the_description(tmp_path: Path) -> None:
    """Words, expectations, the start and the policy file are seen too."""
    before = digest(edited(tmp_path, KINESIS, []))
    assert before == known()[KINESIS].digest
    blind = [("# Source:", "# From:"), ("US East, 25 November", "In US East on 25 November")]
    assert digest(edited(tmp_path / "blind", KINESIS, blind)) == before
    seen = [
        ("kind: hard", "kind: gray"),
        ("{environments: monitoring, rta: {exactly: 1028m}}", "{environments: monitoring}"),
        ("2020-11-24T13:15:00Z", "2020-11-24T13:07:00Z"),
        ("horizon: 3d", "horizon: 4d"),
    ]
    for place, edit in enumerate(seen):
        assert digest(edited(tmp_path / str(place), KINESIS, [edit])) != before, edit
    rule = tmp_path / "policies" / "customers-move-themselves.yaml"
    rule.write_text(rule.read_text(encoding="utf-8") + "tags: [other]\n", encoding="utf-8")
    assert digest(tmp_path / "scenarios" / f"{KINESIS}.yaml") != before
