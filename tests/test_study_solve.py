"""Laws of solving for a setting: the true limit lies where the answer says, or the answer says that it does not know."""

import math

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.experiment.bench import Bench
from bcdr_sim.statistics.verdicts import Verdict
from bcdr_sim.study import Outcome, Solution, Subject, solve, span_of, target
from bcdr_sim.study.limit import find_limit
from bcdr_sim.units import parse_duration
from studies import burst, consent, lagging, queue

CONSENT, SLOTS = "customers.default.decision.mean", "provider.failover.slots"
HOUR_MS = 3_600_000


def found(
    subject: Subject,
    name: str,
    keeps: str,
    *,
    between: tuple[object, object],
    count: int = 150,
    step: object = None,
    fresh: int | None = None,
) -> Solution:
    span = span_of(subject, name, between, step=step)
    return find_limit(subject, span, target(keeps), bench=Bench(), seed=3, replications=count, fresh=fresh)


def test_the_longest_consent_time_lies_where_its_formula_says() -> None:
    """P(rta <= 12h) = 1 - exp(-(12h - 1h45m) / mean) >= 90 % up to a mean of 4h27m."""
    solution = found(consent(), CONSENT, "P(rta <= 12h) >= 90%", between=("1h", "17h"), step="1h", count=80)
    exact_ms = (12 - 1.75) * HOUR_MS / -math.log(0.1)
    assert solution.outcome is Outcome.FOUND
    assert solution.is_rising
    assert parse_duration(solution.safe) <= exact_ms <= parse_duration(solution.lost)
    assert parse_duration(solution.safe) <= parse_duration(solution.seen) <= parse_duration(solution.lost)
    assert solution.is_confirmed
    assert solution.confirmation is not None
    assert solution.confirmation.seed == 4
    assert solution.confirmation.estimate.n == 320


def test_a_quantile_is_solved_as_the_probability_that_it_is() -> None:
    """p90(rta) <= 12h is P(rta <= 12h) >= 90 %: the same values, the same answer."""
    bounds = (CONSENT, ("1h", "17h"))
    one = found(consent(), bounds[0], "p90(rta) <= 12h", between=bounds[1], step="2h", count=40, fresh=0)
    other = found(
        consent(), bounds[0], "P(RTO <= 12h) >= 0.9", between=bounds[1], step="2h", count=40, fresh=0
    )
    assert one.tried == other.tried
    assert one.target.text == other.target.text == "P(rta <= 12h) >= 90%"


@pytest.mark.parametrize(("hours", "slots"), [(4, 5), (1, 12), (2, 12), (9, 3)])
def test_the_fewest_slots_are_those_of_the_queue(hours: int, slots: int) -> None:
    """ceil(23 / slots) * 48m <= hours: nothing is drawn, so the answer is exact and its interval one slot wide."""
    solution = found(queue(), SLOTS, f"mean(rta) <= {hours}h", between=(1, 23), count=3, fresh=3)
    if hours == 1:
        assert solution.safe == 23  # one after the other: nobody waits
        return
    assert (solution.safe, solution.seen, solution.lost) == (slots, slots, slots - 1)
    assert not solution.is_rising
    assert solution.is_confirmed


def test_the_largest_lag_lies_where_its_formula_says() -> None:
    """P(loss <= 15m) = 1 - exp(-15m / mean) >= 80 % up to a mean of 9m19s."""
    solution = found(
        lagging(), "link.lag.mean", "P(rpo <= 15m) >= 80%", between=("1m", "41m"), step="2m", count=100
    )
    exact_ms = 15 * 60_000 / -math.log(0.2)
    assert solution.outcome is Outcome.FOUND
    assert parse_duration(solution.safe) <= exact_ms <= parse_duration(solution.lost)


def test_the_interval_holds_the_limit_as_often_as_it_says() -> None:
    """Over many seeds the formula's limit lies between safe and lost in 95 % of them or more (steps widen it)."""
    subject, aim = lagging(), target("P(loss <= 15m) >= 80%")
    span = span_of(subject, "link.lag.mean", ("3m", "21m"), step="2m")
    exact_ms = 15 * 60_000 / -math.log(0.2)
    hits = 0
    for seed in range(10):
        one = find_limit(subject, span, aim, bench=Bench(), seed=seed, replications=25, fresh=0)
        low_ms = 0 if one.safe is None else parse_duration(one.safe)
        high_ms = math.inf if one.lost is None else parse_duration(one.lost)
        hits += low_ms <= exact_ms <= high_ms
    assert hits >= 7  # fewer happen to an interval of 95 % in one case of 1,000


def test_a_target_that_is_missed_everywhere_has_no_answer() -> None:
    """Surely missed even at the best end: no value is named."""
    solution = found(queue(), SLOTS, "mean(rta) <= 30m", between=(1, 23), count=3)
    assert solution.outcome is Outcome.NONE_KEPT
    assert (solution.safe, solution.seen, solution.confirmation) == (None, None, None)
    assert "missed even at 23" in solution.reason


def test_a_target_that_is_kept_everywhere_has_its_limit_beyond() -> None:
    """The far end is named as kept, and that the limit was not found."""
    solution = found(queue(), SLOTS, "mean(rta) <= 20h", between=(1, 23), count=3, fresh=3)
    assert solution.outcome is Outcome.ALL_KEPT
    assert solution.safe == 1
    assert solution.lost is None
    assert "beyond" in solution.reason


