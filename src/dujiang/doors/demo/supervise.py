"""The demo's processes: start each party, start it again when it dies, stop them all when the demo ends.

Each party is a process of its own, forked from one that has loaded the program already: four times loading it was a third of the demo.
"""

import json
import multiprocessing
import os
import threading
import time
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path

from dujiang.doors.dial import Dial, Down
from dujiang.doors.serve import run
from dujiang.errors import Unavailable

LOOK = 0.02
PATIENCE = 60.0
NURSERY = multiprocessing.get_context("forkserver")
NURSERY.set_forkserver_preload(["dujiang.doors.demo.supervise"])


class House:
    """One process per party. Somebody else may kill one and start it again by hand; who holds the folder's lock runs it."""

    def __init__(self, folders: dict[str, Path]) -> None:
        ensure_running()  # it loads the program while whoever made the house prepares the folders
        self._folders = folders
        self._children: dict[str, BaseProcess] = {}
        self._ends = threading.Event()
        self._watch = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        for party in self._folders:
            self._begin(party)
        self._watch.start()

    def _begin(self, party: str) -> None:
        child = NURSERY.Process(target=live, args=(self._folders[party],), name=party)
        child.start()
        self._children[party] = child

    def _keep(self) -> None:
        """Begin again what ended by itself. If another process has taken the folder meanwhile, this one leaves at once."""
        while not self._ends.wait(0.2):
            for party, child in list(self._children.items()):
                if not child.is_alive() and not self._ends.is_set() and not answers(self._folders[party]):
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
        """Tell every child to stop, and wait."""
        self._ends.set()
        if self._watch.ident is not None:
            self._watch.join()
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            child.join(timeout=10)
            if child.is_alive():
                child.kill()


def live(folder: Path) -> None:
    """One party's life in its own process: what it says goes to its folder, and it does not outlive whoever started it."""
    log = os.open(folder / "process.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    parent = multiprocessing.parent_process()
    run(folder, until=parent.join if parent is not None else None)


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
