"""A list of one's own incidents as distributions of an outage, and how often one comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bcdr_sim.errors import InputError
from bcdr_sim.importers.fitting import Calibrated, calibrated, rounded_ms
from bcdr_sim.importers.incident_list import Incident, sample
from bcdr_sim.importers.instants import milliseconds
from bcdr_sim.importers.provenance import some
from bcdr_sim.importers.texts import whole
from bcdr_sim.statistics.estimate import Estimate
from bcdr_sim.statistics.uncertainty import RatePosterior, rate
from bcdr_sim.units import format_duration, format_instant

YEAR_MS: Final = 365.25 * 86_400_000

QUANTITIES: Final[Mapping[str, tuple[str, str]]] = {
    "length": ("length of an outage", "lasts"),
    "detected": ("impact to detection", "detection.automatic"),
    "first_post": ("impact to first post", "comms.first"),
    "mitigated": ("impact to mitigation", ""),
}
"""What is calibrated: in words, and the key of an outage that takes it; '' where no key does."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a list of incidents says.

    `until` is when open incidents were last seen open, `open_since` when the oldest of them began. `frequency` is incidents
    a year with its exact interval, None without a beginning of the record (`since`); `arrivals` is the mean gap to paste.
    """

    incident_count: int
    open_count: int
    open_since: datetime | None
    since: datetime | None
    until: datetime
    quantities: Mapping[str, Calibrated]
    frequency: Estimate | None
    arrivals: Mapping[str, Any] | None
    not_valid_for: str

    def draws(self, *, outage: str) -> list[dict[str, Any]]:
        """What else the keys of an outage might be: values by path of a scenario, a set for each sample of the fits.

        `outage` is its id, or `*` for all. How often one comes follows the gamma law of its count, at as many equally
        probable rates. Assumption: lengths, detection, posts and frequency are drawn apart from each other.
        """
        columns = {
            f"outages.{outage}.{key}": self.quantities[name].drawn()
            for name, (_, key) in QUANTITIES.items()
            if key and self.quantities[name].fits
        }
        count = min(map(len, columns.values()), default=0)
        if self.exposure_ms is not None and count:
            law = RatePosterior(self.incident_count, self.exposure_ms)
            columns[f"outages.{outage}.arrivals"] = [
                {
                    "exponential": {
                        "mean": format_duration(rounded_ms(1 / law.quantile((number + 0.5) / count)))
                    }
                }
                for number in range(count)
            ]
        return [{path: values[number] for path, values in columns.items()} for number in range(count)]

    @property
    def exposure_ms(self) -> int | None:
        """How long incidents were written down; None if nobody said since when."""
        return None if self.since is None else milliseconds(self.until - self.since)

    @property
    def outage(self) -> dict[str, Any]:
        """The keys of an outage that can be pasted."""
        pasted: dict[str, Any] = {}
        if self.arrivals:
            pasted["arrivals"] = dict(self.arrivals)
        for name, (_, key) in QUANTITIES.items():
            if key and self.quantities[name].fits:
                part = pasted
                *around, last = key.split(".")
                for each in around:
                    part = part.setdefault(each, {})
                part[last] = self.quantities[name].pasted
        return pasted


def calibrate(
    incidents: Sequence[Incident], *, since: datetime | None, until: datetime, resample_count: int
) -> Calibration:
    """Return what a list of incidents says of lengths, detection, first posts, mitigation and, with `since`, frequency.

    Raises:
        InputError: an incident that began before `since`, or later than `until`.
    """
    if since is not None and incidents[0].start < since:
        raise InputError(
            [whole("--since", f"an incident began before, at {format_instant(incidents[0].start)}")]
        )
    _check_until(incidents, until)
    quantities = {
        name: calibrated(sample(incidents, name, until), resample_count=resample_count) for name in QUANTITIES
    }
    frequency, arrivals = None, None
    if since is not None:
        exposure_ms = milliseconds(until - since)
        if exposure_ms <= 0:
            raise InputError([whole("--since", "must be before --until")])
        frequency = rate(len(incidents), exposure_ms / YEAR_MS)
        arrivals = {"exponential": {"mean": format_duration(rounded_ms(exposure_ms / len(incidents)))}}
    return Calibration(
        incident_count=len(incidents),
        open_count=sum(each.end is None for each in incidents),
        open_since=next((each.start for each in incidents if each.end is None), None),
        since=since,
        until=until,
        quantities=quantities,
        frequency=frequency,
        arrivals=arrivals,
        not_valid_for=_not_valid_for(incidents, quantities["length"]),
    )


def _check_until(incidents: Sequence[Incident], until: datetime) -> None:
    """Refuse incidents that nobody could have seen by then: their number would belong to a longer time."""
    problems = []
    late = [each.start for each in incidents if each.start > until]
    if late:
        began = f"{len(late):,} began later, the first at {format_instant(late[0])}"
        problems.append(f"of the incidents {began}; say a later instant, or leave those out")
    unseen = [each.start for each in incidents if each.end is None and each.start == until]
    if unseen:
        began = format_instant(unseen[0])
        problems.append(f"an open incident began just then, at {began}; say until when it was seen")
    if problems:
        raise InputError([whole("--until", problem) for problem in problems])


def _not_valid_for(incidents: Sequence[Incident], length: Calibrated) -> str:
    """Return what the distributions must not be used for."""
    longest = format_duration(rounded_ms(max(length.sample.values_ms)))
    regions = some(sorted({each.region for each in incidents if each.region}))
    causes = some(sorted({each.cause for each in incidents if each.cause}))
    only = [f"regions other than {regions}"] if regions else ["other regions"]
    only.append(f"causes other than {causes}" if causes else "other causes")
    only.append(f"outages much longer than the longest seen, {longest}")
    return "; ".join([*only, "what is rarer than the record", "the future"])
