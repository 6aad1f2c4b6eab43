"""Many worlds in numbers: every one with its interval, its n, and what was still open or without bound.

One value per replication enters every interval. The mean recovery time is a ratio (all down time over all incidents), so
that a quiet world does not weigh as much as a busy one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.experiment.metric import METRICS, Metric, Unit, metric_values, open_worlds
from bcdr_sim.experiment.worlds import TIERS, Worlds, expectation_column
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.means import mean, ratio
from bcdr_sim.statistics.probabilities import share
from bcdr_sim.statistics.quantiles import quantile

Flags = NDArray[np.bool_]
QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A metric over all worlds: mean, quantiles (None per incident), worlds or incidents open and unbounded."""

    name: str
    words: str
    unit: Unit
    mean: Estimate
    quantiles: dict[float, Estimate]


@dataclass(frozen=True, slots=True)
class Chance:
    """Something that a world shows or does not: in how many it did, in how many that was still open."""

    name: str
    words: str
    count: int
    open_count: int
    estimate: Estimate


def metric_lines(worlds: Worlds, *, level: float = 0.95) -> list[MetricLine]:
    """Every metric that has anything to say, in the order in which they are shown."""
    lines = [_line(metric, worlds, level=level) for metric in METRICS]
    lines.insert(2, _recovery(worlds, level=level))
    return lines


def chances(worlds: Worlds, scenario: Scenario, *, level: float = 0.95) -> list[Chance]:
    """What people ask first: does it happen, is anything lost, are the objectives met, does what was expected hold."""
    found = []
    for name, words, flags, is_open in questions(worlds, scenario):
        count, open_count = int(flags.sum()), int(is_open.sum())
        estimate = share(count, len(flags), level=level, censored_count=open_count)
        found.append(Chance(name, words, count, open_count, estimate))
    return found


def _line(metric: Metric, worlds: Worlds, *, level: float) -> MetricLine:
    values = metric_values(metric.name, worlds)
    is_open = open_worlds(metric, worlds)
    open_count = int(is_open.sum())
    beyond = np.where(is_open, np.inf, values)
    quantiles = {}
    for q in QUANTILES if len(values) else ():
        least, most = quantile(values, q, level=level), quantile(beyond, q, level=level)
        quantiles[q] = least if not open_count else _between(least, most, open_count)
    return MetricLine(
        metric.name,
        metric.words,
        metric.unit,
        mean(values, level=level, censored_count=open_count),
        quantiles,
    )


def _between(least: Estimate, most: Estimate, open_count: int) -> Estimate:
    """A quantile of values of which some are lower bounds: the number where they cannot change it, else not reached."""
    is_sure = least.value == most.value
    return Estimate(
        value=least.value if is_sure else None,
        low=least.low,
        high=most.high,
        n=least.n,
        level=least.level,
        method=least.method,
        censored_count=open_count,
        unbounded_count=least.unbounded_count,
        note=least.note if is_sure else "not reached: open at the horizon",
    )


def _recovery(worlds: Worlds, *, level: float) -> MetricLine:
    open_count = int(worlds["censored"].sum())
    found = ratio(worlds["down_ms"], worlds["incidents"], level=level, censored_count=open_count)
    return MetricLine("rta_ms", "recovery time of an incident", "ms", found, {})


def questions(
    worlds: Worlds, scenario: Scenario, *, quiet_too: bool = False
) -> Iterator[tuple[str, str, Flags, Flags]]:
    """Name, words, in which worlds it is so, in which that is still open.

    Objectives are spoken of where something was judged by them, with `quiet_too` wherever the scenario has any.
    """
    never = np.zeros(len(worlds["replication"]), dtype=np.bool_)
    yield "outage", "an outage strikes", worlds["outages"] > 0, never
    yield "incident", "an environment loses service", worlds["incidents"] > 0, never
    yield "loss", "a move loses data", worlds["loss_realised_age_ms_max"] > 0, never
    is_judged = bool((worlds["met"] + worlds["open"] + worlds["breached"]).any())
    if is_judged or (quiet_too and scenario.objectives):
        met = (worlds["breached"] == 0) & (worlds["open"] == 0)
        yield (
            "objectives_met",
            "every objective is met",
            met,
            (worlds["breached"] == 0) & (worlds["open"] > 0),
        )
        for tier in TIERS:
            if str(tier) in scenario.objectives:
                kept = worlds[f"breached_tier_{tier}"] == 0
                yield (
                    f"tier_{tier}_kept",
                    f"no breach in tier {tier}",
                    kept & (worlds["open"] == 0),
                    kept & (worlds["open"] > 0),
                )
    for number, _ in enumerate(scenario.expect, start=1):
        held = worlds[expectation_column(number)]
        yield expectation_column(number), f"expectation {number} holds", held, never
