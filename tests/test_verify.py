"""Laws of the ledger of known answers: what is wrong fails, what is too good fails, and what is right passes."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

import samples
from bcdr_sim.draws import Draws
from bcdr_sim.report.verified import ledger_json, ledger_line, skipped_line
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.verification.case import FOLDER, Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import CASES, SKIPPED, case_named
from bcdr_sim.verification.ledger import Row, joint, normal_of_student, rows_of
from bcdr_sim.verification.sampling import Drawn, _joined, chunks, draw
from bcdr_sim.verification.streams import Traffic
from commands import run

SHARED = {"instant.yaml", "twenty_pairs.yaml"}
"""Included by the scenarios of cases, and the scenario of none."""


def case(exact: float, *, statistic: Statistic = Statistic.MEAN, sample: Sample = Sample.WORLDS) -> Case:
    """A case of one check whose theory is known here."""
    check = Check("figure", exact, lambda metrics: 0.0, statistic=statistic, is_primary=True)
    return Case(
        id="x", title="title", law="law", scenario="instant.yaml", checks=(check,), sample=sample, worlds=1
    )


def judged(numbers: Numbers, of: Case) -> Row:
    """The one row of numbers that somebody has drawn."""
    (row,) = rows_of(Drawn(of, 0, (np.asarray(numbers, dtype=np.float64),), 1))
    return row


def exponentials(n: int, *, mean: float, seed: int = 1) -> Numbers:
    """Independent exponential numbers."""
    return mean * samples.exponentials(f"ledger {seed}", n)


# ---- single checks


def test_numbers_of_the_law_pass() -> None:
    """The mean, the variance and the ratio of exponential numbers, with errors from the sample alone."""
    drawn = exponentials(4000, mean=2)
    mean = judged(drawn, case(2))
    assert mean.passed
    assert mean.standard_error == pytest.approx(2 / 4000**0.5, rel=0.1)
    assert judged(drawn, case(4, statistic=Statistic.VARIANCE)).passed
    pair = np.column_stack([drawn, exponentials(4000, mean=5, seed=2)])
    assert judged(pair, case(0.4, statistic=Statistic.RATIO)).passed


@pytest.mark.parametrize(
    ("statistic", "exact"), [(Statistic.MEAN, 2), (Statistic.VARIANCE, 4), (Statistic.RATIO, 0.4)]
)
def test_a_bias_of_the_size_that_the_ledger_claims_to_find_is_found(
    statistic: Statistic, exact: float
) -> None:
    """Theory moved by the stated detectable bias, to the side away from the sample, fails."""
    drawn = exponentials(4000, mean=2)
    numbers = (
        np.column_stack([drawn, exponentials(4000, mean=5, seed=2)])
        if statistic is Statistic.RATIO
        else drawn
    )
    fair = judged(numbers, case(exact, statistic=statistic))
    assert fair.detectable_bias is not None
    away = 1 - fair.detectable_bias if fair.z > 0 else 1 + fair.detectable_bias
    assert not judged(numbers, case(exact * away, statistic=statistic)).passed


def test_the_error_of_a_ratio_is_that_of_repeated_samples() -> None:
    """Over 400 samples the squares of z have mean one."""
    squares = [
        judged(
            np.column_stack([exponentials(300, mean=2, seed=k), exponentials(300, mean=5, seed=1000 + k)]),
            case(0.4, statistic=Statistic.RATIO),
        ).z
        ** 2
        for k in range(400)
    ]
    assert np.mean(squares) == pytest.approx(1, abs=float(4.5 * np.std(squares) / 20))


def test_a_figure_that_is_not_a_number_fails() -> None:
    """Nothing that compares false slips through."""
    assert not judged(np.array([1.0, np.nan]), case(1)).passed
    assert not judged(np.array([3.0, 3.0]), case(1)).passed


def test_a_constant_case_is_right_to_the_millisecond_or_wrong() -> None:
    """No tolerance where no chance is: a millisecond off is a failure."""
    exact = case(2, sample=Sample.CONSTANT)
    assert judged(np.array([2.0]), exact).passed
    assert not judged(np.array([2 + 1 / 3_600_000]), exact).passed


def test_the_mean_of_the_worst_is_that_of_the_far_tail() -> None:
    """Of exponential numbers the mean beyond a quantile is that quantile and one mean more."""
    worst = case(2 * (np.log(20) + 1), statistic=Statistic.TAIL_MEAN)
    assert judged(exponentials(8000, mean=2), worst).passed
    assert not judged(-exponentials(8000, mean=2), worst).passed


# ---- all together


def rows_with(zs: list[float], *, primary: bool = True) -> list[Row]:
    """Rows with these z."""
    fair = judged(exponentials(100, mean=2), case(2))
    return [replace(fair, z=z, is_primary=primary) for z in zs]


def test_the_joint_test_passes_what_looks_like_chance() -> None:
    """Normal z."""
    normal = list(map(NormalDist().inv_cdf, samples.uniforms("joint", 40)))
    found = joint(rows_with(normal))
    assert found is not None
    assert found.passed
    assert found.degrees == 40


def test_many_small_errors_fail_together() -> None:
    """No z of 2.5 fails alone; forty of them do."""
    rows = rows_with([2.5] * 40)
    assert all(row.passed for row in rows)
    together = joint(rows)
    assert together is not None
    assert not together.passed


def test_standard_errors_that_flatter_fail_together() -> None:
    """Every z near nothing is not luck: the errors are too large."""
    together = joint(rows_with([0.1] * 40))
    assert together is not None
    assert not together.passed


def test_only_primary_checks_enter_the_joint_test() -> None:
    """Checks of one case share their data."""
    fair = rows_with([1.0, -1.0])
    assert joint([*fair, *rows_with([4.0] * 50, primary=False)]) == joint(fair)
    assert joint(rows_with([1.0], primary=False)) is None


# ---- how well a figure is known


def test_a_figure_known_less_well_than_was_asked_for_is_rough() -> None:
    """Forty numbers are too few for one per cent, forty thousand are not; both pass."""
    few, many = (judged(exponentials(n, mean=2), case(2)) for n in (40, 40_000))
    assert few.passed
    assert not few.is_precise
    assert many.is_precise
    assert "pass, rough" in ledger_line(few)
    assert "rough" not in ledger_line(many)


def test_few_numbers_are_judged_by_the_law_of_student() -> None:
    """5 of their own standard errors are a matter of 1 in 3,000 for ten numbers, which 3.6 are for a normal value."""
    assert normal_of_student(5, 10) == pytest.approx(3.39, abs=0.02)
    assert normal_of_student(-5, 10) == -normal_of_student(5, 10)
    assert normal_of_student(5, 2000) == 5
    squares = [judged(exponentials(200, mean=2, seed=k), case(2)).z ** 2 for k in range(300)]
    assert np.mean(squares) == pytest.approx(1, abs=float(4.5 * np.std(squares) / 300**0.5))


# ---- streams


def test_a_channel_serves_one_at_a_time_in_order() -> None:
    """Nobody begins before it comes, or before the one ahead is through, and a service takes an hour on average."""
    draws = Draws(3, 1)
    traffic = Traffic(arrival_rate=0.5, service_rate=1.0, hours=300)
    arrivals = traffic.arrivals(draws)
    departures = traffic.departures(draws, arrivals)
    services = np.diff(np.concatenate([[0.0], departures]))
    begins = np.maximum(arrivals, np.concatenate([[0.0], departures[:-1]]))
    assert (departures > begins).all()
    assert (departures - begins).mean() == pytest.approx(1, abs=4.5 / len(arrivals) ** 0.5)
    assert (services > 0).all()


@pytest.mark.parametrize("name", ["c05-irregular", "c07", "c09", "c28"])
def test_a_stream_makes_another_file_for_each_world(name: str) -> None:
    """It is read as everybody's, extends the scenario of the case, and the same world has the same rows."""
    of = case_named(name)
    assert of.stream is not None
    (path,) = of.paths
    texts = [of.stream(Draws(0, number)) for number in (0, 1, 0)]
    assert texts[0] == texts[2] != texts[1]
    text = f"version: 1\nname: x\nextends: {path.name}\n{texts[0]}"
    assert load_scenario(path.with_name("other.yaml"), text=text).outages == load_scenario(path).outages


