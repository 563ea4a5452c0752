"""What values look like: every shape is told by the text alone, a column by the shares of its values; headers are compared, learnt and never trusted blindly."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.standardise.automap.headers import LEARNT, LIKE, NONE, SAME, Meaning, matched, meanings, plain
from dujiang.standardise.automap.shapes import SHAPES, is_moment, is_resident_number, is_unit, profile, profiles
from dujiang.standardise.tables.slots import targets
from dujiang_synth import identity_number


def meaning(target: str, slot: str) -> Meaning:
    return next(m for m in meanings() if (m.target, m.slot) == (target, slot))


class TestValues:
    @pytest.mark.parametrize("text", ["2020-01-02", "2020/1/2", "2020.1.2", "2020年1月2日", "20200102", "20200102030405", "2020-01-02 03:04:05", "2020-01-02T03:04", "2020-01"])
    def test_moments(self, text: str) -> None:
        assert is_moment(text)

    @pytest.mark.parametrize("text", ["2020-13-01", "20201301", "1", "12345678", "2020", "abc", "2020-02-30", "10.5", "3020-01-01", ""])
    def test_no_moments(self, text: str) -> None:
        assert not is_moment(text)

    @given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)), st.integers(0, 999))
    def test_a_resident_number_is_told_by_its_check_character(self, born: date, turn: int) -> None:
        number = identity_number("110101", born, turn)
        assert is_resident_number(number) and is_resident_number(number.lower())
        assert not is_resident_number(number[:-1] + ("0" if number[-1] != "0" else "1")) and not is_resident_number(number[:-1])

    @pytest.mark.parametrize(("text", "shape"), [
        ("I10", "icd10"), ("E11.900", "icd10"), ("250.01", "icd9"), ("V45", "icd9"), ("2345-7", "loinc"), ("C08CA01", "atc"), ("38341003", "snomed"), ("13812345678", "mobile"),
        ("男", "sex"), ("Female", "sex"), ("1", "sex_code"), ("门诊", "visit_class"), ("1,234.5", "number"), ("<0.5", "number"), ("6.2↑", "number"), ("张三", "han_name"),
    ])
    def test_each_shape_is_recognised(self, text: str, shape: str) -> None:
        assert SHAPES[shape](text)

    @pytest.mark.parametrize(("text", "shape"), [("U99999", "icd10"), ("hello", "number"), ("12345", "mobile"), ("abc", "sex"), ("a-1", "loinc"), ("c08ca01", "atc")])
    def test_what_is_none_is_not(self, text: str, shape: str) -> None:
        assert not SHAPES[shape](text)

    @pytest.mark.parametrize(("text", "unit"), [("mmol/L", True), ("10^9/L", True), ("mmHg", True), ("你好", False), ("12", False), ("", False), ("x" * 50, False),
        ("/0", False), ("0*-1", False), ("mg/0", False)])
    def test_units(self, text: str, unit: bool) -> None:
        assert is_unit(text) is unit

    @given(st.text(max_size=40))
    def test_any_text_can_be_looked_at(self, text: str) -> None:
        assert all(isinstance(bool(test(text)), bool) for test in SHAPES.values())


class TestColumns:
    def test_a_profile_counts_and_shares_and_holds_no_value(self) -> None:
        found = profile("x", ["2020-01-01", "2020-01-02", "abc", None, "", "?"])
        assert (found.filled, found.distinct, found.unique) == (0.5, 3, False) and found.share("moment") == pytest.approx(2 / 3, abs=1e-3)
        assert "2020" not in repr(found) and "abc" not in repr(found)

    @pytest.mark.parametrize(("values", "type"), [
        (["1", "2.5"], "number"), (["2020-01-01"], "moment"), (["甲", "b2"], "text"), ([None], "empty"), ([], "empty"), (["I10", "E11"], "icd10"), (["2345-7"], "loinc"), (["男", "女"], "sex"),
    ])
    def test_a_column_has_one_type(self, values: list[str | None], type: str) -> None:
        assert profile("x", values).type() == type

    def test_rows_that_lack_a_column_have_nothing_there(self) -> None:
        one, two = profiles([{"a": "1"}, {"b": "2"}, {"a": "3", "b": "4"}])
        assert (one.name, one.filled, two.name, two.filled) == ("a", 0.6667, "b", 0.6667)


class TestHeaders:
    @pytest.mark.parametrize(("header", "same"), [
        ("PatientID", "patient id"), ("patient_id", "patient id"), ("结果（mmol/L）", "结果"), ("Result [mg/dL]", "result"), ("出生日期 ", "出生日期"), ("出生　日期", "出生 日期"), ("ＩＤ", "id"),
        ("檢驗結果", "检验结果"), ("(a)", "a"),
    ])
    def test_headers_are_compared_without_width_case_units_and_marks(self, header: str, same: str) -> None:
        assert plain(header) == same

    @pytest.mark.parametrize(("header", "target", "slot", "reason"), [
        ("出生日期", "person", "born", SAME), ("DateOfBirth", "person", "born", SAME), ("患者出生日期", "person", "born", LIKE), ("检验结果数值", "measurement", "value", LIKE),
        ("Gender", "person", "sex", SAME), ("foo", "person", "sex", ""),
    ])
    def test_a_header_is_a_known_name_or_like_one_or_nothing(self, header: str, target: str, slot: str, reason: str) -> None:
        assert matched(header, meaning(target, slot)).reason == reason

    def test_what_a_steward_confirmed_is_as_good_as_a_known_name(self) -> None:
        assert matched("甲乙丙", meaning("person", "born"), {"甲乙丙": [("person", "born")]}) == (1.0, LEARNT)
        assert matched("甲乙丙", meaning("person", "sex"), {"甲乙丙": [("person", "born")]}) == NONE

    def test_the_list_names_only_slots_that_there_are_and_no_word_twice_in_a_target(self) -> None:
        for m in meanings():
            assert m.target in ("*", "?") or m.slot in {slot.name for slot in targets()[m.target]}
        for target in targets():
            words = [w for m in meanings() if m.target == target for w in m.words]
            assert [w for w in words if words.count(w) > 1] == [], target
