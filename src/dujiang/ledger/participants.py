"""Who was in a release, as one root: a strictly sorted RFC 6962 tree of pseudonyms made for that release alone.

Anyone in it can be shown to be in, and anyone else to be absent, by the two leaves between which he would stand; a
verifier needs the root, the count, one pseudonym and the proof. Refuses pseudonyms that repeat or are not 32 bytes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from dujiang.errors import Malformed, Refused
from dujiang.ledger import tree
from dujiang.words import Word

PSEUDONYM_BYTES = 32


class Standing(Word, frozen=True):
    """That a pseudonym stands at `index`: its audit path, nearest sibling first."""

    index: int
    path: tuple[bytes, ...]


class Neighbour(Word, frozen=True):
    """A leaf beside the gap, and its standing."""

    value: bytes
    standing: Standing


class Gap(Word, frozen=True):
    """Where a pseudonym would stand: `left` is None before the first leaf, `right` after the last."""

    left: Neighbour | None
    right: Neighbour | None


def arrange(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """The pseudonyms in the order of the tree's leaves."""
    ordered = tuple(sorted(values))
    if any(len(value) != PSEUDONYM_BYTES for value in ordered):
        raise Malformed(
            "participants.size", "A participant's pseudonym is not 32 bytes long.", "参与者假名长度不是 32 字节。"
        )
    if len(set(ordered)) != len(ordered):
        raise Malformed(
            "participants.repeated",
            "A participant is named twice in one release. Count each person once and build the tree again.",
            "同一发布中有参与者重复。请按人去重后重新生成。",
        )
    return ordered


def root(values: Iterable[bytes]) -> bytes:
    """The root over the pseudonyms, which may come in any order."""
    return tree.root(map(tree.leaf_hash, arrange(values)))


def prove_use(values: Iterable[bytes], pseudonym: bytes) -> Standing:
    """That the pseudonym is among the values; Refused when it is not."""
    ordered = arrange(values)
    index = bisect_left(ordered, pseudonym)
    if not _stands_at(ordered, index, pseudonym):
        raise Refused(
            "participants.absent", "That person is not in this release: ask for a receipt of non-use.",
            "该人员不在此次发布中，请改为申请未使用凭证。",
        )
    return Standing(index=index, path=_path(_nodes(ordered), index, len(ordered)))


def prove_non_use(values: Iterable[bytes], pseudonym: bytes) -> Gap:
    """That the pseudonym is not among the values; Refused when it is."""
    ordered = arrange(values)
    index = bisect_left(ordered, pseudonym)
    if _stands_at(ordered, index, pseudonym):
        raise Refused(
            "participants.present", "That person is in this release: ask for a receipt of use.",
            "该人员在此次发布中，请改为申请使用凭证。",
        )
    nodes = _nodes(ordered)

    def neighbour(at: int) -> Neighbour | None:
        if not 0 <= at < len(ordered):
            return None
        return Neighbour(value=ordered[at], standing=Standing(index=at, path=_path(nodes, at, len(ordered))))

    return Gap(left=neighbour(index - 1), right=neighbour(index))


def verify_use(root: bytes, count: int, pseudonym: bytes, proof: Standing) -> bool:
    """Whether the proof shows the pseudonym among the `count` leaves under `root`."""
    return len(pseudonym) == PSEUDONYM_BYTES and tree.verify_inclusion(
        proof.index, count, tree.leaf_hash(pseudonym), path=proof.path, root=root
    )


def verify_non_use(root: bytes, count: int, pseudonym: bytes, proof: Gap) -> bool:
    """Whether the proof shows two adjacent leaves, or an end of the tree, between which the pseudonym is missing."""
    if len(pseudonym) != PSEUDONYM_BYTES or count < 0:
        return False
    left, right = proof.left, proof.right
    if left is None and right is None:
        return count == 0 and root == tree.EMPTY
    return (
        _adjacent(left, right, count)
        and (left is None or left.value < pseudonym)
        and (right is None or pseudonym < right.value)
        and all(n is None or verify_use(root, count, n.value, n.standing) for n in (left, right))
    )


def _adjacent(left: Neighbour | None, right: Neighbour | None, count: int) -> bool:
    before = -1 if left is None else left.standing.index
    after = count if right is None else right.standing.index
    return after == before + 1


def _stands_at(ordered: Sequence[bytes], index: int, pseudonym: bytes) -> bool:
    return index < len(ordered) and ordered[index] == pseudonym


def _nodes(ordered: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    """Every complete subtree of the tree, by level and index."""
    nodes: dict[tuple[int, int], bytes] = {}
    for level, index, hash in tree.extend(0, lambda level, index: nodes[level, index], [*map(tree.leaf_hash, ordered)]):
        nodes[level, index] = hash
    return nodes


def _path(nodes: dict[tuple[int, int], bytes], index: int, count: int) -> tuple[bytes, ...]:
    return tuple(tree.inclusion(index, count, lambda level, at: nodes[level, at]))
