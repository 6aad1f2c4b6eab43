"""Everything that happened in one world, and ways to look at it.

`log` holds the columnar event log and the finished `Timeline`; `states` reads it environment by environment; `stays`,
`frames`, `exports`, `pictures` and `page` are views for programs, notebooks, files and people. Views never change it.
"""

from bcdr_sim.timeline.log import EVENT_DTYPE, NO_PHASE, NO_VALUE, NOTHING, UNBOUNDED, Log, Timeline
from bcdr_sim.timeline.stays import Stay

__all__ = ["EVENT_DTYPE", "NOTHING", "NO_PHASE", "NO_VALUE", "UNBOUNDED", "Log", "Stay", "Timeline"]
