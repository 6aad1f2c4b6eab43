"""The law of links and loss: closed forms that equal a simulation by milliseconds and the published theory."""

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bcdr_sim.draws import Draws, entity_key, member_keys
from bcdr_sim.replication import (
    Fluid,
    Intervals,
    Lag,
    Link,
    LogShipping,
    Loss,
    Synchronous,
    TraceLink,
    Writes,
    drained_at,
    loss,
    merged,
    stalled,
    stopped,
)

HOUR = 3_600_000
END = 60  # ms: how far the simulations by milliseconds go
STALLS = st.lists(st.tuples(st.integers(0, END), st.integers(0, END)), max_size=3).map(tuple)
PER_MS = 3_600_000.0  # a rate per hour of one write per millisecond


@st.composite
def log_links(draw: st.DrawFn) -> LogShipping:
    """Make a log link whose shipments travel at most 12 ms and sometimes fail."""
    shipments = draw(
        st.lists(st.tuples(st.integers(0, 15), st.sampled_from([True, True, False])), min_size=5, max_size=5)
    )
    return LogShipping(
        interval_ms=draw(st.integers(1, 9)),
        phase_ms=draw(st.integers(0, 8)),
        transfers=lambda number: shipments[number % 5],
        in_order=draw(st.booleans()),
        transfer_ms_max=12,
        since_ms=draw(st.integers(-20, 20)),
    )


@st.composite
def fluid_links(draw: st.DrawFn) -> Fluid:
    """Make a fluid link of up to two writes per ms against up to three."""
    rates = st.sampled_from([0.0, 0.5 * PER_MS, PER_MS, 3 * PER_MS])
    times = sorted(draw(st.sets(st.integers(0, 19), max_size=4)))
    steps = tuple((at_ms, draw(rates)) for at_ms in times)
    writes = Writes(draw(rates), steps, draw(st.sampled_from([None, 20, 21])))
    bandwidth = draw(st.sampled_from([0.25 * PER_MS, PER_MS, 2 * PER_MS]))
    until = draw(st.none() | st.integers(0, END))
    return Fluid(bandwidth, writes, since_ms=draw(st.integers(-30, 10)), until_ms=until)


@st.composite
def trace_links(draw: st.DrawFn) -> TraceLink:
    """Make a trace of a few rows."""
    instants = sorted(draw(st.sets(st.integers(0, END), min_size=1, max_size=6)))
    synced = sorted(draw(st.lists(st.integers(-5, END), min_size=len(instants), max_size=len(instants))))
    return TraceLink(tuple(zip(instants, map(min, synced, instants), strict=True)))


LINKS = st.one_of(
    st.just(Synchronous()), st.builds(Lag, st.integers(0, 20)), log_links(), fluid_links(), trace_links()
)


# ---- every kind of link


@settings(deadline=None, max_examples=300)
@given(link=LINKS, stalls=STALLS)
def test_last_sync_never_exceeds_now_and_never_goes_backwards(link: Link, stalls: Intervals) -> None:
    """With and without stalls, for every kind of link."""
    marks = [stalled(link, stalls, t) for t in range(-10, END)]
    assert marks == sorted(marks)
    assert all(mark <= t for t, mark in enumerate(marks, start=-10))


@settings(deadline=None, max_examples=300)
@given(link=LINKS, stalls=STALLS, more=STALLS)
def test_a_stalled_link_is_never_newer(link: Link, stalls: Intervals, more: Intervals) -> None:
    """More stalls never bring anything across sooner."""
    for t in range(END):
        assert stalled(link, (*stalls, *more), t) <= stalled(link, stalls, t) <= stalled(link, (), t)


