"""The standard tables are OMOP CDM 5.4's, column by column, as OHDSI's own specification lists them."""

import csv

import pytest

from dujiang.standardise.mapping import FAMILY, mapping_version, maps
from dujiang.standardise.mapping import TABLES as OWN
from dujiang.standardise.model import ASSET_COLUMNS, CDM, EVENTS, PROVENANCE, TABLES
from dujiang.standardise.standardise import Snapshot
from shared_data import shared

TYPES = {"integer": "BIGINT", "float": "DECIMAL(38,9)", "date": "DATE", "datetime": "TIMESTAMP"}
PER_ROW = ("x_source_kind", "x_source_key", "x_arrival", "x_file", "x_line")


@pytest.mark.parametrize("table", CDM)
def test_a_table_has_every_column_of_cdm_5_4_in_its_order_type_and_duty(table: str) -> None:
    (path,) = shared("omop/cdm_spec").glob("*5.4*Field*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        fields = [row for row in csv.DictReader(file) if row["cdmTableName"].lower() == table]
    assert fields
    expected = [
        (f["cdmFieldName"].lower(), TYPES.get(f["cdmDatatype"].lower(), "VARCHAR"), f["isRequired"] == "Yes", f["isPrimaryKey"] == "Yes") for f in fields
    ]
    ours = [(c.name, c.type, c.required, c.key) for c in TABLES[table].columns if not c.name.startswith("x_")]
    assert ours == expected


def test_every_row_says_where_it_came_from_and_every_event_its_codes() -> None:
    for table in CDM:
        assert TABLES[table].names()[-len(PER_ROW) - (table in EVENTS) :] == (*PER_ROW, *(["x_codes"] if table in EVENTS else []))


def test_an_asset_has_no_column_that_leads_straight_to_a_person_or_a_file() -> None:
    for columns in ASSET_COLUMNS.values():
        assert not {*PROVENANCE, "x_source_kind", "x_source_key", "person_source_value"} & set(columns)
    assert not set(ASSET_COLUMNS) & {"x_identity", "x_dangling", "x_unmapped"}


@pytest.mark.parametrize("family", sorted(set(FAMILY.values()) - {OWN}))
def test_a_map_fills_known_tables_and_persons_come_first(family: str) -> None:
    found = maps(family)
    assert found[0].role == "person" and all(m.into for m in found)
    assert {table for m in found for table, _ in m.into} <= set(TABLES)
    roles = [m.role for m in found]
    assert roles == sorted(roles, key=["person", "visit", "event"].index)


def test_the_version_of_the_maps_is_the_same_in_every_process() -> None:
    assert mapping_version() == mapping_version() and len(mapping_version()) == 18


def test_a_snapshot_cannot_be_in_an_unknown_state() -> None:
    with pytest.raises(Exception, match="snapshot.state"):
        Snapshot(id="s", state="nowhere", zone="z", arrivals=(), mapping_version="m", tables=())
