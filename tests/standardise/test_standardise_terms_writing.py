"""What is written in many ways is read as one: width, case, traditional characters, numerals of rank, punctuation, synonyms."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.standardise.terms.sound import sound
from dujiang.standardise.terms.writing import bare, fold, meant, normalise, rows

PIECES = [*"一二三四五六七八九十IVXⅠⅡⅣivx°型级期度类高血压病糖尿(+)（－） 　，。①②ⅰSjögrenßİŉﬁ癌臟後症", "type ii", "恶性肿瘤", "2型dm"]
# Text of all kinds, and much of what the rules speak of.
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("２型糖尿病", "2型糖尿病"), ("Ⅱ型糖尿病", "2型糖尿病"), ("II型糖尿病", "2型糖尿病"), ("二型糖尿病", "2型糖尿病"), ("2 型糖尿病", "2型糖尿病"),
        ("高血壓病（三級）", "高血压病3级"), ("心功能Ⅲ级", "心功能3级"), ("Ⅱ°房室传导阻滞", "2度房室传导阻滞"), ("慢性腎臟病", "慢性肾脏病"),
        ("ＣＯＰＤ", "copd"), ("Type  II Diabetes Mellitus", "type 2 diabetes mellitus"), ("Sjögren 综合征", "sjogren综合征"), ("黏膜", "粘膜"),
        ("肺结核，痰培养（+）", "肺结核痰培养阳性"), ("肺结核，痰培养（-）", "肺结核痰培养阴性"), ("妊娠[妊娠引起的]高血压", "妊娠妊娠引起的高血压"),
        ("a-1抗胰蛋白酶缺乏", "a 1抗胰蛋白酶缺乏"), ("", ""), ("……？！", ""), ("\u200b高\ufeff血压\x00", "高血压"),
    ],
)
def test_one_diagnosis_has_one_writing(written: str, read: str) -> None:
    assert normalise(written) == read


@pytest.mark.parametrize("name", ["三叉神经痛", "十二指肠溃疡", "一氧化碳中毒", "四肢麻木", "vitamin i", "xiii因子缺乏", "双相情感障碍"])
def test_a_numeral_that_ranks_nothing_stays_as_it_is(name: str) -> None:
    assert normalise(name) == name


def test_signs_in_brackets_tell_two_diagnoses_apart() -> None:
    assert normalise("痰镜检（+）") != normalise("痰镜检（-）")


@given(TEXTS)
def test_normalising_and_folding_twice_is_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert fold(fold(text)) == fold(text)
    assert bare(fold(text)) == normalise(text)


@given(TEXTS)
def test_a_normalised_text_has_no_capital_no_punctuation_and_no_space_beside_chinese(text: str) -> None:
    found = normalise(text)
    assert found == found.casefold().strip() and "  " not in found
    assert all(c.isalnum() or c == " " or not c.isascii() for c in found)
    assert not any(a == " " and "\u4e00" <= b <= "\u9fff" for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("肝癌", "肝恶性肿瘤"), ("脑梗", "脑梗死"), ("脑梗塞", "脑梗死"), ("心梗", "心肌梗死"), ("食道癌", "食管癌"), ("乙肝", "乙型肝炎"), ("2型dm", "2型糖尿病"),
        ("慢阻肺", "慢性阻塞性肺疾病"), ("房颤", "心房颤动"), ("肾功能不全", "肾衰竭"), ("肺转移癌", "肺继发性恶性肿瘤"), ("胃恶性肿瘤未特指", "胃癌"),
        ("lung cancer", "lung malignant neoplasm"), ("anemia", "anaemia"),
    ],
)
def test_synonyms_mean_the_same(one: str, other: str) -> None:
    assert meant(one) == meant(other)


@pytest.mark.parametrize(("one", "other"), [("adrenal", "renal"), ("caries", "ca"), ("脑梗死", "脑出血"), ("甲型肝炎", "乙型肝炎"), ("肝损害", "肝损伤")])
def test_what_only_looks_like_a_synonym_is_none(one: str, other: str) -> None:
    assert meant(one) != meant(other)


@given(TEXTS)
def test_meaning_leaves_something_of_everything(text: str) -> None:
    assert bool(meant(normalise(text))) == bool(normalise(text))


def test_every_word_of_the_table_is_written_as_it_is_looked_up() -> None:
    for row in rows("words.csv"):
        assert normalise(row["written"]) == row["written"] and normalise(row["meant"]) == row["meant"]


@pytest.mark.parametrize(("one", "other"), [("甲", "假"), ("形", "型"), ("只", "资"), ("尿", "料"), ("心", "星"), ("沈", "申")])
def test_characters_taken_for_one_another_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_other_characters_do_not_sound_alike_and_letters_are_themselves() -> None:
    assert sound("心") != sound("肝") and sound("a") == "a" and sound("7") == "7"
