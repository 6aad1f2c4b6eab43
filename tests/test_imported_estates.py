"""Laws of estates from lists of environments: five exports describe one estate, and no environment is lost or invented.

The files in `exports` are invented; those used here are about one estate of six environments.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bcdr_sim.scenario.document import Scenario
from bcdr_sim.scenario.reading import load_scenario
from commands import run

EXPORTS = Path(__file__).parent / "exports"
PAC = EXPORTS / "pac_admin_list.json"
BANNER = EXPORTS / "pac_admin_list_with_banner.txt"
BAP = EXPORTS / "bap_environments.json"
PPAPI = (EXPORTS / "ppapi_environments.json", EXPORTS / "ppapi_environments_page2.json")
POWERAPPS = EXPORTS / "get_adminpowerappenvironment.json"
SHALLOW = EXPORTS / "get_adminpowerappenvironment_shallow.json"
PPAC = EXPORTS / "ppac_environments_unverified.csv"
ENTITLEMENT = EXPORTS / "ppapi_environment_entitlement.json"
OUTAGES = {
    "service-health": [EXPORTS / "azure_service_health_event.json"],
    "resource-graph": [EXPORTS / "arg_servicehealth_events.json"],
    "graph-issues": [EXPORTS / "graph_service_health_issues.json"],
    "monitor-alert": sorted(EXPORTS.glob("azure_monitor_servicehealth_alert*.json")),
}
ESTATES: dict[str, list[Path]] = {
    "pac": [PAC],
    "bap": [BAP],
    "ppapi": [*PPAPI],
    "powerapps": [POWERAPPS],
    "ppac-csv": [PPAC],
}
REGIONS = {
    "Contoso-Sales-PROD": ("Production", "westeurope"),
    "Contoso-Finance-PROD": ("Production", "northeurope"),
    "Contoso-UAT": ("Sandbox", "westeurope"),
    "Contoso-default": ("Default", "northeurope"),
    "Contoso-Field-Service-US": ("Production", "centralus"),
    "Contoso-Trial": ("Trial", "norwayeast"),
}
Edit = Callable[[dict[str, Any]], None]


def imported(folder: Path, kind: str, *arguments: object) -> Scenario:
    """The scenario that a command writes."""
    file = folder / "estate.yaml"
    ended = run("import", kind, *map(str, arguments), "-o", str(file), "--force")
    assert ended.code == 0, ended.err
    return load_scenario(file)


def refused(kind: str, *arguments: object) -> str:
    """What a command says that ends with 2 and writes nothing."""
    ended = run("import", kind, *map(str, arguments))
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def written(folder: Path, value: object, name: str = "written.json") -> Path:
    """A file that holds a value as JSON."""
    path = folder / name
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def bap_row(number: int = 1, **changes: object) -> dict[str, Any]:
    """A record of the BAP admin API; changes are of its properties."""
    given: dict[str, Any] = {
        "displayName": f"Env {number}",
        "environmentSku": "Production",
        "azureRegion": "westeurope",
    }
    return {"name": f"id-{number}", "location": "europe", "properties": {**given, **changes}}


def homes(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Type and region of every environment."""
    return {each.name: (each.type, each.region) for each in scenario.environments}


@pytest.mark.parametrize("kind", ["bap", "ppapi", "powerapps"])
def test_three_services_tell_of_one_estate(kind: str, tmp_path: Path) -> None:
    """They record the region of each environment."""
    assert homes(imported(tmp_path, kind, *ESTATES[kind])) == REGIONS


@pytest.mark.parametrize("kind", ["pac", "ppac-csv"])
def test_what_another_export_records_is_joined(kind: str, tmp_path: Path) -> None:
    """Neither pac nor the CSV has a region; by id or host it comes, with cover, from the BAP admin API."""
    scenario = imported(tmp_path, kind, *ESTATES[kind], "--join", BAP)
    known = {name: REGIONS[name] for name in homes(scenario)}
    assert homes(scenario) == known
    assert len(known) == (5 if kind == "pac" else 6)  # pac lists no environment without Dataverse
    assert {each.name: each.cover for each in scenario.environments}["Contoso-Field-Service-US"] is False


