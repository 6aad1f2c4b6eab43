"""From numbers of many replications to statements that hold: estimates with intervals, verdicts, when to stop.

Pure functions on arrays with one value per replication; scipy does the arithmetic. Nothing here runs, reads or prints.

* `mean`, `ratio`, `share`, `quantile`, `cvar`: one `Estimate` each, with interval, n, censored and unbounded counts;
* `world_curve`, `incident_curve`: how often a value is at most x, with a band;
* `incidents`, `incident_quantiles`, `restricted_mean`: lengths of which some are open at the horizon;
* `Precision`, `look`: when there are enough replications;
* `outage_strata`, `allocation`, `stratified_mean`: rare outages;
* `paired_difference`, `discordant_pairs`, `judge_gate`, `judge_changes`: two policies in the same worlds;
* `split_variance`, `rate`, `RatePosterior`: what is not known of the inputs;
* `alternatives`: the same mean from another family; `sobol_indices`, `tornado`: sensitivity.
"""

from bcdr_sim.statistics.censoring import incident_quantile, incident_quantiles, restricted_mean
from bcdr_sim.statistics.changes import ChangeJudged, ChangeValues, change_values, judge_changes
from bcdr_sim.statistics.curves import Curve, incident_curve, share_at, world_curve
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.families import Alternative, alternatives, flipped
from bcdr_sim.statistics.gates import Gated, Judged, Looks, holm, judge_breaches, judge_gate, worst
from bcdr_sim.statistics.kaplan_meier import Incidents, incidents, survival
from bcdr_sim.statistics.means import batch_means, mean, ratio
from bcdr_sim.statistics.paired import (
    Discordant,
    Paired,
    discordant_pairs,
    exact_p_value,
    paired_difference,
    paired_ratio,
)
from bcdr_sim.statistics.probabilities import (
    clopper_pearson,
    failure_free_n,
    share,
    share_gate,
    wilson,
    zero_events_bound,
)
from bcdr_sim.statistics.quantiles import Ranks, cvar, least_n, quantile, quantile_ranks, rank_of
from bcdr_sim.statistics.sample import numbers, sum_by_replication
from bcdr_sim.statistics.sensitivity import Index, Swing, sobol_design, sobol_indices, tornado
from bcdr_sim.statistics.stopping import Look, Precision, look, look_at
from bcdr_sim.statistics.strata import (
    Stratum,
    allocation,
    last_stratum,
    outage_counts,
    outage_starts_ms,
    outage_strata,
    stratified_mean,
    variance_gain,
)
from bcdr_sim.statistics.uncertainty import RatePosterior, Split, rate, split_variance
from bcdr_sim.statistics.verdicts import Change, Verdict, change, judge, p_above, p_below

__all__ = [
    "Alternative",
    "Change",
    "ChangeJudged",
    "ChangeValues",
    "Curve",
    "Discordant",
    "Estimate",
    "Gated",
    "Incidents",
    "Index",
    "Judged",
    "Look",
    "Looks",
    "Paired",
    "Precision",
    "Ranks",
    "RatePosterior",
    "Split",
    "Stratum",
    "Swing",
    "Verdict",
    "allocation",
    "alternatives",
    "batch_means",
    "change",
    "change_values",
    "clopper_pearson",
    "cvar",
    "discordant_pairs",
    "exact_p_value",
    "failure_free_n",
    "flipped",
    "holm",
    "incident_curve",
    "incident_quantile",
    "incident_quantiles",
    "incidents",
    "judge",
    "judge_breaches",
    "judge_changes",
    "judge_gate",
    "last_stratum",
    "least_n",
    "look",
    "look_at",
    "mean",
    "numbers",
    "outage_counts",
    "outage_starts_ms",
    "outage_strata",
    "p_above",
    "p_below",
    "paired_difference",
    "paired_ratio",
    "quantile",
    "quantile_ranks",
    "rank_of",
    "rate",
    "ratio",
    "restricted_mean",
    "share",
    "share_at",
    "share_gate",
    "sobol_design",
    "sobol_indices",
    "split_variance",
    "stratified_mean",
    "sum_by_replication",
    "survival",
    "tornado",
    "variance_gain",
    "wilson",
    "world_curve",
    "worst",
    "zero_events_bound",
]
