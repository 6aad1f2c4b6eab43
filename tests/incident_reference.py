"""Tables of the pages about recorded outages: facts of the record, comparisons and counterfactuals of fresh replays."""

from collections.abc import Callable
from functools import partial

from bcdr_sim.incidents.library import entries
from bcdr_sim.incidents.record import POLICIES, find, recorded
from bcdr_sim.incidents.replaying import named_policy, replay
from bcdr_sim.incidents.scoring import score_one
from bcdr_sim.incidents.what_if import rows_of
from bcdr_sim.metrics.incidents import Incident
from bcdr_sim.policy import load_policy
from bcdr_sim.report.recorded import list_markdown, score_markdown
from bcdr_sim.report.what_if import details_markdown, row_name
from markdown_tables import table

FIRST_TEN = [each.id for each in recorded() if each.order <= 10 and each.scenario.exists()]


def facts(name: str) -> str:
    """What is on record, minute by minute from impact."""
    rows = [(f"{fact.at_min:+g}", fact.what, fact.certainty) for fact in find(name).facts]
    return table(("min", "what", "certainty"), rows)


def score(name: str) -> str:
    """Every comparison of an outage, assumptions as they are; without totals, which mean nothing of one outage."""
    return score_markdown(score_one(find(name), swept=False)).rstrip().rpartition("\n\n")[0]


def counterfactual(name: str) -> str:
    """An outage under every profile."""
    return "\n\n".join(f"**{row_name(row)}.** {details_markdown(row)}" for row in rows_of(find(name)))


def library() -> str:
    """Everything that can be replayed."""
    return list_markdown(entries()).rstrip()


def policies() -> str:
    """The rules that were in force, and where."""
    rows = []
    for path in sorted(POLICIES.glob("*.yaml")):
        policy = load_policy(path)
        where = [each.id for each in recorded() if each.policy == policy.name and each.scenario.exists()]
        rows.append((f"`{policy.name}`", policy.table.title, ", ".join(where)))
    return table(("policy", "rule", "in force in"), rows)


def two_by_two() -> str:
    """Two outages of one site by the rule of before and the rule of after: mean minutes down of covered products."""
    rows = []
    for name in ("cloudflare-pdx-2023-11-02", "cloudflare-pdx-2024-03-26"):
        base = replay(find(name))
        policies = (named_policy("operator-decides", decision="115m"), named_policy("automatic-for-covered"))
        rows.append((name, *(_mean_minutes(base.again(policy=policy).of("covered")) for policy in policies)))
    return table(("outage", "operator-decides (2023)", "automatic-for-covered (2024)"), rows)


def _mean_minutes(incidents: list[Incident]) -> str:
    return f"{sum(each.at_least_ms for each in incidents) / len(incidents) / 60_000:.0f}"


INCIDENT_TABLES: dict[str, Callable[[], str]] = {
    "incidents": library,
    "policies_in_force": policies,
    "cloudflare_two_by_two": two_by_two,
    **{f"facts_{name.replace('-', '_')}": partial(facts, name) for name in FIRST_TEN},
    **{f"score_{name.replace('-', '_')}": partial(score, name) for name in FIRST_TEN},
    **{f"what_if_{name.replace('-', '_')}": partial(counterfactual, name) for name in FIRST_TEN},
}
