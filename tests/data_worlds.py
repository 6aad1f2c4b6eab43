"""Random small scenarios with what concerns data: the scenarios of the reference model, and more than it knows."""

from __future__ import annotations

from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, add_some, distribution, maybe, minutes
from oracle.scenarios import POLICIES, plain_scenarios

FOLDER = Path(__file__).parent
DATA_POLICIES: dict[str, Policy] = POLICIES | {
    "restore-newest": load_policy("../policies/restore-newest.yaml", folder=FOLDER),
    "consenting-restore": load_policy("policies/consenting-restore.yaml", folder=FOLDER),
}
"""Those of the reference model, and two that restore and rehearse."""
KINDS = ("same", "partition", "logical", "logical")


@st.composite
def data_scenarios(draw: Draw, *, crowds: bool = False, kinds: tuple[str, ...] = KINDS) -> Plain:
    """A random small scenario in which data may be cut off, spoilt, backed up, restored and found again."""
    data: Plain = draw(plain_scenarios(crowds=crowds))
    regions = [region["name"] for region in data["regions"]]
    data["outages"] = [_outage(draw, entry, kinds) for entry in data["outages"]]
    for entry in data["environments"]:
        if maybe(draw, 2):
            entry["backup"] = _backup(draw, regions)
    if data["link"]["kind"] != "none" and maybe(draw, 3):
        data["link"]["points"] = {"every": minutes(draw, 10, 60), "kept": minutes(draw, 60, 600)}
    add_some(
        draw,
        data["provider"],
        (
            "fencing",
            2,
            lambda: {
                "lease": distribution(draw, 0, 5, 30, 60),
                "commit": draw(st.sampled_from(("anyway", "when_fenced"))),
            },
        ),
        (
            "restore",
            2,
            lambda: {"run": distribution(draw, 0, 10, 60), "at_once": draw(st.sampled_from((None, 1)))},
        ),
        ("salvage", 2, lambda: {"probability": 0.5, "takes": distribution(draw, 0, 10, 60)}),
        ("test_failover", 2, lambda: {"run": distribution(draw, 0, 10, 60)}),
    )
    assume(not findings(Scenario.model_validate(data)))
    return data


def _outage(draw: Draw, entry: Plain, kinds: tuple[str, ...]) -> Plain:
    """The outage, or one of a kind that leaves users served."""
    kind = draw(st.sampled_from(kinds))
    if kind == "same" or entry["detection"].get("false_alarm"):
        return entry
    left_out = {"capability"} | ({"destroys_data"} if kind == "partition" else set())
    return {key: value for key, value in entry.items() if key not in left_out} | {"kind": kind}


def _backup(draw: Draw, regions: list[str]) -> Plain:
    """Backups at regular instants, at given ones, or both; here, elsewhere, or both."""
    return add_some(
        draw,
        {"points": [minutes(draw, 0, 30), minutes(draw, 60, 90)]},
        ("interval", 2, lambda: minutes(draw, 20, 60, 300)),
        ("retention", 3, lambda: minutes(draw, 60, 300)),
        ("location", 2, lambda: draw(st.sampled_from(regions))),
        ("restore_in", 2, lambda: draw(st.sampled_from((regions, regions[:1], regions[1:])))),
        ("restore", 3, lambda: distribution(draw, 0, 10, 30)),
    )
