"""C-CDA: a document is read as it streams in; its patient is mentioned, its visit and what it replaces are told, its damage costs the rest only."""

import gzip
import io
import tracemalloc
from itertools import chain

import pytest

from collect.collect_ccda_given import (
    OID,
    PATIENT,
    body,
    broken,
    code,
    document,
    items,
    keys,
    kinds,
    panel,
    problem,
    records,
    remarks,
    result,
    section,
)
from dujiang.collect.readers.ccda import reader
from dujiang.collect.readers.ccda.elements import DEPTH, TAG
from dujiang.collect.readers.ccda.reader import read_clinical_document
from dujiang.collect.readers.inflate import CHUNK
from dujiang.collect.readers.items import Broken, Record
from dujiang.collect.readers.writing import patient_key

PROBLEMS = section("11450-4", problem(), problem("I10", id="p2"))


# The patient.


def test_the_patient_is_mentioned_with_names_sex_birth_date_address_and_number() -> None:
    found = body(document(), "Patient.mentioned")
    assert (found["name"], found["gender"], found["birthDate"]) == ([{"use": "official", "family": "Zhang", "given": ["San"]}], "male", "1980-06-15")
    assert found["identifier"] == [{"system": f"urn:oid:{OID}.19", "value": "100", "type": {"coding": [{"code": "MR"}]}}]
    assert found["address"][0]["city"] == "Leshan" and found["telecom"] == [{"system": "phone", "value": "+86-833-1", "use": "home"}]


def test_the_patient_is_the_same_as_in_messages_of_the_same_authority() -> None:
    assert keys(document(), "Patient.mentioned") == [patient_key(f"{OID}.19", "100")]


def test_a_number_of_the_place_comes_before_a_number_of_the_nation_and_a_null_number_is_none() -> None:
    ssn, resident = f'<id root="{OID}.4.1" extension="111223333"/>', '<id root="2.16.156.10011.1.3" extension="110105194912310021"/>'
    both = PATIENT.replace("<patientRole>", f'<patientRole><id nullFlavor="UNK"/>{ssn}').replace("<patient>", f"<patient>{resident}")
    assert keys(document(patient=both), "Patient.mentioned") == keys(document(), "Patient.mentioned")
    systems = [one["system"] for one in body(document(patient=both), "Patient.mentioned")["identifier"]]
    assert systems == [f"urn:oid:{OID}.4.1", f"urn:oid:{OID}.19", "urn:oid:2.16.156.10011.1.3"]
    alone = PATIENT.replace(f'<id root="{OID}.19" extension="100"/>', ssn)
    assert keys(document(patient=alone), "Patient.mentioned") == [patient_key(f"{OID}.4.1", "111223333")]


def test_a_patient_without_any_number_is_the_document_s_own() -> None:
    nameless = PATIENT.replace(f'<id root="{OID}.19" extension="100"/>', '<id nullFlavor="UNK"/>')
    assert keys(document(patient=nameless), "Patient.mentioned") == keys(document(patient=nameless), "Patient.mentioned")
    assert keys(document(patient=nameless), "Patient.mentioned") != keys(document(patient=nameless, id="d2"), "Patient.mentioned")


def test_descent_and_death_are_read() -> None:
    more = PATIENT.replace("</patient>", f"""<raceCode code="2106-3" codeSystem="{OID}.6.238"/><sdtc:raceCode code="2028-9" codeSystem="{OID}.6.238"/>
        <ethnicGroupCode nullFlavor="UNK"/><sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20200201"/></patient>""")
    found = body(document(patient=more), "Patient.mentioned")
    assert [one["valueCoding"]["code"] for one in found["extension"][0]["extension"]] == ["2106-3", "2028-9"] and len(found["extension"]) == 1
    assert found["deceasedDateTime"] == "2020-02-01"


def test_a_document_without_a_patient_gives_nothing_and_of_a_second_patient_only_the_place_is_told() -> None:
    assert broken(document(PROBLEMS, patient="")) == [("ccda.no_patient", "")] and kinds(document(PROBLEMS, patient="")) == []
    assert broken(document(PROBLEMS, patient=PATIENT + PATIENT)) == [("ccda.no_patient", "")]
    assert kinds(document(PROBLEMS, patient=PATIENT + PATIENT)) == ["Condition", "Condition"]


# The header.


def test_the_document_itself_is_kept_with_its_type_time_and_what_it_replaces() -> None:
    header = f'<relatedDocument typeCode="RPLC"><parentDocument><id root="{OID}.19.9" extension="d0"/></parentDocument></relatedDocument>'
    found = body(document(header=header), "DocumentReference")
    assert (found["type"]["coding"][0]["code"], found["date"], found["description"]) == ("34133-9", "2020-03-01", "Summary")
    assert found["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{keys(document(id='d0'), 'DocumentReference')[0]}"}}]


