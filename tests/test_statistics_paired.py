"""Laws of comparing two policies in the same worlds: differences, margins, verdicts, breaches, several looks."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from bcdr_sim.statistics import (
    Change,
    Estimate,
    Gated,
    Looks,
    Verdict,
    change,
    discordant_pairs,
    holm,
    judge,
    judge_breaches,
    judge_gate,
    mean,
    p_above,
    p_below,
    paired_difference,
    paired_ratio,
    ratio,
    worst,
)
from samples import exponentials, is_coverage, uniforms

REPEATS = 400


def verdicts(name: str, shift: float, *, n: int, margin: float) -> list[Verdict]:
    """Verdicts on a candidate whose true mean difference is `shift`, in shared worlds with noise of its own."""
    world, own = exponentials(f"{name} world", REPEATS, n), exponentials(f"{name} own", REPEATS, n)
    candidate = world + shift * own
    return [judge(paired_difference(a, b).difference, margin) for a, b in zip(candidate, world, strict=True)]


# ---- differences


def test_an_identical_policy_differs_by_exactly_nothing_and_passes_at_any_margin() -> None:
    """Every difference is 0, so are both ends; no false alarm, however noisy the values are."""
    values = np.exp(10 * exponentials("same", 400))
    found = paired_difference(values, values.copy())
    assert (found.difference.value, found.difference.low, found.difference.high) == (0.0, 0.0, 0.0)
    assert (found.equal_count, found.variance_ratio) == (400, None)
    assert found.difference.note == "equal in each of 400 pairs"
    assert judge(found.difference, 0) is Verdict.PASS
    assert change(found.difference, 0) is Change.WITHIN_MARGIN
    assert (p_above(found.difference, 0), p_below(found.difference, 0)) == (1.0, 0.0)
    gated = {
        "a": Gated(found.difference, 0, is_primary=True),
        "b": Gated(found.difference, 0),
        "c": Gated(found.difference, 5),
    }
    judged = judge_gate(gated, looks=Looks((400,)), n=400)
    assert {one.verdict for one in judged.values()} == {Verdict.PASS}


def test_pairing_sees_what_unpaired_runs_cannot() -> None:
    """A shift of a tenth of a spread: clear in pairs, hidden in two overlapping intervals."""
    world = 10 * exponentials("gain", 300)
    found = paired_difference(world + 0.5 + 0.1 * exponentials("own", 300), world)
    assert found.difference.low is not None
    assert found.mean_b.high is not None
    assert found.mean_a.low is not None
    assert found.difference.low > 0.5
    assert found.mean_a.low < found.mean_b.high
    assert found.variance_ratio == pytest.approx(2 * 100 / 0.01, rel=0.3)


def test_a_paired_interval_covers() -> None:
    """The true mean difference is .3."""
    world, own = exponentials("paired", REPEATS, 200), exponentials("paired own", REPEATS, 200)
    found = [paired_difference(a, b).difference for a, b in zip(world + 0.3 * own, world, strict=True)]
    hits = sum(one.low <= 0.3 <= one.high for one in found if one.low is not None and one.high is not None)
    assert is_coverage(hits, REPEATS, low=0.93, high=0.955)


def test_a_paired_ratio_covers_where_policies_differ_in_their_incidents() -> None:
    """A has twice the length and B one more incident in each: 2 * 3 / 2 against 3 / 3 per incident."""
    hits = 0
    for lengths, u in zip(exponentials("r", REPEATS, 150), uniforms("c", REPEATS, 150), strict=True):
        count = 1 + np.floor(3 * u)
        a, b = (2 * lengths * count, count), (lengths * count, count + 1)
        found = paired_ratio(a, b)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 2 - 2 / 3 <= found.high
    assert is_coverage(hits, REPEATS, low=0.93, high=0.955)
    lengths, count = exponentials("r", 150), np.ones(150)
    same = paired_ratio((lengths, count), (lengths, count))
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    alone, none = ratio(lengths, count), paired_ratio((lengths, count), (lengths, 0 * count))
    assert paired_ratio((lengths, count), (0 * lengths, count)).standard_error == alone.standard_error
    assert (none.value, none.note) == (None, "nothing to divide by in 150 replications")


def test_an_unbounded_loss_of_the_candidate_alone_is_never_passed_over() -> None:
    """It has no difference, so there is no upper end, whatever the other pairs say; the other way round no lower."""
    base = exponentials("base", 400)
    better = base - 10
    better[7] = math.inf
    found = paired_difference(better, base)
    assert (found.unbounded_a_count, found.difference.unbounded_count, found.difference.high) == (1, 1, None)
    assert judge(found.difference, 5) is Verdict.INCONCLUSIVE
    assert p_below(found.difference, 5) == 1.0
    other_way = paired_difference(base, better)
    assert (other_way.difference.low, p_above(other_way.difference, 5)) == (None, 1.0)
    assert judge(other_way.difference, 5) is Verdict.INCONCLUSIVE
    both = base.copy()
    both[7] = math.inf
    assert judge(paired_difference(better, both).difference, 5) is Verdict.PASS
    assert paired_difference(both, both).equal_count == 400


def test_pairs_are_of_the_same_replications() -> None:
    with pytest.raises(ValueError, match="2 values in a, 3 in b"):
        paired_difference([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="2 values in a, 3 in b"):
        discordant_pairs([1, 0], [1, 0, 1])


# ---- verdicts


@pytest.mark.parametrize(
    ("low", "high", "margin", "verdict", "said"),
    [
        (1.0, 2.0, 0.5, Verdict.FAIL, Change.WORSE),
        (0.5, 2.0, 0.5, Verdict.INCONCLUSIVE, Change.INCONCLUSIVE),
        (-0.2, 0.5, 0.5, Verdict.PASS, Change.WITHIN_MARGIN),
        (-2.0, -1.0, 0.5, Verdict.PASS, Change.BETTER),
        (-2.0, 0.2, 0.5, Verdict.PASS, Change.INCONCLUSIVE),
        (None, None, 0.5, Verdict.INCONCLUSIVE, Change.INCONCLUSIVE),
        (None, 0.1, 0.5, Verdict.PASS, Change.INCONCLUSIVE),
        (0.7, None, 0.5, Verdict.FAIL, Change.WORSE),
    ],
)
def test_a_verdict_comes_from_the_ends(
    low: float | None, high: float | None, *, margin: float, verdict: Verdict, said: Change
) -> None:
    """An end at exactly the margin passes; an end that is not known decides nothing."""
    found = Estimate(0.0, low, high, 10, 0.95, "any")
    assert judge(found, margin) is verdict
    assert change(found, margin) is said


@pytest.mark.parametrize("margin", [-1.0, math.nan, math.inf])
def test_a_margin_is_a_number_of_at_least_zero(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        judge(mean([1, 2]), margin)


def test_a_true_difference_at_the_margin_hardly_ever_passes_or_fails() -> None:
    """2.5 % on either side, whatever n: else inconclusive."""
    found = verdicts("at", 1.0, n=150, margin=1.0)
    assert is_coverage(found.count(Verdict.PASS), REPEATS, low=0.02, high=0.05)
    assert is_coverage(found.count(Verdict.FAIL), REPEATS, low=0.005, high=0.03)


def test_what_is_clearly_within_passes_and_what_is_clearly_beyond_fails() -> None:
    """Half the margin passes, twice the margin fails, in every repeat."""
    assert set(verdicts("within", 0.5, n=400, margin=1.0)) == {Verdict.PASS}
    assert set(verdicts("beyond", 2.0, n=400, margin=1.0)) == {Verdict.FAIL}


def test_a_mean_that_went_up_fails_an_unchanged_policy_every_second_time() -> None:
    """Unpaired, without an interval: why a verdict is never a point. The paired verdict passes each."""
    one, other = exponentials("first", REPEATS, 100), exponentials("second", REPEATS, 100)
    assert is_coverage(int((one.mean(axis=1) > other.mean(axis=1)).sum()), REPEATS, low=0.5)
    unpaired = [judge(paired_difference(a, b).difference, 0.05) for a, b in zip(one, other, strict=True)]
    assert unpaired.count(Verdict.INCONCLUSIVE) > 0.8 * REPEATS
    assert {judge(paired_difference(a, a).difference, 0.05) for a in one} == {Verdict.PASS}


def test_too_few_pairs_are_inconclusive() -> None:
    """One pair has no interval, and none has nothing."""
    assert judge(paired_difference([5], [1]).difference, 1) is Verdict.INCONCLUSIVE
    assert judge(paired_difference([], []).difference, 1) is Verdict.INCONCLUSIVE
    alone = paired_difference([5], [1]).difference
    assert p_above(alone, 0) == p_below(alone, 9) == 1.0


def test_p_values_say_what_the_interval_says() -> None:
    """An end is at the margin exactly where the one-sided p-value is half of alpha."""
    found = paired_difference(exponentials("p", 50), exponentials("q", 50)).difference
    assert found.low is not None
    assert found.high is not None
    assert p_above(found, found.low) == pytest.approx(0.025)
    assert p_below(found, found.high) == pytest.approx(0.025)
    theirs = stats.ttest_rel(exponentials("p", 50), exponentials("q", 50), alternative="greater")
    assert p_above(found, 0) == pytest.approx(float(theirs.pvalue))


# ---- breaches


def test_breaches_are_compared_by_the_exact_test_on_discordant_pairs() -> None:
    """Three newly, one no longer: the pairs that agree say nothing."""
    a, b = [1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 1, 0]
    found = discordant_pairs(a, b)
    assert (found.both, found.only_a, found.only_b, found.neither, found.n) == (1, 3, 1, 1, 6)
    assert (found.newly, found.no_longer) == ((1, 2, 3), (4,))
    assert found.p_value == pytest.approx(stats.binomtest(3, 4).pvalue) == 0.625
    assert discordant_pairs(a, b, more_only=True).p_value == pytest.approx(5 / 16)
    assert discordant_pairs(a, a).p_value == 1.0
    assert discordant_pairs([], []).p_value == 1.0


def breaches(a: Any, b: Any, margin_share: float) -> Verdict:
    return judge_breaches(
        discordant_pairs(a, b), paired_difference(a, b).difference, margin_share=margin_share
    )


def test_new_breaches_fail_when_they_are_beyond_chance_and_margin() -> None:
    """Six newly and none the other way is beyond chance at 2.5 %; five are not; identical outcomes pass."""
    base = np.zeros(400, dtype=bool)
    six, five, many = base.copy(), base.copy(), base.copy()
    six[:6], five[:5], many[:60] = True, True, True
    assert breaches(base, base, 0) is Verdict.PASS
    assert breaches(six, base, 0) is Verdict.FAIL
    assert breaches(five, base, 0) is Verdict.INCONCLUSIVE
    assert breaches(six, base, 0.05) is Verdict.PASS
    assert breaches(many, base, 0.05) is Verdict.FAIL
    assert breaches(base, many, 0) is Verdict.PASS


# ---- several metrics, several looks


def test_holm_is_the_step_down_of_the_paper() -> None:
    """By hand, with ties and monotone; and the smallest is as with Bonferroni."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.5]) == [1.0, 1.0]
    assert holm([]) == []
    with pytest.raises(ValueError, match=r"p_values\[1\]"):
        holm([0.5, math.nan])


