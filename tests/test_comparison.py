"""Laws of comparing policies in the same worlds: alike is exactly alike, what matters is found, claims can be seen."""

from pathlib import Path

import numpy as np
import pytest

import bcdr_sim as bs
from bcdr_sim.errors import InputError
from bcdr_sim.estate import build_estate
from bcdr_sim.experiment import Comparison, Runs, compare_runs, contrast, run
from bcdr_sim.experiment.contrast import PAIRS_MIN, Contrast
from bcdr_sim.experiment.margins import Margin, Margins, read_margins
from bcdr_sim.experiment.side import MEASURES, Group, Side, groups_of, measure_named
from bcdr_sim.experiment.worlds import empty_worlds
from bcdr_sim.policy import load_policy
from bcdr_sim.statistics.verdicts import Change
from many import GALES, written

WAIT = Path(__file__).parent.parent / "policies" / "wait.yaml"
FLEET = [Group("fleet", "", 4)]


@pytest.fixture(scope="module")
def gales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("gales"))


@pytest.fixture(scope="module")
def compared(gales: Path) -> Comparison:
    """A policy that waits longer, and one that never moves, against the built-in one."""
    policies: dict[str, str | Path] = {"seed": "seed", "wait": WAIT, "never": "fo-2022"}
    return bs.compare(gales, policies, seed=7, replications=120)


def made(down_ms: np.ndarray, label: str, *, breached: np.ndarray | None = None) -> Side:
    """A side of which only these columns say anything."""
    worlds = empty_worlds(len(down_ms), expectation_count=0)
    worlds["replication"][:] = np.arange(len(down_ms))
    worlds["outages"][:] = 1
    worlds["incidents"][:] = 1
    worlds["down_ms"][:] = down_ms
    if breached is not None:
        worlds["breached"][:] = breached
    return Side(label, label, worlds)


def verdict(base: np.ndarray, candidate: np.ndarray, *, margin: float = 0.0) -> Change | None:
    """What is said of the down time."""
    margins = Margins(own={"down_ms": Margin(margin)})
    found = contrast(made(base, "a"), made(candidate, "b"), groups=FLEET, margins=margins)
    return found.primary.change


def uniforms(seed: int, count: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(seed)).random(count)


@pytest.mark.parametrize("policy", ["seed", "fo-2022", WAIT])
def test_a_policy_compared_with_itself_differs_by_exactly_0(*, policy: str | Path, gales: Path) -> None:
    """For any seed and any number of worlds, of every group and metric; never a false alarm."""
    for seed in range(6):
        found = bs.compare(gales, [policy, policy], seed=seed, replications=5 * seed + 1)
        assert found.word in {"within margin", "nothing ran"}
        (one,) = found.contrasts
        assert one.equal_count == one.n
        for each in one.differences:
            assert each.difference.value in {0.0, None}
            assert each.change in {Change.WITHIN_MARGIN, None}
        assert not one.breaching
        assert not one.apart


def test_an_identical_policy_under_another_name_is_within_any_margin(tmp_path: Path, gales: Path) -> None:
    """Its name is not what decides: from `PAIRS_MIN` worlds on the differences do, and they are exactly 0."""
    twin = tmp_path / "twin.yaml"
    twin.write_text(
        load_policy("seed").text.replace("policy: seed-2024-11", "policy: twin"), encoding="utf-8"
    )
    assert load_policy(twin).name == "twin"
    found = bs.compare(gales, ["seed", twin], seed=3, replications=PAIRS_MIN)
    assert found.word == "within margin"
    assert found.labels == ("seed-2024-11", "twin")


def test_a_change_that_matters_slightly_is_found() -> None:
    """Two per cent of what one world differs from another by: paired it is seen, unpaired it would drown."""
    spread = 3_600_000 * -np.log1p(-uniforms(1, 400))
    slight = 72_000 * (0.5 + uniforms(2, 400))
    assert verdict(spread, spread + slight) is Change.WORSE
    assert verdict(spread + slight, spread) is Change.BETTER
    assert verdict(spread, spread + slight, margin=120_000) is Change.WITHIN_MARGIN
    assert verdict(spread, spread[::-1]) is Change.INCONCLUSIVE


def test_the_interval_of_a_difference_covers_it() -> None:
    """Nominally 95 %; within four standard errors of that in 600 comparisons with a known difference."""
    inside, count, true = 0, 600, 60_000.0
    for seed in range(count):
        u = uniforms(seed, 160).reshape(2, 80)
        base = 1_000_000 * u[0]
        primary = contrast(
            made(base, "a"), made(base + 2 * true * u[1], "b"), groups=FLEET
        ).primary.difference
        assert primary.low is not None
        assert primary.high is not None
        inside += primary.low <= true <= primary.high
    assert abs(inside / count - 0.95) < 4 * np.sqrt(0.95 * 0.05 / count)


