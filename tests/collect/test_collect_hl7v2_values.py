"""HL7 v2: composite values become FHIR's, as written and no more precise than written."""

import json
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.hl7v2 import values
from dujiang.collect.readers.hl7v2.parts import Marks, Segment
from dujiang.collect.readers.times import day_of, moment
from dujiang.collect.readers.writing import key_of, lean, number, patient_key, record


def seg(field: str) -> Segment:
    return Segment(f"ZZZ|{field}", 1, Marks())


def told(value: Any) -> Any:
    """The value as it is written."""
    kept = lean(value)
    return None if kept is None else orjson.loads(orjson.dumps(kept))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2020", "2020"), ("202003", "2020-03"), ("20200301", "2020-03-01"), ("2020030109", "2020-03-01T09:00:00"), ("202003010930", "2020-03-01T09:30:00"),
        ("20200301093045", "2020-03-01T09:30:45"), ("20200301093045.1234", "2020-03-01T09:30:45.1234"), ("20200301093045+0800", "2020-03-01T09:30:45+08:00"),
        ("202003010930-0330", "2020-03-01T09:30:00-03:30"), ("2020-03-01", "2020-03-01"), ("2020/03/01 09:30:45", "2020-03-01T09:30:45"),
        ("2020-03-01T09:30:45+08:00", "2020-03-01T09:30:45+08:00"), ("20200229", "2020-02-29"), (" 20200301 ", "2020-03-01"), ("20200301+0800", "2020-03-01"),
        ("20200301093045+9900", "2020-03-01T09:30:45"), ("20210229", ""), ("20201301", ""), ("2020030124", ""), ("202003010960", ""), ("20200301093060", ""),
        ("00000101", ""), ("00000000", ""), ("2020030", ""), ("yesterday", ""), ("", ""), ("２０２００３０１", ""), ("20200301093045.", ""),
    ],
)
def test_a_moment_is_as_precise_as_written_and_one_that_cannot_be_is_none(text: str, found: str) -> None:
    assert moment(text) == found
    assert day_of(text) == found[:10]


@given(st.datetimes(), st.integers(4, 14), st.sampled_from(["", "+0800", "-0330"]))
def test_every_real_moment_survives_at_every_precision(when: Any, size: int, zone: str) -> None:
    written = when.strftime("%Y").zfill(4) + when.strftime("%m%d%H%M%S")
    written = written[: size - size % 2]
    iso = moment(written + (zone if len(written) > 8 else ""))
    digits = iso[:19].replace("-", "").replace("T", "").replace(":", "")
    assert digits.startswith(written) and set(digits[len(written) :]) <= {"0"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("98.00", "98.00"), ("0098.50", "98.50"), ("-5", "-5"), ("+5", "5"), (".5", "0.5"), ("-.25", "-0.25"), ("5.", "5"), ("1e3", "1e3"),
        ("1E-3", "1e-3"), ("000", "0"), (" 7 ", "7"),
    ],
)
def test_a_number_keeps_the_digits_it_came_with(text: str, written: str) -> None:
    found = number(text)
    assert found is not None and orjson.dumps(found).decode() == written


@pytest.mark.parametrize("text", ["", "abc", "1,5", "5 mg", "1.2.3", "--5", "NaN", "Infinity", "0x10", "５", "1_000", "9" * 100, "1e9999"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_every_number_is_valid_json_of_the_same_value(value: Any) -> None:
    found = number(str(value))
    assert found is not None
    assert json.loads(orjson.dumps(found), parse_float=Decimal, parse_int=Decimal) == value


@pytest.mark.parametrize(
    ("field", "concept"),
    [
        ("I10^High^I10", {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "High"}], "text": "High"}),
        ("I10^High^I10^38341003^HT^SCT", {"coding": [
            {"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10", "display": "High"}, {"system": "http://snomed.info/sct", "code": "38341003", "display": "HT"},
        ], "text": "High"}),
        ("X1^local^99HIS^^^^^^as it was said", {"coding": [{"system": "99HIS", "code": "X1", "display": "local"}], "text": "as it was said"}),
        ("^only text", {"text": "only text"}), ("X1", {"coding": [{"code": "X1"}]}), ("^^LN", None), ("^^^718-7^Hb^LN", {
            "coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hb"}], "text": "Hb"}),
    ],
)
def test_a_concept_has_both_its_codes_and_its_text(field: str, concept: dict[str, Any] | None) -> None:
    assert told(values.coded(seg(field), 1)) == concept


