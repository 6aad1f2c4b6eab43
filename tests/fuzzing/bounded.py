"""A bound on the work and the memory that one file may cost: counted, so that it is the same on every machine."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

CALLS_MAX: Final = 3_000_000
"""Calls of Python functions for one file; about a second. The longest seed needs some 50,000."""

BYTES_MAX: Final = 128 * 1024 * 1024
"""Memory at one time for one file, beyond what was held before."""


class ExcessError(AssertionError):
    """A file made the program work or hold more than any file may."""


@contextmanager
def bounded_work(*, calls_max: int = CALLS_MAX) -> Iterator[None]:
    """Raise ExcessError out of whatever calls too many functions inside."""
    left = calls_max

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal left
        left -= event == "call"
        if left < 0:
            sys.setprofile(None)
            raise ExcessError(f"more than {calls_max:,} calls")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


@contextmanager
def bounded_memory(*, bytes_max: int = BYTES_MAX) -> Iterator[None]:
    """Raise ExcessError at the end if more was held at one time inside; slow, since every allocation is counted."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if peak > bytes_max:
        raise ExcessError(f"{peak:,} bytes at one time")