def test_the_visit_in_which_it_was_written_is_mentioned() -> None:
    visit = f"""<componentOf><encompassingEncounter><id root="{OID}.19.5" extension="V1"/>{code("IMP", "inpatient", f"{OID}.5.4")}<effectiveTime>
        <low value="20200225"/><high value="20200301"/></effectiveTime><dischargeDispositionCode code="01" codeSystem="x" displayName="Home"/>
        <location><healthCareFacility><location><name>Ward 3</name></location></healthCareFacility></location></encompassingEncounter></componentOf>"""
    found = body(document(header=visit), "Encounter.mentioned")
    assert (found["class"]["code"], found["period"], found["status"]) == ("IMP", {"start": "2020-02-25", "end": "2020-03-01"}, "finished")
    assert found["location"][0]["location"]["display"] == "Ward 3" and found["hospitalization"]["dischargeDisposition"]["text"] == "Home"


def test_a_body_that_is_not_structured_is_remarked_on() -> None:
    text = "<component><nonXMLBody><text mediaType='application/pdf' representation='B64'>" + "QUJD" * 100_000 + "</text></nonXMLBody></component>"
    data = document().replace("<component><structuredBody></structuredBody></component>", text)
    assert remarks(data) == [("ccda.text_only", "", 0)] and [one.kind for one in records(data)] == ["Patient.mentioned", "DocumentReference"]


def test_records_name_the_line_on_which_their_entry_begins() -> None:
    data = document(section("11450-4", "\n\n" + problem())).replace("<observation", "\n<observation")
    (condition,) = (one for one in records(data) if one.kind == "Condition")
    assert data.split("\n")[condition.line - 1].startswith("<observation")


# Forms and sizes.


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "gbk"])
def test_chinese_documents_are_read_in_utf_8_utf_16_and_gb18030(encoding: str) -> None:
    data = document(patient=PATIENT.replace("Zhang", "欧阳").replace("San", "娜娜")).replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    assert body(data.encode(encoding), "Patient.mentioned")["name"][0]["family"] == "欧阳"


def test_elements_may_have_any_prefix_or_none_at_all() -> None:
    plain = document(PROBLEMS)
    prefixed = plain.replace("xmlns=", "xmlns:cda=").replace("<", "<cda:").replace("<cda:/", "</cda:").replace("<cda:?", "<?")
    assert records(prefixed) == records(plain)
    assert records(plain.replace('xmlns="urn:hl7-org:v3" ', "")) == records(plain)


class Small(io.BytesIO):
    def read(self, _: int | None = -1, /) -> bytes:
        return super().read(7)


def test_a_compressed_document_and_one_in_small_pieces_are_the_same() -> None:
    text = document(PROBLEMS, section("30954-2", panel(result('<value xsi:type="PQ" value="134.50" unit="g/L"/>'))))
    chinese = text.replace('version="1.0"', 'version="1.0" encoding="GB18030"').replace("Zhang", "欧阳").encode("gb18030")
    for data in (text.encode(), chinese):
        assert items(gzip.compress(data)) == items(data) == list(read_clinical_document(Small(data)))
        assert broken(data) == []


class Repeated:
    """A document with one entry again and again, never whole in memory."""

    def __init__(self, count: int, entry: str) -> None:
        start, end = document(section("11450-4", "HERE")).split("<entry>HERE</entry>")
        self._pieces = chain((start,), (entry.replace("{n}", str(n)) for n in range(count)), (end,))
        self._left = b""

    def read(self, size: int, /) -> bytes:
        while len(self._left) < size and (piece := next(self._pieces, "")):
            self._left += piece.encode()
        given, self._left = self._left[:size], self._left[size:]
        return given


