"""Files compose by three rules, each value keeps its file, and no chain of files can run away."""

from __future__ import annotations

from pathlib import Path

import pytest

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading import Document, compose


def write(folder: Path, **files: str) -> Path:
    """Write `NAME.yaml` for each keyword and return the folder."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def composed(folder: Path, name: str = "main") -> Document:
    """Return the document of a file of the folder, by its full path."""
    return compose(folder / f"{name}.yaml")


def problems(folder: Path, name: str = "main") -> list[Problem]:
    """Return what is wrong with a file and all files it names; places are shown relative to the folder."""
    with pytest.raises(InputError) as caught:
        composed(folder, name)
    return list(caught.value.problems)


def test_a_file_that_names_no_other_is_itself(tmp_path: Path) -> None:
    """Composition changes nothing where there is nothing to compose."""
    document = composed(write(tmp_path, main="a: 1\nb: [2]\n"))
    assert document.data == {"a": 1, "b": [2]}
    assert len(document.sources) == 1


def test_maps_merge_lists_replace_and_the_later_wins(tmp_path: Path) -> None:
    """`extends` lies lowest, then `include` from first to last, then the file itself."""
    write(
        tmp_path,
        base="a: {x: base, y: base, z: base, w: base}\nlist: [1, 2, 3]\nonly: base\n",
        first="a: {y: first, z: first, w: first}\nlist: [4]\n",
        second="a: {z: second, w: second}\n",
        main="extends: base.yaml\ninclude: [first.yaml, second.yaml]\na: {w: main, v: main}\nlist: [5, 6]\n",
    )
    assert composed(tmp_path).data == {
        "a": {"x": "base", "y": "first", "z": "second", "w": "main", "v": "main"},
        "list": [5, 6],
        "only": "base",
    }


def test_a_map_replaces_what_is_no_map_and_the_other_way_round(tmp_path: Path) -> None:
    """Only two mappings merge."""
    write(tmp_path, base="a: {x: 1}\nb: 2\nc: {y: 3}\n", main="extends: base.yaml\na: 1\nb: {x: 2}\nc:\n")
    assert composed(tmp_path).data == {"a": 1, "b": {"x": 2}, "c": None}


def test_every_value_keeps_the_place_in_its_own_file(tmp_path: Path) -> None:
    """A problem with an inherited value points into the file it was inherited from."""
    write(tmp_path, base="a:\n  x: 1\n  y: 2\n", main="extends: base.yaml\na:\n  x: 9\n")
    document = composed(tmp_path)
    inherited, own = document.problem(("a", "y"), "m"), document.problem(("a", "x"), "m")
    assert (Path(inherited.file).name, inherited.line, inherited.source) == ("base.yaml", 3, "  y: 2")
    assert (Path(own.file).name, own.line, own.source) == ("main.yaml", 3, "  x: 9")
    assert [Path(source.path).name for source in document.sources] == ["base.yaml", "main.yaml"]


def test_a_name_given_in_another_file_is_suggested_with_that_file(tmp_path: Path) -> None:
    """A line alone would be looked for in the wrong file."""
    write(tmp_path, base="regions: [north]\n", main="extends: base.yaml\nin: nort\n")
    document = composed(tmp_path)
    message = document.unknown_name(("in",), "region", {"north": ("regions", 0)}).message
    assert message == f"no region 'nort'; did you mean 'north' ({tmp_path}/base.yaml line 1)?"


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    """Folders can be moved as a whole."""
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", a="include: [b.yaml]\na: 1\n", b="include: [../top.yaml]\nb: 2\n")
    write(tmp_path, top="top: 3\n", main="extends: shared/a.yaml\n")
    document = composed(tmp_path)
    assert document.data == {"top": 3, "b": 2, "a": 1}
    assert [source.path for source in document.sources] == [
        f"{tmp_path}/shared/a.yaml",
        f"{tmp_path}/shared/b.yaml",
        f"{tmp_path}/top.yaml",
        f"{tmp_path}/main.yaml",
    ]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """A diamond is no cycle, and a ladder of diamonds takes no time."""
    files = {f"f{n}": f"include: [f{n + 1}.yaml, f{n + 1}.yaml]\nk{n}: {n}\n" for n in range(14)}
    write(tmp_path, f14="end: 1\n", **files)
    assert len(composed(tmp_path, "f0").sources) == 15


def test_a_cycle_is_shown_as_the_chain(tmp_path: Path) -> None:
    """The problem stands at the name that closes the circle."""
    write(tmp_path, main="extends: a.yaml\n", a="include: [b.yaml]\n", b="extends: ./a.yaml\n")
    (found,) = problems(tmp_path)
    place = f"{tmp_path}/"
    assert (
        found.message == f"files name each other in a circle: {place}a.yaml -> {place}b.yaml -> {place}a.yaml"
    )
    assert (found.file, found.line, found.path) == (f"{place}b.yaml", 1, "extends")


def test_a_file_that_extends_itself_is_a_cycle(tmp_path: Path) -> None:
    """The shortest one."""
    (found,) = problems(write(tmp_path, main="extends: main.yaml\n"))
    assert found.message.endswith("main.yaml -> " + f"{tmp_path}/main.yaml")


def test_a_long_chain_and_very_many_files_are_refused(tmp_path: Path) -> None:
    """Sixteen in a row, a hundred in all."""
    write(tmp_path, **{f"f{n}": f"extends: f{n + 1}.yaml\n" for n in range(20)}, f20="a: 1\n")
    assert [found.message for found in problems(tmp_path, "f0")] == [
        "more than 16 files name one another in a row"
    ]
    names = [f"g{n}" for n in range(101)]
    write(tmp_path, main=f"include: [{', '.join(name + '.yaml' for name in names)}]\n")
    write(tmp_path, **dict.fromkeys(names, "a: 1\n"))
    assert {found.message for found in problems(tmp_path)} == {"more than 100 files make up this one"}


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "https://example.org/a.yaml", "file:a.yaml", "C:/a.yaml", "~/a.yaml", "a\\b.yaml"]
)
def test_only_relative_paths_are_followed(tmp_path: Path, name: str) -> None:
    """Nothing is fetched, and a scenario means the same on every machine."""
    (found,) = problems(write(tmp_path, main=f"include: ['{name}']\n"))
    assert found.message == (
        f"'{name}' is not a relative path with '/' between its parts; name a file beside this one"
    )
    assert found.path == "include[0]"


def test_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    """A missing file does not hide a broken one."""
    write(
        tmp_path,
        broken="a: *x\n",
        base="a: 1\n",
        main="extends: bass.yaml\ninclude:\n  - broken.yaml\n  - 12\n  - none.txt\n",
    )
    found = [(Path(each.file).name, each.line, each.message.split(";")[0]) for each in problems(tmp_path)]
    assert found == [
        ("main.yaml", 1, "no such file 'bass.yaml'"),
        ("main.yaml", 4, "must be the path of a file, relative to this one"),
        ("main.yaml", 5, "no such file 'none.txt'"),
        ("broken.yaml", 1, "aliases ('*x') are not used in this format"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("include: a.yaml\n", "must be a list of files ('- file' on each line)"),
        ("extends: [a.yaml]\n", "must be one file, relative to this one"),
        ("extends:\n", "must be one file, relative to this one"),
        ("include: [12]\n", "must be the path of a file, relative to this one"),
        ("extends: strm.yaml\n", "no such file 'strm.yaml'; did you mean 'storm.yaml'?"),
    ],
)
def test_names_of_files_that_are_none_are_refused(tmp_path: Path, text: str, message: str) -> None:
    """With the place, and the file that was meant."""
    (found,) = problems(write(tmp_path, main=text, storm="a: 1\n"))
    assert found.line == 1
    assert found.message == message


def test_a_text_composes_like_the_file_of_its_name(tmp_path: Path) -> None:
    """What an editor holds can be checked before it is saved."""
    write(tmp_path, base="a: 1\n")
    assert compose(tmp_path / "new.yaml", text="extends: base.yaml\nb: 2\n").data == {"a": 1, "b": 2}
