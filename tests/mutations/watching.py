"""Which test runs which line of the package, and how long it takes: one run of the tests of an area, unchanged.

`python -m mutations.watching AREA FILE` writes it as JSON. A test that is red by itself stands there too: it proves nothing.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage
import pytest

from mutations.areas import modules_of, tests_of
from mutations.bugs import PACKAGE, TESTS

OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0")
"""Of every run: nothing is written, and no clock ends a test."""


@dataclass(slots=True)
class Watch:
    """A plugin of pytest: tells coverage which test runs, and keeps how long each took and which were red."""

    measured: coverage.Coverage
    seconds: dict[str, float] = field(default_factory=dict)
    red: list[str] = field(default_factory=list)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.measured.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = round(self.seconds.get(report.nodeid, 0.0) + report.duration, 3)
        if report.failed:
            self.red.append(report.nodeid)


def main(area: str, out: Path) -> int:
    """Run the tests of an area and write who runs what."""
    measured = coverage.Coverage(data_file=None, config_file=False, include=[f"{PACKAGE / area}/*"])
    measured.start()
    watch = Watch(measured)
    pytest.main([*OPTIONS, *(str(TESTS / name) for name in tests_of(area))], plugins=[watch])
    measured.stop()
    out.write_text(json.dumps(_told(area, watch), indent=0) + "\n", encoding="utf-8")
    return 0


def _told(area: str, watch: Watch) -> dict[str, Any]:
    data = watch.measured.get_data()
    names = sorted(watch.seconds)
    number = {name: place for place, name in enumerate(names)}
    lines: dict[str, dict[int, list[int]]] = {}
    for path in modules_of(area):
        by_line: dict[int, list[int]] = defaultdict(list)
        for line, contexts in sorted(data.contexts_by_lineno(str(path)).items()):
            by_line[line] = sorted(number[each] for each in contexts if each in number)
        lines[path.relative_to(PACKAGE).as_posix()] = dict(by_line)
    return {
        "tests": names,
        "seconds": [watch.seconds[name] for name in names],
        "red": watch.red,
        "lines": lines,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
