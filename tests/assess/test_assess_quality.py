"""Each quality check finds the fault that was put in, counts it exactly, and finds nothing where nothing is."""

from collections.abc import Callable
from datetime import date

import pytest

from assess.assess_tables import AS_OF, ENDS, STARTS, TABLES, Bench, Row, faultless, found, key_of, whole
from dujiang.assess.checks import book, catalogue
from dujiang.assess.quality import FAILED, NOT_APPLICABLE, PASSED, check
from dujiang.store.frames import DuckFrames

EVENTS = tuple(t for t in TABLES if t not in ("person", "death"))
CODED = tuple(t for t in EVENTS if t != "visit_occurrence")
Fault = tuple[str, str, Callable[[Row], Row]]


def over(rule: str, tables: tuple[str, ...], change: Callable[[str], Row]) -> list[Fault]:
    """The same fault in several tables."""
    return [(f"{rule}.{t}", t, lambda row, t=t: {**row, **change(t)}) for t in tables]  # type: ignore[misc]


def measured(code: str, value: str, unit: str | None) -> Callable[[Row], Row]:
    return lambda row: {**row, "x_codes": f"LOINC|{code} LOCAL|x", "value_as_number": value, "unit_source_value": unit}


DATED = tuple(STARTS)
FAULTS: list[Fault] = [
    *over("key_missing", EVENTS, lambda t: {key_of(t): None}),
    *over("person_missing", EVENTS, lambda t: {"person_id": None}),
    *over("person_unknown", EVENTS, lambda t: {"person_id": 999}),
    *over("visit_unknown", CODED, lambda t: {"visit_occurrence_id": 999}),
    *over("start_missing", EVENTS, lambda t: {STARTS[t]: None}),
    *over("concept_missing", EVENTS, lambda t: {f"{t.split('_')[0]}_concept_id": None}),
    *over("source_missing", EVENTS, lambda t: {"x_arrival": None}),
    *over("code_missing", CODED, lambda t: {"x_codes": ""}),
    *over("code_system_unknown", CODED, lambda t: {"x_codes": "LOCAL|JY1234"}),
    *over("outside_visit", CODED, lambda t: {STARTS[t]: "2019-12-20"}),
    *over("female_only", ("condition_occurrence", "procedure_occurrence"), lambda t: {"x_codes": "SNOMED|1 ICD10CN|O80.0x00"}),
    *over("before_birth", DATED, lambda t: {STARTS[t]: "1960-05-05"}),
    *over("after_death", tuple(t for t in DATED if t != "death"), lambda t: {STARTS[t]: "2020-06-01"}),
    *over("in_future", DATED, lambda t: {STARTS[t]: "2020-07-02"}),
    *over("end_before_start", tuple(ENDS), lambda t: {ENDS[t]: "2019-12-31"}),
    ("visit_too_long.visit_occurrence", "visit_occurrence", lambda row: {**row, "visit_end_date": "2022-01-01"}),
    ("visit_kind_unknown.visit_occurrence", "visit_occurrence", lambda row: {**row, "visit_concept_id": 0}),
    ("supply_implausible.drug_exposure", "drug_exposure", lambda row: {**row, "days_supply": -1}),
    ("supply_implausible.drug_exposure", "drug_exposure", lambda row: {**row, "days_supply": 731}),
    ("amount_negative.drug_exposure", "drug_exposure", lambda row: {**row, "quantity": "-0.5"}),
    (
        "value_missing.measurement",
        "measurement",
        lambda row: {**row, "value_as_number": None, "value_source_value": None},
    ),
    ("unit_missing.measurement", "measurement", lambda row: {**row, "unit_source_value": " "}),
    ("range_systolic.measurement", "measurement", measured("8480-6", "1200", "mm[Hg]")),
    ("range_systolic.measurement", "measurement", measured("8480-6", "39.9", "mmHg")),
    ("range_diastolic.measurement", "measurement", measured("8462-4", "201", "mm[Hg]")),
    ("range_heart_rate.measurement", "measurement", measured("8867-4", "400", "/min")),
    ("range_breathing_rate.measurement", "measurement", measured("9279-1", "1", "/min")),
    ("range_height.measurement", "measurement", measured("8302-2", "172", "m")),
    ("range_height.measurement", "measurement", measured("8302-2", "1.72", "cm")),
    ("range_weight.measurement", "measurement", measured("29463-7", "3200", "kg")),
    ("range_bmi.measurement", "measurement", measured("39156-5", "130", "kg/m2")),
    ("range_temperature.measurement", "measurement", measured("8310-5", "98.6", "Cel")),
    ("range_temperature.measurement", "measurement", measured("8331-1", "37", "[degF]")),
    ("range_oxygen.measurement", "measurement", measured("59408-5", "101", "%")),
    ("range_hba1c.measurement", "measurement", measured("4548-4", "48", "%")),
    ("range_glucose.measurement", "measurement", measured("2339-0", "3000", "mg/dL")),
    ("range_glucose.measurement", "measurement", measured("2345-7", "120", "mmol/L")),
    ("range_glucose_moles.measurement", "measurement", measured("14749-6", "120", "mmol/L")),
    ("range_cholesterol.measurement", "measurement", measured("2093-3", "5", "mg/dL")),
    ("range_creatinine.measurement", "measurement", measured("2160-0", "90", "mg/dL")),
    ("range_potassium.measurement", "measurement", measured("6298-4", "45", "mmol/L")),
    *((f"unit_{kind.id}.measurement", "measurement", measured(kind.codes[0], "50", "furlong")) for kind in book().ranges),
    ("range_haemoglobin.measurement", "measurement", measured("718-7", "140", "g/dL")),
]
PERSON_FAULTS: list[tuple[str, Row]] = [
    ("sex_unknown.person", {"gender_concept_id": 0}),
    ("sex_unknown.person", {"gender_concept_id": None}),
    ("birth_missing.person", {"year_of_birth": None}),
    ("birth_implausible.person", {"year_of_birth": 2025}),
    ("birth_implausible.person", {"year_of_birth": 1894}),
    ("birth_placeholder.person", {"month_of_birth": 1, "day_of_birth": 1}),
    ("key_missing.person", {"person_id": None}),
    ("source_missing.person", {"x_source_key": None}),
]


