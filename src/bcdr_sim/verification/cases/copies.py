"""How far a copy is behind when an outage comes."""

from __future__ import annotations

from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import Case, Check, Numbers, Sample, Statistic
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import copies


def _older_than_half_an_hour(metrics: Metrics) -> Numbers:
    return (readings.potential_ages(metrics) > 0.5).astype(float)


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
)
