"""The hub's two link routes: what is not a party's own letter or poll is refused and does nothing; what was taken is never taken twice."""

import base64
import json
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doors.doors_house import ORIGIN, Open, a_hub, opened
from dujiang.doors.letterbox import MOST_BYTES, STRIDE, Letterbox, bundle, poll_bytes
from dujiang.gate import letters
from dujiang.gate.letters import Envelope
from dujiang.ledger.note import SigningKey
from dujiang.world import Letter

SEAL = base64.b64encode(bytes([9] + [0] * 31)).decode()


@dataclass
class Pen:
    """A party that writes its letters by hand, so that it can also write bad ones."""

    hub: Open
    party: str
    key: SigningKey = field(default_factory=lambda: SigningKey.from_seed(f"{ORIGIN}/pen", secrets.token_bytes(32)))
    seq: int = 0
    prev: str = ""

    def join(self) -> "Pen":
        told = self.hub.post("party.invite", {"party": self.party, "name": {"en": "P", "zh": "笔"}}).json()
        body = {"party": self.party, "vkey": self.key.verifying.text, "seal": SEAL, "invitation": told["invitation"].partition(".")[0]}
        assert self.hub.post("party.join", body, token="").status_code == 200
        return self

    def write(self, act: str = "consent.commit", body: Any = None, **other: Any) -> bytes:
        """The next letter, signed; `other` fields in place of the right ones leave the chain as it is."""
        fields = {"sender": self.party, "receiver": "hub", "seq": self.seq + 1, "prev": self.prev, "time": "2026-01-01T00:00:00.000Z",
                  "type": act, "body": commitment() if body is None else body, **other}
        data = letters.sign(Envelope(**fields), self.key)
        if not other:
            self.seq, self.prev = self.seq + 1, letters.fingerprint(data)
        return data

    def poll(self, after: int = 0, *, time: int, size: int = 0, key: SigningKey | None = None) -> bytes:
        signature = (key or self.key).sign_bytes(poll_bytes(self.party, after, size=size, time=time))
        return json.dumps({"party": self.party, "after": after, "size": size, "time": time, "sig": base64.b64encode(signature).decode()}).encode()


def commitment() -> dict[str, Any]:
    return {"items": [{"commitment": secrets.token_hex(32), "effect": "permit"}]}


def post(hub: Open, *data: bytes) -> Any:
    return hub.http.post("/link/letters", json={"letters": [d.decode() for d in data]})


def ask(hub: Open, poll: bytes) -> Any:
    return hub.http.post("/link/poll", content=poll)


def log_size(hub: Open) -> int:
    return int(hub.get("log.checkpoint").json()["size"])


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture(scope="module")
def joined(hub: Open) -> Iterator[Pen]:
    yield Pen(hub, "pen").join()


@pytest.fixture
def pen(joined: Pen) -> Pen:
    return joined


def fates(answer: Any) -> list[str]:
    return [f["fate"] for f in answer.json()["fates"]]


def test_letters_are_taken_in_their_turn_and_each_is_entered_in_the_log(hub: Open, pen: Pen) -> None:
    before = len(hub.entries())
    answer = post(hub, pen.write(), pen.write(), pen.write())
    assert answer.status_code == 200 and fates(answer) == ["done"] * 3
    assert [json.loads(e)["act"] for e in hub.entries()[before:]].count("consent.commit") == 6  # the act's own entry and one per item


def test_an_envelope_with_a_wrong_signature_is_refused_and_nothing_is_done(hub: Open, pen: Pen) -> None:
    before = hub.entries()
    forged = letters.sign(Envelope(sender="pen", receiver="hub", seq=pen.seq + 1, prev=pen.prev, time="2026-01-01T00:00:00.000Z", type="consent.commit",
                                   body=commitment()), SigningKey.from_seed("x", secrets.token_bytes(32)))
    altered = json.loads(pen.write(seq=pen.seq + 1))
    altered["body"]["items"][0]["effect"] = "deny"
    unsigned = {**altered, "sig": ""}
    for data in (forged, canonical(altered), canonical(unsigned), canonical({**altered, "sig": "no base64!"})):
        answer = post(hub, data)
        assert (answer.status_code, answer.json()["rule"], answer.json()["fates"]) == (403, "link.signature", [])
        assert "未执行任何操作" in answer.json()["zh"]
    assert hub.entries() == before and fates(post(hub, pen.write())) == ["done"]


