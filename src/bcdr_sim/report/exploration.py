"""What an exploration has found, as text and as JSON of the family `bcdr-sim/policy/1`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bcdr_sim.analysis.exploring import Explored, Trace
from bcdr_sim.analysis.exploring.replaying import Replay
from bcdr_sim.analysis.exploring.trace import Point, outcome
from bcdr_sim.engine.state import GATES
from bcdr_sim.errors import escaped, render_block
from bcdr_sim.report.findings import beside, findings_data, policy_json, proof_data, proof_words, totals
from bcdr_sim.report.wording import count, listing, wrapped
from bcdr_sim.units import format_duration

TITLE = "Policies explored in every order of events"


def explored_text(explored: Sequence[Explored], *, width: int = 100) -> str:
    """What was found about each policy, each finding with its trace, how far the search went, and what was not moved."""
    blocks = ["\n".join(_block(one, width=width)) for one in explored]
    found = totals(finding for one in explored for finding in one.checked.findings)
    return "\n\n".join([*blocks, found]) + "\n"


def explored_json(explored: Sequence[Explored]) -> str:
    """The same as one JSON object."""
    findings = [finding for one in explored for finding in one.checked.findings]
    return policy_json({"command": "explore", "policies": [_data(one) for one in explored]}, findings)


def _block(explored: Explored, *, width: int) -> Iterator[str]:
    checked = explored.checked
    for finding, trace, made in zip(checked.findings, explored.traces, explored.replays, strict=True):
        yield render_block(finding.problem)
        yield from _trace_lines(explored, trace)
        yield from beside(finding, width=width)
        yield wrapped(_in_engine(made), lead="       | in the engine: ", width=width)
    yield wrapped(f"{escaped(checked.policy)} ({escaped(checked.file)}): {_extent(explored)}", width=width)
    yield from (f"  held    {proof_words(proof)}" for proof in checked.proofs)
    for lead, names in (
        ("  never came to where these apply: ", explored.unmet),
        ("  demands, for `policy check`: ", explored.demands),
    ):
        if names and explored.play is not None:
            yield wrapped(", ".join(map(escaped, names)), lead=lead, width=width)
    if explored.gates != GATES:
        yield f"  without the gate at: {', '.join(sorted(GATES - explored.gates))}"
    if explored.play is not None:
        moved = [*explored.play.troubles, *(f"order {order}" for order in explored.play.orders)]
        if moved:
            yield wrapped(", ".join(moved), lead="  moved besides: ", width=width)
        if explored.play.fixed:
            yield wrapped(", ".join(explored.play.fixed), lead="  left as they are: ", width=width)
    if checked.given_up:
        yield wrapped(f"{checked.given_up}; nothing is claimed beyond", lead="  given up: ", width=width)


def _extent(explored: Explored) -> str:
    """How far the search went: `every order of events of one environment, 26,273 situations, in ticks of 15m`."""
    if explored.play is None:
        return f"not at all, since {explored.checked.given_up}"
    who = "one environment" if explored.environments == 1 else "two environments that share a slot"
    situations = count(explored.search.states, "situation")
    ticks = f"in ticks of {format_duration(explored.play.scale.tick_ms)}"
    if explored.search.is_complete:
        return f"every order of events of {who}, {situations}, {ticks}"
    longest = count(explored.search.events, "event")
    return f"every order of up to {longest} of {who}, {situations}, {ticks}"


def _in_engine(made: Replay) -> str:
    """What the engine makes of a trace."""
    if made.is_met:
        return "a run stops there" if made.missing else "it happens like this, event for event"
    if made.scenario is None:
        return f"not tried, since no scenario is made for {made.missing}"
    return "not reproduced"


def _trace_lines(explored: Explored, trace: Trace) -> Iterator[str]:
    for number, text in enumerate(trace_texts(explored, trace), start=1):
        yield f"       | {number:>2}. {escaped(text)}"


def trace_texts(explored: Explored, trace: Trace) -> list[str]:
    """The steps of a trace with what follows from each; ticks in a row as one."""
    assert explored.play is not None, "a trace was played"
    texts: list[str] = []
    waited = 0
    for place, point in enumerate(trace.points):
        if point.step.happening == 0:
            waited += 1
            follows = place + 1 < len(trace.points) and trace.points[place + 1].step.happening == 0
            if follows and not point.entries:
                continue
            words, waited = f"{format_duration(waited * explored.play.scale.tick_ms)} pass", 0
        else:
            words = point.words
        texts.append(f"{words}{_follows(explored, point)}")
    return texts


def _follows(explored: Explored, point: Point) -> str:
    assert explored.play is not None, "a trace was played"
    found = list(outcome(explored.play, point))
    return f"  -> {', '.join(found)}" if found else ""


def _data(explored: Explored) -> dict[str, Any]:
    checked = explored.checked
    findings = findings_data(checked.findings)
    shown = zip(findings, explored.traces, explored.replays, strict=True)
    for data, trace, made in shown:
        data["trace"] = [_point_data(explored, point) for point in trace.points]
        data["reproduced"] = made.is_met
        data["not_expressible"] = made.missing if made.scenario is None else None
    return {
        "policy": checked.policy,
        "file": checked.file,
        "digest": checked.digest,
        **extent_data(explored),
        "findings": findings,
        "held": [proof_data(proof) for proof in checked.proofs],
        "not_met": list(explored.unmet),
        "demands": list(explored.demands),
    }


def extent_data(explored: Explored) -> dict[str, Any]:
    """How far a search went, as JSON types."""
    play = explored.play
    return {
        "environments": explored.environments,
        "tick_ms": play.scale.tick_ms if play else None,
        "losses_ms": [loss.known_ms for loss in play.scale.losses] if play else [],
        "situations": explored.search.states,
        "steps": explored.search.steps,
        "events": explored.search.events,
        "events_max": explored.events_max,
        "gates": sorted(explored.gates),
        "complete": explored.search.is_complete,
        "moved": [*play.troubles, *(f"order {order}" for order in play.orders)] if play else [],
        "left_as_they_are": list(play.fixed) if play else [],
        "given_up": explored.checked.given_up or None,
    }


def _point_data(explored: Explored, point: Point) -> dict[str, Any]:
    assert explored.play is not None, "a trace was played"
    decisions = explored.play.policy.decisions
    return {
        "step": point.step.happening.name.lower(),
        "environment": point.step.environment,
        "words": point.words,
        "events": [
            {
                "event": entry.event.label,
                "environment": number,
                "phase": entry.phase.label,
                "rule": decisions[entry.rule].rule if entry.rule >= 0 else None,
            }
            for number, entry in point.entries
        ],
    }


def explored_summary(explored: Explored) -> str:
    """One line for a page: how far the search went and what was moved."""
    words = _extent(explored)
    if explored.play is not None and explored.play.fixed:
        words += f"; left as they are: {listing(explored.play.fixed, shown_max=20)}"
    return words
