"""The gates of a change: those of before, and of the change's own those that are new or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bcdr_sim.analysis import KINDS, Finding, Severity
from bcdr_sim.errors import InputError
from bcdr_sim.policy import Policy, load_policy
from bcdr_sim.review.gate_file import REPLICATIONS_DEFAULT, GateFile, GateText, gates_of
from bcdr_sim.review.gating import GateJudged, MetricJudged, judge_one
from bcdr_sim.review.trees import matching, refuse_outside
from bcdr_sim.scenario.document import PolicyChoice, Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.statistics import Verdict
from bcdr_sim.units import format_duration

FAILED, OPEN, EMPTY = "BCDR801", "BCDR802", "BCDR803"


@dataclass(frozen=True, slots=True)
class _Gating:
    """The gates of one tree, judged in its scenarios under the policies of both."""

    before: Path
    after: Path
    file: GateFile
    is_earlier: bool

    @property
    def tree(self) -> Path:
        """Where its scenarios stand."""
        return self.before if self.is_earlier else self.after

    def judged(self, gate: GateText) -> Iterator[tuple[GateJudged | None, list[Finding]]]:
        """Yield what a gate says in each of its scenarios whose policy changed, with findings; no scenario is a finding."""
        paths = matching(self.tree, gate.scenarios)
        is_new_there = self.is_earlier and bool(matching(self.after, gate.scenarios))
        if not paths and not is_new_there:
            message = f"gate '{gate.id}' has no scenario: nothing matches {', '.join(gate.scenarios)}"
            yield None, [self.finding(EMPTY, gate, message)]
        for path in paths:
            try:
                scenario = load_scenario(self.tree / path, root=self.tree)
                sides = self.sides(path, scenario)
                if sides is None:
                    continue
                one = judge_one(
                    gate,
                    self.file.text,
                    scenario,
                    old=sides[0],
                    new=sides[1],
                    path=path,
                    is_earlier=self.is_earlier,
                )
            except InputError as error:
                if not self.is_earlier:
                    raise
                message = f"gate '{gate.id}' cannot be judged in {path}: {error.problems[0].message}"
                yield None, [self.finding(FAILED, gate, message)]
            else:
                yield replace(one, line=self.file.line(gate).line), list(self.findings(gate, one))

    def sides(self, path: str, scenario: Scenario) -> tuple[Policy, Policy] | None:
        """The policy of a scenario before and now; None if it is not one of both trees, or the same."""
        choice = scenario.policy
        chosen = choice if isinstance(choice, PolicyChoice) else PolicyChoice(name=choice)
        inside = refuse_outside(self.tree, path, chosen.name)
        files = [tree / inside for tree in (self.before, self.after)]
        if not all(file.is_file() and not file.is_symlink() for file in files):
            return None
        old, new = (load_policy(file, chosen.parameters) for file in files)
        return None if old.digest == new.digest else (old, new)

    def findings(self, gate: GateText, one: GateJudged) -> Iterator[Finding]:
        """Yield what is wrong with a gate that was judged."""
        if one.verdict is None:
            message = (
                f"gate '{gate.id}': nothing happens in {one.scenario}, in {one.replication_count:,} worlds"
            )
            yield self.finding(EMPTY, gate, message)
        for metric in one.metrics if one.verdict is not None else ():
            words = f"gate '{gate.id}' in {one.scenario}: {metric_words(metric)}"
            if metric.verdict is Verdict.FAIL:
                yield self.finding(FAILED, gate, words + _breaching(one, metric))
            elif metric.verdict is Verdict.INCONCLUSIVE:
                found = self.finding(OPEN, gate, words)
                if gate.inconclusive == "pass":
                    level = Severity.NOTE.value
                    found = replace(found, problem=replace(found.problem, level=level))
                yield found

    def finding(self, code: str, gate: GateText, message: str) -> Finding:
        """A finding at the name of a gate."""
        kind = KINDS[code]
        place = self.file.line(gate)
        problem = replace(place, message=message, path="", level=kind.severity.value, code=code)
        return Finding(kind, problem, rule=gate.id)


def review_gates(before: Path, after: Path) -> tuple[list[GateJudged], list[Finding]]:
    """Judge the gates of before, and those of the change that are not the same; gives what is wrong as findings.

    Raises:
        InputError: a file has faults, such as a metric that there is not.
    """
    old, new = gates_of(before), gates_of(after)
    judged: list[GateJudged] = []
    found: list[Finding] = []
    for file in (old, new):
        if file is None:
            continue
        gating = _Gating(before, after, file if file is old else _bounded(file, old), is_earlier=file is old)
        for gate in file.text.gates:
            if file is new and old is not None and _is_same(gate, old, new):
                continue
            for one, findings in gating.judged(gate):
                judged += [one] if one is not None else []
                found += findings
    return judged, found


def _bounded(file: GateFile, old: GateFile | None) -> GateFile:
    """The gates of a change, in no more worlds than those of before have or is usual: it may not make its review endless."""
    most = max(REPLICATIONS_DEFAULT, old.text.replications if old is not None else 0)
    return replace(
        file, text=file.text.model_copy(update={"replications": min(most, file.text.replications)})
    )


def _is_same(gate: GateText, old: GateFile, new: GateFile) -> bool:
    """Whether a gate of the change was there before, judged in as many and the same worlds."""
    how = [(file.text.replications, file.text.seed, file.text.alpha) for file in (old, new)]
    return gate in old.text.gates and how[0] == how[1]


def metric_words(metric: MetricJudged) -> str:
    """`rta_ms of tier 1 changes by +4m12s (+3m31s to +4m53s), margin 3m: fail`."""
    if metric.difference.value is None:
        change = f"is not known ({metric.difference.note})"
    else:
        change = f"changes by {change_words(metric)}"
    allowed = amount(metric, metric.margin, sign=False)
    return f"{metric.name} of {metric.group} {change}, margin {allowed}: {metric.verdict.value}"


def change_words(metric: MetricJudged) -> str:
    """`+4m12s (+3m31s to +4m53s)`, without the interval where it has no width."""
    found = metric.difference
    if found.value is None:
        return "not known"
    ends = found.low, found.high
    if ends in ((None, None), (found.value, found.value)):
        return amount(metric, found.value)
    low, high = (amount(metric, end) if end is not None else "unknown" for end in ends)
    return f"{amount(metric, found.value)} ({low} to {high})"


def amount(metric: MetricJudged, value: float, *, sign: bool = True) -> str:
    """A value in the unit of its metric, durations of ten seconds or more to the second."""
    mark = "-" if value < 0 else "+" if sign and value > 0 else ""
    match metric.unit:
        case "ms":
            size_ms = round(abs(value))
            return f"{mark}{format_duration(size_ms if size_ms < 10_000 else round(size_ms, -3))}"
        case "share":
            return f"{mark}{abs(value):.1%}".replace("%", " %")
        case _:
            return f"{mark}{abs(value):.4g}"


def _breaching(one: GateJudged, metric: MetricJudged) -> str:
    """The worlds that are newly so, and how to look at the first of them."""
    if metric.pairs is None or not metric.pairs.newly:
        return ""
    newly = metric.pairs.newly
    shown = ", ".join(map(str, newly[:10])) + (f" and {len(newly) - 10} more" if len(newly) > 10 else "")
    look = f"bcdr-sim run {one.scenario} --seed {one.seed} --replication {newly[0]}"
    return f"; newly in replications {shown}; see {look}"
