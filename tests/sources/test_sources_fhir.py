"""FHIR servers, by Bulk Data export and by search: complete, once, and honest about what the server did not hand over."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.collect.connections import Fhir
from dujiang.collect.sources import Source
from dujiang.doors.sources import web
from dujiang.doors.sources.bulk import _manifest
from dujiang.doors.sources.tombstones import tombstones
from dujiang.errors import Malformed
from sources.sources_fhir_server import TOKEN, Hospital, patient, serving, weight
from sources.sources_node import Node, opened


@pytest.fixture
def hospital() -> Iterator[Hospital]:
    with serving(Hospital({"Patient": [patient(n) for n in range(5)], "Observation": [weight(n) for n in range(3)]})) as found:
        yield found


def connected(node: Node, hospital: Hospital, way: str = "export", **options: Any) -> Source:
    return node.source(setting=Fhir(url=hospital.url, way=way, types=("Patient", "Observation"), **options), secret=TOKEN)


def pulled(node: Node, source: Source) -> Any:
    """A pull to its end, however often it has to wait for the server."""
    job = node.pull(source)
    for _ in range(20):
        if job.state != "queued":
            break
        node.work()
        job = next(j for j in node.world.tables.all(type(job)) if j.id == job.id)
    return job


WAYS = pytest.mark.parametrize("way", ["export", "search"])


@WAYS
def test_everything_lands_and_a_second_pull_brings_only_what_changed(node: Node, hospital: Hospital, way: str) -> None:
    source = connected(node, hospital, way)
    assert pulled(node, source).state == "done"
    assert node.arrivals(source)[0].by_kind == {"Observation": 3, "Patient": 5}
    hospital.resources["Patient"][0] = patient(0, day=26, gender="female")
    hospital.resources["Patient"].append(patient(9, day=26))
    hospital.time = "2026-11-27T00:00:00Z"
    pulled(node, source)
    assert [key for _, key, _ in node.records(node.arrivals(source)[1])] == ["p0", "p9"]
    assert pulled(node, source).state == "done" and len(node.arrivals(source)) == 2
    assert hospital.tokens == {f"Bearer {TOKEN}"}


@WAYS
def test_a_busy_server_is_asked_again_until_it_answers(node: Node, hospital: Hospital, way: str) -> None:
    hospital.busy = 3
    assert pulled(node, connected(node, hospital, way)).state == "done"


@WAYS
def test_fewer_resources_than_the_server_stated_are_noticed_and_asked_for_again(node: Node, hospital: Hospital, way: str) -> None:
    source = connected(node, hospital, way)
    hospital.overstated = 2
    pulled(node, source)
    assert node.status(source)["missed"] == 4 and node.status(source)["drift"] == ["fhir.count"]
    (arrival,) = node.arrivals(source)
    assert arrival.records == 8 and sum(f.rows for f in arrival.findings if f.rule == "fhir.count") == 4
    hospital.overstated = 0
    hospital.resources["Patient"].append(patient(7))  # what had been missing
    pulled(node, source)
    assert node.status(source)["missed"] == 0
    assert "p7" in {key for _, key, _ in node.records(node.arrivals(source)[-1])}


@WAYS
def test_a_server_that_is_down_is_tried_again_later_and_nothing_is_lost(node: Node, hospital: Hospital, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TRIES", 1)
    source = node.source(setting=Fhir(url="http://127.0.0.1:9/fhir", way=way, types=("Patient",)), secret=TOKEN)
    assert node.pull(source).state == "queued"
    node.do("source.connect", source=source.id, setting={"type": "fhir", "url": hospital.url, "way": way, "types": ["Patient"]}, secret=TOKEN)
    assert pulled(node, source).state == "done" and node.arrivals(source)[0].by_kind["Patient"] == 5


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_whose_connection_breaks_goes_on_and_gives_the_same_bytes(node: Node, hospital: Hospital, ranges: bool) -> None:
    hospital.cut, hospital.ranges = 150, ranges
    source = connected(node, hospital)
    assert pulled(node, source).state == "done"
    (arrival,) = node.arrivals(source)
    assert arrival.by_kind == {"Observation": 3, "Patient": 5} and arrival.quarantined == 0
    assert ("/fhir/file/Patient", "bytes=150-") in hospital.asked


def test_a_link_that_expired_is_a_missing_file_the_others_land_and_the_next_pull_asks_from_the_same_place(node: Node, hospital: Hospital) -> None:
    hospital.expired = {"Patient"}
    source = connected(node, hospital)
    assert pulled(node, source).state == "done"
    (arrival,) = node.arrivals(source)
    assert arrival.by_kind == {"Observation": 3} and [f.rule for f in arrival.findings] == ["fhir.file_missing"]
    hospital.expired = set()
    pulled(node, source)
    assert node.arrivals(source)[1].by_kind["Patient"] == 5 and node.status(source)["missed"] == 0


def test_what_the_server_deleted_lands_as_entered_in_error_or_inactive_and_its_errors_are_kept(node: Node, hospital: Hospital) -> None:
    hospital.deleted, hospital.errors = ["Patient/p1", "Observation/o2", "Condition/c3", "Observation?status=final"], 2
    source = connected(node, hospital)
    pulled(node, source)
    (arrival,) = node.arrivals(source)
    gone = {key: json.loads(body) for kind, key, body in node.records(arrival) if key in ("p1", "o2", "c3")}
    assert gone["p1"]["active"] is False and gone["o2"]["status"] == "entered-in-error"
    assert gone["c3"]["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "fhir.export_errors" in {f.rule for f in arrival.findings} and arrival.by_kind["OperationOutcome"] == 2


def test_while_the_server_works_the_pull_waits_and_a_killed_node_asks_after_the_same_export(tmp_path: Path, hospital: Hospital) -> None:
    hospital.works = 2
    with opened(tmp_path / "node") as node:
        source = connected(node, hospital)
        assert node.pull(source).state == "queued"
    with opened(tmp_path / "node") as node:
        assert [node.work(), node.work()] == [[False], [True]]
        assert node.arrivals(source)[0].records == 8
    assert sum(path.startswith("/fhir/$export") for path, _ in hospital.asked) == 1


def test_another_server_is_read_from_its_beginning_and_never_asked_after_the_exports_of_the_one_before(node: Node, hospital: Hospital) -> None:
    source = connected(node, hospital)
    assert pulled(node, source).state == "done"
    hospital.works = 1
    node.pull(source)
    with serving(Hospital({"Patient": [patient(77)]})) as other:
        node.do("source.connect", source=source.id, setting={"type": "fhir", "url": other.url})
        node.work()
        node.work()
        assert [key for _, key, _ in node.records(node.arrivals(source)[-1])] == ["p77"]
        assert other.tokens == {""}  # the token of the one before is none of its business


def test_a_server_that_asks_for_patience_is_not_asked_before(node: Node, hospital: Hospital) -> None:
    hospital.retry_after = "120"
    node.pull(connected(node, hospital))
    before = len(hospital.asked)
    assert node.work() == [False] and len(hospital.asked) == before


def test_a_next_page_at_another_host_is_not_followed_and_one_that_leads_back_ends(node: Node, hospital: Hospital) -> None:
    source = connected(node, hospital, "search")
    hospital.next_at = "http://127.0.0.2:9/steal"
    assert pulled(node, source).trouble == "fhir.elsewhere"
    hospital.next_at = f"{hospital.url}/Patient?at=0"
    assert pulled(node, source).trouble == "fhir.pages"
    assert node.arrivals(source) == []


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"output":[]}', b'{"transactionTime":"x","output":[{"url":7}]}', b'{"transactionTime":"x","output":"no"}'])
def test_a_manifest_that_cannot_be_read_is_refused(answer: bytes) -> None:

    with pytest.raises(Malformed, match="fhir.manifest"):
        _manifest(answer)


def test_deletions_in_a_damaged_file_are_read_as_far_as_they_can_be() -> None:
    good = b'{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Encounter/e1"}},{"request":7},{}]}\n'
    assert list(tombstones(iter([good[:30], good[30:], b"{broken\n", b"[]\n"]))) == [
        b'{"resourceType":"Encounter","id":"e1","status":"entered-in-error"}\n', b"{broken\n",
    ]
