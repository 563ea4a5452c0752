"""Everything a log stores, computed again from its bodies; refuses at the first thing that differs."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dujiang.errors import Broken, DujiangError
from dujiang.ledger import checkpoint
from dujiang.ledger.canonical import is_canonical_object
from dujiang.ledger.note import VerifyingKey, read
from dujiang.ledger.tree import Frontier, Node, extend, leaf_hash
from dujiang.words import Saying, Word

Row = tuple[int, bytes, bytes]  # index, stored leaf hash, body
Fetch = Callable[[int, int, int], Sequence[bytes]]  # stored nodes of a level, from an index, so many

_PARTS = {
    "entry": Saying(en="entry {at}", zh="第 {at} 条"),
    "node": Saying(en="the tree over entry {at}", zh="第 {at} 条之上的树节点"),
    "checkpoint": Saying(en="the checkpoint of {at} entries", zh="{at} 条时的检查点"),
}


class Checked(Word, frozen=True):
    """A log found whole: its entries, its root and how many checkpoints agree with it."""

    size: int
    root: bytes
    checkpoints: int


def check(pages: Iterable[Sequence[Row]], fetch: Fetch, checkpoints: Mapping[int, bytes]) -> Checked:
    """Read all rows in order, and compare every node above them and the root at every checkpoint's size."""
    frontier, edge = Frontier(), dict[int, bytes]()
    waiting = dict(checkpoints)
    _agree(waiting, frontier)
    for page in pages:
        start = frontier.size
        for row in page:
            check_row(row, frontier.size)
            if not is_canonical_object(row[2]):
                raise broken("entry", frontier.size)
            frontier.add(row[1])
            _agree(waiting, frontier)
        new = extend(start, lambda level, _: edge[level], [row[1] for row in page])
        _check_nodes(new, fetch)
        # A left neighbour is always the last node of its level, so these few are all that is ever asked for.
        edge.update({level: hash for level, _, hash in new})
    if waiting:
        raise broken("checkpoint", min(waiting))
    return Checked(size=frontier.size, root=frontier.root(), checkpoints=len(checkpoints))


def check_row(row: Row, expected: int) -> None:
    """Broken unless it is the row of the expected index, and its hash that of its body."""
    index, hash, body = row
    if index != expected or leaf_hash(body) != hash:
        raise broken("entry", expected)


def check_note(note: str, size: int, root: bytes, key: VerifyingKey | None) -> None:
    """Broken unless the note says this size and root, and, when a key is given, bears its signature."""
    try:
        said = checkpoint.parse_signed(note, key) if key else checkpoint.parse(read(note).text)
    except DujiangError:
        raise broken("checkpoint", size) from None
    if (said.size, said.root) != (size, root):
        raise broken("checkpoint", size)


def broken(what: str, at: int) -> Broken:
    """The refusal for an `entry`, a `node` over an entry, or a `checkpoint`."""
    said = _PARTS[what]
    return Broken(
        f"log.{what}",
        f"The stored log is damaged or was altered: {said.en} is not what was recorded. Stop; restore a backup.",
        f"存储的日志已损坏或被篡改：{said.zh}与记录不符。请停止运行并从备份恢复。",
        at=at,
    )


def _agree(waiting: dict[int, bytes], frontier: Frontier) -> None:
    root = waiting.pop(frontier.size, None)
    if root is not None and root != frontier.root():
        raise broken("checkpoint", frontier.size)


def _check_nodes(new: Sequence[Node], fetch: Fetch) -> None:
    levels: dict[int, list[Node]] = {}
    for node in new:
        levels.setdefault(node[0], []).append(node)
    for level, nodes in levels.items():
        first = nodes[0][1]
        if level and [hash for _, _, hash in nodes] != list(fetch(level, first, len(nodes))):
            raise broken("node", first << level)
