"""What the shipped policies do: their sources' rules, their invariants, and what each rule is worth."""

from dataclasses import replace

import pytest

from bcdr_sim.errors import InputError
from bcdr_sim.incidents.record import POLICIES
from bcdr_sim.loading import read
from bcdr_sim.policy import Action, Policy, impossible, load_policy, profile_names
from bcdr_sim.policy.atom import all_hold
from bcdr_sim.policy.axes import TOP
from bcdr_sim.policy.observation import HOUR_MS, MINUTE_MS, at_secondary, calm, regional_outage
from bcdr_sim.policy.policy import put_in_force
from bcdr_sim.policy.preconditions import blockers
from bcdr_sim.policy.reading import read_table
from policy_observations import possible_observations
from policy_tables import EXAMPLES, all_atoms, every_policy, shipped

SAMPLE = 6_000
TWO_MINUTES = {"loss_state": "some", "data_loss": 2 * MINUTE_MS}
GRANTED = {**TWO_MINUTES, "consent": "granted", "loss_within_consent": True}
DYING = {"service": "down", "outage_scope": "region", "impact_confirmed": True, "reverse_sync": "pending"}

UNPROVEN = {"loss_state": "not_excluded", "data_loss": 1}
UNASSESSED = {"loss_state": "undetermined", "data_loss": TOP}
NO_COPY = {"drain_possible": False, "loss_state": "unbounded", "data_loss": TOP}
SANDBOX = {"env_type": "Sandbox", "eligible": False, "copy": "none", **NO_COPY}

SEED_CASES = {
    "no loss means no question": (regional_outage(), "failover [auto-zero-loss]"),
    "two minutes of loss wait": (regional_outage(**TWO_MINUTES), "hold (consent_pending) [pending]"),
    "unproven zero waits": (regional_outage(**UNPROVEN), "hold (loss_not_excluded) [not-excluded]"),
    "assessment waits": (regional_outage(**UNASSESSED), "hold (loss_not_determined) [loss-unknown]"),
    "consent moves": (regional_outage(**GRANTED), "failover [consented]"),
    "consent to less does not": (
        regional_outage(**TWO_MINUTES, consent="granted"),
        "hold (consent_pending) [pending]",
    ),
    "a refusal holds": (
        regional_outage(**TWO_MINUTES, consent="declined"),
        "hold (consent_declined) [declined]",
    ),
    "no channel, no consent": (
        regional_outage(**TWO_MINUTES, support_channel="down"),
        "hold (consent_channel_down) [channel-down]",
    ),
    "no copy, no move": (regional_outage(copy="seeding", **NO_COPY), "hold (no_valid_secondary) [no-copy]"),
    "a corrupt copy is no refuge": (regional_outage(copy="corrupt"), "hold (replica_corrupt) [copy-corrupt]"),
    "both regions down": (
        regional_outage(target_state="down", healthy_for=0),
        "hold (secondary_unhealthy) [target-unfit]",
    ),
    "a zone is no region": (regional_outage(outage_scope="zone"), "hold (scope_not_covered) [not-regional]"),
    "nobody is seen impacted": (
        regional_outage(impact_confirmed=False, since_confirmed=0),
        "hold (impact_unconfirmed) [not-confirmed]",
    ),
    "other types stay": (calm(**SANDBOX), "hold (not_covered) [other-types]"),
    "nothing to do": (calm(), "hold (impact_unconfirmed) [calm]"),
    "maintenance moves": (calm(order="maintenance"), "planned_failover [move-for-maintenance]"),
    "but only inside the window": (
        calm(order="maintenance", window="outside"),
        "hold (outside_window) [stay-for-now]",
    ),
    "and only while the link runs": (
        calm(order="maintenance", drain_possible=False),
        "hold (cannot_drain) [cannot-drain]",
    ),
    "home when all is well": (at_secondary(), "failback [go-home]"),
    "not before verification": (
        at_secondary(primary_verified=False),
        "hold (primary_not_verified) [not-verified]",
    ),
    "not before the sync": (
        at_secondary(reverse_sync="pending"),
        "hold (reverse_sync_pending) [not-yet-synced]",
    ),
    "not while it is young": (at_secondary(healthy_for=4 * HOUR_MS - 1), "hold (hold_down) [not-yet-stable]"),
    "just old enough": (at_secondary(healthy_for=4 * HOUR_MS), "failback [go-home]"),
    "not during maintenance": (at_secondary(order="maintenance"), "hold (in_maintenance) [in-maintenance]"),
    "a dying secondary at zero loss": (
        at_secondary(**DYING, loss_state="none", data_loss=0),
        "forced_failback [back-zero-loss]",
    ),
    "a dying secondary with loss waits": (
        at_secondary(**DYING, **TWO_MINUTES),
        "hold (consent_pending) [pending]",
    ),
    "and moves with consent": (at_secondary(**DYING, **GRANTED), "forced_failback [back-consented]"),
}


