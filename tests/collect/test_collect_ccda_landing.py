"""C-CDA ashore: documents land, are listed and standardised like everything else."""

import pytest

from collect.collect_ccda_given import FULL, OID, PATIENT, code, document, medicine, problem, result, section, template
from collect.collect_hl7v2_given import PID, message
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.reading import look
from dujiang.collect.rules import COUNTED, QUARANTINE, REMARKS


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("a.xml", FULL, "ccda"), ("a", "\ufeff\n" + FULL, "ccda"), ("a.xml", FULL.replace("<", "<c:").replace("<c:?", "<?"), "ccda"), ("a.CCDA", "no xml", "ccda"),
        ("a.xml", "<ClinicalDocument>", "ccda"), ("a.cda.gz", "x", "ccda"), ("a.xml", "<Patient xmlns='http://hl7.org/fhir'/>", "unknown"),
        ("a.xml", "<html>ClinicalDocument</html>", "unknown"), ("a.xml", "<ClinicalDocuments/>", "unknown"), ("a.xml", "", "empty"),
    ],
)
def test_documents_are_known_by_their_root_or_by_the_file_s_name(name: str, text: str, reader: str) -> None:
    assert look(name, text.encode()).reader == reader


def test_a_document_in_utf_16_is_known_too() -> None:
    assert look("a.xml", FULL.encode("utf-16")).reader == "ccda"


def test_a_document_becomes_a_person_with_conditions_measurements_drugs_and_procedures(shore: Shore) -> None:
    arrival = shore.land({"a.xml": FULL})
    assert {one.form for one in arrival.files} == {"ccda"} and arrival.quarantined == 0
    rows = standard_rows(shore, arrival)
    counts = {name: len(rows[name]) for name in ("person", "condition_occurrence", "drug_exposure", "procedure_occurrence", "measurement")}
    assert counts == {"person": 1, "condition_occurrence": 1, "drug_exposure": 2, "procedure_occurrence": 1, "measurement": 1}
    (condition,) = rows["condition_occurrence"]
    assert (condition["x_codes"], str(condition["condition_start_date"])) == ("SNOMED|38341003", "2019-04-01")
    (measured,) = rows["measurement"]
    assert (measured["value_source_value"], measured["unit_source_value"], measured["x_codes"]) == ("134.50", "g/L", "LOINC|718-7")
    assert {row["drug_type_concept_id"] for row in rows["drug_exposure"]} == {32817, 32818}


def test_what_was_refuted_not_taken_or_only_planned_makes_no_standard_row(shore: Shore) -> None:
    planned = f'<procedure moodCode="RQO">{template("22.4.41")}{code("1", "Stent")}</procedure>'
    rows = standard_rows(shore, shore.land({"a.xml": document(
        section("11450-4", problem(negationInd="true")), section("10160-0", medicine(negationInd="true")), section("18776-5", medicine(mood="INT"), planned),
    )}))
    assert sorted((row["kind"] == "DocumentReference", row["rule"]) for row in rows["x_dangling"]) == [*[(False, "record.not_done")] * 3, (True, "note.no_text")]
    assert not any(rows[name] for name in ("condition_occurrence", "drug_exposure", "procedure_occurrence"))


def test_a_document_and_messages_of_one_authority_are_of_one_person_and_the_document_overrides_nothing(shore: Shore) -> None:
    adt = message(PID.replace("100^^^HIS^MR", f"100^^^HIS&{OID}.19&ISO^MR").replace("|M", "|F"))
    rows = standard_rows(shore, shore.land({"a.hl7": adt}), shore.land({"b.xml": FULL}))
    assert [row["gender_source_value"] for row in rows["person"]] == ["female"] and len(rows["condition_occurrence"]) == 1


def test_a_replacement_corrects_the_entries_it_repeats(shore: Shore) -> None:
    first, second = (document(section("11450-4", problem(times=f'<low value="{day}"/>')), id=day) for day in ("20190401", "20190402"))
    rows = standard_rows(shore, shore.land({"1.xml": first}), shore.land({"2.xml": second}))
    assert [str(row["condition_start_date"]) for row in rows["condition_occurrence"]] == ["2019-04-02"]


def test_every_rule_of_documents_has_a_sentence_in_both_languages_and_good_neighbours_land(shore: Shore) -> None:
    empty = problem().replace(code("38341003", "Hypertension", tag="value", type="CD"), '<value xsi:type="CD" nullFlavor="UNK"/>')
    goal, undated = result("").replace("EVN", "GOL"), result("", time='<effectiveTime value="x"/>')
    arrival = shore.land({
        "1.xml": FULL, "2.xml": FULL[:-900], "3.ccda": "<a/>", "4.xml": FULL.replace("<ClinicalDocument", "<!DOCTYPE a><ClinicalDocument", 1),
        "5.xml": FULL.replace(PATIENT, ""), "6.xml": document(section("11450-4", empty), section("61146-7", goal), section("30954-2", undated)),
        "7.ccda": "words", "8.xml": document().replace("structuredBody", "nonXMLBody"), "9.xml": document(section("11450-4", "<a>" * 500)),
    })
    found = {rule for rule in arrival.by_rule if rule not in COUNTED}
    assert found == {"xml.truncated", "ccda.no_document", "xml.doctype", "ccda.no_patient", "ccda.no_code", "xml.syntax", "xml.too_large"}
    assert {one.rule for one in arrival.findings} == {"ccda.unread_section", "ccda.bad_date", "ccda.text_only"}
    assert all(QUARANTINE[rule].en and QUARANTINE[rule].zh for rule in found) and all(REMARKS[one.rule].zh for one in arrival.findings)
    assert arrival.by_kind["Condition"] == 1 and arrival.by_kind["Procedure"] >= 1
