"""How far behind a copy is: age of information of each kind of link."""

from __future__ import annotations

from math import exp, prod

from scipy.integrate import quad

SERIES_TERMS_MAX = 10_000
NEGLIGIBLE = 1e-14


def shipping_age_mean(*, interval: float, transfer: float) -> float:
    """Mean age of a copy shipped every `interval` and `transfer` later, phase uniform; the age is uniform on [d, d + T]."""
    return transfer + interval / 2


def shipping_age_variance(*, interval: float) -> float:
    """Variance of the same age."""
    return interval**2 / 12


def shipping_age_exceeds(age: float, *, interval: float, transfer: float) -> float:
    """P(age > x) of the same age."""
    return min(1.0, max(0.0, (transfer + interval - age) / interval))


def lossy_shipping_age_mean(*, interval: float, success: float) -> float:
    """Mean age when a shipment arrives at once with probability `success` or else is skipped: geometric."""
    return interval / 2 + interval * (1 - success) / success


def lossy_shipping_age_exceeds(periods: int, *, success: float) -> float:
    """P(age > periods * interval) of the same."""
    return (1 - success) ** periods


def irregular_age_mean(*, interval_mean: float, shape: float) -> float:
    """Mean age with gamma intervals. Source: inspection paradox, E T^2 / (2 E T); longer than half the mean interval."""
    return interval_mean * (1 + 1 / shape) / 2


def overtaking_age_mean(*, interval: float, transfer_rate: float) -> float:
    """Mean age with exponential transfers, each shipment complete in itself and free to overtake.

    Source: shipment m periods before the last wins only if none of the later m has arrived.
    """
    total, terms = interval / 2, 0
    while terms < SERIES_TERMS_MAX:
        later = transfer_rate * (terms + 1)
        term = exp(-transfer_rate * interval * terms * (terms + 1) / 2) * (1 - exp(-later * interval)) / later
        total += term
        if term < NEGLIGIBLE:
            break
        terms += 1
    return total


def chained_age_mean(*, interval: float, transfer_rate: float) -> float:
    """Mean age with exponential transfers of a log chain, usable only as far as all earlier shipments have arrived.

    Source: the m-th last is usable when all that are at least as old have arrived.
    """

    def age_at(since_last: float) -> float:
        total = since_last
        for position in range(SERIES_TERMS_MAX):
            arrived = prod(
                1 - exp(-transfer_rate * (since_last + older * interval))
                for older in range(position, position + _relevant(interval, transfer_rate))
            )
            total += interval * (1 - arrived)
            if 1 - arrived < NEGLIGIBLE:
                break
        return total

    return float(quad(age_at, 0, interval)[0] / interval)


def _relevant(interval: float, transfer_rate: float) -> int:
    """Older shipments than these have arrived as surely as floating point can say."""
    return int(40 / (transfer_rate * interval)) + 2


def update_age_mean(*, update_rate: float, service_rate: float) -> float:
    """Mean age of information of Poisson updates through one first-come-first-served channel, M/M/1.

    Source: Kaul, Yates, Gruteser, "Real-time status: how often should one update?", INFOCOM 2012.
    """
    load = update_rate / service_rate
    return (1 + 1 / load + load**2 / (1 - load)) / service_rate


def queue_wait_mean(*, arrival_rate: float, service_rate: float) -> float:
    """Mean wait in an M/M/1 queue."""
    return arrival_rate / service_rate / (service_rate - arrival_rate)


def fluid_backlog_peak(*, burst: float, burst_rate: float, bandwidth: float) -> float:
    """Backlog at the end of a burst of writes over the bandwidth of a link."""
    return (burst_rate - bandwidth) * burst


def fluid_age_at(
    instant: float, *, burst: float, burst_rate: float, bandwidth: float, calm_rate: float
) -> float:
    """Age of a fluid copy during and after a burst that begins at 0: how long ago what is sent now was written."""
    sent = bandwidth * instant
    if sent <= burst_rate * burst:
        return max(0.0, instant - sent / burst_rate)
    written = burst + (sent - burst_rate * burst) / calm_rate
    return max(0.0, instant - written)


def fluid_age_peak(*, burst: float, burst_rate: float, bandwidth: float) -> tuple[float, float]:
    """Largest age after a burst, and the instant of it: when the last write of the burst is sent."""
    return burst * (burst_rate / bandwidth - 1), burst * burst_rate / bandwidth