def test_too_few_worlds_decide_nothing() -> None:
    """Without any failure in 50 worlds, 99 % is not sure anywhere; the answer says so and names no value."""
    solution = found(lagging(), "link.lag.mean", "P(loss <= 15m) >= 99%", between=("1s", "10m"), count=50)
    assert solution.outcome is Outcome.UNDECIDED
    assert solution.safe is None
    assert "50 worlds do not decide" in solution.reason
    assert "it takes 368 without a failure" in solution.reason


def test_a_setting_that_does_nothing_is_said_to() -> None:
    """No direction is made up from noise."""
    solution = found(queue(), "customers.default.decision", "mean(rta) <= 4h", between=("0s", "5h"), count=2)
    assert solution.outcome is Outcome.ALL_KEPT
    assert "makes no difference" in solution.reason


def test_what_rises_and_falls_has_no_one_limit() -> None:
    """The loss rises to 1h and falls again as the outage begins later: the search says so and names no value."""
    solution = found(
        burst(), "outages.outage.at", "mean(loss) <= 30m", between=("30m", "6h30m"), count=6, step="30m"
    )
    assert solution.outcome is Outcome.NOT_MONOTONE
    assert (solution.safe, solution.seen, solution.lost) == (None, None, None)
    assert "does not change in one direction" in solution.reason
    rising = found(burst(), "outages.outage.at", "mean(loss) <= 30m", between=("30m", "2h"), count=3, fresh=3)
    assert (
        parse_duration(rising.safe) <= 1.5 * HOUR_MS <= parse_duration(rising.lost)
    )  # at 1.5h: 1.5h * (1 - 20 / 30)


def test_fresh_worlds_have_the_last_word() -> None:
    """With few of them nothing is confirmed and nothing is the answer; values further in were tried."""
    solution = found(
        lagging(),
        "link.lag.mean",
        "P(loss <= 15m) >= 80%",
        between=("1m", "61m"),
        step="2m",
        fresh=5,
        count=60,
    )
    assert solution.outcome is Outcome.FOUND
    assert all(each.verdict is Verdict.INCONCLUSIVE for each in solution.confirmations)
    assert [each.at for each in solution.confirmations] == sorted(
        (each.at for each in solution.confirmations), reverse=True
    )
    assert solution.answer is None
    assert not solution.is_confirmed


def test_a_value_further_in_is_confirmed_where_the_safe_one_is_not() -> None:
    """This seed's search was lucky: its safe value does not hold in fresh worlds, and the answer lies further in."""
    subject, aim = lagging(), target("P(loss <= 15m) >= 80%")
    span = span_of(subject, "link.lag.mean", ("1m", "21m"), step="1m")
    one = find_limit(subject, span, aim, bench=Bench(), seed=7, replications=30, fresh=40)
    assert parse_duration(one.answer) < parse_duration(one.safe)
    assert one.confirmations[0].verdict is not Verdict.PASS
    assert one.confirmation is not None
    assert one.confirmation.value == one.answer


def test_the_answer_is_the_same_however_often_it_is_asked() -> None:
    """And in Python as from the parts."""
    arguments = {"between": (1, 23), "seed": 3, "replications": 3, "fresh": 0}
    scenario, policy = queue().scenario, queue().policy
    one, other = (
        solve(scenario, SLOTS, "mean(rta) <= 4h", policy=policy, **arguments)  # type: ignore[arg-type]
        for _ in range(2)
    )
    assert one.tried == other.tried
    assert one.frame().equals(other.frame())
    assert one.frame()["standing"].tolist() == ["missed" if each.value < 5 else "kept" for each in one.tried]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("P(loss <= 15m)", "is no target"),
        ("P(loss <= 15) >= 99%", "a duration needs a unit"),
        ("P(loss <= 15m) >= 99", "a probability is above 0% and below 100%"),
        ("P(los <= 15m) >= 99%", "did you mean 'loss'"),
        ("p0(loss) <= 15m", "above 0"),
        ("mean(failovers) <= few", "not a number"),
        ("median(loss) <= 15m", "is no quantity"),
    ],
)
def test_a_target_that_cannot_be_read_is_refused(text: str, complaint: str) -> None:
    """With what is allowed."""
    with pytest.raises(InputError, match=complaint.replace("(", r"\(")):
        target(text)


@pytest.mark.parametrize(
    ("name", "ends", "complaint"),
    [
        ("slots", (1, 2), "is no parameter of policy auto and no key of the scenario"),
        (SLOTS, (0, 5), "greater than or equal to 1|at least 1"),
        (SLOTS, (5, 1), "the low end comes first"),
        (SLOTS, ("1m", 5), "both ends must be"),
        (SLOTS, None, "has no range of its own"),
        ("environments.eac.count", (1, 5), "did you mean 'each'"),
    ],
)
def test_a_range_that_a_setting_does_not_have_is_refused(
    name: str, ends: tuple[object, object] | None, complaint: str
) -> None:
    """By name, before anything is played."""
    with pytest.raises(InputError, match=complaint):
        span_of(queue(), name, ends)


def test_a_range_is_counted_in_round_steps() -> None:
    """Each value is one that a person would write, and the high end is among them."""
    subject = consent()
    span = span_of(subject, CONSENT, ("1m", "4h"))
    assert span.step == 30_000
    assert (span.value(0), span.value(1), span.value(span.last)) == ("1m", "1m30s", "4h")
    shares = span_of(subject, "customers.default.answers_share", (0, 1))
    assert (shares.kind, shares.value(1)) == ("number", 0.002)
    declared = span_of(subject, "hold_down", None)
    assert (declared.value(0), declared.value(declared.last)) == ("0s", "1d")
