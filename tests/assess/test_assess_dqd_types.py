"""What each of DataQualityDashboard's 27 check types counts: wrong, and of how many, also where keys beside it are there twice."""

from pathlib import Path

import pytest

from assess.assess_dashboard import BESIDE, Cells, Desk, field, files
from dujiang.assess.dqd import types

T = "CONDITION_OCCURRENCE"
ROWS = (
    "SELECT * FROM (VALUES "
    "(1::BIGINT, 1::BIGINT, 5::BIGINT, DATE '1959-12-31', TIMESTAMP '1960-05-06 08:00:00', 10::BIGINT, 'a'), "
    "(2, 1, 6, DATE '2000-03-01', NULL, 10, 'a'), "
    "(2, 2, 0, DATE '1975-06-01', TIMESTAMP '1975-05-01 00:00:00', 11, 'b'), "
    "(3, 2, 7, DATE '2024-07-02', TIMESTAMP '2024-07-03 01:00:00', 99, NULL), "
    "(4, 9, 8, NULL, TIMESTAMP '2001-01-01 00:00:00', NULL, 'c'), "
    "(NULL, NULL, NULL, DATE '2011-06-01', NULL, NULL, 'c'), "
    "(NULL, 2, 77, DATE '2001-01-20', NULL, 11, NULL)"
    ") t(condition_occurrence_id, person_id, condition_concept_id, condition_start_date, condition_end_datetime, visit_occurrence_id, "
    "condition_source_value)"
)
TABLES = {**BESIDE, "condition_occurrence": ROWS}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# Name of the check, what the threshold file says of the column, wrong, of how many.
FIELDS: list[tuple[str, Cells, int, int]] = [
    ("isRequired", field(T, "condition_concept_id", isRequired="Yes"), 1, 7),
    ("cdmDatatype", field(T, "condition_concept_id", cdmDatatype="integer"), 0, 7),
    ("isPrimaryKey", field(T, "condition_occurrence_id", isPrimaryKey="Yes"), 2, 7),
    ("isForeignKey", field(T, "person_id", isForeignKey="Yes", fkTableName="PERSON", fkFieldName="PERSON_ID"), 1, 7),
    ("isForeignKey", field(T, "visit_occurrence_id", isForeignKey="Yes", fkTableName="VISIT_OCCURRENCE", fkFieldName="VISIT_OCCURRENCE_ID"), 1, 7),
    ("isForeignKey", field(T, "condition_concept_id", isForeignKey="Yes", fkTableName="CONCEPT", fkFieldName="CONCEPT_ID"), 1, 7),
    ("fkDomain", field(T, "condition_concept_id", isForeignKey="Yes", fkTableName="CONCEPT", fkFieldName="CONCEPT_ID", fkDomain="Condition"), 1, 7),
    ("fkClass", field(T, "condition_concept_id", isForeignKey="Yes", fkTableName="CONCEPT", fkFieldName="CONCEPT_ID", fkClass="Finding"), 1, 7),
    ("isStandardValidConcept", field(T, "condition_concept_id", isStandardValidConcept="Yes"), 3, 6),
    ("measureValueCompleteness", field(T, "condition_source_value", measureValueCompleteness="Yes"), 2, 7),
    ("standardConceptRecordCompleteness", field(T, "condition_concept_id", standardConceptRecordCompleteness="Yes"), 1, 6),
    ("sourceValueCompleteness", field(T, "condition_source_value", sourceValueCompleteness="Yes", standardConceptFieldName="CONDITION_CONCEPT_ID"), 1, 4),
    ("plausibleValueLow", field(T, "condition_start_date", cdmDatatype="date", plausibleValueLow="'19600101'"), 1, 6),
    ("plausibleValueLow", field(T, "condition_concept_id", plausibleValueLow="6"), 2, 6),
    ("plausibleValueHigh", field(T, "condition_end_datetime", cdmDatatype="datetime", plausibleValueHigh="DATEADD(dd,1,GETDATE())"), 1, 4),
    ("plausibleTemporalAfter", field(
        T, "condition_end_datetime", cdmDatatype="datetime", plausibleTemporalAfter="Yes", plausibleTemporalAfterTableName=T,
        plausibleTemporalAfterFieldName="CONDITION_START_DATE"), 1, 7),
    # Person 2 is there twice: born in June 1970, for want of a day, and on 4 March 1980. The first row is before June 1960.
    ("plausibleTemporalAfter", field(
        T, "condition_start_date", cdmDatatype="date", plausibleTemporalAfter="Yes", plausibleTemporalAfterTableName="PERSON",
        plausibleTemporalAfterFieldName="BIRTH_DATETIME"), 2, 7),
    ("plausibleAfterBirth", field(T, "condition_start_date", cdmDatatype="date", plausibleAfterBirth="Yes"), 2, 6),
    # Person 2 died twice; the row of July 2024 and that of June 2011 … only the former is hers, and late for both deaths.
    ("plausibleDuringLife", field(T, "condition_start_date", cdmDatatype="date", plausibleDuringLife="Yes"), 2, 5),
    ("plausibleBeforeDeath", field(T, "condition_start_date", cdmDatatype="date", plausibleBeforeDeath="Yes"), 2, 8),
    ("withinVisitDates", field(T, "condition_start_date", cdmDatatype="date", withinVisitDates="Yes"), 6, 6),
    ("plausibleStartBeforeEnd", field(
        T, "condition_start_date", cdmDatatype="date", plausibleStartBeforeEnd="Yes", plausibleStartBeforeEndFieldName="CONDITION_END_DATETIME"), 1, 3),
]


