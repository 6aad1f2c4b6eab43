"""Which check notices which bug: `PYTHONPATH=src:tests python -m mutations`, some minutes; exit 1 if one lives on.

`--only N` for one of them, `--write FILE` for the table as Markdown, `--workers N` at a time (2). `--evidence` keeps
what noticed each in `docs/evidence/seeded_bugs.json`, for the page of validation; with `--only` what is known of the
others stays.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from markdown_tables import table
from mutations.bugs import TESTS, Bug, bugs
from mutations.judging import GREEN, RED, Judged, judged

EVIDENCE = TESTS.parent / "docs" / "evidence" / "seeded_bugs.json"


def killed_by(bug: Bug) -> tuple[Bug, list[Judged]]:
    """The verdicts of the checks of a bug, up to the first that is red."""
    verdicts: list[Judged] = []
    for check in bug.checks:
        verdicts.append(judged(bug, check))
        if verdicts[-1].code == RED:
            break
    return bug, verdicts


def row(bug: Bug, verdicts: list[Judged]) -> tuple[str, str, str]:
    """A line of the table: number, bug, and what noticed it."""
    red = [each.check for each in verdicts if each.code == RED]
    return str(bug.number), bug.title, f"`{red[0]}`" if red else "**nothing**"


def keep(noticed: dict[str, str | None]) -> None:
    """Write down which check noticed each bug, by its title; None: nothing did."""
    before = json.loads(EVIDENCE.read_text(encoding="utf-8"))["bugs"] if EVIDENCE.exists() else {}
    known = before | noticed
    listed = {bug.title: known.get(bug.title) for bug in bugs()}
    EVIDENCE.parent.mkdir(exist_ok=True)
    EVIDENCE.write_text(
        json.dumps({"schema": "bcdr-sim/seeded-bugs/1", "bugs": listed}, indent=1) + "\n", encoding="utf-8"
    )


def main() -> int:
    """Judge the checks without a bug first: what is red then proves nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, action="append")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--evidence", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    seeded = [bug for bug in bugs() if not chosen.only or bug.number in chosen.only]
    checks = sorted({check for bug in seeded for check in bug.checks})
    with ThreadPoolExecutor(chosen.workers) as pool:
        for verdict in pool.map(lambda check: judged(None, check), checks):
            if verdict.code != GREEN:
                print(f"without any bug {verdict.check} is not green:\n{verdict.said}", file=sys.stderr)
                return 2
        rows = []
        noticed: dict[str, str | None] = {}
        for bug, verdicts in pool.map(killed_by, seeded):
            rows.append(row(bug, verdicts))
            noticed[bug.title] = next((each.check for each in verdicts if each.code == RED), None)
            print("  ".join(rows[-1]), flush=True)
            for each in verdicts:
                if each.code not in (GREEN, RED):
                    print(f"    {each.check} broke ({each.code}): {each.said[-600:]}", file=sys.stderr)
    killed = sum(cells[2] != "**nothing**" for cells in rows)
    print(f"{killed} of {len(rows)} bugs noticed")
    if chosen.evidence:
        keep(noticed)
    if chosen.write:
        chosen.write.write_text(table(("#", "bug", "noticed by"), rows) + "\n", encoding="utf-8")
    return 0 if killed == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
