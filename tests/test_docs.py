"""Laws of the documentation: what a page shows is what happens, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from rewrite_docs import ROOT, fences, lay_out, pages, refreshed

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"#{1,6} (?P<title>.+)")
PROSE = [*pages(), ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> list[str]:
    """The lines of a page outside its fences."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fenced = {at for fence in fences(lines) for at in range(fence.first, fence.end)}
    return [line for at, line in enumerate(lines) if at not in fenced]


def anchors(page: Path) -> set[str]:
    """What `#` may name in a page: its headings in lower case, hyphens for spaces, no punctuation."""
    titles = (found["title"] for found in map(HEADING.fullmatch, prose(page)) if found)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_example_prints_what_its_page_shows(page: Path, tmp_path: Path) -> None:
    """Console and Python examples give the output below them; `python tests/rewrite_docs.py` renews it."""
    shown = page.read_text(encoding="utf-8")
    assert refreshed(shown, folder=lay_out(tmp_path)) == shown


def test_a_reference_table_is_written_from_the_program(tmp_path: Path) -> None:
    """A table that lags behind the program is replaced whole."""
    stale = "<!-- table: phases -->\noutdated\n<!-- end -->\n"
    assert "| `serving` | yes |" in refreshed(stale, folder=tmp_path)
    assert "outdated" not in refreshed(stale, folder=tmp_path)


@pytest.mark.parametrize("page", PROSE, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    """The file a link names exists, and so does the heading; links to other places are not followed."""
    targets = (found["target"] for line in prose(page) for found in LINK.finditer(line))
    for target in targets:
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{name(page)}: {target}"
        assert not anchor or anchor in anchors(there), f"{name(page)}: {target}"


def test_a_console_example_is_rewritten_to_what_the_command_prints(tmp_path: Path) -> None:
    """A stale output is replaced, a fresh one stays."""
    page = "```python\n>>> print('a', end='\\n\\nb\\n')\nstale\n>>> 1 / 0\n```\nprose\n"
    fresh = refreshed(page, folder=tmp_path)
    assert fresh == (
        "```python\n>>> print('a', end='\\n\\nb\\n')\na\n<BLANKLINE>\nb\n>>> 1 / 0\n"
        "Traceback (most recent call last):\n    ...\nZeroDivisionError: division by zero\n```\nprose\n"
    )
    assert refreshed(fresh, folder=tmp_path) == fresh


def test_a_captioned_block_becomes_a_file_for_the_examples_below_it(tmp_path: Path) -> None:
    """What a page tells its reader to write is there when the next example reads it."""
    page = "```{code-block} yaml\n:caption: storm.yaml\n\nversion: 1\n```\n"
    assert refreshed(page, folder=tmp_path) == page
    assert (tmp_path / "storm.yaml").read_text(encoding="utf-8") == "version: 1\n"


def test_a_console_example_runs_nothing_but_this_program(tmp_path: Path) -> None:
    """Other commands belong into a fence that is not run."""
    with pytest.raises(ValueError, match="only bcdr-sim"):
        refreshed("```console\n$ rm -r .\n```\n", folder=tmp_path)
