"""Keeps a node's live sources going: starts and stops their listeners, cuts spools, lands what was gathered, asks for what is due."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from dujiang.act import Job, system
from dujiang.collect import gathered, live
from dujiang.collect.connections import Connection, Database, Dicom, Fhir, Hl7, Mqtt, Setting
from dujiang.collect.live import OfGathered, OfSource
from dujiang.collect.sources import Source
from dujiang.collect.spool import CUT, Spool
from dujiang.doors.sources.dicom import DicomListener
from dujiang.doors.sources.mllp import MllpListener
from dujiang.doors.sources.mqtt import MqttListener
from dujiang.errors import DujiangError
from dujiang.gate.jobs import WAITING, Finish
from dujiang.gate.perform import Gate

T = TypeVar("T")
ROUND = 0.5  # seconds between two looks
AGAIN = timedelta(minutes=10)
BACK_OFF = 10  # rounds before a listener that could not start is tried again


class Listener(Protocol):
    """Takes one source's messages into its spool."""

    spool: Spool

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Keeper:
    """One node's live sources, in a thread of its own."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self._world = gate, gate.world
        self._me = system(gate.world.party)
        self._listeners: dict[str, tuple[Connection, Listener]] = {}
        self._failed: dict[str, int] = {}
        self._asked: dict[str, datetime] = {}
        self._again: dict[str, datetime] = {}  # when a failed landing is tried again
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._log = logging.getLogger("dujiang.sources")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._ends.wait(ROUND):
            self.round()
        for source in list(self._listeners):
            self._stop(source)

    def round(self) -> None:
        """One look at every source; what goes wrong with one is told and does not stop the others."""
        wanted = self._safely("", lambda: live.settings_of(self._world)) or {}
        for id in [id for id, (connection, _) in self._listeners.items() if not _same(connection, wanted.get(id))]:
            self._safely(id, partial(self._stop, id))
        for id, connection in wanted.items():
            self._safely(id, partial(self._keep_up, id, connection))
            self._safely(id, partial(self._settle, id))

    def _safely(self, source: str, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except DujiangError as trouble:
            live.STATES[source] = trouble.rule
        except Exception as fault:  # its text could hold a value, so only its type is told
            live.STATES[source] = f"fault.{type(fault).__name__}"
            self._log.error("source %s: %s", source, type(fault).__name__)
        return None

    def _keep_up(self, id: str, connection: Connection) -> None:
        if isinstance(connection.setting, Database | Fhir):
            self._ask(id, connection, connection.setting.every)
        elif id not in self._listeners and self._failed.get(id, 0) <= 0:
            self._failed[id] = BACK_OFF
            listener = self._listener(id, connection)
            listener.start()
            self._listeners[id] = (connection, listener)
        else:
            self._failed[id] = self._failed.get(id, 0) - 1

    def _listener(self, id: str, connection: Connection) -> Listener:
        setting = connection.setting
        now: Callable[[], datetime] = self._world.clock.now
        spool = Spool(self._world, self._world.tables.get(Source, id), ending=_ending(setting), bounds=setting.cut)  # type: ignore[union-attr]

        def tell(state: str) -> None:
            live.STATES[id] = state

        if isinstance(setting, Hl7):
            return MllpListener(spool, setting, now, tell)
        if isinstance(setting, Dicom):
            return DicomListener(spool, setting, tell)
        assert isinstance(setting, Mqtt)
        secret = self._world.keys.get(connection.secret).decode() if connection.secret else ""
        return MqttListener(spool, setting, secret, tell)

    def _ask(self, id: str, connection: Connection, every: int) -> None:
        """A pull when it is time for one."""
        if not every:
            return
        due = datetime.fromisoformat(connection.pulled) + timedelta(seconds=every) if connection.pulled else self._world.clock.now()
        waits = any(job.work == "source.pull" and id.encode() in job.args for job in self._world.tables.all(Job, state="queued"))
        now = self._world.clock.now()
        due = max(due, self._asked[id] + timedelta(seconds=every)) if id in self._asked else due  # one that failed waits its turn too
        if now >= due and not waits:
            self._asked[id] = now
            self._gate.perform(self._me, "source.pull", OfSource(source=id))

    def _settle(self, id: str) -> None:
        """What landed is forgotten, what was cut is landed, and the next cut is made when none is on its way: so a landing that fails fills the spool to its bound."""
        source = self._world.tables.get(Source, id)
        left = [name for name in gathered.waiting(self._world.blobs, source.zone) if not gathered.settle(self._world, source, name)]
        cuts = [name for name in left if name.startswith(f"{CUT}-")]
        listening = self._listeners.get(id)
        if not cuts and listening is not None and listening[1].spool.is_due() and (whole := listening[1].spool.cut()) is not None:
            cuts = [whole.name]
        for name in cuts:
            self._land(id, name)

    def _land(self, id: str, name: str) -> None:
        """Queue the landing of a cut, once. One that failed is told of and tried again: at once the first time, then seldom."""
        queued = self._gate.perform(self._me, "source.land", OfGathered(source=id, gathered=name), key=f"land:{id}:{name}")
        job = self._world.tables.get(Job, msgspec.json.decode(queued)["job"])
        live.LANDING[id] = job.trouble or WAITING.get(job.id, "")
        now = self._world.clock.now()
        if job.state == "failed" and (job.id not in self._again or now >= self._again[job.id]):
            self._again[job.id] = now + AGAIN
            self._gate.perform(self._me, "job.retry", Finish(id=job.id))

    def _stop(self, id: str) -> None:
        _, listener = self._listeners.pop(id)
        listener.stop()
        self._failed.pop(id, None)
        live.STATES[id] = "stopped"


def _same(running: Connection, wanted: Connection | None) -> bool:
    return wanted is not None and (running.setting, running.secret) == (wanted.setting, wanted.secret)


def _ending(setting: Setting) -> str:
    return {Hl7: "hl7", Mqtt: "ndjson", Dicom: "dcm"}[type(setting)]
