"""Threshold files become checks under DQD's ids, bad rows are set aside alone, and a check's status is DQD's."""

from pathlib import Path

import pytest

from assess.assess_dashboard import BESIDE, Desk, field, files, threshold_file
from dujiang.assess.dqd import read, types
from dujiang.assess.dqd_run import judge
from dujiang.assess.quality_score import ERROR, FAILED, NOT_APPLICABLE, PASSED
from dujiang.errors import Malformed
from shared_data import shared

T = "CONDITION_OCCURRENCE"
FIVE_ROWS = "SELECT i AS person_id, CASE WHEN i > 3 THEN 0 ELSE i END AS condition_concept_id, NULL::VARCHAR AS stop_reason FROM range(1, 6) r(i)"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_real_threshold_files_ask_for_2374_checks_of_27_types() -> None:
    dashboard = read({file.name: file.read_bytes() for file in shared("omop/dqd_csv").glob("*.csv")})
    assert len(dashboard.checks) == 2374 and not dashboard.aside
    assert len({check.rule for check in dashboard.checks.values()}) == 27
    assert dashboard.checks["field_isrequired_person_person_id"].threshold == 0
    assert dashboard.checks["field_sourcevaluecompleteness_condition_occurrence_condition_source_value"].threshold == 10
    assert dashboard.checks["table_measurepersoncompleteness_visit_occurrence"].threshold == 95
    assert dashboard.types["person"]["person_id"] == "BIGINT" and dashboard.types["person"]["birth_datetime"] == "TIMESTAMP"


def test_an_id_is_level_check_table_field_concept_and_unit_without_blanks_in_lower_case() -> None:
    row = {
        "cdmTableName": "MEASUREMENT", "cdmFieldName": "MEASUREMENT_CONCEPT_ID", "conceptId": "3, 4 ,5", "unitConceptId": "8876",
        "plausibleGenderUseDescendants": "Male",
    }
    assert list(read(files(concepts=[row])).checks) == [
        "concept_plausiblegenderusedescendants_measurement_measurement_concept_id_3,4,5_8876"
    ]


def test_vocabulary_tables_and_a_column_called_offset_are_left_out() -> None:
    rows = [field("CONCEPT", "concept_id"), field("NOTE_NLP", "offset"), field("NOTE_NLP", "note_id")]
    assert list(read(files(fields=rows)).checks) == ["field_cdmfield_note_nlp_note_id"]


