"""Laws of the page of assumptions: it states the defaults the program has, and misses none of them."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pytest
import yaml
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.model import Model
from rewrite_docs import ROOT

ROW = re.compile(r"\| `(?P<key>[a-z_.*]+)` \| `(?P<default>[^`]+)` \|.*")
PAGE = (ROOT / "docs" / "assumptions.md").read_text(encoding="utf-8").splitlines()
STATED = {row["key"]: row["default"] for row in map(ROW.fullmatch, PAGE) if row}


def models(annotation: Any) -> Iterator[type[Model]]:
    """The models an annotation can hold, however deep in unions and collections."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def assumptions() -> dict[str, FieldInfo]:
    """The fields whose description calls their default an assumption, by their shortest key in a scenario file."""
    found: dict[str, FieldInfo] = {}
    met: set[type[Model]] = set()
    waiting: list[tuple[str, type[Model]]] = [("", Scenario)]
    for path, model in waiting:  # grows while it is walked: the nearest models come first
        if model in met:
            continue
        met.add(model)
        for name, field in model.model_fields.items():
            many = ".*" if get_origin(field.annotation) in (list, dict) else ""
            key = f"{path}{field.alias or name}{many}"
            if "ssumption" in (field.description or "") and not field.is_required():
                found[key] = field
            waiting += [(f"{key}.", inner) for inner in models(field.annotation)]
    return found


ASSUMED = assumptions()


@pytest.mark.parametrize("key", STATED)
def test_the_page_states_the_default_of_the_program(key: str) -> None:
    """Read as a scenario file would be, the default on the page is the default of the model."""
    field = ASSUMED[key]
    kind: Any = Annotated[field.annotation, "as in a file", *field.metadata]
    stated = TypeAdapter(kind).validate_python(yaml.safe_load(STATED[key]))
    assert stated == field.get_default(call_default_factory=True)


def test_the_page_misses_no_assumption() -> None:
    """A default that is called an assumption where it is defined has its row."""
    unstated_here = {"region_table"}  # a choice, not a default
    assert sorted(ASSUMED.keys() - unstated_here) == sorted(STATED)
