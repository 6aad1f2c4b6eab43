"""Objectives judged: RTO, RPO and MTPD of every incident, MTPD in a rolling window of every environment.

* RTO and MTPD compare with the recovery time, RPO with the age of what the moves of the incident lost, which counts as 0
  when nothing was written in it. A move of an environment that was served all the time is no incident; its RPO is judged all
  the same.
* `PolicyMet` if the actual value is at most the objective; `PolicyBreached` as soon as it exceeds it, even while the
  incident is open; `Censored` if open at the horizon and not exceeded yet.
* An incident of an environment that is lost can only get worse: its objectives are breached.
* `NotApplicable` where there is nothing to judge, with the reason: not covered, no objective, no incident. Never a silent
  pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.metrics import Metrics, Outcome
from bcdr_sim.metrics.losses import judged_ms, move_loss
from bcdr_sim.metrics.windows import worst_window_ms
from bcdr_sim.scenario.estate import Objectives
from bcdr_sim.timeline.states import Flags, Ints, are

NOT_COVERED = "not covered"
NOT_SET = "objective not set"
NO_OUTAGES = "n/a (0 outages)"
LOST = "lost: it never comes back"


class Met(IntEnum):
    """Whether an objective is met; of several, the largest is the worst."""

    NOT_APPLICABLE = 0
    POLICY_MET = 1
    CENSORED = 2
    POLICY_BREACHED = 3

    @property
    def label(self) -> str:
        """The words of the vendor, and `Censored`, which is ours."""
        return ("NotApplicable", "PolicyMet", "Censored", "PolicyBreached")[self]


class Objective(Enum):
    """What is judged."""

    RTO = "rto"
    RPO = "rpo"
    MTPD = "mtpd"
    MTPD_WINDOW = "mtpd_window"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One objective judged. While the incident is open the actual value is at least `actual_ms`.

    `reason` says why nothing was judged, or why a value that is not exceeded counts as breached.
    """

    objective: Objective
    met: Met
    objective_ms: int | None
    actual_ms: int | None
    reason: str | None = None


@dataclass(frozen=True)
class Judgements:
    """All judgements as columns of `Met` codes: `of_incident[objective]` per incident, the rest per environment.

    `window` judges the rolling MTPD, `overall` is the worst of everything. `loss_ms` is the age that RPO was judged on, per
    incident; `served_loss_ms` the same of moves outside any incident that lost something, per environment, -1 without one;
    `window_ms` the most down time in any window, per environment, -1 where it is not judged.
    """

    metrics: Metrics
    of_incident: dict[Objective, NDArray[np.uint8]]
    window: NDArray[np.uint8]
    overall: NDArray[np.uint8]
    loss_ms: Ints
    served_loss_ms: Ints
    window_ms: Ints

    @property
    def worst(self) -> Met:
        """The worst judgement of the run."""
        return Met(int(self.overall.max()))

    def counts(self, members: Flags | None = None) -> dict[str, int]:
        """How many environments have each verdict, of all or of those flagged."""
        chosen = self.overall if members is None else self.overall[members]
        counts = np.bincount(chosen, minlength=len(Met)).tolist()
        return {met.label: counts[met] for met in Met}

    def incident(self, number: int) -> list[Judgement]:
        """RTO, RPO and MTPD of the incident of that number."""
        columns = self.metrics.incident_columns
        environment, is_lost = int(columns.environment[number]), columns.outcome[number] == Outcome.LOST
        length_ms, loss_ms = int(columns.end_ms[number] - columns.start_ms[number]), int(self.loss_ms[number])
        return [
            self._judgement(
                environment,
                objective,
                Met(int(codes[number])),
                actual_ms=loss_ms if objective is Objective.RPO else length_ms,
                is_lost=bool(is_lost),
            )
            for objective, codes in self.of_incident.items()
        ]

    def environment(self, environment: int) -> list[Judgement]:
        """Every objective of an environment over all its incidents: the worst of each, with the largest actual value."""
        starts = self.metrics.incident_starts
        numbers = range(int(starts[environment]), int(starts[environment + 1]))
        judged = [self.incident(number) for number in numbers]
        result = [
            max(candidates, key=lambda judgement: (judgement.met, judgement.actual_ms or 0))
            for candidates in zip(*judged, strict=True)
        ]
        if not judged:
            objectives = (Objective.RTO, Objective.RPO, Objective.MTPD)
            result = [self._judgement(environment, objective, Met.NOT_APPLICABLE) for objective in objectives]
        served_ms = int(self.served_loss_ms[environment])
        if served_ms >= 0:
            met = Met(int(_judged_rpo(self.metrics, environment, served_ms)))
            result[1] = max(
                result[1],
                self._judgement(environment, Objective.RPO, met, actual_ms=served_ms),
                key=lambda judgement: (judgement.met, judgement.actual_ms or 0),
            )
        window = int(self.window_ms[environment]) if judged else None
        met = Met(int(self.window[environment]))
        return [*result, self._judgement(environment, Objective.MTPD_WINDOW, met, actual_ms=window)]

    def _judgement(
        self,
        environment: int,
        objective: Objective,
        met: Met,
        *,
        actual_ms: int | None = None,
        is_lost: bool = False,
    ) -> Judgement:
        spec = self.metrics.timeline.trial.estate.spec(environment)
        wanted_ms = objective_ms(spec.objectives, objective)
        reason = None
        if met == Met.NOT_APPLICABLE:
            reason = NOT_COVERED if not spec.eligible else NOT_SET if wanted_ms is None else NO_OUTAGES
            actual_ms = None if actual_ms == -1 else actual_ms
        elif is_lost:
            reason = LOST
        return Judgement(objective, met, wanted_ms, actual_ms, reason)


