"""Laws of the run document: it is what the schema says, and its sums are those of the run."""

import json
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from bcdr_sim.events import Event
from bcdr_sim.metrics import measure
from bcdr_sim.phases import Phase
from bcdr_sim.report.run_document import run_document
from bcdr_sim.timeline import UNBOUNDED
from bcdr_sim.verdict import judge
from logs import HOUR, MINUTE, World, failover, outage_in_place

SCHEMA: dict[str, Any] = json.loads(
    files("bcdr_sim.data").joinpath("run.schema.json").read_text(encoding="utf-8")
)
ESTATE = [
    {"name": "a", "region": "west", "customer": "ada", "objectives": {"rto": "1h", "rpo": "5m"}},
    {"name": "b", "region": "west", "type": "Sandbox", "tier": 5},
    {"name": "c", "region": "west", "deployed_at": "2d"},
]


def world(**given: Any) -> World:
    """`a` is held, then fails over; `b` never comes back; `c` is not deployed before the horizon."""
    of = World(environments=ESTATE, customers={"ada": {}}, **given)
    outage_in_place(of)
    failover(of, start=10 * HOUR)
    of.add(20 * HOUR, Event.SERVICE_LOST, Phase.DOWN_UNDETECTED, environment="b", value=UNBOUNDED)
    return of


def document(of: World) -> Any:
    timeline = of.timeline()
    metrics = measure(timeline)
    return json.loads(json.dumps(run_document(timeline, metrics, judge(metrics))))


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every object with properties in a schema, however deep."""
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    found = [each for child in children for each in objects(child)]
    return (
        [schema, *found] if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) else found
    )


def test_the_schema_is_a_schema() -> None:
    """Of JSON Schema 2020-12, and strict: no key goes without saying."""
    Draft202012Validator.check_schema(SCHEMA)
    for each in objects(SCHEMA):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])


def test_every_key_of_the_schema_is_described() -> None:
    """Here or in what it refers to."""
    for each in objects(SCHEMA):
        for name, key in each["properties"].items():
            assert "description" in key or "$ref" in key, name
    assert all("description" in definition for definition in SCHEMA["$defs"].values())


def test_a_run_is_what_the_schema_says() -> None:
    """Closed, open and no incidents; expectations that hold and that do not."""
    expect = [
        {"environments": "a", "failovers": {"exactly": 1}},
        {"environments": "b", "outcome": "failed_over"},
    ]
    validator = Draft202012Validator(SCHEMA)
    for given in (world(expect=expect), World()):
        assert [error.message for error in validator.iter_errors(document(given))] == []


def test_keys_stand_in_the_order_of_the_schema() -> None:
    """So that two documents can be compared line by line."""
    content = document(world())
    assert list(content) == list(SCHEMA["properties"])
    assert list(content["environments"][0]) == list(SCHEMA["$defs"]["environment"]["properties"])
    incident = content["environments"][0]["incidents"][0]
    assert list(incident) == list(SCHEMA["$defs"]["incident"]["properties"])
    assert list(content["fleet"]) == list(SCHEMA["$defs"]["total"]["properties"])


def test_an_incident_is_written_with_its_ledger_holds_and_losses() -> None:
    """The failover of `a`, to the minute."""
    incident = document(world())["environments"][0]["incidents"][1]
    assert incident["outage"] == "storm"
    assert incident["outcome"] == "failed_over"
    assert incident["rta_ms"] == 105 * MINUTE
    assert incident["censored"] is False
    assert incident["ledger"][2] == {"phase": "awaiting_awareness", "owner": "customer", "ms": 5 * MINUTE}
    assert sum(line["ms"] for line in incident["ledger"]) == incident["rta_ms"]
    assert incident["holds"] == [{"reason": "consent_pending", "ms": 25 * MINUTE}]
    lost = {"age_ms": 2 * MINUTE, "lost_writes_ms": 2 * MINUTE, "writes": 2}
    assert incident["loss"] == {"potential": lost, "realised": lost, "permanent": lost}
    assert incident["objectives"]["rto"]["verdict"] == "PolicyBreached"
    assert incident["objectives"]["mtpd"] == {
        "verdict": "NotApplicable",
        "objective_ms": None,
        "actual_ms": 105 * MINUTE,
        "reason": "objective not set",
    }


def test_an_open_incident_has_no_recovery_time() -> None:
    """It has a lower bound, and no bound on what it could lose."""
    incident = document(world())["environments"][1]["incidents"][0]
    assert incident["censored"] is True
    assert incident["rta_ms"] is None
    assert incident["end_ms"] is None
    assert incident["at_least_ms"] == 4 * HOUR
    assert incident["unbounded"] is True
    assert incident["loss"]["potential"] == {"age_ms": None, "lost_writes_ms": None, "writes": None}


def test_what_has_nothing_behind_it_is_null() -> None:
    """No lifetime, no incident."""
    content = document(world())
    late = content["environments"][2]
    assert [late[key] for key in late if key.startswith("availability")] == [None, None, None]
    assert document(World())["fleet"]["rta_ms"]["p50"] is None


def test_environments_add_up_to_the_fleet() -> None:
    """Every sum of the fleet is the sum over environments."""
    content = document(world())
    for key in ("downtime_ms", "planned_ms", "degraded_ms", "failovers", "failbacks", "unprotected_ms"):
        assert content["fleet"][key] == sum(environment[key] for environment in content["environments"])
    for environment in content["environments"]:
        parts = ("up_ms", "degraded_ms", "planned_ms", "downtime_ms")
        assert sum(environment[key] for key in parts) == environment["lifetime_ms"]
        assert (
            sum(incident["at_least_ms"] for incident in environment["incidents"])
            == environment["downtime_ms"]
        )


def test_a_failed_expectation_stands_in_the_document() -> None:
    """With a sentence, and the run did not pass."""
    content = document(world(expect=[{"environments": "b", "outcome": "failed_over"}]))
    assert content["passed"] is False
    assert content["expectations"][0]["mismatches"] == [
        {"environment": "b", "key": "outcome", "expected": "failed_over", "actual": "still_down"}
    ]
