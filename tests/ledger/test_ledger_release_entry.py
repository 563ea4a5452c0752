"""Only the entry of a release that took place is read as one."""

import pytest

from dujiang.errors import Malformed
from dujiang.ledger.release_entry import Holding, read_release

NORTH = {"id": "north", "vkey": "v", "root": "00", "count": 3}
ENTRY = {
    "v": 1, "act": "release.release", "at": "2026-02-28T12:00:00.000Z", "by": {"party": "hub"}, "on": "release:r-1",
    "to": "released", "facts": {"purpose": "DUO:0000007", "sha256": "00", "holders": [NORTH]},
}


def test_a_release_entry_says_which_release_for_what_when_and_from_whom():
    release = read_release(ENTRY)
    assert (release.id, release.purpose, release.at) == ("r-1", "DUO:0000007", "2026-02-28T12:00:00.000Z")
    assert release.holding("north") == Holding(id="north", vkey="v", root="00", count=3)


def test_a_holder_that_is_not_named_or_named_twice_has_no_commitment():
    assert read_release(ENTRY).holding("south") is None
    twice = {**ENTRY, "facts": {**ENTRY["facts"], "holders": [NORTH, {**NORTH, "count": 4}]}}
    assert read_release(twice).holding("north") is None


def test_a_release_without_holders_is_still_a_release():
    assert read_release({**ENTRY, "facts": {**ENTRY["facts"], "holders": []}}).holders == ()


@pytest.mark.parametrize("field", ["on", "to", "at", "facts"])
def test_an_entry_that_lacks_a_field_is_refused(field):
    with pytest.raises(Malformed) as refusal:
        read_release({name: value for name, value in ENTRY.items() if name != field})
    assert refusal.value.rule == "release.entry"


@pytest.mark.parametrize("to", ["approved", "withdrawn", "Released", None])
def test_an_entry_of_another_move_of_a_release_is_refused(to):
    with pytest.raises(Malformed):
        read_release({**ENTRY, "to": to})


@pytest.mark.parametrize(
    "holder",
    [
        {**NORTH, "count": "3"},
        {**NORTH, "count": 3.5},
        {**NORTH, "count": True},
        {**NORTH, "more": 1},
        {k: v for k, v in NORTH.items() if k != "vkey"},
        "north",
        None,
    ],
)
def test_a_holder_with_other_fields_is_refused(holder):
    with pytest.raises(Malformed):
        read_release({**ENTRY, "facts": {**ENTRY["facts"], "holders": [holder]}})
