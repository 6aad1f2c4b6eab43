"""A campaign against one target: guided by coverage where Atheris is installed, else by changes of known inputs alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Final

from fuzzing.bounded import bounded_work
from fuzzing.breeding import bred, stock_of
from fuzzing.corpus import LENGTH_MAX, kept, lay_out
from fuzzing.faults import record
from fuzzing.targets import ROOT, TESTS, Target, prepare

SECONDS_MAX: Final = 30
"""How long one input may take before it counts as a hang."""

MEBIBYTES_MAX: Final = 2048
_STATUS: Final = re.compile(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)/")


@dataclass(slots=True)
class Told:
    """What a campaign did: executions, branches and features reached, inputs that reached something new, faults by name."""

    target: str
    engine: str
    executions: int = 0
    edges: int | None = None
    features: int | None = None
    inputs: int | None = None
    seconds: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: tuple[str, ...] = ()


def is_guided() -> bool:
    """Whether Atheris is installed."""
    return find_spec("atheris") is not None


def plain(target: Target, *, runs: int, seed: int, faults: Path) -> Told:
    """Read so many changed inputs, the same for the same seed; each fault is written to `faults`."""
    known = [*target.seeds(), *(path.read_bytes() for path in kept(target))]
    stock = stock_of(known)
    told = Told(target.name, "plain")
    begun = monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        prepare(Path(scratch))
        for number in range(runs):
            content = bred(known[number % len(known)], stock, seed=seed + number, length_max=LENGTH_MAX)
            told.executions += 1
            try:
                with bounded_work():
                    told.outcomes[target.read(content, Path(scratch))] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                record(error, content, faults=faults)
    told.faults = _names(faults)
    told.seconds = round(monotonic() - begun)
    return told


def guided(target: Target, *, runs: int, seconds: int, seed: int, work: Path, faults: Path) -> Told:
    """Let libFuzzer look for so many executions or seconds (0: no bound) from the kept inputs on, and go on after a hang."""
    lay_out(target, work)
    told = Told(target.name, "atheris")
    begun = monotonic()
    while True:
        left_s = max(1, seconds - round(monotonic() - begun)) if seconds else 0
        options = [f"-max_total_time={left_s}", f"-runs={max(1, runs - told.executions) if runs else -1}"]
        options += [f"-seed={seed + len(_names(faults)) + 1}", f"-artifact_prefix={faults}/", str(work)]
        is_over = _one_process(target, options, told, faults=faults)
        told.seconds = round(monotonic() - begun)
        is_done = (runs and told.executions >= runs) or (seconds and told.seconds >= seconds)
        if is_over or is_done:
            told.faults = _names(faults)
            return told


def _one_process(target: Target, options: list[str], told: Told, *, faults: Path) -> bool:
    """Run libFuzzer once; whether it ended by itself, and not by a hang or for lack of memory."""
    bounds = [f"-max_len={LENGTH_MAX}", "-len_control=0", f"-timeout={SECONDS_MAX}"]
    command = [sys.executable, "-m", "fuzzing.guided", target.name, str(faults), "--"]
    before = told.executions
    with subprocess.Popen(
        [*command, *bounds, f"-rss_limit_mb={MEBIBYTES_MAX}", *options],
        cwd=ROOT,
        env=_environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        errors="replace",
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := _STATUS.match(line):
                executed, edges, features, inputs = map(int, found.groups())
                told.executions = before + executed
                told.edges, told.features, told.inputs = edges, features, inputs
            elif line.startswith(("fault ", "==", "Traceback", "ModuleNotFoundError", "ImportError")):
                print(line.rstrip(), file=sys.stderr, flush=True)
        return process.wait() == 0


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(TESTS)))}


def _names(faults: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in faults.iterdir() if path.suffix != ".txt"))
