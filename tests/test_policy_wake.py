"""Derived wake-ups: exactly the next instant at which time alone changes what some rule compares."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.policy import load_policy
from bcdr_sim.policy.atom import Atom, Op
from bcdr_sim.policy.axes import DAY_MINUTES, TOP, WEEKDAYS
from bcdr_sim.policy.calendar import LocalClock
from bcdr_sim.policy.compile import Row
from bcdr_sim.policy.decision import Action, Decision, Reason
from bcdr_sim.policy.observation import (
    HOUR_MS,
    MINUTE_MS,
    Observation,
    Value,
    at_secondary,
    calm,
    regional_outage,
)
from bcdr_sim.policy.wake import WakeUps

HOLD = Decision(Action.HOLD, Reason.HOLD_DOWN, "rule")
BERLIN = ZoneInfo("Europe/Berlin")
GROWING = ("outage_age", "since_confirmed", "healthy_for", "since_last_move")
OPS: tuple[Op, ...] = ("eq", "ne", "lt", "le", "gt", "ge", "in", "not_in")
HORIZON = 12

durations = st.integers(0, 8)


@st.composite
def clock_atoms(draw: st.DrawFn) -> Atom:
    """A comparison of a moving duration with a literal of a few milliseconds."""
    axis, op = draw(st.sampled_from([*GROWING, "eta_remaining"])), draw(st.sampled_from(OPS))
    if op not in ("in", "not_in"):
        return Atom(axis, op, draw(durations))
    return Atom(axis, op, tuple(draw(st.lists(durations, min_size=1, max_size=3, unique=True))))


moments = st.builds(
    regional_outage,
    service=st.sampled_from(["up", "down"]),
    outage_age=durations,
    impact_confirmed=st.booleans(),
    since_confirmed=durations,
    target_state=st.sampled_from(["healthy", "down"]),
    healthy_for=durations,
    since_last_move=st.one_of(durations, st.just(TOP)),
    eta_remaining=st.one_of(durations, st.just(TOP)),
)


def consistent(observation: Observation) -> Observation:
    """Let a clock that has not started stand at zero, as the engine keeps it."""
    if observation.service == "up":
        observation.outage_age = 0
    if not observation.impact_confirmed:
        observation.since_confirmed = 0
    if observation.target_state != "healthy":
        observation.healthy_for = 0
    return observation


def later(observation: Observation, delay_ms: int) -> Observation:
    """Return what is observed after a while in which nothing but time happened."""
    grown: dict[str, int] = {}
    if observation.service != "up":
        grown["outage_age"] = observation.outage_age + delay_ms
    if observation.impact_confirmed:
        grown["since_confirmed"] = observation.since_confirmed + delay_ms
    if observation.target_state == "healthy":
        grown["healthy_for"] = observation.healthy_for + delay_ms
    if observation.since_last_move != TOP:
        grown["since_last_move"] = observation.since_last_move + delay_ms
    if observation.eta_remaining != TOP:
        grown["eta_remaining"] = max(observation.eta_remaining - delay_ms, 0)
    return replace(observation, **grown)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=400)
@given(st.lists(clock_atoms(), min_size=1, max_size=6), moments)
def test_a_wake_up_is_the_first_instant_at_which_a_comparison_changes(
    atoms: list[Atom], observation: Observation
) -> None:
    """Against walking forward millisecond by millisecond: never late, never early, never forgotten."""
    observation = consistent(observation)
    now = [atom.holds(observation) for atom in atoms]
    walked = next(
        (
            delay
            for delay in range(1, HORIZON)
            if [atom.holds(later(observation, delay)) for atom in atoms] != now
        ),
        None,
    )
    rows = [Row((atom,), HOLD) for atom in atoms]
    found = WakeUps.of(rows).next_ms(observation)
    # equality that holds at two neighbouring literals changes nothing in between: waking there is harmless
    assert found == walked or (
        found is not None and (walked is None or found < walked) and any_equality(atoms)
    )


def any_equality(atoms: list[Atom]) -> bool:
    """Whether a list or an inequality could hide a change of one literal behind another."""
    return any(atom.op in ("in", "not_in") for atom in atoms)


def wake(observation: Observation, *atoms: tuple[str, Op, Value | tuple[Value, ...]]) -> int | None:
    """Return the wake-up of a table with one row for each atom."""
    return WakeUps.of([Row((Atom(*atom),), HOLD) for atom in atoms]).next_ms(observation)


def test_a_threshold_is_met_to_the_millisecond() -> None:
    """`ge` holds from the literal on, `gt` from one millisecond later."""
    young = regional_outage(outage_age=10)
    assert wake(young, ("outage_age", "ge", 60)) == 50
    assert wake(young, ("outage_age", "gt", 60)) == 51
    assert wake(young, ("outage_age", "eq", 10)) == 1
    assert wake(regional_outage(outage_age=60), ("outage_age", "ge", 60)) is None


def test_an_estimate_runs_down_and_stops_at_zero() -> None:
    """`lt` holds one millisecond after the literal; an overdue or unknown estimate no longer moves."""
    assert wake(regional_outage(eta_remaining=100), ("eta_remaining", "le", 60)) == 40
    assert wake(regional_outage(eta_remaining=100), ("eta_remaining", "lt", 60)) == 41
    assert wake(regional_outage(eta_remaining=100), ("eta_remaining", "eq", 0)) == 100
    assert wake(regional_outage(eta_remaining=0), ("eta_remaining", "le", 60)) is None
    assert wake(regional_outage(eta_remaining=TOP), ("eta_remaining", "le", 60)) is None


def test_a_clock_that_has_not_started_wakes_nobody() -> None:
    """Before detection, before confirmation, with a sick target, without a move: time changes nothing."""
    assert wake(calm(), ("outage_age", "ge", 60)) is None
    assert wake(regional_outage(outage_scope="none", outage_age=0), ("outage_age", "ge", 60)) is None
    assert wake(calm(), ("since_confirmed", "ge", 60)) is None
    assert wake(calm(target_state="down", healthy_for=0), ("healthy_for", "ge", 60)) is None
    assert wake(calm(), ("since_last_move", "ge", 60)) is None


def test_a_stopped_clock_wakes_nobody() -> None:
    """Facts kept as they were at the slot do not grow, whatever their value."""
    wakes = WakeUps.of([Row((Atom("outage_age", "ge", HOUR_MS),), HOLD)])
    young = regional_outage(outage_age=0)
    assert wakes.next_ms(young) == HOUR_MS
    assert wakes.next_ms(young, stopped=frozenset({"outage_age"})) is None


def test_the_seed_wakes_for_its_parameters_alone() -> None:
    """One hour after a move, four hours after the primary's return, and at the hold-down if there is one."""
    seed = load_policy("seed")
    home = at_secondary(since_last_move=10 * MINUTE_MS, moves_24h=1, healthy_for=5 * MINUTE_MS)
    assert seed.next_wake_ms(home) == 50 * MINUTE_MS
    home = at_secondary(since_last_move=2 * HOUR_MS, moves_24h=1, healthy_for=HOUR_MS)
    assert seed.next_wake_ms(home) == 3 * HOUR_MS
    assert seed.next_wake_ms(regional_outage()) is None
    patient = load_policy("seed", {"hold_down": "3h"})
    assert patient.next_wake_ms(regional_outage(outage_age=HOUR_MS, healthy_for=TOP - 1)) == 2 * HOUR_MS


