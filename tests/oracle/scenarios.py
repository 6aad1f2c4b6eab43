"""Random small scenarios: everything the page has, in coarse minutes, so that instants coincide often."""

from __future__ import annotations

from pathlib import Path

from hypothesis import assume
from hypothesis import strategies as st

from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.scenario.checks import findings
from bcdr_sim.scenario.document import Scenario
from oracle.chances import Draw, Plain, distribution, maybe, minutes
from oracle.estates import LONG, crowd, customer, environments, link, regions, writes
from oracle.outages import outages

__all__ = ["POLICIES", "Plain", "plain_scenarios"]

HORIZONS = ("12h", "1d", "1d", "2d", "3d")


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
        data["environments"] = [crowd(draw, entry) for entry in data["environments"][:3]]
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
