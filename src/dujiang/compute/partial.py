"""From the totals over all holders to the figures of each cell, exactly; a float appears only at the very end.

Totals that no real data can have, such as more contributors than persons, are refused: a holder's part was wrong.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from dujiang.compute.layout import BIN, BIN_CONTRIBUTORS, CONTRIBUTORS, EVENTS, PERSONS, SQUARES, SUM, UNIT, bins_of, layout
from dujiang.compute.query import Query
from dujiang.errors import Broken
from dujiang.words import Word

FINE = 10**40  # a root is taken on a grid of this fineness: a deviation is at least 10^-9 divided by the number of values


class CellResult(Word, frozen=True):
    """A cell's figures; those not asked for are None, as are a mean of nothing and a deviation of fewer than two values.

    `contributors` is given whenever values are asked about. Sum, mean and sd are in the unit of the values, variance in its square.
    """

    key: tuple[str, ...]
    persons: int
    contributors: int | None = None
    events: int | None = None
    sum: float | None = None
    mean: float | None = None
    variance: float | None = None
    sd: float | None = None
    histogram: tuple[int, ...] | None = None  # events: below, the bins, above
    histogram_contributors: tuple[int, ...] | None = None


def finish(query: Query, totals: Sequence[int]) -> tuple[CellResult, ...]:
    """The figures of every cell; Broken when the vector is not this query's or cannot be a total of real data."""
    form = layout(query)
    if len(totals) != form.length:
        raise Broken("partial.length", "The vector is not this query's.", "结果向量与查询不符。")
    return tuple(_cell(query, key, form.cell(totals, n)) for n, key in enumerate(query.cells()))


def _cell(query: Query, key: tuple[str, ...], numbers: Mapping[str, int]) -> CellResult:
    _refuse_impossible(numbers)
    asked = set(query.measures)
    mean = Fraction(numbers[SUM], UNIT * numbers[EVENTS]) if "mean" in asked and numbers[EVENTS] else None
    variance = _variance(numbers) if asked & {"variance", "sd"} else None
    return CellResult(
        key=key, persons=numbers[PERSONS], contributors=numbers.get(CONTRIBUTORS),
        events=numbers[EVENTS] if "events" in asked else None,
        sum=float(Fraction(numbers[SUM], UNIT)) if "sum" in asked else None,
        mean=None if mean is None else float(mean),
        variance=float(variance) if "variance" in asked and variance is not None else None,
        sd=_root(variance) if "sd" in asked and variance is not None else None,
        histogram=_bins(query, numbers, BIN), histogram_contributors=_bins(query, numbers, BIN_CONTRIBUTORS),
    )


def _bins(query: Query, numbers: Mapping[str, int], kind: str) -> tuple[int, ...] | None:
    return tuple(numbers[f"{kind}{n}"] for n in range(bins_of(query))) or None


def _variance(numbers: Mapping[str, int]) -> Fraction | None:
    """The sample variance: (sum of squares - square of sum / n) / (n - 1), exactly; None for fewer than two values."""
    n = numbers[EVENTS]
    return Fraction(_spread(numbers), UNIT * UNIT * n * (n - 1)) if n > 1 else None


def _spread(numbers: Mapping[str, int]) -> int:
    """n times the sum of squares less the square of the sum: never negative for real values (Cauchy-Schwarz)."""
    return numbers[SQUARES] * numbers[EVENTS] - numbers[SUM] ** 2


def _root(value: Fraction) -> float:
    """The square root of an exact number, correct to far below a float's precision."""
    return float(Fraction(math.isqrt(value.numerator * FINE * FINE // value.denominator), FINE))


def _refuse_impossible(numbers: Mapping[str, int]) -> None:
    counts = [n for name, n in numbers.items() if name != SUM]
    contributors = [n for name, n in numbers.items() if name.startswith(CONTRIBUTORS)]
    pairs = [(numbers[BIN_CONTRIBUTORS + name.removeprefix(BIN)], n) for name, n in numbers.items() if name.startswith(BIN)]
    pairs += [(numbers[CONTRIBUTORS], numbers[EVENTS])] if EVENTS in numbers else []
    possible = (
        all(n >= 0 for n in counts) and all(n <= numbers[PERSONS] for n in contributors)
        and all(people <= events and bool(people) == bool(events) for people, events in pairs)
        and (SQUARES not in numbers or _spread(numbers) >= 0)
    )
    if not possible:
        raise Broken("partial.impossible", "The totals cannot be those of any data; nothing was computed.", "汇总结果不可能来自真实数据，未产生任何结果。")
