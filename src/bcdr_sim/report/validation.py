"""The page of validation, written by `verify --write`: every figure on it comes from the run or is computed here.

Two texts are written by hand: what the simulator is for, and what it is not valid for. What the tests know (the seeded
bugs, the properties) stands between marks and is filled in by `tests/rewrite_docs.py`.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bcdr_sim import __version__
from bcdr_sim.report.markdown import markdown_table
from bcdr_sim.report.published import published_numbers
from bcdr_sim.report.verified import verdict_of
from bcdr_sim.verification.case import Case, Skipped
from bcdr_sim.verification.ledger import (
    AIM_FULL,
    AIM_QUICK,
    AIM_RARE,
    JOINT_P_MIN,
    STUDENT_N,
    Z_MAX,
    Joint,
    Row,
)

PURPOSE = """\
The simulator answers what a policy of failover does to given outages: who is without service for how long, through whose
waiting, and what is lost. It is for comparing policies, provisions and agreements before an outage, and for explaining one
afterwards. This page shows with which accuracy its numbers are what its model says they are.

## Targets, fixed beforehand

What was to be compared, with what, and what would have been a failure was written down before the program was:

* a single figure fails beyond {z:g} standard errors of its own run. By chance that befalls one figure in 150,000, so no
  allowance is made for their number; a bias of 5.8 standard errors is found nine times out of ten;
* one *primary* figure of each case, marked with a star, enters a joint test: figures of one case share their worlds,
  those of different cases do not. The sum of their squares is chi-square if the errors are what they are said to be; it
  fails below p = {p:g} and above {q:g}, so errors that flatter fail as values that are wrong do;
* a standard error is at most {quick:.0%} of theory in the quick ledger and {full:.2%} in the full one, {rare:.0%} for a
  rare event. How many worlds a case takes follows from that. Where it is larger the row says *rough*: what it
  passes says less;
* what has no chance in it is right to the millisecond;
* seeds are fixed. A figure that fails is a fault to be found, and is not tried again with another seed.

The laws and these rules are older than the program; the parameters of some cases were changed later, so that the errors
become as small as was asked for. They were chosen by the errors, but with the figures in sight. Theory is a module that
imports nothing of the simulator, and was tested against figures of independent programs. Means over fewer than
{student:,} numbers are judged by Student's law."""

HOW_WRITTEN = """\
Written by `{command}`, then `python tests/rewrite_docs.py`; on any machine they write the same figures. Each section
names the command behind it; counts that take long are kept in `docs/evidence`, by commands that fail where what they
count is not so."""

INCIDENTS = """\
Replays of real outages, scored against what was published: `bcdr-sim incidents score`. These are all misses, with their
size; the hits and the reasons stand in the whole [score](incidents/score.md)."""

LEDGER = """\
Every case is an ordinary scenario file, played as everybody's; where it needs recorded traffic (c05-irregular, c07, c09,
c28) the file of each world extends it by rows that a queue of its own has written. Times are in hours unless said.
*Finds* is the relative bias that the check finds nine times out of ten; a star marks what enters the joint test."""

SECONDARY = """\
Of rows without a star nothing is concluded together: they share their worlds with the primary one of their case, so several
stray to one side at once."""

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
    ("5.1", "software", "the section on provenance above"),
    (
        "5.2",
        "random sampling",
        "each draw has an address: reference/semantics.md, section 7",
    ),
    ("5.3", "execution: rules for events and ties", "reference/semantics.md, section 1"),
    ("5.4", "system and run time", "`python benchmarks`"),
    ("6.1", "access to the code", "this repository; hashes of the scenarios above"),
)

