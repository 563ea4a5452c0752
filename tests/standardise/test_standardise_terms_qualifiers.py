"""Side, stage, status, doubt and denial are taken off a diagnosis and kept; what is doubted, denied or past is asserted of nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.standardise.terms.qualifiers import ASSERTED, KINDS, Qualifier, strip
from dujiang.standardise.terms.writing import bare, fold, rows


def stripped(text: str) -> tuple[str, list[str]]:
    core, found = strip(fold(text))
    return bare(core), [f"{q.kind}:{q.word}" for q in found]


@pytest.mark.parametrize(
    ("text", "core", "qualifiers"),
    [
        ("左侧股骨颈骨折", "股骨颈骨折", ["side:左侧"]), ("白内障（双眼）", "白内障", ["side:双眼"]),
        ("高血压病3级（极高危）", "高血压病", ["stage:3级", "stage:极高危"]),
        ("胃癌术后", "胃癌", ["after:术后"]), ("右乳癌术后化疗后", "乳癌", ["after:化疗后", "after:术后", "side:右"]), ("肺占位待查", "肺占位", ["suspected:待查"]),
        ("高血压？", "高血压", ["suspected:?"]), ("?糖尿病", "糖尿病", ["suspected:?"]), ("疑似肺结核", "肺结核", ["suspected:疑似"]),
        ("肺癌不除外", "肺癌", ["suspected:不除外"]),
        ("考虑冠心病可能", "冠心病", ["suspected:可能", "suspected:考虑"]), ("肺栓塞除外", "肺栓塞", ["negated:除外"]), ("否认高血压", "高血压", ["negated:否认"]),
        ("无糖尿病史", "糖尿病", ["history:史", "negated:无"]), ("脑梗死史", "脑梗死", ["history:史"]), ("糖尿病家族史", "糖尿病", ["family:家族史"]),
        ("头痛3天", "头痛", ["time:3天"]), ("咳嗽1周余", "咳嗽", ["time:1周余"]), ("反复腹痛", "腹痛", ["time:反复"]), ("哮喘复诊", "哮喘", ["visit:复诊"]),
        ("重度 抑郁症", "抑郁症", ["stage:重度"]), ("心功能III级", "", ["stage:心功能3级"]), ("左侧", "", ["side:左侧"]),
        ("suspected pneumonia", "pneumonia", ["suspected:suspected"]),
        ("history of stroke", "stroke", ["history:history of"]), ("left knee pain", "knee pain", ["side:left"]), ("cataract, bilateral", "cataract", ["side:bilateral"]),
    ],
)
def test_qualifiers_are_taken_off_and_kept(text: str, core: str, qualifiers: list[str]) -> None:
    assert stripped(text) == (core, qualifiers)


@pytest.mark.parametrize("text", ["糖尿病", "骨折", "leftover thing", "possibleness", "阑尾炎（化脓性）", "右心", "史诗", "心肌梗死"])
def test_what_is_no_qualifier_stays(text: str) -> None:
    assert stripped(text) == (bare(fold(text)), [])


def test_a_side_is_not_torn_off_a_single_character() -> None:
    assert stripped("左癌") == ("左癌", [])


def test_only_what_is_said_of_the_person_now_is_asserted() -> None:
    assert set(KINDS) - ASSERTED == {"suspected", "negated", "history", "family"}


def test_every_kind_has_a_name_in_both_languages_and_every_word_a_kind() -> None:
    assert all(said.en and said.zh for said in KINDS.values())
    table = list(rows("qualifiers.csv"))
    assert {row["kind"] for row in table} <= set(KINDS) and {row["where"] for row in table} <= {"lead", "trail", "both"}
    assert all(fold(row["word"]) == row["word"] for row in table)
    assert len({row["word"] for row in table}) == len(table)


@pytest.mark.parametrize("row", list(rows("qualifiers.csv")), ids=lambda row: row["word"])
def test_every_word_of_the_table_is_taken_off_at_its_end_of_a_diagnosis(row: dict[str, str]) -> None:
    kind, word = row["kind"], row["word"]
    texts = {"lead": [f"{word} 肺结节病"], "trail": [f"肺结节病 {word}"], "both": [f"{word} 肺结节病", f"肺结节病 {word}"]}[row["where"]]
    for text in texts:
        core, found = strip(text)
        assert bare(core) == "肺结节病" and Qualifier(kind=kind, word=word) in found


@given(st.text(max_size=60))
def test_stripping_loses_no_letter(text: str) -> None:
    folded = fold(text)
    core, found = strip(folded)
    letters = sorted(c for c in folded if c.isalnum())
    kept = sorted(c for c in core + "".join(q.word for q in found) if c.isalnum())
    assert len(kept) <= len(letters) and set(letters) == set(kept)


@given(st.text(max_size=60))
def test_a_core_has_no_qualifier_left(text: str) -> None:
    core, _ = strip(fold(text))
    again, more = strip(core)
    assert again == core and not more
