"""The person index over sealed snapshots: exact persons, stable names, reviews, budgets, bad input."""

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.errors import Conflict, Malformed, Unknown
from dujiang.identify.numbers import check_character
from dujiang.identify.people import PEOPLE
from dujiang.identify.pseudonyms import local_handle, number_handle, person_id
from identify.identify_node import SECRET, NodeWorld, Snap
from shared_data import shared

Make = Callable[..., dict[str, Any]]


def resident(sequence: int, born: str = "19580314") -> str:
    body = f"510181{born}{sequence:03d}"
    return body + check_character(body)


def test_every_record_is_on_exactly_one_person(node: NodeWorld, somebody: Make) -> None:
    here = node.put(
        "zone-a", [somebody(), somebody(given="卫东", full_name="张卫东", birth_date="1971-02-03"), somebody()]
    )
    index = node.index(here)
    rows = node.rows(index)
    assert set(rows) == {("zone-a", 1), ("zone-a", 2), ("zone-a", 3)}
    assert (index.records, index.persons, index.linked, index.state) == (3, 2, 1, "identified")
    assert rows["zone-a", 1] == rows["zone-a", 3] != rows["zone-a", 2]


def test_one_person_in_two_zones_is_found_by_number_though_the_name_is_written_otherwise(
    node: NodeWorld, somebody: Make
) -> None:
    number = resident(1)
    one = node.put("zone-a", [somebody(id_number=number)])
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    other = node.put(
        "zone-b", [{"family": "ZHANG", "given": "Jian Guo", "birth_date": "1958-03-14", "id_number": wide}]
    )
    index = node.index(one, other)
    rows = node.rows(index)
    assert index.persons == 1
    assert set(rows.values()) == {(person_id(SECRET, "zone-a", 1), number_handle(SECRET, "CN-ID", number))}


def test_a_person_without_a_number_has_a_handle_of_this_node_only(node: NodeWorld, somebody: Make) -> None:
    (row,) = node.rows(node.index(node.put("zone-a", [somebody()]))).values()
    assert row[1] == local_handle(SECRET, "node-a", row[0])


def test_a_joined_person_takes_the_number_of_any_of_their_records(node: NodeWorld, somebody: Make) -> None:
    number = resident(1)
    rows = node.rows(node.index(node.put("zone-a", [somebody(), somebody(id_number=number)])))
    assert {handle for _, handle in rows.values()} == {number_handle(SECRET, "CN-ID", number)}


def test_a_number_that_fails_its_check_is_flagged_and_joins_nobody(node: NodeWorld, somebody: Make) -> None:
    wrong = resident(1)[:-1] + ("1" if resident(1)[-1] != "1" else "2")
    apart = {"id_number": wrong, "phone": "", "address": ""}
    here = node.put("zone-a", [somebody(**apart), somebody(**apart, given="卫东", full_name="张卫东")])
    index = node.index(here)
    assert (index.persons, index.flagged, index.linked) == (2, 2, 0)
    assert len({handle for _, handle in node.rows(index).values()}) == 2


def test_twins_stay_apart(node: NodeWorld, somebody: Make) -> None:
    twins = [somebody(given=g, full_name=f"张{g}", birth_date="2019-09-09") for g in ("梓涵", "梓轩")]
    index = node.index(node.put("zone-a", twins))
    assert (index.persons, index.review) == (2, 0)


def test_two_valid_numbers_are_never_joined_and_a_reviewer_sees_the_pair_without_names(
    node: NodeWorld, somebody: Make
) -> None:
    here = node.put("zone-a", [somebody(id_number=resident(1)), somebody(id_number=resident(3))])
    index = node.index(here)
    assert (index.persons, index.review) == (2, 1)
    (pair,) = node.reviews(index)
    assert (pair["a_zone"], pair["a_person_id"], pair["b_person_id"], pair["rule"]) == ("zone-a", 1, 2, "two_numbers")
    levels = PEOPLE.levels(int(str(pair["pattern"])))
    assert (levels["number"], levels["birth"], levels["given"]) == ("differs", "same", "same")
    assert not {"张", "建国", "jianguo", "13812345678", resident(1)} & set(str(pair).replace("'", " ").split())


def test_a_number_that_two_persons_claim_is_neither_ones_handle(node: NodeWorld, somebody: Make) -> None:
    number = resident(1)
    claimed = [
        somebody(id_number=number),
        somebody(id_number=number, family="王", given="芳", full_name="王芳", birth_date="1990-01-02"),
    ]
    index = node.index(node.put("zone-a", claimed))
    handles = {handle for _, handle in node.rows(index).values()}
    assert (index.persons, index.review) == (2, 1)
    assert len(handles) == 2 and number_handle(SECRET, "CN-ID", number) not in handles


def test_a_link_that_would_bring_two_numbers_together_goes_to_review(node: NodeWorld, somebody: Make) -> None:
    people = [somebody(id_number=resident(1)), somebody(), somebody(id_number=resident(3))]
    index = node.index(node.put("zone-a", people))
    assert index.persons == 2
    assert {r["rule"] for r in node.reviews(index)} == {"two_numbers", "contradiction_in_the_person"}


def test_the_order_of_zones_and_rows_does_not_change_who_is_who(node: NodeWorld, somebody: Make) -> None:
    people = [
        somebody(person_id=i, given=g, full_name=f"张{g}")
        for i, g in enumerate(("建国", "建国", "卫东", "伟", "玮"), 1)
    ]
    first = [node.put("zone-a", people, snapshot="s-a"), node.put("zone-b", people, snapshot="s-b")]
    before = node.rows(node.index(*first))
    again = [node.put("zone-b", people[::-1], snapshot="s-d"), node.put("zone-a", people[::-1], snapshot="s-c")]
    assert node.rows(node.index(*again)) == before


