"""What a policy file declares before its rules: its names, parameters, switches and time zone.

Whatever is wrong with a declaration, its name counts as known afterwards, so that one slip gives one problem.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bcdr_sim.errors import near_miss
from bcdr_sim.loading import DataPath
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.conditions import Vocabulary
from bcdr_sim.policy.literals import format_literal, parse_literal, parse_switch
from bcdr_sim.policy.table import Parameter, Switch

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_PARAMETER_KEYS: Final = ("axis", "default", "range")


@dataclass(slots=True)
class Declarations:
    """The parameters and switches of a file, in its order; the problems go to the vocabulary."""

    vocabulary: Vocabulary
    parameters: list[Parameter] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)

    def read(self) -> None:
        """Read all declarations, so that conditions can use them."""
        for kind in ("parameters", "situations"):
            for name in self.vocabulary.entries(kind):
                self._check_name((kind, name), name, at_key=True)
        tags = [("tags", position) for position in self.vocabulary.positions("tags")]
        for path in tags:
            self._check_name(path, self.vocabulary.document.value(path))
        self.check_unique(tags, "tag")
        self._check_zone(self.vocabulary.document.data.get("time_zone"))
        for name, entry in self.vocabulary.entries("parameters").items():
            self.vocabulary.parameters[name] = None
            if isinstance(entry, dict):
                self._read_parameter(name, entry)

    def check_unique(self, paths: Iterable[DataPath], noun: str) -> None:
        """Report every name that an earlier path has already given."""
        first: dict[str, DataPath] = {}
        for path in paths:
            name = self.vocabulary.document.value(path)
            if isinstance(name, str) and first.setdefault(name, path) != path:
                line = self.vocabulary.document.line(first[name])
                self._report(path, f"{noun} '{name}' is given twice; the first one is on line {line}")

    def _report(self, path: DataPath, message: str, *, at_key: bool = False) -> None:
        self.vocabulary.report(path, message, at_key=at_key)

    def _check_name(self, path: DataPath, name: Any, *, at_key: bool = False) -> None:
        if isinstance(name, str) and not _NAME.fullmatch(name):
            message = f"'{name}' cannot be a name here; use small letters, digits and '_', a letter first"
            self._report(path, message, at_key=at_key)

    def _check_zone(self, zone: Any) -> None:
        if isinstance(zone, str) and not _zone_exists(zone):
            likely = near_miss(zone, sorted(available_timezones()))
            hint = f"did you mean '{likely}'?" if likely else "write an IANA name like Europe/Berlin"
            self._report(("time_zone",), f"no time zone '{zone}'; {hint}")

    def _read_parameter(self, name: str, entry: dict[str, Any]) -> None:
        path: DataPath = ("parameters", name)
        if "switch" in entry:
            self._read_switch(path, entry)
            return
        missing = [key for key in _PARAMETER_KEYS if key not in entry]
        if missing:
            message = f"missing key '{missing[0]}'; a parameter is {{axis, default, range}} or {{switch: on}}"
            self._report(path, message, at_key=True)
        elif isinstance(entry["axis"], str):
            self._read_quantity(path, entry["axis"])

    def _read_switch(self, path: DataPath, entry: dict[str, Any]) -> None:
        self.vocabulary.switches.add(str(path[1]))
        for key in _PARAMETER_KEYS:
            if key in entry:
                self._report(
                    (*path, key),
                    f"a switch has no '{key}'; it is {{switch: on}} or {{switch: off}}",
                    at_key=True,
                )
        try:
            self.switches.append(Switch(str(path[1]), parse_switch(entry["switch"])))
        except ValueError as error:
            self._report((*path, "switch"), str(error))

    def _read_quantity(self, path: DataPath, axis_name: str) -> None:
        axis = AXES.get(axis_name)
        if axis is None:
            quantities = [each.name for each in AXES.values() if each.is_quantity]
            likely = near_miss(axis_name, AXES)
            hint = f"did you mean '{likely}'?" if likely else f"a parameter may name {', '.join(quantities)}"
            self._report((*path, "axis"), f"no axis '{axis_name}'; {hint}")
        elif not axis.is_quantity:
            self._report((*path, "axis"), f"{axis_name} has no order, so no parameter of it can have a range")
        else:
            self.vocabulary.parameters[str(path[1])] = axis_name
            self._read_range(path, axis_name)

    def _read_range(self, path: DataPath, axis_name: str) -> None:
        """Read default and range, and check that the one lies inside the other."""
        axis, bounds = AXES[axis_name], self.vocabulary.document.value((*path, "range"))
        if not isinstance(bounds, list) or len(bounds) != 2:
            return
        places: tuple[DataPath, ...] = ((*path, "default"), (*path, "range", 0), (*path, "range", 1))
        values: list[int] = []
        for place in places:
            try:
                values.append(int(parse_literal(axis, self.vocabulary.document.value(place))))
            except ValueError as error:
                self._report(place, str(error))
        if len(values) < len(places):
            return
        default, low, high = values
        given, least, greatest = (format_literal(axis, value) for value in values)
        if high > axis.high or default > axis.high:
            self._report((*path, "range"), f"'{axis.top}' is no end of a range")
        elif low > high:
            self._report(
                (*path, "range"),
                f"a range goes from its least to its greatest value; got {least} to {greatest}",
            )
        elif not low <= default <= high:
            self._report(places[0], f"the default must lie in the range {least} to {greatest}; got {given}")
        self.parameters.append(Parameter(str(path[1]), axis_name, default, low, high))


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return name == "UTC"
    return True
