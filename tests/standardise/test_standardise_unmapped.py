"""The work-list: what has no standard concept is kept in its row and counted by table, field, system, code and reason; never a person's value."""

from collections.abc import Callable

import pytest

from dujiang.standardise.vocabulary import REASONS, SET_ASIDE, short_name, systems
from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Made, Node, concept, line, resource

SCT, LOINC = "http://snomed.info/sct", "http://loinc.org"


def condition(key: str, code: object) -> object:
    return resource("Condition", key, subject=SUBJECT, onsetDateTime="2020", code=code)


# (the concept, x_codes, the work-list's line)
CODED: list[tuple[object, str, tuple[str, str, str]]] = [
    (concept((SCT, "38341003", "Hypertension")), "SNOMED|38341003", ("SNOMED", "38341003", "no_vocabulary")),
    (concept((SCT + "/", "1", None)), "SNOMED|1", ("SNOMED", "1", "no_vocabulary")),
    (concept(("https://snomed.info/sct|2020", "2", None)), "SNOMED|2", ("SNOMED", "2", "no_vocabulary")),
    (concept(("urn:hospital:x", "B 7", "Ours")), "LOCAL|B_7", ("urn:hospital:x", "B 7", "unknown_system")),
    (concept((None, "77", "No system")), "LOCAL|77", ("", "77", "unknown_system")),
    (concept((SCT, None, "only a text")), "", ("", "", "no_code")),
    (concept(said="high blood pressure of Mr Zhang"), "", ("", "", "no_code")),
    (None, "", ("", "", "no_code")),
    (concept((SCT, "", "empty"), (LOINC, "9-9", "second")), "LOINC|9-9", ("LOINC", "9-9", "no_vocabulary")),
    (concept((SCT, "2", "b"), (SCT, "1", "a"), (SCT, "2", "b again")), "SNOMED|1 SNOMED|2", ("SNOMED", "2", "no_vocabulary")),
    (concept((SCT, "a\tb\nc", None)), "SNOMED|a_b_c", ("SNOMED", "a\tb\nc", "no_vocabulary")),
    (concept((SCT, " 38341003 ", None)), "SNOMED|38341003", ("SNOMED", " 38341003 ", "no_vocabulary")),
    ("not a concept", "", ("", "", "no_code")),
    ({"coding": {"system": SCT, "code": "5"}}, "", ("", "", "no_code")),
]


@pytest.fixture(scope="module")
def coded(new_node: Callable[[], Node]) -> Made:
    return new_node().standard(PATIENT, *(condition(f"c{n:02}", code) for n, (code, _, _) in enumerate(CODED)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("key", "codes"), [(f"c{n:02}", codes) for n, (_, codes, _) in enumerate(CODED)])
def test_every_code_stands_in_the_row_under_its_systems_short_name(coded: Made, key: str, codes: str) -> None:
    row = coded.one("condition_occurrence", key)
    assert (row["x_codes"], row["condition_concept_id"]) == (codes, 0)


def test_the_work_list_counts_every_row_once_by_its_first_code(coded: Made) -> None:
    counts: dict[tuple[str, str, str], int] = {}
    for _, _, gap in CODED:
        counts[gap] = counts.get(gap, 0) + 1
    assert coded.gaps("condition_occurrence", "condition_concept_id") == counts


def test_the_snapshot_counts_what_the_work_list_counts(coded: Made) -> None:
    assert coded.snapshot.unmapped == sum(row["rows"] for row in coded.rows("x_unmapped"))


def test_a_text_without_a_code_is_a_persons_value_and_not_on_the_work_list(coded: Made) -> None:
    assert not [row for row in coded.rows("x_unmapped") if "Zhang" in str(row) or "only a text" in str(row)]
    assert [r["condition_source_value"] for r in coded.rows("condition_occurrence") if "Zhang" in str(r)] == ["high blood pressure of Mr Zhang"]


def test_the_work_list_shows_what_the_source_calls_a_code(node: Node) -> None:
    made = node.standard(PATIENT, *(condition(f"c{n}", concept((SCT, "7", said))) for n, said in enumerate(["b", "a", None])))  # type: ignore[arg-type]
    (row,) = [r for r in made.rows("x_unmapped") if r["table"] == "condition_occurrence"]
    assert (row["text"], row["rows"]) == ("a", 3)


def test_units_and_kinds_of_visit_are_counted_too(node: Node) -> None:
    reading = {"subject": SUBJECT, "effectiveDateTime": "2020", "code": concept((LOINC, "1-1", None))}
    units = [{"value": 1, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org"}, {"value": 1, "unit": "drops"}, {"value": 1}]
    made = node.standard(
        PATIENT, resource("Encounter", "e", subject=SUBJECT, period={"start": "2020"}, **{"class": {"code": "VR"}}),
        *(resource("Observation", f"o{n}", valueQuantity=unit, **reading) for n, unit in enumerate(units)),
    )
    assert made.gaps("measurement", "unit_concept_id") == {("UCUM", "mm[Hg]", "no_vocabulary"): 1, ("", "drops", "unknown_system"): 1}
    assert made.gaps("visit_occurrence", "visit_concept_id") == {("", "VR", "unknown_code"): 1}


def test_a_kind_without_a_map_is_kept_raw_and_counted(node: Node) -> None:
    raw = [resource("Claim", "a"), resource("Claim", "b", "fhir-stu3"), resource("Device", "c"), line("payers", "d", NAME="x"), resource("Medication", "e")]
    made = node.standard(PATIENT, ENCOUNTER, *raw)
    assert made.snapshot.kept_raw == {"Claim": 2, "Device": 1, "payers": 1, "Medication": 1}
    assert made.snapshot.records == 7 and made.snapshot.dangling == 0


def test_every_rule_that_sets_aside_and_every_reason_is_explained_in_both_languages(coded: Made) -> None:
    assert {row["reason"] for row in coded.rows("x_unmapped")} <= set(REASONS)
    assert all(said.en and said.zh and said.en != said.zh for said in [*REASONS.values(), *SET_ASIDE.values()])


def test_a_short_name_is_its_own_and_an_unknown_system_has_none() -> None:
    assert {short_name(name) for name in systems().values()} == set(systems().values())
    assert short_name("http://nowhere.example") is None
    assert short_name("https://loinc.org/|2.7") == "LOINC"
