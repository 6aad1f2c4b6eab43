"""The encodings of the recorded outages: each is a sound scenario, says what it is, and takes no number from nowhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bcdr_sim.engine import simulate
from bcdr_sim.freezing import freeze
from bcdr_sim.incidents.encoding import encoded, found, values_at, varied
from bcdr_sim.incidents.record import FOLDER, POLICIES, SCENARIOS, Recorded, recorded
from bcdr_sim.incidents.replaying import policy_in_force
from bcdr_sim.incidents.sweeping import scaled, variants
from bcdr_sim.loading import compose
from bcdr_sim.metrics import measure
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.timeline import Timeline
from bcdr_sim.trial import resolve
from bcdr_sim.units import parse_duration
from bcdr_sim.verdict import judge

FILES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
ENCODED = [each for each in recorded() if each.scenario.exists()]
MINUTE_MS = 60_000
IN_WORDS = {
    ("vsts-2018-09-04", "outages.after-recovery.lasts"): "separate 2 h outage",
    ("github-2018-10-21", "outages.optics.lasts"): "Contact lost for 43 s",
    ("github-2018-10-21", "outages.paused.comms.eta.0.says"): "public estimate of 2 h",
    ("aws-use1-power-2012-06-29", "outages.power.scope.fraction"): "About 7 % of the instances",
}
"""Numbers that the record prints inside a sentence, with the words."""
SCUS_SEED_DIGEST = "21934ffcadcf1db90e9407ac22fe535dd14ea9e630a423a9d943fc46af85bb66"


@cache
def played(stem: str) -> Timeline:
    """The timeline of a file under the policy that it names."""
    path = SCENARIOS / f"{stem}.yaml"
    scenario = encoded(path)
    return simulate(resolve(scenario), policy_in_force(scenario, path))


@pytest.mark.parametrize("stem", FILES)
def test_an_encoding_shows_what_it_expects(stem: str) -> None:
    """Every expectation holds in the first world."""
    verdict = judge(measure(played(stem)), encoded(SCENARIOS / f"{stem}.yaml"))
    assert [finding.sentence for finding in verdict.findings if not finding.passed] == []


@pytest.mark.parametrize("stem", FILES)
def test_an_encoding_says_what_it_is(stem: str) -> None:
    """A modeline that leads editors to the schema, a name like its file's, a description, a date and an expectation."""
    path = SCENARIOS / f"{stem}.yaml"
    modeline = re.fullmatch(
        r"# yaml-language-server: \$schema=(\S+)", path.read_text(encoding="utf-8").splitlines()[0]
    )
    assert modeline is not None
    assert (path.parent / modeline[1]).is_file()
    scenario = encoded(path)
    assert scenario.name == stem
    assert scenario.description.count(".") >= 2
    assert scenario.start is not None
    assert scenario.expect


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_an_encoding_names_the_sources_of_the_record(each: Recorded) -> None:
    """Every source with its address, and the word for what no source gives."""
    text = each.scenario.read_text(encoding="utf-8")
    for source in each.sources:
        assert not source.url or source.url in text, source
    assert "assumption" in text


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_the_policy_in_force_is_that_of_the_record(each: Recorded) -> None:
    """Decisions come from the rule that the record names, from its one home."""
    policy = policy_in_force(encoded(each.scenario), each.scenario)
    assert policy.name == each.policy
    assert (POLICIES / f"{each.policy}.yaml").is_file()


def test_the_seed_in_south_central_us_is_bit_for_bit_what_it_was() -> None:
    """A golden digest: a change of it is a change of what happens."""
    assert played("azure-scus-2018-09-04-seed").digest == SCUS_SEED_DIGEST


@pytest.mark.parametrize("stem", FILES)
def test_a_frozen_replay_is_the_same_timeline(stem: str) -> None:
    """Whatever was drawn stands in the file; nothing is drawn again."""
    path = SCENARIOS / f"{stem}.yaml"
    scenario = encoded(path)
    policy = policy_in_force(scenario, path)
    trial = resolve(scenario, seed=7, replication=3)
    frozen = load_scenario(path, text=freeze(trial, policy))
    assert simulate(resolve(frozen), policy).digest == simulate(trial, policy).digest


# Where numbers come from