def test_alike_on_average_is_seldom_called_different() -> None:
    """Of 400 pairs of policies that differ world by world but not in the mean, at most the promised 5 % and luck."""
    alarms = 0
    for seed in range(400):
        u = uniforms(seed, 100)
        alarms += verdict(np.full(100, 10**6), 10**6 + 10**5 * np.where(u < 0.5, -1, 1)) in {
            Change.WORSE,
            Change.BETTER,
        }
    assert alarms <= 400 * (0.05 + 4 * np.sqrt(0.05 * 0.95 / 400))


def test_of_too_few_worlds_only_harm_is_believed() -> None:
    """A handful of worlds that are all alike may be so by luck."""
    few = np.full(PAIRS_MIN - 1, 10**6)
    assert verdict(few, few) is Change.INCONCLUSIVE
    assert verdict(few, few - 1000) is Change.INCONCLUSIVE
    assert verdict(few, few + 1000) is Change.WORSE
    enough = np.full(PAIRS_MIN, 10**6)
    assert verdict(enough, enough) is Change.WITHIN_MARGIN


def test_yes_or_no_is_judged_by_the_worlds_in_which_it_differs() -> None:
    """Three newly bad worlds of a hundred are no proof, eight are; the exact test says so, not the normal law."""

    def judged(newly: int) -> Change | None:
        base, candidate = np.zeros(100, dtype=int), np.zeros(100, dtype=int)
        candidate[:newly] = 1
        down = np.ones(100)
        found = contrast(
            made(down, "a", breached=base),
            made(down, "b", breached=candidate),
            groups=FLEET,
            metrics=["worlds_in_breach"],
        )
        assert found.primary.pairs is not None
        assert found.primary.pairs.newly == tuple(range(newly))
        return found.primary.change

    assert [judged(newly) for newly in (0, 3, 5, 8)] == [
        Change.WITHIN_MARGIN,
        Change.INCONCLUSIVE,
        Change.INCONCLUSIVE,
        Change.WORSE,
    ]


def test_sides_of_other_worlds_are_refused() -> None:
    one, other = made(np.ones(4), "a"), made(np.ones(5), "b")
    with pytest.raises(ValueError, match="a and b are not of the same worlds"):
        contrast(one, other, groups=FLEET)


def test_groups_add_up_to_the_fleet(compared: Comparison) -> None:
    """Sums over tiers and over environments are those of the fleet, world by world; the largest are the largest."""
    estate = compared.runs[0].case.ready().estate
    groups = list(groups_of(estate))
    assert [group.label for group in groups] == ["fleet", "tier 1", "tier 3", "app-1", "app-2", "test"]
    for side in sides(compared):
        for measure in MEASURES:
            for kind in ("tier", "environment"):
                if kind not in measure.kinds:
                    continue
                parts = [side.values(measure, group) for group in groups if group.kind == kind]
                fold = np.sum if measure.fold == "sum" else np.max
                assert (fold(parts, axis=0) == side.values(measure, groups[0])).all(), measure.name


def sides(compared: Comparison) -> list[Side]:
    from bcdr_sim.experiment.comparison import _side, same_replications

    return [
        _side(each, "", replications=same_replications(compared.runs), has_groups=True)
        for each in compared.runs
    ]


def test_the_frame_of_environments_adds_up_to_the_worlds(compared: Comparison) -> None:
    """What it holds per environment gives the row of the world, and who is not in it was up all the time."""
    for runs in compared.runs:
        rows, worlds = runs.environments(), runs.worlds().set_index("replication")
        sums = rows.groupby("replication")[
            [
                "incidents",
                "censored",
                "unbounded",
                "down_ms",
                "planned_ms",
                "degraded_ms",
                "failovers",
                "consents_asked",
            ]
        ].sum()
        sums = sums.reindex(worlds.index, fill_value=0)
        for name in sums.columns:
            assert (sums[name].to_numpy() == worlds[name].to_numpy()).all(), name
        most = rows.groupby("replication")[["rta_ms_max", "loss_realised_age_ms_max"]].max()
        most = most.reindex(worlds.index, fill_value=0)
        assert (most["rta_ms_max"] == worlds["rta_ms_max"].fillna(0)).all()
        assert (most["loss_realised_age_ms_max"] == worlds["loss_realised_age_ms_max"]).all()
        breached = (rows["verdict"] == "PolicyBreached").groupby(rows["replication"]).sum()
        assert (breached.reindex(worlds.index, fill_value=0) == worlds["breached"]).all()


