"""Exploration of a policy: every order of events for one environment, or for two that share a slot."""

from bcdr_sim.analysis.exploring.exploring import STATES_MAX, Explored, explore
from bcdr_sim.analysis.exploring.trace import Trace

__all__ = ["STATES_MAX", "Explored", "Trace", "explore"]
