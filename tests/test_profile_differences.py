"""What sets the built-in profiles apart: for each thing that one lets happen and others forbid, a law."""

import pytest

from bcdr_sim.analysis import Severity, check
from bcdr_sim.policy import Action, Observation, impossible, load_policy, profile_names
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.decision import MOVES
from bcdr_sim.policy.observation import HOUR_MS, at_secondary, calm, regional_outage
from bcdr_sim.policy.policy import policy_document
from policy_observations import possible_observations
from policy_tables import all_atoms

PROFILES = {name: load_policy(name) for name in profile_names()}
BY_THE_CUSTOMER = {"asr", "aurora-global", "grs-customer-managed", "sql-customer-managed", "ssdr-2026-07"}
LONG = {"fo-2022", "ms-2021", "seed-2024-11"}
"""Hundreds of settings each: `bcdr-sim policy check --ranges` proves them in some seconds."""
LOSS = {"loss_state": "some", "data_loss": 120_000}
GRANTED = {**LOSS, "consent": "granted", "loss_within_consent": True}


def movers(observation: Observation) -> set[str]:
    """The profiles under which it is moved now; it has finance and operations, so that nobody is left out."""
    observation.finance_operations = True
    assert impossible(observation) == []
    return {name for name, policy in PROFILES.items() if policy.answer(observation).action in MOVES}


def deciders(observation: Observation, action: Action) -> set[str]:
    """The profiles that decide exactly this."""
    return {name for name in movers(observation) if PROFILES[name].answer(observation).action is action}


@pytest.mark.parametrize(
    "name", [name for name, policy in PROFILES.items() if policy.values and name not in LONG]
)
def test_the_laws_of_a_profile_hold_for_all_values_of_its_parameters(name: str) -> None:
    """Proved, and without a warning."""
    proved = check(PROFILES[name], policy_document(name), ranges=True)
    assert not proved.at_least(Severity.WARNING)


@pytest.mark.parametrize("name", sorted(BY_THE_CUSTOMER))
def test_where_the_customer_decides_nothing_moves_without_its_order(name: str) -> None:
    """Whatever happens, for however long, and whatever is consented to."""
    policy = PROFILES[name]
    for observation in possible_observations(all_atoms(policy), count=3_000):
        if observation.order in ("none", "maintenance", "reprotect"):
            assert policy.answer(observation).action is Action.HOLD


def test_where_the_provider_decides_a_forced_order_moves_nobody() -> None:
    """Nor does a drill; and at home nobody but the customer plans a move."""
    assert movers(calm(order="forced")) == BY_THE_CUSTOMER
    assert movers(calm(order="drill")) == {"ssdr-2026-07"}
    assert movers(calm(order="planned")) == BY_THE_CUSTOMER - {"ssdr-2026-07"}


def test_a_loss_without_anybody_asked_is_what_three_regimes_allow() -> None:
    """After two hours; the seed and the finance apps wait for consent, the others for an order."""
    assert movers(regional_outage(**LOSS)) == {"cosmos-service-managed", "ms-2021", "sql-microsoft-managed"}
    unknown = regional_outage(loss_state="undetermined", data_loss=TOP)
    assert movers(unknown) == {"cosmos-service-managed", "ms-2021", "sql-microsoft-managed"}


def test_consent_moves_where_it_is_asked_for() -> None:
    """It is the one thing that makes the seed and the finance apps move at a loss."""
    assert movers(regional_outage(**GRANTED)) - movers(regional_outage(**LOSS)) == {"fo-2022", "seed-2024-11"}


def test_the_seed_moves_at_once_what_loses_nothing() -> None:
    """One customer, one outage, two fates: the idle environment moves within minutes, its busy twin waits."""
    first = {"outage_age": 0, "since_confirmed": 0}
    assert movers(regional_outage(**first)) == {"cosmos-service-managed", "seed-2024-11"}
    assert movers(regional_outage(**first, **LOSS)) == {"cosmos-service-managed"}


def test_one_edition_moves_before_a_forecast_disaster() -> None:
    """Without loss, and without anybody asked."""
    assert deciders(calm(warning=True), Action.PLANNED_FAILOVER) == {"ms-2021"}


def test_an_outage_below_a_region_is_no_matter_for_the_region_wide_regimes() -> None:
    """The finance apps and the edition of 2021 move single environments, Cosmos DB after the hour of its people."""
    assert movers(regional_outage(outage_scope="partial")) == {"cosmos-service-managed", "fo-2022", "ms-2021"}
    early = {"outage_scope": "partial", "since_confirmed": HOUR_MS - 1}
    assert movers(regional_outage(**early)) == set()


def test_only_the_seed_moves_for_scheduled_maintenance() -> None:
    """It is the only source that speaks of it."""
    assert movers(calm(order="maintenance")) == {"seed-2024-11"}


def test_only_storage_goes_back_with_loss_on_order() -> None:
    """The seed returns by force from a dying secondary alone, with consent or at no loss."""
    ordered = at_secondary(order="forced", reverse_sync="pending", **LOSS)
    assert deciders(ordered, Action.FORCED_FAILBACK) == {"grs-customer-managed"}
    dying = {"service": "down", "outage_scope": "region", "impact_confirmed": True, "reverse_sync": "pending"}
    assert movers(at_secondary(**dying, **LOSS)) == set()
    assert deciders(at_secondary(**dying, **GRANTED), Action.FORCED_FAILBACK) == {"seed-2024-11"}


def test_the_way_home_is_automatic_where_the_article_says_so() -> None:
    """In three editions of one article; elsewhere the customer orders it."""
    automatic = {"fo-2022", "ms-2021", "seed-2024-11"}
    assert deciders(at_secondary(), Action.FAILBACK) == automatic
    assert deciders(at_secondary(order="failback"), Action.FAILBACK) == set(PROFILES)


def test_self_service_alone_keeps_to_the_loss_acknowledged() -> None:
    """Elsewhere a forced order is carried out at any loss."""
    exceeded = regional_outage(order="forced", order_loss="exceeded", **LOSS)
    refused = {"order_loss": "within"} | LOSS
    assert movers(regional_outage(order="forced", **refused)) - movers(exceeded) == {"ssdr-2026-07"}


def test_only_site_recovery_rehearses_on_a_copy() -> None:
    """Which touches nothing, so it is no move."""
    rehearsing = load_policy("asr", {"rehearsals": True})
    assert rehearsing.answer(calm(order="drill")).action is Action.TEST_FAILOVER
    assert PROFILES["asr"].answer(calm(order="drill")).reason == "consent_pending"
    others = [policy for name, policy in PROFILES.items() if name != "asr"]
    assert not any(Action.TEST_FAILOVER in policy.actions for policy in others)


def test_nobody_moves_to_where_it_could_not_serve() -> None:
    """Whatever the regime and whoever orders: a sick region, no copy, no hands, no room."""
    for order in ("none", "forced", "planned", "drill", "maintenance"):
        for given in (
            {"target_state": "down", "healthy_for": 0},
            {"target_state": "impaired", "healthy_for": 0},
            {"copy": "seeding", "loss_state": "unbounded", "data_loss": TOP},
            {"orchestrator": "down"},
        ):
            assert movers(regional_outage(order=order, **given)) == set()
    no_room = movers(regional_outage(order="forced", target_capacity=0))
    assert no_room == {"fo-2022", "sql-microsoft-managed"}, "their pages leave capacity to the operation"
