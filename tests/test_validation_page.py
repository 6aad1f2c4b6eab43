"""Laws of the page of validation: it says what the program computes today, and of which files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bcdr_sim.plots.normal import quantile_points
from bcdr_sim.report.validation import Validated, ledger_cells, scenario_hashes, validation_page
from bcdr_sim.verification.case import Sample
from bcdr_sim.verification.cases import CASES, case_named
from bcdr_sim.verification.ledger import joint, rows_of
from bcdr_sim.verification.sampling import draw
from commands import run
from rewrite_docs import ROOT

PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
CHEAP = [case_named("c08"), case_named("c13-constant"), case_named("c12-group")]


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


def test_verify_writes_the_page_and_its_picture(tmp_path: Path) -> None:
    """Beside each other; a constant case has no place in the picture."""
    page = tmp_path / "page.md"
    ended = run("verify", "--case", "c12-group", "--case", "c08", "--workers", "1", "--write", str(page))
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
