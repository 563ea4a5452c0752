"""Makes the standard tables of a zone from its landed records; a record that cannot become rows is set aside by a rule.

Every record of a mapped kind ends in a standard table or in `x_dangling`. An event's person must exist; its visit is left
out, and counted, where it does not; without a date of its own it has its visit's.
"""

from collections.abc import Iterator, Sequence

from dujiang.standardise.landed import narrow_to
from dujiang.standardise.mapping import EVENT, FAMILY, PERSON, VISIT, Map, macros, maps_of
from dujiang.standardise.model import CDM, TABLES
from dujiang.standardise.plan import literal
from dujiang.world import Frames

_ORIGIN = "'x_source_kind': '{kind}', 'x_source_key': key, 'x_arrival': arrival, 'x_file': file, 'x_line': line"
_START = (
    "coalesce(dat(starts), {visit}.start_date) AS start_date, "
    "CASE WHEN dat(starts) IS NULL THEN {visit}.start_datetime ELSE ts(starts) END AS start_datetime"
)
_RULE = """CASE
    WHEN aside IS NOT NULL THEN aside
    WHEN subject IS NULL THEN 'reference.none'
    WHEN person_id IS NULL THEN 'reference.dangling'
    WHEN start_date IS NULL THEN 'date.none'
END AS rule"""
# What each role adds to its shape: `rule` (why it makes no rows, or NULL) and `origin` (what all rows of a record share).
_PERSON = """
SELECT *, stable_id('{kind}', key) AS person_id, aside AS rule, {{{origin}}} AS origin FROM ({shape})"""
_VISIT = """
WITH s AS (
    SELECT s.*, p.person_id, stable_id('{kind}', s.key) AS visit_occurrence_id,
        dat(starts) AS start_date, ts(starts) AS start_datetime
    FROM ({shape}) s LEFT JOIN x_person p ON p.key = s.subject
)
SELECT *, {rule}, {{'person_id': person_id, {origin}}} AS origin FROM s"""
_EVENT = """
WITH s AS (
    SELECT s.*, p.person_id, v.visit_occurrence_id, s.visit IS NOT NULL AND v.key IS NULL AS visit_lost, {start}
    FROM ({shape}) s LEFT JOIN x_person p ON p.key = s.subject LEFT JOIN x_visit v ON v.key = s.visit
)
SELECT *, {rule},
    {{'person_id': person_id, 'visit_occurrence_id': visit_occurrence_id, 'visit_lost': visit_lost, {origin}}} AS origin
FROM s"""
_SHAPED = {PERSON: _PERSON, VISIT: _VISIT, EVENT: _EVENT}
_KNOWN = {
    PERSON: "INSERT INTO x_person SELECT key, person_id FROM event",
    VISIT: "INSERT INTO x_visit SELECT key, visit_occurrence_id, start_date, start_datetime FROM event",
}
_UNDATED_DEATHS = "INSERT INTO x_undated SELECT '{kind}', key FROM event WHERE dead AND dat(died) IS NULL"
# What is known beside the records that are made: persons and visits of an earlier snapshot, see `growing`; empty when everything is made.
_BESIDE = """
CREATE OR REPLACE TABLE x_undated (kind VARCHAR, key VARCHAR);
CREATE OR REPLACE TABLE known_person (kind VARCHAR, key VARCHAR, person_id BIGINT);
CREATE OR REPLACE TABLE known_visit (kind VARCHAR, key VARCHAR, visit_occurrence_id BIGINT, start_date DATE, start_datetime TIMESTAMP)"""
_AMONG = "CREATE OR REPLACE TABLE {table} AS SELECT * EXCLUDE (kind) FROM {known} WHERE kind IN ({kinds})"


# A record that several maps read is set aside when none of them made a row of it, and once: what went wrong says more than that it was
# left out.
_FILLED = "SELECT x_arrival, x_file, x_line FROM {table} WHERE x_source_kind = '{kind}'"
_ONCE = """
CREATE OR REPLACE TABLE x_aside AS SELECT DISTINCT ON (arrival, file, line) * FROM x_dangling
WHERE kind = '{kind}' AND (arrival, file, line) NOT IN ({filled}) ORDER BY arrival, file, line, rule = 'record.left_out', rule;
DELETE FROM x_dangling WHERE kind = '{kind}';
INSERT INTO x_dangling SELECT * FROM x_aside; DROP TABLE x_aside"""


def prepare(frames: Frames, zone: str) -> None:
    """Empty tables of the model, and the zone's name for the keys."""
    frames.run("; ".join(table.create() for table in TABLES.values()))
    frames.run(_BESIDE)
    frames.run(f"CREATE OR REPLACE MACRO here() AS '{zone}'")


def make(frames: Frames, counts: dict[tuple[str, str], int], tables: Sequence[Map] = ()) -> Iterator[int]:
    """Fill the tables from `x_records`, family by family, map by map; yields how many records each kind had. `tables`: the node's own maps."""
    for family in sorted({FAMILY[form] for form, _ in counts if form in FAMILY}):
        present: dict[str, int] = {}
        for (form, kind), n in counts.items():
            if FAMILY.get(form) == family:
                present[kind] = present.get(kind, 0) + n
        frames.run(macros(family))
        narrow_to(frames, family)
        for role, table, known in ((PERSON, "x_person", "known_person"), (VISIT, "x_visit", "known_visit")):
            kinds = ", ".join(literal(m.kind) for m in maps_of(family, tables) if m.role == role) or "NULL"
            frames.run(_AMONG.format(table=table, known=known, kinds=kinds))
        run = [found for found in maps_of(family, tables) if any(found.takes(kind) for kind in present)]
        for found in run:
            _make(frames, found)
            yield sum(present.pop(kind) for kind in [kind for kind in present if found.takes(kind)])
        for kind in sorted({found.kind for found in run}):
            filled = {table for found in run if found.kind == kind for table, _ in found.into if table in CDM}
            if sum(found.kind == kind for found in run) > 1:
                frames.run(_ONCE.format(kind=kind, filled=" UNION ALL ".join(_FILLED.format(table=t, kind=kind) for t in sorted(filled))))


def _make(frames: Frames, found: Map) -> None:
    """Shape one kind, set aside what makes no rows, fill its tables with the rest."""
    origin = _ORIGIN.format(kind=found.kind)
    shaped = _SHAPED[found.role].format(kind=found.kind, shape=found.shape, origin=origin, rule=_RULE, start=_START.format(visit="v"))
    frames.run(f"CREATE OR REPLACE TABLE x_shaped AS {shaped}")
    frames.run("CREATE OR REPLACE VIEW event AS SELECT * FROM x_shaped WHERE rule IS NULL")
    frames.run(
        f"INSERT INTO x_dangling SELECT DISTINCT arrival, file, line, rule, '{found.kind}', key FROM x_shaped WHERE rule IS NOT NULL"
    )
    for table, rows in found.into:
        frames.run(f"INSERT INTO {table} BY NAME {rows}")
    if found.role in _KNOWN:
        frames.run(_KNOWN[found.role])
    if found.role == PERSON:
        frames.run(_UNDATED_DEATHS.format(kind=found.kind))
    frames.run("DROP VIEW event; DROP TABLE x_shaped")
