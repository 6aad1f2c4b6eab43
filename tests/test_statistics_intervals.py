"""Laws of the intervals: exact coverages from sums of binomial probabilities, and measured ones where there is no sum."""

import math

import numpy as np
import pytest
from scipy import stats

from bcdr_sim.statistics import (
    Verdict,
    batch_means,
    clopper_pearson,
    cvar,
    failure_free_n,
    least_n,
    mean,
    quantile,
    quantile_ranks,
    rank_of,
    ratio,
    share,
    share_gate,
    wilson,
    zero_events_bound,
)
from bcdr_sim.statistics.estimate import Estimate
from samples import exponentials, is_coverage, uniforms

REPEATS = 400


def holds(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


# ---- exact coverages


@pytest.mark.parametrize(("interval", "coverage"), [(wilson, 0.941853), (clopper_pearson, 0.980150)])
def test_the_exact_coverage_of_a_probability_is_the_published_one(interval: object, coverage: float) -> None:
    """For n = 40 and p = .07: the sum of the binomial probabilities of all counts whose interval holds p."""
    assert callable(interval)
    inside = [k for k in range(41) if interval(k, 40)[0] <= 0.07 <= interval(k, 40)[1]]
    assert stats.binom.pmf(inside, 40, 0.07).sum() == pytest.approx(coverage, abs=1e-6)


def test_clopper_pearson_never_covers_less_than_its_level() -> None:
    """At 60 probabilities and three n; the one-sided gate likewise."""
    for n in (5, 40, 120):
        ends = np.array([clopper_pearson(k, n) for k in range(n + 1)])
        gates = np.array([share_gate(k, n, at_least=0.5)[1].low for k in range(n + 1)], dtype=float)
        for p in np.linspace(0.005, 0.995, 60):
            mass = stats.binom.pmf(np.arange(n + 1), n, p)
            assert mass[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum() >= 0.95 - 1e-12
            assert mass[gates <= p].sum() >= 0.95 - 1e-12


def test_the_ranks_of_a_quantile_have_their_published_coverage() -> None:
    """For n = 120 and q = .9 ranks 101 and 115 hold the quantile with probability .968193."""
    ranks = quantile_ranks(0.9, 120)
    assert (ranks.low, ranks.high) == (101, 115)
    assert ranks.coverage == pytest.approx(0.968193, abs=1e-6)


@pytest.mark.parametrize("q", [0.05, 0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 5, 36, 120, 500])
def test_a_quantile_interval_is_that_of_an_independent_function(q: float, n: int) -> None:
    """The ends of scipy.stats.quantile_test, nan where there is none, and coverage of the level or more."""
    values = exponentials("quantile", n)
    found, theirs = quantile(values, q), stats.quantile_test(values, p=q).confidence_interval(0.95)
    ours = [math.nan if end is None else end for end in (found.low, found.high)]
    assert ours == pytest.approx([float(theirs.low), float(theirs.high)], nan_ok=True)
    assert quantile_ranks(q, n).coverage >= 0.95 - 1e-12


@pytest.mark.parametrize(("q", "n"), [(0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688)])
def test_a_quantile_has_an_upper_end_from_its_least_n_on(q: float, n: int) -> None:
    """Below it the end is missing and the note says how many it takes."""
    assert least_n(q) == n
    assert quantile(exponentials("least", n), q).high is not None
    short = quantile(exponentials("least", n - 1), q)
    assert short.high is None
    assert short.note == f"no upper bound at this n: needs {n:,}"


def test_a_rank_is_counted_in_decimal_numbers() -> None:
    """0.07 of 100 is 7, though floats multiply to 7.000000000000001."""
    assert [rank_of(0.07, 100), rank_of(0.95, 20), rank_of(0.95, 21), rank_of(0.001, 5)] == [7, 19, 20, 1]


# ---- probabilities


@pytest.mark.parametrize(("p", "n"), [(0.95, 59), (0.99, 299), (0.999, 2995)])
def test_a_gate_without_a_failure_passes_from_its_n_on(p: float, n: int) -> None:
    """59, 299 and 2,995 successes without a failure; one less is inconclusive and says so."""
    assert failure_free_n(p) == n
    assert share_gate(n, n, at_least=p)[0] is Verdict.PASS
    verdict, found = share_gate(n - 1, n - 1, at_least=p)
    assert verdict is Verdict.INCONCLUSIVE
    assert found.note == f"needs {n:,} replications without a failure"


def test_a_gate_fails_only_beyond_doubt() -> None:
    """92 of 100 is not surely below .95; 85 is."""
    assert share_gate(92, 100, at_least=0.95)[0] is Verdict.INCONCLUSIVE
    assert share_gate(85, 100, at_least=0.95)[0] is Verdict.FAIL


def test_many_gates_at_once_each_need_more() -> None:
    """Five hundred environments tested at 95 % each would pass some by luck: the level is shared."""
    assert share_gate(59, 59, at_least=0.95, gate_count=500)[0] is Verdict.INCONCLUSIVE
    verdict, found = share_gate(180, 180, at_least=0.95, gate_count=500)
    assert (verdict, found.level) == (Verdict.PASS, 1 - 0.05 / 500)


def test_a_true_probability_at_the_gate_passes_at_most_one_time_in_twenty() -> None:
    """The sum of the probabilities of all counts that pass, exactly."""
    for n in (59, 200):
        passing = [k for k in range(n + 1) if share_gate(k, n, at_least=0.95)[0] is Verdict.PASS]
        assert 0 < stats.binom.pmf(passing, n, 0.95).sum() <= 0.05


def test_what_is_undecided_at_the_horizon_counts_against_both_ends() -> None:
    """Open replications are neither dropped nor met: the lower end is that of no, the upper that of yes."""
    found = share(90, 100, censored_count=5)
    assert (found.value, found.censored_count) == (0.9, 5)
    assert (found.low, found.high) == (wilson(90, 100)[0], wilson(95, 100)[1])
    assert share_gate(59, 60, at_least=0.95, censored_count=1)[0] is Verdict.INCONCLUSIVE
    assert share_gate(80, 100, at_least=0.95, censored_count=20)[0] is Verdict.INCONCLUSIVE
    assert share(0, 10, censored_count=10).high == 1.0


def test_no_event_still_has_an_upper_bound() -> None:
    """0 of 1,000, at most 0.30 %: what has a higher probability is seen at least once in 95 of 100 runs."""
    found = share(0, 1000)
    assert found.note == "0 of 1,000, at most 0.30 %"
    assert found.high == zero_events_bound(1000) == pytest.approx(1 - 0.05 ** (1 / 1000))
    assert (1 - zero_events_bound(17)) ** 17 == pytest.approx(0.05)
    assert share(1000, 1000).note == "all of 1,000, at least 99.70 %"
    assert share(1, 1).low == pytest.approx(0.05)
    assert share(0, 0).value is None


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (1.5, 5), (True, 5)])
def test_impossible_counts_are_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match=r"count|more than n"):
        share(count, n)


