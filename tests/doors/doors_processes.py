"""Hub and nodes as processes of their own on free ports, as an institution runs them; killed, restarted, spoken to over sockets."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dujiang.doors.client import Client
from dujiang.doors.serve import make_hub, make_node
from dujiang.doors.start import Running
from dujiang.words import Saying

ROOT = Path(__file__).parents[2]
ORIGIN = "dujiang.example/test"
PATIENCE = 60.0
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "apps" / "census")))}


@dataclass
class Party:
    """A party's folder, and its process while there is one."""

    folder: Path
    kind: str
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Party":
        with (self.folder / "process.log").open("ab") as log:
            command = [sys.executable, "-m", "dujiang.doors", self.kind, "start", "--dir", str(self.folder), "--with-stdin"]
            self.process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=log, stderr=log)
        until(self.answers)
        return self

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log()
        try:
            return httpx.get(self.url + "/health", trust_env=False).status_code == 200
        except (httpx.HTTPError, OSError, ValueError):
            return False

    @property
    def url(self) -> str:
        told = json.loads((self.folder / "run.json").read_text())
        if self.process is not None and told["pid"] != self.process.pid:
            raise ValueError("the run.json of a process before")
        return str(told["url"])

    def stop(self) -> None:
        """End it as an operator does."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """End it as a power cut does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            assert self.process.stdin is not None
            self.process.stdin.close()
        self.process = None

    def client(self, token: str | None = None) -> Client:
        return Client(self.folder, self.token if token is None else token, patience=20)

    @property
    def token(self) -> str:
        return (self.folder / "keys" / "operator.token").read_text()

    def log(self) -> str:
        return (self.folder / "process.log").read_text()

    def appoint(self, role: str, party: str, label: str = "") -> str:
        return str(self.client().do("account.appoint", {"party": party, "roles": [role], "label": label or role})["token"])

    def entries(self, act: str = "") -> list[dict[str, Any]]:
        """This party's own log, or the entries of one act."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.client().look("log.entries", start=len(found))
            found += [json.loads(e) for e in page["entries"]]
            if len(found) >= page["size"]:
                return [e for e in found if act in ("", e["act"])]

    @contextlib.contextmanager
    def opened(self) -> Iterator[Running]:
        """The folder, opened by this test while no process runs it."""
        running = Running(self.folder)
        try:
            yield running
        finally:
            running.close()


def until(look: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.03)
    return found


def new_hub(folder: Path) -> Party:
    make_hub(folder, origin=ORIGIN, name=Saying(en="Alliance", zh="联盟"))
    return Party(folder, "hub").start()


def invite(hub: Party, party: str) -> str:
    return str(hub.client().do("party.invite", {"party": party, "name": {"en": party, "zh": party}})["invitation"])


def new_node(folder: Path, hub: Party, *, party: str, url: str = "", invitation: str = "") -> Party:
    """A node that has been started; it joins by itself."""
    invitation = invitation or invite(hub, party)
    make_node(folder, party=party, origin=ORIGIN, name=Saying(en=party, zh=party), hub=url or hub.url, invitation=invitation)
    return Party(folder, "node").start()


def joined(node: Party) -> bool:
    return any(p["id"] == "hub" for p in node.client().look("party.list"))


@contextlib.contextmanager
def ended(*parties: Party) -> Iterator[None]:
    """Whatever happens, no process is left behind."""
    try:
        yield
    finally:
        for party in parties:
            party.stop()


def acquainted(one: Party, other: Party) -> tuple[str, str]:
    """Two nodes that admitted each other by the keys their stewards compared; the stewards' tokens."""
    stewards = []
    for mine, theirs in ((one, other), (other, one)):
        token = mine.appoint("steward", name_of(mine))
        peer = next(p for p in theirs.client().look("party.list") if p["id"] == name_of(theirs))
        args = {"party": peer["id"], "name": peer["name"], "vkey": peer["vkey"], "seal": peer["seal"]}
        mine.client(token).do("party.admit", args)
        stewards.append(token)
    return stewards[0], stewards[1]


def name_of(party: Party) -> str:
    return str(json.loads((party.folder / "config.json").read_text())["party"])
