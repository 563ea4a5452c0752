"""Says how far two groups of counted values differ, and whether that is more than chance; exact on integers but for one logarithm."""

from collections.abc import Sequence
from fractions import Fraction
from math import log, sqrt

from dujiang.assess.checks import Drifting
from dujiang.words import Word


class Change(Word, frozen=True):
    """A difference between two groups of rows in what one thing looks like; thousandths of the index and of the largest gap."""

    what: str  # codes.<table>, values.<codes>, sex.person, birth.person, volume.<table>
    between: str  # source, arrival or month
    one: str  # the zone, arrival or month that differs
    rows: int
    others: int
    psi: int
    gap: int
    alarm: bool


def stability(one: Sequence[int], other: Sequence[int]) -> float:
    """Population stability index Σ (p − q) ln(p ÷ q) over bins, half a count added to each bin so that none is empty.

    Under 0.1 is called stable, over 0.25 a shift (Siddiqi, Credit Risk Scorecards, 2006).
    """
    bins, n, m = len(one), sum(one), sum(other)
    shares = [((a + 0.5) / (n + bins / 2), (b + 0.5) / (m + bins / 2)) for a, b in zip(one, other, strict=True)]
    return sum((p - q) * log(p / q) for p, q in shares)


def gap(one: Sequence[int], other: Sequence[int]) -> Fraction:
    """Kolmogorov-Smirnov: the largest distance between the two cumulated shares, bins in their order; 0 where a side is empty."""
    n, m = sum(one), sum(other)
    if not n or not m:
        return Fraction(0)
    largest, a, b = Fraction(0), 0, 0
    for x, y in zip(one, other, strict=True):
        a, b = a + x, b + y
        largest = max(largest, abs(Fraction(a, n) - Fraction(b, m)))
    return largest


def chi_squared(one: Sequence[int], other: Sequence[int]) -> tuple[Fraction, int]:
    """Pearson's statistic for equal shares, and its degrees of freedom; bins that are empty on both sides count for nothing."""
    n, m = sum(one), sum(other)
    used = [(a, b) for a, b in zip(one, other, strict=True) if a or b]
    if not n or not m or len(used) < 2:
        return Fraction(0), 0
    total = Fraction(0)
    for a, b in used:
        expected = Fraction((a + b) * n, n + m), Fraction((a + b) * m, n + m)
        total += (a - expected[0]) ** 2 / expected[0] + (b - expected[1]) ** 2 / expected[1]
    return total, len(used) - 1


def critical(freedom: int, sure: float) -> float:
    """What chi-squared exceeds by chance as rarely as a normal deviate exceeds `sure` (Wilson & Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + sure * sqrt(spread)) ** 3)


def change(what: str, between: str, one: str, pair: tuple[Sequence[int], Sequence[int]], *, ordered: bool, limits: Drifting) -> Change:
    """How the first of two histograms over the same bins differs from the second; `ordered` bins also have a largest gap."""
    mine, theirs = pair
    rows, others = sum(mine), sum(theirs)
    psi, widest = stability(mine, theirs), gap(mine, theirs) if ordered else Fraction(0)
    statistic, freedom = chi_squared(mine, theirs)
    large = psi >= limits.psi or 100 * widest >= limits.gap
    real = freedom > 0 and statistic > critical(freedom, limits.sure)
    return Change(
        what=what, between=between, one=one, rows=rows, others=others, psi=int(1000 * psi), gap=int(1000 * widest),
        alarm=large and real and min(rows, others) >= limits.least,
    )


def volume(what: str, months: Sequence[tuple[str, int]], *, limits: Drifting) -> Change | None:
    """How the last of consecutive months differs in its number of rows from the six before it; None where fewer are known.

    Alarm: less than half or more than double their mean, and further off than chance (both numbers Poisson).
    """
    if len(months) < 7:
        return None
    (month, rows), before = months[-1], [n for _, n in months[-7:-1]]
    mean = Fraction(sum(before), 6)
    off = float(abs(rows - mean))
    real = off > limits.sure * sqrt(float(mean + mean / 6) or 1.0)
    large = rows * 2 < mean or rows > 2 * mean
    widest = min(abs(rows - mean) / mean, Fraction(9)) if mean else Fraction(9 if rows else 0)
    return Change(
        what=what, between="month", one=month, rows=rows, others=sum(before), psi=0, gap=int(1000 * widest),
        alarm=large and real and sum(before) >= limits.least,
    )
