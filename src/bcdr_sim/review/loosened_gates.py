"""Gates that let more pass than those of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bcdr_sim.analysis import Finding
from bcdr_sim.loading import DataPath
from bcdr_sim.review.gate_file import FILE, GateFile, GatesText, GateText, MetricText, gates_of, margin_of
from bcdr_sim.review.loosening import Loosened, guard, placed_guard
from bcdr_sim.review.trees import matching


def loosened_gates(before: Path, after: Path) -> Iterator[Finding]:
    """Yield in what way the gates of a change are looser, each at its line.

    Raises:
        InputError: one of the files has faults.
    """
    old, new = gates_of(before), gates_of(after)
    if old is None:
        return
    if new is None:
        for gate in old.text.gates:
            yield guard(FILE, f"{FILE} is gone, and with it gate '{gate.id}'", name=gate.id)
        return
    for each in (*_files(old.text, new.text), *_gates(old, new, after)):
        yield placed_guard(FILE, each, new.document)


def _files(old: GatesText, new: GatesText) -> Iterator[Loosened]:
    if new.replications < old.replications:
        message = f"'replications' is {new.replications:,}, before {old.replications:,}"
        yield Loosened("", message, ("replications",))
    if new.alpha > old.alpha:
        yield Loosened("", f"'alpha' is {new.alpha:g}, before {old.alpha:g}", ("alpha",))
    if new.seed != old.seed:
        message = f"'seed' is {new.seed}, before {old.seed}: worlds may not be chosen with the change"
        yield Loosened("", message, ("seed",))


def _gates(old: GateFile, new: GateFile, after: Path) -> Iterator[Loosened]:
    kept = {gate.id: (place, gate) for place, gate in enumerate(new.text.gates)}
    for gate in old.text.gates:
        if gate.id not in kept:
            yield Loosened(gate.id, f"gate '{gate.id}' is gone", ("gates",))
            continue
        place, now = kept[gate.id]
        path: DataPath = ("gates", place)
        if now.inconclusive == "pass" and gate.inconclusive != "pass":
            message = f"gate '{gate.id}' passes what is inconclusive"
            yield Loosened(gate.id, message, (*path, "inconclusive"))
        seen = set(matching(after, now.scenarios))
        missed = [path for path in matching(after, gate.scenarios) if path not in seen]
        if missed:
            message = f"gate '{gate.id}' is no longer judged in {', '.join(missed[:3])}"
            yield Loosened(gate.id, message, (*path, "scenarios"))
        for way, message in _metrics(gate, now):
            yield Loosened(gate.id, message, (*path, *way))


def _metrics(old: GateText, new: GateText) -> Iterator[tuple[DataPath, str]]:
    kept = {_key(metric): (place, metric) for place, metric in enumerate(new.metrics)}
    for metric in old.metrics:
        of = f"{metric.found.name} of {metric.group}"
        if _key(metric) not in kept:
            yield ("metrics",), f"gate '{old.id}' no longer looks at {of}"
            continue
        place, now = kept[_key(metric)]
        if margin_of(now) > margin_of(metric):
            message = f"gate '{old.id}': the margin of {of} is {now.margin}, before {metric.margin}"
            yield ("metrics", place, "margin"), message
        elif metric.primary and not now.primary:
            yield ("metrics", place), f"gate '{old.id}': {of} is no longer primary"


def _key(metric: MetricText) -> tuple[str, str]:
    return metric.found.name, str(metric.group)
