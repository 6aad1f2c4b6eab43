"""Thirty seeded bugs, and the checks that must notice each of them: `python -m mutations` in this folder's parent."""
