"""Anybody can read the log, and prove of each entry that it stands under the newest signed checkpoint."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dujiang.errors import DujiangError
from dujiang.gate.records import MOST
from dujiang.ledger.checkpoint import parse_signed
from dujiang.ledger.tree import leaf_hash, verify_inclusion
from dujiang.words import Role
from gate.gate_office import Office, database, somebody

PUBLIC = somebody(Role.PUBLIC, id="public", party="")
SIZE = 23


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def hub(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("hub")
    with database(request.param, folder) as url:
        office = Office(folder, "hub", url)
        for n in range(SIZE):
            office.do(somebody(Role.OPERATOR), "party.invite", {"party": f"hospital-{n}", "name": {"en": "H", "zh": "医院"}})
        yield office
        office.close()


def test_the_log_is_read_in_stretches_that_join(hub: Office) -> None:
    found: list[str] = []
    while len(found) < SIZE:
        part = hub.do(PUBLIC, "log.entries", start=len(found), most=5)
        assert part["size"] == SIZE and part["start"] == len(found) and len(part["entries"]) <= 5
        found += part["entries"]
    assert [e.encode() for e in found] == hub.bodies()
    assert parse_signed(part["checkpoint"], hub.log_key.verifying).size == SIZE


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(index=st.integers(0, SIZE - 1))
def test_every_entry_proves_to_stand_under_the_signed_checkpoint(hub: Office, index: int) -> None:
    found = hub.do(PUBLIC, "log.inclusion", index=index)
    signed = parse_signed(found["checkpoint"], hub.log_key.verifying)
    path = [base64.b64decode(h) for h in found["proof"]]
    assert verify_inclusion(index, found["size"], leaf_hash(found["entry"].encode()), path=path, root=signed.root) and found["size"] == signed.size == SIZE
    assert not verify_inclusion(index, found["size"], leaf_hash(found["entry"].encode() + b" "), path=path, root=signed.root)


@pytest.mark.parametrize(("act", "args"), [
    ("log.inclusion", {"index": SIZE}), ("log.inclusion", {"index": -1}), ("log.inclusion", {"index": 2**63}), ("log.inclusion", {"index": 2**53 - 1}),
    ("log.entries", {"start": -1}), ("log.entries", {"start": 2**64}), ("log.inclusion", {}), ("log.inclusion", {"index": "0"}),
])
def test_what_is_not_there_is_refused_in_words(hub: Office, act: str, args: dict[str, Any]) -> None:
    with pytest.raises(DujiangError) as refusal:
        hub.do(PUBLIC, act, args)
    assert refusal.value.status in (404, 422)


@pytest.mark.parametrize("most", [-5, 0, 1, MOST, MOST + 1, 2**70])
def test_however_much_is_asked_for_at_least_one_and_no_more_than_the_most_come(hub: Office, most: int) -> None:
    found = hub.do(PUBLIC, "log.entries", start=0, most=most)["entries"]
    assert len(found) == max(1, min(most, SIZE))


def test_beyond_the_end_there_is_nothing_yet(hub: Office) -> None:
    assert hub.do(PUBLIC, "log.entries", start=2**53 - 1)["entries"] == []
    assert hub.do(PUBLIC, "log.checkpoint")["size"] == SIZE


def test_an_empty_log_has_no_checkpoint_and_proves_nothing(tmp_path: Path) -> None:
    empty = Office(tmp_path, "hub", f"sqlite:///{tmp_path / 'control.db'}")
    assert empty.do(PUBLIC, "log.checkpoint") == {"checkpoint": "", "size": 0} and empty.do(PUBLIC, "log.entries")["entries"] == []
    with pytest.raises(DujiangError):
        empty.do(PUBLIC, "log.inclusion", index=0)
    empty.close()
