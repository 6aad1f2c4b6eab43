"""Tables of the reference pages that are written from the program: the closed lists a reader looks things up in."""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from scipy.stats import binom

import agreement
import coverages as measured
import profile_reference
import scenario_reference
from bcdr_sim.analysis import KINDS
from bcdr_sim.events import EVENT_ROWS
from bcdr_sim.experiment.side import MEASURES
from bcdr_sim.experiment.worlds import COLUMNS
from bcdr_sim.loading.presets import described
from bcdr_sim.phases import PHASE_ROWS, Phase, PhaseRow, mermaid
from bcdr_sim.policy.assumptions import ASSUMPTIONS
from bcdr_sim.policy.atom import Atom
from bcdr_sim.policy.axes import AXES, Axis
from bcdr_sim.policy.decision import HELD_BY
from bcdr_sim.policy.literals import format_literal
from bcdr_sim.policy.preconditions import BLOCKERS
from bcdr_sim.report.reasons import REASON_ROWS
from bcdr_sim.report.wording import agreed
from bcdr_sim.statistics import clopper_pearson, quantile_ranks, wilson
from false_claims import CLAIMS
from fuzzing.targets import TARGETS
from incident_reference import INCIDENT_TABLES
from markdown_tables import table
from mutations.bugs import bugs
from mutations.campaign import EVIDENCE, Trial, justified, known
from mutations.forking import ENDLESS, KILLED, SURVIVED
from relations import RELATIONS

DOCS = Path(__file__).parent.parent / "docs"
SEEDED = DOCS / "evidence" / "seeded_bugs.json"
FUZZING = DOCS / "evidence" / "fuzzing.json"


def phases() -> str:
    """Every phase: whether users are served, whose time it is, what it means."""
    rows = ((f"`{row.phase.label}`", row.serves, _owner(row), row.meaning) for row in PHASE_ROWS)
    return table(("phase", "serves users", "owner", "meaning"), rows)


def _owner(row: PhaseRow) -> str:
    return "[by reason](#reasons)" if row.phase is Phase.DOWN_HELD else row.owner


def reasons() -> str:
    """Every reason of a hold: whose time it is in `down_held`, and what it says."""
    rows = ((f"`{row.reason.value}`", HELD_BY[row.reason], agreed(row.why, number=1)) for row in REASON_ROWS)
    return table(("reason", "owner", "why it stays"), rows)


def events() -> str:
    """Every event: who makes it happen, what it means, what its value is."""
    rows = ((f"`{row.event.label}`", row.actor, row.meaning, row.value) for row in EVENT_ROWS)
    return table(("event", "actor", "meaning", "value"), rows)


