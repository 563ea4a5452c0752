"""With a vocabulary loaded, codes get their concepts: the source's own and the standard one it maps to, in the field's domain; the rest says why not."""

from pathlib import Path

import pytest

from dujiang.standardise.vocabulary import REASONS
from shared_data import shared
from standardise.standardise_library import ATHENA, Given, Library
from standardise.standardise_node import PATIENT, SUBJECT, Made, Record, concept, resource

SCT, LOINC, ICD, CN = "http://snomed.info/sct", "http://loinc.org", "http://hl7.org/fhir/sid/icd-10", "http://hl7.org/fhir/sid/icd-10-cn"
RX, UCUM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://unitsofmeasure.org"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def condition(key: str, *codings: tuple[str | None, str | None, str | None], said: str | None = None) -> Record:
    return resource("Condition", key, subject=SUBJECT, onsetDateTime="2020", code=concept(*codings, said=said))


def concepts(made: Made, table: str, key: str, name: str) -> tuple[int, int]:
    row = made.one(table, key)
    return row[f"{name}_concept_id"], row[f"{name}_source_concept_id"]


# (codings, standard concept, source concept, reason on the work-list)
CASES: list[tuple[list[tuple[str, str, None]], int, int, str]] = [
    ([(SCT, "59621000", None)], 320128, 320128, ""), ([(ICD, "I10", None)], 320128, 45591453, ""), ([(CN, "I10.x00", None)], 320128, 1, ""),
    ([(SCT, "111", None)], 316866, 3, ""), ([(SCT, "222", None)], 0, 4, "no_standard"), ([(ICD, "R69", None)], 0, 2, "no_standard"),
    ([(ICD, "Z83.3", None)], 0, 45600000, "other_domain"), ([(SCT, "999", None)], 0, 0, "unknown_code"), ([("urn:x", "1", None)], 0, 0, "unknown_system"),
    ([(ICD, "E11.900x001", None)], 201826, 0, ""), ([(ICD, "I10.x00x003", None)], 320128, 0, ""), ([(ICD, "E11.65", None)], 0, 0, "unknown_code"),
    ([("http://hl7.org/fhir/sid/icd-9-cm", "401.9", None)], 0, 0, "no_vocabulary"), ([("urn:x", "9", None), (ICD, "I10", None)], 320128, 0, ""),
    ([(SCT, "999", None), (ICD, "E11.9", None), (ICD, "I10", None)], 201826, 0, ""), ([(SCT, " 59621000 ", None)], 320128, 320128, ""),
]


@pytest.mark.parametrize(("codings", "standard", "source", "reason"), CASES)
def test_a_code_gets_its_concept_and_the_standard_one_or_a_reason(
    library: Library, codings: list[tuple[str | None, str | None, str | None]], standard: int, source: int, reason: str
) -> None:
    library.shelve(*ATHENA)
    made = library.make(library.arrive(PATIENT, condition("c", *codings)))
    assert concepts(made, "condition_occurrence", "c", "condition") == (standard, source)
    assert [why for _, _, why in made.gaps("condition_occurrence", "condition_concept_id")] == ([reason] if reason else [])
    assert reason in {"", *REASONS}


def test_every_table_its_units_and_its_coded_answers_get_concepts(library: Library) -> None:
    library.shelve(*ATHENA)
    when = {"subject": SUBJECT, "effectiveDateTime": "2020"}
    made = library.make(library.arrive(
        PATIENT,
        resource("Observation", "bp", code=concept((LOINC, "8480-6", None)), valueQuantity={"value": 120, "unit": "mm[Hg]", "code": "mm[Hg]", "system": UCUM}, **when),
        resource("Observation", "smoke", code=concept((LOINC, "72166-2", None)), valueCodeableConcept=concept((SCT, "373066001", None)), **when),
        resource("MedicationRequest", "m", subject=SUBJECT, authoredOn="2020", medicationCodeableConcept=concept((RX, "29046", None))),
        resource("Procedure", "p", subject=SUBJECT, performedDateTime="2020", code=concept((SCT, "80146002", None))),
    ))
    assert concepts(made, "measurement", "bp", "measurement") == (3004249, 3004249) and concepts(made, "measurement", "bp", "unit") == (8876, 8876)
    assert concepts(made, "observation", "smoke", "observation") == (3043242, 3043242) and made.one("observation", "smoke")["value_as_concept_id"] == 4188539
    assert concepts(made, "drug_exposure", "m", "drug") == (1308216, 1308216) and concepts(made, "procedure_occurrence", "p", "procedure") == (4301351, 4301351)


