"""Writes the tables of an asset version: released columns only, without rows that are fatally wrong and, below grade 5, without sensitive ones."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dujiang.assess.checks import QUARANTINE, catalogue
from dujiang.assess.counting import Counting
from dujiang.assess.quality import QualityReport
from dujiang.assess.quality_flags import sound
from dujiang.register.assets import ASSET_ZONE, AssetTable
from dujiang.standardise.hashing import table_hash


class Written(NamedTuple):
    """The tables, and how many rows stayed out: sensitive ones, and those fatally wrong with all that hangs on them."""

    tables: tuple[AssetTable, ...]
    left_out: int
    set_aside: int


def write_version(counting: Counting, report: QualityReport, columns: Mapping[str, Sequence[str]], *, name: str, without: str = "") -> Written:
    """Write every table of `columns` as `name`/<table>.parquet; rows with codes that match `without` stay out.

    What the report found fatal is read again as it was counted then. A person who is set aside takes their records along, so that none of the
    version's records is nobody's.
    """
    fatal = [catalogue()[r.id] for r in report.results if r.violated and r.id in catalogue() and catalogue()[r.id].tier == QUARANTINE]
    frames, left_out, set_aside = counting.tables.frames, 0, 0
    tables: list[AssetTable] = []
    for table, released in columns.items():
        checks = [check for check in fatal if check.counted == table]
        orphans = " SEMI JOIN x_whole USING (person_id)" if set_aside and table != "person" and "person_id" in released else ""
        source = f"({sound(counting, table, checks)})" if checks else counting.tables.source(table)
        frames.run(f"CREATE OR REPLACE VIEW x_sound AS SELECT {', '.join(released)} FROM {source}{orphans}")
        hidden = f" WHERE NOT ({without})" if without and "x_codes" in released else ""
        frames.run(f"CREATE OR REPLACE TABLE version AS SELECT * FROM x_sound{hidden}")
        rows, good = _count(counting, "version"), _count(counting, "x_sound") if hidden else None
        good = rows if good is None else good
        left_out, set_aside = left_out + good - rows, set_aside + counting.tables.rows(table) - good
        if table == "person":
            frames.run("CREATE OR REPLACE TABLE x_whole AS SELECT person_id FROM version")
        file = f"{name}/{table}.parquet"
        frames.save("SELECT * FROM version", ASSET_ZONE, file)
        tables.append(AssetTable(name=table, file=file, rows=rows, hash=table_hash(frames, "version"), columns=tuple(released)))
    return Written(tuple(tables), left_out, set_aside)


def _count(counting: Counting, table: str) -> int:
    return counting.tables.one(f"SELECT count(*) FROM {table}")
