"""Proofs about policy tables: what holds for every observation, and where two tables differ."""

from bcdr_sim.analysis.checking import Checked, check
from bcdr_sim.analysis.clock import ClockChange, clock_findings
from bcdr_sim.analysis.diagram import TooLargeError
from bcdr_sim.analysis.difference import Change, Difference, differ
from bcdr_sim.analysis.finding import KINDS, Finding, Kind, Law, Severity, laws_of
from bcdr_sim.analysis.laws import Proof
from bcdr_sim.analysis.questions import Asked, Question, ask, change_findings, change_words

__all__ = [
    "KINDS",
    "Asked",
    "Change",
    "Checked",
    "ClockChange",
    "Difference",
    "Finding",
    "Kind",
    "Law",
    "Proof",
    "Question",
    "Severity",
    "TooLargeError",
    "ask",
    "change_findings",
    "change_words",
    "check",
    "clock_findings",
    "differ",
    "laws_of",
]
