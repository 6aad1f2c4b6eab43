"""Laws of the pictures of many worlds: what is drawn is what was counted, what is open is shown as open, units are named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import bcdr_sim as bs
from bcdr_sim import plots
from bcdr_sim.experiment import Comparison, Runs
from bcdr_sim.plots.distribution import CURVE
from bcdr_sim.plots.forest import ENVIRONMENTS_MAX
from many import GALES, written

WAIT = Path(__file__).parent.parent / "policies" / "wait.yaml"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Worlds of which some end with an incident open: the horizon is short."""
    text = GALES.replace("horizon: 20d", "horizon: 5d").replace("mean: 20d", "mean: 4d")
    folder = tmp_path_factory.mktemp("runs")
    return bs.run(written(folder, text), seed=3, replications=80, output=folder / "run")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    path = written(tmp_path_factory.mktemp("compared"), GALES.replace("count: 2", "count: 20"))
    return bs.compare(path, ["seed", WAIT], seed=7, replications=40, margin="2%")


def axes() -> Axes:
    return Figure().subplots()


def curve(ax: Axes, at: int = 0) -> tuple[np.ndarray, np.ndarray]:
    drawn = [line for line in ax.lines if line.get_gid() == CURVE][at]
    return np.asarray(drawn.get_xdata()), np.asarray(drawn.get_ydata())


def texts(ax: Axes) -> str:
    return " / ".join(
        [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts)]
    )


@pytest.mark.parametrize("metric", ["down_ms", "failovers", "loss_realised_age_ms_max"])
def test_the_curve_is_the_share_of_worlds_at_most_x(*, metric: str, runs: Runs) -> None:
    """Without anything open it is the plain count; the axes that were given are given back."""
    done = runs.worlds()
    done = done[done["censored"] == 0].reset_index(drop=True)
    ax = axes()
    assert plots.ecdf(done, metric, ax=ax) is ax
    x, shares = curve(ax)
    values = done[metric].to_numpy(dtype=float)
    assert shares[1:-1] == pytest.approx([(values <= each).mean() for each in x[1:-1]])
    above = plots.exceedance(done, metric, ax=axes())
    heights = curve(above)[1]
    assert heights[:-2] == pytest.approx(1 - shares[:-2])
    assert above.get_yscale() == "log"


def test_runs_and_their_frames_give_the_same_picture(runs: Runs) -> None:
    """Of worlds and of incidents."""
    for metric, frame in (("rta_ms_max", runs.worlds()), ("rta_ms", runs.incidents())):
        one, other = plots.ecdf(runs, metric, ax=axes()), plots.ecdf(frame, metric, ax=axes())
        assert curve(one)[0].tolist() == curve(other)[0].tolist()
        assert curve(one)[1] == pytest.approx(curve(other)[1])


def test_open_incidents_are_marked_and_counted(runs: Runs) -> None:
    """Each at the length it had when it was cut off; the curve stays below what counting them as ended would give."""
    incidents = runs.incidents()
    is_open = incidents["censored"].to_numpy()
    assert 0 < is_open.sum() < len(incidents)
    ax = plots.ecdf(runs, "rta_ms", ax=axes())
    (marks,) = [line for line in ax.lines if line.get_gid() == "open"]
    lengths = incidents["at_least_ms"].to_numpy(dtype=float)
    assert np.asarray(marks.get_xdata()).tolist() == sorted(lengths[is_open])
    assert f"{is_open.sum()} open at the horizon ( | )" in texts(ax)
    x, shares = curve(ax)
    assert (shares[1:-1] <= np.array([(lengths <= each).mean() for each in x[1:-1]]) + 1e-12).all()


def test_when_everything_is_open_nothing_is_known(runs: Runs) -> None:
    """The curve stays at 0, and the band says that all of them may have ended by then."""
    incidents = runs.incidents().head(30).assign(censored=True)
    ax = plots.ecdf(incidents, "rta_ms", ax=axes(), target="5d")
    assert curve(ax)[1].max() == 0
    assert "met by 0.0% of incidents (0.0% to 100.0%)" in texts(ax)
    worlds = runs.worlds().assign(censored=1)
    ax = plots.exceedance(worlds, "down_ms", ax=axes(), target="5d")
    assert "exceeded by 100.0% of worlds (0.0% to 100.0%)" in texts(ax)


def test_no_events_make_a_picture_that_says_so(runs: Runs) -> None:
    nothing = runs.incidents().head(0)
    for draw in (plots.ecdf, plots.exceedance):
        ax = draw(nothing, "rta_ms", ax=axes(), target="4h")
        assert "no incident" in texts(ax)
        assert "objective 4h" in texts(ax)