@settings(deadline=None, max_examples=300)
@given(link=LINKS, stalls=STALLS, stop_ms=st.integers(0, 30), confirmation_ms=st.integers(0, 9))
def test_a_link_is_drained_when_its_mark_first_reaches_the_stop(
    *, link: Link, stalls: Intervals, stop_ms: int, confirmation_ms: int
) -> None:
    """The closed form finds what asking millisecond by millisecond finds."""
    ended, mark_ms = stopped(link, stop_ms), stop_ms + confirmation_ms
    found = drained_at(ended, mark_ms, stalls=stalls)
    reached = (t for t in range(mark_ms, 2000) if stalled(ended, stalls, t) >= mark_ms)
    assert found == next(reached, None)


@settings(deadline=None)
@given(link=LINKS, stalls=STALLS, t=st.integers(0, END))
def test_the_order_and_overlap_of_stalls_do_not_matter(link: Link, stalls: Intervals, t: int) -> None:
    """Stalls are a set of instants: only their union counts."""
    assert stalled(link, stalls, t) == stalled(link, tuple(reversed(merged(stalls))), t)


@given(intervals=STALLS)
def test_merging_keeps_the_union_and_leaves_gaps_between(intervals: Intervals) -> None:
    """The same instants, in order, with at least one instant between two intervals."""
    covered = {t for from_ms, to_ms in intervals for t in range(from_ms, to_ms)}
    joined = merged(intervals)
    assert {t for from_ms, to_ms in joined for t in range(from_ms, to_ms)} == covered
    assert all(earlier[1] < later[0] for earlier, later in pairwise(joined))
    assert all(from_ms < to_ms for from_ms, to_ms in joined)


# ---- each kind against its definition, by milliseconds


@settings(deadline=None, max_examples=300)
@given(link=log_links(), t=st.integers(-10, END))
def test_log_shipping_equals_its_definition(link: LogShipping, t: int) -> None:
    """The newest shipment of use, out of a list of all shipments."""
    arrivals = {}
    for number in range(-40, 80):
        left_ms = number * link.interval_ms + link.phase_ms
        travel_ms, succeeded = link.transfers(number)
        if succeeded and link.since_ms < left_ms <= t:
            arrivals[left_ms] = left_ms + min(travel_ms, 12)
    of_use = [
        left_ms
        for left_ms, arrival_ms in arrivals.items()
        if arrival_ms <= t and not (link.in_order and any(s < left_ms and arrivals[s] > t for s in arrivals))
    ]
    assert link.last_sync_ms(t) == max(of_use, default=min(t, link.since_ms))


@settings(deadline=None, max_examples=300)
@given(link=fluid_links(), stalls=STALLS)
def test_a_fluid_link_equals_a_queue_by_milliseconds(link: Fluid, stalls: Intervals) -> None:
    """In each ms the writes join the backlog and the bandwidth takes from it, in exact fractions."""
    written, backlog = [Fraction(0)], Fraction(0)
    for t in range(link.since_ms, END):
        writing = link.until_ms is None or t < link.until_ms
        rate = Fraction(_rate(link.writes, t)) if writing else Fraction(0)
        moved = 0 if any(a <= t < b for a, b in stalls) else Fraction(link.bandwidth_per_hour)
        written.append(written[-1] + rate)
        backlog = max(backlog + rate - moved, Fraction(0))
        there = written[-1] - backlog
        newest = max(s for s, amount in enumerate(written) if amount <= there) + link.since_ms
        assert link.last_sync_ms(t + 1, stalls) == newest


def _rate(writes: Writes, t: int) -> float:
    within = t if writes.period_ms is None else t % writes.period_ms
    return next((rate for at_ms, rate in reversed(writes.steps) if at_ms <= within), writes.rate_per_hour)


@settings(deadline=None)
@given(link=fluid_links(), stalls=STALLS, t=st.integers(0, 400))
def test_a_fluid_link_looks_back_far_enough(link: Fluid, stalls: Intervals, t: int) -> None:
    """The periods left out of the look back cannot matter: unrolled, the same writes give the same mark."""
    period_ms = link.writes.period_ms
    if period_ms is None:
        return
    whole = ((0, link.writes.rate_per_hour), *link.writes.steps)
    unrolled = {lap * period_ms + at_ms: rate for lap in range(-3, 30) for at_ms, rate in whole}
    longer = replace(link, writes=Writes(0.0, tuple(sorted(unrolled.items()))))
    assert link.last_sync_ms(t, stalls) == longer.last_sync_ms(t, stalls)


