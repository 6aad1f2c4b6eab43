"""A folder of bad files, each beside the exact text with which it is refused.

`bad_files/**/NAME.yaml` (or `.bin`, where it is not text) stands beside `NAME.expected.txt`. Files that others
include stand in folders called `parts`. `python tests/bad_files/rewrite.py` writes the expected texts anew; read
the difference as a person who is tired would.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bad_files.rewrite import FOLDER, bad_files, refusal
from bcdr_sim.errors import SHOWN_MAX, InputError
from bcdr_sim.scenario.reading import load_scenario

VALID = FOLDER / "scenario" / "parts" / "base.yaml"


@pytest.mark.parametrize("name", bad_files())
def test_a_bad_file_is_refused_in_exactly_these_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Place, value, what is allowed, the near miss; all faults of the file at once."""
    monkeypatch.chdir(FOLDER)
    expected = Path(name).with_suffix(".expected.txt").read_text(encoding="utf-8")
    assert refusal(name) == expected


def test_the_folder_holds_every_kind_of_mistake() -> None:
    """At least sixty files, and no expected text without its file."""
    assert len(bad_files()) >= 60
    texts = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.expected.txt")}
    assert texts == {Path(name).with_suffix(".expected.txt").as_posix() for name in bad_files()}


def test_the_file_that_the_bad_ones_change_is_good() -> None:
    """So each refusal has the one cause that its file shows."""
    assert load_scenario(VALID).name == "storm"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x: " + "[" * 100_000, "too many brackets one in another"),
        ("x:\n" + "".join("  " * depth + "- \n" for depth in range(1, 80)), "more than 64 levels deep"),
        ("x: [" + "1," * 200_001 + "]", "more than 200,000 values; use 'count:' or an imported table"),
        ("x: " + "9" * 5_000, "a number of 5000 characters; at most 64 are read"),
        ("".join(f"k{n}: *a\n" for n in range(5_000)), "aliases ('*a') are not used in this format"),
        ("a: b: c\n" * 100_000, "a second ':' in one line"),
        ("x: '" + "a\n" * 100_000, "this quote is never closed"),
    ],
    ids=["brackets", "lists", "values", "digits", "aliases", "colons", "quote"],
)
def test_a_monstrous_file_is_refused_briefly_and_quickly(text: str, message: str) -> None:
    """No stack, no memory and no terminal is exhausted."""
    begin = time.process_time()
    with pytest.raises(InputError) as caught:
        load_scenario("monster.yaml", text=text)
    shown = str(caught.value)
    assert message in shown
    assert len(shown) < 400 * SHOWN_MAX
    assert time.process_time() - begin < 5


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """4 MiB, judged before any of it is looked at."""
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# " + b"x" * 4 * 1024 * 1024)
    with pytest.raises(InputError, match="the file has more than 4,194,304 bytes, which is the limit"):
        load_scenario(path)