def test_the_same_snapshots_give_the_same_index_and_another_snapshot_another(node: NodeWorld, somebody: Make) -> None:
    one, same = node.put("zone-a", [somebody()], snapshot="s-1"), node.put("zone-a", [somebody()], snapshot="s-2")
    assert node.index(one) == node.index(one)
    assert node.index(one).id != node.index(same).id
    assert node.rows(node.index(one)) == node.rows(node.index(same))


def test_another_key_gives_other_persons_and_handles(node: NodeWorld, somebody: Make) -> None:
    here = node.put("zone-a", [somebody(id_number=resident(1))])
    one, other = (node.rows(node.index(here, secret=key * 32))["zone-a", 1] for key in (b"1", b"2"))
    assert one[0] != other[0] and one[1] != other[1]


def test_a_snapshot_without_people_gives_an_empty_index(node: NodeWorld) -> None:
    index = node.index(node.put("zone-a", []))
    assert (index.persons, index.records) == (0, 0) and node.rows(index) == {} and node.reviews(index) == []


def test_people_of_whom_nothing_is_known_are_counted_and_never_joined(node: NodeWorld) -> None:
    index = node.index(node.put("zone-a", [{}, {}, {"sex": "male"}]))
    assert (index.persons, index.records, index.review) == (3, 3, 0)


def test_a_placeholder_birth_date_is_no_evidence(node: NodeWorld, somebody: Make) -> None:
    blank = {"birth_date": "1900-01-01", "address": ""}
    assert node.index(node.put("zone-a", [somebody(**blank), somebody(**blank)])).persons == 2


def test_two_snapshots_of_one_zone_are_refused(node: NodeWorld, somebody: Make) -> None:
    here = node.put("zone-a", [somebody()])
    with pytest.raises(Conflict, match=r"persons\.zone_twice"):
        node.index(here, here)


def test_no_snapshots_and_a_snapshot_without_identities_are_refused(node: NodeWorld) -> None:
    with pytest.raises(Malformed, match=r"persons\.nothing"):
        node.index()
    with pytest.raises(Unknown, match=r"persons\.no_identity"):
        node.index(Snap("s-9", "zone-a"))


def test_a_short_key_is_refused_before_anything_is_written(node: NodeWorld, somebody: Make) -> None:
    here = node.put("zone-a", [somebody()])
    with pytest.raises(Malformed, match=r"persons\.key"):
        node.index(here, secret=b"short")
    assert not node.blobs.names("zone-identity")


def test_ten_thousand_records_with_the_same_name_end_soon_and_join_nobody(node: NodeWorld) -> None:
    here = node.put(
        "zone-a", ({"family": "张", "given": "伟", "birth_date": "1980-01-01", "sex": "male"} for _ in range(10_000))
    )
    index = node.index(here)
    assert index.persons == 10_000
    assert {f.rule for f in index.findings} == {"identify.block_birth", "identify.block_birth_given", "identify.block_name_year", "identify.block_name_day"}
    assert {f.pairs for f in index.findings} == {49_995_000}


# Real exports: every patient in them is another person.


def patients(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt") as lines:
        for number, line in enumerate(lines, 1):
            patient = json.loads(line)
            name, home = patient["name"][0], patient["address"][0]
            known = next((i for i in patient["identifier"] if "ssn" in i.get("system", "")), {})
            yield {
                "person_id": number,
                "family": name["family"],
                "given": " ".join(name["given"]),
                "sex": patient["gender"],
                "birth_date": patient["birthDate"],
                "id_number": known.get("value"),
                "id_system": known.get("system"),
                "phone": patient["telecom"][0]["value"],
                "address": " ".join([*home["line"], home["city"]]),
            }


@pytest.mark.parametrize(("folder", "persons"), [("fhir/r4_ndjson_110", 110), ("fhir/stu3_ndjson_150", 150)])
def test_nobody_in_a_real_fhir_export_is_joined_with_or_without_numbers(
    node: NodeWorld, folder: str, persons: int
) -> None:
    known = list(patients(shared(f"{folder}/Patient.ndjson.gz")))
    assert node.index(node.put("zone-a", known)).persons == persons
    without = [{**p, "id_number": None} for p in known]
    assert node.index(node.put("zone-b", without)).persons == persons


def test_nobody_in_a_real_csv_export_is_joined(node: NodeWorld) -> None:
    with shared("omop/synthea_csv_27/patients.csv").open() as lines:
        known = [
            {"family": r["LAST"], "given": r["FIRST"], "sex": r["GENDER"], "birth_date": r["BIRTHDATE"], "id_number": r["SSN"],
             "id_system": "SSN", "address": r["ADDRESS"] + r["CITY"]}
            for r in csv.DictReader(lines)
        ]  # fmt: skip
    index = node.index(node.put("zone-a", known))
    assert (index.persons, index.records, index.flagged) == (27, 27, 0)


def test_a_real_export_delivered_by_two_sources_gives_each_person_once(node: NodeWorld) -> None:
    known = list(patients(shared("fhir/r4_ndjson_110/Patient.ndjson.gz")))
    index = node.index(node.put("zone-a", known), node.put("zone-b", known))
    assert (index.persons, index.records) == (110, 220)
