"""Codes by which two nodes may find people without numbers in common for one project, without showing each other a name; similar, not secret.

Record-level Bloom filters after Schnell, Bachteler and Reiher (2011): pieces of each field set bits that a keyed hash chooses. The bits of a
piece are cut out of one HMAC-SHA-256 each, not made by double hashing, which Niedermeyer et al. (2014) broke. The key is one project's, so codes
of two projects say nothing of each other. What is left, and decision 0009 says so: who has the key can try names, and common names show by
frequency; therefore codes go sealed from node to node and never to the hub, and a pair they find is a proposal.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dujiang.errors import Malformed
from dujiang.identify.pseudonyms import derived
from dujiang.words import Word

LENGTH = 1024  # bits of a code
_PROJECT = b"dujiang/clk/project/v1\x00"
_MOST = 16  # places that one HMAC-SHA-256 gives, two bytes each


def _pairs(text: str) -> list[str]:
    padded = f" {text} "
    return sorted({padded[i : i + 2] for i in range(len(padded) - 1)}) if text else []


def _places(text: str) -> list[str]:
    return [f"{i}{character}" for i, character in enumerate(text)]


def _whole(text: str) -> list[str]:
    return [text] if text else []


_PIECES = {"pairs": _pairs, "places": _places, "whole": _whole}


class Part(Word, frozen=True):
    """One field of a record in the code. `pairs` are its letters two by two, `places` its characters with their place, `whole` itself.

    `bits` is how many bits the field sets at most: the more, the more it counts.
    """

    name: str
    kind: str
    bits: int = 200

    def __post_init__(self) -> None:
        if self.kind not in _PIECES:
            raise ValueError(f"no such kind of part: {self.kind}")


# People as a node knows them (`records.TRAITS`): by sound, so that characters and pinyin meet.
PEOPLE = (
    Part(name="family_sound", kind="pairs", bits=150),
    Part(name="given_sound", kind="pairs", bits=200),
    Part(name="born", kind="places", bits=250),
    Part(name="sex", kind="whole", bits=16),
    Part(name="phone", kind="places", bits=200),
)


class Match(NamedTuple):
    """Places of two codes in their lists, and how alike they are, from 0 to 1."""

    one: int
    other: int
    alike: float


def project_key(secret: bytes, project: str) -> bytes:
    """The 32 bytes under which the nodes of a project make their codes."""
    return derived(secret, _PROJECT + project.encode())


def encode(key: bytes, parts: Sequence[Part], records: Iterable[Mapping[str, str | None]]) -> Iterator[int]:
    """The code of each record as a whole number of `LENGTH` bits; 0 where a record says nothing."""
    keyed = {part.name: hmac.new(derived(key, part.name.encode()), digestmod="sha256") for part in parts}
    for record in records:
        code = 0
        for part in parts:
            pieces = _PIECES[part.kind](record.get(part.name) or "")
            count = min(_MOST, max(1, part.bits // max(1, len(pieces))))
            for piece in pieces:
                one = keyed[part.name].copy()
                one.update(piece.encode())
                found = one.digest()
                for i in range(0, 2 * count, 2):
                    code |= 1 << (int.from_bytes(found[i : i + 2]) % LENGTH)
        yield code


def alike(one: int, other: int) -> float:
    """Dice's coefficient: twice the common bits over all bits."""
    bits = one.bit_count() + other.bit_count()
    return 2 * (one & other).bit_count() / bits if bits else 0.0


def matches(ours: Sequence[int], theirs: Sequence[int], least: float) -> list[Match]:
    """Pairs at least so alike, each code in one pair at most, the likest first. Compares all with all: take groups, not a city."""
    if not 0 < least <= 1:
        raise Malformed("clk.least", "How alike codes must be is a number above 0 and up to 1.", "相似度下限须大于 0 且不超过 1。")
    sizes = [code.bit_count() for code in theirs]
    found = []
    for i, code in enumerate(ours):
        size = code.bit_count()
        for j, other in enumerate(theirs):
            both = size + sizes[j]
            # The smaller code is the most that can be common: most pairs are settled by that.
            if both and 2 * min(size, sizes[j]) >= least * both and (score := 2 * (code & other).bit_count() / both) >= least:
                found.append(Match(i, j, score))
    taken: tuple[set[int], set[int]] = set(), set()
    kept = []
    for match in sorted(found, key=lambda m: (-m.alike, m.one, m.other)):
        if match.one not in taken[0] and match.other not in taken[1]:
            taken[0].add(match.one)
            taken[1].add(match.other)
            kept.append(match)
    return kept

