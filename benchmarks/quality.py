"""S9: every check that OHDSI's DataQualityDashboard 2.8 makes of its threshold files, in a few scans, against one statement per check.

The data is Eunomia GiBleed cloned 37 times, its ids shifted per clone and its broken headers mended, built once under `.bench/` as Parquet. The
peer is written here in DQD's manner: the same engine, files and threads, one parameterised statement per check, numbers told from text as
SqlRender has DuckDB do it. Every pair (violated, denominator) must be equal, or the benchmark fails.
"""

import csv
import gzip
import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from dujiang.assess import dqd, dqd_run  # noqa: E402

SHARED = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared") / "data" / "omop"
SOURCE, FILES = SHARED / "gibleed_2694", SHARED / "dqd_csv"
BUILT = ROOT / ".bench" / "gibleed-37"
CLONES, RUNS = 37, 3
GOAL_SECONDS, GOAL_RATIO = 8.0, 7.0
AS_OF = date(2026, 11, 25)
TODAY = f"DATE '{AS_OF.isoformat()}'"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"threads": "2", "memory_limit": "4GB"}
SETTLED = {
    "concept", "vocabulary", "concept_ancestor", "concept_relationship", "concept_class", "concept_synonym", "relationship", "domain",
    "cdm_source", "drug_strength", "source_to_concept_map",
}  # not cloned
NOT_SHIFTED = {"visit_detail_id", "provider_id", "care_site_id", "location_id", "cost_event_id"}  # 0 or empty throughout
TYPES = {"integer": "BIGINT", "bigint": "BIGINT", "date": "DATE", "datetime": "TIMESTAMP", "float": "DECIMAL(38, 9)"}
Row = dict[str, str]


