"""`Comparison`: runs of the same worlds, the first of them the base, as tables, verdicts and worlds to look at."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.errors import InputError, Problem
from bcdr_sim.experiment.contrast import PRIMARY, Contrast, Word, contrast
from bcdr_sim.experiment.folder import frame_paths
from bcdr_sim.experiment.margins import Given, Margins, read_margins
from bcdr_sim.experiment.reading import read_touched
from bcdr_sim.experiment.side import Group, Side, chosen_worlds, groups_of, measure_named

if TYPE_CHECKING:
    from pandas import DataFrame

    from bcdr_sim.experiment.runs import Runs
    from bcdr_sim.experiment.together import PairedLook

FRAME = "environments"
_WORST_FIRST: tuple[Word, ...] = ("worse", "inconclusive", "better", "within margin", "nothing ran")


@dataclass(frozen=True, repr=False)
class Comparison:
    """Runs of the same worlds, the base first, and one contrast for each of the others.

    `has_groups` says whether tiers and environments could be told apart; `look` is the last one of a comparison that was
    played until a precision.
    """

    runs: tuple[Runs, ...]
    labels: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    margins: Margins
    primary: str
    metrics: tuple[str, ...]
    level: float
    has_groups: bool
    look: PairedLook | None = None

    def __len__(self) -> int:
        """How many worlds were compared."""
        return self.contrasts[0].n

    @property
    def word(self) -> Word:
        """What it comes to, of several candidates the worst."""
        found = {each.word for each in self.contrasts}
        return next(word for word in _WORST_FIRST if word in found)

    def differences(self) -> DataFrame:
        """One row per pair of policies, group and metric; columns as in docs/reference/frames.md."""
        import pandas as pd

        rows = [
            {
                "metric": each.measure.name,
                "unit": each.measure.unit,
                "group": each.group.label,
                "kind": each.group.kind,
                "policy_a": found.base,
                "policy_b": found.candidate,
                "pairs": found.n,
                "mean_a": each.base,
                "mean_b": each.candidate,
                "mean_difference": each.difference.value,
                "ci_low": each.difference.low,
                "ci_high": each.difference.high,
                "margin": each.margin,
                "equal_pairs": each.equal_count,
                "variance_ratio": each.variance_ratio,
                "n_censored": each.difference.censored_count,
                "newly_breaching": _newly(found, each.group),
                "primary": each.is_primary,
                "verdict": None if each.change is None else each.change.value,
            }
            for found in self.contrasts
            for each in found.differences
        ]
        table = pd.DataFrame(rows)
        names = ("metric", "unit", "group", "kind", "policy_a", "policy_b", "verdict")
        counts = ("pairs", "equal_pairs", "n_censored", "newly_breaching")
        floats = ("mean_a", "mean_b", "mean_difference", "ci_low", "ci_high", "margin", "variance_ratio")
        types = (
            dict.fromkeys(names, "category")
            | dict.fromkeys(counts, "Int64")
            | dict.fromkeys(floats, "Float64")
        )
        return table.astype(types)

    def breaching(self) -> DataFrame:
        """One row per candidate and environment that breaches an objective in a world in which the base does not."""
        import pandas as pd

        rows = [
            {
                "policy_a": found.base,
                "policy_b": found.candidate,
                "environment": each.environment,
                "tier": each.tier,
                "newly": each.newly_count,
                "no_longer": each.no_longer_count,
                "breached_a": each.base_count,
                "is_new": each.is_new,
                "p_value": each.p_value,
                "replications": list(each.replications),
            }
            for found in self.contrasts
            for each in found.breaching
        ]
        names = ["policy_a", "policy_b", "environment", "tier", "newly", "no_longer", "breached_a", "is_new"]
        table = pd.DataFrame(rows, columns=[*names, "p_value", "replications"])
        types = dict.fromkeys(("policy_a", "policy_b", "environment"), "category")
        counts = dict.fromkeys(("tier", "newly", "no_longer", "breached_a"), "Int64")
        return table.astype({**types, **counts, "is_new": "bool", "p_value": "Float64"})

    def worlds(self, metric: str | None = None) -> DataFrame:
        """One row per world: its replication and a metric of the fleet under each policy, a column each."""
        import pandas as pd

        measure, fleet = measure_named(metric or self.primary), Group("fleet", "", 0)
        replications = same_replications(self.runs)
        columns: dict[str, NDArray[np.int64] | NDArray[np.float64]] = {"replication": replications}
        for label, runs in zip(self.labels, self.runs, strict=True):
            side = Side(label, "", chosen_worlds(runs.rows, replications))
            columns[label] = side.by_world(measure, fleet)
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        """What was compared and what it comes to, in one line."""
        against = ", ".join(self.labels[1:])
        name = self.runs[0].scenario.name
        return f"<Comparison of '{name}': {against} against {self.labels[0]} in {len(self):,} worlds: {self.word}>"

    def _repr_html_(self) -> str:
        from bcdr_sim.experiment.compared_page import html

        return html(self)


def compare_runs(
    runs: Sequence[Runs],
    *,
    margin: Given = None,
    metrics: Sequence[str] = (),
    level: float = 0.95,
    labels: Sequence[str] = (),
    look: PairedLook | None = None,
) -> Comparison:
    """Compare runs of the same worlds, the first of which is the base, in the replications that all of them have.

    `metrics` are judged, the first of them primary; all are, and down time is primary, unless said. Tiers and environments
    are told apart where all runs kept their environments.

    Raises:
        InputError: runs of other scenarios or seeds, or without a world in common; a folder whose shards are not whole.
        ValueError: fewer than two runs, no such metric, or a margin that is none.
    """
    if len(runs) < 2:
        raise ValueError(f"a comparison needs two runs or more, not {len(runs)}")
    chosen = tuple(measure_named(name).name for name in metrics)
    primary = chosen[0] if chosen else PRIMARY
    margins = read_margins(margin, primary=primary)
    check_same_worlds(runs)
    replications = same_replications(runs)
    named = tuple(labels) or distinct([each.case.label for each in runs])
    has_groups = all(each.keeps(FRAME) for each in runs)
    sides = [
        _side(each, label, replications=replications, has_groups=has_groups)
        for each, label in zip(runs, named, strict=True)
    ]
    groups = list(groups_of(runs[0].case.ready().estate))
    found = tuple(
        contrast(sides[0], side, groups=groups, margins=margins, metrics=chosen, level=level)
        for side in sides[1:]
    )
    return Comparison(tuple(runs), named, found, margins, primary, chosen, level, has_groups, look)


def check_same_worlds(runs: Sequence[Runs]) -> None:
    """Raises InputError unless all runs are of one scenario and one seed, so that world i is the same in each."""
    first = runs[0]
    for other in runs[1:]:
        what = shlex.quote(str(other.folder)) if other.folder is not None else other.case.label
        if other.case.scenario_digest != first.case.scenario_digest:
            names = f"'{other.scenario.name}' ({other.case.scenario_digest[:12]})"
            wanted = f"'{first.scenario.name}' ({first.case.scenario_digest[:12]})"
            raise _refusal(
                what, f"is a run of another scenario: {names}, not {wanted}; its worlds are other worlds"
            )
        if other.seed != first.seed:
            raise _refusal(what, f"has seed {other.seed}, not {first.seed}; its worlds are other worlds")


def same_replications(runs: Sequence[Runs]) -> NDArray[np.int64]:
    """The replications that all runs have, rising."""
    common: NDArray[np.int64] = runs[0].rows["replication"]
    for other in runs[1:]:
        common = np.intersect1d(common, other.rows["replication"], assume_unique=True)
    return common


def distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels of which none is like another: the second of the same name gets `(2)`."""
    found: list[str] = []
    for label in labels:
        number, free = 1, label
        while free in found:
            number += 1
            free = f"{label} ({number})"
        found.append(free)
    return tuple(found)


def _side(runs: Runs, label: str, *, replications: NDArray[np.int64], has_groups: bool) -> Side:
    touched = None
    if has_groups and runs.folder is not None:
        paths = frame_paths(runs.folder, FRAME, replications)
        touched = read_touched(paths, runs.case.ready().estate, replications)
    worlds = chosen_worlds(runs.rows, replications)
    return Side(label, runs.case.policy_digest, worlds, touched)


def _newly(found: Contrast, group: Group) -> int:
    """How many environments of a group breach in a world in which the base does not."""
    inside = {
        "fleet": lambda each: True,
        "tier": lambda each: each.tier == group.number,
        "environment": lambda each: each.environment == group.name,
    }[group.kind]
    return sum(map(inside, found.breaching))


def _refusal(what: str, message: str) -> InputError:
    return InputError([Problem(what, 0, 0, 0, message)])
