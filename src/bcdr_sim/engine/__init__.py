"""The discrete-event engine: `simulate(trial, policy)` gives a timeline. The only place that knows SimPy."""

from bcdr_sim.engine.simulation import simulate

__all__ = ["simulate"]
