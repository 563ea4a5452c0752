"""Content is known for what it is by marks that are counted, never shown; it raises the grade that a name gave, and grades raw tables."""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assess.assess_deid import tables
from dujiang.assess.combining import minors, rare_codes, uplifts
from dujiang.assess.content import Content, look
from dujiang.assess.grading import grade_asset, grade_columns, grade_raw
from dujiang.identify.numbers import check_character
from dujiang.words import Grade
from dujiang_synth.names import SURNAMES
from shared_data import shared

DICE = Random(7)


def number(valid: bool = True) -> str:
    body = f"{DICE.choice(('110101', '310115', '510107'))}{DICE.randint(1940, 2015)}{DICE.randint(1, 12):02d}{DICE.randint(1, 28):02d}{DICE.randint(0, 999):03d}"
    right = check_character(body)
    return body + (right if valid else "0123456789"[(int(right) + 1) % 10] if right != "X" else "1")


def luhn(body: str) -> str:
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body))]
    return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def name() -> str:
    return DICE.choice([*SURNAMES, "欧阳", "上官"]) + "".join(DICE.choice("伟芳娜敏静秀丽强磊洋艳勇军杰娟涛明超兰霞刚") for _ in range(DICE.randint(1, 2)))


def mobile() -> str:
    return f"1{DICE.choice('3456789')}{DICE.randint(0, 999999999):09d}"


def address() -> str:
    area, road = DICE.choice(("浙江省杭州市西湖区", "北京市朝阳区", "四川省成都市武侯区")), DICE.choice(("文三", "建国", "人民"))
    return f"{area}{road}路{DICE.randint(1, 300)}号{DICE.randint(1, 9)}栋{DICE.randint(101, 999)}室"


def looked(folder: Path, values: Sequence[Any], kind: str = "VARCHAR", **options: Any) -> Content:
    with tables(folder, t=({"c": kind}, [{"c": value} for value in values])) as frames:
        (one,) = look(frames, "t", **options)
    return one


@pytest.mark.parametrize(
    ("mark", "values"),
    [
        ("id_number", [number() for _ in range(50)]), ("name", [name() for _ in range(50)]), ("phone", [mobile() for _ in range(50)]),
        ("phone", ["0571-8765432" + str(n % 10) for n in range(9)]), ("address", [address() for _ in range(50)]),
        ("email", [f"zhang.{n}@hospital.com.cn" for n in range(9)]), ("bank_card", [luhn(f"622202{DICE.randint(0, 10**12):012d}") for _ in range(9)]),
        ("passport", [f"E{DICE.randint(10**7, 10**8 - 1)}" for _ in range(9)]), ("plate", ["京A12345", "浙B·D1234", "沪AD12345"]),
        ("device", ["00:1A:2B:3C:4D:5E", luhn("35693803564380"), "(01)06901234567892(21)123"]), ("address_ip", ["10.0.0.1", "192.168.1.254"]),
        ("date", ["1980-05-06", "1980/5/6", "1980年5月6日", "19800506", "2020-01-01 10:11:12"]), ("old_id_number", ["110101800506123"] * 3),
        ("name", ["阿依古丽·买买提", "Smith, John", "Mary Jones", "欧阳娜娜", "司马光"]), ("icd10", ["I21.9", "E11", "J45.900"]),
    ],
)
def test_a_column_of_such_values_bears_the_mark(tmp_path: Path, mark: str, values: list[str]) -> None:
    assert looked(tmp_path, values).share(mark) >= 0.95


