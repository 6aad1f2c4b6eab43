"""The page of validation, written by `verify --write`: every figure on it comes from the run or is computed here.

Two texts are written by hand: what the simulator is for, and what it is not valid for. What the tests know (the seeded bugs,
the properties) stands between marks and is filled in by `tests/rewrite_docs.py`.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcdr_sim import __version__
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.verification.case import Case
from bcdr_sim.verification.closed_forms import exposures
from bcdr_sim.verification.ledger import JOINT_P_MIN, Z_MAX, Joint, Row

PURPOSE = """\
The simulator answers what a policy of failover does to given outages: who is without service for how long, through whose
waiting, and what is lost. It is for comparing policies, provisions and agreements before an outage, and for explaining one
afterwards. This page shows with which accuracy its numbers are what its model says they are. The targets were set before the
program: a single figure may differ from theory by less than {z:g} standard errors, all together have to look like chance
(p from {p:g} to {q:g}), and what has no chance in it is right to the millisecond."""

NOT_VALID_FOR = """\
* predicting when a region fails or how long the next outage lasts: there are too few outages of regions to learn that from;
* what Microsoft or another provider really does beyond the documents that are cited;
* proof of compliance with a contract, DORA or ISO 22301 without a real drill;
* tails beyond the data behind a duration, unless other families of distributions are shown beside;
* load, latency and the consistency of an application;
* ranking providers on default parameters, and cost without prices of your own.

