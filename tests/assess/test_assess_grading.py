"""Grades of columns and assets, by the default policy pack."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assess.assess_tables import TABLES
from dujiang.assess.deidentify import treat
from dujiang.assess.grading import UNNAMED, ColumnGrade, grade_asset, grade_columns
from dujiang.assess.pack import Demand, Pack, pack
from dujiang.assess.sensitive import SensitiveRows
from dujiang.errors import Unknown
from dujiang.standardise.model import ASSET_COLUMNS, CDM
from dujiang.standardise.model import TABLES as TABLES_OF_THE_HOUSE
from dujiang.words import Grade
from shared_data import shared

IDENTITY = ("person_id", "family", "given", "full_name", "sex", "birth_date", "id_number", "phone", "address", "mrn")
IDENTIFIERS = ("person_source_value", "x_source_key")
# What the default asset holds: the standard tables without identifiers.
ASSET = {table: [c for c in columns if c not in IDENTIFIERS] for table, columns in TABLES.items()}


def graded(table: str, column: str) -> tuple[int, str]:
    (one,) = grade_columns({table: [column]})
    return int(one.grade), one.rule


@pytest.mark.parametrize(
    ("table", "column", "grade", "rule"),
    [
        ("x_identity", "full_name", 5, "identifier"),
        ("x_identity", "birth_date", 5, "identifier"),
        ("person", "person_source_value", 5, "identifier"),
        ("measurement", "x_source_key", 5, "identifier"),
        ("person", "year_of_birth", 3, "year_of_birth"),
        ("person", "birth_datetime", 4, "exact_date"),
        ("person", "day_of_birth", 4, "exact_date"),
        ("person", "gender_concept_id", 3, "demographic"),
        ("person", "person_id", 4, "row_key"),
        ("person", "care_site_id", 3, "care_place"),
        ("visit_occurrence", "visit_concept_id", 2, "record_kind"),
        ("visit_occurrence", "visit_start_date", 4, "exact_date"),
        ("visit_occurrence", "x_codes", 4, "clinical_detail"),
        ("condition_occurrence", "condition_concept_id", 4, "clinical_detail"),
        ("condition_occurrence", "condition_type_concept_id", 2, "record_kind"),
        ("measurement", "value_as_number", 4, "clinical_detail"),
        ("measurement", "measurement_id", 4, "row_key"),
        ("measurement", "visit_occurrence_id", 4, "row_key"),
        ("observation", "value_as_string", 4, "free_text"),
        ("death", "death_date", 4, "exact_date"),
        ("death", "x_arrival", 3, "source_file"),
    ],
)
def test_a_column_has_the_grade_of_what_it_gives_away(table: str, column: str, grade: int, rule: str) -> None:
    assert graded(table, column) == (grade, rule)


def test_every_column_of_the_tables_is_named_by_a_rule() -> None:
    assert [c for c in grade_columns(TABLES) if c.rule == UNNAMED.id] == []


def test_every_column_of_the_published_model_is_named_by_a_rule() -> None:
    spec = shared("omop/cdm_spec/OMOP_CDMv5.4_Field_Level.csv")
    columns: dict[str, list[str]] = {table: [] for table in TABLES}
    with spec.open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if row["cdmTableName"].lower() in columns:
                columns[row["cdmTableName"].lower()].append(row["cdmFieldName"].lower())
    grades = grade_columns(columns)
    assert len(grades) > 130 and [c for c in grades if c.rule == UNNAMED.id] == []
    assert {c.column for c in grades if c.grade == 5} == {"person_source_value"}


def test_a_column_nobody_thought_of_is_graded_5() -> None:
    assert graded("person", "x_genome") == graded("notes", "anything") == (5, "unnamed")


def test_all_identities_are_grade_5() -> None:
    assert {c.grade for c in grade_columns({"x_identity": IDENTITY})} == {Grade.RESTRICTED}


def test_the_standard_tables_without_identifiers_are_a_grade_4_asset_and_say_why() -> None:
    asset = grade_asset(grade_columns(ASSET))
    assert asset.grade is Grade.USABLE_NOT_VISIBLE
    assert set(asset.reasons) == {"row_key", "exact_date", "clinical_detail", "free_text"}
    assert len(asset.says) == len(asset.reasons) and asset.pack == pack().version


def test_one_identifier_makes_an_asset_grade_5() -> None:
    asset = grade_asset(grade_columns({**ASSET, "x_identity": ["full_name"]}))
    assert (asset.grade, asset.reasons) == (Grade.RESTRICTED, ("identifier",))


def test_year_of_birth_and_sex_alone_are_grade_3() -> None:
    assert grade_asset(grade_columns({"person": ["year_of_birth", "gender_concept_id"]})).grade is Grade.CONTROLLED


def test_sensitive_rows_that_stay_make_an_asset_grade_5_and_are_the_reason() -> None:
    columns = grade_columns(ASSET)
    asset = grade_asset(columns, [SensitiveRows(list="hiv", table="measurement", rows=1)])
    assert (asset.grade, asset.reasons) == (Grade.RESTRICTED, ("hiv",))
    assert (
        grade_asset(columns, [SensitiveRows(list="hiv", table="measurement", rows=0)]).grade is Grade.USABLE_NOT_VISIBLE
    )


def test_an_asset_of_which_nothing_is_known_is_grade_5() -> None:
    assert grade_asset(()).grade is Grade.RESTRICTED


columns = st.lists(st.sampled_from(grade_columns(TABLES)), min_size=1, max_size=12)


@given(columns, columns)
def test_more_columns_never_lower_the_grade(some: list[ColumnGrade], more: list[ColumnGrade]) -> None:
    assert grade_asset(some + more).grade == max(grade_asset(some).grade, grade_asset(more).grade)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_name_whatever_gets_a_grade_with_a_reason(table: str, column: str) -> None:
    (one,) = grade_columns({table: [column]})
    assert one.grade in Grade and one.says.en and one.says.zh


def test_the_pack_names_six_categories_five_levels_four_roles_and_what_was_not_verified() -> None:
    known = pack()
    assert (len(known.categories), len(known.levels), len(known.roles)) == (6, 5, 4)
    assert len(known.unverified) >= 3 and all(s.en and s.zh for s in known.unverified)


@pytest.mark.parametrize("name", ["no-such-pack", "../checks", "gbt39725-2020.yaml", ""])
def test_a_pack_that_is_not_shipped_is_unknown(name: str) -> None:
    with pytest.raises(Unknown, match=r"grade\.pack"):
        pack(name)


def test_a_pack_that_contradicts_itself_cannot_be_built() -> None:
    known = pack()
    parts = {f: getattr(known, f) for f in known.__struct_fields__}
    with pytest.raises(ValueError, match="category"):
        Pack(**{**parts, "categories": {}})
    with pytest.raises(ValueError, match="five grades"):
        Pack(**{**parts, "levels": {1: known.levels[1]}})
    with pytest.raises(ValueError, match="treatment"):
        Demand(sensitive_rows=False, risk_measured=False, columns={"row_key": "magic"})


def test_every_rule_id_is_used_once_and_every_demand_names_a_rule() -> None:
    ids = [rule.id for rule in pack().rules]
    assert len(ids) == len(set(ids))
    assert {rule for demand in pack().demands.values() for rule in demand.columns} <= set(ids)


def test_every_column_the_house_itself_makes_is_named_and_its_default_asset_is_grade_4() -> None:
    own = {name: TABLES_OF_THE_HOUSE[name].names() for name in CDM}
    assert [c for c in grade_columns(own) if c.rule == UNNAMED.id] == []
    assert grade_asset(grade_columns(ASSET_COLUMNS)).grade is Grade.USABLE_NOT_VISIBLE
    assert {c.grade for c in grade_columns({"x_identity": TABLES_OF_THE_HOUSE["x_identity"].names()})} == {
        Grade.RESTRICTED
    }


def test_the_default_asset_is_within_what_grade_4_allows() -> None:
    allowed = {(t.table, t.column) for t in treat(ASSET_COLUMNS, Grade.USABLE_NOT_VISIBLE)}
    assert allowed == {(table, c) for table, columns in ASSET_COLUMNS.items() for c in columns}