def leaves(data: Any, before: str = "") -> list[tuple[str, Any]]:
    """Paths and values of plain data, items of lists by their name."""
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, f"{before}{key}.")]
    if isinstance(data, list):
        names = [item.get("id") or item.get("name") if isinstance(item, dict) else None for item in data]
        pairs = [
            (name or str(place), item) for place, (name, item) in enumerate(zip(names, data, strict=True))
        ]
        return [leaf for name, item in pairs for leaf in leaves(item, f"{before}{name}.")]
    return [(before.removesuffix("."), data)]


def minutes_of(each: Recorded) -> set[float]:
    """Every distance between two instants of the record, and every number of its comparisons."""
    times = {fact.at_min for fact in each.facts} | {0.0}
    told = {end for one in each.comparisons for span in one.minutes for end in (span.low, span.high)}
    return {abs(one - other) for one in times for other in times} | told


def is_number(value: Any) -> bool:
    """A duration, a rate, a share or a count."""
    if isinstance(value, bool) or value is None:
        return False
    return isinstance(value, int | float) or bool(
        re.fullmatch(r"[\d.]+(ms|s|m|h|d|/h)([\d.]+(ms|s|m|h))*", str(value))
    )


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_every_number_is_on_record_or_marked(each: Recorded) -> None:
    """What an encoding says of the world is a time of the record, neutral (nothing, all), or listed as assumed."""
    data = compose(each.scenario).data
    assumed = {place for one in each.assumed for place in found(data, one.path)}
    known = minutes_of(each)
    for part in ("link", "environments", "customers", "provider", "outages", "policy"):
        for path, value in leaves({part: data.get(part)}):
            if not is_number(value) or (path.endswith(".at") and value == "1d"):
                continue
            (place,) = found(data, path)
            is_assumed = any(place[: len(one)] == one for one in assumed)
            is_neutral = value in (0, 1, 1.0, "0s", "0m")
            in_words = IN_WORDS.get((each.id, path))
            assert in_words is None or in_words in (FOLDER / "record.json").read_text(encoding="utf-8")
            minutes = _minutes(value)
            if ".points." in path and minutes is not None:  # counted from the start, a day before impact
                minutes = 24 * 60 - minutes
            assert is_assumed or is_neutral or in_words or minutes in known, f"{path}: {value}"


def _minutes(value: Any) -> float | None:
    if not isinstance(value, str) or "/" in value:
        return None
    minutes = parse_duration(value) / MINUTE_MS
    return minutes - 24 * 60 if minutes > 24 * 60 and value.startswith("1d") else minutes


@pytest.mark.parametrize("each", ENCODED, ids=lambda each: each.id)
def test_every_assumption_is_in_the_encoding_and_has_a_reason(each: Recorded) -> None:
    """A path that leads somewhere, a reason, and variants that are sound scenarios, one at least unlike the encoding."""
    base = encoded(each.scenario)
    differing = {one.path: False for one in each.assumed if one.is_swept}
    for one in each.assumed:
        assert values_at(each.scenario, one.path), one.path
        assert one.why
    for variant in variants(each):
        path = variant.name.partition(" = ")[0]
        differing[path] |= varied(each.scenario, variant.changes) != base
    assert all(differing.values()), differing


def test_half_and_twice_stay_what_they_are() -> None:
    """Durations, counts and shares; a share stays at most all, a count at least one."""
    assert [scaled("8m", 0.5), scaled("300s", 2)] == ["4m", "10m"]
    assert [scaled(1, 0.5), scaled(500, 2)] == [1, 1000]
    assert [scaled(0.3, 0.5), scaled(0.9, 2)] == [0.15, 1.0]
    with pytest.raises(TypeError, match="no half"):
        scaled({"median": "1m"}, 2)


def test_a_path_that_leads_nowhere_is_an_error() -> None:
    """A sweep over a value that is not there would sweep nothing."""
    with pytest.raises(KeyError, match="no place"):
        varied(ENCODED[0].scenario, {"outages.nobody.lasts": "1h"})


def test_the_record_has_no_duplicates() -> None:
    """27 outages, 83 comparisons, each with its own id; every scenario belongs to one of them."""
    ids = [each.id for each in recorded()]
    comparisons = [one.id for each in recorded() for one in each.comparisons]
    assert len(set(ids)) == len(ids) == 27
    assert len(set(comparisons)) == len(comparisons) == 83
    assert all(any(stem.startswith(name) for name in ids) for stem in FILES)
    assert all(Path(each.scenario).parent == SCENARIOS for each in recorded())
