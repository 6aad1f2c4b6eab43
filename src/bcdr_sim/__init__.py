"""Discrete-event simulation of regional cloud outages, failover and the consent it needs.

    import bcdr_sim as bs

    scenario = bs.load("scenarios/regional_storm.yaml")
    timeline = bs.simulate(bs.resolve(scenario, seed=7), bs.load_policy("seed"))
    metrics = bs.measure(timeline)
    verdict = bs.judge(metrics, scenario)

The names below are imported when they are first used, so that `import bcdr_sim` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bcdr_sim import errors, plots
    from bcdr_sim.engine import simulate
    from bcdr_sim.experiment import Comparison, Runs, compare, compare_runs, open_runs, run
    from bcdr_sim.freezing import freeze
    from bcdr_sim.metrics import Metrics, measure
    from bcdr_sim.policy import Policy, load_policy
    from bcdr_sim.report.explanation import explain
    from bcdr_sim.report.story import story
    from bcdr_sim.scenario.document import Scenario
    from bcdr_sim.scenario.reading import load_scenario as load
    from bcdr_sim.study import families, optimise, sensitivity, solve, stratify, sweep, uncertainty
    from bcdr_sim.timeline import Timeline
    from bcdr_sim.trial import Trial, resolve
    from bcdr_sim.verdict import Verdict, judge

_HOMES = {
    "Comparison": "bcdr_sim.experiment",
    "Metrics": "bcdr_sim.metrics",
    "Policy": "bcdr_sim.policy",
    "Runs": "bcdr_sim.experiment",
    "Scenario": "bcdr_sim.scenario.document",
    "Timeline": "bcdr_sim.timeline",
    "Trial": "bcdr_sim.trial",
    "Verdict": "bcdr_sim.verdict",
    "compare": "bcdr_sim.experiment",
    "compare_runs": "bcdr_sim.experiment",
    "errors": "",
    "explain": "bcdr_sim.report.explanation",
    "families": "bcdr_sim.study",
    "freeze": "bcdr_sim.freezing",
    "judge": "bcdr_sim.verdict",
    "load": "bcdr_sim.scenario.reading:load_scenario",
    "load_policy": "bcdr_sim.policy",
    "measure": "bcdr_sim.metrics",
    "open_runs": "bcdr_sim.experiment",
    "optimise": "bcdr_sim.study",
    "plots": "",
    "resolve": "bcdr_sim.trial",
    "run": "bcdr_sim.experiment",
    "sensitivity": "bcdr_sim.study",
    "simulate": "bcdr_sim.engine",
    "solve": "bcdr_sim.study",
    "story": "bcdr_sim.report.story",
    "stratify": "bcdr_sim.study",
    "sweep": "bcdr_sim.study",
    "uncertainty": "bcdr_sim.study",
}
"""Where each public name is defined, and under which name if another; those without a place are modules."""

__all__ = [
    "Comparison",
    "Metrics",
    "Policy",
    "Runs",
    "Scenario",
    "Timeline",
    "Trial",
    "Verdict",
    "__version__",
    "compare",
    "compare_runs",
    "errors",
    "explain",
    "families",
    "freeze",
    "judge",
    "load",
    "load_policy",
    "measure",
    "open_runs",
    "optimise",
    "plots",
    "resolve",
    "run",
    "sensitivity",
    "simulate",
    "solve",
    "story",
    "stratify",
    "sweep",
    "uncertainty",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, own_name = home.partition(":")
    return getattr(import_module(module), own_name or name) if home else import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
