"""Threshold files like DataQualityDashboard's, written by ourselves, and tables made by SQL to run them over."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from dujiang.assess.dqd import Dashboard, read
from dujiang.assess.dqd_run import DashboardResult, count, judge
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

AS_OF = date(2024, 6, 30)
Cells = Mapping[str, str]
Pairs = dict[str, tuple[int | None, int | None]]

# A person, a death and visits to stand beside what is checked; the second person is there twice, with another birth and another sex.
PERSON = (
    "SELECT * FROM (VALUES (1::BIGINT, 8507::BIGINT, 1960::BIGINT, 5::BIGINT, 6::BIGINT, NULL::TIMESTAMP), (2, 8532, 1970, NULL, NULL, NULL), "
    "(2, 8507, 1980, 3, 4, TIMESTAMP '1980-03-04')) t(person_id, gender_concept_id, year_of_birth, month_of_birth, day_of_birth, birth_datetime)"
)
DEATH = "SELECT * FROM (VALUES (1::BIGINT, DATE '2000-01-01'), (2, DATE '2010-01-01'), (2, DATE '2012-01-01')) t(person_id, death_date)"
VISITS = (
    "SELECT * FROM (VALUES (10::BIGINT, DATE '2001-01-10', DATE '2001-01-12'), (11, DATE '2001-01-01', DATE '2001-01-01'), "
    "(11, DATE '2005-01-01', DATE '2005-01-01')) t(visit_occurrence_id, visit_start_date, visit_end_date)"
)
CONCEPT = (
    "SELECT * FROM (VALUES (0::BIGINT, 'None', 'None', NULL, NULL), (5, 'Condition', 'Finding', 'S', NULL), (6, 'Drug', 'Ingredient', 'C', NULL), "
    "(7, 'Condition', 'Finding', 'S', 'D'), (8, 'Condition', 'Finding', NULL, NULL)) "
    "t(concept_id, domain_id, concept_class_id, standard_concept, invalid_reason)"
)
ANCESTOR = "SELECT * FROM (VALUES (5::BIGINT, 5::BIGINT), (5, 7), (6, 7), (9, 8)) t(ancestor_concept_id, descendant_concept_id)"
BESIDE = {"person": PERSON, "death": DEATH, "visit_occurrence": VISITS, "concept": CONCEPT, "concept_ancestor": ANCESTOR}


def threshold_file(rows: Sequence[Cells]) -> bytes:
    """A threshold file with all the columns that any row names; every cell that is not named is empty."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def files(*, tables: Sequence[Cells] = (), fields: Sequence[Cells] = (), concepts: Sequence[Cells] = ()) -> dict[str, bytes]:
    """The three files."""
    blank_field, blank_concept = {"cdmTableName": "CONCEPT", "cdmFieldName": "x", "cdmDatatype": ""}, {"cdmTableName": "CONCEPT", "cdmFieldName": "x"}
    return {
        "OMOP_CDMv5.4_Table_Level.csv": threshold_file([{"cdmTableName": "CONCEPT"}, *tables]),
        "OMOP_CDMv5.4_Field_Level.csv": threshold_file([blank_field, *fields]),
        "OMOP_CDMv5.4_Concept_Level.csv": threshold_file([blank_concept, *concepts]),
    }


def field(table: str, name: str, **cells: str) -> Cells:
    return {"cdmTableName": table, "cdmFieldName": name, "cdmDatatype": "", **cells}


class Desk:
    """Writes tables from SELECTs and runs checks over them."""

    def __init__(self, folder: Path) -> None:
        self.zones = Zones(folder)

    def urls(self, tables: Mapping[str, str]) -> dict[str, list[str]]:
        with DuckFrames(self.zones) as frames:
            for table, sql in tables.items():
                frames.save(sql, "zone-d", f"{table}.parquet")
        return {table: [self.zones.url("zone-d", f"{table}.parquet")] for table in tables}

    def counts(self, given: Mapping[str, bytes], tables: Mapping[str, str]) -> Pairs:
        """(violated, denominator) by check id."""
        return self.counted(read(given), tables)

    def counted(self, dashboard: Dashboard, tables: Mapping[str, str]) -> Pairs:
        urls = self.urls(tables)
        with DuckFrames(self.zones) as frames:
            return count(frames, dashboard, urls, AS_OF)

    def judged(self, given: Mapping[str, bytes], tables: Mapping[str, str]) -> dict[str, DashboardResult]:
        dashboard = read(given)
        return {result.id: result for result in judge(dashboard, self.counted(dashboard, tables))}
