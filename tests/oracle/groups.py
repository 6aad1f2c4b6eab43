"""Section 9 of the page: consistency groups, which move together to the oldest point that all of them have."""

from __future__ import annotations

from bcdr_sim import replication
from bcdr_sim.policy import Action, Decision, Reason
from bcdr_sim.policy.preconditions import blockers
from oracle import commits, deciding, loss, moves, observing
from oracle.facts import Move
from oracle.state import Environment, World

TOGETHER = frozenset({Action.FAILOVER, Action.PLANNED_FAILOVER, Action.FAILBACK, Action.FORCED_FAILBACK})
PENDING = Decision(Action.HOLD, Reason.GROUP_PENDING, "")


def party(world: World, environment: Environment) -> list[Environment]:
    """Who of its group exists and stands at its side, itself included."""
    group = environment.spec.group
    if group is None:
        return [environment]
    return [
        each
        for each in world.environments
        if each.spec.group == group and each.exists and each.is_far == environment.is_far
    ]


def movers(environment: Environment) -> list[Environment]:
    """Who moves together with it, itself included."""
    return [environment] if environment.move is None else environment.move.movers or [environment]


def peers(world: World, environment: Environment) -> list[Environment]:
    """Those whose copies the common point depends on, without itself."""
    return [
        each
        for each in party(world, environment)
        if each is not environment
        and (each.member is not None or (each.move is not None and bool(each.move.movers)))
    ]


def common(world: World, environment: Environment, occasion: str | None = None) -> tuple[int, int]:
    """The oldest last sync, and the oldest known mark, of the environment and its peers."""
    found = [(environment, loss.last_sync(world, environment, occasion))]
    found += [
        (each, loss.last_sync(world, each))
        for each in peers(world, environment)
        if loss.data_state(each) == "usable"
    ]
    marks = [synced_ms - loss.confirmation_ms(each) for each, synced_ms in found]
    return min(synced_ms for _, synced_ms in found), min(marks)


def mark_due(world: World, environment: Environment, written_ms: int) -> int | None:
    """When the known mark of a peer reaches an instant, as its link is now; None if never."""
    if loss.data_state(environment) != "usable":
        return world.now_ms
    confirmation_ms = loss.confirmation_ms(environment)
    if loss.last_sync(world, environment) - confirmation_ms >= written_ms:
        return world.now_ms
    if environment.link_stop_ms is not None or not environment.is_synced:
        return None
    flow = commits.flow_now(world, environment)
    if flow is not None:
        return flow.advanced(written_ms + confirmation_ms).carried_ms(written_ms + confirmation_ms)
    law = world.law(environment, loss.occasion_of(environment))
    assert law is not None
    if environment.stop_ms is not None:
        law = replication.stopped(law, environment.stop_ms)
    stalls = loss.known_stalls(world, environment)
    due_ms = replication.drained_at(law, written_ms + confirmation_ms, stalls=stalls)
    return due_ms if due_ms is not None and due_ms > world.now_ms else None


def follow_peers(world: World) -> None:
    """Before decisions: whose peers are others than before has its figure taken again."""
    for environment in world.environments:
        if environment.spec.group is None:
            continue
        names = {each.name: each.member is not None for each in peers(world, environment)}
        before, environment.peers = environment.peers, names
        hit, hit_before = ([name for name in each if each[name]] for each in (names, before))
        if hit != hit_before or not names.keys() <= before.keys():
            loss.take_figure(world, environment)
        elif environment.member is not None:
            loss.plan_drain(world, environment)


def waiting_anew(world: World) -> list[Environment]:
    """Who waits for its group when one of it, itself or another, may decide anew."""
    anew = set()
    for environment in world.environments:
        if environment.spec.group is None:
            continue
        shown = observing.shown(world, environment)
        if environment.is_touched or shown != environment.shown:
            anew.add(environment.spec.group)
        environment.is_touched = False
        if not deciding.is_asked(world, environment):
            environment.shown = shown
    return [
        each
        for each in world.environments
        if each.spec.group in anew and each.last_held == str(Reason.GROUP_PENDING)
    ]


# Who decides ---------------------------------------------------------------------------------------------------------


