"""How often the intervals of the product hold the truth: `PYTHONPATH=src:tests python -m coverages --write`, a minute.

Every interval is tried on repeats of samples whose truth is known, and has to hold it as often as is said here, from the
least to the most; those that are known to hold it less often say so. Exit 1 where one does not. `--write` keeps the
counts in `docs/evidence/coverage.json`, for the page of validation. The samples have addresses: the same counts on any
machine.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.statistics import (
    Precision,
    Stratum,
    batch_means,
    cvar,
    incident_quantile,
    incidents,
    look,
    mean,
    outage_strata,
    paired_difference,
    paired_ratio,
    quantile,
    ratio,
    restricted_mean,
    stratified_mean,
)
from bcdr_sim.statistics.estimate import Estimate
from samples import exponentials, is_coverage, uniforms

EVIDENCE = Path(__file__).parent.parent / "docs" / "evidence" / "coverage.json"
REPEATS = 1000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tried:
    """An interval said to hold the truth 95 times in 100, and from `low` to `high` it does.

    `holds` gives, for so many repeats, whether each of them does.
    """

    name: str
    sample: str
    holds: Callable[[int], Iterator[bool]]
    low: float
    high: float


def inside(found: Estimate, truth: float) -> bool:
    """Whether the interval holds the truth; an end that is not known excludes nothing."""
    low = -math.inf if found.low is None else found.low
    return bool(low <= truth <= (math.inf if found.high is None else found.high))


def means(repeats: int) -> Iterator[bool]:
    for shared, own in _outages(repeats):
        yield inside(mean((shared + own).mean(axis=1)), 2.0)


def means_of_environments(repeats: int) -> Iterator[bool]:
    for shared, own in _outages(repeats):
        yield inside(mean((shared + own).ravel()), 2.0)


def _outages(repeats: int) -> Iterator[tuple[Floats, Floats]]:
    return zip(exponentials("shared", repeats, 60, 1), exponentials("own", repeats, 60, 20), strict=True)


def ratios(repeats: int) -> Iterator[bool]:
    for counts, lengths in _busy(repeats, "ratio"):
        yield inside(ratio(counts * counts * lengths, counts), 3.0)


def _busy(repeats: int, name: str) -> Iterator[tuple[Floats, Floats]]:
    counts = np.floor(5 * uniforms(f"{name} counts", repeats, 150))
    return zip(counts, exponentials(f"{name} lengths", repeats, 150), strict=True)


def quantiles(repeats: int) -> Iterator[bool]:
    for values in exponentials("quantile", repeats, 120):
        yield inside(quantile(values, 0.9), math.log(10))


def cvars(n: int) -> Callable[[int], Iterator[bool]]:
    def holds(repeats: int) -> Iterator[bool]:
        for u in uniforms(f"tail {n}", repeats, n):
            losses = np.where(u < 0.9, 0.0, -np.log(np.maximum(1 - u, 1e-300) / 0.1))
            yield inside(cvar(losses, 0.95), 1 + math.log(2))

    return holds


def batches(repeats: int) -> Iterator[bool]:
    for noise in uniforms("batches", repeats, 1700):
        value, series = 10.0, []
        for step in (noise - 0.5).tolist():
            value = 0.8 * value + step
            series.append(value)
        yield inside(batch_means(series, warm_up_count=200), 0.0)


def stopped(repeats: int) -> Iterator[bool]:
    precision = Precision(0.25, n_max=3000)
    hits, sizes = uniforms("stopped hits", repeats, 3000) < 0.1, exponentials("stopped sizes", repeats, 3000)
    for values in np.where(hits, sizes, 0.0):
        looks = (look(values[:n], precision) for n in precision.looks())
        yield inside(next(one for one in looks if one.is_precise).estimate, 0.1)


def strata(repeats: int) -> Iterator[bool]:
    """Of 0, 1 and more outages, of which each breaches one time in ten; more means two."""
    probabilities = outage_strata(0.1, 2)
    truth = probabilities[1] * 0.1 + probabilities[2] * 0.19
    for u in uniforms("strata", repeats, 3, 400):
        drawn = (np.zeros(200), u[1] < 0.1, u[2][:200] < 0.19)
        parts = [
            Stratum(p, values.astype(float)) for p, values in zip(probabilities.tolist(), drawn, strict=True)
        ]
        yield inside(stratified_mean(parts, most=1.0), truth)


def differences(repeats: int) -> Iterator[bool]:
    shared, own = exponentials("pair shared", repeats, 80), exponentials("pair own", repeats, 80)
    for both, rest in zip(shared, own, strict=True):
        yield inside(paired_difference(2 * both + rest, both).difference, 2.0)


def ratio_differences(repeats: int) -> Iterator[bool]:
    for counts, lengths in _busy(repeats, "pairs"):
        more = counts * counts * lengths
        yield inside(paired_ratio((2 * more, counts), (more, counts)), 3.0)


def censored(repeats: int) -> Iterator[tuple[Floats, Floats]]:
    lengths, rests = exponentials("censored", repeats, 120), 1 + uniforms("rests", repeats, 120)
    return zip(lengths, rests, strict=True)


def censored_quantiles(repeats: int) -> Iterator[bool]:
    for lengths, rest in censored(repeats):
        found = incidents(
            np.minimum(lengths, rest), np.arange(120) // 2, replication_count=60, is_open=lengths > rest
        )
        yield inside(incident_quantile(found, 0.5, resample_count=200), math.log(2))


def restricted(repeats: int) -> Iterator[bool]:
    for lengths, rest in censored(repeats):
        found = incidents(
            np.minimum(lengths, rest), np.arange(120) // 2, replication_count=60, is_open=lengths > rest
        )
        yield inside(restricted_mean(found, 1.0, resample_count=200), -math.expm1(-1))


TRIED = (
    Tried("mean, on replications", "20 environments share each of 60 outages", means, 0.93, 0.95),
    Tried(
        "mean, on environments: **never done**",
        "the same 1,200 numbers taken for independent",
        means_of_environments,
        0.40,
        0.65,
    ),
    Tried("ratio", "150 replications, more incidents are longer", ratios, 0.93, 0.955),
    Tried("quantile .9", "120 replications; the ranks say .968", quantiles, 0.9682, 0.9682),
    Tried(
        "mean of the worst 5 %", "200 replications, 9 of 10 lose nothing: warned of", cvars(200), 0.85, 0.93
    ),
    Tried("mean of the worst 5 %", "5,000 replications", cvars(5000), 0.93, 0.96),
    Tried("long run, batch means", "a series that remembers, start deleted", batches, 0.90, 0.955),
    Tried("mean, stopped when precise", "9 of 10 lose nothing, to within 25 %", stopped, 0.92, 0.956),
    Tried("stratified by outages", ".1 outages expected, 800 replications", strata, 0.93, 0.965),
    Tried("paired difference", "80 worlds, two policies", differences, 0.92, 0.955),
    Tried("paired difference of ratios", "150 worlds, two policies", ratio_differences, 0.92, 0.955),
    Tried("median, censored", "120 incidents of 60 replications, some open", censored_quantiles, 0.92, 0.965),
    Tried("mean restricted to 1, censored", "the same incidents", restricted, 0.92, 0.955),
)


def measured(repeats: int) -> Iterator[tuple[Tried, int]]:
    """Each interval with the number of repeats in which it held the truth."""
    for each in TRIED:
        yield each, sum(each.holds(repeats))


def main() -> int:
    """Measure all, print, and fail where one is not what is said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows, wrong = [], 0
    for each, hits in measured(chosen.repeats):
        as_said = is_coverage(hits, chosen.repeats, low=each.low, high=each.high)
        wrong += not as_said
        print(f"{each.name:40} {hits / chosen.repeats:.3f}  {'' if as_said else 'NOT AS SAID'}", flush=True)
        rows.append({"interval": each.name, "sample": each.sample, "hits": hits, "repeats": chosen.repeats})
    if chosen.write and not wrong:
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(
            json.dumps({"schema": "bcdr-sim/coverage/1", "intervals": rows}, indent=1) + "\n", "utf-8"
        )
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
