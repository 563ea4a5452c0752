"""C-CDA: each entry becomes the record it is, with its translations, its narrative and its times; what is negated or planned says so."""

from typing import Any

import pytest

from collect.collect_ccda_given import (
    OID,
    PATIENT,
    bodies,
    body,
    broken,
    code,
    document,
    keys,
    kinds,
    medicine,
    panel,
    problem,
    records,
    remarks,
    result,
    section,
    template,
)

Body = dict[str, Any]


def one(loinc: str, entry: str, kind: str, *, text: str = "") -> Body:
    return body(document(section(loinc, entry, text=text)), kind)


# Values.


@pytest.mark.parametrize(
    ("element", "found"),
    [
        ('<value xsi:type="PQ" value="134.5" unit="g/L"/>', {"valueQuantity": {"value": 134.5, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}}),
        ('<value xsi:type="PQ" value="7"/>', {"valueQuantity": {"value": 7}}), ('<value xsi:type="INT" value="7"/>', {"valueQuantity": {"value": 7}}),
        ('<value xsi:type="REAL" value="7.10"/>', {"valueQuantity": {"value": 7.1}}), ('<value xsi:type="ST">pale</value>', {"valueString": "pale"}),
        ('<value xsi:type="IVL_PQ"><low value="3"/><high value="5"/></value>', {"valueRange": {"low": {"value": 3}, "high": {"value": 5}}}),
        ('<value xsi:type="IVL_PQ"><high value="5" inclusive="false"/></value>', {"valueQuantity": {"value": 5, "comparator": "<"}}),
        ('<value xsi:type="IVL_PQ"><low value="100"/></value>', {"valueQuantity": {"value": 100, "comparator": ">="}}),
        ('<value xsi:type="BL" value="true"/>', {"valueBoolean": True}), ('<value xsi:type="TS" value="20200101"/>', {"valueDateTime": "2020-01-01"}),
        ('<value xsi:type="RTO_PQ_PQ"><numerator value="1"/><denominator value="128"/></value>', {"valueRatio": {
            "numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ('<value xsi:type="CD" code="A" codeSystem="1.2.3" displayName="Group A"/>', {"valueCodeableConcept": {
            "coding": [{"system": "urn:oid:1.2.3", "code": "A", "display": "Group A"}], "text": "Group A"}}),
        ('<value xsi:type="PQ" value="many"/>', {"valueString": "many"}), ('<value xsi:type="PQ" nullFlavor="UNK"/>', {}), ("", {}),
        ('<value xsi:type="ED"><reference value="#n1"/></value>', {"valueString": "said there"}),
    ],
)
def test_a_value_is_read_by_its_type_and_by_what_it_is(element: str, found: Body) -> None:
    read = one("30954-2", result(element), "Observation", text='<content ID="n1">said <b>there</b></content>')
    assert {name: kept for name, kept in read.items() if name.startswith("value")} == found


def test_a_number_keeps_its_digits_in_the_record() -> None:
    (found,) = (r for r in records(document(section("30954-2", result('<value xsi:type="PQ" value="98.00" unit="%"/>')))) if r.kind == "Observation")
    assert '"value":98.00,' in found.body


def test_a_null_code_leaves_its_translations_and_its_text() -> None:
    entry = problem().replace(
        code("38341003", "Hypertension", tag="value", type="CD"),
        f'<value xsi:type="CD" nullFlavor="OTH"><originalText><reference value="#p1"/></originalText><translation code="I10" codeSystem="{OID}.6.90"/></value>',
    )
    found = one("11450-4", entry, "Condition", text='<table><tr ID="p1"><td>High blood pressure</td><td>since April</td></tr></table>')
    assert found["code"] == {"coding": [{"system": f"urn:oid:{OID}.6.90", "code": "I10"}], "text": "High blood pressure since April"}


def test_a_code_comes_before_its_translations() -> None:
    entry = problem().replace('displayName="Hypertension"></value>', f'displayName="Hypertension"><translation code="I10" codeSystem="{OID}.6.90"/></value>')
    assert [coding["code"] for coding in one("11450-4", entry, "Condition")["code"]["coding"]] == ["38341003", "I10"]


