"""A policy in force: a table closed over its parameter values and compiled, ready for the engine to ask."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from bcdr_sim.errors import InputError, Problem, near_miss
from bcdr_sim.loading import Document, read
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.calendar import LocalClock
from bcdr_sim.policy.compile import Decide, Row, axes_read, compile_rows
from bcdr_sim.policy.decision import Action, Decision
from bcdr_sim.policy.literals import format_literal, parse_literal, parse_switch
from bcdr_sim.policy.observation import Observation, Value
from bcdr_sim.policy.reading import POLICY_LIMITS, read_table
from bcdr_sim.policy.table import Parameter, Switch, Table
from bcdr_sim.policy.wake import WakeUps

ALIASES: Final[Mapping[str, str]] = MappingProxyType({"seed": "seed-2024-11"})
"""Short names of built-in profiles."""

_FROM_NEAR: Final = frozenset({Action.FAILOVER, Action.PLANNED_FAILOVER, Action.TEST_FAILOVER})
_FROM_FAR: Final = frozenset({Action.FAILBACK, Action.FORCED_FAILBACK, Action.TEST_FAILOVER})
_CONSENT_AXES: Final = frozenset({"consent", "loss_within_consent"})


class PolicyError(Exception):
    """A policy answered what cannot be done, or does not come to rest. Names the policy and the rule."""


@dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """A table ready to be asked.

    `decide` maps an observation to an index into `decisions`, one per enabled rule and the default last.
    `ordered_by` says of each decision which orders of a customer it carries out.
    `values` are the parameters in force, `text` the file as read. Two policies are the same content exactly
    if their `digest`s are equal, whatever the comments and the layout.
    """

    table: Table
    values: Mapping[str, Value]
    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    decide: Decide = field(compare=False)
    reads: frozenset[str]
    actions: frozenset[Action]
    wake_ups: WakeUps
    ordered_by: tuple[frozenset[str], ...]
    digest: str
    text: str = field(default="", compare=False)

    def __repr__(self) -> str:
        return f"<Policy {self.name}, {len(self.rows)} rules, digest {self.digest[:12]}>"

    @property
    def name(self) -> str:
        """Name of the policy."""
        return self.table.name

    @property
    def title(self) -> str:
        """The policy in one line."""
        return self.table.title

    @property
    def consent_path(self) -> bool:
        """Whether the customer's answer can matter: an enabled rule reads the consent or what it covers."""
        return bool(self.reads & _CONSENT_AXES)

    @property
    def asks(self) -> bool:
        """Whether the provider may call the customer."""
        return Action.ASK_CONSENT in self.actions

    def orders(self, *, far: bool) -> frozenset[str]:
        """The orders that a customer may give: those that some enabled rule carries out from that side."""
        actions = _FROM_FAR if far else _FROM_NEAR
        pairs = zip(self.decisions, self.ordered_by, strict=True)
        return frozenset().union(*(orders for decision, orders in pairs if decision.action in actions))

    def answer(self, observation: Observation) -> Decision:
        """Return the decision itself."""
        return self.decisions[self.decide(observation)]

    def clock(self, start: datetime) -> LocalClock:
        """Return the wall clock of this policy for a scenario that starts at that instant."""
        zone = self.table.time_zone
        return LocalClock(start, UTC if zone == "UTC" else ZoneInfo(zone))

    def next_wake_ms(
        self,
        observation: Observation,
        *,
        now_ms: int = 0,
        clock: LocalClock | None = None,
        stopped: frozenset[str] = frozenset(),
    ) -> int | None:
        """Return the smallest positive delay in ms after which time alone could change the answer, or None.

        See `WakeUps.next_ms`. A rule's own `wake_after` stands in its decision and is not looked at here.
        """
        return self.wake_ups.next_ms(observation, now_ms=now_ms, clock=clock, stopped=stopped)


def load_policy(
    name_or_path: str | Path,
    parameters: Mapping[str, object] | None = None,
    *,
    folder: Path | None = None,
    allow_python: bool = False,
) -> Policy:
    """Return a built-in profile (`seed`, `fo-2022`) or the policy of a file, parameters changed as given.

    A path is anything with a slash or the ending `.yaml`; a relative one starts from `folder`. Parameter
    values are written as in the file: `{"hold_down": "2h", "least_capacity": 40, "edition_2017": "on"}`; a
    bool will do for a switch. With `allow_python`, `module:object` and what installed packages offer may be named as well:
    their code runs.

    Raises:
        InputError: no such profile or file, faults in the file, or parameters it does not have.
    """
    if allow_python and _is_python(str(name_or_path)):
        from bcdr_sim.policy.python import python_policy

        if parameters:
            raise InputError([Problem(str(name_or_path), 0, 0, 0, "a Python policy has no parameters")])
        return python_policy(str(name_or_path))
    document = policy_document(name_or_path, folder=folder)
    table = read_table(document)
    faults = parameter_faults(table, parameters or {})
    if faults:
        raise InputError(
            Problem(document.path, 0, 0, 0, message, path=f"parameters.{parameter}")
            for parameter, message in faults.items()
        )
    return put_in_force(table, parameters or {}, text=document.sources[-1].text)