@pytest.mark.parametrize(
    ("mark", "values"),
    [
        ("id_number", [number(valid=False) for _ in range(50)]), ("name", ["高血压", "黄疸", "白细胞", "葡萄糖", "石膏", "胡萝卜素", "安定片", "应激", "双肺"]),
        ("phone", ["12345", "2020010112", "110101199003070011"]), ("address", ["市场部", "上海市", "路径不明", "请按医嘱服药，室内休息"]), ("email", ["a@b", "@hospital"]),
        ("bank_card", ["1234567890123456", "6222021234567891"]), ("address_ip", ["1.2.3", "v1.2.3.4"]), ("device", ["123456789012345"]),
    ],
)
def test_values_that_only_look_alike_do_not(tmp_path: Path, mark: str, values: list[str]) -> None:
    assert looked(tmp_path, values).share(mark) <= 0.12


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("hidden_id_number", "患者因发热三天入院，证件号码为{number}，否认既往史，予以对症治疗。"), ("hidden_phone", "出院后如有不适请随时联系家属，电话{mobile}，一周后复诊。"),
        ("hidden_email", "报告已于今日上午发送至 li.na@example.com，请家属注意查收。"), ("hidden_address", "现住{address}，长期从事室内工作，无疫区接触史。"),
        ("hidden_name", "患者{name}，男，五十六岁，因胸闷、气促三天于今日上午入院治疗。"), ("hidden_bank_card", "退费至患者本人银行账户 {card} ，预计三个工作日内到账。"),
        ("hidden_name", "Seen today in clinic, Mrs. Harrison reports no chest pain."),
    ],
)
def test_one_identifier_inside_a_thousand_texts_is_found(tmp_path: Path, mark: str, text: str) -> None:
    said = text.format(number=number(), mobile=mobile(), address=address(), name=name(), card=luhn("622202" + "1" * 12))
    plain = ["咳嗽咳痰三天，加重伴发热一天，查体双肺呼吸音粗，可闻及湿啰音，予抗感染治疗。", "血压 130/80 mmHg，心率 78 次/分，律齐，未闻及杂音，编号 20200101123456。"]
    assert looked(tmp_path, [*(plain * 500), said]).marks.get(mark) == 1
    assert looked(tmp_path / "b", plain * 500).marks.get(mark) is None


def test_numbers_typed_as_numbers_are_seen_too(tmp_path: Path) -> None:
    whole = [int(n) for n in (number() for _ in range(60)) if n[-1] != "X"]
    assert looked(tmp_path, whole, "BIGINT").share("id_number") == 1


def test_the_sample_is_bounded_and_the_same_each_time(tmp_path: Path) -> None:
    values = [mobile() for _ in range(5000)]
    one, again = looked(tmp_path / "a", values, sample=500), looked(tmp_path / "b", values[::-1], sample=500)
    assert one == again and one.rows == 5000 and 300 < one.seen < 800


@pytest.mark.parametrize("values", [[], [None] * 9, ["", "  ", "-", "NULL"]])
def test_a_column_of_nothing_bears_no_mark(tmp_path: Path, values: list[str | None]) -> None:
    one = looked(tmp_path, values)
    assert (one.filled, one.marks, one.share("name")) == (0, {}, 0)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60), max_size=20))
