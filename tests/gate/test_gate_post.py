"""The letter room takes each letter of a known party once, in its turn, and lets none of them stand in the way of the next."""

import base64
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dujiang.act import HUB_ID
from dujiang.compute import crossing
from dujiang.compute.crossing import PersonsKey
from dujiang.consent.acts import Body, Carry
from dujiang.consent.consents import Consent, Terms
from dujiang.errors import Broken, Conflict, Malformed, Refused, Unavailable
from dujiang.gate import letters
from dujiang.gate.acts import ACTS
from dujiang.gate.letters import Envelope
from dujiang.gate.perform import Gate
from dujiang.ledger.canonical import canonical
from dujiang.ledger.note import SigningKey
from dujiang.register.offers import Offer
from dujiang.words import Role
from gate.gate_office import ORIGIN, Office, carry, database, introduce, somebody
from gate.gate_things import COLUMNS, NAME, offer

STEWARD = somebody(Role.STEWARD, party="hospital-a")
PUBLISH = {
    "id": "as-9", "state": "published", "holder": "hospital-a", "name": {"en": NAME.en, "zh": NAME.zh}, "content": "c" * 64, "grade": 4,
    "persons": 5, "rows": {"person": 5}, "columns": list(COLUMNS), "quality": 90, "right": "rt-1",
}


class Alliance:
    """A hub and two hospitals that know one another."""

    def __init__(self, folder: Path, urls: dict[str, str]) -> None:
        for party in urls:
            (folder / party).mkdir(exist_ok=True)
        self.hub, self.a, self.b = (Office(folder / party, party, url) for party, url in urls.items())
        self.offices = (self.hub, self.a, self.b)
        introduce(*self.offices)

    def letter(self, sender: Office, receiver: str, type: str, body: dict[str, Any], *, key: SigningKey | None = None, **other: Any) -> bytes:
        """The next letter of `sender` to `receiver` as the hub's chain stands, signed by its own key or another."""
        with self.hub.world.transaction() as tx:
            seq, prev = tx.chain(sender.party, receiver)
        said = {"sender": sender.party, "receiver": receiver, "seq": seq + 1, "prev": prev, "time": "2026-11-25T00:00:00.000Z", "type": type, "body": body}
        mine = SigningKey.from_seed(f"{ORIGIN}/{sender.party}", sender.world.keys.get("party"))
        return letters.sign(Envelope(**{**said, **other}), key or mine)

    def sealed(self, sender: Office, receiver: Office, type: str, body: dict[str, Any]) -> bytes:
        box = letters.seal(canonical({"type": type, "body": body}), receiver.me.seal, b"once" * 8)
        return self.letter(sender, receiver.party, letters.SEALED, {"box": box})


@pytest.fixture
def alliance(url: str, tmp_path: Path) -> Iterator[Alliance]:
    """The hub on SQLite or PostgreSQL, the hospitals on SQLite."""
    with database("sqlite", tmp_path) as a, database("sqlite", tmp_path) as b:
        made = Alliance(tmp_path, {"hub": url, "hospital-a": a, "hospital-b": b})
        yield made
        for office in made.offices:
            office.close()


def unchanged(office: Office, before: dict[str, Any]) -> bool:
    return office.dump() == before


def test_a_letter_is_performed_as_an_act_of_its_sender(alliance: Alliance) -> None:
    taken = alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH))
    assert taken.fate == "done" and alliance.hub.find(Offer, "as-9").persons == 5
    assert [(e["act"], e["by"]) for e in alliance.hub.entries()] == [("offer.publish", {"party": "hospital-a"})]
    assert alliance.hub.check_log() == 1


def test_a_forged_signature_is_refused_and_nothing_is_done(alliance: Alliance) -> None:
    before = alliance.hub.dump()
    stolen = SigningKey.from_seed(f"{ORIGIN}/hospital-a", b"x" * 32)
    for key in (stolen, SigningKey.from_seed(f"{ORIGIN}/hospital-b", alliance.b.world.keys.get("party"))):
        with pytest.raises(Broken, match="link.signature"):
            alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH, key=key))
    assert unchanged(alliance.hub, before)


def test_a_stranger_and_an_invited_one_who_has_not_joined_are_refused(alliance: Alliance) -> None:
    alliance.hub.keep(alliance.a.me.with_(state="invited"), alliance.b.me.with_(state="gone"))
    before = alliance.hub.dump()
    for node in (alliance.a, alliance.b):
        with pytest.raises(Refused, match="link.stranger"):
            alliance.hub.post.receive(alliance.letter(node, HUB_ID, "offer.publish", {**PUBLISH, "holder": node.party}))
    assert unchanged(alliance.hub, before)