# ---- measured coverages


def test_intervals_on_replications_cover_and_those_on_environments_do_not() -> None:
    """20 environments share each outage: as 1,200 observations they cover some 55 %, as 60 replications 95 %.

    The time of an environment is the outage's, exponential of mean 1, and its own, as long; the true mean is 2.
    """
    shared = exponentials("outages", REPEATS, 60, 1)
    own = exponentials("environments", REPEATS, 60, 20)
    values = shared + own
    on_replications = sum(holds(mean(one.mean(axis=1)), 2.0) for one in values)
    on_environments = sum(holds(mean(one.ravel()), 2.0) for one in values)
    assert is_coverage(on_replications, REPEATS, low=0.93, high=0.95)
    assert on_environments / REPEATS < 0.65


def test_a_ratio_by_replication_covers_and_the_mean_of_ratios_is_wrong() -> None:
    """Incidents per replication 0 to 4, each longer where there are more: mean length 2.5 against 2 of the averages."""
    counts = np.floor(5 * uniforms("counts", REPEATS, 150))
    lengths = counts * counts * exponentials("lengths", REPEATS, 150)
    truth = (1 + 4 + 9 + 16) / (1 + 2 + 3 + 4)
    found = [ratio(top, below) for top, below in zip(lengths, counts, strict=True)]
    assert is_coverage(sum(holds(one, truth) for one in found), REPEATS, low=0.93, high=0.955)
    busy = counts > 0
    averages = np.divide(lengths, counts, out=np.zeros_like(lengths), where=busy).sum() / busy.sum()
    assert averages == pytest.approx(2.5, rel=0.02)
    assert np.mean([one.value for one in found]) == pytest.approx(3.0, rel=0.02)


def test_a_ratio_is_the_formula() -> None:
    """Sums 5 and 2 of three replications, one without any: residuals -1.5, 0 and 1.5, mean denominator 2/3."""
    found = ratio([1, 0, 4], [1, 0, 1])
    assert found.value == 2.5
    assert found.standard_error == pytest.approx(math.sqrt(4.5 / 2 / 3) / (2 / 3))
    assert found.high == pytest.approx(2.5 + stats.t.ppf(0.975, 2) * (found.standard_error or 0))


