"""Killed for real, again and again, while a hospital sends: what was acknowledged is there, what was sent again is there once."""

import contextlib
import random
from pathlib import Path

import pytest

from doors.doors_processes import Party, ended
from dujiang.act import Job
from dujiang.collect import live
from dujiang.collect.connections import Hl7
from dujiang.collect.sources import Source
from dujiang.collect.spool import Bounds
from dujiang.gate.jobs import WAITING
from dujiang.store.zones import Zones
from sources.sources_hl7 import Sender, admission, code
from sources.sources_node import Node, free_port, opened, until


def connect(port: int) -> Sender | None:
    """A connection to the node; a port nobody listens on can connect to itself, which is none."""
    with contextlib.suppress(OSError):
        sender = Sender(port)
        if sender.socket.getsockname() != sender.socket.getpeername():
            return sender
        sender.socket.close()
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


def found_out(node: Node, source: Source) -> str:
    """What there is to know when messages are missing: open jobs, what waits, what is gathered, what arrived and what was set aside."""
    blobs, zone, arrivals = node.world.blobs, source.zone, node.arrivals(source)
    return "\n".join((
        f"jobs {[(j.id, j.work, j.state, j.trouble, j.args) for j in node.world.tables.all(Job) if j.state != 'done']} waiting for {WAITING}",
        f"listener {live.STATES} landing {live.LANDING}",
        f"segments {len(blobs.names(zone, 'spool/waiting'))} seen {blobs.names(zone, 'spool/seen')} gathered {blobs.names(zone, 'gathered')}",
        f"arrivals {[(a.id, [f.name for f in a.files], a.by_kind, a.by_rule) for a in arrivals]}",
        f"set aside {[row for a in arrivals for row in node.quarantine(a)]}",
    ))


def at_rest(node: Node, source: Source) -> bool:
    """Whether nothing waits to be landed and no job is open; a step nearer to that when it is not."""
    blobs, zone = node.world.blobs, source.zone
    if not blobs.names(zone, "spool/waiting") and not blobs.names(zone, "gathered") and all(j.state == "done" for j in node.world.tables.all(Job)):
        return True
    node.step()
    return False


def landed_once(node: Node, source: Source, messages: int) -> None:
    """Everything ashore, each message once."""
    node.keeper.round()
    until(lambda: node.status(source)["doing"] == "listening")
    node.keeper._listeners[source.id][1].spool.bounds = Bounds(messages=1)
    with contextlib.suppress(AssertionError):
        until(lambda: at_rest(node, source))
    assert at_rest(node, source), found_out(node, source)
    patients = [key for a in node.arrivals(source) for kind, key, _ in node.records(a) if kind == "Patient"]
    assert sum(a.by_kind["Patient"] for a in node.arrivals(source)) == messages, found_out(node, source)
    assert len(set(patients)) == len(patients) == messages, found_out(node, source)


@pytest.mark.slow
@pytest.mark.parametrize(("kills", "messages"), [(1, 40), (8, 400)])
def test_a_node_killed_while_messages_come_loses_none_and_doubles_none(tmp_path: Path, kills: int, messages: int) -> None:
    port, folder, chance = free_port(), tmp_path / "node", random.Random(7)
    with opened(folder) as node:
        source = node.source(setting=Hl7(port=port, cut=Bounds(messages=7, seconds=1)))
    waiting = list(range(messages))
    party = Party(folder, "node")
    with ended(party):
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
        landed_once(node, source, messages)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("table", [1, 2])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_node_killed_before_a_table_of_its_landing_has_its_name_lands_it_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: int, restarted: bool
) -> None:
    """The fault by which acknowledged messages waited for ever: each later landing broke at the unnamed table."""
    names, real = iter(range(1, 100)), Zones.rename

    def dies(zones: Zones, *args: str) -> None:
        if next(names) == table:
            raise Killed
        real(zones, *args)

    with contextlib.ExitStack() as open_:
        node = open_.enter_context(opened(tmp_path / "node"))
        source = node.source(setting=Hl7(port=0, cut=Bounds(messages=3, seconds=1)))
        node.keeper.round()
        listener = node.keeper._listeners[source.id][1]
        with Sender(listener.port) as sender:  # type: ignore[attr-defined]
            assert [sender.ask(admission(n)) for n in range(5)] == ["AA"] * 5
        monkeypatch.setattr(Zones, "rename", dies)
        with pytest.raises(Killed):
            node.step()
        if restarted:
            open_.pop_all().close()
            node = open_.enter_context(opened(tmp_path / "node"))
        landed_once(node, source, 5)
