"""Laws of calibration: a list of incidents gives back what it was made of, and says what it does not know."""

from __future__ import annotations

import json
import math
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scipy import stats

from bcdr_sim.importers.calibration import calibrate
from bcdr_sim.importers.fitting import Calibrated, _fit, _known, _resampled, calibrated, observed_quantile
from bcdr_sim.importers.incident_list import Incident, Sample
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.reading import load_scenario
from commands import run
from samples import exponentials, uniforms

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR_MS = 3_600_000
HEAD = "Start,End,Detected,First post,Mitigated,Region,Cause\n"


def fitted(values_ms: list[float], *, until_ms: float = math.inf, resample_count: int = 0) -> Calibrated:
    """The calibration of durations that are only seen until `until_ms`."""
    seen = tuple(round(min(value, until_ms)) for value in values_ms)
    return calibrated(
        Sample(seen, tuple(value > until_ms for value in values_ms)), resample_count=resample_count
    )


def drawn(family: str, count: int) -> list[float]:
    """Durations of a family: all of a scale of some hours."""
    if family == "exponential":
        return [float(value) * 4 * HOUR_MS for value in exponentials("calibrate", count)]
    if family == "weibull":
        return [float(value) ** (1 / 2.5) * 4 * HOUR_MS for value in exponentials("calibrate", count)]
    if family == "gamma":
        parts = exponentials("calibrate", count, 4).sum(axis=1)
        return [float(value) * HOUR_MS for value in parts]
    law = Distribution.model_validate({"lognormal": {"median": "3h", "p90": "12h"}})
    return [float(law.quantile(float(u))) for u in uniforms("calibrate", count)]


def listed(folder: Path, text: str) -> str:
    """A file of incidents."""
    path = folder / "incidents.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def lines(count: int, *, last: str = "") -> str:
    """A list of incidents of 1 h, 2 h, … whose last one ends as said."""
    rows = []
    for number in range(1, count + 1):
        start = START + timedelta(days=10 * number)
        end = start + timedelta(hours=number)
        rows.append(f"{start:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},,,,westeurope,power")
    if last:
        rows.append(last)
    return HEAD + "\n".join(rows) + "\n"


@pytest.mark.parametrize("family", ["exponential", "lognormal", "weibull", "gamma"])
def test_a_large_sample_shows_its_family(family: str) -> None:
    """2,000 durations, a fifth of them censored: its own criterion is the least or not told apart from it."""
    values = drawn(family, 2000)
    until_ms = sorted(values)[1600]
    found = fitted(values, until_ms=until_ms)
    best = found.fits[0].aic
    own = next(fit for fit in found.fits if fit.family == family)
    assert own.aic - best < 2
    made = Distribution.model_validate(dict(own.pasted))
    for q in (0.25, 0.5, 0.75):
        assert made.quantile(q) == pytest.approx(sorted(values)[round(2000 * q)], rel=0.08)
    assert own.distance is not None
    assert own.distance < 1.2


def test_a_censored_duration_is_longer_and_not_that_long() -> None:
    """Taking what is seen of an open outage for its length gives a shorter mean; the closed form gives the true one."""
    values = drawn("exponential", 400)
    until_ms = 3 * HOUR_MS
    right = next(fit for fit in fitted(values, until_ms=until_ms).fits if fit.family == "exponential")
    wrong = next(
        fit for fit in fitted([min(value, until_ms) for value in values]).fits if fit.family == "exponential"
    )
    complete = [value for value in values if value <= until_ms]
    total = sum(min(round(value), until_ms) for value in values)
    assert right.parameters[1] == pytest.approx(total / len(complete), rel=1e-6)
    assert wrong.parameters[1] < 0.6 * right.parameters[1]


