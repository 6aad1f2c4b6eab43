"""Run the examples of the documentation and write their true output back: python tests/rewrite_docs.py [PAGE...].

What is run, page by page, in a scratch folder that holds copies of scenarios/ and policies/:

* a ```console fence: each line `$ bcdr-sim ...` (`| head -N` or `| tail -N` may follow) or `$ echo $?`, then its output,
  what the command wrote to stdout and stderr alike, 100 columns wide and without colour;
* a ```python fence: lines that begin with `>>>` with the output below them, any other code as it stands;
* what stands between `<!-- table: NAME -->` and `<!-- end -->` is written by `reference_tables`;
* a code-block directive whose caption is a file name: the file is written, for the examples below it.

Anything else that looks like a terminal is a ```text fence, and is not run.
"""

import contextlib
import doctest
import importlib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from bcdr_sim.incidents.record import find
from incident_reference import FIRST_TEN
from reference_tables import TABLES

ROOT = Path(__file__).resolve().parent.parent
TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1", "MPLBACKEND": "Agg"}
PICTURES = {
    ROOT / "docs" / "pictures" / "regional_storm.png": ROOT / "scenarios" / "regional_storm.yaml",
    **{ROOT / "docs" / "pictures" / f"{name}.png": find(name).scenario for name in FIRST_TEN},
}
FENCE = re.compile(r"(?P<marks>`{3,})(?P<info>.*)")
DIRECTIVE = re.compile(r"\{code-block\} (?P<language>\w+)")
TABLE = re.compile(r"(<!-- table: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
CUT = re.compile(r"(?P<command>.*\S) \| (?P<end>head|tail) -(?P<lines>\d+)")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, and its body as the half-open range of lines [first, end)."""

    language: str
    first: int
    end: int


def pages() -> list[Path]:
    """Every page that is checked, in a fixed order."""
    written = (page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts)
    return [ROOT / "README.md", *sorted(written)]


def fences(lines: list[str]) -> Iterator[Fence]:
    """The fenced blocks of a page, from the top; one that is never closed is an error."""
    at = 0
    while at < len(lines):
        opening = FENCE.fullmatch(lines[at])
        at += 1
        if opening is None:
            continue
        first = at
        while lines[at : at + 1] != [opening["marks"]]:
            at += 1
            if at >= len(lines):
                raise ValueError(f"line {first}: this fence is never closed")
        yield Fence(opening["info"].strip(), first, at)
        at += 1


def refreshed(page: str, *, folder: Path) -> str:
    """The text of a page with every output replaced by what its example prints now in `folder`."""
    lines = TABLE.sub(lambda found: f"{found[1]}\n{TABLES[found['name']]()}\n\n{found[3]}", page).splitlines()
    written: list[str] = []
    names: dict[str, object] = {"__name__": "__main__"}
    done = 0
    with contextlib.chdir(folder), mock.patch.dict(os.environ, TERMINAL):
        for fence in fences(lines):
            written += lines[done : fence.first]
            body = lines[fence.first : fence.end]
            written += refreshed_body(fence.language, body, names=names)
            done = fence.end
    return "\n".join([*written, *lines[done:]]) + "\n"


def refreshed_body(language: str, body: list[str], *, names: dict[str, object]) -> list[str]:
    """The body of one fence, run if its language says so."""
    if language == "console":
        return list(console(body))
    if language == "python":
        return python("\n".join(body) + "\n", names=names).splitlines()
    if DIRECTIVE.fullmatch(language) and body and body[0].startswith(":caption: "):
        name = body[0].removeprefix(":caption: ").strip()
        Path(name).write_text("\n".join(body[1:]).strip("\n") + "\n", encoding="utf-8")
    return body


def console(body: list[str]) -> Iterator[str]:
    """Each command of a console fence, followed by what it prints."""
    status = 0
    for line in body:
        if not line.startswith("$ "):
            continue
        yield line
        if line == "$ echo $?":
            yield str(status)
        elif line.startswith("$ bcdr-sim"):
            cut = CUT.fullmatch(line)
            status, output = command(cut["command"] if cut else line)
            lines = output.splitlines()
            if cut:
                count = int(cut["lines"])
                lines = lines[:count] if cut["end"] == "head" else lines[-count:]
            yield from lines
        else:
            raise ValueError(f"only bcdr-sim can be run here; put it into a text fence: {line}")


def command(line: str) -> tuple[int, str]:
    """Exit code and output of one `$ bcdr-sim ...`, run in this process."""
    main = importlib.import_module("bcdr_sim.cli").main
    terminal = io.StringIO()
    with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
        try:
            code = main(shlex.split(line)[2:])
        except SystemExit as exit_:
            code = exit_.code
    return code or 0, terminal.getvalue()


def python(source: str, *, names: dict[str, object]) -> str:
    """A python fence with the output of each prompt; code without prompts only has to run."""
    pieces = doctest.DocTestParser().parse(source)
    if len(pieces) == 1:
        exec(compile(source, "<documentation>", "exec"), names)
        return source
    return "".join(piece if isinstance(piece, str) else prompt(piece, names=names) for piece in pieces)


def prompt(example: doctest.Example, *, names: dict[str, object]) -> str:
    """One prompt and what it prints; an error by its last line, an empty line as doctest wants it."""
    first, *more = example.source.splitlines()
    shown = "\n".join([f">>> {first}", *(f"... {line}".rstrip() for line in more)]) + "\n"
    terminal = io.StringIO()
    with contextlib.redirect_stdout(terminal):
        try:
            exec(compile(example.source, "<documentation>", "single"), names)
        except Exception as error:  # noqa: BLE001 - whatever it raises is what the page shows
            shown += f"Traceback (most recent call last):\n    ...\n{type(error).__name__}: {error}\n"
    printed = terminal.getvalue().splitlines()
    return shown + "".join(f"{line}\n" if line.strip() else "<BLANKLINE>\n" for line in printed)


def lay_out(folder: Path) -> Path:
    """Copies of what a reader finds beside the README, for the examples to work on."""
    for name in ("scenarios", "policies", "src/bcdr_sim/incidents/policies"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
    return folder


def draw() -> None:
    """Draw the pictures anew; their bytes depend on the version of the drawing library, so no test compares them."""
    for picture, scenario in PICTURES.items():
        command(f"$ bcdr-sim run {scenario} --plot {picture} --force")


def main(chosen: list[str]) -> None:
    """Rewrite the chosen pages, or all and the pictures too, where examples print something else today."""
    if not chosen:
        draw()
    for page in [Path(name).resolve() for name in chosen] or pages():
        with tempfile.TemporaryDirectory() as scratch:
            text = page.read_text(encoding="utf-8")
            now = refreshed(text, folder=lay_out(Path(scratch)))
        if now != text:
            page.write_text(now, encoding="utf-8")
            print(f"rewritten: {page.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
