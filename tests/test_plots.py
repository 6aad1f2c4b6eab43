"""Laws of the pictures: they take Axes and give them back, a look is a phase's for good, and names are never mathematics."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bcdr_sim import plots
from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.phases import Phase
from bcdr_sim.plots import representatives
from bcdr_sim.plots.lanes import phases_of
from bcdr_sim.plots.looks import LOOKS
from bcdr_sim.plots.representatives import LANES_MAX
from bcdr_sim.plots.saving import save_timeline
from worlds import STORM, Played, played

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def world() -> Played:
    return played()


def labels(axes: object) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]  # type: ignore[attr-defined]


def test_every_phase_has_a_look_of_its_own() -> None:
    """Fill and hatch together belong to one phase, so that colour is never the only sign."""
    assert set(LOOKS) == set(Phase)
    assert len({(look.fill, look.hatch) for look in LOOKS.values()}) == len(Phase)


def test_a_plot_returns_the_axes_it_was_given(world: Played) -> None:
    axes = Figure().subplots()
    assert plots.timeline(world.timeline, axes) is axes
    ledger = Figure().subplots()
    assert plots.ledger(measure(world.timeline), ledger) is ledger


def test_lanes_are_regions_first_and_then_environments(world: Played) -> None:
    axes = plots.timeline(world.timeline, Figure().subplots(), environments=["firm-prod", "shop"])
    assert labels(axes)[:3] == ["west", "firm-prod", "shop-01"]
    assert len(labels(axes)) == 14


def test_an_unknown_environment_is_refused(world: Played) -> None:
    with pytest.raises(ValueError, match="no environment 'firm'"):
        plots.timeline(world.timeline, environments=["firm"])
    with pytest.raises(ValueError, match="no environment 'firm'"):
        plots.ledger(measure(world.timeline), environment="firm")


def test_a_large_fleet_is_drawn_by_representatives() -> None:
    """Environments that went the same way share a lane, which says how many they are."""
    world = played(STORM.replace("count: 12", "count: 300"))
    axes = plots.timeline(world.timeline, Figure().subplots())
    assert len(labels(axes)) <= LANES_MAX + 1
    assert "shop-001  and 299 like it" in labels(axes)
    assert "6 lanes for 305 environments" in axes.get_title(loc="left")


STAGED = """\
version: 1
name: staged
horizon: 5d
regions: [{name: a, pair: b}, {name: b}]
link: {kind: none}
environments: [{name: shop, count: 300, region: a}]
outages: [{id: out, region: a, at: 1d, recovery: RECOVERY, comms: {first: 10m, every: 10m}}]
"""


def staged(recovery: str) -> Played:
    """300 environments that come back as said."""
    return played(STAGED.replace("RECOVERY", recovery))


def test_those_who_are_back_far_later_have_a_lane_of_their_own() -> None:
    """The tail of a recovery is drawn, and the number of those in it."""
    world = staged("{stages: [{at: 1d, fraction: 0.9}, {at: 3d, fraction: 1}]}")
    axes = plots.timeline(world.timeline, Figure().subplots())
    lanes = representatives.lanes_of(world.timeline, range(300))
    back = sorted((lane.last_ms, lane.count) for lane in lanes)
    assert [span for span, _ in back] == [(2 * DAY_MS, 2 * DAY_MS), (4 * DAY_MS, 4 * DAY_MS)]
    assert sum(count for _, count in back) == 300
    assert back[0][1] > 8 * back[1][1] / 2 > 20
    assert len([label for label in labels(axes) if "like it" in label]) == 2


def test_a_lane_whose_environments_are_back_one_after_another_says_from_when_to_when() -> None:
    """A line from the first to the last; the lane is of the one in the middle."""
    world = staged("{stages: [{at: 6h, fraction: 0.01}], tail: {uniform: {low: 0s, high: 2d}}}")
    (lane,) = representatives.lanes_of(world.timeline, range(300))
    assert lane.last_ms is not None
    first, last = lane.last_ms
    assert last - first > 0.9 * 2 * DAY_MS
    own = phases_of(world.timeline, lane.row)[-1][1]
    assert first + 0.3 * (last - first) < own < last - 0.3 * (last - first)
    axes = plots.timeline(world.timeline, Figure().subplots())
    legend = axes.get_legend()
    assert legend is not None
    assert "last change of those alike, from first to last" in [
        text.get_text() for text in legend.get_texts()
    ]


def test_marks_that_would_make_a_bar_are_thinned_and_said_to_be() -> None:
    """Some hundred updates of a post are drawn as some tens, each apart from the next."""
    world = staged("{stages: [{at: 3d, fraction: 1}]}")
    axes = plots.timeline(world.timeline, Figure().subplots())
    updates = int((world.timeline.table["event"] == Event.DASHBOARD_UPDATED).sum())
    assert updates > 400
    drawn = max(np.asarray(marks.get_offsets()).shape[0] for marks in axes.collections)
    assert drawn <= 91
    legend = axes.get_legend()
    assert legend is not None
    assert "update, some of many" in [text.get_text() for text in legend.get_texts()]


def test_phases_of_a_lane_cover_the_scenario(world: Played) -> None:
    for row in range(len(world.timeline.trial.estate)):
        drawn = phases_of(world.timeline, row)
        assert drawn[0][1] == 0
        assert drawn[-1][2] == world.timeline.trial.horizon_ms
        assert all(before[2] == after[1] for before, after in pairwise(drawn))


def test_a_waterfall_ends_where_the_recovery_time_ends(world: Played) -> None:
    """The last bar is as long as the steps above it together."""
    axes = plots.ledger(measure(world.timeline), Figure().subplots(), environment="busy-prod")
    *steps, total = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert sum(steps) == pytest.approx(total)
    assert total == pytest.approx((60 + 79) * 60_000 + 18_577, abs=1000)


def test_names_are_not_mathematics() -> None:
    """A dollar sign in a provenance or name is drawn as one."""
    from bcdr_sim.plots.looks import literal

    assert literal("a$b$c") == r"a\$b\$c"


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_saved_picture_holds_no_clock(ending: str, tmp_path: Path, world: Played) -> None:
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    save_timeline(world.timeline, first)
    save_timeline(world.timeline, second)
    assert first.read_bytes() == second.read_bytes()
