"""The control store: things, answered calls, letters and counters in one SQL database, changed one transaction at a time.

SQLite (WAL, synchronous=FULL) without a URL, PostgreSQL through psycopg with one; the same tests run on both.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text, update
from sqlalchemy.pool import NullPool, QueuePool

from dujiang.errors import Broken, Unknown
from dujiang.store.schema import VERSION, call, chain, counter, letter, metadata, thing
from dujiang.words import Thing
from dujiang.world import Letter

T = TypeVar("T", bound=Thing)
_json = msgspec.json.Encoder(order="deterministic")
MOST_LETTERS = 200
ONE_WRITER = 0x64756A69  # advisory lock of PostgreSQL: every change waits for the one before


class SqlTransaction:
    """The world's `Transaction`, and outside of one its read-only `Tables`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    @property
    def connection(self) -> Any:
        return self._sql

    def find(self, kind: type[T], id: str) -> T | None:
        body = self._sql.execute(select(thing.c.body).where(thing.c.kind == kind.KIND, thing.c.id == id)).scalar()
        return msgspec.json.decode(body, type=kind) if body is not None else None

    def get(self, kind: type[T], id: str) -> T:
        found = self.find(kind, id)
        if found is None:
            raise Unknown(
                f"{kind.KIND}.unknown", "There is no {kind} with that id.", "没有该编号的 {kind}。", kind=kind.KIND
            )
        return found

    def all(self, kind: type[T], *, state: str | None = None, parent: str | None = None) -> list[T]:
        wanted = select(thing.c.body).where(thing.c.kind == kind.KIND)
        if state is not None:
            wanted = wanted.where(thing.c.state == state)
        if parent is not None:
            wanted = wanted.where(thing.c.parent == parent)
        decoder = msgspec.json.Decoder(kind)
        return [decoder.decode(body) for body in self._sql.execute(wanted.order_by(thing.c.born)).scalars()]

    def put(self, new: Thing) -> None:
        row = {"state": new.state, "parent": new.parent(), "body": _json.encode(new)}
        where = (thing.c.kind == new.KIND, thing.c.id == new.id)
        if self._sql.execute(update(thing).where(*where).values(**row)).rowcount == 0:
            born = self.count("born", self.count("born") + 1)
            self._sql.execute(insert(thing).values(kind=new.KIND, id=new.id, born=born, **row))

    def answered(self, key: str) -> tuple[str, bytes] | None:
        row = self._sql.execute(select(call.c.digest, call.c.answer).where(call.c.key == key)).first()
        return (row.digest, row.answer) if row else None

    def remember(self, key: str, digest: str, answer: bytes) -> None:
        self._sql.execute(insert(call).values(key=key, digest=digest, answer=answer))

    def chain(self, sender: str, receiver: str) -> tuple[int, str]:
        where = (chain.c.sender == sender, chain.c.receiver == receiver)
        row = self._sql.execute(select(chain.c.seq, chain.c.hash).where(*where)).first()
        return (row.seq, row.hash) if row else (0, "")

    def lengthen(self, sender: str, receiver: str, seq: int, hash: str) -> None:
        where = (chain.c.sender == sender, chain.c.receiver == receiver)
        if self._sql.execute(update(chain).where(*where).values(seq=seq, hash=hash)).rowcount == 0:
            self._sql.execute(insert(chain).values(sender=sender, receiver=receiver, seq=seq, hash=hash))

    def post(self, sender: str, receiver: str, seq: int, envelope: bytes) -> None:
        place = self.count("place", self.count("place") + 1)
        row = {"place": place, "sender": sender, "receiver": receiver, "seq": seq, "envelope": envelope}
        self._sql.execute(insert(letter).values(**row))

    def letter(self, sender: str, receiver: str, seq: int) -> bytes | None:
        where = (letter.c.sender == sender, letter.c.receiver == receiver, letter.c.seq == seq)
        return self._sql.execute(select(letter.c.envelope).where(*where)).scalar()

    def letters(self, *, receiver: str | None = None, sender: str | None = None, after: int = 0) -> list[Letter]:
        wanted = select(letter).where(letter.c.place > after)
        if receiver is not None:
            wanted = wanted.where(letter.c.receiver == receiver)
        if sender is not None:
            wanted = wanted.where(letter.c.sender == sender)
        rows = self._sql.execute(wanted.order_by(letter.c.place).limit(MOST_LETTERS))
        return [Letter(*row) for row in rows]

    def count(self, name: str, value: int | None = None) -> int:
        if value is None:
            return cast(int, self._sql.execute(select(counter.c.value).where(counter.c.name == name)).scalar() or 0)
        if self._sql.execute(update(counter).where(counter.c.name == name).values(value=value)).rowcount == 0:
            self._sql.execute(insert(counter).values(name=name, value=value))
        return value


def _sqlite(engine: Engine) -> None:
    """WAL with full durability; SQLAlchemy's own BEGIN is replaced so that a writer waits at the start, not in the middle."""

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _: Any) -> None:
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")


class ControlStore:
    """One database and the lock that lets one change at a time through."""

    def __init__(self, url: str) -> None:
        self._is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False}} if self._is_sqlite else {}
        pool = QueuePool if not self._is_sqlite or ":memory:" not in url else NullPool
        self._engine = create_engine(url, poolclass=pool, **options)
        if self._is_sqlite:
            _sqlite(self._engine)
        self._one = threading.RLock()
        self._open()

    def _open(self) -> None:
        with self.transaction() as tx:
            metadata.create_all(tx.connection)
            known = tx.count("schema")
            if known not in (0, VERSION):
                raise Broken(
                    "store.version",
                    "The control store was written by another version of Dujiang (schema {known}, this one needs {mine}).",
                    "控制库由其他版本写入（结构版本 {known}，本版本需要 {mine}）。",
                    known=known, mine=VERSION,
                )
            if known == 0:
                tx.count("schema", VERSION)

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """All or nothing; the next one starts when this one has ended."""
        with self._one, self._engine.connect() as connection:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with connection.begin() if not connection.in_transaction() else connection.get_transaction():  # type: ignore[union-attr]
                if not self._is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:one)"), {"one": ONE_WRITER})
                yield SqlTransaction(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A consistent view without waiting for writers."""
        with self._engine.connect() as connection, connection.begin():
            yield SqlTransaction(connection)

    def size(self) -> int:
        """How many things are kept."""
        with self.reading() as tx:
            return cast(int, tx.connection.execute(select(func.count()).select_from(thing)).scalar())

    def close(self) -> None:
        self._engine.dispose()


class ReadTables:
    """The world's `Tables` outside a transaction: every look-up sees the present."""

    def __init__(self, store: ControlStore) -> None:
        self._store = store

    def find(self, kind: type[T], id: str) -> T | None:
        with self._store.reading() as tx:
            return tx.find(kind, id)

    def get(self, kind: type[T], id: str) -> T:
        with self._store.reading() as tx:
            return tx.get(kind, id)

    def all(self, kind: type[T], *, state: str | None = None, parent: str | None = None) -> list[T]:
        with self._store.reading() as tx:
            return tx.all(kind, state=state, parent=parent)
