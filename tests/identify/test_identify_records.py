"""Source identities become comparable traits, page by page; the blocks choose the pairs and nothing else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from dujiang.identify import content, persons, records
from dujiang.identify.blocking import RULES, choose_pairs
from dujiang.identify.records import COLUMNS, comparable, read_records, traits_of
from identify.identify_node import SECRET, NodeWorld, Snap

Make = Callable[..., dict[str, Any]]
GOOD = "11010519491231002X"


def row(**other: object) -> tuple[object, ...]:
    asked = ("family", "given", "full_name", "sex", "birth_date", "id_number", "id_system", "phone", "address")
    return (7, "zone-a", 42, *(other.get(name) for name in asked))


def pairs(node: NodeWorld, *snapshots: Snap) -> list[tuple[object, ...]]:
    with node.frames() as frames:
        read_records(frames, [(s.zone, node.blobs.url(s.zone, f"std/{s.id}/x_identity.parquet")) for s in snapshots])
        choose_pairs(frames)
        return frames.rows("SELECT a, b FROM x_pairs ORDER BY a, b")


def test_a_row_has_every_column_of_the_table_and_says_nothing_where_the_source_is_silent() -> None:
    silent = comparable(row())
    assert list(silent) == list(COLUMNS)
    assert (silent["n"], silent["zone"], silent["person_id"]) == (7, "zone-a", 42)
    assert {silent[name] for name in COLUMNS if name not in ("n", "zone", "person_id", "id_number", "flagged")} == {""}
    assert silent["id_number"] is None and silent["flagged"] is False


def test_a_valid_number_is_a_trait_and_an_invalid_one_only_a_flag() -> None:
    valid, wrong = comparable(row(id_number=GOOD)), comparable(row(id_number=GOOD[:-1] + "1"))
    assert (valid["id_system"], valid["id_number"], valid["flagged"]) == ("CN-ID", GOOD, False)
    assert (wrong["id_system"], wrong["id_number"], wrong["flagged"]) == ("", None, True)


@pytest.mark.parametrize(
    ("given", "compared"),
    [
        ("M", "male"),
        ("male", "male"),
        (" 男 ", "male"),
        ("Female", "female"),
        ("女性", "female"),
        ("other", ""),
        (None, ""),
    ],
)
def test_sex_is_compared_where_it_is_one_of_two(given: str | None, compared: str) -> None:
    assert comparable(row(sex=given))["sex"] == compared


@pytest.mark.parametrize(
    ("given", "compared"),
    [(date(1958, 3, 14), "1958-03-14"), (date(1900, 1, 1), ""), (date(9999, 12, 31), ""), (None, "")],
)
def test_a_placeholder_is_no_birth_date(given: date | None, compared: str) -> None:
    assert comparable(row(birth_date=given))["birth_date"] == compared


def test_the_sound_of_a_name_goes_with_it() -> None:
    traits = comparable(row(full_name="曾 国藩"))
    assert (traits["family"], traits["given"], traits["full_name"]) == ("曾", "国藩", "曾国藩")
    assert (traits["family_sound"], traits["given_sound"]) == ("zeng", "guofan")


def test_records_are_numbered_by_zone_and_person_whatever_the_order_of_the_files(
    node: NodeWorld, somebody: Make
) -> None:
    other = node.put("zone-b", [somebody(person_id=1)])
    one = node.put("zone-a", [somebody(person_id=9), somebody(person_id=-3)])
    with node.frames() as frames:
        urls = [(s.zone, node.blobs.url(s.zone, f"std/{s.id}/x_identity.parquet")) for s in (other, one)]
        assert read_records(frames, urls) == 3
        known = dict(traits_of(frames, "SELECT n FROM x_traits"))
        some = dict(traits_of(frames, "SELECT 2"))
    assert [(n, t.zone, t.person_id) for n, t in sorted(known.items())] == [
        (1, "zone-a", -3),
        (2, "zone-a", 9),
        (3, "zone-b", 1),
    ]
    assert list(some) == [2] and some[2] == known[2]


def test_pages_do_not_change_the_index(node: NodeWorld, somebody: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("建国", "建国", "卫东", "伟", "玮", "建国", "芳")
    here = node.put("zone-a", [somebody(given=g, full_name=f"张{g}") for g in names])
    whole = node.index(here)
    kept = (node.rows(whole), node.reviews(whole))
    for module in (records, content, persons):
        monkeypatch.setattr(module, "PAGE", 2)
    paged = node.index(here)
    assert paged == whole
    assert (node.rows(paged), node.reviews(paged)) == kept


def test_progress_goes_up_page_by_page(node: NodeWorld, somebody: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "PAGE", 4)
    seen: list[tuple[int, int]] = []
    here = node.put("zone-a", [somebody()] * 5)
    persons.identify(node, [here], SECRET, lambda done, of: seen.append((done, of)))  # type: ignore[arg-type]
    assert seen == [(4, 10), (8, 10), (10, 10)]


STRANGER = {"family": "王", "given": "芳", "full_name": "王芳", "sex": "female"}
BLOCKS = [
    ({"id_number": GOOD}, {**STRANGER, "id_number": GOOD}),
    ({"birth_date": "1971-02-03", "family": "张"}, {"birth_date": "1971-02-03", "full_name": "朱卫"}),
    ({"phone": "13812345678", "sex": "M"}, {"phone": "+86 138 1234 5678", "sex": "male"}),
]


@pytest.mark.parametrize(("one", "other"), BLOCKS, ids=list(RULES))
def test_a_block_brings_two_records_together(node: NodeWorld, one: Any, other: Any) -> None:
    assert pairs(node, node.put("zone-a", [one, other])) == [(1, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id_number": GOOD[:-1] + "1"}, {"id_number": GOOD[:-1] + "1"}),
        ({"birth_date": "1971-02-03", "family": "张"}, {"birth_date": "1971-02-03", "family": "王"}),
        ({"birth_date": "1971-02-03"}, {"birth_date": "1971-02-03"}),
        ({"phone": "13812345678", "sex": "M"}, {"phone": "13812345678", "sex": "F"}),
        ({"phone": "00000000000"}, {"phone": "00000000000"}),
        ({"address": "幸福路12号"}, {"address": "幸福路12号"}),
    ],
)
def test_records_without_a_block_in_common_are_not_compared(node: NodeWorld, one: Any, other: Any) -> None:
    assert pairs(node, node.put("zone-a", [one, other])) == []


def test_a_pair_in_several_blocks_and_zones_is_compared_once(node: NodeWorld, somebody: Make) -> None:
    here, there = node.put("zone-a", [somebody(id_number=GOOD)]), node.put("zone-b", [somebody(id_number=GOOD)])
    assert pairs(node, here, there) == [(1, 2)]


@pytest.mark.parametrize(("budget", "blocks_left"), [(0, 2), (1, 1), (3, 1), (4, 0)])
def test_the_budget_is_spent_on_small_blocks_first(node: NodeWorld, budget: int, blocks_left: int) -> None:
    crowd = [{"phone": "13900001111", "sex": "F"}] * 3
    two = [{"phone": "13800002222", "sex": "F"}] * 2
    here = node.put("zone-a", [*crowd, *two])
    with node.frames() as frames:
        read_records(frames, [("zone-a", node.blobs.url("zone-a", f"std/{here.id}/x_identity.parquet"))])
        findings = choose_pairs(frames, budget=budget)
        compared = frames.rows("SELECT count(*) FROM x_pairs")[0][0]
    assert sum(f.blocks for f in findings) == blocks_left
    assert compared == {0: 0, 1: 1, 3: 1, 4: 4}[budget]
