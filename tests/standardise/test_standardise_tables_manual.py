"""The manual of table maps: each test is a thing a map can say, and the standard rows that follow."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from dujiang.standardise.known import NOTHING
from dujiang.standardise.standardise import standardise
from dujiang.standardise.tables.compiling import compiled
from standardise.standardise_node import ZONE, Made, Node, Record
from standardise.standardise_tables_zone import confirmed, row

PEOPLE = """
map: manual
lookups:
  sex: {男: male, 女: female}
  class: {门诊: AMB, 住院: IMP}
tables:
  - table: 患者
    to: person
    key: 编号
    columns: {born: 生日, sex: "lookup('sex', 性别, 性别)", name: 姓名, died: 死亡}
  - table: 就诊
    to: visit_occurrence
    key: 就诊号
    columns: {person: 编号, start: 开始, class: "lookup('class', 类型, 类型)"}
"""
PATIENT = row("患者", "h:p", 编号="p1", 生日="1980/3/5", 性别="女", 姓名="某人", 死亡=None)
VISIT = row("就诊", "h:v", 编号="p1", 就诊号="v1", 开始="2020年3月1日 9时5分", 类型="住院")


def made(node: Node, entry: str, *records: Record) -> Made:
    arrival = node.arrive(PATIENT, VISIT, *records)
    return Made(node.blobs, standardise(node, ZONE, [arrival], lambda done, of: None, known=confirmed(PEOPLE + entry)))  # type: ignore[arg-type]


DIAGNOSES = """
  - table: 诊断
    to: condition_occurrence
    key: 流水号
    columns:
      person: person(编号)
      visit: visit(就诊号)
      start: date(日期)
      code: code('ICD10', 编码, 名称)
"""
LABS = """
  - table: 检验
    to: measurement
    columns: {person: 编号, start: 日期, code: "code('auto', 项目)", value: 结果, unit: 单位}
"""


def diagnosis(key: str, /, **cells: str | None) -> Record:
    return row("诊断", f"h:{key}", **{"流水号": key, "编号": "p1", "就诊号": "v1", "日期": "2020-03-02", "编码": "I10", "名称": "高血压", **cells})


def lab(value: str | None, unit: str | None = "mmol/L", code: str = "2345-7") -> Record:
    return row("检验", "h:l", 编号="p1", 日期="2020-03-01 08:00:00", 项目=code, 结果=value, 单位=unit)


class TestPersonsAndVisits:
    def test_a_patient_becomes_a_person_with_identity(self, node: Node) -> None:
        found = made(node, "")
        (person,), (who,) = found.rows("person"), found.rows("x_identity")
        assert (person["person_source_value"], person["year_of_birth"], person["month_of_birth"], person["day_of_birth"]) == ("p1", 1980, 3, 5)
        assert (person["gender_concept_id"], who["full_name"], who["mrn"]) == (8532, "某人", "p1")

    def test_a_visit_belongs_to_its_person(self, node: Node) -> None:
        (visit,) = made(node, "").rows("visit_occurrence")
        assert (str(visit["visit_start_datetime"]), visit["visit_concept_id"], visit["visit_source_value"]) == ("2020-03-01 09:05:00", 9201, "IMP")

    def test_a_death_has_a_row_of_its_own(self, node: Node) -> None:
        arrival = node.arrive(row("患者", "h:p", 编号="p1", 生日="1930", 性别=None, 姓名=None, 死亡="20200105"))
        found = Made(node.blobs, standardise(node, ZONE, [arrival], lambda d, o: None, known=confirmed(PEOPLE)))  # type: ignore[arg-type]
        assert [str(d["death_date"]) for d in found.rows("death")] == ["2020-01-05"]

    def test_without_a_birth_date_a_patient_is_set_aside(self, node: Node) -> None:
        found = made(node, "", row("患者", "h:q", 编号="p2", 生日="不详", 性别="男", 姓名=None, 死亡=None))
        assert found.rule("p2") == "person.no_birth_date" and len(found.rows("person")) == 1

    def test_two_tables_of_visits_keep_their_numbers_apart(self, node: Node) -> None:
        more = """
  - {table: 住院, to: visit_occurrence, key: 就诊号, columns: {person: 编号, start: 开始}}
  - table: 诊断
    to: condition_occurrence
    key: 流水号
    columns: {person: 编号, visit: "visit(就诊号, '住院')", code: 编码}
