"""`Trial`: a resolved world, and every draw that a history of it may need, by its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bcdr_sim.draws import Draws, entity_key
from bcdr_sim.estate import EnvironmentSpec, Estate
from bcdr_sim.reach import last_stage_ms, matches
from bcdr_sim.scenario.customer import AcceptedLoss
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.order import Order
from bcdr_sim.scenario.recovery import Recovery
from bcdr_sim.scenario.world import Maintenance
from bcdr_sim.trial.fact import NEVER, OutageFact, PlannedOrder, Record


@dataclass(frozen=True)
class Trial:
    """A resolved world. Outages are in the order of their beginning, then id, then region."""

    scenario: Scenario
    estate: Estate
    draws: Draws
    outages: tuple[OutageFact, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    planned_orders: tuple[PlannedOrder, ...] = ()
    record: Record | None = None

    @property
    def horizon_ms(self) -> int:
        """End of the world, exclusive."""
        return self.scenario.horizon

    @property
    def is_quiet(self) -> bool:
        """Whether nothing could happen: no outage, no maintenance and no order before the horizon."""
        return not self.outages and not self.maintenance and not self.planned_orders

    @cached_property
    def outage_by_id(self) -> dict[str, OutageFact]:
        """One fact per outage id (the first region of a common cause)."""
        return {fact.id: fact for fact in reversed(self.outages)}

    @cached_property
    def _shared_ms(self) -> dict[tuple[str, int, str, int], int]:
        """What customers were found to take, by address: it is asked again for each of their environments."""
        return {}

    # Durations ------------------------------------------------------------------------------------------------------

    def duration(
        self,
        path: str,
        distribution: Distribution,
        *,
        key: int,
        name: str,
        occasion: str = "",
        ordinal: int = 0,
    ) -> int:
        """One draw in ms at an address. `path` is the setting's place in the file, without indices."""
        if distribution.fixed_ms is not None:
            return distribution.fixed_ms
        uniform = self.draws.uniform(_purpose(path, occasion), key, ordinal)
        number = distribution.value_ms(uniform, name=_record_name(name, occasion), ordinal=ordinal)
        if self.record is not None:
            self.record.numbers[path, name, occasion, ordinal] = number
        return number

    def durations(
        self,
        path: str,
        distribution: Distribution,
        rows: Sequence[int],
        *,
        occasion: str = "",
        ordinal: int = 0,
    ) -> list[int]:
        """The same for many environments at once, in the order of `rows`."""
        if distribution.fixed_ms is not None:
            return [distribution.fixed_ms] * len(rows)
        if self.record is not None or distribution.recorded is not None or len(rows) < 8:
            return [
                self.duration(
                    path,
                    distribution,
                    key=self.key(row),
                    name=self.estate.names[row],
                    occasion=occasion,
                    ordinal=ordinal,
                )
                for row in rows
            ]
        keys = self.estate.keys[np.asarray(rows, dtype=np.int64)]
        uniforms = self.draws.uniforms(_purpose(path, occasion), keys, ordinal)
        drawn: list[int] = distribution.values_ms(uniforms, ordinal=ordinal).tolist()
        return drawn

    def of_outage(self, path: str, distribution: Distribution, outage_id: str, *, ordinal: int = 0) -> int:
        """One draw that belongs to an outage or to the incident named after it."""
        return self.duration(path, distribution, key=entity_key(outage_id), name=outage_id, ordinal=ordinal)

    def of_row(
        self, path: str, distribution: Distribution, row: int, *, occasion: str = "", ordinal: int = 0
    ) -> int:
        """One draw that belongs to an environment."""
        return self.duration(
            path,
            distribution,
            key=self.key(row),
            name=self.estate.names[row],
            occasion=occasion,
            ordinal=ordinal,
        )

    def wait_of_respondent(
        self, path: str, distribution: Distribution, row: int, *, occasion: str, ordinal: int = 0
    ) -> int:
        """One draw that belongs to whoever answers for the environment."""
        key, name = self.respondent(row)
        address = (path, key, occasion, ordinal)
        drawn = self._shared_ms.get(address)
        if drawn is None:
            drawn = self.duration(path, distribution, key=key, name=name, occasion=occasion, ordinal=ordinal)
            if self.estate.spec(row).shares_answers:
                self._shared_ms[address] = drawn
        return drawn

    def of_respondent(
        self, path: str, distribution: Distribution, row: int, *, occasion: str, ordinal: int = 0
    ) -> int:
        """The same of a step of theirs, shortened by readiness."""
        wait_ms = self.wait_of_respondent(path, distribution, row, occasion=occasion, ordinal=ordinal)
        return self.ready(row, wait_ms)

    def decision_ms(self, row: int, *, occasion: str, ordinal: int, person: int = 0) -> int:
        """How long the customer of a row (0) or its `person`-th delegate thinks about the `ordinal`-th level told."""
        customer = self.estate.spec(row).customer
        decision = customer.escalation[person - 1].decision if person else customer.decision
        return self.of_respondent(
            _of_person(person, "decision"), decision, row, occasion=occasion, ordinal=ordinal
        )

    def ready(self, row: int, duration_ms: int) -> int:
        """A step of the customer of a row, shortened by its readiness and rounded to ms."""
        readiness = self.estate.spec(row).customer.readiness
        return int(duration_ms * (1 - readiness) + 0.5)

    # Chances --------------------------------------------------------------------------------------------------------

    def key(self, row: int) -> int:
        """The entity key of a row."""
        return int(self.estate.keys[row])

    def respondent(self, row: int) -> tuple[int, str]:
        """Key and name of whoever answers for the environment: its customer, or itself."""
        spec = self.estate.spec(row)
        if spec.shares_answers and spec.customer_name is not None:
            return spec.customer_key, spec.customer_name
        return self.key(row), self.estate.names[row]

    def chance(self, path: str, row: int, *, occasion: str = "", ordinal: int = 0) -> float:
        """A uniform number in [0, 1) of an environment."""
        return self.draws.uniform(_purpose(path, occasion), self.key(row), ordinal)

    def chances(self, path: str, rows: Sequence[int], *, occasion: str = "") -> NDArray[np.float64]:
        """The same for many environments, in the order of `rows`."""
        return self.draws.uniforms(
            _purpose(path, occasion), self.estate.keys[np.asarray(rows, dtype=np.int64)]
        )

    def attempt_fails(self, row: int, *, occasion: str, attempt: int) -> bool:
        """Whether an attempt of a failover fails."""
        probability = self.scenario.provider.failover.failure.probability
        if probability <= 0:
            return False
        return self.chance("provider.failover.failure", row, occasion=occasion, ordinal=attempt) < probability

    def accepted_loss_ms(self, row: int, *, person: int = 0) -> int:
        """The most the customer of a row (0) or its `person`-th delegate would lose: a trait, the same in every outage."""
        customer = self.estate.spec(row).customer
        accepted = customer.escalation[person - 1].accepts_loss_up_to if person else None
        if accepted is None:
            person, accepted = 0, customer.accepts_loss_up_to
        if isinstance(accepted, int):
            return accepted
        purpose = _of_person(person, "accepts_loss_up_to")
        return _pick(accepted, self.draws.uniform(purpose, self.respondent(row)[0]))

    def answers(self, row: int, *, occasion: str, person: int = 0) -> bool:
        """Whether the customer (0) or its `person`-th delegate answers at all in this incident."""
        customer = self.estate.spec(row).customer
        share = customer.escalation[person - 1].answers_share if person else customer.answers_share
        return self._is_among(share, _of_person(person, "answers_share"), row, occasion=occasion)

    def withdraws(self, row: int, *, occasion: str) -> bool:
        """Whether the respondent withdraws consent in this incident, if it is given time to."""
        share = self.estate.spec(row).customer.withdraws_share
        return self._is_among(share, "customers.withdraws_share", row, occasion=occasion)

    def orders(self, row: int, number: int, *, occasion: str) -> bool:
        """Whether the respondent gives the order with that place in the customer's list, from 0."""
        share = self.estate.spec(row).customer.orders[number].share
        return self._is_among(share, f"customers.orders.{number}.share", row, occasion=occasion)

    def is_for(self, order: Order, spec: EnvironmentSpec) -> bool:
        """Whether an order is for environments of a specification of its customer."""
        return matches(order.select, spec)

    def _is_among(self, share: float, path: str, row: int, *, occasion: str) -> bool:
        """Whether the respondent of a row is one of a share of all, drawn anew for every occasion."""
        return share >= 1 or self.draws.uniform(_purpose(path, occasion), self.respondent(row)[0]) < share

    def poll_phase_ms(self, row: int) -> int:
        """When the respondent of a row first looks at the dashboard, within its interval: a trait."""
        return self.poll_phases_ms([row])[0]

    def poll_phases_ms(self, rows: Sequence[int]) -> list[int]:
        """The same for many environments, in the order of `rows`."""
        keys = np.array([self.respondent(row)[0] for row in rows], dtype=np.uint64)
        shares = self.draws.uniforms("customers.dashboard_phase", keys).tolist()
        return [int(share * self.poll_every_ms(row)) for share, row in zip(shares, rows, strict=True)]

    def poll_every_ms(self, row: int) -> int:
        """How often it looks; 0 when it never does."""
        return self.estate.spec(row).poll_every_ms

    # Outages --------------------------------------------------------------------------------------------------------

    def selects(self, outage: OutageFact, spec: EnvironmentSpec) -> bool:
        """Whether `scope.select` lets the outage hit environments of a specification as it begins."""
        return matches(outage.reaches[0].select, spec)

    def hit_rows(self, outage: OutageFact, rows: Sequence[int], *, step: int = 0) -> list[int]:
        """Those of `rows` that the outage would hit if they were served in its region, in their order.

        `step` 0 is the beginning of the outage; a later one gives those that only this step of its scope reaches.
        """
        reach = outage.reaches[step]
        if step:
            reached = zip(rows, self.reached_ms(outage, rows), strict=True)
            return [row for row, at_ms in reached if at_ms == reach.at_ms]
        specs, spec_of = self.estate.specs, self.estate.spec_of
        chosen = {index for index, spec in enumerate(specs) if matches(reach.select, spec)}
        candidates = rows if len(chosen) == len(specs) else [row for row in rows if spec_of[row] in chosen]
        if reach.fraction >= 1 or not candidates:
            return list(candidates)
        hits = self.chances("outages.scope", candidates, occasion=outage.id) < reach.fraction
        return [row for row, hit in zip(candidates, hits.tolist(), strict=True) if hit]

    def reached_ms(self, outage: OutageFact, rows: Sequence[int]) -> list[int]:
        """For each of `rows` the instant from which the outage would hit it; `NEVER` if it would not at all."""
        if not rows:
            return []
        specs, spec_of = self.estate.specs, self.estate.spec_of
        of_spec = {
            index: [reach for reach in outage.reaches if matches(reach.select, specs[index])]
            for index in {spec_of[row] for row in rows}
        }
        shares = self.chances("outages.scope", rows, occasion=outage.id).tolist()
        return [
            next((reach.at_ms for reach in of_spec[spec_of[row]] if share < reach.fraction), NEVER)
            for row, share in zip(rows, shares, strict=True)
        ]

    def recoveries(self, outage: OutageFact, rows: Sequence[int]) -> list[int]:
        """For rows that the outage hits, the instant each is back from it; `NEVER` for those that will not be."""
        if outage.entry.destroys_data and not outage.is_false_alarm:
            return [NEVER] * len(rows)
        if outage.entry.crews is not None:
            return [outage.repaired_ms.get(row, outage.end_ms) for row in rows]
        if outage.entry.recovery is None:
            return [outage.at_ms + (outage.lasts_ms or 0)] * len(rows)
        return self._staged_recoveries(outage, outage.entry.recovery, rows)

    def _staged_recoveries(self, outage: OutageFact, recovery: Recovery, rows: Sequence[int]) -> list[int]:
        """The stage of each row, and the tail of those beyond the last; stages that are past when it is hit do not count."""
        instants = [NEVER] * len(rows)
        stage_of = self.chances("outages.recovery", rows, occasion=outage.id).tolist()
        gone = self.chances("outages.recovery.never", rows, occasion=outage.id).tolist()
        grows = len(outage.reaches) > 1
        since_ms = self.reached_ms(outage, rows) if grows else [outage.at_ms] * len(rows)
        last_ms = outage.at_ms + last_stage_ms(recovery)
        waiting: list[int] = []
        for place, share in enumerate(stage_of):
            if gone[place] < recovery.never:
                continue
            hit_ms = since_ms[place]
            for stage in recovery.stages:
                back_ms = outage.at_ms + stage.at
                if share < stage.fraction and (back_ms > hit_ms or hit_ms == outage.at_ms):
                    instants[place] = back_ms
                    break
            else:
                waiting.append(place)
        if waiting and recovery.tail is not None:
            tails = self.durations(
                "outages.recovery.tail", recovery.tail, [rows[place] for place in waiting], occasion=outage.id
            )
            for place, tail in zip(waiting, tails, strict=True):
                instants[place] = max(last_ms, since_ms[place]) + tail
        return instants


def _purpose(path: str, occasion: str) -> str:
    return f"{path}@{occasion}"


def _record_name(name: str, occasion: str) -> str:
    return f"{name}@{occasion}" if occasion else name


def _of_person(person: int, setting: str) -> str:
    """The path of a setting of the customer (0) or of one of its delegates."""
    return f"customers.escalation.{person - 1}.{setting}" if person else f"customers.{setting}"


def _pick(parts: Sequence[AcceptedLoss], share: float) -> int:
    reached = 0.0
    for part in parts:
        reached += part.share
        if share < reached:
            return part.value
    return parts[-1].value
