"""Checks standard tables, each in a few scans, and reports counts, scores, parts and changes; never keeps or shows a value."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from dujiang.assess.checks import QUARANTINE, book, catalogue
from dujiang.assess.counting import Counting
from dujiang.assess.drift import Change
from dujiang.assess.drift_scan import changes
from dujiang.assess.quality_parts import ARRIVAL, DEPARTMENT, SOURCE, Part, gather, parts
from dujiang.assess.quality_score import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    CheckResult,
    category_scores,
    judge,
    rejudge,
    score,
)
from dujiang.assess.tables import Tables
from dujiang.assess.tallies import Side
from dujiang.errors import Malformed
from dujiang.standardise.model import TABLES
from dujiang.words import Word
from dujiang.world import Frames

__all__ = [
    "ERROR", "FAILED", "NOT_APPLICABLE", "PASSED", "CheckResult", "QualityReport", "category_scores", "check", "judge", "rejudge", "score",
]
SIDES = {
    "w": Side(on="person_id", table="person", key="person_id", gives={
        "sex": "t.gender_concept_id",
        "born": "coalesce(t.birth_datetime::DATE, try_cast(concat_ws('-', t.year_of_birth, coalesce(t.month_of_birth, 1), "
        "coalesce(t.day_of_birth, 1)) AS DATE))",
    }),
    "d": Side(on="person_id", table="death", key="person_id", gives={"died": "t.death_date"}),
    "v": Side(on="visit_occurrence_id", table="visit_occurrence", key="visit_occurrence_id", gives={
        "person_id": "t.person_id", "start": "t.visit_start_date", "end_": "t.visit_end_date", "site": "t.care_site_id",
        "kind": "t.visit_concept_id",
    }),
    "h": Side(on="person_id", table="visit_occurrence", key="person_id"),
}


# A column that comes in another type is read as the standard has it, and what does not fit counts as empty.
_TYPES = {name: {column.name: column.type for column in table.columns} for name, table in TABLES.items()}


class QualityReport(Word, frozen=True):
    """The quality of some tables on a day, by the checks of `version`; it travels with the asset version."""

    version: str
    as_of: str
    rows: dict[str, int]
    results: tuple[CheckResult, ...]
    score: int  # 0-100
    categories: dict[str, int]  # the same by Kahn category, for those with an applicable check
    by_source: tuple[Part, ...] = ()  # weakest first
    by_department: tuple[Part, ...] = ()  # weakest first
    by_arrival: tuple[Part, ...] = ()  # oldest first
    changes: tuple[Change, ...] = ()

    def failed(self, tier: str) -> tuple[str, ...]:
        """Ids of failed checks of a tier."""
        checks = catalogue()
        return tuple(r.id for r in self.results if r.status == FAILED and r.id in checks and checks[r.id].tier == tier)

    def fatal(self) -> tuple[str, ...]:
        """Ids of failed checks that are fatal."""
        return self.failed(QUARANTINE)


def judged_by(report: QualityReport, thresholds: Mapping[str, float]) -> QualityReport:
    """The same counts under other thresholds, in per cent by check; no row is read again. Malformed for a check that is not known."""
    if strange := set(thresholds) - set(catalogue()):
        raise Malformed(
            "quality.check", "There is no such check: {checks}. Take the ids from the list of rules.", "没有该检查项：{checks}。请使用规则列表中的编号。",
            checks=", ".join(sorted(s for s in strange if s.replace("_", "").replace(".", "").isalnum())) or "-",
        )
    return msgspec.structs.replace(report, results=rejudge(report.results, thresholds))


def counting(frames: Frames, tables: Mapping[str, Sequence[str]], as_of: date) -> Counting:
    """What counts over standard tables, given as name -> addresses of their Parquet files."""
    return Counting(Tables(frames, tables, as_of, types=_TYPES), SIDES)


def check(frames: Frames, tables: Mapping[str, Sequence[str]], as_of: date, *, arrivals: Sequence[str] = ()) -> QualityReport:
    """Check tables, given as name -> addresses of their Parquet files; every known check is answered for.

    `arrivals` are the ids of the arrivals they are made from, oldest first.
    """
    over, checks = counting(frames, tables, as_of), catalogue()
    gathered = gather(over, checks.values(), order=arrivals)
    results = judge(dict.fromkeys(checks, (0, 0)) | gathered.totals())
    broken = parts(gathered, order=arrivals)
    return QualityReport(
        version=book().version, as_of=as_of.isoformat(), rows={table: over.tables.rows(table) for table in tables if tables[table]},
        results=results, score=score(results), categories={name: int(part) for name, part in category_scores(results).items()},
        by_source=broken[SOURCE], by_department=broken[DEPARTMENT], by_arrival=broken[ARRIVAL],
        changes=changes(over, arrivals, compare=gathered.several()),
    )