def test_an_objective_is_a_line_with_its_share_and_interval(runs: Runs) -> None:
    """Of the worlds that meet it; the figure is that of the worlds, whatever points the curve has."""
    worlds = runs.worlds()
    worlds = worlds[worlds["censored"] == 0].reset_index(drop=True)
    target_ms = 6 * 3_600_000
    met = (worlds["down_ms"] <= target_ms).mean()
    ax = plots.ecdf(worlds, "down_ms", ax=axes(), target="6h")
    assert f"objective 6h: met by {met:.1%} of worlds (" in texts(ax)
    (line,) = [line for line in ax.lines if line.get_gid() == "target"]
    assert np.asarray(line.get_xdata()).tolist() == [target_ms, target_ms]
    ax = plots.exceedance(worlds, "down_ms", ax=axes(), target="6h")
    assert f"objective 6h: exceeded by {1 - met:.1%} of worlds (" in texts(ax)


def test_axes_name_metric_unit_and_whose_share(runs: Runs) -> None:
    ax = plots.ecdf(runs, "rta_ms", ax=axes())
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("recovery time of an incident", "share of incidents")
    assert {label.get_text()[-1] for label in ax.get_xticklabels()} <= set("smhd")
    wide = plots.exceedance(runs, "down_ms", ax=axes(), log_x=True)
    assert wide.get_xscale() == "log"
    assert "1h" in [label.get_text() for label in wide.get_xticklabels()]


def test_several_curves_share_a_picture(runs: Runs) -> None:
    """With a legend, a scale that holds both, and an objective that is said of each."""
    ax = plots.ecdf(runs, "down_ms", ax=axes(), label="one", target="6h")
    worlds = runs.worlds()
    plots.ecdf(
        worlds.assign(down_ms=worlds["down_ms"] * 3),
        "down_ms",
        ax=ax,
        label="$x^2$",
        color="#D55E00",
        target="6h",
    )
    assert ax.get_xlim()[1] >= 3 * worlds["down_ms"].max()
    assert "one, objective 6h" in texts(ax)
    assert len(ax.get_legend().get_texts()) == 2  # type: ignore[union-attr]
    assert to_hex(ax.lines[-3].get_color()) == "#d55e00"


@pytest.mark.parametrize(
    ("metric", "target", "complaint"),
    [
        ("rta_mss", None, "no metric 'rta_mss'; did you mean 'rta_ms'"),
        ("down_ms", 4, "a duration with its unit"),
        ("down_ms", "4", "a duration needs a unit"),
        ("breached", "4h", "target: a number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    *, metric: str, target: str | float | None, complaint: str, runs: Runs
) -> None:
    with pytest.raises(ValueError, match=complaint):
        plots.ecdf(runs, metric, ax=axes(), target=target)


def test_runs_without_incidents_and_frames_without_the_column_are_refused(tmp_path: Path) -> None:
    bare = bs.run(written(tmp_path), seed=7, replications=4, frames=())
    with pytest.raises(ValueError, match="the incidents were not kept"):
        plots.ecdf(bare, "rta_ms", ax=axes())
    with pytest.raises(ValueError, match="no column 'rta_ms'"):
        plots.ecdf(pd.DataFrame({"replication": [0]}), "rta_ms", ax=axes())


def test_a_comparison_is_drawn_by_group_with_margin_interval_and_verdict(compared: Comparison) -> None:
    """The fleet first, then tiers, then the environments that differ most; how many are left out is said."""
    ax = axes()
    assert plots.compare(compared, ax=ax) is ax
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[:3] == ["fleet", "tier 1", "tier 3"]
    assert len(names) == 3 + ENVIRONMENTS_MAX
    assert "9 more environments differ less" in ax.get_title(loc="left")
    (found,) = compared.contrasts
    lines = [each for each in found.differences if each.measure.name == "down_ms"]
    words = [text.get_text() for text in ax.texts]
    assert [text.split("  ")[-1] for text in words[:3]] == [str(each.change) for each in lines[:3]]
    drawn = [np.asarray(line.get_xdata()) for line in ax.lines]
    shown = {round(float(at[0])) for at in drawn if len(at) == 1}
    assert round(lines[0].difference.value or 0) in shown
    assert "candidate less base (more is worse)" in ax.get_xlabel()


def test_a_comparison_of_a_count_or_of_nothing_is_drawn(compared: Comparison) -> None:
    assert "(not judged)" in plots.compare(compared, "failovers", ax=axes()).get_xlabel()
    assert "pp" in plots.compare(compared, "breach", ax=axes()).xaxis.get_major_formatter()(0.1, 0)
    with pytest.raises(ValueError, match="did you mean"):
        plots.compare(compared, "failover", ax=axes())


def test_a_difference_of_nothing_is_drawn_as_such(tmp_path: Path) -> None:
    none = bs.compare(written(tmp_path), ["seed", "seed"], replications=0)
    assert "n/a" in texts(plots.compare(none, ax=axes()))