def test_what_differs_is_told_by_metric_group_and_world(compared: Comparison) -> None:
    """A policy that never moves: longer down, nothing lost; its environments are named, and worlds can be seen again."""
    never = compared.contrasts[1]
    found = {(each.measure.name, each.group.label): each.change for each in never.differences}
    assert found["down_ms", "fleet"] is Change.WORSE
    assert found["down_ms", "app-1"] is Change.WORSE
    assert found["down_ms", "test"] is Change.WITHIN_MARGIN
    assert found["loss_realised_age_ms_max", "tier 1"] is Change.BETTER
    assert found["outages", "fleet"] is found["failovers", "fleet"] is None
    assert never.word == compared.word == "worse"
    assert {each.environment for each in never.breaching} == {"app-1", "app-2"}
    base, other = compared.runs[0], compared.runs[2]
    for each in never.breaching:
        for replication in each.replications[:2]:
            assert each.environment not in breached(base, replication)
            assert each.environment in breached(other, replication)
    for world in never.apart:
        for runs, value in ((base, world.base), (other, world.candidate)):
            booked = bs.measure(runs.timeline(world.replication)).environments()["downtime_ms"]
            assert booked.sum() == value
    gaps = [abs(world.candidate - world.base) for world in never.apart]
    assert gaps == sorted(gaps, reverse=True)
    table = compared.worlds()
    assert gaps[0] == (table["never"] - table["seed"]).abs().max()


def breached(runs: Runs, replication: int) -> set[str]:
    verdict = bs.judge(bs.measure(runs.timeline(replication)))
    names = verdict.judgements.metrics.timeline.trial.estate.names
    return {names[row] for row in np.flatnonzero(verdict.judgements.overall == bs_breached())}


def bs_breached() -> int:
    from bcdr_sim.verdict import Met

    return int(Met.POLICY_BREACHED)


def test_outages_are_the_same_whatever_the_policy(compared: Comparison) -> None:
    """Pairing rests on it: the worlds differ in nothing that is not the policy's doing."""
    for found in compared.contrasts:
        outages = next(each for each in found.differences if each.measure.name == "outages")
        assert outages.equal_count == found.n
        assert outages.difference.high == 0.0


def test_frames_of_a_comparison_have_documented_types(compared: Comparison) -> None:
    table = compared.differences()
    assert len(table) == sum(len(each.differences) for each in compared.contrasts)
    assert table["primary"].sum() == 2
    assert str(table["mean_difference"].dtype) == "Float64"
    row = table[(table["metric"] == "down_ms") & (table["group"] == "fleet")].iloc[1]
    assert row["mean_difference"] == pytest.approx(row["mean_b"] - row["mean_a"])
    assert row["newly_breaching"] == 2
    assert set(compared.breaching().columns) >= {"environment", "newly", "no_longer", "replications"}
    page = compared._repr_html_()
    assert "<script" not in page
    assert len(page) < 200_000


def test_stored_runs_are_compared_as_if_played_together(
    tmp_path: Path, gales: Path, compared: Comparison
) -> None:
    """Two folders of the same worlds give the comparison of both; of the worlds that both have."""
    one = run(gales, "seed", seed=7, replications=120, output=tmp_path / "one")
    other = run(gales, WAIT, seed=7, replications=90, output=tmp_path / "other")
    again = bs.open_runs(tmp_path / "one").compare(bs.open_runs(tmp_path / "other"))
    assert len(again) == 90
    direct = bs.compare(gales, ["seed", WAIT], seed=7, replications=90)
    columns = ["metric", "group", "mean_difference", "ci_low", "ci_high", "verdict"]
    assert again.differences()[columns].astype(str).equals(direct.differences()[columns].astype(str))
    kept = compare_runs([one, other], metrics=["rta_ms"]).primary
    assert kept == "rta_ms"
    assert compared.runs[0].digest == one.digest


def test_runs_of_other_worlds_are_refused(tmp_path: Path, gales: Path) -> None:
    """Another seed, another scenario, another length of it: their worlds are not the same worlds."""
    one = run(gales, "seed", seed=7, replications=4, frames=())
    seed = run(gales, "seed", seed=8, replications=4, frames=())
    other = run(
        written(tmp_path, GALES.replace("20d\nregions", "21d\nregions")),
        "seed",
        seed=7,
        replications=4,
        frames=(),
    )
    with pytest.raises(InputError, match="has seed 8, not 7"):
        one.compare(seed)
    with pytest.raises(InputError, match="is a run of another scenario: 'gales'"):
        one.compare(other)
    with pytest.raises(ValueError, match="two runs or more, not 1"):
        one.compare()
    bare = one.compare(run(gales, WAIT, seed=7, replications=4, frames=()))
    assert not bare.has_groups
    assert {each.group.kind for each in bare.contrasts[0].differences} == {"fleet"}


