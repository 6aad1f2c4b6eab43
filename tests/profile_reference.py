"""The reference of the built-in profiles, written from their files: rules, laws and sources, and what they come to."""

from bcdr_sim.engine import simulate
from bcdr_sim.metrics import Metrics, measure
from bcdr_sim.metrics.losses import judged_ms, move_loss
from bcdr_sim.policy import (
    Action,
    Observation,
    Policy,
    at_secondary,
    calm,
    impossible,
    load_policy,
    profile_names,
    regional_outage,
)
from bcdr_sim.policy.axes import AXES, TOP
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.observation import HOUR_MS
from bcdr_sim.policy.table import Rule
from bcdr_sim.report.rules import condition, decision, law_in_words
from bcdr_sim.report.wording import span
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.trial import resolve
from markdown_tables import table
from rewrite_scenarios import FOLDER

SITUATIONS = {
    "zero loss, impact confirmed this instant": regional_outage(outage_age=0, since_confirmed=0),
    "zero loss, an hour after": regional_outage(since_confirmed=HOUR_MS),
    "2m of loss, an hour after": regional_outage(
        loss_state="some", data_loss=120_000, since_confirmed=HOUR_MS
    ),
    "the same, consented to": regional_outage(
        loss_state="some", data_loss=120_000, consent="granted", loss_within_consent=True
    ),
    "loss not known yet, an hour after": regional_outage(
        loss_state="undetermined", data_loss=TOP, since_confirmed=HOUR_MS
    ),
    "zero loss, a part of the region, an hour after": regional_outage(
        outage_scope="partial", since_confirmed=HOUR_MS
    ),
    "calm, a disaster is forecast": calm(warning=True),
    "calm, the provider's maintenance": calm(order="maintenance"),
    "calm, a planned move is ordered": calm(order="planned"),
    "calm, a drill is ordered": calm(order="drill"),
    "calm, a forced move is ordered": calm(order="forced"),
    "2m of loss, a forced move is ordered": regional_outage(
        loss_state="some", data_loss=120_000, order="forced"
    ),
    "the same, less was acknowledged": regional_outage(
        loss_state="some", data_loss=120_000, order="forced", order_loss="exceeded"
    ),
    "at the far copy, ready to go home": at_secondary(),
    "the same, the return is ordered": at_secondary(order="failback"),
    "at the far copy, 2m not synced back, a forced move is ordered": at_secondary(
        order="forced", reverse_sync="pending", loss_state="some", data_loss=120_000
    ),
}
"""Observations in which the built-in profiles decide differently, in words; each may have any app."""


def profile_decisions() -> str:
    """What each built-in profile decides in a few situations; whoever is not named stays."""
    policies = [load_policy(name) for name in profile_names()]
    return table(
        ("situation", "decided"), ((said, _decided(seen, policies)) for said, seen in SITUATIONS.items())
    )


def _decided(seen: Observation, policies: list[Policy]) -> str:
    seen.finance_operations = True
    assert not impossible(seen)
    names: dict[Action, list[str]] = {}
    for policy in policies:
        names.setdefault(policy.answer(seen).action, []).append(f"`{policy.name}`")
    parts = [f"**{action}** {', '.join(names[action])}" for action in Action if action in names]
    return "; ".join(part for part in parts if not part.startswith(f"**{Action.HOLD}**")) or "all stay"


def profile_storm() -> str:
    """What the storm of the shipped scenario comes to under each built-in profile."""
    trial = resolve(load_scenario(FOLDER / "regional_storm.yaml"))
    rows = (_storm(name, measure(simulate(trial, load_policy(name)))) for name in profile_names())
    return table(("policy", "moved", "back home", "mean recovery time", "longest loss of data"), rows)


def _storm(name: str, metrics: Metrics) -> tuple[str, ...]:
    covered = metrics.totals.covered
    losses_ms = [judged_ms(move_loss(metrics, number)) for number in range(len(metrics.move_columns.event))]
    assert covered.rta.mean is not None, "the storm ends before the horizon"
    return (
        f"`{name}`",
        f"{covered.failovers} of {covered.environments}",
        str(covered.failbacks),
        span(round(covered.rta.mean)),
        span(max(losses_ms, default=0)),
    )


def profiles() -> str:
    """Every built-in profile: what it is for, its sources, parameters, rules and laws, from its file."""
    return "\n\n".join(_profile(load_policy(name)) for name in profile_names())


def _profile(policy: Policy) -> str:
    sources = "\n".join(f"* {name}: {text}" for name, text in policy.table.sources.items())
    rules = (
        (f"`{rule.id}`", condition(policy, rule), _decision(rule), ", ".join(rule.cites))
        for rule in policy.table.rules
    )
    laws = (
        tuple(law_in_words(policy, law).removesuffix("]").replace(f"{law.id}: ", "", 1).rsplit(" [", 1))
        for law in policy.table.invariants
    )
    named = ((f"`{law.id}`", *rest) for law, rest in zip(policy.table.invariants, laws, strict=True))
    parts = [
        f"### {policy.name}",
        f"{policy.title}.",
        sources,
        _parameters(policy),
        table(("rule", "if", "then", "source"), rules),
        table(("law", "holds everywhere", "source"), named),
    ]
    return "\n\n".join(part for part in parts if part)


def _decision(rule: Rule) -> str:
    because = f"; {rule.because}" if rule.because else ""
    switched = f" (if `{rule.switch}` is on)" if rule.switch else ""
    return f"{decision(rule)}{switched}{because}"


def _parameters(policy: Policy) -> str:
    switches = [
        (f"`{switch.name}`", "switch", "on" if switch.default else "off", "on, off")
        for switch in policy.table.switches
    ]
    quantities = [
        (
            f"`{each.name}`",
            f"`{each.axis}`",
            format_literal(AXES[each.axis], each.default),
            f"{format_literal(AXES[each.axis], each.low)} to {format_literal(AXES[each.axis], each.high)}",
        )
        for each in policy.table.parameters
    ]
    tags = [(f"`{tag}`", "tag of an environment", "no", "yes, no") for tag in policy.table.tags]
    rows = [*quantities, *switches, *tags]
    return table(("parameter", "of", "default", "range"), rows) if rows else ""
