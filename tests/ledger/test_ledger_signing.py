"""A checkpoint is signed only for a log that continues the one before (invariant 1)."""

import pytest
from sqlalchemy import Connection, delete, update

from dujiang.errors import Broken
from dujiang.ledger import checkpoint as notes
from dujiang.ledger import log
from dujiang.ledger import tree as arithmetic
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey
from dujiang.store.schema import checkpoint, entry, tree
from ledger.samples import HUB, OTHER, alter, bodies, stored, true_root


def signing_refused(tx: Connection, key: SigningKey = HUB) -> None:
    before = stored(tx)
    with pytest.raises(Broken) as refusal:
        log.sign_checkpoint(tx, "own", key)
    assert refusal.value.rule == "log.inconsistent"
    assert stored(tx) == before


def test_a_checkpoint_is_stored_and_the_same_note_returned_while_nothing_is_added(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(3))
        note = log.sign_checkpoint(tx, "own", HUB)
        assert log.sign_checkpoint(tx, "own", HUB) == note
        assert log.latest_checkpoint(tx, "own") == note
    with store.begin() as tx:
        assert log.sign_checkpoint(tx, "own", HUB) == note
        assert log.checkpoints(tx, "own") == [note]
        log.append(tx, "own", bodies(1, 3))
        newer = log.sign_checkpoint(tx, "own", HUB)
        assert log.checkpoints(tx, "own") == [note, newer] and log.latest_checkpoint(tx, "own") == newer


def test_an_empty_log_can_be_signed_and_continued(store):
    with store.begin() as tx:
        assert notes.parse_signed(log.sign_checkpoint(tx, "own", HUB), HUB.verifying).root == arithmetic.EMPTY
        log.append(tx, "own", bodies(2))
        assert notes.parse_signed(log.sign_checkpoint(tx, "own", HUB), HUB.verifying).root == true_root(2)


@pytest.mark.parametrize("with_hash", [False, True])
@pytest.mark.parametrize("i", range(8, 12))
def test_an_entry_altered_since_the_newest_checkpoint_is_not_signed(signed, i, with_hash):
    with signed.begin() as tx:
        alter(tx, i, with_hash=with_hash)
        signing_refused(tx)


@pytest.mark.parametrize("with_hash", [False, True])
def test_the_last_entry_under_the_newest_checkpoint_is_looked_at_before_signing(signed, with_hash):
    with signed.begin() as tx:
        alter(tx, 7, with_hash=with_hash)
        signing_refused(tx)


@pytest.mark.parametrize("i", range(log.SPOT_CHECKS))
def test_every_entry_of_a_short_log_is_looked_at_before_signing(store, i):
    with store.begin() as tx:
        log.append(tx, "own", bodies(log.SPOT_CHECKS))
        log.sign_checkpoint(tx, "own", HUB)
        alter(tx, i, with_hash=True)
        signing_refused(tx)


def test_the_older_entries_looked_at_change_with_every_checkpoint(store):
    looked_at = [set(log._spots(log._Kept(size=1000, root=bytes([n]) * 32, note=""))) for n in range(20)]
    assert all(999 in spots and max(spots) < 1000 and min(spots) >= 0 for spots in looked_at)
    assert len(set.union(*looked_at)) > 40


def test_a_long_log_with_an_altered_old_entry_is_not_signed_for_ever(store):
    with store.begin() as tx:
        log.append(tx, "own", bodies(30))
        log.sign_checkpoint(tx, "own", HUB)
        alter(tx, 11)
        with pytest.raises(Broken):
            for n in range(30, 200):
                log.append(tx, "own", bodies(1, n))
                log.sign_checkpoint(tx, "own", HUB)


@pytest.mark.parametrize("i", range(7, 11))
def test_a_missing_entry_is_not_signed_over(signed, i):
    with signed.begin() as tx:
        tx.execute(delete(entry).where(entry.c.i == i))
        signing_refused(tx)


