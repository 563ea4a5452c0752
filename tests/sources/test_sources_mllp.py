"""HL7 over MLLP: acknowledged means safe, again changes nothing, broken is set aside, and nobody can hold up the others."""

import contextlib
import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.collect import live
from dujiang.collect.connections import Hl7
from dujiang.collect.sources import Source
from dujiang.collect.spool import Bounds
from dujiang.doors.sources import mllp
from dujiang.doors.sources.mllp import later
from dujiang.store import sealed
from sources.sources_hl7 import Sender, admission, code, control
from sources.sources_node import Node, free_port, opened, until


def listening(node: Node, *, cut: Bounds | None = None, **options: Any) -> tuple[Source, int]:
    port = free_port()
    source = node.source(setting=Hl7(port=port, cut=cut or Bounds(messages=1, seconds=3600), **options))
    node.keeper.round()
    until(lambda: node.status(source)["doing"] == "listening")
    return source, port


def test_messages_are_acknowledged_landed_in_order_and_then_forgotten_by_the_spool(node: Node) -> None:
    source, port = listening(node)
    with Sender(port) as sender:
        sender.send(*(admission(n) for n in range(20)))
        assert [control(sender.answer()) for _ in range(20)] == [f"M{n:06d}" for n in range(20)]
    node.step()
    (arrival,) = node.arrivals(source)
    assert arrival.by_kind["Patient"] == 20 and arrival.files[0].form == "hl7v2"
    assert node.world.blobs.names(source.zone, "spool/waiting") == node.world.blobs.names(source.zone, "gathered") == []
    said = node.status(source)
    assert (said["by"], said["connection"], said["waiting"], said["arrivals"], said["records"]) == ("hl7", "connected", 0, 1, arrival.records)
    assert said["error_rate"] == "0.000000" and said["lag_seconds"] < 60 and len(said["fingerprint"]) == 16


def test_a_message_sent_again_is_acknowledged_again_and_kept_once_even_after_it_landed_and_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path / "node") as node:
        source, port = listening(node)
        with Sender(port) as sender:
            assert [sender.ask(admission(1)), sender.ask(admission(1)), sender.ask(admission(2))] == ["AA"] * 3
        node.step()
        with Sender(port) as sender:
            assert sender.ask(admission(1)) == "AA"
        node.step()
        assert [a.by_kind["Patient"] for a in node.arrivals(source)] == [2]
    with opened(tmp_path / "node") as node:
        node.keeper.round()
        until(lambda: node.status(source)["doing"] == "listening")
        with Sender(port) as sender:
            assert sender.ask(admission(2)) == "AA"
        node.step()
        assert len(node.arrivals(source)) == 1


def test_what_is_broken_is_answered_so_set_aside_and_takes_nothing_with_it(node: Node) -> None:
    source, port = listening(node)
    with Sender(port) as sender:
        assert [sender.ask(admission(1)), sender.ask(b"no message"), sender.ask(admission(2))] == ["AA", "AR", "AA"]
    node.step()
    (arrival,) = node.arrivals(source)
    assert arrival.by_kind["Patient"] == 2 and arrival.quarantined == 1


def test_nothing_is_acknowledged_when_the_spool_is_full_and_everything_when_there_is_room_again(node: Node) -> None:
    source, port = listening(node, cut=Bounds(messages=100, seconds=3600, most_messages=2))
    with Sender(port) as sender:
        assert [sender.ask(admission(n)) for n in range(3)] == ["AA", "AA", "AR"]
        assert node.status(source)["doing"] == "spool.full"
        node.keeper._listeners[source.id][1].spool.bounds = Bounds(messages=1, most_messages=2)
        node.step()
        assert sender.ask(admission(2)) == "AA"
    node.step()
    assert sum(a.by_kind["Patient"] for a in node.arrivals(source)) == 3


