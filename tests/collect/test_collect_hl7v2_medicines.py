"""HL7 v2: a medicine is asked for, handed out, given; a vaccine is given or refused; each is known by its order's number."""

import pytest

from collect.collect_hl7v2_given import PID, PV1, bodies, body, keys, kinds, message, seg

CODE = "197380^Atenolol 25 mg^RXNORM"


def prescription(control: str = "NW", number: str = "P1", **fields: str) -> str:
    base = {2: CODE, 3: "1", 5: "tab", 7: "^Take one daily", 10: "30", 11: "tab", 12: "2"}
    rxe = seg("RXE", base | {int(name[1:]): value for name, value in fields.items()})
    return message(PID, PV1, f"ORC|{control}|{number}|||||^^^20200301^20200330||20200229", rxe, "NTE|1||with water", "RXR|PO^Oral", type="RDE^O11")


def test_a_prescription_says_what_how_much_how_often_and_how_long() -> None:
    found = body(prescription(), "MedicationRequest")
    assert found["medicationCodeableConcept"]["coding"][0]["system"] == "http://www.nlm.nih.gov/research/umls/rxnorm"
    (dosage,) = found["dosageInstruction"]
    assert (dosage["text"], dosage["route"]["text"], dosage["doseAndRate"]) == ("Take one daily", "Oral", [{"doseQuantity": {"value": 1, "unit": "tab"}}])
    assert found["dispenseRequest"] == {
        "validityPeriod": {"start": "2020-03-01", "end": "2020-03-30"}, "numberOfRepeatsAllowed": 2, "quantity": {"value": 30, "unit": "tab"},
    }
    assert (found["authoredOn"], found["note"], found["status"]) == ("2020-02-29", [{"text": "with water"}], "active")


@pytest.mark.parametrize(("control", "status"), [("NW", "active"), ("CA", "revoked"), ("DC", "revoked"), ("HD", "on-hold"), ("XO", "active")])
def test_a_prescription_changed_or_stopped_is_the_same_one(control: str, status: str) -> None:
    changed = prescription(control, f2="308136^Amlodipine^RXNORM")
    assert keys(changed, "MedicationRequest") == keys(prescription(), "MedicationRequest")
    assert body(changed, "MedicationRequest")["status"] == status


def test_the_encoded_order_speaks_for_the_request_before_it_and_alone_the_request_speaks() -> None:
    both = message(PID, "ORC|NW|P1", "RXO|A^asked|1", f"RXE||{CODE}|1", type="RDE^O11")
    assert [one["medicationCodeableConcept"]["text"] for one in bodies(both, "MedicationRequest")] == ["Atenolol 25 mg"]
    alone = message(PID, "ORC|NW|P1", "RXO|A^asked|1||mg|||^by mouth||||30|tab|1", "TQ1|1||||||20200301|20200310", type="OMP^O09")
    found = body(alone, "MedicationRequest")
    assert found["medicationCodeableConcept"]["text"] == "asked" and found["dosageInstruction"][0]["text"] == "by mouth"
    assert found["dispenseRequest"]["validityPeriod"] == {"start": "2020-03-01", "end": "2020-03-10"}
    assert keys(alone, "MedicationRequest") == keys(both, "MedicationRequest")


def test_several_prescriptions_of_one_message_stay_apart() -> None:
    data = message(PID, "ORC|NW|P1", "RXE||A^a|1", "ORC|NW|P2", "RXE||B^b|1", "OBR|1|P3||CT^ct", type="RDE^O11")
    assert [one["medicationCodeableConcept"]["text"] for one in bodies(data, "MedicationRequest")] == ["a", "b"]
    assert len(set(keys(data, "MedicationRequest"))) == 2 and kinds(data)[-1] == "ServiceRequest"
    unnumbered = message(PID, "ORC|NW", "RXE||A^a|1", "ORC|NW", "RXE||A^a|1", type="RDE^O11")
    assert len(set(keys(unnumbered, "MedicationRequest"))) == 2


def test_what_was_handed_out_is_known_by_its_order_and_its_count() -> None:
    data = [message(PID, PV1, "ORC|RE|P1|F1", f"RXD|{n}|{CODE}|20200301|30|tab|||1|with food", "RXR|PO^Oral", type="RDS^O13") for n in (1, 2)]
    found = body(data[0], "MedicationDispense")
    assert (found["whenHandedOver"], found["quantity"], found["status"]) == ("2020-03-01", {"value": 30, "unit": "tab"}, "completed")
    assert found["note"] == [{"text": "with food"}] and found["context"]["reference"].startswith("Encounter/")
    assert keys(data[0], "MedicationDispense") != keys(data[1], "MedicationDispense")


