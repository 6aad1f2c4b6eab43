"""Write the pages of counterfactuals and of the score, and the picture, anew: `python tests/rewrite_what_if.py`.

The table of counterfactuals takes less than a minute on two cores, the score with its sweeps as long again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bcdr_sim.incidents.record import recorded
from bcdr_sim.incidents.scoring import Scored, score_one
from bcdr_sim.incidents.what_if import Row, rows_of
from bcdr_sim.plots.grid import save_grid
from bcdr_sim.report.recorded import score_markdown
from bcdr_sim.report.what_if import CAVEAT, details_markdown, overview_markdown, row_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "incidents" / "what_if.md"
PICTURE = ROOT / "docs" / "pictures" / "what_if.png"
SCORE_PAGE = PAGE.with_name("score.md")
SCORE_BEGINNING = """# Score

Every replay against what was published, as `bcdr-sim incidents score --format md` prints it: each assumption at half and
twice its value, or over the range in the record, and five worlds. Times are minutes from impact.

Class A is regression and validates nothing. A decision that flips when an assumption takes another value is undetermined and
counts as no match. A miss stands beside the hits, with the reason.

"""
BEGINNING = f"""# What if

**{CAVEAT}**

Every recorded outage, played under every profile. Worlds are as they are encoded; under policies that were not in
force with two assumptions where an encoding says nothing of customers: every environment has one of its own, of whom
half would lose a quarter of an hour and half nothing, which are the only wishes on record; and each orders a forced
move, where the policy lets it, once it knows of the outage and has decided. An outage that its provider judged
smaller than the region stands here twice, the second time as if it had been judged region-wide, since some rules are
for whole regions only.

*Down* is the mean time down of those hit, in hours, until the end of the scenario; planned interruptions are not in
it; *degraded* is the time served in part. *Saved* is against never moving anybody, *regret* against the best of all
these policies in hindsight, environment by environment. *Moved* counts those hit, `+` others that were moved beside
them. *Asked* and *consented* count cases. Whoever stayed has the reason that held most of them.

`bcdr-sim incidents what-if --format md` prints the tables, `--format csv` and `json` the same for programs.

![Hours down by outage and policy; blue is down time avoided](../pictures/what_if.png)

"""


def page(rows: Sequence[Row]) -> str:
    """The whole page."""
    details = (f"## {row_name(row)}\n\n{details_markdown(row)}" for row in rows)
    return BEGINNING + "\n\n".join([overview_markdown(rows), *details]) + "\n"


def score_page(rows: Sequence[Scored]) -> str:
    """The whole page of the score."""
    return SCORE_BEGINNING + score_markdown(rows)


def main() -> None:
    """Write all three. The bytes of the picture depend on the version of the drawing library, so no test compares them."""
    encoded = [each for each in recorded() if each.scenario.exists()]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        rows = [row for of in pool.map(rows_of, encoded) for row in of]
        scored = [row for of in pool.map(score_one, encoded) for row in of]
    SCORE_PAGE.write_text(score_page(scored), encoding="utf-8", newline="\n")
    PAGE.write_text(page(rows), encoding="utf-8", newline="\n")
    save_grid(rows, PICTURE, names=[row_name(row) for row in rows])


if __name__ == "__main__":
    main()
