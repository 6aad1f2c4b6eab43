"""Random small scenarios: everything the page has, in coarse minutes, so that instants coincide often."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario

Draw = st.DrawFn
Plain = dict[str, Any]

TYPES = ("Production",) * 6 + ("Sandbox", "Default", "Trial")
LASTS = (0, 5, 30, 60, 120, 300)
LONG = (10, 30, 60, 90, 120, 180, 300, 600)
HORIZONS = ("12h", "1d", "1d", "2d", "3d")


def minutes(draw: Draw, *values: int) -> str:
    """One of some durations in minutes."""
    return f"{draw(st.sampled_from(values))}m"


def maybe(draw: Draw, chance: int = 3) -> bool:
    """Yes once in `chance` times; shrinks to no."""
    return draw(st.integers(1, chance)) == chance


def distribution(draw: Draw, *values: int) -> Any:
    """A duration, mostly fixed, else one of two, a uniform one or a list by ordinal."""
    kind = draw(st.sampled_from(("fixed", "fixed", "fixed", "empirical", "uniform", "trace")))
    if kind == "fixed":
        return minutes(draw, *values)
    if kind == "uniform":
        return {"uniform": {"low": "0m", "high": f"{max(values)}m"}}
    return {kind: [minutes(draw, *values), minutes(draw, *values)]}


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


def _crowd(draw: Draw, entry: Plain) -> Plain:
    """A fleet instead of a single environment, mostly."""
    return entry if maybe(draw, 4) else entry | {"count": draw(st.sampled_from((9, 20, 40)))}


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


Part = tuple[str, int, Callable[[], Any]]
"""(key, chance, value): the key is there once in so many times."""


def add_some(draw: Draw, found: Plain, *parts: Part) -> Plain:
    """Add each part once in its chance."""
    for key, chance, value in parts:
        if maybe(draw, chance):
            found[key] = value()
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


def provider(draw: Draw, region_names: list[str]) -> Plain:
    """The provider's procedure, short."""
    found: Plain = {
        "confirmation": distribution(draw, 0, 5, 10),
        "first_post": distribution(draw, 0, 10, 30),
        "update_every": minutes(draw, 30, 60, 600),
        "loss_determination": distribution(draw, 0, 5, 20),
        "failover": {
            "slots": draw(st.sampled_from((None, 1, 1, 2, 3))),
            "validate": distribution(draw, 0, 0, 5),
            "prepare": distribution(draw, 0, 0, 5),
            "run": distribution(draw, 0, 10, 30),
            "planned": distribution(draw, 0, 1, 5),
            "finalize": distribution(draw, 0, 0, 5),
            "failure": {
                "probability": draw(st.sampled_from((0.0, 0.0, 0.5))),
                "retry_after": minutes(draw, 0, 5, 20),
            },
            "drain_timeout": minutes(draw, 5, 60),
            "verification": distribution(draw, 0, 0, 10),
        },
        "on_recovery": draw(st.sampled_from(("abort", "commit", "confirm"))),
        "verification": distribution(draw, 0, 15, 60),
        "failback": {
            "at_once": draw(st.sampled_from((None, 1, 2))),
            "interruption": distribution(draw, 0, 1, 10),
        },
        "reverse_sync": distribution(draw, 0, 10, 60),
        "reprotection": distribution(draw, 0, 10, 60),
        "seeding": distribution(draw, 0, 30, 120),
        "support": {"first_response": distribution(draw, 0, 5, 20)},
        "review": minutes(draw, 0, 60, 300),
        "performance_factor": draw(st.sampled_from((1.0, 1.0, 0.8))),
        "plan_test": {"last": draw(st.sampled_from(("0s", "1d", "364d"))), "every": "365d"},
    }
    if maybe(draw, 4):
        found["capacity"] = [
            {"region": draw(st.sampled_from(region_names)), "environments": draw(st.sampled_from((0, 1, 2)))}
        ]
    if maybe(draw, 5):
        found["orchestrator_region"] = draw(st.sampled_from(region_names))
    if maybe(draw, 5):
        begin = draw(st.sampled_from(LONG))
        found["automation"] = {"off": [[f"{begin}m", f"{begin + draw(st.sampled_from((30, 120)))}m"]]}
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


def outages(draw: Draw, region_names: list[str]) -> list[Plain]:
    """One to five outages, close to each other."""
    found: list[Plain] = []
    at = draw(st.sampled_from((60, 60, 300)))
    for number in range(draw(st.integers(1, 5))):
        found.append(outage(draw, number, region_names) | {"at": f"{at}m"})
        at += draw(st.sampled_from((0, 5, 30, 60, 60, 120, 300)))
    return found


@st.composite
def plain_scenarios(draw: Draw, *, crowds: bool = False) -> Plain:
    """A random small scenario that the program accepts, as it stands in a file; with `crowds` some are fleets."""
    region_list = regions(draw)
    names = [region["name"] for region in region_list]
    customer_names = ["anna", "bert"][: draw(st.integers(0, 2))]
    data: Plain = {
        "version": 1,
        "name": "random",
        "start": draw(st.sampled_from(("2025-03-03T06:00:00Z", "2025-03-03T20:00:00Z"))),
        "horizon": draw(st.sampled_from(HORIZONS)),
        "regions": region_list,
        "link": link(draw),
        "writes": writes(draw),
        "customers": {name: customer(draw) for name in (*customer_names, "default")},
        "environments": environments(draw, names, customer_names),
        "provider": provider(draw, names),
        "outages": outages(draw, names),
    }
    if maybe(draw, 4):
        data["maintenance"] = [
            {
                "id": "m1",
                "region": draw(st.sampled_from(names)),
                "at": minutes(draw, 0, 60, 240),
                "lasts": "3h",
            }
        ]
    if crowds:
        data["environments"] = [_crowd(draw, entry) for entry in data["environments"][:3]]
    assume(not findings(Scenario.model_validate(data)))
    return data


FOLDER = Path(__file__).parent
CHOICES: tuple[tuple[str, Plain], ...] = (
    ("seed-2024-11", {"settle": "15m", "stable_before_failback": "15m"}),
    ("seed-2024-11", {"settle": "15m", "stable_before_failback": "30m", "hold_down": "20m"}),
    ("seed-2024-11", {"settle": "1h", "stable_before_failback": "1h", "confirmed_impact_first": "off"}),
    ("fo-2022", {"settle": "15m", "patience": "10m", "tolerated_loss": "5m", "back_soon": "20m"}),
    ("sql-microsoft-managed", {}),
    ("sql-microsoft-managed", {"edition_2017": "on"}),
    ("../policies/auto.yaml", {}),
    ("../policies/never.yaml", {}),
    ("policies/eager.yaml", {}),
    ("policies/asking.yaml", {}),
    ("policies/asking.yaml", {"patience": "0s"}),
)
POLICIES: dict[str, Policy] = {
    " ".join([Path(name).stem, *(f"{key}={value}" for key, value in values.items())]): load_policy(
        name, values, folder=FOLDER
    )
    for name, values in CHOICES
}
"""By what they are and what is not their default."""
