"""What a timeline means in numbers: accounts, incidents with their RTO ledger, losses. Folds over the log, nothing else.

`measure` reads the timeline once, a block of environments at a time. Everything is kept as columns; `Incident` objects,
ledgers and DataFrames are made when asked for.
"""

from bcdr_sim.metrics.estimates import PublishedEstimate, published_estimates
from bcdr_sim.metrics.incidents import Hold, Incident, LedgerLine
from bcdr_sim.metrics.measuring import Metrics, measure
from bcdr_sim.metrics.spells import Outcome, Step

__all__ = [
    "Hold",
    "Incident",
    "LedgerLine",
    "Metrics",
    "Outcome",
    "PublishedEstimate",
    "Step",
    "measure",
    "published_estimates",
]
