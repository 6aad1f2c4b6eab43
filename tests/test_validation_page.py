"""Laws of the page of validation: it says what the program computes today, and of which files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import agreement
import coverages
from bcdr_sim.plots.normal import quantile_points
from bcdr_sim.report.validation import Validated, ledger_cells, scenario_hashes, validation_page
from bcdr_sim.verification.case import Sample
from bcdr_sim.verification.cases import CASES, SKIPPED, case_named
from bcdr_sim.verification.ledger import joint, rows_of
from bcdr_sim.verification.sampling import draw
from commands import run
from mutations.bugs import bugs
from reference_tables import SEEDED
from rewrite_docs import ROOT
from samples import is_coverage

PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
CHEAP = [case_named("c08"), case_named("c13-constant"), case_named("c17-unprotected")]


def cells(line: str) -> tuple[str, ...]:
    """The cells of a row of a Markdown table."""
    return tuple(cell.strip().replace("\\", "") for cell in line.strip("|").split(" | "))


def test_the_page_has_every_figure_of_every_case() -> None:
    """No row is hidden, none is of a case that is gone."""
    shown = [(row[0], row[2], row[3]) for row in map(cells, PAGE.splitlines()) if len(row) == 10]
    known = [
        (case.id, check.name + ("*" if check.is_primary else ""), f"{check.exact:.6g}")
        for case in CASES
        for check in case.checks
    ]
    assert shown[2:] == known


def test_the_figures_of_the_page_are_those_of_a_run() -> None:
    """For three cases that cost little: the same row, cell for cell; the others take `verify`."""
    shown = [cells(line) for line in PAGE.splitlines()]
    for drawn in draw(CHEAP, seeds=[0]):
        for row in rows_of(drawn):
            assert ledger_cells(row) in shown


def test_the_page_is_of_the_scenarios_as_they_are() -> None:
    """A scenario of a case that is changed asks for the page to be written again."""
    for case, scenario, digest in scenario_hashes(CASES):
        assert f"| {case} | {scenario} | {digest} |" in PAGE.replace("\\", "")


def test_a_figure_that_failed_is_shown_as_failed() -> None:
    """The page does not only know good news."""
    (drawn,) = draw(CHEAP[1:2], seeds=[0])
    rows = [replace(row, z=float("inf")) for row in rows_of(drawn)]
    page = validation_page(Validated(CHEAP[1:2], rows, joint(rows), "command"), picture="x.png")
    assert "2 of them outside 4.5 standard errors" in page
    assert page.count("| FAIL |") == 2


def test_a_rough_figure_and_a_skipped_case_are_shown_as_such() -> None:
    """Neither is hidden."""
    (drawn,) = draw(CHEAP[2:], seeds=[0])
    rows = [replace(row, aim=1e-9) for row in rows_of(drawn)]
    page = validation_page(Validated(CHEAP[2:], rows, joint(rows), "command", SKIPPED), picture="x.png")
    assert page.count("| pass, rough |") == len(rows)
    for each in SKIPPED:
        assert f"skipped (option not built): {each.why}" in page


def test_verify_writes_the_page_and_its_picture(tmp_path: Path) -> None:
    """Beside each other; a constant case has no place in the picture."""
    page = tmp_path / "page.md"
    ended = run(
        "verify", "--case", "c17-unprotected", "--case", "c08", "--workers", "1", "--write", str(page)
    )
    assert ended.code == 0, ended.err
    assert "](pictures/page.png)" in page.read_text(encoding="utf-8")
    assert (tmp_path / "pictures" / "page.png").read_bytes().startswith(b"\x89PNG")


def test_verify_refuses_to_write_a_page_nowhere(tmp_path: Path) -> None:
    """Before anything is run."""
    assert run("verify", "--write", str(tmp_path / "none" / "page.md")).code == 2
    assert run("verify", "--write", str(tmp_path / "page.html")).code == 2


def test_the_picture_sets_values_against_normal_quantiles() -> None:
    """The median against 0, the outer ones alike on both sides."""
    (low, first), (middle, second), (high, third) = quantile_points([2.0, -1.0, 0.5])
    assert (first, second, third) == (-1.0, 0.5, 2.0)
    assert middle == 0
    assert low == -high
    assert sum(case.sample is not Sample.CONSTANT for case in CASES) > 20


# ---- evidence that is kept


def kept(path: Path) -> dict[str, Any]:
    """A file of counts."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_kept_coverages_are_those_of_the_intervals_as_they_are_said() -> None:
    """One for each, of as many repeats, within what is said of it; and one that costs little comes out the same again."""
    rows = kept(coverages.EVIDENCE)["intervals"]
    assert [(row["interval"], row["sample"]) for row in rows] == [
        (each.name, each.sample) for each in coverages.TRIED
    ]
    for row, each in zip(rows, coverages.TRIED, strict=True):
        assert is_coverage(row["hits"], row["repeats"], low=each.low, high=each.high)
        assert row["repeats"] == coverages.REPEATS
    (again,) = [each for each in coverages.TRIED if each.name == "paired difference"]
    (row,) = [row for row in rows if row["interval"] == again.name]
    assert sum(again.holds(row["repeats"])) == row["hits"]


def test_a_coverage_that_is_not_what_is_said_is_told() -> None:
    """What covers half of the time is no interval of 95 %."""
    assert not is_coverage(500, coverages.REPEATS, low=0.93, high=0.955)


def test_the_kept_agreement_is_of_all_kinds_of_worlds() -> None:
    """Each kind with hundreds of worlds, most of them different and with outages."""
    rows = kept(agreement.EVIDENCE)["kinds"]
    assert [row["kind"] for row in rows] == list(agreement.KINDS)
    assert all(row["worlds"] >= 100 and row["with_outages"] > row["worlds"] / 2 for row in rows)
    assert all(row["events"] > row["worlds"] for row in rows)


def test_agreement_counts_what_it_compares() -> None:
    """A few worlds of a kind: each is counted, and events in them."""
    found = agreement.compare("people", worlds=5, first_seed=1)
    assert found.worlds == 5
    assert found.events > 5


@pytest.mark.skipif(not SEEDED.exists(), reason="no run of the mutations has been kept")
def test_the_kept_kills_are_of_the_bugs_as_they_are() -> None:
    """Every seeded bug was noticed, by a check that is listed for it."""
    noticed = kept(SEEDED)["bugs"]
    assert list(noticed) == [bug.title for bug in bugs()]
    for bug in bugs():
        assert noticed[bug.title] in bug.checks
