"""Laws of the explanation: whoever asks about an environment is told why, whose time it was, and what would have helped."""

import re

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.policy import load_policy
from bcdr_sim.report.episodes import episodes
from bcdr_sim.report.explanation import explain
from bcdr_sim.report.rules import moving_rules, rule_in_words
from bcdr_sim.scenario.document import Scenario
from bcdr_sim.trial import resolve
from worlds import STORM, Played, played

FIRM_PROD = """\
firm-prod: Production, tier 2, customer fabrikam, at home in west, copy in north
scenario storm, policy seed-2024-11, seed 0, replication 0
T is the impact of outage gale, 3 Nov 08:00 UTC.

T+0 to T+9h: gale
-----------------
It did not move. It came back with west after 9h; mostly because the customer will not lose the data
(7h1m).
Whose time: of 9h without service, 8h22m the customer's and 38m the provider's; the longest stay was
down_held (7h1m).

Where the time went
  T+0            8m  down_undetected       provider   impact, and nobody knows yet
  T+8m           5m  down_unconfirmed      provider   no customer impact is confirmed
                                                      [not-confirmed]
  T+13m         10m  down_assessing        provider   it is not known yet what a move would lose
                                                      [loss-unknown]
  T+23m       21m1s  awaiting_awareness    customer   a loss is known; the customer does not know of
                                                      the outage yet [pending]
  T+44m1s       15m  awaiting_support      provider   case or loss level outstanding, or the channel
                                                      is down [pending]
  T+59m1s        1h  awaiting_consent      customer   the level of loss is told, no answer yet
                                                      [pending]
  T+1h59m      7h1m  down_held             customer   the customer will not lose the data [declined]

Rules that decided
  * not-confirmed: if impact_confirmed is no -> hold (impact_unconfirmed) [S22]
  * loss-unknown: if loss_state is undetermined -> hold (loss_not_determined) [S24]
  * pending: if no rule above it holds -> hold (consent_pending) [S24, S25]
  * declined: if consent is declined -> hold (consent_declined) [S27, S29]

What would have had to be different
  * consent_declined, 7h1m: a customer who accepts the loss that was told, or a copy that has
    everything (loss 0).
  * consent_pending, 1h36m: consent to the loss, or a copy that has everything (loss 0).
  * loss_not_determined, 10m: a faster determination of the loss.
  * impact_unconfirmed, 5m: an earlier confirmation that customers are impacted.
  * The rules under which this policy moves an environment that is down:
      auto-zero-loss: location is NearCopy and data_loss is 0s [S15, S23]
      consented: location is NearCopy and consent is granted and loss_within_consent is yes [S24,
      S27, S28]

What it lost, or would have lost
  * T+0: It lost its service; the copy was 3m behind.
  * T+23m: The provider determines what a move of firm-prod would lose: 3m.
  * T+59m1s: Support tells the customer of firm-prod what a move would lose: 3m.
  * Since it did not move it lost nothing; a move would have lost 3m.
"""


@pytest.fixture(scope="module")
def world() -> Played:
    return played()


def told(world: Played, name: str, at_ms: int | None = None) -> str:
    """The explanation with its lines run together, so that a sentence can be looked for."""
    return " ".join(explain(world.timeline, name, policy=world.policy, at_ms=at_ms).split())


def test_an_environment_that_stayed_is_explained_like_this(world: Played) -> None:
    """Golden: refused consent, from the answer to the loss."""
    text = explain(world.timeline, "firm-prod", policy=world.policy)
    assert text.startswith(FIRM_PROD)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "free-prod",
            "It failed over: users were served again, from north, after 1h23m without service; nothing was lost.",
        ),
        ("busy-prod", "what was written in the last 3m before is lost."),
        ("busy-prod", "It was home in west at T+13h, interrupted for 40s."),
        ("dev", "It did not move, and no outage could have moved it, since it is not covered."),
        ("dev", "cover: a type that may be moved (Production), and no opting out"),
        ("calm-prod", "Nothing happened to it: calm-prod was served at home throughout."),
        ("calm-prod", "Outage gale at T+0 was in west, and this environment is at home in north."),
    ],
)
def test_every_fate_has_its_answer(name: str, sentence: str, world: Played) -> None:
    """Moved without loss, moved with consent, not covered, never hit."""
    assert sentence in told(world, name)


