"""Judged gates: in words, as a table, as tests and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bcdr_sim.errors import escaped
from bcdr_sim.report.wording import count, plain_markdown, wrapped
from bcdr_sim.review.gate_metrics import GATE_METRICS
from bcdr_sim.review.gated_change import amount, change_words, metric_words
from bcdr_sim.review.gating import GateJudged, MetricJudged
from bcdr_sim.statistics import Verdict

_VERDICT: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "ok",
    Verdict.FAIL: "**fails**",
    Verdict.INCONCLUSIVE: "**open**",
}


def gate_mark(gate: GateJudged) -> str:
    """`ok `, `NOT`, `?  ` or `-- ` for one that judged nothing."""
    if gate.verdict is None:
        return "-- "
    return {Verdict.PASS: "ok ", Verdict.FAIL: "NOT", Verdict.INCONCLUSIVE: "?  "}[gate.verdict]


def gate_title(gate: GateJudged) -> str:
    """Which gate, where, in how many worlds."""
    which = "" if gate.is_earlier else " (as changed)"
    return f"gate {gate.id}{which} in {gate.scenario}, {count(gate.replication_count, 'world')}, seed {gate.seed}"


def gate_data(gate: GateJudged) -> dict[str, Any]:
    """A gate as JSON types."""
    return {
        "id": gate.id,
        "scenario": gate.scenario,
        "policy": gate.policy,
        "earlier": gate.is_earlier,
        "seed": gate.seed,
        "replications": gate.replication_count,
        "verdict": gate.verdict.value if gate.verdict is not None else None,
        "metrics": [
            {
                "metric": each.name,
                "unit": each.unit,
                "group": each.group,
                "margin": each.margin,
                "primary": each.is_primary,
                "before": each.before,
                "after": each.after,
                "difference": {
                    "value": each.difference.value,
                    "low": each.difference.low,
                    "high": each.difference.high,
                    "level": each.difference.level,
                    "method": each.difference.method,
                    "open_incidents": each.difference.censored_count,
                    "note": each.difference.note,
                },
                "equal_worlds": each.equal_count,
                "newly_in_breach": None if each.pairs is None else list(each.pairs.newly),
                "verdict": each.verdict.value,
            }
            for each in gate.metrics
        ],
    }


def gates_text(gates: Sequence[GateJudged], *, width: int) -> Iterator[str]:
    """Yield the lines of every gate."""
    for gate in gates:
        yield f"{gate_mark(gate)} {escaped(gate_title(gate))}"
        for each in gate.metrics:
            yield wrapped(escaped(metric_words(each)), lead="      ", width=width)


def gates_markdown(gates: Sequence[GateJudged]) -> Iterator[str]:
    """Yield a table of every gate, line by line."""
    for gate in gates:
        verdict = "nothing happens there" if gate.verdict is None else _VERDICT[gate.verdict]
        changed = "" if gate.is_earlier else " as changed"
        yield (
            f"\n### Gate {plain_markdown(gate.id)}{changed}: {verdict}\n\n"
            f"Policy {plain_markdown(gate.policy)} of before and of now in the same {gate.replication_count:,} worlds of "
            f"{plain_markdown(gate.scenario)}. More is worse; what is surely more than allowed fails.\n\n"
            "| | metric | of | before | now | change (95 % interval) | allowed |\n|---|---|---|---|---|---|---|".replace(
                "95 %", f"{gate.metrics[0].difference.level:.0%}".replace("%", " %")
            )
        )
        for each in gate.metrics:
            cells = [
                GATE_METRICS[each.name].words,
                each.group,
                *_sides(each),
                amount(each, each.margin, sign=False),
            ]
            words = " | ".join(map(plain_markdown, cells))
            yield f"| {_VERDICT[each.verdict]} | {words} |"


def _sides(metric: MetricJudged) -> tuple[str, str, str]:
    """Before, now, and the change with its interval."""
    sides = (metric.before, metric.after)
    before, now = ("-" if side is None else amount(metric, side, sign=False) for side in sides)
    return before, now, change_words(metric)


def gate_faults(gate: GateJudged) -> Iterator[str]:
    """Yield what is wrong with a gate; nothing if it passes."""
    if gate.verdict is None:
        yield "nothing happens in its worlds"
        return
    yield from (metric_words(each) for each in gate.metrics if each.verdict is not Verdict.PASS)