def threshold_rows(level: str) -> Iterator[Row]:
    """The rows DQD asks by default: without the vocabulary tables and without a column called `offset`."""
    with (FILES / f"OMOP_CDMv5.4_{level}_Level.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["cdmTableName"].lower() not in VOCABULARY and row.get("cdmFieldName") != "offset":
                yield {column: (cell or "").strip() for column, cell in row.items()}


VOCABULARY = SETTLED - {"cdm_source", "drug_strength", "source_to_concept_map"}


# The data.


def build() -> int:
    """Clone the tables into Parquet, once; how many rows they have."""
    done = BUILT / "rows"
    if not done.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        con = duckdb.connect(config={"threads": "2", "memory_limit": "3GB"})
        kinds = _column_types()
        shifts: dict[str, int] = {}
        rows = 0
        for file in sorted(SOURCE.glob("*.csv.gz")):
            table = file.name.removesuffix(".csv.gz")
            if table in kinds:
                rows += _clone(con, file, kinds[table], shifts)
        done.write_text(str(rows))
    return int(done.read_text())


def _column_types() -> dict[str, dict[str, str]]:
    kinds: dict[str, dict[str, str]] = {}
    with (FILES / "OMOP_CDMv5.4_Field_Level.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            kinds.setdefault(row["cdmTableName"].lower(), {})[row["cdmFieldName"].lower()] = TYPES.get(row["cdmDatatype"].lower(), "VARCHAR")
    return kinds


def _names(file: Path) -> list[str]:
    """Column names; the extract has expressions for some: `date(x,'unixepoch')` stands for x."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream))
    mended = [re.match(r"date\((\w+),|case (\w+) when", name, re.IGNORECASE) for name in header]
    return [((found[1] or found[2]) if found else name).lower() for found, name in zip(mended, header, strict=True)]


def _clone(con: duckdb.DuckDBPyConnection, file: Path, kinds: dict[str, str], shifts: dict[str, int]) -> int:
    table, names = file.name.removesuffix(".csv.gz"), _names(file)
    shape = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    read = f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', nullstr = '', columns = {{{shape}}})"
    columns = []
    for name in names:
        kind = kinds.get(name, "VARCHAR")
        shifted = table not in SETTLED and kind == "BIGINT" and name.endswith("_id") and not name.endswith("concept_id") and name not in NOT_SHIFTED
        shift = f" + clone * {_shift(con, name.removeprefix('preceding_'), shifts)}" if shifted else ""
        columns.append(f"CAST(t.{name} AS {kind}){shift} AS {name}")
    clones = 1 if table in SETTLED else CLONES
    sql = f"SELECT {', '.join(columns)} FROM range({clones}) c(clone), {read} t"
    written = con.execute(f"COPY ({sql}) TO '{BUILT / table}.parquet' (FORMAT parquet, COMPRESSION zstd)").fetchall()
    return int(written[0][0])


def _shift(con: duckdb.DuckDBPyConnection, key: str, shifts: dict[str, int]) -> int:
    """By how much an id grows per clone: one more than the largest anywhere."""
    if key not in shifts:
        largest = 0
        for file in SOURCE.glob("*.csv.gz"):
            names = _names(file)
            if key in names:
                shape = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
                read = f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {{{shape}}})"
                largest = max(largest, con.execute(f"SELECT max(try_cast({key} AS BIGINT)) FROM {read}").fetchall()[0][0] or 0)
        shifts[key] = largest + 1
    return shifts[key]


# The peer: what DQD asks of a database, one statement per check. (what is wrong, of what)

MAPPED = {
    "admitted_from", "anatomic_site", "cause", "condition_status", "country", "discharged_to", "disease_status", "modifier", "payer",
    "place_of_service", "plan", "qualifier", "route", "specialty", "sponsor", "stop_reason",
}
NUMERIC = "CASE WHEN regexp_matches(CAST({0} AS VARCHAR), '^-?([0-9]+\\.?[0-9]*|\\.[0-9]+)$') THEN 1 ELSE 0 END"


def peer_checks() -> Iterator[tuple[str, str, str]]:
    for row in threshold_rows("Table"):
        yield from table_checks(row)
    for row in threshold_rows("Field"):
        yield from field_checks(row)
        yield from plausible_checks(row)
    for row in threshold_rows("Concept"):
        yield from concept_checks(row)


def table_checks(row: Row) -> Iterator[tuple[str, str, str]]:
    t = row["cdmTableName"].lower()
    yield f"table_cdmtable_{t}", f"SELECT 1 FROM {t} LIMIT 0", "SELECT 1"
    if row["measurePersonCompleteness"] == "Yes":
        wrong = f"SELECT p.* FROM person p LEFT JOIN {t} t ON p.person_id = t.person_id WHERE t.person_id IS NULL"
        yield f"table_measurepersoncompleteness_{t}", wrong, "SELECT * FROM person"
    if row["measureConditionEraCompleteness"] == "Yes":
        mapped = "condition_occurrence c {} WHERE c.condition_concept_id <> 0 AND c.person_id IS NOT NULL"
        wrong = mapped.format(f"LEFT JOIN {t} t ON c.person_id = t.person_id") + " AND t.person_id IS NULL"
        yield f"table_measureconditioneracompleteness_{t}", f"SELECT DISTINCT c.person_id FROM {wrong}", \
            f"SELECT DISTINCT c.person_id FROM {mapped.format('')}"
    if row["measureObservationPeriodOverlap"] == "Yes":
        s, e = "observation_period_start_date", "observation_period_end_date"
        wrong = (
            f"SELECT DISTINCT a.person_id FROM {t} a JOIN {t} b ON a.person_id = b.person_id AND a.observation_period_id <> b.observation_period_id "
            f"WHERE (a.{s} <= b.{e} AND a.{e} >= b.{s}) OR a.{e} + INTERVAL 1 DAY = b.{s} OR b.{e} + INTERVAL 1 DAY = a.{s}"
        )
        yield f"table_measureobservationperiodoverlap_{t}", wrong, f"SELECT DISTINCT person_id FROM {t} WHERE person_id IS NOT NULL"


def field_checks(row: Row) -> Iterator[tuple[str, str, str]]:
    t, f = row["cdmTableName"].lower(), row["cdmFieldName"].lower()
    every, filled = f"SELECT * FROM {t} t", f"SELECT * FROM {t} t WHERE t.{f} IS NOT NULL"
    id = f"field_{{}}_{t}_{f}"
    yield id.format("cdmfield"), f"SELECT {f} FROM {t} LIMIT 0", "SELECT 1"
    if row["isRequired"] == "Yes":
        yield id.format("isrequired"), f"{every} WHERE t.{f} IS NULL", every
    if row["cdmDatatype"] == "integer":
        number = NUMERIC.format(f"t.{f}")
        wrong = f"({number} = 0 OR ({number} = 1 AND instr(CAST(abs(t.{f}) AS VARCHAR), '.') <> 0)) AND t.{f} IS NOT NULL"
        yield id.format("cdmdatatype"), f"{every} WHERE {wrong}", every
    if row["isPrimaryKey"] == "Yes":
        yield id.format("isprimarykey"), f"{every} WHERE t.{f} IN (SELECT {f} FROM {t} GROUP BY {f} HAVING count(*) > 1)", every
    if row["isForeignKey"] == "Yes":
        kt, kf = row["fkTableName"].lower(), row["fkFieldName"].lower()
        wrong = f"SELECT t.* FROM {t} t LEFT JOIN {kt} k ON t.{f} = k.{kf} WHERE k.{kf} IS NULL AND t.{f} IS NOT NULL"
        yield id.format("isforeignkey"), wrong, every
        concept = f"SELECT t.* FROM {t} t LEFT JOIN concept c ON t.{f} = c.concept_id WHERE c.concept_id <> 0 AND c."
        if row["fkDomain"]:
            yield id.format("fkdomain"), f"{concept}domain_id NOT IN ('{row['fkDomain']}')", every
        if row["fkClass"]:
            yield id.format("fkclass"), f"{concept}concept_class_id <> '{row['fkClass']}'", every
    if row["isStandardValidConcept"] == "Yes":
        wrong = (
            f"SELECT t.* FROM {t} t JOIN concept c ON t.{f} = c.concept_id WHERE c.concept_id <> 0 "
            "AND (c.standard_concept <> 'S' OR c.standard_concept IS NULL OR c.invalid_reason IS NOT NULL)"
        )
        yield id.format("isstandardvalidconcept"), wrong, filled
    if row["measureValueCompleteness"] == "Yes":
        yield id.format("measurevaluecompleteness"), f"{every} WHERE t.{f} IS NULL", every
    for name in ("standardConceptRecordCompleteness", "sourceConceptRecordCompleteness"):
        if row[name] == "Yes":
            stem = re.sub(r"(_source)?_concept_id$", "", f)
            sourced = stem in MAPPED or (stem == "unit" and t != "dose_era") or (stem == "gender" and t == "provider")
            lost = f" OR (t.{f} IS NULL AND t.{stem}_source_value IS NOT NULL)" if sourced else ""
            also = f" OR t.{stem}_source_value IS NOT NULL" if sourced else ""
            yield id.format(name.lower()), f"{every} WHERE t.{f} = 0{lost}", f"{filled}{also}"
    if row["sourceValueCompleteness"] == "Yes":
        standard = row["standardConceptFieldName"].lower()
        yield id.format("sourcevaluecompleteness"), f"SELECT DISTINCT t.{f} FROM {t} t WHERE t.{standard} = 0", f"SELECT DISTINCT {f} FROM {t}"


def plausible_checks(row: Row) -> Iterator[tuple[str, str, str]]:
    t, f = row["cdmTableName"].lower(), row["cdmFieldName"].lower()
    every, filled = f"SELECT * FROM {t} t", f"SELECT * FROM {t} t WHERE t.{f} IS NOT NULL"
    id, day = f"field_{{}}_{t}_{f}", f"CAST(t.{f} AS DATE)"
    value = day if row["cdmDatatype"] in ("date", "datetime") else f"t.{f}"
    if row["plausibleValueLow"]:
        yield id.format("plausiblevaluelow"), f"{every} WHERE {value} < {limit(row['plausibleValueLow'])}", filled
    if row["plausibleValueHigh"]:
        yield id.format("plausiblevaluehigh"), f"{every} WHERE {value} > {limit(row['plausibleValueHigh'])}", filled
    person, death = (f"SELECT t.* FROM {t} t JOIN {other} o ON t.person_id = o.person_id" for other in ("person", "death"))
    if row["plausibleTemporalAfter"] == "Yes":
        after = row["plausibleTemporalAfterFieldName"].lower()
        if row["plausibleTemporalAfterTableName"] == "PERSON":
            wrong = f"{person} WHERE coalesce(CAST(o.{after} AS DATE), CAST(concat(o.year_of_birth, '-06-01') AS DATE)) > {day}"
        else:
            wrong = f"{every} WHERE CAST(t.{after} AS DATE) > {day}"
        yield id.format("plausibletemporalafter"), wrong, every
    late = f"{day} > o.death_date + INTERVAL 60 DAY"
    if row["plausibleDuringLife"] == "Yes":
        yield id.format("plausibleduringlife"), f"{death} WHERE {late}", f"{every} WHERE t.person_id IN (SELECT person_id FROM death)"
    if row["withinVisitDates"] == "Yes":
        within = f"SELECT t.* FROM {t} t JOIN visit_occurrence v ON t.visit_occurrence_id = v.visit_occurrence_id"
        outside = f"t.{f} < v.visit_start_date - INTERVAL 7 DAY OR t.{f} > v.visit_end_date + INTERVAL 7 DAY"
        yield id.format("withinvisitdates"), f"{within} WHERE {outside}", within
    if row["plausibleAfterBirth"] == "Yes":
        parts = "concat(o.year_of_birth, '-', lpad(coalesce(o.month_of_birth, 1)::VARCHAR, 2, '0'), '-', lpad(coalesce(o.day_of_birth, 1)::VARCHAR, 2, '0'))"
        born = f"coalesce(CAST(o.birth_datetime AS DATE), CAST({parts} AS DATE))"
        yield id.format("plausibleafterbirth"), f"{person} WHERE t.{f} IS NOT NULL AND {day} < {born}", filled
    if row["plausibleBeforeDeath"] == "Yes":
        yield id.format("plausiblebeforedeath"), f"{death} WHERE t.{f} IS NOT NULL AND {late}", f"{death} WHERE t.{f} IS NOT NULL"
    if row["plausibleStartBeforeEnd"] == "Yes":
        both = f"{filled} AND t.{row['plausibleStartBeforeEndFieldName'].lower()} IS NOT NULL"
        yield id.format("plausiblestartbeforeend"), f"{both} AND {day} > CAST(t.{row['plausibleStartBeforeEndFieldName'].lower()} AS DATE)", both


def concept_checks(row: Row) -> Iterator[tuple[str, str, str]]:
    t, f, c = row["cdmTableName"].lower(), row["cdmFieldName"].lower(), row["conceptId"]
    id = f"concept_{{}}_{t}_{f}_{c.replace(' ', '')}" + (f"_{row['unitConceptId']}" if row["unitConceptId"] else "")
    if sex := row["plausibleGender"]:
        wrong = f"SELECT t.* FROM {t} t JOIN person p ON t.person_id = p.person_id WHERE t.{f} = {c} AND p.gender_concept_id <> "
        yield id.format("plausiblegender"), wrong + ("8507" if sex == "Male" else "8532"), f"SELECT * FROM {t} t WHERE t.{f} = {c}"
    if sex := row["plausibleGenderUseDescendants"]:
        under = f"SELECT t.* FROM {t} t JOIN concept_ancestor a ON a.descendant_concept_id = t.{f} {{}} WHERE a.ancestor_concept_id IN ({c})"
        wrong = under.format("JOIN person p ON t.person_id = p.person_id") + f" AND p.gender_concept_id <> {8507 if sex == 'Male' else 8532}"
        yield id.format("plausiblegenderusedescendants"), wrong, under.format("")
    if row["plausibleUnitConceptIdsThreshold"]:
        units, measured = row["plausibleUnitConceptIds"], f"SELECT * FROM {t} m WHERE m.{f} = {c} AND "
        unlikely = f"(('{units}' = '-1' AND m.unit_concept_id <> 0) OR m.unit_concept_id NOT IN ({units}, 0))"
        yield id.format("plausibleunitconceptids"), f"{measured}m.unit_concept_id IS NOT NULL AND {unlikely}", \
            f"{measured}(m.unit_concept_id <> 0 OR m.unit_concept_id IS NULL)"


def limit(text: str) -> str:
    if day := re.fullmatch(r"'(\d{4})(\d\d)(\d\d)'", text):
        return f"DATE '{'-'.join(day.groups())}'"
    return {"DATEADD(dd,1,GETDATE())": f"CAST({TODAY} + INTERVAL 1 DAY AS DATE)", "YEAR(GETDATE())+1": f"extract(year FROM {TODAY}) + 1"}.get(text, text)


# The race.

Pairs = dict[str, tuple[int | None, int | None]]


def peer() -> tuple[float, float, Pairs]:
    """Seconds by the clock and of the processor, and what one statement per check counted; (None, None) where the database refuses it."""
    con = duckdb.connect(config=SETTINGS)
    for file in BUILT.glob("*.parquet"):
        con.execute(f"CREATE VIEW {file.stem} AS SELECT * FROM '{file}'")
    checks = list(peer_checks())
    found: Pairs = {}
    begun, worked = time.perf_counter(), time.process_time()
    for id, wrong, of in checks:
        try:
            if "_cdmtable_" in id or "_cdmfield_" in id:
                con.execute(wrong).fetchall()
                found[id] = (0, 1)
            else:
                found[id] = con.execute(f"SELECT (SELECT count(*) FROM ({wrong})), (SELECT count(*) FROM ({of}))").fetchall()[0]
        except duckdb.Error:
            found[id] = (1, 1) if "_cdmtable_" in id or "_cdmfield_" in id else (None, None)
    return time.perf_counter() - begun, time.process_time() - worked, found


class Frames:
    """The engine as it is, over plain files; `statements` counts what is asked of it."""

    def __init__(self) -> None:
        self._con = duckdb.connect(config=SETTINGS | {"preserve_insertion_order": "false"})
        self.statements = 0

    def run(self, sql: str, params: object = ()) -> None:
        self.rows(sql)

    def rows(self, sql: str, params: object = ()) -> list[tuple[object, ...]]:
        self.statements += 1
        return self._con.execute(sql).fetchall()


def ours(dashboard: dqd.Dashboard) -> tuple[float, float, Pairs, int]:
    """Seconds by the clock and of the processor, what was counted, and in how many statements."""
    frames, tables = Frames(), {file.stem: [str(file)] for file in BUILT.glob("*.parquet")}
    begun, worked = time.perf_counter(), time.process_time()
    found = dqd_run.count(frames, dashboard, tables, AS_OF)  # type: ignore[arg-type]
    return time.perf_counter() - begun, time.process_time() - worked, found, frames.statements


def main() -> None:
    if not SOURCE.exists():
        sys.exit("The shared data is not on this machine; nothing to measure.")
    rows = build()
    dashboard = dqd.read({file.name: file.read_bytes() for file in FILES.glob("*_Level.csv")})
    taken = [ours(dashboard) for _ in range(RUNS)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    peer_seconds, peer_worked, theirs = peer()
    taken.append(ours(dashboard))  # before and after: the machine may be busy with something else
    seconds, worked = (sorted(spent)[len(taken) // 2 - 1] for spent in ([run[0] for run in taken], [run[1] for run in taken]))
    _, _, mine, statements = taken[-1]
    unequal = sorted(id for id in mine.keys() | theirs.keys() if mine.get(id) != theirs.get(id))
    if unequal:
        sys.exit(f"{len(unequal)} checks differ, the first: {[(id, mine.get(id), theirs.get(id)) for id in unequal[:5]]}")
    statuses = [result.status for result in dqd_run.judge(dashboard, mine)]
    counts = ", ".join(f"{statuses.count(status)} {status.replace('_', ' ')}" for status in sorted(set(statuses)))
    print(f"{len(mine)} checks over {rows:,} rows of {CLONES} clones: {counts}; every (violated, denominator) equal to one statement per check")
    print(f"ours, seconds: {[round(run[0], 2) for run in taken]} in {statements} statements, at most {memory:.2f} GB; one per check: {peer_seconds:.1f}")
    print(f"of the processor, which other work on the machine disturbs less: ours {worked:.2f}, one per check {peer_worked:.2f}, {peer_worked / worked:.1f} times")
    print(json.dumps({
        "name": "quality", "value": round(seconds, 2), "unit": "s median", "peer": "one statement per check, same engine, files and threads",
        "peer_value": round(peer_seconds, 2), "ratio": round(peer_seconds / seconds, 2),
        "holds": seconds <= GOAL_SECONDS and peer_seconds / seconds >= GOAL_RATIO,
    }))


if __name__ == "__main__":
    main()
