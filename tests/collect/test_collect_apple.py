"""Apple Health exports: what a phone measured lands once, of one person, and a hostile export harms nobody."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_device_given import DOCTYPE, HEART, ME, apple, apple_record, archive, broken, keys, observations, remarks, seen
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.apple.reader import read_export
from dujiang.collect.readers.items import Broken, Record
from shared_data import shared

PRESSURE = [apple_record(f"HKQuantityTypeIdentifierBloodPressure{which}", value, "mmHg") for which, value in (("Systolic", "120"), ("Diastolic", "80"))]


@pytest.mark.parametrize("method", [0, 8])
@pytest.mark.parametrize("name", ["apple_health_export/export.xml", "apple_health_export/导出.xml"])
def test_an_export_is_read_inside_its_archive_whatever_the_phone_calls_it(method: int, name: str) -> None:
    reader, items = seen(archive(apple(ME, apple_record()), name, method), "1001/export.zip")
    assert reader == "apple-health" and len(observations(items)) == 1 and not broken(items)


def test_a_record_is_an_observation_with_its_digits_time_and_both_codes() -> None:
    (found,) = observations(seen(apple(apple_record(value="72.50")), "1001/export.xml")[1])
    assert [one["code"] for one in found["code"]["coding"]] == ["8867-4", HEART]
    assert found["effectiveDateTime"] == "2018-09-10T02:28:55-07:00" and found["valueQuantity"] == {
        "value": 72.5, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min",
    }


def test_a_share_is_written_in_per_cent() -> None:
    (found,) = observations(seen(apple(apple_record("HKQuantityTypeIdentifierOxygenSaturation", "0.975", "%")), "1001/export.xml")[1])
    assert found["valueQuantity"]["value"] == 97.5 and found["valueQuantity"]["code"] == "%"


def test_sleep_is_its_stage_and_its_time() -> None:
    sleep = apple_record("HKCategoryTypeIdentifierSleepAnalysis", "HKCategoryValueSleepAnalysisAsleep", "", to="2018-09-10 08:00:00 -0700")
    (found,) = observations(seen(apple(sleep), "1001/export.xml")[1])
    assert found["valueCodeableConcept"]["coding"][0]["code"] == "HKCategoryValueSleepAnalysisAsleep" and found["effectivePeriod"]["end"]


def test_a_workout_is_its_length_with_distance_and_energy() -> None:
    workout = (
        '<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="5.19" durationUnit="min" totalDistance="0.5" totalDistanceUnit="mi" '
        'totalEnergyBurned="48.7" totalEnergyBurnedUnit="Cal" sourceName="W" startDate="2016-11-14 07:25:41 -0700" endDate="2016-11-14 07:30:52 -0700"/>'
    )
    (found,) = observations(seen(apple(workout), "1001/export.xml")[1])
    assert found["valueQuantity"]["value"] == 5.19 and [one["valueQuantity"]["code"] for one in found["component"]] == ["[mi_i]", "kcal"]


def test_the_readings_of_a_correlation_count_once_though_they_stand_beside_it_too(shore: Shore) -> None:
    both = apple(*PRESSURE, f'<Correlation type="HKCorrelationTypeIdentifierBloodPressure" startDate="x">{"".join(PRESSURE)}</Correlation>')
    arrival = shore.land({"1001/export.xml": both})
    assert (arrival.by_kind["Observation"], arrival.by_rule["record.duplicate"]) == (2, 2)


def test_a_second_export_that_overlaps_changes_nothing_but_adds_what_is_new(shore: Shore) -> None:
    first = shore.land({"1001/a.zip": archive(apple(ME, apple_record()))})
    # the phone has moved a time zone on, was updated, and HealthKit's objects lie elsewhere in memory
    again = apple_record(at="2018-09-10 10:28:55 +0100", address="0x9", software="5.0")
    second = shore.land({"1001/b.zip": archive(apple(ME, again, apple_record(value="80", at="2018-09-11 02:28:55 -0700")))})
    rows = standard_rows(shore, first, second)
    assert len(rows["person"]) == 1 and sorted(row["value_source_value"] for row in rows["measurement"]) == ["72", "80"]


def test_two_devices_at_one_moment_are_two_readings() -> None:
    items = seen(apple(apple_record(), apple_record(source="Strap")), "1001/export.xml")[1]
    assert len(set(keys(items))) == 2


def test_two_persons_never_share_a_reading() -> None:
    first, second = (keys(seen(apple(apple_record()), f"{who}/export.xml")[1]) for who in ("1001", "1002"))
    assert first != second


def test_an_export_of_nobody_is_set_aside_whole() -> None:
    reader, items = seen(apple(ME, apple_record()), "export.xml")
    assert reader == "apple-health" and broken(items) == ["device.no_person"] and not keys(items)


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (apple_record(value="x"), "device.no_value"), (apple_record(type=""), "device.no_kind"), (apple_record(at="yesterday"), "device.no_time"),
        (apple_record(at="0001-01-01 00:00:00 +0000"), "device.no_time"), (apple_record(value="NaN"), "device.no_value"),
    ],
)
def test_a_broken_record_is_set_aside_and_its_neighbours_are_not(record: str, rule: str) -> None:
    _, items = seen(apple(apple_record(), record, apple_record(value="1", at="2019-01-01 00:00:00 +0000")), "1001/export.xml")
    assert broken(items) == [rule] and len(keys(items)) == 2


BOMB = '<!DOCTYPE HealthData [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "doctype",
    [
        BOMB, '<!DOCTYPE HealthData SYSTEM "file:///etc/passwd">', '<!DOCTYPE HealthData [<!ENTITY % x SYSTEM "http://a/b">%x;]>',
        f'<!DOCTYPE HealthData [<!ATTLIST Record type CDATA "{"x" * 5000}">]>',
    ],
)
def test_a_hostile_document_type_is_refused(doctype: str) -> None:
    assert broken(seen(apple(apple_record(), doctype=doctype), "1001/export.xml")[1]) == ["xml.doctype"]


def test_a_cut_export_keeps_what_stands_before_the_cut() -> None:
    text = apple(apple_record(), apple_record(at="2019-01-01 00:00:00 +0000"))
    _, items = seen(text[: text.rindex("<Record") + 30], "1001/export.xml")
    assert (len(keys(items)), broken(items)) == (1, ["xml.truncated"])


@given(st.integers(0, 900))
def test_a_cut_archive_is_told_and_never_a_crash(size: int) -> None:
    whole = archive(apple(*(apple_record(value=str(n), at=f"2019-01-{n + 1:02} 00:00:00 +0000") for n in range(20))))
    cut = whole[: min(size, whole.index(b"PK\x01\x02") - 200)]
    items = list(read_export(io.BytesIO(cut), "1001/export.zip"))
    assert any(isinstance(one, Broken) for one in items)


def test_an_archive_that_unpacks_to_far_more_is_read_in_pieces() -> None:
    record = apple_record()
    items = seen(archive(apple(*([record] * 200), "<!--" + " " * 500_000 + "-->")), "1001/export.zip")[1]
    assert len(keys(items)) == 200 and len(set(keys(items))) == 1


def test_a_tag_larger_than_any_is_refused() -> None:
    assert "xml.too_large" in broken(seen(apple(apple_record(value="1" * (3 << 20))), "1001/export.xml")[1])


def test_what_is_not_read_is_counted_by_name() -> None:
    assert remarks(seen(apple('<ActivitySummary dateComponents="2016-11-15"/>' * 2), "1001/export.xml")[1]) == [("device.unread", "ActivitySummary", 2)]


def test_an_export_without_its_document_type_is_known_too() -> None:
    assert seen(apple(doctype=""), "1/a.xml")[0] == "apple-health" and DOCTYPE


def test_the_shared_export_lands_whole() -> None:
    data = shared("wearables/apple_health/export.xml").read_bytes()
    _, items = seen(data, "1001/export.xml")
    assert not broken(items) and sum(isinstance(one, Record) for one in items) == 4 and remarks(items) == [("device.unread", "ActivitySummary", 2)]
