"""The law by which the data of an environment is copied in one world: its link, with the numbers of its own."""

from __future__ import annotations

from bcdr_sim import replication
from bcdr_sim.estate import EnvironmentSpec
from bcdr_sim.scenario.links import FluidLink, LagLink, LogShippingLink, SynchronousLink, TraceLink
from bcdr_sim.trial.world import Trial

LONGEST_TRANSFER_QUANTILE = 1 - 1e-9
"""Transfers beyond this quantile are cut there, which bounds how far back a log link must look."""


def link_law(trial: Trial, row: int, *, occasion: str) -> replication.Link | None:
    """The law of the link of a row in an incident or maintenance period; None without a link."""
    spec = trial.estate.spec(row)
    match spec.link:
        case SynchronousLink():
            return replication.Synchronous()
        case LagLink(lag=lag):
            return replication.Lag(trial.of_row("link.lag", lag, row, occasion=occasion))
        case LogShippingLink():
            return _log_shipping(trial, row, spec.link)
        case FluidLink(bandwidth=bandwidth):
            return replication.Fluid(bandwidth, spec.writes)
        case TraceLink(rows=rows):
            return replication.TraceLink(tuple((each.at, each.last_sync) for each in rows))
        case _:
            return None


def bound_of(spec: EnvironmentSpec) -> replication.Bound | None:
    """What bounds the link of an environment; None where it has no bound, or no copy."""
    link = spec.link
    if not spec.has_copy or not isinstance(link, FluidLink) or link.max_lag is None:
        return None
    return replication.Bound(spec.writes, link.bandwidth, link.max_lag)


def _log_shipping(trial: Trial, row: int, link: LogShippingLink) -> replication.LogShipping:
    phase = int(trial.draws.uniform("link.phase", trial.key(row)) * link.interval)

    def transfer(ordinal: int) -> tuple[int, bool]:
        travel = trial.of_row("link.transfer", link.transfer, row, ordinal=ordinal)
        failed = link.failure_probability > 0 and (
            trial.chance("link.failure", row, ordinal=ordinal) < link.failure_probability
        )
        return travel, not failed

    longest = int(link.transfer.quantile(LONGEST_TRANSFER_QUANTILE))
    return replication.LogShipping(
        link.interval, phase, transfer, transfer_ms_max=longest, in_order=link.in_order
    )
