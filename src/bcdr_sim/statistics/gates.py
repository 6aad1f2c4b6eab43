"""Gates on a change: which verdicts may be given when several metrics are looked at, perhaps more than once.

One metric of a gate is primary and is judged at the full level. The rest share it by Holm's rule, in either direction, so
that among many tiers and metrics none fails or passes by luck. Looks are fixed beforehand and share alpha alike: who
looks again until it fits has used it up.

Source: statistics of the gates in the policy design (paired differences, a margin in the metric's unit, fail, pass,
inconclusive; fixed looks sharing alpha; one primary metric, Holm over the rest; exact test on discordant pairs).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.paired import Discordant, exact_p_value
from bcdr_sim.statistics.sample import require_count, require_share
from bcdr_sim.statistics.verdicts import Verdict, judge, p_above, p_below, require_margin


@dataclass(frozen=True, slots=True)
class Looks:
    """The numbers of pairs at which a change may be judged, rising, and the alpha they share.

    Source: the gates of the policy design (default one look, n = 400). Alpha is shared alike (Bonferroni).
    """

    ns: tuple[int, ...] = (400,)
    alpha: float = 0.05

    def __post_init__(self) -> None:
        require_share(self.alpha, name="alpha")
        for n in self.ns:
            require_count(n, name="looks", least=2)
        if not self.ns or list(self.ns) != sorted(set(self.ns)):
            raise ValueError(f"looks: at least one, rising, not {list(self.ns)}")

    @property
    def level(self) -> float:
        """The level of the interval at each look."""
        return 1 - self.alpha / len(self.ns)

    def number(self, n: int) -> int:
        """Give the number of the look at `n` pairs, from 0; raises ValueError for an n that is none."""
        if n not in self.ns:
            raise ValueError(f"looks are fixed beforehand: {list(self.ns)}, not {n}")
        return self.ns.index(n)


@dataclass(frozen=True, slots=True)
class Gated:
    """A metric of a gate: its difference (candidate minus base, more is worse) and its margin in its unit.

    The difference is that of a `paired_difference` or a `paired_ratio`: an estimate with a standard error.
    """

    difference: Estimate
    margin: float
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one metric, and the p-values behind it, after Holm unless it is primary."""

    verdict: Verdict
    p_fail: float
    p_pass: float


def holm(p_values: Sequence[float]) -> list[float]:
    """Give Holm's adjusted p-values, in the order given: reject where they are at most alpha.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979. Raises ValueError for a p-value
    outside 0 to 1.
    """
    for at, p in enumerate(p_values):
        if not 0 <= p <= 1:
            raise ValueError(f"p_values[{at}]: 0 to 1, not {p!r}")
    adjusted = [1.0] * len(p_values)
    reached = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        reached = max(reached, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = reached
    return adjusted


def judge_gate(metrics: Mapping[str, Gated], *, looks: Looks, n: int) -> dict[str, Judged]:
    """Judge the metrics of one gate at the look of `n` pairs.

    The primary metric, if there is one, by its interval at the level of the look; the others by one-sided p-values at
    half its alpha, adjusted by Holm. Fail if the difference is above the margin beyond that doubt, pass if it is not
    above it beyond that doubt, else inconclusive. Raises ValueError for more than one primary metric, for an n that is no
    look, and for a difference of another number of pairs or another level.
    """
    looks.number(n)
    primary = [name for name, metric in metrics.items() if metric.is_primary]
    if len(primary) > 1:
        raise ValueError(f"one primary metric to a gate, not {len(primary)}: {', '.join(primary)}")
    for name, metric in metrics.items():
        require_margin(metric.margin)
        found = metric.difference
        if found.n != n or abs(found.level - looks.level) > 1e-12:
            raise ValueError(
                f"{name}: a difference of {found.n} pairs at level {found.level:.6g}; "
                f"this look has {n} at {looks.level:.6g}"
            )
    rest = [name for name in metrics if name not in primary]
    raw = {name: _p_values(metric) for name, metric in metrics.items()}
    p_fail = dict(zip(rest, holm([raw[name][0] for name in rest]), strict=True))
    p_pass = dict(zip(rest, holm([raw[name][1] for name in rest]), strict=True))
    half = (1 - looks.level) / 2
    judged = {}
    for name, metric in metrics.items():
        if metric.is_primary:
            judged[name] = Judged(judge(metric.difference, metric.margin), *raw[name])
        else:
            verdict = _by_p_value(p_fail[name], p_pass[name], alpha=half)
            judged[name] = Judged(verdict, p_fail[name], p_pass[name])
    return judged


def judge_breaches(pairs: Discordant, difference: Estimate, *, margin_share: float) -> Verdict:
    """Judge new breaches; `pairs` and `difference` are of the same yes-or-no outcomes, candidate and base.

    Fail if the candidate breaches more often by the exact one-sided test, at half the alpha of the difference, and, with
    a margin above 0, the lower end of the difference exceeds it. Pass if the upper end of the difference does not exceed
    the margin, as for any metric; identical outcomes pass at any margin. `pairs.newly` names the breaches.
    Source: the gates of the policy design: exact test on discordant pairs, and the newly breaching listed.
    """
    verdict = judge(difference, margin_share)
    is_more = exact_p_value(pairs.only_a, pairs.only_b, more_only=True) <= (1 - difference.level) / 2
    if is_more and (margin_share == 0 or verdict is Verdict.FAIL):
        return Verdict.FAIL
    return Verdict.PASS if verdict is Verdict.PASS else Verdict.INCONCLUSIVE


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Give the verdict on all together: fail before inconclusive before pass; raises ValueError for none."""
    if not verdicts:
        raise ValueError("no verdict: nothing was judged")
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS


def _p_values(metric: Gated) -> tuple[float, float]:
    return p_above(metric.difference, metric.margin), p_below(metric.difference, metric.margin)


def _by_p_value(p_fail: float, p_pass: float, *, alpha: float) -> Verdict:
    if p_fail <= alpha:
        return Verdict.FAIL
    return Verdict.PASS if p_pass <= alpha else Verdict.INCONCLUSIVE