def test_nothing_is_found_where_nothing_is_wrong(bench: Bench) -> None:
    report = bench.check(whole())
    assert found(report) == {}
    assert (report.score, set(report.categories.values()), report.fatal()) == (100, {100}, ())
    assert report.rows == {"person": 1, "death": 1, **dict.fromkeys(EVENTS, 3)}


@pytest.mark.parametrize(("name", "table", "spoil"), FAULTS, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(FAULTS)])
def test_a_fault_that_was_put_in_is_found_and_counted(
    bench: Bench, name: str, table: str, spoil: Callable[[Row], Row]
) -> None:
    tables = {t: rows for t, rows in whole(5).items() if t in (table, "person", "death", "visit_occurrence")}
    rows = [*tables[table], *([faultless(table, 40), faultless(table, 41)] if table != "death" else [])]
    spoiled = 1 if table == "death" else 2
    tables[table] = [*rows[:-spoiled], *map(spoil, rows[-spoiled:])]
    report = bench.check(tables)
    result = next(r for r in report.results if r.id == name)
    assert (result.violated, result.status) == (spoiled, FAILED)
    assert report.score < 100


@pytest.mark.parametrize(("name", "change"), PERSON_FAULTS)
def test_a_fault_of_a_person_is_found_and_counted(bench: Bench, name: str, change: Row) -> None:
    tables = whole()
    tables["person"] = [*tables["person"], {**faultless("person", 2), **change}]
    assert found(bench.check(tables))[name] == 1


def test_every_check_has_a_fault_in_these_tests() -> None:
    elsewhere = {f"key_repeated.{t}" for t in TABLES} | {f"fact_repeated.{t}" for t in CODED} | {"no_visit.person"}
    elsewhere |= {f"stale.{t}" for t in book().fresh.days} | {f"visit_of_another.{t}" for t in CODED}
    elsewhere |= {f"male_only.{t}" for t in ("condition_occurrence", "procedure_occurrence")}
    of_the_dead = {
        "key_missing.death",
        "start_missing.death",
        "source_missing.death",
        "person_missing.death",
        "person_unknown.death",
    }
    tested = {name for name, *_ in (*FAULTS, *PERSON_FAULTS)}
    assert set(catalogue()) - tested - elsewhere == of_the_dead