def test_among_many_unchanged_metrics_hardly_ever_one_fails() -> None:
    """Twenty noisy tiers whose true difference is their margin: one in forty runs has a false fail, not two in five."""
    repeats, alone, together = 200, 0, 0
    for block in exponentials("tiers", repeats, 20, 60) - 1 + 0.5:
        gated = {
            str(at): Gated(paired_difference(row, np.zeros(60)).difference, 0.5)
            for at, row in enumerate(block)
        }
        judged = judge_gate(gated, looks=Looks((60,)), n=60)
        together += worst([one.verdict for one in judged.values()]) is Verdict.FAIL
        alone += Verdict.FAIL in [judge(one.difference, one.margin) for one in gated.values()]
    assert is_coverage(together, repeats, low=0.0005, high=0.025)
    assert alone > 3 * max(together, 1)


def test_the_primary_metric_is_judged_at_the_full_level() -> None:
    """The same difference: sure enough by itself, not as one of ten."""
    world = exponentials("primary", 100)
    found = paired_difference(world + 0.25 * (exponentials("noise", 100) - 0.75), world).difference
    assert 0.0025 < p_above(found, 0) < 0.025
    gated = {str(at): Gated(found, 0, is_primary=at == 0) for at in range(11)}
    judged = judge_gate(gated, looks=Looks((100,)), n=100)
    assert judged["0"].verdict is Verdict.FAIL
    assert {judged[str(at)].verdict for at in range(1, 11)} == {Verdict.INCONCLUSIVE}