def objective_ms(objectives: Objectives, objective: Objective) -> int | None:
    """The value of an objective in ms, None if it is not set. `MTPD_WINDOW` is `mtpd` where a window is given."""
    match objective:
        case Objective.RTO:
            return objectives.rto
        case Objective.RPO:
            return objectives.rpo
        case Objective.MTPD:
            return objectives.mtpd
        case Objective.MTPD_WINDOW:
            return objectives.mtpd if objectives.mtpd_window is not None else None


def judge_objectives(metrics: Metrics) -> Judgements:
    """Judge every incident and every environment."""
    incidents = metrics.incident_columns
    loss_ms = _judged_losses(metrics)
    actual = {Objective.RTO: incidents.length_ms, Objective.RPO: loss_ms, Objective.MTPD: incidents.length_ms}
    lost = are(incidents.outcome, Outcome.LOST)
    of_incident = {
        objective: _judged(
            actual_ms,
            _wanted(metrics, objective)[incidents.environment],
            is_open=incidents.open,
            is_lost=lost,
        )
        for objective, actual_ms in actual.items()
    }
    window_ms, window = _judge_windows(metrics)
    overall = window.copy()
    for codes in of_incident.values():
        np.maximum.at(overall, incidents.environment, codes)
    served_ms = _served_losses(metrics)
    for environment in np.flatnonzero(served_ms >= 0).tolist():
        met = _judged_rpo(metrics, environment, int(served_ms[environment]))
        overall[environment] = max(overall[environment], met)
    return Judgements(metrics, of_incident, window, overall, loss_ms, served_ms, window_ms)


def _judged_rpo(metrics: Metrics, environment: int, lost_ms: int) -> Met:
    """RPO of a move that is no part of an incident."""
    spec = metrics.timeline.trial.estate.spec(environment)
    wanted_ms = spec.objectives.rpo if spec.eligible else None
    if wanted_ms is None:
        return Met.NOT_APPLICABLE
    return Met.POLICY_MET if lost_ms <= wanted_ms else Met.POLICY_BREACHED


def _served_losses(metrics: Metrics) -> Ints:
    """Per environment the oldest age that moves outside any incident lost, -1 if none of them lost anything."""
    moves = metrics.move_columns
    loss_ms = np.full(len(metrics.timeline.trial.estate), -1, dtype=np.int64)
    for number in np.flatnonzero((moves.incident < 0) & (moves.age_ms > 0)).tolist():
        lost_ms = judged_ms(move_loss(metrics, number))
        environment = moves.environment[number]
        loss_ms[environment] = max(loss_ms[environment], lost_ms or -1)
    return loss_ms


def _wanted(metrics: Metrics, objective: Objective) -> Ints:
    """The objective of every environment in ms, -1 where it is not covered or has none."""
    specs = metrics.timeline.trial.estate.specs
    wanted = [objective_ms(spec.objectives, objective) if spec.eligible else None for spec in specs]
    by_spec = np.array([-1 if value is None else value for value in wanted], dtype=np.int64)
    return by_spec[metrics.timeline.by_environment.spec_of]


def _judged(actual_ms: Ints, wanted_ms: Ints, *, is_open: Flags, is_lost: Flags) -> NDArray[np.uint8]:
    met = np.where(is_open, Met.CENSORED, Met.POLICY_MET)
    met = np.where((actual_ms > wanted_ms) | is_lost, Met.POLICY_BREACHED, met)
    return np.where(wanted_ms < 0, Met.NOT_APPLICABLE, met).astype(np.uint8)


def _judged_losses(metrics: Metrics) -> Ints:
    """Per incident the oldest age that its moves lost, 0 where nothing was written in it."""
    loss_ms = np.zeros(len(metrics.incident_columns), dtype=np.int64)
    moves = metrics.move_columns
    for number in np.flatnonzero((moves.incident >= 0) & (moves.age_ms > 0)).tolist():
        incident = moves.incident[number]
        loss_ms[incident] = max(loss_ms[incident], judged_ms(move_loss(metrics, number)))
    return loss_ms


def _judge_windows(metrics: Metrics) -> tuple[Ints, NDArray[np.uint8]]:
    """The most down time in a window, and the verdict, of every environment; -1 and `NotApplicable` without a window."""
    incidents, starts = metrics.incident_columns, metrics.incident_starts
    wanted_ms = _wanted(metrics, Objective.MTPD_WINDOW)
    window_ms = np.full(len(wanted_ms), -1, dtype=np.int64)
    is_open = np.zeros(len(wanted_ms), dtype=np.bool_)
    is_lost = np.zeros(len(wanted_ms), dtype=np.bool_)
    counts = np.diff(starts)
    judged = (wanted_ms >= 0) & (counts > 0)
    last = starts[1:][judged] - 1
    is_open[judged], is_lost[judged] = incidents.open[last], are(incidents.outcome[last], Outcome.LOST)
    specs, spec_of = metrics.timeline.trial.estate.specs, metrics.timeline.by_environment.spec_of
    windows_ms = np.array([spec.objectives.mtpd_window or 0 for spec in specs], dtype=np.int64)[spec_of]
    once = judged & (counts == 1)
    window_ms[once] = np.minimum(incidents.length_ms[starts[:-1][once]], windows_ms[once])
    for environment in np.flatnonzero(judged & ~once).tolist():
        own = slice(int(starts[environment]), int(starts[environment + 1]))
        window_ms[environment] = worst_window_ms(
            incidents.start_ms[own], incidents.end_ms[own], int(windows_ms[environment])
        )
    met = _judged(window_ms, np.where(judged, wanted_ms, -1), is_open=is_open, is_lost=is_lost)
    return window_ms, met