def test_observed_quantiles_are_those_of_kaplan_and_meier() -> None:
    """An example by hand: deaths at 1, 3 and 4 of five, two censored at 2 and 5."""
    values, censored = [1, 2, 3, 4, 5], [False, True, False, False, True]
    assert observed_quantile(values, censored, 0.2) == 1
    assert observed_quantile(values, censored, 0.4) == 3  # surviving 0.8 * 2/3 = 0.533
    assert observed_quantile(values, censored, 0.7) == 4  # surviving 0.267
    assert observed_quantile(values, censored, 0.8) is None


def test_intervals_cover_what_the_sample_was_made_of() -> None:
    """And shrink with the number of incidents; the same sample gives the same interval."""
    few, many = (fitted(drawn("lognormal", n), resample_count=100) for n in (25, 400))
    for found in (few, many):
        median = found.known[0]
        assert median.low is not None
        assert median.high is not None
        assert median.low < 3 * HOUR_MS < median.high
        assert found.resample_count == 100
    spread = [found.known[0].high / found.known[0].low for found in (few, many)]  # type: ignore[operator]
    assert spread[1] < spread[0]
    assert fitted(drawn("lognormal", 25), resample_count=100) == few


def known_of(values: list[float], family: str, *, sample_count: int = 400) -> dict[str, tuple[float, float]]:
    """The intervals of one family."""
    flags = [False] * len(values)
    fit = _fit(family, values, flags)
    assert fit is not None
    found = _known(fit, _resampled(fit, values, flags, resample_count=sample_count))
    return {each.name: (each.low or math.nan, each.high or math.nan) for each in found}


@pytest.mark.parametrize("count", [3, 4, 12])
def test_a_handful_has_the_exact_interval_of_an_exponential(count: int) -> None:
    """Twice the total time by quantiles of chi-squared with two degrees of freedom for each incident."""
    values = drawn("exponential", count)
    low, high = known_of(values, "exponential")["mean"]
    exact = [2 * sum(values) / float(stats.chi2.ppf(p, 2 * count)) for p in (0.975, 0.025)]
    assert [low, high] == pytest.approx(exact, rel=0.2)


@pytest.mark.parametrize("count", [3, 5, 12])
def test_a_handful_has_the_interval_of_student_for_the_median_of_a_lognormal(count: int) -> None:
    """Of three durations it is many times wider than what incidents drawn again say, which are the same three mostly."""
    values = drawn("lognormal", count)
    logs = [math.log(value) for value in values]
    centre, spread = statistics.fmean(logs), statistics.stdev(logs) / math.sqrt(count)
    low, high = map(math.log, known_of(values, "lognormal")["median"])
    wide = float(stats.t.ppf(0.975, count - 1)) * spread
    assert high - low == pytest.approx(2 * wide, rel=0.25)
    assert (high + low) / 2 == pytest.approx(centre, abs=0.35 * wide)


@pytest.mark.parametrize("family", ["weibull", "gamma"])
def test_the_fewer_incidents_the_less_is_known(family: str) -> None:
    """The interval of the shape of five holds that of eighty."""
    values = drawn(family, 80)
    few, many = (known_of(some, family, sample_count=60)["shape"] for some in (values[:5], values))
    assert few[0] < many[0] < {"weibull": 2.5, "gamma": 4.0}[family] < many[1] < few[1]


def test_an_interval_that_too_few_samples_give_is_not_known(tmp_path: Path) -> None:
    """Some milliseconds, so that most samples are hardly different. It is said, and nothing is drawn."""
    rows = [f"2024-0{n}-01T00:00:00Z,2024-0{n}-01T00:00:00.00{n}Z,,,,," for n in (1, 2, 3)]
    file = listed(tmp_path, HEAD + "\n".join(rows) + "\n")
    options = ("--resamples", "50")
    told = " ".join(run("calibrate", file, *options).out.split())
    assert "how well that is known is not known: only" in told
    found = json.loads(run("calibrate", file, *options, "--format", "json").out)["quantities"]["length"]
    assert found["resample_count"] == 0
    assert "samples of the fit can be fitted again" in found["intervals_unknown"]
    assert all(each["low"] is each["high"] is None for each in found["statistics"])
    ended = run("calibrate", file, *options, "--draws", str(tmp_path / "draws.csv"))
    assert "is not written" in ended.err
    assert not (tmp_path / "draws.csv").exists()


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ([1000.0, 2000.0], "2 different complete durations; a fit needs 3"),
        ([5000.0] * 10, "1 different complete durations"),
        ([0.0] * 10, "0 different complete durations"),
    ],
)
def test_too_few_durations_are_not_fitted(values: list[float], refusal: str) -> None:
    """It is said why."""
    assert refusal in fitted(values).refusal


