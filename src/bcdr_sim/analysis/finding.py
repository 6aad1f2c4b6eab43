"""What can be found out about a policy table: the codes, how grave each is, and one finding with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import DataPath, Document, read
from bcdr_sim.policy import Policy
from bcdr_sim.policy.reading import POLICY_LIMITS, read_laws
from bcdr_sim.policy.table import Invariant


class Severity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"
    """The policy does not do what it says."""
    WARNING = "warning"
    """Probably not what was meant."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: its code, its name, its usual severity, and what it means for the reader."""

    code: str
    name: str
    severity: Severity
    meaning: str

    @property
    def needs_events(self) -> bool:
        """Whether only a chain of events shows it: what `explore` finds."""
        return self.code.startswith("BCDR5")


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind(
                "BCDR101",
                "rule-never-matches",
                Severity.ERROR,
                "The conditions of the rule contradict each other. A note if only the default of a parameter makes them.",
            ),
            Kind(
                "BCDR102",
                "rule-shadowed",
                Severity.ERROR,
                "Wherever the rule holds, rules above it decide, and somewhere they decide otherwise.",
            ),
            Kind(
                "BCDR103",
                "rule-redundant",
                Severity.WARNING,
                "Without the rule the same would be decided for the same reason everywhere.",
            ),
            Kind(
                "BCDR104",
                "rule-only-for-the-impossible",
                Severity.WARNING,
                "The rule decides only observations that the engine rules out.",
            ),
            Kind(
                "BCDR105",
                "gap",
                Severity.WARNING,
                "No rule decides an observation that can occur, so the default does.",
            ),
            Kind(
                "BCDR106",
                "order-swapped",
                Severity.WARNING,
                "Two rules that both hold somewhere and decide differently have changed places.",
            ),
            Kind(
                "BCDR107",
                "parameter-unused",
                Severity.WARNING,
                "No rule reads the parameter; only situations or invariants name it.",
            ),
            Kind(
                "BCDR201",
                "invariant-broken",
                Severity.ERROR,
                "There is an observation that can occur at which the table decides against an invariant.",
            ),
            Kind(
                "BCDR202",
                "invariant-vacuous",
                Severity.WARNING,
                "The condition of the invariant holds for no observation that can occur, so it forbids nothing.",
            ),
            Kind(
                "BCDR301",
                "action-impossible",
                Severity.ERROR,
                "A rule decides an action where the engine cannot take it.",
            ),
            Kind(
                "BCDR401",
                "guard-loosened",
                Severity.ERROR,
                "A law, a range or a scenario of the earlier version is gone or weaker. Only `ci` finds it.",
            ),
            Kind(
                "BCDR402",
                "guard-unusable",
                Severity.WARNING,
                "A file of the earlier version has faults, so nothing is judged by it. Only `ci` finds it.",
            ),
            Kind(
                "BCDR451",
                "action-changed",
                Severity.NOTE,
                "Something else is done than before. An error if `policy diff` was asked whether that is so.",
            ),
            Kind(
                "BCDR452",
                "reason-changed",
                Severity.NOTE,
                "An environment stays as before, for another reason. An error if that was asked.",
            ),
            Kind(
                "BCDR453",
                "clock-changed",
                Severity.WARNING,
                "Another time zone, and something reads the time of day or the weekday. An error if that was asked.",
            ),
            Kind(
                "BCDR501",
                "commit-against-invariant",
                Severity.ERROR,
                "After some chain of events a move is committed where an invariant forbids it.",
            ),
            Kind(
                "BCDR502",
                "commit-with-loss",
                Severity.ERROR,
                "A move is committed with a loss that no consent covers, and the table, asked then, would not move.",
            ),
            Kind(
                "BCDR503",
                "commit-into-outage",
                Severity.ERROR,
                "A move is committed into a region that is down.",
            ),
            Kind(
                "BCDR504",
                "flapping",
                Severity.ERROR,
                "An environment is moved twice within the hour. A note if nothing in the policy reads `since_last_move`.",
            ),
            Kind(
                "BCDR505",
                "consent-never-used",
                Severity.ERROR,
                "Consent is granted and covers the loss, nothing is in the way, time passes, and nobody is moved.",
            ),
            Kind(
                "BCDR506",
                "action-impossible-in-trace",
                Severity.ERROR,
                "After some chain of events a rule decides what the engine cannot do, or decides in a circle.",
            ),
            Kind(
                "BCDR507",
                "moves-at-a-loss",
                Severity.NOTE,
                "A rule moves with a loss that no consent covers, no law forbids it, and nobody has ordered it.",
            ),
            Kind(
                "BCDR601",
                "claim-fails",
                Severity.ERROR,
                "A case, an expectation or a coverage that was asked for does not hold. Only `test` and `ci` find it.",
            ),
            Kind(
                "BCDR701",
                "baseline-missing",
                Severity.ERROR,
                "The repository keeps baselines and has none of this policy. Only `ci` finds it.",
            ),
            Kind(
                "BCDR702",
                "baseline-stale",
                Severity.ERROR,
                "The engine or an input is another one than when the baseline was approved. Only `ci` finds it.",
            ),
            Kind(
                "BCDR703",
                "baseline-unused",
                Severity.ERROR,
                "Nobody uses the baseline. A warning where only a part is run. Only `ci` finds it.",
            ),
            Kind(
                "BCDR801",
                "gate-failed",
                Severity.ERROR,
                "In simulated worlds a metric gets worse by more than the gate's margin. Only `ci` finds it.",
            ),
            Kind(
                "BCDR802",
                "gate-inconclusive",
                Severity.WARNING,
                "Too few worlds to say whether a metric stays within the gate's margin. Only `ci` finds it.",
            ),
            Kind(
                "BCDR803",
                "gate-empty",
                Severity.WARNING,
                "A gate has judged nothing: no scenario, or nothing happens in it. Only `ci` finds it.",
            ),
        )
    }
)
"""Every kind of finding by its code."""