def test_a_document_larger_than_memory_is_read_entry_by_entry() -> None:
    entry = f"<entry>{problem(id='n{n}')}<!-- {'x' * 3000} --></entry>"
    tracemalloc.start()
    count = sum(isinstance(one, Record) and one.kind == "Condition" for one in read_clinical_document(Repeated(4000, entry)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4000 and peak < 8 << 20


# Damage.


def test_a_truncated_document_keeps_the_entries_before_and_its_own_record() -> None:
    data = document(PROBLEMS)
    cut = data[: data.rindex("<value")]
    assert broken(cut) == [("xml.truncated", "")]
    assert [one.kind for one in items(cut) if isinstance(one, Record)] == ["Patient.mentioned", "Condition", "DocumentReference"]
    assert broken(gzip.compress(data.encode())[:-12])[-1][0] == "gzip.truncated"


@pytest.mark.parametrize("damage", ["<entry></act>", "&nbsp;", "\x01", "<a b=c/>", "]]>"])
def test_damage_ends_the_reading_and_what_stood_before_is_kept(damage: str) -> None:
    data = document(section("11450-4", problem(), damage), section("11450-4", problem(id="p3")))
    assert broken(data) == [("xml.syntax", "")] and kinds(data) == ["Condition"]


def test_bytes_that_are_no_text_end_the_reading() -> None:
    data = document(section("11450-4", problem(), "HERE")).replace('version="1.0"', 'version="1.0" encoding="gb18030"').encode().replace(b"HERE", b"\xff\xff")
    assert broken(data) == [("line.encoding", "")] and kinds(data) == ["Condition"]


@pytest.mark.parametrize("text", ["<a/>", "<html><body/></html>", '<Patient xmlns="http://hl7.org/fhir"/>'])
def test_xml_that_is_no_clinical_document_is_set_aside(text: str) -> None:
    assert broken(text) == [("ccda.no_document", "")] or ("ccda.no_document", "") in broken(text)


def test_an_empty_file_and_a_file_of_words_are_set_aside() -> None:
    assert broken("") == [("ccda.no_patient", ""), ("xml.truncated", "")]
    assert broken("hello") == [("ccda.no_patient", ""), ("xml.syntax", "")]


# Hostility.

LAUGHS = "<!DOCTYPE a [<!ENTITY l0 'ha'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"


@pytest.mark.parametrize(
    "doctype",
    [LAUGHS, '<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "<!DOCTYPE ClinicalDocument>"],
)
def test_a_document_type_is_refused_before_anything_of_it_is_read(doctype: str) -> None:
    data = document(PROBLEMS).replace("<ClinicalDocument", doctype + "<ClinicalDocument", 1).replace("Hypertension", "&l9;&x;")
    assert broken(data) == [("ccda.no_patient", ""), ("xml.doctype", "")] and kinds(data) == []


def test_elements_nested_deeper_than_any_document_end_the_reading() -> None:
    data = document(section("11450-4", problem(), "<a>" * 200_000))
    assert broken(data) == [("xml.too_large", "")] and kinds(data) == ["Condition"]
    assert kinds(document(section("11450-4", "<a>" * (DEPTH - 20) + "</a>" * (DEPTH - 20), problem()))) == ["Condition"]


@pytest.mark.parametrize("inside", ["<x>" + "y" * 5000 + "</x>", "<x/>" * 200, "<x a='" + "y" * 5000 + "'/>"])
def test_an_entry_larger_than_the_limit_is_passed_over_and_its_neighbours_are_kept(inside: str) -> None:
    data = document(section("11450-4", problem(), f"<act>{inside}</act>", problem("I10", id="p2")))
    assert broken(data, limit=4000) == [("xml.too_large", "")] and kinds(data, limit=4000) == ["Condition", "Condition"]


class Endless:
    """A document whose one tag, comment or text never ends."""

    def __init__(self, start: str, again: str, size: int) -> None:
        self._start, self._again, self._left = document(section("11450-4", problem(), "HERE")).split("HERE")[0].encode() + start.encode(), again.encode(), size

    def read(self, size: int, /) -> bytes:
        if self._start:
            given, self._start = self._start, b""
            return given
        self._left -= size
        return self._again * (size // len(self._again)) if self._left > 0 else b""


@pytest.mark.parametrize(("start", "again"), [("<a b='", "x"), ("<!--", "x"), ("<a ", "b "), ("<?x ", "y")])
def test_a_tag_or_comment_that_never_ends_ends_the_reading_soon(start: str, again: str) -> None:
    stream = Endless(start, again, 200 << 20)
    found = list(read_clinical_document(stream))
    assert [one.rule for one in found if isinstance(one, Broken)] in (["xml.too_large"], ["xml.syntax"])
    assert stream._left > (200 << 20) - 4 * TAG - 4 * CHUNK


def test_a_text_that_never_ends_is_not_held() -> None:
    tracemalloc.start()
    found = list(read_clinical_document(Endless("<act>", "words ", 40 << 20), limit=1 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.rule for one in found if isinstance(one, Broken)] == ["xml.too_large", "xml.truncated"] and peak < 12 << 20


@pytest.mark.slow
def test_200_megabytes_of_text_in_a_document_are_passed_over() -> None:
    found = list(read_clinical_document(Endless("<act>", "words ", 200 << 20)))
    assert [one.rule for one in found if isinstance(one, Broken)] == ["xml.too_large", "xml.truncated"]


def test_a_document_of_more_entries_than_any_has_is_read_up_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MOST_ENTRIES", 3)
    data = document(section("11450-4", *(problem(id=f"p{n}") for n in range(5))))
    assert broken(data) == [("xml.too_large", "")] and kinds(data) == ["Condition"] * 3


def test_sections_that_are_not_read_are_counted_one_by_one_up_to_a_bound() -> None:
    goal = result("").replace("EVN", "GOL")
    data = document(*(section(f"{n}-1", goal) for n in range(1100)))
    assert len(remarks(data)) == 1001 and ("ccda.unread_section", "", 100) in remarks(data)


def test_three_thousand_entries_of_one_number_that_say_different_things_are_all_kept() -> None:
    same = document(section("30954-2", *(result(f'<value xsi:type="PQ" value="{n}"/>') for n in range(3000))))
    assert len(set(keys(same, "Observation"))) == 3000


