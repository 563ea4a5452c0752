"""Proposals for whole tables: clear columns get their slot, unclear ones none, every reason is a rule, and what is confirmed is learnt."""

import csv
import io
import itertools
import json
import zipfile
from typing import Any

import pytest

from dujiang.collect.readers.items import Record
from dujiang.collect.readers.reading import head_of, look, read
from dujiang.standardise.automap.drafting import Seen, draft, identifier, learnt
from dujiang.standardise.automap.looking import alike
from dujiang.standardise.automap.proposing import REASONS, propose
from dujiang.standardise.automap.shapes import profiles
from dujiang.standardise.tables.compiling import compiled
from dujiang.standardise.tables.confirming import Looked
from dujiang_synth import his_tables
from dujiang_synth.charts import open_charts
from dujiang_synth.world import live_all
from shared_data import shared

Cells = dict[str, str | None]


def seen(table: str, rows: list[Cells], known: Any = None) -> Seen:
    found = profiles(rows)
    return Seen(propose(table, found, len(rows), known), {p.name: p for p in found})


def slots(looked: Looked) -> dict[str, str]:
    return {advice.column: advice.slot for advice in looked.columns if advice.slot}


def rows_of(name: str, data: bytes, most: int = 1500) -> list[Cells]:
    items = read(io.BytesIO(data), name, look(name, head_of(io.BytesIO(data)), "table"))
    return [json.loads(i.body) for i in itertools.islice(items, most) if isinstance(i, Record)]


@pytest.fixture(scope="module")
def his() -> list[Seen]:
    tables = his_tables.export(open_charts(7, "hospital-a", live_all(7, 40, ("hospital-a",), lambda *_: None), uuids=False))
    return [seen(t.name, [{c: v or None for c, v in zip(t.columns, row, strict=True)} for row in t.rows]) for t in tables]


class TestHospital:
    def test_every_table_finds_its_target(self, his: list[Seen]) -> None:
        assert [s.looked.to for s in his] == ["person", "visit_occurrence", "condition_occurrence", "drug_exposure", "measurement"]

    def test_every_clear_column_finds_its_slot(self, his: list[Seen]) -> None:
        found = {column: slot.partition(".")[2] for s in his for column, slot in slots(s.looked).items()}
        expected = {
            "出生日期": "born", "性别": "sex", "身份证号": "id_number", "联系电话": "phone", "就诊类型": "class", "诊断编码": "code", "诊断名称": "text", "药品编码": "code",
            "结果值": "value", "单位": "unit", "项目代码": "code", "就诊流水号": "visit", "患者编号": "person", "检验时间": "start",
        }
        assert expected.items() <= found.items()

    def test_the_draft_runs_and_names_keys_and_references(self, his: list[Seen]) -> None:
        text = draft("his", his)
        assert [m.kind for m in compiled(text).maps] == ["患者基本信息", "就诊记录", "诊断", "医嘱用药", "检验结果"]
        assert "code('ICD10', 诊断编码, 诊断名称)" in text and "code('LOINC', 项目代码, 项目名称)" in text and "visit(就诊流水号)" in text and "key: 结果流水号" in text

    def test_a_proposal_holds_no_value_of_a_record(self, his: list[Seen]) -> None:
        said = repr([s.looked for s in his]) + draft("his", his)
        values = {v for t in his_tables.export(open_charts(7, "hospital-a", live_all(7, 40, ("hospital-a",), lambda *_: None), uuids=False)) if t.name == "患者基本信息"
                  for row in t.rows for v in (row[0], row[2], row[4], row[6], row[8]) if v}
        assert values and not [v for v in values if v in said]

    def test_every_reason_is_a_rule_with_a_sentence_in_both_languages(self, his: list[Seen]) -> None:
        assert {reason for s in his for advice in s.looked.columns for reason in advice.reasons} <= set(REASONS)
        assert all(saying.en and saying.zh for saying in REASONS.values())


