"""The stored log gives back what it was given, in order, and proves it at every size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from dujiang.errors import Malformed
from dujiang.ledger import checkpoint as notes
from dujiang.ledger import log
from dujiang.ledger import tree as arithmetic
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.store.schema import entry, tree
from ledger.samples import HUB, bodies, in_memory, stored, true_root


def test_entries_come_back_in_order_with_the_index_of_the_first(store):
    with store.begin() as tx:
        assert log.append(tx, "own", bodies(3)) == 0
        assert log.append(tx, "own", bodies(4, 3)) == 3
        assert log.append(tx, "own", []) == 7
        assert log.size(tx, "own") == 7
        assert log.entries(tx, "own", 2, 3) == bodies(3, 2)
        assert log.entries(tx, "own", 5, 100) == bodies(2, 5)
        assert log.entries(tx, "own", 7, 100) == []


def test_an_empty_log_has_the_empty_root_and_no_checkpoint(store):
    with store.begin() as tx:
        assert log.size(tx, "own") == 0
        assert log.root_at(tx, "own", 0) == arithmetic.EMPTY
        assert log.latest_checkpoint(tx, "own") is None
        assert log.checkpoints(tx, "own") == []
        assert log.check(tx, "own").size == 0


def test_roots_and_proofs_of_every_size_verify(store):
    with store.begin() as tx:
        for size in (1, 2, 5, 8, 1):
            log.append(tx, "own", bodies(size, log.size(tx, "own")))
        total = log.size(tx, "own")
        for new in range(1, total + 1):
            root = log.root_at(tx, "own", new)
            assert root == true_root(new)
            for old in range(1, new + 1):
                path = log.consistency(tx, "own", old, new)
                assert arithmetic.verify_consistency(old, new, true_root(old), new_root=root, path=path)
                leaf = arithmetic.leaf_hash(bodies(1, old - 1)[0])
                path = log.inclusion(tx, "own", old - 1, new)
                assert arithmetic.verify_inclusion(old - 1, new, leaf, path=path, root=root)


def test_logs_in_one_store_do_not_mix(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(5))
        log.append(tx, "alliance", bodies(3, 100))
        log.sign_checkpoint(tx, "own", HUB)
        assert (log.size(tx, "own"), log.size(tx, "alliance")) == (5, 3)
        assert log.root_at(tx, "own", 5) == true_root(5)
        assert log.entries(tx, "alliance", 0, 9) == bodies(3, 100)
        assert log.latest_checkpoint(tx, "alliance") is None
        assert log.check(tx, "own").size == 5 and log.check(tx, "alliance").size == 3


def test_only_complete_nodes_are_stored(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(5))
        log.append(tx, "own", bodies(6, 5))
        found = {(row.level, row.i) for row in tx.execute(select(tree))}
        assert found == {(level, i) for level in (1, 2, 3) for i in range(11 >> level)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=7))
def test_entries_appended_in_any_batches_give_the_same_log(batches):
    total = sum(batches)
    with in_memory().begin() as tx:
        for many in batches:
            log.append(tx, "own", bodies(many, log.size(tx, "own")))
        with in_memory().begin() as other:
            log.append(other, "own", bodies(total))
            assert stored(tx) == stored(other)
        assert log.root_at(tx, "own", total) == true_root(total)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=7))
def test_every_checkpoint_is_consistent_with_every_earlier_one(batches):
    with in_memory().begin() as tx:
        for many in batches:
            log.append(tx, "own", bodies(many, log.size(tx, "own")))
            log.sign_checkpoint(tx, "own", HUB)
        signed = [notes.parse_signed(note, HUB.verifying, strict=True) for note in log.checkpoints(tx, "own")]
        assert [one.size for one in signed] == sorted({one.size for one in signed})
        for at, new in enumerate(signed):
            assert new == Checkpoint(origin=HUB.name, size=new.size, root=true_root(new.size))
            for old in (one for one in signed[:at] if one.size):
                path = log.consistency(tx, "own", old.size, new.size)
                assert arithmetic.verify_consistency(old.size, new.size, old.root, new_root=new.root, path=path)
        assert log.check(tx, "own", HUB.verifying).checkpoints == len(signed)


def test_a_batch_larger_than_a_page_is_read_signed_and_checked(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(2 * log.PAGE + 7), canonical=True)
        note = log.sign_checkpoint(tx, "own", HUB)
        assert notes.parse_signed(note, HUB.verifying).root == true_root(2 * log.PAGE + 7)
        assert log.check(tx, "own", HUB.verifying).size == 2 * log.PAGE + 7


@pytest.mark.parametrize("bad", [b"", b"[]", b'"text"', b"null", b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":1}\n', b"\xff"])
def test_a_body_that_is_not_a_canonical_object_is_refused_and_nothing_is_added(store, bad):
    with store.begin() as tx:
        log.append(tx, "own", bodies(2))
        before = stored(tx)
        with pytest.raises(Malformed) as refusal:
            log.append(tx, "own", [*bodies(1, 2), bad])
        assert refusal.value.rule == "log.body" and refusal.value.facts == {"at": 1}
        assert stored(tx) == before


@pytest.mark.parametrize("size", [-1, 4, 1000])
def test_nothing_is_said_about_a_size_the_log_has_not_reached(store, size):
    with store.begin() as tx:
        log.append(tx, "own", bodies(3))
        for ask in (
            lambda: log.root_at(tx, "own", size),
            lambda: log.inclusion(tx, "own", 0, size),
            lambda: log.consistency(tx, "own", 1, size),
        ):
            with pytest.raises(Malformed) as refusal:
                ask()
            assert refusal.value.rule == "log.size"


def test_what_was_not_committed_leaves_the_old_state(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(5))
        log.sign_checkpoint(tx, "own", HUB)
        before = stored(tx)
    with store.connect() as lost:
        log.append(lost, "own", bodies(9, 5))
        log.sign_checkpoint(lost, "own", HUB)
        assert log.size(lost, "own") == 14
    with store.begin() as tx:
        assert stored(tx) == before
        log.append(tx, "own", bodies(1, 5))
        signed = notes.parse_signed(log.sign_checkpoint(tx, "own", HUB), HUB.verifying)
        assert (signed.size, signed.root) == (6, true_root(6))


def test_an_error_after_appending_takes_the_entries_back(store):
    with pytest.raises(RuntimeError), store.begin() as tx:
        log.append(tx, "own", bodies(3))
        raise RuntimeError
    with store.begin() as tx:
        assert stored(tx) == [[], [], []]


def test_the_same_index_cannot_be_written_twice(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(1))
    with pytest.raises(IntegrityError), store.begin() as tx:
        tx.execute(insert(entry).values(log="own", i=0, hash=b"", body=b""))


def test_the_number_of_stored_nodes_stays_below_the_number_of_entries(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(100))
        assert tx.execute(select(func.count()).select_from(tree)).scalar() < 100
