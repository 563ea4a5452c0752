"""Logs, releases and receipts for the tests of this room, all made with the same fixed keys."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, StaticPool, create_engine, select, update

from dujiang.ledger import checkpoint as notes
from dujiang.ledger import note, participants
from dujiang.ledger import tree as arithmetic
from dujiang.ledger.canonical import canonical
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey
from dujiang.ledger.receipts import cut_receipt
from dujiang.ledger.release_entry import LoggedRelease
from dujiang.store.schema import checkpoint, entry, metadata, tree

HUB = SigningKey.from_seed("hub.example/log", bytes(range(32)))
HOLDER = SigningKey.from_seed("north.example", bytes(range(32, 64)))
OTHER = SigningKey.from_seed("south.example", bytes(range(64, 96)))
ISSUED = "2026-03-01T08:00:00.000Z"
PLACE = 5


def pseudonym(i: int) -> bytes:
    return hashlib.sha256(f"person {i}".encode()).digest()


CROWD = [pseudonym(i) for i in range(11)]
MEMBER, STRANGER = CROWD[3], pseudonym(1000)


def holding(id: str, key: SigningKey, values: list[bytes]) -> dict[str, Any]:
    return {"id": id, "vkey": key.verifying.text, "root": participants.root(values).hex(), "count": len(values)}


def release_entry(**changes: Any) -> dict[str, Any]:
    facts = {
        "release": "r-1",
        "purpose": "DUO:0000007",
        "holders": [holding("north", HOLDER, CROWD), holding("south", OTHER, CROWD[:2])],
    }
    entry = {
        "v": 1, "act": "release.release", "at": "2026-02-28T12:00:00.000Z", "by": {"party": "hub"},
        "on": "release:r-1", "to": "released", "facts": facts,
    }
    return {**entry, **changes}


def logged(entry: dict[str, Any], *, key: SigningKey = HUB, cosigner: SigningKey | None = None) -> LoggedRelease:
    """The entry as the sixth of a log of nine."""
    bodies = [canonical({"n": n}) for n in range(9)]
    bodies[PLACE] = canonical(entry)
    hashes = [arithmetic.leaf_hash(body) for body in bodies]
    nodes = {(level, i): hash for level, i, hash in arithmetic.extend(0, lambda level, i: b"", hashes)}
    covered = Checkpoint(origin=key.name, size=9, root=arithmetic.root(hashes))
    signed = note.sign(covered.text, key, cosigner) if cosigner else notes.sign(covered, key)
    path = arithmetic.inclusion(PLACE, 9, lambda level, i: nodes[level, i])
    return LoggedRelease(body=bodies[PLACE], index=PLACE, inclusion=tuple(path), checkpoint=signed)


def cut(one: bytes, *, entry: dict[str, Any] | None = None, **changes: Any) -> bytes:
    given_ = {"holder": "north", "key": HOLDER, "log": HUB.verifying, "issued": ISSUED, **changes}
    values = given_.pop("values", CROWD)
    release = given_.pop("logged", None) or logged(entry or release_entry())
    return cut_receipt(release, values, one, **given_)


USE, NON_USE = cut(MEMBER), cut(STRANGER)
BOTH = pytest.mark.parametrize("data", [USE, NON_USE], ids=["use", "non-use"])


def bodies(count: int, start: int = 0) -> list[bytes]:
    return [canonical({"n": n, "what": "entry \u4e2d"}) for n in range(start, start + count)]


def true_root(count: int) -> bytes:
    return arithmetic.root(map(arithmetic.leaf_hash, bodies(count)))


def in_memory() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine, tables=[entry, tree, checkpoint])
    return engine


def stored(tx: Connection) -> list[list[tuple]]:
    return [sorted(map(tuple, tx.execute(select(table)))) for table in (entry, tree, checkpoint)]


def alter(tx: Connection, i: int, body: bytes = b'{"n":"altered"}', *, with_hash: bool = False) -> None:
    values = {"body": body, **({"hash": arithmetic.leaf_hash(body)} if with_hash else {})}
    assert tx.execute(update(entry).where(entry.c.log == "own", entry.c.i == i).values(**values)).rowcount == 1