@pytest.mark.parametrize("table", CODED)
def test_an_event_of_one_person_in_the_visit_of_another_is_found(bench: Bench, table: str) -> None:
    tables = whole()
    tables["person"] = [*tables["person"], faultless("person", 2)]
    tables[table] = [*tables[table], {**faultless(table, 40), "person_id": 2}]
    assert found(bench.check(tables)) == {f"visit_of_another.{table}": 1, "no_visit.person": 1}


@pytest.mark.parametrize("table", ["condition_occurrence", "procedure_occurrence"])
def test_what_only_men_have_is_found_at_a_woman_and_not_at_somebody_of_unknown_sex(bench: Bench, table: str) -> None:
    for sex, wrong in ((8532, {f"male_only.{table}": 1}), (8507, {}), (0, {"sex_unknown.person": 1})):
        tables = {"person": [{**faultless("person"), "gender_concept_id": sex}], "visit_occurrence": [faultless("visit_occurrence")]}
        tables[table] = [{**faultless(table), "x_codes": "ICD10|C61"}]
        assert found(bench.check(tables)) == wrong


@pytest.mark.parametrize("table", sorted(book().fresh.days))
def test_a_table_with_nothing_newer_than_a_year_is_stale_and_a_day_in_the_far_future_does_not_freshen_it(bench: Bench, table: str) -> None:
    urls = bench.urls({table: [faultless(table), {**faultless(table, 2), STARTS[table]: "2077-01-01"}]})
    for day, stale in ((date(2021, 1, 2), 0), (date(2021, 1, 4), 1)):
        with DuckFrames(bench.zones) as frames:
            assert found(check(frames, urls, day)).get(f"stale.{table}", 0) == stale


