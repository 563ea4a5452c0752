"""Judges counts against thresholds and scores them by a public formula; needs no data, so thresholds can change without a new scan.

Score: within a Kahn category, 100 × (1 − Σ severity weight × violated share ÷ Σ severity weight) over its applicable checks; overall, the
weighted mean of the categories that have any (weights in `checks.yaml`), rounded down, so that 100 means nothing was found. Nothing
applicable gives 0.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from dujiang.assess.checks import Check, book, catalogue
from dujiang.words import Word

PASSED, FAILED, NOT_APPLICABLE, ERROR = "passed", "failed", "not_applicable", "error"
Pair = tuple[int, int]  # violated, of how many


class CheckResult(Word, frozen=True):
    """What one check found: rows violated of the rows it applies to."""

    id: str
    violated: int
    denominator: int
    status: str


def judge(
    counts: Mapping[str, Pair], thresholds: Mapping[str, float] | None = None, *, checks: Mapping[str, Check] | None = None
) -> tuple[CheckResult, ...]:
    """Results from (violated, denominator) by check id; `thresholds`, in per cent, replace those of the checks."""
    known, other = checks or catalogue(), thresholds or {}
    return tuple(
        CheckResult(id=name, violated=bad, denominator=of, status=status(bad, of, other.get(name, known[name].threshold)))
        for name, (bad, of) in counts.items()
    )


def rejudge(results: Sequence[CheckResult], thresholds: Mapping[str, float]) -> tuple[CheckResult, ...]:
    """The same counts under other thresholds; no scan is needed."""
    return judge({r.id: (r.violated, r.denominator) for r in results}, thresholds)


def status(violated: int, denominator: int, threshold: float) -> str:
    """Failed above the threshold, in per cent; not applicable where there was nothing to check."""
    if not denominator:
        return NOT_APPLICABLE
    return FAILED if exceeds(violated, denominator, threshold) else PASSED


def exceeds(violated: int, denominator: int, threshold: float) -> bool:
    """Whether the share violated is above so many per cent, exactly."""
    return 100 * violated > Fraction(threshold) * denominator


def score(results: Sequence[CheckResult]) -> int:
    """0-100, by the formula above."""
    weights, parts = book().weights.category, category_scores(results)
    return int(sum(weights[c] * part for c, part in parts.items()) / sum(weights[c] for c in parts)) if parts else 0


def category_scores(results: Sequence[CheckResult]) -> dict[str, Fraction]:
    """0-100 for each Kahn category that has an applicable check, exactly."""
    loss: dict[str, list[tuple[int, Fraction]]] = {}
    for r in results:
        if r.status != NOT_APPLICABLE:
            known = catalogue()[r.id]
            weight = book().weights.severity[known.severity]
            loss.setdefault(known.category, []).append((weight, Fraction(r.violated, r.denominator)))
    return {name: 100 - 100 * _mean(parts) for name, parts in loss.items()}


def _mean(parts: Sequence[tuple[int, Fraction]]) -> Fraction:
    return sum((weight * share for weight, share in parts), Fraction(0)) / sum(weight for weight, _ in parts)
