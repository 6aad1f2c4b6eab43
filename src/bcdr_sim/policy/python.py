"""Policies written in Python: the trusted route. Their code runs, so none is loaded unless that was allowed.

A Python policy is a function `Observation -> Decision`, named `module:object` or by an entry point of the group
`bcdr_sim.policies`. It gets a copy of the observation and must answer from that alone: a tenth of the questions is asked
twice, and two answers to one question end the run. Nothing is proved about it. It sees every axis but the calendar, which it
gets if it says so with an attribute `reads_calendar = True`; the scenario then needs a start. Time alone does not make it be
asked again: a hold may say when, with `wake_after_ms`. Customers order nothing under it: no rule says what it
carries out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.decision import DEFAULT_RULE, Action, Decision, Reason
from bcdr_sim.policy.observation import Observation
from bcdr_sim.policy.policy import Policy, PolicyError
from bcdr_sim.policy.table import Table
from bcdr_sim.policy.wake import WakeUps

GROUP: Final = "bcdr_sim.policies"
"""Entry points of installed packages."""
REFERENCE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
"""`module:object`."""
ANSWERS_MAX: Final = 10_000
"""So many different answers one run may have; a log numbers them with 16 bits."""
_TWICE_EVERY: Final = 10
_CALENDAR: Final = frozenset({"time_of_day", "weekday"})

Answer = Callable[[Observation], Decision]


def python_policy(name: str) -> Policy:
    """Return the Python policy of a reference or an entry point. Its module is imported, which runs its code.

    Raises:
        InputError: there is none of that name, it cannot be imported, or it is nothing that can be called.
    """
    function, source = _found(name)
    title = (getattr(function, "__doc__", None) or "a policy in Python").strip().splitlines()[0]
    default = Decision(Action.HOLD, Reason.NO_RULE, DEFAULT_RULE)
    table = Table(
        name=name,
        title=title,
        sources={},
        time_zone="UTC",
        tags=(),
        parameters=(),
        switches=(),
        rules=(),
        default=default,
        invariants=(),
    )
    asked = _Asked(name, function)
    hidden = frozenset() if getattr(function, "reads_calendar", False) else _CALENDAR
    return Policy(
        table=table,
        values=MappingProxyType({}),
        rows=(),
        decisions=asked.decisions,  # type: ignore[arg-type]  # grows while it is asked
        decide=asked.decide,
        reads=frozenset(AXES) - hidden,
        actions=frozenset(Action),
        wake_ups=WakeUps.of(()),
        ordered_by=asked.ordered_by,  # type: ignore[arg-type]  # grows with the decisions
        digest=hashlib.sha256(f"python\0{name}\0{source}".encode()).hexdigest(),
    )


class _Asked:
    """A function as the engine asks it: answers by number, in the order in which they were first given."""

    def __init__(self, name: str, function: Answer) -> None:
        self._name, self._function = name, function
        self.decisions: list[Decision] = [Decision(Action.HOLD, Reason.NO_RULE, DEFAULT_RULE)]
        self.ordered_by: list[frozenset[str]] = [frozenset()]
        self._numbers = {self.decisions[0]: 0}
        self._count = 0

    def decide(self, observation: Observation) -> int:
        """The number of its answer. Raises PolicyError if it fails, contradicts itself or answers what cannot be done."""
        decision = self._ask(observation)
        self._count += 1
        if self._count % _TWICE_EVERY == 0 and self._ask(observation) != decision:
            raise PolicyError(
                f"policy {self._name} gives two answers to one question: it keeps something in mind"
            )
        number = self._numbers.get(decision)
        if number is None:
            if len(self.decisions) >= ANSWERS_MAX:
                raise PolicyError(f"policy {self._name} gives more than {ANSWERS_MAX:,} different answers")
            number = self._numbers[decision] = len(self.decisions)
            self.decisions.append(decision)
            self.ordered_by.append(frozenset())
        return number

    def _ask(self, observation: Observation) -> Decision:
        try:
            decision: Any = self._function(replace(observation))
        except Exception as error:
            raise PolicyError(f"policy {self._name} fails: {type(error).__name__}: {error}") from error
        if not isinstance(decision, Decision):
            raise PolicyError(f"policy {self._name} must answer a Decision; got {type(decision).__name__}")
        return decision


def _found(name: str) -> tuple[Answer, str]:
    """The function of a name, and the source of its module."""
    reference = name
    if not REFERENCE.fullmatch(name):
        known = {each.name: each.value for each in entry_points(group=GROUP)}
        if name not in known:
            hint = f"; there are {', '.join(sorted(known))}" if known else ""
            raise _refused(name, f"no Python policy of that name is installed{hint}")
        reference = known[name]
    module_name, _, attribute = reference.partition(":")
    try:
        module = import_module(module_name)
        function = getattr(module, attribute)
    except Exception as error:
        raise _refused(name, f"cannot be imported: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise _refused(name, "is no function of an observation")
    file = getattr(module, "__file__", None)
    return function, Path(file).read_text(encoding="utf-8", errors="replace") if file else ""


def _refused(name: str, message: str) -> InputError:
    return InputError([Problem(name, 0, 0, 0, message)])
