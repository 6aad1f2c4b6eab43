"""Two kinds of doubt, for people and programs: what the inputs leave open, and what more worlds would settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bcdr_sim.report.studies.page import Page, Table, estimate, origin, plain, title
from bcdr_sim.report.wording import count
from bcdr_sim.study import Quantity, Uncertainty
from bcdr_sim.study.doubt import ends, share_of_inputs
from bcdr_sim.study.subject import written


def uncertainty_page(found: Uncertainty, quantities: Sequence[Quantity], *, again: str) -> Page:
    """The page. `again` is the command that plays one draw alone."""
    rows = []
    for asked in quantities:
        split = found.split(asked)
        share = share_of_inputs(split)
        bars = [_bar(asked, ends(split, asked, bar)) for bar in ("inputs", "runs")]
        rows.append(
            [
                asked.text,
                asked.written(split.parameter.value),
                *bars,
                "-" if share is None else f"{share:.0%}",
            ]
        )
    worlds = f"{count(len(found), 'draw')} of the inputs, {count(len(found.sets[0].runs), 'world')} each,"
    closing = [
        ("Drawn", ", ".join(found.sets[0].values)),
        (
            "Inputs",
            "95 % of what the draws of the inputs lead to; more worlds do not narrow it, more knowledge does",
        ),
        ("Worlds", "95 % interval of the value for these draws; four times the worlds halve it"),
        ("Share", "how much of both variances is the inputs'"),
        ("One draw", again),
    ]
    head = title(found.subject, seed=found.seed, worlds=worlds.removesuffix(","))
    table = Table("", ["in a world", "value", "inputs", "worlds", "share of inputs"], rows)
    return Page(head, [table], closing)


def uncertainty_document(found: Uncertainty, quantities: Sequence[Quantity]) -> dict[str, Any]:
    """The same as plain data, with every draw."""
    return {
        **origin(found.subject, kind="uncertainty", seed=found.seed),
        "replications": len(found.sets[0].runs),
        "quantities": {asked.text: _quantity(found, asked) for asked in quantities},
        "inputs": [
            {
                "seed": each.runs.seed,
                "values": {name: written(value) for name, value in each.values.items()},
                "digest": each.runs.digest,
                "quantities": {asked.text: estimate(asked.of(each.runs)) for asked in quantities},
            }
            for each in found.sets
        ],
    }


def _quantity(found: Uncertainty, asked: Quantity) -> dict[str, Any]:
    split = found.split(asked)
    bars = {
        bar: dict(zip(("low", "high"), map(plain, ends(split, asked, bar)), strict=True))
        for bar in ("inputs", "runs")
    }
    return {
        "unit": asked.unit,
        "value": plain(split.parameter.value),
        **bars,
        "inputs_variance": split.parameter_variance,
        "runs_variance": split.monte_carlo_variance,
        "share_of_inputs": share_of_inputs(split),
        "note": split.parameter.note,
    }


def _bar(asked: Quantity, bar: tuple[float | None, float | None]) -> str:
    return f"{asked.written(bar[0])} to {asked.written(bar[1])}"
