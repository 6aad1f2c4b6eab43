"""Random small scenarios with what concerns data: the scenarios of the reference model, and more than it knows."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, distribution, maybe
from oracle.scenarios import plain_scenarios


@st.composite
def data_scenarios(draw: Draw, *, crowds: bool = False) -> Plain:
    """A random small scenario in which data may be cut off."""
    data: Plain = draw(plain_scenarios(crowds=crowds))
    data["outages"] = [_outage(draw, entry) for entry in data["outages"]]
    if maybe(draw, 2):
        data["provider"]["fencing"] = {
            "lease": distribution(draw, 0, 5, 30, 60),
            "commit": draw(st.sampled_from(("anyway", "when_fenced"))),
        }
    assume(not findings(Scenario.model_validate(data)))
    return data


def _outage(draw: Draw, entry: Plain) -> Plain:
    """The outage, or one of a kind that leaves users served."""
    if entry["detection"].get("false_alarm") or not maybe(draw, 2):
        return entry
    changed = {key: value for key, value in entry.items() if key not in ("capability", "destroys_data")}
    return changed | {"kind": "partition"}
