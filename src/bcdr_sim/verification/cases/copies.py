"""How far a copy is behind when an outage comes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import copies


def _older_than_half_an_hour(metrics: Metrics) -> Numbers:
    return (readings.potential_ages(metrics) > 0.5).astype(float)


def _older_than_a_day(metrics: Metrics) -> Numbers:
    return (readings.potential_ages(metrics) > 24).astype(float)


def _older_than_two_days(metrics: Metrics) -> Numbers:
    return (readings.potential_ages(metrics) > 48).astype(float)


def _ages_by_group(metrics: Metrics) -> Numbers:
    """The ages of the databases in one row, those of the files in the other; in name order both."""
    return readings.potential_ages(metrics).reshape(2, -1)


def _oldest(metrics: Metrics) -> Numbers:
    return np.asarray(_ages_by_group(metrics).max(axis=0))


def _window(metrics: Metrics) -> Numbers:
    return np.asarray(np.ptp(_ages_by_group(metrics), axis=0))


def _age_of(place: int) -> Callable[[Metrics], float]:
    return lambda metrics: float(readings.potential_ages(metrics)[place])


def _sent_gigabytes(place: int) -> Callable[[Metrics], float]:
    """What a copy has at the probe, of writes of 1 kB; 1,048,576 of them are a gigabyte."""

    def read(metrics: Metrics) -> float:
        writes = metrics.timeline.trial.estate.spec(place).writes
        return writes.number(0, int(metrics.incident_columns.last_sync_ms[place])) / 2**20

    return read


_CHURNS = (2, 4, 8, 5, 20)
_BURST = {"burst": 2.0, "burst_rate": 30.0, "bandwidth": 20.0, "calm_rate": 10.0}

COPIES = (
    Case(
        id="c04",
        title="Log shipping with a phase of its own",
        law="uniform age on [d, d + T]",
        scenario="c04_shipping.yaml",
        sample=Sample.FLEET,
        worlds=1,
        checks=(
            Check(
                "E age",
                copies.shipping_age_mean(interval=0.25, transfer=22 / 60),
                readings.potential_ages,
                is_primary=True,
            ),
            Check(
                "Var age",
                copies.shipping_age_variance(interval=0.25),
                readings.potential_ages,
                statistic=Statistic.VARIANCE,
            ),
            Check(
                "P(age > 30m)",
                copies.shipping_age_exceeds(0.5, interval=0.25, transfer=22 / 60),
                _older_than_half_an_hour,
            ),
        ),
    ),
    Case(
        id="c05",
        title="Log shipping that fails two times in five",
        law="geometric number of periods",
        scenario="c05_lossy_shipping.yaml",
        sample=Sample.FLEET,
        worlds=3,
        checks=(
            Check(
                "E age",
                copies.lossy_shipping_age_mean(interval=24, success=0.6),
                readings.potential_ages,
                is_primary=True,
            ),
            Check("P(age > 1d)", copies.lossy_shipping_age_exceeds(1, success=0.6), _older_than_a_day),
            Check("P(age > 2d)", copies.lossy_shipping_age_exceeds(2, success=0.6), _older_than_two_days),
        ),
    ),
    Case(
        id="c06-overtaking",
        title="Log shipping whose shipments overtake",
        law="first arrival of the newest",
        scenario="c06_overtaking.yaml",
        sample=Sample.FLEET,
        worlds=1,
        checks=(
            Check(
                "E age",
                copies.overtaking_age_mean(interval=5, transfer_rate=1 / 8),
                readings.potential_ages,
                is_primary=True,
            ),
        ),
    ),
    Case(
        id="c06-chain",
        title="The same as a chain of logs",
        law="all earlier ones have arrived",
        scenario="c06_chain.yaml",
        sample=Sample.FLEET,
        worlds=1,
        checks=(
            Check(
                "E age",
                copies.chained_age_mean(interval=5, transfer_rate=1 / 8),
                readings.potential_ages,
                is_primary=True,
            ),
        ),
    ),
    Case(
        id="c08",
        title="A burst of writes over a link of fixed bandwidth",
        law="fluid queue, to the millisecond",
        scenario="c08_burst.yaml",
        sample=Sample.CONSTANT,
        worlds=1,
        checks=(
            Check("age at 2h", copies.fluid_age_at(2, **_BURST), _age_of(0), is_primary=True),
            Check("age at 3h, its peak", copies.fluid_age_at(3, **_BURST), _age_of(1)),
            Check("age at 3h30m", copies.fluid_age_at(3.5, **_BURST), _age_of(2)),
            Check("age at 4h, drained", copies.fluid_age_at(4, **_BURST), _age_of(3)),
        ),
    ),
    Case(
        id="c12-group",
        title="The oldest common point of two copies",
        law="maximum of exponentials",
        scenario="c12_group.yaml",
        checks=(
            Check("E oldest", copies.oldest_point_mean(1 / 3, 1 / 7), _oldest, is_primary=True),
            Check("E window", copies.inconsistency_mean(1 / 3, 1 / 7), _window),
        ),
        sample=Sample.FLEET,
        worlds=600,
    ),
    Case(
        id="c31",
        title="A chain of aligned copies, the last of them weekly",
        law="uniform age over the last period",
        scenario="c31_chain.yaml",
        sample=Sample.FLEET,
        worlds=1,
        checks=(
            Check(
                "E age",
                copies.chain_age_mean(((2, 6), (12, 36)), 168),
                readings.potential_ages,
                is_primary=True,
            ),
        ),
    ),
    Case(
        id="churn",
        title="What a link of fixed bandwidth carries in a day",
        law="arithmetic",
        scenario="churn.yaml",
        sample=Sample.CONSTANT,
        worlds=1,
        checks=tuple(
            Check(
                f"GB/day at {rate} MB/s",
                copies.carried_gigabytes(rate),
                _sent_gigabytes(place),
                is_primary=place == 0,
            )
            for place, rate in enumerate(_CHURNS)
        ),
    ),
)
