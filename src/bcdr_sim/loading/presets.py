"""Presets: parts of a scenario that come with the program, each with what it rests on and what it is not valid for.

`extends: presets/NAME` inside an outage, the provider or a distribution puts the values of a preset below it; at the top of
a file it stands for every outage of the file, or for its provider. What the file says itself wins: mappings merge, but a
distribution is taken whole, and of keys that exclude each other (how long it holds, when it comes) those of the file alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bcdr_sim.errors import Problem, near_miss
from bcdr_sim.loading.document import DataPath, Document, Node, raise_all, there_are
from bcdr_sim.loading.reading import read

PREFIX = "presets/"
OUTAGE, PROVIDER, DURATION = "outage", "provider", "duration"

_EXCLUSIVE = (frozenset({"lasts", "recovery", "crews"}), frozenset({"at", "every", "arrivals", "trace"}))
"""Keys of which an outage has one."""
_FAMILIES = frozenset(
    {
        "fixed",
        "exponential",
        "uniform",
        "triangular",
        "lognormal",
        "weibull",
        "gamma",
        "empirical",
        "trace",
        "mixture",
        "recorded",
    }
)
"""Keys that make a mapping a distribution."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Values with their provenance. `of` says what part they are: an outage, the provider, or a duration."""

    name: str
    of: str
    title: str
    n: int
    source: str
    not_valid_for: str
    document: Document


class Layer(NamedTuple):
    """Data with their places."""

    data: dict[str, Any]
    node: Node


class Named(NamedTuple):
    """A file that extends a preset as a whole, where it says so, and the name."""

    document: Document
    path: DataPath
    name: str


@cache
def presets() -> dict[str, Preset]:
    """The presets by name, in the order of their names."""
    folder = files("bcdr_sim.loading") / "preset_files"
    found = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name
    )
    return {preset.name: preset for preset in map(_preset, found)}


def _preset(file: Any) -> Preset:
    name = file.name.removesuffix(".yaml")
    document = read(file.name, text=file.read_text(encoding="utf-8"), name=f"{PREFIX}{name}")
    data = document.data
    return Preset(
        name=name,
        of=data["of"],
        title=data["title"],
        n=data["n"],
        source=data["source"],
        not_valid_for=data["not_valid_for"],
        document=document,
    )


def is_preset(name: Any) -> bool:
    """Whether a value of `extends` means a preset: `presets/` and a name, without the ending of a file."""
    return isinstance(name, str) and name.startswith(PREFIX) and not name.endswith((".yaml", ".yml"))


def with_presets(document: Document, top: Sequence[Named]) -> tuple[Layer, list[Preset]]:
    """A document with the presets that it names put in, inside it and, from `top`, below all of it; and which they were.

    Raises:
        InputError: there is no such preset, or it is one of another part.
    """
    weaving = _Weaving(document, [], [])
    data, node = weaving.woven(document.data, document.root, ())
    for named in reversed(top):  # the later wins, so it is put below before the earlier
        preset = weaving.named(named)
        if preset is not None:
            data, node = weaving.below_all(Layer(data, node), preset, named)
    raise_all(weaving.problems)
    return _signed(Layer(data, node), weaving.used), weaving.used


def _signed(layer: Layer, used: Sequence[Preset]) -> Layer:
    """A document that says under `presets` which ones it holds."""
    names = list(dict.fromkeys(preset.name for preset in used))
    said = layer.data.get("presets", [])
    if not names or not isinstance(said, list):
        return layer
    names = list(dict.fromkeys([*said, *names]))
    place = Node(layer.node.mark, None, {})
    node = place._replace(items=dict.fromkeys(range(len(names)), place))
    return Layer(
        {**layer.data, "presets": names}, layer.node._replace(items={**layer.node.items, "presets": node})
    )


def caveats(names: Iterable[str]) -> Iterator[str]:
    """What a result that rests on these presets has to say, a sentence or two for each; unknown names say nothing."""
    known = presets()
    for name in names:
        if name in known:
            preset = known[name]
            yield (
                f"Rests on {PREFIX}{name}: {preset.title[0].lower()}{preset.title[1:]}, from {preset.n:,} values. "
                f"Not valid for {preset.not_valid_for}"
            )


