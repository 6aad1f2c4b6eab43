"""Many worlds for people and programs: as a table, as Markdown, as one JSON object, as a row per world.

No number stands without its interval, how many worlds are behind it, and how many of them were still open at the horizon or
without bound.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.experiment import Runs
from bcdr_sim.experiment.conclusion import RunsVerdict
from bcdr_sim.experiment.edition import edition
from bcdr_sim.experiment.playing import NONE_IN
from bcdr_sim.experiment.summarising import MetricLine
from bcdr_sim.experiment.worlds import NONE
from bcdr_sim.loading.presets import caveats
from bcdr_sim.report.folding import aligned
from bcdr_sim.report.studies.families import flip_sentence
from bcdr_sim.report.wording import count, plain_markdown, span, wrapped
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.stopping import Look
from bcdr_sim.study.relatives import Families
from bcdr_sim.units import format_duration

SCHEMA = "bcdr-sim/runs/1"
"""Name and version of the JSON form; a change that a reader must know of gets the next number."""
Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class ManyReport:
    """What is told of a run: the worlds, what they come to, and how to see the worst of them again."""

    runs: Runs
    verdict: RunsVerdict
    replay: str
    at_least: float | None = None
    families: Families | None = None
    """The same with outage lengths of other families, if that was asked for."""


def many_table(report: ManyReport, *, width: int = 100) -> str:
    """The whole text for a terminal."""
    blocks = [_heading(report, width)]
    if len(report.runs):
        for head, rows in _tables(report.runs):
            lines = aligned([head, *rows], right=frozenset(range(1, len(head))), width=width)
            blocks.append("\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]]))
    blocks.append("\n".join(_closing(report, width)))
    return "\n\n".join(blocks) + "\n"


def many_markdown(report: ManyReport) -> str:
    """The same as Markdown."""
    blocks = [f"## {plain_markdown(_title(report))}"]
    blocks += [plain_markdown(caveat) for caveat in caveats(report.runs.scenario.presets)]
    for head, rows in _tables(report.runs) if len(report.runs) else ():
        lines = [
            head,
            ["---", *["--:"] * (len(head) - 1)],
            *([plain_markdown(cell) for cell in row] for row in rows),
        ]
        blocks.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    blocks.append("\n".join(f"* {plain_markdown(line.strip())}" for line in _closing(report, 10_000)))
    return "\n\n".join(blocks) + "\n"


def many_csv(report: ManyReport) -> str:
    """One row per world, with a head; nothing where a world has no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = report.runs.rows
    writer.writerow(rows)
    writer.writerows(zip(*(_cells(name, values.tolist()) for name, values in rows.items()), strict=True))
    return text.getvalue()


def many_document(report: ManyReport) -> dict[str, Any]:
    """The whole result as plain data, ready for `json.dumps`. Times are ms; null means that there is no number."""
    runs, case = report.runs, report.runs.case
    scenario = runs.scenario
    return {
        "schema": SCHEMA,
        "version": __version__,
        "edition": edition(),
        "scenario": scenario.name,
        "scenario_digest": case.scenario_digest,
        "policy": case.policy_name,
        "policy_digest": case.policy_digest,
        "parameters": dict(case.parameters),
        "seed": runs.seed,
        "replications": len(runs),
        "digest": runs.digest,
        "horizon_ms": scenario.horizon,
        "environments": len(case.ready().estate),
        "metrics": {
            line.name: {
                "unit": line.unit,
                "mean": _estimate(line.mean),
                **{f"p{q * 100:g}": _estimate(found) for q, found in line.quantiles.items()},
            }
            for line in runs.lines()
        },
        "probabilities": {
            chance.name: {"count": chance.count, **_estimate(chance.estimate)} for chance in runs.chances()
        },
        "worst": {"by": "rta_ms_max", "replications": runs.worst(3)},
        "precision": None if runs.look is None else _look(runs.look),
        "verdict": {
            "conclusion": report.verdict.word,
            "sentence": report.verdict.sentence,
            "at_least": report.at_least,
            "families": None if report.families is None else _families(report.families),
            "good": _estimate(report.verdict.good),
        },
    }


def _heading(report: ManyReport, width: int) -> str:
    lines = [wrapped(_title(report), width=width)]
    description = report.runs.scenario.description.strip()
    if description:
        lines.append(wrapped(description, width=width))
    lines += [wrapped(caveat, width=width) for caveat in caveats(report.runs.scenario.presets)]
    return "\n".join(lines)


def _title(report: ManyReport) -> str:
    runs = report.runs
    facts = [
        f"policy {runs.case.policy_name}",
        f"seed {runs.seed}",
        f"{count(len(runs), 'world')} of {format_duration(runs.scenario.horizon)}",
        count(len(runs.case.ready().estate), "environment"),
    ]
    return f"{runs.scenario.name}: {', '.join(facts)}"


