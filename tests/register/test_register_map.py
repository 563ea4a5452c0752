"""The data map: every place and flow from what the node keeps, found by its words, and told as a HealthDCAT-AP catalogue."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.assess.grading import grade_columns
from dujiang.collect.arrivals import Arrival
from dujiang.collect.sources import open_source
from dujiang.register.assets import Asset, AssetTable
from dujiang.register.map import Kept, found, make
from dujiang.register.map_catalogue import FEW, REQUIRED, Teller, catalogue, lacking
from dujiang.standardise.model import ASSET_COLUMNS
from dujiang.standardise.standardise import Snapshot, TableCount
from dujiang.words import Grade, Saying
from register.register_node import Holder, condition, person

SOURCE = open_source("Laboratory", "East")
NAME = Saying(en="Diabetes", zh="糖尿病专病库")
TELLER = Teller(party="hospital-a", base="https://a.example", name=Saying(en="Hospital A", zh="甲医院"), contact="data@a.example", access_body="Access body")


def arrival(id: str, records: int) -> Arrival:
    return Arrival(id=id, state="landed", source=SOURCE.id, zone=SOURCE.zone, files=(), records=records, by_kind={"Patient": records})


def snapshot(id: str, **rows: int) -> Snapshot:
    return Snapshot(id=id, state="standardised", zone=SOURCE.zone, arrivals=("a-1",), mapping_version="m", persons=rows.get("person", 0),
                    tables=tuple(TableCount(name=n, rows=r, hash="h") for n, r in rows.items()))


def asset(state: str = "published", *, persons: int = 40) -> Asset:
    tables = (AssetTable(name="person", file="f", rows=40, hash="h", columns=("person_id",)), AssetTable(name="measurement", file="f", rows=90, hash="h", columns=("value_as_number",)))
    return Asset(id="as-1", state=state, name=NAME, snapshots=("s-2",), index="i-1", persons=persons, grade=Grade.USABLE_NOT_VISIBLE, tables=tables, content="c" * 64)


def kept(*, assets: tuple[Asset, ...] = (asset(),)) -> Kept:
    return Kept([SOURCE], [arrival("a-1", 100), arrival("a-2", 60)], [snapshot("s-1", person=10), snapshot("s-2", person=40, measurement=100)], [], assets)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    made = Holder(tmp_path / "hospital-a")
    yield made
    made.office.close()


# The map.


def test_the_map_leads_from_source_to_asset_by_the_newest_snapshot() -> None:
    whole = make(kept())
    assert [(p.kind, p.id, p.size) for p in whole.places] == [
        ("source", SOURCE.id, 160), ("zone", SOURCE.zone, 140), ("table", "table:person", 40), ("table", "table:measurement", 100), ("asset", "as-1", 130),
    ]
    assert {(f.frm, f.to, f.size) for f in whole.flows} == {
        (SOURCE.id, SOURCE.zone, 160), (SOURCE.zone, "table:person", 40), (SOURCE.zone, "table:measurement", 100),
        ("table:person", "as-1", 40), ("table:measurement", "as-1", 90),
    }


def test_a_table_has_the_grade_of_its_most_sensitive_column() -> None:
    whole = make(kept())
    highest = max(c.grade for c in grade_columns({"person": ASSET_COLUMNS["person"]}))
    assert next(p.grade for p in whole.places if p.id == "table:person") == highest
    assert {(c.table, c.column) for c in whole.columns} == {(t, c) for t, names in ASSET_COLUMNS.items() for c in names}


def test_what_is_retired_or_destroyed_is_not_on_the_map() -> None:
    for state in ("retired", "destroyed"):
        assert "as-1" not in {p.id for p in make(kept(assets=(asset(state),))).places}


def test_an_empty_node_has_an_empty_river() -> None:
    empty = make(Kept([], [], [], [], []))
    assert empty.places == () and empty.flows == ()


@given(st.text(max_size=12))
def test_a_search_finds_a_part_of_the_map_and_no_flow_that_leads_out_of_it(text: str) -> None:
    whole, part = make(kept()), found(make(kept()), text)
    there = {p.id for p in part.places}
    assert set(part.places) <= set(whole.places) and set(part.flows) <= set(whole.flows) and set(part.columns) <= set(whole.columns)
    assert all({f.frm, f.to} <= there for f in part.flows)
    assert text.strip() or part == whole


@pytest.mark.parametrize(("text", "wanted"), [("labor", SOURCE.id), ("糖尿病", "as-1"), ("DIABETES", "as-1"), ("value_as_number", "table:measurement"), ("s-2", SOURCE.zone)])
def test_a_place_is_found_by_its_name_in_either_language_by_a_column_or_by_its_number(text: str, wanted: str) -> None:
    assert wanted in {p.id for p in found(make(kept()), text).places}


# At a node.


def test_a_code_is_found_with_its_rows_and_persons_but_of_few_persons_only_that_it_is_there(holder: Holder) -> None:
    many, few = range(1, FEW + 1), range(1, FEW)
    rows = {"person": [person(n) for n in many], "condition_occurrence": [condition(n, n, "ICD10|I10") for n in many] + [condition(100 + n, n, "ICD10|I11 SNOMED|5") for n in few]}
    holder.snapshot("zone-a", rows)
    assert holder.do("map.codes", code="i1") == [
        {"table": "condition_occurrence", "system": "ICD10", "code": "I10", "rows": FEW, "persons": FEW},
        {"table": "condition_occurrence", "system": "ICD10", "code": "I11", "few": True},
    ]
    assert [one["code"] for one in holder.do("map.codes", code="SNOMED|")] == ["5"]
    assert holder.do("map.codes", code="Z99") == holder.do("map.codes", code="' OR 1=1 --") == []


def test_the_map_of_a_node_without_data_is_empty_and_of_one_with_an_asset_holds_it(holder: Holder) -> None:
    assert holder.do("map.show", text="")["places"] == [] and holder.do("map.codes", code="I10") == []
    holder.indexed(holder.snapshot("zone-a", {"person": [person(1), person(2)], "condition_occurrence": [condition(1, 1)]}))
    made = holder.registered()
    told = holder.do("map.show", text="")
    assert made.id in {p["id"] for p in told["places"]} and {"frm": "table:person", "to": made.id, "size": 2} in told["flows"]


# The catalogue.


def test_a_dataset_of_the_catalogue_has_every_property_that_healthdcat_ap_requires() -> None:
    told = catalogue(TELLER, [asset()])
    (one,) = told["dcat:dataset"]
    assert lacking(one) == () and one["healthdcatap:numberOfUniqueIndividuals"]["@value"] == "40" and one["dct:accessRights"]["@id"].endswith("NON_PUBLIC")
    for name in REQUIRED:
        assert lacking({k: v for k, v in one.items() if k != name}) == (name,)


def test_every_prefix_that_the_catalogue_uses_is_declared_in_its_context() -> None:
    told = catalogue(TELLER, [asset()])
    context = told.pop("@context")

    def names(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from names(inner)
                if key == "@type":
                    yield inner
        elif isinstance(value, list):
            for inner in value:
                yield from names(inner)

    assert {n.partition(":")[0] for n in names(told) if not n.startswith("@")} <= set(context)


def test_only_what_is_published_is_in_the_catalogue_and_a_small_number_of_persons_is_not_told() -> None:
    assert catalogue(TELLER, [asset("registered"), asset("draft"), asset("retired")])["dcat:dataset"] == []
    (one,) = catalogue(TELLER, [asset(persons=FEW - 1)])["dcat:dataset"]
    assert "healthdcatap:numberOfUniqueIndividuals" not in one and lacking(one) == ()


def test_the_catalogue_of_a_node_is_json_that_names_its_things_under_the_address_given(holder: Holder) -> None:
    told = holder.do("map.catalogue", base="https://a.example/")
    assert json.loads(json.dumps(told))["@id"] == "https://a.example/catalogue"
