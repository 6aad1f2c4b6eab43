"""Dependencies on one of several: down only while all that are there are down."""

from __future__ import annotations

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.errors import InputError
from bcdr_sim.policy import load_policy
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve

MINUTE = 60_000
WORLD = """\
version: 1
name: alternatives
horizon: 1d
regions: [{name: west}]
environments:
  - {name: east-gate, region: west, type: Platform, apps: [a]}
  - {name: gate, region: west, type: Platform, apps: [b], count: 2}
  - {name: vault, region: west, type: Platform, apps: [c]}
  - {name: late-gate, region: west, type: Platform, apps: [d], deployed_at: 5h}
  - {name: shop, region: west, restart: 10m, depends_on: DEPENDS}
outages:
  - {id: first, region: west, at: 1h, lasts: 3h, scope: {select: {apps: a}}}
  - {id: second, region: west, at: 2h, lasts: 5h, scope: {select: {apps: b}}}
  - {id: third, region: west, at: 12h, lasts: 1h, scope: {select: {apps: c}}}
"""


def down(depends: str) -> list[tuple[int, int]]:
    """The spells in which the shop is not served, in minutes from the start."""
    scenario = load_scenario("alternatives.yaml", text=WORLD.replace("DEPENDS", depends))
    timeline = simulate(resolve(scenario), load_policy("seed"))
    row = timeline.trial.estate.names.index("shop")
    events = timeline.events()
    own = events[events["environment"] == timeline.trial.estate.names[row]]
    lost = own[own["event"] == "service_lost"]["time_ms"].tolist()
    back = own[own["event"] == "service_restored"]["time_ms"].tolist()
    return [(begin // MINUTE, end // MINUTE) for begin, end in zip(lost, back, strict=True)]


@pytest.mark.parametrize(
    ("depends", "expected"),
    [
        ("[east-gate]", [(60, 250)]),
        ("[east-gate, gate]", [(60, 430)]),
        ("[{any: [east-gate, gate]}]", [(120, 250)]),
        ("[{any: [gate, east-gate]}]", [(120, 250)]),
        ("[{any: [gate]}]", [(120, 430)]),
        ("[vault, {any: [east-gate, gate]}]", [(120, 250), (720, 790)]),
        ("[{any: [east-gate]}, {any: [gate]}]", [(60, 430)]),
    ],
)
def test_all_of_a_list_and_one_of_alternatives(depends: str, expected: list[tuple[int, int]]) -> None:
    """The list must hold altogether, of alternatives the first that is back is enough; then it starts again."""
    assert down(depends) == expected


def test_an_alternative_counts_from_its_deployment() -> None:
    """Not there yet, it helps nobody; deployed while all others are down, it does; without any, nothing is asked for."""
    assert down("[{any: [gate, late-gate]}]") == [(120, 310)]
    assert down("[{any: [late-gate]}]") == []


@pytest.mark.parametrize(
    ("depends", "message"),
    [
        ("[{any: []}]", "must not be empty"),
        ("[{any: [gaet]}]", "no environment 'gaet'; did you mean 'gate'"),
        ("[{any: [shop, gate]}]", "depends on itself: shop -> shop"),
        ("[{all: [gate]}]", "any"),
    ],
)
def test_what_cannot_be_depended_on_is_refused(depends: str, message: str) -> None:
    """A name that nobody has, a circle, nothing at all."""
    with pytest.raises(InputError) as caught:
        down(depends)
    assert message in str(caught.value)
