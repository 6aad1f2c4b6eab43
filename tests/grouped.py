"""Random scenarios in which environments are moved together."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, distribution, maybe, minutes
from oracle.estates import link
from oracle.scenarios import plain_scenarios


@st.composite
def grouped_scenarios(draw: Draw, *, among: st.SearchStrategy[Plain] | None = None) -> Plain:
    """A random small scenario that the program accepts, with one or two groups among its environments."""
    data: Plain = draw(plain_scenarios() if among is None else among)
    entries = data["environments"]
    while len(entries) < 3:
        entries.append({"name": f"y{len(entries)}", "region": "a", "type": "Production"})
    customer = draw(st.sampled_from((None, *sorted(data["customers"]))))
    link_list = [{"kind": "synchronous"}, {"kind": "lag", "lag": distribution(draw, 5, 20)}, link(draw)]
    for entry in entries:
        if maybe(draw, 5):
            continue
        entry.update({"group": draw(st.sampled_from(("g1", "g1", "g2"))), "region": "a", "target": "b"})
        entry.update({"type": "Production", "cover": True})
        entry.pop("customer", None)
        entry.pop("depends_on", None)
        if customer is not None:
            entry["customer"] = customer
        if maybe(draw, 2) or entry.get("link", {"kind": "none"})["kind"] == "none":
            entry["link"] = draw(st.sampled_from([each for each in link_list if each["kind"] != "none"]))
        if maybe(draw, 4):
            entry["zone"] = draw(st.sampled_from(("z1", "z2")))
    for outage in data["outages"]:
        if maybe(draw, 2):
            outage["scope"] = draw(
                st.sampled_from(({"fraction": 0.5}, {"select": {"zone": "z1"}}, {"select": {"tier": 3}}, {}))
            )
        if maybe(draw, 3):
            outage.pop("recovery", None)
            outage.pop("crews", None)
            outage["lasts"] = minutes(draw, 60, 180, 600)
    assume(not findings(Scenario.model_validate(data)))
    return data