def test_the_same_letter_again_was_seen_and_does_nothing(alliance: Alliance) -> None:
    data = alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH)
    assert alliance.hub.post.receive(data).fate == "done"
    before = alliance.hub.dump()
    later = alliance.hub.again()
    assert [alliance.hub.post.receive(data).fate, later.post.receive(data).fate] == ["seen", "seen"]
    assert unchanged(alliance.hub, before)
    later.close()


def test_another_letter_under_a_used_number_is_a_fork_and_nothing_is_done(alliance: Alliance) -> None:
    alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH))
    before = alliance.hub.dump()
    for seq in (1, 0, -1):
        with pytest.raises(Conflict, match="link.fork"):
            alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", {**PUBLISH, "persons": 6}, seq=seq, prev=""))
    assert unchanged(alliance.hub, before)


def test_a_gap_names_the_letter_that_is_missing_and_the_sender_can_send_again_from_there(alliance: Alliance) -> None:
    first = alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH)
    ahead = alliance.letter(alliance.a, HUB_ID, "offer.publish", {**PUBLISH, "id": "as-8"}, seq=2, prev=letters.fingerprint(first))
    before = alliance.hub.dump()
    with pytest.raises(Conflict, match="link.gap") as gap:
        alliance.hub.post.receive(ahead)
    assert gap.value.facts == {"next": 1} and unchanged(alliance.hub, before)
    assert [alliance.hub.post.receive(d).fate for d in (first, ahead)] == ["done", "done"]


def test_a_letter_that_does_not_follow_the_one_before_is_refused(alliance: Alliance) -> None:
    alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH))
    before = alliance.hub.dump()
    for prev in ("", "0" * 64):
        with pytest.raises(Broken, match="link.chain"):
            alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", {**PUBLISH, "id": "as-8"}, prev=prev))
    assert unchanged(alliance.hub, before)


@pytest.mark.parametrize("bad", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_letter_is_malformed_and_nothing_is_done(alliance: Alliance, bad: bytes) -> None:
    before = alliance.hub.dump()
    with pytest.raises(Malformed):
        alliance.hub.post.receive(bad)
    assert unchanged(alliance.hub, before)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "an act that does not cross": ("account.appoint", {"party": "hospital-a", "roles": ["operator"], "label": "x"}, "crossing.type"),
    "an act nobody has heard of": ("raw.records", {"rows": [["王小明", "110101199003078888"]]}, "crossing.type"),
    "an act of another place": ("permit.start", {"id": "k-1"}, "gate.act"),
    "a body of another shape": ("offer.publish", {"id": "as-9"}, "crossing.shape"),
    "a thing that is not there": ("task.partial", {"id": "t-9", "vector": "", "evidence": {"content": "", "mask": "", "included": 0, "excluded": 0,
                                                                                         "root": "", "vkey": ""}}, "task.unknown"),
    "somebody else's asset": ("offer.publish", {**PUBLISH, "holder": "hospital-b"}, "offer.holder"),
    "consents in the clear": ("consent.carry", {"bodies": []}, "crossing.type"),
    "the persons' key in the clear": ("persons.share", {"secret": "AAAA"}, "crossing.type"),
    "a sealed letter that cannot be opened": (letters.SEALED, {"box": "AAAA"}, "letter.sealed"),
    "a sealed letter without a box": (letters.SEALED, {}, "letter.sealed"),
    "a signature that is none": ("permit.agreed", {"id": "k-1", "signature": "王"}, "permit.unknown"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_letter_that_asks_for_what_is_not_allowed_is_recorded_and_does_not_block_the_next(alliance: Alliance, what: str) -> None:
    type, body, rule = REFUSED[what]
    data = alliance.letter(alliance.a, HUB_ID, type, body)
    taken = alliance.hub.post.receive(data)
    assert (taken.fate, taken.rule) == ("refused", rule)
    (entry,) = alliance.hub.entries()
    assert (entry["act"], entry["refused"], entry["by"]) == (type if type in alliance.hub.gate.acts else "letter", rule, {"party": "hospital-a"})
    assert alliance.hub.post.receive(data).fate == "seen" and len(alliance.hub.entries()) == 1
    assert alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH)).fate == "done"
    assert alliance.hub.check_log() == 2


