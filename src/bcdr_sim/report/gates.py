"""Judged gates: in words, as a table, as tests and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bcdr_sim.errors import escaped
from bcdr_sim.report.wording import count, plain_markdown, wrapped
from bcdr_sim.review.gated_change import metric_words
from bcdr_sim.review.gating import GateJudged
from bcdr_sim.statistics import Verdict


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
    if gates:
        yield "\n### Gates\n\n| | gate | metric |\n|---|---|---|"
    for gate in gates:
        title = plain_markdown(gate_title(gate))
        for position, each in enumerate(gate.metrics):
            mark = "" if position else gate_mark(gate).strip()
            yield f"| {mark} | {'' if position else title} | {plain_markdown(metric_words(each))} |"


def gate_tests(gates: Sequence[GateJudged]) -> Iterator[tuple[str, list[str]]]:
    """Yield every gate as a test: its name, and what is wrong."""
    for gate in gates:
        bad = [metric_words(each) for each in gate.metrics if each.verdict is not Verdict.PASS]
        yield gate_title(gate), bad if gate.verdict is not None else ["nothing happens in its worlds"]