@pytest.mark.parametrize(("name", "row", "wrong", "of"), FIELDS, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(FIELDS)])
def test_a_check_of_a_column_counts_what_DQD_counts(desk: Desk, name: str, row: Cells, wrong: int, of: int) -> None:
    counts = desk.counts(files(fields=[row]), TABLES)
    id = f"field_{name}_{row['cdmTableName']}_{row['cdmFieldName']}".lower()
    assert counts[id] == (wrong, of)


def test_whether_a_table_and_a_column_are_there_is_one_question_of_one(desk: Desk) -> None:
    given = files(tables=[{"cdmTableName": T}, {"cdmTableName": "NOTE"}], fields=[field(T, "person_id"), field(T, "stop_reason")])
    counts = desk.counts(given, TABLES)
    assert counts[f"table_cdmtable_{T.lower()}"] == (0, 1) and counts["table_cdmtable_note"] == (1, 1)
    assert counts["field_cdmfield_condition_occurrence_person_id"] == (0, 1)
    assert counts["field_cdmfield_condition_occurrence_stop_reason"] == (1, 1)


def test_persons_without_a_row_are_counted_of_all_rows_of_the_person_table(desk: Desk) -> None:
    rows = "SELECT 1::BIGINT AS person_id, 1::BIGINT AS note_id"
    counts = desk.counts(files(tables=[{"cdmTableName": "NOTE", "measurePersonCompleteness": "Yes"}]), {**TABLES, "note": rows})
    assert counts["table_measurepersoncompleteness_note"] == (2, 3)


def test_persons_without_an_era_are_counted_of_those_with_a_mapped_condition(desk: Desk) -> None:
    given = files(tables=[{"cdmTableName": "CONDITION_ERA", "measureConditionEraCompleteness": "Yes"}])
    counts = desk.counts(given, {**TABLES, "condition_era": "SELECT 2::BIGINT AS person_id"})
    assert counts["table_measureconditioneracompleteness_condition_era"] == (2, 3)


@pytest.mark.parametrize(
    ("second", "overlap"),
    [(("2001-01-06", "2001-02-01"), 1), (("2001-01-05", "2001-01-05"), 1), (("2001-01-07", "2001-02-01"), 0), (("2000-01-01", "2000-12-31"), 1)],
)
def test_periods_that_overlap_or_touch_are_counted_by_person(desk: Desk, second: tuple[str, str], overlap: int) -> None:
    periods = (
        "SELECT * FROM (VALUES (1::BIGINT, 1::BIGINT, DATE '2001-01-01', DATE '2001-01-05'), "
        f"(2, 1, DATE '{second[0]}', DATE '{second[1]}'), (3, 2, DATE '2001-01-01', DATE '2002-01-01'), (4, NULL, DATE '2001-01-01', NULL)) "
        "t(observation_period_id, person_id, observation_period_start_date, observation_period_end_date)"
    )
    given = files(tables=[{"cdmTableName": "OBSERVATION_PERIOD", "measureObservationPeriodOverlap": "Yes"}])
    counts = desk.counts(given, {"observation_period": periods})
    assert counts["table_measureobservationperiodoverlap_observation_period"] == (overlap, 2)


def test_a_concept_of_one_sex_is_counted_at_every_person_the_row_may_be_of(desk: Desk) -> None:
    row = {"cdmTableName": T, "cdmFieldName": "CONDITION_CONCEPT_ID", "conceptId": "7", "plausibleGender": "Male"}
    assert desk.counts(files(concepts=[row]), TABLES)["concept_plausiblegender_condition_occurrence_condition_concept_id_7"] == (1, 1)
    row |= {"conceptId": "5", "plausibleGender": "Female"}
    assert desk.counts(files(concepts=[row]), TABLES)["concept_plausiblegender_condition_occurrence_condition_concept_id_5"] == (1, 1)


