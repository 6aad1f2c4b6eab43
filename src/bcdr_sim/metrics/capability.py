"""How much of their work users can do, instant by instant: the integral behind availability by capability.

* served in full: 1; before deployment, during the interruption of a move, blocked by a dependency, or lost: 0;
* otherwise the least capability of the gray outages that hit the environment where it is served, also while that is below
  its minimum; down for another reason (a hard outage, a dependency) it is 0;
* at home at most what a backlog leaves, and wherever it is what a bounded link leaves of its commits;
* at the secondary all of it times the performance factor.

Who is hit by what, and until when, is asked of the trial; the log has an event wherever it changes.
"""

from __future__ import annotations

import numpy as np

from bcdr_sim.metrics.backlogs import backlog_permille
from bcdr_sim.metrics.commits import commits_permille
from bcdr_sim.phases import Phase
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.states import Flags, Ints, States
from bcdr_sim.trial import NEVER, OutageFact

_FULL = np.zeros(256, dtype=np.bool_)
_FULL[[Phase.SERVING, Phase.ON_SECONDARY]] = True
_SERVED = _FULL.copy()
_SERVED[[Phase.IMPAIRED, Phase.DRAINING]] = True
_NOT = np.zeros(256, dtype=np.bool_)
_NOT[
    [
        Phase.NOT_DEPLOYED,
        Phase.FAILING_OVER,
        Phase.FAILING_BACK,
        Phase.BLOCKED_BY_DEPENDENCY,
        Phase.LOST,
        Phase.RESTORING,
    ]
] = True


def capability_permille(timeline: Timeline, states: States) -> Ints:
    """Share of the work that users can do in every state, 0 to 1000."""
    specs, spec_of = timeline.trial.estate.specs, timeline.by_environment.spec_of[states.environment]
    minimum = np.array([spec.minimum_permille for spec in specs], dtype=np.int64)[spec_of]
    left = _left_by_outages(timeline, states)
    served = _SERVED[states.phase]
    capability = np.where(served | (left < minimum), left, 0)
    capability[_FULL[states.phase]] = 1000
    capability[_NOT[states.phase]] = 0
    capability = np.minimum(capability, backlog_permille(timeline, states))
    capability = np.minimum(capability, commits_permille(timeline, states))
    factor = round(timeline.trial.scenario.provider.performance_factor * 1000)
    return np.where(states.far, capability * factor // 1000, capability)


def _left_by_outages(timeline: Timeline, states: States) -> Ints:
    """Capability that the active outages leave where each environment is served, 1000 without any."""
    left = np.full(len(states.begins), 1000, dtype=np.int64)
    facts = [fact for fact in timeline.trial.outages if not fact.is_false_alarm and not fact.is_latent]
    if all(fact.kind != "gray" for fact in facts):
        return left
    homes = np.array([spec.home for spec in timeline.trial.estate.specs])
    targets = np.array([spec.target for spec in timeline.trial.estate.specs])
    spec_of = timeline.by_environment.spec_of[states.environment]
    region = np.where(states.far, targets[spec_of], homes[spec_of])
    for fact in facts:
        hit = _hit(timeline, states, fact) & (region == fact.region)
        left[hit] = np.minimum(left[hit], fact.capability_permille)
    return left


def _hit(timeline: Timeline, states: States, fact: OutageFact) -> Flags:
    """Whether each state lies in the time in which an outage would hit the environment in its region."""
    trial = timeline.trial
    specs = [spec for spec in trial.estate.specs if fact.region in (spec.home, spec.target)]
    rows = sorted(row for spec in specs for row in spec.rows if states.first <= row < states.last)
    reached_ms = np.array(trial.reached_ms(fact, rows), dtype=np.int64)
    hit = [row for row, is_hit in zip(rows, (reached_ms < NEVER).tolist(), strict=True) if is_hit]
    since_ms = np.full(states.last - states.first, NEVER, dtype=np.int64)
    until_ms = np.full(states.last - states.first, -1, dtype=np.int64)
    since_ms[np.array(rows, dtype=np.int64) - states.first] = reached_ms
    until_ms[np.array(hit, dtype=np.int64) - states.first] = trial.recoveries(fact, hit)
    place = states.environment - states.first
    in_time: Flags = (since_ms[place] <= states.start_ms) & (states.start_ms < until_ms[place])
    return in_time