@given(link=trace_links(), t=st.integers(-10, END + 10))
def test_a_trace_holds_until_its_next_row(link: TraceLink, t: int) -> None:
    """The last row read, or the first one as far as it was written already."""
    read = [last_sync_ms for at_ms, last_sync_ms in link.rows if at_ms <= t]
    assert link.last_sync_ms(t) == (read[-1] if read else min(t, link.rows[0][1]))


def test_a_stalled_lag_stands_still_and_is_back_afterwards() -> None:
    """A lag knows no bandwidth: after the stall it is where it would have been."""
    marks = [stalled(Lag(3), ((10, 15), (15, 20)), t) for t in (9, 10, 15, 19, 20, 21)]
    assert marks == [6, 7, 7, 7, 17, 18]


def test_a_stalled_fluid_link_has_to_catch_up() -> None:
    """Ten ms stalled at one write per ms against two take ten ms more."""
    link = Fluid(2 * PER_MS, Writes(PER_MS))
    assert [link.last_sync_ms(t, ((10, 20),)) for t in (10, 15, 20, 25, 30, 31)] == [10, 10, 10, 20, 30, 31]
    assert drained_at(link, 20, stalls=((10, 20),)) == 25
    assert drained_at(link, 20, stalls=((10, 20), (22, 40))) == 43
    assert drained_at(link, 20, stalls=((10, 20), (25, 40))) == 25
    assert drained_at(link, 22, stalls=((10, 20),)) == 26


def test_a_late_shipment_holds_back_the_others_only_in_a_chain() -> None:
    """Shipment 1 travels 25 ms, the others one: in order nothing newer is of use until it is there."""
    chain = LogShipping(10, 0, lambda number: (25 if number == 1 else 1, True), True, 25)
    free = replace(chain, in_order=False)
    assert [chain.last_sync_ms(t) for t in (9, 11, 21, 34, 35, 41)] == [0, 0, 0, 0, 30, 40]
    assert [free.last_sync_ms(t) for t in (9, 11, 21, 34, 35, 41)] == [0, 0, 20, 30, 30, 40]
    assert drained_at(chain, 10) == drained_at(chain, 15) == 35
    assert (drained_at(free, 10), drained_at(free, 15)) == (21, 21)


def test_the_next_success_carries_what_failed() -> None:
    """A failed shipment is missed until the next one arrives, in order or not."""
    for in_order in (True, False):
        link = LogShipping(10, 0, lambda number: (2, number != 2), in_order, 2)
        assert [link.last_sync_ms(t) for t in (21, 22, 31, 32)] == [10, 10, 10, 30]
        assert drained_at(link, 15) == 32


def test_a_link_that_never_delivers_is_never_drained() -> None:
    """Every shipment lost, no bandwidth, a trace that ends: None, and the mark stays where it was."""
    lost = LogShipping(10, 0, lambda _: (0, False), True, 0, since_ms=5)
    dry = Fluid(0.0, Writes(PER_MS))
    assert (lost.last_sync_ms(1000), drained_at(lost, 6)) == (5, None)
    assert (dry.last_sync_ms(1000), drained_at(dry, 6)) == (0, None)
    assert drained_at(TraceLink(((10, 5),)), 6) is None
    assert drained_at(lost, 5) == 5
    assert drained_at(Fluid(0.0, Writes(0.0)), 6) == 6, "with nothing to move, nothing has to be moved"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LogShipping(0, 0, lambda _: (0, True), True, 0),
            "an interval must be longer than 0 ms, not 0",
        ),
        (lambda: TraceLink(()), "a trace has at least one row"),
        (lambda: TraceLink(((5, 6),)), "a last sync cannot be later than its row"),
        (lambda: TraceLink(((5, 4), (7, 8))), "a last sync cannot be later than its row"),
        (
            lambda: TraceLink(((5, 4), (9, 3))),
            "after the row at 5 ms, rows must rise and last sync must not fall",
        ),
        (lambda: TraceLink(((5, 4), (5, 4))), "after the row at 5 ms"),
    ],
)
def test_links_that_make_no_sense_are_refused(make: Callable[[], Link], message: str) -> None:
    """No interval, no rows, rows out of order."""
    with pytest.raises(ValueError, match=message):
        make()


