"""Days and times are the hospital's wall clock as written: no offset is applied, no day moves, what is no date is none."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Made, Node, Record, resource

DAY = date(2020, 5, 6)
# (as written, the day, the moment): None where it is not known
WRITTEN: list[tuple[str, date | None, datetime | None]] = [
    ("2020-05-06", DAY, datetime(2020, 5, 6)), ("2020-05", date(2020, 5, 1), None), ("2020", date(2020, 1, 1), None),
    ("2020-05-06T07:08:09Z", DAY, datetime(2020, 5, 6, 7, 8, 9)), ("2020-05-06T07:08:09.999+08:00", DAY, datetime(2020, 5, 6, 7, 8, 9)),
    ("2020-05-06T23:59:59-11:00", DAY, datetime(2020, 5, 6, 23, 59, 59)), ("2020-05-06T00:00:00+14:00", DAY, datetime(2020, 5, 6)),
    ("2020-05-06T07:08+08:00", DAY, datetime(2020, 5, 6, 7, 8)), ("2020-05-06 07:08:09", DAY, datetime(2020, 5, 6, 7, 8, 9)), ("2020/5/6", DAY, datetime(2020, 5, 6)),
    ("2016-12-31T23:59:60Z", date(2016, 12, 31), None), ("2020-02-29", date(2020, 2, 29), datetime(2020, 2, 29)), ("0001-01-01", date(1, 1, 1), datetime(1, 1, 1)),
    ("9999-12-31T23:59:59Z", date(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59)), ("2020-05-06T99:00:00Z", DAY, None), ("2020-05-06Tnoon", DAY, None),
    *((text, None, None) for text in (
        "", " ", "2021-02-29", "2020-13", "2020-13-01", "2020-00-10", "20200506", "0000", "0000-01-01", "infinity", "-infinity", "epoch", "now", "today",
        "12345-01-01", "-2020-01-01",
        "2020-05-06 (BC)", "2020-W01", "May 2020", "二〇二〇年", "２０２０-05-06", "1e10", "'; DROP TABLE person; --",
    )),
]


def began(key: str, text: str) -> Record:
    return resource("Condition", key, subject=SUBJECT, onsetDateTime=text)


@pytest.fixture(scope="module")
def written(new_node: Callable[[], Node]) -> Made:
    return new_node().standard(PATIENT, *(began(f"c{n}", text) for n, (text, _, _) in enumerate(WRITTEN)))


@pytest.mark.parametrize(("key", "text", "day", "moment"), [(f"c{n}", *case) for n, case in enumerate(WRITTEN)])
def test_a_date_is_read_as_written_or_the_record_is_set_aside(written: Made, key: str, text: str, day: date | None, moment: datetime | None) -> None:
    if day is None:
        assert written.rule(key) == "date.none" and written.of("condition_occurrence", key) == []
    else:
        row = written.one("condition_occurrence", key)
        assert (row["condition_start_date"], row.get("condition_start_datetime")) == (day, moment)


def test_a_record_without_a_date_of_its_own_has_its_visits(node: Node) -> None:
    lost = [resource("Condition", f"c{n}", subject=SUBJECT, encounter={"reference": "Encounter/e1"}, onsetDateTime=text) for n, text in enumerate([None, "2021-02-29"])]
    made = node.standard(PATIENT, ENCOUNTER, *lost)
    assert {(r["condition_start_date"], r["condition_start_datetime"]) for r in made.rows("condition_occurrence")} == {(date(2020, 3, 1), datetime(2020, 3, 1, 9))}


def test_a_date_known_in_part_is_preferred_to_the_visits(node: Node) -> None:
    made = node.standard(PATIENT, ENCOUNTER, resource("Condition", "c", subject=SUBJECT, encounter={"reference": "Encounter/e1"}, onsetDateTime="2019"))
    row = made.one("condition_occurrence", "c")
    assert (row["condition_start_date"], row.get("condition_start_datetime")) == (date(2019, 1, 1), None)


def test_a_visit_without_any_date_is_set_aside_and_its_records_do_without_it(node: Node) -> None:
    undated = resource("Encounter", "e", subject=SUBJECT, period={"start": "2021-02-29"})
    made = node.standard(PATIENT, undated, resource("Condition", "c", subject=SUBJECT, encounter={"reference": "Encounter/e"}, onsetDateTime="2021-03-01"))
    assert made.rule("e") == "date.none" and "visit_occurrence_id" not in made.one("condition_occurrence", "c")
    assert made.gaps("condition_occurrence", "visit_occurrence_id") == {("", "", "reference.dangling"): 1}


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=offsets)


@settings(max_examples=10)
@given(st.lists(moments, min_size=1, max_size=40))
def test_no_time_zone_moves_a_day(new_node: Callable[[], Node], found: list[datetime]) -> None:
    made = new_node().standard(PATIENT, *(began(f"c{n}", moment.isoformat(timespec="milliseconds")) for n, moment in enumerate(found)))
    for n, moment in enumerate(found):
        row = made.one("condition_occurrence", f"c{n}")
        assert row["condition_start_date"] == moment.date()
        assert row["condition_start_datetime"] == moment.replace(tzinfo=None, microsecond=0)