def canonical(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def test_a_replayed_envelope_does_nothing(hub: Open, pen: Pen) -> None:
    data = pen.write()
    assert fates(post(hub, data)) == ["done"]
    before = hub.entries()
    assert fates(post(hub, data, data)) == ["seen", "seen"] and hub.entries() == before


def test_another_letter_under_a_number_that_was_used_is_refused(hub: Open, pen: Pen) -> None:
    post(hub, pen.write())
    answer = post(hub, pen.write(seq=pen.seq))
    assert (answer.status_code, answer.json()["rule"]) == (409, "link.fork")


def test_a_letter_out_of_turn_is_refused_with_the_number_that_is_missing(hub: Open, pen: Pen) -> None:
    answer = post(hub, pen.write(seq=pen.seq + 5))
    assert (answer.status_code, answer.json()["rule"], answer.json()["facts"]) == (409, "link.gap", {"next": pen.seq + 1})


def test_of_a_batch_what_stands_before_a_bad_letter_is_taken_and_told_and_can_be_forgotten(hub: Open, pen: Pen) -> None:
    answer = post(hub, pen.write(), pen.write(), pen.write(prev="0" * 64), pen.write(seq=pen.seq + 2))
    assert (answer.status_code, answer.json()["rule"], fates(answer)) == (403, "link.chain", ["done", "done"])
    assert fates(post(hub, pen.write())) == ["done"]


def test_a_letter_of_a_stranger_is_refused_and_nothing_is_done(hub: Open) -> None:
    before = hub.entries()
    stranger = Pen(hub, "stranger")
    assert post(hub, stranger.write()).json()["rule"] == "link.stranger"
    assert hub.post("party.invite", {"party": "stranger", "name": {"en": "S", "zh": "生"}}).status_code == 200
    assert post(hub, stranger.write(seq=1)).json()["rule"] == "link.stranger"  # invited is not joined
    assert [json.loads(e)["act"] for e in hub.entries()[len(before):]] == ["party.invite"]


@pytest.mark.parametrize(("act", "body"), [
    ("account.appoint", {"party": "pen", "roles": ["operator"], "label": "x"}), ("consent.commit", {"items": 7}), ("no.such", {}),
    ("sealed", {"box": "AAAA"}), ("sealed", {}), ("task.partial", {}), ("persons.share", {"secret": "AAAA"}),
])
def test_a_letter_that_asks_for_what_is_not_allowed_is_out_of_the_way_of_the_next(hub: Open, pen: Pen, act: str, body: Any) -> None:
    answer = post(hub, pen.write(act, body), pen.write())
    assert answer.status_code == 200 and fates(answer) == ["refused", "done"]


def test_a_letter_to_somebody_the_hub_does_not_know_stops_nothing(hub: Open, pen: Pen) -> None:
    lost = Pen(hub, "pen", pen.key)
    answer = post(hub, lost.write("persons.share", {}, receiver="nobody", seq=1, prev=""), pen.write())
    assert answer.status_code == 200 and fates(answer) == ["refused", "done"]


MALFORMED = {
    "nothing": b"", "no JSON": b"hello", "a list": b"[]", "no letters": b"{}", "letters of no kind": b'{"letters":7}', "numbers": b'{"letters":[1,2]}',
    "null": b'{"letters":[null]}', "objects": b'{"letters":[{}]}', "empty letters": b'{"letters":["","",""]}', "half a surrogate": b'{"letters":["\\ud800"]}',
    "too many": json.dumps({"letters": ["{}"] * 201}).encode(), "deep": b"[" * 100_000, "deep inside": json.dumps({"letters": ["[" * 100_000]}).encode(),
    "a letter that is a list": b'{"letters":["[]"]}', "more": b'{"letters":[],"x":1}', "not UTF-8": b'{"letters":["\xff"]}', "NaN": b'{"letters":[NaN]}',
    "an envelope without fields": b'{"letters":["{\\"from\\":\\"pen\\"}"]}', "huge numbers": b'{"party":"pen","after":1e400,"time":1,"sig":""}',
    "a poll of no party": b'{"party":"","after":0,"size":0,"time":1,"sig":""}', "a poll of null": b'{"party":null,"after":null,"size":null,"time":null,"sig":null}',
    "a poll before the beginning": b'{"party":"pen","after":-1,"size":0,"time":1,"sig":"AAAA"}', "a poll without end": b'{"party":"pen","after":0,"size":0,"time":NaN,"sig":"AAAA"}',
    "a poll signed with nonsense": '{"party":"pen","after":0,"size":0,"time":1,"sig":"\u00e4\u00e4"}'.encode(),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_body_is_refused_by_both_routes(hub: Open, pen: Pen, what: str) -> None:
    before = hub.entries()
    for at in ("/link/letters", "/link/poll"):
        answer = hub.http.post(at, content=MALFORMED[what])
        assert 400 <= answer.status_code < 500 and answer.json()["rule"].startswith(("link.", "http.size")), (at, answer.text)
    assert hub.entries() == before


@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda t: json.dumps({"letters": [t]}).encode()))
def test_any_bytes_are_refused_by_both_routes(hub: Open, body: bytes) -> None:
    for at in ("/link/letters", "/link/poll"):
        assert 400 <= hub.http.post(at, content=body).status_code < 500