def test_a_row_under_two_of_the_concepts_counts_twice(desk: Desk) -> None:
    row = {"cdmTableName": T, "cdmFieldName": "CONDITION_CONCEPT_ID", "conceptId": "5, 6", "plausibleGenderUseDescendants": "Female"}
    counts = desk.counts(files(concepts=[row]), TABLES)
    # Concept 5 stands at a man; concept 7, under both, at a person who is there once as a man and once as a woman.
    assert counts["concept_plausiblegenderusedescendants_condition_occurrence_condition_concept_id_5,6"] == (3, 3)


@pytest.mark.parametrize(("plausible", "wrong"), [("8876", 2), ("8876,8582", 1), ("-1", 3), ("8554,-1", 3)])
def test_units_that_are_not_plausible_are_counted_of_rows_with_a_unit_other_than_0_or_without_one(desk: Desk, plausible: str, wrong: int) -> None:
    rows = (
        "SELECT * FROM (VALUES (3004249::BIGINT, 8876::BIGINT), (3004249, 8582), (3004249, 1), (3004249, 0), (3004249, NULL), (1, 8582)) "
        "t(measurement_concept_id, unit_concept_id)"
    )
    row = {
        "cdmTableName": "MEASUREMENT", "cdmFieldName": "MEASUREMENT_CONCEPT_ID", "conceptId": "3004249", "plausibleUnitConceptIds": plausible,
        "plausibleUnitConceptIdsThreshold": "5",
    }
    counts = desk.counts(files(concepts=[row]), {"measurement": rows})
    assert counts["concept_plausibleunitconceptids_measurement_measurement_concept_id_3004249"] == (wrong, 4)


@pytest.mark.parametrize(
    ("table", "column", "kind", "expected"),
    [
        ("DEATH", "cause_concept_id", "standard", (3, 4)),  # may be empty, but not beside a source value
        ("DEATH", "death_type_concept_id", "standard", (1, 2)),  # has no source value
        ("DEATH", "cause_source_concept_id", "source", (3, 4)),
        ("DOSE_ERA", "unit_concept_id", "standard", (1, 2)),
        ("SPECIMEN", "unit_concept_id", "standard", (3, 4)),
        ("PERSON", "gender_concept_id", "standard", (1, 2)),
        ("PROVIDER", "gender_concept_id", "standard", (3, 4)),
    ],
)
def test_an_empty_concept_beside_a_source_value_is_unmapped_where_the_concept_may_be_empty(
    desk: Desk, table: str, column: str, kind: str, expected: tuple[int, int]
) -> None:
    source = column.replace("_source_concept_id", "_concept_id").replace("_concept_id", "_source_value")
    rows = f"SELECT * FROM (VALUES (0::BIGINT, 'x'), (4, 'x'), (NULL, 'x'), (NULL, 'y'), (NULL, NULL)) t({column}, {source})"
    name = f"{kind}ConceptRecordCompleteness"
    counts = desk.counts(files(fields=[field(table, column, **{name: "Yes"})]), {table.lower(): rows})
    assert counts[f"field_{name.lower()}_{table.lower()}_{column}"] == expected


def test_a_column_of_text_is_read_as_numbers_and_what_is_none_is_of_the_wrong_type(desk: Desk) -> None:
    rows = "SELECT * FROM (VALUES ('1'), ('-2'), ('+3'), ('1.5'), ('x'), (''), (NULL)) t(note_id)"
    given = files(fields=[field("NOTE", "note_id", cdmDatatype="integer", plausibleValueLow="0", isPrimaryKey="Yes")])
    counts = desk.counts(given, {"note": rows})
    assert counts["field_cdmdatatype_note_note_id"] == (3, 7)
    assert counts["field_plausiblevaluelow_note_note_id"][0] == 1


def test_every_check_type_has_a_test_here() -> None:
    tested = {name for name, *_ in FIELDS} | {
        "cdmTable", "cdmField", "measurePersonCompleteness", "measureConditionEraCompleteness", "measureObservationPeriodOverlap",
        "plausibleGender", "plausibleGenderUseDescendants", "plausibleUnitConceptIds", "sourceConceptRecordCompleteness",
    }
    assert {kind.name for kind in types().checks} == tested and len(tested) == 27
