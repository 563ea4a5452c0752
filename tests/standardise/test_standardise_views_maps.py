"""The views of the FHIR maps: every kind has one, no path in them is a mistake, and on real records each gives what it says."""

import gzip
import json
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from dujiang.standardise.mapping import Map, mapping_version, maps
from dujiang.standardise.views.statement import Relation, statement
from dujiang.standardise.views.view import view
from shared_data import shared
from standardise.standardise_views_run import tables
from standardise.standardise_views_slowly import rows

FOLDER = files("dujiang.standardise") / "maps" / "fhir"
VIEWS = {f.name.removesuffix(".view.json"): json.loads(f.read_text(encoding="utf-8")) for f in FOLDER.iterdir() if f.name.endswith(".view.json")}
MOST = 400  # records of a kind and a source


def of(kind: str) -> Map:
    return next(m for m in maps("fhir") if m.kind == kind)


def test_every_kind_that_is_mapped_is_read_by_a_view() -> None:
    assert {m.kind for m in maps("fhir")} == set(VIEWS) - {"Medication"}


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_a_maps_view_is_of_its_kind_and_holds_no_mistake(kind: str) -> None:
    compiled = statement(view(VIEWS[kind]))
    assert VIEWS[kind]["resource"] == VIEWS[kind]["name"] == kind
    assert compiled.notes == ()


@pytest.mark.parametrize("kind", sorted(set(VIEWS) - {"Medication"}))
def test_every_field_a_map_reads_is_known_by_its_path(kind: str) -> None:
    reads = of(kind).reads
    said = {c["name"] for c in VIEWS[kind]["select"][0]["column"]}
    assert {name for name, paths in reads.items() if paths} == said
    assert all(path.startswith(f"{kind}.") for paths in reads.values() for path in paths)


def test_the_lineage_of_a_column_names_every_field_it_may_come_from() -> None:
    assert of("Condition").reads["starts"] == ("Condition.assertedDate", "Condition.onsetDateTime", "Condition.onsetPeriod.start", "Condition.recordedDate")
    assert of("MedicationRequest").reads["quantity"] == ("MedicationRequest.dispenseRequest.quantity.unit", "MedicationRequest.dispenseRequest.quantity.value")


def test_a_record_is_read_once() -> None:
    assert of("Procedure").shape.count("from_json") == 1


def test_the_maps_of_tables_need_no_views() -> None:
    assert all(m.reads == {} for m in maps("synthea-csv"))


def test_the_version_of_the_maps_is_a_short_hash() -> None:
    assert mapping_version().startswith("m-") and len(mapping_version()) == 18


def records(folder: str, kind: str) -> list[str]:
    """The text of some real records of a kind; none where the source has none."""
    found = sorted(Path(shared(folder)).glob(f"{kind}.*gz"))
    return [line for file in found for line in islice(gzip.open(file, "rt", encoding="utf-8"), MOST)]


def as_text(value: Any) -> Any:
    """A value as a structure or a text column has it: every primitive its text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {name: as_text(one) for name, one in value.items()}
    if isinstance(value, int):
        return str(value)
    return [as_text(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("folder", ["fhir/r4_ndjson_110", "fhir/stu3_ndjson_150", "fhir/bulk_10"])
@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_on_real_records_a_maps_view_gives_what_a_slow_evaluation_finds(kind: str, folder: str) -> None:
    lines = records(folder, kind)
    if not lines:
        pytest.skip(f"{folder} has no {kind}")
    # Numbers as their text, which is how a structure holds them and what a decimal is read from.
    read = [json.loads(line, parse_float=str, parse_int=str) for line in lines]
    expected = [as_text(row) for row in rows(VIEWS[kind], read)]
    plan = statement(view(VIEWS[kind]), Relation(along=("key",))).plan
    with tables() as frames:
        table = [{"kind": kind, "key": f"{n:06}", "body": line} for n, line in enumerate(lines)]
        frames.load("landed", {"kind": "VARCHAR", "key": "VARCHAR", "body": "VARCHAR"}, table)
        found = sorted(frames.rows(plan.sql()), key=lambda row: str(row[0]))
    names = [c.name for c in plan.columns]
    assert [as_text(dict(zip(names[1:], row[1:], strict=True))) for row in found] == expected


def test_a_record_that_cannot_be_read_still_makes_its_row() -> None:
    with tables() as frames:
        table = [{"kind": "Procedure", "key": key, "body": body} for key, body in (("good", '{"status": "completed"}'), ("bad", "{"))]
        frames.load("landed", {"kind": "VARCHAR", "key": "VARCHAR", "body": "VARCHAR"}, table)
        plan = statement(view(VIEWS["Procedure"]), Relation(key="key", along=("key",), unreadable="unreadable")).plan
        found = {row[0]: dict(zip([c.name for c in plan.columns], row, strict=True)) for row in frames.rows(plan.sql())}
    assert (found["good"]["unreadable"], found["good"]["status"]) == (False, "completed")
    assert found["bad"]["unreadable"] is True and {v for k, v in found["bad"].items() if k not in ("key", "unreadable")} == {None}