@pytest.mark.parametrize("kind", ESTATES)
@pytest.mark.parametrize("outage", OUTAGES)
def test_every_estate_meets_every_outage(kind: str, outage: str, tmp_path: Path) -> None:
    """Imported, put together, valid, and played; as a scenario to extend, and as a table, in turn."""
    form = "csv" if (list(ESTATES).index(kind) + list(OUTAGES).index(outage)) % 2 else "yaml"
    estate = tmp_path / f"estate.{form}"
    scenario = tmp_path / "outage.yaml"
    assert run("import", kind, *map(str, ESTATES[kind]), "--format", form, "-o", str(estate)).code == 0
    files = map(str, OUTAGES[outage])
    assert run("import", outage, *files, "--estate", str(estate), "-o", str(scenario)).code == 0
    assert run("validate", str(scenario)).code == 0
    ended = run("run", str(scenario), "--all")
    assert ended.code in (0, 1), ended.err
    assert "Contoso-Sales-PROD" in ended.out
    assert "Contoso-UAT" in ended.out
    assert "not_covered" in ended.out


def test_a_table_and_a_scenario_say_the_same(tmp_path: Path) -> None:
    """`--format csv` is for `environments: {from: ...}`."""
    listed = imported(tmp_path, "ppapi", *PPAPI, "--join", BAP, "--join", ENTITLEMENT)
    table = tmp_path / "estate.csv"
    command = ("--join", str(BAP), "--join", str(ENTITLEMENT), "--format", "csv", "-o", str(table))
    assert run("import", "ppapi", *map(str, PPAPI), *command).code == 0
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    head = text[: text.index("environments:")] + "environments: {from: estate.csv}\n"
    assert load_scenario(tmp_path / "with_table.yaml", text=head).environments == listed.environments


def test_what_goes_in_comes_out_or_is_counted(tmp_path: Path) -> None:
    """Repeated and deleted records, and those to join that match none."""
    rows = [bap_row(1), bap_row(1), bap_row(2, deletedTime="2026-01-01T00:00:00Z"), bap_row(3)]
    ended = run(
        "import", "bap", str(written(tmp_path, rows)), "--join", str(PAC), "-o", str(tmp_path / "e.yaml")
    )
    assert ended.err.splitlines()[0] == (
        "4 records read: 2 environments, 1 given again, 1 left out as deleted, 5 to join that match none"
    )


def test_an_id_that_is_given_twice_in_two_ways_is_refused(tmp_path: Path) -> None:
    """With both places."""
    file = written(tmp_path, [bap_row(1), bap_row(1, environmentSku="Sandbox")])
    told = refused("bap", file)
    assert f"{file}:11:2: error: 'id-1' is given twice, and differs from {file}:2:2" in told


def test_the_default_environment_is_never_production(tmp_path: Path) -> None:
    """It calls itself production in one field, says that it is the default in another, and shows it in its id."""
    flagged = bap_row(1, environmentType="Production", isDefault=True)
    named = bap_row(2) | {"name": "Default-0000"}
    scenario = imported(tmp_path, "bap", written(tmp_path, {"value": [flagged, named]}))
    assert {each.type for each in scenario.environments} == {"Default"}


def test_a_type_that_nobody_knows_is_never_moved(tmp_path: Path) -> None:
    """It becomes NotSpecified and is named; a known one may be spelled in any case."""
    rows = [
        bap_row(1, environmentSku="Platinum"),
        bap_row(2, environmentSku="sandbox"),
        bap_row(3, environmentSku="Basic"),
    ]
    scenario = imported(tmp_path, "bap", written(tmp_path, rows))
    assert [each.type for each in scenario.environments] == ["NotSpecified", "Sandbox", "NotSpecified"]
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    assert "taken as NotSpecified, so never moved: Env-1 (Platinum), Env-3 (Basic)" in text


