"""What many worlds come to in one word, which is also the exit code of the command.

Each world is judged like a single run: by the expectations of its scenario, or without any by its objectives. Of all of
them either the worlds that were played are judged ("it went wrong in 3 of 1,000"), or with `at_least` the probability
behind them, by the exact one-sided bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bcdr_sim.experiment.worlds import Worlds, expectation_column
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.probabilities import share, share_gate
from bcdr_sim.statistics.verdicts import Verdict as Gate

Word = Literal["pass", "violation", "inconclusive", "nothing ran"]
_WORDS: dict[Gate, Word] = {Gate.PASS: "pass", Gate.FAIL: "violation", Gate.INCONCLUSIVE: "inconclusive"}


@dataclass(frozen=True, slots=True)
class RunsVerdict:
    """The word, a sentence that says why, and the share of worlds that are good with its interval."""

    word: Word
    sentence: str
    good: Estimate


def conclude_worlds(worlds: Worlds, *, expectation_count: int, at_least: float | None = None) -> RunsVerdict:
    """Judge many worlds; `at_least` is the share of worlds, 0 to 1, that must be good."""
    n = len(worlds["replication"])
    what = "every expectation holds" if expectation_count else "no objective is breached"
    if expectation_count:
        columns = [worlds[expectation_column(number)] for number in range(1, expectation_count + 1)]
        good = np.logical_and.reduce(columns)
        undecided = np.zeros(n, dtype=np.bool_)
    else:
        good = (worlds["breached"] == 0) & (worlds["open"] == 0)
        undecided = (worlds["breached"] == 0) & (worlds["open"] > 0)
    count, open_count = int(good.sum()), int(undecided.sum())
    shown = share(count, n, censored_count=open_count)
    if not (worlds["outages"] + worlds["planned_moves"]).any():
        return RunsVerdict("nothing ran", "no outage and no maintenance in any world", shown)
    if at_least is not None:
        gate, estimate = share_gate(count, n, at_least=at_least, censored_count=open_count)
        bound = "at least" if gate is Gate.PASS else "at most" if gate is Gate.FAIL else "between"
        ends = {"at least": f"{_percent(estimate.low)}", "at most": f"{_percent(estimate.high)}"}.get(
            bound, f"{_percent(estimate.low)} and {_percent(estimate.high)}"
        )
        sentence = f"{what} in {count:,} of {n:,} worlds; the probability is {bound} {ends}, {_percent(at_least)} is wanted"
        return RunsVerdict(_WORDS[gate], sentence, estimate)
    bad = n - count - open_count
    word: Word = "violation" if bad else "inconclusive" if open_count else "pass"
    open_words = f", and in {open_count:,} it was still open" if open_count else ""
    return RunsVerdict(word, f"{what} in {count:,} of {n:,} worlds{open_words}", shown)


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{value:.2%}"
