"""Relations of more and less: what shorter, faster, later or further behind can and cannot do, in one outage.

They hold for one outage in which moves are aborted when the region returns, and nobody comes home before it is over. What
else each asks for stands in its sentence; beyond that `false_claims.py` has the worlds in which it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bcdr_sim.metrics.accounts import Account
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.units import format_duration, parse_duration
from oracle.scenarios import Plain
from relation_worlds import (
    ANY,
    ANY_POLICY,
    SEED,
    STEADY,
    Played,
    narrowed,
    one_outage,
    played,
    shortened,
    tried,
    without_alarms,
    without_data_kinds,
    without_limits,
    without_plans,
)

SHARES = st.sampled_from((0.1, 0.25, 0.5, 0.75))


def down_ms(plain: Plain, policy: str) -> dict[str, int]:
    """The recovery time of each environment, cut at the horizon; 0 without an incident."""
    world = played(plain, policy)
    assert "failback_completed" not in _before_the_end(world)
    return world.booked_ms(Account.DOWN)


def _before_the_end(world: Played) -> set[str]:
    (outage,) = world.trial.outages
    return {row[2] for row in world.rows if row[0] < outage.end_ms}


def nobody_grows(now: Mapping[str, int], was: Mapping[str, int]) -> None:
    """Fail with those whose recovery time is longer than it was."""
    assert {name: (was[name], now[name]) for name in was if now[name] > was[name]} == {}


def alone(worlds: Any) -> Any:
    """The same without slots to wait for."""
    return narrowed(worlds, without_limits)


@given(plain=one_outage(), policy=st.sampled_from(STEADY), more=st.integers(1, 3))
@tried
def test_more_slots_lengthen_no_recovery(plain: Plain, policy: str, more: int) -> None:
    """Relation 23: first come, first served, and what a move takes does not depend on how many there are."""
    wide = deepcopy(plain)
    slots = plain["provider"]["failover"]["slots"]
    wide["provider"]["failover"]["slots"] = None if slots is None or more == 3 else slots + more
    nobody_grows(down_ms(wide, policy), down_ms(plain, policy))


@given(plain=one_outage(), policy=st.sampled_from(STEADY), share=SHARES)
@tried
def test_a_shorter_run_lengthens_no_recovery(plain: Plain, policy: str, share: float) -> None:
    """Relation 24: of everybody alike, however few slots there are."""
    quick = deepcopy(plain)
    quick["provider"]["failover"]["run"] = shortened(plain["provider"]["failover"]["run"], share)
    nobody_grows(down_ms(quick, policy), down_ms(plain, policy))


@given(plain=alone(one_outage()), policy=st.sampled_from(STEADY), share=SHARES)
@tried
def test_a_shorter_detection_lengthens_no_recovery(plain: Plain, policy: str, share: float) -> None:
    """Relation 25: with slots for all, and a policy that no estimate can hold back."""
    quick = deepcopy(plain)
    detection = quick["outages"][0]["detection"]
    for key in detection:
        detection[key] = shortened(detection[key], share)
    nobody_grows(down_ms(quick, policy), down_ms(plain, policy))


@given(plain=one_outage(), share=SHARES)
@tried
def test_a_shorter_detection_lengthens_no_recovery_where_nobody_is_asked(plain: Plain, share: float) -> None:
    """Relation 25: however few slots there are, if all join the queue as they are detected."""
    quick = deepcopy(plain)
    detection = quick["outages"][0]["detection"]
    for key in detection:
        detection[key] = shortened(detection[key], share)
    nobody_grows(down_ms(quick, "auto"), down_ms(plain, "auto"))


def agreeing(plain: Plain) -> None:
    """Whoever answers agrees."""
    for customer in plain["customers"].values():
        customer["accepts_loss_up_to"] = "365d"
        customer.pop("on_silence", None)
        for delegate in customer.get("escalation", []):
            delegate["accepts_loss_up_to"] = "365d"


def deciding_sooner(plain: Plain, share: float) -> Plain:
    """Customers and delegates who think for a share of the time."""
    quick = deepcopy(plain)
    for customer in quick["customers"].values():
        for person in (customer, *customer.get("escalation", [])):
            person["decision"] = shortened(person["decision"], share)
    return quick


@given(plain=narrowed(one_outage(), without_limits, agreeing), policy=st.sampled_from(SEED), share=SHARES)
@tried
def test_a_faster_consent_lengthens_no_recovery(plain: Plain, policy: str, share: float) -> None:
    """Relation 26: of whoever agrees, with slots for all. A faster refusal comes before the consent of a delegate."""
    nobody_grows(down_ms(deciding_sooner(plain, share), policy), down_ms(plain, policy))


@given(plain=one_outage(kinds=("hard", "unreachable", "gray")), policy=ANY_POLICY)
@tried
def test_nobody_is_down_for_longer_than_the_recovery_in_place(plain: Plain, policy: str) -> None:
    """Relation 27: whatever the policy, whoever waits for whom; of an outage that leaves nothing."""
    world = played(plain, policy)
    (outage,) = world.trial.outages
    for name, length_ms in world.booked_ms(Account.DOWN).items():
        assert length_ms <= outage.end_ms - outage.at_ms, name


@given(plain=alone(one_outage()), policy=st.sampled_from(STEADY))
@tried
def test_recovery_is_in_place_or_when_ready_and_run_whichever_is_first(plain: Plain, policy: str) -> None:
    """Relation 27: with slots for all; the stages are drawn here once more, by their addresses."""
    world = played(plain, policy)
    trial, (outage,) = world.trial, world.trial.outages
    failover = trial.scenario.provider.failover
    lengths_ms = world.booked_ms(Account.DOWN)
    stages = {
        "validate": failover.validate_,
        "prepare": failover.prepare,
        "run": failover.run,
        "finalize": failover.finalize,
    }
    for row, name in enumerate(trial.estate.names):
        lost = [each[0] for each in world.of(name) if each[2] == "service_lost"]
        slots = [each[0] for each in world.of(name) if each[2] == "slot_obtained"]
        if not lost:
            continue
        done_ms = outage.end_ms
        if slots and slots[0] < outage.end_ms:
            run_ms = sum(
                trial.of_row(f"provider.failover.{stage}", length, row, occasion=outage.id)
                for stage, length in stages.items()
            )
            done_ms = min(done_ms, slots[0] + run_ms)
        assert lengths_ms[name] == done_ms - lost[0]


@given(
    plain=one_outage(),
    policy=st.sampled_from(STEADY),
    number=st.integers(2, 6),
    names=st.permutations("abcdef"),
)
@tried
def test_names_of_equals_permuted_permute_their_recoveries(
    *, plain: Plain, policy: str, number: int, names: list[str]
) -> None:
    """Relation 28: equal in all but the name, with nothing left to chance; first come, first served is by name."""
    fixed = _without_chance(plain)
    fixed["outages"][0].pop("scope", None)
    entry = {"region": "a", "target": "b"}
    first, second = (
        fixed | {"environments": [entry | {"name": name} for name in order[:number]]}
        for order in ("abcdef", names)
    )
    assert sorted(down_ms(first, policy).values()) == sorted(down_ms(second, policy).values())


def _without_chance(given: Any) -> Any:
    """The first of the durations that may be drawn, certain hits and answers, and nobody who polls."""
    if isinstance(given, list):
        return [_without_chance(each) for each in given]
    if not isinstance(given, dict):
        return given
    if "uniform" in given:
        return given["uniform"]["high"]
    for kind in ("empirical", "trace"):
        if isinstance(given.get(kind), list):
            return given[kind][0]
    beside = ("answers_share", "dashboard_every")
    found = {key: _without_chance(value) for key, value in given.items() if key not in beside}
    if isinstance(found.get("accepts_loss_up_to"), list):
        found["accepts_loss_up_to"] = "5m"
    return found | ({"dashboard_every": None} if "dashboard_every" in given else {})


@given(
    plain=one_outage(),
    policy=ANY_POLICY,
    ends=st.sampled_from(("abort", "commit")),
    extra=st.sampled_from((1, 30, 300)),
)
@tried
def test_a_longer_outage_shortens_no_recovery(*, plain: Plain, policy: str, ends: str, extra: int) -> None:
    """Relation 29: whoever waits for whom, aborted or committed, whatever the policy; of one outage."""
    plain["provider"]["on_recovery"] = ends
    longer = deepcopy(plain)
    lasts_ms = parse_duration(plain["outages"][0]["lasts"])
    longer["outages"][0]["lasts"] = format_duration(lasts_ms + extra * 60_000)
    nobody_grows(
        played(plain, policy).booked_ms(Account.DOWN), played(longer, policy).booked_ms(Account.DOWN)
    )


def realised_ms(world: Played) -> dict[str, int]:
    """What the moves of each environment lost, by age."""
    found = dict.fromkeys(world.names, 0)
    for row in world.rows:
        if row[2] == "loss_realised" and row[1] is not None:
            found[row[1]] += row[7]
    return found


@given(
    plain=narrowed(one_outage(), without_limits, agreeing),
    policy=st.sampled_from(SEED),
    share=SHARES,
    ends=st.sampled_from(("abort", "commit")),
)
@tried
def test_a_later_consent_raises_no_loss(*, plain: Plain, policy: str, share: float, ends: str) -> None:
    """Relation 29: aborted or committed, where nothing is written once service is lost."""
    plain["provider"]["on_recovery"] = ends
    sooner = played(deciding_sooner(plain, share), policy)
    nobody_grows(realised_ms(played(plain, policy)), realised_ms(sooner))


def further_behind(plain: Plain, minutes: int) -> Plain:
    """The same copies so many minutes further behind."""
    behind = deepcopy(plain)
    behind["link"]["lag"] = _later(plain["link"]["lag"], minutes)
    return behind


def _later(given: Any, minutes: int) -> Any:
    if isinstance(given, str):
        return format_duration(parse_duration(given) + minutes * 60_000)
    if isinstance(given, list):
        return [_later(each, minutes) for each in given]
    return {key: _later(value, minutes) for key, value in given.items()}


def potential_ms(world: Played) -> dict[str, int]:
    """The age of the copy of each environment as each outage takes its service."""
    return {
        f"{row[1]} in {row[4]}": row[0] - row[7]
        for row in world.rows
        if row[2] == "service_lost" and row[7] != UNBOUNDED
    }


def lagging(plain: Plain) -> None:
    """Every copy is some time behind, and what is recovered does not depend on what it holds."""
    if plain["link"]["kind"] != "lag":
        plain["link"] = {"kind": "lag", "lag": {"empirical": ["0m", "5m", "20m"]}}
    plain["link"].pop("points", None)
    for place in (*plain["regions"], *plain["environments"]):
        place.pop("link", None)


LAGGING = narrowed(ANY, lagging, without_plans, without_alarms, without_data_kinds)
BEHIND = st.sampled_from((1, 10, 60))


@given(plain=LAGGING, policy=st.sampled_from(("never", "auto")), minutes=BEHIND)
@tried
def test_more_lag_lowers_no_potential_loss_of_the_same_outage(
    plain: Plain, policy: str, minutes: int
) -> None:
    """Relation 30: by name of the outage, under policies that do not look at losses, in any number of outages.

    Drained moves take as long as the copy is behind, and a copy far behind may be older than a corruption.
    """
    was, now = (
        potential_ms(played(plain, policy)),
        potential_ms(played(further_behind(plain, minutes), policy)),
    )
    assert was.keys() == now.keys()
    nobody_grows(was, now)


@given(plain=LAGGING, minutes=BEHIND)
@tried
def test_more_lag_lowers_no_realised_loss_of_the_same_failovers(plain: Plain, minutes: int) -> None:
    """Relation 30: where every move is made whatever it loses."""
    nobody_grows(
        realised_ms(played(plain, "auto")), realised_ms(played(further_behind(plain, minutes), "auto"))
    )
