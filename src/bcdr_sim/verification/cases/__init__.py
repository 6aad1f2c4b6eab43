"""All cases, by theme. An id is that of the closed form in the validation page."""

from __future__ import annotations

from bcdr_sim.verification.case import Case
from bcdr_sim.verification.cases.availability import AVAILABILITY
from bcdr_sim.verification.cases.copies import COPIES
from bcdr_sim.verification.cases.failovers import FAILOVERS
from bcdr_sim.verification.cases.losses import LOSSES
from bcdr_sim.verification.cases.missions import MISSIONS

CASES: tuple[Case, ...] = (*AVAILABILITY, *COPIES, *FAILOVERS, *LOSSES, *MISSIONS)

_BY_ID = {case.id: case for case in CASES}


def case_named(case_id: str) -> Case:
    """The case of an id.

    Raises:
        KeyError: there is none.
    """
    return _BY_ID[case_id]
