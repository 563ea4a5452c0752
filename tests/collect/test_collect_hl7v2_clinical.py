"""HL7 v2: diagnoses, problems, allergies and procedures are known by their own number, else by whose they are and what they say."""

import pytest

from collect.collect_hl7v2_given import PID, PV1, bodies, body, broken, keys, kinds, message, remarks, seg


def read(*segments: str, type: str = "ADT^A08") -> str:
    return message(PID, *segments, type=type)


def test_a_diagnosis_has_its_code_its_text_and_its_time() -> None:
    found = body(read(seg("DG1", {3: "I10^Essential hypertension^I10C", 5: "20200301", 6: "F", 19: "20200302"})), "Condition")
    assert found["code"]["coding"] == [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10", "display": "Essential hypertension"}]
    assert (found["onsetDateTime"], found["recordedDate"]) == ("2020-03-01", "2020-03-02")
    assert found["verificationStatus"]["coding"][0]["code"] == "confirmed"


def test_in_old_messages_the_coding_method_and_the_text_stand_in_fields_of_their_own() -> None:
    found = body(read("DG1|1|I9|71596|OSTEOARTHROS NOS-L/LEG||A"), "Condition")
    assert found["code"] == {"coding": [{"system": "I9", "code": "71596"}], "text": "OSTEOARTHROS NOS-L/LEG"}
    assert body(read("DG1|1|||高血压"), "Condition")["code"] == {"text": "高血压"}


def test_a_diagnosis_again_is_the_same_and_one_of_another_kind_or_visit_is_another() -> None:
    one = keys(read(PV1, "DG1|1||I10|||F"), "Condition")
    assert keys(read(PV1, "DG1|7||I10|words||F"), "Condition") == one
    assert keys(read(PV1, "DG1|1||I10|||A"), "Condition") != one != keys(read(PV1.replace("V1", "V2"), "DG1|1||I10|||F"), "Condition")


def test_a_diagnosis_with_a_number_of_its_own_may_change_and_be_deleted() -> None:
    first, changed, gone = (
        read(seg("DG1", {3: code, 20: "D1^HIS", 21: action})) for code, action in (("I10", "A"), ("I11", "U"), ("I11", "D"))
    )
    assert keys(first, "Condition") == keys(changed, "Condition") == keys(gone, "Condition")
    assert body(gone, "Condition")["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_a_problem_is_known_by_its_number_from_its_first_message_to_its_last() -> None:
    add, update, delete = (
        message(PID, seg("PRB", {1: action, 2: "20200301", 3: code, 4: "26744", 7: "20200301", 9: ends, 16: "20200215"}), type=f"PPR^{event}")
        for action, event, code, ends in (("AD", "PC1", "R07^Chest pain^I10", ""), ("UP", "PC2", "I20^Angina^I10", "20200401"), ("DE", "PC3", "I20", ""))
    )
    assert keys(add, "Condition") == keys(update, "Condition") == keys(delete, "Condition")
    active, resolved, gone = (body(data, "Condition") for data in (add, update, delete))
    assert (active["clinicalStatus"]["coding"][0]["code"], active["onsetDateTime"]) == ("active", "2020-02-15")
    assert (resolved["clinicalStatus"]["coding"][0]["code"], resolved["abatementDateTime"]) == ("resolved", "2020-04-01")
    assert gone["verificationStatus"]["coding"][0]["code"] == "entered-in-error" and "clinicalStatus" not in gone


def test_an_allergy_has_its_kind_its_severity_and_its_reactions() -> None:
    found = body(read("AL1|1|DA|70618^Penicillin^RXNORM|SV|Rash~Wheezing|20100101"), "AllergyIntolerance")
    assert (found["category"], found["criticality"], found["onsetDateTime"]) == (["medication"], "high", "2010-01-01")
    assert [one["manifestation"][0]["text"] for one in found["reaction"]] == ["Rash", "Wheezing"]
    assert keys(read("AL1|4|DA|70618^PENICILLIN^RXNORM"), "AllergyIntolerance") == keys(read("AL1|1|FA|70618^Penicillin^RXNORM"), "AllergyIntolerance")


def test_an_allergy_in_an_adverse_reaction_message_may_be_changed_refuted_and_deleted() -> None:
    first, refuted, gone = (
        read(seg("IAM", {1: "1", 2: "DA", 3: "70618^Penicillin^RXNORM", 4: "MO", 6: action, 7: "A7^HIS", 11: "2010", 17: status}), type="ADT^A60")
        for action, status in (("A", ""), ("U", "E"), ("D", ""))
    )
    assert keys(first, "AllergyIntolerance") == keys(refuted, "AllergyIntolerance") == keys(gone, "AllergyIntolerance")
    statuses = [body(data, "AllergyIntolerance")["verificationStatus"]["coding"][0]["code"] for data in (first, refuted, gone)]
    assert statuses == ["confirmed", "entered-in-error", "entered-in-error"] and body(first, "AllergyIntolerance")["onsetDateTime"] == "2010"


def test_a_procedure_has_its_code_and_time_and_may_be_deleted() -> None:
    done = read(seg("PR1", {3: "76164006^Biopsy of colon^SCT", 5: "202001251140", 15: "D12^Polyp^I10", 19: "PR1"}))
    found = body(done, "Procedure")
    assert (found["performedDateTime"], found["status"]) == ("2020-01-25T11:40:00", "completed")
    assert found["reasonCode"][0]["coding"][0]["code"] == "D12"
    gone = read(seg("PR1", {3: "76164006", 19: "PR1", 20: "D"}))
    assert keys(gone, "Procedure") == keys(done, "Procedure") and body(gone, "Procedure")["status"] == "entered-in-error"
    assert len(set(keys(read("PR1|1||A^a||20200101", "PR1|2||A^a||20200102"), "Procedure"))) == 2


@pytest.mark.parametrize("segment", ["DG1|1|I9", "AL1|1|DA||SV", "IAM|1|DA||SV", "PR1|1||", "PRB|AD|2020|^^L", "FT1|1|||20200101", "RXA|0|1|20200101", "RXD|1"])
def test_a_segment_that_names_neither_code_nor_text_is_set_aside_and_its_neighbours_are_kept(segment: str) -> None:
    data = read(segment, "DG1|2||I10")
    assert broken(data) == [(3, "hl7v2.no_code", segment[:3])] and kinds(data) == ["Patient", "Condition"]


def test_a_message_of_a_type_nobody_knows_gives_what_its_segments_say() -> None:
    assert kinds(message(PID, PV1, "ZZ1|secret", "DG1|1||I10", type="ZZZ^Z99")) == ["Patient.mentioned", "Encounter.mentioned", "Condition"]


def test_a_message_that_gives_nothing_is_set_aside_with_its_type() -> None:
    assert broken(message("ZZ1|x", type="QBP^Q11")) == [(1, "hl7v2.no_content", "QBP")]


def test_acknowledgements_are_counted_and_never_set_aside_but_an_answer_with_data_is_read() -> None:
    assert remarks(message("MSA|AA|1", type="ACK") * 3) == [("hl7v2.acknowledgement", "", 3)]
    assert kinds(message("MSA|AA|1", PID, "DG1|1||I10", type="RSP^K22")) == ["Patient.mentioned", "Condition"]


def test_segments_that_nothing_reads_are_counted_by_name() -> None:
    assert remarks(message(PID, "NK1|1|Zhang^Wu", "IN1|1|A", "IN1|2|B", "ZX9|1")) == [
        ("hl7v2.unread_segment", "IN1", 2), ("hl7v2.unread_segment", "NK1", 1), ("hl7v2.unread_segment", "ZX9", 1),
    ]


def test_two_reactions_of_one_file_do_not_mix_their_patients() -> None:
    data = read("AL1|1|DA|P^Penicillin") + message(PID.replace("100", "200"), "AL1|1|DA|P^Penicillin")
    assert len({one["patient"]["reference"] for one in bodies(data, "AllergyIntolerance")}) == 2 == len(set(keys(data, "AllergyIntolerance")))
