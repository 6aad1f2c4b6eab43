"""All figures that the design asks for, measured in one run: a table, or JSON.

    python benchmarks                    # everything, some minutes; the machine should have nothing else to do
    python benchmarks --quick            # smaller sizes, half a minute
    python benchmarks --json FILE        # the figures as a document as well
    python benchmarks --quick --check    # end with 1 if a ratio misses its mark by more than its slack

Two things measured side by side in one run give a ratio, which another machine gives again. Seconds are of this machine
and this run: they are shown, and never checked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import bench_many
import bench_montecarlo
import bench_policy
import bench_start

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Row:
    """A figure and its mark. `at_least` says which side of the mark is good; `slack` is a factor on it in `--check`."""

    what: str
    value: float
    must: float | None = None
    stretch: float | None = None
    at_least: bool = True
    slack: float | None = None
    """Without one, the figure is shown and not checked."""

    def reaches(self, mark: float) -> bool:
        """Whether the figure is on the good side of a mark."""
        return self.value >= mark if self.at_least else self.value <= mark

    def misses(self) -> bool:
        """Whether it misses what it must reach by more than its slack."""
        if self.must is None or self.slack is None:
            return False
        return not self.reaches(self.must / self.slack if self.at_least else self.must * self.slack)


def incident_rows(*, quick: bool) -> Iterator[Row]:
    """One outage over a large fleet; in a process of its own, whose memory is that of the run."""
    size = 20_000 if quick else 100_000
    command = [sys.executable, str(HERE / "bench_incident.py"), "--json", "--environments", str(size)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    oracle = f"times faster than the reference model, {found['oracle_environments']} environments"
    yield Row(
        "environment events a second over a bare SimPy loop", found["event_rate_ratio"], 0.25, 0.4, slack=2
    )
    yield Row(oracle, found["oracle_ratio"], 15, 50, slack=2)
    growth = f"growth of time from {size:,} environments to ten times as many"
    yield Row(growth, found["growth_tenfold"], 12, 10.5, at_least=False, slack=2)
    peak = f"peak memory of {10 * size:,} environments, GB"
    yield Row(peak, found["peak_gigabytes"], 1.5, 0.6, at_least=False, slack=1.2)
    yield Row("log in memory, bytes an event", found["log_bytes_per_event"], 40, at_least=False, slack=1)


def montecarlo_rows(*, quick: bool) -> Iterator[Row]:
    """Many small worlds."""
    found = bench_montecarlo.measured(5 if quick else 60, two_workers=not quick)
    yield Row("times faster than the reference model, a year of 50", found["oracle_ratio"], 4, 8, slack=2)
    step_ms = sum(found[f"year_{step}_s"] for step in ("resolve", "simulate", "measure")) * 1e3
    per_event_us = found["year_simulate_s"] / found["year_events"] * 1e6
    what = f"a year of 50, {found['year_events']:,.0f} events of {per_event_us:.1f} us, ms"
    yield Row(what, step_ms, 1, 0.4, at_least=False)
    day_ms = sum(found[f"day_{step}_s"] for step in ("resolve", "simulate", "measure")) * 1e3
    yield Row(f"a day of 5, {found['day_events']:,.0f} events, ms", day_ms)
    if not quick:
        yield Row("two workers over one", found["two_workers_over_one"], 1.6, 1.8)


def other_rows(*, quick: bool) -> Iterator[Row]:
    """What is the same, what is stored, what starts, and what is proved."""
    with tempfile.TemporaryDirectory() as folder:
        digests = bench_many.digests(40 if quick else 200, folder=Path(folder))
    what = f"results that differ in {len(digests)} ways to play the same worlds"
    yield Row(what, len(set(digests.values())) - 1, 0, at_least=False, slack=1)
    stored = bench_many.parquet_bytes_per_event(1_000 if quick else 5_000)
    yield Row("log in Parquet, bytes an event", stored, 8, at_least=False, slack=1)
    start = bench_start.measured()
    heavy = "heavy libraries that --help and validate import"
    yield Row(heavy, start["heavy_count"], 0, at_least=False, slack=1)
    yield Row("--help, s", start["help_s"])
    yield Row("validate of a file of 1,000 environments, s", start["validate_s"], 1, at_least=False)
    tables = 100 if quick else 1_000
    found = bench_policy.disagreements(tables)
    proofs = f"disagreements of proofs with a look at everything, {tables:,} policies"
    yield Row(proofs, found, 0, at_least=False, slack=1)


def table(rows: list[Row]) -> str:
    """A line a figure: what, how much, what it must be, and what it reaches."""
    lines = [f"{'':66} {'measured':>10}  {'must':>8}  {'stretch':>8}"]
    for row in rows:
        sign = ">=" if row.at_least else "<="
        marks = [f"{sign} {mark:g}" if mark is not None else "" for mark in (row.must, row.stretch)]
        verdict = ""
        if row.must is not None:
            verdict = "reached" if row.reaches(row.must) else "MISSED"
        if row.stretch is not None and row.reaches(row.stretch):
            verdict = "stretch reached"
        lines.append(f"{row.what:66} {row.value:10.3f}  {marks[0]:>8}  {marks[1]:>8}  {verdict}".rstrip())
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and with `--check` judge."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument(
        "--check", action="store_true", help="end with 1 if a ratio misses its mark by more than its slack"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures as a document as well")
    given = parser.parse_args()
    parts = (incident_rows, montecarlo_rows, other_rows)
    rows = [row for part in parts for row in part(quick=given.quick)]
    print(table(rows))
    if given.json is not None:
        document = {
            "schema": "bcdr_sim/benchmarks/1",
            "quick": given.quick,
            "rows": [asdict(row) for row in rows],
        }
        given.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    missed = [row.what for row in rows if row.misses()]
    for what in missed if given.check else ():
        print(f"missed by more than its slack: {what}", file=sys.stderr)
    return 1 if given.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
