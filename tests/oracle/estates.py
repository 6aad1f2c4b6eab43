"""Random regions, environments and customers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from oracle.chances import Draw, Plain, add_some, distribution, maybe, minutes

TYPES = ("Production",) * 6 + ("Sandbox", "Default", "Trial")
LONG = (10, 30, 60, 90, 120, 180, 300, 600)


def link(draw: Draw) -> Plain:
    """A link of any kind."""
    confirmation = {"confirmation": minutes(draw, 0, 0, 5)}
    match draw(st.sampled_from(("synchronous", "lag", "lag", "log_shipping", "fluid", "trace", "none"))):
        case "lag":
            return {"kind": "lag", "lag": distribution(draw, 0, 5, 10, 20), **confirmation}
        case "log_shipping":
            return {
                "kind": "log_shipping",
                "interval": minutes(draw, 5, 15, 30),
                "transfer": distribution(draw, 0, 5, 10, 40),
                "failure_probability": draw(st.sampled_from((0.0, 0.0, 0.4))),
                "in_order": draw(st.booleans()),
                **confirmation,
            }
        case "fluid":
            return {
                "kind": "fluid",
                "bandwidth": draw(st.sampled_from(("30/h", "60/h", "90/h"))),
                **confirmation,
            }
        case "trace":
            rows = [{"at": "0m", "last_sync": "0m"}]
            at = 0
            for _ in range(draw(st.integers(0, 4))):
                at += draw(st.sampled_from((30, 60, 120)))
                rows.append({"at": f"{at}m", "last_sync": f"{at - draw(st.sampled_from((0, 5, 10)))}m"})
            return {"kind": "trace", "rows": rows, **confirmation}
        case "synchronous":
            return {"kind": "synchronous", **confirmation}
        case _:
            return {"kind": "none"}


def writes(draw: Draw) -> Any:
    """Writes of any kind."""
    return draw(
        st.sampled_from(
            (
                "constant",
                "constant",
                "idle",
                {"rate": "60/h"},
                {"at": ["30m", "2h", "3h"]},
                {"steps": [{"after": "0s", "rate": "0/h"}, {"after": "1h", "rate": "90/h"}], "period": "3h"},
            )
        )
    )


def hours(draw: Draw) -> Plain:
    """Weekly hours."""
    opens, closes = draw(st.sampled_from((("08:00", "18:00"), ("22:00", "04:00"), ("12:00", "13:00"))))
    days = draw(
        st.sampled_from((["monday", "tuesday"], ["monday", "tuesday", "wednesday", "thursday", "sunday"]))
    )
    return {"days": days, "opens": opens, "closes": closes}


def regions(draw: Draw) -> list[Plain]:
    """A pair; perhaps a third region, a one-way pair, link stalls."""
    names = ["a", "b", "c"][: draw(st.integers(2, 3))]
    pairs = draw(st.sampled_from(({"a": "b", "b": "a"}, {"a": "b"}, {"a": "b", "b": "a", "c": "a"})))
    found: list[Plain] = []
    for name in names:
        region: Plain = {"name": name}
        if name in pairs and pairs[name] in names:
            region["pair"] = pairs[name]
        if maybe(draw, 5):
            region["link"] = link(draw)
        if maybe(draw, 5):
            region["link_stalls"] = [{"at": minutes(draw, *LONG), "lasts": minutes(draw, 10, 30, 60)}]
        found.append(region)
    return found


def environments(draw: Draw, region_names: list[str], customers: list[str]) -> list[Plain]:
    """One to six environments, mostly in one region."""
    found: list[Plain] = []
    for number in range(draw(st.integers(1, 6))):
        found.append(environment(draw, f"e{number}", region_names))
        if customers and maybe(draw, 2):
            found[-1]["customer"] = draw(st.sampled_from(customers))
        if number and maybe(draw, 4):
            found[-1]["depends_on"] = [f"e{draw(st.integers(0, number - 1))}"]
            add_some(draw, found[-1], ("restart", 2, lambda: distribution(draw, 0, 5, 10)))
    for number in range(len(found)):
        if maybe(draw, 4):
            _rename(found, f"e{number}", f"x{len(found) - number}")
    return found


def environment(draw: Draw, name: str, region_names: list[str]) -> Plain:
    """One environment."""
    home = draw(st.sampled_from(("a", "a", "a", *region_names)))
    others = [each for each in region_names if each != home]
    return add_some(
        draw,
        {"name": name, "region": home, "type": draw(st.sampled_from(TYPES))},
        ("tier", 4, lambda: draw(st.sampled_from((1, 2, 3)))),
        ("cover", 8, lambda: False),
        ("target", 8, lambda: draw(st.sampled_from(others))),
        ("apps", 3, lambda: ["finance_operations"]),
        ("link", 3, lambda: link(draw)),
        ("writes", 3, lambda: writes(draw)),
        ("windows", 6, lambda: [hours(draw)]),
        ("deployed_at", 5, lambda: minutes(draw, 0, 30, 60, 120)),
        ("minimum_capability", 5, lambda: draw(st.sampled_from((0.3, 0.7)))),
        ("zone", 6, lambda: "z1"),
    )


def _rename(found: list[Plain], old: str, new: str) -> None:
    """Names against the order of the file, so that dependents come before what they depend on."""
    for environment in found:
        if environment["name"] == old:
            environment["name"] = new
        environment["depends_on"] = [
            new if name == old else name for name in environment.get("depends_on", [])
        ]


def crowd(draw: Draw, entry: Plain) -> Plain:
    """A fleet instead of a single environment, mostly."""
    return entry if maybe(draw, 4) else entry | {"count": draw(st.sampled_from((9, 20, 40)))}


def customer(draw: Draw) -> Plain:
    """A customer that answers in one way or another."""
    shares = [{"share": 0.5, "value": "5m"}, {"share": 0.5, "value": "3h"}]
    return add_some(
        draw,
        {
            "answers": draw(st.sampled_from(("together", "each"))),
            "dashboard_every": draw(st.sampled_from((None, "10m", "30m"))),
            "accepts_loss_up_to": draw(st.sampled_from(("0s", "5m", "1h", "1d", shares))),
            "decision": distribution(draw, 0, 5, 15, 60),
        },
        ("mail", 2, lambda: distribution(draw, 0, 5, 30)),
        ("notices_impact", 2, lambda: distribution(draw, 0, 5, 30)),
        ("hours", 6, lambda: hours(draw)),
        ("readiness", 4, lambda: 0.5),
        ("consents", 4, lambda: "to_own_limit"),
        ("answers_share", 5, lambda: 0.5),
    )
