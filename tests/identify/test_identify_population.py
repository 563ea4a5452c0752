"""Whole populations: invented hospitals with a known truth, and any small population whatever."""

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify.numbers import check_character, read_number
from dujiang.identify.pseudonyms import number_handle
from dujiang_synth.people import Person, draw_people
from identify.identify_node import SECRET, NodeWorld

PEOPLE = draw_people(7, 1500, ("one", "two", "three"))


def as_known(person: Person, **other: Any) -> dict[str, Any]:
    return {
        "person_id": person.number,
        "family": person.name.family,
        "given": person.name.given,
        "full_name": person.name.text,
        "sex": person.sex,
        "birth_date": person.birth.isoformat(),
        "id_number": person.identity or person.passport or None,
        "id_system": "PASSPORT" if person.passport else "",
        "phone": person.phone,
        "address": f"{person.home.county}{person.street}",
        **other,
    }


def confused(node: NodeWorld, *exports: list[dict[str, Any]]) -> tuple[int, int, int]:
    """(persons, pairs of records wrongly together, records of one human apart) of an index over exports as zones."""
    snapshots = [node.put(f"zone-{i}", rows) for i, rows in enumerate(exports)]
    index = node.index(*snapshots)
    humans: dict[str, set[int]] = {}
    persons: dict[int, set[str]] = {}
    for (_, record), (person, _) in node.rows(index).items():
        humans.setdefault(person, set()).add(record)
        persons.setdefault(record, set()).add(person)
    together = sum(len(records) * (len(records) - 1) // 2 for records in humans.values())
    return index.persons, together, sum(len(found) - 1 for found in persons.values())


def test_nobody_in_a_hospital_is_joined_though_families_share_phones_and_twins_more(node: NodeWorld) -> None:
    assert any(p.twin_of >= 0 for p in PEOPLE)
    assert confused(node, [as_known(p) for p in PEOPLE]) == (1500, 0, 0)


def test_nobody_is_joined_wrongly_without_any_number(node: NodeWorld) -> None:
    assert confused(node, [as_known(p, id_number=None) for p in PEOPLE]) == (1500, 0, 0)


def test_two_hospitals_that_know_the_same_people_find_all_of_them(node: NodeWorld) -> None:
    again = [as_known(p, full_name=f" {p.name.text} ", phone=f"+86 {p.phone}") for p in PEOPLE[:500]]
    assert confused(node, [as_known(p) for p in PEOPLE], again) == (1500, 0, 0)


def test_a_hospital_without_numbers_is_joined_by_name_birth_and_phone(node: NodeWorld) -> None:
    again = [as_known(p, id_number=None, address="") for p in PEOPLE[:500]]
    assert confused(node, [as_known(p) for p in PEOPLE], again) == (1500, 0, 0)


def test_a_hospital_that_gives_too_little_is_left_to_a_reviewer(node: NodeWorld) -> None:
    again = [as_known(p, id_number=None, phone=None, address=None) for p in PEOPLE[:200]]
    persons, together, apart = confused(node, [as_known(p) for p in PEOPLE], again)
    assert (persons, together, apart) == (1700, 0, 200)


def test_everybody_with_a_number_has_the_same_handle_at_every_node(node: NodeWorld) -> None:
    rows = node.rows(node.index(node.put("zone-a", [as_known(p) for p in PEOPLE])))
    for p in PEOPLE:
        if p.identity:
            assert rows["zone-a", p.number][1] == number_handle(SECRET, "CN-ID", p.identity)
    assert len({handle for _, handle in rows.values()}) == 1500


def resident(sequence: int) -> str:
    body = f"51018119580314{sequence:03d}"
    return body + check_character(body)


known = st.fixed_dictionaries(
    {
        "family": st.sampled_from(["张", "張", "Zhang", "", None]),
        "given": st.sampled_from(["伟", "玮", "Wei", "芳", "", None]),
        "birth_date": st.sampled_from(["1958-03-14", "1958-03-04", "1958-04-03", None]),
        "sex": st.sampled_from(["male", "F", None]),
        "id_number": st.sampled_from([resident(1), resident(2), resident(1)[:-1] + "A", "999-34-5986", None, None]),
        "phone": st.sampled_from(["13812345678", "１３８１２３４５６７８", None]),
        "address": st.sampled_from(["幸福路12号", "都江堰市幸福路12号", None]),
    }
)


@settings(max_examples=6, deadline=None)
@given(st.lists(known, max_size=6), st.lists(known, max_size=4))
def test_whatever_comes_every_record_has_one_person_and_no_person_two_numbers(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        node = NodeWorld(Path(folder))
        here, there = node.put("zone-a", one), node.put("zone-b", other)
        index = node.index(here, there)
        rows = node.rows(index)
        assert node.rows(node.index(there, here)) == rows
    people = {("zone-a", i): p for i, p in enumerate(one, 1)} | {("zone-b", i): p for i, p in enumerate(other, 1)}
    assert set(rows) == set(people) and index.records == len(people)
    assert index.persons == len({person for person, _ in rows.values()}) == len({h for _, h in rows.values()})
    for a, b in combinations(people, 2):
        if rows[a][0] == rows[b][0]:
            numbers = [read_number(people[k]["id_number"], "") for k in (a, b)]
            valid = [n for n in numbers if n and n.valid]
            assert len({n.value for n in valid}) <= 1 or len({n.system for n in valid}) == 2
        assert (rows[a][0] == rows[b][0]) == (rows[a][1] == rows[b][1])


def test_a_record_is_never_in_the_review_with_itself_or_its_own_person(node: NodeWorld) -> None:
    many = [as_known(p, id_number=None, phone=None, address=None) for p in PEOPLE[:100]]
    index = node.index(node.put("zone-a", many), node.put("zone-b", many))
    rows = node.rows(index)
    for pair in node.reviews(index):
        a, b = (rows[str(pair[f"{side}_zone"]), int(str(pair[f"{side}_person_id"]))] for side in "ab")
        assert a[0] != b[0]
        assert 0 <= float(str(pair["score"])) < 10  # likelier than not, and less than sure