def is_hit(environment: Environment) -> bool:
    """Whether it takes part in a detected incident."""
    return environment.member is not None and environment.member.incident.detected_ms is not None


def deciders(world: World, environments: list[Environment]) -> list[Environment]:
    """Those in a detected incident; if none is, those that are asked for their own sake."""
    hit = [each for each in environments if is_hit(each)]
    if hit:
        return hit
    return [
        each
        for each in environments
        if (not each.move.along if each.move is not None else deciding.is_concerned(world, each))
    ]


def can_come(world: World, environment: Environment, action: Action) -> bool:
    """Whether nothing makes the action impossible."""
    return not blockers(action, observing.observe(world, environment))


def dissenter(world: World, environment: Environment, action: Action) -> Environment | None:
    """The first of the others in name order that does not let the group move."""
    everybody = party(world, environment)
    asked = deciders(world, everybody)
    for each in everybody:
        if each is environment:
            continue
        if each in asked:
            busy = each.phase in deciding.NEVER_ASKED or (each.move is not None and each.move.has_slot)
            agrees = not busy and deciding.look(world, each).action is action
        else:
            agrees = each.provides and each.move is None and can_come(world, each, action)
        if not agrees:
            return each
    return None


# One move ------------------------------------------------------------------------------------------------------------


def start(world: World, environment: Environment, decision: Decision) -> None:
    """The move is decided for all at once."""
    everybody = party(world, environment)
    if len(everybody) == 1:
        moves.decide(world, environment, decision)
        return
    asked = deciders(world, everybody)
    answers = {each.name: deciding.look(world, each) for each in asked}
    for each in everybody:
        if each.move is not None:
            moves.withhold(world, each, answers[each.name], at_gate=True)
    occasion = moves.occasion_of(world, asked[0], answers[asked[0].name])
    for each in everybody:
        own = answers.get(each.name)
        move = Move(decision.action, occasion, world.now_ms, movers=everybody, along=own is None)
        if own is not None:
            move.occasion = moves.occasion_of(world, each, own)
        moves.write_decided(world, each, move, decision=own)


def at_gate(
    world: World, moving: list[Environment], *, commits: bool
) -> tuple[dict[str, Decision], Environment | None]:
    """Ask again, in name order, all who decide; who comes along must still be able to."""
    asked = deciders(world, moving)
    answers: dict[str, Decision] = {}
    for each in moving:
        move = each.move
        assert move is not None
        if each in asked:
            frozen = move.frozen if commits and world.provider.on_recovery == "commit" else {}
            observation, answers[each.name] = deciding.ask(world, each, frozen=frozen)
            if not commits:
                move.frozen = observing.facts_about_the_outage(observation)
            if answers[each.name].action is not move.action:
                return answers, each
        elif not can_come(world, each, move.action):
            return answers, each
    return answers, None


def turn_back(world: World, environment: Environment, answers: dict[str, Decision]) -> None:
    """A gate does not let it through."""
    moves.withhold(world, environment, answers.get(environment.name, PENDING), at_gate=True)


def end_others(world: World, environment: Environment, move: Move) -> None:
    """What ends the move of one ends that of all."""
    others = [each for each in move.movers if each is not environment]
    moving = [each for each in others if each.move is not None and each.move.movers is move.movers]
    for each in moving:
        assert each.move is not None
        each.move.movers = []
    for each in moving:
        moves.withhold(world, each, PENDING, at_gate=True)


def goes_on(world: World, environment: Environment) -> bool:
    """What it flees is over, but another one that moves with it flees still: it comes along from now on."""
    for each in movers(environment):
        if each is environment or each.member is None or each.move is None:
            continue
        felt = [outage for outage in each.hits if outage.is_false_alarm or outage in each.felt_hits]
        if each.is_blocked or any(each.hits[outage] > world.now_ms for outage in felt):
            assert environment.move is not None
            environment.move.along = True
            return True
    return False


def places_needed(world: World, environment: Environment) -> int:
    """How many places its other side must have, for all that do not hold one yet."""
    others = movers(environment) if len(movers(environment)) > 1 else party(world, environment)
    other = environment.other
    return sum(1 for each in others if other is None or not observing.uses(each, other))
