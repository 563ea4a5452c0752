"""A steward learns of any standard row where it came from, and nothing of what the record says."""

import json
from pathlib import Path

import pytest

from dujiang.collect.arrivals import Arrival, DeliveredFile
from dujiang.errors import Malformed, Unknown
from dujiang.standardise.explaining import WhichRow, explain, key_of
from dujiang.standardise.model import CDM
from standardise.standardise_library import STEWARD, Library
from standardise.standardise_node import ENCOUNTER, PATIENT, SUBJECT, concept, resource, stable


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


CONDITION = resource("Condition", "c1", subject=SUBJECT, onsetDateTime="2020-03-02", code=concept(("urn:x", "K7", "秘密的病")))


def test_every_row_of_every_table_is_explained_down_to_its_line(library: Library) -> None:
    dead = resource("Patient", "p2", birthDate="1950", deceasedDateTime="2021-01-01")
    made = library.make(library.arrive(PATIENT, ENCOUNTER, CONDITION, dead))
    for table in CDM:
        for row in made.rows(table):
            said = explain(library, STEWARD, None, WhichRow(made.snapshot.id, table, row[key_of(table)])).answer  # type: ignore[arg-type]
            assert (said["kind"], said["arrival"], said["line"]) == (row["x_source_kind"], row["x_arrival"], row["x_line"])
            assert said["mapping"] == made.snapshot.mapping_version


def test_the_file_goes_by_its_place_in_the_manifest_and_its_hash(library: Library) -> None:
    landed = library.arrive(PATIENT, CONDITION, file="张三.ndjson")
    files = tuple(DeliveredFile(name=name, size=1, sha256=mark * 64, form="fhir-r4") for name, mark in (("other.ndjson", "a"), ("张三.ndjson", "b")))
    library.tables.put(Arrival(id=landed.id, state="landed", source="s", zone="zone-a", files=files))
    made = library.make(landed)
    outcome = explain(library, STEWARD, None, WhichRow(made.snapshot.id, "condition_occurrence", stable("Condition", "c1")))  # type: ignore[arg-type]
    assert (outcome.answer["file"], outcome.answer["sha256"]) == (2, "b" * 64)


def test_a_columns_raw_fields_are_told_and_no_value(library: Library) -> None:
    made = library.make(library.arrive(PATIENT, CONDITION, file="张三.ndjson"))
    outcome = explain(library, STEWARD, None, WhichRow(made.snapshot.id, "condition_occurrence", stable("Condition", "c1")))  # type: ignore[arg-type]
    (found,) = outcome.answer["maps"]
    assert found["family"] == "fhir" and any("onset" in path for path in found["columns"]["starts"])
    said = json.dumps([outcome.answer, outcome.facts], ensure_ascii=False)
    assert not any(value in said for value in ("K7", "秘密", "c1", "2020-03-02", "张三"))


def test_a_row_that_is_not_there_and_a_table_that_is_none_are_refused(library: Library) -> None:
    made = library.make(library.arrive(PATIENT))
    with pytest.raises(Unknown, match="row.unknown"):
        explain(library, STEWARD, None, WhichRow(made.snapshot.id, "person", 7))  # type: ignore[arg-type]
    with pytest.raises(Malformed, match="row.table"):
        WhichRow("s-1", "x_identity", 7)