@pytest.mark.parametrize("name", SEED_CASES)
def test_the_seed_decides(name: str) -> None:
    """The table of the seed, a case for each rule that its text or our reading of it gives."""
    observation, expected = SEED_CASES[name]
    assert impossible(observation) == []
    assert str(load_policy("seed").answer(observation)) == expected


@pytest.mark.parametrize("policy", every_policy(), ids=lambda policy: policy.name)
def test_a_shipped_policy_keeps_its_invariants(policy: Policy) -> None:
    """On thousands of possible observations around every literal; each law is met often enough to count."""
    laws = [(law, law.condition(policy.values)) for law in policy.table.invariants]
    met = dict.fromkeys((law.id for law, _ in laws), 0)
    for observation in possible_observations(all_atoms(policy), count=SAMPLE):
        action = policy.answer(observation).action
        for law, condition in laws:
            if all_hold(condition, observation):
                met[law.id] += 1
                assert law.permits(action), f"{law.id} is broken by {action}: {observation}"
    assert min(met.values()) >= 10, met


@pytest.mark.parametrize("policy", every_policy(), ids=lambda policy: policy.name)
def test_a_shipped_policy_never_decides_what_cannot_be_done(policy: Policy) -> None:
    """No rule reaches an action that one of the engine's gates forbids, nor falls to the default."""
    for observation in possible_observations(all_atoms(policy), count=SAMPLE, seed=3):
        decision = policy.answer(observation)
        assert blockers(decision.action, observation) == (), f"{decision}: {observation}"
        assert decision.rule != "default"


def without(policy: Policy, rule: str) -> Policy:
    """Return the policy with one rule taken out of its file; a line of the file is a rule."""
    lines = [line for line in policy.text.splitlines() if f"{{id: {rule}," not in line]
    assert len(lines) == len(policy.text.splitlines()) - 1
    return put_in_force(read_table(read("shortened.yaml", text="\n".join(lines))), {})


LEFT_UNUSED = {"not-confirmed", "not-yet-stable"}
REASON_ONLY = {
    "other-types",
    "not-covered",
    "calm",
    "no-copy",
    "stay-for-now",
    "too-young",
    "loss-unknown",
    "declined",
    "channel-down",
    "not-excluded",
    "pending",
}


@pytest.mark.parametrize("rule", [rule.id for rule in load_policy("seed").table.rules])
def test_every_rule_of_the_seed_is_worth_an_action_or_a_reason(rule: str) -> None:
    """Of 31 deletions two leave a parameter unused, 18 change an action, eleven a reason at most."""
    seed = load_policy("seed")
    if rule in LEFT_UNUSED:
        with pytest.raises(InputError, match="is used by no rule"):
            without(seed, rule)
        return
    shorter = without(seed, rule)
    changed = {
        (seed.answer(observation).action, shorter.answer(observation).action)
        for observation in possible_observations(all_atoms(seed), count=SAMPLE)
    }
    assert any(before != after for before, after in changed) == (rule not in REASON_ONLY)


def test_an_unconditional_hold_first_breaks_every_duty() -> None:
    """The `always` invariants are there so that a policy that never moves does not pass."""
    seed = load_policy("seed")
    stay = replace(seed.table.rules[-1], when=())
    frozen = put_in_force(replace(seed.table, rules=(stay, *seed.table.rules)), {})
    duties = [law for law in seed.table.invariants if not law.never and Action.HOLD not in law.actions]
    broken = {
        law.id
        for observation in possible_observations(all_atoms(seed), count=SAMPLE)
        for law in duties
        if all_hold(law.condition(seed.values), observation)
        and not law.permits(frozen.answer(observation).action)
    }
    assert broken == {law.id for law in duties}
    assert len(duties) == 6


def test_the_first_rule_a_reviewer_changes_is_caught() -> None:
    """Five minutes of loss without a question break the consent invariants of the seed."""
    seed = load_policy("seed")
    rule = "location: NearCopy, data_loss: {eq: 0s}}, then"
    text = seed.text.replace(rule, rule.replace("eq: 0s", "lt: 5m"))
    assert text != seed.text
    careless = put_in_force(read_table(read("careless.yaml", text=text)), {})
    broken = {
        law.id
        for observation in possible_observations(all_atoms(careless), count=SAMPLE)
        for law in careless.table.invariants
        if all_hold(law.condition(careless.values), observation)
        and not law.permits(careless.answer(observation).action)
    }
    assert broken == {"no-loss-without-consent", "consent-in-force"}


