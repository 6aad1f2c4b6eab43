"""The closed forms give the figures that independent programs gave for the same parameters, to six digits."""

from __future__ import annotations

from math import exp

import pytest

from bcdr_sim.verification.closed_forms import availability, copies, exposures, failovers

C01 = {"failure_rate": 1 / 40, "repair_rate": 1 / 10}
C03 = {"arrival_rate": 0.05, "shape": 1.7, "scale": 9.0}
C10 = {"detection": 0.25, "run": 1.5, "decision_rate": 1 / 4, "return_rate": 1 / 6}
C11 = {"log_mean": 0.5, "log_deviation": 1.3}
C14 = {"decision_rate": 1 / 5, "return_rate": 1 / 4}
C15 = {"first_rate": 0.02, "second_rate": 0.03, "common_rate": 0.01}
C22 = {"outages": 0.6, "age_rate": 0.5}
ON_OFF = {"on_to_off": 1.0, "off_to_on": 0.5, "write_rate": 2.0, "bandwidth": 1.0}

FIGURES = {
    "c01 serving": (availability.serving_at(100, **C01), 0.800001),
    "c01 down": (availability.down_mean(100, **C01), 18.4000),
    "c01 outages": (availability.outage_count_mean(100, **C01), 2.04000),
    "c01 none": (availability.no_outage(100, failure_rate=1 / 40), 0.0820850),
    "c01 variance": (availability.down_variance(100, **C01), 217.601),
    "c02": (
        availability.renewal_availability(up_shape=0.7, up_scale=30, down_log_mean=1, down_log_deviation=1.2),
        0.871795,
    ),
    "c03 up": (availability.union_up_at(400, **C03), 0.669309),
    "c03 down": (availability.union_down_mean(400, **C03), 130.616),
    "c03 merged": (availability.union_count_mean(400, **C03), 13.4692),
    "c03 length": (availability.union_length_mean(**C03), 9.88158),
    "c04 mean": (copies.shipping_age_mean(interval=15, transfer=22), 29.5),
    "c04 variance": (copies.shipping_age_variance(interval=15), 18.75),
    "c04 tail": (copies.shipping_age_exceeds(30, interval=15, transfer=22), 0.466667),
    "c05 mean": (copies.lossy_shipping_age_mean(interval=24, success=0.8), 18.0),
    "c05 tail": (copies.lossy_shipping_age_exceeds(2, success=0.8), 0.04),
    "c05 irregular": (copies.irregular_age_mean(interval_mean=24, shape=2), 18.0),
    "c06 overtaking": (copies.overtaking_age_mean(interval=5, transfer_rate=1 / 8), 8.13801),
    "c06 chain": (copies.chained_age_mean(interval=5, transfer_rate=1 / 8), 14.5433),
    "c07 age": (copies.update_age_mean(update_rate=0.5, service_rate=1), 3.5),
    "c07 wait": (copies.queue_wait_mean(arrival_rate=0.5, service_rate=1), 1.0),
    "c08 backlog": (copies.fluid_backlog_peak(burst=2, burst_rate=30, bandwidth=20), 20),
    "c08 age": (
        copies.fluid_age_at(2, burst=2, burst_rate=30, bandwidth=20, calm_rate=10),
        0.666667,
    ),
    "c08 peak": (copies.fluid_age_peak(burst=2, burst_rate=30, bandwidth=20)[0], 1.0),
    "c08 peak at": (copies.fluid_age_peak(burst=2, burst_rate=30, bandwidth=20)[1], 3.0),
    "c08 drained": (copies.fluid_drained_at(burst=2, burst_rate=30, bandwidth=20, calm_rate=10), 4.0),
    "c09 tail": (copies.on_off_backlog_exceeds(2, **ON_OFF), 0.245253),
    "c09 mean": (copies.on_off_backlog_mean(**ON_OFF), 1.33333),
    "c09 automatic": (1 - copies.on_off_backlog_exceeds(0, **ON_OFF), 0.333333),
    "c10 mean": (failovers.consent_abort_recovery_mean(**C10), 3.31074),
    "c10 moved": (failovers.consent_abort_moved(**C10), 0.448211),
    "c10 tail": (failovers.consent_abort_exceeds(8, **C10), 0.0552530),
    "c10 commit moved": (
        failovers.consent_commit_moved(detection=0.25, decision_rate=1 / 4, return_rate=1 / 6),
        0.575514,
    ),
    "c10 commit": (failovers.consent_commit_recovery_mean(**C10), 3.41019),
    "c11 lognormal": (
        failovers.lognormal_capped_mean(2, **C11) + 0.4 * failovers.lognormal_exceeds(2, **C11),
        1.53719,
    ),
    "c11 gain": (failovers.moving_gain_mean(2, interruption=0.4, **C11), 2.30100),
    "c11 break-even": (failovers.break_even_interruption(2, **C11), 5.61833),
    "c11 weibull": (failovers.weibull_capped_mean(2, shape=0.6, scale=3), 1.25014),
    "c12 last": (failovers.last_recovery_mean(12, rate=0.5), 6.20642),
    "c12 seventh": (failovers.kth_recovery_mean(12, 7, rate=0.5), 1.63975),
    "c12 oldest": (copies.oldest_point_mean(1 / 3, 1 / 7), 7.9),
    "c12 window": (copies.inconsistency_mean(1 / 3, 1 / 7), 5.8),
    "c13 last": (failovers.slots_constant_last(23, 5, run=0.8), 4.0),
    "c13 mean": (failovers.slots_constant_mean(23, 5, run=0.8), 2.26087),
    "c13 exponential": (failovers.slots_exponential_last_mean(23, 5, rate=1.25), 4.70667),
    "c13 variance": (failovers.slots_exponential_last_variance(23, 5, rate=1.25), 1.39751),
    "c13 exponential mean": (failovers.slots_exponential_mean(23, 5, rate=1.25), 1.98957),
    "c14 mean": (failovers.moved_count_mean(20, **C14), 8.88889),
    "c14 variance": (failovers.moved_count_variance(20, **C14), 33.8082),
    "c14 none": (failovers.moved_count_is(20, 0, **C14), 0.0588235),
    "c14 all": (failovers.moved_count_is(20, 20, **C14), 0.0250186),
    "c15 joint": (exposures.neither_struck(10, 20, **C15), 0.367879),
    "c15 together": (exposures.struck_together(**C15), 0.166667),
    "c15 product": (exposures.strikes_product_mean(**C15), 972.222),
    "c17 strike": (
        failovers.second_strike_before_home(verification=12, return_rate=1 / 20, strike_rate=1 / 200),
        0.143850,
    ),
    "c17 unprotected": (failovers.unprotected_mean(verification=12, return_rate=1 / 20), 32.0),
    "c17 catching up": (
        failovers.struck_while_catching_up(strike_rate=1 / 200, volume=800, bandwidth=50, write_rate=10),
        0.0951626,
    ),
    "c19 latency": (failovers.probe_latency_mean(every=1, missed=3), 2.5),
    "c19 never": (failovers.never_detected(every=1, missed=3, return_rate=1 / 4), 0.463344),
    "c19 false alarm": (failovers.run_length_mean(0.2, 3), 155),
    "c19 clear": (failovers.run_length_mean(0.8, 2), 2.8125),
    "c19 share": (failovers.false_alarm_share(miss=0.2, missed=3, good=2), 0.0178218),
    "c22 nothing": (1 - exposures.total_loss_exceeds(0, **C22), 0.548812),
    "c22 mean": (exposures.total_loss_mean(**C22), 1.2),
    "c22 variance": (exposures.total_loss_variance(**C22), 4.8),
    "c22 quantile": (exposures.total_loss_quantile(0.95, **C22), 5.82279),
    "c22 tail mean": (exposures.total_loss_tail_mean(0.95, **C22), 8.35628),
    "c22 worst": (exposures.worst_loss_within(5, **C22), 0.951942),
    "c23": (exposures.total_loss_exceeds(10, outages=0.01, age_rate=0.5), 6.87310e-5),
    "c15 before the horizon": (exposures.struck_together_by(1e6, **C15), 0.166667),
    "c15 capped": (exposures.capped_product_mean(4000, **C15), 972.222),
    "c23 of a fleet": (
        exposures.worst_of_fleet_exceeds(5, count=1, outages=0.6, age_rate=0.5),
        1 - 0.951942,
    ),
    "c24": (exposures.longer_than(15, shape=0.8, scale=1.5), 0.00181881),
    "c25 mean": (exposures.split_brain_mean(promotion_rate=1 / 2, lease_rate=1 / 1.5), 0.642857),
    "c25": (exposures.split_brain(promotion_rate=1 / 2, lease_rate=1 / 1.5), 0.428571),
    "c26": (exposures.permanent_loss_mean(loss=0.3, salvage=0.7), 0.09),
    "c26 missing": (exposures.missing_mean(loss=0.3, salvage=0.7, return_rate=0.1), 2.1),
    "c27": (exposures.seasonal_count_mean(300, rate=0.004, swing=0.8, period=8760), 1.30289),
    "c27 none": (exp(-exposures.seasonal_count_mean(300, rate=0.004, swing=0.8, period=8760)), 0.271746),
    "c28": (copies.batches_all_sent(batch_rate=0.3, service_rate=1), 0.7),
    "c28 tail": (copies.first_lost_write_older_than(1.5, batch_rate=0.3, service_rate=1), 0.104981),
    "c30": (
        failovers.slots_exponential_last_mean(24, 4, rate=1)
        - failovers.slots_exponential_last_mean(24, 6, rate=1),
        1.63333,
    ),
    "c31 worst": (copies.chain_worst_age(((2, 6), (12, 36)), 168), 224),
    "c31": (copies.chain_age_mean(((2, 6), (12, 36)), 168), 140),
    "c31 daily": (copies.chain_worst_age(((2, 6),), 24), 32),
    "c31 daily mean": (copies.chain_age_mean(((2, 6),), 24), 20),
    "c32": (exposures.units_mean_time_to_failure(3, 2, failure_rate=0.5, repair_rate=52), 36.3333),
    "c32 to the end": (
        exposures.units_capped_time_mean(3000, 3, 2, failure_rate=0.5, repair_rate=52),
        36.3333,
    ),
    "c32 with none to spare": (
        exposures.units_survive(2, 2, 2, failure_rate=0.5, repair_rate=7),
        exp(-2),
    ),
    "churn": (copies.carried_gigabytes(20), 1687.5),
    "cobham first": (exposures.priority_time_in_system((0.2, 0.6), service_rate=1)[0], 2.0),
    "cobham second": (exposures.priority_time_in_system((0.2, 0.6), service_rate=1)[1], 6.0),
    "erlang": (exposures.must_wait(3, arrival_rate=0.2, service_rate=0.1), 0.444444),
    "erlang wait": (exposures.wait_mean(3, arrival_rate=0.2, service_rate=0.1), 4.44444),
    "erlang five": (exposures.must_wait(5, arrival_rate=4, service_rate=1), 0.554113),
}
"""Case and what: (ours, the figure)."""


@pytest.mark.parametrize("name", FIGURES)
def test_a_closed_form_gives_the_figure(name: str) -> None:
    ours, figure = FIGURES[name]
    assert ours == pytest.approx(figure, rel=6e-6, abs=1e-12)
