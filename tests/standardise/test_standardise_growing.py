"""A snapshot that grows arrival by arrival is the snapshot of everything at once: the same rows, the same name, the same counts."""

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.standardise.model import CDM
from dujiang.standardise.standardise import Snapshot, standardise
from standardise.standardise_given import deliveries
from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, Landed, Made, Node, Record, concept, resource
from standardise.test_standardise_content import nobody, same


def grown(node: Node, *arrivals: Landed) -> Made:
    """One arrival after the other, each upon the snapshot before it."""
    before: Snapshot | None = None
    for n in range(1, len(arrivals) + 1):
        before = standardise(node, arrivals[0].zone, arrivals[:n], nobody, before=before)  # type: ignore[arg-type]
    assert before is not None
    return Made(node.blobs, before)


@settings(max_examples=4)
@given(records=deliveries(14), data=st.data())
def test_growing_arrival_by_arrival_in_any_order_is_making_everything_at_once(new_node: Callable[[], Node], records: list[Record], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(records))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(records)), min_size=1, max_size=3)))
    parts = [p for p in (shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(records)], strict=True)) if p]
    node = new_node()
    arrivals = [node.arrive(*part) for part in parts]
    same(new_node().standard(*records), grown(node, *arrivals))


@settings(max_examples=4)
@given(first=deliveries(10), second=deliveries(10), third=deliveries(6))
def test_records_that_come_again_changed_replace_what_was_made_of_them(
    new_node: Callable[[], Node], first: list[Record], second: list[Record], third: list[Record]
) -> None:
    node = new_node()
    arrivals = [node.arrive(*part) for part in (first, second, third)]
    whole, bit = node.make(*arrivals), grown(node, *arrivals)
    same(whole, bit)
    for table in CDM:
        assert whole.rows(table) == bit.rows(table)


CONDITION = resource("Condition", "c1", subject=SUBJECT, encounter={"reference": "Encounter/e1"}, code=concept(said="高血压"))


def both(node: Node, *arrivals: Landed) -> Made:
    bit = grown(node, *arrivals)
    same(node.make(*arrivals), bit)
    return bit


def test_a_late_patient_and_a_late_visit_revive_what_was_set_aside_for_want_of_them(node: Node) -> None:
    first, second, third = node.arrive(CONDITION), node.arrive(PATIENT), node.arrive(ENCOUNTER)
    assert grown(node, first).rule("c1") == "reference.dangling"
    assert grown(node, first, second).rule("c1") == "date.none"
    assert str(both(node, first, second, third).one("condition_occurrence", "c1")["condition_start_date"]) == "2020-03-01"


def test_a_corrected_visit_moves_what_has_its_date_from_it(node: Node) -> None:
    other = resource("Encounter", "e1", status="finished", subject=SUBJECT, period={"start": "2021-07-08"})
    made = both(node, node.arrive(PATIENT, ENCOUNTER, CONDITION), node.arrive(other))
    assert str(made.one("condition_occurrence", "c1")["condition_start_date"]) == "2021-07-08"


def test_a_patient_who_lost_the_birth_date_takes_the_events_along(node: Node) -> None:
    made = both(node, node.arrive(PATIENT, ENCOUNTER, CONDITION), node.arrive(resource("Patient", "p1", deceasedBoolean=True)))
    assert made.rows("person") == made.rows("condition_occurrence") == made.rows("x_identity") == []


def test_a_medicine_that_comes_later_or_changes_reaches_the_prescriptions_that_name_it(node: Node) -> None:
    wants = resource("MedicationRequest", "m1", status="active", subject=SUBJECT, authoredOn="2020-01-02", medicationReference={"reference": "Medication/d1"})
    drug = [resource("Medication", "d1", code=concept(("urn:x", code, None))) for code in ("A", "B")]
    made = both(node, node.arrive(PATIENT, wants), node.arrive(drug[0]), node.arrive(drug[1]))
    assert made.one("drug_exposure", "m1")["x_codes"] == "LOCAL|B"


def test_a_death_without_a_date_is_counted_once_however_often_it_comes(node: Node) -> None:
    dead = resource("Patient", "p2", birthDate="1950", deceasedBoolean=True)
    made = both(node, node.arrive(PATIENT, dead), node.arrive(dead), node.arrive(ENCOUNTER))
    assert made.gaps("death", "death_date") == {("", "", "date.none"): 1}


def test_a_text_read_before_is_counted_not_read_again(node: Node) -> None:
    more = [resource("Condition", f"c{n}", subject=SUBJECT, onsetDateTime="2020", code=concept(said=said)) for n, said in ((2, "高血压"), (3, "糖尿病待查"), (4, "x" * 3000))]
    made = both(node, node.arrive(PATIENT, ENCOUNTER, CONDITION, more[2]), node.arrive(*more))
    assert {row["text"][:9]: row["rows"] for row in made.rows("x_terms")} == {"高血压": 2, "糖尿病待查": 1, "x" * 9: 1}


def test_only_what_came_is_made(node: Node) -> None:
    """The progress starts at what was taken over."""
    first = node.arrive(PATIENT, ENCOUNTER, CONDITION)
    before = node.make(first).snapshot
    later = node.arrive(resource("Condition", "c9", subject=SUBJECT, onsetDateTime="2022", code=concept(said="x")))
    told: list[tuple[int, int]] = []
    standardise(node, "zone-a", [first, later], lambda done, of: told.append((done, of)), before=before)  # type: ignore[arg-type]
    assert told[0] == (4, 4)


def version(text: str, updated: str | None = None) -> Record:
    meta = {"lastUpdated": updated} if updated else None
    return resource("Condition", "c1", subject=SUBJECT, onsetDateTime="2020", code=concept(said=text), meta=meta)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_corrections_that_come_out_of_order_end_as_they_would_in_order(node: Node, order: tuple[int, ...]) -> None:
    """By the moment, not by its text: the second is the later, though its hour reads smaller."""
    versions = [version("first", "2020-01-01T00:00:00Z"), version("last", "2020-01-01T23:00:00-02:00"), version("second", "2020-01-02T00:30:00Z")]
    made = both(node, node.arrive(PATIENT), *(node.arrive(versions[n]) for n in order))
    assert made.one("condition_occurrence", "c1")["condition_source_value"] == "last"


def test_where_one_version_has_no_time_the_later_arrival_counts(node: Node) -> None:
    made = both(node, node.arrive(PATIENT, version("old", "2020-01-02T00:00:00Z")), node.arrive(version("new")))
    assert made.one("condition_occurrence", "c1")["condition_source_value"] == "new"


def test_notes_that_came_before_are_there_still(node: Node) -> None:
    note = resource("DocumentReference", "d1", subject=SUBJECT, status="current", date="2020-01-02T00:00:00Z", type=concept(said="出院小结"),
                    content=[{"attachment": {"contentType": "text/plain", "data": "5YWl6Zmi"}}])
    first, second, third = node.arrive(PATIENT, note), node.arrive(CONDITION), node.arrive(ENCOUNTER)
    bit, whole = grown(node, first, second, third), node.make(first, second, third)
    assert len(bit.rows("note")) == 1 and bit.rows("note") == whole.rows("note")
