"""The check of a whole stored log finds whatever was altered, wherever it was."""

import pytest
from sqlalchemy import Connection, delete, insert, update

from dujiang.errors import Broken
from dujiang.ledger import log
from dujiang.ledger.note import SigningKey
from dujiang.store.schema import checkpoint, entry, tree
from ledger.samples import HUB, OTHER, alter, true_root


def test_the_untouched_log_is_signed_and_found_whole(signed):
    with signed.begin() as tx:
        log.sign_checkpoint(tx, "own", HUB)
        found = log.check(tx, "own", HUB.verifying)
        assert (found.size, found.root, found.checkpoints) == (12, true_root(12), 2)


def check_refused(tx: Connection, rule: str, *, key: SigningKey = HUB) -> None:
    with pytest.raises(Broken) as refusal:
        log.check(tx, "own", key.verifying)
    assert refusal.value.rule == rule


@pytest.mark.parametrize("i", range(12))
def test_the_check_finds_every_altered_entry(signed, i):
    with signed.begin() as tx:
        alter(tx, i)
        with pytest.raises(Broken) as refusal:
            log.check(tx, "own")
        assert (refusal.value.rule, refusal.value.facts) == ("log.entry", {"at": i})
        assert str(i) in refusal.value.en and str(i) in refusal.value.zh


@pytest.mark.parametrize("i", range(12))
def test_the_check_finds_an_entry_altered_together_with_its_hash(signed, i):
    with signed.begin() as tx:
        alter(tx, i, with_hash=True)
        check_refused(tx, "log.checkpoint" if i < 8 else "log.node")


def test_the_check_finds_a_body_that_is_not_canonical_though_its_hash_is_right(signed):
    with signed.begin() as tx:
        alter(tx, 9, b'{"n": 9}', with_hash=True)
        check_refused(tx, "log.entry")


@pytest.mark.parametrize("i", range(12))
def test_the_check_finds_every_missing_entry(signed, i):
    with signed.begin() as tx:
        tx.execute(delete(entry).where(entry.c.i == i))
        check_refused(tx, "log.entry" if i < 11 else "log.node")


@pytest.mark.parametrize(("level", "i"), [(level, i) for level in (1, 2, 3) for i in range(12 >> level)])
@pytest.mark.parametrize("missing", [False, True])
def test_the_check_finds_every_altered_or_missing_node(signed, level, i, missing):
    with signed.begin() as tx:
        where = (tree.c.level == level, tree.c.i == i)
        change = delete(tree).where(*where) if missing else update(tree).where(*where).values(hash=bytes(32))
        assert tx.execute(change).rowcount == 1
        check_refused(tx, "log.node")


def test_the_check_finds_a_node_too_many(signed):
    with signed.begin() as tx:
        tx.execute(insert(tree).values(log="own", level=4, i=0, hash=bytes(32)))
        check_refused(tx, "log.node")


@pytest.mark.parametrize("change", [{"root": bytes(32)}, {"size": 7}, {"size": 13}, {"note": "no note"}])
def test_the_check_finds_an_altered_checkpoint_with_or_without_the_key(signed, change):
    with signed.begin() as tx:
        tx.execute(update(checkpoint).values(**change))
        for key in (None, HUB.verifying):
            with pytest.raises(Broken) as refusal:
                log.check(tx, "own", key)
            assert refusal.value.rule == "log.checkpoint"


def test_the_check_finds_a_checkpoint_of_entries_that_are_gone(signed):
    with signed.begin() as tx:
        log.sign_checkpoint(tx, "own", HUB)
        tx.execute(delete(entry).where(entry.c.i >= 8))
        tx.execute(delete(tree).where(tree.c.i >= (8 >> 1), tree.c.level == 1))
        tx.execute(delete(tree).where(tree.c.i >= (8 >> 2), tree.c.level == 2))
        check_refused(tx, "log.checkpoint")


def test_the_check_with_a_key_finds_a_checkpoint_that_somebody_else_signed(signed):
    with signed.begin() as tx:
        log.check(tx, "own", HUB.verifying)
        check_refused(tx, "log.checkpoint", key=OTHER)
