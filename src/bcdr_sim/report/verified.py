"""The ledger of verification as text and as JSON: every check, its theory, what the engine gave, and the verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bcdr_sim import __version__
from bcdr_sim.verification.case import Sample, Skipped
from bcdr_sim.verification.ledger import JOINT_P_MIN, Z_MAX, Joint, Row

SCHEMA = "bcdr-sim/verification/1"
_HEAD = ("case", "check", "theory", "simulated", "std error", "z", "n", "finds", "")


def ledger_line(row: Row) -> str:
    """One check on one line; the primary check of a case is marked with a star."""
    bias = row.detectable_bias
    cells = (
        row.case,
        row.check + ("*" if row.is_primary else ""),
        f"{row.exact:.6g}",
        f"{row.simulated:.6g}",
        f"{row.standard_error:.2g}" if row.standard_error else "exact",
        f"{row.z:+.2f}" if row.standard_error else "",
        f"{row.n:,}",
        "" if bias is None else f"{bias:.1%}",
        verdict_of(row),
    )
    return _spaced(cells)


def verdict_of(row: Row) -> str:
    """In a word or two: whether theory is inside, and whether the figure is known as well as was asked for."""
    if not row.passed:
        return "FAIL"
    return "pass" if row.is_precise else "pass, rough"


def skipped_line(skipped: Skipped) -> str:
    """A case of the design that cannot be run."""
    return f"{skipped.id:<20}{skipped.title}: skipped (option not built: {skipped.why})"


def ledger_head() -> str:
    """The head of the table."""
    return _spaced(_HEAD)


def ledger_end(rows: Sequence[Row], joint: Joint | None) -> str:
    """What the table comes to."""
    failed = [row for row in rows if not row.passed]
    rough = [row for row in rows if not row.is_precise]
    lines = [
        "",
        "times in hours; * the primary check of its case; finds: relative bias found nine times out of ten",
        f"single checks: {len(rows) - len(failed)} of {len(rows)} within |z| < {Z_MAX:g}",
    ]
    if rough:
        lines.append(f"rough: {len(rough)} of them with a larger standard error than was asked for")
    if joint is not None:
        lines.append(
            f"all primary checks together: chi-square {joint.chi_square:.1f} on {joint.degrees} degrees of freedom, "
            f"p = {joint.p:.3g} ({JOINT_P_MIN:g} to {1 - JOINT_P_MIN:g} passes)"
        )
    lines += [
        f"FAILED {row.case} {row.check}: theory {row.exact:.6g}, simulated {row.simulated:.6g}, seed {row.seed}"
        for row in failed
    ]
    lines.append("verified" if _passed(rows, joint) else "NOT verified")
    return "\n".join(lines) + "\n"


def ledger_json(rows: Sequence[Row], joint: Joint | None, skipped: Sequence[Skipped] = ()) -> str:
    """The complete ledger."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "passed": _passed(rows, joint),
        "joint": None
        if joint is None
        else {"chi_square": joint.chi_square, "degrees": joint.degrees, "p": joint.p, "passed": joint.passed},
        "checks": [
            {
                "case": row.case,
                "title": row.title,
                "law": row.law,
                "check": row.check,
                "primary": row.is_primary,
                "sample": row.sample,
                "theory": row.exact,
                "simulated": row.simulated,
                "standard_error": row.standard_error,
                "z": row.z if row.standard_error else None,
                "standard_error_asked": None if row.sample == Sample.CONSTANT else row.aim * abs(row.exact),
                "precise": row.is_precise,
                "detectable_bias": row.detectable_bias,
                "n": row.n,
                "outages": row.outages,
                "seed": row.seed,
                "passed": row.passed,
            }
            for row in rows
        ],
        "skipped": [{"case": each.id, "title": each.title, "why": each.why} for each in skipped],
    }
    return json.dumps(document, indent=2) + "\n"


def _passed(rows: Sequence[Row], joint: Joint | None) -> bool:
    return all(row.passed for row in rows) and (joint is None or joint.passed)


def _spaced(cells: Sequence[str]) -> str:
    widths = (16, 25, 12, 12, 10, 7, 8, 7, 4)
    left = f"{cells[0]:<{widths[0]}}{cells[1]:<{widths[1]}}"
    return (
        left
        + "".join(f"{cell:>{width}}" for cell, width in zip(cells[2:8], widths[2:8], strict=True))
        + f"  {cells[8]}"
    ).rstrip()
