"""The policies of a comparison, from the words of the command line: a case for each, and how to play its worlds again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bcdr_sim.cli.answer import refuse

if TYPE_CHECKING:
    from bcdr_sim.experiment import Case

_SETTING = re.compile(r"\w+=\S+")


def rivals(scenario: str, policies: Sequence[str], *, seed: int) -> tuple[tuple[Case, ...], list[list[str]]]:
    """A case of the scenario for each policy, the base first, and the words of the command that plays a world of it again.

    A policy is its name or file, and the values of parameters behind it: `seed hold_down=2h`. One policy alone is compared
    with the scenario's own.

    Raises:
        InputError: no policy, faults in the files, or a scenario that is one frozen world.
    """
    from bcdr_sim.cli.world import choose_policy
    from bcdr_sim.experiment.case import case_of
    from bcdr_sim.experiment.comparison import distinct
    from bcdr_sim.experiment.plan import check_not_frozen
    from bcdr_sim.scenario.reading import load_scenario

    if not policies:
        raise refuse(
            "is needed: name two policies, or one to compare with the scenario's own", what="--policy"
        )
    read = load_scenario(scenario)
    check_not_frozen(read)
    cases, words = [], []
    for text in [None, *policies] if len(policies) == 1 else policies:
        name, settings = (None, []) if text is None else _policy_words(text)
        policy = choose_policy(read, scenario, policy=name, settings=settings)
        cases.append(case_of(read, policy, label=" ".join([policy.name, *settings])))
        again = ["bcdr-sim", "replay", scenario, "--seed", str(seed)]
        again += [] if name is None else ["--policy", name]
        words.append(again + [word for setting in settings for word in ("--set", setting)])
    labels = distinct([case.label for case in cases])
    return tuple(replace(case, label=label) for case, label in zip(cases, labels, strict=True)), words


def _policy_words(text: str) -> tuple[str, list[str]]:
    """A policy and the values of its parameters: what stands last and has an `=` in it."""
    words = text.split(" ")
    at = len(words)
    while at > 1 and _SETTING.fullmatch(words[at - 1]):
        at -= 1
    return " ".join(words[:at]), words[at:]