def rxa(code: str = CODE, **fields: str) -> str:
    base = {1: "0", 2: "1", 3: "202003010800", 5: code, 6: "25", 7: "mg"}
    return seg("RXA", base | {int(name[1:]): value for name, value in fields.items()})


def test_a_medicine_given_has_its_time_its_dose_and_its_way() -> None:
    found = body(message(PID, PV1, "ORC|RE|P1|F1", rxa(), "RXR|IV^Intravenous|LA^Left arm", type="RAS^O17"), "MedicationAdministration")
    assert (found["effectiveDateTime"], found["status"]) == ("2020-03-01T08:00:00", "completed")
    assert found["dosage"]["dose"] == {"value": 25, "unit": "mg"} and found["dosage"]["route"]["text"] == "Intravenous"
    over = body(message(PID, "ORC|RE|P1|F1", rxa(f4="202003010900"), type="RAS^O17"), "MedicationAdministration")
    assert over["effectivePeriod"] == {"start": "2020-03-01T08:00:00", "end": "2020-03-01T09:00:00"} and "effectiveDateTime" not in over


def test_each_giving_of_an_order_is_one_record_and_sent_again_the_same() -> None:
    morning, evening = (message(PID, "ORC|RE|P1|F1", rxa(f3=f"20200301{hour}00"), type="RAS^O17") for hour in ("08", "20"))
    assert keys(morning, "MedicationAdministration") == keys(morning, "MedicationAdministration") != keys(evening, "MedicationAdministration")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"f20": "CP"}, "completed"), ({"f20": "RE"}, "not-done"), ({"f20": "NA"}, "not-done"), ({"f20": "PA"}, "completed"),
        ({"f21": "D"}, "entered-in-error"),
    ],
)
def test_what_was_refused_was_not_given_and_what_was_deleted_is_an_error(fields: dict[str, str], status: str) -> None:
    data = message(PID, "ORC|RE||V1^CLINIC", rxa("141^Influenza^CVX", **fields), type="VXU^V04")
    assert body(data, "Immunization")["status"] == status


def test_a_vaccination_has_lot_maker_reason_and_no_dose_where_none_is_known() -> None:
    given = rxa("141^Influenza^CVX", f6="999", f15="LOT7", f16="20201231", f17="PMC^Sanofi^MVX", f18="00^Parental refusal")
    data = message(PID, "ORC|RE||V1^CLINIC", given, type="VXU^V04")
    found = body(data, "Immunization")
    assert (found["lotNumber"], found["expirationDate"], found["manufacturer"]["display"]) == ("LOT7", "2020-12-31", "Sanofi")
    assert found["statusReason"]["text"] == "Parental refusal" and "doseQuantity" not in found and found["occurrenceDateTime"] == "2020-03-01T08:00:00"


def test_a_vaccine_is_one_by_its_code_in_any_message() -> None:
    assert kinds(message(PID, "ORC|RE|P1", rxa("141^Influenza^CVX"), type="RAS^O17"))[-1] == "Immunization"


def test_vaccinations_are_known_by_their_number_and_those_with_none_by_patient_vaccine_and_day() -> None:
    one, other = (message(PID, f"ORC|RE||{number}", rxa("141^Influenza^CVX"), type="VXU^V04") for number in ("V1^CLINIC", "V2^CLINIC"))
    assert keys(one, "Immunization") != keys(other, "Immunization")
    refused = message(PID, "ORC|RE||9999", rxa("141^Influenza^CVX", f20="RE"), "ORC|RE||9999", rxa("33^Pneumo^CVX", f20="RE"), type="VXU^V04")
    assert len(set(keys(refused, "Immunization"))) == 2
    assert keys(refused, "Immunization") != keys(refused.replace("100^^^HIS", "200^^^HIS"), "Immunization")


def test_what_was_observed_beside_a_vaccination_without_a_number_stays_with_its_patient() -> None:
    one, other = (
        message(PID.replace("100", number), "ORC|RE||9999", rxa("141^Influenza^CVX", f20="RE"), "OBX|1|CE|59784-9^Disease^LN|1|A^a", type="VXU^V04")
        for number in ("100", "200")
    )
    assert keys(one, "Observation") != keys(other, "Observation")