def run_document() -> str:
    """Every key of the run document: one table per object, from its schema."""
    text = files("bcdr_sim.data").joinpath("run.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    objects = {"run": schema} | {name: part for name, part in schema["$defs"].items() if "properties" in part}
    return "\n\n".join(_object(schema, name, part) for name, part in objects.items())


def _object(schema: Any, name: str, part: Any) -> str:
    rows = (
        (f"`{key}`", _type(schema, value), _meaning(schema, value))
        for key, value in part["properties"].items()
    )
    return f"### {name}\n\n{part['description']}\n\n{table(('key', 'type', 'meaning'), rows)}"


def _type(schema: Any, value: Any) -> str:
    """The type of a key in words; objects by the name of their own table."""
    match value:
        case {"$ref": str(target)}:
            name = target.removeprefix("#/$defs/")
            named = schema["$defs"][name]
            words = name if "properties" in named else _type(schema, named)
        case {"anyOf": [*options]}:
            words = " or ".join(_type(schema, option) for option in options)
        case {"items": items}:
            words = f"list of {_type(schema, items)}"
        case {"properties": {**keys}}:
            words = ", ".join(f"`{key}` ({_type(schema, inner)})" for key, inner in keys.items())
        case {"additionalProperties": {**each}}:
            words = f"{_type(schema, each)} by name"
        case {"enum": [*choices]}:
            words = " or ".join("null" if choice is None else f"`{choice}`" for choice in choices)
        case {"const": constant}:
            words = f"`{constant}`"
        case {"type": [*kinds]}:
            words = " or ".join(kinds)
        case _:
            words = value["type"]
    return words


def _meaning(schema: Any, value: Any) -> str:
    if "description" in value:
        return str(value["description"])
    return str(schema["$defs"][value["$ref"].removeprefix("#/$defs/")]["description"])


def diagram() -> str:
    """The transitions as a Mermaid diagram, in a fence."""
    return f"```mermaid\n{mermaid()}```"


def axes() -> str:
    """Every axis of a policy: its values, whether it is the fact or a belief, what it means."""
    rows = ((f"`{axis.name}`", _values(axis), axis.knowledge, axis.meaning) for axis in AXES.values())
    return table(("axis", "values", "kind of knowledge", "meaning"), rows)


def _values(axis: Axis) -> str:
    match axis.kind:
        case "choice":
            return " ".join(f"`{value}`" for value in axis.values)
        case "flag":
            return "`yes` `no`"
        case "number":
            return f"{axis.low} to {axis.high}"
        case "duration":
            return f"a duration, or `{axis.top}`" if axis.top else "a duration"
        case "time_of_day":
            return '`"00:00"` to `"23:59"`'


def actions() -> str:
    """Every action: when it cannot be taken."""
    rows = (
        (f"`{action.value}`", "; ".join(f"`{_atom(atom)}`" for atom in atoms) or "-")
        for action, atoms in BLOCKERS.items()
    )
    return table(("action", "cannot be taken while"), rows)


def _atom(atom: Atom) -> str:
    literal = format_literal(AXES[atom.axis], atom.literals[0])
    return f"{atom.axis}: {literal}" if atom.op == "eq" else f"{atom.axis}: {{{atom.op}: {literal}}}"


def assumptions() -> str:
    """What cannot occur together, guaranteed by the engine."""
    return table(("", "law"), ((each.id, each.law) for each in ASSUMPTIONS))


def findings() -> str:
    """Every kind of finding about a policy."""
    rows = ((kind.code, f"`{kind.name}`", kind.severity.value, kind.meaning) for kind in KINDS.values())
    return table(("code", "name", "severity", "meaning"), rows)


def worlds() -> str:
    """Every column of the row per world."""
    types = {"bool": "flag", "int32": "count", "int64": "ms"}
    rows = [
        (
            f"`{column.name}`",
            types[column.dtype] if "_ms" in column.name or column.dtype != "int64" else "count",
            f"{column.meaning}; `<NA>` without any" if column.may_be_none else column.meaning,
        )
        for column in COLUMNS
    ]
    return table(
        ("column", "unit", "meaning"),
        [*rows, ("`digest`", "hex", "of everything that happened in the world")],
    )


def presets() -> str:
    """Every preset: of what part, its values, how many records, where from, and what it is not valid for beyond the rest."""
    shared = "the future"
    rows = []
    for preset in described():
        beyond = preset.not_valid_for.partition(shared)[2].strip(" ;.")
        said = json.dumps(preset.document.data["values"]).replace('"', "")
        rows.append(
            (f"`{preset.name}`", preset.of, preset.title, f"`{said}`", str(preset.n), preset.source, beyond)
        )
    return table(("preset", "of", "what", "values", "n", "source", "also not valid for"), rows)


def measures() -> str:
    """Every metric that policies are compared by."""
    rows = (
        (
            f"`{each.name}`" + (f", `{each.alias}`" if each.alias else ""),
            each.unit,
            each.words,
            ", ".join(each.kinds),
            "more is worse" if each.is_judged else "only shown",
        )
        for each in MEASURES
    )
    return table(("metric", "unit", "meaning", "of", "judged"), rows)


def mutations() -> str:
    """The seeded bugs, the checks of which one has to notice each, and, where that is kept, the one that did."""
    noticed: dict[str, str | None] = (
        json.loads(SEEDED.read_text(encoding="utf-8"))["bugs"] if SEEDED.exists() else {}
    )
    rows = []
    for bug in bugs():
        by = noticed.get(bug.title)
        rows.append(
            (
                str(bug.number),
                bug.title,
                ", ".join(map(_check, bug.checks)),
                *([_check(by) if by else "**nothing**"] if noticed else []),
            )
        )
    head = ("#", "bug", "noticed by one of")
    return table((*head, "noticed by") if noticed else head, rows)


def _check(check: str) -> str:
    return f"`{check.partition('::')[2] or check}`"


def oracle_agreement() -> str:
    """How many worlds were compared event for event, by kind."""
    kept = json.loads(agreement.EVIDENCE.read_text(encoding="utf-8"))
    counts = ("worlds", "different", "with_outages", "events")
    rows = [(each["kind"], *(f"{each[count]:,}" for count in counts), "0") for each in kept["kinds"]]
    total = (f"{sum(each[count] for each in kept['kinds']):,}" for count in counts)
    return table(
        ("kind", "worlds", "different ones", "with an outage", "events", "events that differ"),
        [*rows, (f"**all**, seed {kept['seed']}", *total, "0")],
    )


def coverages_measured() -> str:
    """Measured coverages, with the 95 % interval of each."""
    rows = []
    for each in json.loads(measured.EVIDENCE.read_text(encoding="utf-8"))["intervals"]:
        low, high = wilson(each["hits"], each["repeats"])
        share = each["hits"] / each["repeats"]
        rows.append(
            (
                each["interval"],
                each["sample"],
                f"{each['hits']:,} of {each['repeats']:,}",
                f"{share:.3f}",
                f"{low:.3f} to {high:.3f}",
            )
        )
    return table(("interval", "sample", "held the truth", "covers", "95 % of that"), rows)


def incident_scores() -> str:
    """Every comparison that is no hit, and the totals, as the page of the score has them."""
    lines = (DOCS / "incidents" / "score.md").read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")
    ]
    misses = [
        row
        for row in cells
        if len(row) == 7 and row[2] in ("off", "outside interval", "miss", "undetermined")
    ]
    totals = [line for line in lines if re.match(r"\* (Decisions|Derived|Predicted|Naive|Regression)", line)]
    head = ("comparison", "class", "verdict", "published", "replay", "error", "relative")
    written = table(head, [tuple(cell.replace("\\", "") for cell in row) for row in misses])
    return written + "\n\n" + "\n".join(totals)


