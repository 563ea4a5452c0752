"""A node whose disk fills while a hospital sends: it says so, takes nothing it cannot keep, and with room again lands all of it to the same hashes."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.act import Job
from dujiang.collect.connections import Hl7
from dujiang.collect.sources import Source
from dujiang.collect.spool import Bounds
from dujiang.gate.jobs import WAITING
from dujiang.standardise.standardise import Snapshot, std_name
from sources.sources_hl7 import Sender, admission
from sources.sources_node import Node, opened, until
from store.store_full import FullDisk, small_disk

FHIR = [{"resourceType": "Patient", "id": f"p{n}", "birthDate": "1980-01-01", "gender": "female"} for n in range(400)] + [
    {"resourceType": "Condition", "id": f"c{n}", "subject": {"reference": f"Patient/p{n}"}, "onsetDateTime": "2020-01-01",
     "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]}} for n in range(400)
]


def deliver(node: Node, folder: Path) -> None:
    """A delivery lies beside the node, and is to be landed and standardised."""
    folder.mkdir(exist_ok=True)
    (folder / "all.ndjson").write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in FHIR))
    source = node.source("EMR")
    node.do("arrival.land", source=source.id, place=str(folder))


def standardise(node: Node) -> None:
    node.do("snapshot.make", zone=node.world.tables.all(Source)[0].zone)


def ended(node: Node) -> dict[str, Any]:
    """What came of it: hashes of what landed, and of every standard table, by their content."""
    (snapshot,) = node.world.tables.all(Snapshot)
    (arrival,) = node.arrivals(node.world.tables.all(Source)[0])
    assert all(job.state == "done" for job in node.world.tables.all(Job))
    assert node.world.blobs.has(snapshot.zone, std_name(snapshot.id, "person"))
    return {"arrival": arrival.id, "records": node.records(arrival), "snapshot": snapshot.id, "tables": snapshot.tables}


def calm(folder: Path, delivery: Path) -> dict[str, Any]:
    with opened(folder) as node:
        deliver(node, delivery)
        node.work()
        standardise(node)
        node.work()
        return ended(node)


@pytest.mark.parametrize("stride", [97, pytest.param(7, marks=pytest.mark.slow)])
def test_a_disk_full_at_any_write_of_landing_and_standardising_makes_the_job_wait_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stride: int
) -> None:
    expected = calm(tmp_path / "calm", tmp_path / "delivery")
    disk, step, node_number = FullDisk(monkeypatch), 1, 0
    while True:
        node_number += 1
        met = 0
        with opened(tmp_path / f"n{node_number}") as node:
            deliver(node, tmp_path / "delivery")
            for queue in (lambda: None, lambda: standardise(node)):
                queue()
                disk.fill(step)
                while node.work() == [False]:
                    met += 1
                    (job,) = node.world.tables.all(Job, state="queued")
                    assert WAITING[job.id] == "store.full"
                    disk.fill(0)
            disk.fill(0)
            assert ended(node) == expected, step
        step += stride
        if not met:  # beyond the last write
            assert step > stride + 1
            return


@contextlib.contextmanager
def ballast(folder: Path, leave: int) -> Iterator[Path]:
    """A file that leaves so many bytes on the disk."""
    place = folder / "ballast"
    with place.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    with place.open("r+b") as file:
        file.truncate(place.stat().st_size - leave)
    yield place


@pytest.mark.slow
@pytest.mark.parametrize("leave", [0, 40_960, 122_880, 245_760])
def test_a_disk_that_is_really_full_refuses_messages_waits_with_its_jobs_and_ends_the_same(tmp_path: Path, leave: int) -> None:
    expected = calm(tmp_path / "calm", tmp_path / "delivery")
    with small_disk(24) as folder, opened(folder / "node") as node:
        live = node.source("HIS2", setting=Hl7(port=0, cut=Bounds(messages=1)))
        node.keeper.round()
        listener: Any = node.keeper._listeners[live.id][1]
        deliver(node, tmp_path / "delivery")
        with Sender(listener.port) as sender, ballast(folder, leave) as held:
            safe = [n for n in range(200) if sender.ask(admission(n)) == "AA"]
            assert len(safe) < 200 and node.status(live)["doing"] == "store.full"
            assert sender.ask(admission(999)) == "AR"
            for _ in range(3):
                node.step()
            open_ = [job for job in node.world.tables.all(Job) if job.state != "done"]
            assert open_ and {job.state for job in open_} == {"queued"}
            held.unlink()
            assert [sender.ask(admission(n)) for n in range(200)] == ["AA"] * 200
        until(lambda: rested(node, live))
        standardise_of(node, "EMR")
        node.work()
        assert landed(node, "EMR") == {key: expected[key] for key in ("records", "tables")}
        patients = [key for a in node.arrivals(live) for kind, key, _ in node.records(a) if kind == "Patient"]
        assert len(patients) == len(set(patients)) == 200


def named(node: Node, name: str) -> Source:
    return next(source for source in node.world.tables.all(Source) if source.name == name)


def standardise_of(node: Node, name: str) -> None:
    node.do("snapshot.make", zone=named(node, name).zone)


def landed(node: Node, name: str) -> dict[str, Any]:
    source = named(node, name)
    (arrival,) = node.arrivals(source)
    (snapshot,) = [one for one in node.world.tables.all(Snapshot) if one.zone == source.zone]
    return {"records": node.records(arrival), "tables": snapshot.tables}


def rested(node: Node, source: Source) -> bool:
    node.step()
    blobs = node.world.blobs
    return not blobs.names(source.zone, "spool/waiting") and not blobs.names(source.zone, "gathered") and not node.world.tables.all(Job, state="queued")


def test_a_spool_at_its_bound_answers_try_later_and_takes_again_after_a_cut(tmp_path: Path) -> None:
    with opened(tmp_path / "node") as node:
        source = node.source("HIS", setting=Hl7(port=0, cut=Bounds(messages=5, seconds=3600, most_messages=5)))
        node.keeper.round()
        listener: Any = node.keeper._listeners[source.id][1]
        with Sender(listener.port) as sender:
            assert [sender.ask(admission(n)) for n in range(7)] == ["AA"] * 5 + ["AR"] * 2
            assert node.status(source)["doing"] == "spool.full" and node.status(source)["waiting"] == 5
            node.step()
            assert [sender.ask(admission(n)) for n in range(5, 7)] == ["AA"] * 2 and node.status(source)["doing"] == "listening"
