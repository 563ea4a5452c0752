"""FIT files and Fitbit tables: every shared file is accepted or set aside for what is wrong with it, and damage keeps what stood before."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.collect_device_given import broken, keys, observations, remarks, seen
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from shared_data import shared

DAY = "Id,ActivityDate,TotalSteps,Calories\n"
# Broken on purpose, and one that a phone wrote badly; all other files of the folder are whole.
DAMAGED = {
    "activity-activity-filecrc.fit": "fit.checksum", "activity-filecrc.fit": "fit.checksum", "activity-settings-corruptheader.fit": "fit.header",
    "activity-settings-nodata.fit": "fit.truncated", "activity-unexpected-eof.fit": "fit.truncated", "nick.fit": "fit.truncated",
    "strava-android-app-201.10-b1218918.fit": "fit.damaged",
}


@pytest.mark.slow
def test_every_shared_file_gives_readings_or_says_why_not() -> None:
    found, silent = {}, 0
    for path in sorted(shared("wearables/fit").glob("*.fit")):
        reader, items = seen(path.read_bytes(), f"1001/{path.name}")
        assert reader == "fit"
        found.update(dict.fromkeys([path.name] if broken(items) else [], "".join(broken(items))))
        silent += [name for name, _, _ in remarks(items)] == ["fit.no_readings"]
        assert keys(items) or broken(items) or remarks(items)
    assert found == DAMAGED and silent == 9


def test_a_scale_that_several_step_on_keeps_them_apart() -> None:
    _, items = seen(shared("wearables/fit/WeightScaleMultiUser.fit").read_bytes(), "home.fit")
    assert len({one["subject"]["reference"] for one in observations(items)}) == 2


def test_without_a_folder_the_wearer_of_the_device_is_one_person_in_every_file() -> None:
    data = shared("wearables/fit/Activity.fit").read_bytes()
    first, second = seen(data, "a.fit")[1], seen(gzip.compress(data), "b.fit.gz")[1]
    assert keys(first) == keys(second) and len({one["subject"]["reference"] for one in observations(first)}) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 760), st.binary(min_size=1, max_size=6))
def test_damage_anywhere_is_told_or_harmless_and_never_a_crash(place: int, noise: bytes) -> None:
    data = shared("wearables/fit/activity-settings.fit").read_bytes()
    hurt = data[:place] + noise + data[place + len(noise) :]
    _, items = seen(hurt, "1001/a.fit")
    # a header without a checksum of its own (two zero bytes) is allowed
    assert hurt == data or broken(items) or hurt[12:14] == b"\0\0"


@pytest.mark.parametrize("size", [8, 11, 12, 200, 700])
def test_a_cut_file_is_set_aside_from_there(size: int) -> None:
    assert broken(seen(shared("wearables/fit/activity-settings.fit").read_bytes()[:size], "1001/a.fit")[1])


def test_a_file_too_large_is_refused_without_being_decoded() -> None:
    assert broken(seen(gzip.compress(b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT" + bytes(65 << 20)), "1001/a.fit")[1]) == ["fit.too_large"]


def test_a_day_of_a_tracker_is_a_reading_of_each_column(shore: Shore) -> None:
    patient = '{"resourceType":"Patient","id":"1503","birthDate":"1980"}'
    rows = standard_rows(shore, shore.land({"p.ndjson": patient, "dailyActivity.csv": DAY + "1503,4/12/2016,13162,1985\n"}))
    assert sorted((row["value_source_value"], str(row["measurement_date"])) for row in rows["measurement"]) == [("13162", "2016-04-12"), ("1985", "2016-04-12")]


def test_noon_and_midnight_are_told_apart() -> None:
    times = ("12:00:00 AM", "12:00:00 PM", "1:00:00 PM")
    text = "Id,ActivityHour,StepTotal\n" + "".join(f"1,4/12/2016 {one},5\n" for one in times)
    starts = [one["effectivePeriod"]["start"] for one in observations(seen(text, "h.csv")[1])]
    assert starts == ["2016-04-12T00:00:00", "2016-04-12T12:00:00", "2016-04-12T13:00:00"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("1,4/31/2016,1,1", "device.no_time"), ("1,,1,1", "device.no_time"), ("1,4/12/2016,many,1", "device.no_value"), ("1,4/12/2016,1", "csv.columns"),
        (",4/12/2016,1,1", "device.no_person"), ("1,13/12/2016,1,1", "device.no_time"),
    ],
)
def test_a_broken_row_is_set_aside_and_its_neighbours_are_not(row: str, rule: str) -> None:
    _, items = seen(DAY + "1,4/10/2016,1,1\n" + row + "\n2,4/10/2016,1,1\n", "dailyActivity.csv")
    assert broken(items) == [rule] and len(keys(items)) >= 4


def test_another_table_of_the_hospital_s_is_never_taken_for_a_tracker_s() -> None:
    assert seen("Id,Date,Ward\n1,2020-01-01,A\n", "beds.csv")[0] == "plain"


def test_the_shared_tables_land_whole_and_once() -> None:
    counts = {}
    for path in sorted(shared("wearables/fitabase").glob("*.gz")):
        reader, items = seen(path.read_bytes(), path.name)
        assert reader == "fitbit" and not broken(items)
        counts[path.name.partition("_")[0]] = (len(keys(items)), len(set(keys(items))))
    assert counts == {"dailyActivity": (6580, 6580), "hourlySteps": (22099, 22099), "sleepDay": (1239, 1230), "weightLogInfo": (136, 136)}
