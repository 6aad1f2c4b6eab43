"""All cases, by theme. An id is that of the closed form in the validation page."""

from __future__ import annotations

from bcdr_sim.verification.case import Case, Skipped
from bcdr_sim.verification.cases.availability import AVAILABILITY
from bcdr_sim.verification.cases.copies import COPIES
from bcdr_sim.verification.cases.failovers import FAILOVERS
from bcdr_sim.verification.cases.losses import LOSSES
from bcdr_sim.verification.cases.missions import MISSIONS
from bcdr_sim.verification.cases.queues import QUEUES
from bcdr_sim.verification.cases.units import UNITS

CASES: tuple[Case, ...] = (*AVAILABILITY, *COPIES, *FAILOVERS, *LOSSES, *MISSIONS, *QUEUES, *UNITS)

SKIPPED = (
    Skipped(
        "c19-probe-detector",
        "False alarms of a detector that counts probes",
        "single probes are no part of the model",
    ),
    Skipped("c24", "Multilevel splitting of long outages", "splitting is no part of the study"),
    Skipped("c27", "Outages at a rate that follows the season", "arrivals have one rate"),
    Skipped(
        "c32-one-crew",
        "Units that share one repair crew",
        "crews work for one outage; with one unit to spare it is c32",
    ),
)
"""What theory is there for, and the simulator has no option: shown as skipped, never hidden."""

_BY_ID = {case.id: case for case in CASES}


def case_named(case_id: str) -> Case:
    """The case of an id.

    Raises:
        KeyError: there is none.
    """
    return _BY_ID[case_id]