SPARED = STORM.replace("lasts: 9h", "lasts: 9h, scope: {select: {name: dev}}")
NEVER_BACK = STORM.replace("lasts: 9h", "destroys_data: true, lasts: 9h").replace(
    "pair: north", "geography: x"
)
OPEN = STORM.replace("horizon: 3d", "horizon: 4h")
SHORT = STORM.replace("lasts: 9h", "lasts: 30m")
GRAY = STORM.replace("lasts: 9h", "lasts: 9h, kind: gray, capability: 0.8")


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        pytest.param(SPARED, "busy-prod", "hit only environments that its scope selects", id="spared"),
        pytest.param(
            NEVER_BACK, "busy-prod", "It is lost: west came back, this environment did not", id="lost"
        ),
        pytest.param(OPEN, "firm-prod", "was still down at the end of the scenario: 2h at least", id="open"),
        pytest.param(
            SHORT, "free-prod", "west came back, after 30m, before its move was done", id="broken off"
        ),
        pytest.param(GRAY, "dev", "impaired for 9h and served users all the time", id="impaired"),
        pytest.param(
            GRAY, "busy-prod", "Before that it was impaired, and still served users, for 1h19m.", id="gray"
        ),
    ],
)
def test_other_outages_have_their_answers(text: str, name: str, sentence: str) -> None:
    assert sentence in told(played(text), name)


def test_every_spell_without_service_has_its_own_answer() -> None:
    """Hit again where it went, an environment is told twice, and a loss belongs to the move that had it."""
    flood = "  - {id: flood, region: north, at: 6h, lasts: 3h, detection: {automatic: 8m}}\n"
    explained = told(played(STORM + flood), "busy-prod")
    assert "after 2h19m without service; what was written in the last 3m before is lost." in explained
    assert "At T+4h it lost its service again. It did not move. It came back with north after 3h" in explained
    assert explained.count("is lost.") == 3  # in the answer, in the list of what became known, in the causes


def test_the_state_at_an_instant_names_phase_owner_and_causes(world: Played) -> None:
    """The chain of causes goes back to the outage."""
    text = told(world, "busy-prod", at_ms=2 * 3_600_000 + 40 * 60_000)
    assert "At T+40m it was awaiting_support, since T+34m18s, provider's time" in text
    assert "A hard outage, gale, begins in west" in text


def test_stays_follow_each_other_and_cover_the_episode(world: Played) -> None:
    """No gap and no overlap: the times of the table sum to the episode."""
    for row in range(len(world.timeline.trial.estate)):
        for episode in episodes(world.timeline, row):
            edges = [(stay.start_ms, stay.end_ms) for stay in episode.stays]
            assert [begin for begin, _ in edges[1:]] == [end for _, end in edges[:-1]]
            assert sum(stay.length_ms for stay in episode.stays) == episode.end_ms - episode.start_ms


def test_every_environment_of_a_world_can_be_explained(world: Played) -> None:
    """And no explanation says more than its page can hold."""
    for name in world.timeline.trial.estate.names:
        text = explain(world.timeline, name, policy=world.policy)
        assert max(map(len, text.splitlines())) <= 100


def test_many_episodes_are_told_in_brief_and_the_longest_in_full() -> None:
    """A year of outages is a sentence each."""
    text = STORM.replace("at: 2h, lasts: 9h", "every: 12h, lasts: 30m").replace("horizon: 3d", "horizon: 5d")
    explained = told(played(text), "dev")
    assert re.search(r"\d+ episodes; below the one with the longest down time", explained)
    assert explained.count("Where the time went") == 1


def test_rules_are_told_with_condition_decision_and_source(world: Played) -> None:
    policy = world.policy
    assert rule_in_words(policy, "auto-zero-loss") == (
        "auto-zero-loss: if location is NearCopy and data_loss is 0s -> failover [S15, S23]"
    )
    assert "no rule holds" in rule_in_words(policy, "default")
    assert next(rule.id for rule in moving_rules(policy)) == "go-home"


def test_a_move_in_vain_is_told_as_a_move() -> None:
    """It went, and what it needs was still down."""
    scenario = Scenario.model_validate(
        {
            "version": 1,
            "name": "in-vain",
            "horizon": "2d",
            "regions": [{"name": "a", "pair": "b"}, {"name": "b"}],
            "link": {"kind": "synchronous"},
            "environments": [
                {"name": "db", "region": "a", "type": "Sandbox"},
                {"name": "app", "region": "a", "depends_on": ["db"]},
            ],
            "outages": [{"id": "o", "region": "a", "at": "1h", "lasts": "10h"}],
        }
    )
    policy = load_policy("seed-2024-11")
    text = explain(simulate(resolve(scenario), policy), "app", policy=policy)
    assert "It moved to b after" in text
    assert "was down there too; users were served again after 10h without" in " ".join(text.split())
    assert "It did not move" not in text
