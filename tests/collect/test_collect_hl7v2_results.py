"""HL7 v2: results are observations under the numbers of their order: sent again they are the same, corrected they replace, withdrawn they go."""

from typing import Any

import pytest

from collect.collect_hl7v2_given import PID, bodies, body, broken, keys, kinds, message, oru, records, seg


def obx(value: str = "5.20", type: str = "NM", code: str = "K^Potassium^L", unit: str = "mmol/L", **fields: str) -> str:
    return seg("OBX", {1: "1", 2: type, 3: code, 5: value, 6: unit, 11: "F", **{int(name[1:]): text for name, text in fields.items()}})


def one(*segments: str) -> dict[str, Any]:
    return body(oru(*segments), "Observation")


def value(type: str, text: str, unit: str = "") -> dict[str, Any]:
    return {name: found for name, found in one(obx(text, type, unit=unit)).items() if name.startswith("value")}


@pytest.mark.parametrize(
    ("type", "text", "unit", "found"),
    [
        ("NM", "5.20", "mmol/L", {"valueQuantity": {"value": 5.2, "unit": "mmol/L"}}),
        ("NM", "5", "mmol/L^millimole per litre^UCUM", {"valueQuantity": {
            "value": 5, "unit": "millimole per litre", "system": "http://unitsofmeasure.org", "code": "mmol/L"}}),
        ("NM", "<0.5", "ng", {"valueQuantity": {"value": 0.5, "comparator": "<", "unit": "ng"}}),
        ("NM", "haemolysed", "mmol/L", {"valueString": "haemolysed"}),
        ("ST", "5.2", "mmol/L", {"valueQuantity": {"value": 5.2, "unit": "mmol/L"}}), ("ST", "5.2", "", {"valueString": "5.2"}),
        ("", "5.2", "mmol/L", {"valueQuantity": {"value": 5.2, "unit": "mmol/L"}}), ("ST", "positive", "x", {"valueString": "positive"}),
        ("SN", ">^100", "", {"valueQuantity": {"value": 100, "comparator": ">"}}), ("SN", "^10", "g", {"valueQuantity": {"value": 10, "unit": "g"}}),
        ("SN", "=^7", "", {"valueQuantity": {"value": 7}}), ("SN", "^2^-^3", "", {"valueRange": {"low": {"value": 2}, "high": {"value": 3}}}),
        ("SN", "^1^:^128", "", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}), ("SN", "^3^+", "", {"valueString": "3+"}),
        ("CE", "A^Group A^L", "", {"valueCodeableConcept": {"coding": [{"system": "L", "code": "A", "display": "Group A"}], "text": "Group A"}}),
        ("CWE", "^^^^^^^^only said", "", {"valueCodeableConcept": {"text": "only said"}}),
        ("TX", "one~two", "", {"valueString": "one\ntwo"}), ("FT", "a\\.br\\b", "", {"valueString": "a\nb"}), ("DT", "20200301", "", {"valueDateTime": "2020-03-01"}),
        ("TS", "when it rains", "", {"valueString": "when it rains"}), ("XAD", "1 High St^^Leshan", "", {"valueString": "1 High St^^Leshan"}),
        ("NM", '""', "", {}), ("NM", "", "", {}), ("ED", "^IM^PNG^Base64^QUJD", "", {}),
    ],
)
def test_a_value_is_what_it_is_whatever_it_is_said_to_be(type: str, text: str, unit: str, found: dict[str, Any]) -> None:
    assert value(type, text, unit) == found


def test_a_number_keeps_its_digits_in_the_record() -> None:
    (found,) = (record for record in records(oru(obx("98.00"))) if record.kind == "Observation")
    assert '"value":98.00,' in found.body


def test_a_repeated_number_or_code_is_an_observation_each() -> None:
    data = oru(obx("60~120", code="8867-4^Heart rate^LN"))
    assert [found["valueQuantity"]["value"] for found in bodies(data, "Observation")] == [60, 120] and len(set(keys(data, "Observation"))) == 2


def test_a_hundred_values_or_more_in_one_segment_are_one_text() -> None:
    assert len(bodies(oru(obx("~".join(["5"] * 100))), "Observation")) == 100
    assert one(obx("~".join(["5"] * 101)))["valueString"] == "\n".join(["5"] * 101)


