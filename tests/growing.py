"""Random scenarios with outages and copies that do more than in `oracle.scenarios`.

Scopes that grow, crews, people who notice at another time than automation, advice, alternatives to depend on, moves that
slow each other down, backlogs, copies that catch up at a pace or are made anew.
"""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, add_some, distribution, maybe, minutes
from oracle.scenarios import plain_scenarios


@st.composite
def growing_scenarios(draw: Draw, *, crowds: bool = False, moving: bool = False) -> Plain:
    """A random small scenario that the program accepts, as it stands in a file.

    With `crowds` some are fleets; with `moving` there is much to flee from, and a way home whose copies are late.
    """
    data: Plain = draw(plain_scenarios(crowds=crowds))
    depend(draw, data["environments"])
    copies(draw, data)
    if maybe(draw, 3):
        data["provider"]["failover"]["surge"] = {"above": draw(st.sampled_from((0, 1))), "slows_by": 0.5}
    for outage in data["outages"]:
        false_alarm = outage["detection"].get("false_alarm", False)
        if not false_alarm and maybe(draw, 2):
            outage.pop("lasts", None)
            outage.pop("recovery", None)
            outage["crews"] = crews(draw)
        if maybe(draw, 2):
            outage["scope"] = scope(draw)
        if maybe(draw, 3):
            outage["backlog"] = backlog(draw)
        if maybe(draw, 3):
            outage["detection"]["people"] = distribution(draw, 0, 5, 15, 40)
            if maybe(draw, 3):
                outage["detection"]["automatic"] = None
        if maybe(draw, 3):
            outage.setdefault("comms", {})["advice"] = advice(draw)
    if moving:
        move_away(draw, data)
    assume(not findings(Scenario.model_validate(data)))
    return data


def backlog(draw: Draw) -> Plain:
    """Work that has piled up, of any length."""
    lengths = {"ratio": 0.5, "lasts": distribution(draw, 0, 30, 60), "pace": {"of_mean": 1.5}}
    length = dict([draw(st.sampled_from(sorted(lengths.items(), key=str)))])
    return {"capability": draw(st.sampled_from((0.2, 0.6))), **length}


def crews(draw: Draw) -> Plain:
    """Hands, few enough to be waited for."""
    return add_some(
        draw,
        {"count": draw(st.sampled_from((1, 1, 2, 3))), "each": distribution(draw, 0, 5, 10, 30)},
        ("starts", 2, lambda: distribution(draw, 0, 30, 60)),
        ("order", 2, lambda: draw(st.sampled_from(("production", "tier", "fifo")))),
    )


def scope(draw: Draw) -> Plain:
    """A scope that grows once or more."""
    selections = ({"tier": 3}, {"apps": "finance_operations"}, {"zone": "z1"})
    found: Plain = {"fraction": draw(st.sampled_from((0.0, 0.3, 0.5)))}
    if maybe(draw, 3):
        found["select"] = draw(st.sampled_from(selections))
    offsets = sorted(draw(st.sets(st.sampled_from((5, 10, 30, 60, 120)), min_size=1, max_size=3)))
    found["steps"] = []
    fraction = found["fraction"]
    for offset in offsets:
        step: Plain = {"after": f"{offset}m"}
        if maybe(draw, 3):
            step["select"] = draw(st.sampled_from(("all", *selections)))
        if "select" not in step or maybe(draw, 2):
            fraction = step["fraction"] = draw(
                st.sampled_from([f for f in (0.0, 0.5, 0.8, 1.0) if f >= fraction])
            )
        found["steps"].append(step)
    return found


def advice(draw: Draw) -> list[Plain]:
    """Advice once or twice."""
    offsets = sorted(draw(st.sets(st.sampled_from((0, 10, 30, 120)), min_size=1, max_size=2)))
    return [
        {"after": f"{offset}m", "says": draw(st.sampled_from(("run_own_recovery", "wait")))}
        for offset in offsets
    ]


def depend(draw: Draw, entries: list[Plain]) -> None:
    """Alternatives among those listed before, so that nobody depends on itself."""
    for position, entry in enumerate(entries):
        before = [other["name"] for other in entries[:position]]
        if before and maybe(draw, 3):
            names = draw(st.lists(st.sampled_from(before), min_size=1, max_size=3, unique=True))
            entry["depends_on"] = [*entry.get("depends_on", []), {"any": names}]
            add_some(draw, entry, ("restart", 2, lambda: distribution(draw, 0, 5, 10)))


def copies(draw: Draw, data: Plain) -> None:
    """Copies that are made anew, too old to catch up, or catch up at a pace."""
    if maybe(draw, 3):
        data["provider"]["log_retention"] = draw(st.sampled_from(("30m", "3h")))
    for entry in data["environments"]:
        if maybe(draw, 4):
            begins = draw(st.lists(st.integers(0, 40), min_size=1, max_size=2, unique=True))
            entry["reseeding"] = [{"at": f"{15 * begin}m", "lasts": "50m"} for begin in begins]
    if maybe(draw, 3):
        data["provider"]["catch_up"] = pace(draw)


def pace(draw: Draw) -> Plain:
    """Too slow, slow or fast."""
    return {"of_mean": draw(st.sampled_from((0.5, 1.5, 4.0)))}


def move_away(draw: Draw, data: Plain) -> None:
    """A long outage that is known early, of environments that can move; its copies are late when it is over."""
    data["regions"] = [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}, *data["regions"][2:]]
    data["link"] = {"kind": "lag", "lag": minutes(draw, 5, 20)}
    for entry in data["environments"]:
        entry.pop("link", None)
        entry |= {"type": "Production", "region": "a", "target": "b"}
    found: Plain = {"id": "o0", "region": "a", "kind": "hard", "at": "60m"}
    found |= {"detection": {"automatic": "5m"}, "lasts": minutes(draw, 120, 240, 600)}
    add_some(draw, found["detection"], ("people", 2, lambda: distribution(draw, 0, 15, 40)))
    add_some(
        draw, found, ("backlog", 2, lambda: backlog(draw)), ("comms", 2, lambda: {"advice": advice(draw)})
    )
    data["outages"] = [found, *data["outages"][1:2]]
    provider = data["provider"]
    provider |= {"confirmation": "0m", "loss_determination": "0m", "catch_up": pace(draw)}
    provider["log_retention"] = draw(st.sampled_from(("1h", "3h", "8h")))
    provider["failover"] |= {
        "slots": draw(st.sampled_from((None, 2, 3))),
        "surge": {"above": draw(st.sampled_from((0, 1))), "slows_by": draw(st.sampled_from((0.1, 0.5)))},
    }