def test_what_happens_at_once_has_its_share() -> None:
    """Zeros stand beside the fit, in a mixture that a scenario accepts."""
    found = fitted([0.0] * 10 + drawn("exponential", 30))
    made = Distribution.model_validate(found.pasted)
    assert found.zero_count == 10
    assert made.quantile(0.2) == 0
    assert made.quantile(0.5) > 0


def incident(day: float, hours: float | None) -> Incident:
    """One that begins on a day and is over so many hours later, or is open."""
    start = START + timedelta(days=day)
    end = None if hours is None else start + timedelta(hours=hours)
    return Incident(start, end, None, None, None, "westeurope", "power")


def test_the_frequency_has_the_exact_interval() -> None:
    """10 incidents in two years: 5 a year; the interval of Garwood from tables, 4.795 to 18.39 events."""
    incidents = [incident(day * 70, 5 + day) for day in range(10)]
    found = calibrate(incidents, since=START, until=START + timedelta(days=730.5), resample_count=0)
    assert found.frequency is not None
    assert found.frequency.value == pytest.approx(5)
    assert found.frequency.low == pytest.approx(4.795 / 2, abs=1e-3)
    assert found.frequency.high == pytest.approx(18.39 / 2, abs=2e-3)
    assert found.arrivals == {"exponential": {"mean": "73d1h12m"}}
    assert (
        calibrate(incidents, since=None, until=START + timedelta(days=731), resample_count=0).frequency
        is None
    )


def test_what_is_printed_can_be_pasted(tmp_path: Path) -> None:
    """The YAML as keys of an outage, and each line of the text."""
    rows = []
    for number in range(12):
        start = START + timedelta(days=10 * number)
        detected, posted = start + timedelta(minutes=number - 1), start + timedelta(minutes=10 + number**2)
        end = start + timedelta(hours=1 + number * 1.5)
        rows.append(",".join(f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (start, end, detected, posted)) + ",,,")
    file = listed(tmp_path, HEAD + "\n".join(rows) + "\n")
    options = ("--since", "2024-01-01T00:00:00Z", "--resamples", "20")
    ended = run("calibrate", file, "--format", "yaml", *options)
    assert ended.code == 0
    keys = "".join(f"    {line}\n" for line in ended.out.splitlines())
    head = "version: 1\nname: x\nhorizon: 90d\nregion_table: azure\nenvironments: [{name: e, region: westeurope}]\n"
    outage = "outages:\n  - id: own\n    region: westeurope\n"
    from_yaml = load_scenario("x.yaml", text=f"{head}{outage}{keys}").outages[0]
    text = run("calibrate", file, *options).out
    pasted = [
        line
        for line in text.splitlines()
        if line.lstrip().startswith(("lasts:", "detection:", "comms:", "arrivals:"))
    ]
    assert len(pasted) == 4
    from_text = load_scenario(
        "x.yaml", text=head + outage + "".join(f"    {line.strip()}\n" for line in pasted)
    ).outages[0]
    assert from_text == from_yaml
    assert "1 before impact and taken as 0, 2 of 0" in text


