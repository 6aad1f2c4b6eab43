"""What is read from a replay for each comparison of the record."""

from bcdr_sim.incidents.readings.first_ten import FIRST_TEN
from bcdr_sim.incidents.readings.other_seventeen import OTHER_SEVENTEEN
from bcdr_sim.incidents.readings.predictions import PREDICTIONS
from bcdr_sim.incidents.readings.reading import Found, Prediction, Read

__all__ = ["READINGS", "Found", "Prediction", "Read"]

READINGS: dict[str, Read] = {**FIRST_TEN, **OTHER_SEVENTEEN, **PREDICTIONS}
"""How each comparison of the record is read, by its id."""
