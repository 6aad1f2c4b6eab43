"""`gates.yaml`: how much worse a change may make what is simulated, and how surely that is to be known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document, build, read
from bcdr_sim.review.gate_metrics import GateMetric, gate_metric, unknown_metric
from bcdr_sim.review.settings import stays_inside
from bcdr_sim.scenario.model import Model
from bcdr_sim.units import Name, Version, parse_duration

FILE: Final = "gates.yaml"
REPLICATIONS_MAX: Final = 100_000
REPLICATIONS_DEFAULT: Final = 400


class GroupText(Model):
    """Which environments a metric is about; each key given must hold."""

    tier: Annotated[int, Field(ge=1, le=5)] | None = None
    """Those of this tier."""
    customer: Name | None = None
    """Those of this customer."""
    covered: bool | None = None
    """Those that a failover policy covers, or those that it does not."""

    def __str__(self) -> str:
        """Return `tier 1, customer contoso`, or `all environments`."""
        words = []
        if self.tier is not None:
            words.append(f"tier {self.tier}")
        if self.customer is not None:
            words.append(f"customer {self.customer}")
        if self.covered is not None:
            words.append("covered" if self.covered else "not covered")
        return ", ".join(words) or "all environments"


class MetricText(Model):
    """A metric and by how much its mean may grow."""

    metric: str
    """Name of the metric, such as rta_ms."""
    group: GroupText = GroupText()
    """The environments it is about; all if left out."""
    margin: str | int | float
    """How much more is no harm: a duration for a metric in ms, else a number; a share for `worlds_in_breach`."""
    primary: bool = False
    """Whether it is judged at the full level. The rest of a gate share it."""

    @property
    def found(self) -> GateMetric:
        """The metric of that name, which is known to be one."""
        metric = gate_metric(self.metric)
        assert metric is not None, f"{self.metric} was read as a metric"
        return metric


class GateText(Model):
    """Metrics that are judged together, in each of some scenarios."""

    id: Name
    """Names it in reports."""
    scenarios: Annotated[list[str], Field(min_length=1)]
    """Patterns from the top of the repository."""
    metrics: Annotated[list[MetricText], Field(min_length=1)]
    """What may not get worse. One of them at most is primary."""
    inconclusive: Literal["stop", "pass"] = "stop"
    """What becomes of a change that too few worlds say something about: it stops with exit code 3, or passes."""

    @model_validator(mode="after")
    def _one_primary(self) -> Self:
        if sum(metric.primary for metric in self.metrics) > 1:
            raise ValueError("has more than one primary metric; the others share the level that is left")
        return self


class GatesText(Model):
    """The gates of a policy repository."""

    version: Version
    """Version of the file format."""
    replications: Annotated[int, Field(ge=2, le=REPLICATIONS_MAX)] = REPLICATIONS_DEFAULT
    """So many worlds, fixed beforehand: who looks again until it fits has fooled himself."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Number that the draws of the worlds start from."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """How often a change may be judged wrongly, in the long run."""
    gates: Annotated[list[GateText], Field(min_length=1)]
    """Each judged on its own."""


@dataclass(frozen=True, slots=True)
class GateFile:
    """The gates of a tree, with the places of their names."""

    text: GatesText
    document: Document

    def line(self, gate: GateText) -> Problem:
        """The place of a gate, with an empty message."""
        position = next(at for at, each in enumerate(self.text.gates) if each.id == gate.id)
        return self.document.problem(("gates", position, "id"), "")


def gates_of(tree: Path) -> GateFile | None:
    """Return the gates of a tree; None if it has no such file.

    Raises:
        InputError: the file has faults, such as a metric that there is not.
    """
    path = tree / FILE
    if not path.is_file() or path.is_symlink():
        return None
    document = read(path, name=FILE)
    return GateFile(build(GatesText, document, check=_faults), document)


def margin_of(metric: MetricText) -> float:
    """The margin in the unit of the metric: ms, a count, a share."""
    found = metric.found
    return float(parse_duration(str(metric.margin))) if found.unit == "ms" else float(metric.margin)


def _faults(document: Document) -> Iterator[Problem]:
    """What a shape cannot see: metrics, margins in their units, names given twice, patterns that lead out."""
    gates = document.data.get("gates")
    met: set[str] = set()
    for position, gate in enumerate(gates if isinstance(gates, list) else ()):
        if not isinstance(gate, dict):
            continue
        path: DataPath = ("gates", position)
        name = str(gate.get("id"))
        if name in met:
            yield document.problem((*path, "id"), f"gate '{name}' is given twice")
        met.add(name)
        for place, pattern in enumerate(_list(gate.get("scenarios"))):
            try:
                stays_inside(str(pattern))
            except ValueError as error:
                yield document.problem((*path, "scenarios", place), str(error))
        for place, metric in enumerate(_list(gate.get("metrics"))):
            if isinstance(metric, dict):
                yield from _metric_faults(document, (*path, "metrics", place), metric)


def _metric_faults(document: Document, path: DataPath, metric: dict[str, Any]) -> Iterator[Problem]:
    name, margin = metric.get("metric"), metric.get("margin")
    if not isinstance(name, str):
        return
    found = gate_metric(name)
    if found is None:
        yield document.problem((*path, "metric"), unknown_metric(name))
    elif "margin" in metric and (fault := _margin_fault(found, margin)):
        yield document.problem((*path, "margin"), fault)


def _margin_fault(metric: GateMetric, margin: Any) -> str:
    """What is wrong with a margin; empty if nothing."""
    if metric.unit == "ms":
        if not isinstance(margin, str):
            return f"the margin of {metric.name} is a duration such as 3m; got {margin!r}"
        try:
            parse_duration(margin)
        except ValueError as error:
            return str(error)
        return ""
    if isinstance(margin, bool) or not isinstance(margin, int | float):
        return f"the margin of {metric.name} is a number; got {margin!r}"
    if not 0 <= margin <= (1 if metric.unit == "share" else 10**9):
        limit = "0 to 1" if metric.unit == "share" else "0 or more"
        return f"the margin of {metric.name} is {limit}; got {margin!r}"
    return ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
