"""What each grade demands of an asset version's columns."""

import pytest

from assess.assess_tables import TABLES, Bench, faultless
from dujiang.assess.deidentify import keeps_sensitive_rows, needs_measured_risk, treat
from dujiang.assess.pack import pack
from dujiang.store.frames import DuckFrames
from dujiang.words import Grade

IDENTIFIERS = {"person_source_value", "x_source_key"}


def kept(grade: Grade) -> set[tuple[str, str]]:
    return {(t.table, t.column) for t in treat(TABLES, grade)}


def test_at_grade_4_nothing_is_generalised_and_direct_identifiers_are_absent() -> None:
    treated = treat(TABLES, Grade.USABLE_NOT_VISIBLE)
    assert {t.treatment for t in treated} == {"keep"} and all(t.sql == t.column for t in treated)
    everything = {(table, c) for table, columns in TABLES.items() for c in columns}
    assert {column for _, column in everything - kept(Grade.USABLE_NOT_VISIBLE)} == IDENTIFIERS


@pytest.mark.parametrize("grade", Grade)
def test_no_grade_has_names_numbers_or_source_keys(grade: Grade) -> None:
    assert not treat({"x_identity": ["full_name", "id_number"], "person": ["person_source_value"]}, grade)


@pytest.mark.parametrize("grade", Grade)
def test_a_column_no_rule_names_is_left_out_of_every_grade(grade: Grade) -> None:
    assert treat({"person": ["x_genome"]}, grade) == ()


def test_a_lower_grade_never_has_a_column_a_higher_one_has_not() -> None:
    for lower, higher in zip(list(Grade)[:-1], list(Grade)[1:], strict=True):
        assert kept(lower) <= kept(higher)


def test_only_grade_5_keeps_sensitive_rows_and_the_low_grades_ask_for_a_measured_risk() -> None:
    assert [keeps_sensitive_rows(g) for g in Grade] == [False, False, False, False, True]
    assert [needs_measured_risk(g) for g in Grade] == [True, True, True, False, False]


def test_at_grade_3_dates_are_known_to_the_month_and_free_text_is_gone(bench: Bench) -> None:
    columns = {
        "observation": ["person_id", "observation_date", "observation_datetime", "value_as_string"],
        "person": ["day_of_birth"],
    }
    treated = treat(columns, Grade.CONTROLLED)
    assert {t.column for t in treated} == {"person_id", "observation_date", "observation_datetime", "day_of_birth"}
    row = {**faultless("observation"), "observation_date": "2020-05-17", "observation_datetime": "2020-05-17 10:11:12"}
    urls = bench.urls({"observation": [row]})
    selected = ", ".join(t.sql for t in treated if t.table == "observation")
    with DuckFrames(bench.zones) as frames:
        found = frames.rows(f"SELECT {selected} FROM read_parquet('{urls['observation'][0]}')")
    assert [str(v) for v in found[0]] == ["1", "2020-05-01", "2020-05-01 00:00:00"]
    assert next(t.sql for t in treated if t.column == "day_of_birth") == "NULL AS day_of_birth"


def test_at_grade_2_a_birth_is_known_to_the_decade(bench: Bench) -> None:
    (year,) = treat({"person": ["year_of_birth", "person_id"]}, Grade.REGISTERED)
    urls = bench.urls({"person": [faultless("person"), {**faultless("person", 2), "year_of_birth": 1999}]})
    with DuckFrames(bench.zones) as frames:
        found = frames.rows(f"SELECT {year.sql} FROM read_parquet('{urls['person'][0]}') ORDER BY 1")
    assert found == [(1960,), (1990,)]


def test_the_table_of_demands_speaks_of_every_grade() -> None:
    assert set(pack().demands) == set(Grade)
