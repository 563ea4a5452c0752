"""The demo's story, act by act. Every call carries a key of its own, so telling it again after any interruption goes on where it was."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dujiang.doors.client import Client
from dujiang.doors.demo import cast, forms
from dujiang.doors.demo.cast import HOSPITALS, Hospital
from dujiang.doors.demo.found import STEWARD, write_whole
from dujiang.errors import Conflict, DujiangError, Refused, Unavailable
from dujiang.ledger.export import write_log

LOOK = 0.02
PATIENCE = 90.0
Tell = Callable[[str, str, float], None]  # step, party, share done


@dataclass
class Story:
    """What is known so far; every method is one chapter and can be told again."""

    work: Path
    source: Path
    consent: str
    tokens: dict[str, dict[str, str]]
    tell: Tell
    begun: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    request: str = ""
    clients: dict[tuple[str, str], Client] = field(default_factory=dict)

    def _client(self, party: str, label: str) -> Client:
        return self.clients.setdefault((party, label), Client(self.work / party, self.tokens[party][label]))

    def hub(self, label: str) -> Client:
        return self._client("hub", label)

    def node(self, hospital: Hospital) -> Client:
        return self._client(hospital.id, STEWARD)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.timings[step] = round(time.monotonic() - begun, 3)

    def everywhere(self, step: str, chapter: Callable[[Hospital, Client], Any]) -> dict[str, Any]:
        """One chapter at all hospitals at once."""
        with self.timed(step), ThreadPoolExecutor(len(HOSPITALS)) as pool:
            told = {h.id: pool.submit(chapter, h, self.node(h)) for h in HOSPITALS}
            return {party: work.result() for party, work in told.items()}

    def work_through(self, step: str, hospital: Hospital, client: Client, job: dict[str, Any]) -> None:
        """Wait for a job with its progress."""
        client.finish(job["job"], lambda done, total: self.tell(step, hospital.id, done / max(total, 1)))
        self.tell(step, hospital.id, 1.0)

    def meet(self) -> None:
        """Stewards compare one another's keys and admit their peers; one of them founds the persons' key."""
        peers = {h.id: wait_for(partial(self._me, h)) for h in HOSPITALS}
        for hospital in HOSPITALS:
            client = self.node(hospital)
            for other in HOSPITALS:
                if other.id != hospital.id:
                    me = peers[other.id]
                    args = {"party": other.id, "name": me["name"], "vkey": me["vkey"], "seal": me["seal"]}
                    client.do("party.admit", args, key=f"admit:{other.id}")
        self.node(HOSPITALS[0]).do("persons.found", key="found")
        for hospital in HOSPITALS:
            wait_for(partial(self._holds_key, hospital))

    def _holds_key(self, hospital: Hospital) -> bool:
        return bool(self.node(hospital).look("persons.key")["held"])

    def _me(self, hospital: Hospital) -> dict[str, Any] | None:
        """A hospital's own keys, read at its own node, once it has joined."""
        found = self.node(hospital).look("party.list")
        joined = any(p["id"] == "hub" for p in found)
        return next((p for p in found if p["id"] == hospital.id), None) if joined else None

    def land(self, hospital: Hospital, client: Client) -> None:
        opened = client.do("source.open", {"name": "his", "region": hospital.region}, key="open")
        place = str((self.source / hospital.id).resolve())
        job = client.do("arrival.land", {"source": opened["source"], "place": place}, key="land")
        self.work_through("land", hospital, client, job)

    def standardise(self, hospital: Hospital, client: Client) -> None:
        zone = client.look("source.list")[0]["zone"]
        self.work_through("standardise", hospital, client, client.do("snapshot.make", {"zone": zone}, key="standardise"))

    def identify(self, hospital: Hospital, client: Client) -> None:
        self.work_through("identify", hospital, client, client.do("persons.index", key="identify"))

    def assess(self, hospital: Hospital, client: Client) -> None:
        name = {"en": f"{hospital.name.en}: standard tables", "zh": f"{hospital.name.zh}标准表"}
        asset = client.do("asset.draft", {"name": name}, key="draft")["asset"]
        self.assets[hospital.id] = asset
        self.work_through("assess", hospital, client, client.do("asset.assess", {"id": asset}, key="assess"))

    def register(self, hospital: Hospital, client: Client) -> None:
        asset = self.assets[hospital.id]
        proposed = next(a for a in client.look("asset.list") if a["id"] == asset)["grade"]
        client.do("asset.grade", {"id": asset, "grade": proposed}, key="grade")
        self.work_through("register", hospital, client, client.do("asset.register", {"id": asset}, key="register"))
        # Real exports break conventions; the steward answers for them by name, and the account says so.
        if broken := client.look("asset.verdict", id=asset)["verdict"]["to_sign"]:
            client.do("asset.sign_off", {"id": asset, "checks": broken, "reason": cast.SIGNED_BECAUSE}, key="sign")
        client.do("asset.publish", {"id": asset}, key="publish")

    def gather(self, hospital: Hospital, client: Client) -> None:
        """The consent forms the hospital holds come into force."""
        patients = [p["patient"] for p in client.look("person.list")]
        given = forms.forms_for(hospital.id, patients, source=self.source, consent=self.consent)
        client.do("consent.gather", {"forms": given}, key="gather")

    def apply(self) -> None:
        """The applicant asks; steward, privacy officer and ethics committee decide; each holder signs."""
        applicant = self.hub("applicant")
        wait_for(lambda: {o["id"] for o in applicant.look("offer.list")} >= set(self.assets.values()))
        draft = {
            "title": cast.TITLE.en, "why": "To compare blood pressure control between hospitals.", "purpose": cast.PURPOSE,
            "offers": sorted(self.assets.values()), "columns": list(cast.COLUMNS), "methods": list(cast.METHODS), "runs": 20,
        }
        self.request = applicant.do("request.draft", draft, key="request")["request"]
        applicant.do("request.submit", {"id": self.request}, key="submit")
        self.hub(cast.STEWARD.label).do("request.accept", {"id": self.request, "reason": "complete"}, key="accept")
        for post in cast.REVIEWERS:
            vote = {"id": self.request, "vote": "approve", "reason": "purpose and columns fit; aggregates only"}
            self.hub(post.label).do("request.review", vote, key=f"review:{post.label}")
        for hospital in HOSPITALS:
            client = self.node(hospital)
            permit = wait_for(partial(self._permit, client))
            client.do("permit.agree", {"id": permit["id"]}, key="agree")
        wait_for(lambda: self._active(applicant))

    def _permit(self, client: Client) -> dict[str, Any] | None:
        return next((p for p in client.look("permit.list") if p["terms"]["request"] == self.request), None)

    def _active(self, applicant: Client) -> bool:
        mine = [p for p in applicant.look("permit.list") if p["terms"]["request"] == self.request]
        held = [p for h in HOSPITALS for p in [self._permit(self.node(h))] if p and p["state"] == "active"]
        return len(held) == len(HOSPITALS) and all(p["state"] == "active" for p in mine)

    def answer(self, which: str) -> dict[str, Any]:
        """Ask the question; two checkers look; the released answer."""
        applicant = self.hub("applicant")
        task = applicant.do("task.submit", {"request": self.request, "query": cast.question()}, key=f"task:{which}")["task"]
        release = "r" + task[1:]
        wait_for(lambda: self._checked_in(applicant, task, release))
        for post in cast.CHECKERS:
            checker = self.hub(post.label)
            seen = checker.look("release.show", id=release)
            vote = {"id": release, "vote": "approve", "reason": "every cell counts enough persons", "sha256": seen["sha256"]}
            checker.do("release.check", vote, key=f"check:{which}")
        return {"task": task, **applicant.look("release.read", id=release)}

    def _checked_in(self, applicant: Client, task: str, release: str) -> bool:
        found = next(t for t in applicant.look("task.list") if t["id"] == task)
        if found["state"] == "failed":
            raise Refused(found["rule"], "The task failed: {why}", "任务失败：{whyzh}", why=found["reason"]["en"], whyzh=found["reason"]["zh"])
        return any(r["id"] == release for r in applicant.look("release.list"))

    def person(self, release: str) -> "Person":
        """Somebody at the first hospital who was counted, with an account of their own and a receipt of use."""
        hospital = HOSPITALS[0]
        client = self.node(hospital)
        for patient in [p["patient"] for p in client.look("person.list")]:
            token = client.do("person.enrol", {"patient": patient}, key=f"enrol:{patient}")["token"]
            person = Person(Client(self.work / hospital.id, token), self.work / "receipts")
            if json.loads(person.receipt(release))["kind"] == "use":
                return person
        raise Conflict("demo.nobody", "Nobody at {id} was counted.", "{id} 无人被计入。", id=hospital.id)

    def settlement(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.hub("auditor").look("statement.list")
        return found

    def export_log(self) -> Path:
        """The whole alliance log as a file anyone can verify."""
        path = self.work / "alliance.log"
        auditor = self.hub("auditor")
        bodies: list[str] = []
        while True:
            part = auditor.look("log.entries", start=len(bodies))
            bodies += part["entries"]
            if len(bodies) >= part["size"]:
                break
        covered = (body.encode() for body in bodies[: size_of(part["checkpoint"])])
        write_whole(path, b"".join(write_log(cast.ORIGIN, [part["checkpoint"]], covered)).decode())
        return path


@dataclass
class Person:
    """A person at their own node."""

    client: Client
    folder: Path

    def receipt(self, release: str) -> str:
        cut: str = wait_for(lambda: self._cut(release))
        return cut

    def _cut(self, release: str) -> str | None:
        try:
            return str(self.client.look("receipt.cut", release=release)["receipt"])
        except Unavailable:
            return None
        except DujiangError as early:
            if early.rule == "release.unknown":  # the notice is still on its way
                return None
            raise

    def keep(self, release: str, name: str) -> Path:
        """The receipt as a file."""
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        write_whole(path, self.receipt(release))
        return path

    def deny(self, key: str) -> None:
        """Say no, and wait until the no has its place in the log: from there on it counts, not from when it was said."""
        given = self.client.do("consent.deny", {"purposes": ["*"]}, key=key)["consents"]
        wait_for(lambda: all(c["index"] >= 0 for c in self.client.look("consent.list") if c["id"] in given))


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


def wait_for(look: Callable[[], Any]) -> Any:
    """What `look` finds, as soon as it finds something."""
    until = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > until:
            raise Unavailable("demo.waiting", "Waited too long for the other side.", "等待对方超时。")
        time.sleep(LOOK)
    return found