@pytest.mark.parametrize(
    ("state", "opt_in", "cover"),
    [
        ("Enabled", False, True),
        ("Ready", True, True),
        ("Unavailable", True, True),  # what it reads during the very outage
        ("Disabled", False, False),
        ("NotSpecified", False, True),
        (None, False, True),
        (None, True, False),
        ("NotSpecified", True, False),
    ],
)
def test_cover_follows_the_state_of_disaster_recovery(
    *, state: str | None, opt_in: bool, cover: bool, tmp_path: Path
) -> None:
    """Where nothing is said, the estate is covered, or with --opt-in it is not."""
    states = {} if state is None else {"states": {"disasterRecovery": {"id": state}}}
    file = written(tmp_path, [bap_row(1, **states)])
    scenario = imported(tmp_path, "bap", file, *["--opt-in"] * opt_in)
    assert scenario.environments[0].cover is cover


def test_what_an_environment_runs_is_read(tmp_path: Path) -> None:
    """Finance and operations, Dataverse, a virtual network, managed: of the exports that say so."""
    scenario = imported(tmp_path, "ppapi", *PPAPI, "--join", ENTITLEMENT)
    by_name = {each.name: each for each in scenario.environments}
    assert by_name["Contoso-Finance-PROD"].apps == ["dataverse", "finance_operations"]
    assert by_name["Contoso-Sales-PROD"].tags == ["managed", "vnet"]
    assert by_name["Contoso-Trial"].apps == []
    groups = {each.name: each.tags for each in imported(tmp_path, "pac", PAC).environments}
    assert groups["Contoso-Sales-PROD"] == ["group/Contoso-production"]
    assert groups["Contoso-UAT"] == []  # "-" is no group


def test_a_banner_changes_nothing(tmp_path: Path) -> None:
    """Lines before the JSON are passed over."""
    assert imported(tmp_path, "pac", BANNER) == imported(tmp_path, "pac", PAC)


def test_one_object_instead_of_a_list_is_a_list_of_one(tmp_path: Path) -> None:
    """PowerShell unwraps it, and writes objects below its depth as text."""
    scenario = imported(tmp_path, "powerapps", SHALLOW)
    assert homes(scenario) == {"Contoso-Sales-PROD": ("Production", "westeurope")}
    row = json.loads(SHALLOW.read_text(encoding="utf-8"))
    row["Internal"] = "@{id=1; properties=@{azureRegion=northeurope; environmentSku=Sandbox}}"
    assert homes(imported(tmp_path, "powerapps", written(tmp_path, row))) == {
        "Contoso-Sales-PROD": ("Sandbox", "northeurope")
    }


def test_an_older_spelling_of_the_region_is_read(tmp_path: Path) -> None:
    """`azureRegionHint`."""
    row = bap_row(1, azureRegion=None, azureRegionHint="North Europe")
    assert imported(tmp_path, "bap", written(tmp_path, [row])).environments[0].region == "northeurope"


def pac_row(url: object, number: int = 1) -> dict[str, Any]:
    """A record of pac."""
    return {
        "EnvironmentId": f"id-{number}",
        "DisplayName": f"Env {number}",
        "Type": "Production",
        "EnvironmentUrl": url,
    }


