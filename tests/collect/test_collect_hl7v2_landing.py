"""HL7 v2 ashore: messages land, are sealed, listed and standardised like everything else; only what was described overrides."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collect.collect_hl7v2_given import PID, PV1, header, message, oru, seg
from collect.collect_landed import standard_rows
from collect.collect_shore import Shore
from dujiang.collect.readers.reading import FORMATS, form_of, look
from dujiang.collect.readers.writing import patient_key
from dujiang.collect.rules import COUNTED, QUARANTINE, REMARKS
from dujiang.collect.sources import FORMS, open_source

ADT = message(PID, PV1)
DAY = seg("OBX", {1: "1", 2: "NM", 3: "718-7^Haemoglobin^LN", 5: "134.50", 6: "g/L^^UCUM", 7: "115-150", 11: "F", 14: "20200302"})


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("feed", ADT, "hl7v2"), ("feed.txt", "\ufeff" + ADT, "hl7v2"), ("feed", "\r\n\x0b" + ADT, "hl7v2"), ("feed", "FHS|^~\\&|A\r" + ADT, "hl7v2"),
        ("feed", "BHS|^~\\&|A\r" + ADT, "hl7v2"), ("feed", "MSH$%~\\&$A\r", "hl7v2"), ("a.HL7", "anything", "hl7v2"), ("a.er7.gz", "x", "hl7v2"),
        ("a.hl7", " \n", "empty"), ("a.csv", ADT, "plain"), ("feed", "MSHA,b\n1,2", "plain"), ("notes", "MSH is a segment", "unknown"),
    ],
)
def test_messages_are_known_by_their_beginning_or_by_the_file_s_name(name: str, text: str, reader: str) -> None:
    assert look(name, text.encode()).reader == reader


def test_a_hint_makes_messages_of_what_neither_name_nor_beginning_says() -> None:
    seen = look("export", b"no header here", "hl7v2")
    assert (seen.reader, form_of(seen)) == ("hl7v2", "hl7v2") and look("export", b"no header here").reader == "unknown"


def test_every_format_of_the_list_may_be_a_source_s_form() -> None:
    assert {one.name for one in FORMATS} <= set(FORMS)
    assert all(open_source("HIS", "north", form=one.name).form == one.name for one in FORMATS)


def test_messages_land_with_their_form_their_file_and_their_line(shore: Shore) -> None:
    arrival = shore.land({"adt.hl7": ADT + "junk\r"})
    assert [(form, kind, file, line) for form, kind, _, file, line, _ in shore.records(arrival)] == [
        ("hl7v2", "Encounter", "adt.hl7", 3), ("hl7v2", "Patient", "adt.hl7", 2),
    ]
    assert shore.quarantine(arrival, "file, line, rule") == [("adt.hl7", 4, "hl7v2.no_segment")]
    assert {one.form for one in arrival.files} == {"hl7v2"}


def test_every_rule_of_messages_has_a_sentence_in_both_languages(shore: Shore) -> None:
    bad = [
        "MSH|\r", header() + "\r", message(PID, "AL1|1"), message("DG1|1||I10"), "BHS|^~\\&\r" + ADT + "BTS|9\r", message("MSA|AA|1", type="ACK"),
        message(PID.replace("19800615", "19801315"), "NK1|1"),
    ]
    arrival = shore.land({f"{n}.hl7": data for n, data in enumerate(bad)})
    assert {rule for rule in arrival.by_rule if rule not in COUNTED} == {"hl7v2.no_header", "hl7v2.no_content", "hl7v2.no_code", "hl7v2.no_patient"}
    assert {one.rule for one in arrival.findings} == {"hl7v2.batch_count", "hl7v2.acknowledgement", "hl7v2.bad_date", "hl7v2.unread_segment"}
    for rules, found in ((QUARANTINE, arrival.by_rule), (REMARKS, [one.rule for one in arrival.findings])):
        assert all(rules[rule].en and rules[rule].zh for rule in found if rule not in COUNTED)


def test_a_delivery_with_a_file_for_every_message_lists_two_hundred_remarks_of_a_kind_and_counts_the_rest(shore: Shore) -> None:
    arrival = shore.land({f"{n:04}.hl7": message(PID, "NK1|1", id=str(n)) for n in range(230)})
    assert len(arrival.findings) == 200 and arrival.by_rule["finding.unlisted"] == 30 and arrival.by_kind == {"Patient": 1}


def test_messages_for_training_or_debugging_are_remarked_on(shore: Shore) -> None:
    arrival = shore.land({"a.hl7": ADT.replace("|P|2.5.1", "|T|2.5.1") + ADT.replace("|P|2.5.1", "|D|2.5.1") + ADT})
    assert [(one.rule, one.rows) for one in arrival.findings] == [("hl7v2.not_production", 2)] and arrival.by_kind == {"Encounter": 1, "Patient": 1}


def test_a_result_corrected_in_a_later_message_is_one_record(shore: Shore) -> None:
    arrival = shore.land({"a.hl7": oru(DAY) + oru(DAY.replace("134.50", "135").replace("|F|", "|C|"))})
    assert arrival.by_kind["Observation"] == 1 and arrival.by_rule["record.superseded"] == 1
    ((body,),) = [row[5:] for row in shore.records(arrival) if row[1] == "Observation"]
    assert '"value":135,' in body and '"corrected"' in body


def test_the_same_delivery_again_and_the_same_messages_in_another_file_change_nothing(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({"a.hl7": ADT + oru(DAY)}))
    assert standard_rows(shore, shore.land({"b.hl7": oru(DAY)}), shore.land({"c.hl7": ADT})) == rows


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])  # every example makes shores of its own
@given(st.lists(st.sampled_from([ADT, oru(DAY), message(PID, "DG1|1||I10^High^I10|||F"), message(PID, "AL1|1|DA|P^Penicillin")]), min_size=1, max_size=6),
       st.integers(1, 3))
def test_messages_split_over_files_give_the_same_records(new_shore: Any, many: list[str], parts: int) -> None:
    one, other = new_shore(), new_shore()
    whole = one.land({"a.hl7": "".join(many)})
    size = -(-len(many) // parts)
    split = other.land({f"{n:03}.hl7": "".join(many[n * size : (n + 1) * size]) for n in range(parts) if many[n * size : (n + 1) * size]})
    assert one.records(whole, "kind, key, body") == other.records(split, "kind, key, body")
    assert whole.by_kind == split.by_kind


# Standard tables.


def test_messages_become_persons_visits_measurements_drugs_and_the_rest(shore: Shore) -> None:
    data = [
        message(PID, PV1, "DG1|1||I10^High^I10|||F", "AL1|1|DA|P^Penicillin^L|SV||20100101", "PR1|1||76164006^Biopsy^SCT||20200303"), oru(DAY),
        message(PID, PV1, "ORC|NW|P1||||||||20200301", "RXE||197380^Atenolol^RXNORM|1||tab", type="RDE^O11"),
        message(PID, PV1, "ORC|RE|P1|F1", seg("RXA", {1: "0", 3: "20200302", 5: "A^Aspirin^L", 6: "25", 7: "mg"}), "RXR|PO^Oral", type="RAS^O17"),
        message(PID, PV1, "ORC|RE|P1|F1", "RXD|1|A^Aspirin^L|20200302|30|tab", type="RDS^O13"),
        message(PID, "ORC|RE||V1", seg("RXA", {1: "0", 3: "20200304", 5: "141^Flu^CVX"}), type="VXU^V04"),
    ]
    rows = standard_rows(shore, shore.land({"a.hl7": "".join(data)}))
    count = {name: len(found) for name, found in rows.items() if found}
    assert count | {"x_unmapped": 0} == {
        "person": 1, "visit_occurrence": 1, "condition_occurrence": 1, "drug_exposure": 4, "procedure_occurrence": 1, "measurement": 1, "observation": 1,
        "x_identity": 1, "x_unmapped": 0,
    }
    (measured,) = rows["measurement"]
    assert (measured["value_source_value"], str(measured["value_as_number"]), str(measured["range_low"])) == ("134.50", "134.500000000", "115.000000000")
    assert (measured["unit_source_value"], measured["x_codes"], str(measured["measurement_date"])) == ("g/L", "LOINC|718-7", "2020-03-02")
    (condition,) = rows["condition_occurrence"]
    assert condition["visit_occurrence_id"] == rows["visit_occurrence"][0]["visit_occurrence_id"] and str(condition["condition_start_date"]) == "2020-03-01"
    assert {row["drug_type_concept_id"] for row in rows["drug_exposure"]} == {32838, 32818, 32825}
    assert (rows["x_identity"][0]["mrn"], rows["x_identity"][0]["full_name"]) == ("100", "San Zhang")


def test_a_patient_and_a_visit_once_described_are_not_overridden_by_a_later_mention(shore: Shore) -> None:
    discharged = message(PID, PV1 + "|20200305120000", type="ADT^A03")
    mention = oru(DAY, patient=PID.replace("Zhang^San", "").replace("|M", "|") + "\r" + PV1)
    for arrivals in ([{"a.hl7": discharged + mention}], [{"a.hl7": discharged}, {"b.hl7": mention}], [{"b.hl7": mention}, {"a.hl7": discharged}]):
        rows = standard_rows(shore, *(shore.land(files) for files in arrivals))
        assert [str(row["visit_end_date"]) for row in rows["visit_occurrence"]] == ["2020-03-05"]
        assert [row["gender_source_value"] for row in rows["person"]] == ["male"] and len(rows["measurement"]) == 1


def test_a_patient_who_is_only_ever_mentioned_is_a_person_all_the_same(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({"lab.hl7": oru(DAY, patient=f"{PID}\r{PV1}")}))
    assert (len(rows["person"]), len(rows["visit_occurrence"]), len(rows["measurement"]), rows["x_dangling"]) == (1, 1, 1, [])


def test_what_was_cancelled_or_withdrawn_makes_no_standard_row_and_is_listed_with_its_rule(shore: Shore) -> None:
    rows = standard_rows(shore, shore.land({
        "1.hl7": ADT + oru(DAY), "2.hl7": message(PID, PV1, type="ADT^A11") + oru(DAY.replace("|F|", "|W|")),
    }))
    assert rows["visit_occurrence"] == [] and rows["measurement"] == []
    assert {(row["kind"], row["rule"]) for row in rows["x_dangling"]} == {
        ("Encounter", "record.not_done"), ("Observation", "record.entered_in_error"),
    }


def test_a_merged_patient_s_records_stay_with_a_person(shore: Shore) -> None:
    old = message(PID, "DG1|1||I10^High^I10||20200101")
    merge = message(PID.replace("100", "200"), "MRG|100^^^HIS^MR", type="ADT^A40")
    rows = standard_rows(shore, shore.land({"1.hl7": old}), shore.land({"2.hl7": merge}))
    assert {row["person_source_value"] for row in rows["person"]} == {patient_key("HIS", "100"), patient_key("HIS", "200")}
    assert len(rows["condition_occurrence"]) == 1 and rows["x_dangling"] == []
