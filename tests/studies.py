"""Subjects of studies whose answers have a formula."""

from pathlib import Path

import bcdr_sim.verification
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.study import Subject, subject_of

_BRIEF = {"environments.each.count": 1, "horizon": "12h", "outages.outage.lasts": "3h"}
_SCENARIOS = Path(bcdr_sim.verification.__file__).parent / "scenarios"
_CONSENT = """\
version: 1
name: consent
include: [instant.yaml]
horizon: 400h
link: {kind: lag, lag: 1m}
environments: [{name: one, region: near}]
customers:
  default: {accepts_loss_up_to: 1d, consents: to_own_limit, decision: {exponential: {mean: 4h}}}
provider: {on_recovery: abort, failover: {run: 90m}}
outages:
  - {id: outage, region: near, at: 1h, lasts: {exponential: {mean: 6h}}, detection: {automatic: 15m}}
policy: seed-2024-11
"""


def consent(**values: object) -> Subject:
    """One environment; detected after 15m, consent after an exponential time, moved in 90m; the region stays away.

    So P(rta <= x) = 1 - exp(-(x - 1h45m) / mean).
    """
    fixed = {"outages.outage.lasts": "20h", "horizon": "21h", **values}
    return subject_of(load_scenario(_SCENARIOS / "consent.yaml", text=_CONSENT), values=fixed)


def queue(**values: object) -> Subject:
    """23 environments through slots, 48m a move. So the last one is over after ceil(23 / slots) * 48m."""
    return subject_of(
        _SCENARIOS / "c13_slots_constant.yaml",
        values={"horizon": "24h", "outages.outage.lasts": "23h", **values},
    )


def lagging(**values: object) -> Subject:
    """One environment whose copy is an exponential time behind, moved at once. So P(loss > x) = exp(-x / mean)."""
    lag = {"kind": "lag", "lag": {"exponential": {"mean": "10m"}}}
    return subject_of(_SCENARIOS / "c13_slots_constant.yaml", values={"link": lag, **_BRIEF, **values})


def burst(**values: object) -> Subject:
    """The same with a link that falls behind for two hours of many writes, and then catches up.

    So the loss of an outage at a given instant rises to 1h at 3h and falls to nothing at 4h.
    """
    changed = {
        "link": {"kind": "fluid", "bandwidth": "20/h"},
        "writes": {"steps": [{"after": "0s", "rate": "30/h"}, {"after": "2h", "rate": "10/h"}]},
    }
    return subject_of(_SCENARIOS / "c13_slots_constant.yaml", values={**_BRIEF, **changed, **values})