def policy_document(name_or_path: str | Path, *, folder: Path | None = None) -> Document:
    """Return the file of a built-in profile or of a path as plain data with places, as `load_policy` finds it.

    Raises:
        InputError: no such profile or file, or no YAML.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or _is_path(name):
        path = Path(name_or_path) if folder is None else folder / name_or_path
        return read(path, limits=POLICY_LIMITS)
    profile = _profile(name)
    return read(profile.name, limits=POLICY_LIMITS, text=profile.read_text(encoding="utf-8"))


def put_in_force(table: Table, parameters: Mapping[str, object], *, text: str = "") -> Policy:
    """Return the policy of a table with these parameter values; the values have no `parameter_faults`."""
    values = table.defaults | {name: _parameter_value(table, name, raw) for name, raw in parameters.items()}
    rows = table.rows(values)
    decisions = (*(row.decision for row in rows), table.default)
    return Policy(
        table=table,
        values=MappingProxyType(values),
        rows=rows,
        decisions=decisions,
        decide=compile_rows(rows),
        reads=axes_read(rows),
        actions=frozenset(decision.action for decision in decisions),
        wake_ups=WakeUps.of(rows),
        ordered_by=(*(orders_of(row) for row in rows), frozenset()),
        digest=_digest(table, values),
        text=text,
    )


def orders_of(row: Row) -> frozenset[str]:
    """The orders that a rule carries out: the words that it compares the axis with, if it moves."""
    if row.decision.action not in _FROM_NEAR | _FROM_FAR:
        return frozenset()
    named: set[str] = set()
    for atom in row.when:
        if atom.axis == "order" and atom.op in {"eq", "in"}:
            named.update(map(str, atom.literal if isinstance(atom.literal, tuple) else (atom.literal,)))
    return frozenset(named - {"none", "maintenance"})


def parameter_faults(table: Table, parameters: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with each parameter value, by its name; empty if all can be put in force."""
    faults: dict[str, str] = {}
    for name, raw in parameters.items():
        try:
            _parameter_value(table, name, raw)
        except ValueError as error:
            faults[name] = str(error)
    return faults


def profile_names() -> tuple[str, ...]:
    """Return the names of the built-in profiles, sorted."""
    names = (
        entry.name.removesuffix(".yaml") for entry in _profiles().iterdir() if entry.name.endswith(".yaml")
    )
    return tuple(sorted(names))


def _profiles() -> Traversable:
    return files("bcdr_sim.policy") / "profiles"


def _is_python(name: str) -> bool:
    """Whether a name can only be that of a Python policy."""
    return not _is_path(name) and ALIASES.get(name, name) not in profile_names()


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith((".yaml", ".yml"))


def _profile(name: str) -> Traversable:
    known = profile_names()
    found = ALIASES.get(name, name)
    if found in known:
        return _profiles() / f"{found}.yaml"
    if re.fullmatch(r"[\w.]+:\w+", name):
        message = f"'{name}' is a Python policy, whose code would run: --allow-python-policy allows it"
        raise InputError([Problem(name, 0, 0, 0, message)])
    likely = near_miss(name, [*known, *ALIASES])
    hint = f"did you mean '{likely}'?" if likely else f"there are {', '.join(known)}"
    message = f"no built-in policy '{name}'; {hint} A file is named by its path: ./{name}.yaml"
    raise InputError([Problem(name, 0, 0, 0, message)])


def _parameter_value(table: Table, name: str, raw: object) -> Value:
    """Return the typed value of a parameter; raises ValueError if there is no such parameter or value."""
    for entry in (*table.parameters, *table.switches):
        match entry:
            case Switch(name=found) if found == name:
                return raw if isinstance(raw, bool) else parse_switch(raw)
            case Parameter(name=found) if found == name:
                return _inside(entry, parse_literal(AXES[entry.axis], raw))
    likely = near_miss(name, table.defaults)
    there = f"there are {', '.join(table.defaults)}" if table.defaults else "it has none"
    hint = f"did you mean '{likely}'?" if likely else there
    raise ValueError(f"policy {table.name} has no parameter '{name}'; {hint}")


def _inside(parameter: Parameter, value: Value) -> Value:
    axis = AXES[parameter.axis]
    if not parameter.low <= int(value) <= parameter.high:
        low, high = format_literal(axis, parameter.low), format_literal(axis, parameter.high)
        raise ValueError(f"{parameter.name} goes from {low} to {high}; got {format_literal(axis, value)}")
    return value


def _digest(table: Table, values: Mapping[str, Value]) -> str:
    content = {"table": _plain(table), "values": dict(values)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON types; sets in order."""
    match value:
        case Enum():
            return value.value
        case frozenset():
            return sorted(_plain(item) for item in value)
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value):
            return {part.name: _plain(getattr(value, part.name)) for part in dataclasses.fields(value)}
        case _:
            return value
