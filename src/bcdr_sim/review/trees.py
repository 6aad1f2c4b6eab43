"""Trees: a policy repository as it was at a revision, and as it is now.

The earlier tree is unpacked beside the present one, so that files which name each other find each other in both. Nothing of
either is executed. What is no plain file inside the repository, such as a link that leads out of it, is not read.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bcdr_sim.errors import InputError, Problem


@contextmanager
def tree_at(repository: Path, revision: str) -> Iterator[Path]:
    """Unpack a revision of a git repository, or of the part of it that `repository` is, for as long as it is needed.

    Raises:
        InputError: no repository, no such revision, or no git.
    """
    named = git(repository, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    commit = named.decode("ascii", "replace").strip()
    archive = git(repository, "archive", "--format=tar", commit, ".")
    with TemporaryDirectory(prefix="bcdr-sim-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            for member in packed.getmembers():
                if member.isfile() or member.isdir():
                    packed.extract(member, folder, filter="data")
        yield Path(folder)


def matching(tree: Path, patterns: Iterable[str]) -> list[str]:
    """The plain files of a tree that some pattern names, as paths from its top with `/`, sorted.

    Raises:
        InputError: one of them is a link.
    """
    found = {path.relative_to(tree).as_posix(): path for pattern in patterns for path in tree.glob(pattern)}
    links = [
        Problem(name, 0, 0, 0, "a link is not read; put the file itself here")
        for name, path in sorted(found.items())
        if any(part.is_symlink() for part in (path, *path.parents) if part != tree and tree in part.parents)
    ]
    if links:
        raise InputError(links)
    return sorted(name for name, path in found.items() if path.is_file())


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
        done = subprocess.run(  # noqa: S603 - fixed words, and a revision that git itself has verified
            ["git", "-C", str(repository), *arguments],  # noqa: S607 - whichever git the user has
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise InputError([Problem("git", 0, 0, 0, "there is no git; install it")]) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        message = said[-1] if said else f"git {arguments[0]} failed"
        raise InputError([Problem(str(repository), 0, 0, 0, message)])
    return done.stdout