def test_looks_are_fixed_and_share_alpha() -> None:
    """Two looks at 97.5 % each; a look in between is refused, and so is a difference made for another look."""
    looks = Looks((200, 400))
    assert (looks.level, looks.number(400), Looks().ns, Looks().level) == (0.975, 1, (400,), 0.95)
    found = paired_difference([1.0] * 200, [0.0] * 200, level=0.975).difference
    assert judge_gate({"rta": Gated(found, 0.5)}, looks=looks, n=200)["rta"].verdict is Verdict.FAIL
    for n in (300, 400):
        with pytest.raises(ValueError, match=r"fixed beforehand|this look has"):
            judge_gate({"rta": Gated(found, 0.5)}, looks=looks, n=n)
    for ns in ((), (400, 200), (200, 200), (1,)):
        with pytest.raises(ValueError, match="looks"):
            Looks(ns)
    two = {name: Gated(found, 1, is_primary=True) for name in "ab"}
    with pytest.raises(ValueError, match="one primary metric to a gate, not 2: a, b"):
        judge_gate(two, looks=looks, n=200)


def test_looking_at_every_step_fails_an_unchanged_policy_too_often() -> None:
    """True difference at the margin, ten looks: shared alpha keeps 2.5 %, ten full looks do not."""
    ns, shared, full = tuple(range(40, 401, 40)), 0, 0
    looks = Looks(ns)
    for row in exponentials("looks", 300, 400) - 1:
        differences = [(n, row[:n]) for n in ns]
        shared += any((mean(part, level=looks.level).low or 0) > 0 for _, part in differences)
        full += any((mean(part).low or 0) > 0 for _, part in differences)
    assert is_coverage(shared, 300, low=0.0005, high=0.025)
    assert full > 2 * shared


def test_the_worst_verdict_decides_and_nothing_judged_is_no_pass() -> None:
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]) is Verdict.FAIL
    assert worst([Verdict.PASS, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.PASS]) is Verdict.PASS
    with pytest.raises(ValueError, match="nothing was judged"):
        worst([])


def test_one_pair_says_nothing_of_variances() -> None:
    """What pairing gains is a ratio of variances, of which one pair has none."""
    assert paired_difference([1.0], [2.0]).variance_ratio is None
    assert paired_difference([1.0, 2.0], [2.0, 4.0]).variance_ratio == pytest.approx((0.5 + 2.0) / 0.5)
