"""Slots: how many moves run at once, and the queue for them, first come first served, ties by tier, then name."""

from __future__ import annotations

from heapq import heappop, heappush


class Pool:
    """A number of slots and the queue for them; what left the queue is skipped when its turn comes."""

    def __init__(self, slots: int | None) -> None:
        self.free = slots
        self.taken = 0
        self._queue: list[tuple[int, int, int]] = []
        self._since_ms: dict[int, int] = {}

    def join(self, now_ms: int, tier: int, row: int) -> None:
        """Stand in line."""
        self._since_ms[row] = now_ms
        heappush(self._queue, (now_ms, tier, row))

    def leave(self, row: int) -> None:
        """Stand in line no more."""
        self._since_ms.pop(row, None)

    def leave_all(self, rows: list[int]) -> None:
        """The same for many."""
        if self._since_ms:
            for row in rows:
                self._since_ms.pop(row, None)
        if not self._since_ms:
            self._queue.clear()

    @property
    def may_give(self) -> bool:
        """Whether it is worth asking whose turn it is."""
        return bool(self._queue) and self.free != 0

    def next(self) -> int | None:
        """The environment whose turn it is, if a slot is free; it leaves the line."""
        while self._queue and (self.free is None or self.free > 0):
            since_ms, _, row = heappop(self._queue)
            if self._since_ms.get(row) == since_ms:
                del self._since_ms[row]
                return row
        return None

    def take(self) -> None:
        """Use a slot."""
        self.taken += 1
        if self.free is not None:
            self.free -= 1

    def give_back(self) -> None:
        """Free a slot."""
        self.taken -= 1
        if self.free is not None:
            self.free += 1