def test_a_letter_that_breaks_what_it_asks_for_is_refused_by_the_fault_s_type_alone(
    alliance: Alliance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("王小明 110101199003078888")

    with monkeypatch.context() as fault, caplog.at_level(logging.DEBUG):
        fault.setattr(Gate, "_step", broken)
        taken = alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH))
    assert (taken.fate, taken.rule) == ("refused", "fault.ValueError") and alliance.hub.refusals() == [("offer.publish", "fault.ValueError")]
    assert "ValueError" in caplog.text and "王" not in caplog.text and "1101" not in caplog.text
    assert alliance.hub.post.receive(alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH)).fate == "done"


@pytest.mark.parametrize("trouble", [Unavailable("x.later", "Not now.", "稍后。"), OSError("the disk is full")])
def test_a_letter_that_comes_at_a_bad_time_is_not_taken_and_can_be_sent_again(alliance: Alliance, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    def down(*_: object) -> None:
        raise trouble

    data = alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH)
    before = alliance.hub.dump()
    with monkeypatch.context() as outside, pytest.raises(type(trouble)):
        outside.setattr(Gate, "_step", down)
        alliance.hub.post.receive(data)
    assert unchanged(alliance.hub, before)
    assert alliance.hub.post.receive(data).fate == "done"


def test_the_hub_relays_between_parties_and_reads_nothing_that_is_sealed(alliance: Alliance) -> None:
    terms = Terms(subject="5ecre7" * 10, effect="permit", purposes=("*",))
    alliance.a.keep(offer("hospital-a"))
    with alliance.a.world.transaction() as tx:
        body = crossing.pack("consent.carry", Carry(bodies=(Body(terms=terms, salt="ab" * 32),)), sealed=True)
        assert tx.chain("hospital-a", "hospital-b") == (0, "")
    data = alliance.sealed(alliance.a, alliance.b, "consent.carry", body)
    assert alliance.hub.post.receive(data).fate == "relayed"
    assert not any("5ecre7" in row for rows in alliance.hub.dump().values() for row in rows)
    with pytest.raises(Broken, match="letter.sealed"):
        letters.open_inner(letters.read(data).body["box"], alliance.hub.world.keys.get("seal"))
    (waiting,) = alliance.hub.post.waiting("hospital-b", 0)
    assert alliance.b.post.receive(waiting.envelope).fate == "done"
    assert [c.terms for c in alliance.b.world.tables.all(Consent)] == [terms]
    assert alliance.hub.entries() == []


def test_the_hub_does_not_relay_to_who_is_not_known_and_a_node_relays_to_nobody(alliance: Alliance) -> None:
    taken = alliance.hub.post.receive(alliance.letter(alliance.a, "hospital-z", letters.SEALED, {"box": "AAAA"}))
    assert (taken.fate, taken.rule) == ("refused", "party.unknown")
    for receiver in ("hospital-b", HUB_ID, "hospital-z"):
        before = alliance.b.dump() if receiver != "hospital-b" else alliance.hub.dump()
        if receiver != "hospital-b":
            with pytest.raises(Refused, match="link.receiver"):
                alliance.b.post.receive(alliance.letter(alliance.a, receiver, letters.SEALED, {"box": "AAAA"}))
            assert unchanged(alliance.b, before)


def test_a_letter_for_another_never_acts_where_it_passes(alliance: Alliance) -> None:
    data = alliance.letter(alliance.a, "hospital-b", "offer.publish", PUBLISH)
    assert alliance.hub.post.receive(data).fate == "relayed" and alliance.hub.find(Offer, "as-9") is None
    assert alliance.b.post.receive(data).rule == "gate.act"


@pytest.mark.parametrize("act", sorted(crossing.TYPES))
def test_every_act_that_may_cross_is_for_a_party_and_every_act_for_a_party_may_cross(act: str) -> None:
    assert Role.PARTY in ACTS[act].who and crossing.TYPES[act] is ACTS[act].takes


def test_no_act_for_a_party_lacks_a_type_that_may_cross() -> None:
    assert {name for name, act in ACTS.items() if Role.PARTY in act.who and act.who != frozenset(Role)} <= set(crossing.TYPES)


