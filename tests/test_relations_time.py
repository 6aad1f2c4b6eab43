"""Relations of time: worlds stretched, put later, or changed later on; outages in pieces and twice."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from bcdr_sim.units import format_duration, parse_duration
from oracle.scenarios import CHOICES, Plain
from oracle.state import Row
from other_times import PERIOD, TIMES, in_phase, in_whole_parts, later, moved_by, stretched
from relation_worlds import (
    ANY,
    ANY_POLICY,
    ESTIMATING,
    EVERY,
    STORMY,
    Played,
    narrowed,
    played,
    played_in,
    tried,
    with_common_ends,
    with_kind,
    without_alarms,
    without_calendars,
)

MINUTE_MS = 60_000
FOLDER = Path(__file__).parent / "oracle"
PARAMETERS: tuple[tuple[str, Plain], ...] = (
    *((name, values) for name, values in CHOICES if name.startswith(("seed", "../"))),
    ("fo-2022", {"settle": "15m", "patience": "10m", "tolerated_loss": "1m", "back_soon": "20m"}),
    ("sql-microsoft-managed", {"grace_period": "1h"}),
    ("sql-microsoft-managed", {"grace_period": "1h", "edition_2017": "on"}),
)
SCALED: list[tuple[Policy, Policy]] = [
    (load_policy(name, values, folder=FOLDER), load_policy(name, stretched(values), folder=FOLDER))
    for name, values in PARAMETERS
]
"""Policies that read no hour and no time that is not a parameter, as they are and slower."""


@given(plain=narrowed(ANY, without_calendars, in_whole_parts), number=st.integers(0, len(SCALED) - 1))
@tried
def test_everything_that_takes_eight_times_as_long_happens_eight_times_later(
    plain: Plain, number: int
) -> None:
    """Relation 11: without calendars, and where no draw is rounded; the parameters of the policy are stretched too."""
    quick, slow = SCALED[number]
    world = played_in(resolve(Scenario.model_validate(plain), seed=7), quick)
    slower = played_in(resolve(Scenario.model_validate(stretched(plain)), seed=7), slow)
    assert slower.rows == moved_by(world.rows, TIMES.__mul__, TIMES.__mul__)
    assert (slower.metrics.clocks.booked == TIMES * world.metrics.clocks.booked).all()
    assert slower.metrics.incident_columns.outcome.tolist() == world.metrics.incident_columns.outcome.tolist()


@given(plain=narrowed(ANY, in_phase), policy=ANY_POLICY, times=st.integers(1, 4))
@tried
def test_everything_that_begins_later_happens_as_much_later(plain: Plain, policy: str, times: int) -> None:
    """Relation 12: the calendar, the phases of all that recurs and every fact put off alike."""
    delay_ms = times * PERIOD * MINUTE_MS
    world, after = played(plain, policy), played(later(plain, times * PERIOD), policy)
    assert after.rows == moved_by(world.rows, delay_ms.__add__, int)


def told_ms(entry: Plain) -> int:
    """The first instant at which anybody could know of an outage or a maintenance."""
    warned_ms = parse_duration(entry.get("trigger", {}).get("before_impact", "0s"))
    return parse_duration(entry["at"]) - warned_ms


@given(plain=ANY, policy=ANY_POLICY, minute=st.integers(1, 700))
@tried
def test_what_has_not_begun_is_not_seen(plain: Plain, policy: str, minute: int) -> None:
    """Relation 13: without the outages, maintenances and stalls that come later all events before are the same."""
    cut_ms = minute * MINUTE_MS
    fewer = deepcopy(plain)
    for key in ("outages", "maintenance"):
        fewer[key] = [entry for entry in plain.get(key, []) if told_ms(entry) < cut_ms]
    for region in fewer["regions"]:
        stalls = region.get("link_stalls", [])
        region["link_stalls"] = [each for each in stalls if parse_duration(each["at"]) < cut_ms]
    before = [row for row in played(plain, policy).rows if row[0] < cut_ms]
    assert [row for row in played(fewer, policy).rows if row[0] < cut_ms] == before


@given(
    plain=STORMY,
    policy=st.sampled_from([*EVERY, *ESTIMATING * 8]),
    extra=st.sampled_from(("1m", "1h", "20h")),
)
@tried
def test_nobody_sees_when_an_outage_will_end(plain: Plain, policy: str, extra: str) -> None:
    """Relation 13: an outage that lasts longer leaves everything before its end as it was."""
    lasting = [each for each in plain["outages"] if "lasts" in each]
    assume(lasting)
    entry = lasting[0]
    world = played(plain, policy)
    end_ms = min(fact.end_ms for fact in world.trial.outages if fact.id == entry["id"])
    lasts = format_duration(end_ms - parse_duration(entry["at"]) + parse_duration(extra))
    longer = plain | {
        "outages": [each | {"lasts": lasts} if each is entry else each for each in plain["outages"]]
    }
    before = [row for row in world.rows if row[0] < end_ms]
    assert [row for row in played(longer, policy).rows if row[0] < end_ms] == before


def of_one_piece(plain: Plain) -> None:
    """Outages whose only draw is that of their incident: no scope, stages or spells of their own, no traces left."""
    for outage in plain["outages"]:
        outage["lasts"] = "70m"
        for key in ("scope", "link", "backlog"):
            outage.pop(key, None)


SEAMLESS = narrowed(
    STORMY, with_common_ends, of_one_piece, without_alarms, with_kind("hard", "unreachable", "gray")
)


def as_one(world: Played) -> list[Row]:
    """What happened when a second outage is called by the name of the first, but for its beginning and end."""
    return [
        (*row[:4], "o0" if row[4] == "o0b" else row[4], *row[5:])
        for row in world.rows
        if not (row[2] in ("outage_began", "outage_ended") and row[4] in ("o0", "o0b"))
    ]


def another(first: Plain, *, begins: int, lasts: int) -> Plain:
    """An outage of the same kind that begins some minutes after the first."""
    keys = ("region", "regions", "kind", "capability", "detection")
    at = parse_duration(first["at"]) + begins * MINUTE_MS
    found = {key: first[key] for key in keys if key in first}
    return found | {"id": "o0b", "at": format_duration(at), "lasts": f"{lasts}m"}


@given(plain=SEAMLESS, policy=ANY_POLICY, cut=st.sampled_from((5, 10, 30, 60)))
@tried
def test_an_outage_in_two_touching_pieces_is_one_outage(plain: Plain, policy: str, cut: int) -> None:
    """Relation 14: nothing is aborted and nobody comes home at the seam; of outages that draw nothing of their own."""
    first, *others = plain["outages"]
    pieces = [first | {"lasts": f"{cut}m"}, another(first, begins=cut, lasts=70 - cut)]
    assert as_one(played(plain | {"outages": [*pieces, *others]}, policy)) == as_one(played(plain, policy))


@given(
    plain=SEAMLESS,
    policy=ANY_POLICY,
    spell=st.sampled_from(((0, 70), (0, 5), (5, 30), (5, 65), (30, 0), (30, 40))),
)
@tried
def test_an_outage_inside_another_changes_nothing(plain: Plain, policy: str, spell: tuple[int, int]) -> None:
    """Relation 15: of the same kind and regions, whether it is a duplicate or ends before."""
    first, *others = plain["outages"]
    doubled = plain | {"outages": [first, another(first, begins=spell[0], lasts=spell[1]), *others]}
    assert as_one(played(doubled, policy)) == as_one(played(plain, policy))
