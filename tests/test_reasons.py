"""Laws of the reasons of a hold: each has an owner, a sentence, and a phase whose time it is."""

from typing import get_args

from bcdr_sim.phases import Phase
from bcdr_sim.policy import Reason
from bcdr_sim.policy.decision import HELD_BY
from bcdr_sim.report.reasons import REASON_ROWS
from bcdr_sim.scenario.expectations import MainReason
from bcdr_sim.timeline.columns import OWNER_OF, OWNERS
from bcdr_sim.timeline.stays import owner_of


def test_every_reason_has_an_owner_and_a_sentence() -> None:
    """In the order of the vocabulary, so that none is forgotten when one is added."""
    assert list(HELD_BY) == list(Reason) == [row.reason for row in REASON_ROWS]
    assert set(HELD_BY.values()) <= set(OWNERS)


def test_an_expectation_may_name_every_reason_and_no_other_word() -> None:
    """The words of the scenario file are those of the policy."""
    (words, _) = get_args(MainReason)
    assert get_args(words) == (*(reason.value for reason in Reason), "none")


def test_a_refusal_is_the_customers_time_and_a_full_region_the_providers() -> None:
    """What the customer alone can end is the customer's."""
    owned = {reason for reason, owner in HELD_BY.items() if owner == "customer"}
    assert owned == {Reason.CONSENT_PENDING, Reason.CONSENT_DECLINED, Reason.OUTSIDE_WINDOW}


def test_owners_by_code_are_owners_by_name() -> None:
    """The table that frames and metrics read is the rule, for every phase and reason and for none."""
    for phase in Phase:
        for place, reason in enumerate((*Reason, None)):
            code = OWNER_OF[phase, place]
            assert (OWNERS[code] if code >= 0 else "") == owner_of(phase, reason)
        assert OWNER_OF[phase, -1] == OWNER_OF[phase, len(Reason)]
