"""What reviewers rule: joining, parting, deciding doubts, undoing; with reasons, a history, and every record on exactly one person."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.errors import Conflict, DujiangError, Malformed, Refused, Unknown
from dujiang.identify.acts import ACTS, LIVES
from dujiang.identify.numbers import check_character
from dujiang.identify.persons import PersonIndex
from dujiang.identify.rulings import Ruling, numbered, place
from identify.identify_desk import STEWARD, Desk

Make = Callable[..., dict[str, Any]]
A, B, C = "zone-a/1", "zone-a/2", "zone-a/3"


def resident(sequence: int) -> str:
    body = f"51018119580314{sequence:03d}"
    return body + check_character(body)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def persons(desk: Desk) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for record, person in desk.homes().items():
        groups.setdefault(person, set()).add(record)
    return {frozenset(group) for group in groups.values()}


def sets(*groups: tuple[str, ...]) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def test_two_persons_joined_are_one_from_the_next_index_on(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody(given="卫东", full_name="张卫东")])
    desk.index_now()
    desk.do("person.merge", one=A, other=B, reason="changed the name in 2009, saw the household book")
    assert persons(desk) == sets((A,), (B,))
    assert desk.index_now().rulings and persons(desk) == sets((A, B))


def test_a_person_parted_is_two_from_the_next_index_on_and_the_rest_stays_together(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody()] * 3)
    desk.index_now()
    assert persons(desk) == sets((A, B, C))
    desk.do("person.split", records=(B,), reason="father and son of one name")
    index = desk.index_now()
    assert persons(desk) == sets((A, C), (B,)) and index.fresh == 0


def test_undoing_gives_back_what_was_and_the_history_keeps_both(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody()] * 2)
    first = desk.index_now()
    ruling = desk.do("person.split", records=(B,), reason="thought so")["ruling"]
    desk.index_now()
    desk.do("ruling.undo", id=ruling, reason="the son is another record")
    last = desk.index_now()
    assert persons(desk) == sets((A, B)) and desk.rows(last) == desk.rows(first)
    (kept,) = desk.do("person.history", record=A)
    assert (kept.state, kept.reason, kept.undone_because) == ("undone", "thought so", "the son is another record")
    assert kept.at < kept.undone_at and desk.do("person.history", record=C) == []


def test_a_ruling_made_and_undone_gives_an_index_of_its_own_so_that_the_newest_is_the_right_one(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody()] * 2)
    first = desk.index_now()
    desk.do("person.split", records=(B,), reason="x")
    second = desk.index_now()
    assert first.id != second.id and desk.tables.all(PersonIndex)[-1] == second


def test_a_doubt_that_a_reviewer_decided_waits_no_longer(desk: Desk, somebody: Make) -> None:
    bare = {"phone": None, "address": None}
    desk.receive([somebody(**bare), somebody(**bare)])
    desk.index_now()
    (doubt,) = desk.do("person.doubts")
    assert {doubt.one, doubt.other} == {A, B} and doubt.decision == "review"
    desk.do("person.review", one=A, other=B, verdict="different", reason="asked both")
    assert desk.do("person.doubts") == []
    assert desk.index_now().review == 0 and persons(desk) == sets((A,), (B,))


def test_a_doubt_found_to_be_one_person_joins(desk: Desk, somebody: Make) -> None:
    bare = {"phone": None, "address": None}
    desk.receive([somebody(**bare), somebody(**bare)])
    desk.index_now()
    desk.do("person.review", one=A, other=B, verdict="same", reason="same photograph")
    desk.index_now()
    assert persons(desk) == sets((A, B))


def test_two_valid_numbers_are_joined_only_by_who_says_that_they_were_seen(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(id_number=resident(1)), somebody(id_number=resident(3))])
    desk.index_now()
    for name, args in (("person.merge", {}), ("person.review", {"verdict": "same"})):
        with pytest.raises(Refused, match=r"person\.two_numbers") as refused:
            desk.do(name, one=A, other=B, reason="looks one", **args)
        assert resident(1) not in str(refused.value)
    desk.do("person.merge", one=A, other=B, reason="number corrected by the police, saw both cards", despite_numbers=True)
    desk.index_now()
    assert persons(desk) == sets((A, B))


def test_the_next_visit_under_either_of_two_joined_numbers_is_that_persons(desk: Desk, somebody: Make) -> None:
    known = [somebody(id_number=resident(1)), somebody(id_number=resident(3))]
    desk.receive(known)
    desk.index_now()
    desk.do("person.merge", one=A, other=B, reason="corrected number", despite_numbers=True)
    desk.receive([*known, somebody(id_number=resident(1), phone=None)])
    desk.index_now()
    assert persons(desk) == sets((A, B, C))


def test_a_ruling_outlives_a_record_that_is_gone_and_holds_again_when_it_is_back(desk: Desk, somebody: Make) -> None:
    both = [somebody(), somebody(given="卫东", full_name="张卫东")]
    desk.receive(both)
    desk.index_now()
    desk.do("person.merge", one=A, other=B, reason="one")
    desk.receive(both[:1])
    desk.index_now()
    assert persons(desk) == sets((A,))
    desk.receive(both)
    desk.index_now()
    assert persons(desk) == sets((A, B))


def test_what_makes_no_sense_is_refused_and_says_why(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody(), somebody(), somebody(given="卫东", full_name="张卫东")])
    with pytest.raises(Conflict, match=r"persons\.none"):
        desk.do("person.merge", one=A, other=B, reason="x")
    desk.index_now()
    with pytest.raises(Conflict, match=r"person\.one_already"):
        desk.do("person.merge", one=A, other=B, reason="x")
    with pytest.raises(Unknown, match=r"person\.record"):
        desk.do("person.merge", one=A, other="zone-z/9", reason="x")
    with pytest.raises(Conflict, match=r"person\.several"):
        desk.do("person.split", records=(A, C), reason="x")
    with pytest.raises(Conflict, match=r"person\.nothing_left"):
        desk.do("person.split", records=(A, B), reason="x")
    with pytest.raises(Malformed, match=r"ruling\.reason"):
        desk.do("person.split", records=(A,), reason="  ")
    with pytest.raises(Unknown, match=r"person\.record"):
        desk.do("person.records", record="")
    assert desk.do("person.history") == []


def test_an_entry_tells_of_a_ruling_how_many_records_it_is_about_and_nothing_else(desk: Desk, somebody: Make) -> None:
    desk.receive([somebody()] * 2)
    desk.index_now()
    act = next(a for a in ACTS if a.name == "person.split")
    outcome = act.step(desk, STEWARD, None, act.takes(records=(A,), reason="张建国"))  # type: ignore[call-arg, arg-type]
    assert outcome.facts == {"kind": "split", "records": 2}


def test_a_ruling_without_records_or_with_one_twice_cannot_be() -> None:
    for groups in ((), ((A,),), ((A, A),), ((A,), (A,)), ((A, B), ())):
        with pytest.raises(Malformed, match=r"ruling\.records"):
            Ruling(id="rl-1", state="in_force", kind="merge", sets=groups, reason="x", by="a", at="t")
    with pytest.raises(Malformed):
        Ruling(id="rl-1", state="elsewhere", kind="merge", sets=((A, B),), reason="x", by="a", at="t")


def test_rulings_are_one_table_of_moves_and_name_records_by_place() -> None:
    assert [life.kind for life in LIVES] == ["ruling"] and LIVES[0].ends() == {"undone"}
    assert place("zone-a", 7) == "zone-a/7"
    ruling = Ruling(id="rl-1", state="in_force", kind="split", sets=((A, B), (C,)), reason="x", by="a", at="t")
    assert numbered([ruling], {A: 1, C: 3}) == [((1,), (3,))]


deeds = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "same", "different", "undo", "index"]), st.integers(1, 6), st.integers(1, 6)), max_size=10
)


@settings(max_examples=5, deadline=None)
@given(deeds)
def test_whatever_reviewers_do_every_record_is_on_exactly_one_person_and_the_newest_ruling_holds(todo: list[tuple[str, int, int]]) -> None:
    who = [("张", "建国"), ("张", "建国"), ("王", "芳"), ("王", "芳"), ("李", "伟"), ("李", "玮")]
    people = [{"family": f, "given": g, "full_name": f + g, "sex": "male", "birth_date": "1958-03-14", "phone": "13812345678"} for f, g in who]
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.receive(people)
        desk.index_now()
        for deed, x, y in todo:
            one, other = f"zone-a/{x}", f"zone-a/{y}"
            try:
                perform(desk, deed, one, other)
            except DujiangError:
                continue
        desk.index_now()
        homes = desk.homes()
        assert set(homes) == {f"zone-a/{n}" for n in range(1, 7)}
        bound = desk.tables.all(Ruling, state="in_force")
        if bound:
            newest = bound[-1]
            assert all(len({homes[r] for r in group}) == 1 for group in newest.sets)
            assert len({homes[group[0]] for group in newest.sets}) == len(newest.sets)


def perform(desk: Desk, deed: str, one: str, other: str) -> None:
    if deed == "index":
        desk.index_now()
    elif deed == "merge":
        desk.do("person.merge", one=one, other=other, reason="r")
    elif deed == "split":
        desk.do("person.split", records=(one,), reason="r")
    elif deed == "undo":
        desk.do("ruling.undo", id=desk.tables.all(Ruling, state="in_force")[-1].id if desk.tables.all(Ruling, state="in_force") else "none", reason="r")
    else:
        desk.do("person.review", one=one, other=other, verdict=deed, reason="r")
