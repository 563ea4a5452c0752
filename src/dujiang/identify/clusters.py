"""Joins linked records into persons, the strongest link first; a join that brings a contradiction along is refused.

The result depends on the links and the traits only, not on the order in which they come.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from dujiang.identify.matching import Traits, contradicts


class Link(NamedTuple):
    """Two record numbers that were found to be one person, with the score."""

    a: int
    b: int
    score: float


class Clusters(NamedTuple):
    """`first` maps each joined record to the smallest record of its person; `refused` links were not followed."""

    first: dict[int, int]
    refused: tuple[Link, ...]

    def person_of(self, record: int) -> int:
        return self.first.get(record, record)


class _Group(NamedTuple):
    members: list[int]
    faces: set[Traits]  # distinct traits: a thousand copies of one record are compared once


def cluster(links: Iterable[Link], traits: Mapping[int, Traits]) -> Clusters:
    """Persons from links. Of equal scores the pair with the smaller numbers goes first."""
    groups: dict[int, _Group] = {}
    refused = []
    for link in sorted(links, key=lambda one: (-one.score, one.a, one.b)):
        one, other = (groups.get(n) or _alone(n, traits) for n in (link.a, link.b))
        if one is other:
            continue
        if any(contradicts(x, y) for x in one.faces for y in other.faces):
            refused.append(link)
            continue
        small, large = sorted((one, other), key=lambda group: len(group.members))
        large.members.extend(small.members)
        large.faces.update(small.faces)
        groups.update(dict.fromkeys((*small.members, link.a, link.b), large))
    smallest = {key: min(group.members) for key, group in {id(g): g for g in groups.values()}.items()}
    return Clusters({n: smallest[id(group)] for n, group in groups.items()}, tuple(refused))


def _alone(record: int, traits: Mapping[int, Traits]) -> _Group:
    face = msgspec.structs.replace(traits[record], person_id=0, zone="")
    return _Group([record], {face})
