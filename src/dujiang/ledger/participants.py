"""Who was in a release, as one root: an RFC 6962 tree over pages of sorted pseudonyms made for that release alone.

Anyone in it can be shown to be in by the page that holds the pseudonym, and anyone else to be absent by the page, or the two
neighbouring pages, in which it is missing. A leaf is a page of `PAGE` pseudonyms one after another, the last page what is
left: hashing pages instead of single pseudonyms made the root eight times as fast. A verifier needs the root, the count, one
pseudonym and the pages. Refuses pseudonyms that repeat or are not 32 bytes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from dujiang.errors import Malformed, Refused
from dujiang.ledger import tree
from dujiang.words import Word

PSEUDONYM_BYTES = 32
PAGE = 32  # pseudonyms


class Page(Word, frozen=True):
    """The pseudonyms of one leaf, in order, and its audit path, nearest sibling first."""

    index: int
    values: tuple[bytes, ...]
    path: tuple[bytes, ...]


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
    return root_of(arrange(values))


def root_of(ordered: Sequence[bytes]) -> bytes:
    """The root over pseudonyms as `arrange` gives them."""
    return tree.root(_leaves(ordered))


def prove_use(values: Iterable[bytes], pseudonym: bytes) -> tuple[Page, ...]:
    """That the pseudonym is among the values: the page it stands on; Refused when it is on none."""
    ordered = arrange(values)
    index = bisect_left(ordered, pseudonym)
    if not _stands_at(ordered, index, pseudonym):
        raise Refused(
            "participants.absent", "That person is not in this release: ask for a receipt of non-use.",
            "该人员不在此次发布中，请改为申请未使用凭证。",
        )
    return _pages(ordered, {index // PAGE})


def prove_non_use(values: Iterable[bytes], pseudonym: bytes) -> tuple[Page, ...]:
    """That the pseudonym is not among the values: the page within which it is missing, or the two between which; Refused when it is there."""
    ordered = arrange(values)
    index = bisect_left(ordered, pseudonym)
    if _stands_at(ordered, index, pseudonym):
        raise Refused(
            "participants.present", "That person is in this release: ask for a receipt of use.",
            "该人员在此次发布中，请改为申请使用凭证。",
        )
    return _pages(ordered, {at // PAGE for at in (index - 1, index) if 0 <= at < len(ordered)})


def verify_use(root: bytes, count: int, pseudonym: bytes, pages: Sequence[Page]) -> bool:
    """Whether the one page given is of the tree of `count` pseudonyms under `root`, and has the pseudonym on it."""
    return len(pages) == 1 and _holds(root, count, pages[0]) and pseudonym in pages[0].values


def verify_non_use(root: bytes, count: int, pseudonym: bytes, pages: Sequence[Page]) -> bool:
    """Whether the pages show two adjacent pseudonyms, or an end of the tree, between which this one is missing."""
    if len(pseudonym) != PSEUDONYM_BYTES or count < 0:
        return False
    if not pages:
        return count == 0 and root == tree.EMPTY
    if not all(_holds(root, count, page) for page in pages) or any(pseudonym in page.values for page in pages):
        return False
    first, last = pages[0], pages[-1]
    if len(pages) == 2:
        return last.index == first.index + 1 and first.values[-1] < pseudonym < last.values[0]
    begins = first.index == 0 or first.values[0] < pseudonym
    ends = first.index == _many(count) - 1 or pseudonym < first.values[-1]
    return len(pages) == 1 and begins and ends


def _many(count: int) -> int:
    """How many pages hold so many pseudonyms."""
    return -(-count // PAGE)


def _holds(root: bytes, count: int, page: Page) -> bool:
    """Whether the tree has this page: in its place, of its length, in order, under the root."""
    if not 0 <= page.index < _many(count):
        return False
    if len(page.values) != min(PAGE, count - page.index * PAGE) or any(len(v) != PSEUDONYM_BYTES for v in page.values):
        return False
    if any(before >= after for before, after in pairwise(page.values)):
        return False
    leaf = tree.leaf_hash(b"".join(page.values))
    return tree.verify_inclusion(page.index, _many(count), leaf, path=page.path, root=root)


def _stands_at(ordered: Sequence[bytes], index: int, pseudonym: bytes) -> bool:
    return index < len(ordered) and ordered[index] == pseudonym


def _leaves(ordered: Sequence[bytes]) -> list[bytes]:
    return [tree.leaf_hash(b"".join(ordered[at : at + PAGE])) for at in range(0, len(ordered), PAGE)]


def _pages(ordered: Sequence[bytes], wanted: Iterable[int]) -> tuple[Page, ...]:
    """These pages with their audit paths."""
    nodes: dict[tuple[int, int], bytes] = {}
    for level, index, hash in tree.extend(0, lambda level, index: nodes[level, index], _leaves(ordered)):
        nodes[level, index] = hash
    many = _many(len(ordered))
    return tuple(
        Page(index=n, values=tuple(ordered[n * PAGE : (n + 1) * PAGE]), path=tuple(tree.inclusion(n, many, lambda level, at: nodes[level, at])))
        for n in sorted(wanted)
    )