# Problems.


def test_a_problem_has_its_code_its_times_and_when_it_was_noted() -> None:
    found = one("11450-4", problem(times='<low value="20190401"/><high value="20190501"/>', more='<author><time value="20190402"/></author>'), "Condition")
    assert (found["onsetDateTime"], found["abatementDateTime"], found["recordedDate"]) == ("2019-04-01", "2019-05-01", "2019-04-02")
    assert (found["clinicalStatus"]["coding"][0]["code"], found["verificationStatus"]["coding"][0]["code"]) == ("resolved", "confirmed")
    assert found["code"]["coding"][0] == {"system": f"urn:oid:{OID}.6.96", "code": "38341003", "display": "Hypertension"}


def test_a_problem_without_a_time_has_its_concern_s_and_was_known_when_the_document_was_written() -> None:
    found = one("11450-4", problem(times='<low nullFlavor="UNK"/>'), "Condition")
    assert (found["onsetDateTime"], found["recordedDate"], found["clinicalStatus"]["coding"][0]["code"]) == ("2019-05-01", "2020-03-01", "active")


def test_a_status_inside_speaks_before_the_concern_s() -> None:
    status = f'<entryRelationship><observation>{template("22.4.6")}{code("413322009", "Resolved", tag="value", type="CD")}</observation></entryRelationship>'
    assert one("11450-4", problem(more=status), "Condition")["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert kinds(document(section("11450-4", problem(more=status)))) == ["Condition"]


def test_what_is_negated_is_refuted_and_what_is_nullified_is_an_error() -> None:
    assert one("11450-4", problem(negationInd="true"), "Condition")["verificationStatus"]["coding"][0]["code"] == "refuted"
    nullified = problem().replace('<statusCode code="active"/>', '<statusCode code="nullified"/>')
    assert one("11450-4", nullified, "Condition")["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_a_problem_without_code_or_text_is_set_aside_and_its_neighbours_are_kept() -> None:
    empty = problem().replace(code("38341003", "Hypertension", tag="value", type="CD"), '<value xsi:type="CD" nullFlavor="UNK"/>')
    data = document(section("11450-4", empty, problem(id="p2")))
    assert broken(data) == [("ccda.no_code", "Condition")] and kinds(data) == ["Condition"]


def test_an_entry_that_says_there_is_no_information_is_no_record() -> None:
    assert kinds(document(section("11450-4", '<act nullFlavor="NI"/>', problem().replace("<act ", '<act nullFlavor="NI" ')))) == []


def test_another_s_history_never_becomes_the_patient_s() -> None:
    family = f'<organizer>{template("22.4.45")}<component><observation moodCode="EVN">{template("22.4.46")}{code("1")}{code("2", "Cancer", tag="value", type="CD")}' \
        "</observation></component></organizer>"
    data = document(section("10157-6", family, problem()), section("11450-4", family))
    assert kinds(data) == [] and remarks(data) == [("ccda.unread_section", "10157-6", 2), ("ccda.unread_section", "11450-4", 1)]


def test_without_templates_the_section_says_what_an_observation_is() -> None:
    bare = f'<observation moodCode="EVN"><id root="{OID}.19.1" extension="x"/>{code("X", "Diagnosis")}<effectiveTime value="20200101"/>'
    coded, text = bare + code("I10", "High", tag="value", type="CD") + "</observation>", bare + '<value xsi:type="ST">well</value></observation>'
    assert kinds(document(section("11450-4", coded), section("11450-4", text), section("30954-2", coded))) == ["Condition", "Observation", "Observation"]


# Allergies.


def allergy(*, substance: str = code("70618", "Penicillin", f"{OID}.6.88"), more: str = "", **attributes: str) -> str:
    said = "".join(f' {key}="{text}"' for key, text in attributes.items())
    who = f"<participant><participantRole><playingEntity>{substance}</playingEntity></participantRole></participant>" if substance else ""
    return (
        f'<act>{template("22.4.30")}<entryRelationship><observation moodCode="EVN"{said}>{template("22.4.7")}<id root="{OID}.19.6" extension="a1"/>{code("ASSERTION")}'
        f'<effectiveTime><low value="19980501"/></effectiveTime>{code("416098002", "Drug allergy", tag="value", type="CD")}{who}{more}</observation></entryRelationship>'
        f'<entryRelationship><observation moodCode="EVN">{template("22.4.8")}{code("SEV")}{code("6736007", "Moderate", tag="value", type="CD")}</observation>'
        "</entryRelationship></act>"
    )


def test_an_allergy_is_to_its_substance_with_its_reactions_and_its_criticality() -> None:
    inner = "".join(
        f'<entryRelationship><observation>{template(number)}{code("x")}{code(found, name, tag="value", type="CD")}</observation></entryRelationship>'
        for number, found, name in (("22.4.9", "247472004", "Hives"), ("22.4.145", "CRITH", "high"))
    )
    found = one("48765-2", allergy(more=inner), "AllergyIntolerance")
    assert (found["code"]["text"], found["onsetDateTime"], found["category"], found["criticality"]) == ("Penicillin", "1998-05-01", ["medication"], "high")
    assert found["reaction"][0]["manifestation"][0]["text"] == "Hives"
    assert kinds(document(section("48765-2", allergy(more=inner)))) == ["AllergyIntolerance"]


def test_no_known_allergies_is_a_refuted_allergy() -> None:
    found = one("48765-2", allergy(substance="", negationInd="true"), "AllergyIntolerance")
    assert found["verificationStatus"]["coding"][0]["code"] == "refuted" and found["code"]["text"] == "Drug allergy"


# Results.


def test_a_panel_is_a_report_of_its_results_and_gives_them_its_time() -> None:
    data = document(section("30954-2", panel(result('<value xsi:type="PQ" value="5"/>', time=""), result('<value xsi:type="PQ" value="6"/>', id="r2", loinc="777-3"))))
    first, second = bodies(data, "Observation")
    assert (first["effectiveDateTime"], second["effectiveDateTime"]) == ("2020-01-31", "2020-02-01")
    report = body(data, "DiagnosticReport")
    assert [found["reference"] for found in report["result"]] == [f"Observation/{key}" for key in keys(data, "Observation")]
    assert first["category"][0]["coding"][0]["code"] == "laboratory"


def test_a_result_has_its_range_its_interpretation_and_its_method() -> None:
    more = """<interpretationCode code="L" codeSystem="1.2"/><methodCode code="M" codeSystem="1.2"/><targetSiteCode code="S" codeSystem="1.2"/><referenceRange>
        <observationRange><text>normal: 115 to 150</text><value xsi:type="IVL_PQ"><low value="115" unit="g/L"/><high value="150" unit="g/L"/></value>
        </observationRange></referenceRange>"""
    found = one("30954-2", result('<value xsi:type="PQ" value="99" unit="g/L"/>', more=more), "Observation")
    assert (found["interpretation"][0]["coding"][0]["code"], found["method"]["coding"][0]["code"], found["bodySite"]["coding"][0]["code"]) == ("L", "M", "S")
    (ranged,) = found["referenceRange"]
    assert (ranged["low"]["value"], ranged["high"]["value"], ranged["text"]) == (115, 150, "normal: 115 to 150")


@pytest.mark.parametrize(
    ("status", "found"),
    [("completed", "final"), ("active", "preliminary"), ("aborted", "cancelled"), ("nullified", "entered-in-error"), ("", "final")],
)
def test_a_result_has_its_status(status: str, found: str) -> None:
    assert one("30954-2", result('<value xsi:type="PQ" value="5"/>', status=status), "Observation")["status"] == found


def test_several_values_of_one_observation_are_an_observation_each() -> None:
    data = document(section("30954-2", result('<value xsi:type="PQ" value="5"/><value xsi:type="PQ" value="6"/>')))
    assert [found["valueQuantity"]["value"] for found in bodies(data, "Observation")] == [5, 6] and len(set(keys(data, "Observation"))) == 2


@pytest.mark.parametrize(("loinc", "category"), [("8716-3", "vital-signs"), ("29762-2", "social-history"), ("47420-5", "survey")])
def test_vital_signs_social_history_and_function_are_observations_of_their_own_category(loinc: str, category: str) -> None:
    found = one(loinc, result('<value xsi:type="PQ" value="80" unit="kg"/>', more="").replace("22.4.2", "22.4.27"), "Observation")
    assert found["category"][0]["coding"][0]["code"] == category


def test_a_goal_or_a_request_is_no_observation() -> None:
    for mood in ("GOL", "RQO", "INT"):
        assert kinds(document(section("30954-2", result('<value xsi:type="PQ" value="5"/>').replace('"EVN"', f'"{mood}"')))) == []


# Treatments.

TIMES = """<effectiveTime xsi:type="IVL_TS"><low value="20200101"/><high value="20200401"/></effectiveTime><effectiveTime xsi:type="PIVL_TS" operator="A">
<period value="12" unit="h"/></effectiveTime><routeCode code="C38288" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Oral"/><doseQuantity value="1"/>"""


def test_a_medicine_taken_is_a_statement_with_its_course_its_way_and_its_dose() -> None:
    found = one("10160-0", medicine(more=f'<text><reference value="#m1"/></text>{TIMES}'), "MedicationStatement", text='<p ID="m1">one twice a day</p>')
    assert found["effectivePeriod"] == {"start": "2020-01-01", "end": "2020-04-01"} and found["status"] == "active"
    (dosage,) = found["dosage"]
    assert (dosage["text"], dosage["route"]["text"]) == ("one twice a day", "Oral")
    assert dosage["timing"]["repeat"] == {"frequency": 1, "period": 12, "periodUnit": "h"} and dosage["doseAndRate"] == [{"doseQuantity": {"value": 1}}]
    assert found["dateAsserted"] == "2020-03-01"


def test_a_medicine_ordered_is_a_request_and_one_planned_a_draft() -> None:
    supply = '<entryRelationship><supply><repeatNumber value="2"/><quantity value="30"/></supply></entryRelationship>'
    ordered = one("10160-0", medicine(mood="INT", more=TIMES + supply), "MedicationRequest")
    assert (ordered["status"], ordered["intent"]) == ("active", "order")
    assert ordered["dispenseRequest"] == {
        "validityPeriod": {"start": "2020-01-01", "end": "2020-04-01"}, "quantity": {"value": 30}, "numberOfRepeatsAllowed": 2,
    }
    planned = one("18776-5", medicine(mood="INT"), "MedicationRequest")
    assert (planned["status"], planned["intent"]) == ("draft", "plan")


def test_a_medicine_not_taken_says_so_and_a_medicine_without_a_code_has_its_name() -> None:
    assert one("10160-0", medicine(negationInd="true"), "MedicationStatement")["status"] == "not-taken"
    named = medicine().replace(code("197380", "Atenolol", f"{OID}.6.88"), "<code nullFlavor='UNK'/><name>My grandmother's tea</name>")
    assert one("10160-0", named, "MedicationStatement")["medicationCodeableConcept"] == {"text": "My grandmother's tea"}


def test_a_vaccine_is_an_immunisation_and_a_refused_one_was_not_given() -> None:
    given = one("11369-6", medicine("88", templated="22.4.52", status="completed", more='<effectiveTime value="20191101"/>'), "Immunization")
    assert (given["status"], given["occurrenceDateTime"], given["lotNumber"]) == ("completed", "2019-11-01", "L7")
    why = f'<entryRelationship><observation>{template("22.4.53")}{code("PATOBJ", "patient objection")}</observation></entryRelationship>'
    refused = one("11369-6", medicine("88", templated="22.4.52", negationInd="true", more=why), "Immunization")
    assert (refused["status"], refused["statusReason"]["text"]) == ("not-done", "patient objection")
    assert kinds(document(section("11369-6", medicine(templated="99.9.9")))) == ["Immunization"]


def procedure(tag: str, number: str, mood: str = "EVN", *, status: str = "completed", **attributes: str) -> str:
    said = "".join(f' {key}="{text}"' for key, text in attributes.items())
    return (
        f'<{tag} moodCode="{mood}"{said}>{template(number)}<id root="{OID}.19.7" extension="{tag}"/>{code("103716009", "Stent")}<statusCode code="{status}"/>'
        f'<effectiveTime value="20190512"/><targetSiteCode code="28273000" codeSystem="{OID}.6.96"/></{tag}>'
    )


def test_procedures_acts_and_observations_that_are_procedures_are_procedures() -> None:
    entries = [procedure("procedure", "22.4.14"), procedure("act", "22.4.12"), procedure("observation", "22.4.13")]
    found = bodies(document(section("47519-4", *entries)), "Procedure")
    assert [(each["status"], each["performedDateTime"]) for each in found] == [("completed", "2019-05-12")] * 3


def test_a_procedure_not_done_says_so_and_a_planned_one_is_a_draft_of_a_request() -> None:
    assert one("47519-4", procedure("procedure", "22.4.14", negationInd="true"), "Procedure")["status"] == "not-done"
    assert one("47519-4", procedure("procedure", "22.4.14", status="cancelled"), "Procedure")["status"] == "not-done"
    data = document(section("18776-5", procedure("procedure", "22.4.41", "RQO")))
    assert (body(data, "ServiceRequest")["status"], kinds(data)) == ("draft", ["ServiceRequest"])


def test_a_visit_of_the_past_is_an_encounter_and_its_diagnoses_refer_to_it() -> None:
    visit = (
        f'<encounter moodCode="EVN">{template("22.4.49")}<id root="{OID}.19.5" extension="V0"/>'
        + code("99213", "Office visit", f"{OID}.6.12", inner=f'<translation code="AMB" codeSystem="{OID}.5.4"/>')
        + f'<effectiveTime><low value="20190301"/><high value="20190302"/></effectiveTime><entryRelationship><act>{template("22.4.80")}'
        + problem().split(template("22.4.3"))[1] + "</entryRelationship></encounter>"
    )
    data = document(section("46240-8", visit))
    found = body(data, "Encounter")
    assert (found["class"]["code"], found["period"], found["status"]) == ("AMB", {"start": "2019-03-01", "end": "2019-03-02"}, "finished")
    assert body(data, "Condition")["encounter"]["reference"] == f"Encounter/{keys(data, 'Encounter')[0]}"


# By what an entry is known.


def test_an_entry_sent_again_corrected_is_the_same_record() -> None:
    first, again = (document(section("11450-4", problem(times=f'<low value="{day}"/>')), id=day) for day in ("20190401", "20190402"))
    assert keys(first, "Condition") == keys(again, "Condition") and bodies(first, "Condition") != bodies(again, "Condition")


def test_entries_that_share_a_number_but_not_what_they_say_are_all_kept_and_equal_ones_are_one() -> None:
    data = document(section("11450-4", problem(), problem("I10"), problem(), problem(times='<low value="20200101"/>')))
    found = keys(data, "Condition")
    assert len(found) == 4 and len(set(found)) == 3 and found[0] == found[2]


def test_the_same_number_of_another_patient_is_another_record() -> None:
    other = document(section("11450-4", problem()), patient=PATIENT.replace('"100"', '"200"'))
    assert keys(other, "Condition") != keys(document(section("11450-4", problem())), "Condition")


def test_an_entry_without_a_number_is_known_by_patient_code_and_time() -> None:
    bare = problem().replace(f'<id root="{OID}.19.1" extension="p1"/>', "")
    assert keys(document(section("11450-4", bare)), "Condition") == keys(document(section("11348-0", bare), id="d2"), "Condition")


def test_wrong_times_are_left_out_and_counted() -> None:
    data = document(section("30954-2", result("", time='<effectiveTime value="20013103"/>')))
    assert "effectiveDateTime" not in body(data, "Observation") and remarks(data) == [("ccda.bad_date", "", 1)]


def test_sections_may_stand_within_sections_each_with_its_own_code_and_narrative() -> None:
    inner = section("30954-2", result('<value xsi:type="ED"><reference value="#n"/></value>'), text='<p ID="n">inner</p>')
    outer = f'<component><section><code code="11450-4"/><text><p ID="n">outer</p></text>{inner}<entry>{problem()}</entry></section></component>'
    data = document(outer)
    assert kinds(data) == ["Observation", "Condition"] and body(data, "Observation")["valueString"] == "inner"
