"""Laws of sensitivity: what matters is seen, what does not is 0, and shares of the variance are those of the formula."""

import math

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.experiment.bench import Bench
from bcdr_sim.study import Span, Subject, quantity, sensitivity, span_of
from bcdr_sim.study.influence import sobol, tornado
from studies import consent, lagging, queue

SLOTS, RUN = "provider.failover.slots", "provider.failover.run"


def spans(subject: Subject, **ends: tuple[object, object]) -> list[Span]:
    return [span_of(subject, name.replace("__", "."), each) for name, each in ends.items()]


def test_a_tornado_is_ordered_and_paired() -> None:
    """The longest move takes 5 * run with five slots: run of 1h adds 1h, 12 slots take 2h24m off, decisions nothing."""
    subject = queue()
    found = tornado(
        subject,
        spans(
            subject,
            customers__default__decision=("0s", "5h"),
            provider__failover__run=("48m", "60m"),
            provider__failover__slots=(5, 12),
        ),
        quantity("mean(rta)"),
        bench=Bench(),
        seed=1,
        replications=2,
    )
    assert [swing.name for swing in found.swings] == [SLOTS, RUN, "customers.default.decision"]
    assert found.base.value == 5 * 48 * 60_000
    assert [swing.size for swing in found.swings] == [3 * 48 * 60_000, 5 * 12 * 60_000, 0]
    table = found.frame()
    assert table["difference"].tolist() == [0, -3 * 48 * 60_000, 0, 5 * 12 * 60_000, 0, 0]
    assert table["value"].tolist() == ["5", "12", "48m", "1h", "0s", "5h"]


def test_shares_of_the_variance_are_those_of_the_formula() -> None:
    """The rta is 15m + decision + run, without interplay: shares are those of the variances, 4 to 1."""
    subject = consent(**{"customers.default.decision": "1h"})
    found = sobol(
        subject,
        spans(subject, customers__default__decision=("0s", "4h"), provider__failover__run=("0s", "2h")),
        quantity("mean(rta)"),
        bench=Bench(),
        seed=2,
        points=16,
        repeats=2,
        replications=1,
    )
    decision, run = found.indices
    for index, exact in ((decision, 0.8), (run, 0.2)):
        assert index.first.value == pytest.approx(exact, abs=0.15)
        assert index.total.value == pytest.approx(exact, abs=0.15)
    assert found.frame()["setting"].tolist() == ["customers.default.decision", RUN]


def test_a_setting_that_does_nothing_has_no_share() -> None:
    """Not even of the noise: all points of a repeat meet the same worlds."""
    subject = lagging()
    found = sobol(
        subject,
        spans(subject, link__lag__mean=("1m", "20m"), customers__default__decision=("0s", "2h")),
        quantity("mean(loss)"),
        bench=Bench(),
        seed=2,
        points=8,
        repeats=2,
        replications=5,
    )
    lag, decision = found.indices
    assert decision.total.value == 0
    assert not decision.is_above_noise
    assert lag.total.value is not None
    assert lag.total.value > 0.5


def test_a_parameter_of_the_policy_has_its_declared_range() -> None:
    """Named alone, it goes from end to end; a path of the scenario has no range of its own."""
    subject = consent()
    found = sensitivity(
        subject.scenario, ["hold_down"], "mean(rta)", policy=subject.policy, replications=3, seed=1
    )
    assert found.spans["hold_down"].high == 24 * 3_600_000
    with pytest.raises(InputError, match="has no range of its own"):
        sensitivity(subject.scenario, [RUN], policy=subject.policy)


@pytest.mark.parametrize(
    ("of", "complaint"), [("p95(rta)", "a quantile has no value by world"), ("rta", "is no quantity")]
)
def test_what_has_no_value_by_world_is_refused(of: str, complaint: str) -> None:
    subject = queue()
    with pytest.raises(InputError, match=complaint):
        sensitivity(subject.scenario, {SLOTS: (1, 5)}, of, policy=subject.policy, replications=1)


def test_nothing_varied_and_a_design_of_the_wrong_size_are_refused() -> None:
    """With what is wanted."""
    subject = queue()
    with pytest.raises(InputError, match="varies nothing"):
        sensitivity(subject.scenario, {}, policy=subject.policy, replications=1)
    with pytest.raises(InputError, match="a power of 2"):
        sensitivity(subject.scenario, {SLOTS: (1, 5)}, policy=subject.policy, method="sobol", points=12)


def test_a_probability_swings_as_its_formula_says() -> None:
    """P(loss > 15m) = exp(-15m / mean): paired differences are within 4.5 standard errors of the formula's."""
    subject = lagging()
    found = tornado(
        subject,
        spans(subject, link__lag__mean=("5m", "20m")),
        quantity("P(loss > 15m)"),
        bench=Bench(),
        seed=5,
        replications=150,
    )
    base = math.exp(-1.5)
    swing = found.swings[0]
    for change, mean_minutes in ((swing.low, 5), (swing.high, 20)):
        exact = math.exp(-15 / mean_minutes) - base
        assert change.value is not None
        assert change.standard_error is not None
        assert abs(change.value - exact) < 4.5 * change.standard_error
