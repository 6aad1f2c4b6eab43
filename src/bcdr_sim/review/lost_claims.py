"""Lost claims: what scenarios and policy tests of before claimed, and those of a change claim no more, or of another world.

What is compared is what a file comes to, with all files that it is made of. A part that several scenarios share is told for
each of them, at its own line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bcdr_sim.analysis import KINDS, Finding
from bcdr_sim.errors import Problem
from bcdr_sim.loading import DataPath, Document
from bcdr_sim.review.composition import changed_parts, composed, first_difference, place_from_top
from bcdr_sim.review.loosening import CODE, Loosened, guard
from bcdr_sim.review.settings import Settings
from bcdr_sim.review.trees import matching
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.testing import is_policy_test, read_policy_test
from bcdr_sim.testing.policy_tests import Case

_NO_WORLD = frozenset({"name", "description", "policy", "expect"})
"""Keys of a scenario that say nothing of what happens."""


def claims_gone(before: Path, after: Path, settings: Settings) -> Iterator[Finding]:
    """Yield the files, cases and expectations of before that the change leaves out.

    Raises:
        InputError: a file has faults.
    """
    patterns = (*settings.scenarios, *settings.tests)
    news = frozenset(matching(after, patterns))
    for path in matching(before, patterns):
        if path not in news:
            yield guard(path, f"{path} is gone, with what it claims")
        elif parts := changed_parts(before, after, path):
            changed = _Changed(before, after, path, composed(after, path), parts)
            yield from map(changed.finding, changed.lost())


@dataclass(frozen=True, slots=True)
class _Changed:
    """A file of both trees of which some part is another one; `document` is what it comes to now."""

    before: Path
    after: Path
    path: str
    document: Document
    parts: tuple[str, ...]

    def finding(self, each: Loosened) -> Finding:
        """A lost claim at its place, with every other part that was changed, so that an approval is of all of them."""
        place = place_from_top(self.after, self.document.problem(each.path or (), each.message, at_key=True))
        message = each.message if place.file == self.path else f"{self.path}: {each.message}"
        place = replace(place, message=message, path="", level=KINDS[CODE].severity.value, code=CODE)
        others = (part for part in self.parts if part != place.file)
        related = tuple(
            Problem(part, 0, 0, 0, f"a part of {self.path} that {_became(self.after / part)}")
            for part in others
        )
        return Finding(KINDS[CODE], place, invariant=each.name, related=related)

    def lost(self) -> Iterator[Loosened]:
        """What is claimed no more."""
        if self._choice(self.before) != self._choice(self.after):
            message = "its claims are about another policy, or other values of its parameters"
            yield Loosened("", message, ("policy",))
        yield from self._cases() if is_policy_test(self.path) else self._expectations()

    def _choice(self, tree: Path) -> object:
        """Which policy a scenario or a policy test is about, with which parameters."""
        if is_policy_test(self.path):
            return composed(tree, self.path).data.get("policy")
        return load_scenario(tree / self.path, root=tree).policy

    def _cases(self) -> Iterator[Loosened]:
        old, new = (read_policy_test(tree / self.path, name=self.path) for tree in (self.before, self.after))
        left = {case.name: (place, case) for place, case in enumerate(new.cases)}
        for case in old.cases:
            place, now = left.get(case.name, (-1, None))
            if now is None:
                yield Loosened(case.name, f"case '{case.name}' is gone", ("cases",))
            elif not _claims_as_much(case, now):
                way: DataPath = ("cases", place, "name")
                yield Loosened(case.name, f"case '{case.name}' claims something else", way)

    def _expectations(self) -> Iterator[Loosened]:
        old, new = (load_scenario(tree / self.path, root=tree) for tree in (self.before, self.after))
        lost = sum(expectation not in new.expect for expectation in old.expect)
        if lost:
            message = f"{lost} of the expectations are gone or say something else"
            yield Loosened("", message, ("expect",))
        one, other = _world(old), _world(new)
        if one != other:
            keys = tuple(key for key in one if one[key] != other[key])
            message = (
                "it is another world now: what a policy does in the world of before is not looked at any more"
            )
            yield Loosened(
                "", message, first_difference(composed(self.before, self.path), self.document, keys)
            )


def _became(place: Path) -> str:
    return "is another one now" if place.is_file() else "is gone"


def _world(scenario: Scenario) -> dict[str, object]:
    """What happens in a scenario, whoever decides and whatever is expected of it."""
    return scenario.model_dump(exclude=set(_NO_WORLD))


def _claims_as_much(old: Case, new: Case) -> bool:
    """Whether whatever meets the new case meets the old one."""
    return (
        new.observation == old.observation
        and new.actions <= old.actions
        and old.reason in (None, new.reason)
        and old.rule in (None, new.rule)
        and old.never_by in (None, new.never_by)
    )
