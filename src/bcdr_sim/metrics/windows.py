"""The most down time of an environment in any window of a given length: the rolling form of the MTPD."""

from __future__ import annotations

import numpy as np

from bcdr_sim.timeline.states import Ints


def worst_window_ms(start_ms: Ints, end_ms: Ints, window_ms: int) -> int:
    """The largest down time in `[t, t + window_ms)` over all t, for down spells in order of time.

    Exact: a window can be moved to the left without loss until it begins where a spell begins, so only those are tried.
    """
    if len(start_ms) == 0:
        return 0
    until_ms = _down_until(start_ms, end_ms, start_ms + window_ms)
    return int((until_ms - _down_until(start_ms, end_ms, start_ms)).max())


def _down_until(start_ms: Ints, end_ms: Ints, instants: Ints) -> Ints:
    """Down time before each instant."""
    before = np.append(0, np.cumsum(end_ms - start_ms))
    over = np.searchsorted(end_ms, instants, side="right")
    begun = np.append(start_ms, np.iinfo(np.int64).max)[over]
    down_ms: Ints = before[over] + np.maximum(0, instants - begun)
    return down_ms
