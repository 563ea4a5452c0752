"""Databases to keep logs in: SQLite always, PostgreSQL where one is reachable, each test with tables of its own."""

import os
import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from dujiang.ledger import log
from dujiang.store.schema import checkpoint, entry, metadata, tree
from ledger.samples import HUB, bodies

TABLES = [entry, tree, checkpoint]
POSTGRES = os.environ.get("DUJIANG_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


def _postgres() -> Iterator[Engine]:
    name = f"ledger_{secrets.token_hex(8)}"
    owner = create_engine(POSTGRES)
    try:
        with owner.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except OperationalError:
        pytest.skip("no PostgreSQL is reachable: set DUJIANG_TEST_POSTGRES to its URL")
    engine = create_engine(POSTGRES, connect_args={"options": f"-csearch_path={name}"})
    try:
        metadata.create_all(engine, tables=TABLES)
        yield engine
    finally:
        engine.dispose()
        with owner.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        owner.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    if request.param == "postgresql":
        yield from _postgres()
        return
    engine = create_engine(f"sqlite:///{tmp_path}/log.sqlite")
    metadata.create_all(engine, tables=TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def signed(store) -> Engine:
    """A log of twelve entries, eight of them under a checkpoint."""
    with store.begin() as tx:
        log.append(tx, "own", bodies(8))
        log.sign_checkpoint(tx, "own", HUB)
        log.append(tx, "own", bodies(4, 8))
    return store