@pytest.mark.parametrize(
    "row",
    [
        field("person; DROP TABLE x", "person_id"),
        field("PERSON", "person_id) OR (1 = 1"),
        field("PERSON", "person_id", plausibleValueLow="1 OR 1 = 1"),
        field("PERSON", "person_id", plausibleValueHigh="(SELECT 1)"),
        field("PERSON", "person_id", isForeignKey="Yes", fkTableName="x y", fkFieldName="z"),
        field("PERSON", "person_id", isForeignKey="Yes", fkTableName="PERSON"),
        field("PERSON", "person_id", isRequired="Yes", isRequiredThreshold="a lot"),
        field("", "person_id"),
        field("人员", "person_id"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside_with_its_line_and_nothing_beside_it_is_lost(row: dict[str, str]) -> None:
    dashboard = read(files(fields=[field("PERSON", "year_of_birth"), row, field("PERSON", "month_of_birth")]))
    assert set(dashboard.checks) == {"field_cdmfield_person_year_of_birth", "field_cdmfield_person_month_of_birth"}
    assert [(a.file, a.line, a.rule) for a in dashboard.aside] == [("OMOP_CDMv5.4_Field_Level.csv", 4, "dqd.row")]


def test_a_row_that_asks_again_for_the_same_check_is_set_aside() -> None:
    dashboard = read(files(fields=[field("PERSON", "person_id"), field("PERSON", "PERSON_ID")]))
    assert len(dashboard.checks) == 1 and [(a.line, a.rule) for a in dashboard.aside] == [(4, "dqd.repeated")]


def test_a_word_with_a_quote_in_it_stays_a_word(desk: Desk) -> None:
    row = field(T, "condition_concept_id", isForeignKey="Yes", fkTableName="CONCEPT", fkFieldName="CONCEPT_ID", fkDomain="x' OR 'a' = 'a")
    counts = desk.counts(files(fields=[row]), {**BESIDE, "condition_occurrence": FIVE_ROWS})
    assert counts["field_fkdomain_condition_occurrence_condition_concept_id"] == (0, 5)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b'cdmTableName,schema\n"PERSON'])
def test_what_is_no_threshold_file_is_refused_by_name(content: bytes) -> None:
    given = {**files(), "OMOP_CDMv5.4_Field_Level.csv": content}
    with pytest.raises(Malformed, match="Field_Level") as refused:
        read(given)
    assert refused.value.rule == "dqd.file" and "Field_Level" in refused.value.zh


@pytest.mark.parametrize("left_out", ["Table", "Field", "Concept"])
def test_all_three_files_are_needed(left_out: str) -> None:
    given = {name: content for name, content in files().items() if left_out not in name}
    with pytest.raises(Malformed, match="Three files"):
        read(given)


def test_other_files_of_the_folder_do_not_matter() -> None:
    assert read({**files(fields=[field("NOTE", "note_id")]), "Check_Descriptions.csv": b"\xff", "readme.txt": b""}).checks


def test_a_check_that_the_engine_refuses_is_an_error_and_takes_no_other_with_it(desk: Desk) -> None:
    rows = [field(T, "stop_reason", plausibleValueLow="1", measureValueCompleteness="Yes"), field(T, "person_id", plausibleValueLow="3")]
    results = desk.judged(files(fields=rows), {"condition_occurrence": "SELECT 'x' AS stop_reason, unnest([1, 5]) AS person_id"})
    assert results["field_plausiblevaluelow_condition_occurrence_stop_reason"].status == ERROR
    assert results["field_plausiblevaluelow_condition_occurrence_person_id"].violated == 1


def test_two_columns_of_one_name_may_point_to_different_tables(desk: Desk) -> None:
    rows = [
        field("NOTE", "episode_id", isForeignKey="Yes", fkTableName="EPISODE", fkFieldName="EPISODE_ID"),
        field("COST", "episode_id", isForeignKey="Yes", fkTableName="PERSON", fkFieldName="PERSON_ID"),
    ]
    tables = {**BESIDE, "note": "SELECT 2::BIGINT AS episode_id", "cost": "SELECT 2::BIGINT AS episode_id", "episode": "SELECT 5::BIGINT AS episode_id"}
    counts = desk.counts(files(fields=rows), tables)
    assert (counts["field_isforeignkey_note_episode_id"], counts["field_isforeignkey_cost_episode_id"]) == ((1, 1), (0, 1))


# Statuses.

ALL = {"isRequired": "Yes", "measureValueCompleteness": "Yes", "measureValueCompletenessThreshold": "100", "plausibleValueLow": "1"}
GIVEN = files(
    tables=[
        {"cdmTableName": T, "measurePersonCompleteness": "Yes"}, {"cdmTableName": "NOTE", "measurePersonCompleteness": "Yes"},
        {"cdmTableName": "DEATH"}, {"cdmTableName": "CONDITION_ERA", "measureConditionEraCompleteness": "Yes"},
    ],
    fields=[
        field(T, "person_id", isForeignKey="Yes", fkTableName="PERSON", fkFieldName="PERSON_ID", **ALL),
        field(T, "condition_concept_id", isForeignKey="Yes", fkTableName="EPISODE", fkFieldName="EPISODE_ID", **ALL),
        field(T, "stop_reason", isPrimaryKey="Yes", **{**ALL, "plausibleValueLow": ""}), field(T, "provider_id", **ALL),
        field("NOTE", "note_id", isPrimaryKey="Yes", **ALL), field("DEATH", "person_id", **ALL),
    ],
    concepts=[{"cdmTableName": T, "cdmFieldName": "CONDITION_CONCEPT_ID", "conceptId": c, "plausibleGender": "Male"} for c in ("2", "77")],
)


@pytest.fixture
def statuses(desk: Desk) -> dict[str, str]:
    tables = {**BESIDE, "condition_occurrence": FIVE_ROWS, "note": "SELECT 1::BIGINT AS note_id, 1::BIGINT AS person_id WHERE false",
              "condition_era": "SELECT 1::BIGINT AS person_id"}
    del tables["death"]
    return {id: result.status for id, result in desk.judged(GIVEN, tables).items()}


@pytest.mark.parametrize(
    ("id", "status"),
    [
        ("table_cdmtable_death", FAILED),
        ("field_cdmfield_death_person_id", NOT_APPLICABLE),  # its table is not there
        ("field_isrequired_death_person_id", NOT_APPLICABLE),
        ("table_cdmtable_note", PASSED),
        ("field_cdmfield_note_note_id", PASSED),
        ("field_isprimarykey_note_note_id", NOT_APPLICABLE),  # its table is empty
        ("field_measurevaluecompleteness_note_note_id", NOT_APPLICABLE),
        ("table_measurepersoncompleteness_note", FAILED),  # an empty table is no excuse for it
        ("field_cdmfield_condition_occurrence_provider_id", FAILED),
        ("field_isrequired_condition_occurrence_provider_id", NOT_APPLICABLE),  # its column is not there
        ("field_measurevaluecompleteness_condition_occurrence_stop_reason", PASSED),  # a limit of 100 %
        ("field_isrequired_condition_occurrence_stop_reason", FAILED),
        ("field_isprimarykey_condition_occurrence_stop_reason", NOT_APPLICABLE),  # nothing in the column
        ("field_isforeignkey_condition_occurrence_person_id", FAILED),
        ("field_isforeignkey_condition_occurrence_condition_concept_id", ERROR),  # the other table is not there
        ("concept_plausiblegender_condition_occurrence_condition_concept_id_2", FAILED),
        ("concept_plausiblegender_condition_occurrence_condition_concept_id_77", NOT_APPLICABLE),  # no such concept
        ("table_measureconditioneracompleteness_condition_era", FAILED),
    ],
)
def test_the_status_of_a_check_is_DQDs(statuses: dict[str, str], id: str, status: str) -> None:
    assert statuses[id] == status


def test_conditions_that_are_empty_make_the_check_on_eras_not_applicable(desk: Desk) -> None:
    tables = {**BESIDE, "condition_occurrence": f"SELECT * FROM ({FIVE_ROWS}) WHERE false", "condition_era": "SELECT 1::BIGINT AS person_id"}
    result = desk.judged(GIVEN, tables)["table_measureconditioneracompleteness_condition_era"]
    assert (result.status, result.why) == (NOT_APPLICABLE, "condition_occurrence")


def test_what_does_not_apply_says_why(desk: Desk) -> None:
    results = desk.judged(GIVEN, {**BESIDE, "condition_occurrence": FIVE_ROWS})
    assert results["field_isrequired_condition_occurrence_provider_id"].why == "condition_occurrence.provider_id"
    assert results["field_isprimarykey_note_note_id"].why == "note"


def test_other_thresholds_need_no_other_counts(desk: Desk) -> None:
    dashboard, id = read(GIVEN), "field_isforeignkey_condition_occurrence_person_id"
    counted = desk.counted(dashboard, {**BESIDE, "condition_occurrence": FIVE_ROWS})
    assert counted[id] == (3, 5)
    statuses = [{r.id: r.status for r in judge(dashboard, counted, {id: limit})}[id] for limit in (59.9, 60.0, 61.0)]
    assert statuses == [FAILED, PASSED, PASSED]


def test_a_threshold_of_0_fails_on_one_row_and_none_is_0(desk: Desk) -> None:
    given = files(tables=[{"cdmTableName": "NOTE"}], fields=[field("NOTE", "note_id", isRequired="Yes", measureValueCompleteness="Yes")])
    rows = "SELECT nullif(i, 7) AS note_id FROM range(1000) r(i)"
    results = desk.judged(given, {"note": rows})
    assert results["field_isrequired_note_note_id"].status == FAILED
    assert results["field_isrequired_note_note_id"].violated == 1


def test_every_check_type_says_what_is_wrong_in_both_languages() -> None:
    for kind in types().checks:
        assert kind.says.en.endswith(".") and kind.says.zh.endswith("。")


def test_a_file_may_name_its_columns_in_any_order_and_have_more_of_them() -> None:
    mine = threshold_file([{"new": "1", "cdmFieldName": "note_id", "cdmDatatype": "", "cdmTableName": "NOTE"}])
    given = {name: content for name, content in files().items() if "Field" not in name} | {"Field_Level.csv": mine}
    assert "field_cdmfield_note_note_id" in read(given).checks
