"""One mutant against its tests: a child process in which one module is another one, forked where only libraries are loaded.

Nothing that could know the mutant is imported before the fork, so every test, constant and class of the child knows it
alone; and nothing is written, so the tree of sources stays what it is.
"""

from __future__ import annotations

import ast
import gc
import importlib.util
import io
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

import pytest

from mutations.watching import OPTIONS

KILLED, SURVIVED, ENDLESS, BROKEN = "killed", "survived", "endless", "broken"
UNMET = "unmet"
"""None of the tests imported the module."""

_UNMET_CODE: Final = 90
LIBRARIES: Final = (
    "hypothesis", "hypothesis.stateful", "matplotlib", "numpy", "pandas", "pyarrow.parquet", "pydantic", "rich.table",
    "scipy.stats", "scipy.special", "scipy.linalg", "simpy", "typer.testing", "yaml", "z3",
)  # fmt: skip
QUIET: Final = ("--assert=plain", "--no-header", "-W", "ignore::pytest.PytestAssertRewriteWarning")
MEMORY_BYTES_MAX: Final = 6 * 1024**3


def load_libraries(modules: Sequence[str] = ()) -> None:
    """Import what every child would import else: libraries, and modules of the package that know nothing of the mutant."""
    for name in (*LIBRARIES, *modules):
        import_module(name)
    gc.collect()
    gc.freeze()


def tried(name: str, tree: ast.Module | None, tests: Sequence[str], *, cpu_seconds: int) -> tuple[str, str]:
    """What becomes of a module in the place of another: an outcome, and the test that noticed it.

    `tree` None changes nothing: then the tests have to survive. `cpu_seconds` bounds the work, not the time.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(name, tree, tests, writing=writing, cpu_seconds=cpu_seconds)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        red = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return ENDLESS, "its work was bounded"
    code = os.WEXITSTATUS(status)
    if code in (0, _UNMET_CODE):
        return (UNMET if code else SURVIVED), ""
    return (KILLED if code in (1, 2, 3) else BROKEN), red or "the import of the tests"


class _Mutated(SourceFileLoader):
    """Loads a module from a syntax tree that is not the one of its file."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self.tree = tree

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(ast.fix_missing_locations(self.tree), self.path, "exec")
        return code


class _Finder:
    """Finds one module, and leaves the others to the finders behind it."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree, self.was_used = name, tree, False

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        self.was_used = True
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        loader = _Mutated(name, found.origin, self.tree)
        places = found.submodule_search_locations
        return importlib.util.spec_from_file_location(
            name, found.origin, loader=loader, submodule_search_locations=places
        )


class _First:
    """A plugin of pytest that puts the mutant in its place, and says which test was red first.

    In its place only here: pytest puts a finder of its own before all others, for what it rewrites.
    """

    def __init__(self, writing: int, finder: _Finder | None) -> None:
        self.writing, self.finder = writing, finder

    def pytest_configure(self) -> None:
        if self.finder is not None:
            assert self.finder.name not in sys.modules, "too late"
            sys.meta_path.insert(0, self.finder)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self.writing, report.nodeid.encode())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            os.write(self.writing, f"the import of {report.nodeid}".encode())


def _live(
    name: str, tree: ast.Module | None, tests: Sequence[str], *, writing: int, cpu_seconds: int
) -> None:
    """The child: never comes back."""
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
        sys.dont_write_bytecode = True
        os.environ.pop("PYTEST_ADDOPTS", None)  # how the tests around this one are run is none of theirs
        first = _First(writing, None if tree is None else _Finder(name, tree))
        silence = io.StringIO()
        with redirect_stdout(silence), redirect_stderr(silence):
            code = int(pytest.main([*OPTIONS, *QUIET, "-x", *tests], plugins=[first]))
        if code == 0 and first.finder is not None and not first.finder.was_used:
            code = _UNMET_CODE
    except BaseException as error:  # noqa: BLE001 - the parent has to hear of it
        os.write(writing, f"{error!r}".encode())
    finally:
        os._exit(code)
