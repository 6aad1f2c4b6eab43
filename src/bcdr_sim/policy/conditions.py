"""The conditions of a policy file: `{axis: {op: literal}}` to typed comparisons, every fault at its place.

A name is looked up only among names that could be read, and a declared name whose own definition is broken
counts as known: so one slip gives one problem.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

from bcdr_sim.errors import Problem, near_miss
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.loading.document import listed
from bcdr_sim.policy.atom import LIST_OPERATORS, OPERATORS, ORDERINGS, Op, operators_of
from bcdr_sim.policy.axes import AXES, TAG_PREFIX, TOP, Axis, find_axis
from bcdr_sim.policy.literals import parse_literal, shown
from bcdr_sim.policy.table import Comparison, Operand, Reference

_OPS: Final[Mapping[str, Op]] = {op: op for op in get_args(Op)}

Comparisons = tuple[Comparison, ...]


@dataclass(slots=True)
class Vocabulary:
    """The names a condition may use, and the problems found in reading conditions.

    `parameters` maps every declared name to its axis, None for a switch or one that could not be read.
    `situations` maps every declared name to what it stands for, None until that is read. `used` are the
    parameters that a rule or a situation names, rightly or not.
    """

    document: Document
    tags: frozenset[str]
    parameters: dict[str, str | None] = field(default_factory=dict)
    switches: set[str] = field(default_factory=set)
    situations: dict[str, Comparisons | None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: DataPath, message: str, *, at_key: bool = False) -> None:
        """Note a problem at that place."""
        self.problems.append(self.document.problem(path, message, at_key=at_key))

    def entries(self, key: str) -> dict[str, Any]:
        """Return a mapping at the top of the file; empty if it is none."""
        value = self.document.data.get(key)
        return value if isinstance(value, dict) else {}

    def positions(self, key: str) -> range:
        """Return the positions of a list at the top of the file; none if it is no list."""
        value = self.document.data.get(key)
        return range(len(value)) if isinstance(value, list) else range(0)

    def declares(self, key: str, kind: type) -> bool:
        """Whether the declarations under a top key could be read, so that a name missing there is a fault."""
        return isinstance(self.document.data.get(key, kind()), kind)

    def condition(self, path: DataPath) -> Comparisons:
        """Return the comparisons of the mapping at a path, situations written out in their place."""
        entries = self.document.value(path)
        found: list[Comparison] = []
        for key, raw in entries.items() if isinstance(entries, dict) else ():
            if key == "situation":
                found += self._situation((*path, key), raw)
            elif axis := self._axis((*path, key)):
                found += self._comparisons(axis, (*path, key), raw)
        return tuple(found)

    def _situation(self, path: DataPath, name: Any) -> Comparisons:
        if path[0] == "situations":
            self.report(path, "a situation cannot name another; write its comparisons out", at_key=True)
        elif not isinstance(name, str):
            self.report(path, f"a situation is named by one word; got {shown(name)}")
        elif name in self.situations:
            return self.situations[name] or ()
        elif self.declares("situations", dict):
            self.report(path, _unknown("situation", name, self.situations))
        return ()

    def _axis(self, path: DataPath) -> Axis | None:
        name = str(path[-1])
        axis = find_axis(name, self.tags)
        if axis is None:
            if name.startswith(TAG_PREFIX):
                tag = name.removeprefix(TAG_PREFIX)
                likely = near_miss(tag, sorted(self.tags))
                hint = f"did you mean '{likely}'?" if likely else f"declare it: 'tags: [{tag}]'"
                if self.declares("tags", list):
                    self.report(path, f"no tag '{tag}'; {hint}", at_key=True)
            else:
                self.report(
                    path,
                    _unknown(
                        "axis", name, [*AXES, *(TAG_PREFIX + tag for tag in sorted(self.tags)), "situation"]
                    ),
                    at_key=True,
                )
        return axis

    def _comparisons(self, axis: Axis, path: DataPath, raw: Any) -> list[Comparison]:
        if isinstance(raw, list):
            return self._comparison(axis, "in", path)
        if not isinstance(raw, dict):
            return self._comparison(axis, "eq", path)
        if not raw:
            self.report(path, f"no comparison; write '{axis.name}: value' or '{axis.name}: {{ne: value}}'")
        return [found for key in raw for found in self._operation(axis, (*path, key))]

    def _operation(self, axis: Axis, path: DataPath) -> list[Comparison]:
        """Read `op: literal`, if the axis can be asked that way."""
        op, allowed = str(path[-1]), operators_of(axis)
        if op in allowed:
            return self._comparison(axis, _OPS[op], path)
        if op not in OPERATORS:
            self.report(path, _unknown("operator", op, allowed), at_key=True)
        elif op in ORDERINGS:
            self.report(path, f"{axis.name} has no order; use eq, ne, in or not_in", at_key=True)
        else:
            self.report(path, f"'{op}' is for time_of_day alone; write {{ge: ..., lt: ...}}", at_key=True)
        return []

    def _comparison(self, axis: Axis, op: Op, path: DataPath) -> list[Comparison]:
        raw = self.document.value(path)
        if op in LIST_OPERATORS or op == "between":
            operands = self._operands(axis, op, path)
            return [Comparison(axis.name, op, operands)] if operands else []
        operand = self._operand(axis, path, raw)
        if operand == TOP and op in ORDERINGS:
            self.report(path, f"'{raw}' lies above every value of {axis.name}; use eq, ne, in or not_in")
            return []
        return [] if operand is None else [Comparison(axis.name, op, operand)]

    def _operands(self, axis: Axis, op: Op, path: DataPath) -> tuple[Operand, ...]:
        """Return the literals of a list, or nothing if one of them could not be read."""
        raw = self.document.value(path)
        if not isinstance(raw, list) or not raw:
            given = "an empty list" if raw == [] else shown(raw)
            self.report(path, f"'{op}' needs a list of values; got {given}")
            return ()
        if op == "between" and len(raw) != 2:
            self.report(path, f"'between' needs two times, from and to; got {len(raw)}")
            return ()
        read = [self._operand(axis, (*path, position), item) for position, item in enumerate(raw)]
        operands = tuple(operand for operand in read if operand is not None)
        for position, operand in enumerate(operands):
            if operand in operands[:position] and len(operands) == len(raw):
                empty = "; from a time to itself is no time or the whole day" if op == "between" else ""
                self.report((*path, position), f"{shown(raw[position])} is given twice{empty}")
        return operands if len(operands) == len(raw) else ()

    def _operand(self, axis: Axis, path: DataPath, raw: Any) -> Operand | None:
        if isinstance(raw, str) and raw.startswith("$"):
            return self._reference(axis, path, raw.removeprefix("$"))
        try:
            return parse_literal(axis, raw)
        except ValueError as error:
            self.report(path, str(error))
            return None

    def _reference(self, axis: Axis, path: DataPath, name: str) -> Reference | None:
        if path[0] != "invariants":
            self.used.add(name)
        if name in self.switches:
            self.report(path, f"'{name}' is a switch; it turns rules on and off by 'if: ${name}'")
        elif name not in self.parameters:
            if self.declares("parameters", dict):
                self.report(path, _unknown("parameter", name, self.parameters))
        elif self.parameters[name] not in (axis.name, None):
            self.report(path, f"'${name}' is a literal of {self.parameters[name]}, not of {axis.name}")
        else:
            return Reference(name)
        return None


def _unknown(noun: str, name: str, known: Iterable[str]) -> str:
    options = list(known)
    likely = near_miss(name, options)
    there = f"there are {listed(options)}" if options else f"this file declares no {noun}"
    return f"no {noun} '{name}'; " + (f"did you mean '{likely}'?" if likely else there)
