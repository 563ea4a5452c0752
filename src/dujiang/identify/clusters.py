"""Joins linked records into persons, the strongest link first; a join that brings a contradiction along is refused and reported.

What reviewers ruled binds: records they joined go as one, records they parted never meet. The result depends on the pairs and the rulings
only, not on the order in which pairs come.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from dujiang.identify.linkage import UNIT
from dujiang.identify.scoring import APART, DOUBT, LINK, WORTH, Pair

AGREED = -5 * UNIT  # pairs of two groups agree on the whole when their mean, each cut to ±10 bits, is not below this
LARGEST = 500  # a larger tangle of links is joined only where every pair was compared


class Bounds(NamedTuple):
    """What reviewers ruled: records that go together (each with the smallest of them), and pairs that never meet."""

    atom: dict[int, int]
    parted: frozenset[tuple[int, int]]


class Clusters(NamedTuple):
    """`first` maps each joined record to the smallest record of its person; `refused` links were not followed."""

    first: dict[int, int]
    refused: tuple[Pair, ...]

    def person_of(self, record: int) -> int:
        return self.first.get(record, record)


NO_BOUNDS = Bounds({}, frozenset())


def bounds(rulings: Iterable[Sequence[Sequence[int]]]) -> Bounds:
    """Rulings, the newest first, as sets of records: one person within a set, another in every other set.

    A ruling gives way to newer ones where both cannot hold.
    """
    atoms: dict[int, list[int]] = {}
    parted: set[tuple[int, int]] = set()

    def of(record: int) -> list[int]:
        return atoms.setdefault(record, [record])

    for sets in rulings:
        for one, other in ((s[0], other) for s in sets for other in s[1:]):
            here, there = of(one), of(other)
            if here is there or any(ordered(x, y) in parted for x in here for y in there):
                continue
            here.extend(there)
            atoms.update(dict.fromkeys(there, here))
        for here_, there_ in combinations(sets, 2):
            parted.update(ordered(x, y) for x in here_ for y in there_ if of(x) is not of(y))
    return Bounds({n: min(atom) for n, atom in atoms.items()}, frozenset(parted))


def components(links: Iterable[tuple[int, int]], bounds: Bounds) -> dict[int, int]:
    """The tangle, by its smallest record, of every record in a link or a ruling."""
    tangle: dict[int, list[int]] = {}
    for a, b in (*bounds.atom.items(), *links):
        one, other = tangle.setdefault(a, [a]), tangle.setdefault(b, [b])
        if one is not other:
            small, large = sorted((one, other), key=len)
            large.extend(small)
            tangle.update(dict.fromkeys(small, large))
    smallest = {id(members): min(members) for members in tangle.values()}
    return {n: smallest[id(members)] for n, members in tangle.items()}


def cluster(pairs: Iterable[Pair], bounds: Bounds = NO_BOUNDS, *, cohesive: bool = True, sizes: Mapping[int, int] | None = None) -> Clusters:
    """Persons from scored pairs. Of equal scores the pair with the smaller numbers goes first.

    `sizes` gives the size of a record's tangle where it may be larger than `LARGEST`.
    """
    known = list(pairs)
    groups = _Groups(known, bounds, cohesive=cohesive, sizes=sizes or {})
    refused = [link for link in sorted(filter(_links, known), key=lambda p: (-p.score, p.a, p.b)) if not groups.join(link)]
    return Clusters(groups.first(), tuple(refused))


def ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _links(pair: Pair) -> bool:
    return pair.decision == LINK


class _Groups:
    """Groups of atoms that grow; an atom is one record, or several that a reviewer joined."""

    def __init__(self, pairs: Sequence[Pair], bounds: Bounds, *, cohesive: bool, sizes: Mapping[int, int]) -> None:
        self._atom, self._cohesive, self._sizes = bounds.atom, cohesive, sizes
        self._between: dict[tuple[int, int], int | None] = {}  # atoms -> the best score of their records; None: a contradiction
        for pair in pairs:
            self._remember(pair)
        self._between.update(dict.fromkeys((ordered(self._of(a), self._of(b)) for a, b in bounds.parted), None))
        self._group: dict[int, int] = {}  # atom -> its group
        self._members: list[list[int]] = []  # by group; one that grows gets a new number
        self._refused: set[tuple[int, int]] = set()

    def _of(self, record: int) -> int:
        return self._atom.get(record, record)

    def _remember(self, pair: Pair) -> None:
        key = ordered(self._of(pair.a), self._of(pair.b))
        score = None if pair.decision in (APART, DOUBT) else max(WORTH, min(-WORTH, pair.score))
        before = self._between.get(key)
        self._between[key] = score if before is None else before if score is None else max(score, before)

    def join(self, link: Pair) -> bool:
        """Follow a link; False when it is refused, and for the first link between two groups only."""
        one, other = self._group_of(link.a), self._group_of(link.b)
        if one == other or ordered(one, other) in self._refused:
            return True
        if not self._agree(self._members[one], self._members[other]):
            self._refused.add(ordered(one, other))
            return False
        self._add([*self._members[one], *self._members[other]])
        return True

    def _group_of(self, record: int) -> int:
        atom = self._of(record)
        return self._group[atom] if atom in self._group else self._add([atom])

    def _add(self, members: list[int]) -> int:
        self._members.append(members)
        self._group.update(dict.fromkeys(members, len(self._members) - 1))
        return len(self._members) - 1

    def _agree(self, one: Sequence[int], other: Sequence[int]) -> bool:
        unknown = None if self._sizes.get(one[0], 0) > LARGEST else WORTH
        scores = [self._between.get(ordered(x, y), unknown) for x in one for y in other]
        known = [score for score in scores if score is not None]
        return len(known) == len(scores) and (not self._cohesive or sum(known) >= AGREED * len(known))

    def first(self) -> dict[int, int]:
        smallest = {atom: min(self._members[group]) for atom, group in self._group.items()}
        return {**smallest, **{n: smallest.get(atom, atom) for n, atom in self._atom.items()}}
