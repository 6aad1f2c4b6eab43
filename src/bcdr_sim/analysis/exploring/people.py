"""The customer in an exploration: a case, the level of loss told, the answer, and consent that is outgrown.

The rules are those of the engine (docs/reference/semantics.md, section 6) with every delay 0 but the customer's own: a case
is opened and the level told at one instant, unless support is down.
"""

from __future__ import annotations

from bcdr_sim.analysis.exploring.journal import Journal
from bcdr_sim.analysis.exploring.situation import UNDETERMINED, UNKNOWN_LEVEL, Consent, Environment, Situation
from bcdr_sim.events import Event
from bcdr_sim.phases import Phase

_TOLD = frozenset({Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT})
_WAITS = frozenset({Phase.AWAITING_CONSENT, Phase.AWAITING_AWARENESS, Phase.AWAITING_SUPPORT})
_NONE, _PENDING, _GRANTED, _DECLINED, _ = map(int, Consent)
_SOME = 2
"""The least figure that is a loss."""


class People:
    """What customers and the support desk do."""

    def __init__(self, journal: Journal, *, takes_part: bool, largest: int) -> None:
        """`takes_part`: the policy has a consent path. `largest` is the place of the largest loss."""
        self._journal = journal
        self.takes_part = takes_part
        self._largest = largest

    def can_open(self, situation: Situation, environment: Environment) -> bool:
        """Whether a case could be opened now."""
        return bool(
            self.takes_part
            and environment.figure >= _SOME
            and environment.consent == _NONE
            and situation.regions.support
            and situation.here_down(environment)
        )

    def open_case(self, environment: Environment) -> None:
        """The customer becomes aware and opens a case."""
        phase = environment.phase
        target = Phase.AWAITING_SUPPORT if phase == Phase.AWAITING_AWARENESS else phase
        self._journal.write(environment, Event.CUSTOMER_AWARE, target)
        self._journal.write(environment, Event.CASE_OPENED)
        environment.consent, environment.level = _PENDING, UNDETERMINED

    def provider_asks(self, environment: Environment, *, rule: int, is_served: bool) -> None:
        """The provider calls the customer."""
        target = None if is_served else Phase.AWAITING_SUPPORT
        environment.consent, environment.level = _PENDING, UNDETERMINED
        self._journal.write(environment, Event.CONSENT_ASKED, target, rule=rule)

    def tell(self, situation: Situation, environment: Environment) -> bool:
        """Tell the level of loss if that is due and support is up; whether it was."""
        if environment.consent != _PENDING or environment.level or not situation.regions.support:
            return False
        told = -1
        if environment.figure == UNDETERMINED:
            environment.level = UNKNOWN_LEVEL
        else:
            told = environment.loss
            environment.figure = environment.level = told + 1
        target = Phase.AWAITING_CONSENT if environment.phase in _TOLD else environment.phase
        self._journal.write(environment, Event.LOSS_LEVEL_TOLD, target, value=told)
        return True

    @staticmethod
    def is_told(environment: Environment) -> bool:
        """Whether the customer knows the level of loss and has not been told to wait for a new one."""
        return environment.consent != _PENDING or environment.level != UNDETERMINED

    def can_answer(self, situation: Situation, environment: Environment) -> bool:
        """Whether an answer could come now."""
        return bool(environment.consent == _PENDING and environment.level and situation.regions.support)

    @staticmethod
    def can_consent(environment: Environment) -> bool:
        """Whether an answer may be consent: not to a loss that is not known."""
        return environment.level != UNKNOWN_LEVEL

    def grant(self, environment: Environment, *, all_of_it: bool) -> None:
        """Consent to the level told, or to any loss."""
        environment.consent = _GRANTED
        if all_of_it:
            environment.level = self._largest + 1
        self._journal.write(
            environment, Event.CONSENT_GRANTED, environment.phase, value=environment.level - 1
        )
        self.check_exceeded(environment)

    def decline(self, environment: Environment) -> None:
        """Refuse the level told."""
        environment.consent = _DECLINED
        told = -1 if environment.level == UNKNOWN_LEVEL else environment.level - 1
        self._journal.write(environment, Event.CONSENT_DECLINED, environment.phase, value=told)
        environment.level = UNDETERMINED

    def figure_taken(self, environment: Environment) -> None:
        """The provider has a new figure: consent may no longer cover it."""
        if self.takes_part and environment.figure >= _SOME:
            self.check_exceeded(environment)

    def check_exceeded(self, environment: Environment) -> None:
        """Ask again when the known loss has outgrown the consent."""
        if environment.consent != _GRANTED or environment.figure <= environment.level:
            return
        environment.consent, environment.level = _PENDING, UNDETERMINED
        phase = environment.phase
        target = Phase.AWAITING_SUPPORT if phase in _WAITS else phase
        self._journal.write(environment, Event.CONSENT_EXCEEDED, target, value=environment.figure - 1)

    def close(self, environment: Environment) -> None:
        """The incident is over for the environment, and with it its case."""
        if environment.consent == _PENDING:
            self._journal.write(environment, Event.CASE_CLOSED, environment.phase)
        environment.consent, environment.level = _NONE, UNDETERMINED
