"""A hub and its nodes in one process: real stores, keys, gates and sealed tables; a test carries the letters from post to post by hand."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from compute.compute_node import FEMALE, MALE, PERSON, Rows, code, columns_of, event_row, handle_of, person_row, save, save_index
from dujiang.act import HUB, HUB_ID, NODE, Actor, Job, system
from dujiang.compute import reference
from dujiang.compute.guard import Order
from dujiang.compute.masks import ring_for, unmask_sum
from dujiang.compute.ordering import Submit
from dujiang.compute.query import BySex, Events, Has, Query
from dujiang.compute.tasks import Answered, Run, Task
from dujiang.consent.acts import Commit, Follow, Item
from dujiang.consent.consents import Consent, Terms, consent
from dujiang.doors.start import PartyWorld, make_keys
from dujiang.gate.acts import ACTS, WORKS
from dujiang.gate.bench import signing_key
from dujiang.gate.jobs import Worker
from dujiang.gate.perform import Gate
from dujiang.gate.post import Post, Taken
from dujiang.ledger.note import SigningKey
from dujiang.register.assets import ASSET_ZONE, Asset, AssetTable
from dujiang.register.offers import Offer
from dujiang.release.outputs import Release
from dujiang.request.permits import Permit, PermitTerms
from dujiang.request.requests import Request
from dujiang.words import HEALTH_RESEARCH, Grade, Party, Role, Saying, Thing
from dujiang.world import Letter

ORIGIN = "alliance.example"
APPLICANT = Actor(id="u-applicant", party="university", roles=frozenset({Role.APPLICANT}))
CODES = (code("SNOMED|38341003"),)
SYSTOLIC = (code("LOINC|8480-6"),)
METHODS = ("count", "mean", "sum", "variance")
# Persons with hypertension by sex, and their systolic readings.
QUERY = Query(
    cohort=Has(table="condition_occurrence", codes=CODES), by=(BySex(),), of=Events(codes=SYSTOLIC), measures=("persons", "events", "mean", "sd"),
)
COLUMNS = tuple(sorted(QUERY.columns()))


def people_of(party: str, many: int = 14) -> Rows:
    """A hospital's rows: persons of both sexes, all with hypertension, with one to three readings each; one person more who is healthy.

    The person `shared` is known at every hospital.
    """
    names = [f"{party}-{n}" for n in range(many - 1)] + ["shared"]
    persons = [person_row(n, FEMALE if n % 2 else MALE) for n in range(many)] + [person_row(many)]
    index = {**dict(enumerate(names)), many: f"{party}-healthy"}
    sick = [event_row("condition_occurrence", n, "SNOMED|38341003") for n in range(many)]
    readings = [
        event_row("measurement", n, "LOINC|8480-6", value=Decimal(110 + 7 * n + 3 * k) + Decimal(len(party)) / 10) for n in range(many) for k in range(1 + n % 3)
    ]
    return Rows(persons, index, {"condition_occurrence": sick, "measurement": readings})


def content_of(party: str) -> str:
    return hashlib.sha256(party.encode()).hexdigest()


class Seat:
    """One party."""

    def __init__(self, folder: Path, party: str) -> None:
        folder.mkdir()
        self.party = party
        self.world = PartyWorld(folder, party, f"sqlite:///{folder / 'control.db'}")
        self.gate = Gate(self.world, HUB if party == HUB_ID else NODE, ACTS)
        self.post = Post(self.gate)
        self.worker = Worker(self.gate, WORKS)
        origin = ORIGIN if party == HUB_ID else f"{ORIGIN}/{party}"
        vkey, seal = make_keys(self.world, origin)
        log = SigningKey.from_seed(origin, self.world.keys.get("log")).verifying.text
        self.me = Party(id=party, state="joined", name=Saying(en=party, zh=party), vkey=vkey, seal=seal, log=log)
        self.keep(self.me)

    def keep(self, *things: Thing) -> None:
        with self.world.transaction() as tx:
            for thing in things:
                tx.put(thing)

    def do(self, actor: Actor, act: str, args: Any) -> Any:
        return json.loads(self.gate.perform(actor, act, args))

    def jobs(self) -> list[Job]:
        return self.world.tables.all(Job, state="queued")

    def work(self) -> None:
        """Every queued job once."""
        for job in self.jobs():
            self.worker.run_one(job)

    def run(self, task: str) -> Run:
        return self.world.tables.get(Run, task)

    def as_hub(self) -> Actor:
        """The hub as this party sees it in a letter."""
        return Actor(id=HUB_ID, party=HUB_ID, roles=frozenset({Role.PARTY}))


class Alliance:
    """Hospitals `a`, `b`, `c` and the hub; every person of `people_of` permits everything, but for those a test leaves out."""

    def __init__(self, folder: Path, rows: Mapping[str, Rows], *, runs: int = 5, silent: tuple[str, ...] = ()) -> None:
        self.rows = rows
        self.hub = Seat(folder / HUB_ID, HUB_ID)
        self.nodes = {name: Seat(folder / name, name) for name in rows}
        self._read = dict.fromkeys(rows, 0)
        self._meet()
        for node in self.nodes.values():
            self._found(node, rows[node.party], runs)
            self.permit(node, {p for p in rows[node.party].index.values() if p not in silent})
        self.hub.keep(Request(
            id="q-1", state="approved", applicant=APPLICANT.id, party=APPLICANT.party, title="t", why="w", purpose=HEALTH_RESEARCH,
            offers=tuple(f"as-{n}" for n in rows), columns=COLUMNS, methods=METHODS, runs=runs, until="2999-12-31", grade=Grade.USABLE_NOT_VISIBLE,
        ))
        self.settle()

    def _meet(self) -> None:
        for node in self.nodes.values():
            self.hub.keep(node.me)
            peers = [self.hub.me, *(peer.me for peer in self.nodes.values() if peer is not node)]
            node.keep(*(peer.with_(state="admitted") for peer in peers))
            node.world.keys.put("persons", b"the key that all nodes share....")

    def _found(self, node: Seat, rows: Rows, runs: int) -> None:
        """A published asset version over the rows, and the permit for it that both sides hold."""
        id = f"as-{node.party}"
        with node.world.frames() as frames:
            save_index(frames, ("zone-identity", f"index/i-{node.party}.parquet"), rows)  # type: ignore[arg-type]
            shapes = {"person": PERSON, **{t: columns_of(t) for t in ("condition_occurrence", "measurement")}}
            for table, columns in shapes.items():
                found = rows.persons if table == "person" else rows.events.get(table, [])
                save(frames, (ASSET_ZONE, f"{id}/{table}.parquet"), columns, found)  # type: ignore[arg-type]
        tables = tuple(AssetTable(name=t, file=f"{id}/{t}.parquet", rows=0, hash="", columns=tuple(c)) for t, c in shapes.items())
        name = Saying(en=id, zh=id)
        node.keep(Asset(id=id, state="published", name=name, snapshots=("s",), index=f"i-{node.party}", tables=tables, content=content_of(node.party)))
        self.hub.keep(Offer(
            id=id, state="published", holder=node.party, name=name, content=content_of(node.party), grade=Grade.USABLE_NOT_VISIBLE, persons=0, rows={},
            columns=COLUMNS, quality=90, right="rt",
        ))
        terms = PermitTerms(
            id=f"k-{node.party}", request="q-1", holder=node.party, offer=id, recipient=APPLICANT.party, applicant=APPLICANT.id, purpose=HEALTH_RESEARCH,
            columns=COLUMNS, methods=METHODS, runs=runs, until="2999-12-31", grade=Grade.USABLE_NOT_VISIBLE, commercial=False,
        )
        signature = base64.b64encode(signing_key(node.world, "party").sign_bytes(terms.signed_bytes())).decode()
        permit = Permit(id=terms.id, state="active", terms=terms, signature=signature)
        node.keep(permit)
        self.hub.keep(permit)

    def permit(self, node: Seat, persons: set[str], *, heard_by: tuple[str, ...] | None = None, until: str = "") -> list[Consent]:
        """Consents of persons, committed by `node` in one piece; every node has the terms, or those of `heard_by` only."""
        terms = [Terms(subject=handle_of(p), effect="permit", purposes=("*",), until=until) for p in sorted(persons)]
        given = [consent(t, node.world.dice.token(32), mine=True) for t in terms]
        for name, seat in self.nodes.items():
            if heard_by is None or name in heard_by:
                seat.keep(*given)
        items = tuple(Item(commitment=c.commitment, effect="permit") for c in given)
        self.hub.do(Actor(id=node.party, party=node.party, roles=frozenset({Role.PARTY})), "consent.commit", Commit(items=items))
        return given

    def person(self, node: str, name: str) -> Actor:
        return Actor(id=f"u-{name}", party=node, roles=frozenset({Role.PERSON}), subject=handle_of(name))

    def follow(self, node: Seat) -> None:
        """The node copies the alliance's log up to its newest checkpoint."""
        mine, ledger = node.world.ledger.size("alliance"), self.hub.world.ledger
        bodies = ledger.bodies("own", mine, 100_000)
        if bodies:
            node.do(system(node.party), "log.follow", Follow(bodies=tuple(bodies), note=ledger.checkpoint("own")))

    def up(self, node: Seat) -> list[Taken]:
        """A node's letters to the hub."""
        fates = []
        for letter in node.post.outgoing():
            fates.append(self.hub.post.receive(letter.envelope))
            node.post.delivered(letter.place)
        return fates

    def lying(self, node: Seat) -> list[Letter]:
        """What waits at the hub for a node."""
        return self.hub.post.waiting(node.party, self._read[node.party])

    def down(self, node: Seat, *, follow: bool = True) -> list[Taken]:
        """What waits at the hub for a node, after the node followed the log, or not."""
        if follow:
            self.follow(node)
        fates = []
        for letter in self.lying(node):
            fates.append(node.post.receive(letter.envelope))
            self._read[node.party] = letter.place
        return fates

    def settle(self) -> None:
        """Letters up and down and all work, until nothing moves any more."""
        for _ in range(6):
            for node in self.nodes.values():
                self.up(node)
            for node in self.nodes.values():
                self.down(node)
                node.work()

    def submit(self, query: Query = QUERY, holders: tuple[str, ...] = ()) -> str:
        return str(self.hub.do(APPLICANT, "task.submit", Submit(request="q-1", query=query, holders=holders))["task"])

    def task(self, id: str) -> Task:
        return self.hub.world.tables.get(Task, id)

    def release(self, task: str) -> Release | None:
        return self.hub.world.tables.find(Release, "r" + task[1:])

    def order_for(self, node: Seat) -> Order:
        """The newest order that lies at the hub for a node."""
        bodies = [json.loads(letter.envelope) for letter in self.lying(node)]
        return msgspec.convert([b["body"] for b in bodies if b["type"] == "task.order"][-1], Order)

    def partial_of(self, node: Seat) -> Answered:
        """The newest masked figures that wait at a node."""
        bodies = [json.loads(letter.envelope) for letter in node.post.outgoing()]
        return msgspec.convert([b["body"] for b in bodies if b["type"] == "task.partial"][-1], Answered)

    def totals(self, task: str, partials: list[Answered]) -> list[int]:
        """The sum as only the hub can make it."""
        ring = ring_for(len(partials))
        vectors = [ring.read(base64.b64decode(p.vector)) for p in partials]
        return unmask_sum(vectors, ring=ring, holders=len(partials), task=self.task(task).bond)

    def expected(self, query: Query = QUERY, without: Callable[[str], bool] = lambda person: False) -> list[int]:
        """The slow truth over all hospitals: each computes alone, and the vectors are added."""
        vectors = []
        for rows in self.rows.values():
            vector, _ = reference.run(rows.people(), query, {p for p in rows.index.values() if without(p)})
            vectors.append(vector)
        return [sum(column) for column in zip(*vectors, strict=True)]

    def close(self) -> None:
        for seat in (self.hub, *self.nodes.values()):
            seat.world.close()