"""
        found = made(node, more, row("住院", "h:w", 编号="p1", 就诊号="v1", 开始="2021-01-01"), diagnosis("d1"))
        assert len(found.rows("visit_occurrence")) == 2
        (condition,) = found.rows("condition_occurrence")
        assert str(condition["condition_start_date"]) == "2021-01-01"


class TestEvents:
    def test_a_diagnosis_keeps_its_code_person_visit_and_date(self, node: Node) -> None:
        (condition,) = made(node, DIAGNOSES, diagnosis("d1")).rows("condition_occurrence")
        assert (condition["x_codes"], condition["condition_source_value"], str(condition["condition_start_date"])) == ("ICD10|I10", "I10", "2020-03-02")
        assert (condition["x_source_kind"], condition["x_source_key"]) == ("诊断", "d1") and "visit_occurrence_id" in condition

    def test_without_a_date_of_its_own_it_has_its_visit_s(self, node: Node) -> None:
        (condition,) = made(node, DIAGNOSES, diagnosis("d1", 日期=None)).rows("condition_occurrence")
        assert str(condition["condition_start_date"]) == "2020-03-01"

    def test_of_two_rows_with_one_key_the_later_counts_and_the_other_is_told(self, node: Node) -> None:
        found = made(node, DIAGNOSES, diagnosis("d1"), diagnosis("d1", 编码="I11")._replace(key="h:other"))
        assert [r["condition_source_value"] for r in found.rows("condition_occurrence")] == ["I11"]
        assert found.snapshot.set_aside == {"record.superseded": 1}

    def test_a_later_arrival_counts_more_than_an_earlier_one(self, node: Node) -> None:
        one, two = node.arrive(PATIENT, VISIT, diagnosis("d1", 编码="I11"), file="z.csv"), node.arrive(diagnosis("d1")._replace(key="h:2"), file="a.csv")
        found = Made(node.blobs, standardise(node, ZONE, [one, two], lambda d, o: None, known=confirmed(PEOPLE + DIAGNOSES)))  # type: ignore[arg-type]
        assert [r["condition_source_value"] for r in found.rows("condition_occurrence")] == ["I10"]

    def test_a_row_that_cannot_stand_is_set_aside_by_a_rule(self, node: Node) -> None:
        bad: dict[str, dict[str, str | None]] = {
            "reference.dangling": {"编号": "nobody"}, "reference.none": {"编号": None}, "date.none": {"日期": "x", "就诊号": None}, "record.no_key": {"流水号": None},
        }
        found = made(node, DIAGNOSES, *(diagnosis(rule, **cells) for rule, cells in bad.items()))
        assert found.snapshot.set_aside == dict.fromkeys(sorted(bad), 1) and not found.rows("condition_occurrence")

    def test_where_leaves_rows_out_and_counts_them(self, node: Node) -> None:
        entry = DIAGNOSES.replace("    key: 流水号", "    key: 流水号\n    where: 状态 <> '作废' or 状态 is empty")
        found = made(node, entry, diagnosis("d1", 状态="作废"), diagnosis("d2", 状态=None), diagnosis("d3", 状态="有效"))
        assert [r["x_source_key"] for r in found.rows("condition_occurrence")] == ["d2", "d3"]
        assert found.snapshot.set_aside == {"record.left_out": 1}

    def test_a_join_adds_what_another_table_says_and_never_multiplies_rows(self, node: Node) -> None:
        entry = DIAGNOSES.replace("    key: 流水号", "    key: 流水号\n    join: {d: {table: 字典, on: {码: 编码}}}").replace("编码, 名称", "d.标准码, d.名")
        dictionary = [row("字典", f"h:{n}", 码="A", 标准码="I10", 名="高血压") for n in range(2)]
        found = made(node, entry, *dictionary, diagnosis("d1", 编码="A"), diagnosis("d2", 编码="B"))
        assert [r.get("x_codes") for r in found.rows("condition_occurrence")] == ["ICD10|I10", ""]

    def test_parts_of_a_table_are_read_together(self, node: Node) -> None:
        parts = [diagnosis("d1"), diagnosis("d2")._replace(kind="诊断_2024"), diagnosis("d3")._replace(kind="诊断（2）"), diagnosis("d4")._replace(kind="诊断字典")]
        found = made(node, DIAGNOSES.replace("table: 诊断", "table: 诊断*"), *parts)
        assert [r["x_source_key"] for r in found.rows("condition_occurrence")] == ["d1", "d2", "d3"]
        assert found.snapshot.kept_raw == {"诊断字典": 1}

    def test_a_column_that_was_not_delivered_is_on_the_work_list(self, node: Node) -> None:
        found = made(node, DIAGNOSES, row("诊断", "h:d", 流水号="d1", 编号="p1", 就诊号="v1", 日期="2020-01-01", 编码="I10"))
        assert found.gaps("诊断", "名称") == {("", "", "column.missing"): 1} and found.gaps("诊断", "编码") == {}


class TestValues:
    def test_a_result_is_a_number_however_it_is_marked_and_its_text_stays(self, node: Node) -> None:
        expected = {
            "5.10": ("5.10", None), "<0.5": ("0.5", 4171756), "≥ 3": ("3", 4171755), "1,200": ("1200", None), "6.2↑": ("6.2", None), "１２": ("12", None), "阴性": (None, None),
            "1,2": (None, None), "5-6": (None, None), "1_000": (None, None),
        }
        results = made(node, LABS, *(lab(text)._replace(key=f"h:{n}") for n, text in enumerate(expected))).rows("measurement")
        found = {r["value_source_value"]: (r.get("value_as_number"), r.get("operator_concept_id")) for r in results}
        assert found == {text: (Decimal(value) if value else None, operator) for text, (value, operator) in expected.items()}

    def test_the_kind_of_a_code_is_told_by_its_form(self, node: Node) -> None:
        assert made(node, LABS, lab("1")).rows("measurement")[0]["x_codes"] == "LOINC|2345-7"
        assert made(node, LABS, lab("1", code="GLU")).rows("measurement")[0]["x_codes"] == "LOCAL|GLU"

    def test_each_gives_a_row_for_every_column_that_is_filled(self, node: Node) -> None:
        entry = """
  - table: 宽表
    to: measurement
    each: {白细胞: '6690-2', 血红蛋白: '718-7'}
    columns: {person: 编号, start: 日期, code: "code('LOINC', each_said(), each_name())", value: each_value()}