def test_a_region_that_is_not_recorded_is_assumed_and_can_be_said(tmp_path: Path) -> None:
    """By the location of the host; of the United States it is said that there are two pairs."""
    rows = [pac_row("https://a.crm4.dynamics.com/"), pac_row("B.API.CRM.DYNAMICS.COM:443", 2)]
    file = written(tmp_path, rows)
    assert [each.region for each in imported(tmp_path, "pac", file).environments] == ["westeurope", "eastus"]
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    assert "location unitedstates has 4 regions in 2 pairs (eastus, westus, centralus, eastus2)" in text
    said = ("--region", "unitedstates=Central US", "--region", "europe=northeurope")
    assert [each.region for each in imported(tmp_path, "pac", file, *said).environments] == [
        "northeurope",
        "centralus",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            pac_row("https://a.crm99.dynamics.com/"),
            "the host 'a.crm99.dynamics.com' is unknown; say --region NAME",
        ),
        (
            pac_row("https://crm4.dynamics.com.evil.example/"),
            "the host 'crm4.dynamics.com.evil.example' is unknown",
        ),
        (pac_row(None), "no location, no host; say --region NAME"),
        (
            pac_row("https://a.crm20.dynamics.com/"),
            "no published region of the location singapore; say --region singapore=NAME",
        ),
        (pac_row(5), "must be text, not a number"),
        ({"DisplayName": "x"}, "no 'EnvironmentId': not a record of this kind, or without an id"),
        (bap_row(1), "not a record of pac; this looks like bap"),
    ],
)
def test_what_cannot_be_placed_or_read_is_refused(row: object, message: str, tmp_path: Path) -> None:
    """An unknown host asks for a region."""
    assert message in refused("pac", written(tmp_path, [row]))


def test_a_region_for_the_rest_places_what_is_unknown(tmp_path: Path) -> None:
    """And changes nothing where the region is known."""
    rows = [pac_row("https://a.crm99.dynamics.com/"), pac_row("https://b.crm4.dynamics.com/", 2)]
    scenario = imported(tmp_path, "pac", written(tmp_path, rows), "--region", "UK South")
    assert [each.region for each in scenario.environments] == ["uksouth", "westeurope"]


def test_regions_that_make_no_sense_are_refused() -> None:
    """Two for the rest, an unknown location, nothing behind the sign, one twice."""
    assert "one region for the rest, not 2" in refused("pac", PAC, "--region", "a", "--region", "b")
    assert "no 'erope'; did you mean 'europe'?" in refused("pac", PAC, "--region", "erope=x")
    assert "write europe=VALUE" in refused("pac", PAC, "--region", "europe=")
    assert "'europe' is given twice" in refused("pac", PAC, "--region", "europe=a", "--region", "europe=b")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";"),
        lambda text: "sep=;\n" + text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("Environment name", "ENVIRONMENT_NAME").replace("Region", "Location"),
        lambda text: text.replace("Contoso UAT", '"Contoso\nUAT"') + "\n,,,,,,,\n",
        lambda text: "".join("\n" + ",".join(reversed(line.split(","))) for line in text.splitlines()),
    ],
    ids=["semicolons", "excel", "tabs", "headings", "quoted", "order"],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_csv_may_be_written_by_anybody(change: Callable[[str], str], encoding: str, tmp_path: Path) -> None:
    """Separators, order and case of headings, blank lines, encodings."""
    file = tmp_path / "out.csv"
    file.write_bytes(change(PPAC.read_text(encoding="utf-8")).encode(encoding))
    assert imported(tmp_path, "ppac-csv", file) == imported(tmp_path, "ppac-csv", PPAC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (
            "Name,State\nx,Ready\n",
            ":1:1: error: no column for 'type', which may be called type, environment type",
        ),
        ("Name,Type,SKU\nx,y,z\n", "two columns for 'type': Type, SKU"),
        ("Name,Type\nx\n", ":2:1: error: 1 cells under 2 columns"),
        ('Name,Type\n"x,y\n', "not CSV"),
        ("Name,Type\n,Production\n", "an environment without a name"),
        ("Name,Type\n", "no environment in it"),
    ],
)
def test_a_csv_that_cannot_be_read_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """With the line."""
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    assert message in refused("ppac-csv", file)


def test_a_heading_can_be_named(tmp_path: Path) -> None:
    """An export in another language."""
    file = tmp_path / "deutsch.csv"
    file.write_text("Umgebung,Typ,Region\nx,Sandbox,Europe\n", encoding="utf-8")
    told = ("--column", "name=Umgebung", "--column", "type=typ")
    assert homes(imported(tmp_path, "ppac-csv", file, *told)) == {"x": ("Sandbox", "westeurope")}


