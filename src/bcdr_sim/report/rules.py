"""Rules of a policy in words: when they hold, what they decide, and where they come from."""

from __future__ import annotations

from bcdr_sim.errors import escaped
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.decision import DEFAULT_RULE, MOVES
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.table import Invariant, Rule
from bcdr_sim.report.wording import wrapped

_OPERATOR_WORDS = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "lt": "is under",
    "le": "is at most",
    "gt": "is over",
    "ge": "is at least",
    "between": "is between",
}


def rule_named(policy: Policy, name: str) -> Rule | None:
    """The rule of that name; None for the default of the table."""
    return next((rule for rule in policy.table.rules if rule.id == name), None)


def condition(policy: Policy, rule: Rule) -> str:
    """When a rule holds: `location is NearCopy and data_loss is 0s`; parameters stand with their values in force."""
    atoms = [comparison.close(policy.values) for comparison in rule.when]
    return " and ".join(_atom(atom) for atom in atoms) or "no rule above it holds"


def decision(rule: Rule) -> str:
    """What a rule decides: `failover`, or `hold (consent_pending)`."""
    reason = rule.decision.reason
    return rule.decision.action.value + (f" ({reason.value})" if reason else "")


def sources(policy: Policy, rule: Rule) -> str:
    """What a rule cites: `S24, S25`; a declared source in full the way the policy declares it."""
    declared = policy.table.sources
    return ", ".join(
        f"{cite} ({escaped(declared[cite])})" if cite in declared else cite for cite in rule.cites
    )


def rule_in_words(policy: Policy, name: str, *, with_titles: bool = True) -> str:
    """One line about a rule: condition, decision, reason given by its author, sources; their titles if wanted."""
    rule = rule_named(policy, name)
    if rule is None:
        return (
            f"{name}: no rule holds -> {DEFAULT_RULE}" if name != DEFAULT_RULE else "default: no rule holds"
        )
    because = f"; {escaped(rule.because)}" if rule.because else ""
    cited = sources(policy, rule) if with_titles else ", ".join(rule.cites)
    return f"{name}: if {condition(policy, rule)} -> {decision(rule)}{because} [{cited}]"


def law_in_words(policy: Policy, law: Invariant) -> str:
    """One line about an invariant: what is never or always decided, and where."""
    actions = " or ".join(action.value for action in Action if action in law.actions)
    where = " and ".join(_atom(atom) for atom in law.condition(policy.values))
    claim = f"{'never' if law.never else 'always'} {actions}" + (f" if {where}" if where else "")
    return f"{law.id}: {claim} [{', '.join(law.cites)}]"


def moving_rules(policy: Policy) -> list[Rule]:
    """The enabled rules that move an environment, in the order of the table."""
    enabled = {decision.rule for decision in policy.decisions}
    return [rule for rule in policy.table.rules if rule.id in enabled and rule.decision.action in MOVES]


def _atom(atom: Atom) -> str:
    axis = AXES.get(atom.axis)
    if axis is None:
        literals = ["yes" if literal else "no" for literal in atom.literals]
    else:
        literals = [format_literal(axis, literal) for literal in atom.literals]
    joint = " and " if atom.op == "between" else ", "
    return f"{atom.axis} {_OPERATOR_WORDS[atom.op]} {joint.join(literals)}"


def policy_text(policy: Policy, *, width: int = 100) -> str:
    """A whole policy as text: title, parameters in force, rules in the order they are asked, laws, sources."""
    table = policy.table
    enabled = {decision.rule for decision in policy.decisions}
    lines = [f"{policy.name}, digest {policy.digest[:12]}", wrapped(escaped(table.title), width=width)]
    if policy.values:
        lines += ["", "Parameters"]
    for parameter in table.parameters:
        axis = AXES[parameter.axis]
        value, low, high = (
            format_literal(axis, number)
            for number in (policy.values[parameter.name], parameter.low, parameter.high)
        )
        lines.append(
            wrapped(
                f"{value} ({parameter.axis}, {low} to {high})", lead=f"  {parameter.name:<24} ", width=width
            )
        )
    lines += [
        f"  {switch.name:<24} {'on' if policy.values[switch.name] else 'off'}" for switch in table.switches
    ]
    lines += ["", "Rules, the first that holds decides"]
    for number, rule in enumerate(table.rules, start=1):
        note = "" if rule.id in enabled else " (switched off)"
        lines.append(
            wrapped(
                rule_in_words(policy, rule.id, with_titles=False) + note, lead=f"  {number:>3}  ", width=width
            )
        )
    if table.invariants:
        lines += ["", "Laws that it keeps, whatever is observed"]
        lines += [wrapped(law_in_words(policy, law), lead="  * ", width=width) for law in table.invariants]
    if table.sources:
        lines += ["", "Sources"]
        lines += [
            wrapped(escaped(text), lead=f"  {name}: ", width=width) for name, text in table.sources.items()
        ]
    return "\n".join(lines) + "\n"