"""
        rows = [row("宽表", f"h:{n}", 编号="p1", 日期="2020-01-01", 白细胞=w, 血红蛋白=h) for n, (w, h) in enumerate([("5", "130"), (None, "120"), (None, None)])]
        found = made(node, entry, *rows)
        assert sorted((r["x_codes"], str(r["value_as_number"])) for r in found.rows("measurement")) == [
            ("LOINC|6690-2", "5.000000000"), ("LOINC|718-7", "120.000000000"), ("LOINC|718-7", "130.000000000"),
        ]
        assert len({r["measurement_id"] for r in found.rows("measurement")}) == 3
        assert found.snapshot.set_aside == {"record.left_out": 1}

    def test_a_record_that_one_entry_leaves_out_and_another_takes_is_not_set_aside(self, node: Node) -> None:
        entry = """
  - {table: 检验, to: measurement, where: is_number(结果), columns: {person: 编号, start: 日期, code: 项目, value: 结果}}
  - {table: 检验, to: observation, where: not is_number(结果), columns: {person: 编号, start: 日期, code: 项目, value: 结果}}
"""
        found = made(node, entry, lab("5"), lab("阴性")._replace(key="h:2"), lab(None)._replace(key="h:3"))
        assert (len(found.rows("measurement")), len(found.rows("observation")), found.snapshot.dangling) == (1, 2, 0)

    def test_a_layout_cuts_lines_of_fixed_width_two_places_for_a_chinese_character(self, node: Node) -> None:
        text = """
map: fixed
layouts:
  p: {no: 1-4, name: 5-10, sex: 11, born: 12-19}
tables:
  - {table: p, to: person, key: no, columns: {born: born, sex: sex, name: name}}
