"""The life of an environment: one table from (phase, event) to phase.

Theory of operation. An environment is always in exactly one phase. Only an event of `bcdr_sim.events` moves
it, and only as `next_phase` says: a pair that the table does not allow is a bug of the program, reported with
both names and never caught. Time in phases *is* the RTO ledger, so every phase has an owner: whose time it is
while the environment is there.

The table is written by rows of meaning rather than as 18 x 40 cells: `TRANSITIONS` lists, per event, the
phases it may be met in and where it leads; `KEEPS` lists the events that never change a phase. A hold leads
to the phase that its reason names, so `held` has several targets and the caller says which (`HOLD_TARGETS`).

Source: the phases and owners are those of the provider's procedure (Microsoft, Business continuity and
disaster recovery, edition 11/01/2024); the split of waiting by owner is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bcdr_sim.errors import ModelError
from bcdr_sim.events import Event


class Phase(IntEnum):
    """What an environment is living through. The number is the code in the columnar log and never changes."""

    NOT_DEPLOYED = 0
    SERVING = 1
    IMPAIRED = 2
    DOWN_UNDETECTED = 3
    DOWN_UNCONFIRMED = 4
    DOWN_ASSESSING = 5
    DOWN_HELD = 6
    AWAITING_AWARENESS = 7
    AWAITING_SUPPORT = 8
    AWAITING_CONSENT = 9
    QUEUED = 10
    DRAINING = 11
    FAILING_OVER = 12
    ON_SECONDARY = 13
    FAILING_BACK = 14
    NOT_COVERED = 15
    BLOCKED_BY_DEPENDENCY = 16
    LOST = 17
    RESTORING = 18

    @property
    def label(self) -> str:
        """The phase as written in files, logs and reports, such as `awaiting_consent`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase: whether users are served in it, whose time it is, and how the picture paints it."""

    phase: Phase
    serves: str  # "yes", "partly", "no"
    owner: str  # "provider", "customer", "region", "dependency", or "" where nobody is waited for
    meaning: str


PHASE_ROWS: tuple[PhaseRow, ...] = (
    PhaseRow(Phase.NOT_DEPLOYED, "no", "", "before its deployment; outside every account"),
    PhaseRow(Phase.SERVING, "yes", "", "normal, at the primary"),
    PhaseRow(Phase.IMPAIRED, "partly", "provider", "a gray outage leaves it above its minimum capability"),
    PhaseRow(Phase.DOWN_UNDETECTED, "no", "provider", "impact, and nobody knows yet"),
    PhaseRow(Phase.DOWN_UNCONFIRMED, "no", "provider", "detected, customer impact not yet confirmed"),
    PhaseRow(Phase.DOWN_ASSESSING, "no", "provider", "the loss of a failover is being determined"),
    PhaseRow(Phase.DOWN_HELD, "no", "provider", "the policy holds; the reason code says why"),
    PhaseRow(
        Phase.AWAITING_AWARENESS,
        "no",
        "customer",
        "a loss is known; the customer does not know of the outage yet",
    ),
    PhaseRow(
        Phase.AWAITING_SUPPORT, "no", "provider", "case or loss level outstanding, or the channel is down"
    ),
    PhaseRow(Phase.AWAITING_CONSENT, "no", "customer", "the level of loss is told, no answer yet"),
    PhaseRow(Phase.QUEUED, "no", "provider", "a move is decided, no slot yet"),
    PhaseRow(
        Phase.DRAINING,
        "yes",
        "provider",
        "a move has begun and users are still served: the link catches up, or the primary is not fenced yet",
    ),
    PhaseRow(Phase.FAILING_OVER, "no", "provider", "slot obtained: validate, prepare, run, finalize"),
    PhaseRow(Phase.ON_SECONDARY, "yes", "", "accessible from the geo-secondary site"),
    PhaseRow(Phase.FAILING_BACK, "no", "provider", "brief interruption of a planned failback"),
    PhaseRow(Phase.NOT_COVERED, "no", "region", "not eligible: waits for its region"),
    PhaseRow(Phase.BLOCKED_BY_DEPENDENCY, "no", "dependency", "something it depends on is down"),
    PhaseRow(Phase.LOST, "no", "", "never comes back"),
    PhaseRow(Phase.RESTORING, "no", "provider", "being restored from a backup or a recovery point"),
)
ROW_OF: dict[Phase, PhaseRow] = {row.phase: row for row in PHASE_ROWS}

_P, _E = Phase, Event
SERVED: frozenset[Phase] = frozenset({_P.SERVING, _P.IMPAIRED, _P.ON_SECONDARY, _P.DRAINING})
WAITING: frozenset[Phase] = frozenset(
    {
        _P.DOWN_UNDETECTED,
        _P.DOWN_UNCONFIRMED,
        _P.DOWN_ASSESSING,
        _P.DOWN_HELD,
        _P.AWAITING_AWARENESS,
        _P.AWAITING_SUPPORT,
        _P.AWAITING_CONSENT,
        _P.NOT_COVERED,
        _P.BLOCKED_BY_DEPENDENCY,
    }
)
MOVING: frozenset[Phase] = frozenset({_P.QUEUED, _P.DRAINING, _P.FAILING_OVER, _P.FAILING_BACK, _P.RESTORING})
DOWN: frozenset[Phase] = WAITING | {_P.QUEUED, _P.FAILING_OVER, _P.FAILING_BACK, _P.RESTORING}
HOLD_TARGETS: frozenset[Phase] = WAITING - {_P.DOWN_UNDETECTED, _P.BLOCKED_BY_DEPENDENCY}

Targets = frozenset[Phase]
_HOME: Targets = frozenset({_P.SERVING, _P.IMPAIRED, _P.BLOCKED_BY_DEPENDENCY, _P.DOWN_UNDETECTED})
_AWAY: Targets = frozenset({_P.ON_SECONDARY, _P.IMPAIRED, _P.BLOCKED_BY_DEPENDENCY, _P.DOWN_UNDETECTED})
_AT_REST: Targets = frozenset({_P.SERVING, _P.IMPAIRED, _P.ON_SECONDARY})


def _to(*phases: Phase) -> Targets:
    return frozenset(phases)


#: Per event, the phases it may change and the phases it may lead to. What is not here and not in `KEEPS` is a bug.
TRANSITIONS: dict[Event, tuple[tuple[Targets, Targets], ...]] = {
    _E.DEPLOYED: ((_to(_P.NOT_DEPLOYED), _to(_P.SERVING, _P.BLOCKED_BY_DEPENDENCY)),),
    _E.SERVICE_LOST: ((_AT_REST, _to(_P.DOWN_UNDETECTED, _P.BLOCKED_BY_DEPENDENCY)),),
    _E.SERVICE_IMPAIRED: (
        (
            _AT_REST | WAITING | _to(_P.QUEUED, _P.DRAINING, _P.FAILING_OVER, _P.RESTORING),
            _to(_P.IMPAIRED),
        ),
    ),
    _E.SERVICE_RESTORED: (
        (
            WAITING | _to(_P.QUEUED, _P.DRAINING, _P.FAILING_OVER, _P.IMPAIRED, _P.RESTORING),
            _to(_P.SERVING, _P.ON_SECONDARY),
        ),
        (_to(_P.FAILING_OVER), _to(_P.DRAINING)),
    ),
    _E.ENVIRONMENT_LOST: ((WAITING | _to(_P.QUEUED), _to(_P.LOST)),),
    _E.INCIDENT_OUTLASTED: (
        (WAITING - _to(_P.BLOCKED_BY_DEPENDENCY) | _to(_P.QUEUED), _to(_P.BLOCKED_BY_DEPENDENCY)),
    ),
    _E.OUTAGE_DETECTED: ((_to(_P.DOWN_UNDETECTED, _P.BLOCKED_BY_DEPENDENCY), _to(_P.DOWN_UNCONFIRMED)),),
    _E.IMPACT_CONFIRMED: ((_to(_P.DOWN_UNCONFIRMED), _to(_P.DOWN_ASSESSING)),),
    _E.HELD: ((WAITING - _to(_P.DOWN_UNDETECTED, _P.BLOCKED_BY_DEPENDENCY), HOLD_TARGETS),),
    _E.CUSTOMER_AWARE: ((_to(_P.AWAITING_AWARENESS), _to(_P.AWAITING_SUPPORT)),),
    _E.LOSS_LEVEL_TOLD: ((_to(_P.AWAITING_AWARENESS, _P.AWAITING_SUPPORT), _to(_P.AWAITING_CONSENT)),),
    _E.CONSENT_ASKED: ((WAITING, _to(_P.AWAITING_SUPPORT)),),
    _E.CONSENT_EXCEEDED: ((WAITING, _to(_P.AWAITING_SUPPORT)),),
    _E.CONSENT_LAPSED: ((WAITING, _to(_P.AWAITING_SUPPORT)),),
    _E.MOVE_DECIDED: ((WAITING, _to(_P.QUEUED)),),
    _E.SLOT_OBTAINED: (
        (_to(_P.QUEUED), _to(_P.FAILING_OVER, _P.FAILING_BACK)),
        (_AT_REST | _to(_P.QUEUED), _to(_P.RESTORING)),
        (_to(_P.SERVING, _P.IMPAIRED), _to(_P.DRAINING, _P.FAILING_OVER)),
        (_to(_P.IMPAIRED), _to(_P.FAILING_BACK)),
        (_to(_P.ON_SECONDARY), _to(_P.FAILING_BACK, _P.FAILING_OVER, _P.DRAINING)),
    ),
    _E.DRAINED: ((_to(_P.DRAINING), _to(_P.FAILING_OVER)),),
    _E.DRAIN_TIMED_OUT: ((_to(_P.DRAINING), _AT_REST),),
    _E.PRIMARY_FENCED: ((_to(_P.DRAINING), _to(_P.FAILING_OVER)),),
    _E.MOVE_FAILED: ((_to(_P.FAILING_OVER), _to(_P.QUEUED)), (_to(_P.DRAINING), _AT_REST)),
    _E.MOVE_WITHHELD: (
        (_to(_P.QUEUED), _to(_P.DOWN_HELD)),
        (_to(_P.FAILING_OVER, _P.RESTORING), _to(_P.DOWN_HELD) | _AT_REST),
        (_to(_P.DRAINING), _AT_REST),
        (_to(_P.FAILING_BACK), _to(_P.ON_SECONDARY, _P.IMPAIRED)),
    ),
    _E.MOVE_ABORTED: (
        (_to(_P.DRAINING, _P.FAILING_OVER, _P.FAILING_BACK), _AT_REST),
        (_to(_P.RESTORING), _to(_P.DOWN_HELD) | _AT_REST),
        (_to(_P.QUEUED), _to(_P.DOWN_HELD)),
    ),
    _E.RESTORED_IN_PLACE: ((_to(_P.RESTORING), _HOME | _AWAY),),
    _E.RESTORED_AT_SECONDARY: ((_to(_P.RESTORING), _AWAY),),
    _E.RESTORED_AT_PRIMARY: ((_to(_P.RESTORING), _HOME),),
    _E.FAILOVER_COMPLETED: ((_to(_P.FAILING_OVER, _P.DRAINING), _AWAY),),
    _E.PLANNED_FAILOVER_COMPLETED: ((_to(_P.FAILING_OVER), _AWAY),),
    _E.FORCED_FAILBACK_COMPLETED: ((_to(_P.FAILING_OVER, _P.DRAINING), _HOME),),
    _E.FAILBACK_COMPLETED: ((_to(_P.FAILING_BACK), _HOME),),
}

_ANY: Targets = frozenset(Phase)
#: Per event, the phases in which it may happen without changing the phase.
KEEPS: dict[Event, Targets] = {
    _E.CAPABILITY_CHANGED: _ANY,
    _E.PROTECTION_CHANGED: _ANY,
    _E.PRIMARY_RETURNED: _to(_P.FAILING_OVER, _P.DRAINING, _P.RESTORING),
    _E.LINK_DRAINED: DOWN | SERVED,
    _E.OUTAGE_DETECTED: _ANY - _to(_P.DOWN_UNDETECTED),
    _E.IMPACT_CONFIRMED: _ANY - _to(_P.DOWN_UNDETECTED),
    _E.LOSS_DETERMINED: DOWN | SERVED,
    _E.HELD: _AT_REST | HOLD_TARGETS,
    _E.CUSTOMER_AWARE: DOWN | SERVED,
    _E.CASE_OPENED: DOWN | SERVED,
    _E.CONSENT_ASKED: WAITING | _AT_REST,
    _E.LOSS_LEVEL_TOLD: DOWN | SERVED,
    _E.CONSENT_GRANTED: _ANY,
    _E.CONSENT_DECLINED: _ANY,
    _E.CONSENT_EXCEEDED: DOWN | SERVED,
    _E.ORDER_GIVEN: DOWN | SERVED,
    _E.ORDER_WITHDRAWN: DOWN | SERVED,
    _E.CASE_TAKEN_UP: DOWN | SERVED,
    _E.CASE_ESCALATED: DOWN | SERVED,
    _E.ANSWER_OVERDUE: DOWN | SERVED,
    _E.CONSENT_WITHDRAWN: DOWN | SERVED,
    _E.CONSENT_LAPSED: DOWN | SERVED,
    _E.CASE_CLOSED: _ANY,
    _E.MOVE_DECIDED: _AT_REST,
    _E.STAGE_COMPLETED: _to(_P.FAILING_OVER, _P.DRAINING),
    _E.MOVE_WITHHELD: _AT_REST,
    _E.MOVE_ABORTED: _ANY - MOVING,
    _E.RECOVERY_CONFIRMED: _ANY,
    _E.CAPABILITIES_LOST: _ANY,
    _E.CAPABILITIES_RESTORED: _ANY,
    _E.RESYNC_STARTED: _ANY,
    _E.RESYNC_COMPLETED: _ANY,
    _E.LOSS_REALISED: _ANY,
    _E.SERVICE_LOST: WAITING,
    _E.BACKLOG_BEGAN: _ANY,
    _E.BACKLOG_CLEARED: _ANY,
    _E.LOSS_SALVAGED: _ANY,
    _E.TEST_BEGAN: _ANY,
    _E.TEST_ENDED: _ANY,
    _E.CONTACT_LOST: _ANY,
    _E.CONTACT_RESTORED: _ANY,
    _E.SPLIT_BRAIN_BEGAN: _ANY,
    _E.SPLIT_BRAIN_ENDED: _ANY,
    _E.COMMITS_SLOWED: _ANY,
    _E.COMMITS_STOPPED: _ANY,
    _E.COMMITS_FREED: _ANY,
}


def _allowed() -> dict[tuple[Phase, Event], Targets]:
    table: dict[tuple[Phase, Event], Targets] = {}
    for event, rows in TRANSITIONS.items():
        for sources, targets in rows:
            for phase in sources:
                table[phase, event] = table.get((phase, event), frozenset()) | targets
    for event, phases in KEEPS.items():
        for phase in phases:
            table[phase, event] = table.get((phase, event), frozenset()) | {phase}
    return table


ALLOWED: dict[tuple[Phase, Event], Targets] = _allowed()


def next_phase(phase: Phase, event: Event, *, target: Phase | None = None) -> Phase:
    """The phase after `event` in `phase`.

    `target` says which of the allowed phases it is where the table leaves a choice (a hold, a completed
    move); without it the table must leave exactly one, or allow the phase to stay.

    Raises:
        ModelError: the table does not allow it. That is a bug of the program, never of the scenario.
    """
    allowed = ALLOWED.get((phase, event))
    if allowed is None:
        raise ModelError(f"event '{event.label}' is not allowed in phase '{phase.label}'")
    if target is None:
        if len(allowed) == 1:
            return next(iter(allowed))
        if phase in allowed:
            return phase
    elif target in allowed:
        return target
    wanted = "one of several phases" if target is None else f"phase '{target.label}'"
    raise ModelError(f"event '{event.label}' in phase '{phase.label}' cannot lead to {wanted}")


def mermaid() -> str:
    """The table as a Mermaid `stateDiagram-v2`; arrows that share ends share a label. Deterministic."""
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for event in Event:
        for sources, targets in TRANSITIONS.get(event, ()):
            for source in sorted(sources):
                for target in sorted(targets - {source}):
                    arrows.setdefault((source, target), []).append(event.label)
    lines = ["stateDiagram-v2", "    [*] --> serving"]
    for (source, target), events in sorted(arrows.items()):
        lines.append(f"    {source.label} --> {target.label}: {', '.join(dict.fromkeys(events))}")
    return "\n".join(lines) + "\n"
