"""Reads the tables of a database in one read-only transaction and gathers the rows that are new, changed or gone since the last pull.

PostgreSQL and MariaDB are tested; other databases that SQLAlchemy speaks to go the same way, untested.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from psycopg.types.string import TextLoader
from sqlalchemy import Column, Connection, Date, DateTime, MetaData, Select, Table, Time, create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from dujiang.collect import connections, gathered
from dujiang.collect.arrivals import Finding
from dujiang.collect.gathered import Gathered, Hashed
from dujiang.doors.sources.asked import Asked
from dujiang.doors.sources.exact import exact, moment
from dujiang.errors import Malformed, Unavailable

BATCH = 2000  # rows fetched at once
MOST_COMPARED = 2_000_000  # rows of a table without a watermark: their fingerprints are held in memory
DELETED = "dujiang_deleted"  # the field by which a record says that its row is gone
# Said first in the session: whatever we ask for, the database refuses to write.
READ_ONLY = {
    "postgresql": ("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", "SET TIME ZONE 'UTC'"),
    "mysql": ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'"),
}
READ_ONLY["mariadb"] = READ_ONLY["mysql"]
_AS_TEXT = ("date", "time", "timetz", "timestamp", "timestamptz")  # PostgreSQL's, which know moments that Python does not


def read_database(asked: Asked, setting: connections.Database) -> Gathered:
    """One file a table with rows to tell of. Unavailable when the database does not answer, Malformed when a table is not as the setting says."""
    where = asked.where()
    number, state = asked.number(), asked.begun()
    findings: list[Finding] = []
    shapes: dict[str, dict[str, str]] = {}
    with _connected(setting.url, asked.secret) as connection:
        for table in setting.tables:
            found = _table(connection, table)
            shapes[table.name] = {str(c.name): str(c.type) for c in found.columns}
            before = orjson.loads(where.get(f"table:{table.name}", "{}"))
            findings += _drift(table.name, before.get("shape", shapes[table.name]), shapes[table.name])
            name = f"{table.name}-{number:06d}.rows.ndjson"
            with asked.gathering.file(name) as file:
                place = _Reading(table, found, file).read(connection, before)
            state[f"table:{table.name}"] = orjson.dumps({**place, "shape": shapes[table.name]}).decode()
    return asked.gathering.finish(state=state, findings=findings, fingerprint=gathered.fingerprint(shapes))


@contextmanager
def _connected(address: str, secret: str) -> Iterator[Connection]:
    """A connection that only reads; a fault of the database is told without its text, which could quote a row or a password."""
    try:
        url = make_url(address)
        engine = create_engine(url.set(password=secret) if secret else url, poolclass=NullPool, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        raise Malformed(
            "database.address", "The database's address is not one that can be used, or its driver is not installed.", "数据库地址无效，或未安装相应驱动。"
        ) from None
    try:
        with engine.connect() as connection:
            for statement in READ_ONLY.get(connection.dialect.name, ()):
                connection.exec_driver_sql(statement)
            if connection.dialect.driver == "psycopg":
                for name in _AS_TEXT:
                    connection.connection.driver_connection.adapters.register_loader(name, TextLoader)  # type: ignore[union-attr]
            connection.commit()
            yield connection
            connection.rollback()
    except DBAPIError as fault:
        raise Unavailable(
            "database.unavailable", "The database does not answer, or does not let us read ({kind}). Check the address, the account and its rights.",
            "数据库无响应或拒绝读取（{kind}），请检查地址、账号及权限。", kind=type(fault).__name__,
        ) from None
    finally:
        engine.dispose()


def _table(connection: Connection, wanted: connections.Table) -> Table[Any]:
    """The table as the database has it now; Malformed when it lacks a column that the setting names."""
    schema, _, name = wanted.name.rpartition(".")
    try:
        found = Table(name, MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
    except NoSuchTableError:
        raise Malformed("database.table", "There is no table {table}, or the account may not see it.", "没有表 {table}，或账号无权查看。", table=wanted.name) from None
    except DBAPIError:
        raise
    except SQLAlchemyError:
        raise Malformed("database.shape", "The columns of table {table} cannot be read.", "无法读取表 {table} 的列。", table=wanted.name) from None
    for column in (*wanted.keys, *([wanted.watermark] if wanted.watermark else [])):
        if column not in found.columns:
            raise Malformed("database.column", "The table {table} has no column {column}.", "表 {table} 没有列 {column}。", table=wanted.name, column=column)
    return found


def _drift(table: str, before: dict[str, str], now: dict[str, str]) -> Iterator[Finding]:
    """Columns that came, went or changed their type since the last pull."""
    for column in sorted({*before, *now}):
        if before.get(column) != now.get(column):
            rule = "column_added" if column not in before else "column_removed" if column not in now else "column_retyped"
            yield Finding(rule=f"table.{rule}", file=table, what=column)


class _Reading:
    """One table on its way into its file: a head, then a line for each row that is news."""

    def __init__(self, wanted: connections.Table, found: Table[Any], file: Hashed) -> None:
        self._wanted, self._found, self._file = wanted, found, file
        self._names = [str(c.name) for c in found.columns]
        self._moments = {c.name for c in found.columns if isinstance(c.type, Date | DateTime | Time)}
        self._any = False

    def read(self, connection: Connection, before: dict[str, Any]) -> dict[str, Any]:
        """Write what is new; returns where the next pull goes on."""
        if self._wanted.watermark:
            return self._after(connection, before)
        return self._all(connection, before.get("rows", {}))

    def _after(self, connection: Connection, before: dict[str, Any]) -> dict[str, Any]:
        """Rows at or beyond the watermark; those at it that were told before are known by their fingerprints."""
        column: Column[Any] = self._found.columns[self._wanted.watermark]
        statement = select(self._found).where(column.is_not(None)).order_by(column)
        mark, told = before.get("mark"), set(before.get("told", ()))
        if mark is not None:
            statement = statement.where(column >= _typed(column, mark))
        last, at_last = mark, dict.fromkeys(told)
        for row in self._rows(connection, statement):
            print_ = _fingerprint(row)
            if row[self._wanted.watermark] != last:
                last, at_last = row[self._wanted.watermark], {}
            at_last[print_] = None
            if print_ not in told:
                self._write(row)
        return {"mark": last, "told": list(at_last)}

    def _all(self, connection: Connection, before: dict[str, str]) -> dict[str, Any]:
        """Every row compared with what it was; what is not there any more is told as deleted."""
        now: dict[str, str] = {}
        for row in self._rows(connection, select(self._found)):
            key, print_ = self._key(row), _fingerprint(row)
            if len(now) >= MOST_COMPARED:
                raise Malformed(
                    "database.too_many", "The table {table} has too many rows to compare each; name a column that grows as its watermark.",
                    "表 {table} 行数过多，无法逐行比对，请指定递增列作为水位列。", table=self._wanted.name,
                )
            now[key] = print_
            if before.get(key) != print_:
                self._write(row)
        for key in before.keys() - now.keys():
            self._write({**dict(zip(self._wanted.keys, orjson.loads(key), strict=False)), DELETED: "true"})
        return {"rows": now}

    def _key(self, row: dict[str, str | None]) -> str:
        return orjson.dumps([row[name] for name in self._wanted.keys]).decode()

    def _rows(self, connection: Connection, statement: Select[Any]) -> Iterator[dict[str, str | None]]:
        with connection.execute(statement.execution_options(stream_results=True, max_row_buffer=BATCH)) as result:
            for part in result.partitions(BATCH):
                for values in part:
                    yield {n: exact(v) if n not in self._moments else moment(exact(v)) for n, v in zip(self._names, values, strict=True)}

    def _write(self, row: dict[str, str | None]) -> None:
        if not self._any:
            self._file.write(orjson.dumps({"table": self._wanted.name, "keys": self._wanted.keys}) + b"\n")
            self._any = True
        self._file.write(orjson.dumps(row) + b"\n")


def _fingerprint(row: dict[str, str | None]) -> str:
    return hashlib.sha256(orjson.dumps(row)).hexdigest()[:32]


def _typed(column: Column[Any], text: str) -> Any:
    """The watermark as the column's own type takes it."""
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return text
    return kind.fromisoformat(text) if hasattr(kind, "fromisoformat") else kind(text)
