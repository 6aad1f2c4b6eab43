"""`Runs`: many worlds of one scenario under one policy, as tables, statistics, and any single world again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bcdr_sim.engine import simulate
from bcdr_sim.experiment.case import Case
from bcdr_sim.experiment.collected import content_digest
from bcdr_sim.experiment.conclusion import RunsVerdict, conclude_worlds
from bcdr_sim.experiment.folder import read_manifest, shards_of
from bcdr_sim.experiment.metric import metric_named, metric_values
from bcdr_sim.experiment.playing import NONE_IN
from bcdr_sim.experiment.reading import read_frame
from bcdr_sim.experiment.summarising import Chance, MetricLine, chances, metric_lines
from bcdr_sim.experiment.worlds import Worlds, world_of
from bcdr_sim.freezing import freeze
from bcdr_sim.metrics import measure
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.statistics.stopping import Look
from bcdr_sim.timeline import Timeline
from bcdr_sim.timeline.columns import Numbers
from bcdr_sim.timeline.frames import frame
from bcdr_sim.trial import Trial, resolve
from bcdr_sim.verdict import judge

if TYPE_CHECKING:
    from pandas import DataFrame

    from bcdr_sim.experiment.comparison import Comparison
    from bcdr_sim.experiment.margins import Given


@dataclass(frozen=True, slots=True)
class ScenarioText:
    """A scenario file as text."""

    text: str

    def save(self, path: str | Path) -> None:
        """Write it to a file; one that exists is replaced."""
        Path(path).write_text(self.text, encoding="utf-8", newline="\n")

    def __str__(self) -> str:
        """The text."""
        return self.text


@dataclass(frozen=True, repr=False)
class Runs:
    """Many worlds. `rows` are the columns per world by name; `folder` holds the frames, None if they were not kept."""

    case: Case
    seed: int
    rows: Worlds
    folder: Path | None = None
    look: Look | None = None
    keeper: object = field(default=None, compare=False)
    """Whatever must live as long as the folder does."""

    def __len__(self) -> int:
        """How many worlds."""
        return len(self.rows["replication"])

    @property
    def scenario(self) -> Scenario:
        """The scenario that was played."""
        return self.case.ready().scenario

    @cached_property
    def digest(self) -> str:
        """Of all worlds: equal for any number of workers, any chunks, after kills and resumptions."""
        return content_digest(self.rows)

    def worlds(self) -> DataFrame:
        """One row per world; columns as in docs/reference/frames.md."""
        columns = {
            name: Numbers(
                values.astype(np.int64), values >= 0 if name in NONE_IN else np.full(len(self), True)
            )
            if values.dtype.kind in "iu"
            else values.astype("U")
            if values.dtype.kind == "S"
            else values
            for name, values in self.rows.items()
        }
        return frame(columns)

    def incidents(self) -> DataFrame:
        """One row per incident of every world. Raises ValueError if the run did not keep them."""
        return self._stored("incidents")

    def ledger(self) -> DataFrame:
        """One row per incident, phase and reason of every world. Raises ValueError if the run did not keep them."""
        return self._stored("ledger")

    def environments(self) -> DataFrame:
        """One row per environment and world to which something happened. Raises ValueError if the run did not keep them."""
        return self._stored("environments")

    def events(self, replications: Iterable[int] = (0,)) -> DataFrame:
        """One row per event of these worlds, which are played again."""
        import pandas as pd

        return pd.concat([self.timeline(each).events() for each in replications], ignore_index=True)

    def summary(self) -> DataFrame:
        """One row per metric: n, censored and unbounded counts, mean with its interval, quantiles."""
        import pandas as pd

        rows = []
        for line in self.lines():
            row: dict[str, object] = {"metric": line.name, "group": "fleet", "n": line.mean.n}
            row |= {"n_censored": line.mean.censored_count, "n_unbounded": line.mean.unbounded_count}
            row |= {"mean": line.mean.value, "ci_low": line.mean.low, "ci_high": line.mean.high}
            row |= {f"p{q * 100:g}": found.value for q, found in line.quantiles.items()}
            for q, found in line.quantiles.items():
                row |= {f"p{q * 100:g}_low": found.low, f"p{q * 100:g}_high": found.high}
            rows.append(row)
        table = pd.DataFrame(rows)
        counts = ["n", "n_censored", "n_unbounded"]
        types = {name: "Int64" if name in counts else "Float64" for name in table.columns[2:]}
        return table.astype({"metric": "category", "group": "category", **types})

    def probabilities(self) -> DataFrame:
        """One row per event of interest: in how many worlds of n, open ones, probability with its interval."""
        import pandas as pd

        rows = [
            {
                "event": chance.name,
                "n": chance.estimate.n,
                "count": chance.count,
                "n_open": chance.open_count,
                "probability": chance.estimate.value,
                "ci_low": chance.estimate.low,
                "ci_high": chance.estimate.high,
            }
            for chance in self.chances()
        ]
        types = dict.fromkeys(("n", "count", "n_open"), "Int64") | dict.fromkeys(
            ("probability", "ci_low", "ci_high"), "Float64"
        )
        return pd.DataFrame(rows).astype({"event": "category", **types})

    def lines(self, *, level: float = 0.95) -> list[MetricLine]:
        """Every metric with its estimates."""
        return metric_lines(self.rows, level=level)

    def chances(self, *, level: float = 0.95) -> list[Chance]:
        """Everything that is asked as a probability."""
        return chances(self.rows, self.scenario, level=level)

    def conclude(self, *, at_least: float | None = None) -> RunsVerdict:
        """What all of it comes to; `at_least` is the share of worlds that must be good."""
        count = len(self.scenario.expect)
        return conclude_worlds(self.rows, expectation_count=count, at_least=at_least)

    def values(self, metric: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """One value per world of a metric; 0 where nothing happened, `inf` where it has no bound. Raises ValueError."""
        return metric_values(metric_named(metric).name, self.rows)

    def worst(self, count: int, *, by: str = "rta_ms_max") -> list[int]:
        """The replications with the largest values of a metric, largest first; of equals the lower number first."""
        order = np.lexsort((self.rows["replication"], -self.values(by)))
        return [int(each) for each in self.rows["replication"][order[:count]]]

    def trial(self, replication: int) -> Trial:
        """One world again. Raises ValueError for a replication that is not one of these."""
        self._place(replication)
        ready = self.case.ready()
        return resolve(ready.scenario, seed=self.seed, replication=replication, estate=ready.estate)

    def timeline(self, replication: int) -> Timeline:
        """What happened in one of these worlds, event for event.

        Raises:
            ValueError: it is not one of these.
            ModelError: it does not come out as it did before.
        """
        from bcdr_sim.errors import ModelError

        place = self._place(replication)
        timeline = simulate(self.trial(replication), self.case.ready().policy)
        metrics = measure(timeline)
        row = world_of(metrics, judge(metrics, self.scenario))
        if row["digest"] != self.rows["digest"][place]:
            raise ModelError(f"replication {replication} does not come out as it did when it was stored")
        return timeline

    def freeze(self, *, replication: int) -> ScenarioText:
        """One of these worlds as a scenario without distributions. Raises ValueError."""
        return ScenarioText(freeze(self.trial(replication), self.case.ready().policy))

    def compare(
        self, *others: Runs, margin: Given = None, metrics: Sequence[str] = (), level: float = 0.95
    ) -> Comparison:
        """Compare other runs of the same worlds with this one; arguments and errors are those of `compare_runs`."""
        from bcdr_sim.experiment.comparison import compare_runs

        return compare_runs((self, *others), margin=margin, metrics=metrics, level=level)

    def keeps(self, frame: str) -> bool:
        """Whether the folder of this run holds a frame."""
        return self.folder is not None and frame in read_manifest(self.folder)["frames"]

    def _place(self, replication: int) -> int:
        place = int(np.searchsorted(self.rows["replication"], replication))
        if place == len(self) or self.rows["replication"][place] != replication:
            raise ValueError(f"no replication {replication} in this run of {len(self):,} worlds")
        return place

    def _stored(self, name: str) -> DataFrame:
        if self.folder is None:
            raise ValueError(f"the {name} were not kept; run with frames=('{name}',)")
        manifest, last = read_manifest(self.folder), int(self.rows["replication"].max(initial=-1))
        if name not in manifest["frames"]:
            raise ValueError(f"{self.folder} does not hold the {name}, only {', '.join(manifest['frames'])}")
        shards: Sequence[Path] = [
            self.folder / shard.path(name) for shard in shards_of(manifest) if shard.first <= last
        ]
        table = read_frame(shards)
        return table[table["replication"] <= last].reset_index(drop=True)

    def __repr__(self) -> str:
        """What it is of, in one line."""
        return (
            f"<Runs of '{self.scenario.name}' under {self.case.label}: {len(self):,} worlds of seed {self.seed}, "
            f"digest {self.digest[:12]}>"
        )

    def _repr_html_(self) -> str:
        from bcdr_sim.experiment.page import html

        return html(self)
