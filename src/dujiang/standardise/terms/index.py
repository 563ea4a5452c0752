"""Finds the names of a list that a text may mean: by what characters, pairs and sounds they share; exact look-ups first.

Features of a text are its characters, its pairs of neighbours and its pairs of sounds; of Latin words, pieces of three letters. A feature
weighs by how rare it is among the names (inverse document frequency, Spärck Jones 1972). The same names in any order give the same index.
"""

import heapq
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from dujiang.standardise.terms.sound import sound
from dujiang.standardise.terms.writing import meant, normalise
from dujiang.words import Code

CANDIDATES = 20  # how many names are weighed closely
BUDGET = 4000  # how many places of the index one search looks at, rarest features first
LONGEST_NAME = 200
_LATIN = re.compile("[a-z0-9 ]")
_RUN = re.compile(r"[a-z0-9]+|\S")
_PAIR, _SOUND = "\t", "~"


class Name(NamedTuple):
    """A name in normalised writing, what it stands for, how the list writes it, and the place of its list: 0 speaks first."""

    place: int
    codes: tuple[Code, ...]
    text: str
    written: str


class Traits(NamedTuple):
    """What is compared of a text: its features, its characters, its sounds."""

    features: frozenset[str]
    characters: frozenset[str]
    sounds: frozenset[str]


@lru_cache(1 << 15)
def traits(text: str) -> Traits:
    """The traits of a normalised text."""
    parts = _parts(text)
    heard = [sound(part) if len(part) == 1 else part for part in parts]
    pairs = [a + _PAIR + b for a, b in pairwise(parts)]
    pairs += [_SOUND + a + _PAIR + b for a, b in pairwise(heard)]
    return Traits(frozenset(parts + pairs), frozenset(parts), frozenset(heard))


def _parts(text: str) -> list[str]:
    """Characters; of Latin words with more than two letters, pieces of three that know where the word begins and ends."""
    if not _LATIN.search(text):
        return list(text)
    parts: list[str] = []
    for run in _RUN.findall(text):
        if len(run) > 2:
            word = f"^{run}$"
            parts += (word[n : n + 3] for n in range(len(word) - 2))
        else:
            parts.append(run)
    return parts


class Index:
    """The names of some lists, ready to be searched."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.names = _told_apart(names)
        self.exact: dict[str, list[int]] = {}
        self._places: dict[str, array[int]] = {}
        heard: dict[str, int] = {}
        for number, name in enumerate(self.names):
            self.exact.setdefault(name.text, []).append(number)
            found = traits(name.text)
            for feature in found.features:
                if (places := self._places.get(feature)) is None:
                    places = self._places[feature] = array("I")
                places.append(number)
            for each in found.sounds:
                heard[each] = heard.get(each, 0) + 1
        self._unseen = self._weight(0)
        self._weights = {feature: self._weight(len(places)) for feature, places in self._places.items()}
        self._squares = {feature: weight * weight for feature, weight in self._weights.items()}
        self._heard = {each: self._weight(count) for each, count in heard.items()}
        self._norms = self._all_norms()

    def _all_norms(self) -> "array[float]":
        squares = [0] * len(self.names)
        for feature, places in self._places.items():
            square = self._squares[feature]
            for number in places:
                squares[number] += square
        return array("d", map(math.sqrt, squares))

    def search(self, text: str) -> list[int]:
        """Numbers of the names most like the normalised text, at most `CANDIDATES`."""
        known = sorted((f for f in traits(text).features if f in self._places), key=lambda f: (len(self._places[f]), f))
        shared: dict[int, int] = {}
        spent = 0
        for turn, feature in enumerate(known):
            places = self._places[feature]
            spent += len(places)
            if spent > BUDGET and turn > 2:
                break
            square = self._squares[feature]
            for number in places:
                shared[number] = shared.get(number, 0) + square
        norms = self._norms
        return [-n for _, n in heapq.nlargest(CANDIDATES, ((squares / norms[n], -n) for n, squares in shared.items()))]

    def likeness(self, text: str, numbers: Sequence[int]) -> Iterator[tuple[float, float, float]]:
        """Of each name: the cosine of both texts' features, how much of its characters the text has, how much of the text's sounds it has."""
        asked = traits(text)
        norm = math.sqrt(sum(self._squares.get(f, self._unseen * self._unseen) for f in asked.features))
        whole = self._sum(asked.sounds, self._heard)
        for number in numbers:
            name = traits(self.names[number].text)
            yield (
                sum(map(self._squares.__getitem__, asked.features & name.features)) / (norm * self._norms[number]),
                self._sum(name.characters & asked.characters, self._weights) / self._sum(name.characters, self._weights),
                self._sum(asked.sounds & name.sounds, self._heard) / whole,
            )

    def _weight(self, count: int) -> int:
        """In whole 1024ths, so that sums are exact and the order in which they are made does not matter."""
        return round(1024 * (1 + math.log((len(self.names) + 1) / (count + 1))))

    def _sum(self, of: frozenset[str], weights: dict[str, int]) -> int:
        return sum(weights.get(each, self._unseen) for each in of)


def _told_apart(names: Iterable[Name]) -> list[Name]:
    """Each name once for its codes, and once with its synonyms replaced where that changes it; a later list's equal name gives way."""
    first: dict[str, int] = {}
    kept: dict[tuple[str, tuple[Code, ...]], Name] = {}
    for name in sorted(names, key=lambda n: (n.place, [(len(c.code), c) for c in n.codes], n.text, n.written)):
        plain = normalise(name.text)[:LONGEST_NAME]
        for text in dict.fromkeys((plain, meant(plain))):
            if text and first.setdefault(text, name.place) == name.place:
                kept.setdefault((text, name.codes), name._replace(text=text))
    return list(kept.values())
