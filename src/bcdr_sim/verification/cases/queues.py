"""Queues: updates and batches through one channel, writes through a narrow link, cases at a support desk."""

from __future__ import annotations

import numpy as np

from bcdr_sim.events import Event
from bcdr_sim.metrics import Metrics
from bcdr_sim.verification.case import HOUR_MS, Case, Check, Numbers
from bcdr_sim.verification.cases import readings
from bcdr_sim.verification.closed_forms import copies, exposures
from bcdr_sim.verification.streams import OnOff, Shipments, Traffic

_MINUTE_MS = 60_000
_C07 = Traffic(arrival_rate=0.5, service_rate=1.0, hours=1000)
_C28 = Traffic(arrival_rate=0.3, service_rate=1.0, hours=800)
_C09 = OnOff(write_rate=2000, on_mean=1.0, off_mean=2.0, hours=600)
_C09_LAW = {"on_to_off": 1.0, "off_to_on": 0.5, "write_rate": 2.0, "bandwidth": 1.25}
_CLASSES = exposures.priority_time_in_system((0.2, 0.3), service_rate=1)
_HELD = (0.15, 0.95)
"""Cases that are opened in this part of the time in which cases come are counted: the desk begins empty."""


def _age(metrics: Metrics) -> float:
    return float(readings.potential_ages(metrics).mean())


def _number_lost(metrics: Metrics) -> Numbers:
    """How many writes a move would have lost, at each probe of the one environment."""
    writes = metrics.timeline.trial.estate.spec(0).writes
    columns = metrics.incident_columns
    marks = zip(columns.last_sync_ms.tolist(), columns.exposed_ms.tolist(), strict=True)
    return np.array([writes.number(last_sync_ms, at_ms) for last_sync_ms, at_ms in marks], dtype=np.float64)


def _nothing_lost(metrics: Metrics) -> float:
    return float((_number_lost(metrics) == 0).mean())


def _backlog_over_a_quarter(metrics: Metrics) -> float:
    return float((_number_lost(metrics) > 250).mean())


def _first_lost_before(metrics: Metrics) -> float:
    """Share of probes at which the first write that would be lost is over a quarter of an hour old."""
    writes = metrics.timeline.trial.estate.spec(0).writes
    columns = metrics.incident_columns
    old = 0
    for last_sync_ms, at_ms in zip(columns.last_sync_ms.tolist(), columns.exposed_ms.tolist(), strict=True):
        first_ms = writes.first_write_at_or_after(last_sync_ms)
        old += first_ms is not None and at_ms - first_ms > HOUR_MS / 4
    return old / len(columns)


def _waited(metrics: Metrics, begin: Event, end: Event, *, tier: int | None = None) -> Numbers:
    """Minutes from one event to another of the cases that count."""
    trial = metrics.timeline.trial
    opened_ms, begin_ms, end_ms = (_instants(metrics, event) for event in (Event.CASE_OPENED, begin, end))
    spell_ms = trial.horizon_ms // 2
    counts = (opened_ms >= _HELD[0] * spell_ms) & (opened_ms < _HELD[1] * spell_ms)
    if tier is not None:
        counts &= np.array([trial.estate.spec(row).tier == tier for row in range(len(trial.estate))])
    return (end_ms - begin_ms)[counts] / _MINUTE_MS


def _instants(metrics: Metrics, event: Event) -> Numbers:
    """When an event happens to each environment; it does to every one, once."""
    table = metrics.timeline.table
    rows = table[(table["event"] == event) & (table["environment"] >= 0)]
    found = np.full(readings.environment_count(metrics), -1.0)
    found[rows["environment"]] = rows["time_ms"]
    assert (found >= 0).all(), "everybody is told in the end"
    return found


def _time_at_desk(metrics: Metrics) -> float:
    return float(_waited(metrics, Event.CASE_OPENED, Event.LOSS_LEVEL_TOLD).mean())


def _had_to_wait(metrics: Metrics) -> float:
    return float((_waited(metrics, Event.CASE_OPENED, Event.CASE_TAKEN_UP) > 0).mean())


def _time_of_first(metrics: Metrics) -> float:
    return float(_waited(metrics, Event.CASE_OPENED, Event.LOSS_LEVEL_TOLD, tier=1).mean())


def _time_of_second(metrics: Metrics) -> float:
    return float(_waited(metrics, Event.CASE_OPENED, Event.LOSS_LEVEL_TOLD, tier=2).mean())


_LINKS = (
    Case(
        id="c05-irregular",
        title="Shipments at irregular intervals",
        law="inspection paradox",
        scenario="c05_irregular.yaml",
        stream=Shipments(shape=2, interval_mean=24, hours=2500).arrivals,
        checks=(Check("E age", copies.irregular_age_mean(interval_mean=24, shape=2), _age, is_primary=True),),
        worlds=250,
    ),
    Case(
        id="c07",
        title="Updates through one channel",
        law="age of information, M/M/1",
        scenario="c07_updates.yaml",
        stream=_C07.updates,
        checks=(
            Check("E age", copies.update_age_mean(update_rate=0.5, service_rate=1), _age, is_primary=True),
        ),
        worlds=150,
    ),
    Case(
        id="c09",
        title="Writes on and off over a narrow link",
        law="fluid queue with one source",
        scenario="c09_on_off.yaml",
        stream=_C09.writes,
        checks=(
            Check("P(nothing to lose)", 1 - copies.on_off_backlog_exceeds(0, **_C09_LAW), _nothing_lost),
            Check(
                "P(backlog > 0.25)",
                copies.on_off_backlog_exceeds(0.25, **_C09_LAW),
                _backlog_over_a_quarter,
                is_primary=True,
            ),
        ),
        worlds=350,
    ),
    Case(
        id="c28",
        title="Batches through one channel",
        law="work in a FIFO queue",
        scenario="c28_batches.yaml",
        stream=_C28.batches,
        checks=(
            Check(
                "P(nothing to lose)",
                copies.batches_all_sent(batch_rate=0.3, service_rate=1),
                _nothing_lost,
                is_primary=True,
            ),
            Check(
                "P(first lost > 15m)",
                copies.first_lost_write_older_than(0.25, batch_rate=0.3, service_rate=1),
                _first_lost_before,
            ),
        ),
        worlds=450,
    ),
)

_DESKS = (
    Case(
        id="desk-erlang",
        title="Three agents at the support desk",
        law="Erlang C",
        scenario="desk_erlang.yaml",
        checks=(
            Check(
                "E time at desk, min",
                exposures.wait_mean(3, arrival_rate=0.2, service_rate=0.1) + 10,
                _time_at_desk,
                is_primary=True,
            ),
            Check("P(has to wait)", exposures.must_wait(3, arrival_rate=0.2, service_rate=0.1), _had_to_wait),
        ),
        worlds=62,
    ),
    Case(
        id="desk-cobham",
        title="One agent, the upper tier first",
        law="Cobham, priority without interruption",
        scenario="desk_cobham.yaml",
        checks=(
            Check("E time of first, min", _CLASSES[0], _time_of_first),
            Check("E time of second, min", _CLASSES[1], _time_of_second, is_primary=True),
        ),
        worlds=76,
    ),
)

QUEUES = (*_LINKS, *_DESKS)
