"""`verify`: the engine against everything that is known exactly."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bcdr_sim.cli.answer import EXIT_PASS, EXIT_VIOLATION, Answer, check_output, refuse
from bcdr_sim.cli.options import Force, Output

if TYPE_CHECKING:
    from bcdr_sim.verification.case import Case, Skipped
    from bcdr_sim.verification.ledger import Joint, Row

FULL_SCALE = 9
"""Worlds of the full ledger for one of the quick: standard errors a third as large."""


class Format(StrEnum):
    """How the ledger is written."""

    TEXT = "text"
    JSON = "json"


def command(
    *,
    cases: Annotated[
        list[str] | None,
        typer.Option("--case", metavar="ID", help="Only this case; may be repeated.", show_default=False),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="Nine times the worlds, or two minutes.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How many seeds, one after the other.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; as many as there are cores unless said.", show_default=False),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Form of the ledger.")] = Format.TEXT,
    page: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE.md",
            help="Also write the page of validation, and its picture in `pictures` beside it; replaces them.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    force: Force = False,
) -> Answer:
    """Run every case with a known answer through the engine and judge it against theory."""
    check_output(output, force=force)
    if page is not None and (page.suffix != ".md" or not page.parent.is_dir()):
        raise refuse(f"a page ends in .md, in a folder that exists, not '{page}'", what="--write")
    from bcdr_sim.report import verified
    from bcdr_sim.verification.cases import SKIPPED
    from bcdr_sim.verification.ledger import AIM_FULL, AIM_QUICK, joint, rows_of
    from bcdr_sim.verification.sampling import draw

    chosen = _chosen(cases)
    rows = []
    with _pool(workers or os.cpu_count() or 1) as executor:
        for drawn in draw(
            chosen, seeds=range(seed, seed + seeds), scale=FULL_SCALE if full else 1, executor=executor
        ):
            rows += rows_of(drawn, aim=AIM_FULL if full else AIM_QUICK)
    together = joint(rows)
    skipped = () if cases else SKIPPED
    if page is not None:
        options = f"{' --full' if full else ''} --seed {seed} --seeds {seeds}"
        _write_page(page, chosen, rows=rows, together=together, options=options, skipped=skipped)
    if format_ is Format.JSON:
        text = verified.ledger_json(rows, together, skipped)
    else:
        lines = [verified.ledger_head(), *(verified.ledger_line(row) for row in rows)]
        lines += [verified.skipped_line(each) for each in skipped]
        text = "\n".join(lines) + "\n" + verified.ledger_end(rows, together)
    passed = all(row.passed for row in rows) and (together is None or together.passed)
    return Answer(text, EXIT_PASS if passed else EXIT_VIOLATION, output)


def _write_page(
    page: Path,
    cases: Sequence[Case],
    *,
    rows: Sequence[Row],
    together: Joint | None,
    options: str,
    skipped: Sequence[Skipped],
) -> None:
    from bcdr_sim.plots.saving import save_normal_quantiles
    from bcdr_sim.report.validation import Validated, validation_page
    from bcdr_sim.verification.case import Sample

    picture = page.parent / "pictures" / f"{page.stem}.png"
    picture.parent.mkdir(exist_ok=True)
    primary = [row.z for row in rows if row.is_primary and row.sample != Sample.CONSTANT]
    if primary:
        save_normal_quantiles(primary, picture)
    command = f"bcdr-sim verify{options} --write {page.as_posix()}"
    text = validation_page(Validated(cases, rows, together, command, skipped), picture=picture.name)
    page.write_text(text, encoding="utf-8")


def _pool(workers: int) -> ProcessPoolExecutor | nullcontext[None]:
    """As many processes as asked for; none beside this one for a single worker."""
    if workers == 1:
        return nullcontext()
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _chosen(ids: list[str] | None) -> list[Case]:
    from difflib import get_close_matches

    from bcdr_sim.verification.cases import CASES

    known = {case.id: case for case in CASES}
    for each in ids or ():
        if each not in known:
            near = get_close_matches(each, known, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise refuse(f"there is no case '{each}'{hint} Cases: {', '.join(known)}", what="--case")
    return [known[each] for each in dict.fromkeys(ids or known)]
