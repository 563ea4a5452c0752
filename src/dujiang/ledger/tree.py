"""RFC 6962 tree arithmetic over perfect subtrees: roots, proofs and their verification; no storage, no state.

The node (level, index) is the hash of the leaves [index * 2^level, (index + 1) * 2^level). It never changes once it is
complete, so a log stores complete nodes only, and every root and proof is folded from them. Level 0 holds leaf hashes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from dujiang.errors import Malformed

Get = Callable[[int, int], bytes]
Node = tuple[int, int, bytes]

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


def leaf_hash(body: bytes) -> bytes:
    """SHA-256(0x00 || body), RFC 6962 section 2.1."""
    return _sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return _sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes held in memory; SHA-256 of nothing when there are none."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        # The last of an odd number moves up unpaired, which is where RFC 6962's split at a power of two puts it.
        level = _pairs(level) + level[len(level) & ~1 :]
    return level[0]


def _pairs(level: Sequence[bytes]) -> list[bytes]:
    return [_sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]


def append(size: int, get: Get, leaf: bytes) -> list[Node]:
    """The nodes that become complete when one leaf hash joins a tree of `size` leaves."""
    return extend(size, get, [leaf])


def extend(size: int, get: Get, leaves: Sequence[bytes]) -> list[Node]:
    """The nodes that become complete when many leaf hashes join a tree of `size` leaves, level by level.

    `get` is asked for at most one node of each level: the complete left neighbour of the first new one.
    """
    new: list[Node] = []
    level, start, hashes = 0, size, list(leaves)
    while hashes:
        new += zip([level] * len(hashes), range(start, start + len(hashes)), hashes, strict=True)
        if start & 1:
            start -= 1
            hashes.insert(0, get(level, start))
        level, start, hashes = level + 1, start >> 1, _pairs(hashes)
    return new


def root_from(size: int, get: Get) -> bytes:
    """The root of the first `size` leaves, folded from stored nodes."""
    return _range_hash(0, size, get) if size else EMPTY


def inclusion(index: int, size: int, get: Get) -> list[bytes]:
    """The audit path of the leaf `index` in the first `size` leaves, nearest sibling first (RFC 6962 section 2.1.1)."""
    if not 0 <= index < size:
        raise Malformed(
            "tree.index", "There is no entry {index} among the first {size}.", "前 {size} 条中没有第 {index} 条。",
            index=index, size=size,
        )
    low, high, beside = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    return [_range_hash(start, end, get) for start, end in reversed(beside)]


def consistency(old: int, new: int, get: Get) -> list[bytes]:
    """The proof that the first `new` leaves begin with the first `old` (RFC 6962 section 2.1.2); empty when equal."""
    if not 0 < old <= new:
        raise Malformed(
            "tree.sizes", "No tree of {new} entries can be shown to continue one of {old}.",
            "无法证明 {new} 条的树延续了 {old} 条的树。", old=old, new=new,
        )
    low, high, beside = 0, new, []
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            beside.append((middle, high))
            high = middle
        else:
            beside.append((low, middle))
            low = middle
    if low:  # otherwise the old tree is one subtree of the new one, and its root is known to the verifier
        beside.append((low, high))
    return [_range_hash(start, end, get) for start, end in reversed(beside)]


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _range_hash(low: int, high: int, get: Get) -> bytes:
    """The hash of the leaves [low, high), where `low` is a multiple of each power of two used (RFC 6962)."""
    parts = [get(level, index) for level, index in _cover(low, high)]
    total = parts.pop()
    while parts:
        total = node_hash(parts.pop(), total)
    return total


def _cover(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, largest first, that make up [low, high)."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


class Frontier:
    """The right edge of a growing tree: all that is needed to know its root, in memory of the order of log(size)."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # complete subtrees, largest first: one for each 1 in the binary form of size

    @classmethod
    def of(cls, size: int, get: Get) -> "Frontier":
        """The right edge of a stored tree's first `size` leaves."""
        edge = cls()
        edge.size, edge._edge = size, [get(level, index) for level, index in _cover(0, size)]
        return edge

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        carried, size = leaf, self.size
        while size & 1:
            carried = node_hash(self._edge.pop(), carried)
            size >>= 1
        self._edge.append(carried)
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves added so far."""
        if not self._edge:
            return EMPTY
        total = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            total = node_hash(left, total)
        return total


def verify_inclusion(index: int, size: int, leaf: bytes, *, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf hash stands at `index` among the `size` leaves under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, *path]):
        return False
    total, first, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            total = node_hash(sibling, total)
            first, last = _climb(first, last)
        else:
            total = node_hash(total, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and total == root


def verify_consistency(old: int, new: int, old_root: bytes, *, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` (RFC 9162 section 2.1.4.2); never when `old` is 0.

    A tree without leaves begins every tree and so proves nothing: whoever compares with one must say so himself.
    """
    if not 0 < old <= new or not _are_hashes(path):
        return False
    if old == new:
        return not path and old_root == new_root
    path = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not path:
        return False
    return _fold_both(old - 1, new - 1, path) == (old_root, new_root)


def _fold_both(first: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The old and the new root that a consistency path leads to; None when its length does not fit the sizes."""
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            first, last = _climb(first, last)
        else:
            after = node_hash(after, sibling)
        first, last = first >> 1, last >> 1
    return (before, after) if last == 0 else None


def _climb(first: int, last: int) -> tuple[int, int]:
    """Up to the next level at which the node has a left sibling to hash with, or to the top."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    # Without this a boundary between two hashes could be moved inside their concatenation.
    return all(len(value) == HASH_BYTES for value in values)
