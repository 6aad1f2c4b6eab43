"""A run folder as it is written: opened for one run, taken over where it is whole, added to shard by shard.

Rules. A file is written under a temporary name, flushed and renamed; the manifest comes after the shards it names, so what
it names was whole once. What is not whole is played again, and shards that the manifest does not name are removed. Folders
of another edition are not touched, nor is one that another process writes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from bcdr_sim.errors import InputError
from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.collected import Collected, content_digest
from bcdr_sim.experiment.columns import FRAMES
from bcdr_sim.experiment.edition import edition
from bcdr_sim.experiment.folder import (
    CASE,
    MANIFEST,
    RESULT,
    SCHEMA,
    Shard,
    check_edition,
    read_manifest,
    refusal,
    run_digest,
    shards_of,
    whole_worlds,
)
from bcdr_sim.experiment.playing import Portion
from bcdr_sim.loading import dump

_SHARD = re.compile(r"rep-\d{6,}-\d{6,}\.parquet|\..*\.part")
_FRAME_FOLDERS = ("worlds", *FRAMES)
_FILES = (MANIFEST, CASE, "policy.yaml", "scenario.yaml", RESULT)
_MANIFEST_EVERY_S = 1.0
"""At most so often is the manifest renewed while shards come; a process that is killed loses no more."""


@dataclass(slots=True)
class Store:
    """A run folder that is open for writing."""

    folder: Path
    case: Case
    seed: int
    frames: tuple[str, ...]
    shards: dict[int, Shard] = field(default_factory=dict)
    planned: int = 0
    lock: int | None = None
    _written_s: float = 0.0

    def add(self, portion: Portion, collected: Collected) -> None:
        """Store the files of a portion."""
        files = {}
        for frame, content in portion.files.items():
            files[frame] = {
                "rows": portion.rows[frame],
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        shard = Shard(portion.first, portion.last, files)
        for frame, content in portion.files.items():
            _write(self.folder / shard.path(frame), content)
        self.shards[shard.first] = shard
        if monotonic() - self._written_s >= _MANIFEST_EVERY_S:
            self.save(collected)
            self._written_s = monotonic()

    def save(self, collected: Collected, *, is_complete: bool = False) -> None:
        """Write the manifest."""
        document = {
            "schema": SCHEMA,
            "run": run_digest(self.case, self.seed),
            "scenario": json.loads(self.case.scenario_json)["name"],
            "scenario_digest": self.case.scenario_digest,
            "policy": self.case.policy_name,
            "policy_digest": self.case.policy_digest,
            "parameters": dict(self.case.parameters),
            "seed": self.seed,
            "edition": edition(),
            "frames": list(self.frames),
            "planned": [[0, self.planned]],
            "finished": [list(spell) for spell in collected.finished()],
            "complete": is_complete,
            "content": content_digest(collected.present()) if is_complete else None,
            "shards": [
                {"first": shard.first, "last": shard.last, "files": shard.files}
                for _, shard in sorted(self.shards.items())
            ],
            "provenance": _provenance(),
        }
        _write(self.folder / MANIFEST, json.dumps(document, indent=1).encode() + b"\n")

    def load(self, collected: Collected) -> int:
        """Take over the shards that are whole, drop the others; the number of replications dropped."""
        dropped = 0
        for first, shard in sorted(self.shards.items()):
            worlds = whole_worlds(self.folder, shard, ("worlds", *self.frames))
            if worlds is None:
                dropped += shard.last - shard.first
                del self.shards[first]
            else:
                collected.add(worlds, first=first)
        self._tidy()
        return dropped

    def close(self) -> None:
        """Let others write."""
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def _tidy(self) -> None:
        """Remove what only looks like a shard of this run: left over by a process that was killed."""
        named = {shard.path(frame) for shard in self.shards.values() for frame in shard.files}
        for frame in _FRAME_FOLDERS:
            for path in sorted((self.folder / frame).glob("*")):
                if _SHARD.fullmatch(path.name) and f"{frame}/{path.name}" not in named:
                    path.unlink()


def open_store(folder: Path, case: Case, *, seed: int, frames: tuple[str, ...], force: bool = False) -> Store:
    """Open a folder for a run: a new one, or the one in which this very run was begun.

    Raises:
        InputError: there is something else; `force` replaces another run, and nothing but a run.
        EditionError: it is a run of another edition of the program.
    """
    if folder.exists() and not folder.is_dir():
        raise refusal(folder, "is a file; name a folder")
    store = Store(folder, case, seed, frames)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(folder, f"cannot be written: {error.strerror}") from error
    store.lock = _locked(folder)  # before anything in it is read: another process may be writing it
    try:
        _open(store, force=force)
    except BaseException:
        store.close()
        raise
    return store


def _open(store: Store, *, force: bool) -> None:
    """Take a locked folder over, or begin in it. Raises as `open_store`."""
    folder = store.folder
    is_run = (folder / MANIFEST).is_file()
    if not is_run and not _is_left_over(folder, force=force):
        raise refusal(folder, "is a folder with other things in it; name a new one")
    if force and not (is_run and _is_this(folder, store)):
        _remove(folder)
        is_run = False
    if is_run:
        _continue(store, read_manifest(folder))
    else:
        _begin(store)


def _is_left_over(folder: Path, *, force: bool) -> bool:
    """Whether a folder without a manifest is empty but for what a run begins with; with `force` its shards as well."""
    for entry in folder.iterdir():
        if entry.name in _FRAME_FOLDERS and entry.is_dir():
            if not all(_SHARD.fullmatch(path.name) and force for path in entry.iterdir()):
                return False
        elif entry.name not in _FILES and not entry.name.endswith(".part"):
            return False
    return True


def _is_this(folder: Path, store: Store) -> bool:
    try:
        return bool(read_manifest(folder)["run"] == run_digest(store.case, store.seed))
    except InputError:
        return False


def _continue(store: Store, manifest: dict[str, Any]) -> None:
    check_edition(store.folder, manifest)
    if manifest["run"] != run_digest(store.case, store.seed):
        differs = [
            what
            for what, key, own in (
                ("scenario", "scenario_digest", store.case.scenario_digest),
                ("policy", "policy_digest", store.case.policy_digest),
                ("seed", "seed", store.seed),
            )
            if manifest[key] != own
        ]
        raise refusal(store.folder, f"holds a run with another {' and '.join(differs)}; --force replaces it")
    store.shards = {shard.first: shard for shard in shards_of(manifest)}
    kept = [frame for frame in manifest["frames"] if frame in FRAMES and frame not in store.frames]
    store.frames = (*store.frames, *kept)  # what has been kept before is not thrown away
    _write_case(store)


def _begin(store: Store) -> None:
    try:
        for frame in ("worlds", *store.frames):
            (store.folder / frame).mkdir(exist_ok=True)
    except OSError as error:
        raise refusal(store.folder, f"cannot be written: {error.strerror}") from error
    _write_case(store)
    store.save(Collected(0))


def _write_case(store: Store) -> None:
    """What is run: as data for `replay`, and for people. Raises InputError."""
    case = store.case
    header = "The scenario as it was played: every file that it takes from is written out."
    files = {
        CASE: json.dumps(case.to_plain(), sort_keys=True) + "\n",
        "policy.yaml": case.policy_text,
        "scenario.yaml": dump(json.loads(case.scenario_json), header=header),
    }
    for name, text in files.items():
        _write(store.folder / name, text.encode())


def _remove(folder: Path) -> None:
    """Remove a run, and nothing that is not of one."""
    for name in _FRAME_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Put a file in its place, whole and on the disk, or not at all. Raises InputError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise refusal(path, f"cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _locked(folder: Path) -> int | None:
    """Hold the folder until the process ends or closes it. Raises InputError if another process does."""
    try:
        import fcntl
    except ImportError:  # Windows: its renames fail on an open file, which does the same
        return None
    handle = os.open(folder, os.O_RDONLY)
    lock: Callable[[int, int], None] = fcntl.flock
    try:
        lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise refusal(folder, "another process is writing this run") from None
    return handle


def _provenance() -> dict[str, str]:
    """When and where it was written; enters no digest."""
    import platform
    from datetime import UTC, datetime

    now = datetime.now(UTC)  # noqa: TID251 - stands apart from everything that is computed
    return {
        "written": now.isoformat(timespec="seconds"),
        "host": platform.node(),
        "python": platform.python_version(),
    }