# ---- drawing


def test_worlds_without_an_outage_try_nothing() -> None:
    """Numbers of worlds in which nothing happened are refused, whatever they are."""
    one = case(1)
    assert _joined(one, 0, [((np.ones(3),), 0), ((np.ones(3),), 1)]).outages == 1
    with pytest.raises(AssertionError, match="no outage in any world"):
        _joined(one, 0, [((np.ones(3),), 0), ((np.ones(3),), 0)])


def test_the_numbers_do_not_depend_on_who_draws_them() -> None:
    """In this thread or in two others: the same numbers in the same order, of every seed."""
    few = [replace(case_named("c10"), worlds=60), replace(case_named("c07"), worlds=3)]
    alone = list(draw(few, seeds=[5, 6]))
    with ThreadPoolExecutor(2) as executor:
        together = list(draw(few, seeds=[5, 6], executor=executor))
    assert [(each.case.id, each.seed) for each in alone] == [
        (few[0].id, 5),
        (few[0].id, 6),
        (few[1].id, 5),
        (few[1].id, 6),
    ]
    for mine, theirs in zip(alone, together, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(mine.numbers, theirs.numbers, strict=True))
    assert not np.array_equal(alone[0].numbers[0], alone[1].numbers[0])


def test_more_worlds_begin_with_the_fewer() -> None:
    """The full ledger plays the worlds of the quick one first, each of them once; without chance there is one."""
    quick, full = chunks(case_named("c22"), 0, 1), chunks(case_named("c22"), 0, 9)
    assert full[: len(quick)] == quick
    assert [first for _, _, first, _ in full[1:]] == [last for *_, last in full[:-1]]
    assert full[-1][-1] == 9 * case_named("c22").worlds
    assert chunks(case_named("c08"), 0, 9) == [("c08", 0, 0, 1)]
    assert chunks(case_named("c23"), 0, 9) == [("c23", 0, 0, 9 * case_named("c23").worlds)]


