"""Laws of a sweep: every point in the same worlds, every difference paired, every number of a point that of a run."""

import json
from pathlib import Path

import numpy as np
import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.experiment import LocalPool, load_case, open_runs
from bcdr_sim.experiment.bench import Bench, folder_name
from bcdr_sim.study import Sweep, quantity, subject_of, sweep
from bcdr_sim.study.grid import play_grid
from many import GALES, played, written
from studies import queue

SLOTS, LAG = "provider.failover.slots", "link.lag"
GRID: dict[str, list[object]] = {SLOTS: [1, 2], LAG: ["3m", "20m"], "hold_down": ["0s", "6h"]}


@pytest.fixture(scope="module")
def gales(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    path = written(tmp_path_factory.mktemp("gales"), GALES + "expect:\n  - {failovers: {at_most: 99}}\n")
    return sweep(path, GRID, seed=7, replications=12)


def test_a_grid_is_the_product_of_its_lists(gales: Sweep) -> None:
    """In the order given, the last setting fastest."""
    assert [tuple(point.values.values()) for point in gales.points] == [
        (slots, lag, hold) for slots in (1, 2) for lag in ("3m", "20m") for hold in ("0s", "6h")
    ]


def test_every_point_meets_the_same_worlds(gales: Sweep) -> None:
    """What no policy and no link decides, the outages, is equal world by world."""
    first = gales[0].rows["outages"]
    assert first.any()
    assert all((point.runs.rows["outages"] == first).all() for point in gales.points)


def test_a_point_is_the_run_of_its_case(gales: Sweep) -> None:
    """The same digest as if it had been run alone."""
    last = gales.points[-1]
    alone = played(last.runs.case, 12)
    assert alone.digest == last.runs.digest


def test_differences_are_those_of_the_pairs(gales: Sweep) -> None:
    """The mean of the differences by world, and exactly 0 from itself."""
    asked = quantity("mean(downtime)")
    changes = gales.differences(asked)
    assert (changes[0].value, changes[0].low, changes[0].high) == (0, 0, 0)
    pairs = asked.values(gales[5]) - asked.values(gales[0])
    assert changes[5].value == pytest.approx(pairs.mean())
    assert gales.differences(asked, base=5)[0].value == pytest.approx(-pairs.mean())


def test_the_frame_is_tidy(gales: Sweep) -> None:
    """One row per point and quantity, with the settings as columns and nothing without its interval and n."""
    table = gales.frame("mean(downtime)", "P(rta <= 4h)", "p95(loss)")
    assert len(table) == 8 * 3
    assert table.columns[:5].tolist() == ["point", SLOTS, LAG, "hold_down", "quantity"]
    assert (
        table.groupby("quantity", observed=True)["point"].apply(list).map(sorted).map(len).tolist() == [8] * 3
    )
    assert (table["n"] == 12).all()
    shares = table[table["unit"] == "share"]
    assert ((shares["ci_low"] <= shares["value"]) & (shares["value"] <= shares["ci_high"])).all()
    assert table[table["quantity"] == "p95(loss)"]["difference"].isna().all()
    row = table[(table["point"] == 3) & (table["quantity"] == "P(rta <= 4h)")].iloc[0]
    assert row["value"] == np.mean(gales[3].rows["rta_ms_max"] <= 4 * 3_600_000)


def test_the_frames_of_the_runs_are_stacked(gales: Sweep) -> None:
    """A row per point and metric, event or world."""
    assert len(gales.worlds()) == 8 * 12
    assert gales.summary().query("point == 2 and metric == 'outages'")["n"].tolist() == [12]
    assert set(gales.probabilities()["event"]) >= {"objectives_met", "expectation_1"}


def test_what_is_known_of_the_queue_is_swept_exactly() -> None:
    """ceil(23 / slots) * 48m, with an interval of no width."""
    found = play_grid(queue(), {SLOTS: [1, 5, 12, 23]}, Bench(), seed=1, replications=2)
    worst = [estimate.value for estimate in found.estimates(quantity("mean(rta)"))]
    assert worst == [23 * 48 * 60_000, 5 * 48 * 60_000, 2 * 48 * 60_000, 48 * 60_000]


def test_workers_and_folders_change_nothing(tmp_path: Path) -> None:
    """The same digests in one process, in two, stored, and resumed after shards are gone."""
    subject = subject_of(written(tmp_path), values={"horizon": "10d"})
    grid = {SLOTS: [1, 2, 3]}
    plain = play_grid(subject, grid, Bench(), seed=7, replications=30)
    pool = LocalPool(2)
    both = Bench(pool, tmp_path / "study")
    both._world_s = 1.0  # believed slow, so that the processes are used
    try:
        apart = play_grid(subject, grid, both, seed=7, replications=30)
    finally:
        both.close()
    digests = [point.runs.digest for point in plain.points]
    assert [point.runs.digest for point in apart.points] == digests
    again = Bench(None, tmp_path / "study")
    assert [
        point.runs.digest for point in play_grid(subject, grid, again, seed=7, replications=30).points
    ] == digests
    assert again.played == 0
    folder = tmp_path / "study" / folder_name(plain[1].case, 7)
    next((folder / "worlds").glob("*.parquet")).unlink()
    mended = Bench(None, tmp_path / "study")
    assert [
        point.runs.digest for point in play_grid(subject, grid, mended, seed=7, replications=30).points
    ] == digests
    assert 0 < mended.played <= 30
    assert open_runs(folder).digest == digests[1]
    assert json.loads((folder / "manifest.json").read_text())["complete"] is True


def test_a_bench_plays_each_world_once() -> None:
    """Equal cases are one case, and more worlds add to those that are there."""
    bench = Bench()
    case = queue().case({})
    bench.play([case, case], seed=1, replications=3)
    assert bench.played == 3
    longer = bench.play([case], seed=1, replications=5)[0]
    assert bench.played == 5
    assert longer.rows["replication"].tolist() == [0, 1, 2, 3, 4]


def test_a_study_goes_on_only_in_its_own_folder(tmp_path: Path) -> None:
    """Another grid may follow; another scenario or seed may not, and other things in a folder are left alone."""
    path = written(tmp_path)
    where = tmp_path / "study"
    arguments = {"replications": 2, "output": where}
    sweep(path, {SLOTS: [1]}, seed=1, **arguments)  # type: ignore[arg-type]
    sweep(path, {SLOTS: [1, 2]}, seed=1, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="holds a study with another seed"):
        sweep(path, {SLOTS: [1]}, seed=2, **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="other things"):
        sweep(path, {SLOTS: [1]}, replications=2, output=tmp_path)
    sweep(path, {SLOTS: [1]}, seed=2, force=True, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grid", "complaint"),
    [
        ({SLOTS: [0]}, "slots"),
        ({SLOTS: [1, 1]}, "has the value 1 twice"),
        ({SLOTS: []}, "has no values"),
        ({"provider.failover.slotz": [1]}, "did you mean 'slots'"),
        ({"hold_down": ["1y"]}, "not a duration"),
        ({"hold_down": ["3d"]}, "hold_down goes from 0s to 1d"),
        ({"hold_dwn": ["3h"]}, "did you mean 'hold_down'"),
        ({"environments.ap.count": [2]}, "did you mean 'app'"),
        ({"policy.parameters.hold_down": ["2h"]}, "a parameter of the policy is named alone"),
        ({"policy": ["sed"]}, "did you mean 'seed'"),
        ({"policy": [3]}, "is a name or a file"),
        ({"include": ["x.yaml"]}, "no setting"),
    ],
)
def test_a_value_that_a_setting_does_not_take_is_refused(
    grid: dict[str, list[object]], complaint: str, tmp_path: Path
) -> None:
    """By the name of the setting, with what is allowed."""
    with pytest.raises(InputError, match=complaint):
        sweep(written(tmp_path), grid, replications=1)


def test_the_policy_is_a_setting(tmp_path: Path) -> None:
    """A name or a file; parameters beside it are those of the policy of the point."""
    path = written(tmp_path)
    found = sweep(path, {"policy": ["seed", "sql-customer-managed"], LAG: ["1m"]}, seed=7, replications=6)
    for point, name in zip(found.points, ("seed", "sql-customer-managed"), strict=True):
        assert point.runs.case.policy_digest == load_case(path, name).policy_digest
    patient = sweep(path, {"policy": ["seed"], "hold_down": ["2h"]}, replications=1)
    assert (
        patient[0].case.policy_digest == load_case(path, "seed", parameters={"hold_down": "2h"}).policy_digest
    )


def test_a_distribution_is_reached_without_naming_its_family(tmp_path: Path) -> None:
    """`link.lag.median` is the median of whichever family it is."""
    short = sweep(written(tmp_path), {"link.lag.median": ["2m"]}, replications=1)
    long = sweep(written(tmp_path), {"link.lag.lognormal.median": ["2m"]}, replications=1)
    assert short[0].case.digest == long[0].case.digest != load_case(written(tmp_path)).digest


def test_an_event_that_the_scenario_does_not_have_is_refused(gales: Sweep) -> None:
    """With the likely one."""
    with pytest.raises(InputError, match="did you mean 'objectives_met'"):
        gales.frame("P(objective_met)")


def test_what_is_open_counts_neither_way(gales: Sweep) -> None:
    """Of worlds in which a recovery is open, those that are longer already are decided, and the others are not."""
    event = quantity("P(rta <= 4h)").event
    other = quantity("P(rta > 4h)").event
    assert event is not None
    assert other is not None
    runs = gales[0]
    holds, undecided = event.flags(runs)
    exceeds, also = other.flags(runs)
    assert (undecided == also).all()
    assert (holds.astype(int) + exceeds + undecided == 1).all()
    is_open = runs.rows["rta_open"]
    assert (undecided == (is_open & (runs.rows["rta_ms_max"] <= 4 * 3_600_000))).all()
