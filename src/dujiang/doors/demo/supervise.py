"""The demo's processes: start each party, start it again when it dies, stop them all when the demo ends."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from dujiang.doors.dial import Dial, Down
from dujiang.errors import Unavailable

LOOK = 0.05
PATIENCE = 60.0


class House:
    """One process per party. Somebody else may kill one and start it again by hand; who holds the folder's lock runs it."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []
        self._ends = threading.Event()
        self._watch = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        for party in self._folders:
            self._begin(party)
        self._watch.start()

    def _begin(self, party: str) -> None:
        folder = self._folders[party]
        kind = "hub" if party == "hub" else "node"
        log = (folder / "process.log").open("ab")
        self._logs.append(log)
        command = [sys.executable, "-m", "dujiang.doors", kind, "start", "--dir", str(folder), "--with-stdin"]
        self._children[party] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)

    def _keep(self) -> None:
        """Begin again what ended by itself. If another process has taken the folder meanwhile, this one leaves at once."""
        while not self._ends.wait(0.2):
            for party, child in list(self._children.items()):
                if child.poll() is not None and not self._ends.is_set() and not answers(self._folders[party]):
                    self._begin(party)

    def wait(self, party: str) -> str:
        """The party's address, once it answers."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if url := answers(self._folders[party]):
                return url
            time.sleep(LOOK)
        raise Unavailable("demo.party", "{party} does not start; see process.log in its folder.", "{party} 未能启动，请查看其目录中的 process.log。", party=party)

    def stop(self) -> None:
        """Close every child's standard input, which tells it to stop, and wait."""
        self._ends.set()
        for child in self._children.values():
            if child.stdin is not None:
                child.stdin.close()
        for child in self._children.values():
            try:
                child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                child.kill()
        for log in self._logs:
            log.close()


def told(folder: Path) -> dict[str, object]:
    """What a running party told about itself; empty when it is not running."""
    try:
        found: dict[str, object] = json.loads((folder / "run.json").read_text())
        os.kill(int(str(found["pid"])), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return found


def answers(folder: Path) -> str:
    """The party's address if it answers, else nothing."""
    if not (found := told(folder)):
        return ""
    dial = Dial(str(found["url"]), timeout=2)
    try:
        up = dial.get("/health").body
    except Down:
        return ""
    finally:
        dial.close()
    return str(found["url"]) if isinstance(up, dict) and up.get("party") == found["party"] else ""
