"""A reviewed change as the comment of a pull request, for somebody who has never seen the policy or this program.

What it comes to stands first, then what is wrong, then what is done otherwise and for whom, then what was tried. Words that
occur are explained at the end. Text of files is plain text: it is no markup, mentions nobody and links nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bcdr_sim.analysis import Change, Severity
from bcdr_sim.policy import Action
from bcdr_sim.policy.axes import AXES
from bcdr_sim.report.exploration import explored_summary
from bcdr_sim.report.exposure import exposure_words, visit_words
from bcdr_sim.report.findings import with_witness
from bcdr_sim.report.gates import gates_markdown
from bcdr_sim.report.review import BEHIND, loud, standing, summary, verdict_words, which
from bcdr_sim.report.wording import count, listing, plain_markdown
from bcdr_sim.review import Ending, PolicyReview, Review

COMMENT_BYTES_MAX = 60_000
"""A comment holds 65,536 characters. Assumption: room is left for what the platform adds."""

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


def review_markdown(review: Review) -> str:
    """The comment, at most `COMMENT_BYTES_MAX` long; what is cut is counted."""
    head = [
        f"## Failover policy: {verdict_words(review)}",
        "",
        _MEANS[review.ending],
        "",
        summary(review) + ".",
    ]
    head += ["", f"> **Note:** {BEHIND}"] if review.is_behind else []
    blocks = [
        *_wrong(review),
        *_changes(review),
        *gates_markdown(review.gates),
        *_claims(review),
        *_words(review),
    ]
    taken, length = [], len("\n".join(head).encode())
    for block in blocks:
        length += len(block.encode()) + 1
        if length > COMMENT_BYTES_MAX:
            break
        taken.append(block)
    rest = len(blocks) - len(taken)
    tail = [f"\n{count(rest, 'part')} more in the JSON report."] if rest else []
    return "\n".join([*head, *taken, *tail]) + "\n"


def _wrong(review: Review) -> Iterator[str]:
    found = loud(review)
    if found:
        yield "\n### What is wrong\n"
    for finding in found:
        place = plain_markdown(finding.problem.place)
        message = plain_markdown(with_witness(finding).problem.message)
        mark = "**Error**" if finding.severity is Severity.ERROR else "**Warning**"
        yield f"* {mark} in {place}: {message} ({finding.kind.code}, {finding.kind.name})"


def _changes(review: Review) -> Iterator[str]:
    """What every policy does otherwise, where, and how often simulated incidents come there."""
    if review.policies:
        yield "\n### What is decided otherwise"
    for policy in review.policies:
        yield f"\n**{plain_markdown(policy.path)}**: {standing(policy)}.\n"
        for number, change in _actions(policy):
            yield f"* {_sentence(change)}"
            for position, box in enumerate(change.boxes):
                weight = ""
                if policy.exposure is not None:
                    weight = f" ({plain_markdown(visit_words(policy.exposure, number, position))})"
                yield f"  * {plain_markdown(str(box))}{weight}"
            if not change.is_whole:
                yield f"  * and more than these {len(change.boxes)}"
        for reason in policy.given_up:
            yield f"* **Given up**, so not known: {plain_markdown(reason)}"
        if policy.explored is not None:
            yield f"\nTried in {plain_markdown(explored_summary(policy.explored))}."
        if policy.exposure is not None:
            yield f"\nWeighed by {plain_markdown(exposure_words(policy.exposure).partition(': ')[2])}."


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


def _claims(review: Review) -> Iterator[str]:
    if review.claims:
        yield (
            "\n### What scenarios and tests expect\n\nThose of before are tried under the policies of now; what is new or "
            "changed, too.\n\n| | scenario or test | what does not hold |\n|---|---|---|"
        )
    for each in review.claims:
        failures = plain_markdown("; ".join(each.failures))
        name = plain_markdown(each.path + which(each))
        yield f"| {'ok' if each.holds else '**fails**'} | {name} | {failures} |"


def _words(review: Review) -> Iterator[str]:
    """What the words mean that stand above, folded away."""
    changes = [change for policy in review.policies for _, change in _actions(policy)]
    if not changes:
        return
    axes = {axis for change in changes for box in change.boxes for axis, _ in box.words if axis in AXES}
    actions = {each.action for change in changes for each in (*change.befores, change.after)}
    lines = [f"* **{plain_markdown(each.value)}**: {_DOES[each]}" for each in Action if each in actions]
    lines += [
        f"* {plain_markdown(name)}: {plain_markdown(AXES[name].meaning)}" for name in AXES if name in axes
    ]
    body = "\n".join(lines)
    yield f"\n<details><summary>What the words mean</summary>\n\n{body}\n\n</details>"
