"""The stored log: entries, proofs and checkpoints inside the caller's transaction, which is never committed here.

Refuses to sign unless what is stored still continues the newest checkpoint. A note may leave this process only
after the caller's commit: until then neither the entries nor the checkpoint are durable.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import BindParameter, Connection, bindparam, func, insert, select

from dujiang.errors import Broken, Malformed
from dujiang.ledger import checkpoint as notes
from dujiang.ledger import fsck
from dujiang.ledger import tree as arithmetic
from dujiang.ledger.canonical import is_canonical_object
from dujiang.ledger.checkpoint import Checkpoint
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.ledger.tree import Frontier, Get, Node, leaf_hash
from dujiang.store.schema import checkpoint, entry, tree

T = TypeVar("T")

SPOT_CHECKS = 4  # entries before the newest checkpoint that are read again at each signing
PAGE = 1000

_LOG: BindParameter[str] = bindparam("log")
_AT: BindParameter[int] = bindparam("at", expanding=True)
# Statements made once: making one anew costs more than a small one takes.
_SIZE = select(func.max(entry.c.i)).where(entry.c.log == _LOG)
_NEWEST = (
    select(checkpoint.c.size, checkpoint.c.root, checkpoint.c.note).where(checkpoint.c.log == _LOG).order_by(checkpoint.c.size.desc()).limit(1)
)
_ROWS = (
    select(entry.c.i, entry.c.hash, entry.c.body).where(entry.c.log == _LOG, entry.c.i >= bindparam("start"))
    .order_by(entry.c.i).limit(bindparam("most"))
)
_BODIES = select(entry.c.i, entry.c.body).where(entry.c.log == _LOG, entry.c.i.in_(_AT))
_LEAVES = select(entry.c.i, entry.c.hash).where(entry.c.log == _LOG, entry.c.i.in_(_AT))
_NODES = select(tree.c.level, tree.c.i, tree.c.hash).where(
    tree.c.log == _LOG, tree.c.level.in_(bindparam("levels", expanding=True)), tree.c.i.in_(_AT)
)


def append(tx: Connection, log: str, bodies: Sequence[bytes], *, canonical: bool = False) -> int:
    """Add entries and return the index of the first; Malformed, and none added, unless each is a canonical JSON object.

    `canonical=True` trusts bodies that the caller has just encoded with `canonical()`. Only complete nodes are stored.
    """
    for at, body in enumerate(bodies):
        if not (canonical or is_canonical_object(body)):
            raise Malformed(
                "log.body",
                "Entry {at} of those to append is not a canonical JSON object (RFC 8785); none was added.",
                "待追加的第 {at} 条不是规范 JSON 对象（RFC 8785），未追加任何条目。",
                at=at,
            )
    first = size(tx, log)
    hashes = [leaf_hash(body) for body in bodies]
    if bodies:
        nodes = _with_nodes(tx, log, lambda get: arithmetic.extend(first, get, hashes))
        _insert(tx, log, zip(range(first, first + len(bodies)), hashes, bodies, strict=True), nodes)
    return first


def _insert(tx: Connection, log: str, rows: Iterable[fsck.Row], nodes: Iterable[Node]) -> None:
    tx.execute(insert(entry), [{"log": log, "i": i, "hash": hash, "body": body} for i, hash, body in rows])
    above = [{"log": log, "level": level, "i": i, "hash": hash} for level, i, hash in nodes if level]
    if above:
        tx.execute(insert(tree), above)


def size(tx: Connection, log: str) -> int:
    """How many entries the log has."""
    last = tx.execute(_SIZE, {"log": log}).scalar()
    return 0 if last is None else int(last) + 1


def entries(tx: Connection, log: str, start: int, limit: int) -> list[bytes]:
    """At most `limit` bodies from the index `start` on, in order."""
    return [body for _, _, body in _rows(tx, log, start, limit)]


def root_at(tx: Connection, log: str, size: int) -> bytes:
    """The root over the first `size` entries, from stored nodes; Malformed when the log is shorter."""
    _must_reach(tx, log, size)
    return _with_nodes(tx, log, lambda get: arithmetic.root_from(size, get))


def inclusion(tx: Connection, log: str, index: int, size: int) -> list[bytes]:
    """The audit path of an entry in the first `size` entries; Malformed when there is no such entry."""
    _must_reach(tx, log, size)
    return _with_nodes(tx, log, lambda get: arithmetic.inclusion(index, size, get))


def consistency(tx: Connection, log: str, old: int, new: int) -> list[bytes]:
    """The proof that the first `new` entries begin with the first `old`; Malformed when none can be given."""
    _must_reach(tx, log, new)
    return _with_nodes(tx, log, lambda get: arithmetic.consistency(old, new, get))


def latest_checkpoint(tx: Connection, log: str) -> str | None:
    """The newest signed note; None before the first."""
    newest = _newest(tx, log)
    return newest.note if newest else None


def checkpoints(tx: Connection, log: str) -> list[str]:
    """Every signed note, oldest first."""
    return [kept.note for kept in _kept(tx, log)]


def sign_checkpoint(tx: Connection, log: str, key: SigningKey) -> str:
    """The signed note of the log as it stands, stored before it is returned; the same note while nothing is added.

    Broken (`log.inconsistent`), and nothing signed, when the newest checkpoint was altered or is not this key's, when
    the log is shorter than it, when stored nodes do not lead to its root, when an older entry looked at is not the one
    under that root, or when the entries after it do not lead to the new root. Only `check` reads the whole log.
    """
    newest, now = _newest(tx, log), size(tx, log)
    old = newest.size if newest else 0
    if old > now:
        raise _inconsistent()
    try:
        stored = _with_nodes(tx, log, lambda get: _Stored.of(newest, now, get))
        if newest is not None:
            _must_continue(tx, log, newest, stored)
            fsck.check_note(newest.note, newest.size, newest.root, key.verifying)
            if newest.size == now:
                return newest.note
        root = _root_read_again(tx, log, stored)
    except (Broken, Malformed):
        raise _inconsistent() from None
    signed = Checkpoint(origin=key.name, size=now, root=root)
    note = notes.sign(signed, key)
    _store(tx, log, signed, note)
    return note


def keep_checkpoint(tx: Connection, log: str, found: Checkpoint, note: str) -> None:
    """Store another party's verified checkpoint beside the copy of its log; keeping one again changes nothing.

    Broken (`log.fork`) when the copy is shorter, or does not have its root and that of the newest one kept.
    """
    newest = _newest(tx, log)
    try:
        agrees = root_at(tx, log, found.size) == found.root
        agrees &= newest is None or root_at(tx, log, newest.size) == newest.root
    except (Broken, Malformed):
        agrees = False
    if not agrees:
        raise Broken(
            "log.fork",
            "The checkpoint does not fit the copy of the log kept here: entries were changed or left out. Stop, and "
            "compare it with the other institutions.",
            "检查点与本地保存的日志副本不符：条目被篡改或缺失。请停止操作，并与其他机构核对。",
        )
    if all(kept.size != found.size for kept in _kept(tx, log, found.size)):
        _store(tx, log, found, note)


def check(tx: Connection, log: str, key: VerifyingKey | None = None) -> fsck.Checked:
    """Compute the whole log again from its bodies; Broken (`log.entry`, `log.node`, `log.checkpoint`) where it differs.

    With the log's key, the signature of every checkpoint is verified too.
    """
    kept = _kept(tx, log)
    for one in kept:
        fsck.check_note(one.note, one.size, one.root, key)

    def fetch(level: int, first: int, many: int) -> list[bytes]:
        wanted = select(tree.c.hash).where(tree.c.log == log, tree.c.level == level, tree.c.i >= first)
        return [bytes(hash) for hash in tx.execute(wanted.order_by(tree.c.i).limit(many)).scalars()]

    found = fsck.check(_pages(tx, log, 0), fetch, {one.size: one.root for one in kept})
    stored = tx.execute(select(func.count()).select_from(tree).where(tree.c.log == log)).scalar()
    if stored != sum(found.size >> level for level in range(1, found.size.bit_length())):
        raise fsck.broken("node", found.size)
    return found


class _Kept(NamedTuple):
    size: int
    root: bytes
    note: str


def _kept(tx: Connection, log: str, size: int | None = None) -> list[_Kept]:
    """Checkpoints, oldest first; with a size, the one of that size."""
    wanted = select(checkpoint.c.size, checkpoint.c.root, checkpoint.c.note).where(checkpoint.c.log == log)
    if size is not None:
        wanted = wanted.where(checkpoint.c.size == size)
    return [_Kept(row.size, bytes(row.root), row.note) for row in tx.execute(wanted.order_by(checkpoint.c.size))]


class _Stored(NamedTuple):
    """What a signer looks at of the stored tree, read in one go: roots, the edge from which it is computed again, paths of some entries."""

    old_root: bytes
    new_root: bytes
    edge: Frontier
    spots: list[int]
    paths: list[list[bytes]]

    @classmethod
    def of(cls, newest: _Kept | None, now: int, get: Get) -> "_Stored":
        old = newest.size if newest else 0
        spots = _spots(newest) if newest else []
        paths = [arithmetic.inclusion(i, old, get) for i in spots]
        return cls(arithmetic.root_from(old, get), arithmetic.root_from(now, get), Frontier.of(old, get), spots, paths)


def _newest(tx: Connection, log: str) -> _Kept | None:
    row = tx.execute(_NEWEST, {"log": log}).first()
    return None if row is None else _Kept(row.size, bytes(row.root), row.note)


def _store(tx: Connection, log: str, found: Checkpoint, note: str) -> None:
    tx.execute(insert(checkpoint).values(log=log, size=found.size, root=found.root, note=note))


def _must_continue(tx: Connection, log: str, kept: _Kept, stored: _Stored) -> None:
    """Broken unless the stored tree has the kept root, and some entries, others each time, still stand under it."""
    if stored.old_root != kept.root:
        raise _inconsistent()
    bodies = {row.i: row.body for row in tx.execute(_BODIES, {"log": log, "at": stored.spots})}
    for i, path in zip(stored.spots, stored.paths, strict=True):
        leaf = leaf_hash(bodies[i]) if i in bodies else b""
        if not arithmetic.verify_inclusion(i, kept.size, leaf, path=path, root=kept.root):
            raise _inconsistent()


def _spots(kept: _Kept) -> list[int]:
    """All of a few entries; of many, the last one and some drawn from the root, which is new with every checkpoint."""
    if kept.size <= SPOT_CHECKS:
        return list(range(kept.size))
    drawn = [int.from_bytes(leaf_hash(kept.root + bytes([n])), "big") % kept.size for n in range(1, SPOT_CHECKS)]
    return sorted({kept.size - 1, *drawn})


def _root_read_again(tx: Connection, log: str, stored: _Stored) -> bytes:
    """The root over all: nodes of the entries before, bodies of the others; Broken if stored otherwise."""
    frontier = stored.edge
    for page in _pages(tx, log, frontier.size):
        for row in page:
            fsck.check_row(row, frontier.size)
            frontier.add(row[1])
    if frontier.root() != stored.new_root:
        raise _inconsistent()
    return frontier.root()


def _pages(tx: Connection, log: str, start: int) -> Iterator[list[fsck.Row]]:
    while page := _rows(tx, log, start, PAGE):
        yield page
        start = page[-1][0] + 1


def _rows(tx: Connection, log: str, start: int, limit: int) -> list[fsck.Row]:
    return [(i, bytes(hash), bytes(body)) for i, hash, body in tx.execute(_ROWS, {"log": log, "start": start, "most": limit})]


def _must_reach(tx: Connection, log: str, wanted: int) -> None:
    now = size(tx, log)
    if not 0 <= wanted <= now:
        raise Malformed(
            "log.size", "The log has {now} entries, not {wanted}.", "日志共有 {now} 条，没有 {wanted} 条。",
            now=now, wanted=wanted,
        )


def _with_nodes(tx: Connection, log: str, work: Callable[[Get], T]) -> T:
    """Do tree arithmetic over stored nodes: once to learn which it asks for, which no hash decides, once with them."""
    asked: dict[tuple[int, int], bytes] = {}
    work(lambda level, i: asked.setdefault((level, i), b""))
    found = dict(_nodes(tx, log, asked))
    if found.keys() != asked.keys():
        level, i = min(asked.keys() - found.keys())
        raise fsck.broken("node", i << level)
    return work(lambda level, i: found[level, i])


def _nodes(tx: Connection, log: str, asked: Collection[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """The stored ones among the nodes asked for; leaf hashes stand beside the entries."""
    leaves, above = [i for level, i in asked if not level], [node for node in asked if node[0]]
    if leaves:
        for leaf in tx.execute(_LEAVES, {"log": log, "at": leaves}):
            yield (0, leaf.i), bytes(leaf.hash)
    if above:
        # All pairings of these levels and places, as one statement that is compiled once: a list of pairs would make
        # SQLite read the whole table.
        levels, places = zip(*above, strict=True)
        pairings = {"log": log, "levels": sorted(set(levels)), "at": sorted(set(places))}
        for node in tx.execute(_NODES, pairings):
            if (node.level, node.i) in asked:
                yield (node.level, node.i), bytes(node.hash)


def _inconsistent() -> Broken:
    return Broken(
        "log.inconsistent",
        "No checkpoint was signed: what is stored does not continue the newest one. The log was altered, shortened "
        "or damaged; stop, and restore it from a backup.",
        "未签署检查点：存储内容与最新检查点不一致，日志被篡改、截短或损坏。请停止运行并从备份恢复。",
    )