def test_the_engine_gives_the_known_answers_in_a_few_worlds() -> None:
    """Three cases of three kinds, with fewer worlds than `verify` takes; the bounds follow from the run."""
    few = [replace(case_named("c10"), worlds=20), replace(case_named("c14"), worlds=200), case_named("c08")]
    rows = [row for drawn in draw(few, seeds=[0]) for row in rows_of(drawn)]
    assert len(rows) == sum(len(each.checks) for each in few)
    assert all(row.passed for row in rows), [(row.case, row.check, row.z) for row in rows if not row.passed]


# ---- the list of cases


@pytest.mark.parametrize("of", CASES, ids=lambda each: each.id)
def test_a_case_is_an_ordinary_scenario_with_one_primary_check(of: Case) -> None:
    """Its files are read as everybody's, it says something of itself, and one check enters the joint test."""
    for path in of.paths:
        assert load_scenario(path).description
    assert sum(check.is_primary for check in of.checks) == 1
    assert of.rival is not None or not any(check.saved for check in of.checks)
    assert of.sample is not Sample.CONSTANT or of.worlds == 1
    assert (of.asks is not None) == (of.sample is Sample.STRATA)


def test_every_scenario_belongs_to_a_case_and_every_case_has_its_own_name() -> None:
    """No file lies about that nobody runs."""
    shipped = {path.name for path in FOLDER.glob("*.yaml")} - SHARED
    assert shipped == {path.name for each in CASES for path in each.paths}
    assert max(Counter(each.id for each in CASES).values()) == 1


# ---- the command


def test_verify_prints_every_check_with_its_verdict() -> None:
    """Two cases without chance: no joint test, exit 0."""
    ended = run("verify", "--case", "c08", "--case", "c13-constant", "--workers", "1")
    assert ended.code == 0, ended.err
    assert ended.out.count("  pass\n") == 6
    assert ended.out.endswith("single checks: 6 of 6 within |z| < 4.5\nverified\n")


def test_verify_writes_json() -> None:
    """Every figure of the table, and null where there is none."""
    ended = run("verify", "--case", "c13-constant", "--workers", "1", "--format", "json")
    document = json.loads(ended.out)
    assert document["schema"] == "bcdr-sim/verification/1"
    assert document["passed"] is True
    assert document["joint"] is None
    assert [check["simulated"] for check in document["checks"]] == pytest.approx([4, 2.26087], rel=1e-5)
    assert [check["z"] for check in document["checks"]] == [None, None]


def test_what_is_not_built_is_listed_and_not_hidden() -> None:
    """With the whole ledger, each by its name and why; none of them is a case."""
    assert not {each.id for each in SKIPPED} & {each.id for each in CASES}
    for each in SKIPPED:
        assert f"skipped (option not built: {each.why})" in skipped_line(each)
    document = json.loads(ledger_json([], None, SKIPPED))
    assert [each["case"] for each in document["skipped"]] == [each.id for each in SKIPPED]


def test_verify_knows_its_cases() -> None:
    """An unknown case is refused with the like, exit 2."""
    ended = run("verify", "--case", "desk-erlan")
    assert ended.code == 2
    assert "there is no case 'desk-erlan'; did you mean desk-erlang?" in ended.err
