"""The ledger: theory, simulated value, standard error, z and verdict of every check, and one joint test of all.

A single check fails beyond |z| = 4.5, two-sided chance 7 in a million. The joint test asks whether the squares of all
primary z together look like chance: too large means wrong values, too small means standard errors that flatter. Tolerances
come from the run, never from a file. How small a standard error has to be is fixed beforehand: a figure that is known less
well is marked, since what it passes says less.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bcdr_sim.statistics import cvar
from bcdr_sim.verification.case import Check, Numbers, Sample, Statistic
from bcdr_sim.verification.sampling import Drawn

Z_MAX = 4.5
JOINT_P_MIN = 1e-4
DETECTED_WITH_090 = 5.8
"""A bias of this many standard errors is found with probability 0.9: 4.5 + 1.28."""
AIM_QUICK, AIM_FULL, AIM_RARE = 0.01, 0.0035, 0.05
"""The largest standard error of a figure of the quick and of the full ledger, and of a rare one, as a share of theory."""
STUDENT_N = 1000
"""From so many numbers on a mean over its own standard error is as good as normal; below, it is Student's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check against theory. For a constant case the error is 0 and `z` is 0 or infinite."""

    case: str
    title: str
    law: str
    check: str
    sample: str
    is_primary: bool
    exact: float
    simulated: float
    standard_error: float
    z: float
    n: int
    outages: int
    seed: int
    aim: float

    @property
    def passed(self) -> bool:
        """Whether theory is inside the interval of the run."""
        return bool(abs(self.z) < Z_MAX)

    @property
    def is_precise(self) -> bool:
        """Whether the standard error is as small as was asked for beforehand."""
        return self.standard_error <= self.aim * abs(self.exact)

    @property
    def detectable_bias(self) -> float | None:
        """Relative bias that this check would find nine times out of ten; None where theory says 0 or nothing varies."""
        if self.exact == 0 or self.standard_error == 0:
            return None
        return DETECTED_WITH_090 * self.standard_error / abs(self.exact)


@dataclass(frozen=True, slots=True)
class Joint:
    """All primary checks together: the sum of their z squared is chi-square with as many degrees of freedom."""

    chi_square: float
    degrees: int
    p: float

    @property
    def passed(self) -> bool:
        """Neither too far from theory nor too near to it."""
        return JOINT_P_MIN <= self.p <= 1 - JOINT_P_MIN


def rows_of(drawn: Drawn, *, aim: float = AIM_QUICK) -> list[Row]:
    """Judge the numbers drawn for each check of a case; `aim` is the relative standard error that is asked for."""
    return [
        _row(drawn, check, numbers, aim=AIM_RARE if drawn.case.sample is Sample.STRATA else aim)
        for check, numbers in zip(drawn.case.checks, drawn.numbers, strict=True)
    ]


def joint(rows: Iterable[Row]) -> Joint | None:
    """The joint test of the primary checks that have chance in them; None without any."""
    from scipy.stats import chi2

    squares = [row.z**2 for row in rows if row.is_primary and row.sample != Sample.CONSTANT]
    if not squares:
        return None
    total = float(sum(squares))
    return Joint(chi_square=total, degrees=len(squares), p=float(chi2.sf(total, len(squares))))


def _row(drawn: Drawn, check: Check, numbers: Numbers, *, aim: float) -> Row:
    case = drawn.case
    value, error = estimated(numbers, check.statistic)
    n = int(numbers[0, 2]) if check.statistic is Statistic.ESTIMATE else len(numbers)
    if case.sample is Sample.CONSTANT:
        error, z = 0.0, 0.0 if abs(value - check.exact) < 1e-9 * max(1.0, abs(check.exact)) else np.inf
    else:
        z = (value - check.exact) / error if error > 0 else (0.0 if value == check.exact else np.inf)
        if check.statistic in (Statistic.MEAN, Statistic.RATIO):
            z = normal_of_student(float(z), n)
    return Row(
        case=case.id,
        title=case.title,
        law=case.law,
        check=check.name,
        sample=case.sample.value,
        is_primary=check.is_primary,
        exact=check.exact,
        simulated=value,
        standard_error=error,
        z=float(z),
        n=n,
        outages=drawn.outages,
        seed=drawn.seed,
        aim=aim,
    )


def normal_of_student(t: float, n: int) -> float:
    """The normal value as improbable as `t` of Student's with n - 1 degrees of freedom; `t` itself where n is large."""
    from scipy.stats import norm
    from scipy.stats import t as student

    if n >= STUDENT_N or n < 2 or not np.isfinite(t):
        return t
    return float(np.copysign(norm.isf(student.sf(abs(t), n - 1)), t))


def estimated(drawn: Numbers, statistic: Statistic) -> tuple[float, float]:
    """The statistic of a sample and its standard error, both from the sample alone."""
    n = len(drawn)
    match statistic:
        case Statistic.MEAN:
            return float(drawn.mean()), float(drawn.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0
        case Statistic.VARIANCE:
            deviations = (drawn - drawn.mean()) ** 2
            return float(drawn.var(ddof=1)), float(deviations.std(ddof=1) / np.sqrt(n))
        case Statistic.RATIO:
            over, under = drawn[:, 0], drawn[:, 1]
            ratio = over.sum() / under.sum()
            residual = (over - ratio * under).std(ddof=1)
            return float(ratio), float(residual / (np.sqrt(n) * under.mean()))
        case Statistic.TAIL_MEAN:
            found = cvar(drawn, 0.95)
            assert found.value is not None, "a sample has a tail"
            return found.value, found.standard_error or 0.0
        case Statistic.ESTIMATE:
            return float(drawn[0, 0]), float(drawn[0, 1])
