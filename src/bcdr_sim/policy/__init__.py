"""Failover policies: what they may look at, what they may answer, and tables compiled to fast functions.

`load_policy` reads a table, built in or from a file; the `Policy` it returns answers `decide(observation)`
with the index of a decision.
"""

from bcdr_sim.policy.assumptions import impossible
from bcdr_sim.policy.decision import Action, Decision, Reason
from bcdr_sim.policy.observation import Observation, at_secondary, calm, regional_outage
from bcdr_sim.policy.policy import Policy, PolicyError, load_policy, profile_names

__all__ = [
    "Action",
    "Decision",
    "Observation",
    "Policy",
    "PolicyError",
    "Reason",
    "at_secondary",
    "calm",
    "impossible",
    "load_policy",
    "profile_names",
    "regional_outage",
]