# ---- loss


def test_loss_is_age_writing_time_and_number_of_writes() -> None:
    """Office hours end at 18:00: at 20:00 a copy of 17:30 has an age of 2.5 h and lacks half an hour of writes."""
    writes = Writes(0.0, ((8 * HOUR, 60.0), (18 * HOUR, 0.0)), 24 * HOUR)
    lost = loss(17 * HOUR + HOUR // 2, 20 * HOUR, writes)
    assert lost == Loss(age_ms=2 * HOUR + HOUR // 2, writing_ms=HOUR // 2, writes=30)
    assert not lost.is_zero


def test_an_idle_environment_loses_nothing_whatever_the_lag() -> None:
    """Zero data loss is a number of writes, not an age."""
    lost = loss(0, 9 * HOUR, Writes(0.0))
    assert lost == Loss(age_ms=9 * HOUR, writing_ms=0, writes=0)
    assert lost.is_zero


def test_a_copy_newer_than_the_stop_loses_nothing() -> None:
    """A mark past the last write has no negative age."""
    assert loss(10, 10, Writes(PER_MS)) == loss(11, 10, Writes(PER_MS)) == Loss(0, 0, 0)


@settings(deadline=None)
@given(
    link=LINKS, t=st.integers(0, END), confirmation_ms=st.integers(0, 20), rate=st.sampled_from([0.0, PER_MS])
)
def test_known_loss_is_never_less_than_true_loss(
    *, link: Link, t: int, confirmation_ms: int, rate: float
) -> None:
    """The mark that the operator knows is older, so it shows at least as much missing; strictly while writing."""
    mark, writes = link.last_sync_ms(t), Writes(rate)
    true, known = loss(mark, t, writes), loss(mark - confirmation_ms, t, writes)
    assert known.age_ms >= true.age_ms
    assert known.writing_ms >= true.writing_ms
    assert known.writes >= true.writes
    assert (known.writes > true.writes) == (confirmation_ms > 0 and rate > 0)


@settings(deadline=None)
@given(link=LINKS, stalls=STALLS, stop_ms=st.integers(0, 30))
def test_after_draining_nothing_is_lost(link: Link, stalls: Intervals, stop_ms: int) -> None:
    """From the drained instant on, the loss of writes made before the stop is zero."""
    drained_ms = drained_at(link, stop_ms, stalls=stalls)
    if drained_ms is not None:
        mark = stalled(stopped(link, stop_ms), stalls, drained_ms)
        assert loss(mark, stop_ms, Writes(PER_MS)).is_zero


# ---- theory, in hours. A fleet of independent environments looked at once, late. z is below 4.5: two-sided 7e-6.


COUNT = 4000
LATE = 500 * HOUR
KEYS = member_keys(entity_key("fleet"), COUNT)
DRAWS = Draws(seed=20, replication=0)


def _uniforms(purpose: str, ordinal: int = 0) -> NDArray[np.float64]:
    return DRAWS.uniforms(purpose, KEYS, ordinal)


def _exponentials(purpose: str, mean_hours: float, count: int) -> NDArray[np.int64]:
    """Draw `count` durations in ms for each of the fleet: one row each."""
    columns = [-np.log1p(-_uniforms(purpose, ordinal)) * mean_hours * HOUR for ordinal in range(count)]
    return np.rint(np.column_stack(columns)).astype(np.int64)


def _agree(sample: list[float] | NDArray[np.float64] | NDArray[np.bool_], exact: float) -> None:
    values = np.asarray(sample, dtype=np.float64)
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - exact) < 4.5 * error, (values.mean(), exact, error)


def _ages(links: Iterator[Link]) -> NDArray[np.float64]:
    return np.array([LATE - link.last_sync_ms(LATE) for link in links]) / HOUR


@pytest.mark.parametrize("in_order", [True, False])
def test_c04_age_of_log_shipping_is_uniform(in_order: bool) -> None:
    """Interval T and transfer d > T, phase drawn: uniform on [d, d + T]."""
    interval, transfer = 15, 22
    phases = (_uniforms("phase") * interval * HOUR).astype(np.int64).tolist()
    travel = transfer * HOUR
    ages = _ages(LogShipping(interval * HOUR, p, lambda _: (travel, True), in_order, travel) for p in phases)
    _agree(ages, 29.5)
    _agree((ages - 29.5) ** 2, 18.75)
    _agree(ages > 30, (transfer + interval - 30) / interval)


@pytest.mark.parametrize("in_order", [True, False])
def test_c05_failed_shipments_are_skipped(in_order: bool) -> None:
    """Each shipment succeeds with probability q: mean T/2 + T(1-q)/q, P(age > mT) = (1-q)^m."""
    interval, success = 24, 0.8
    phases = (_uniforms("phase") * interval * HOUR).astype(np.int64).tolist()

    def transfers(key: int) -> Callable[[int], tuple[int, bool]]:
        return lambda number: (0, DRAWS.uniform("failure", key, number) < success)

    ages = _ages(
        LogShipping(interval * HOUR, phase, transfers(key), in_order, 0)
        for phase, key in zip(phases, KEYS.tolist(), strict=True)
    )
    _agree(ages, interval / 2 + interval * (1 - success) / success)
    _agree(ages > 2 * interval, (1 - success) ** 2)


@pytest.mark.parametrize(("in_order", "exact"), [(False, 8.13801), (True, 14.5433)])
def test_c06_overtaking_and_chained_shipments(in_order: bool, exact: float) -> None:
    """Transfers Exp(e): shipments that overtake are 79 % fresher than a chain that waits for each link."""
    interval, mean = 5, 8.0
    phases = (_uniforms("phase") * interval * HOUR).astype(np.int64).tolist()

    def transfers(key: int) -> Callable[[int], tuple[int, bool]]:
        return lambda number: (
            round(-math.log1p(-DRAWS.uniform("transfer", key, number)) * mean * HOUR),
            True,
        )

    longest = round(mean * math.log(1e6) * HOUR)
    ages = _ages(
        LogShipping(interval * HOUR, phase, transfers(key), in_order, longest)
        for phase, key in zip(phases, KEYS.tolist(), strict=True)
    )
    _agree(ages, exact)


def _deliveries(
    arrival_rate: float, service_rate: float, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Send a Poisson stream through one FIFO channel with exponential service: (made, delivered), one row each."""
    made = np.cumsum(_exponentials("made", 1 / arrival_rate, count), axis=1)
    served = _exponentials("served", 1 / service_rate, count)
    delivered = np.empty_like(made)
    free = np.zeros(COUNT, dtype=np.int64)
    for column in range(count):
        free = np.maximum(made[:, column], free) + served[:, column]
        delivered[:, column] = free
    return made, delivered


def _rows(delivered: NDArray[np.int64], marks: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    # Of several deliveries in one millisecond the last one counts.
    return tuple(sorted(dict(zip(delivered.tolist(), marks.tolist(), strict=True)).items()))


def test_c07_age_of_information_through_a_trace() -> None:
    """Updates of a M/M/1 channel: mean age (1/b)(1 + 1/p + p^2/(1-p))."""
    made, delivered = _deliveries(0.5, 1.0, 100)
    late = 100 * HOUR
    links = [TraceLink(_rows(*each)) for each in zip(delivered, made, strict=True)]
    _agree([(late - link.last_sync_ms(late)) / HOUR for link in links], 3.5)


def test_c08_a_burst_through_a_fluid_link_exactly() -> None:
    """Writes at w > b for B hours, then w0 < b: backlog, ages and the end of it, to the millisecond."""
    link = Fluid(20.0, Writes(30.0, ((2 * HOUR, 10.0),)))
    age = {hours: hours * HOUR - link.last_sync_ms(round(hours * HOUR)) for hours in (0, 2, 3, 4, 5)}
    writes = link.writes
    assert writes.number(link.last_sync_ms(2 * HOUR), 2 * HOUR) == 20
    assert abs(age[2] - 2 * HOUR * (1 - 20 / 30)) <= 1
    assert age[3] == HOUR == max(t - link.last_sync_ms(t) for t in range(0, 5 * HOUR, 1000))
    assert (age[0], age[4], age[5]) == (0, 0, 0)
    assert link.last_sync_ms(4 * HOUR - 1) < 4 * HOUR - 1
    assert drained_at(link, 2 * HOUR) == 3 * HOUR


def test_c09_backlog_of_writes_that_come_and_go() -> None:
    """Writes ON for Exp(f) and OFF for Exp(o): P(backlog > x) = (pw/b)exp(-xh), and automatic failover without."""
    on_rate, off_rate, write_rate, bandwidth, late = 1.0, 0.5, 2.0, 1.0, 120 * HOUR
    pauses, bursts = _exponentials("off", 1 / off_rate, 70), _exponentials("on", 1 / on_rate, 70)
    gone, free = [], []
    for off, on in zip(pauses.tolist(), bursts.tolist(), strict=True):
        instant, steps = 0, {}
        for pause, burst in zip(off, on, strict=True):
            steps[instant + pause], steps[instant + pause + burst] = write_rate, 0.0
            instant += pause + burst
        link = Fluid(bandwidth, Writes(0.0, tuple(sorted(steps.items()))))
        gone.append(link.backlog(late) > 2 * 3_600_000 * 1_000_000)
        free.append(loss(link.last_sync_ms(late), late, link.writes).is_zero)
    _agree(np.array(gone), 0.245253)
    _agree(np.array(free), 1 / 3)


def test_c28_chance_that_no_batch_is_lost() -> None:
    """Batches through a FIFO channel: P(nothing lost) = 1 - p, and the first lost write has the age of the work."""
    made, delivered = _deliveries(0.3, 1.0, 80)
    late = 100 * HOUR
    zero, old = [], []
    for instants, arrivals in zip(made, delivered, strict=True):
        link, writes = TraceLink(_rows(arrivals, instants + 1)), Writes.batches(instants.tolist())
        mark = link.last_sync_ms(late)
        first = writes.first_write_at_or_after(mark)
        zero.append(loss(mark, late, writes).is_zero)
        old.append(first is not None and late - first > 1.5 * HOUR)
        assert zero[-1] == (first is None or first >= late)
    _agree(np.array(zero), 0.7)
    _agree(np.array(old), 0.3 * math.exp(-0.7 * 1.5))


@pytest.mark.parametrize(("period", "delay", "worst"), [(24, 2 + 6, 32), (168, 2 + 6 + 12 + 36, 224)])
def test_c31_a_chain_of_aligned_copies_is_one_link(period: int, delay: int, worst: int) -> None:
    """Worst age sum(h + p) + A, mean worst - A/2: daily backups, then a weekly vault of them."""
    phases = (_uniforms("phase") * period * HOUR).astype(np.int64).tolist()
    travel = delay * HOUR
    ages = _ages(LogShipping(period * HOUR, p, lambda _: (travel, True), True, travel) for p in phases)
    _agree(ages, worst - period / 2)
    assert ages.max() <= worst


def test_links_and_loss_need_the_standard_library_only() -> None:
    """The module and everything it imports of the product know no third-party library."""
    code = (
        "import sys; import bcdr_sim; before = set(sys.modules)\n"
        "import bcdr_sim.replication\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before} - {'bcdr_sim'}\n"
        "sys.exit(bool(new - set(sys.stdlib_module_names)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