class TestContent:
    def test_values_tell_a_column_whose_header_says_nothing(self) -> None:
        rows: list[Cells] = [{"f1": f"{n}", "f2": code, "f3": "2020-01-01", "患者编号": "p"} for n, code in enumerate(["I10", "E11.9", "J06.9", "K29.1"] * 5)]
        assert slots(seen("x", rows).looked)["f2"] == "condition_occurrence.code"

    def test_a_header_that_its_values_contradict_counts_less(self) -> None:
        right = seen("x", [{"出生日期": "1980-01-01", "姓名": "张三"}] * 5).looked.columns[0]
        wrong = seen("x", [{"出生日期": "苹果", "姓名": "张三"}] * 5).looked.columns[0]
        assert right.score > 0.9 and wrong.score < 0.5

    @pytest.mark.parametrize("rows", [[], [{}], [{"a": None}], [{"a": "x", "b": "y"}] * 3, [{"数据": "1", "备注": "无"}] * 3])
    def test_an_unclear_table_gets_no_target_and_no_map(self, rows: list[Cells]) -> None:
        found = seen("x", rows)
        assert found.looked.to == "" and draft("x", [found]) == ""

    @pytest.mark.parametrize(("column", "written"), [("a", "a"), ("姓名", "姓名"), ("a b", '"a b"'), ('a"b', '"a""b"'), ("case", '"case"'), ("1a", '"1a"'), ("嗜酸细胞(%)", '"嗜酸细胞(%)"')])
    def test_any_header_can_be_written_in_an_expression(self, column: str, written: str) -> None:
        assert identifier(column) == written


class TestLearning:
    OTHER = "map: o\ntables:\n  - {table: t, to: person, key: 卡, columns: {born: date(诞辰), sex: 阴阳}}\n"

    def test_confirmed_headers_are_known_the_next_time(self) -> None:
        known = learnt([self.OTHER])
        rows: list[Cells] = [{"卡": f"k{n}", "诞辰": "1980-01-01", "阴阳": "男"} for n in range(4)]
        before, after = seen("x", rows), seen("x", rows, known)
        assert before.looked.to == "" and after.looked.to == "person"
        assert slots(after.looked) == {"卡": "person.person", "诞辰": "person.born", "阴阳": "person.sex"}
        assert "header.learnt" in after.looked.columns[0].reasons and compiled(draft("x", [after])).maps

    def test_tables_are_alike_by_headers_and_types(self) -> None:
        one, two, three = (
            Looked(table="t", fingerprint=marks) for marks in (("患者编号|text", "结果|number", "单位|text"), ("患者编号|text", "结果(g)|number", "单位|text"), ("a|text", "结果|text"))
        )
        assert alike(one, one) == alike(one, two) == 1.0 and alike(one, three) == 0.0 and alike(Looked(table="x"), Looked(table="y")) == 0.0


class TestRealTables:
    def test_a_wide_table_of_covid_patients_gives_persons_by_age_and_results_by_column(self) -> None:
        name = "time_series_375_prerpocess.xlsx"
        found = seen("covid", rows_of(name, (shared("multicentre/covid_tongji") / name).read_bytes()))
        clear = slots(found.looked)
        assert clear["PATIENT_ID"].endswith(".person") and clear["性别"] == "person.sex" and clear["RE_DATE"] == "measurement.start" and clear["入院时间"] == "visit_occurrence.start"
        text = draft("covid", [found])
        assert "year_before(入院时间, 年龄)" in text and "- 白细胞计数" in text and [m.role for m in compiled(text).maps] == ["person", "event"]

    def test_a_table_of_diabetic_visits_has_its_clear_columns_recognised(self) -> None:
        with zipfile.ZipFile(shared("multicentre/diabetes130") / "dataset_diabetes.zip") as packed:
            data = packed.read("dataset_diabetes/diabetic_data.csv")
        clear = slots(seen("diabetic_data", rows_of("diabetic_data.csv", data)).looked)
        assert clear["patient_nbr"].endswith(".person") and clear["encounter_id"].endswith(".visit")
        assert clear["gender"] == "person.sex" and clear["race"] == "person.race" and clear["diag_1"].endswith(".code")

    def test_a_table_without_persons_and_dates_gets_no_map_but_its_sex_and_age_are_seen(self) -> None:
        header = ["age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca", "thal", "num"]
        text = (shared("multicentre/uci_heart") / "processed.hungarian.data").read_text()
        rows = [dict(zip(header, cells, strict=True)) for cells in csv.reader(io.StringIO(text))]
        found = seen("heart", rows)
        assert found.looked.to == "" and draft("heart", [found]) == ""
        assert (slots(found.looked)["age"], slots(found.looked)["sex"]) == ("?.age", "person.sex")