def test_an_answers_code_never_speaks_for_the_question(library: Library) -> None:
    library.shelve(*ATHENA)
    answer = concept((SCT, "373066001", None))
    asked = resource("Observation", "o", subject=SUBJECT, effectiveDateTime="2020", code=concept((LOINC, "0-0", None)), valueCodeableConcept=answer)
    assert concepts(library.make(library.arrive(PATIENT, asked)), "observation", "o", "observation") == (0, 0)


def test_standardising_again_after_loading_fills_the_concepts_and_the_work_list_shrinks(library: Library) -> None:
    arrival = library.arrive(PATIENT, *(condition(f"c{n}", (ICD, code, None)) for n, code in enumerate(["I10", "I10", "E11.9", "Q99.9"])))
    before = library.make(arrival)
    vocabulary = library.shelve(*ATHENA)
    after = library.make(arrival)
    assert sum(before.gaps("condition_occurrence", "condition_concept_id").values()) == 4
    assert after.gaps("condition_occurrence", "condition_concept_id") == {("ICD10", "Q99.9", "unknown_code"): 1}
    assert after.snapshot.id != before.snapshot.id and after.snapshot.unmapped == before.snapshot.unmapped - 3
    assert (before.snapshot.vocabularies, after.snapshot.vocabularies) == ((), (vocabulary.id,)) and after.snapshot.known and not before.snapshot.known
    library.tables.put(vocabulary.with_(state="retired"))
    assert library.make(arrival).snapshot.id == before.snapshot.id


def test_a_row_keeps_everything_else_when_its_concept_is_found(library: Library) -> None:
    arrival = library.arrive(PATIENT, condition("c", (ICD, "I10", "Hypertension")))
    before = library.make(arrival).one("condition_occurrence", "c")
    library.shelve(*ATHENA)
    after = library.make(arrival).one("condition_occurrence", "c")
    changed = {"condition_concept_id", "condition_source_concept_id"}
    assert {k: v for k, v in before.items() if k not in changed} == {k: v for k, v in after.items() if k not in changed}


def test_a_list_of_names_alone_has_no_concepts_to_give(library: Library) -> None:
    library.shelve(Given("l.csv", "code,name\nI10,高血压".encode()), system="ICD10")
    made = library.make(library.arrive(PATIENT, condition("c", (ICD, "I10", None))))
    assert made.gaps("condition_occurrence", "condition_concept_id") == {("ICD10", "I10", "no_vocabulary"): 1}


def test_several_vocabularies_speak_together_and_the_size_of_their_slices_does_not_matter(library: Library, tmp_path: Path) -> None:
    arrival = library.arrive(PATIENT, *(condition(f"c{n}", *codings) for n, (codings, *_) in enumerate(CASES)))
    library.shelve(*ATHENA)
    other = Library(tmp_path / "other")
    again = other.arrive(PATIENT, *(condition(f"c{n}", *codings) for n, (codings, *_) in enumerate(CASES)))
    other.shelve(*ATHENA, slice_size=3)
    assert library.make(arrival).hashes() == other.make(again).hashes()


def test_real_codes_meet_a_real_vocabulary(library: Library) -> None:
    library.shelve(*(Given(p.name, p.read_bytes()) for p in sorted(shared("omop/gibleed_2694").glob("concept*.csv.gz"))))
    icd10cm = "http://hl7.org/fhir/sid/icd-10-cm"
    made = library.make(library.arrive(PATIENT, condition("a", (icd10cm, "K92.2", None)), condition("b", (SCT, "74474003", None))))
    assert concepts(made, "condition_occurrence", "a", "condition") == (192671, 35208414)
    assert concepts(made, "condition_occurrence", "b", "condition") == (192671, 192671)


def test_hostile_codes_are_looked_up_like_any_other(library: Library) -> None:
    library.shelve(*ATHENA)
    codes = ["'; DROP TABLE x_unmapped; --", "%", "_", "I10' OR '1'='1", "|", "SNOMED|38341003", "\\", "''"]
    made = library.make(library.arrive(PATIENT, *(condition(f"c{n}", (ICD, code, None)) for n, code in enumerate(codes))))
    assert {row["condition_concept_id"] for row in made.rows("condition_occurrence")} == {0} and len(made.rows("condition_occurrence")) == len(codes)
