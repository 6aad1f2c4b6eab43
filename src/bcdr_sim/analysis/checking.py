"""`check`: everything that can be said about one policy table, for every observation and not for a sample of them.

Rules (what each finding means: `finding.KINDS`).

* Rules are judged with the parameters in force. What cannot occur by the assumptions is left out of everything that an
  engine could meet, and kept for the question whether a rule contradicts itself or is shadowed.
* An invariant is proved when no observation that can occur breaks it; the assumptions without which that would not hold
  are named. A precondition of an action (`policy.preconditions`) is a law like an invariant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bcdr_sim.analysis.dead_rules import dead_rules
from bcdr_sim.analysis.diagram import NODES_MAX, WORK_MAX, TooLargeError
from bcdr_sim.analysis.finding import KINDS, Finding, Law, Severity, own_laws
from bcdr_sim.analysis.folded import Folded
from bcdr_sim.analysis.laws import Proof, broken_laws, gaps, impossible_actions, proofs
from bcdr_sim.analysis.orders import order_types
from bcdr_sim.loading import Document
from bcdr_sim.policy import Policy

RANGES_WORK_MAX = 3 * WORK_MAX
"""So much work is done for all settings of the parameters. Assumption: a minute."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is found about one policy.

    `laws` are the invariants it was held against, its own first. `parameter_settings` is how many settings of the
    parameters were looked at: 1, or with ranges one for each order type. `cell_count` and `node_count` say how large the
    space is and how small its diagram. `given_up` says why a question has no answer; only if it is empty, what is not
    found is not there.
    """

    policy: str
    file: str
    digest: str
    laws: tuple[Law, ...]
    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...] = ()
    parameter_settings: int = 0
    cell_count: int = 0
    node_count: int = 0
    given_up: str = ""

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that are as grave as that."""
        order = list(Severity)
        return tuple(each for each in self.findings if order.index(each.severity) <= order.index(severity))


def check(
    policy: Policy,
    document: Document,
    laws: Sequence[Law] = (),
    *,
    ranges: bool = False,
    nodes_max: int = NODES_MAX,
) -> Checked:
    """Return all findings about a policy; `document` is its file, for the places. `laws` come on top of its own.

    With `ranges` invariants and preconditions are proved for every value that the parameters may take, not only for
    those in force. A diagram or a number of settings that outgrows its limit is given up: the result says so.
    """
    held = (*own_laws(policy, document), *laws)
    unused = tuple(_unused_parameters(policy, document))
    result = Checked(policy.name, document.path, policy.digest, held, _in_order(unused))
    try:
        table = Folded(policy, document, laws=held, nodes_max=nodes_max)
        found = [*unused, *dead_rules(table), *_switched_off(table), *_violations(table)]
        result = replace(
            result,
            findings=_in_order(found),
            proofs=tuple(proofs(table)),
            parameter_settings=1,
            cell_count=table.space.cell_count,
            node_count=len(table.space.diagrams),
        )
        return _over_ranges(result, table) if ranges else result
    except TooLargeError as error:
        return replace(result, given_up=str(error))


def _violations(table: Folded) -> Iterator[Finding]:
    yield from gaps(table)
    yield from broken_laws(table)
    yield from impossible_actions(table)


def _over_ranges(result: Checked, table: Folded) -> Checked:
    """Add what goes wrong for other values of the parameters, with the first ones that show it."""
    found = {_identity(each): each for each in result.findings}
    needed = {(proof.subject, proof.name): set(proof.assumptions) for proof in result.proofs}
    subjects = {(proof.subject, proof.name): proof.subject for proof in result.proofs}
    settings = order_types(table.policy.table, laws=[law.invariant.when for law in table.laws])
    work = 0
    for setting in settings:
        if any(table.policy.values[name] != value for name, value in setting.items()):
            other = table.with_values(setting)
            for finding in _violations(other):
                found.setdefault(_identity(finding), finding)
            for proof in proofs(other):
                needed.setdefault((proof.subject, proof.name), set()).update(proof.assumptions)
                subjects[proof.subject, proof.name] = proof.subject
            work += other.space.diagrams.work
            if work > RANGES_WORK_MAX:
                raise TooLargeError(
                    f"more than {RANGES_WORK_MAX:,} steps of work for the ranges of the parameters"
                )
    refuted = {name for finding in found.values() for name in _refuted(finding, table.policy)}
    return replace(
        result,
        findings=_in_order(found.values()),
        proofs=tuple(
            Proof(subjects[key], key[1], tuple(sorted(needed[key], key=lambda name: int(name[1:]))))
            for key in needed
            if key not in refuted
        ),
        parameter_settings=len(settings),
    )


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.kind.code, finding.rule, finding.invariant


def _refuted(finding: Finding, policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the law that a finding is a counterexample to."""
    match finding.kind.code:
        case "BCDR201":
            yield "invariant", finding.invariant
        case "BCDR301":
            rule = next(rule for rule in policy.table.rules if rule.id == finding.rule)
            yield "action", rule.decision.action.value
        case "BCDR105":
            yield "table", ""
        case _:
            pass


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in the order of the file, those of one rule by code and then as they were found."""
    return tuple(sorted(findings, key=lambda each: (each.problem.line, each.kind.code)))


def _unused_parameters(policy: Policy, document: Document) -> Iterator[Finding]:
    """Yield the parameters that no rule reads."""
    table = policy.table
    read = {name for rule in table.rules for part in rule.when for name in part.references}
    read |= {rule.switch for rule in table.rules if rule.switch}
    for name in table.defaults:
        if name not in read:
            message = f"parameter '{name}' moves no rule; only situations or invariants name it"
            problem = document.problem(("parameters", name), message, at_key=True)
            kind = KINDS["BCDR107"]
            yield Finding(kind, replace(problem, path="", level=kind.severity.value, code=kind.code))


def _switched_off(table: Folded) -> Iterator[Finding]:
    """Yield what is wrong with a rule that is switched off, as soon as its switch is turned on."""
    for switch in table.policy.table.switches:
        if not table.values[switch.name]:
            own = {rule.id for rule in table.policy.table.rules if rule.switch == switch.name}
            other = table.with_values({**table.values, switch.name: True})
            yield from (finding for finding in dead_rules(other) if finding.rule in own)