def test_environments_of_one_name_in_a_csv_stay_two(tmp_path: Path) -> None:
    """Without an id and a host their lines tell them apart."""
    file = tmp_path / "two.csv"
    file.write_text("Name,Type,Region\nx,Trial,Europe\nx,Trial,Europe\n", encoding="utf-8")
    assert len(imported(tmp_path, "ppac-csv", file).environments) == 2


NAMES = st.lists(st.text(max_size=120), min_size=1, max_size=8)


@settings(max_examples=40)
@given(names=NAMES)
def test_every_name_becomes_a_safe_and_distinct_one(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Formulas, markup, control characters, equal names: as many environments come out, and the table is no formula."""
    folder = tmp_path_factory.mktemp("names")
    file = written(folder, [bap_row(number, displayName=name) for number, name in enumerate(names)])
    ended = run("import", "bap", str(file))
    assert ended.code == 0, ended.err
    scenario = load_scenario("out.yaml", text=ended.out)
    found = [each.name for each in scenario.environments]
    assert len({name.casefold() for name in found}) == len(names)
    table = run("import", "bap", str(file), "--format", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(table.out))] == found
    assert not any(cell[:1] in "=+-@" for row in csv.reader(io.StringIO(table.out)) for cell in row if cell)


@settings(max_examples=15)
@given(order=st.permutations(range(5)))
def test_the_order_of_records_changes_no_name(
    order: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also where several have one display name."""
    rows = [bap_row(number, displayName="A b" if number % 2 else "a-B") for number in range(5)]
    folder = tmp_path_factory.mktemp("order")
    straight = imported(folder, "bap", written(folder, rows))
    turned = imported(folder, "bap", written(folder, [rows[position] for position in order]))
    assert homes(turned) == homes(straight)


def test_a_large_estate_is_read_whole(tmp_path: Path) -> None:
    """5,000 environments; one that no scenario can list has to be a table."""
    rows = [bap_row(number) for number in range(5_000)]
    assert len(imported(tmp_path, "bap", written(tmp_path, rows)).environments) == 5_000
    more = written(tmp_path, [*rows, *(bap_row(number) for number in range(5_000, 10_001))])
    assert "write a table, --format csv" in refused("bap", more)
    assert run("import", "bap", str(more), "--format", "csv").out.count("\n") == 10_002


def test_thousands_of_faults_are_told_in_one_go(tmp_path: Path) -> None:
    """Each with its place; the list is cut, its length is told."""
    rows = [pac_row(f"https://h{number}.example/", number) for number in range(3_000)]
    told = refused("pac", written(tmp_path, rows))
    assert "... and 2800 more\n3000 errors" in told
    assert ":1196:2: error: Env 199: cannot tell its region: the host 'h199.example' is unknown" in told


def test_half_a_character_stays_readable(tmp_path: Path) -> None:
    """A lone surrogate, as JSON may hold one, is shown escaped."""
    row = bap_row(1, displayName="\ud800", environmentSku="\ud801")
    scenario = imported(tmp_path, "bap", written(tmp_path, [row]))
    assert [each.name for each in scenario.environments] == ["environment-id-1"]


@settings(max_examples=40)
@given(cut=st.integers(min_value=0), flip=st.integers(min_value=0), byte=st.integers(0, 255))
def test_a_damaged_file_is_refused_or_read(
    *, cut: int, flip: int, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut anywhere, with any byte changed: exit code 0 or 2, and never a traceback."""
    folder = tmp_path_factory.mktemp("damaged")
    for kind, source in (("pac", PAC), ("ppac-csv", PPAC)):
        content = bytearray(source.read_bytes())
        content[flip % len(content)] = byte
        file = folder / "damaged"
        file.write_bytes(content[: len(content) - cut % 40])
        ended = run("import", kind, str(file))
        assert ended.code in (0, 2), ended.err