def test_coding_systems_are_known_by_their_hl7_names_and_others_stay_as_written() -> None:
    assert [values.system(name) for name in ("LN", "ICD-10-CM", "HL70001", "WinPath", "")] == [
        "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm", "http://terminology.hl7.org/CodeSystem/v2-0001", "WinPath", "",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [("5.20", {"value": 5.2}), ("<0.5", {"value": 0.5, "comparator": "<"}), ("≥ 100", {"value": 100, "comparator": ">="}), ("negative", None), ("5-6", None), ("", None)],
)
def test_a_quantity_is_a_number_or_one_with_a_comparator(text: str, found: dict[str, Any] | None) -> None:
    assert told(values.quantity(text, {})) == found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("49 - 92", 49, 92), ("3.5-5.5 mmol/L", 3.5, 5.5), ("0.0--1.0", 0, 1), ("70~80", 70, 80), ("3.9—6.1", 3.9, 6.1), ("10至20", 10, 20), ("-5 to 5", -5, 5),
        ("<30", None, 30), ("≤7.5", None, 7.5), (">60", 60, None), (">=1.5 g/L", 1.5, None), ("negative", None, None), ("5", None, None), ("1-2-3", None, None),
    ],
)
def test_a_reference_range_keeps_its_text_and_gives_its_limits(text: str, low: float | None, high: float | None) -> None:
    found = told(values.limits(text, {}))
    assert found["text"] == text
    assert (found.get("low", {}).get("value"), found.get("high", {}).get("value")) == (low, high)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("Zhang^San^Feng^Jr^Dr^^L", {"use": "official", "family": "Zhang", "given": ["San", "Feng"], "prefix": ["Dr"], "suffix": ["Jr"]}),
        ("EVERYMAN&&&&Own^ADAM", {"family": "EVERYMAN", "given": ["ADAM"]}), ("欧阳娜娜", {"text": "欧阳娜娜"}), ("欧阳^娜娜", {"family": "欧阳", "given": ["娜娜"]}),
        ("Prince", {"family": "Prince"}), ("李", {"family": "李"}), ("^San", {"given": ["San"]}), ("^^^^Dr", None),
    ],
)
def test_names_keep_their_parts_and_a_whole_chinese_name_is_one_text(field: str, name: dict[str, Any] | None) -> None:
    assert told(values.person_name(seg(field), seg(field).first(1))) == name


@pytest.mark.parametrize(
    ("field", "type", "system"),
    [
        ("1^^^A&2.16.840.1.113883.19&ISO^MR", "MR", "urn:oid:2.16.840.1.113883.19"), ("1^^^HIS^MRN", "MR", None), ("1^^^HIS", None, None),
        ("11010519491231002X^^^MPS^NI", "NNCHN", None), ("11010519491231002X", "NNCHN", None), ("11010519491231002X^^^X^MR", "MR", None),
        ("123456789^^^USSSA^SS", "SS", None), ("E12^^^^PPN", "PPN", None), ("1^^^A&notanoid&ISO^MR", "MR", None),
    ],
)
def test_identifiers_have_their_type_and_a_system_where_their_authority_has_an_oid(field: str, type: str | None, system: str | None) -> None:
    found = told(values.identifier(seg(field), seg(field).first(1)))
    assert (found.get("type", {}).get("coding", [{}])[0].get("code"), found.get("system")) == (type, system)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("8885551212", {"system": "phone", "value": "8885551212", "use": "home"}),
        ("^^PH^^86^10^6222333", {"system": "phone", "value": "86-10-6222333", "use": "home"}),
        ("^^CP^^^138^00138000", {"system": "phone", "value": "138-00138000", "use": "mobile"}),
        ("^^Internet^a@b.cn", {"system": "email", "value": "a@b.cn", "use": "home"}),
        ("^^FX^^^1^2", {"system": "fax", "value": "1-2", "use": "home"}), ("^PRN^PH", None),
    ],
)
def test_a_telephone_number_is_read_from_one_text_or_from_its_parts(field: str, found: dict[str, str] | None) -> None:
    assert told(values.telephone(seg(field), seg(field).first(1), "home")) == found


def test_an_address_keeps_its_parts() -> None:
    field = "1000&Hospital Lane^Ste. 123^Ann Arbor^MI^99999^USA^H^^Washtenaw"
    assert told(values.address(seg(field), seg(field).first(1))) == {
        "use": "home", "line": ["1000 Hospital Lane", "Ste. 123"], "city": "Ann Arbor", "state": "MI", "postalCode": "99999", "country": "USA", "district": "Washtenaw",
    }


# Writing.


def test_a_key_is_a_valid_id_that_shows_no_number_and_depends_on_every_part() -> None:
    assert len(key_of("Patient", "HIS", "1")) == 32 and key_of("Patient", "HIS", "1").isalnum()
    assert len({key_of("Patient", "a", "b"), key_of("Patient", "ab", ""), key_of("Encounter", "a", "b"), key_of("Patient", "a"), key_of("Patient", "a", "c")}) == 5
    assert patient_key(" His ", "1 ") == patient_key("HIS", "1") != patient_key("HIS", "2")


def test_a_record_leaves_out_what_is_empty_and_never_holds_a_nul() -> None:
    one = record("Basic", "k", 3, {"a": "", "b": None, "c": [], "d": {"e": [None, {"f": ""}]}, "g": "x\0y", "h": False, "i": 0, "j": ["", "z"]})
    assert (one.kind, one.key, one.line) == ("Basic", "k", 3)
    assert orjson.loads(one.body) == {"resourceType": "Basic", "id": "k", "g": "xy", "h": False, "i": 0, "j": ["z"]}
    assert record("Basic", "k", 3, {}, mention=True).kind == "Basic.mentioned"
