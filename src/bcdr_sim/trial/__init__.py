"""One world: `resolve` turns a scenario into instants, and every later draw has its address.

What the whole world shares (when outages begin, how long they last) is drawn at once and stands in `Trial.outages`. What
only some histories need (the third attempt of a failover) is drawn when asked for, by address: entity, occasion, ordinal. So
two policies meet the same world, and neither the order of the file nor the number of workers changes a bit of it.

All instants are integer milliseconds since the start of the scenario.
"""

from bcdr_sim.trial.copying import bound_of, link_law
from bcdr_sim.trial.fact import NEVER, OutageFact, PlannedOrder, Record
from bcdr_sim.trial.resolving import OUTAGES_MAX, resolve
from bcdr_sim.trial.world import Trial

__all__ = [
    "NEVER",
    "OUTAGES_MAX",
    "OutageFact",
    "PlannedOrder",
    "Record",
    "Trial",
    "bound_of",
    "link_law",
    "resolve",
]
