"""The standard tables as data: OMOP CDM 5.4's columns of the thin set, in its order, and the zone's own tables beside them.

Types: CDM integer is BIGINT (row keys are 63-bit hashes), float is DECIMAL(38,9) (no value goes through a double), datetime
is TIMESTAMP (the wall clock as the source wrote it), varchar(n) is VARCHAR (a source value is never cut short).
"""

import csv
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import groupby

from dujiang.words import Word


class Column(Word, frozen=True):
    """A column: SQL type, whether it may not be empty, whether it is the table's key."""

    name: str
    type: str
    required: bool = False
    key: bool = False


class Table(Word, frozen=True):
    """A table as it is saved; `helpers` are columns that only exist while it is made."""

    name: str
    columns: tuple[Column, ...]
    helpers: tuple[Column, ...] = ()

    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def create(self) -> str:
        """DDL with the required columns enforced."""
        every = ", ".join(f'"{c.name}" {c.type}{" NOT NULL" if c.required else ""}' for c in (*self.columns, *self.helpers))
        return f"CREATE OR REPLACE TABLE {self.name} ({every})"


# Where a row came from, and where a record lies that was set aside: it differs between deliveries of the same record and is no
# part of the content.
PROVENANCE = ("x_arrival", "x_file", "x_line", "arrival", "file", "line")
_ORIGIN = (
    Column(name="x_source_kind", type="VARCHAR", required=True),
    Column(name="x_source_key", type="VARCHAR", required=True),
    Column(name="x_arrival", type="VARCHAR", required=True),
    Column(name="x_file", type="VARCHAR", required=True),
    Column(name="x_line", type="BIGINT", required=True),
)
_CODES = Column(name="x_codes", type="VARCHAR", required=True)
# Of a row's first code: system as the source wrote it (NULL: there is no code), what the source calls it; then the same for
# the unit and the coded value; whether the visit that it names is not in the zone; and of a diagnosis that came as text alone,
# the code found in it, or that it was doubted or denied.
_HELPERS = (
    *(Column(name=n, type="VARCHAR") for n in ("code_system", "code_text", "unit_system", "value_system", "value_code", "value_text")),
    Column(name="visit_lost", type="BOOLEAN"),
    Column(name="code_found", type="VARCHAR"),
    Column(name="text_denied", type="BOOLEAN"),
)
EVENTS = ("visit_occurrence", "condition_occurrence", "drug_exposure", "procedure_occurrence", "measurement", "observation")
CDM = ("person", *EVENTS, "death")
# Made and kept in the zone, and no part of an asset: free text names people, and money is a hospital's own affair. A cost names its person.
APART = ("note", "cost")


def _read() -> Iterator[tuple[str, tuple[Column, ...]]]:
    lines = files("dujiang.standardise").joinpath("cdm54.csv").read_text(encoding="utf-8").splitlines()
    for name, rows in groupby(csv.DictReader(lines), key=lambda row: row["table"]):
        yield name, tuple(
            Column(name=r["column"], type=r["type"], required=r["required"] == "yes", key=r["key"] == "yes") for r in rows
        )


def _table(name: str, columns: tuple[Column, ...]) -> Table:
    if name in EVENTS:
        return Table(name=name, columns=(*columns, *_ORIGIN, _CODES), helpers=_HELPERS)
    if name == "cost":
        columns = (*columns, Column(name="x_person_id", type="BIGINT", required=True))
    return Table(name=name, columns=(*columns, *_ORIGIN) if name in (*CDM, *APART) else columns)


TABLES: Mapping[str, Table] = {name: _table(name, columns) for name, columns in _read()}

# What an asset version is made of: CDM columns and the codes, without what leads straight to one person or to a file.
ASSET_COLUMNS: Mapping[str, tuple[str, ...]] = {
    name: tuple(
        c for c in TABLES[name].names() if c not in PROVENANCE and c not in ("x_source_kind", "x_source_key", "person_source_value")
    )
    for name in CDM
}
