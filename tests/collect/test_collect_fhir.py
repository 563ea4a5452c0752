"""FHIR: every resource of lines and Bundles under its own id, its text untouched, and every broken one named."""

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.fhir import read_document, read_lines
from dujiang.collect.readers.items import Broken, Item, Record
from dujiang.collect.readers.resources import R4, RESOURCES, STU3


def lines_of(*texts: str | bytes) -> list[Item]:
    return list(read_lines(io.BytesIO(b"\n".join(t.encode() if isinstance(t, str) else t for t in texts))))


def document_of(value: Any, indent: int | None = 2) -> list[Item]:
    text = value if isinstance(value, str) else json.dumps(value, indent=indent)
    return list(read_document(io.BytesIO(text.encode())))


def bundle(*entries: dict[str, Any], type: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


PATIENT = '{"resourceType":"Patient","id":"p1"}'
BROKEN = {
    '{"resourceType":"Patient","id":"p1"': "json.syntax",
    "not json": "json.syntax",
    "{'resourceType':'Patient'}": "json.syntax",
    '{"resourceType":"Patient","id":"\\ud800"}': "json.syntax",
    "[1, 2]": "json.not_object",
    "17": "json.not_object",
    "null": "json.not_object",
    "{}": "fhir.no_type",
    '{"resourceType":null,"id":"x"}': "fhir.no_type",
    '{"resourceType":"Pacient","id":"x"}': "fhir.unknown_type",
    '{"resourceType":["Patient"],"id":"x"}': "fhir.unknown_type",
    '{"resourceType":7}': "fhir.unknown_type",
    '{"resourceType":"Patient","id":""}': "record.bad_key",
    '{"resourceType":"Patient","id":12}': "record.bad_key",
    '{"resourceType":"Patient","id":"a\\nb"}': "record.bad_key",
    '{"resourceType":"Patient","id":"h:0123"}': "record.bad_key",
    '{"resourceType":"Patient","id":"%s"}' % ("x" * 256): "record.bad_key",
    '{"resourceType":"Patient",\0"id":"x"}': "line.nul",
}


@pytest.mark.parametrize(("text", "rule"), BROKEN.items())
def test_a_broken_line_is_named_with_its_rule_and_its_neighbours_are_kept(text: str, rule: str) -> None:
    first, broken, last = lines_of(PATIENT, text, PATIENT)
    assert isinstance(broken, Broken) and (broken.line, broken.rule, broken.key) == (2, rule, "")
    assert first == Record("Patient", "p1", 1, PATIENT) and last == Record("Patient", "p1", 3, PATIENT)


def test_a_line_that_is_not_utf_8_is_set_aside() -> None:
    assert lines_of('{"resourceType":"Patient","id":"李"}'.encode("gb18030"), PATIENT)[0] == Broken(1, "line.encoding")


def test_deeply_nested_json_is_refused_not_followed() -> None:
    deep = '{"resourceType":"Basic","a":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert lines_of(deep, PATIENT)[0] == Broken(1, "json.syntax")


GOOD = st.builds(
    lambda kind, key, more: json.dumps({"resourceType": kind, "id": key, **more}, ensure_ascii=False),
    st.sampled_from(sorted(RESOURCES - {"Bundle"})),
    st.from_regex(r"[A-Za-z0-9\-.]{1,64}", fullmatch=True),
    st.dictionaries(st.sampled_from("abc"), st.text(max_size=9).filter(lambda t: "\0" not in t) | st.floats(allow_nan=False, allow_infinity=False)),
)


@given(st.lists(GOOD | st.sampled_from(sorted(BROKEN)), max_size=25), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_mixture_gives_exactly_the_good_lines_and_one_broken_place_for_each_bad_one(texts, zipped, end, ended) -> None:  # type: ignore[no-untyped-def]
    data = (end.join(texts) + (end if ended else "")).encode()
    found = list(read_lines(io.BytesIO(gzip.compress(data) if zipped else data)))
    assert [(i.line, i.rule if isinstance(i, Broken) else i.body) for i in found] == [
        (n, BROKEN.get(text, text)) for n, text in enumerate(texts, 1)
    ]


def test_blank_lines_are_no_records_but_count_as_lines() -> None:
    assert [i.line for i in lines_of("", PATIENT, "   ", PATIENT, "")] == [2, 4]


def test_the_body_is_the_text_as_delivered_so_that_no_number_changes() -> None:
    text = '{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.10, "x":0.30000000000000000001,"y":1E+2}}'
    assert lines_of(" " + text + " ")[0].body == text  # type: ignore[union-attr]
    (record,) = document_of('{"resourceType":"Bundle","entry":[{"resource":' + text + "}]}")
    assert isinstance(record, Record) and record.body == text


def test_a_resource_without_an_id_goes_by_its_content_whatever_the_order_of_its_fields() -> None:
    one, same, other = lines_of(
        '{"resourceType":"Basic","a":1,"b":2}', '{"b":2,  "a":1,"resourceType":"Basic"}', '{"resourceType":"Basic","a":2,"b":2}'
    )
    assert one.key == same.key != other.key and len(one.key) == 34 and one.key.startswith("h:")  # type: ignore[union-attr]


@pytest.mark.parametrize("type", ["collection", "transaction", "batch", "searchset", "document", "message"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_of_any_type_gives_its_resources_numbered_by_entry(type: str, indent: int | None) -> None:
    found = document_of(bundle(*({"resource": {"resourceType": "Patient", "id": f"p{n}"}} for n in (1, 2, 3)), type=type), indent)
    assert [(i.kind, i.key, i.line, json.loads(i.body)["id"]) for i in found] == [("Patient", f"p{n}", n, f"p{n}") for n in (1, 2, 3)]  # type: ignore[union-attr]


def test_a_line_may_hold_a_bundle_and_its_entries_carry_the_lines_number() -> None:
    line = json.dumps(bundle({"resource": {"resourceType": "Patient", "id": "a"}}, {"resource": {"resourceType": "Patient", "id": "b"}}))
    assert [(i.line, i.key) for i in lines_of(PATIENT, line, PATIENT)] == [(1, "p1"), (2, "a"), (2, "b"), (3, "p1")]


def test_broken_entries_of_a_bundle_are_named_and_the_others_kept() -> None:
    found = document_of(
        bundle(
            {"resource": {"resourceType": "Patient", "id": "a"}}, {"resource": {"resourceType": "Nonsense", "id": "b"}},
            {"request": {"method": "DELETE", "url": "Patient/9"}}, {"resource": None}, {"resource": {"id": "c"}}, {"resource": 3},
            {"resource": {"resourceType": "Patient", "id": "d"}},
        )
    )
    assert [i.key if isinstance(i, Record) else i.rule for i in found] == [
        "a", "fhir.unknown_type", "fhir.no_resource", "fhir.no_resource", "fhir.no_type", "json.not_object", "d",
    ]
    assert [i.line for i in found] == [1, 2, 3, 4, 5, 6, 7]  # type: ignore[union-attr]


def test_a_line_with_a_bundle_that_is_none_is_named() -> None:
    assert lines_of('{"resourceType":"Bundle","entry":7}', PATIENT)[0] == Broken(1, "json.not_object", "Bundle")
    assert lines_of('{"resourceType":"Bundle","entry":[7]}')[0] == Broken(1, "json.not_object")


def test_an_entry_without_an_id_goes_by_the_uuid_to_which_references_point() -> None:
    (record,) = document_of(bundle({"fullUrl": "urn:uuid:1-2-3", "resource": {"resourceType": "Patient"}}))
    assert record.key == "1-2-3"  # type: ignore[union-attr]
    (own,) = document_of(bundle({"fullUrl": "urn:uuid:1-2-3", "resource": {"resourceType": "Patient", "id": "own"}}))
    assert own.key == "own"  # type: ignore[union-attr]
    (web,) = document_of(bundle({"fullUrl": "https://his/Patient/9", "resource": {"resourceType": "Patient"}}))
    assert web.key.startswith("h:")  # type: ignore[union-attr]


def test_a_history_bundle_is_marked_as_running_backwards_in_a_document_and_in_a_line() -> None:
    history = bundle({"resource": {"resourceType": "Patient", "id": "a"}}, type="history")
    assert [i.backwards for i in document_of(history)] == [True]  # type: ignore[union-attr]
    assert [i.backwards for i in lines_of(json.dumps(history), PATIENT)] == [True, False]  # type: ignore[union-attr]


def test_an_array_of_resources_gives_each_of_them() -> None:
    found = document_of([{"resourceType": "Patient", "id": "a"}, [1], {"resourceType": "Patient", "id": "b"}])
    assert [i.key if isinstance(i, Record) else i.rule for i in found] == ["a", "json.not_object", "b"]


def test_a_bundle_in_a_bundle_is_kept_as_one_record() -> None:
    (record,) = document_of(bundle({"resource": bundle({"resource": {"resourceType": "Patient"}}) | {"id": "inner"}}))
    assert (record.kind, record.key) == ("Bundle", "inner")  # type: ignore[union-attr]


def test_the_type_lists_have_as_many_names_as_the_specifications() -> None:
    # Their value sets have 148 and 119 names, of which Resource and DomainResource are abstract.
    assert (len(R4), len(STU3)) == (146, 117)
