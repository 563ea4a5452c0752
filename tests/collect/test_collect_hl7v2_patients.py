"""HL7 v2: PID is a patient, known by the best of their numbers; who is only mentioned never replaces who was described; merges are told."""

import pytest

from collect.collect_hl7v2_given import PID, bodies, body, keys, kinds, message, oru, records, remarks, seg
from dujiang.collect.readers.writing import patient_key


def pid(**fields: str) -> str:
    """PID with fields by number: `f3="100"`."""
    return seg("PID", {1: "1", 3: "100^^^HIS^MR", 7: "19800615", **{int(name[1:]): value for name, value in fields.items()}})


def test_a_patient_has_names_sex_birth_date_numbers_address_and_telephone() -> None:
    full = pid(
        f5="Zhang^San^^^^^L~Chang^Three^^^^^A", f8="F", f11="1 High St^^Leshan^SC^614000^CHN^H", f13="^^CP^^^138^00138000", f14="0833-1", f16="M^Married",
        f19="110105194912310021", f10="2106-3^White^HL70005", f22="2186-5^Not Hispanic^HL70189",
    )
    found = body(message(full), "Patient")
    assert (found["gender"], found["birthDate"]) == ("female", "1980-06-15")
    assert [one["family"] for one in found["name"]] == ["Zhang", "Chang"] and found["name"][0]["use"] == "official"
    assert [(one["value"], one["type"]["coding"][0]["code"]) for one in found["identifier"]] == [("100", "MR"), ("110105194912310021", "NNCHN")]
    assert found["address"][0]["city"] == "Leshan" and [one["use"] for one in found["telecom"]] == ["mobile", "work"]
    assert [one["extension"][0]["valueCoding"]["code"] for one in found["extension"]] == ["2106-3", "2186-5"]


@pytest.mark.parametrize(
    ("code", "sex"),
    [
        ("M", "male"), ("f", "female"), ("男", "male"), ("2", "female"), ("O", "other"), ("U", "unknown"), ("X", "unknown"),
        ("F^Female^HL70001", "female"), ("", None),
    ],
)
def test_sex_is_read_from_hl7_s_letters_gb_t_2261_s_digits_and_words(code: str, sex: str | None) -> None:
    assert body(message(pid(f8=code)), "Patient").get("gender") == sex


def test_a_death_has_its_date_or_is_only_a_death() -> None:
    assert body(message(pid(f29="20260102", f30="Y")), "Patient")["deceasedDateTime"] == "2026-01-02"
    assert body(message(pid(f30="Y")), "Patient")["deceasedBoolean"] is True
    assert "deceasedBoolean" not in body(message(pid(f30="N")), "Patient")


def test_a_deleted_person_is_no_longer_active() -> None:
    assert body(message(pid(), type="ADT^A29"), "Patient")["active"] is False


# By what a patient is known.


def test_a_patient_goes_by_the_hospital_s_own_number_before_any_other() -> None:
    own = patient_key("HIS", "100")
    for numbers in ("100^^^HIS^MR", "9^^^USSSA^SS~100^^^HIS^MR", "A1^^^HIS^AN~100^^^HIS^MR~P5^^^X^PI", "100^^^his&^MRN"):
        assert keys(message(pid(f3=numbers)), "Patient") == [own]


def test_the_authority_is_the_universal_id_else_the_name_else_the_facility_else_the_sender() -> None:
    assert keys(message(pid(f3="100^^^HIS&2.16.1&ISO^MR")), "Patient") == [patient_key("2.16.1", "100")]
    assert keys(message(pid(f3="100^^^^MR^CLINIC")), "Patient") == [patient_key("clinic", "100")]
    assert keys(message(pid(f3="100"), sender="HOSP^2.16.9^ISO"), "Patient") == [patient_key("2.16.9", "100")]


def test_the_same_bare_number_from_two_hospitals_is_two_patients() -> None:
    assert keys(message(pid(f3="100"), sender="A"), "Patient") != keys(message(pid(f3="100"), sender="B"), "Patient")