Formulas prove a program against formulas. They cannot see that both misread the procedure; that is what the tests of the
[provider's published sentences](background/obligations.md) are for."""

STRESS = (
    (
        "1.1 to 1.3",
        "purpose, outputs, aims of experiments",
        "this page; reference/metrics.md; `description` of a scenario",
    ),
    ("2.1", "diagram of the base logic", "reference/events_and_phases.md"),
    (
        "2.2 to 2.4",
        "base logic, scenario logic, algorithms",
        "reference/semantics.md; reference/scenario_file.md",
    ),
    (
        "2.5",
        "entities, activities, resources, queues, entry and exit",
        "reference/semantics.md, sections 2, 5, 6 and 8",
    ),
    ("3.1 to 3.3", "sources, pre-processing, parameters", "`sources` of a scenario; reference/profiles.md"),
    ("3.4", "assumptions", "assumptions.md, which a test compares with the program"),
    (
        "4.1, 4.2",
        "initialisation, run length",
        "deployed and protected at 0; the horizon of the scenario, half open",
    ),
    ("4.3", "estimation", "background/statistics.md"),
    ("5.1", "software", "the section on provenance below"),
    (
        "5.2",
        "random sampling",
        "each draw has an address: reference/semantics.md, section 7",
    ),
    ("5.3", "execution: rules for events and ties", "reference/semantics.md, section 1"),
    ("5.4", "system and run time", "`python benchmarks`"),
    ("6.1", "access to the code", "this repository; hashes of the scenarios below"),
)

PUBLISHED_YEARS = {
    52: {(2, 1): 107.00, (3, 1): 3747.67, (3, 2): 36.33, (4, 1): 98405.50, (4, 2): 955.50, (4, 3): 18.50},
    350: {
        (2, 1): 703.00,
        (3, 1): 164270.33,
        (3, 2): 235.00,
        (4, 1): 28788554.16,
        (4, 2): 41185.50,
        (4, 3): 117.83,
    },
}
"""Source: C. Ellison, "MTTF of Various Systems", 1993: years to failure of N units of which K are needed, 0.5 failures a
year each. Assumption: one repair crew, which fits all twelve."""


@dataclass(frozen=True, slots=True)
class Validated:
    """A run of the ledger: its cases, their checks, and how to repeat it."""

    cases: Sequence[Case]
    rows: Sequence[Row]
    joint: Joint | None
    command: str


def validation_page(found: Validated, *, picture: str) -> str:
    """The whole page; `picture` is the name of the QQ plot beside it."""
    p = JOINT_P_MIN
    blocks = [
        "# Validation",
        f"Written by `{found.command}` and `python tests/rewrite_docs.py`; on any machine they write the same figures.",
        "## What it is for",
        PURPOSE.format(z=Z_MAX, p=p, q=1 - p),
        "## What it is not valid for",
        NOT_VALID_FOR,
        *_ledger(found, picture=picture),
        *_published(),
        *_from_the_tests(),
        "## Recorded outages",
        "Replays of real outages, scored against what was published, with every miss: [score](incidents/score.md).",
        "## Register of assumptions",
        "Every default without a source stands in [Assumptions](assumptions.md); a test fails when one is missing there.",
        *_provenance(found),
        "## STRESS-DES",
        "Strengthening the reporting of empirical simulation studies: Monks et al., Journal of Simulation 13(1), 2019.",
        markdown_table(("items", "what", "where"), STRESS),
    ]
    return "\n\n".join(blocks) + "\n"


def _ledger(found: Validated, *, picture: str) -> Iterator[str]:
    failed = [row for row in found.rows if not row.passed]
    yield "## Known answers"
    yield (
        f"{len(found.cases)} cases, {len(found.rows)} figures, {len(failed)} of them outside {Z_MAX:g} standard errors. "
        "Every case is an ordinary scenario file; its theory imports nothing of the simulator. Times are in hours. "
        "*Finds* is the relative bias that the check finds nine times out of ten; a star marks what enters the joint test."
    )
    yield markdown_table(
        ("case", "law", "figure", "theory", "simulated", "std error", "z", "n", "finds", "verdict"),
        [ledger_cells(row) for row in found.rows],
    )
    if found.joint is not None:
        yield (
            f"The squares of the primary z sum to {found.joint.chi_square:.2f} on {found.joint.degrees} degrees of "
            f"freedom: p = {found.joint.p:.3f}. Values that are wrong would make it small, standard errors that "
            "flatter nearly 1."
        )
        yield f"![Primary z against the normal quantiles they should follow](pictures/{picture})"


def ledger_cells(row: Row) -> tuple[str, ...]:
    """One check as a row of the table."""
    bias = row.detectable_bias
    has_error = row.standard_error > 0
    return (
        row.case,
        row.law,
        row.check + ("*" if row.is_primary else ""),
        f"{row.exact:.6g}",
        f"{row.simulated:.6g}",
        f"{row.standard_error:.2g}" if has_error else "exact",
        f"{row.z:+.2f}" if has_error else "",
        f"{row.n:,}",
        "" if bias is None else f"{bias:.1%}",
        "pass" if row.passed else "FAIL",
    )


def _published() -> Iterator[str]:
    yield "## Published numbers"
    yield (
        "Of the formulas, not of the engine. Years to the failure of N units of which K are needed, each failing 0.5 times "
        'a year, one repair crew (C. Ellison, "MTTF of Various Systems", 1993; the crew is inferred from the figures):'
    )
    rows = []
    for repairs, years in PUBLISHED_YEARS.items():
        for (units, needed), theirs in years.items():
            ours = exposures.units_mean_time_to_failure(units, needed, failure_rate=0.5, repair_rate=repairs)
            rows.append((str(repairs), str(units), str(needed), f"{theirs:.2f}", f"{ours:.2f}"))
    yield markdown_table(("repairs a year", "N", "K", "published", "ours"), rows)
    cobham = exposures.priority_time_in_system((0.2, 0.6), service_rate=1)
    wait = exposures.must_wait(3, arrival_rate=0.2, service_rate=0.1)
    yield (
        "Queues: times in system of two classes by priority, arrivals .2 and .6, service 1 (Cobham 1954), "
        f"published 2 and 6, ours {cobham[0]:.6g} and {cobham[1]:.6g}; the chance to wait for one of three servers with "
        f"arrivals .2 and service .1 (Erlang C), published .444444, ours {wait:.6f}."
    )


def _from_the_tests() -> Iterator[str]:
    yield "## Engine and reference model"
    yield (
        "A second model, written from the same page of rules by itself (`tests/oracle`), writes the same events in the same "
        "order on hundreds of random scenarios in every build, and on thousands with "
        "`HYPOTHESIS_PROFILE=thorough pytest tests/test_oracle.py`."
    )
    yield "## Relations"
    yield (
        "What must hold between the figures of one world, or of two that differ in one thing. Each is tried on random "
        "worlds of the whole model, narrowed to where it holds: a few in every build, and thousands with "
        "`HYPOTHESIS_PROFILE=thorough RELATION_EXAMPLES=2000 pytest tests/test_relations_*.py`."
    )
    yield "<!-- table: relations -->\n<!-- end -->"
    yield (
        "And what sounds true and is not, each with two worlds that differ in nothing else (`tests/false_claims.py`), "
        "played by a test; many would be a relation of the table above without what it asks for:"
    )
    yield "<!-- table: false_claims -->\n<!-- end -->"
    yield "## Properties"
    yield "All laws that are tried on random examples, the relations included:"
    yield "<!-- table: properties -->\n<!-- end -->"
    yield "## Seeded bugs"
    yield (
        "Each bug is put into a copy of the package, and has to be noticed by one of the checks named beside it: "
        "`PYTHONPATH=src:tests python -m mutations`."
    )
    yield "<!-- table: mutations -->\n<!-- end -->"
    yield "## Coverage of the intervals"
    yield "<!-- table: coverages -->\n<!-- end -->"


def _provenance(found: Validated) -> Iterator[str]:
    yield "## Provenance"
    seeds = sorted({row.seed for row in found.rows})
    python = ".".join(platform.python_version_tuple()[:2])
    yield (
        f"bcdr-sim {__version__}, seeds {', '.join(map(str, seeds))}, Python {python}. The scenarios of the cases, "
        "by the first digits of their sha256:"
    )
    yield markdown_table(("case", "scenario", "sha256"), list(scenario_hashes(found.cases)))


def scenario_hashes(cases: Sequence[Case]) -> Iterator[tuple[str, str, str]]:
    """Case, file and hash of every scenario of the cases."""
    for case in cases:
        for path in case.paths:
            yield case.id, path.name, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
