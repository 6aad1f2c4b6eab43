"""The engine as a target: bytes become a random scenario and a policy, which the reference model has to live through alike.

Hypothesis makes the scenario of the bytes, by the same strategies as the tests of the reference model; Atheris sees which
branches of the engine it reaches. An input means something to one version of Hypothesis only, so none is kept; what differs
is written out as a scenario in the text of the fault.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of, sampled_from

import test_oracle
from fuzzing.refusing import ACCEPTED, REFUSED
from growing import growing_scenarios
from oracle.scenarios import Plain, plain_scenarios
from people_worlds import ordering_scenarios, peopled_scenarios

WORLDS: Final = one_of(
    plain_scenarios(crowds=True),
    peopled_scenarios(crowds=True),
    ordering_scenarios(crowds=True),
    growing_scenarios(crowds=True),
    growing_scenarios(moving=True),
)


class DifferenceError(AssertionError):
    """Engine and reference model say different things of a scenario, which stands in the text."""


def live(content: bytes, _: Path) -> str:
    """A world made of bytes, lived through by both; refused if the bytes make none."""
    return REFUSED if _agree.hypothesis.fuzz_one_input(content) is None else ACCEPTED


@settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(plain=WORLDS, policy=sampled_from(sorted(test_oracle.EVERY)))
def _agree_on(plain: Plain, policy: str) -> None:
    try:
        test_oracle.agree(plain, policy)
    except BaseException as error:
        raise DifferenceError(f"{policy}: {plain!r}") from error


_agree: Any = _agree_on
