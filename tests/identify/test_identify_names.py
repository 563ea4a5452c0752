"""Names, phones and addresses as they are compared, and how names sound."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.names import NameParts, clean, clean_phone, is_newborn, name_parts, split_chinese
from dujiang.identify.pinyin import SURNAME_READINGS, blur, sound, surname_sound


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("张 伟 ", "张伟"),
        ("ＳＭＩＴＨ", "smith"),
        ("O'Brien-Łuk", "obrienłuk"),
        ("José  María", "josemaria"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("Maynard46", "maynard46"),
    ],
)
def test_width_case_accents_spaces_and_dots_do_not_count(written: str, compared: str) -> None:
    assert clean(written) == compared


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_chinese_full_name_is_cut_after_the_surname_also_a_compound_one() -> None:
    assert name_parts("", "", "张建国") == ("张", "建国")
    assert name_parts(None, None, "欧阳 修") == ("欧阳", "修")
    assert name_parts(None, None, "司马") == ("司", "马")


@pytest.mark.parametrize("dotted", ["阿依古丽·买买提", "阿依古丽•买买提", "阿依古丽・买买提"])
def test_a_minority_name_is_not_cut_whichever_dot_it_has(dotted: str) -> None:
    assert name_parts(None, None, dotted) == ("", "阿依古丽买买提")


def test_a_latin_full_name_is_not_cut_because_nobody_knows_its_order() -> None:
    assert name_parts(None, None, "John SMITH") == ("", "johnsmith")


def test_the_given_name_is_what_the_full_name_has_beyond_the_surname() -> None:
    assert name_parts("张", None, "张建国") == ("张", "建国")


@pytest.mark.parametrize("nobody", ["无名氏", "Unknown", "新生儿", ""])
def test_what_is_written_for_want_of_a_name_is_no_name(nobody: str) -> None:
    assert name_parts(None, None, nobody) == NameParts("", "")


def test_a_newborn_called_after_the_mother_has_no_given_name() -> None:
    assert name_parts("张", "之子", "张之子") == ("张", "")
    assert name_parts(None, None, "张之子") == ("张", "")


@pytest.mark.parametrize(
    ("surname", "reading"),
    [
        ("曾", "zeng"),
        ("单", "shan"),
        ("解", "xie"),
        ("仇", "qiu"),
        ("尉迟", "yuchi"),
        ("张", "zhang"),
        ("smith", "smith"),
    ],
)
def test_a_surname_is_read_as_a_surname(surname: str, reading: str) -> None:
    assert surname_sound(surname) == reading


def test_the_same_character_is_read_otherwise_within_a_given_name() -> None:
    assert sound("单") == "dan" and sound("国藩") == "guofan"


def test_traditional_and_simplified_characters_and_homophones_sound_alike() -> None:
    assert sound("偉") == sound("伟") == sound("玮") == "wei"
    assert surname_sound("張") == surname_sound("张")


def test_a_start_up_does_not_load_the_dictionary_of_characters() -> None:
    asked = "import sys, dujiang.identify.persons; print('pypinyin' in sys.modules)"
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=paths)
    assert done.stdout.strip() == "False"


def test_reading_a_name_leaves_the_process_as_it_was() -> None:
    before = dict(os.environ)
    sound("建国")
    assert dict(os.environ) == before


def test_every_listed_surname_reading_is_lower_case_letters() -> None:
    assert len(SURNAME_READINGS) > 60
    assert all(r.isascii() and r.isalpha() and r.islower() and not s.isascii() for s, r in SURNAME_READINGS.items())


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("138-1234-5678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("614-010-9239 x2124", "6140109239"),
        ("028-87654321转802", "02887654321"),
        ("无; 13812345678、028-87654321", "13812345678"),
        ("00000000000", ""),
        ("12345", ""),
        (None, ""),
    ],
)
def test_a_phone_is_compared_by_its_digits(written: str | None, compared: str) -> None:
    assert clean_phone(written) == compared


@pytest.mark.parametrize(
    ("written", "family"),
    [("张三之子", "张"), ("欧阳娜之女", "欧阳"), ("李娜之大双", "李"), ("王芳之子2", "王"), ("张之女", "张"), ("陈静男婴", "陈"), ("MARIA Baby Boy", "maria")],
)
def test_a_newborn_called_after_a_parent_has_the_parents_surname_and_no_given_name(written: str, family: str) -> None:
    assert is_newborn(None, None, written)
    assert name_parts(None, None, written) == (family, "")


@pytest.mark.parametrize("written", ["张子", "王之焕", "李婴宁", "周双", "张建国", "Bobby Brown"])
def test_a_name_that_only_looks_like_a_newborns_is_a_name(written: str) -> None:
    assert not is_newborn(None, None, written)


def test_a_newborn_is_known_also_where_the_source_cut_the_name() -> None:
    assert name_parts("张", "三之子", None) == ("张", "") and is_newborn("张", "三之子", None)


@pytest.mark.parametrize(("old", "new"), [("張偉", "张伟"), ("歐陽鋒", "欧阳锋"), ("葉麗華", "叶丽华"), ("劉國強", "刘国强"), ("鄧", "邓")])
def test_traditional_characters_are_compared_as_simplified_ones(old: str, new: str) -> None:
    assert clean(old) == new


@pytest.mark.parametrize(("one", "other"), [("lv", "lu"), ("lyu", "lu"), ("nv", "nu")])
def test_the_umlaut_is_one_sound_however_it_is_typed(one: str, other: str) -> None:
    assert sound(one) == sound(other) and surname_sound("吕") == sound("lyu")


@pytest.mark.parametrize(("one", "other"), [("zhang", "zan"), ("shi", "si"), ("lin", "ling"), ("liu", "niu"), ("cheng", "cen")])
def test_what_southern_ears_do_not_tell_apart_is_one_blurred_sound(one: str, other: str) -> None:
    assert blur(one) == blur(other)


@given(st.text("张欧阳伟国文明", min_size=1, max_size=6))
def test_cutting_a_name_loses_no_character(whole: str) -> None:
    assert split_chinese(whole).whole == whole


@pytest.mark.parametrize(
    "written", ["张伟", "張偉", "Zhāng Wěi", "ZHANG Wei", "zhang wei", "张 伟", "Wei ZHANG"]
)
def test_one_name_written_in_any_of_its_ways_has_one_sound_in_one_of_its_two_orders(written: str) -> None:
    parts = name_parts(None, None, written)
    assert surname_sound(parts.family) + sound(parts.given) in ("zhangwei", "weizhang")
