"""A scenario whose worlds are quick to play, for tests of many of them."""

from pathlib import Path

from bcdr_sim.experiment import Case, Plan, Pool, Report, Runs, Wanted, load_case, run_plan
from bcdr_sim.experiment.columns import FRAMES_KEPT

GALES = """\
version: 1
name: gales
horizon: 20d
regions:
  - {name: west, pair: north}
  - {name: north, pair: west}
environments:
  - {name: app, count: 2, region: west, customer: contoso, tier: 1}
  - {name: test, type: Sandbox, region: west}
link: {kind: lag, lag: {lognormal: {median: 3m, p95: 15m}}}
customers:
  contoso: {accepts_loss_up_to: 15m, decision: {exponential: {mean: 30m}}}
objectives:
  "1": {rto: 4h, rpo: 15m}
outages:
  - {id: gale, region: west, arrivals: {exponential: {mean: 20d}}, lasts: {lognormal: {median: 3h, p95: 20h}}}
"""


def case(folder: Path, text: str = GALES, *, policy: str | None = None) -> Case:
    """The case of a scenario text, written to a file first as a user would."""
    return load_case(written(folder, text), policy)


def written(folder: Path, text: str = GALES) -> Path:
    """The scenario as a file."""
    path = folder / "gales.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def played(
    of: Case,
    count: int,
    *,
    chunk: int | None = 8,
    pool: Pool | None = None,
    output: Path | None = None,
    frames: tuple[str, ...] = (),
    report: Report | None = None,
    seed: int = 7,
) -> Runs:
    """So many worlds of a case."""
    if output is not None and not frames:
        frames = FRAMES_KEPT
    plan = Plan((of,), seed, Wanted(count, chunk=chunk), frames)
    return run_plan(plan, pool, output=output, report=report)[0]