def test_the_profiles_have_the_rules_and_laws_of_their_pages() -> None:
    """Numbers of rules, enabled rules and invariants (golden)."""
    counts = {
        name: (len(policy.table.rules), len(policy.rows), len(policy.table.invariants))
        for name, policy in ((name, load_policy(name)) for name in profile_names())
    }
    assert counts == {
        "asr": (15, 14, 15),
        "aurora-global": (14, 14, 13),
        "cosmos-service-managed": (17, 17, 14),
        "fo-2022": (24, 24, 6),
        "grs-customer-managed": (17, 17, 14),
        "ms-2021": (19, 19, 16),
        "seed-2024-11": (31, 31, 24),
        "sql-customer-managed": (14, 14, 13),
        "sql-microsoft-managed": (14, 12, 4),
        "ssdr-2026-07": (16, 16, 15),
    }


def test_a_grace_period_takes_the_place_of_consent() -> None:
    """SQL: nothing before the hour, all after it, whatever the loss; the 2017 edition drains at once."""
    sql = load_policy("sql-microsoft-managed")
    early = regional_outage(**TWO_MINUTES, since_confirmed=HOUR_MS - 1)
    assert sql.answer(early).reason == "grace_period"
    assert sql.answer(regional_outage(**TWO_MINUTES, since_confirmed=HOUR_MS)).action == "failover"
    older = load_policy("sql-microsoft-managed", {"edition_2017": "on"})
    assert older.answer(regional_outage(since_confirmed=0, drain_possible=True)).action == "planned_failover"
    assert not sql.consent_path


def test_finance_and_operations_tolerates_five_seconds_and_asks_above() -> None:
    """FO22: up to 5 s nobody is asked; above, the provider calls and waits for the answer."""
    fo = load_policy("fo-2022")
    hit = {"finance_operations": True, "loss_state": "some"}
    assert fo.answer(regional_outage(**hit, data_loss=5_000)).action == "failover"
    assert fo.answer(regional_outage(**hit, data_loss=5_001)).action == "ask_consent"
    assert fo.answer(regional_outage(**hit, data_loss=5_001, consent="pending")).reason == "consent_pending"
    assert fo.asks
    assert fo.consent_path


def test_the_platform_moves_at_proven_zero_loss_only() -> None:
    """The rule of 2018: whatever the scope, zero loss moves, anything else holds, and nobody is asked."""
    platform = load_policy(POLICIES / "platform-zero-loss-only.yaml")
    assert platform.answer(regional_outage(outage_scope="partial")).action == "failover"
    assert platform.answer(regional_outage(**TWO_MINUTES)).reason == "loss_not_excluded"
    assert (
        platform.answer(regional_outage(loss_state="not_excluded", data_loss=1)).reason == "loss_not_excluded"
    )
    assert (
        platform.answer(regional_outage(loss_state="undetermined", data_loss=TOP)).reason
        == "loss_not_determined"
    )
    assert (
        platform.answer(regional_outage(target_state="down", healthy_for=0)).reason == "secondary_unhealthy"
    )
    assert not platform.consent_path


def test_waiting_two_hours_is_the_one_difference_of_the_example() -> None:
    """`wait` is the seed with another hold-down, and nothing else."""
    wait, seed = load_policy(EXAMPLES / "wait.yaml"), load_policy("seed", {"hold_down": "2h"})
    assert wait.rows == seed.rows
    assert wait.table.invariants == seed.table.invariants
    assert wait.answer(regional_outage(outage_age=2 * HOUR_MS - 1)).reason == "hold_down"
    assert wait.answer(regional_outage(outage_age=2 * HOUR_MS)).action == "failover"


def test_what_a_policy_can_do_is_known_beforehand() -> None:
    """Actions, questions and the consent path follow from the enabled rules alone."""
    assert {policy.name for policy in shipped() if policy.consent_path} == {"fo-2022", "seed-2024-11", "wait"}
    assert {policy.name for policy in shipped() if policy.asks} == {"fo-2022"}
    assert Action.PLANNED_FAILOVER not in load_policy("sql-microsoft-managed").actions
    assert Action.PLANNED_FAILOVER in load_policy("sql-microsoft-managed", {"edition_2017": True}).actions
