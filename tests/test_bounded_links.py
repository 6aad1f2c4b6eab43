"""A bounded link: what waits is never too old, and each commit that has to wait for that does."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.replication import Writes
from bcdr_sim.replication.bounded import Bound, Committed, Flow, Gate

PER_MS = 3_600_000.0  # a rate per hour of one write per millisecond
WORK = 3_600_000 * 1_000_000  # the work of one write
HOUR = 3_600_000
END = 80  # ms


@dataclass
class Queue:
    """The same link as a queue of single milliseconds; its rates are whole writes per ms."""

    bandwidth: int
    max_lag_ms: int
    now_ms: int = 0
    writing: bool = True
    stands_ms: int | None = None
    slowed: bool = False
    stopped: bool = False
    open_until_ms: int = 0
    waits: list[list[int]] = field(default_factory=list)  # (millisecond, left of it, written in it)
    backlog: int = 0

    def set(self, *, writing: bool, runs: bool) -> None:
        """Writes go on or not, the link runs or stands still."""
        self.stands_ms = None if runs and self.bandwidth else self.last_sync_ms()
        self.slowed = self.slowed and not (writing and not self.writing)
        self.writing = writing

    def last_sync_ms(self) -> int:
        """The millisecond of the oldest write that waits."""
        if self.stands_ms is not None:
            return self.stands_ms
        return self.waits[0][0] if self.waits else self.now_ms

    def carry(self) -> list[list[int]]:
        """What is left to wait once one more millisecond of bandwidth has been used."""
        left, waits = (0 if self.stands_ms is not None else self.bandwidth), []
        for at_ms, waiting, written in self.waits:
            moved = min(left, waiting)
            left -= moved
            if waiting > moved:
                waits.append([at_ms, waiting - moved, written])
        return waits

    def gate(self, rate: int) -> Gate:
        """The rules of the page, for the millisecond that begins now."""
        if self.stands_ms is not None:
            return Gate.FREE if self.now_ms + 1 <= self.stands_ms + self.max_lag_ms else Gate.STOPPED
        after = self.carry()
        if self.last_sync_ms() < self.now_ms - self.max_lag_ms:
            return Gate.STOPPED
        if after and after[0][0] < self.now_ms + 1 - self.max_lag_ms:
            return Gate.STOPPED
        most = self.bandwidth * self.max_lag_ms
        if self.backlog > most:
            return Gate.STOPPED
        if rate <= self.bandwidth:
            return Gate.FREE
        is_full = self.slowed or (self.stopped and most - self.backlog < self.bandwidth)
        return Gate.SLOWED if is_full or self.backlog + rate - self.bandwidth > most else Gate.FREE

    def step(self, rate: int) -> tuple[Gate, int]:
        """One millisecond; gives the gate, and what was written."""
        gate = self.gate(rate) if self.writing else self.kept()
        taken = 0
        if self.writing:
            taken = {Gate.FREE: rate, Gate.SLOWED: min(rate, self.bandwidth), Gate.STOPPED: 0}[gate]
        if taken:
            self.waits.append([self.now_ms, taken, taken])
        self.waits = self.carry()
        self.backlog = sum(waiting for _, waiting, _ in self.waits)
        self.now_ms += 1
        self.slowed, self.stopped = gate is Gate.SLOWED, gate is Gate.STOPPED
        if self.writing and gate is not Gate.STOPPED:
            self.open_until_ms = self.now_ms
        return gate, taken

    def kept(self) -> Gate:
        """The gate stays as it is while writes do not go on."""
        return Gate.SLOWED if self.slowed else Gate.STOPPED if self.stopped else Gate.FREE


SPELLS = st.lists(
    st.tuples(st.integers(1, 25), st.booleans(), st.sampled_from((True, True, True, False))), max_size=8
)
RATES = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 5)), max_size=8)


def rate_of(rates: list[tuple[int, int]], at_ms: int) -> int:
    """The rate of a profile that ends in silence."""
    for lasts_ms, rate in rates:
        if at_ms < lasts_ms:
            return rate
        at_ms -= lasts_ms
    return 0


def writes_of(rates: list[tuple[int, int]]) -> Writes:
    """The same profile as the model takes it."""
    steps, at_ms = [], 0
    for lasts_ms, rate in rates:
        steps.append((at_ms, rate * PER_MS))
        at_ms += lasts_ms
    return Writes(0.0, (*steps, (at_ms, 0.0)))


@settings(max_examples=400)
@given(rates=RATES, spells=SPELLS, limits=st.tuples(st.integers(0, 4), st.integers(0, 15)))
def test_a_bounded_link_equals_a_queue_by_milliseconds(
    rates: list[tuple[int, int]], spells: list[tuple[int, bool, bool]], limits: tuple[int, int]
) -> None:
    """Gate, last sync, last commit and backlog in each ms; what would be lost is never too old; nothing goes astray."""
    bandwidth, max_lag_ms = limits
    writes = writes_of(rates)
    queue = Queue(bandwidth, max_lag_ms)
    flow = Flow.begun(Bound(writes, bandwidth * PER_MS, max_lag_ms), 0)
    queue.set(writing=True, runs=True)
    written, refused = 0, []
    for lasts_ms, runs, writing in [*spells, (END, True, True)]:
        flow = flow.set(writing=writing, runs=runs)
        queue.set(writing=writing, runs=runs)
        until_ms, change_ms = flow.at_ms + lasts_ms, flow.next_change_ms(flow.at_ms + lasts_ms)
        before = None
        for _ in range(lasts_ms):
            rate, now_ms = rate_of(rates, queue.now_ms), queue.now_ms
            at_once = flow.advanced(now_ms)
            assert at_once.last_sync_ms == queue.last_sync_ms()
            assert at_once.backlog == queue.backlog * WORK
            assert at_once.open_until_ms == queue.open_until_ms
            assert at_once.open_until_ms - at_once.last_sync_ms <= max_lag_ms
            assert at_once.carried_ms(now_ms) is None or queue.stands_ms is None
            gate, taken = queue.step(rate)
            assert at_once.next_gate is gate
            share = flow.bound.accepted_permille(gate, rate * WORK)
            assert at_once.accepted_permille == share
            if before is not None and before != (gate, share) and change_ms is not None:
                assert change_ms == now_ms
                change_ms = None
            before = before or (gate, share)
            if before == (gate, share) and change_ms is not None:
                assert now_ms < change_ms
            written += taken
            if writing and taken < rate:
                refused.append((now_ms, now_ms + 1, taken * WORK))
        flow = flow.advanced(until_ms)
    down_ms = [(at_ms, at_ms + 1, 0) for at_ms in range(flow.at_ms) if not _is_writing(spells, at_ms)]
    committed = Committed(writes, tuple(sorted(refused + down_ms)))
    assert committed.number(0, flow.at_ms) == written
    assert committed.work(0, flow.at_ms) == written * WORK


def _is_writing(spells: list[tuple[int, bool, bool]], at_ms: int) -> bool:
    for lasts_ms, _, writing in spells:
        if at_ms < lasts_ms:
            return writing
        at_ms -= lasts_ms
    return True
