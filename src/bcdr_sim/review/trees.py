"""Trees: a policy repository as it was at a revision, and as it is now.

The earlier tree is unpacked beside the present one, so that files which name each other find each other in both. Its files
are taken as they were committed: no attribute of the repository leaves any out (`export-ignore`) and no filter runs. Nothing
of either tree is executed. What is no plain file inside the repository, such as a link or a submodule, is not read.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bcdr_sim.errors import InputError, Problem

FILE_BYTES_MAX: Final = 64 * 2**20
"""Larger files of a revision are not unpacked. Assumption: no scenario names a larger table."""
_GIT: Final = ("git", "-c", "core.quotePath=false")


@contextmanager
def tree_at(repository: Path, revision: str) -> Iterator[Path]:
    """Unpack a revision of a git repository, or of the part of it that `repository` is, for as long as it is needed.

    Raises:
        InputError: no repository, no such revision, or no git.
    """
    commit = commit_of(repository, revision)
    listed = git(repository, "ls-tree", "-r", "-z", "-l", commit, ".")
    with TemporaryDirectory(prefix="bcdr-sim-") as folder:
        _unpack(repository, list(_files(listed)), Path(folder))
        yield Path(folder)


def commit_of(repository: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        InputError: no working tree of git, or no such revision.
    """
    if not repository.is_dir():
        raise InputError(
            [Problem(str(repository), 0, 0, 0, "is no folder; name that of the policy repository")]
        )
    if git(repository, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise InputError(
            [Problem(str(repository), 0, 0, 0, "is a bare repository: there is no change in it")]
        )
    try:
        found = git(
            repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )
    except InputError:
        is_shallow = git(repository, "rev-parse", "--is-shallow-repository").strip() == b"true"
        hint = "; this clone is shallow: fetch the whole history (`fetch-depth: 0`)" if is_shallow else ""
        raise InputError(
            [Problem("--base", 0, 0, 0, f"there is no revision '{revision}' here{hint}")]
        ) from None
    return found.decode("ascii", "replace").strip()


def is_behind(repository: Path, revision: str) -> bool:
    """Whether a revision has commits that the present one does not: what they did looks undone by the change."""
    commit = commit_of(repository, revision)
    try:
        missing = git(repository, "rev-list", "--max-count=1", commit, "^HEAD", "--")
    except InputError:  # no commit yet
        return False
    return bool(missing.strip())


def _files(listed: bytes) -> Iterator[tuple[str, str]]:
    """Object and path of every plain file of a listing; links, submodules and what nothing here reads are left out."""
    for entry in listed.split(b"\0"):
        head, _, name = entry.partition(b"\t")
        if not head.startswith(b"100"):
            continue
        _, _, blob, size = head.split()
        path = os.fsdecode(name)
        is_large = size.isdigit() and int(size) > FILE_BYTES_MAX
        if not is_large and not {"..", ".git", ""} & set(path.split("/")):
            yield blob.decode("ascii"), path


def _unpack(repository: Path, files: list[tuple[str, str]], folder: Path) -> None:
    """Write the content of files as it was committed, one after the other."""
    with subprocess.Popen(  # noqa: S603 - fixed words
        [*_GIT, "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for blob, path in files:
            reader.stdin.write(f"{blob}\n".encode())
            reader.stdin.flush()
            head = reader.stdout.readline().split()
            if len(head) != 3:
                raise InputError([Problem(path, 0, 0, 0, "its content is not in this clone; fetch it whole")])
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(reader.stdout.read(int(head[2])))
            reader.stdout.read(1)
        reader.stdin.close()


def matching(tree: Path, patterns: Iterable[str]) -> list[str]:
    """The plain files of a tree that some pattern names, as paths from its top with `/`, sorted.

    Raises:
        InputError: one of them is a link, or belongs to another repository.
    """
    found = {path.relative_to(tree).as_posix(): path for pattern in patterns for path in tree.glob(pattern)}
    links = [
        Problem(name, 0, 0, 0, "a link is not read; put the file itself here")
        for name, path in sorted(found.items())
        if any(part.is_symlink() for part in (path, *path.parents) if part != tree and tree in part.parents)
    ]
    inner = {name: _other_repository(path, tree) for name, path in sorted(found.items())}
    links += [
        Problem(
            name,
            0,
            0,
            0,
            f"{top} is another repository, a submodule perhaps, which no revision of this one holds",
        )
        for name, top in inner.items()
        if top
    ]
    if links:
        raise InputError(links)
    return sorted(name for name, path in found.items() if path.is_file())


def is_plain(tree: Path, path: str) -> bool:
    """Whether a path from the top of a tree is a file of its own, not reached through a link."""
    place = tree / path
    return place.is_file() and place.resolve() == tree.resolve() / path


def _other_repository(path: Path, tree: Path) -> str:
    """The folder between a file and the top of a tree that is a repository of its own; empty if there is none."""
    for folder in path.relative_to(tree).parents:
        if folder.parts and (tree / folder / ".git").exists():
            return folder.as_posix()
    return ""


def refuse_outside(tree: Path, path: str, policy: str) -> str:
    """Return the policy that a file of a tree names as a path from its top, and refuse one that lies outside.

    Raises:
        InputError: it lies outside.
    """
    place = ((tree / path).parent / policy).resolve()
    if not place.is_relative_to(tree.resolve()):
        message = f"the policy '{policy}' lies outside of the repository"
        raise InputError([Problem(path, 0, 0, 0, message, path="policy")])
    return place.relative_to(tree.resolve()).as_posix()


def git(repository: Path, *arguments: str) -> bytes:
    """The output of one git command.

    Raises:
        InputError: it fails, or there is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a revision behind `--end-of-options`
            [*_GIT, "-C", str(repository), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise InputError([Problem("git", 0, 0, 0, "there is no git; install it")]) from None
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split()).removeprefix("fatal: ")
        raise InputError([Problem(str(repository), 0, 0, 0, said or f"git {arguments[0]} failed")])
    return done.stdout
