"""The control store: things, answered calls, letters and counters in one SQL database, changed one transaction at a time.

SQLite (WAL, synchronous=FULL) without a URL, PostgreSQL through psycopg with one; the same tests run on both.
"""

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from dujiang.errors import Broken, Unknown
from dujiang.store.schema import VERSION, call, chain, counter, letter, metadata, thing
from dujiang.store.zones import full
from dujiang.words import Thing
from dujiang.world import Letter

T = TypeVar("T", bound=Thing)
_json = msgspec.json.Encoder(order="deterministic")
MOST_LETTERS = 200
AT_ONCE = 500  # ids in one statement
_CHANGED = (
    update(thing).where(thing.c.kind == bindparam("of"), thing.c.id == bindparam("named"))
    .values(state=bindparam("state"), parent=bindparam("parent"), body=bindparam("body"))
)
# Statements made once: making one anew costs more than a small one takes.
_FOUND = select(thing.c.body).where(thing.c.kind == bindparam("kind"), thing.c.id == bindparam("id"))
_ANSWERED = select(call.c.digest, call.c.answer).where(call.c.key == bindparam("key"))
_PAIR = (chain.c.sender == bindparam("of"), chain.c.receiver == bindparam("to"))
_CHAIN = select(chain.c.seq, chain.c.hash).where(*_PAIR)
_LENGTHENED = update(chain).where(*_PAIR).values(seq=bindparam("at"), hash=bindparam("fingerprint"))
_COUNT = select(counter.c.value).where(counter.c.name == bindparam("named"))
_COUNTED = update(counter).where(counter.c.name == bindparam("named")).values(value=bindparam("to"))
DISK_FULL = "53100"  # PostgreSQL's SQLSTATE
ONE_WRITER = 0x64756A69  # advisory lock of PostgreSQL: every change waits for the one before


def _storable(*texts: str | None) -> bool:
    """Whether a database can hold the texts at all: PostgreSQL knows no NUL, and none has lone surrogates."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for text in texts for c in text or "")


def _row(new: Thing) -> dict[str, Any]:
    return {"state": new.state, "parent": new.parent(), "body": _json.encode(new)}


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except DBAPIError as fault:
        if getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(fault.orig, "sqlstate", None) == DISK_FULL:
            raise full() from None
        raise


class SqlTransaction:
    """The world's `Transaction`, and outside of one its read-only `Tables`."""

    def __init__(self, connection: Connection) -> None:
        self._sql = connection

    @property
    def connection(self) -> Any:
        return self._sql

    def find(self, kind: type[T], id: str) -> T | None:
        if not _storable(id):
            return None
        body = self._sql.execute(_FOUND, {"kind": kind.KIND, "id": id}).scalar()
        return msgspec.json.decode(body, type=kind) if body is not None else None

    def get(self, kind: type[T], id: str) -> T:
        found = self.find(kind, id)
        if found is None:
            raise Unknown(
                f"{kind.KIND}.unknown", "There is no {kind} with that id.", "没有该编号的 {kind}。", kind=kind.KIND
            )
        return found

    def all(self, kind: type[T], *, state: str | None = None, parent: str | None = None) -> list[T]:
        if not _storable(state, parent):
            return []
        wanted = select(thing.c.body).where(thing.c.kind == kind.KIND)
        if state is not None:
            wanted = wanted.where(thing.c.state == state)
        if parent is not None:
            wanted = wanted.where(thing.c.parent == parent)
        decoder = msgspec.json.Decoder(kind)
        return [decoder.decode(body) for body in self._sql.execute(wanted.order_by(thing.c.born)).scalars()]

    def some(self, kind: type[T], ids: Collection[str]) -> dict[str, T]:
        """A statement for many, since one each costs more than decoding them."""
        decoder = msgspec.json.Decoder(kind)
        asked = sorted(filter(_storable, ids))
        found: dict[str, T] = {}
        for start in range(0, len(asked), AT_ONCE):
            wanted = select(thing.c.id, thing.c.body).where(thing.c.kind == kind.KIND, thing.c.id.in_(asked[start : start + AT_ONCE]))
            found.update((id, decoder.decode(body)) for id, body in self._sql.execute(wanted))
        return found

    def put(self, *new: Thing) -> None:
        rows = {(one.KIND, one.id): _row(one) for one in new}
        old = {(kind, id) for kind in {kind for kind, _ in rows} for id in self._known(kind, [i for k, i in rows if k == kind])}
        if old:
            self._sql.execute(_CHANGED, [{**rows[key], "of": key[0], "named": key[1]} for key in rows if key in old])
        if begun := [key for key in rows if key not in old]:
            last = self.count("born", self.count("born") + len(begun))
            first = last - len(begun) + 1
            self._sql.execute(insert(thing), [{"kind": k, "id": i, "born": first + n, **rows[k, i]} for n, (k, i) in enumerate(begun)])
        for kind in {kind for kind, _ in rows}:
            self.count(f"changes of {kind}", self.changes(kind) + 1)

    def _known(self, kind: str, ids: Sequence[str]) -> Iterator[str]:
        for start in range(0, len(ids), AT_ONCE):
            yield from self._sql.execute(select(thing.c.id).where(thing.c.kind == kind, thing.c.id.in_(ids[start : start + AT_ONCE]))).scalars()

    def changes(self, kind: str) -> int:
        return self.count(f"changes of {kind}")

    def answered(self, key: str) -> tuple[str, bytes] | None:
        row = self._sql.execute(_ANSWERED, {"key": key}).first()
        return (row.digest, row.answer) if row else None

    def remember(self, key: str, digest: str, answer: bytes) -> None:
        self._sql.execute(insert(call).values(key=key, digest=digest, answer=answer))

    def chain(self, sender: str, receiver: str) -> tuple[int, str]:
        row = self._sql.execute(_CHAIN, {"of": sender, "to": receiver}).first()
        return (row.seq, row.hash) if row else (0, "")

    def lengthen(self, sender: str, receiver: str, seq: int, hash: str) -> None:
        if self._sql.execute(_LENGTHENED, {"of": sender, "to": receiver, "at": seq, "fingerprint": hash}).rowcount == 0:
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
            return cast(int, self._sql.execute(_COUNT, {"named": name}).scalar() or 0)
        if self._sql.execute(_COUNTED, {"named": name, "to": value}).rowcount == 0:
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
        """All or nothing; the next one starts when this one has ended. Unavailable when the disk is full."""
        with _room(), self._one, self._engine.connect() as connection:
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with connection.begin() if not connection.in_transaction() else connection.get_transaction():  # type: ignore[union-attr]
                if not self._is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:one)"), {"one": ONE_WRITER})
                yield SqlTransaction(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A consistent view without waiting for writers."""
        with self._engine.connect() as connection:
            # The first look fixes the view; otherwise each statement would see a present of its own.
            if self._is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                yield SqlTransaction(connection)
            finally:
                connection.rollback()

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

    def some(self, kind: type[T], ids: Collection[str]) -> dict[str, T]:
        with self._store.reading() as tx:
            return tx.some(kind, ids)

    def all(self, kind: type[T], *, state: str | None = None, parent: str | None = None) -> list[T]:
        with self._store.reading() as tx:
            return tx.all(kind, state=state, parent=parent)

    def changes(self, kind: str) -> int:
        with self._store.reading() as tx:
            return tx.changes(kind)
