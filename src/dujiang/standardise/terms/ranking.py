"""How probable it is that a text means each of its candidates, or none of them: one conditional logit (McFadden 1974) for ranking and calibration.

    z(name) = W · (cosine of features, characters of the name found in the text, sounds of the text found in the name, contrasts, other numbers)
    P(name) = exp z(name) / (exp NONE + sum of exp z over the candidates)

The six numbers were fitted by maximum likelihood on Chinese disease names, two thirds of the cases with random edits, one third names that the
list did not contain (`benchmarks/terms_weights.py` fits them again). They hold nothing of those lists.
"""

import math
import re
from collections.abc import Sequence
from functools import cache

from dujiang.standardise.terms.writing import rows

WEIGHTS = (0.7, 8.0, 8.7, -2.0, -0.7)
NONE = 13.5
_NUMBER = re.compile(r"\d+")


def score(likeness: tuple[float, float, float], asked: str, name: str) -> float:
    """z of a name for the normalised text `asked`."""
    values = (*likeness, min(2, contrasts(asked, name)), other_numbers(asked, name))
    return sum(weight * value for weight, value in zip(WEIGHTS, values, strict=True))


def probabilities(scores: Sequence[float]) -> list[float]:
    """P of each candidate; they and the chance of none of them add up to one."""
    top = max((NONE, *scores))
    powers = [math.exp(z - top) for z in scores]
    whole = math.exp(NONE - top) + sum(powers)
    return [power / whole for power in powers]


def contrasts(one: str, other: str) -> int:
    """How often one text says one thing and the other its opposite: acute and chronic, left and right, with and without."""
    return sum(_side(one, *pair) * _side(other, *pair) < 0 for pair in _opposites())


def _side(text: str, a: str, b: str) -> int:
    """1 when the text says `a`, -1 when it says `b`, 0 for both or neither; a word within its opposite (伴 in 不伴) does not count."""
    says_b = b in text
    return (a in (text.replace(b, "") if a in b else text)) - says_b


def other_numbers(one: str, other: str) -> int:
    """Whether both have numbers, and not the same ones."""
    mine, theirs = set(_NUMBER.findall(one)), set(_NUMBER.findall(other))
    return int(bool(mine and theirs) and mine != theirs)


@cache
def _opposites() -> tuple[tuple[str, str], ...]:
    return tuple((row["one"], row["other"]) for row in rows("contrasts.csv"))
