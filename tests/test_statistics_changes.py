"""Laws of several differences judged together: one is primary, the rest share the risk, and exact zeros leave no doubt."""

import numpy as np
import pytest

from bcdr_sim.statistics import (
    Change,
    Gated,
    change,
    change_values,
    discordant_pairs,
    judge_changes,
    paired_difference,
)


def gated(values: np.ndarray, *, margin: float = 0.0, is_primary: bool = False) -> Gated:
    """The difference of these values and nothing."""
    found = paired_difference(values, np.zeros(len(values))).difference
    return Gated(found, margin, is_primary)


def normals(seed: int, count: int) -> np.ndarray:
    return np.random.Generator(np.random.Philox(seed)).normal(size=count)


@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.0, 0.21, 0.3, 1.0])
@pytest.mark.parametrize("margin", [0.0, 0.25, 2.0])
def test_the_primary_difference_is_judged_by_its_interval(*, shift: float, margin: float) -> None:
    """One-sided tests at half the risk say what the interval says."""
    one = gated(normals(1, 100) + shift, margin=margin, is_primary=True)
    assert judge_changes({"one": one})["one"].change is change(one.difference, margin)


def test_a_difference_that_is_the_same_everywhere_leaves_no_doubt() -> None:
    """In either direction, and at the edge of the margin too."""
    for value, expected in ((0.0, Change.WITHIN_MARGIN), (3.0, Change.WORSE), (-3.0, Change.BETTER)):
        assert judge_changes({"x": gated(np.full(50, value))})["x"].change is expected
    assert judge_changes({"x": gated(np.full(50, 3.0), margin=3.0)})["x"].change is Change.WITHIN_MARGIN


def test_the_rest_share_the_risk() -> None:
    """What would be worse alone is inconclusive among forty others of which nothing is known; the primary one is not."""
    slight = normals(3, 100)
    slight = slight - slight.mean() + 2.2 / 10 * slight.std()
    others = {f"noise {number}": gated(normals(number + 10, 100)) for number in range(40)}
    assert judge_changes({"x": gated(slight)})["x"].change is Change.WORSE
    assert judge_changes({"x": gated(slight), **others})["x"].change is Change.INCONCLUSIVE
    assert judge_changes({"x": gated(slight, is_primary=True), **others})["x"].change is Change.WORSE


def test_among_many_that_are_alike_none_is_called_different() -> None:
    """In 200 families of twenty each, at most the promised 5 % and luck have a false alarm."""
    alarms = 0
    for seed in range(200):
        table = normals(seed, 20 * 60).reshape(20, 60)
        found = judge_changes({str(at): gated(row) for at, row in enumerate(table)})
        alarms += any(each.change in {Change.WORSE, Change.BETTER} for each in found.values())
    assert alarms <= 200 * (0.05 + 4 * np.sqrt(0.05 * 0.95 / 200))


def test_yes_or_no_asks_the_exact_test_too() -> None:
    """Five newly bad of a hundred are significant by the normal law alone, and not by the exact test."""
    new, old = np.zeros(100), np.zeros(100)
    new[:5] = 1
    difference = paired_difference(new, old).difference
    assert change_values(difference, 0.0).worse < 0.025
    assert change_values(difference, 0.0, pairs=discordant_pairs(new, old)).worse == pytest.approx(0.5**5)


def test_two_primary_differences_are_refused() -> None:
    one = gated(normals(1, 10), is_primary=True)
    with pytest.raises(ValueError, match="one primary difference to a family, not 2"):
        judge_changes({"a": one, "b": one})
    with pytest.raises(ValueError, match="margin"):
        judge_changes({"a": gated(normals(1, 10), margin=-1.0)})