def test_faults_of_a_death_are_found(bench: Bench) -> None:
    tables = whole()
    tables["death"] = [
        {**faultless("death", 999)},
        {**faultless("death"), "person_id": None, "death_date": None, "x_source_key": None},
    ]
    assert found(bench.check(tables)) == {
        "key_missing.death": 1,
        "person_missing.death": 1,
        "person_unknown.death": 1,
        "start_missing.death": 1,
        "source_missing.death": 1,
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_key_that_stands_there_three_times_is_two_too_many(bench: Bench, table: str) -> None:
    tables = whole()
    tables[table] = [*tables[table], *[tables[table][0]] * 2]
    assert found(bench.check(tables))[f"key_repeated.{table}"] == 2


@pytest.mark.parametrize("table", CODED)
def test_the_same_fact_under_another_key_is_found(bench: Bench, table: str) -> None:
    tables = whole()
    tables[table] = [*tables[table], {**tables[table][0], key_of(table): 77, "x_line": 9}]
    assert found(bench.check(tables)) == {f"fact_repeated.{table}": 1}


def test_two_persons_with_the_same_fact_do_not_repeat_it(bench: Bench) -> None:
    tables = whole()
    tables["person"] = [*tables["person"], faultless("person", 2)]
    tables["measurement"] = [*tables["measurement"], {**tables["measurement"][0], "measurement_id": 77, "person_id": 2, "visit_occurrence_id": None}]
    assert found(bench.check(tables)) == {"no_visit.person": 1}


def test_what_lies_exactly_on_the_edge_is_no_fault(bench: Bench) -> None:
    tables = whole()
    edge = faultless("measurement", 50)
    tables["measurement"] = [
        {**edge, "measurement_id": 1, "value_as_number": "40"},
        {**edge, "measurement_id": 2, "value_as_number": "300"},
        {**edge, "measurement_id": 3, "measurement_date": "2020-05-31"},
        {**edge, "measurement_id": 4, "measurement_date": "1960-05-06", "visit_occurrence_id": None},
        {**edge, "measurement_id": 5, "measurement_date": "2019-12-26"},
    ]
    tables["condition_occurrence"] = [{**faultless("condition_occurrence"), "condition_end_date": "2020-01-02"}]
    tables["drug_exposure"] = [{**faultless("drug_exposure"), "days_supply": 730, "quantity": "0"}]
    assert found(bench.check(tables)) == {}


def test_a_day_is_allowed_for_a_clock_ahead_of_ours(bench: Bench) -> None:
    tables = whole()
    tables["death"] = []
    tables["observation"] = [{**faultless("observation"), "observation_date": "2020-07-01", "visit_occurrence_id": None}]
    assert found(bench.check(tables)) == {}


def test_a_number_with_a_code_that_begins_like_another_is_not_taken_for_it(bench: Bench) -> None:
    tables = whole()
    tables["measurement"] = [
        {**faultless("measurement"), "x_codes": "LOCAL|8480-6 LOINC|18480-6", "value_as_number": "1200"}
    ]
    assert found(bench.check(tables)) == {}


def test_the_denominator_is_the_rows_a_check_applies_to(bench: Bench) -> None:
    tables = whole(4)
    tables["measurement"][0] = measured("8302-2", "172", "m")(tables["measurement"][0])
    by_id = {r.id: r for r in bench.check(tables).results}
    assert (by_id["range_height.measurement"].violated, by_id["range_height.measurement"].denominator) == (1, 1)
    assert by_id["range_systolic.measurement"].denominator == 3
    assert by_id["range_weight.measurement"].status == NOT_APPLICABLE
    assert by_id["start_missing.measurement"].denominator == 4


def test_a_table_that_is_not_there_makes_its_checks_not_applicable(bench: Bench) -> None:
    report = bench.check({"person": [faultless("person")]})
    assert {r.status for r in report.results if not r.id.endswith(".person")} == {NOT_APPLICABLE}
    assert {r.id for r in report.results} == set(catalogue())
    assert next(r for r in report.results if r.id == "no_visit.person").status == NOT_APPLICABLE


def test_events_without_the_person_table_are_not_called_strangers(bench: Bench) -> None:
    report = bench.check({"measurement": [faultless("measurement")]})
    by_id = {r.id: r.status for r in report.results}
    assert by_id["person_unknown.measurement"] == by_id["before_birth.measurement"] == NOT_APPLICABLE
    assert by_id["visit_unknown.measurement"] == NOT_APPLICABLE
    assert by_id["start_missing.measurement"] == PASSED


def test_a_table_that_lacks_a_column_is_checked_by_the_columns_it_has(bench: Bench) -> None:
    with DuckFrames(bench.zones) as frames:
        frames.save("SELECT 1::BIGINT AS person_id, NULL::DATE AS measurement_date", "zone-a", "m.parquet")
        report = check(frames, {"measurement": [frames.url("zone-a", "m.parquet")]}, AS_OF)
    by_id = {r.id: r.status for r in report.results}
    assert (by_id["start_missing.measurement"], by_id["unit_missing.measurement"]) == (FAILED, NOT_APPLICABLE)


def test_nothing_at_all_scores_nothing(bench: Bench) -> None:
    assert (bench.check({}).score, bench.check({"person": []}).score) == (0, 0)


def test_an_arrival_of_empty_rows_is_checked_and_fails(bench: Bench) -> None:
    report = bench.check({"person": [{}] * 3, "measurement": [{}] * 5})
    assert found(report)["key_missing.measurement"] == 5 and "birth_missing.person" in report.fatal()
    assert report.score < 80


def test_several_zones_are_checked_as_one_table(bench: Bench) -> None:
    one, other = bench.urls(whole(), "zone-a"), bench.urls({"person": [faultless("person")]}, "zone-b")
    with DuckFrames(bench.zones) as frames:
        report = check(frames, {**one, "person": one["person"] + other["person"]}, AS_OF)
    assert found(report) == {"key_repeated.person": 1} and report.rows["person"] == 2


def test_the_report_holds_counts_and_no_value(bench: Bench) -> None:
    tables = whole()
    tables["observation"] = [{**faultless("observation"), "value_as_string": "机密内容", "x_codes": ""}]
    assert "机密内容" not in repr(bench.check(tables))


def test_a_person_born_by_year_only_is_born_on_its_first_day(bench: Bench) -> None:
    tables = whole()
    tables["person"] = [{**faultless("person"), "month_of_birth": None, "day_of_birth": None}]
    tables["observation"] = [
        {**faultless("observation"), "observation_date": day} for day in ("1960-01-01", "1959-12-31")
    ]
    assert found(bench.check(tables))["before_birth.observation"] == 1


def test_the_day_of_assessment_decides_what_is_the_future(bench: Bench) -> None:
    urls = bench.urls(whole())
    with DuckFrames(bench.zones) as frames:
        assert found(check(frames, urls, date(2019, 1, 1)))["in_future.observation"] == 3
