"""The control store keeps all of a change or nothing, on SQLite and on PostgreSQL."""

import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from dujiang.act import Job
from dujiang.errors import Broken, Unknown
from dujiang.store.control import ControlStore, ReadTables

POSTGRES = os.environ.get("DUJIANG_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own; PostgreSQL's is a schema that is dropped afterwards."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'control.db'}"
        return
    engine = sqlalchemy.create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    schema = f"t{uuid.uuid4().hex}"
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except sqlalchemy.exc.OperationalError:
        pytest.skip("no PostgreSQL answers on the loopback")
    yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def store(url: str) -> Iterator[ControlStore]:
    opened = ControlStore(url)
    yield opened
    opened.close()


def job(id: str, state: str = "queued", work: str = "w") -> Job:
    return Job(id=id, state=state, work=work, args=b"{}")


def test_what_was_put_is_found_again_as_the_same_value(store: ControlStore) -> None:
    with store.transaction() as tx:
        tx.put(job("j-1"))
    assert ReadTables(store).get(Job, "j-1") == job("j-1")


def test_an_error_leaves_nothing_behind(store: ControlStore) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.put(job("j-1"))
        tx.count("n", 7)
        raise ZeroDivisionError
    with store.reading() as tx:
        assert tx.find(Job, "j-1") is None and tx.count("n") == 0


def test_things_come_in_order_of_birth_and_keep_it_when_they_change(store: ControlStore) -> None:
    with store.transaction() as tx:
        for id in ("j-c", "j-a", "j-b"):
            tx.put(job(id))
    with store.transaction() as tx:
        tx.put(job("j-c", state="done"))
    tables = ReadTables(store)
    assert [j.id for j in tables.all(Job)] == ["j-c", "j-a", "j-b"]
    assert [j.id for j in tables.all(Job, state="queued")] == ["j-a", "j-b"]


def test_an_absent_thing_is_unknown(store: ControlStore) -> None:
    with pytest.raises(Unknown, match="job.unknown"):
        ReadTables(store).get(Job, "j-9")


def test_an_answered_call_is_remembered_under_its_key(store: ControlStore) -> None:
    with store.transaction() as tx:
        tx.remember("k", "digest", b"answer")
    with store.reading() as tx:
        assert tx.answered("k") == ("digest", b"answer") and tx.answered("other") is None


def test_letters_come_in_order_of_place_and_are_found_by_number(store: ControlStore) -> None:
    with store.transaction() as tx:
        for seq in (1, 2, 3):
            tx.post("a", "hub", seq, b"%d" % seq)
        tx.post("hub", "a", 1, b"x")
    with store.reading() as tx:
        assert [found.envelope for found in tx.letters(receiver="hub", after=1)] == [b"2", b"3"]
        assert tx.letter("a", "hub", 2) == b"2" and tx.letter("a", "hub", 9) is None
        assert [found.seq for found in tx.letters(sender="hub")] == [1]


def test_changes_from_many_threads_wait_for_one_another(store: ControlStore) -> None:
    def add() -> None:
        for _ in range(20):
            with store.transaction() as tx:
                tx.count("n", tx.count("n") + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as tx:
        assert tx.count("n") == 80


def test_a_store_of_another_schema_version_is_refused(url: str) -> None:
    first = ControlStore(url)
    with first.transaction() as tx:
        tx.count("schema", 99)
    first.close()
    with pytest.raises(Broken, match="store.version"):
        ControlStore(url)


def test_it_is_all_there_after_closing_and_opening_again(url: str) -> None:
    first = ControlStore(url)
    with first.transaction() as tx:
        tx.put(job("j-1"))
    first.close()
    second = ControlStore(url)
    assert ReadTables(second).get(Job, "j-1").work == "w"
    second.close()
