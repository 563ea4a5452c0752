"""Open mHealth data points: from a file or a broker, valid ones land once, invalid ones are set aside by the right rule."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_device_given import broken, keys, observations, point, seen
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.items import Item
from dujiang.collect.readers.openmhealth.measures import MEASURES
from shared_data import shared

WHEN = {"effective_time_frame": {"date_time": "2020-02-05T07:25:00Z"}}
PATIENT = json.dumps({"resourceType": "Patient", "id": "u1", "birthDate": "1980-01-01"})
PRESSURE = {"systolic_blood_pressure": {"value": 120, "unit": "mmHg"}, "diastolic_blood_pressure": {"value": 80, "unit": "mmHg"}, **WHEN}


def lined(*points: object) -> str:
    return "\n".join(json.dumps(one) for one in points) + "\n"


@pytest.mark.parametrize("text", [lined(point()), json.dumps([point()], indent=2), json.dumps(point(), indent=4), lined([point()])])
def test_points_come_one_a_line_or_as_one_document(text: str) -> None:
    reader, items = seen(text, "batch.ndjson")
    assert reader == "open-mhealth" and len(observations(items)) == 1 and not broken(items)


def test_a_point_becomes_an_observation_with_its_own_time_unit_and_digits() -> None:
    raw = json.dumps(point()).replace("61.5", "61.50")
    (found,) = observations(seen(raw, "a.json")[1])
    assert found["effectiveDateTime"] == "2020-02-05T07:25:00+08:00" and found["valueQuantity"]["code"] == "/min"
    assert '"value":61.50' in next(one.body for one in seen(raw, "a.json")[1] if one.kind == "Observation")  # type: ignore[union-attr]


def test_a_blood_pressure_is_two_measurements_of_one_person(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({"p.ndjson": PATIENT, "cut.ndjson": lined(point("blood-pressure", PRESSURE))}))
    assert len(rows["person"]) == 1 and sorted(row["value_source_value"] for row in rows["measurement"]) == ["120", "80"]


def test_a_point_that_comes_again_through_the_broker_is_the_same_reading(shore: Shore) -> None:
    first = shore.land({"p.ndjson": PATIENT, "cut-1.ndjson": lined(point(id="1"))})
    second = shore.land({"cut-2.ndjson": lined(point(id="2"), point(source="Strap"))})
    assert len(standard_rows(shore, first, second)["measurement"]) == 2


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        ({"body": {}}, "omh.no_header"), (point() | {"body": None}, "omh.no_body"), (point(user=None), "device.no_person"), (point("gait"), "omh.unread_schema"),
        (point(body={"heart_rate": {"value": 60, "unit": "bpm"}, **WHEN}), "device.unit"), (point(body=WHEN), "device.no_value"),
        (point(body={"heart_rate": {"value": "60", "unit": "beats/min"}, **WHEN}), "device.no_value"),
        (point(body={"heart_rate": {"value": True, "unit": "beats/min"}, **WHEN}), "device.no_value"),
        (point(body={"heart_rate": {"value": 60, "unit": "beats/min"}}), "device.no_time"), ([1], "json.not_object"),
        (point(body={"heart_rate": {"value": 60, "unit": "beats/min"}, "effective_time_frame": {"date_time": "2020-02-05"}}), "device.no_time"),
        (point("blood-pressure", {**WHEN, "systolic_blood_pressure": {"value": 1, "unit": "mmHg"}}), "device.no_value"),
    ],
)
def test_what_is_no_point_is_set_aside_and_its_neighbours_are_not(bad: object, rule: str) -> None:
    _, items = seen(lined(point(), bad, point(source="b")), "a.omh.ndjson")
    assert broken(items) == [rule] and len(keys(items)) == 2


@pytest.mark.parametrize(
    ("span", "times"),
    [
        ({"start_date_time": "2020-01-01T10:00:00Z", "end_date_time": "2020-01-01T11:00:00Z"}, ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00Z")),
        ({"start_date_time": "2020-01-01T10:00:00Z", "duration": {"value": 1, "unit": "h"}}, ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+00:00")),
        ({"end_date_time": "2020-01-01T11:00:00Z", "duration": {"value": 60, "unit": "min"}}, ("2020-01-01T10:00:00+00:00", "2020-01-01T11:00:00Z")),
    ],
)
def test_an_interval_is_said_by_any_two_of_start_end_and_length(span: dict[str, object], times: tuple[str, str]) -> None:
    body = {"step_count": {"value": 10, "unit": "steps"}, "effective_time_frame": {"time_interval": span}}
    (found,) = observations(seen(json.dumps(point("step-count", body)), "a.json")[1])
    assert (found["effectivePeriod"]["start"], found["effectivePeriod"]["end"]) == times


def test_an_average_is_not_taken_for_a_measurement() -> None:
    body = {"heart_rate": {"value": 60, "unit": "beats/min"}, "descriptive_statistic": "average", **WHEN}
    (found,) = observations(seen(json.dumps(point(body=body)), "a.json")[1])
    assert [one["code"] for one in found["code"]["coding"]] == ["heart-rate.heart_rate.average"]


def test_fhir_is_never_taken_for_points() -> None:
    fhir = {"resourceType": "Observation", "id": "1", "note": '"schema_id": {', "x": {"schema_id": {}}}
    assert seen(lined(fhir), "a.ndjson")[0] == "lines"


@given(st.binary(max_size=200), st.integers(0, 300))
def test_damage_in_one_line_leaves_the_lines_beside_it(noise: bytes, place: int) -> None:
    raw = lined(point(id="2", source="hurt")).encode()
    hurt = (raw[:place] + noise + raw[place:]).replace(b"\n", b" ").replace(b"\r", b" ")
    text = lined(point(), point(source="b")).encode() + hurt + b"\n" + lined(point(source="c")).encode()
    good = set(keys(seen(lined(point(), point(source="b"), point(source="c")), "a.ndjson")[1]))
    assert good <= set(keys(seen(text, "a.ndjson")[1]))


@pytest.mark.parametrize("bad", ["[" * 100_000, '{"header":' * 5000, '{"a": NaN}', '{"a": 1e999999999}', "\0"])
def test_hostile_json_is_set_aside(bad: str) -> None:
    items = seen(lined(point()) + bad + "\n" + lined(point(source="b")), "a.omh.ndjson")[1]
    assert len(keys(items)) == 2 and len(broken(items)) == 1


def shared_points(which: str) -> list[Path]:
    """Bodies of the schemas that are read: the newest and earlier versions."""
    folder = shared("wearables/omh_test_data/omh")
    return sorted(path for schema in MEASURES for path in folder.glob(f"{schema}/*/{which}/*.json"))


def given_by(path: Path) -> list[Item]:
    """What reading a body under a header of its own schema and version gives."""
    schema, version = path.parts[-4:-2]
    return seen(json.dumps(point(schema, json.loads(path.read_text()), version=version)), "a.json")[1]


# Valid and set aside: their earlier schemas ask for no time, and a reading without one has no place in a record; a walk of no
# length; a number of which an old schema did not say what it is.
NO_READING = {"physical-activity/1.0/activity-name-only.json", "systolic-blood-pressure/1.0/valid-systolic-blood-pressure.json"}
# Invalid for what stands beside the measured value, which is not read, or for a part of a day where an earlier version allowed one.
BESIDE = {
    "blood-pressure/4.0/invalid-timeframe-format.json", "body-height/2.0/with-part-of-day.json", "oxygen-saturation/1.0/invalid-oxygen-unit.json",
    "oxygen-saturation/2.0/invalid-oxygen-unit.json",
}


def called(path: Path) -> str:
    return "/".join((*path.parts[-4:-2], path.name))


def test_every_valid_body_of_the_shared_data_that_has_a_time_is_accepted() -> None:
    refused = {called(path): broken(given_by(path)) for path in shared_points("shouldPass") if broken(given_by(path))}
    untimed = {name for name, rules in refused.items() if rules == ["device.no_time"]}
    assert refused.keys() - untimed == NO_READING and len(untimed) == 15
    assert not any("effective_time_frame" in path.read_text() for path in shared_points("shouldPass") if called(path) in untimed)


def test_the_invalid_bodies_of_the_shared_data_are_set_aside() -> None:
    assert {called(path) for path in shared_points("shouldFail") if not broken(given_by(path))} == BESIDE
