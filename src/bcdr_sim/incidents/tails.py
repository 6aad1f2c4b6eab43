"""How long from the repair of a cause to service: what the record says, with one outage left out.

A lognormal is fitted to the logarithms of the values that are left. A next value has the predictive law of such a sample:
Student's t with n - 1 degrees of freedom, wider by 1 + 1/n, since the median is not known either. Assumption where a single
value is left: the spread of the cooling tails, 0.66.
"""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass
from functools import cache

from bcdr_sim.incidents.record import FOLDER

SIGMA_OF_COOLING = 0.66


@dataclass(frozen=True, slots=True)
class Tail:
    """The values that a prediction may use, in minutes, and what was left out."""

    cause: str
    values_min: tuple[float, ...]
    without: str

    @property
    def median_min(self) -> float:
        """The naive answer: the median of the values themselves."""
        return float(statistics.median(self.values_min))

    def quantile_min(self, share: float) -> float:
        """A quantile of the next value, in minutes."""
        from scipy.stats import norm, t

        logs = [math.log(value) for value in self.values_min]
        n, centre = len(logs), statistics.fmean(logs)
        wider = math.sqrt(1 + 1 / n)
        if n == 1:
            return math.exp(centre + float(norm.ppf(share)) * SIGMA_OF_COOLING * wider)
        return math.exp(centre + float(t.ppf(share, n - 1)) * statistics.stdev(logs) * wider)


def tail_without(cause: str, incident: str) -> Tail:
    """The tail after the repair of `cooling` or `power`, without that outage.

    Raises:
        ValueError: the outage is not among the values, so nothing can be left out.
    """
    entries = _tails()[cause]
    if all(of != incident for of, _ in entries):
        raise ValueError(f"the {cause} tails do not hold {incident}")
    return Tail(cause, tuple(minutes for of, minutes in entries if of != incident), incident)


@cache
def _tails() -> dict[str, tuple[tuple[str, float], ...]]:
    document = json.loads((FOLDER / "tails.json").read_text(encoding="utf-8"))
    return {
        cause: tuple((each["of"], float(each["minutes"])) for each in entries)
        for cause, entries in document.items()
        if cause != "about"
    }
