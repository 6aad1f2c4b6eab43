"""`explore`: every order of events for one environment, or for two that share a slot, under one policy.

What is found is a finding like those of `check`, with the shortest chain of events that shows it. Bounded: the result says
how far the search went, and nothing is claimed beyond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bcdr_sim.analysis.checking import Checked
from bcdr_sim.analysis.exploring.judging import (
    FLAPPING,
    IMPOSSIBLE,
    INVARIANT,
    LOSS,
    OUTAGE,
    OWN_RULE,
    STUCK,
    Breach,
    witness_of,
    written,
)
from bcdr_sim.analysis.exploring.play import Play
from bcdr_sim.analysis.exploring.replaying import Replay, replay
from bcdr_sim.analysis.exploring.scale import ScaleError
from bcdr_sim.analysis.exploring.search import Search, Sighting, search
from bcdr_sim.analysis.exploring.trace import Trace, trace_of
from bcdr_sim.analysis.finding import KINDS, Finding, Law, Severity, own_laws
from bcdr_sim.analysis.laws import Proof
from bcdr_sim.engine.state import GATES, Gate
from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.policy import Action, Policy
from bcdr_sim.policy.axes import AXES
from bcdr_sim.policy.literals import format_literal

STATES_MAX: Final = 400_000
"""So many situations are looked at. Assumption: half a minute."""

_MAY_LOSE: Final = (Action.FAILOVER, Action.FORCED_FAILBACK)
_HELD_LAWS: Final = {
    LOSS: "no commit with a loss that neither consent nor the table allows",
    OUTAGE: "no commit into a region that is down",
    FLAPPING: "no two moves within the hour",
    STUCK: "consent that is granted is used",
    IMPOSSIBLE: "actions only where they can be taken",
}


@dataclass(frozen=True, slots=True)
class Explored:
    """What is found about one policy.

    `checked` holds the findings, and as proofs what no trace has broken, as far as the search went. `traces` are those of
    the findings, in their order, `breaches` what happens at the end of each, and `replays` what the engine makes of them.
    `gates` are those at which the policy was asked again: both, but in an experiment.
    `play` has the scale, and names what was moved and what was left as it is; None if the policy cannot be explored at all,
    which `checked.given_up` explains.
    """

    checked: Checked
    environments: int
    search: Search
    events_max: int | None = None
    gates: frozenset[Gate] = GATES
    traces: tuple[Trace, ...] = ()
    breaches: tuple[Breach, ...] = ()
    replays: tuple[Replay, ...] = ()
    play: Play | None = None

    @property
    def unmet(self) -> tuple[str, ...]:
        """The laws that no decision on any trace came under: nothing is claimed about them."""
        met = frozenset() if self.play is None else self.play.judge.met
        return tuple(law.name for law in self.checked.laws if law.name not in met)

    @property
    def demands(self) -> tuple[str, ...]:
        """The laws that demand an answer: nothing is claimed about them here."""
        return tuple(law.name for law in self.checked.laws if not law.invariant.never)


def explore(
    policy: Policy,
    document: Document,
    laws: Sequence[Law] = (),
    *,
    environments: int = 1,
    tick_ms: int | None = None,
    events_max: int | None = None,
    states_max: int = STATES_MAX,
    gates: frozenset[Gate] = GATES,
) -> Explored:
    """Return what goes wrong in some order of events; `document` is the policy's file, for the places.

    `laws` come on top of the policy's own. `environments` is 1, or 2 that share a slot. `tick_ms` is greater than 0. Traces
    of more than `events_max` steps are not looked at, nor more than `states_max` situations. `gates` are where
    the policy is asked again about a move: both, unless somebody wants to see what one of them is good for.
    """
    held = (*own_laws(policy, document), *laws)
    result = Checked(policy.name, document.path, policy.digest, held, ())
    try:
        play = Play.of(policy, held, tick_ms=tick_ms, gates=gates)
    except ScaleError as error:
        return Explored(
            replace(result, given_up=str(error)), environments, Search(), events_max=events_max, gates=gates
        )
    found = search(play, environments=environments, events_max=events_max, states_max=states_max)
    shown = [
        (*_finding(play, document, sighting, environments=environments), sighting.breach)
        for sighting in found.sightings
    ]
    shown.sort(key=lambda each: (each[0].problem.line, each[0].kind.code))
    findings = tuple(finding for finding, _, _ in shown)
    given_up = ""
    if found.is_cut:
        given_up = (
            f"more than {states_max:,} situations; all traces of up to {found.events} events were looked at"
        )
    checked = replace(
        result,
        findings=findings,
        proofs=() if found.is_cut else tuple(_held(play, held, findings)),
        parameter_settings=1,
        cell_count=found.states,
        node_count=found.steps,
        given_up=given_up,
    )
    traces = tuple(trace for _, trace, _ in shown)
    return Explored(
        checked,
        environments,
        found,
        events_max=events_max,
        gates=gates,
        traces=traces,
        breaches=tuple(breach for _, _, breach in shown),
        replays=tuple(replay(play, trace, gates=gates) for trace in traces),
        play=play,
    )


def _held(play: Play, laws: Sequence[Law], findings: Sequence[Finding]) -> Iterator[Proof]:
    """Yield what some trace has come under and none has broken.

    What a law demands is a question about single decisions, which `check` answers; here it is judged at commits alone.
    """
    broken = {finding.invariant for finding in findings}
    codes = {finding.kind.code for finding in findings}
    for law in laws:
        if law.invariant.never and law.name in play.judge.met and law.name not in broken:
            yield Proof("invariant", law.name, ())
    for code, words in _HELD_LAWS.items():
        if code not in codes and (code != STUCK or play.policy.consent_path):
            yield Proof("trace", words, ())


def _finding(
    play: Play, document: Document, sighting: Sighting, *, environments: int
) -> tuple[Finding, Trace]:
    """A breach as a finding at the rule that is to blame, with its trace."""
    breach = sighting.breach
    trace = trace_of(play, sighting.steps, environments=environments)
    rule, decided_at_zero = breach.rule, False
    if not rule:
        decided = trace.decided(breach.action, trace.points[-1].step.environment)
        assert decided is not None, "what is committed was decided"
        rule = play.policy.decisions[decided[1].rule].rule
        was_none = trace.points[decided[0]].figure == 1
        decided_at_zero = was_none and breach.seen.data_loss > 0 and breach.action in _MAY_LOSE
    position = next((place for place, each in enumerate(play.policy.table.rules) if each.id == rule), None)
    path: DataPath = ("default",) if position is None else ("rules", position, "id")
    kind = KINDS[breach.code]
    problem = replace(
        document.problem(path, _message(breach, rule, at_zero=decided_at_zero)),
        path="",
        level=_severity(play.policy, breach).value,
        code=kind.code,
    )
    related: tuple[Problem, ...] = ()
    if breach.law is not None:
        law = breach.law
        here = law.document.problem(law.path, f"invariant '{law.name}' says {_wants(law)}")
        related = (replace(here, path=""),)
    finding = Finding(
        kind,
        problem,
        rule=rule,
        invariant=breach.law.name if breach.law else "",
        witness=witness_of(breach.seen, _read(play.policy, breach.law)),
        related=related,
        trace=tuple(point.words for point in trace.points),
    )
    return finding, trace


def _severity(policy: Policy, breach: Breach) -> Severity:
    if breach.code == FLAPPING:
        laws = (part.axis for law in policy.table.invariants for part in law.when)
        return Severity.ERROR if "since_last_move" in {*policy.reads, *laws} else Severity.NOTE
    return KINDS[breach.code].severity


def _message(breach: Breach, rule: str, *, at_zero: bool) -> str:
    action = breach.action.value
    earlier = ", decided at no loss," if at_zero else ""
    match breach.code:
        case code if code == INVARIANT and breach.law is not None:
            law = f"invariant '{breach.law.name}' ({_wants(breach.law)})"
            return f"the {action} of rule '{rule}'{earlier} is committed against {law}"
        case code if code == LOSS:
            return f"the {action} of rule '{rule}'{earlier} is committed with a loss that no consent covers"
        case code if code == OUTAGE:
            return f"the {action} of rule '{rule}' is committed into a region that is down"
        case code if code == FLAPPING:
            since = format_literal(AXES["since_last_move"], breach.seen.since_last_move)
            return f"the {action} of rule '{rule}' comes {since} after another move"
        case code if code == STUCK:
            return f"consent is granted and covers the loss, and rule '{rule}' holds for ever"
        case code if code == OWN_RULE:
            return f"rule '{rule}' moves with a loss that no consent covers, and no law forbids it"
        case _:
            if breach.blocker is None:
                return f"rule '{rule}' decides again and again at one instant"
            axis = breach.blocker.axis
            said = f"{axis} is {written(axis, breach.seen)}"
            return f"rule '{rule}' decides {action}, which cannot be taken while {said}"


def _wants(law: Law) -> str:
    actions = " or ".join(sorted(law.invariant.actions))
    return f"{'never' if law.invariant.never else 'always'} {actions}"


def _read(policy: Policy, law: Law | None) -> frozenset[str]:
    """The axes that a policy or a law reads."""
    return policy.reads | (
        frozenset(part.axis for part in law.invariant.when) if law is not None else frozenset()
    )