"""
        arrival = node.arrive(row("p", "h:1", line="0001张三  M19800305"), row("p", "h:2", line="0002李小四F1981"), row("p", "h:3", line="0003"))
        found = Made(node.blobs, standardise(node, ZONE, [arrival], lambda d, o: None, known=confirmed(text)))  # type: ignore[arg-type]
        assert sorted((w["full_name"], w["sex"]) for w in found.rows("x_identity")) == [("张三", "male"), ("李小四", "female")]
        assert found.rule("0003") == "person.no_birth_date"


EXPRESSIONS = [
    ("date('2020-3-5')", "2020-03-05"), ("date('5/3/2020', 'dmy')", "2020-03-05"), ("date('3/5/2020', 'mdy')", "2020-03-05"), ("date('2020年3月')", "2020-03-01"),
    ("datetime('20200305083000')", "2020-03-05"), ("year_before('2020-06-01', '40岁')", None), ("year_before('2020-06-01', '40')", "1980-01-01"),
    ("coalesce(a, '2020-01-02')", "2020-01-02"), ("concat('2020', '-01-', '03')", "2020-01-03"), ("'2020' || '0104'", "2020-01-04"),
    ("case when b = '1' then '2020-01-05' else '2019-01-01' end", "2020-01-05"), ("case when a is empty and not b is empty then '2020-01-06' end", "2020-01-06"),
    ("case when b in ('1', '2') then '2020-01-07' end", "2020-01-07"), ("case when b not in ('2') then '2020-01-08' end", "2020-01-08"),
    ("case when c > 9 then '2020-01-09' end", "2020-01-09"), ("replace('2020_01_10', '_', '-')", "2020-01-10"), ("left('2020-01-11xyz', 10)", "2020-01-11"),
    ("substr('x2020-01-12', 2, 10)", "2020-01-12"), ("split('a,2020-01-13', ',', 2)", "2020-01-13"), ("right('x2020-01-14', 10)", "2020-01-14"),
    ("case when starts_with(d, 'ab') and contains(d, 'c') then '2020-01-15' end", "2020-01-15"), ("trim('　2020-01-16 ')", "2020-01-16"),
    ("case when upper(d) = 'ABC' or lower(d) = 'x' then '2020-01-17' end", "2020-01-17"), ("case when is_date('2020-13-01') then '2020-01-18' end", None),
    ("\"e f\"", "2020-01-19"), ("case when 'it''s' = 'it''s' then '2020-01-20' end", "2020-01-20"), ("case when number(c) >= 10.0 then '2020-01-21' end", "2020-01-21"),
]


@pytest.fixture(scope="module")
def meant(new_node: Callable[[], Node]) -> dict[str, str]:
    """The day that each expression gave, by its number: an entry for each, all over one row."""
    entry = "\n  - {table: x, to: observation, columns: {person: 编号, code: CODE, start: START}}"
    entries = "".join(
        entry.replace("CODE", json.dumps(f"'{n}'")).replace("START", json.dumps(expression, ensure_ascii=False)) for n, (expression, _) in enumerate(EXPRESSIONS)
    )
    found = made(new_node(), entries, row("x", "h:x", 编号="p1", a=None, b="1", c="10", d="abc", **{"e f": "2020-01-19"}))
    return {r["observation_source_value"]: str(r["observation_date"]) for r in found.rows("observation")}


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=[expression for expression, _ in EXPRESSIONS])
def test_an_expression_means_what_the_manual_says(meant: dict[str, str], number: int) -> None:
    assert meant.get(str(number)) == EXPRESSIONS[number][1]


def test_the_maps_are_part_of_the_versions_a_snapshot_names(node: Node) -> None:
    arrival = node.arrive(PATIENT)
    plain, mapped, other = (
        standardise(node, ZONE, [arrival], lambda d, o: None, known=known)  # type: ignore[arg-type]
        for known in (NOTHING, confirmed(PEOPLE), confirmed(PEOPLE + DIAGNOSES))
    )
    assert len({one.mapping_version for one in (plain, mapped, other)}) == len({one.known for one in (plain, mapped, other)}) == 3
    assert plain.kept_raw == {"患者": 1} and mapped.kept_raw == {}


def test_every_standard_column_says_which_raw_columns_it_came_from() -> None:
    reads = {m.kind: m.reads for m in compiled(PEOPLE + DIAGNOSES).maps}
    assert reads["诊断"]["code"] == ("诊断.编码", "诊断.名称") and reads["诊断"]["subject"] == ("诊断.编号",) and reads["诊断"]["key"] == ("诊断.流水号",)
    assert reads["患者"]["sex"] == ("患者.性别",)