FROM_THE_TESTS = (
    (
        "Engine and reference model",
        """\
A second model, written from the [page of rules](reference/semantics.md) by itself (`tests/oracle`), writes the same
events in the same order: `PYTHONPATH=src:tests python -m agreement --write`, which ends at the first that differs. Every
build plays some hundreds of other worlds (`pytest tests/test_oracle.py`, with `ORACLE_EXAMPLES=5000` thousands). It
shows that the program does what the page says, not that the page is right: whoever wrote either had read it.""",
        "oracle_agreement",
    ),
    (
        "Other software",
        """\
`pytest tests/test_queues_elsewhere.py`: the support desk and the slots of moves against Ciw, a library of queues, with
the same parameters, within 4.5 joint standard errors. `pytest tests/test_markov_chains.py`: chains that are in no list
here, against scipy's matrix exponential. That takes the place of a library of repairable systems: availsim4 is under the
GPL, which keeps it out of the tools of this program, RELSAD needs a Python that is gone, and others fit life data.""",
        "",
    ),
    (
        "Relations",
        """\
What must hold between the figures of one world, or of two that differ in one thing. Each is tried on random worlds of the
whole model, narrowed to where it holds: a few in every build, and thousands with
`HYPOTHESIS_PROFILE=thorough RELATION_EXAMPLES=2000 pytest tests/test_relations_*.py`.""",
        "relations",
    ),
    (
        "",
        """\
And what sounds true and is not, each with two worlds that differ in nothing else (`tests/false_claims.py`), played by
`pytest tests/test_false_claims.py`; many would be a relation of the table above without what it asks for:""",
        "false_claims",
    ),
    (
        "Properties",
        """\
All laws that are tried on random examples in every build (`pytest tests`), the relations included;
`HYPOTHESIS_PROFILE=thorough` tries thousands of new ones.""",
        "properties",
    ),
    (
        "Seeded bugs",
        """\
Each bug is put into a copy of the package, and has to be noticed by one of the checks listed for it, which are green
without it: `PYTHONPATH=src:tests python -m mutations --evidence`, which fails where one lives on. Those who wrote the
checks chose the bugs: they show that the checks can fail, not how many other bugs they would find.""",
        "mutations",
    ),
    (
        "Coverage of the intervals",
        "Of probabilities and quantiles, exactly, by sums of binomial probabilities; all are said to cover 95 %:",
        "coverages",
    ),
    (
        "",
        """\
The others, measured on samples whose truth is known: `PYTHONPATH=src:tests python -m coverages --write`, which fails
where one is not what is said of it. What covers less than 95 % is shown with what it covers:""",
        "coverages_measured",
    ),
)
"""Title, or none where the section goes on; what is shown and by which command; the name of its table, or none."""


@dataclass(frozen=True, slots=True)
class Validated:
    """A run of the ledger: its cases, their checks, and how to repeat it."""

    cases: Sequence[Case]
    rows: Sequence[Row]
    joint: Joint | None
    command: str
    skipped: Sequence[Skipped] = ()


def validation_page(found: Validated, *, picture: str) -> str:
    """The whole page; `picture` is the name of the QQ plot beside it."""
    p = JOINT_P_MIN
    blocks = [
        "# Validation",
        HOW_WRITTEN.format(command=found.command),
        "## What it is for",
        PURPOSE.format(
            z=Z_MAX, p=p, q=1 - p, quick=AIM_QUICK, full=AIM_FULL, rare=AIM_RARE, student=STUDENT_N
        ),
        "## What it is not valid for",
        NOT_VALID_FOR,
        *_ledger(found, picture=picture),
        *_skipped(found),
        *published_numbers(),
        *_from_the_tests(),
        "## Recorded outages",
        INCIDENTS,
        "<!-- table: incident_scores -->\n<!-- end -->",
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
    rough = [row for row in found.rows if not row.is_precise]
    yield "## Known answers"
    yield (
        f"`{found.command.partition(' --write')[0]}`: {len(found.cases)} cases, {len(found.rows)} figures, "
        f"{len(failed)} of them outside {Z_MAX:g} standard errors, {len(rough)} rough. {LEDGER}"
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
        yield SECONDARY
        yield f"![Primary z against the normal quantiles they should follow](pictures/{picture})"


def _skipped(found: Validated) -> Iterator[str]:
    if found.skipped:
        yield "Cases that theory would have an answer for, and the simulator no option:"
        yield markdown_table(
            ("case", "what", "verdict"),
            [(each.id, each.title, f"skipped (option not built): {each.why}") for each in found.skipped],
        )


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
        verdict_of(row),
    )


def _from_the_tests() -> Iterator[str]:
    """Sections whose tables `tests/rewrite_docs.py` fills in: title, text and the name of the table."""
    for title, text, name in FROM_THE_TESTS:
        if title:
            yield f"## {title}"
        yield text
        if name:
            yield f"<!-- table: {name} -->\n<!-- end -->"


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
