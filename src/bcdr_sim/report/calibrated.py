"""What a list of incidents says, for people, for programs, and to paste into a scenario."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bcdr_sim.importers.calibration import QUANTITIES, Calibration
from bcdr_sim.importers.fitting import Calibrated, Known, rounded_ms
from bcdr_sim.loading import dump
from bcdr_sim.units import format_duration, format_instant

TOLD_APART = 2.0
"""Families whose criterion differs by less are not told apart. Source: K. Burnham and D. Anderson, 2002, section 2.6."""


def calibration_text(calibration: Calibration) -> str:
    """Return what was found as text: for each quantity the families, the best one to paste, and how well it is known."""
    lines = [_head(calibration), ""]
    for name, (words, key) in QUANTITIES.items():
        lines += [*_quantity(words, key, calibration.quantities[name]), ""]
    lines += [*_frequency(calibration), "", f"Not valid for: {calibration.not_valid_for}."]
    return "\n".join(lines) + "\n"


def calibration_yaml(calibration: Calibration) -> str:
    """Return the keys of an outage that can be pasted, below a comment that says what they rest on."""
    notes = [_head(calibration)]
    for name, (words, key) in QUANTITIES.items():
        found = calibration.quantities[name]
        if key:
            notes.append(f"{key}: {words}, {_n(found)}" + (f", {_known_words(found)}" if found.fits else ""))
    notes += [*_frequency(calibration)[:1], f"Not valid for: {calibration.not_valid_for}."]
    return dump(calibration.outage, header="\n".join(notes))


def calibration_json(calibration: Calibration) -> str:
    """Return all of it as one object, `schema: bcdr-sim/calibration/1`; durations are milliseconds."""
    frequency = calibration.frequency
    found = {
        "schema": "bcdr-sim/calibration/1",
        "incident_count": calibration.incident_count,
        "open_count": calibration.open_count,
        "open_since": format_instant(calibration.open_since) if calibration.open_since else None,
        "since": format_instant(calibration.since) if calibration.since else None,
        "until": format_instant(calibration.until),
        "quantities": {name: _as_data(each) for name, each in calibration.quantities.items()},
        "frequency_per_year": frequency
        and {
            "value": frequency.value,
            "low": frequency.low,
            "high": frequency.high,
            "method": frequency.method,
        },
        "outage": calibration.outage,
        "not_valid_for": calibration.not_valid_for,
    }
    return json.dumps(found, indent=2, ensure_ascii=True) + "\n"


def calibration_draws(calibration: Calibration, *, outage: str) -> str:
    """Return a CSV table of what the keys of an outage might be: a column per setting, a line per sample."""
    rows = calibration.draws(outage=outage)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    if rows:
        lines.writerow(list(rows[0]))
        lines.writerows([_flow(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _head(calibration: Calibration) -> str:
    number = f"{calibration.incident_count:,} incident{'s' if calibration.incident_count != 1 else ''}"
    if calibration.open_since is None:
        return number
    opened = f"{calibration.open_count:,} still open at {format_instant(calibration.until)}"
    return f"{number}, {opened}, the oldest since {format_instant(calibration.open_since)}"


def _quantity(words: str, key: str, found: Calibrated) -> Iterator[str]:
    yield f"{words[:1].upper()}{words[1:]}: {_n(found)}"
    if not found.fits:
        yield f"  not fitted: {found.refusal}"
        return
    best = found.fits[0].aic
    yield "  family            AIC  above best  farthest quantile"
    for fit in found.fits:
        distance = f"{fit.distance:.2f} times" if fit.distance else "-"
        apart = "" if fit.aic - best >= TOLD_APART or fit is found.fits[0] else "  not told apart"
        yield f"  {fit.family:<12}{fit.aic:>10.1f}{fit.aic - best:>12.1f}{distance:>19}{apart}"
    yield f"  {_pasted(key or 'distribution', found.pasted)}"
    yield f"  {_known_words(found)}"


def _n(found: Calibrated) -> str:
    parts = [f"n = {len(found.sample.values_ms):,}"]
    if found.sample.censored_count:
        parts.append(f"{found.sample.censored_count:,} censored")
    if found.sample.clipped_count:
        parts.append(f"{found.sample.clipped_count:,} before impact and taken as 0")
    if found.zero_count:
        parts.append(f"{found.zero_count:,} of 0")
    return ", ".join(parts)


def _known_words(found: Calibrated) -> str:
    """Return the statistics of the best fit with their intervals."""
    told = ", ".join(f"{known.name} {_shown(known, known.value)}{_interval(known)}" for known in found.known)
    if found.unknown:
        return f"{told}; how well that is known is not known: {found.unknown}"
    if not found.resample_count:
        return told
    return f"{told} (95 %, {found.resample_count:,} samples of the fit)"


def _interval(known: Known) -> str:
    if known.low is None or known.high is None:
        return ""
    return f" ({_shown(known, known.low)} to {_shown(known, known.high)})"


def _shown(known: Known, value: float) -> str:
    return f"{value:.3g}" if known.name == "shape" else format_duration(rounded_ms(value))


def _frequency(calibration: Calibration) -> list[str]:
    frequency = calibration.frequency
    if frequency is None or calibration.since is None:
        return ["Frequency: not told without --since, the instant from which every incident was written down"]
    period = f"{format_instant(calibration.since)} to {format_instant(calibration.until)}"
    numbers = (
        f"{frequency.value:.3g} a year (95 % {frequency.low:.3g} to {frequency.high:.3g}, {frequency.method})"
    )
    return [f"Frequency: {numbers}, {period}", f"  {_pasted('arrivals', calibration.arrivals or {})}"]


def _pasted(key: str, distribution: Mapping[str, Any]) -> str:
    """Return a key of an outage with its distribution on one line, as a scenario has it."""
    first, *inner = key.split(".")
    text = _flow(distribution)
    for each in reversed(inner):
        text = f"{{{each}: {text}}}"
    return f"{first}: {text}"


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)


def _as_data(found: Calibrated) -> dict[str, Any]:
    return {
        "n": len(found.sample.values_ms),
        "censored_count": found.sample.censored_count,
        "zero_count": found.zero_count,
        "before_impact_count": found.sample.clipped_count,
        "refusal": found.refusal or None,
        "fits": [
            {
                "family": fit.family,
                "aic": fit.aic,
                "farthest_quantile_factor": fit.distance,
                "distribution": dict(fit.pasted),
            }
            for fit in found.fits
        ],
        "distribution": found.pasted if found.fits else None,
        "statistics": [
            {"name": each.name, "value": each.value, "low": each.low, "high": each.high}
            for each in found.known
        ],
        "resample_count": found.resample_count,
        "intervals_unknown": found.unknown or None,
    }