CLOCKS = [
    LocalClock(datetime(2024, 11, 1, 6, 30, tzinfo=UTC), UTC),
    LocalClock(datetime(2024, 3, 30, 6, 30, 15, 250_000, tzinfo=UTC), BERLIN),
    LocalClock(datetime(2024, 10, 26, 6, 30, tzinfo=UTC), BERLIN),
]


@st.composite
def calendar_atoms(draw: st.DrawFn) -> Atom:
    """A comparison with the time of day or the weekday."""
    if draw(st.booleans()):
        return Atom("weekday", draw(st.sampled_from(("eq", "ne"))), draw(st.sampled_from(WEEKDAYS)))
    minutes = draw(
        st.lists(st.sampled_from([0, 90, 150, 270, 1350, 1439]), min_size=2, max_size=2, unique=True)
    )
    if draw(st.booleans()):
        return Atom("time_of_day", "between", tuple(minutes))
    return Atom("time_of_day", draw(st.sampled_from(OPS[:6])), minutes[0])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(calendar_atoms(), min_size=1, max_size=3),
    st.sampled_from(CLOCKS),
    st.integers(0, 2 * 24 * HOUR_MS),
)
def test_a_calendar_wake_up_is_never_late(atoms: list[Atom], clock: LocalClock, now_ms: int) -> None:
    """Against walking forward minute by minute, through the changes of the clocks in spring and autumn."""

    def truth(at_ms: int) -> list[bool]:
        observation = calm(time_of_day=clock.time_of_day(at_ms), weekday=clock.weekday(at_ms))
        return [atom.holds(observation) for atom in atoms]

    delay_ms = WakeUps.of([Row((atom,), HOLD) for atom in atoms]).next_ms(calm(), now_ms=now_ms, clock=clock)
    assert delay_ms is not None
    assert 0 < delay_ms <= DAY_MINUTES * MINUTE_MS + HOUR_MS
    minutes = range(now_ms + MINUTE_MS, now_ms + delay_ms, MINUTE_MS)
    assert all(truth(at_ms) == truth(now_ms) for at_ms in [*minutes, now_ms + delay_ms - 1])


