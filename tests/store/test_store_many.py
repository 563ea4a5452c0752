"""Many things cost a statement, not one each; and whoever holds decoded things can see that they changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.store.control import AT_ONCE, ControlStore
from dujiang.words import Party, Saying

NAME = Saying(en="A", zh="甲")
Kept = list[tuple[str, str]]


def party(id: str, state: str = "joined") -> Party:
    return Party(id=id, state=state, name=NAME)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ControlStore]:
    opened = ControlStore(f"sqlite:///{tmp_path / 'control.db'}")
    yield opened
    opened.close()


def test_as_many_as_one_likes_are_kept_and_found_in_order_of_birth(store: ControlStore) -> None:
    ids = [f"p-{n}" for n in range(2 * AT_ONCE + 7)]
    with store.transaction() as tx:
        tx.put(*map(party, ids))
        assert [p.id for p in tx.all(Party)] == ids
        assert set(tx.some(Party, [*ids, "nobody"])) == set(ids)


def test_nothing_asked_is_nothing_found_and_nothing_kept_is_no_change(store: ControlStore) -> None:
    with store.transaction() as tx:
        tx.put()
        assert tx.some(Party, ()) == {} and tx.changes(Party.KIND) == 0


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(("joined", "invited"))), max_size=6), max_size=6))
def test_keeping_many_at_once_is_keeping_each_in_turn(batches: list[Kept]) -> None:
    together, apart = ControlStore("sqlite://"), ControlStore("sqlite://")
    try:
        with together.transaction() as many, apart.transaction() as one:
            for batch in batches:
                many.put(*(party(id, state) for id, state in batch))
                for id, state in batch:
                    one.put(party(id, state))
            assert many.all(Party) == one.all(Party)
    finally:
        together.close()
        apart.close()


def test_every_change_to_a_kind_moves_its_number_and_no_other_kind_s(store: ControlStore) -> None:
    with store.transaction() as tx:
        tx.put(party("a"))
        first = tx.changes(Party.KIND)
        tx.put(party("a", "invited"))
        assert tx.changes(Party.KIND) > first > tx.changes("consent") == 0
