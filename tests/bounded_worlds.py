"""Random scenarios in which most links have a bound, and writes that meet it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from growing import growing_scenarios
from oracle.scenarios import Plain, plain_scenarios

RATES = ("0/h", "20/h", "45/h", "60/h", "90/h", "240/h")


@st.composite
def bounded_links(draw: st.DrawFn) -> Plain:
    """A fluid link with a bound."""
    return {
        "kind": "fluid",
        "bandwidth": draw(st.sampled_from(("30/h", "45/h", "60/h", "61/h", "90/h", "0/h"))),
        "max_lag": draw(st.sampled_from(("0s", "1m", "5m", "20m", "90m"))),
        "confirmation": draw(st.sampled_from(("0m", "0m", "3m"))),
    }


@st.composite
def eventful_writes(draw: st.DrawFn) -> Any:
    """Writes that come in spells, once or for ever."""
    hours = sorted({0, *draw(st.lists(st.integers(1, 7), max_size=4))})
    steps = [{"after": f"{hour}h", "rate": draw(st.sampled_from(RATES))} for hour in hours]
    return {"steps": steps, **draw(st.sampled_from(({}, {"period": "8h"}, {"period": "9h"})))}


@st.composite
def bounded_scenarios(draw: st.DrawFn) -> Plain:
    """Any small scenario, or one that grows and catches up, with a bound on most links."""
    kinds = (plain_scenarios(), plain_scenarios(crowds=True), growing_scenarios())
    plain: Plain = draw(st.one_of(*kinds))
    for environment in plain["environments"]:
        if draw(st.sampled_from((True, True, True, False))):
            environment["link"] = draw(bounded_links())
            environment["writes"] = draw(eventful_writes())
    return plain
