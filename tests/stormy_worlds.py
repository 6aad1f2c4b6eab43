"""Random scenarios with much to flee from: outage after outage of one region, and customers who answer."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from data_worlds import data_scenarios
from oracle.chances import Draw, Plain, distribution, maybe, minutes
from people_worlds import peopled_scenarios


@st.composite
def stormy_scenarios(draw: Draw) -> Plain:
    """Outage after outage of one region, known soon, of environments that can flee and customers who answer.

    Many end while moves are under way, or while consent is given and not used.
    """
    data: Plain = draw(st.one_of(peopled_scenarios(), data_scenarios()))
    data["regions"] = [{"name": "a", "pair": "b"}, {"name": "b", "pair": "a"}, *data["regions"][2:]]
    data["link"] = {"kind": "lag", "lag": distribution(draw, 0, 5, 20), "confirmation": minutes(draw, 0, 5)}
    data["provider"] |= {"confirmation": "0m", "loss_determination": minutes(draw, 0, 5)}
    for entry in data["environments"]:
        for key in ("link", "deployed_at", "cover"):
            entry.pop(key, None)
        entry |= {"region": "a", "target": "b"}
    data["provider"]["failover"] |= {"run": distribution(draw, 10, 30), "finalize": "0m"}
    for key in ("automation", "orchestrator_region", "capacity"):
        data["provider"].pop(key, None)
    quick = maybe(draw, 2)
    if quick:
        data["provider"]["support"] = {"first_response": "0m"}
    for customer in data["customers"].values():
        if quick:
            customer.clear()
            customer |= {"decision": minutes(draw, 0, 5), "dashboard_every": None}
        customer["notices_impact"] = minutes(draw, 0, 5)
        customer["accepts_loss_up_to"] = draw(st.sampled_from(("1d", "10m")))
    data["outages"] = []
    at = 60
    for number in range(draw(st.integers(1, 4))):
        lasts = draw(st.sampled_from((10, 20, 30, 60, 120, 300)))
        outage: Plain = {
            "id": f"o{number}",
            "region": draw(st.sampled_from(("a", "a", "a", "b"))),
            "kind": draw(st.sampled_from(("hard", "hard", "gray", "unreachable", "partition"))),
            "at": f"{at}m",
            "lasts": f"{lasts}m",
            "detection": {"automatic": minutes(draw, 0, 5)},
        }
        data["outages"].append(outage | ({"capability": 0.2} if outage["kind"] == "gray" else {}))
        at += draw(st.sampled_from((0, lasts, lasts, lasts + 5, lasts + 60, lasts + 300)))
    assume(not findings(Scenario.model_validate(data)))
    return data


@st.composite
def relapsing_scenarios(draw: Draw) -> Plain:
    """A short outage and then a long one, over and over: what the first leaves unfinished is there when the second comes."""
    data: Plain = draw(stormy_scenarios())
    data["link"]["lag"] = distribution(draw, 5, 20)
    data["provider"]["failover"] |= {"validate": "0m", "prepare": "0m", "run": minutes(draw, 30, 60)}
    data["provider"]["failover"]["failure"]["probability"] = 0
    data["provider"]["support"] = {"first_response": "0m"}
    for customer in data["customers"].values():
        customer.clear()
        customer |= {"decision": minutes(draw, 0, 5), "dashboard_every": None, "notices_impact": "0m"}
        customer["accepts_loss_up_to"] = "1d"
    data["outages"] = []
    at = 60
    for number, lengths in enumerate(((20, 30), (120, 300), (20, 30), (120, 300))):
        lasts = draw(st.sampled_from(lengths))
        data["outages"].append(
            {
                "id": f"o{number}",
                "region": "a",
                "kind": draw(st.sampled_from(("hard", "gray"))),
                "at": f"{at}m",
                "lasts": f"{lasts}m",
                "detection": {"automatic": "0m"},
            }
        )
        if data["outages"][-1]["kind"] == "gray":
            data["outages"][-1]["capability"] = 0.2
        at += lasts + draw(st.sampled_from((5, 60, 300)))
    assume(not findings(Scenario.model_validate(data)))
    return data
