"""From a policy file to its table, or one error that names every fault with its place.

The shape is checked by the models of `format`, everything that a name or a value must be by the reader here.
Both run over the whole file, so that one run reports all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from bcdr_sim.errors import Problem, near_miss
from bcdr_sim.loading import DataPath, Document, Limits, build
from bcdr_sim.policy.conditions import Comparisons, Vocabulary
from bcdr_sim.policy.decision import DEFAULT_RULE, Action, Decision, Reason
from bcdr_sim.policy.declarations import Declarations
from bcdr_sim.policy.format import InvariantText, LawsText, PolicyText, RuleText
from bcdr_sim.policy.table import Invariant, Rule, Table

POLICY_LIMITS: Final = Limits(
    bytes=64 * 1024,
    depth=12,
    nodes=20_000,
    shorter="nobody reviews that many; split the policy",
    shared="write the value out, or name it under 'situations:' or 'parameters:'",
)
"""Tighter than a scenario. Assumption: a table that needs more is one that nobody can review."""

OBLIGATIONS_COUNT: Final = 37
"""S1..S37, the numbered obligations of the seed document, may be cited without being declared."""

_OBLIGATION: Final = re.compile(r"S([1-9]\d?)", re.ASCII)


def read_table(document: Document) -> Table:
    """Return the table that a policy file holds; `loading.read` with `POLICY_LIMITS` makes the document.

    Raises:
        InputError: with every fault of the file.
    """
    reader = _reader(document)
    return reader.table(build(PolicyText, document, check=lambda _: reader.check()))


def read_laws(document: Document) -> tuple[Invariant, ...]:
    """Return the invariants of a file that holds nothing else; they are held against policies of other files.

    Raises:
        InputError: with every fault of the file.
    """
    reader = _reader(document)
    text = build(LawsText, document, check=lambda _: reader.check())
    return tuple(map(_invariant, text.invariants, reader.invariants))


def _reader(document: Document) -> "_Reader":
    tags = document.data.get("tags")
    names = frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()
    vocabulary = Vocabulary(document, names)
    return _Reader(vocabulary, Declarations(vocabulary))


@dataclass(slots=True)
class _Reader:
    """One pass over the plain data: declarations, situations, rules, invariants."""

    vocabulary: Vocabulary
    declarations: Declarations
    rules: list[Comparisons] = field(default_factory=list)
    invariants: list[Comparisons] = field(default_factory=list)

    def check(self) -> Iterable[Problem]:
        """Read everything and return what is wrong with it."""
        self.declarations.read()
        situations = self.vocabulary.entries("situations")
        self.vocabulary.situations.update(dict.fromkeys(situations))
        for name in situations:
            self.vocabulary.situations[name] = self.vocabulary.condition(("situations", name))
        for kind, noun in (("rules", "rule"), ("invariants", "invariant")):
            places = [(kind, position, "id") for position in self.vocabulary.positions(kind)]
            self.declarations.check_unique(places, noun)
        for position in self.vocabulary.positions("rules"):
            self.read_rule(("rules", position))
        for position in self.vocabulary.positions("invariants"):
            self.read_invariant(("invariants", position))
        for name in self.vocabulary.entries("parameters"):
            if name not in self.vocabulary.used:
                message = f"parameter '{name}' is used by no rule and no situation; remove it"
                self.report(("parameters", name), message, at_key=True)
        return self.vocabulary.problems

    def table(self, text: PolicyText) -> Table:
        """Return the table of a file without faults."""
        return Table(
            name=text.policy,
            title=text.title,
            sources=text.sources,
            time_zone=text.time_zone,
            tags=tuple(text.tags),
            parameters=tuple(self.declarations.parameters),
            switches=tuple(self.declarations.switches),
            rules=tuple(map(_rule, text.rules, self.rules)),
            default=Decision(Action.HOLD, text.default.reason, DEFAULT_RULE),
            invariants=tuple(map(_invariant, text.invariants, self.invariants)),
        )

    def report(self, path: DataPath, message: str, *, at_key: bool = False) -> None:
        self.vocabulary.report(path, message, at_key=at_key)

    def read_rule(self, path: DataPath) -> None:
        self.rules.append(self.vocabulary.condition((*path, "when")))
        entry = self.vocabulary.document.value(path)
        if isinstance(entry, dict):
            self.check_answer(path, entry)
            self.check_switch((*path, "if"), entry.get("if"))
            self.check_cites((*path, "cites"))

    def check_answer(self, path: DataPath, entry: dict[str, Any]) -> None:
        """Check that a hold, and only a hold, has a reason and a time to ask again."""
        action = entry.get("then")
        if action == Action.HOLD:
            if "reason" not in entry:
                self.report((*path, "then"), "a hold needs a 'reason': why does the environment stay?")
            elif entry["reason"] == Reason.NO_RULE:
                self.report((*path, "reason"), "'no_rule' is the answer of the default; a rule has a reason")
        elif action in tuple(Action):
            for key in ("reason", "wake_after"):
                if key in entry:
                    message = f"only a hold has a '{key}'; this rule decides {action}"
                    self.report((*path, key), message, at_key=True)

    def check_switch(self, path: DataPath, raw: Any) -> None:
        if not isinstance(raw, str):
            return
        name, switches = raw.removeprefix("$"), self.vocabulary.switches
        if name in self.vocabulary.parameters:
            self.vocabulary.used.add(name)
            if name not in switches:
                self.report(path, f"'{name}' is no switch; 'if' takes one that is declared as {{switch: on}}")
            elif not raw.startswith("$"):
                self.report(path, f"a switch is named with a '$': write ${name}")
            return
        if not self.vocabulary.declares("parameters", dict):
            return
        likely = near_miss(name, sorted(switches))
        hint = (
            f"did you mean '${likely}'?"
            if likely
            else f"declare it: 'parameters: {{{name}: {{switch: on}}}}'"
        )
        self.report(path, f"no switch '{name}'; {hint}")

    def check_cites(self, path: DataPath) -> None:
        """Check that each citation is an obligation, a declared source, or `assumption`."""
        cites = self.vocabulary.document.value(path)
        sources = self.vocabulary.document.data.get("sources", {})
        if not isinstance(cites, list) or not isinstance(sources, dict):
            return
        for position, cite in enumerate(cites):
            if isinstance(cite, str) and cite not in ("assumption", *sources):
                self.check_obligation((*path, position), cite, sources)

    def check_obligation(self, path: DataPath, cite: str, sources: Iterable[str]) -> None:
        obligation = _OBLIGATION.fullmatch(cite)
        if obligation and int(obligation[1]) > OBLIGATIONS_COUNT:
            self.report(path, f"no obligation {cite}; they go from S1 to S{OBLIGATIONS_COUNT}")
        elif not obligation:
            likely = near_miss(cite, [*sources, "assumption"])
            hint = (
                f"did you mean '{likely}'?" if likely else "declare it under 'sources', or write 'assumption'"
            )
            self.report(path, f"no source '{cite}'; {hint}")

    def read_invariant(self, path: DataPath) -> None:
        condition = self.vocabulary.condition((*path, "when"))
        self.invariants.append(condition)
        entry = self.vocabulary.document.value(path)
        if not isinstance(entry, dict):
            return
        self.check_cites((*path, "cites"))
        if ("never" in entry) == ("always" in entry):
            self.report((*path, "id"), "an invariant has either 'never' or 'always'")
        elif "never" in entry and (moved := [name for part in condition for name in part.references]):
            names = " and ".join(f"${name}" for name in dict.fromkeys(moved))
            self.report(
                (*path, "when"), f"a 'never' has literals only, so that no parameter can move it; got {names}"
            )


def _rule(text: RuleText, when: Comparisons) -> Rule:
    return Rule(
        when=when,
        decision=Decision(text.then, text.reason, text.id, text.wake_after),
        cites=tuple(text.cites),
        switch=text.if_.removeprefix("$") if text.if_ else None,
        because=text.because,
    )


def _invariant(text: InvariantText, when: Comparisons) -> Invariant:
    given = text.always if text.never is None else text.never
    assert given is not None
    return Invariant(
        id=text.id,
        when=when,
        never=text.never is not None,
        actions=frozenset([given] if isinstance(given, Action) else given),
        cites=tuple(text.cites),
    )
