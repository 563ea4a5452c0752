"""A hospital's database: read and never written, exactly, once; what changed, what is gone and how its shape changed are seen."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dujiang.collect.connections import Connection, Database, Table
from dujiang.collect.sources import Source
from dujiang.doors.sources import database, pulling
from dujiang.errors import Malformed
from sources.sources_databases import DATABASES, Given
from sources.sources_node import Node, opened

ALL = Table(name="visits", keys=("id",))
MARKED = Table(name="visits", keys=("id",), watermark="changed")
VISITS = (
    "CREATE TABLE visits (id BIGINT PRIMARY KEY, patient VARCHAR(40), fee DECIMAL(20,6), on_day DATE, changed TIMESTAMP(6) NULL)",
    "INSERT INTO visits VALUES (1, '张三', 12345678901234.100000, '2026-01-02', '2026-01-02 03:04:05.678901'),"
    " (2, NULL, 0.500000, NULL, '2026-01-02 03:04:05.678901'), (3, 'a|b\nc', NULL, '1900-02-28', '2026-01-03 00:00:00')",
)


@pytest.fixture(params=DATABASES)
def given(request: pytest.FixtureRequest) -> Iterator[Given]:
    with DATABASES[request.param]() as found:
        found.run(*VISITS)
        yield found


def connected(node: Node, given: Given, *tables: Table) -> Source:
    return node.source(setting=Database(url=given.url, tables=tables), secret=given.secret, form="table")


def landed(node: Node, source: Source, number: int = -1) -> dict[str, Any]:
    return {key: json.loads(body) for kind, key, body in node.records(node.arrivals(source)[number])}


@pytest.mark.parametrize("table", [ALL, MARKED], ids=["compared", "marked"])
def test_every_row_lands_with_its_digits_its_days_and_its_absences(node: Node, given: Given, table: Table) -> None:
    source = connected(node, given, table)
    assert node.pull(source).state == "done"
    assert landed(node, source) == {
        "1": {"id": "1", "patient": "张三", "fee": "12345678901234.100000", "on_day": "2026-01-02", "changed": "2026-01-02T03:04:05.678901"},
        "2": {"id": "2", "patient": None, "fee": "0.500000", "on_day": None, "changed": "2026-01-02T03:04:05.678901"},
        "3": {"id": "3", "patient": "a|b\nc", "fee": None, "on_day": "1900-02-28", "changed": "2026-01-03T00:00:00"},
    }
    (arrival,) = node.arrivals(source)
    assert (arrival.by_kind, arrival.files[0].form, arrival.quarantined) == ({"visits": 3}, "table", 0)


@pytest.mark.parametrize("table", [ALL, MARKED], ids=["compared", "marked"])
def test_a_second_pull_brings_what_is_new_or_changed_and_a_third_nothing(node: Node, given: Given, table: Table) -> None:
    source = connected(node, given, table)
    node.pull(source)
    given.run("INSERT INTO visits VALUES (4, 'x', 1, NULL, '2026-01-03 00:00:00')", "UPDATE visits SET fee = 9, changed = '2026-01-04 00:00:00' WHERE id = 2")
    node.pull(source)
    assert landed(node, source).keys() == {"2", "4"} and landed(node, source)["2"]["fee"] == "9.000000"
    assert node.pull(source).state == "done" and len(node.arrivals(source)) == 2


def test_a_row_that_is_gone_lands_as_deleted_and_comes_back_as_itself(node: Node, given: Given) -> None:
    source = connected(node, given, ALL)
    node.pull(source)
    given.run("DELETE FROM visits WHERE id = 3")
    node.pull(source)
    assert landed(node, source) == {"3": {"id": "3", "dujiang_deleted": "true"}}
    given.run("INSERT INTO visits VALUES (3, 'a|b\nc', NULL, '1900-02-28', '2026-01-03 00:00:00')")
    node.pull(source)
    assert landed(node, source)["3"]["patient"] == "a|b\nc" and len(node.arrivals(source)) == 3


def test_columns_that_come_go_or_change_their_type_are_reported(node: Node, given: Given) -> None:
    source = connected(node, given, ALL)
    node.pull(source)
    before = node.status(source)["fingerprint"]
    retype = {"postgresql": "ALTER TABLE visits ALTER patient TYPE TEXT", "mariadb": "ALTER TABLE visits MODIFY patient TEXT"}[given.kind]
    given.run("ALTER TABLE visits ADD ward VARCHAR(9)", "ALTER TABLE visits DROP COLUMN on_day", retype)
    node.pull(source)
    found = {(f.rule, f.what) for f in node.arrivals(source)[-1].findings if f.rule.startswith("table.")}
    assert found == {("table.column_added", "ward"), ("table.column_removed", "on_day"), ("table.column_retyped", "patient")}
    said = node.status(source)
    assert said["drift"] == ["table.column_added", "table.column_removed", "table.column_retyped"] and said["fingerprint"] != before
    node.pull(source)
    assert node.status(source)["drift"] == []


def test_the_session_cannot_write(given: Given) -> None:
    with pytest.raises(Exception, match=r"(?i)does not answer, or does not let us"), database._connected(given.url, given.secret) as connection:
        connection.exec_driver_sql("DELETE FROM visits")
    with given.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM visits").scalar() == 3


def test_a_wrong_password_a_missing_table_and_a_missing_column_are_told_without_the_password(node: Node, given: Given, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    absent = node.pull(connected(node, given, Table(name="nothing", keys=("id",))))
    assert (absent.state, absent.trouble) == ("failed", "database.table")
    lacking = node.pull(connected(node, given, Table(name="visits", keys=("no",))))
    assert (lacking.state, lacking.trouble) == ("failed", "database.column")
    if given.kind == "mariadb":  # the PostgreSQL of a developer trusts the loopback
        wrong = node.source(setting=Database(url=given.url, tables=(ALL,)), secret="wrong-" + given.secret)
        assert node.pull(wrong).state == "queued"
    folder = node.running.folder
    spoken = caplog.text + "".join(b.decode() for b in node.world.ledger.bodies("own", 0, 1000))
    assert given.secret not in spoken and given.secret not in (folder / "control.db").read_bytes().decode("latin-1")


def test_a_pull_that_was_killed_before_its_arrival_was_recorded_ends_the_same(tmp_path: Any, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("_gather", "landed"):
        folder = tmp_path / stage
        with opened(folder) as node:
            source = connected(node, given, ALL)
            done = getattr(pulling, stage)

            def dies(*args: Any, done: Any = done) -> None:
                done(*args)
                raise SystemExit

            with monkeypatch.context() as patched:
                patched.setattr(pulling, stage, dies)
                with pytest.raises(SystemExit):
                    node.pull(source)
        with opened(folder) as node:
            node.work()
            node.keeper.round()
            assert [a.records for a in node.arrivals(source)] == [3], stage
            assert node.world.blobs.names(source.zone, "gathered") == []
            given.run("UPDATE visits SET fee = fee + 1 WHERE id = 1")
            node.pull(source)
            assert [a.records for a in node.arrivals(source)] == [3, 1], stage


def test_a_row_without_a_key_is_set_aside_and_the_others_land(node: Node, given: Given) -> None:
    given.run("CREATE TABLE notes (code VARCHAR(9), what VARCHAR(9))", "INSERT INTO notes VALUES ('a', 'x'), (NULL, 'y'), ('b', 'z')")
    source = connected(node, given, Table(name="notes", keys=("code",)))
    node.pull(source)
    (arrival,) = node.arrivals(source)
    assert (arrival.records == 2 and node.quarantine(arrival) == [(4, "record.bad_key")]) or arrival.by_rule == {"record.bad_key": 1}


def test_a_moment_that_python_does_not_know_is_kept_in_the_databases_own_words(node: Node, given: Given) -> None:
    if given.kind != "postgresql":
        pytest.skip("only PostgreSQL has infinite days")
    given.run("INSERT INTO visits VALUES (9, NULL, 'NaN', 'infinity', '-infinity')")
    source = connected(node, given, ALL)
    assert node.pull(source).state == "done"
    assert landed(node, source)["9"] == {"id": "9", "patient": None, "fee": "NaN", "on_day": "infinity", "changed": "-infinity"}


def test_a_table_with_too_many_rows_to_compare_asks_for_a_watermark(node: Node, given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "MOST_COMPARED", 2)
    assert node.pull(connected(node, given, ALL)).trouble == "database.too_many"


def test_a_source_that_is_due_is_asked_by_itself_and_not_twice_at_once(node: Node, given: Given) -> None:
    source = node.source(setting=Database(url=given.url, tables=(ALL,), every=3600), secret=given.secret)
    node.keeper.round()
    node.keeper.round()
    assert len(node.work()) == 1
    node.keeper.round()
    assert node.work() == [] and node.world.tables.get(Connection, source.id).pulled


@pytest.mark.parametrize("url", ["postgresql+psycopg://u:secret@h/d", "mysql+pymysql://h/d?password=secret"])
def test_an_address_with_a_password_in_it_is_not_taken(url: str) -> None:
    with pytest.raises(Malformed, match="connection.secret"):
        Database(url=url, tables=(ALL,))


@pytest.mark.parametrize("name", ["visits; drop table visits", "a.b.c", '"visits"', ""])
def test_a_table_is_a_name_and_nothing_else(name: str) -> None:
    with pytest.raises(Malformed, match="connection.table"):
        Table(name=name, keys=("id",))
