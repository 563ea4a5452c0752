"""Checks standard tables, each in one scan, and scores the result by a public formula; never keeps or shows a value.

Score: within a Kahn category, 100 × (1 − Σ severity weight × violated share ÷ Σ severity weight) over its applicable
checks; overall, the weighted mean of the categories that have any (weights in `checks.yaml`), rounded down, so that 100
means nothing was found. Nothing applicable gives 0.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import cast

from dujiang.assess.checks import Check, book, catalogue
from dujiang.assess.sources import parquet
from dujiang.words import Word
from dujiang.world import Frames

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not_applicable"


class CheckResult(Word, frozen=True):
    """What one check found: rows violated of the rows it applies to."""

    id: str
    violated: int
    denominator: int
    status: str


class QualityReport(Word, frozen=True):
    """The quality of some tables on a day, by the checks of `version`; it travels with the asset version."""

    version: str
    as_of: str
    rows: dict[str, int]
    results: tuple[CheckResult, ...]
    score: int  # 0-100
    categories: dict[str, int]  # the same by Kahn category, for those with an applicable check

    def fatal(self) -> tuple[str, ...]:
        """Ids of failed checks that are fatal."""
        checks = catalogue()
        return tuple(r.id for r in self.results if r.status == FAILED and checks[r.id].severity == "fatal")


def check(frames: Frames, tables: Mapping[str, Sequence[str]], as_of: date) -> QualityReport:
    """Check tables, given as name -> addresses of their Parquet files; every known check is answered for."""
    _gather(frames, tables)
    rows: dict[str, int] = {}
    counted: dict[str, tuple[int, int]] = {}
    given = {name for name, urls in tables.items() if urls}
    for table in tables:
        if table in given:
            checks = [c for c in catalogue().values() if c.table == table and c.beside <= given]
            rows[table] = _scan(frames, checks, tables[table], as_of, counted=counted)
    results = judge({name: counted.get(name, (0, 0)) for name in catalogue()})
    categories = {name: int(part) for name, part in category_scores(results).items()}
    return QualityReport(
        version=book().version,
        as_of=as_of.isoformat(),
        rows=rows,
        results=results,
        score=score(results),
        categories=categories,
    )


def judge(
    counts: Mapping[str, tuple[int, int]], thresholds: Mapping[str, float] | None = None
) -> tuple[CheckResult, ...]:
    """Results from (violated, denominator) by check id; `thresholds`, in per cent, replace those of the file."""
    checks, other = catalogue(), thresholds or {}
    return tuple(
        CheckResult(
            id=name, violated=bad, denominator=of, status=_status(bad, of, other.get(name, checks[name].threshold))
        )
        for name, (bad, of) in counts.items()
    )


def rejudge(results: Sequence[CheckResult], thresholds: Mapping[str, float]) -> tuple[CheckResult, ...]:
    """The same counts under other thresholds; no scan is needed."""
    return judge({r.id: (r.violated, r.denominator) for r in results}, thresholds)


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


def _status(violated: int, denominator: int, threshold: float) -> str:
    if not denominator:
        return NOT_APPLICABLE
    return FAILED if 100 * violated > Fraction(threshold) * denominator else PASSED


def _gather(frames: Frames, tables: Mapping[str, Sequence[str]]) -> None:
    """Tables `x_who` (person_id, born, died) and `x_visits` for the joins, each key once."""
    people, deaths, visits = (
        parquet(tables[t]) if tables.get(t) else "" for t in ("person", "death", "visit_occurrence")
    )
    born = (
        "coalesce(birth_datetime::DATE, try_cast(concat_ws('-', year_of_birth, coalesce(month_of_birth, 1), "
        "coalesce(day_of_birth, 1)) AS DATE))"
    )
    known = f"SELECT person_id, min({born}) AS born FROM {people} GROUP BY person_id" if people else _NOBODY
    died = f"SELECT person_id, min(death_date) AS died FROM {deaths} GROUP BY person_id" if deaths else _NO_DEATH
    frames.run(
        f"CREATE OR REPLACE TABLE x_who AS SELECT * FROM ({known}) p LEFT JOIN ({died}) d USING (person_id) "
        "WHERE person_id IS NOT NULL"
    )
    visited = f"SELECT DISTINCT visit_occurrence_id, person_id FROM {visits}" if visits else _NO_VISIT
    frames.run(
        f"CREATE OR REPLACE TABLE x_visits AS SELECT visit_occurrence_id, min(person_id) AS person_id FROM ({visited}) "
        "WHERE visit_occurrence_id IS NOT NULL GROUP BY visit_occurrence_id"
    )


_JOINS = {
    "person_id": " LEFT JOIN x_who w ON w.person_id = t.person_id",
    "visit_occurrence_id": " LEFT JOIN x_visits v ON v.visit_occurrence_id = t.visit_occurrence_id",
}
_NOBODY = "SELECT NULL::BIGINT AS person_id, NULL::DATE AS born WHERE false"
_NO_DEATH = "SELECT NULL::BIGINT AS person_id, NULL::DATE AS died WHERE false"
_NO_VISIT = "SELECT NULL::BIGINT AS visit_occurrence_id, NULL::BIGINT AS person_id WHERE false"


def _scan(
    frames: Frames, checks: Sequence[Check], urls: Sequence[str], as_of: date, *, counted: dict[str, tuple[int, int]]
) -> int:
    """Count all checks of a table in one statement into `counted`; how many rows the table has."""
    source = parquet(urls)
    present = {str(row[0]) for row in frames.rows(f"DESCRIBE SELECT * FROM {source}")}
    checks = [c for c in checks if c.reads <= present]
    asked = ", ".join(["count(*)", *(part for c in checks for part in _aggregates(c))])
    joins = "".join(join for column, join in _JOINS.items() if column in present)
    sql = f"SELECT {asked} FROM {source} t{joins}".replace("{as_of}", f"DATE '{as_of.isoformat()}'")
    total, *numbers = cast(tuple[int, ...], frames.rows(sql)[0])
    for c, of, bad in zip(checks, numbers[::2], numbers[1::2], strict=True):
        counted[c.id] = (bad, of)
    return total


def _aggregates(c: Check) -> tuple[str, str]:
    """SQL for the denominator and the number violated."""
    of = f"count(*) FILTER (WHERE {c.applies})"
    if c.distinct:
        columns = ", ".join(f"t.{name}" for name in c.distinct)
        return of, f"{of} - count(DISTINCT hash({columns})) FILTER (WHERE {c.applies})"
    return of, f"count(*) FILTER (WHERE ({c.applies}) AND ({c.violated}))"
