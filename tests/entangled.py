"""A table that no diagram can hold: many rules, each about a few axes that the others do not share."""

from pathlib import Path

from bcdr_sim.policy.axes import AXES, Axis
from policy_observations import Sampler

WORDS = (
    "tier copy service outage_scope consent order target_state loss_state weekday automation orchestrator "
    "support_channel window location finance_operations warning primary_verified"
)
ANSWERS = ("failover", "ask_consent", "restore", "hold, reason: hold_down")


def write_entangled(path: Path, *, rules: int = 200) -> None:
    """Write a policy of so many rules, each with four comparisons that follow no order."""
    sampler = Sampler(7)
    lines = []
    for number in range(rules):
        names = list(WORDS.split())
        chosen = [names.pop(sampler.below(len(names))) for _ in range(4)]
        when = ", ".join(f"{name}: {_literal(AXES[name], sampler.below(60))}" for name in chosen)
        answer = ANSWERS[sampler.below(len(ANSWERS))]
        lines.append(f"  - {{id: r{number}, when: {{{when}}}, then: {answer}, cites: [assumption]}}\n")
    path.write_text(
        "format: 1\npolicy: entangled\ntitle: Entangled\nrules:\n" + "".join(lines), encoding="utf-8"
    )


def _literal(axis: Axis, number: int) -> str:
    if axis.values:
        return axis.values[number % len(axis.values)]
    if axis.kind == "flag":
        return ("no", "yes")[number % 2]
    return str(axis.low + number % (axis.high - axis.low + 1))