def test_an_open_incident_is_censored(tmp_path: Path) -> None:
    """Seen until the latest instant of the list, or --until."""
    text = lines(8, last="2025-01-01T00:00:00Z,,,,,westeurope,power")
    file = listed(tmp_path, text)
    assert "an open incident began just then, at 2025-01-01T00:00:00Z" in run("calibrate", file).err
    ended = run("calibrate", file, "--until", "2025-01-02T00:00:00Z", "--format", "json", "--resamples", "0")
    found = json.loads(ended.out)
    assert (found["open_count"], found["quantities"]["length"]["censored_count"]) == (1, 1)
    assert found["quantities"]["detected"]["n"] == 0
    assert ended.code == 0


def test_incidents_can_be_chosen(tmp_path: Path) -> None:
    """By region and cause; one that nobody has is refused."""
    other = "2024-12-01T00:00:00Z,2024-12-02T00:00:00Z,,,,North Europe,cooling"
    file = listed(tmp_path, lines(5, last=other))
    ended = run("calibrate", file, "--region", "westeurope", "--cause", "Power", "--resamples", "0")
    assert ended.out.startswith("5 incidents\n")
    assert "Not valid for: regions other than westeurope; causes other than power;" in ended.out
    assert "no incident has 'fire'" in run("calibrate", file, "--cause", "fire").err
    assert (
        "no incident has that region and that cause"
        in run("calibrate", file, "--region", "northeurope", "--cause", "power").err
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + ",2024-01-01T00:00:00Z,,,,,\n", ":2:1: error: no start: when it began is not known"),
        (HEAD + "2024-01-02T00:00:00Z,2024-01-01T00:00:00Z,,,,,\n", "'end' is not after the start"),
        (HEAD + "2.1.2024,,,,,,\n", "not an instant: '2.1.2024'"),
        ("End\n2024-01-01T00:00:00Z\n", "no column for 'start'"),
        (HEAD, "no incident below the head"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """With the line."""
    ended = run("calibrate", listed(tmp_path, text))
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_a_list_too_short_to_fit_is_inconclusive(tmp_path: Path) -> None:
    """Exit code 3, and what is missing."""
    ended = run("calibrate", listed(tmp_path, lines(2)))
    assert ended.code == 3
    assert "not fitted: 2 different complete durations; a fit needs 3" in ended.out


def test_a_record_that_ended_before_its_incidents_is_refused(tmp_path: Path) -> None:
    """Whether they are over or not; one that ran on beyond the end counts, with its known length."""
    file = listed(tmp_path, lines(5))
    ended = run("calibrate", file, "--since", "2024-01-01T00:00:00Z", "--until", "2024-02-01T00:00:00Z")
    assert (ended.code, ended.out) == (2, "")
    assert "of the incidents 2 began later, the first at 2024-02-10T00:00:00Z" in ended.err
    beyond = ("--since", "2024-01-01T00:00:00Z", "--until", "2024-02-20T01:00:00Z", "--resamples", "0")
    assert run("calibrate", file, *beyond).code == 0


def test_a_column_that_nobody_knows_is_told(tmp_path: Path) -> None:
    """And the list is refused where it may be the one that is missing."""
    text = lines(5)
    known = listed(tmp_path, text.replace("Region", "Owner"))
    ended = run("calibrate", known, "--resamples", "0")
    assert ended.code == 0
    assert "the column 'Owner' is passed over" in ended.err
    assert "incidents.csv:1:1: error: no column is called 'Detectd'; did you mean 'detected'?" in (
        run("calibrate", listed(tmp_path, text.replace("Detected", "Detectd"))).err
    )
    ended = run("calibrate", listed(tmp_path, text.replace("End", "Zulu")))
    assert (ended.code, ended.out) == (2, "")
    assert "so every incident would be open; that may be called" in ended.err
    assert (
        run("calibrate", listed(tmp_path, text.replace("End", "finished_at")), "--resamples", "0").code == 0
    )


def test_a_record_that_began_later_than_its_incidents_is_refused(tmp_path: Path) -> None:
    """Their number would belong to another length of time."""
    file = listed(tmp_path, lines(5))
    assert "an incident began before" in run("calibrate", file, "--since", "2024-01-20T00:00:00Z").err