@contextlib.contextmanager
def a_full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No sync succeeds, as on a disk without room."""

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(sealed.os, "fsync", full)
        yield


def test_on_a_full_disk_a_message_is_refused_for_now_nothing_of_it_stays_and_it_is_taken_when_there_is_room(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    source, port = listening(node)
    with Sender(port) as sender:
        assert sender.ask(admission(1)) == "AA"
        with a_full_disk(monkeypatch):
            assert sender.ask(admission(2)) == "AR"
            assert node.status(source)["doing"] == "store.full"
        left = [p for p in (node.running.folder / "zones" / source.zone).rglob(".*") if p.is_file()]
        assert left == []
        assert sender.ask(admission(2)) == "AA"
    assert node.status(source)["doing"] == "listening"
    node.step()
    assert sum(a.by_kind["Patient"] for a in node.arrivals(source)) == 2


def test_a_landing_on_a_full_disk_waits_and_ends_as_if_nothing_had_been(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    source, port = listening(node)
    with Sender(port) as sender:
        assert sender.ask(admission(1)) == "AA"
    node.keeper.round()
    with a_full_disk(monkeypatch):
        assert node.work() == [False]
    assert node.work() == [True]
    assert [a.by_kind["Patient"] for a in node.arrivals(source)] == [1]


def test_a_landing_that_broke_is_told_of_and_tried_again_by_itself(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    source, port = listening(node)
    with Sender(port) as sender:
        assert sender.ask(admission(1)) == "AA"
    node.keeper.round()
    with monkeypatch.context() as patched:
        patched.setattr(live, "land", lambda *args: 1 / 0)
        node.work()
    node.keeper.round()
    assert node.status(source)["landing"] == "fault.ZeroDivisionError"
    node.step()
    assert [a.by_kind["Patient"] for a in node.arrivals(source)] == [1]


def test_a_peer_that_never_ends_its_message_is_cut_off_and_the_others_go_on(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "MESSAGE_SECONDS", 0.3)
    _, port = listening(node)
    with Sender(port) as slow, Sender(port) as other:
        slow.socket.sendall(b"\x0bMSH|")
        assert other.ask(admission(1)) == "AA"
        assert slow.answer() == b""
        assert other.ask(admission(2)) == "AA"


def test_unfinished_messages_of_all_peers_together_are_bounded(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "MOST_HELD", 1 << 20)
    _, port = listening(node)
    with Sender(port) as greedy, Sender(port) as other:
        with contextlib.suppress(OSError):
            greedy.socket.sendall(b"\x0b" + b"x" * (4 << 20))
        with contextlib.suppress(OSError):
            assert greedy.answer() == b""
        assert other.ask(admission(1)) == "AA"


def test_there_are_no_more_connections_than_the_setting_allows(node: Node) -> None:
    _, port = listening(node, most_connections=1)
    with Sender(port) as first:
        assert first.ask(admission(1)) == "AA"
        with Sender(port) as second, contextlib.suppress(OSError):
            second.send(admission(2))
            assert second.answer() == b""
        assert first.ask(admission(3)) == "AA"


def test_many_senders_at_once_lose_and_double_nothing(node: Node) -> None:
    source, port = listening(node)
    codes: list[str] = []

    def send(first: int) -> None:
        with Sender(port) as sender:
            sender.send(*(admission(n) for n in range(first, first + 25)))
            codes.extend(code(sender.answer()) for _ in range(25))

    threads = [threading.Thread(target=send, args=(first,)) for first in range(0, 200, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["AA"] * 200
    node.step()
    assert sum(a.by_kind["Patient"] for a in node.arrivals(source)) == 200


def test_a_source_that_is_disconnected_listens_no_more(node: Node) -> None:
    source, port = listening(node)
    node.do("connection.disconnect", id=source.id)
    node.keeper.round()
    with pytest.raises(OSError):
        Sender(port)


def test_a_port_that_is_taken_is_said_plainly_and_stops_no_other_source(node: Node) -> None:
    _, port = listening(node)
    second = node.source("LIS", setting=Hl7(port=port))
    node.keeper.round()
    assert node.status(second)["doing"] == "port.taken"
    with Sender(port) as sender:
        assert sender.ask(admission(1)) == "AA"


def test_the_refusal_for_now_keeps_the_mode_and_the_number_and_says_nothing_of_the_patient() -> None:
    assert later(b"MSH|^~\\&|A\rMSA|CA|77\rERR||PID\r") == b"MSH|^~\\&|A\rMSA|CR|77|Try again later\r"
    assert later(b"") is None
