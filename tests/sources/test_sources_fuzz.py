"""What comes over live connections, damaged in every way: each message is kept or refused, those around it are whole, and no answer repeats a value."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import httpx
import pytest

from collect.collect_connectors import SECRET, images, logs, ndjson
from collect.collect_damage import damaged
from collect.collect_shore import Shore
from collect.test_collect_hl7v2_damaged import LANDED
from dujiang.collect import gathered
from dujiang.collect.connections import Dicom, Fhir, Hl7
from dujiang.collect.gathered import Gathering
from dujiang.collect.live import landed
from dujiang.collect.readers.hl7v2.acknowledging import acknowledge
from dujiang.collect.readers.hl7v2.framing import PIECE, Framer, framed
from dujiang.collect.spool import Bounds, Message, Spool
from dujiang.doors.sources.asked import Asked
from dujiang.doors.sources.bulk import export
from dujiang.doors.sources.mllp import later
from dujiang.doors.sources.searching import search
from dujiang.doors.sources.tombstones import tombstones
from dujiang.errors import DujiangError
from sources.sources_hl7 import Sender, admission
from sources.sources_node import Node, free_port, until

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SLOW = pytest.mark.slow


def in_pieces(stream: bytes, dice: Random) -> Iterator[bytes]:
    at = 0
    while at < len(stream):
        size = dice.choice((1, 7, 300, PIECE))
        yield stream[at : at + size]
        at += size


@pytest.mark.parametrize("count", [150, pytest.param(3000, marks=SLOW)])
def test_damaged_frames_cost_no_message_around_them_and_every_message_has_an_answer_without_its_values(count: int) -> None:
    dice, first, last = Random(5), admission(1), admission(2)
    frames = [framed(one.replace("欧阳娜娜".encode("gb18030"), b"SECRET")) for one in LANDED] + [b"".join(map(framed, LANDED[:3]))]
    for middle in damaged(frames, count, 5):
        framer = Framer(limit=1 << 16)
        found = [frame.message for piece in in_pieces(framed(first) + middle + framed(last), dice) for frame in framer.feed(piece)]
        assert found[0] == first and found[-1] == last
        for message in found:
            reply = acknowledge(message, now=NOW)
            assert b"SECRET" not in reply.partition(b"MSA")[2]
            assert not reply or b"MSA|" in reply or b"MSA" in reply
            again = later(reply)
            assert again is None or b"R" in again


def spooled(shore: Shore, ending: str, bodies: list[bytes]) -> gathered.Gathered:
    spool = Spool(shore, shore.source, ending=ending)  # type: ignore[arg-type]
    spool.take([Message(body, repeats=False) for body in bodies])
    whole = spool.cut()
    assert whole is not None
    return whole


@pytest.mark.parametrize("count", [60, pytest.param(1200, marks=SLOW)])
def test_damaged_payloads_of_a_broker_cost_no_payload_beside_them(new_shore: Callable[[], Shore], count: int) -> None:
    payloads = [*ndjson(), json.dumps({"device": SECRET, "at": "2026-01-01", "v": 1.10}).encode(), json.dumps([{"a": 1}], indent=2).encode()]
    all_ = [one for one in damaged(payloads, count, 6) if one]
    for at in range(0, len(all_), 100):
        shore, batch = new_shore(), all_[at : at + 100]
        around = [[json.dumps({"resourceType": "Basic", "id": f"{side}{n}"}).encode() for side in "ab"] for n in range(len(batch))]
        whole = spooled(shore, "ndjson", [body for n, one in enumerate(batch) for body in (around[n][0], one, around[n][1])])
        arrival = landed(shore, shore.source, whole, lambda done, total: None).arrival  # type: ignore[arg-type]
        assert arrival is not None
        keys = {key for _, key in shore.records(arrival, "kind, key")}
        assert {f"{side}{n}" for side in "ab" for n in range(len(batch))} <= keys
        assert SECRET not in repr((shore.quarantine(arrival), arrival.by_rule, arrival.findings))


@pytest.mark.parametrize("count", [40, pytest.param(800, marks=SLOW)])
def test_damaged_images_are_each_kept_whole_and_listed(new_shore: Callable[[], Shore], count: int) -> None:
    all_ = [one for one in dict.fromkeys(damaged(images(), count, 7)) if one]
    for at in range(0, len(all_), 200):
        shore, batch = new_shore(), all_[at : at + 200]
        arrival = landed(shore, shore.source, spooled(shore, "dcm", batch), lambda done, total: None).arrival  # type: ignore[arg-type]
        assert arrival is not None and len(arrival.files) == len(batch)
        assert SECRET not in repr((shore.quarantine(arrival), arrival.by_rule, arrival.findings))


class Serving:
    """A FHIR server that says `manifest`, `page` and `file` whatever it is asked, over no network."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.manifest = self.page = self.file = b""
        real = httpx.Client
        monkeypatch.setattr(httpx, "Client", lambda **options: real(**options, transport=httpx.MockTransport(self.answer)))
        monkeypatch.setattr("time.sleep", lambda seconds: None)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("$export"):
            return httpx.Response(202, headers={"Content-Location": "http://server/status"})
        if path == "/status":
            return httpx.Response(200, stream=httpx.ByteStream(self.manifest))
        return httpx.Response(200, stream=httpx.ByteStream(self.file if path.startswith("/file") else self.page))


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(monkeypatch)


