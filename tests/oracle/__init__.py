"""The reference model: one plain object per environment, written from docs/reference/semantics.md alone.

It shares with the program only what both must share to live in the same world: the draws of a trial, the estate, the
policy, the phase table, the vocabulary of events and the closed forms of replication. It reads nothing of the engine.
"""

from oracle.model import run

__all__ = ["run"]
