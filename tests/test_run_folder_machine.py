"""Laws of a run folder under any sequence of runs and accidents: it holds what was asked for, or says what it does not.

Runs of any number of worlds in chunks of any size come between files that are spoilt, cut, emptied, deleted or left over.
The worlds of a run are always those that a run without any folder gives.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from bcdr_sim.errors import InputError
from bcdr_sim.experiment import Case, Runs, open_runs
from bcdr_sim.experiment.columns import FRAMES_KEPT
from many import case, played

WORLDS_MAX = 20
FRAMES = ("worlds", *FRAMES_KEPT)


@cache
def reference() -> tuple[Case, list[Any]]:
    """The case, and the digests of its worlds without a folder."""
    with tempfile.TemporaryDirectory() as folder:
        of = case(Path(folder))
    return of, list(played(of, WORLDS_MAX).rows["digest"])


def digests(runs: Runs) -> list[Any]:
    return list(runs.rows["digest"])


class Folder(RuleBasedStateMachine):
    """A run folder, how many worlds it has been asked for, and whether a file of them has been touched since."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder = self.place / "run"
        self.asked = 0
        self.is_damaged = False

    def teardown(self) -> None:
        shutil.rmtree(self.place)

    @rule(count=st.integers(1, WORLDS_MAX), chunk=st.sampled_from((3, 5, 8)))
    def run(self, count: int, chunk: int) -> None:
        """The worlds asked for, whatever is there already."""
        of, expected = reference()
        assert digests(played(of, count, chunk=chunk, output=self.folder)) == expected[:count]
        self.asked = max(self.asked, count)
        self.is_damaged = self.is_damaged and count < self.asked

    @precondition(lambda self: self.asked > 0)
    @rule()
    def look(self) -> None:
        """All worlds that were ever asked for, unless a file is not what it was; then the folder says so."""
        _, expected = reference()
        if self.is_damaged:
            with pytest.raises(InputError, match="run"):
                open_runs(self.folder)
        else:
            assert digests(open_runs(self.folder)) == expected[: self.asked]

    @precondition(lambda self: self.asked > 0)
    @rule(
        frame=st.sampled_from(FRAMES),
        number=st.integers(0, 5),
        how=st.sampled_from(("flip", "cut", "empty", "delete")),
    )
    def accident(self, frame: str, number: int, how: str) -> None:
        """One file of a shard is not what it was; a run notices, and so does who looks at all of them."""
        files = sorted((self.folder / frame).glob("rep-0000*.parquet"))
        if not files:
            return
        path = files[number % len(files)]
        content = bytearray(path.read_bytes())
        if how == "delete":
            path.unlink()
        elif how == "flip":
            content[len(content) // 2] = (content[len(content) // 2] + 1) % 256  # never what it was once
            path.write_bytes(content)
        else:
            path.write_bytes(content[:-20] if how == "cut" else b"")
        self.is_damaged = True
        with pytest.raises(InputError):
            open_runs(self.folder)

    @precondition(lambda self: self.asked > 0)
    @rule(frame=st.sampled_from(FRAMES))
    def left_over(self, frame: str) -> None:
        """What a killed process left is nobody's world."""
        (self.folder / frame).mkdir(exist_ok=True)
        (self.folder / frame / ".rep-000000-000002.parquet.4711.part").write_bytes(b"half")
        (self.folder / frame / "rep-000900-000999.parquet").write_bytes(b"never named")

    @precondition(lambda self: self.asked > 0)
    @rule()
    def another_seed(self) -> None:
        """Worlds of another seed are never put beside those that are there."""
        of, _ = reference()
        with pytest.raises(InputError):
            played(of, 3, output=self.folder, seed=8)


TestFolder = Folder.TestCase
TestFolder.settings = settings(max_examples=6, stateful_step_count=8, suppress_health_check=list(HealthCheck))