@dataclass(frozen=True, slots=True)
class Law:
    """An invariant and the place it stands at; `is_own` if that is the file of the policy it is held against."""

    invariant: Invariant
    document: Document
    position: int
    is_own: bool

    @property
    def name(self) -> str:
        """Its id, with the file before it if that is not the policy's: a policy may have one of the same id."""
        return self.invariant.id if self.is_own else f"{self.document.path}:{self.invariant.id}"

    @property
    def path(self) -> DataPath:
        """The place of its name."""
        return ("invariants", self.position, "id")


def laws_of(path: Path) -> tuple[Law, ...]:
    """Return the laws of a file, or of every `*.yaml` below a folder in the order of their paths.

    Raises:
        InputError: faults in a file, or there is none.
    """
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    problems: list[Problem] = []
    laws: list[Law] = []
    for file in files:
        try:
            document = read(file, limits=POLICY_LIMITS)
            found = enumerate(read_laws(document))
            laws += [Law(invariant, document, position, is_own=False) for position, invariant in found]
        except InputError as error:
            problems += error.problems
    if not files:
        problems.append(Problem(str(path), 0, 0, 0, "there is no *.yaml with invariants in this folder"))
    if problems:
        raise InputError(problems)
    return tuple(laws)


def own_laws(policy: Policy, document: Document) -> tuple[Law, ...]:
    """Return the invariants that a policy brings along; `document` is its file."""
    return tuple(
        Law(invariant, document, position, is_own=True)
        for position, invariant in enumerate(policy.table.invariants)
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    `problem` says what and where. `rule` and `invariant` name what it is about, empty if nothing. `witness` is an
    observation that shows it, by axis as a file would write it; empty if none is needed. `parameters` are the values at
    which it was found, if not those in force. `related` are other places that explain it.
    `trace` is the chain of events that leads there, a sentence fragment each; empty if none is needed.
    """

    kind: Kind
    problem: Problem
    rule: str = ""
    invariant: str = ""
    witness: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    related: tuple[Problem, ...] = ()
    trace: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """How grave it is; a kind has a usual severity, a finding its own."""
        return Severity(self.problem.level)