def _tables(runs: Runs) -> Iterator[tuple[list[str], Rows]]:
    lines = runs.lines()
    yield (
        ["mean of a world", "mean", "95 % interval", "n", "open", "unbounded"],
        [
            [line.words, _value(line.mean.value, line), _interval(line.mean, line), *_counts(line.mean)]
            for line in lines
        ],
    )
    yield (
        ["quantiles over worlds", "p50", "p90", "p95", "its interval", "p99", "open", "unbounded"],
        [
            [
                line.words,
                *(_quantile(line, q) for q in (0.5, 0.9, 0.95)),
                _interval(line.quantiles[0.95], line),
                _quantile(line, 0.99),
                *_counts(line.quantiles[0.95])[1:],
            ]
            for line in lines
            if line.quantiles
        ],
    )
    yield (
        ["in a world", "probability", "95 % interval", "seen in", "open"],
        [
            [
                chance.words,
                _share(chance.estimate.value),
                _share_interval(chance.estimate),
                f"{chance.count:,} of {chance.estimate.n:,}",
                f"{chance.open_count:,}",
            ]
            for chance in runs.chances()
        ],
    )


def _closing(report: ManyReport, width: int) -> Iterator[str]:
    runs = report.runs
    if len(runs):
        if runs.look is not None:
            yield wrapped(
                f"{'reached' if runs.look.is_precise else 'NOT reached'}: {runs.look.reason}",
                lead="Precision  ",
                width=width,
            )
        if any(line.mean.censored_count for line in runs.lines()):
            yield wrapped(
                "incidents that were open at the horizon count up to it: means are lower bounds, and quantiles that "
                "they could change are left out",
                lead="Open  ",
                width=width,
            )
        worst = ", ".join(f"{each:,}" for each in runs.worst(3))
        yield f"Longest recovery  replications {worst}"
        yield f"Replay  {report.replay}"
    yield f"Digest  {runs.digest[:16]}"
    if report.families is not None:
        names = " and ".join(report.families.names)
        yield wrapped(f"{names}: {flip_sentence(report.families)}", lead="Families  ", width=width)
    yield wrapped(f"{report.verdict.word.upper()}: {report.verdict.sentence}", lead="Verdict  ", width=width)


def _value(number: float | None, line: MetricLine) -> str:
    if number is None:
        return "-"
    if math.isinf(number):
        return "unbounded"
    return span(round(number)) if line.unit == "ms" else f"{number:,.4g}"


def _quantile(line: MetricLine, q: float) -> str:
    found = line.quantiles[q]
    return "open" if found.value is None and found.censored_count else _value(found.value, line)


def _interval(estimate: Estimate, line: MetricLine) -> str:
    if estimate.low is None and estimate.high is None:
        return "-"
    low = "-" if estimate.low is None else _value(max(0.0, estimate.low), line)
    return f"{low} to {_value(estimate.high, line)}"


def _counts(estimate: Estimate) -> list[str]:
    return [f"{number:,}" for number in (estimate.n, estimate.censored_count, estimate.unbounded_count)]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _share_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "-"
    if estimate.low == 0:
        return f"at most {_rounded(estimate.high, up=True)}"
    if estimate.high == 1:
        return f"at least {_rounded(estimate.low, up=False)}"
    return f"{_share(estimate.low)} to {_share(estimate.high)}"


def _rounded(share: float, *, up: bool) -> str:
    """A bound in percent, rounded to its safe side."""
    steps = share * 10_000
    return f"{(math.ceil(steps) if up else math.floor(steps)) / 100:.2f}%"


def _cells(name: str, values: list[Any]) -> Sequence[Any]:
    if name in NONE_IN:
        return ["" if value == NONE else value for value in values]
    if values and isinstance(values[0], bytes):
        return [value.decode() for value in values]
    if values and isinstance(values[0], bool):
        return [str(value).lower() for value in values]
    return values


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _plain(estimate.value),
        "low": _plain(estimate.low),
        "high": _plain(estimate.high),
        "n": estimate.n,
        "level": estimate.level,
        "method": estimate.method,
        "censored": estimate.censored_count,
        "unbounded": estimate.unbounded_count,
        "note": estimate.note,
    }


def _families(families: Families) -> dict[str, Any]:
    return {
        "settings": list(families.names),
        "flipped": families.flipped,
        "verdicts": {each.family: each.verdict for each in families.relatives},
    }


def _look(look: Look) -> dict[str, Any]:
    return {"reached": look.is_precise, "reason": look.reason, **_estimate(look.estimate)}


def _plain(number: float | None) -> float | str | None:
    return "unbounded" if number is not None and math.isinf(number) else number
