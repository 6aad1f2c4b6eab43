"""Laws of stopping: looks that are fixed beforehand, no stop on luck, and intervals that still cover."""

import math

import numpy as np
import pytest

from bcdr_sim.statistics import Precision, look, look_at, share
from samples import exponentials, is_coverage, uniforms


def test_looks_are_fixed_and_end_at_the_most() -> None:
    """200, then a tenth more each time, rounded up in exact decimals."""
    looks = Precision(0.05).looks()
    assert [next(looks) for _ in range(5)] == [200, 220, 242, 267, 294]
    assert list(Precision(0.05, n_max=250).looks()) == [200, 220, 242, 250]
    assert list(Precision(0.05, n_max=200).looks()) == [200]
    assert list(Precision(0.05, n_max=50).looks()) == [50]


def test_a_run_stops_when_its_half_width_is_small_enough() -> None:
    """At g / (1 + g) of the mean, so that the truth is within g of it."""
    values = 1 + uniforms("plain", 400)
    found = look(values, Precision(0.05))
    assert found.is_precise
    assert found.estimate.half_width is not None
    assert found.estimate.value is not None
    assert found.estimate.half_width <= 0.05 / 1.05 * found.estimate.value
    short = look(values, Precision(0.001))
    assert not short.is_precise
    assert short.expected_n is not None
    again = look(1 + uniforms("more", short.expected_n), Precision(0.001))
    assert again.estimate.half_width == pytest.approx(Precision(0.001).target(1.5), rel=0.05)


def test_an_all_zero_start_never_stops() -> None:
    """Its interval has no width: half-width 0 is at most 0, and means nothing."""
    found = look([0.0] * 500, Precision(0.1))
    assert not found.is_precise
    assert found.reason == "0 of 30 replications with anything but 0"
    assert found.expected_n is None


def test_a_few_events_are_not_enough() -> None:
    """29 of 10,000 with equal values: 30 are asked for, and the expected n says when."""
    values = np.zeros(10_000)
    values[:29] = 1
    found = look(values, Precision(0.9))
    assert not found.is_precise
    assert found.expected_n is not None
    assert found.expected_n >= 10_345


def test_nothing_stops_before_the_first_look() -> None:
    """Fifty equal values are precise to the last digit and too early."""
    found = look([3.0] * 50, Precision(0.1))
    assert (found.is_precise, found.reason) == (False, "the first look is at 200")
    assert look([3.0] * 200, Precision(0.1)).is_precise
    assert look([], Precision(0.1)).reason == look([1.0], Precision(0.1)).reason == "no interval yet"


def test_a_mean_around_zero_is_never_precise() -> None:
    """Relative precision has no target at 0."""
    values = uniforms("around", 1000) - 0.5
    found = look(np.concatenate([values, -values]), Precision(0.1))
    assert not found.is_precise


def test_any_estimate_can_be_looked_at() -> None:
    """A probability of 1/2 to within 10 % needs some 500 replications, by the same rule."""
    assert not look_at(share(150, 300), Precision(0.1), nonzero_count=150).is_precise
    assert look_at(share(300, 600), Precision(0.1), nonzero_count=300).is_precise


def test_sequential_stopping_still_covers() -> None:
    """Mostly-zero losses: one in ten replications loses an exponential of mean 1; true mean 0.1, to within 25 %."""
    repeats, most = 300, 3000
    precision, hits, sizes = Precision(0.25, n_max=most), 0, []
    hit, size = uniforms("hit", repeats, most) < 0.1, exponentials("size", repeats, most)
    for values in np.where(hit, size, 0.0):
        looks = (look(values[:n], precision) for n in precision.looks())
        found = next(one for one in looks if one.is_precise)
        assert found.estimate.low is not None
        assert found.estimate.high is not None
        hits += found.estimate.low <= 0.1 <= found.estimate.high
        sizes.append(found.estimate.n)
    assert max(sizes) < most
    assert min(sizes) > 400
    assert is_coverage(hits, repeats, low=0.92, high=0.956)


@pytest.mark.parametrize(
    "wrong",
    [
        {"g": 0},
        {"g": 5},
        {"g": math.nan},
        {"g": 0.1, "growth": 0},
        {"g": 0.1, "first_n": 1},
        {"g": 0.1, "n_max": 0},
    ],
)
def test_a_rule_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"g|growth|first_n|n_max"):
        Precision(**wrong)  # type: ignore[arg-type]


def test_thirty_events_are_enough_and_the_unit_does_not_matter() -> None:
    """At exactly as many as are asked for; in thousandths as in thousands, with the same words and the same n."""
    values = np.zeros(10_000)
    values[:30] = 1
    assert look(values, Precision(0.9)).is_precise
    plain = exponentials("unit", 400)
    found = [look(plain * unit, Precision(0.01)) for unit in (1e-6, 1.0, 1e6)]
    assert len({(each.expected_n, each.reason) for each in found}) == 1
    assert "times as wide as wanted" in found[0].reason
    assert found[0].expected_n is not None