def test_sealed_types_are_refused_in_the_clear_at_both_ends(alliance: Alliance) -> None:
    for act, args in (("persons.share", PersonsKey(secret="AAAA")), ("consent.carry", Carry(bodies=()))):
        with pytest.raises(Refused, match="crossing.type"):
            crossing.pack(act, args, sealed=False)
        body = crossing.pack(act, args, sealed=True)
        data = alliance.letter(alliance.a, "hospital-b", act, body)
        assert [alliance.hub.post.receive(data).fate, alliance.b.post.receive(data).rule] == ["relayed", "crossing.type"]
    assert not alliance.b.world.keys.has("persons")


def test_the_hub_cannot_give_nodes_a_persons_key_of_its_own(alliance: Alliance) -> None:
    secret = base64.b64encode(b"h" * 32).decode()
    box = letters.seal(canonical({"type": "persons.share", "body": {"secret": secret}}), alliance.a.me.seal, b"once" * 8)
    data = letters.sign(
        Envelope(sender=HUB_ID, receiver="hospital-a", seq=1, prev="", time="t", type=letters.SEALED, body={"box": box}),
        SigningKey.from_seed(ORIGIN, alliance.hub.world.keys.get("party")),
    )
    taken = alliance.a.post.receive(data)
    assert (taken.fate, taken.rule) == ("refused", "persons.sender") and not alliance.a.world.keys.has("persons")


def test_letters_carried_both_ways_arrive_in_order_once_and_the_logs_agree(alliance: Alliance) -> None:
    alliance.a.do(STEWARD, "persons.found")
    fates = carry(alliance.hub, alliance.a, alliance.b)
    assert [f.fate for f in fates] == ["relayed", "done"]
    assert alliance.b.world.keys.get("persons") == alliance.a.world.keys.get("persons") and not alliance.hub.world.keys.has("persons")
    assert carry(alliance.hub, alliance.a, alliance.b) == [] and alliance.b.check_log() == 1


def test_what_was_delivered_twice_because_the_answer_was_lost_is_done_once(alliance: Alliance) -> None:
    alliance.a.do(STEWARD, "persons.found")
    (letter,) = alliance.a.post.outgoing()
    assert [alliance.hub.post.receive(letter.envelope).fate for _ in range(2)] == ["relayed", "seen"]
    assert len(alliance.hub.post.waiting("hospital-b", 0)) == 1
    alliance.a.post.delivered(letter.place)
    alliance.a.post.delivered(0)  # an older answer that comes late does not send it all again
    assert alliance.a.post.outgoing() == []


def test_letters_of_a_stranger_are_read_when_the_stranger_becomes_known(alliance: Alliance) -> None:
    """Whoever is admitted late has not missed what was sent before."""
    alliance.b.keep(alliance.a.me.with_(state="unknown"))
    alliance.a.do(STEWARD, "persons.found")
    (letter,) = alliance.a.post.outgoing()
    alliance.hub.post.receive(letter.envelope)
    for waiting in alliance.hub.post.waiting("hospital-b", alliance.b.post.read_up_to()):
        with pytest.raises(Refused, match="link.stranger"):
            alliance.b.post.receive(waiting.envelope)
        alliance.b.post.read_up_to(waiting.place)
    assert alliance.hub.post.waiting("hospital-b", alliance.b.post.read_up_to()) == []
    me = alliance.a.me
    admit = {"party": me.id, "name": {"en": "A", "zh": "甲"}, "vkey": me.vkey, "seal": me.seal}
    alliance.b.do(somebody(Role.STEWARD, party="hospital-b"), "party.admit", admit)
    assert [f.fate for f in carry(alliance.hub, alliance.a, alliance.b)] == ["seen", "done"]
    assert alliance.b.world.keys.has("persons") and alliance.b.post.read_up_to() > 0


def test_a_party_never_gets_another_s_letters(alliance: Alliance) -> None:
    alliance.hub.post.receive(alliance.letter(alliance.a, "hospital-b", letters.SEALED, {"box": "AAAA"}))
    assert alliance.hub.post.waiting("hospital-a", 0) == [] and len(alliance.hub.post.waiting("hospital-b", 0)) == 1


def test_one_letter_brought_by_eight_at_once_is_done_by_one_and_seen_by_the_others(alliance: Alliance) -> None:
    data, ready = alliance.letter(alliance.a, HUB_ID, "offer.publish", PUBLISH), threading.Barrier(8)
    fates: list[str] = []

    def bring() -> None:
        ready.wait()
        fates.append(alliance.hub.post.receive(data).fate)

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fates) == ["done", *["seen"] * 7] and len(alliance.hub.entries()) == 1 and alliance.hub.check_log() == 1
