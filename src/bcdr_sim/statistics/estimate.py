"""An estimate: a number that is never without its interval, its n, and what it leaves out."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bcdr_sim.statistics.sample import require_share


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval at `level` and all that is needed to judge it.

    `value`, `low` and `high` are in the unit of what was estimated. None means not known: no replication to estimate
    from, a curve that was not reached, an end that this `n` does not give. `inf` means unbounded: it was seen, and it
    has no number. `n` counts replications, those with an unbounded value among them. `censored_count` counts incidents
    still open at the horizon, `unbounded_count` replications (or incidents, where those are estimated) without a
    number. `standard_error` is None where the method has none. `note` says in words what the figures cannot.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    level: float
    method: str
    censored_count: int = 0
    unbounded_count: int = 0
    standard_error: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        require_share(self.level, name="level")

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval, None if an end is not known."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def text(self, write: Callable[[float], str] = "{:.6g}".format) -> str:
        """Write it out with all that belongs to it; `write` makes a number of the unit into text."""

        def end(bound: float | None, missing: str) -> str:
            if bound is None:
                return missing
            return "unbounded" if math.isinf(bound) else write(bound)

        interval = f"{end(self.low, 'no lower bound')} to {end(self.high, 'no upper bound')}"
        inside = (
            f"{100 * self.level:.4g} %: {interval}; n {self.n:,}; {self.censored_count:,} censored; "
            f"{self.unbounded_count:,} unbounded"
        )
        return f"{end(self.value, 'n/a')} ({inside}{'; ' + self.note if self.note else ''})"


def nothing(*, n: int, level: float, method: str, note: str, censored_count: int = 0) -> Estimate:
    """An estimate of what cannot be estimated, with the reason."""
    return Estimate(None, None, None, n, level, method, censored_count, note=note)
