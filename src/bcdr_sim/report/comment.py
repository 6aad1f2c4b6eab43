"""A reviewed change as the comment of a pull request, for somebody who has never seen the policy or this program.

What it comes to stands first, then what is wrong, then what is done otherwise and for whom, then what was tried. Words that
occur are explained at the end. Text of files is plain text: it is no markup, mentions nobody and links nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bcdr_sim.analysis import Change, Finding, Severity
from bcdr_sim.analysis.witnesses import nearest
from bcdr_sim.policy import Action
from bcdr_sim.policy.axes import AXES
from bcdr_sim.report.comment_parts import DETAILS, Detail, Part, Rank, Section, shown, size_of
from bcdr_sim.report.exploration import explored_summary
from bcdr_sim.report.exposure import exposure_words, visit_words
from bcdr_sim.report.gates import gates_markdown
from bcdr_sim.report.review_sections import (
    BEHIND,
    idle_lines,
    sections,
    standing,
    tally,
    verdict_words,
    which,
)
from bcdr_sim.report.wording import listing, plain_markdown
from bcdr_sim.review import Ending, PolicyReview, Review
from bcdr_sim.statistics import Verdict

COMMENT_BYTES_MAX = 60_000
"""A comment holds 65,536 characters. Assumption: room is left for what the platform adds."""

_TAIL_BYTES: Final = 300
"""So long is the sentence that counts what was left out, at most."""

_GATE_RANKS: Final[Mapping[Verdict, Rank]] = {
    Verdict.PASS: Rank.HOLDS,
    Verdict.FAIL: Rank.FAILURE,
    Verdict.INCONCLUSIVE: Rank.OPEN,
}
_MEANS: Final[Mapping[Ending, str]] = {
    Ending.NOTHING: "There was nothing to look at, or a gate judged nothing. That is no success.",
    Ending.VIOLATION: "This change breaks what held before, or takes a guard away. It should not be merged as it is.",
    Ending.STALE: "Nothing is broken, but what was approved is no longer what is here. Somebody has to look at the change "
    "and say why it is right: `bcdr-sim approve --reason TEXT`.",
    Ending.INCONCLUSIVE: "Nothing is known to be broken, but a question below has no answer yet.",
    Ending.PASS: "Nothing that held before is broken, and no guard is gone. Whether what changes below is wanted is for a "
    "person to say.",
}
_DOES: Final[Mapping[Action, str]] = {
    Action.HOLD: "the environment stays where it is, for the reason given",
    Action.ASK_CONSENT: "the provider asks the customer whether the loss is accepted",
    Action.FAILOVER: "the environment is moved to its copy at once; what the copy does not have is lost",
    Action.PLANNED_FAILOVER: "the environment is moved to its copy in an orderly way; nothing is lost",
    Action.FAILBACK: "the environment is moved home in an orderly way; nothing is lost",
    Action.FORCED_FAILBACK: "the environment is moved home at once; what the copy there does not have is lost",
    Action.TEST_FAILOVER: "an isolated copy is tried; nobody notices",
    Action.RESTORE: "the environment goes back to a recovery point; what is newer is lost",
}

STARTS: Final[Mapping[str, str]] = {
    "calm": "at its primary, with nothing going on",
    "regional_outage": "in a region-wide outage, confirmed two hours ago, in which a move would lose nothing",
    "at_secondary": "served from its copy for two days and ready to go home",
}
"""The named observations that an example starts from, in words."""
_TERMS: Final[Mapping[str, str]] = {
    "rule": "a line of the policy; the first one whose conditions hold decides",
    "invariant": "a law that the rules must keep: never, or always, one of some actions where its conditions hold",
    "gate": "how much worse simulated outages may get by a change",
    "box": "conditions that hold together",
}


def review_markdown(review: Review) -> str:
    """The comment, at most `COMMENT_BYTES_MAX` long: first sentences are cut, then what holds and notes are left out.

    What is left out is counted.
    """
    head = [
        f"## Failover policy: {verdict_words(review)}",
        "",
        _MEANS[review.ending],
        "",
        tally(review) + ".",
    ]
    head += ["", f"> **Note:** {BEHIND}"] if review.is_behind else []
    head += [f"\n> **Note:** {plain_markdown(idle)}" for idle in idle_lines(review)]
    top = "\n".join(head)
    bytes_max = COMMENT_BYTES_MAX - len(top.encode()) - _TAIL_BYTES
    sections_ = _fitting(review, bytes_max)
    return "\n".join([top, *shown(sections_, bytes_max=bytes_max)]) + "\n"


def _fitting(review: Review, bytes_max: int) -> list[Section]:
    """The whole comment in the most detail in which it fits, or else in which all that fails does."""
    words = list(_words(review))
    versions = [[*_sections(review, detail), *words] for detail in DETAILS]
    for rank in (Rank.HOLDS, Rank.FAILURE):
        for version in versions:
            if size_of(version, rank=rank) <= bytes_max:
                return version
    return versions[-1]


def _sections(review: Review, detail: Detail) -> Iterator[Section]:
    yield _wrong(review, detail)
    yield _changes(review, detail)
    yield from _gates(review)
    yield _claims(review, detail)
    yield _notes(review, detail)


def _wrong(review: Review, detail: Detail) -> Section:
    parts = []
    for finding in sections(review).wrong:
        is_error = finding.severity is Severity.ERROR
        mark = "**Error**" if is_error else "**Warning**"
        rank = Rank.FAILURE if is_error else Rank.OPEN
        parts.append(Part(f"* {mark} in {_listed(finding, detail)}", rank))
    return Section("\n### What is wrong\n", tuple(parts))


def _notes(review: Review, detail: Detail) -> Section:
    head = "\n### Worth knowing\n\nThis breaks nothing that anybody has forbidden.\n"
    notes = (f"* {_listed(finding, detail)}" for finding in sections(review).notes)
    return Section(head, tuple(Part(text, Rank.NOTE) for text in notes))


def _listed(finding: Finding, detail: Detail) -> str:
    """A finding as an item of a list: place and sentence, below it an example, the events, the place of the law."""
    lines = [
        f"{plain_markdown(finding.problem.place)}: {plain_markdown(detail.sentence(finding.problem.message))}."
    ]
    if finding.witness and not finding.kind.needs_events:
        base, given = nearest(finding.witness)
        shown = ", ".join(f"{axis} {value}" for axis, value in given.items())
        but = f", but with {shown}" if shown else ""
        lines.append(f"Example: an environment {plain_markdown(f'{STARTS[base]}{but}')}")
    if finding.trace:
        lines.append(
            f"It happens like this: {plain_markdown(detail.sentence(', then '.join(finding.trace)))}"
        )
    if finding.parameters:
        values = ", ".join(f"{name} {value}" for name, value in finding.parameters.items())
        lines.append(f"With the parameters {plain_markdown(values)}")
    seen, rest_count = finding.related[: detail.cases_max], len(finding.related) - detail.cases_max
    lines += [f"See {plain_markdown(each.place)}: {plain_markdown(each.message)}" for each in seen]
    lines += [f"See {rest_count:,} more places in the JSON report"] if rest_count > 0 else []
    head, *rest = lines
    return "\n".join([f"{head} ({finding.kind.code})", *(f"  * {line}" for line in rest)])


def _changes(review: Review, detail: Detail) -> Section:
    """What every policy does otherwise, where, and how often simulated incidents come there."""
    parts: list[Part] = []
    for policy in review.policies:
        own = [
            Part(f"* **Given up**, so not known: {plain_markdown(detail.sentence(reason))}", Rank.OPEN)
            for reason in policy.given_up
        ]
        own += [Part(text, Rank.CHANGE) for text in _changed(policy, detail)]
        usual = Rank.CHANGE if policy.is_gone or policy.is_new else Rank.HOLDS
        rank = min((part.rank for part in own), default=usual)
        parts += [Part(f"\n**{plain_markdown(policy.path)}**: {standing(policy)}.\n", rank), *own]
    return Section("\n### What is decided otherwise", tuple(parts))


def _changed(policy: PolicyReview, detail: Detail) -> Iterator[str]:
    for number, change in _actions(policy):
        yield f"* {_sentence(change)}"
        for position, box in enumerate(change.boxes):
            weight = ""
            if policy.exposure is not None:
                weight = f" ({plain_markdown(visit_words(policy.exposure, number, position))})"
            yield f"  * {plain_markdown(detail.sentence(str(box)))}{weight}"
        if not change.is_whole:
            yield f"  * and more than these {len(change.boxes)}"
    if policy.explored is not None:
        yield f"\nTried in {plain_markdown(explored_summary(policy.explored))}."
    if policy.exposure is not None:
        yield f"\nWeighed by {plain_markdown(exposure_words(policy.exposure).partition(': ')[2])}."


def _gates(review: Review) -> Iterator[Section]:
    """A table of every gate."""
    for gate in review.gates:
        head, *rows = gates_markdown([gate])
        ranks = [_GATE_RANKS[metric.verdict] for metric in gate.metrics]
        parts = tuple(map(Part, rows, ranks))
        yield Section(head, parts) if parts else Section("", (Part(head, Rank.OPEN),))


def _actions(policy: PolicyReview) -> Iterator[tuple[int, Change]]:
    if policy.difference is not None:
        yield from ((at, each) for at, each in enumerate(policy.difference.changes) if each.is_action)


def _sentence(change: Change) -> str:
    """`Now **failover** by rule *move*, before **hold** by rules *stay* and *wait*, wherever`."""
    rules = [f"*{plain_markdown(each.rule)}*" for each in change.befores]
    before = f"**{plain_markdown(change.befores[0].action.value)}** by rule{'s' if len(rules) > 1 else ''} {listing(rules)}"
    reason = f" ({plain_markdown(change.after.reason.value)})" if change.after.reason else ""
    after = f"**{plain_markdown(change.after.action.value)}**{reason} by rule *{plain_markdown(change.after.rule)}*"
    return f"Now {after}, before {before}, wherever all of a line holds:"


def _claims(review: Review, detail: Detail) -> Section:
    head = (
        "\n### What scenarios and tests expect\n\nThose of before are tried under the policies of now; what is new or "
        "changed, too.\n\n| | scenario or test | what does not hold |\n|---|---|---|"
    )
    parts = []
    for each in review.claims:
        failures = plain_markdown(detail.cases(each.failures))
        name = plain_markdown(each.path + which(each))
        mark, rank = ("ok", Rank.HOLDS) if each.holds else ("**fails**", Rank.FAILURE)
        parts.append(Part(f"| {mark} | {name} | {failures} |", rank))
    return Section(head, tuple(parts))


def _words(review: Review) -> Iterator[Section]:
    """What the words mean that stand above, folded away."""
    changes = [change for policy in review.policies for _, change in _actions(policy)]
    found = sections(review)
    listed = (*found.wrong, *found.notes)
    most = DETAILS[0]
    tables = [_wrong(review, most), _notes(review, most), _changes(review, most), *_gates(review)]
    told = "\n".join(text for each in tables for text in (each.head, *(part.text for part in each.parts)))
    axes = {axis for change in changes for box in change.boxes for axis, _ in box.words}
    axes |= {axis for finding in listed if finding.witness for axis in nearest(finding.witness)[1]}
    kinds = {finding.kind.code: finding.kind for finding in listed}
    lines = [f"* **{word}**: {meaning}" for word, meaning in _TERMS.items() if word in told]
    lines += [f"* **{plain_markdown(each.value)}**: {_DOES[each]}" for each in Action if _names(told, each)]
    lines += [
        f"* {plain_markdown(name)}: {plain_markdown(AXES[name].meaning)}" for name in AXES if name in axes
    ]
    lines += [
        f"* {code} ({kind.name}): {plain_markdown(kind.meaning)}" for code, kind in sorted(kinds.items())
    ]
    if lines:
        body = "\n".join(lines)
        text = f"\n<details><summary>What the words mean</summary>\n\n{body}\n\n</details>"
        yield Section("", (Part(text, Rank.WORDS),))


def _names(text: str, action: Action) -> bool:
    """Whether a text, in which signs are escaped, names an action and not one whose name it is a part of."""
    return re.search(rf"(?<![\w\\]){re.escape(plain_markdown(action.value))}(?![\w\\])", text) is not None
