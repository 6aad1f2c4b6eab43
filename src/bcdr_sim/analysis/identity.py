"""What a policy decides, as one digest: equal for two policies exactly if they answer alike wherever something can occur.

The diagram of a table is brought into a form that only its answers shape: what cannot occur counts as nothing, cells that no
node tells apart are one, axes that no node looks at are left out, and nodes are numbered as a walk from the root meets them.
Rules, literals that change nothing, names and comments leave no trace.
"""

from __future__ import annotations

import hashlib
import json

from bcdr_sim.analysis.clock import CLOCK_AXES
from bcdr_sim.analysis.diagram import NODES_MAX, Diagrams
from bcdr_sim.analysis.space import Space
from bcdr_sim.policy import Policy


def decision_digest(policy: Policy, *, nodes_max: int = NODES_MAX) -> str:
    """sha256 over action, reason and wake-up of every answer and where it is given.

    Raises:
        TooLargeError: the diagram outgrows its limit.
    """
    space = Space([row.when for row in policy.rows], nodes_max=nodes_max)
    diagrams = space.diagrams
    answers = [
        (each.action.value, each.reason.value if each.reason else None, each.wake_after_ms)
        for each in policy.decisions
    ]
    numbers = {answer: number + 1 for number, answer in enumerate(dict.fromkeys(answers))}
    seen = diagrams.combine(
        space.decided(policy.rows),
        space.possible,
        lambda index, can: numbers[answers[index]] if can else 0,
    )
    root = _filled(diagrams, seen)
    spans = {level: _spans(diagrams, root, level) for level in range(len(space.cuts))}
    words = dict(zip(numbers.values(), numbers, strict=True))
    nodes: dict[int, int] = {}
    lines: list[object] = []

    def walk(function: int) -> object:
        if function < 0:
            return ["answer", *words[~function]]
        if function not in nodes:
            level = diagrams.level(function)
            cut = space.cuts[level]
            children = [
                [cut.cells[first].low, cut.cells[last].high, walk(diagrams.children(function)[first])]
                for first, last in spans[level]
            ]
            nodes[function] = len(nodes)
            lines.append([cut.axis.name, children])
        return nodes[function]

    content = [walk(root), lines]
    zone, read = (
        policy.table.time_zone,
        {cut.axis.name for level, cut in enumerate(space.cuts) if len(spans[level]) > 1},
    )
    if zone != "UTC" and read & CLOCK_AXES:
        content.append(zone)
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _filled(diagrams: Diagrams, function: int) -> int:
    """A function whose value 0 is free: below each node it takes the first answer that is given beside it."""
    known: dict[int, int] = {}

    def filled(one: int) -> int:
        if one < 0:
            return one
        if one not in known:
            children = [filled(child) for child in diagrams.children(one)]
            given = next((child for child in children if child != ~0), ~0)
            known[one] = diagrams.node(
                diagrams.level(one), tuple(given if child == ~0 else child for child in children)
            )
        return known[one]

    return filled(function)


def _spans(diagrams: Diagrams, root: int, level: int) -> list[tuple[int, int]]:
    """The cells of an axis, neighbours put together that no node of a function tells apart."""
    nodes = [diagrams.children(node) for node in _nodes(diagrams, root) if diagrams.level(node) == level]
    spans: list[tuple[int, int]] = []
    for cell in range(diagrams.sizes[level]):
        if spans and all(children[cell - 1] == children[cell] for children in nodes):
            spans[-1] = (spans[-1][0], cell)
        else:
            spans.append((cell, cell))
    return spans


def _nodes(diagrams: Diagrams, root: int) -> set[int]:
    met, waiting = {root}, [root]
    while waiting:
        one = waiting.pop()
        for child in diagrams.children(one) if one >= 0 else ():
            if child not in met:
                met.add(child)
                waiting.append(child)
    return {one for one in met if one >= 0}
