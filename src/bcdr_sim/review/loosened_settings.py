"""Settings that look at less, or take less for grave, than those of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bcdr_sim.analysis import KINDS, Finding, Severity
from bcdr_sim.loading import read
from bcdr_sim.review.loosening import Loosened, guard, placed_guard
from bcdr_sim.review.settings import FILE, Settings, settings_of
from bcdr_sim.review.trees import is_plain, matching


def loosened_settings(before: Path, after: Path) -> Iterator[Finding]:
    """Yield in what way the settings of a change guard less than those of before, each at its line.

    Raises:
        InputError: the new settings have faults.
    """
    old, new = settings_of(before), settings_of(after)
    document = read(after / FILE, name=FILE) if is_plain(after, FILE) else None
    if (before / FILE).is_file() and document is None:
        yield guard(FILE, f"{FILE} is gone")
    for each in _loosened(old, new, after):
        yield placed_guard(FILE, each, document)


def _loosened(old: Settings, new: Settings, after: Path) -> Iterator[Loosened]:
    for kind in ("policies", "scenarios", "tests", "invariants"):
        seen = set(matching(after, getattr(new, kind)))
        missed = [path for path in matching(after, getattr(old, kind)) if path not in seen]
        if missed:
            rest = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
            yield Loosened("", f"'{kind}' no longer looks at {', '.join(missed[:3])}{rest}", (kind,))
    if added := [name for name in new.python_policies if name not in old.python_policies]:
        message = f"'python_policies' lets code run: {', '.join(added[:3])}"
        yield Loosened("", message, ("python_policies",))
    order = list(Severity)
    for code in sorted({*old.severities, *new.severities}):
        was, now = _severity(old, code), _severity(new, code)
        if order.index(now) > order.index(was):
            message = f"{code} ({KINDS[code].name}) is {now.value}, before {was.value}"
            yield Loosened("", message, ("severities", code))


def _severity(settings: Settings, code: str) -> Severity:
    return Severity(settings.severities.get(code, KINDS[code].severity.value))