def fluid_drained_at(*, burst: float, burst_rate: float, bandwidth: float, calm_rate: float) -> float:
    """Instant at which the backlog of a burst is gone."""
    return burst + (burst_rate - bandwidth) * burst / (bandwidth - calm_rate)


def carried_gigabytes(megabytes_per_second: float, *, hours: float = 24) -> float:
    """What a link that is never idle carries; a gigabyte is 1,024 megabytes."""
    return megabytes_per_second * 3600 * hours / 1024


def bounded_slowed_from(*, burst_rate: float, bandwidth: float, max_lag: float) -> float:
    """Instant in a burst from which on commits are slowed: what waits is all that the link carries in `max_lag`."""
    return bandwidth * max_lag / (burst_rate - bandwidth)


def bounded_written(*, burst: float, burst_rate: float, bandwidth: float, max_lag: float) -> float:
    """Writes accepted in a burst: all of them, then as many as the link carries."""
    free = min(burst, bounded_slowed_from(burst_rate=burst_rate, bandwidth=bandwidth, max_lag=max_lag))
    return burst_rate * free + bandwidth * (burst - free)


def bounded_age_at(
    instant: float,
    *,
    burst: float,
    burst_rate: float,
    bandwidth: float,
    calm_rate: float,
    max_lag: float,
) -> float:
    """Age of a bounded copy during and after a burst that begins at 0: never more than `max_lag`."""
    free = min(burst, bounded_slowed_from(burst_rate=burst_rate, bandwidth=bandwidth, max_lag=max_lag))
    sent = bandwidth * instant
    if sent <= burst_rate * free:
        return max(0.0, instant - sent / burst_rate)
    sent -= burst_rate * free
    if sent <= bandwidth * (burst - free):
        return max(0.0, instant - free - sent / bandwidth)
    return max(0.0, instant - burst - (sent - bandwidth * (burst - free)) / calm_rate)


def on_off_backlog_exceeds(
    backlog: float, *, on_to_off: float, off_to_on: float, write_rate: float, bandwidth: float
) -> float:
    """P(backlog > x) with writes that are on and off for exponential times; at 0 the chance of being behind.

    Source: Anick, Mitra, Sondhi, BSTJ 1982, one source.
    """
    busy = _on_share(on_to_off, off_to_on) * write_rate / bandwidth
    return busy * exp(
        -backlog
        * _on_off_decay(on_to_off=on_to_off, off_to_on=off_to_on, write_rate=write_rate, bandwidth=bandwidth)
    )


def on_off_backlog_mean(*, on_to_off: float, off_to_on: float, write_rate: float, bandwidth: float) -> float:
    """Mean backlog of the same."""
    busy = _on_share(on_to_off, off_to_on) * write_rate / bandwidth
    return busy / _on_off_decay(
        on_to_off=on_to_off, off_to_on=off_to_on, write_rate=write_rate, bandwidth=bandwidth
    )


def _on_share(on_to_off: float, off_to_on: float) -> float:
    return off_to_on / (on_to_off + off_to_on)


def _on_off_decay(*, on_to_off: float, off_to_on: float, write_rate: float, bandwidth: float) -> float:
    return on_to_off / (write_rate - bandwidth) - off_to_on / bandwidth


def batches_all_sent(*, batch_rate: float, service_rate: float) -> float:
    """P(nothing would be lost) when batches of writes queue for one channel: P(the queue is empty)."""
    return 1 - batch_rate / service_rate


def first_lost_write_older_than(age: float, *, batch_rate: float, service_rate: float) -> float:
    """P(time since the first write that would be lost > x). Source: invariance relation of FIFO queues."""
    return batch_rate / service_rate * exp(-(service_rate - batch_rate) * age)


def chain_worst_age(levels: tuple[tuple[float, float], ...], last_period: float) -> float:
    """Worst age through aligned copies, each holding h and taking p; the last comes every `last_period`."""
    return sum(hold + transfer for hold, transfer in levels) + last_period


def chain_age_mean(levels: tuple[tuple[float, float], ...], last_period: float) -> float:
    """Mean age of the same."""
    return chain_worst_age(levels, last_period) - last_period / 2


def oldest_point_mean(first_rate: float, second_rate: float) -> float:
    """Mean age of the older of two copies with exponential ages: what a group is taken back to."""
    return 1 / first_rate + 1 / second_rate - 1 / (first_rate + second_rate)


def inconsistency_mean(first_rate: float, second_rate: float) -> float:
    """Mean distance of the two."""
    return 1 / first_rate + 1 / second_rate - 2 / (first_rate + second_rate)