def test_a_log_shorter_than_its_newest_checkpoint_is_not_signed(signed):
    with signed.begin() as tx:
        tx.execute(delete(entry).where(entry.c.i >= 6))
        tx.execute(delete(tree).where(tree.c.level >= 1, tree.c.i >= 3))
        signing_refused(tx)


def test_a_log_written_anew_from_the_beginning_is_not_signed(signed):
    with signed.begin() as tx:
        tx.execute(delete(entry))
        tx.execute(delete(tree))
        log.append(tx, "own", bodies(12, 500))
        signing_refused(tx)


def test_a_stored_node_under_the_newest_checkpoint_that_was_altered_stops_signing(signed):
    with signed.begin() as tx:
        assert tx.execute(update(tree).where(tree.c.level == 3).values(hash=bytes(32))).rowcount == 1
        signing_refused(tx)


def test_a_stored_node_that_is_missing_stops_signing_and_proofs(signed):
    with signed.begin() as tx:
        assert tx.execute(delete(tree).where(tree.c.level == 3)).rowcount == 1
        signing_refused(tx)
        with pytest.raises(Broken) as refusal:
            log.root_at(tx, "own", 8)
        assert refusal.value.rule == "log.node"


@pytest.mark.parametrize("change", [{"root": bytes(32)}, {"size": 7}, {"note": "no note"}])
def test_an_altered_checkpoint_stops_signing(signed, change):
    with signed.begin() as tx:
        assert tx.execute(update(checkpoint).values(**change)).rowcount == 1
        signing_refused(tx)


def test_a_checkpoint_forged_to_fit_an_altered_log_stops_signing(signed):
    with signed.begin() as tx:
        for table in (entry, tree, checkpoint):
            tx.execute(delete(table))
        log.append(tx, "own", bodies(12, 500))
        impostor = SigningKey.from_seed(HUB.name, bytes(32))
        log.sign_checkpoint(tx, "own", impostor)
        signing_refused(tx)


def test_a_log_is_not_signed_with_another_key_than_before(signed):
    with signed.begin() as tx:
        signing_refused(tx, OTHER)


def test_the_checkpoint_of_another_log_is_kept_once_when_the_copy_has_its_root(store):
    with store.begin() as tx:
        log.append(tx, "alliance", bodies(5))
        found = Checkpoint(origin=HUB.name, size=5, root=true_root(5))
        note = notes.sign(found, HUB)
        for _ in range(2):
            log.keep_checkpoint(tx, "alliance", found, note)
        assert log.checkpoints(tx, "alliance") == [note]
        log.append(tx, "alliance", bodies(2, 5))
        newer = Checkpoint(origin=HUB.name, size=7, root=true_root(7))
        log.keep_checkpoint(tx, "alliance", newer, notes.sign(newer, HUB))
        assert log.latest_checkpoint(tx, "alliance") == notes.sign(newer, HUB)


@pytest.mark.parametrize(("size", "root"), [(5, bytes(32)), (4, true_root(5)), (6, true_root(6)), (9, true_root(9))])
def test_a_checkpoint_that_the_copy_does_not_have_is_not_kept(store, size, root):
    with store.begin() as tx:
        log.append(tx, "alliance", bodies(5))
        found = Checkpoint(origin=HUB.name, size=size, root=root)
        with pytest.raises(Broken) as refusal:
            log.keep_checkpoint(tx, "alliance", found, notes.sign(found, HUB))
        assert refusal.value.rule == "log.fork"
        assert log.checkpoints(tx, "alliance") == []


def test_a_checkpoint_of_a_copy_that_no_longer_has_the_one_before_is_not_kept(store):
    with store.begin() as tx:
        log.append(tx, "alliance", bodies(4))
        first = Checkpoint(origin=HUB.name, size=4, root=true_root(4))
        log.keep_checkpoint(tx, "alliance", first, notes.sign(first, HUB))
        tx.execute(update(checkpoint).values(root=bytes(32)))
        log.append(tx, "alliance", bodies(1, 4))
        second = Checkpoint(origin=HUB.name, size=5, root=true_root(5))
        with pytest.raises(Broken):
            log.keep_checkpoint(tx, "alliance", second, notes.sign(second, HUB))
