"""Parties join by an invitation used once, know their peers by keys compared by hand, and share a key that the hub never has."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from dujiang.act import HUB_ID
from dujiang.errors import Conflict, DujiangError, Malformed, Refused
from dujiang.gate.parties import PERSONS_KEY_BYTES
from dujiang.store.control import SqlTransaction
from dujiang.words import Party, Role
from gate.gate_office import Office, carry, introduce, somebody

OPERATOR = somebody(Role.OPERATOR)
PUBLIC = somebody(Role.PUBLIC, id="public", party="")
NAME = {"en": "A", "zh": "甲"}
Make = Callable[..., Office]


def steward(office: Office) -> Any:
    return somebody(Role.STEWARD, party=office.party)


def invite(hub: Office, party: str = "hospital-a", key: str = "") -> str:
    return str(hub.do(OPERATOR, "party.invite", {"party": party, "name": NAME}, key=key)["invitation"])


def join(hub: Office, node: Office, invitation: str, **other: str) -> Any:
    args = {"party": node.party, "vkey": node.me.vkey, "seal": node.me.seal, "invitation": invitation, **other}
    return hub.do(PUBLIC, "party.join", args)


def admit(office: Office, peer: Office, **other: Any) -> Any:
    args = {"party": peer.party, "name": NAME, "vkey": peer.me.vkey, "seal": peer.me.seal, **other}
    return office.do(steward(office), "party.admit", args)


def test_whoever_shows_the_invitation_joins_and_learns_the_hub_s_keys(office: Make) -> None:
    hub, node = office(HUB_ID), office("hospital-a")
    answer = join(hub, node, invite(hub))
    assert hub.state(Party, "hospital-a") == "joined" and hub.find(Party, "hospital-a").vkey == node.me.vkey
    assert {k: answer["hub"][k] for k in ("vkey", "seal", "log")} == {"vkey": hub.me.vkey, "seal": hub.me.seal, "log": hub.me.log}
    assert hub.entries()[-1]["facts"] == {"party": "hospital-a", "vkey": node.me.vkey, "seal": node.me.seal}


def test_joining_again_with_the_same_keys_changes_nothing(office: Make) -> None:
    hub, node = office(HUB_ID), office("hospital-a")
    token = invite(hub)
    first = join(hub, node, token)
    before = hub.find(Party, "hospital-a")
    assert join(hub, node, token) == first and hub.find(Party, "hospital-a") == before


def test_an_invitation_is_used_by_one_key_and_no_other(office: Make) -> None:
    hub, node, thief = office(HUB_ID), office("hospital-a"), office("hospital-z")
    token = invite(hub)
    join(hub, node, token)
    for keys in ({"vkey": thief.me.vkey}, {"seal": thief.me.seal}, {"vkey": thief.me.vkey, "seal": thief.me.seal}):
        with pytest.raises(Refused, match="party.joined"):
            join(hub, node, token, **keys)
    assert hub.find(Party, "hospital-a").vkey == node.me.vkey


@pytest.mark.parametrize("wrong", ["", "x", "0" * 48, "王小明"])
def test_without_the_right_invitation_nobody_joins_under_any_id(office: Make, wrong: str) -> None:
    hub, node = office(HUB_ID), office("hospital-a")
    token = invite(hub)
    for party, shown in (("hospital-a", wrong), ("hospital-b", token), (HUB_ID, token), (HUB_ID, ""), ("hospital-a", hashlib.sha256(token.encode()).hexdigest())):
        with pytest.raises(Refused, match="party.invitation"):
            join(hub, node, shown, party=party)
    assert hub.state(Party, "hospital-a") == "invited" and hub.find(Party, HUB_ID).vkey == hub.me.vkey
    assert hub.refusals() == []  # strangers do not write into the log


def test_an_invitation_is_kept_as_a_digest_only_and_never_shown(office: Make) -> None:
    hub = office(HUB_ID)
    token = invite(hub, key="invite:a")
    assert not any(token in row for rows in hub.dump().values() for row in rows) and token not in str(hub.entries())
    assert all(p["invitation"] == "" for p in hub.do(PUBLIC, "party.list")) and invite(hub, key="invite:a") == token


@pytest.mark.parametrize("party", [HUB_ID, "hospital-a"])
def test_an_id_is_given_once(office: Make, party: str) -> None:
    hub = office(HUB_ID)
    hub.do(OPERATOR, "party.invite", {"party": "hospital-a", "name": NAME}, key="first")
    with pytest.raises(Conflict, match="party.known"):
        invite(hub, party)


@pytest.mark.parametrize("change", [{"vkey": "x"}, {"vkey": ""}, {"seal": ""}, {"seal": "AAAA"}, {"seal": base64.b64encode(bytes(32)).decode()}, {"seal": "王小明"}])
def test_keys_that_are_none_are_not_taken_from_who_joins_nor_from_a_peer(office: Make, change: dict[str, str]) -> None:
    hub, node, peer = office(HUB_ID), office("hospital-a"), office("hospital-b")
    with pytest.raises(DujiangError) as refusal:
        join(hub, node, invite(hub), **change)
    assert refusal.value.rule in ("note.key", "party.seal") and hub.state(Party, "hospital-a") == "invited"
    with pytest.raises(Malformed):
        admit(node, peer, **change)
    assert node.find(Party, "hospital-b") is None


def test_a_peer_is_admitted_by_hand_and_sent_the_persons_key_when_it_is_there(office: Make) -> None:
    hub, a, b = office(HUB_ID), office("hospital-a"), office("hospital-b")
    introduce(hub, a)
    introduce(hub, b)
    b.keep(a.me.with_(state="admitted"))
    a.do(steward(a), "persons.found")
    assert a.post.outgoing() == []
    admit(a, b)
    carry(hub, a, b)
    assert b.world.keys.get("persons") == a.world.keys.get("persons") and not hub.world.keys.has("persons")
    admit(a, b)
    assert carry(hub, a, b) == []  # comparing the keys once more sends nothing


@pytest.mark.parametrize("peer", [HUB_ID, "hospital-a"])
def test_neither_the_hub_nor_oneself_is_admitted_as_a_peer(office: Make, peer: str) -> None:
    """Before a node has joined, a party named like the hub would be sent the persons' key."""
    hub, a = office(HUB_ID), office("hospital-a")
    a.do(steward(a), "persons.found")
    with pytest.raises(Refused, match="party.peer"):
        admit(a, {HUB_ID: hub, "hospital-a": a}[peer])
    assert a.post.outgoing() == [] and a.find(Party, HUB_ID) is None and a.state(Party, "hospital-a") == "joined"


