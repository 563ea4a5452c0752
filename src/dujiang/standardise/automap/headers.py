"""What header names mean: a list of synonyms in Chinese and English, likeness by pairs of characters, and what stewards confirmed before."""

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from dujiang.standardise.terms.writing import fold

SAME, LEARNT, LIKE = "header.same", "header.learnt", "header.like"
EVERY, HELP = "*", "?"  # a slot of every event; what is no slot but helps to fill one
_LEAST_LIKE = 0.62


class Meaning(NamedTuple):
    """A slot that a header may name, how much a table needs it, and the words for it."""

    target: str
    slot: str
    weight: int
    words: frozenset[str]


class Match(NamedTuple):
    """How well a header names a slot, 0 to 1, and why."""

    score: float
    reason: str


NONE = Match(0.0, "")


@cache
def meanings() -> tuple[Meaning, ...]:
    """The list, as data."""
    text = (files("dujiang.standardise.automap") / "headers.csv").read_text(encoding="utf-8")
    return tuple(
        Meaning(row["target"], row["slot"], int(row["weight"]), frozenset(plain(word) for word in row["words"].split("|")))
        for row in csv.DictReader(text.splitlines())
    )


def plain(header: str) -> str:
    """A header for comparison: lower case, half width, simplified, CamelCase cut, units in brackets and punctuation away."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    text = fold(re.sub(r"[(（\[【].*?[)）\]】]\s*$", "", text) or text)
    return re.sub(r"[\W_]+", " ", text).strip()


def matched(header: str, meaning: Meaning, learnt: Mapping[str, Iterable[tuple[str, str]]] = {}) -> Match:
    """How well the header names that slot; `learnt` are (target, slot) that stewards confirmed for a header."""
    name = plain(header)
    if name in meaning.words:
        return Match(1.0, SAME)
    if any((slot == meaning.slot and target == meaning.target) or (meaning.target == EVERY and slot == meaning.slot) for target, slot in learnt.get(name, ())):
        return Match(1.0, LEARNT)
    best = max((_likeness(name, word) for word in meaning.words), default=0.0)
    return Match(round(0.85 * best, 4), LIKE) if best >= _LEAST_LIKE else NONE


def _likeness(one: str, other: str) -> float:
    """Dice's coefficient over pairs of characters; 0 for names of one character."""
    pairs, theirs = _pairs(one), _pairs(other)
    return 2 * len(pairs & theirs) / (len(pairs) + len(theirs)) if pairs and theirs else 0.0


@cache
def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 2] for n in range(len(text) - 1))
