"""Proofs about policy tables: what holds for every observation, and where two tables differ."""

from bcdr_sim.analysis.checking import Checked, Proof, check
from bcdr_sim.analysis.diagram import TooLargeError
from bcdr_sim.analysis.difference import Change, Difference, differ
from bcdr_sim.analysis.finding import KINDS, Finding, Kind, Severity

__all__ = [
    "KINDS",
    "Change",
    "Checked",
    "Difference",
    "Finding",
    "Kind",
    "Proof",
    "Severity",
    "TooLargeError",
    "check",
    "differ",
]