def test_a_body_larger_than_the_link_carries_is_refused(hub: Open) -> None:
    assert hub.http.post("/link/poll", content=b" " * (64 << 10) + b"{}").status_code == 413


def test_a_letter_too_long_for_the_link_is_refused_at_the_act_and_never_stands_in_the_queue(node: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    steward = node.appoint("steward", party="hospital-a")
    key = SigningKey.from_seed(f"{ORIGIN}/hospital-q", bytes(32)).verifying.text
    peer = {"party": "hospital-q", "name": {"en": "Q", "zh": "戊"}, "vkey": key, "seal": SEAL}
    assert node.post("party.admit", peer, token=steward).status_code == 200
    with monkeypatch.context() as small:
        small.setattr("dujiang.gate.letters.MOST_BYTES", 100)
        answer = node.post("persons.found", token=steward)
    assert (answer.status_code, answer.json()["rule"]) == (422, "letter.size") and node.running.post.outgoing() == []
    assert node.post("persons.found", token=steward).status_code == 200 and len(node.running.post.outgoing()) == 1


def test_a_poll_is_answered_with_the_letters_that_lie_here_and_the_length_of_the_log(hub: Open, pen: Pen) -> None:
    friend = Pen(hub, "friend").join()
    letter = pen.write("persons.share", {"x": 1}, receiver="friend", seq=1, prev="")
    assert fates(post(hub, letter)) == ["relayed"]
    told = ask(hub, friend.poll(time=now())).json()
    assert [x["envelope"].encode() for x in told["letters"]] == [letter] and told["size"] == len(hub.entries())
    rest = ask(hub, friend.poll(told["letters"][0]["place"], time=now() + 1, size=told["size"] - 2)).json()
    assert rest["letters"] == [] and rest["page"]["start"] == told["size"] - 2 and len(rest["page"]["entries"]) == 2


def test_a_waiting_poll_is_answered_soon_after_the_log_has_grown_and_brings_what_is_new(hub: Open, pen: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dujiang.doors.letterbox.WAIT", 3600.0)  # without the growth the answer would not come at all
    waiter, box = Pen(hub, "waiter").join(), Letterbox(hub.running, lambda: False)
    here = log_size(hub)
    with ThreadPoolExecutor(1) as waiting:
        told = waiting.submit(box.poll, waiter.poll(time=now(), size=here))
        assert fates(post(hub, pen.write())) == ["done"]
        answer = told.result(timeout=30)
    assert answer["letters"] == [] and here < answer["size"] == answer["page"]["size"] <= log_size(hub)
    assert answer["page"]["entries"] == hub.get("log.entries", start=here, most=answer["size"] - here).json()["entries"]


def test_a_poll_later_than_what_is_written_down_is_written_down_and_the_others_are_not(hub: Open) -> None:
    at, pen = now(), Pen(hub, "ahead").join()
    kept = []
    for step in (0, 1, 2, STRIDE + 1, STRIDE + 2):
        assert ask(hub, pen.poll(time=at + step)).status_code == 200
        with hub.running.world.reading() as tx:
            kept.append(tx.count("poll:ahead") - at)
    assert kept == [STRIDE, STRIDE, STRIDE, 2 * STRIDE + 1, 2 * STRIDE + 1]


def test_a_replayed_poll_is_refused_and_so_is_one_from_before_it(hub: Open, pen: Pen) -> None:
    at = now()
    first = pen.poll(time=at)
    assert ask(hub, first).status_code == 200
    for again in (first, pen.poll(time=at - 1), pen.poll(1, time=at)):
        answer = ask(hub, again)
        assert (answer.status_code, answer.json()["rule"], answer.json()["facts"]) == (403, "link.replay", {"after": at})
    assert ask(hub, pen.poll(time=at + 1)).status_code == 200


def test_a_poll_signed_by_another_party_is_refused_and_uses_nothing_up(hub: Open, pen: Pen) -> None:
    other = Pen(hub, "other").join()
    at = now()
    for foreign in (pen.poll(time=at + 9, key=other.key), Pen(hub, "nobody", pen.key).poll(time=at + 9), Pen(hub, "hub", pen.key).poll(time=at + 9)):
        answer = ask(hub, foreign)
        assert (answer.status_code, answer.json()["rule"]) == (403, "link.signature")
    honest = json.loads(pen.poll(time=at + 1))
    for named in ("after", "size"):
        assert ask(hub, json.dumps({**honest, named: 1}).encode()).json()["rule"] == "link.signature"
    assert ask(hub, json.dumps(honest).encode()).status_code == 200


def test_a_recorded_poll_is_refused_by_a_restarted_hub_too(tmp_path: Path) -> None:
    with a_hub(tmp_path / "hub") as first:
        pen = Pen(first, "pen").join()
        recorded, token = pen.poll(time=now()), first.token
        assert ask(first, recorded).status_code == 200
    with opened(tmp_path / "hub", token) as second:
        assert ask(second, recorded).json()["rule"] == "link.replay"


@given(sizes=st.lists(st.integers(0, MOST_BYTES + 5) | st.integers(0, 50), max_size=30))
def test_what_goes_together_is_a_beginning_that_fits_and_never_nothing(sizes: list[int]) -> None:
    lying = [Letter(n, "a", "b", n, Sized(size)) for n, size in enumerate(sizes)]  # type: ignore[arg-type]
    chosen = bundle(lying)
    assert chosen == lying[: len(chosen)] and bool(chosen) == bool(lying)
    assert len(chosen) <= 1 or sum(len(x.envelope) for x in chosen) <= MOST_BYTES
    assert len(chosen) == len(lying) or sum(len(x.envelope) for x in lying[: len(chosen) + 1]) > MOST_BYTES


class Sized(bytes):
    """Bytes that only say how many they are."""

    def __new__(cls, size: int) -> "Sized":
        made = super().__new__(cls)
        made.size = size  # type: ignore[attr-defined]
        return made

    def __len__(self) -> int:
        return int(self.size)  # type: ignore[attr-defined]
