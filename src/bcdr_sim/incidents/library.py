"""What there is to replay: the recorded outages with what their encodings say about them."""

from __future__ import annotations

from dataclasses import dataclass

from bcdr_sim.incidents.encoding import encoded
from bcdr_sim.incidents.record import Recorded, recorded


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded outage, the kinds of its outages, and how wide the provider judged the first one, revised or not."""

    recorded: Recorded
    kinds: tuple[str, ...]
    seen: str


def entries() -> list[Entry]:
    """Every recorded outage that is encoded, in the order of the record."""
    return [_entry(each) for each in recorded() if each.scenario.exists()]


def _entry(each: Recorded) -> Entry:
    outages = encoded(each.scenario).outages
    seen = outages[0].seen
    scopes = [] if seen is None else [seen.scope, *(step.scope for step in seen.steps)]
    return Entry(
        recorded=each,
        kinds=tuple(dict.fromkeys(outage.kind for outage in outages)),
        seen=" then ".join(dict.fromkeys(scopes)) or "region",
    )