def pulled(shore: Shore, setting: Fhir) -> gathered.Gathered | None:
    """A pull from the server; None when it was refused, or is to be tried later, with a plain error."""
    shore.world = shore  # type: ignore[attr-defined]
    asked = Asked(shore, shore.source, Gathering(shore.zones, shore.source.zone, "pull"), "", address=setting.url)  # type: ignore[arg-type]
    try:
        return export(asked, setting) if setting.way == "export" else search(asked, setting)
    except DujiangError as trouble:
        assert "SECRET" not in trouble.en + trouble.zh
        return None
    finally:
        shore.zones.delete(shore.source.zone, "state/export")


@pytest.mark.parametrize("count", [25, pytest.param(900, marks=SLOW)])
def test_a_damaged_manifest_or_file_of_an_export_ends_in_a_delivery_or_a_plain_error(serving: Serving, shore_here: Shore, count: int) -> None:
    manifest = json.dumps({
        "transactionTime": "2026-01-01T00:00:00Z", "output": [{"type": "Patient", "url": "http://server/file/1", "count": 3}, {"type": "X", "url": "http://other:80/file/2"}],
        "deleted": [{"type": "Bundle", "url": "http://server/file/3"}], "error": [{"url": "http://server/file/4"}],
    }).encode()
    deleted = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": "Patient/p1"}}]}).encode()
    setting, found = Fhir(url="http://server", types=("Patient",)), 0
    for one, file in zip(damaged([manifest, *logs()], count, 8), damaged([deleted, *ndjson()], count, 9), strict=True):
        serving.manifest, serving.file = one, file
        pulled(shore_here, setting)
        serving.manifest = manifest  # and a damaged file of a whole manifest
        found += pulled(shore_here, setting) is not None
        list(tombstones(iter([file])))
    assert found == count


@pytest.mark.parametrize("count", [25, pytest.param(900, marks=SLOW)])
def test_a_damaged_page_of_a_search_ends_in_a_delivery_or_a_plain_error(serving: Serving, shore_here: Shore, count: int) -> None:
    page = json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 2, "link": [{"relation": "self", "url": "http://server/Patient"}],
                       "entry": [{"resource": {"resourceType": "Patient", "id": f"p{n}", "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}}} for n in range(2)]}).encode()
    setting = Fhir(url="http://server", types=("Patient",), way="search")
    for one in damaged([page, page.replace(b'"self"', b'"next"')], count, 10):
        serving.page = one
        pulled(shore_here, setting)


@pytest.mark.parametrize("link", ["http://[", "http://server:99999999/x", "\thttp://server/x", "ftp://server/x", "http://\ud800/"])
def test_an_address_that_is_none_is_a_missing_file_or_a_plain_error(serving: Serving, shore_here: Shore, link: str) -> None:
    serving.manifest = json.dumps({"transactionTime": "2026", "output": [{"type": "Patient", "url": link}]}).encode()
    whole = pulled(shore_here, Fhir(url="http://server", types=("Patient",)))
    assert whole is None or whole.files == ()
    serving.page = json.dumps({"resourceType": "Bundle", "entry": [], "link": [{"relation": "next", "url": link}]}).encode()
    assert pulled(shore_here, Fhir(url="http://server", types=("Patient",), way="search")) is None


@pytest.fixture
def shore_here(new_shore: Callable[[], Shore]) -> Shore:
    return new_shore()


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=SLOW)])
def test_a_listener_that_hears_damaged_frames_goes_on_taking_whole_messages(node: Node, count: int) -> None:
    source = node.source(setting=Hl7(port=0, cut=Bounds(messages=1)))
    node.keeper.round()
    port: Any = node.keeper._listeners[source.id][1].port  # type: ignore[attr-defined]
    for n, data in enumerate(damaged([b"".join(map(framed, LANDED[:4]))], count, 11)):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as rough:
            rough.sendall(data)
        if n % 10 == 0:
            with Sender(port) as sender:
                assert sender.ask(admission(n)) == "AA"
    while node.status(source)["waiting"] or node.world.blobs.names(source.zone, "gathered"):
        node.step()
    kept = "".join(body for a in node.arrivals(source) for kind, _, body in node.records(a) if kind == "Patient")
    assert [n for n in range(0, count, 10) if f"P{n:06d}" not in kept] == []


def said(client: Callable[[int], object]) -> bytes:
    """What a client says first, to a listener that answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        threading.Thread(target=client, args=(deaf.getsockname()[1],), daemon=True).start()
        peer, _ = deaf.accept()
        with peer:
            return peer.recv(PIECE)


@SLOW
@pytest.mark.filterwarnings("ignore:Invalid value for VR UI", "ignore::pytest.PytestUnhandledThreadExceptionWarning")  # pynetdicom's own threads
@pytest.mark.parametrize("count", [15, 150])
def test_an_image_receiver_that_hears_damaged_associations_goes_on_taking_images(node: Node, count: int) -> None:
    pytest.importorskip("pynetdicom", reason="pynetdicom is not installed")
    from sources.test_sources_dicom import associated, image

    def asks(port: int) -> None:
        with associated(port):
            pass

    port = free_port()
    source = node.source("PACS", setting=Dicom(port=port, cut=Bounds(messages=1)))
    node.keeper.round()
    for data in damaged([said(asks)], count, 12):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as rough:
            rough.sendall(data)

    def stores(number: int) -> bool:
        with associated(port) as association:
            return bool(association.is_established and association.send_c_store(image(number)).Status == 0)

    for n in range(1, 3):
        until(partial(stores, n), 30)
    assert node.status(source)["doing"] == "listening"