def test_a_ratio_says_when_there_is_nothing_to_divide_by() -> None:
    """No incident in 50 replications: not 0, not nan."""
    found = ratio([0] * 50, [0] * 50)
    assert (found.value, found.n, found.note) == (None, 50, "nothing to divide by in 50 replications")
    assert ratio([3], [2]).value == 1.5
    assert ratio([4, math.inf], [2, 1]).value == 2.0
    assert ratio([4, math.inf], [2, 1]).unbounded_count == 1
    with pytest.raises(ValueError, match=r"denominators\[1\] is negative"):
        ratio([1, 1], [1, -1])
    with pytest.raises(ValueError, match="2 numerators for 1 denominators"):
        ratio([1, 1], [1])


def test_a_quantile_interval_covers_what_its_ranks_say() -> None:
    """Measured against the exact coverage of the ranks, .968193 for n = 120 and q = .9."""
    truth = -math.log(0.1)
    hits = sum(holds(quantile(one, 0.9), truth) for one in exponentials("covered", REPEATS, 120))
    assert is_coverage(hits, REPEATS, low=0.968193)


def test_a_cvar_of_mostly_zero_losses_covers_too_little_until_its_tail_is_long() -> None:
    """Nine of ten replications lose nothing, the tenth an exponential of mean 1: the worst 5 % lose 1 + ln 2.

    With 10 in the tail the interval covers near .88, and the note warns; with 250 it covers, and does not.
    """
    truth = 1 + math.log(2)

    def losses(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        u = uniforms(f"losses {n}", REPEATS, n)
        return np.where(u < 0.9, 0.0, -np.log(np.maximum(1 - u, 1e-300) / 0.1))

    short, enough = ([cvar(one, 0.95) for one in losses(n)] for n in (200, 5000))
    assert is_coverage(sum(holds(one, truth) for one in short), REPEATS, low=0.85, high=0.93)
    assert is_coverage(sum(holds(one, truth) for one in enough), REPEATS, low=0.93, high=0.96)
    assert short[0].note.startswith("interval too short: 10 replications in the tail, 250 needed")
    assert not enough[0].note


def test_a_cvar_is_the_mean_of_the_worst() -> None:
    """The worst quarter of 1 to 8; part of a value where the share falls within one; unbounded with one unbounded."""
    assert cvar(range(1, 9), 0.75).value == 7.5
    assert cvar([0, 0, 0, 10], 0.5).value == 5.0
    assert cvar([0, 0, 3, 10], 0.6).value == pytest.approx((10 * 0.25 + 3 * 0.15) / 0.4)
    found = cvar([1, 2, math.inf], 0.5)
    assert (found.value, found.unbounded_count) == (math.inf, 1)
    assert cvar([5], 0.95).low is None


def test_batch_means_cover_a_long_run_that_remembers() -> None:
    """An autoregressive series around 3 that starts at 13: the start is deleted, and its values are no observations."""
    hits = naive = 0
    for noise in uniforms("series", 200, 3200):
        value, series = 10.0, []
        for step in (noise - 0.5).tolist():
            value = 0.8 * value + step
            series.append(value + 3)
        hits += holds(batch_means(series, warm_up_count=200), 3.0)
        naive += holds(mean(series[200:]), 3.0)
    assert is_coverage(hits, 200, low=0.91, high=0.955)
    assert naive < 120
    with pytest.raises(ValueError, match="two batches or more"):
        batch_means(range(50), warm_up_count=10)


def test_a_ratio_of_few_replications_says_how_few_they_are() -> None:
    """So many as have anything to divide by; one alone has no interval at all."""
    few = ratio([1, 2, 3, 0, 0], [1, 1, 1, 0, 0])
    assert "rough: only 3 replications have any" in few.note
    one = ratio([3], [2])
    assert (one.low, one.high, one.note) == (None, None, "one replication has no interval")


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, -0.5])
def test_a_level_that_is_none_is_refused_even_if_nothing_was_seen(level: float) -> None:
    """Of a share of no replication as of any other."""
    with pytest.raises(ValueError, match="level"):
        share(0, 0, level=level)


def test_an_interval_of_nothing_is_refused() -> None:
    """Of no replication there is no share, by either way."""
    for interval in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match="n: a whole number of at least 1, not 0"):
            interval(0, 0)


def test_a_mean_is_rough_where_most_are_zero_and_few_are_not() -> None:
    """From thirty replications on with anything but 0, or where all have something, it is not."""
    assert "rough: only 29 replications" in mean([*range(1, 30), *[0] * 71]).note
    assert mean([*range(1, 31), *[0] * 70]).note == ""
    assert mean([1, 2, 3]).note == ""
