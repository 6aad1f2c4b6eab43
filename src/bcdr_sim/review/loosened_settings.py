"""Settings that look at less, or take less for grave, than those of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bcdr_sim.analysis import KINDS, Severity
from bcdr_sim.review.settings import FILE, Settings, settings_of
from bcdr_sim.review.trees import matching


def loosened_settings(before: Path, after: Path) -> Iterator[str]:
    """Yield in what way the settings of a change guard less than those of before.

    Raises:
        InputError: the new settings have faults.
    """
    old, new = settings_of(before), settings_of(after)
    if (before / FILE).is_file() and not (after / FILE).is_file():
        yield f"{FILE} is gone"
    for kind in ("policies", "scenarios", "tests", "invariants"):
        seen = set(matching(after, getattr(new, kind)))
        missed = [path for path in matching(after, getattr(old, kind)) if path not in seen]
        if missed:
            rest = f" and {len(missed) - 3} more" if len(missed) > 3 else ""
            yield f"'{kind}' no longer looks at {', '.join(missed[:3])}{rest}"
    if added := [name for name in new.python_policies if name not in old.python_policies]:
        yield f"'python_policies' lets code run: {', '.join(added[:3])}"
    order = list(Severity)
    for code in sorted({*old.severities, *new.severities}):
        was, now = _severity(old, code), _severity(new, code)
        if order.index(now) > order.index(was):
            yield f"{code} ({KINDS[code].name}) is {now.value}, before {was.value}"


def _severity(settings: Settings, code: str) -> Severity:
    return Severity(settings.severities.get(code, KINDS[code].severity.value))
