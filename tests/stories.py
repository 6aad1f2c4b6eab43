"""What happens in a random scenario, as rows that laws can be read off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import reject

from bcdr_sim.engine import simulate
from bcdr_sim.estate import EnvironmentSpec, Estate
from bcdr_sim.policy import PolicyError
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from data_worlds import DATA_POLICIES
from oracle.rows import rows_of
from oracle.scenarios import Plain
from oracle.state import Row


@dataclass(frozen=True)
class Story:
    """The rows of one timeline, and the estate that their names belong to."""

    rows: list[Row]
    estate: Estate

    def spec(self, name: str | None) -> EnvironmentSpec:
        """The specification of an environment."""
        assert name is not None
        return self.estate.spec(self.estate.names.index(name))

    def completions(self, events: frozenset[str]) -> Iterator[tuple[int, Row]]:
        """The completed moves among the rows, with their places."""
        return ((place, row) for place, row in enumerate(self.rows) if row[2] in events)

    def before(self, place: int, who: str | None) -> list[Row]:
        """What was written of somebody before a place."""
        return [row for row in self.rows[:place] if row[1] == who]


def story_of(plain: Plain, policy: str) -> Story:
    """What happens in the scenario under the policy."""
    trial = resolve(Scenario.model_validate(plain), seed=7)
    try:
        return Story(rows_of(simulate(trial, DATA_POLICIES[policy])), trial.estate)
    except PolicyError:
        reject()  # a policy that runs in a circle at one instant is refused, which is not what is tested here
