"""Source identities become comparable traits, page by page, and only where they are not known already; the blocks choose the pairs and nothing else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from dujiang.identify import persons, records
from dujiang.identify.blocking import choose_pairs, plan
from dujiang.identify.people import PEOPLE
from dujiang.identify.pseudonyms import Names, number_handle, person_id
from dujiang.identify.records import COLUMNS, NAMES, SAID, TRAITS, Parts, bring_traits, know_records, lay_out, read_records
from identify.identify_node import SECRET, NodeWorld, Snap

Make = Callable[..., dict[str, Any]]
GOOD = "11010519491231002X"
WHO = Names(SECRET, "node-a")


def comparable(row: tuple[object, ...]) -> dict[str, object]:
    return records.comparable(row, WHO)


def row(**other: object) -> tuple[object, ...]:
    return (7, "zone-a", 42, *(other.get(name) for name in SAID))


def opened(node: NodeWorld, frames: Any, *snapshots: Snap) -> int:
    count = know_records(frames, [(s.zone, node.blobs.url(s.zone, f"std/{s.id}/x_identity.parquet")) for s in snapshots], "r", Parts())
    read_records(frames, WHO)
    lay_out(frames, PEOPLE.rules, Parts())
    return count


def pairs(node: NodeWorld, *snapshots: Snap) -> list[tuple[object, ...]]:
    with node.frames() as frames:
        count = opened(node, frames, *snapshots)
        choose_pairs(frames, PEOPLE.rules, plan(frames, count))
        return frames.rows("SELECT a, b FROM x_pairs ORDER BY a, b")


def test_a_row_has_every_column_of_the_table_and_says_nothing_where_the_source_is_silent() -> None:
    silent = comparable(row())
    assert set(silent) == set(COLUMNS)
    assert (silent["version"], silent["zone"], silent["newborn"], silent["flagged"]) == (7, "zone-a", False, False)
    assert {name: silent[name] for name in NAMES if silent[name] is not None} == {"own_person": person_id(SECRET, "zone-a", 42), "flagged": False}
    assert {silent[name] for name in TRAITS if name not in ("zone", "newborn")} == {None}


def test_a_valid_number_is_a_trait_and_an_invalid_one_is_kept_and_flagged_but_never_a_key() -> None:
    valid, wrong = comparable(row(id_number=GOOD)), comparable(row(id_number=GOOD[:-1] + "1"))
    assert (valid["id_system"], valid["id_number"], valid["flagged"]) == ("CN-ID", GOOD, False)
    assert (valid["id_rank"], valid["number_handle"]) == (0, number_handle(SECRET, "CN-ID", GOOD))
    assert (wrong["id_number"], wrong["number_text"], wrong["flagged"]) == (None, GOOD[:-1] + "1", True)
    assert wrong["number_handle"] is wrong["id_rank"] is None


def test_a_birth_date_that_is_missing_is_read_from_the_number_and_marked_as_such() -> None:
    told = comparable(row(id_number=GOOD))
    assert (told["birth_date"], told["born"], told["lunar"]) == (None, "1949-12-31", None)
    said = comparable(row(id_number=GOOD, birth_date=date(1949, 8, 10)))
    assert (said["birth_date"], said["born"], said["lunar"]) == ("1949-08-10", "1949-08-10", "1949-10-01")


@pytest.mark.parametrize(
    ("given", "compared"),
    [
        ("M", "male"),
        ("male", "male"),
        (" 男 ", "male"),
        ("Female", "female"),
        ("女性", "female"),
        ("other", None),
        (None, None),
    ],
)
def test_sex_is_compared_where_it_is_one_of_two(given: str | None, compared: str | None) -> None:
    assert comparable(row(sex=given))["sex"] == compared


@pytest.mark.parametrize(
    ("given", "compared"),
    [(date(1958, 3, 14), "1958-03-14"), (date(1900, 1, 1), None), (date(9999, 12, 31), None), (None, None)],
)
def test_a_placeholder_is_no_birth_date(given: date | None, compared: str | None) -> None:
    assert comparable(row(birth_date=given))["birth_date"] == compared


def test_the_sound_of_a_name_goes_with_it() -> None:
    traits = comparable(row(full_name="曾 国藩"))
    assert (traits["family"], traits["given"], traits["full_name"]) == ("曾", "国藩", "曾国藩")
    assert (traits["family_sound"], traits["given_sound"]) == ("zeng", "guofan")


def test_records_are_numbered_by_zone_and_person_whatever_the_order_of_the_files(node: NodeWorld, somebody: Make) -> None:
    other = node.put("zone-b", [somebody(person_id=1)])
    one = node.put("zone-a", [somebody(person_id=9), somebody(person_id=-3)])
    with node.frames() as frames:
        assert opened(node, frames, other, one) == 3
        found = frames.rows("SELECT n, zone, person_id FROM x_known ORDER BY n")
    assert found == [(1, "zone-a", -3), (2, "zone-a", 9), (3, "zone-b", 1)]


def test_a_version_changes_with_anything_a_record_says_and_with_the_recipe(node: NodeWorld, somebody: Make) -> None:
    def version(recipe: str, **other: Any) -> object:
        here = node.put("zone-a", [somebody(**other)])
        with node.frames() as frames:
            know_records(frames, [("zone-a", node.blobs.url("zone-a", f"std/{here.id}/x_identity.parquet"))], recipe, Parts())
            return frames.rows("SELECT version FROM x_known")[0][0]

    changes = [{}, {"phone": None}, {"given": "x"}, {"birth_date": "1958-03-15"}, {"mrn": "1"}, {"person_id": 2}, {"address": ""}]
    assert len({version("r", **change) for change in changes} | {version("s")}) == len(changes) + 1
    assert version("r") == version("r")


def test_traits_are_brought_once_and_only_for_who_is_asked_for(node: NodeWorld, somebody: Make) -> None:
    here = node.put("zone-a", [somebody() for _ in range(5)])
    with node.frames() as frames:
        opened(node, frames, here)
        for which in ("SELECT 2 AS n", "SELECT n FROM x_known WHERE n < 4"):
            bring_traits(frames, Parts(), which)
        assert frames.rows("SELECT n FROM x_traits ORDER BY n") == [(1,), (2,), (3,)]


def test_pages_do_not_change_the_index(node: NodeWorld, somebody: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("建国", "建国", "卫东", "伟", "玮", "建国", "芳")
    here = node.put("zone-a", [somebody(given=g, full_name=f"张{g}") for g in names])
    whole = node.index(here)
    kept = (node.rows(whole), node.reviews(whole))
    monkeypatch.setattr(records, "PAGE", 2)
    paged = node.index(here)
    assert paged == whole
    assert (node.rows(paged), node.reviews(paged)) == kept


def test_progress_goes_up_stage_by_stage_to_the_whole(node: NodeWorld, somebody: Make) -> None:
    seen: list[tuple[int, int]] = []
    here = node.put("zone-a", [somebody()] * 5)
    persons.identify(node, [here], SECRET, lambda done, of: seen.append((done, of)))  # type: ignore[arg-type]
    assert seen == [(n, 5) for n in range(1, 6)]


STRANGER = {"family": "王", "given": "芳", "full_name": "王芳", "sex": "female"}
BLOCKS = {
    "number": ({"id_number": GOOD}, {**STRANGER, "id_number": GOOD}),
    "old number": ({"id_number": GOOD}, {**STRANGER, "id_number": "110105491231002"}),
    "written": ({"id_number": GOOD[:-1] + "1"}, {**STRANGER, "id_number": GOOD[:-1] + "1"}),
    "chart": ({"mrn": "M-1"}, {**STRANGER, "mrn": "m1"}),
    "birth": ({"birth_date": "1971-02-03", "family": "张"}, {"birth_date": "1971-02-03", "full_name": "朱卫"}),
    "birth_given": ({"birth_date": "1971-02-03", "family": "张", "given": "伟"}, {"birth_date": "1971-02-03", "family": "王", "given": "玮"}),
    "phone": ({"phone": "13812345678", "sex": "M"}, {"phone": "+86 138 1234 5678", "sex": "male"}),
    "name_year": ({"full_name": "张伟", "birth_date": "1971-02-03"}, {"full_name": "張偉", "birth_date": "1971-12-30"}),
    "name_day": ({"full_name": "张伟", "birth_date": "1971-02-03"}, {"full_name": "張偉", "birth_date": "1961-02-03"}),
    "name_street": ({"full_name": "张伟", "address": "四川省成都市武侯区人民路5号"}, {"full_name": "ZHANG Wei", "family": "zhang", "given": "wei",
                    "address": "武侯区人民路5号"}),
    "name_phone": ({"full_name": "张伟", "phone": "13812345678", "sex": "M"}, {"full_name": "张伟", "phone": "13812345678", "sex": "F"}),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), BLOCKS.values(), ids=BLOCKS)
def test_a_block_brings_two_records_together(node: NodeWorld, one: Any, other: Any) -> None:
    assert pairs(node, node.put("zone-a", [one, other])) == [(1, 2)]


def test_every_rule_has_its_example_above() -> None:
    assert {rule.name for rule in PEOPLE.rules} == set(BLOCKS) - {"old number"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"birth_date": "1971-02-03", "family": "张"}, {"birth_date": "1971-02-03", "family": "王"}),
        ({"birth_date": "1971-02-03"}, {"birth_date": "1971-02-03"}),
        ({"phone": "13812345678", "sex": "M"}, {"phone": "13812345678", "sex": "F"}),
        ({"phone": "00000000000"}, {"phone": "00000000000"}),
        ({"address": "幸福路12号"}, {"address": "幸福路12号"}),
        ({"full_name": "张伟"}, {"full_name": "张伟"}),
    ],
)
def test_records_without_a_block_in_common_are_not_compared(node: NodeWorld, one: Any, other: Any) -> None:
    assert pairs(node, node.put("zone-a", [one, other])) == []


def test_the_same_record_number_of_two_sources_is_no_reason_to_compare(node: NodeWorld) -> None:
    assert pairs(node, node.put("zone-a", [{"mrn": "M1"}]), node.put("zone-b", [{"mrn": "M1"}])) == []


def test_a_pair_in_several_blocks_and_zones_is_compared_once(node: NodeWorld, somebody: Make) -> None:
    here, there = node.put("zone-a", [somebody(id_number=GOOD)]), node.put("zone-b", [somebody(id_number=GOOD)])
    assert pairs(node, here, there) == [(1, 2)]