def test_founding_makes_one_key_and_founding_again_shares_the_same(office: Make) -> None:
    hub, a, b = office(HUB_ID), office("hospital-a"), office("hospital-b")
    introduce(hub, a, b)
    assert a.do(steward(a), "persons.found") == {"shared_with": ["hospital-b"]}
    key = a.world.keys.get("persons")
    carry(hub, a, b)
    a.do(steward(a), "persons.found")
    carry(hub, a, b)
    assert len(key) == PERSONS_KEY_BYTES and a.world.keys.get("persons") == b.world.keys.get("persons") == key
    assert not any(key.hex() in row or base64.b64encode(key).decode() in row for o in (hub, a, b) for rows in o.dump().values() for row in rows)


def test_a_process_killed_between_the_key_and_the_commit_shares_that_same_key_later(office: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, a, b = office(HUB_ID), office("hospital-a"), office("hospital-b")
    introduce(hub, a, b)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as death, pytest.raises(KeyboardInterrupt):
        death.setattr(SqlTransaction, "remember", die)
        a.do(steward(a), "persons.found", key="found")
    key = a.world.keys.get("persons")
    assert a.entries() == [] and a.post.outgoing() == []
    a.do(steward(a), "persons.found", key="found")
    carry(hub, a, b)
    assert a.world.keys.get("persons") == b.world.keys.get("persons") == key and len(a.entries()) == 1


def test_of_two_nodes_that_found_a_key_each_keeps_its_own_and_the_clash_is_recorded(office: Make) -> None:
    hub, a, b = office(HUB_ID), office("hospital-a"), office("hospital-b")
    introduce(hub, a, b)
    for node in (a, b):
        node.do(steward(node), "persons.found")
    mine = b.world.keys.get("persons")
    fates = carry(hub, a, b)
    assert [f.rule for f in fates if f.fate == "refused"] == ["key.other"] * 2 and b.world.keys.get("persons") == mine


@pytest.mark.parametrize("secret", ["", "x", base64.b64encode(b"s" * 31).decode(), base64.b64encode(b"s" * 33).decode(), "王"])
def test_a_persons_key_that_is_not_whole_is_refused_and_not_kept(office: Make, secret: str) -> None:
    a = office("hospital-a")
    with pytest.raises(Malformed, match="persons.secret"):
        a.do(somebody(Role.PARTY, id="hospital-b", party="hospital-b"), "persons.share", secret=secret)
    assert not a.world.keys.has("persons")


def test_nobody_unknown_gets_an_account_and_the_refusal_does_not_say_who_was_asked_for(office: Make) -> None:
    a = office("hospital-a")
    with pytest.raises(Conflict) as refusal:
        a.do(steward(a), "person.enrol", patient="110101199003078888")
    assert "1101" not in refusal.value.en and "1101" not in str(a.entries())
