"""Worlds with a given number of outages, for outages so rare that plain worlds hardly ever have one.

Entries whose starts are a Poisson process (`arrivals: {exponential: ...}`) have, together, a Poisson number of outages.
Given that number, they begin at as many independent, uniform instants, each of an entry with the probability that its rate
has among all. So a world is drawn by its number: the entries get these instants as a `trace`, and everything else (lengths,
people, links) is drawn as always, by the same addresses. Each number has replications of its own, so that no two numbers
share a draw.

Source: row 10 of the statistics; J. Kingman, "Poisson processes", 1993, section 2.4 (the order statistics property).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bcdr_sim.draws import Draws, entity_key, member_keys
from bcdr_sim.errors import InputError, Problem
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.world import Outage
from bcdr_sim.statistics.strata import outage_counts

APART = 2**24
"""So many replications belong to one number of outages; the next ones are those of the next number."""
STRATA_MAX = 200
_KEY = entity_key("outages")


@dataclass(frozen=True, slots=True)
class OutageNumber:
    """Worlds with `count` outages, or with that many or more (`is_last`).

    `mean_counts` is how many of each entry are expected in a world, by id.
    """

    count: int
    is_last: bool
    mean_counts: tuple[tuple[str, float], ...]

    @property
    def first_replication(self) -> int:
        """Where the replications of this number begin."""
        return self.count * APART

    def scenario(self, scenario: Scenario, *, seed: int, replication: int) -> Scenario:
        """The scenario with the outages of one of these worlds at their instants."""
        starts = self.starts_ms(Draws(seed, replication), horizon_ms=scenario.horizon)
        outages = [
            entry
            if entry.id not in starts
            else entry.model_copy(update={"arrivals": None, "trace": starts[entry.id]})
            for entry in scenario.outages
        ]
        return scenario.model_copy(update={"outages": outages})

    def starts_ms(self, draws: Draws, *, horizon_ms: int) -> dict[str, list[int]]:
        """The instants of each entry, in their order."""
        names = [name for name, _ in self.mean_counts]
        edges = np.cumsum([mean for _, mean in self.mean_counts])
        number = self.count
        if self.is_last:
            uniform = draws.uniform("outages.number", _KEY)
            number = int(outage_counts([uniform], mean_count=float(edges[-1]), last=self.count)[0])
        keys = member_keys(_KEY, number)
        instants = np.minimum(
            horizon_ms - 1, np.floor(draws.uniforms("outages.starts", keys) * horizon_ms)
        ).astype(np.int64)
        owners = np.searchsorted(edges, draws.uniforms("outages.owner", keys) * edges[-1], side="right")
        return {name: np.sort(instants[owners == place]).tolist() for place, name in enumerate(names)}


def poisson_entries(scenario: Scenario) -> tuple[tuple[str, float], ...]:
    """How many outages of each entry are expected in a world, of those whose starts are a Poisson process.

    Raises:
        InputError: there is none.
    """
    found = [
        (entry.id, scenario.horizon / entry.arrivals.mean_ms())
        for entry in scenario.outages
        if entry.arrivals is not None and _is_exponential(entry)
    ]
    if not found:
        message = (
            "no outage has 'arrivals: {exponential: ...}', so their number is not Poisson and has no strata"
        )
        raise InputError([Problem(scenario.name, 0, 0, 0, message, path="outages")])
    return tuple(sorted(found))


def _is_exponential(entry: Outage) -> bool:
    law = entry.arrivals
    return law is not None and law.exponential is not None and law.plus is None and law.max is None
