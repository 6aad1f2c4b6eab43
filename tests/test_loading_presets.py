"""Presets: parts that come with the program lie below what a file says, and say what they rest on."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from bcdr_sim.cli import main
from bcdr_sim.errors import InputError
from bcdr_sim.incidents.tails import tail_without
from bcdr_sim.loading import compose, read
from bcdr_sim.loading.presets import DURATION, OUTAGE, Preset, described, presets
from bcdr_sim.scenario.distributions import Distribution
from bcdr_sim.scenario.reading import load_scenario
from bcdr_sim.scenario.schema import scenario_schema

HEAD = """\
version: 1
name: preset
horizon: 30d
region_table: azure
environments: [{name: ledger, region: westeurope}]
"""


def written(folder: Path, text: str) -> Path:
    """A scenario with that text behind what every scenario needs."""
    path = folder / "preset.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def messages(folder: Path, text: str) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(InputError) as caught:
        load_scenario(written(folder, text))
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize("preset", presets().values(), ids=lambda preset: preset.name)
def test_a_preset_says_what_it_rests_on(preset: Preset, tmp_path: Path) -> None:
    """A number of records, a source, what it is not valid for; and it loads where it belongs, its values as written."""
    assert preset.n >= 2
    assert preset.source.endswith(".")
    assert "the future" in preset.not_valid_for
    use = {
        OUTAGE: f"outages: [{{id: o, region: westeurope, at: 1d, extends: presets/{preset.name}}}]",
        DURATION: f"outages: [{{id: o, region: westeurope, at: 1d, lasts: {{extends: presets/{preset.name}}}}}]",
    }.get(preset.of, f"provider: {{extends: presets/{preset.name}}}")
    if "arrivals" in preset.document.data["values"]:
        use = use.replace("at: 1d, ", "")
    path = written(tmp_path, use)
    load_scenario(path)
    jsonschema.Draft202012Validator(scenario_schema()).validate(read(path).data)


def test_outages_over_four_hours_are_those_of_all_that_last_longer() -> None:
    """Half as often, and as long as facility outages are that last more than 4 h; with the caveats of a public record."""
    preset = presets()["azure-facility-outages-over-4h"]
    whole = Distribution.model_validate(presets()["facility-duration"].document.data["values"])
    values = preset.document.data["values"]
    long = Distribution.model_validate(values["lasts"])
    beyond = next(q / 1000 for q in range(1000) if whole.quantile(q / 1000) >= 240 * 60_000)
    for q in (0.5, 0.9):
        assert long.quantile(q) == pytest.approx(whole.quantile(beyond + (1 - beyond) * q), rel=0.02)
    assert long.quantile(0.001) >= 240 * 60_000
    gap = Distribution.model_validate(values["arrivals"])
    assert gap.mean_ms() == pytest.approx(50 * 365.25 * 86_400_000, rel=0.001)
    for word in ("Parametrix", "reports a year", "lower bound", "a part of a region", "not a frequency"):
        assert word in preset.not_valid_for


def test_what_the_file_says_wins(tmp_path: Path) -> None:
    """Mappings merge, a distribution is taken whole, and `plus` goes with the family of the preset."""
    text = """\
outages:
  - id: o
    extends: presets/azure-facility-outage
    region: westeurope
    at: 1d
    kind: gray
    capability: 0.5
    detection: {automatic: {exponential: {mean: 5m}}, false_alarm: false}
  - {id: p, region: westeurope, at: 9d, lasts: {extends: presets/cooling-tail, plus: 230m}}
"""
    own, other = load_scenario(written(tmp_path, text)).outages
    assert own.kind == "gray"
    assert own.lasts == Distribution.model_validate({"lognormal": {"median": "280m", "p90": "1365m"}})
    assert own.detection.automatic == Distribution.model_validate({"exponential": {"mean": "5m"}})
    assert own.comms.first == Distribution.model_validate({"lognormal": {"median": "49m", "sigma": 0.81}})
    assert other.lasts == Distribution.model_validate(
        {"lognormal": {"median": "367m", "sigma": 0.66}, "plus": "230m"}
    )


def test_a_preset_at_the_top_lies_below_every_outage(tmp_path: Path) -> None:
    """An outage that says itself how long it holds keeps that; an included file may say it too."""
    (tmp_path / "base.yaml").write_text("extends: presets/azure-facility-outage\n", encoding="utf-8")
    text = """\
