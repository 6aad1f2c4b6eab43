"""A temporary folder that goes when nobody holds it any more, and at the latest when the process ends."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path


class Keeper:
    """Whoever holds this keeps the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
