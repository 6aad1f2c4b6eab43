"""Random worlds whose people do more than in `oracle.scenarios`: delegates, silence, the end of consent, a desk, orders."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, add_some, distribution, maybe, minutes
from oracle.scenarios import plain_scenarios


def delegate(draw: Draw, number: int) -> Plain:
    """Somebody else who may answer."""
    return add_some(
        draw,
        {
            "name": f"delegate-{number}",
            "after": minutes(draw, 0, 5, 15, 30),
            "decision": distribution(draw, 0, 5, 15),
        },
        ("accepts_loss_up_to", 2, lambda: draw(st.sampled_from(("0s", "5m", "1d")))),
        ("answers_share", 3, lambda: 0.5),
        ("hours", 4, lambda: {"opens": "07:00", "closes": "21:00", "holidays": ["2025-03-03"]}),
    )


def more_of(draw: Draw, customer: Plain) -> Plain:
    """What a customer may do beside answering."""
    found = add_some(
        draw,
        dict(customer),
        ("escalation", 2, lambda: [delegate(draw, number) for number in range(draw(st.integers(1, 2)))]),
        (
            "on_silence",
            2,
            lambda: {
                "after": minutes(draw, 5, 15, 60),
                "counts_as": draw(st.sampled_from(("declines", "accepts", "waits"))),
            },
        ),
        ("withdraws_after", 3, lambda: distribution(draw, 0, 5, 30)),
        ("lapses_after", 3, lambda: minutes(draw, 5, 15, 60)),
        ("answers_share", 3, lambda: draw(st.sampled_from((0, 0.5)))),
    )
    if "withdraws_after" in found and maybe(draw):
        found["withdraws_share"] = 0.5
    return found


def busy(draw: Draw, data: Plain) -> None:
    """Something to ask about: a long outage, known early, that a move out of would lose data."""
    data["link"] = {"kind": "lag", "lag": minutes(draw, 5, 20)}
    for each in data["environments"]:
        each.pop("link", None)
    data["outages"][0] = {
        "id": "o0",
        "region": data["environments"][0]["region"],
        "kind": "hard",
        "at": "60m",
        "lasts": minutes(draw, 240, 600),
        "detection": {"automatic": minutes(draw, 0, 5)},
    }
    data["provider"] |= {"confirmation": "0m", "loss_determination": minutes(draw, 0, 5)}
    for each in data["customers"].values():
        each["notices_impact"] = minutes(draw, 0, 5)
        each["accepts_loss_up_to"] = draw(st.sampled_from(("1d", "1h", "10m")))


@st.composite
def peopled_scenarios(draw: Draw, *, crowds: bool = False) -> Plain:
    """A random small scenario in which customers do all that they can."""
    data: Plain = draw(plain_scenarios(crowds=crowds))
    if not maybe(draw, 4):
        busy(draw, data)
    data["customers"] = {name: more_of(draw, each) for name, each in data["customers"].items()}
    desk = data["provider"]["support"]
    if maybe(draw, 2):
        desk["agents"] = draw(st.sampled_from((1, 1, 2, 3)))
        desk["priority"] = draw(st.sampled_from((["severity", "tier"], ["tier"], [])))
    if maybe(draw, 2):
        desk["cases"] = "per_customer"
    if maybe(draw, 4):
        begin, end = draw(st.sampled_from((10, 30, 60))), draw(st.sampled_from((90, 120, 300)))
        for outage in data["outages"]:
            outage["channels"] = {"support": {"down": [f"{begin}m", f"{end}m"]}}
    assume(not findings(Scenario.model_validate(data)))
    return data


ORDERED: dict[str, Policy] = {
    name: load_policy(name)
    for name in ("asr", "aurora-global", "grs-customer-managed", "sql-customer-managed", "ssdr-2026-07")
}
"""The regimes in which the customer orders every move."""


def order(draw: Draw, number: int) -> Plain:
    """A move that somebody orders."""
    move = draw(st.sampled_from(("planned", "forced", "forced", "drill", "failback")))
    found: Plain = {"id": f"order-{number}", "move": move}
    when = draw(st.sampled_from((None, None, "impact", "aware", "moved", "verified")))
    if move == "drill" or when is None:
        instants = draw(
            st.lists(st.sampled_from((30, 45, 60, 90, 120, 240, 300)), min_size=1, max_size=3, unique=True)
        )
        found["at"] = [f"{at}m" for at in sorted(instants)] if len(instants) > 1 else f"{instants[0]}m"
    else:
        found["when"] = when
        found["after"] = distribution(draw, 0, 5, 30)
    if move == "forced" and maybe(draw, 2):
        found["loss_up_to"] = minutes(draw, 0, 5, 60)
    return add_some(
        draw,
        found,
        ("withdrawn_after", 3, lambda: minutes(draw, 5, 15, 60)),
        ("share", 5, lambda: 0.5),
    )


@st.composite
def ordering_scenarios(draw: Draw, *, crowds: bool = False) -> Plain:
    """A random small scenario whose customers order moves; under any policy."""
    data: Plain = draw(peopled_scenarios(crowds=crowds))
    numbers = iter(range(100))
    for each in data["customers"].values():
        each["orders"] = [order(draw, next(numbers)) for _ in range(draw(st.integers(0, 3)))]
    if maybe(draw, 3):
        for outage in data["outages"]:
            spell = draw(st.sampled_from((("0m", "60m"), ("30m", "90m"))))
            outage.setdefault("channels", {})["admin_portal"] = {"down": list(spell)}
    assume(not findings(Scenario.model_validate(data)))
    return data
