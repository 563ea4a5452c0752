"""C-CDA, damaged in every way: nothing crashes, nothing invalid is kept, and what stood before the damage is whole."""

import io
import json

import pytest

from collect.collect_ccda_given import FULL, PATIENT, document, medicine, panel, problem, result, section
from collect.collect_damage import damaged
from dujiang.collect.readers.ccda.reader import read_clinical_document
from dujiang.collect.readers.items import MENTIONED, Broken, Record, is_key
from dujiang.collect.readers.resources import R4
from dujiang.collect.rules import RULES
from shared_data import shared

OWN = [
    one.encode() for one in (
        FULL, document(patient=PATIENT.replace("Zhang", "欧阳")), document(section("48765-2", problem()), section("8716-3", panel(result("")))),
        document(section("18776-5", medicine(mood="INT")), header="<componentOf><encompassingEncounter/></componentOf>"),
    )
]


def check(data: bytes) -> None:
    """Whatever was read is a valid record of a known kind or a place with a known rule."""
    for one in read_clinical_document(io.BytesIO(data)):
        if isinstance(one, Record):
            body = json.loads(one.body)
            assert one.kind.removesuffix(MENTIONED) == body["resourceType"] in R4 and is_key(one.key) and one.key == body["id"] and one.line > 0
        else:
            assert one.rule in RULES and (not isinstance(one, Broken) or one.line > 0)


def test_damaged_documents_do_no_harm() -> None:
    for data in damaged(OWN, 500, 1):
        check(data)


@pytest.mark.slow
def test_eight_thousand_damaged_documents_do_no_harm() -> None:
    for data in damaged(OWN, 8000, 2):
        check(data)


@pytest.mark.slow
def test_damaged_copies_of_real_documents_do_no_harm() -> None:
    real = [path.read_bytes() for path in sorted(shared("messages").rglob("*.ccda")) if path.stat().st_size < 100_000]
    for data in damaged(real, 800, 3):
        check(data)


def test_however_a_document_is_cut_the_records_before_the_cut_are_those_of_the_whole() -> None:
    whole = [one for one in read_clinical_document(io.BytesIO(FULL.encode())) if isinstance(one, Record) and one.kind != "DocumentReference"]
    for size in range(0, len(FULL.encode()), 37):
        found = [one for one in read_clinical_document(io.BytesIO(FULL.encode()[:size])) if isinstance(one, Record) and one.kind != "DocumentReference"]
        assert found == whole[: len(found)]


def test_a_document_in_an_encoding_that_is_none_is_set_aside() -> None:
    data = FULL.replace('version="1.0"', 'version="1.0" encoding="fTF-8"', 1).encode()
    assert [one.rule for one in read_clinical_document(io.BytesIO(data)) if isinstance(one, Broken)][-1] == "xml.syntax"
