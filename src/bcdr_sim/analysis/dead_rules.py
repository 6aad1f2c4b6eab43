"""Rules that decide nothing, or nothing of their own: contradictory, hidden, redundant, for the impossible alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bcdr_sim.analysis.diagram import EMPTY
from bcdr_sim.analysis.finding import Finding, Severity
from bcdr_sim.analysis.folded import Folded
from bcdr_sim.analysis.orders import order_types
from bcdr_sim.analysis.space import Space
from bcdr_sim.loading import DataPath
from bcdr_sim.policy.observation import Value
from bcdr_sim.policy.table import Rule

NAMED_MAX = 4
"""So many of the rules above are named."""


def dead_rules(folded: Folded) -> Iterator[Finding]:
    """Yield what is wrong with single rules, in the order of the table."""
    for index, (position, rule) in enumerate(folded.enabled):
        path: DataPath = ("rules", position, "id")
        if folded.space.masks(folded.rows[index].when) is None:
            yield _never_matches(folded, rule, path)
        elif index not in folded.deciding:
            yield _hidden(folded, index, path=path)
        elif index not in folded.deciding_really:
            message = f"rule '{rule.id}' decides only what cannot occur"
            needed = folded.space.needed(folded.region([index]))
            yield folded.finding("BCDR104", f"{message} ({', '.join(needed)})", path, rule=rule.id)
        else:
            yield from _redundant(folded, index, path=path)


def _redundant(folded: Folded, index: int, *, path: DataPath) -> Iterator[Finding]:
    """A rule without which nothing would change; a note if only the assumptions make it so."""
    rule, diagrams = folded.enabled[index][1], folded.space.diagrams
    differs = diagrams.combine(
        folded.region([index]),
        folded.below[index + 1],
        lambda decides, found: int(bool(decides) and not folded.alike(index, found)),
    )
    message = f"without rule '{rule.id}' the same would be decided everywhere"
    if differs == EMPTY:
        yield folded.finding("BCDR103", message, path, rule=rule.id)
    elif folded.space.diagrams.both(differs, folded.space.possible) == EMPTY:
        needed = ", ".join(folded.space.needed(differs))
        message = f"{message}, as {needed} shows"
        yield folded.finding("BCDR103", message, path, rule=rule.id, severity=Severity.NOTE)


def _never_matches(folded: Folded, rule: Rule, path: DataPath) -> Finding:
    """A rule whose condition contradicts itself, for these parameters or for all."""
    for setting in order_types(folded.policy.table, only=rule):
        if _allows(rule, {**folded.values, **setting}):
            names = sorted({name for part in rule.when for name in part.references})
            shown = ", ".join(f"{name} is {folded.parameter(name)}" for name in names)
            message = f"rule '{rule.id}' can never match while {shown}"
            return folded.finding("BCDR101", message, path, rule=rule.id, severity=Severity.NOTE)
    return folded.finding("BCDR101", f"rule '{rule.id}' can never match", path, rule=rule.id)


def _allows(rule: Rule, values: Mapping[str, Value]) -> bool:
    """Whether some observation satisfies the condition of a rule."""
    condition = tuple(part.close(values) for part in rule.when)
    return Space([condition]).masks(condition) is not None


def _hidden(folded: Folded, index: int, *, path: DataPath) -> Finding:
    """A rule that never decides, since rules above it do."""
    rule = folded.enabled[index][1]
    own = folded.space.where(folded.rows[index].when)
    above = folded.space.diagrams.leaves(
        folded.space.diagrams.combine(own, folded.decided, lambda holds, decides: decides + 1 if holds else 0)
    ) - {0}
    deciders = sorted(
        (one - 1 for one in above), reverse=True
    )  # what stands right above most likely takes the rest
    others = [one for one in deciders if not folded.alike(one, index)]
    named = others or deciders
    names = ", ".join(f"'{folded.rows[one].decision.rule}'" for one in named[:NAMED_MAX])
    if len(named) > NAMED_MAX:
        names += f" and {len(named) - NAMED_MAX} more"
    if others:
        message = f"rule '{rule.id}' is never reached: where it holds, {names} {_decide(others)} otherwise"
        return folded.finding("BCDR102", message, path, rule=rule.id)
    message = f"rule '{rule.id}' is never reached: where it holds, {names} {_decide(deciders)} the same"
    return folded.finding("BCDR103", message, path, rule=rule.id)


def _decide(deciders: Sequence[int]) -> str:
    return "decides" if len(deciders) == 1 else "decide"
