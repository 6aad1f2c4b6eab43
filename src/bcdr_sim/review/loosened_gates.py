"""Gates that let more pass than those of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bcdr_sim.review.gate_file import FILE, GateFile, GatesText, GateText, MetricText, gates_of, margin_of
from bcdr_sim.review.trees import matching


def loosened_gates(before: Path, after: Path) -> Iterator[tuple[str, str]]:
    """Yield in what way the gates of a change are looser: the gate (empty for all of them) and a sentence.

    Raises:
        InputError: one of the files has faults.
    """
    old, new = gates_of(before), gates_of(after)
    if old is None:
        return
    if new is None:
        yield "", f"{FILE} is gone, with {len(old.text.gates)} gate{'s' if len(old.text.gates) > 1 else ''}"
        return
    yield from _files(old.text, new.text)
    yield from _gates(old, new, after)


def _files(old: GatesText, new: GatesText) -> Iterator[tuple[str, str]]:
    if new.replications < old.replications:
        yield "", f"'replications' is {new.replications:,}, before {old.replications:,}"
    if new.alpha > old.alpha:
        yield "", f"'alpha' is {new.alpha:g}, before {old.alpha:g}"
    if new.seed != old.seed:
        yield "", f"'seed' is {new.seed}, before {old.seed}: worlds may not be chosen with the change"


def _gates(old: GateFile, new: GateFile, after: Path) -> Iterator[tuple[str, str]]:
    kept = {gate.id: gate for gate in new.text.gates}
    for gate in old.text.gates:
        now = kept.get(gate.id)
        if now is None:
            yield gate.id, f"gate '{gate.id}' is gone"
            continue
        if now.inconclusive == "pass" and gate.inconclusive != "pass":
            yield gate.id, f"gate '{gate.id}' passes what is inconclusive"
        seen = set(matching(after, now.scenarios))
        missed = [path for path in matching(after, gate.scenarios) if path not in seen]
        if missed:
            yield gate.id, f"gate '{gate.id}' is no longer judged in {', '.join(missed[:3])}"
        yield from ((gate.id, message) for message in _metrics(gate, now))


def _metrics(old: GateText, new: GateText) -> Iterator[str]:
    kept = {_key(metric): metric for metric in new.metrics}
    for metric in old.metrics:
        now = kept.get(_key(metric))
        of = f"{metric.found.name} of {metric.group}"
        if now is None:
            yield f"gate '{old.id}' no longer looks at {of}"
        elif margin_of(now) > margin_of(metric):
            yield f"gate '{old.id}': the margin of {of} is {now.margin}, before {metric.margin}"
        elif metric.primary and not now.primary:
            yield f"gate '{old.id}': {of} is no longer primary"


def _key(metric: MetricText) -> tuple[str, str]:
    return metric.found.name, str(metric.group)