include: [base.yaml, presets/operator-run]
outages:
  - {id: o, region: westeurope, at: 1d}
  - {id: p, region: westeurope, at: 9d, recovery: {stages: [{at: 2h, fraction: 1.0}]}}
"""
    scenario = load_scenario(written(tmp_path, text))
    first, second = scenario.outages
    assert first.lasts == Distribution.model_validate({"lognormal": {"median": "280m", "p90": "1365m"}})
    assert second.lasts is None
    assert second.comms.first == first.comms.first
    assert scenario.provider.failover.run == Distribution.model_validate(
        {"lognormal": {"median": "150m", "sigma": 0.68}}
    )


def test_every_result_says_what_it_rests_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One world and many, as a table and as Markdown, and what is frozen: number of values, what it is not valid for."""
    path = str(
        written(tmp_path, "outages: [{id: o, region: westeurope, extends: presets/azure-facility-outages}]")
    )
    many = ["--replications", "2", "--workers", "1", "--output", str(tmp_path / "run")]
    for options in ([], ["--format", "md"], many, [*many, "--format", "md"]):
        main(["run", path, *options])
        text = " ".join(capsys.readouterr().out.replace("\\", "").split())
        assert "Rests on presets/azure-facility-outages: facility outages of an Azure region" in text
        assert "the rate is a lower bound" in text
    assert main(["freeze", path]) == 0
    frozen = capsys.readouterr().out
    assert load_scenario(path, text=frozen).presets == ["azure-facility-outages"]


def test_a_file_of_that_name_is_a_file(tmp_path: Path) -> None:
    """Who has a folder `presets` of their own keeps it."""
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "azure-outage").write_text("provider: {update_every: 7m}\n", encoding="utf-8")
    document = compose(written(tmp_path, "extends: presets/azure-outage\n"))
    assert document.data["provider"] == {"update_every": "7m"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "outages: [{id: o, region: westeurope, at: 1d, extends: presets/azure-outages}]",
            "no preset 'presets/azure-outages'; did you mean 'presets/azure-outage'?",
        ),
        (
            "outages: [{id: o, region: westeurope, at: 1d, extends: ../base.yaml}]",
            "no preset '../base.yaml'; there are 'presets/any-duration'",
        ),
        (
            "provider: {extends: presets/azure-outage}",
            "presets/azure-outage is a preset of an outage, not of the provider",
        ),
        (
            "extends: presets/cooling-tail",
            "presets/cooling-tail is a preset of a duration; write it where the duration stands",
        ),
        (
            "extends: presets/azure-outage",
            "presets/azure-outage is a preset of an outage; the file has no outages",
        ),
        ("outages: [{id: o, region: westeurope, at: 1d, extends: 3}]", "no preset '3'"),
    ],
)
def test_a_name_that_is_none_is_an_error(text: str, message: str, tmp_path: Path) -> None:
    """Where it stands, what was given, what there is."""
    (found,) = messages(tmp_path, text)
    assert message.replace("'presets/any-duration'", "presets/any-duration") in found


def test_a_fault_in_the_file_keeps_its_line(tmp_path: Path) -> None:
    """Beside values that come from a preset."""
    with pytest.raises(InputError) as caught:
        load_scenario(
            written(
                tmp_path, "outages:\n  - {id: o, extends: presets/azure-outage, region: westeurop, at: 1d}\n"
            )
        )
    (problem,) = caught.value.problems
    assert (problem.line, problem.message.startswith("no region 'westeurop'")) == (7, True)


def test_every_preset_is_documented_once() -> None:
    """In the order of the table: outages, the provider, durations."""
    names = [preset.name for preset in described()]
    assert sorted(names) == sorted(presets())


def test_the_tails_are_those_of_the_record() -> None:
    """The cooling preset stands on the same six values that predictions leave one out of."""
    everything = {
        *tail_without("cooling", "aws-tyo-2019-08-23").values_min,
        *tail_without("cooling", "alibaba-hk-2022-12-18").values_min,
    }
    assert str(sorted(int(value) for value in everything))[1:-1] in presets()["cooling-tail"].source
