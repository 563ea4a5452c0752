"""Killed for real, again and again, while a hospital sends: what was acknowledged is there, what was sent again is there once."""

import contextlib
import random
from pathlib import Path

import pytest

from doors.doors_processes import Party
from dujiang.act import Job
from dujiang.collect.connections import Hl7
from dujiang.collect.spool import Bounds
from sources.sources_hl7 import Sender, admission, code
from sources.sources_node import free_port, opened, until


def connect(port: int) -> Sender | None:
    with contextlib.suppress(OSError):
        return Sender(port)
    return None


def sent(port: int, numbers: list[int], most: int) -> int:
    """Send messages in order as an interface does, one after the other's answer, up to `most`; how many were acknowledged."""
    done = 0
    with until(lambda: connect(port), 60) as sender, contextlib.suppress(OSError):
        for number in numbers[:most]:
            sender.send(admission(number))
            if code(sender.answer()) != "AA":
                break
            done += 1
    return done


@pytest.mark.slow
@pytest.mark.parametrize(("kills", "messages"), [(1, 40), (8, 400)])
def test_a_node_killed_while_messages_come_loses_none_and_doubles_none(tmp_path: Path, kills: int, messages: int) -> None:
    port, folder, chance = free_port(), tmp_path / "node", random.Random(7)
    with opened(folder) as node:
        source = node.source(setting=Hl7(port=port, cut=Bounds(messages=7, seconds=1)))
    waiting = list(range(messages))
    party = Party(folder, "node")
    for _ in range(kills):
        party.start()
        done = sent(port, waiting, chance.randrange(5, messages // kills))
        with connect(port) or contextlib.nullcontext() as sender:  # and one whose answer is never heard
            if sender is not None:
                sender.send(admission(waiting[done]))
        party.kill()
        waiting = waiting[done:]
    party.start()
    assert sent(port, waiting, messages) == len(waiting)
    party.kill()
    with opened(folder) as node:
        node.keeper.round()
        until(lambda: node.status(source)["doing"] == "listening")
        node.keeper._listeners[source.id][1].spool.bounds = Bounds(messages=1)
        for _ in range(3):
            node.step()
        assert [j.trouble for j in node.world.tables.all(Job) if j.state == "failed"] == []
        assert sum(a.by_kind["Patient"] for a in node.arrivals(source)) == messages
        keys = {key for a in node.arrivals(source) for kind, key, _ in node.records(a) if kind.startswith("Patient")}
        assert len(keys) == messages
        assert node.world.blobs.names(source.zone, "spool/waiting") == node.world.blobs.names(source.zone, "gathered") == []
