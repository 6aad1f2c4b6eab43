"""Several files as one document: `extends:` a file to start from, `include:` files to share.

Rules. What `extends` names lies lowest, the files of `include` lie above it from first to last, the file
itself lies on top. Mappings merge key by key, at every level; lists and scalars of the upper file replace
those below. Paths are relative to the file that names them. Every value keeps its place in the file it came from. A name
such as `presets/azure-outage` is no file but a part that comes with the program, see `presets`.
"""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.loading.document import DataPath, Document, Node
from bcdr_sim.loading.presets import Named, is_preset, with_presets
from bcdr_sim.loading.reading import SCENARIO_LIMITS, Limits, read
from bcdr_sim.loading.text import similar_file

NESTING_MAX = 16
"""So many files may name one another in a row."""

FILES_MAX = 100
"""So many files may make up one document."""

_NOT_RELATIVE = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\~]|.*\\", re.IGNORECASE)
_KEYS = ("extends", "include")


def compose(
    path: str | os.PathLike[str],
    *,
    limits: Limits = SCENARIO_LIMITS,
    text: str | None = None,
    root: Path | None = None,
) -> Document:
    """Return the document of a file and all files it extends or includes; its data lack these two keys.

    With `root`, files outside that folder are not read.

    Raises:
        InputError: a file cannot be read, names itself by way of others, or the chain is too long; every
        problem of
            every file is reported.
    """
    name = os.fspath(path)
    composition = _Composition(limits, root)
    layer = composition.layer(_File(name, Path(path)), (), text)
    if composition.problems or layer is None:
        raise InputError(composition.problems)
    sources = tuple(document.root.mark.source for document in composition.documents.values() if document)
    document = Document(name, layer[0], layer[1], (*sources[1:], sources[0]))
    woven, used = with_presets(document, composition.presets)
    taken = tuple(dict.fromkeys(source for preset in used for source in preset.document.sources))
    return Document(name, *woven, (*taken, *document.sources))


@dataclass(frozen=True, slots=True)
class _File:
    """A file by the name shown to people and by where it lies."""

    name: str
    location: Path

    @property
    def identity(self) -> str:
        return os.path.realpath(self.location)


_Layer = tuple[dict[str, Any], Node]


@dataclass(slots=True)
class _Composition:
    """The files read so far, the presets that they extend as a whole, and the problems found in them."""

    limits: Limits
    root: Path | None
    documents: dict[str, Document | None] = field(default_factory=dict)
    layers: dict[str, _Layer | None] = field(default_factory=dict)
    presets: list[Named] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def layer(self, file: _File, chain: tuple[_File, ...], text: str | None = None) -> _Layer | None:
        """Return a file merged with everything below it; None after reporting why there is none."""
        if file.identity not in self.layers:
            self.layers[file.identity] = self.merged(file, chain, text)
        return self.layers[file.identity]

    def merged(self, file: _File, chain: tuple[_File, ...], text: str | None) -> _Layer | None:
        try:
            document = read(file.location, limits=self.limits, text=text, name=file.name)
        except InputError as error:
            self.documents[file.identity] = None
            self.problems += error.problems
            return None
        self.documents[file.identity] = document
        below: _Layer | None = None
        for path in self.names(document):
            lower = self.below(document, path, chain=(*chain, file))
            if lower is not None:
                below = lower if below is None else merge(below, lower)
        data = {key: value for key, value in document.data.items() if key not in _KEYS}
        items = {key: node for key, node in document.root.items.items() if key not in _KEYS}
        own = data, document.root._replace(items=items)
        return own if below is None else merge(below, own)

    def names(self, document: Document) -> list[DataPath]:
        """Return where a document names other files, lowest first."""
        named: list[tuple[DataPath, Any]] = []
        if "extends" in document.data:
            named.append((("extends",), document.data["extends"]))
        included = document.data.get("include", [])
        if isinstance(included, list):
            named += [(("include", position), name) for position, name in enumerate(included)]
        else:
            self.problems.append(
                document.problem(("include",), "must be a list of files ('- file' on each line)")
            )
        texts = []
        for path, name in named:
            if is_preset(name) and not (Path(document.path).parent / name).exists():
                self.presets.append(Named(document, path, name))
            elif isinstance(name, str) and name:
                texts.append(path)
            else:
                what = "one file" if path == ("extends",) else "the path of a file"
                self.problems.append(document.problem(path, f"must be {what}, relative to this one"))
        return texts

    def below(self, document: Document, path: DataPath, *, chain: tuple[_File, ...]) -> _Layer | None:
        """Return the layer of the file that the last one of the chain names at a path."""
        place = place_beside(chain[-1].name, str(document.value(path)), root=self.root)
        file = _File(place.name, place.location)
        message = place.refusal or self.refusal(file, chain)
        if message:
            self.problems.append(document.problem(path, message))
            return None
        return self.layer(file, chain)

    def refusal(self, file: _File, chain: tuple[_File, ...]) -> str | None:
        identities = [link.identity for link in chain]
        if file.identity in identities:
            circle = [link.name for link in chain[identities.index(file.identity) :]]
            return "files name each other in a circle: " + " -> ".join([*circle, circle[0]])
        if len(chain) >= NESTING_MAX:
            return f"more than {NESTING_MAX} files name one another in a row"
        if len(self.documents) >= FILES_MAX and file.identity not in self.documents:
            return f"more than {FILES_MAX} files make up this one"
        return None


def merge(lower: _Layer, upper: _Layer) -> _Layer:
    """Return two layers as one: mappings merged, anything else taken from the upper one."""
    data, items = dict(lower[0]), dict(lower[1].items)
    for key, value in upper[0].items():
        node = upper[1].items[key]
        if isinstance(value, dict) and isinstance(data.get(key), dict):
            value, node = merge((data[key], items[key]), (value, node))
        data[key], items[key] = value, node
    return data, upper[1]._replace(items=items)


@dataclass(frozen=True, slots=True)
class Place:
    """A file that another one names: as people would write it, and where it lies.

    `refusal` says why it cannot be read, and is empty otherwise.
    """

    name: str
    location: Path
    refusal: str = ""


def place_beside(file: str, name: str, *, root: Path | None = None) -> Place:
    """Return the place of a file that `file` names by a relative path, inside a folder if one is given."""
    folder = posixpath.dirname(file.replace(os.sep, "/"))
    beside, location = posixpath.normpath(posixpath.join(folder, name)), Path(file).parent / name
    refusal = ""
    if _NOT_RELATIVE.match(name):
        refusal = f"'{name}' is not a relative path with '/' between its parts; name a file beside this one"
    elif root is not None and not location.resolve().is_relative_to(root.resolve()):
        refusal = f"'{name}' leads out of the folder that may be read"
    elif location.is_dir():
        refusal = f"'{name}' is a folder; name a file"
    elif not location.exists():
        refusal = f"no such file '{name}'{similar_file(location)}"
    return Place(beside, location, refusal)
