"""A steward has a zone's tables checked, sees why, returns it to the source; staff see scores and rules; nobody sees a value."""

from pathlib import Path

import pytest

from assess.assess_dashboard import field, files
from assess.assess_node import Node
from assess.assess_tables import whole
from dujiang.assess.acts import ACTS
from dujiang.assess.quality_records import Assessment
from dujiang.collect.arrivals import Arrival, DeliveredFile
from dujiang.errors import Conflict, Unknown
from dujiang.words import Role

SECRET = "机密内容"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


def dirty() -> dict[str, list[dict[str, object]]]:
    tables = whole(6)
    for n, row in enumerate(tables["observation"], 1):
        row |= {"x_source_kind": "Observation", "x_file": "obs.ndjson", "x_line": n, "value_as_string": SECRET}
    tables["observation"][0] |= {"observation_date": None}
    tables["observation"][1] |= {"x_codes": ""}
    tables["observation"][2] |= {"x_codes": ""}
    return tables


def test_a_zone_is_checked_and_the_assessment_kept(node: Node) -> None:
    snapshot = node.standardised("zone-a", dirty())
    id = node.do("quality.check", zone="zone-a")["assessment"]
    kept = node.tables.get(Assessment, id)
    assert (kept.zone, kept.snapshot, kept.report.as_of) == ("zone-a", snapshot.id, "2020-06-30")
    assert kept.report.score < 100 and [part.what for part in kept.report.by_source] == ["zone-a"]


def test_the_same_snapshot_on_the_same_day_is_the_same_assessment(node: Node) -> None:
    node.standardised("zone-a", dirty())
    assert node.do("quality.check", zone="zone-a") == node.do("quality.check", zone="zone-a")
    assert len(node.tables.all(Assessment)) == 1


def test_a_page_has_rules_parts_trend_and_verdict_with_the_worst_first(node: Node) -> None:
    node.standardised("zone-a", whole(6), id="s-0")
    node.do("quality.check", zone="zone-a")
    node.today = node.today.replace(month=7, day=1)
    node.standardised("zone-a", dirty(), id="s-1")
    node.do("quality.check", zone="zone-a")
    page = node.do("quality.show")
    assert [rule["status"] for rule in page["rules"]] == sorted((rule["status"] for rule in page["rules"]), key=["failed", "passed"].index)
    first = page["rules"][0]
    assert first["says"]["zh"] and first["todo"]["en"] and first["fixer"]["zh"] and first["of"] >= first["violated"] > 0
    assert page["verdict"]["set_aside"] == ["start_missing.observation"] and "code_missing.observation" in page["verdict"]["to_sign"]
    assert not page["verdict"]["may_publish"]
    scores = [point["score"] for point in page["trend"]]
    assert len(scores) == 2 and scores[0] == 100 > scores[1] == page["score"]
    assert page["by_source"][0]["found"][0]["says"]["en"] and page["by_arrival"][0]["what"] == "a-1"
    assert page["by_department"][0]["label"] == {"en": "out-patient", "zh": "门诊"}


def test_the_list_shows_the_newest_assessment_of_each_zone_weakest_first(node: Node) -> None:
    node.standardised("zone-good", whole(6), id="s-1")
    node.standardised("zone-bad", dirty(), id="s-2")
    for zone in ("zone-good", "zone-bad", "zone-good"):
        node.do("quality.check", zone=zone)
    lines = node.do("quality.list")
    assert [line["zone"] for line in lines] == ["zone-bad", "zone-good"]
    assert lines[0]["set_aside"] == 1 and lines[1]["score"] == 100


def test_examples_are_keys_and_places_and_the_letter_returns_them_in_both_languages(node: Node) -> None:
    node.standardised("zone-a", dirty())
    id = node.do("quality.check", zone="zone-a")["assessment"]
    some = node.do("quality.examples", assessment=id, check="code_missing.observation")
    assert [(e["key"], e["kind"], e["file"], e["line"]) for e in some] == [(2, "Observation", "obs.ndjson", 2), (3, "Observation", "obs.ndjson", 3)]
    (letter,) = node.do("quality.return", assessment=id)
    assert letter["source"] == "zone-a"
    assert "An event has no date." in letter["letter"]["en"] and "- file obs.ndjson, line 1" in letter["letter"]["en"]
    assert "事件记录缺少日期。" in letter["letter"]["zh"] and "- 文件 obs.ndjson，第 1 行" in letter["letter"]["zh"]


def test_no_answer_holds_a_value_of_a_row(node: Node) -> None:
    node.standardised("zone-a", dirty())
    id = node.do("quality.check", zone="zone-a")["assessment"]
    answers = [node.do("quality.show", assessment=id), node.do("quality.list"), node.do("quality.return", assessment=id),
               node.do("quality.examples", assessment=id)]
    assert SECRET not in str(answers) and SECRET not in str(node.tables.get(Assessment, id))


def test_where_rows_lie_is_shown_to_stewards_only() -> None:
    who = {act.name: act.who for act in ACTS}
    assert who["quality.examples"] == who["quality.return"] == {Role.STEWARD}
    assert Role.AUDITOR in who["quality.show"] and Role.PERSON not in who["quality.show"]


def test_when_an_arrival_came_stands_beside_its_score(node: Node) -> None:
    node.standardised("zone-a", dirty())
    whole_file = DeliveredFile(name="obs.ndjson", size=1, sha256="0", form="fhir-r4")
    node.tables.things["a-1"] = Arrival(id="a-1", state="landed", source="source-a", zone="zone-a", files=(whole_file,), records=1,
                                        by_kind={"Observation": 1}, received="2020-06-01T00:00:00Z")
    node.do("quality.check", zone="zone-a")
    assert node.do("quality.show")["by_arrival"][0]["received"] == "2020-06-01T00:00:00Z"


def test_a_zone_without_standard_tables_cannot_be_checked(node: Node) -> None:
    with pytest.raises(Conflict, match="Standardise it first"):
        node.do("quality.check", zone="zone-a")
    with pytest.raises(Unknown, match="Nothing has been assessed"):
        node.do("quality.show")


def test_DataQualityDashboards_checks_run_from_a_folder_of_its_files(node: Node) -> None:
    node.standardised("zone-a", dirty())
    node.delivered = files(
        tables=[{"cdmTableName": "OBSERVATION", "measurePersonCompleteness": "Yes"}],
        fields=[field("OBSERVATION", "observation_date", isRequired="Yes"), field("OBSERVATION", "no such column")],
    ) | {"readme.txt": b"\xff"}
    run = node.do("quality.dashboard", zone="zone-a", place="dqd")["run"]
    (one,) = node.do("quality.dashboards")
    assert (one["id"], one["statuses"], one["set_aside"]) == (run, {"passed": 3, "failed": 1}, 1)
    failed = node.do("quality.dashboard_show", run=run, status="failed")
    assert [(r["id"], r["violated"], r["denominator"]) for r in failed] == [("field_isrequired_observation_observation_date", 1, 6)]
    assert len(node.do("quality.dashboard_show", run=run)) == 4
