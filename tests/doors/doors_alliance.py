"""A whole alliance with data, made by the demo as a user makes it, and then run as four processes that a test can speak to."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doors.doors_processes import ENVIRONMENT, Party, ended, until
from dujiang.doors.client import Client

HOSPITALS = ("hospital-a", "hospital-b", "hospital-c")


@dataclass
class Alliance:
    """The parties by id, and what the demo told."""

    folder: Path
    parties: dict[str, Party]
    told: dict[str, Any]

    @property
    def hub(self) -> Party:
        return self.parties["hub"]

    def token(self, party: str, label: str) -> str:
        """The token of one of the demo's people."""
        people = json.loads((self.folder / party / "personas.json").read_text())
        return next(str(p["token"]) for p in people if p["label"] == label)

    def client(self, party: str, label: str) -> Client:
        return self.parties[party].client(self.token(party, label))

    def approve(self, request: str) -> None:
        """Every post that reviews says yes, and every hospital signs its permit."""
        self.client("hub", "alliance steward").do("request.accept", {"id": request, "reason": "complete"})
        for post in ("alliance steward", "privacy officer", "ethics committee"):
            self.client("hub", post).do("request.review", {"id": request, "vote": "approve", "reason": "aggregates only"})

    def sign(self, request: str, hospital: str) -> None:
        client = self.client(hospital, "steward")
        permit = until(lambda: next((p for p in client.look("permit.list") if p["terms"]["request"] == request), None))
        client.do("permit.agree", {"id": permit["id"]})

    def check(self, release: str, *, vote: str = "approve") -> None:
        """Both output checkers look and vote; one that rejects is enough to end it."""
        for post in ("first checker", "second checker") if vote == "approve" else ("first checker",):
            checker = self.client("hub", post)
            seen = until(lambda checker=checker: shown(checker, release))
            checker.do("release.check", {"id": release, "vote": vote, "reason": "every cell counts enough persons", "sha256": seen["sha256"]})


def shown(checker: Client, release: str) -> Any:
    there = any(r["id"] == release for r in checker.look("release.list"))
    return checker.look("release.show", id=release) if there else None


@contextmanager
def an_alliance(folder: Path, *, people: int = 700) -> Iterator[Alliance]:
    command = [sys.executable, "-m", "dujiang.doors", "demo", "--dir", str(folder), "--json", str(folder / "out.json"), "--no-serve", "--people", str(people)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    parties = {id: Party(folder / id, "hub" if id == "hub" else "node") for id in ("hub", *HOSPITALS)}
    with ended(*parties.values()):
        for party in parties.values():
            party.start()
        yield Alliance(folder, parties, json.loads((folder / "out.json").read_text()))
