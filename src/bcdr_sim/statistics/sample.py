"""Numbers as they come from a run, made ready for an estimate: one value per replication, nothing missing, nothing guessed.

The replication is the unit of everything: environments of one region share its outages, so 20 environments in 60
replications are 60 observations and not 1,200. What is given per environment or per incident is summed or counted
by replication first, with a 0 for a replication in which nothing happened (`sum_by_replication`).

An unbounded value (no copy is left) is `inf`. It is counted and never averaged. A value that is missing is refused:
dropping it would leave only those replications that went well enough to have one.

Source: row 1 of the statistics every result must offer: `m +- t * s / sqrt(n)` on replications. Measured there: at
nominal 95 %, an interval on environments as n covers 55 %.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.timeline import NO_VALUE, UNBOUNDED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST = 1e150
"""No value is larger: its square must be a float."""


def numbers(values: Any, *, name: str = "values", allow_unbounded: bool = True) -> Floats:
    """Give values, one per replication, as floats; unbounded ones as `inf`.

    `values` is any sequence of numbers or flags. The mark `UNBOUNDED` of a timeline is read as unbounded. Raises
    ValueError, naming the first offender, for a missing value (None, nan, the mark `NO_VALUE`), for anything that is no
    number, and for more than one dimension.
    """
    if not isinstance(values, Iterable):
        raise ValueError(f"{name}: one value per replication, not the single {values!r}")
    given = np.asarray(values if hasattr(values, "__array__") else list(values))
    if given.ndim != 1:
        raise ValueError(
            f"{name}: one value per replication, not an array of shape {given.shape}; "
            "sum or average over environments first"
        )
    if given.dtype.kind == "O":
        read = np.array([_number(value, at, name=name) for at, value in enumerate(given)], dtype=np.float64)
    elif given.dtype.kind in "biuf":
        read = given.astype(np.float64)
        if given.dtype.kind == "i":
            read[given == UNBOUNDED] = math.inf
            _refuse(given == NO_VALUE, name=name, why="is missing (it has the mark of no value)")
    elif given.size == 0:
        read = np.empty(0)
    else:
        raise ValueError(f"{name}: numbers, not {given.dtype}")
    if given.dtype.kind == "f":  # as floats both marks are one number, so neither can be told
        _refuse(read == float(NO_VALUE), name=name, why="has the mark of no value, as a float")
    _refuse(np.isnan(read), name=name, why="is missing (nan)")
    bad = read == -math.inf if allow_unbounded else np.isinf(read)
    _refuse(bad, name=name, why="is infinite")
    _refuse(np.isfinite(read) & (np.abs(read) > LARGEST), name=name, why=f"is larger than {LARGEST:g}")
    return read


def flags(values: Any, *, name: str = "flags") -> Flags:
    """Give yes or no, one per replication or incident; raises ValueError for anything but flags, 0 and 1."""
    read = numbers(values, name=name, allow_unbounded=False)
    _refuse((read != 0) & (read != 1), name=name, why="is neither yes nor no")
    yes: Flags = read == 1
    return yes


def sum_by_replication(
    values: Any, replication: Any, *, replication_count: int, name: str = "values"
) -> Floats:
    """Sum rows (one per incident or environment) by their replication, 0 to `replication_count` - 1.

    A replication without a row counts 0; one with an unbounded row is unbounded. For counts, give ones.
    Raises ValueError for a replication outside, and for what `numbers` refuses.
    """
    rows = numbers(values, name=name)
    owner = replications(replication, replication_count=replication_count)
    if len(rows) != len(owner):
        raise ValueError(f"{name}: {len(rows)} values for {len(owner)} replication numbers")
    return np.bincount(owner, weights=rows, minlength=replication_count).astype(np.float64)


def replications(replication: Any, *, replication_count: int) -> Ints:
    """Give the replication of each row as a whole number, refusing what is not 0 to `replication_count` - 1."""
    read = numbers(replication, name="replication", allow_unbounded=False)
    if replication_count < 0:
        raise ValueError(f"replication_count: 0 or more, not {replication_count}")
    _refuse(read != np.floor(read), name="replication", why="is no whole number")
    outside = (read < 0) | (read >= replication_count)
    _refuse(outside, name="replication", why=f"is not 0 to {replication_count - 1}")
    return read.astype(np.int64)


def mean_of(values: Floats) -> float:
    """The mean from a correctly rounded sum: the same on every machine, whatever its vector width."""
    return math.fsum(values.tolist()) / len(values)


def variance_of(values: Floats) -> float:
    """The sample variance (n - 1), exactly 0 if all are equal; needs two values."""
    if bool((values == values[0]).all()):
        return 0.0
    return math.fsum(((values - mean_of(values)) ** 2).tolist()) / (len(values) - 1)


def require_share(value: float, *, name: str) -> float:
    """Refuse what is not strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name}: between 0 and 1, not {value!r}")
    return float(value)


def require_count(value: int, *, name: str, least: int = 0) -> int:
    """Refuse what is no whole number of at least `least`."""
    if isinstance(value, bool) or int(value) != value or value < least:
        raise ValueError(f"{name}: a whole number of at least {least}, not {value!r}")
    return int(value)


def joined(notes: Iterable[str]) -> str:
    """Join the notes that say something."""
    return "; ".join(note for note in notes if note)


def _number(value: Any, at: int, *, name: str) -> float:
    if isinstance(value, str | bytes) or value is None:
        raise ValueError(f"{name}[{at}] is {'missing (None)' if value is None else f'no number: {value!r}'}")
    if isinstance(value, int) and value in {NO_VALUE, UNBOUNDED}:
        return math.inf if value == UNBOUNDED else math.nan
    try:
        return float(value)
    except OverflowError:
        return 2 * LARGEST
    except (TypeError, ValueError):
        raise ValueError(f"{name}[{at}] is no number: {value!r}") from None


def _refuse(bad: Flags, *, name: str, why: str) -> None:
    if bad.any():
        raise ValueError(f"{name}[{int(bad.argmax())}] {why}")
