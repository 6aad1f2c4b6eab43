"""What `optimise` found, for people and programs: the choices in fresh worlds, and what the search had added to them."""

from __future__ import annotations

from typing import Any

from bcdr_sim.report.studies.page import (
    COUNTS,
    Page,
    Table,
    counts,
    estimate,
    interval,
    origin,
    signed_by,
    title,
)
from bcdr_sim.report.wording import count
from bcdr_sim.study import Front
from bcdr_sim.study.front import Candidate, Choice, Objective


def front_page(found: Front, *, again: str) -> Page:
    """The page: a table per objective, in each a line per choice and one for things as they are."""
    fresh = found.base.estimates[0].n
    worlds = (
        f"{count(len(found.searched), 'candidate')} in {count(found.searched[0].estimates[0].n, 'world')}"
    )
    tables = [_settings(found), *(_table(found, place) for place in range(len(found.objectives)))]
    closing = [
        (
            "Numbers",
            f"are of {fresh:,} fresh worlds (seed {found.base.runs.seed}); changes are paired, from things as they are",
        ),
        ("Front", _front(found)),
        ("Flattery", _flattery(found)),
        *([("Again", again)] if again else []),
    ]
    return Page(title(found.subject, seed=found.seed, worlds=worlds), tables, closing)


def front_document(found: Front) -> dict[str, Any]:
    """The same as plain data."""
    return {
        **origin(found.subject, kind="front", seed=found.seed),
        "objectives": [each.text for each in found.objectives],
        "settings": {span.name: [str(span.value(0)), str(span.value(span.last))] for span in found.spans},
        "candidates": len(found.searched),
        "replications": found.searched[0].estimates[0].n,
        "fresh": {"seed": found.base.runs.seed, "replications": found.base.estimates[0].n},
        "base": _objectives(found, found.base),
        "choices": [
            {
                "values": {name: str(value) for name, value in choice.fresh.values.items()},
                "on_front": choice.is_on_front,
                "search": _objectives(found, choice.searched),
                "fresh": _objectives(found, choice.fresh),
                "change": {
                    each.text: None if change is None else estimate(change)
                    for each, change in zip(found.objectives, choice.changes, strict=True)
                },
            }
            for choice in found.choices
        ],
        "flattery": {
            each.text: number for each, number in zip(found.objectives, found.flattery(), strict=True)
        },
    }


def _objectives(found: Front, seen: Candidate) -> dict[str, Any]:
    return {
        each.text: estimate(number) for each, number in zip(found.objectives, seen.estimates, strict=True)
    }


def _settings(found: Front) -> Table:
    names = [span.name for span in found.spans]
    rows = [
        [_number(at), *(found.value(choice.fresh, name) or "as it is" for name in names), _mark(choice)]
        for at, choice in enumerate(found.choices)
    ]
    return Table("Choices", ["", *names, ""], rows, words=1)


def _table(found: Front, place: int) -> Table:
    goal = found.objectives[place]
    has_changes = goal.quantity.kind != "quantile"
    head = ["", "value", "95 % interval", *(["change", "its interval"] if has_changes else []), *COUNTS]
    rows = [
        [
            "as it is",
            *_cells(goal, found.base, place),
            *(["", ""] if has_changes else []),
            *_counts(found.base, place),
        ]
    ]
    for at, choice in enumerate(found.choices):
        change = choice.changes[place]
        told = (
            []
            if change is None
            else [signed_by(goal.quantity)(change.value), interval(change, goal.quantity, signed=True)]
        )
        rows.append([_number(at), *_cells(goal, choice.fresh, place), *told, *_counts(choice.fresh, place)])
    return Table(goal.text, head, rows)


def _cells(goal: Objective, seen: Candidate, place: int) -> list[str]:
    number = seen.estimates[place]
    return [goal.quantity.written(number.value), interval(number, goal.quantity)]


def _counts(seen: Candidate, place: int) -> list[str]:
    return counts(seen.estimates[place])


def _number(at: int) -> str:
    return f"#{at + 1}"


def _mark(choice: Choice) -> str:
    return "" if choice.is_on_front else "beaten"


def _front(found: Front) -> str:
    kept = [_number(at) for at, choice in enumerate(found.choices) if choice.is_on_front]
    beaten = len(found.choices) - len(kept)
    words = f"nothing beats {', '.join(kept)} in every objective"
    return (
        f"{words}; {count(beaten, 'choice')} of the search {'is' if beaten == 1 else 'are'} beaten here"
        if beaten
        else words
    )


def _flattery(found: Front) -> str:
    parts = [
        f"{goal.quantity.text} {signed_by(goal.quantity)(number)}"
        for goal, number in zip(found.objectives, found.flattery(), strict=True)
    ]
    return f"the search saw its choices too well, on average by {', '.join(parts)}"
