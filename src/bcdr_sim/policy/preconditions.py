"""When an action cannot be taken, whatever a policy says: the engine's own gates.

A rule that could decide an action under one of these atoms is a fault of the policy: found by proof before
the run, and by an error naming the rule during it. That another move is running is not listed: the policy
is not asked then.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.compile import Decide, Row, compile_rows
from bcdr_sim.policy.decision import DEFAULT_RULE, Action, Decision, Reason
from bcdr_sim.policy.observation import Observation

_NO_HANDS: Final = Atom("orchestrator", "eq", "down")
_TARGET_DOWN: Final = Atom("target_state", "eq", "down")
_NOT_ELIGIBLE: Final = Atom("eligible", "eq", False)
_AWAY: Final = Atom("location", "ne", "NearCopy")
_AT_HOME: Final = Atom("location", "ne", "FarCopy")
_NO_COPY: Final = Atom("loss_state", "eq", "unbounded")
_ANY_MOVE: Final = (_NO_HANDS, _TARGET_DOWN, _NOT_ELIGIBLE)

BLOCKERS: Final[Mapping[Action, tuple[Atom, ...]]] = MappingProxyType(
    {
        Action.HOLD: (),
        Action.ASK_CONSENT: (
            Atom("consent", "eq", "pending"),
            Atom("loss_within_consent", "eq", True),
            Atom("support_channel", "eq", "down"),
            _NOT_ELIGIBLE,
        ),
        Action.FAILOVER: (_AWAY, _NO_COPY, *_ANY_MOVE),
        Action.PLANNED_FAILOVER: (_AWAY, Atom("drain_possible", "eq", False), *_ANY_MOVE),
        Action.FAILBACK: (_AT_HOME, Atom("reverse_sync", "eq", "pending"), *_ANY_MOVE),
        Action.FORCED_FAILBACK: (_AT_HOME, _NO_COPY, *_ANY_MOVE),
        Action.RESTORE: (Atom("restore_loss", "eq", TOP), _NO_HANDS),
        Action.TEST_FAILOVER: (_NO_COPY, *_ANY_MOVE),
    }
)
"""For each action the atoms any one of which makes it impossible."""


def blockers(action: Action, observation: Observation) -> tuple[Atom, ...]:
    """Return the atoms that make the action impossible now; empty if it can be taken."""
    return tuple(atom for atom in BLOCKERS[action] if atom.holds(observation))


def first_blocker(action: Action, observation: Observation) -> Atom | None:
    """Return the first of them, as fast as a policy answers; None if the action can be taken."""
    atoms, place = BLOCKERS[action], _place_of_blocker(action)(observation)
    return atoms[place] if place < len(atoms) else None


@cache
def _place_of_blocker(action: Action) -> Decide:
    """Return the compiled blockers of an action: they are the same in every run."""
    stays = Decision(Action.HOLD, Reason.NO_RULE, DEFAULT_RULE)
    return compile_rows([Row((atom,), stays) for atom in BLOCKERS[action]])