def test_the_wall_clock_follows_its_zone() -> None:
    """In Berlin the night of 31 March 2024 has no half past two, that of 27 October has it twice."""
    spring, autumn = CLOCKS[1], CLOCKS[2]
    midnight_ms = 16 * HOUR_MS + 29 * MINUTE_MS + 44_750
    assert (spring.time_of_day(midnight_ms), spring.weekday(midnight_ms)) == (0, "sunday")
    assert spring.time_of_day(midnight_ms + 2 * HOUR_MS) == 180
    assert spring.until_next([150], now_ms=midnight_ms) == 2 * HOUR_MS
    midnight_ms = 15 * HOUR_MS + 30 * MINUTE_MS
    assert (autumn.time_of_day(midnight_ms), autumn.weekday(midnight_ms)) == (0, "sunday")
    assert autumn.time_of_day(midnight_ms + 3 * HOUR_MS) == 120
    assert autumn.until_next([150], now_ms=midnight_ms) == 2 * HOUR_MS + 30 * MINUTE_MS


def test_a_policy_that_reads_the_calendar_needs_a_start() -> None:
    """Without the scenario's start nobody knows the time of day; the answer is an error, not a guess."""
    wakes = WakeUps.of([Row((Atom("weekday", "eq", "sunday"),), HOLD)])
    assert wakes.needs_calendar
    with pytest.raises(ValueError, match="needs a start"):
        wakes.next_ms(calm())
    with pytest.raises(ValueError, match="time zone"):
        LocalClock(datetime(2024, 11, 1), UTC)  # noqa: DTZ001


@pytest.mark.parametrize("op", ["eq", "ne", "in", "not_in"])
def test_a_single_minute_of_the_day_begins_and_ends(op: Op) -> None:
    """What holds, or does not, at one minute alone changes as it begins and as it is over."""
    nine = 9 * 60
    literal = (nine,) if op in ("in", "not_in") else nine
    wake_ups = WakeUps.of([Row((Atom("time_of_day", op, literal),), HOLD)])
    clock = LocalClock(datetime(2024, 11, 1, tzinfo=UTC), UTC)
    for now_ms, next_ms in (
        (0, nine),
        (nine * MINUTE_MS + 30_000, nine + 1),
        (600 * MINUTE_MS, nine + 24 * 60),
    ):
        assert wake_ups.next_ms(calm(), now_ms=now_ms, clock=clock) == next_ms * MINUTE_MS - now_ms


def test_a_wake_up_is_exact_to_the_millisecond() -> None:
    """From any fraction of a second."""
    clock = LocalClock(datetime(2024, 11, 1, tzinfo=UTC), UTC)
    for fraction_ms in (0, 1, 500, 998, 999):
        assert clock.until_next([1], now_ms=30_000 + fraction_ms) == 30_000 - fraction_ms
