"""A run as a folder: shards of Parquet that DuckDB, pandas and pyarrow read as they are, and a manifest of what is there.

    manifest.json                          what was run, which replications are finished, every shard with its sha256
    case.json                              scenario, policy and parameters, complete: what `replay` plays again
    scenario.yaml  policy.yaml             the same for people
    result.json                            what the worlds come to, by the last command that looked at all of them
    worlds/rep-000000-000124.parquet       a folder per frame; the name says the replications

What is there is believed only if its size and sha256 are those of the manifest. `store` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.driving import EditionError
from bcdr_sim.experiment.edition import edition
from bcdr_sim.experiment.reading import read_worlds
from bcdr_sim.experiment.worlds import Worlds

SCHEMA = "bcdr-sim/run-folder/1"
MANIFEST, CASE, RESULT = "manifest.json", "case.json", "result.json"
_KEYS = frozenset(
    {"edition", "run", "seed", "scenario_digest", "policy_digest", "frames", "finished", "shards"}
)


@dataclass(frozen=True, slots=True)
class Shard:
    """The stored files of replications `first` to before `last`: by frame, rows, bytes and sha256."""

    first: int
    last: int
    files: dict[str, dict[str, Any]]

    def path(self, frame: str) -> str:
        """Where a frame's file lies in the folder; the name holds the first and the last replication."""
        return f"{frame}/rep-{self.first:06}-{self.last - 1:06}.parquet"


def run_digest(case: Case, seed: int) -> str:
    """Of what is run: equal for equal scenario, policy, parameters, seed and edition."""
    return hashlib.sha256(f"{case.digest} {seed} {edition()}".encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refusal(folder, f"is no run: there is no {MANIFEST} in it") from None
    except (OSError, ValueError) as error:
        raise refusal(folder, f"{MANIFEST} cannot be read: {error}") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise refusal(folder, f"{MANIFEST} is not of the form {SCHEMA}")
    try:
        list(shards_of(document))
        is_whole = document.keys() >= _KEYS
    except (AttributeError, KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise refusal(folder, f"{MANIFEST} does not hold what {SCHEMA} does; --force begins the run anew")
    return document


def read_case(folder: Path, manifest: dict[str, Any]) -> Case:
    """What a run folder is a run of. Raises InputError, also if it is not what the manifest is of."""
    try:
        case = Case.from_plain(json.loads((folder / CASE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refusal(folder, f"{CASE} cannot be read: {error}") from None
    if manifest["run"] != run_digest(case, int(manifest["seed"])):
        raise refusal(folder, f"{CASE} is not of the run that {MANIFEST} is of")
    return case


def damage(folder: Path, shards: Sequence[Shard]) -> InputError:
    """The files of these shards are not all as they were written."""
    count = sum(shard.last - shard.first for shard in shards)
    first, last = shards[0].first, shards[0].last - 1
    return refusal(
        folder,
        f"{count:,} of its worlds are damaged or gone, replications {first:,} to {last:,} among them; the command that made "
        "it, given again, repairs it",
    )


def whole_worlds(folder: Path, shard: Shard, frames: tuple[str, ...]) -> Worlds | None:
    """The worlds of a shard, None unless its files of these frames are as they were written."""
    for frame in frames:
        known = shard.files.get(frame)
        try:
            content = (folder / shard.path(frame)).read_bytes()
        except OSError:
            return None
        if known is None or known["sha256"] != hashlib.sha256(content).hexdigest():
            return None
    worlds = read_worlds(folder / shard.path("worlds"))
    numbers = None if worlds is None else worlds["replication"].tolist()
    return worlds if numbers == list(range(shard.first, shard.last)) else None


def shards_of(manifest: dict[str, Any]) -> Iterator[Shard]:
    """The shards that a manifest names."""
    for each in manifest["shards"]:
        yield Shard(int(each["first"]), int(each["last"]), dict(each["files"]))


def frame_paths(folder: Path, frame: str, replications: NDArray[np.int64]) -> list[Path]:
    """The files of a frame that hold any of these replications, each of them as it was written.

    Raises:
        InputError: one is not whole any more.
    """
    paths = []
    for shard in shards_of(read_manifest(folder)):
        first, last = np.searchsorted(replications, [shard.first, shard.last])
        if first == last:
            continue
        if whole_worlds(folder, shard, ("worlds", frame)) is None:
            raise damage(folder, [shard])
        paths.append(folder / shard.path(frame))
    return paths


def check_edition(folder: Path, manifest: dict[str, Any]) -> None:
    """Raises EditionError if the folder is of another edition of the program."""
    if manifest["edition"] != edition():
        raise EditionError(
            f"{folder}: is a run of bcdr-sim {manifest['edition']}, this is {edition()}; results of the two are not "
            "mixed. Run it again into a new folder, or replace it with --force"
        )


def refusal(place: Path, message: str) -> InputError:
    """A run folder, or a file of one, that is not as it should be."""
    return InputError([Problem(str(place), 0, 0, 0, message)])
