"""Parties of an alliance inside one process: real stores, real keys, real gates; letters are carried by hand."""

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy

from dujiang.act import HUB, HUB_ID, NODE, Act, Actor, system
from dujiang.doors.start import PartyWorld, make_keys
from dujiang.gate.acts import ACTS
from dujiang.gate.bench import signing_key
from dujiang.gate.perform import Done, Gate
from dujiang.gate.post import Post, Taken
from dujiang.ledger import log
from dujiang.ledger.note import SigningKey
from dujiang.words import Party, Role, Saying, Thing

POSTGRES = os.environ.get("DUJIANG_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
DATABASES = ("sqlite", "postgresql")
ORIGIN = "alliance.example"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database of the test's own; PostgreSQL's is a schema that is dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{uuid.uuid4().hex}.db'}"
        return
    engine = sqlalchemy.create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    schema = f"t{uuid.uuid4().hex}"
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except sqlalchemy.exc.OperationalError:
        pytest.skip("no PostgreSQL answers on the loopback")
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        engine.dispose()


def somebody(*roles: Role, id: str = "", party: str = HUB_ID, only: frozenset[str] = frozenset(), subject: str = "") -> Actor:
    """An account with these roles."""
    return Actor(id=id or "u-" + "-".join(sorted(roles)), party=party, roles=frozenset(roles), only=only, subject=subject)


class Office:
    """One party: `gate` and `post` over a store; opened again over the same folder and URL, it is the same party after a restart."""

    def __init__(self, folder: Path, party: str, url: str, acts: Mapping[str, Act] = ACTS) -> None:
        self.folder, self.party, self.url, self.acts = folder, party, url, acts
        self.world = PartyWorld(folder, party, url)
        self.told: list[Done] = []
        self.gate = Gate(self.world, HUB if party == HUB_ID else NODE, acts, self.told.append)
        self.post = Post(self.gate)
        origin = ORIGIN if party == HUB_ID else f"{ORIGIN}/{party}"
        vkey, seal = make_keys(self.world, origin)
        self.log_key = SigningKey.from_seed(origin, self.world.keys.get("log"))
        self.me = Party(id=party, state="joined", name=Saying(en=party, zh=party), vkey=vkey, seal=seal, log=self.log_key.verifying.text)
        if self.find(Party, party) is None:
            self.keep(self.me)

    def again(self) -> "Office":
        """This party after its process died and was started anew."""
        return Office(self.folder, self.party, self.url, self.acts)

    def close(self) -> None:
        self.world.close()

    def do(self, actor: Actor, act: str, args: Any = None, *, key: str = "", **fields: Any) -> Any:
        """The answer as plain values."""
        return json.loads(self.gate.perform(actor, act, args if args is not None else fields, key=key))

    def follow(self, act: str, args: Any = None, **fields: Any) -> Any:
        """An act by the system."""
        return self.do(system(self.party), act, args, **fields)

    def keep(self, *things: Thing) -> None:
        """Put things into the store as they are."""
        with self.world.transaction() as tx:
            for thing in things:
                tx.put(thing)

    def find(self, kind: type[Thing], id: str) -> Any:
        return self.world.tables.find(kind, id)

    def all(self, kind: type[Thing]) -> list[Any]:
        return self.world.tables.all(kind)

    def state(self, kind: type[Thing], id: str) -> str:
        return str(self.find(kind, id).state)

    def bodies(self) -> list[bytes]:
        return self.world.ledger.bodies("own", 0, 100_000)

    def entries(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(body) for body in self.bodies()]

    def refusals(self) -> list[tuple[str, str]]:
        """(act, rule) of every refusal in the log."""
        return [(e["act"], e["refused"]) for e in self.entries() if "refused" in e]

    def check_log(self) -> int:
        """The size of the log after every entry, node and signed checkpoint was computed again; the newest checkpoint covers it all."""
        with self.world.store.reading() as tx:
            size = log.check(tx.connection, "own", signing_key(self.world, "log").verifying).size
        assert not size or int(self.world.ledger.checkpoint("own").split("\n")[1]) == size
        return size

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with self.world.store.reading() as tx:
            inspector = sqlalchemy.inspect(tx.connection)
            return {
                name: sorted(map(repr, tx.connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()))  # type: ignore[misc]
                for name in inspector.get_table_names()
            }


def introduce(*offices: Office) -> None:
    """Everybody knows everybody's keys: the hub by joining, nodes by admitting."""
    for office in offices:
        for other in offices:
            if other is not office:
                office.keep(other.me.with_(state="joined" if office.party == HUB_ID else "admitted"))


def carry(hub: Office, *nodes: Office) -> list[Taken]:
    """All letters to where they go, until none is left; what became of each."""
    fates: list[Taken] = []
    while moved := [*_up(hub, *nodes), *_down(hub, *nodes)]:
        fates += moved
    return fates


def _up(hub: Office, *nodes: Office) -> list[Taken]:
    fates = []
    for node in nodes:
        for letter in node.post.outgoing():
            fates.append(hub.post.receive(letter.envelope))
            node.post.delivered(letter.place)
    return fates


def _down(hub: Office, *nodes: Office) -> list[Taken]:
    fates = []
    for node in nodes:
        for letter in hub.post.waiting(node.party, node.post.read_up_to()):
            fates.append(node.post.receive(letter.envelope))
            node.post.read_up_to(letter.place)
    return fates
