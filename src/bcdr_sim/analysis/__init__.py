"""Proofs about policy tables: what holds for every observation, and where two tables differ."""

from bcdr_sim.analysis.checking import Checked, check
from bcdr_sim.analysis.diagram import TooLargeError
from bcdr_sim.analysis.difference import Change, Difference, differ
from bcdr_sim.analysis.finding import KINDS, Finding, Kind, Law, Severity, laws_of
from bcdr_sim.analysis.laws import Proof

__all__ = [
    "KINDS",
    "Change",
    "Checked",
    "Difference",
    "Finding",
    "Kind",
    "Law",
    "Proof",
    "Severity",
    "TooLargeError",
    "check",
    "differ",
    "laws_of",
]
