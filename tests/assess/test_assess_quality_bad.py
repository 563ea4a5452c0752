"""Bad deliveries as they come: arrivals of nothing but empty fields, a column that changes its type, ten thousand of one name; and limits tried out."""

from pathlib import Path

import pytest

from assess.assess_node import Node
from assess.assess_tables import TABLES, faultless, whole
from assess.test_assess_quality_acts import dirty
from dujiang.assess.checks import catalogue
from dujiang.assess.quality import check
from dujiang.assess.quality_records import Assessment
from dujiang.collect.arrivals import Arrival, DeliveredFile
from dujiang.errors import Malformed


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def arrival(id: str, records: int, quarantined: int = 0, *, form: str = "fhir-r4", zone: str = "zone-a") -> Arrival:
    file = DeliveredFile(name="obs.ndjson", size=1, sha256="0", form=form)
    return Arrival(id=id, state="landed", source="s", zone=zone, files=(file,), records=records, quarantined=quarantined, by_kind={"K": records})


def test_an_arrival_of_nothing_but_empty_fields_is_checked_row_by_row_and_the_rest_keeps_its_score(node: Node) -> None:
    good = whole(6)
    empty = [{"x_source_kind": "Observation", "x_source_key": f"k{n}", "x_arrival": "a-2", "x_file": "o.ndjson", "x_line": n} for n in range(4)]
    node.standardised("zone-a", {**good, "observation": [*good["observation"], *empty]}, arrivals=("a-1", "a-2"))
    node.do("quality.check", zone="zone-a")
    page = node.do("quality.show")
    assert {"key_missing.observation", "person_missing.observation", "start_missing.observation"} <= set(page["verdict"]["set_aside"])
    assert [(part["what"], part["score"] == 100) for part in page["by_arrival"]] == [("a-1", True), ("a-2", False)]
    flagged = node.do("quality.examples", assessment=page["assessment"], check="start_missing.observation")
    assert sorted(one["line"] for one in flagged) == [0, 1, 2, 3] and {one["arrival"] for one in flagged} == {"a-2"}


def test_a_table_of_nothing_but_empty_fields_is_answered_for_by_every_check(node: Node) -> None:
    node.standardised("zone-a", {name: [{}, {}] for name in TABLES})
    node.do("quality.check", zone="zone-a")
    report = node.tables.all(Assessment)[-1].report
    assert {r.id for r in report.results} == set(catalogue()) and report.fatal()


def test_a_column_that_changes_its_type_is_read_as_the_standard_has_it_and_what_does_not_fit_is_empty(node: Node) -> None:
    """One source delivers numbers, the other texts, of which one is a number."""
    node.standardised("zone-a", whole(), id="s-1")
    shape = {**TABLES["person"], "year_of_birth": "VARCHAR"}
    people = [{**faultless("person"), "person_id": n, "x_source_key": f"b{n}", "year_of_birth": year} for n, year in ((81, "1970"), (82, "unknown"), (83, "197O"))]
    with node.frames() as frames:
        frames.load("texts", shape, ({**dict.fromkeys(shape), **p} for p in people))
        frames.save("SELECT * FROM texts", "zone-b", "std/s-2/person.parquet")
        urls = [frames.url("zone-a", "std/s-1/person.parquet"), frames.url("zone-b", "std/s-2/person.parquet")]
        report = check(frames, {"person": urls}, node.today.date())
    assert {r.id: r.violated for r in report.results}["birth_missing.person"] == 2
    assert [(part.what, part.found.get("birth_missing.person")) for part in report.by_source] == [("zone-b", (2, 3)), ("zone-a", None)]


def test_thresholds_are_tried_out_without_reading_a_row(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.standardised("zone-a", dirty())
    id = node.do("quality.check", zone="zone-a")["assessment"]
    before = node.do("quality.show", assessment=id)
    assert "code_missing.observation" in before["verdict"]["to_sign"]

    def never() -> None:
        raise AssertionError("a scan")

    monkeypatch.setattr(node, "frames", never)
    lenient = node.do("quality.show", assessment=id, thresholds={"code_missing.observation": 100})
    assert "code_missing.observation" not in lenient["verdict"]["to_sign"] and lenient["score"] == before["score"]
    assert {r["id"]: r["violated"] for r in lenient["rules"]} == {r["id"]: r["violated"] for r in before["rules"]}
    assert node.do("quality.show", assessment=id) == before  # nothing was kept of it
    with pytest.raises(Malformed, match="no.such"):
        node.do("quality.show", assessment=id, thresholds={"no.such": 1})


def test_a_rejected_delivery_is_told_to_its_source_with_what_to_do(node: Node) -> None:
    node.standardised("zone-a", dirty())
    for one in (arrival("a-1", 9), arrival("a-2", 1, 9), arrival("a-3", 1, form="unknown")):
        node.tables.things[one.id] = one
    node.do("quality.check", zone="zone-a")
    (said,) = node.do("quality.return")
    en, zh = said["letter"]["en"], said["letter"]["zh"]
    assert "**a-2**, not used: More than half" in en and "**a-3**, used but for this: A file" in en and "- file obs.ndjson" in en and "a-1**" not in en
    assert "**a-2**（整批未采用）" in zh and "请按隔离清单修正" in zh and "事件记录缺少日期。" in zh


def test_a_source_of_which_nothing_could_be_used_gets_a_letter_too(node: Node) -> None:
    node.tables.things["a-9"] = arrival("a-9", 0, 3, zone="zone-z")
    (said,) = node.do("quality.return")
    assert said["source"] == "zone-z" and "No file of the arrival" in said["letter"]["en"] and "没有可供检查的数据。" in said["letter"]["zh"]


def test_ten_thousand_persons_without_anything_to_tell_them_apart_are_checked(node: Node) -> None:
    people = [{**faultless("person"), "person_id": n, "x_source_key": "same"} for n in range(10_000)]
    node.standardised("zone-a", {"person": people})
    node.do("quality.check", zone="zone-a")
    report = node.tables.all(Assessment)[-1].report
    assert report.fatal() == () and [(part.what, part.rows) for part in report.by_source] == [("zone-a", 10_000)]
