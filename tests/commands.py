"""Commands run in this process, with what they said and how they ended."""

import contextlib
import io
from dataclasses import dataclass

from bcdr_sim.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


def run(*argv: str) -> Ended:
    """Run `bcdr-sim` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(argv))
    return Ended(code, out.getvalue(), err.getvalue())