@dataclass(slots=True)
class _Weaving:
    """One document while presets are put below its parts."""

    document: Document
    problems: list[Problem]
    used: list[Preset]

    def woven(self, data: Any, node: Node, path: DataPath) -> tuple[Any, Node]:
        """A value with all presets in it; below the top level `extends` is always one."""
        if isinstance(data, dict):
            kept, items = {}, {}
            for key, value in data.items():
                inside = node.items[key]
                if key == "extends" and path:
                    continue
                kept[key], items[key] = self.woven(value, inside, (*path, key))
            node = node._replace(items=items)
            if path and "extends" in data:
                named = Named(self.document, (*path, "extends"), data["extends"])
                return self.extended(kept, node, named)
            return kept, node
        if isinstance(data, list):
            pairs = [self.woven(value, node.items[place], (*path, place)) for place, value in enumerate(data)]
            values = [value for value, _ in pairs]
            return values, node._replace(items={place: inside for place, (_, inside) in enumerate(pairs)})
        return data, node

    def extended(self, data: dict[str, Any], node: Node, named: Named) -> tuple[Any, Node]:
        """A part of the document on top of the preset that it names."""
        preset = self.named(named)
        if preset is None:
            return data, node
        if preset.of != (part := _part_at(named.path[:-1])):
            self.refuse(named, f"{PREFIX}{preset.name} is a preset of {_a(preset.of)}, not of {_a(part)}")
            return data, node
        return _below(data, node, preset)

    def refuse(self, named: Named, message: str) -> None:
        """Report what is wrong with a name."""
        self.problems.append(named.document.problem(named.path, message))

    def below_all(self, layer: Layer, preset: Preset, named: Named) -> tuple[Any, Node]:
        """A preset at the top of a file: below every outage, or below the provider."""
        data, node = layer
        if preset.of == PROVIDER:
            own = data.get(PROVIDER, {})
            inside = node.items.get(PROVIDER, preset.document.root.items["values"]._replace(items={}))
            if not isinstance(own, dict):
                return data, node
            merged, place = _below(own, inside, preset)
            return {**data, PROVIDER: merged}, node._replace(items={**node.items, PROVIDER: place})
        outages = data.get("outages")
        if preset.of != OUTAGE or not isinstance(outages, list):
            what = "the file has no outages" if preset.of == OUTAGE else "write it where the duration stands"
            self.refuse(named, f"{PREFIX}{preset.name} is a preset of {_a(preset.of)}; {what}")
            return data, node
        there = node.items["outages"]
        pairs = [
            _below(own, there.items[place], preset) if isinstance(own, dict) else (own, there.items[place])
            for place, own in enumerate(outages)
        ]
        there = there._replace(items={place: inside for place, (_, inside) in enumerate(pairs)})
        return (
            {**data, "outages": [own for own, _ in pairs]},
            node._replace(items={**node.items, "outages": there}),
        )

    def named(self, named: Named) -> Preset | None:
        """The preset of that name; None after reporting that there is none."""
        known = presets()
        short = str(named.name).removeprefix(PREFIX)
        if is_preset(named.name) and short in known:
            self.used.append(known[short])
            return known[short]
        likely = near_miss(short, known)
        options = {f"{PREFIX}{each}": None for each in known}
        hint = f"did you mean '{PREFIX}{likely}'?" if likely else there_are(options)
        self.refuse(named, f"no preset '{named.name}'; {hint}")
        return None


def _below(data: dict[str, Any], node: Node, preset: Preset) -> tuple[dict[str, Any], Node]:
    """The values of a preset with a mapping on top."""
    values = preset.document.data["values"]
    places = preset.document.root.items["values"]
    if preset.of == DURATION and _FAMILIES & data.keys():
        return data, node
    ruled_out = (
        {key for group in _EXCLUSIVE if group & data.keys() for key in group}
        if preset.of == OUTAGE
        else set()
    )
    left = {key: value for key, value in values.items() if key not in ruled_out}
    return _merged(Layer(left, places), Layer(data, node))


def _merged(lower: Layer, upper: Layer) -> tuple[dict[str, Any], Node]:
    """Mappings merge, but a distribution of the upper one is taken whole."""
    data = dict(lower.data)
    items: dict[str | int, Node] = {key: lower.node.items[key] for key in lower.data}
    for key, value in upper.data.items():
        node = upper.node.items[key]
        below = data.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and not _FAMILIES & value.keys():
            value, node = _merged(Layer(below, items[key]), Layer(value, node))
        data[key], items[key] = value, node
    return data, upper.node._replace(items=items)


def _part_at(path: DataPath) -> str:
    if len(path) == 2 and path[0] == "outages":
        return OUTAGE
    return PROVIDER if path == (PROVIDER,) else DURATION


def _a(part: str) -> str:
    return {OUTAGE: "an outage", PROVIDER: "the provider", DURATION: "a duration"}[part]


def described() -> Iterator[Preset]:
    """The presets in the order in which they are documented: outages, the provider, durations."""
    for part in (OUTAGE, PROVIDER, DURATION):
        yield from (preset for preset in presets().values() if preset.of == part)