def test_a_comparison_until_a_precision_stops_at_a_look(gales: Path) -> None:
    """When the difference is known to that share of the base's mean; policies that are alike stop at the first look."""
    found = bs.compare(gales, ["seed", "fo-2022"], seed=7, replications=2000, precision=0.2)
    assert found.look is not None
    assert found.look.is_precise
    assert len(found) in {200, 220, 242, 267, 294, 324, 357, 393}
    half = found.contrasts[0].primary.difference.half_width
    assert half is not None
    assert half <= 0.2 * (found.contrasts[0].primary.base or 0)
    alike = bs.compare(gales, ["seed", "seed"], seed=7, replications=2000, precision=0.01)
    assert len(alike) == 200
    assert alike.look is not None
    assert alike.look.is_precise


def test_workers_change_nothing(gales: Path, tmp_path: Path) -> None:
    """Nor does it matter whether the runs are kept."""
    policies: dict[str, str | Path] = {"a": "seed", "b": WAIT}
    one = bs.compare(gales, policies, seed=7, replications=60)
    two = bs.compare(gales, policies, seed=7, replications=60, workers=2, output=tmp_path / "kept")
    assert one.differences().equals(two.differences())
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "of_down", "of_breach"),
    [
        (None, 0.0, 0.0),
        ("5%", 50.0, 0.02),
        ("10m", 600_000.0, 0.0),
        ({"down_ms": "10m", "breach": 0.01}, 600_000.0, 0.01),
        ({"downtime": "1%"}, 10.0, 0.0),
    ],
)
def test_margins_are_shares_or_amounts(*, given: object, of_down: float, of_breach: float) -> None:
    """A share is of the base's value; an amount without a name is that of the primary metric."""
    margins = read_margins(given, primary="down_ms")  # type: ignore[arg-type]
    down, breach = measure_named("down_ms"), measure_named("worlds_in_breach")
    assert margins.of(down).of(down, FLEET[0], fleet_size=4, base=1000.0) == pytest.approx(of_down)
    assert margins.of(breach).of(breach, FLEET[0], fleet_size=4, base=0.4) == pytest.approx(of_breach)


def test_an_amount_of_a_sum_goes_to_every_environment_alike() -> None:
    """Eight hours of a fleet of four are two of each; a mean or a largest value has the same margin everywhere."""
    margin, one = Margin(amount=8.0), Group("environment", "x", 1, 0)
    assert margin.of(measure_named("down_ms"), one, fleet_size=4, base=None) == 2.0
    assert margin.of(measure_named("rta_ms"), one, fleet_size=4, base=None) == 8.0
    assert margin.of(measure_named("rta_ms_max"), one, fleet_size=4, base=None) == 8.0


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("ten", "the margin of down_ms is a duration or a share"),
        ("-5%", "a number of at least 0 or a share"),
        ("nan%", "a number of at least 0 or a share"),
        (10, "needs a unit"),
        ({"downtme": "5%"}, "did you mean 'downtime'"),
        ({"breached": "5m"}, "a number of at least 0 or a share"),
    ],
)
def test_a_margin_that_is_none_is_refused(*, given: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_margins(given, primary="down_ms")  # type: ignore[arg-type]


def test_nothing_ran_is_not_alike(tmp_path: Path) -> None:
    """Without an outage in any world there is nothing to compare."""
    calm = written(tmp_path, GALES.replace("outages:\n", "outages: []\n").split("  - {id: gale")[0])
    assert bs.compare(calm, ["seed", "fo-2022"], replications=40).word == "nothing ran"
    assert bs.compare(calm, ["seed", "seed"], replications=0).word == "nothing ran"


def test_the_worst_verdict_is_that_of_all(compared: Comparison) -> None:
    """Worse before inconclusive before better; what an environment shows is named and decides nothing."""
    found = compared.contrasts[0]
    assert found.word == "worse"
    only = contrast_of(found, Change.INCONCLUSIVE)
    assert only.word == "inconclusive"
    assert contrast_of(found, Change.BETTER).word == "better"


def contrast_of(found: Contrast, change: Change) -> Contrast:
    """The same with every verdict of fleet and tiers replaced."""
    from dataclasses import replace

    changed = tuple(
        replace(each, change=change) if each.change is not None and each.group.kind != "environment" else each
        for each in found.differences
    )
    return replace(found, differences=changed)


def test_the_estate_of_a_group_is_that_of_the_scenario(gales: Path) -> None:
    sizes = {group.label: group.size for group in groups_of(build_estate(bs.load(gales)))}
    assert sizes == {"fleet": 3, "tier 1": 2, "tier 3": 1, "app-1": 1, "app-2": 1, "test": 1}
