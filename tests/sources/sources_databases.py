"""A database of the test's own at PostgreSQL and at MariaDB, with an account that has a password; a test skips where neither answers."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

POSTGRES = os.environ.get("DUJIANG_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
MARIADB = os.environ.get("DUJIANG_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306/?charset=utf8mb4")
SECRET = "open-sesame-7Q"


@dataclass
class Given:
    """`url` is without the password, `secret` is it; `run` changes what is there, as the hospital does."""

    kind: str
    url: str
    secret: str
    engine: sqlalchemy.Engine

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


@contextlib.contextmanager
def postgresql() -> Iterator[Given]:
    admin = sqlalchemy.create_engine(POSTGRES, connect_args={"connect_timeout": 3}, poolclass=NullPool)
    name = f"t{uuid.uuid4().hex[:20]}"
    try:
        with admin.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
            connection.exec_driver_sql(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
    except sqlalchemy.exc.DBAPIError:
        pytest.skip("no PostgreSQL answers on the loopback")
    url = admin.url.set(username=name, query={"options": f"-csearch_path={name}"})
    engine = sqlalchemy.create_engine(url.set(password=SECRET), poolclass=NullPool)
    try:
        yield Given("postgresql", url.render_as_string(), SECRET, engine)
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
            connection.exec_driver_sql(f"DROP ROLE {name}")


@contextlib.contextmanager
def mariadb() -> Iterator[Given]:
    pytest.importorskip("pymysql", reason="the MariaDB driver is not installed")
    name = f"t{uuid.uuid4().hex[:20]}"
    socket = "/run/mysqld/mysqld.sock"
    arguments = {"unix_socket": socket} if "DUJIANG_TEST_MARIADB" not in os.environ and os.path.exists(socket) else {}
    admin = sqlalchemy.create_engine(MARIADB, connect_args=arguments, poolclass=NullPool)
    try:
        with admin.begin() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            connection.exec_driver_sql(f"CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{SECRET}'")
            connection.exec_driver_sql(f"CREATE USER '{name}'@'localhost' IDENTIFIED BY '{SECRET}'")
            for host in ("127.0.0.1", "localhost"):
                connection.exec_driver_sql(f"GRANT ALL ON {name}.* TO '{name}'@'{host}'")
    except sqlalchemy.exc.DBAPIError:
        pytest.skip("no MariaDB answers on the loopback")
    url = admin.url.set(username=name, database=name)
    engine = sqlalchemy.create_engine(url.set(password=SECRET), poolclass=NullPool)
    try:
        yield Given("mariadb", url.render_as_string(), SECRET, engine)
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}")
            for host in ("127.0.0.1", "localhost"):
                connection.exec_driver_sql(f"DROP USER '{name}'@'{host}'")


DATABASES = {"postgresql": postgresql, "mariadb": mariadb}
