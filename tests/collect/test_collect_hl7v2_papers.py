"""HL7 v2: appointments, documents and charges are kept under their own numbers; what is cancelled or replaced says so."""

from base64 import b64decode

import pytest

from collect.collect_hl7v2_given import PID, PV1, body, broken, keys, kinds, message, seg
from dujiang.collect.readers.writing import patient_key


def appointment(event: str = "S12", status: str = "Booked") -> str:
    sch = seg("SCH", {1: "P1^HIS", 2: "F1^HIS", 7: "R^Routine", 8: "FUP^Follow-up", 9: "30", 11: "^^30^202003011000^202003011030", 25: status})
    return message(sch, PID, PV1, "RGS|1", "AIS|1||CARD^Cardiology|202003011000", "AIL|1||ROOM1^Room one", "AIP|1||D7^Li", type=f"SIU^{event}")


@pytest.mark.parametrize(
    ("event", "status", "found"),
    [
        ("S12", "Booked", "booked"), ("S13", "", "booked"), ("S15", "Booked", "cancelled"), ("S17", "", "entered-in-error"), ("S26", "", "noshow"),
        ("S14", "Complete", "fulfilled"), ("S14", "No Show", "noshow"),
    ],
)
def test_an_appointment_stands_as_its_event_or_its_status_says(event: str, status: str, found: str) -> None:
    assert body(appointment(event, status), "Appointment")["status"] == found


def test_an_appointment_has_its_time_its_service_and_who_is_expected_and_is_one_through_its_events() -> None:
    found = body(appointment(), "Appointment")
    assert (found["start"], found["end"], found["minutesDuration"]) == ("2020-03-01T10:00:00", "2020-03-01T10:30:00", 30)
    assert found["serviceType"][0]["text"] == "Cardiology"
    assert [one["actor"] for one in found["participant"]] == [{"reference": f"Patient/{patient_key('HIS', '100')}"}, {"display": "Room one"}]
    assert len({key for event in ("S12", "S13", "S15") for key in keys(appointment(event), "Appointment")}) == 1


def test_an_appointment_of_nobody_is_set_aside() -> None:
    data = message("SCH|P1|F1", "RGS|1", type="SIU^S12")
    assert broken(data) == [(2, "hl7v2.no_patient", "SCH")] and kinds(data) == []


def document(event: str = "T02", *results: str, **fields: str) -> str:
    txa = {1: "1", 2: "PN^Progress note", 4: "202003011200", 12: "D1^HIS", 17: "AU", **{int(name[1:]): value for name, value in fields.items()}}
    content = results or ("OBX|1|TX|N^Note||The patient", "OBX|2|TX|N^Note||is well.")
    return message("EVN|T02|2020", PID, PV1, seg("TXA", txa), *content, type=f"MDM^{event}")


def test_a_document_has_its_type_its_time_and_its_text() -> None:
    found = body(document(), "DocumentReference")
    assert (found["type"]["text"], found["date"], found["docStatus"], found["status"]) == ("Progress note", "2020-03-01T12:00:00", "final", "current")
    (content,) = found["content"]
    assert b64decode(content["attachment"]["data"]).decode() == "The patient\nis well."
    assert "Observation" not in kinds(document())


def test_a_document_may_bring_an_attachment_and_measurements_beside_its_text() -> None:
    data = document("T02", "OBX|1|ED|P^PDF||^application^pdf^Base64^QUJD", "OBX|2|NM|K^K||5", "OBX|3|TX|N^Note||well")
    assert [one["attachment"]["contentType"] for one in body(data, "DocumentReference")["content"]] == ["text/plain;charset=utf-8", "application/pdf"]
    assert kinds(data).count("Observation") == 1


def test_a_document_replaces_or_adds_to_the_one_it_names_and_may_be_cancelled() -> None:
    key = keys(document(), "DocumentReference")[0]
    replaced = body(document("T10", f12="D2^HIS", f13="D1^HIS"), "DocumentReference")
    assert replaced["relatesTo"] == [{"code": "replaces", "target": {"reference": f"DocumentReference/{key}"}}]
    assert body(document("T06", f12="D2^HIS", f13="D1^HIS"), "DocumentReference")["relatesTo"][0]["code"] == "appends"
    assert keys(document("T11"), "DocumentReference") == [key] and body(document("T11"), "DocumentReference")["status"] == "entered-in-error"


def test_results_under_a_document_of_a_specimen_stay_results() -> None:
    data = message(PID, "OBR|1||F1|SCAN", "TXA|1|DIS||2020||||||||D1", "OBX|1|ST|A^a||positive", type="OUL^R22")
    assert kinds(data) == ["Patient.mentioned", "Observation", "DiagnosticReport", "DocumentReference"]


def test_a_charge_has_its_code_its_count_and_its_price() -> None:
    ft1 = seg("FT1", {1: "1", 2: "T1^HIS", 4: "20200301", 6: "CG", 7: "71045^X-ray^C4", 10: "2", 11: "100.50&CNY", 19: "R07^Pain^I10", 25: "71045^X-ray chest^C4"})
    data = message(PID, PV1, ft1, "DG1|1||R07", "PR1|1||71045^X-ray^C4||20200301", type="DFT^P03")
    found = body(data, "ChargeItem")
    assert (found["code"]["text"], found["quantity"]["value"], found["priceOverride"]) == ("X-ray chest", 2, {"value": 100.5, "currency": "CNY"})
    assert found["reason"][0]["coding"][0]["code"] == "R07" and found["occurrenceDateTime"] == "2020-03-01"
    assert kinds(data) == ["Patient.mentioned", "Encounter.mentioned", "ChargeItem", "Condition", "Procedure"]
    credit = message(PID, PV1, ft1.replace("|CG|", "|CR|"), type="DFT^P03")
    assert keys(credit, "ChargeItem") != keys(data, "ChargeItem") and body(credit, "ChargeItem")["status"] == "not-billable"
