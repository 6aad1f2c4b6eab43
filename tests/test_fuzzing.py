"""Laws of reading: any file is accepted, or refused with its place, in bounded work and memory; what is accepted comes back.

Every kept input of earlier campaigns, and a small fixed number of new ones. `make fuzz` looks for as long as one likes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzing.bounded import ExcessError, bounded_memory, bounded_work
from fuzzing.breeding import bred, stock_of
from fuzzing.campaign import plain
from fuzzing.corpus import LENGTH_MAX, kept, name_of
from fuzzing.refusing import ACCEPTED, REFUSED
from fuzzing.targets import TARGETS, Target, prepare

TEXTS = [target for target in TARGETS if target.is_text]
RUNS = {"loader": 150, "table": 60, "importers": 250, "policy": 120, "laws": 40}
"""New inputs of each target in every run of the tests: some seconds together."""

by_name = pytest.mark.parametrize("target", TEXTS, ids=lambda target: target.name)


@by_name
def test_every_kept_input_is_accepted_or_refused_in_bounded_work(target: Target, tmp_path: Path) -> None:
    """Those that once were a fault, and those that together reach what campaigns have reached; some of each kind."""
    prepare(tmp_path)
    outcomes = set()
    for path in kept(target):
        with bounded_work():
            outcomes.add(target.read(path.read_bytes(), tmp_path))
    assert outcomes == {ACCEPTED, REFUSED}


@by_name
def test_no_kept_input_needs_much_memory(target: Target, tmp_path: Path) -> None:
    """The sixteen largest of each."""
    prepare(tmp_path)
    for path in sorted(kept(target), key=lambda each: each.stat().st_size)[-16:]:
        with bounded_memory():
            target.read(path.read_bytes(), tmp_path)


@by_name
def test_a_fixed_number_of_new_inputs_finds_nothing(target: Target, tmp_path: Path) -> None:
    """The same in every run."""
    told = plain(target, runs=RUNS[target.name], seed=20, faults=tmp_path)
    assert told.faults == (), "\n".join(path.read_text() for path in tmp_path.glob("*.txt"))
    assert told.executions == RUNS[target.name] == told.outcomes.total()


@by_name
def test_a_kept_input_is_small_and_named_by_its_bytes_or_by_its_fault(target: Target) -> None:
    """So that none is there twice, and a person sees which were faults."""
    names = [path.name for path in kept(target)]
    contents = [path.read_bytes() for path in kept(target)]
    assert max(map(len, contents)) <= LENGTH_MAX
    assert len(set(contents)) == len(contents) <= 400
    for name, content in zip(names, contents, strict=True):
        assert name == name_of(content) or "-" in name


def test_what_fails_is_found_and_written_down_once(tmp_path: Path) -> None:
    """A reader that cannot stand a word which stands in another seed: the input is kept with its traceback."""

    def read(content: bytes, _: Path) -> str:
        if b"storm" in content and b"calm" in content:
            raise LookupError("both")
        return ACCEPTED

    fragile = Target("fragile", "cannot stand two words", read, lambda: iter((b"a: storm\n", b"b: calm\n")))
    told = plain(fragile, runs=200, seed=0, faults=tmp_path)
    (name,) = told.faults
    assert name.startswith("LookupError-")
    assert b"storm" in (tmp_path / name).read_bytes()
    assert "both" in (tmp_path / f"{name}.txt").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_inputs() -> None:
    """And another seed others."""
    stock = stock_of([b"a: 1\nb: [2, 3]\n", b"\xff\xfe no text"])
    first, again, other = (
        [bred(b"a: 1\n", stock, seed=seed + number, length_max=64) for number in range(50)]
        for seed in (0, 0, 1000)
    )
    assert first == again != other
    assert max(map(len, first)) <= 64


def test_too_much_work_and_too_much_memory_are_faults() -> None:
    """Counted in calls and bytes, so that no clock decides."""
    with pytest.raises(ExcessError, match="more than 100 calls"), bounded_work(calls_max=100):
        [name_of(b"%d" % number) for number in range(200)]
    with pytest.raises(ExcessError, match="bytes at one time"), bounded_memory(bytes_max=1000):
        bytearray(2000)
