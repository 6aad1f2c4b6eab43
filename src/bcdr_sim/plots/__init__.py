"""Pictures of values that somebody else computed. Each takes Axes and returns Axes.

Colours are those of Okabe and Ito and belong to a phase for good; a hatch beside each keeps them apart in grey and for
everybody. Words on a picture are data: nothing in them is read as mathematics.
"""

from bcdr_sim.plots.distribution import ecdf, exceedance
from bcdr_sim.plots.forest import compare
from bcdr_sim.plots.lanes import timeline
from bcdr_sim.plots.pareto import pareto
from bcdr_sim.plots.swings import tornado
from bcdr_sim.plots.waterfall import ledger

__all__ = ["compare", "ecdf", "exceedance", "ledger", "pareto", "timeline", "tornado"]
