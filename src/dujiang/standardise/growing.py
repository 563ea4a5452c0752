"""Growing a snapshot: of the records of a zone only those that an arrival brings, changes or touches are made anew; the rest is taken over.

Touched are: what refers to a person or a visit that came again, what was set aside or left without its visit for want of one, and what reads
another record (a medicine's) that came again. What is made anew goes from the earlier snapshot by source kind and key, so the end is the same
as making everything: the same rows, the same hash.
"""

import re
from collections.abc import Mapping, Sequence
from typing import cast

from dujiang.standardise.landed import every, narrowed
from dujiang.standardise.mapping import maps
from dujiang.standardise.model import APART, CDM, EVENTS
from dujiang.world import Frames

Counts = dict[tuple[str, str], int]
UNDATED = "x_undated"  # beside the tables of a snapshot: who is said to be dead without a date
_REDO = "INSERT INTO x_redo SELECT DISTINCT kind, key FROM ({rows}) ANTI JOIN x_redo USING (kind, key)"
_KEPT = "INSERT INTO {table} BY NAME SELECT * FROM was_{table} w WHERE NOT EXISTS (FROM x_redo r WHERE r.kind = w.{kind} AND r.key = w.{key})"


def narrow(frames: Frames, before: Mapping[str, str], arrivals: Sequence[tuple[str, str]], new: Sequence[str]) -> Counts:
    """Narrow `x_records` to what must be made anew since the snapshot whose tables lie at `before`; records by (form, kind).

    After `gather` over all `arrivals`, which are the snapshot's, then `new`.
    """
    for table, url in before.items():
        frames.run(f"CREATE OR REPLACE VIEW was_{table} AS FROM read_parquet('{url}')")
    _choose(frames, new)
    lent = _lent(frames)
    here = {cast(str, row[0]) for row in frames.rows("SELECT DISTINCT arrival FROM x_was JOIN x_redo USING (kind, key)")} | set(new)
    every(frames, arrivals, only=None if lent else here)
    counts = narrowed(frames, "x_redo", lent)
    frames.run(
        "INSERT INTO known_person SELECT x_source_kind, x_source_key, person_id FROM was_person w "
        "WHERE NOT EXISTS (FROM x_redo r WHERE r.kind = x_source_kind AND r.key = x_source_key)"
    )
    frames.run(
        "INSERT INTO known_visit SELECT x_source_kind, x_source_key, visit_occurrence_id, visit_start_date, visit_start_datetime "
        "FROM was_visit_occurrence w WHERE NOT EXISTS (FROM x_redo r WHERE r.kind = x_source_kind AND r.key = x_source_key)"
    )
    return counts


def keeps_apart(counts: Counts) -> bool:
    """Whether any of these records fills a table that is not taken over: notes and costs are made whole."""
    return any(table in APART for m in maps("fhir") for table, _ in m.into if any(m.takes(kind) for _, kind in counts))


def take_over(frames: Frames) -> None:
    """Bring what was not made anew into the tables; after `make`."""
    for table in CDM:
        frames.run(_KEPT.format(table=table, kind="x_source_kind", key="x_source_key"))
    for table in ("x_dangling", UNDATED):
        frames.run(_KEPT.format(table=table, kind="kind", key="key"))
    frames.run(
        "INSERT INTO x_identity BY NAME SELECT * FROM was_x_identity WHERE person_id IN (SELECT person_id FROM known_person)"
    )


def _choose(frames: Frames, new: Sequence[str]) -> None:
    """Fill `x_redo` with the kind and key of every record to make anew."""
    each = " UNION ALL ".join(
        "SELECT x_source_kind AS kind, x_source_key AS key, x_arrival AS arrival, person_id, "
        f"{'NULL' if table == 'visit_occurrence' else 'visit_occurrence_id'} AS visit, visit_lost AS lost FROM was_{table}" for table in EVENTS
    )
    frames.run(f"CREATE OR REPLACE VIEW x_rows AS {each}")
    frames.run(
        "CREATE OR REPLACE VIEW x_was AS SELECT kind, key, arrival FROM x_rows UNION ALL "
        "SELECT x_source_kind, x_source_key, x_arrival FROM was_person UNION ALL SELECT kind, key, arrival FROM was_x_dangling"
    )
    arrived = ", ".join(f"'{arrival}'" for arrival in new)
    frames.run(f"CREATE OR REPLACE TABLE x_redo AS SELECT DISTINCT kind, key FROM x_every WHERE arrival IN ({arrived})")
    came = {cast(str, row[0]) for row in frames.rows("SELECT DISTINCT kind FROM x_redo")}
    readers = sorted(m.kind for m in maps("fhir") if lends(m.shape) & came)
    if readers:
        kinds = ", ".join(f"'{kind}'" for kind in readers)
        frames.run(_REDO.format(rows=f"SELECT kind, key FROM x_rows WHERE kind IN ({kinds})"))
    frames.run(_REDO.format(rows="SELECT kind, key FROM was_x_dangling WHERE rule IN ('reference.dangling', 'date.none')"))
    frames.run(_REDO.format(rows="SELECT kind, key FROM x_rows WHERE lost"))
    persons = "SELECT person_id FROM was_person JOIN x_redo r ON r.kind = x_source_kind AND r.key = x_source_key"
    frames.run(_REDO.format(rows=f"SELECT kind, key FROM x_rows WHERE person_id IN ({persons})"))
    visits = "SELECT visit_occurrence_id FROM was_visit_occurrence JOIN x_redo r ON r.kind = x_source_kind AND r.key = x_source_key"
    frames.run(_REDO.format(rows=f"SELECT kind, key FROM x_rows WHERE visit IN ({visits})"))


def _lent(frames: Frames) -> tuple[str, ...]:
    """Kinds of which records to make anew may read any."""
    redone = {cast(str, row[0]) for row in frames.rows("SELECT DISTINCT kind FROM x_redo")}
    wanted = {lent for m in maps("fhir") if m.kind in redone for lent in lends(m.shape)}
    there = {cast(str, row[0]) for row in frames.rows("SELECT DISTINCT kind FROM x_every")} if wanted else set()
    return tuple(sorted(wanted & there))


def lends(shape: str) -> set[str]:
    """The kinds other than its own whose records a shape reads."""
    return set(re.findall(r"\bseen_([A-Z][A-Za-z]+)", shape))