def test_a_result_has_its_range_its_flags_its_method_and_its_remarks() -> None:
    found = one(obx(f7="3.5-5.5", f8="H~A", f17="ISE^Electrode^L"), "NTE|1||a little\\T\\", "NTE|2||haemolysed")
    assert found["referenceRange"] == [{"low": {"value": 3.5, "unit": "mmol/L"}, "high": {"value": 5.5, "unit": "mmol/L"}, "text": "3.5-5.5"}]
    assert [flag["coding"][0]["code"] for flag in found["interpretation"]] == ["H", "A"]
    assert found["method"]["text"] == "Electrode" and found["note"] == [{"text": "a little&\nhaemolysed"}]


def test_a_result_has_its_own_time_else_the_specimen_s() -> None:
    assert one(obx(f14="20200303"))["effectiveDateTime"] == "2020-03-03" and one(obx())["effectiveDateTime"] == "2020-03-02T08:00:00"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("F", "final"), ("C", "corrected"), ("P", "preliminary"), ("D", "entered-in-error"), ("W", "entered-in-error"), ("X", "cancelled"),
        ("I", "registered"), ("O", "final"), ("", "unknown"),
    ],
)
def test_the_result_s_status_is_kept_and_what_was_deleted_or_somebody_else_s_is_an_error(code: str, status: str) -> None:
    assert one(obx(f11=code))["status"] == status


def test_a_result_without_a_code_is_set_aside_and_its_neighbours_are_kept() -> None:
    data = oru(obx(code=""), obx(code="NA^Sodium^L"))
    assert broken(data) == [(4, "hl7v2.no_code", "OBX")] and kinds(data).count("Observation") == 1


# By what a result is known.


def test_a_corrected_result_replaces_the_first_also_when_it_comes_alone_under_another_set_number() -> None:
    first = keys(oru(obx(code="NA^Sodium^L"), obx(f1="2")), "Observation")
    corrected = oru(obx("5.6", f1="1", f11="C"), patient=PID.replace("Zhang", "Chang"))
    assert keys(corrected, "Observation") == [first[1]] and body(corrected, "Observation")["valueQuantity"]["value"] == 5.6


def test_results_of_one_order_are_told_apart_by_code_sub_id_panel_and_place() -> None:
    data = message(
        PID, "OBR|1||F1|A^Panel a^L", obx(), obx(f4="1"), obx(f4="2"), obx(), "OBR|2||F1|B^Panel b^L", obx(), "OBR|3||F2|A^Panel a^L", obx(), type="ORU^R01"
    )
    assert len(set(keys(data, "Observation"))) == 6


def test_the_filler_s_number_comes_first_and_the_order_segment_stands_in_for_the_request() -> None:
    filler = keys(oru(obx(), order="OBR|1||F1|CBC"), "Observation")
    assert keys(oru(obx(), order="OBR|1|P1|F1|CBC"), "Observation") == filler
    assert keys(message(PID, "ORC|RE||F1", "OBR|1|||CBC", obx(), type="ORU^R01"), "Observation") == filler
    assert keys(oru(obx(), order="OBR|1|P1||CBC"), "Observation") != filler


def test_the_same_number_of_two_laboratories_is_two_orders() -> None:
    one, other = (keys(message(PID, "OBR|1||F1|CBC", obx(), type="ORU^R01", sender=lab), "Observation") for lab in ("LAB1", "LAB2"))
    assert one != other
    assert keys(oru(obx(), order="OBR|1||F1^LAB1|CBC"), "Observation") != keys(oru(obx(), order="OBR|1||F1^LAB2|CBC"), "Observation")


def test_without_any_order_number_a_result_is_known_by_patient_visit_code_and_time() -> None:
    bare = "OBR|1|||CBC^^L|||20200302080000"
    assert keys(oru(obx(), order=bare), "Observation") == keys(oru(obx("6"), order=bare), "Observation")
    assert keys(oru(obx(), order=bare), "Observation") != keys(oru(obx(), order=bare.replace("0302", "0303")), "Observation")
    assert keys(oru(obx(), order=bare), "Observation") != keys(oru(obx(), order=bare, patient=PID.replace("100", "200")), "Observation")
    assert kinds(message(PID, obx(f14="20200301"))) == ["Patient", "Observation"]


# Reports and requests.


def test_a_report_holds_the_results_under_it_and_says_what_it_answers() -> None:
    data = oru(obx(), obx(code="NA^Sodium^L"), order=seg("OBR", {2: "P1", 3: "F1", 4: "CBC^Count^L", 7: "20200302", 22: "20200303", 25: "F"}))
    report = body(data, "DiagnosticReport")
    assert [found["reference"] for found in report["result"]] == [f"Observation/{key}" for key in keys(data, "Observation")]
    assert (report["status"], report["issued"], report["effectiveDateTime"]) == ("final", "2020-03-03", "2020-03-02")
    order = message(PID, "ORC|NW|P1", "OBR|1|P1||CBC^Count^L", type="ORM^O01")
    assert report["basedOn"] == [{"reference": f"ServiceRequest/{keys(order, 'ServiceRequest')[0]}"}]


