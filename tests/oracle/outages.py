"""Random outages, close to each other so that they touch and overlap."""

from __future__ import annotations

from hypothesis import strategies as st

from oracle.chances import Draw, Plain, add_some, distribution, maybe, minutes

LASTS = (0, 5, 30, 60, 120, 300)


def outages(draw: Draw, region_names: list[str]) -> list[Plain]:
    """One to five outages, close to each other."""
    found: list[Plain] = []
    at = draw(st.sampled_from((60, 60, 300)))
    for number in range(draw(st.integers(1, 5))):
        found.append(outage(draw, number, region_names) | {"at": f"{at}m"})
        at += draw(st.sampled_from((0, 5, 30, 60, 60, 120, 300)))
    return found


def outage(draw: Draw, number: int, region_names: list[str]) -> Plain:
    """An outage of any kind; `at` is left to the caller."""
    found: Plain = {"id": f"o{number}", "detection": {"automatic": distribution(draw, 0, 5, 10, 30)}}
    if maybe(draw, 8):
        found["regions"] = region_names[:2]
    else:
        found["region"] = draw(st.sampled_from(("a", "a", *region_names)))
    found["kind"] = draw(st.sampled_from(("hard", "hard", "gray", "unreachable")))
    if found["kind"] == "gray":
        found["capability"] = draw(st.sampled_from((0.0, 0.2, 0.5, 0.8)))
    if maybe(draw, 8):
        found["detection"]["false_alarm"] = True
        found["lasts"] = distribution(draw, *LASTS)
    elif maybe(draw, 3):
        found["recovery"] = recovery(draw)
    else:
        found["lasts"] = distribution(draw, *LASTS)
    return add_some(
        draw,
        found,
        ("scope", 2, lambda: scope(draw)),
        ("seen", 3, lambda: seen(draw)),
        ("trigger", 4, lambda: {"before_impact": minutes(draw, 10, 60, 240), "visible": draw(st.booleans())}),
        ("comms", 3, lambda: comms(draw)),
        ("link", 4, lambda: {"stalls": [minutes(draw, 0, 5), minutes(draw, 10, 60, 300)]}),
        ("channels", 4, lambda: channels(draw)),
        ("destroys_data", 8, lambda: True),
    )


def recovery(draw: Draw) -> Plain:
    """Stages, a tail for the rest, and perhaps some that never come back."""
    return add_some(
        draw,
        {"tail": distribution(draw, 5, 30, 60)},
        (
            "stages",
            2,
            lambda: [{"at": minutes(draw, 30, 60), "fraction": 0.5}, {"at": "90m", "fraction": 0.8}],
        ),
        ("never", 2, lambda: draw(st.sampled_from((0.5, 1.0)))),
    )


def scope(draw: Draw) -> Plain:
    """Who is hit."""
    selections = ({"tier": 3}, {"apps": "finance_operations"}, {"zone": "z1"})
    return add_some(
        draw,
        {"fraction": draw(st.sampled_from((0.5, 1.0)))},
        ("select", 3, lambda: draw(st.sampled_from(selections))),
    )


def seen(draw: Draw) -> Plain:
    """What the provider believes."""
    steps = [{"after": minutes(draw, 10, 30), "scope": draw(st.sampled_from(("partial", "region")))}]
    return {"scope": draw(st.sampled_from(("region", "region", "zone"))), "steps": steps}


def comms(draw: Draw) -> Plain:
    """Estimates and posts."""
    return add_some(
        draw,
        {"eta": [{"after": minutes(draw, 10, 30), "says": minutes(draw, 0, 30, 120)}]},
        ("first", 2, lambda: distribution(draw, 0, 10)),
        ("every", 2, lambda: minutes(draw, 10, 30)),
    )


def channels(draw: Draw) -> Plain:
    """A channel that the outage takes down."""
    channel = draw(st.sampled_from(("service_health_dashboard", "support", "admin_portal")))
    return {channel: {"down": [minutes(draw, 0, 5), minutes(draw, 10, 60, 120)]}}
