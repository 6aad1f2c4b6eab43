"""What the terminal offers: how wide it is."""

from __future__ import annotations

import shutil

WIDTH = 100
"""Columns where there is no terminal to ask."""
WIDTH_MIN, WIDTH_MAX = 80, 140


def width() -> int:
    """Columns to write in: those of the terminal or of COLUMNS, within limits; 100 in a pipe."""
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH_MIN), WIDTH_MAX)