@pytest.mark.parametrize(("code", "status"), [("F", "final"), ("C", "corrected"), ("P", "preliminary"), ("X", "cancelled"), ("A", "partial"), ("", "unknown")])
def test_a_report_has_its_own_status(code: str, status: str) -> None:
    assert body(oru(obx(), order=seg("OBR", {3: "F1", 4: "CBC", 25: code})), "DiagnosticReport")["status"] == status


@pytest.mark.parametrize(
    ("control", "status"),
    [("NW", "active"), ("CA", "revoked"), ("DC", "revoked"), ("HD", "on-hold"), ("SC|P1|||CM", "completed"), ("SC|P1|||CA", "revoked"), ("SC|P1|||IP", "active")],
)
def test_an_order_without_results_is_a_request_and_its_control_says_how_it_stands(control: str, status: str) -> None:
    data = message(PID, f"ORC|{control}", "OBR|1|P1||CT^CT head^L", type="OML^O21")
    assert body(data, "ServiceRequest")["status"] == status and "DiagnosticReport" not in kinds(data)


def test_an_order_and_its_cancellation_are_the_same_request() -> None:
    new, cancelled = (message(PID, f"ORC|{code}|P1^HIS", "OBR|1|P1^HIS||CT^CT head^L", type="ORM^O01", id=code) for code in ("NW", "CA"))
    assert keys(new, "ServiceRequest") == keys(cancelled, "ServiceRequest")


def test_answers_to_questions_asked_with_an_order_are_observations() -> None:
    data = message(PID, "ORC|NW|P1", "OBR|1|P1||NBS^Screening^L", obx("1769.859285", code="8339-4^Birth weight^LN", unit="g", f11="O"), type="OML^O21")
    assert body(data, "Observation")["status"] == "final" and kinds(data) == ["Patient.mentioned", "Observation", "ServiceRequest"]


def test_in_messages_about_specimens_the_control_stands_behind_its_request() -> None:
    data = message(PID, "OBR||P1|F1|SCAN", "ORC|SC|||G1|CM", obx(), type="OUL^R22")
    assert kinds(data) == ["Patient.mentioned", "Observation", "DiagnosticReport"]
    next_one = message(PID, "OBR||P1|F1|A", obx(), "ORC|SC|P2", "OBR||P2|F2|B", obx(), type="OUL^R22")
    assert [len(report["result"]) for report in bodies(next_one, "DiagnosticReport")] == [1, 1]


def test_an_order_for_a_test_may_have_a_medicine_given_with_it() -> None:
    data = message(PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|GTT^Glucose tolerance^L", "RXA|0|1|20200302||GLU^Glucose^L|75|g", obx(), type="ORU^R01")
    assert kinds(data) == ["Patient.mentioned", "MedicationAdministration", "Observation", "DiagnosticReport"]


def test_several_orders_of_one_message_keep_their_results_apart() -> None:
    data = message(PID, "ORC|RE|P1|F1", "OBR|1|P1|F1|A", obx(), "ORC|RE|P2|F2", "OBR|2|P2|F2|B", obx(), obx(code="NA"), type="ORU^R01")
    assert [len(report["result"]) for report in bodies(data, "DiagnosticReport")] == [1, 2]


def test_an_attachment_stands_beside_its_observation_as_it_came() -> None:
    data = oru(obx("^application^pdf^Base64^SGVsbG8=", "ED", code="PDF^Report^L", unit=""))
    assert body(data, "DocumentReference")["content"] == [{"attachment": {"contentType": "application/pdf", "data": "SGVsbG8="}}]
    away = oru(obx("http://pacs.example/1^^IM^PNG", "RP", code="IMG^Image^L", unit=""))
    assert body(away, "DocumentReference")["content"][0]["attachment"] == {"url": "http://pacs.example/1", "contentType": "im/png"}


def test_results_before_any_patient_are_nobody_s_and_named_once() -> None:
    data = message("OBR|1||F1|CBC", obx(), obx(), type="ORU^R01")
    assert broken(data) == [(2, "hl7v2.no_patient", "OBR")] and kinds(data) == []