def properties() -> str:
    """What random scenarios are tried against: the name of each such test as a sentence, and what it says of itself."""
    rows = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and any(map(_is_given, node.decorator_list)):
                law = node.name.removeprefix("test_").replace("_", " ")
                rows.append((law, f"`{path.name}`"))
    return table(("law", "tried in"), rows)


def fuzzed() -> str:
    """What campaigns of fuzzing have done to each target."""
    targets = json.loads(FUZZING.read_text(encoding="utf-8"))["targets"]
    rows = (
        (
            target.name,
            target.says,
            f"{done['executions']:,}",
            f"{done['seconds'] / 60:.0f}",
            f"{done['edges']:,}",
            str(done["faults_kept"]),
            str(done["faults_open"]),
        )
        for target in TARGETS
        if (done := targets.get(target.name))
    )
    return table(("target", "reads", "executions", "minutes", "branches", "faults kept", "faults open"), rows)


def small_changes() -> str:
    """What became of the small changes that were tried, by area and by module."""
    tried = list(known(EVIDENCE).values())
    of_area = json.loads(EVIDENCE.read_text(encoding="utf-8"))["mutants_of_each_area"]
    rows = []
    for area, possible in of_area.items():
        own = [each for each in tried if each.area == area]
        rows.append((f"**{area}**, {possible:,} possible", *_fates(own)))
        modules = sorted({each.module for each in own})
        rows += [(f"`{name}`", *_fates([each for each in own if each.module == name])) for name in modules]
    rows.append(("**all**", *_fates(tried)))
    return table(("where", "tried", "noticed", "never ended", "noticed by nothing", "share noticed"), rows)


def _fates(tried: list[Trial]) -> tuple[str, ...]:
    fates = Counter(each.result for each in tried)
    noticed = fates[KILLED] + fates[ENDLESS]
    counts = (len(tried), fates[KILLED], fates[ENDLESS], fates[SURVIVED])
    return (*map(str, counts), f"{noticed / len(tried):.0%}")


def survivors() -> str:
    """The small changes that no test notices, and why each may stand."""
    why = justified()
    rows = (
        (
            f"`{each.module}`",
            f"`{each.where}`",
            f"`{each.was}` -> `{each.becomes}`".replace("|", "\\|"),
            why.get(each.key, "**no reason is given**"),
        )
        for each in known(EVIDENCE).values()
        if each.result == SURVIVED
    )
    return table(("module", "in", "change", "why nothing notices"), rows)


def relations() -> str:
    """The numbered relations that hold, where they hold, and the tests that try each."""
    rows = (
        (
            str(each.number),
            each.says,
            each.where or "everywhere",
            ", ".join(f"`{name}`" for name in each.tests),
        )
        for each in RELATIONS
    )
    return table(("#", "relation", "holds for", "tried by"), rows)


def false_claims() -> str:
    """What sounds true and is not, the two measured hours that refute it, and the relation whose conditions it lacks."""
    rows = (
        (
            claim.says,
            f"{claim.was:.4g} h",
            f"{claim.becomes:.4g} h",
            "-" if claim.bounds is None else str(claim.bounds),
        )
        for claim in CLAIMS
    )
    return table(("claim", "before", "after", "beyond relation"), rows)


def _is_given(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id == "given"


def coverages() -> str:
    """Exact coverage of the intervals of probabilities and quantiles at a few n; all are said to cover 95 %."""
    rows = []
    for name, interval in (("Wilson", wilson), ("Clopper-Pearson", clopper_pearson)):
        for n, p in ((40, 0.07), (200, 0.02), (1000, 0.5)):
            inside = [k for k in range(n + 1) if interval(k, n)[0] <= p <= interval(k, n)[1]]
            rows.append((f"{name}, n = {n:,}, p = {p}", f"{binom.pmf(inside, n, p).sum():.4f}"))
    for q, n in ((0.9, 120), (0.95, 1000), (0.99, 1000)):
        rows.append((f"order statistics, n = {n:,}, q = {q}", f"{quantile_ranks(q, n).coverage:.4f}"))
    return table(("interval", "covers"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "axes": axes,
    "actions": actions,
    "assumptions": assumptions,
    "findings": findings,
    "phases": phases,
    "presets": presets,
    "reasons": reasons,
    "events": events,
    "diagram": diagram,
    "run_document": run_document,
    "measures": measures,
    "mutations": mutations,
    "fuzzed": fuzzed,
    "small_changes": small_changes,
    "survivors": survivors,
    "properties": properties,
    "relations": relations,
    "coverages": coverages,
    "coverages_measured": coverages_measured,
    "oracle_agreement": oracle_agreement,
    "incident_scores": incident_scores,
    "false_claims": false_claims,
    "worlds": worlds,
    "scenario": scenario_reference.scenario,
    "profiles": profile_reference.profiles,
    "profile_storm": profile_reference.profile_storm,
    "profile_decisions": profile_reference.profile_decisions,
    **INCIDENT_TABLES,
}
