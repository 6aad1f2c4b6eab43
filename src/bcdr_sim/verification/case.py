"""A case with a known answer: an ordinary scenario file, what is read from a run of it, and what theory says.

A case is sampled over *worlds* (one number from each replication; the environments of a region share its outages and are no
sample), over a *fleet* (each environment of a world gives one: they differ only in draws of their own, or stand in regions
that share nothing), or over *strata* (worlds by their number of outages, with exact weights). A *constant* case has no
chance in it: its one world must give the answer to the millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.draws import Draws
from bcdr_sim.metrics import Metrics

HOUR_MS = 3_600_000
FOLDER = Path(__file__).parent / "scenarios"

Numbers = NDArray[np.float64]


class Sample(StrEnum):
    """What the numbers of a case are drawn over."""

    WORLDS = "worlds"
    FLEET = "fleet"
    STRATA = "strata"
    CONSTANT = "constant"


class Statistic(StrEnum):
    """What is computed from the numbers and compared with theory."""

    MEAN = "mean"
    VARIANCE = "variance"
    RATIO = "ratio"
    """Of the sums of the two columns of numbers."""
    TAIL_MEAN = "mean of the worst 5 %"
    ESTIMATE = "estimate of the product"
    """One row of numbers: value, standard error, and how many worlds they are of."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of a case.

    `read` takes a measured world and gives its numbers: one for a world, one per environment of a fleet, two columns for a
    ratio. `exact` is the closed form. Checks of one case share their data, so only the primary one enters the joint test.
    """

    name: str
    exact: float
    read: Callable[[Metrics], float | Sequence[float] | Numbers]
    statistic: Statistic = Statistic.MEAN
    is_primary: bool = False
    saved: bool = False
    """The number is what the rival of the case has more, world by world: a paired difference."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: `worlds` is how many replications of it the quick ledger takes.

    A `rival` is a second scenario file that is played in the same worlds, for checks of what is `saved` against it. A
    `stream` gives what the file of each world says beyond `scenario`, in YAML: recorded traffic, drawn anew for each.
    `asks` is what a case of strata asks of its worlds, as `run --stratify` does.
    """

    id: str
    title: str
    law: str
    scenario: str
    checks: tuple[Check, ...]
    rival: str | None = None
    stream: Callable[[Draws], str] | None = None
    asks: str | None = None
    sample: Sample = Sample.WORLDS
    worlds: int = 4000

    @property
    def paths(self) -> tuple[Path, ...]:
        """The scenario file, and that of the rival."""
        return tuple(FOLDER / name for name in (self.scenario, self.rival) if name is not None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A case of the design whose option the simulator does not have: listed, never hidden."""

    id: str
    title: str
    why: str