def test_before_version_2_3_the_number_stood_in_other_fields() -> None:
    for field in ("f2", "f4"):
        assert keys(message(pid(f3="", **{field: "100^^^HIS"})), "Patient") == [patient_key("HIS", "100")]


def test_a_patient_without_any_number_is_somebody_of_this_message_and_nobody_else() -> None:
    nameless = message(pid(f3="^^^NPI^MR"), type="ORU^R01")
    assert keys(nameless, "Patient.mentioned") == keys(nameless, "Patient.mentioned")
    assert keys(nameless, "Patient.mentioned") != keys(nameless.replace("|1|P|", "|2|P|"), "Patient.mentioned")


# Mentions.


def test_a_message_about_something_else_only_mentions_its_patient() -> None:
    assert kinds(oru())[0] == "Patient.mentioned" and kinds(message(PID)) == ["Patient"]


def test_a_patient_without_a_birth_date_is_only_mentioned_for_the_model_needs_one() -> None:
    assert kinds(message(pid(f7=""))) == ["Patient.mentioned"]


# Merges.

SURVIVOR = pid(f3="200^^^HIS^MR", f5="Li^Si")


@pytest.mark.parametrize("event", ["A18", "A30", "A34", "A40", "A47"])
def test_a_merge_says_which_patient_another_one_is(event: str) -> None:
    data = message(SURVIVOR, "MRG|100^^^HIS^MR", type=f"ADT^{event}")
    new, old = patient_key("HIS", "200"), patient_key("HIS", "100")
    assert keys(data, "Patient") == [new, old]
    replaced = bodies(data, "Patient")[1]
    assert (replaced["active"], replaced["link"]) == (False, [{"other": {"reference": f"Patient/{new}"}, "type": "replaced-by"}])
    assert (replaced["birthDate"], replaced["identifier"][0]["value"]) == ("1980-06-15", "100")
    (linked,) = bodies(data, "Linkage")
    assert [(one["type"], one["resource"]["reference"]) for one in linked["item"]] == [("source", f"Patient/{new}"), ("alternate", f"Patient/{old}")]


def test_a_merge_that_knows_no_birth_date_is_told_and_overwrites_nobody() -> None:
    assert kinds(message(pid(f3="200^^^HIS^MR", f7=""), "MRG|100^^^HIS^MR", type="ADT^A40")) == ["Patient.mentioned", "Linkage", "Patient.mentioned"]


def test_a_message_may_merge_several_pairs() -> None:
    data = message(SURVIVOR, "MRG|100^^^HIS^MR", pid(f3="400^^^HIS^MR"), "MRG|300^^^HIS^MR", type="ADT^A40")
    assert keys(data, "Patient") == [patient_key("HIS", n) for n in ("200", "100", "400", "300")]


def test_no_merge_is_told_by_an_event_that_moves_a_visit_by_the_same_number_or_by_none() -> None:
    assert kinds(message(SURVIVOR, "MRG|100^^^HIS^MR", type="ADT^A45")) == ["Patient"]
    assert kinds(message(SURVIVOR, "MRG|200^^^HIS^MR", type="ADT^A40")) == ["Patient"]
    assert kinds(message(SURVIVOR, "MRG|", type="ADT^A40")) == ["Patient"]


def test_records_refer_to_the_patient_before_them_also_when_a_message_has_two() -> None:
    data = message(PID, "DG1|1||I10", pid(f3="200^^^HIS^MR"), "DG1|1||I11", type="ADT^A24")
    assert [one["subject"]["reference"] for one in bodies(data, "Condition")] == [f"Patient/{patient_key('HIS', n)}" for n in ("100", "200")]


def test_a_wrong_date_is_left_out_and_counted() -> None:
    data = message(pid(f7="19801345"), type="ORU^R01")
    assert remarks(data) == [("hl7v2.bad_date", "", 1)] and "birthDate" not in body(data, "Patient.mentioned")


def test_the_same_message_again_gives_the_same_records() -> None:
    data = message(PID, "DG1|1||I10") + message(pid(f3=""), "DG1|1||I10", type="ORU^R01")
    first = [(one.kind, one.key, one.body) for one in records(data)]
    assert [(one.kind, one.key, one.body) for one in records(data + data)] == first + first
