"""Several differences judged together: better, worse, within its margin, or inconclusive, each with the risk it may take.

One difference of a family is primary and has the full level; the others share it by Holm's rule, each of the three
statements for itself, so that among many metrics and tiers none is worse, better or alike by luck.

Source: the gates of the policy design (margin in the metric's unit, one primary metric, Holm over the rest), in both
directions; two one-sided tests for "within the margin" (D. Schuirmann, 1987).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.gates import Gated, holm
from bcdr_sim.statistics.paired import Discordant, exact_p_value
from bcdr_sim.statistics.sample import require_share
from bcdr_sim.statistics.verdicts import Change, change, p_above, p_below, require_margin


@dataclass(frozen=True, slots=True)
class ChangeValues:
    """How surely a difference is *not* worse, not better, not within the margin: small p-values speak for the statement."""

    worse: float
    better: float
    within: float


@dataclass(frozen=True, slots=True)
class ChangeJudged:
    """The verdict on one difference and the p-values behind it, after Holm unless it is primary."""

    change: Change
    p: ChangeValues


def change_values(difference: Estimate, margin: float, *, pairs: Discordant | None = None) -> ChangeValues:
    """Give the one-sided p-values of the three statements; with `pairs`, of an outcome that is yes or no.

    A difference that is the same in all pairs leaves no doubt either way. Of yes or no, "more often" and "less often"
    rest on the exact test on the discordant pairs as well, whichever is the weaker. Raises ValueError for a bad margin.
    """
    require_margin(margin)
    found = change(difference, margin)
    if difference.standard_error == 0:
        sure = {each: float(each is not found) for each in Change}
        values = ChangeValues(sure[Change.WORSE], sure[Change.BETTER], sure[Change.WITHIN_MARGIN])
    else:
        values = ChangeValues(
            worse=p_above(difference, margin),
            better=p_below(difference, -margin),
            within=max(p_below(difference, margin), p_above(difference, -margin)),
        )
    if pairs is None:
        return values
    more = exact_p_value(pairs.only_a, pairs.only_b, more_only=True)
    less = exact_p_value(pairs.only_b, pairs.only_a, more_only=True)
    return ChangeValues(max(values.worse, more), max(values.better, less), values.within)


def judge_changes(
    differences: Mapping[str, Gated], *, level: float = 0.95, pairs: Mapping[str, Discordant] | None = None
) -> dict[str, ChangeJudged]:
    """Judge the differences of one family, candidate minus base, of which more is worse.

    `pairs` are those of the outcomes that are yes or no, by the same names. A statement holds where its p-value, after Holm
    unless it is that of the primary difference, is at most half of `1 - level`; an interval at `level` says the same of the
    primary one. Raises ValueError for more than one primary difference.
    """
    half = (1 - require_share(level, name="level")) / 2
    primary = [name for name, each in differences.items() if each.is_primary]
    if len(primary) > 1:
        raise ValueError(f"one primary difference to a family, not {len(primary)}: {', '.join(primary)}")
    yes_or_no = pairs or {}
    raw = {
        name: change_values(each.difference, each.margin, pairs=yes_or_no.get(name))
        for name, each in differences.items()
    }
    rest = [name for name in differences if name not in primary]
    worse = dict(zip(rest, holm([raw[name].worse for name in rest]), strict=True))
    better = dict(zip(rest, holm([raw[name].better for name in rest]), strict=True))
    within = dict(zip(rest, holm([raw[name].within for name in rest]), strict=True))
    judged = {}
    for name in differences:
        p = raw[name] if name in primary else ChangeValues(worse[name], better[name], within[name])
        judged[name] = ChangeJudged(_by_p_values(p, half), p)
    return judged


def _by_p_values(p: ChangeValues, alpha: float) -> Change:
    if p.worse <= alpha:
        return Change.WORSE
    if p.better <= alpha:
        return Change.BETTER
    return Change.WITHIN_MARGIN if p.within <= alpha else Change.INCONCLUSIVE
