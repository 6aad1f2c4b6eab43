"""The objects of the reference model: the world, its regions, incidents, environments and moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bcdr_sim.calendars import open_in_any
from bcdr_sim.estate import NO_REGION, EnvironmentSpec
from bcdr_sim.events import CHANNELS, Event
from bcdr_sim.phases import DOWN, SERVED, Phase, next_phase
from bcdr_sim.policy import Decision, Policy
from bcdr_sim.replication import Flow, Gate, Link, merged
from bcdr_sim.scenario.order import Order
from bcdr_sim.trial import Trial, link_law
from oracle.agenda import Agenda, Spells, Ticket
from oracle.facts import Corruption, Incident, Move, Outage, Region, Tail

Row = tuple[int, str | None, str, str | None, str | None, str | None, str | None, int]
"""(time_ms, who, event, phase after, outage, reason, rule, value): one event as the comparison sees it."""

NOTHING = -(2**62)
UNBOUNDED = NOTHING + 1
AT_REST = frozenset({Phase.SERVING, Phase.IMPAIRED, Phase.ON_SECONDARY})
MERELY_TOLD = frozenset({Event.TEST_BEGAN, Event.TEST_ENDED, Event.LOSS_SALVAGED})
"""What changes nothing that a policy is shown."""
UP, IMPAIRED, DOWN_CLASS = "up", "impaired", "down"


@dataclass(eq=False)
class Case:
    """A support case, from its opening to the answer."""

    incident: Incident
    desk_ticket: DeskTicket | None = None
    level: Ticket | None = None


@dataclass(eq=False)
class DeskTicket:
    """Cases that one agent of the desk works on together; without `due_ms` it waits."""

    first: Environment
    incident: Incident
    began_ms: int
    ordinal: int
    environments: list[Environment] = field(default_factory=list)
    ranks: list[tuple[int, ...]] = field(default_factory=list)
    due_ms: int | None = None


@dataclass(eq=False)
class Round:
    """People who are asked about a level of loss; `person` is who answers first, at `due_ms`, if anybody does."""

    incident: Incident
    level_ms: int
    ordinal: int
    person: int = 0
    due_ms: int | None = None
    answer: Ticket | None = None
    escalation: Ticket | None = None
    silence: Ticket | None = None


@dataclass(eq=False)
class Standing:
    """An order that is given and not yet over; `name` is that of one given at an instant."""

    order: Order
    name: str | None
    end: Ticket | None = None


@dataclass(eq=False)
class Membership:
    """What belongs to one stay of an environment in an incident and is forgotten after it."""

    incident: Incident
    lost_ms: int | None = None
    known_rows: bool = False
    assessment: Ticket | None = None
    is_assessed: bool = False
    figure: tuple[int, int] | None = None  # (known, true) loss as last taken
    drain: Ticket | None = None
    awareness: Ticket | None = None
    is_aware: bool = False
    case: Case | None = None
    round: Round | None = None
    withdrawal: Ticket | None = None
    expiry: Ticket | None = None
    consent: str = "none"
    covered_ms: int = -1
    level_count: int = 0
    is_told: bool = False
    orders: dict[int, Ticket] = field(default_factory=dict)
    draining_ms: int | None = None


@dataclass(eq=False)
class Environment:
    """One environment."""

    row: int
    name: str
    spec: EnvironmentSpec
    phase: Phase
    region: Region
    other: Region | None
    is_far: bool = False
    hits: dict[Outage, int] = field(default_factory=dict)
    other_hits: dict[Outage, int] = field(default_factory=dict)
    overt: set[Outage] = field(default_factory=set)
    corruptions: list[Corruption] = field(default_factory=list)
    known: set[Outage] = field(default_factory=set)
    destroyed: set[Region] = field(default_factory=set)
    capability: int = 1000
    service: str = UP
    is_blocked: bool = False
    restart: Ticket | None = None
    restart_count: int = 0
    stop_ms: int | None = None
    quiet: list[tuple[int, int]] = field(default_factory=list)
    link_stop_ms: int | None = None
    is_seeded: bool = True
    protection: str = "Ready"
    member: Membership | None = None
    move: Move | None = None
    fled: str = ""
    last_occasion: str = ""
    slot_count: int = 0
    moved_ms: list[int] = field(default_factory=list)
    is_synced: bool = True
    resync: Ticket | None = None
    resync_count: int = 0
    anew_ms: int | None = None
    is_too_old: bool = False
    flow: Flow | None = None
    share: tuple[Gate, int] = (Gate.FREE, 1000)
    change: Ticket | None = None
    stopped_ms: int = 0
    stops: list[tuple[int, int, int]] = field(default_factory=list)
    last_held: str | None = None
    wake: Ticket | None = None
    is_due: bool = True
    is_touched: bool = True
    shown: tuple[object, ...] = ()
    standing: Standing | None = None
    orders: dict[int, Ticket] = field(default_factory=dict)
    loss_count: int = 0
    tails: list[Tail] = field(default_factory=list)
    is_rehearsing: bool = False
    rehearsal_count: int = 0
    peers: dict[str, bool] = field(default_factory=dict)

    @property
    def real_hits(self) -> dict[Outage, int]:
        return {outage: until for outage, until in self.hits.items() if not outage.is_false_alarm}

    @property
    def felt_hits(self) -> dict[Outage, int]:
        """The real ones but for corruptions that nobody has noticed."""
        return {
            outage: until
            for outage, until in self.real_hits.items()
            if outage.kind != "logical" or outage in self.overt
        }

    @property
    def service_hits(self) -> dict[Outage, int]:
        """Those that take capability: of who is only cut off, none before it has stopped by itself."""
        return {
            outage: until
            for outage, until in self.felt_hits.items()
            if outage.kind != "partition" or outage in self.overt
        }

    @property
    def is_supposed(self) -> bool:
        """Whether the provider would believe in a hit that is none."""
        return any(outage.is_false_alarm for outage in self.hits)

    @property
    def exists(self) -> bool:
        return self.phase not in (Phase.NOT_DEPLOYED, Phase.LOST)

    @property
    def is_down(self) -> bool:
        return self.phase in DOWN

    @property
    def provides(self) -> bool:
        return self.phase in SERVED

    def touch(self) -> None:
        """What a policy is shown of it, or of its group, may have changed."""
        self.is_due = self.is_touched = True

    def rest_phase(self) -> Phase:
        """The phase in which it is served where it is."""
        if self.service == IMPAIRED:
            return Phase.IMPAIRED
        return Phase.ON_SECONDARY if self.is_far else Phase.SERVING


class World:
    """Everything there is at the instant `now_ms`, and the rows written so far."""

    def __init__(self, trial: Trial, policy: Policy) -> None:
        self.trial, self.policy = trial, policy
        self.scenario = trial.scenario
        self.provider = trial.scenario.provider
        self.agenda = Agenda(trial.horizon_ms)
        self.now_ms = 0
        self.rows: list[Row] = []
        self.regions = [Region(index, name) for index, name in enumerate(trial.estate.regions)]
        self.environments = [self._environment(row) for row in range(len(trial.estate))]
        self.outages = [Outage(fact) for fact in trial.outages]
        self.channels: dict[str, Spells] = {name: self._channel(name) for name in CHANNELS}
        self.automation_off: Spells = merged(tuple((a, b) for a, b in self.provider.automation.off))
        self.warned: list[Outage] = []
        self.down_channels: set[str] = set()
        self.desk: list[DeskTicket] = []
        self.laws: dict[tuple[int, str], Link | None] = {}
        self.decision_count: dict[str, int] = {}
        self.on_dependency: Callable[[Environment], None] = lambda environment: None
        needs_clock = trial.scenario.start is not None and policy.wake_ups.needs_calendar
        self.clock = policy.clock(trial.scenario.start) if needs_clock and trial.scenario.start else None
        for listed in trial.scenario.regions:
            if listed.name in trial.estate.regions:
                spells = tuple((stall.at, stall.at + stall.lasts) for stall in listed.link_stalls)
                self.region(listed.name).stalls = merged(spells)

    def _environment(self, row: int) -> Environment:
        spec = self.trial.estate.spec(row)
        other = None if spec.target == NO_REGION else self.regions[spec.target]
        phase = Phase.SERVING if spec.deployed_ms is None else Phase.NOT_DEPLOYED
        name = self.trial.estate.names[row]
        return Environment(row, name, spec, phase, self.regions[spec.home], other)

    def _channel(self, name: str) -> Spells:
        spells = []
        for outage in self.outages:
            down = getattr(outage.entry.channels, name)
            if down is not None:
                spells.append((outage.at_ms + down.down[0], outage.at_ms + down.down[1]))
        return merged(tuple(spells))

    def region(self, name: str) -> Region:
        return self.regions[self.trial.estate.regions.index(name)]

    def is_up(self, channel: str) -> bool:
        return channel not in self.down_channels

    def is_working(self, environment: Environment, at_ms: int) -> bool:
        return open_in_any(environment.spec.hours, at_ms)

    def law(self, environment: Environment, occasion: str) -> Link | None:
        key = (environment.row, occasion)
        if key not in self.laws:
            self.laws[key] = link_law(self.trial, environment.row, occasion=occasion)
        return self.laws[key]

    # Writing -----------------------------------------------------------------------------------------------------

    def write_region(
        self, event: Event, region: Region | None, outage: str | None = None, *, value: int = NOTHING
    ) -> None:
        who = None if region is None else region.name
        self.rows.append((self.now_ms, who, event.label, None, outage, None, None, value))

    def write(
        self,
        environment: Environment,
        event: Event,
        *,
        target: Phase | None = None,
        value: int = NOTHING,
        decision: Decision | None = None,
        outage: str | None = None,
    ) -> None:
        """An event of an environment; without a target it keeps its phase. Only the phase table moves it."""
        target = environment.phase if target is None else target
        served = environment.provides
        environment.phase = next_phase(environment.phase, event, target=target)
        if outage is None and environment.member is not None:
            outage = environment.member.incident.name
        reason = None if decision is None or decision.reason is None else str(decision.reason)
        rule = None if decision is None else decision.rule or None
        name, phase = environment.name, environment.phase.label
        self.rows.append((self.now_ms, name, event.label, phase, outage, reason, rule, value))
        if event not in MERELY_TOLD:
            environment.touch()
        if served != environment.provides:
            self.follow(environment)

    def follow(self, environment: Environment) -> None:
        """Section 2: what it does to dependents follows right after the row that changed whether it is served."""
        for dependent in self.environments:
            spec = dependent.spec
            groups = [group for group in spec.any_of if environment.row in group]
            if environment.row in spec.depends_on or not all(
                any(self.environments[row].provides for row in group if row != environment.row)
                for group in groups
            ):
                self.on_dependency(dependent)