def test_any_text_whatever_is_counted_and_never_repeated(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    one = looked(tmp_path_factory.mktemp("t"), values)
    assert all(0 < count <= one.filled <= one.rows for count in one.marks.values())
    told = json.dumps([one.marks, one.column, one.filled])
    assert not [value for value in values if len(value) > 20 and value in told]


def test_a_harmless_name_does_not_hide_what_lies_in_the_column() -> None:
    held = Content(column="stop_reason", rows=900, seen=900, filled=900, distinct=900, marks={"text": 900, "hidden_id_number": 1})
    (before,), (after,) = grade_columns({"drug_exposure": ["stop_reason"]}), grade_columns({"drug_exposure": ["stop_reason"]}, content={"drug_exposure": [held]})
    assert (before.grade, before.rule, after.grade, after.rule) == (4, "free_text", 5, "hidden_id_number")
    assert after.evidence == {"rows": 900, "seen": 900, "filled": 900, "distinct": 900, "marked": 1}


def test_content_never_lowers_a_grade() -> None:
    dates = Content(column="full_name", rows=9, seen=9, filled=9, distinct=9, marks={"date": 9})
    (one,) = grade_columns({"x_identity": ["full_name"]}, content={"x_identity": [dates]})
    assert (one.grade, one.rule) == (5, "identifier")


def test_a_raw_table_is_graded_by_headers_and_by_content(tmp_path: Path) -> None:
    rows = [{"姓名": name(), "c1": mobile(), "诊断": "高血压", "val": "3.4", "住院号": str(n), "memo": "复诊"} for n in range(40)]
    columns = dict.fromkeys(rows[0], "VARCHAR")
    with tables(tmp_path, raw=(columns, rows)) as frames:
        grades = {g.column: (int(g.grade), g.rule) for g in grade_raw("raw", look(frames, "raw"))}
    assert grades == {"姓名": (5, "holds_name"), "c1": (5, "holds_phone"), "诊断": (4, "raw_detail"), "val": (4, "raw_detail"),
                      "住院号": (5, "holds_record_number"), "memo": (4, "raw_detail")}


def test_the_chinese_list_of_diagnoses_is_no_list_of_names(tmp_path: Path) -> None:
    text = shared("zh/icd10_cn/diseases.json").read_text(encoding="utf-8-sig")
    said = [s for s in _texts(json.loads(text)) if 2 <= len(s) <= 4][:4000]
    assert len(said) > 300 and looked(tmp_path, said).share("name") < 0.2


def test_a_real_hospital_table_without_names_bears_no_mark_of_identity(tmp_path: Path) -> None:
    with zipfile.ZipFile(shared("multicentre/diabetes130/dataset_diabetes.zip")) as archive:
        archive.extract(next(n for n in archive.namelist() if n.endswith("diabetic_data.csv")), tmp_path)
    file = next(tmp_path.rglob("diabetic_data.csv"))
    with tables(tmp_path) as frames:
        content = look(frames, f"read_csv('{file}', all_varchar = true)", sample=5000)
    assert len(content) == 50
    assert {g.rule for g in grade_raw("diabetic_data", content)} == {"raw_detail"}


PERSON = {"person_id": "BIGINT", "year_of_birth": "BIGINT", "gender_concept_id": "BIGINT", "location_id": "BIGINT"}


def test_columns_that_find_people_together_raise_what_each_alone_does_not(tmp_path: Path) -> None:
    scattered = [{"person_id": n, "year_of_birth": 1930 + n % 80, "gender_concept_id": 8507, "location_id": n // 80} for n in range(160)]
    alike = [{**row, "year_of_birth": 1960, "location_id": 1} for row in scattered]
    columns = {"person": ["year_of_birth", "gender_concept_id", "location_id"]}
    grades = {}
    with tables(tmp_path, person=(PERSON, scattered), same=(PERSON, alike)) as frames:
        for table in ("person", "same"):
            found = uplifts(frames, {"person": table}, columns)
            grades[table] = grade_asset(grade_columns(columns), uplifts=found)
            assert uplifts(frames, {"person": table}, {"person": ["year_of_birth"]}) == ()
    assert grades["person"].grade is Grade.USABLE_NOT_VISIBLE and grades["person"].reasons == ("birth_year_sex_and_place",)
    assert grades["same"].grade is Grade.CONTROLLED


def test_children_and_rare_codes_are_counted(tmp_path: Path) -> None:
    persons = [{"person_id": n, "year_of_birth": 2000 + n, "gender_concept_id": 0, "location_id": 0} for n in range(20)]
    events = [{"person_id": n, "x_codes": "ICD10|I10 ICD10|Q87.4" if n < 3 else "ICD10|I10"} for n in range(30)]
    with tables(tmp_path, person=(PERSON, persons), condition=({"person_id": "BIGINT", "x_codes": "VARCHAR"}, events)) as frames:
        assert minors(frames, "person", 2020) == 14
        (rare,) = rare_codes(frames, {"condition_occurrence": "condition"})
        assert (rare.codes, rare.people) == (1, 3)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for one in inner for text in _texts(one)]
