"""Hostile input over HTTP: whatever is sent, the answer is a refusal in JSON that does not say the sent value back, and never a fault."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doors.doors_house import Open, path
from dujiang.act import Act
from dujiang.gate.acts import ACTS

PERSON = "张三110101199003078515"
DEEP = 200_000
HOSTILE: dict[str, bytes] = {
    "nothing": b"", "no JSON": b"hello", "half": b'{"party":"x",', "a list": b"[]", "null": b"null", "a number": b"7", "a string": b'"x"',
    "NaN": b'{"party":NaN,"id":NaN,"runs":NaN}', "infinity": b'{"party":Infinity}', "minus infinity": b'{"id":-Infinity}',
    "a huge integer": b'{"runs":1' + b"0" * 6000 + b',"id":1' + b"0" * 6000 + b"}", "a huge exponent": b'{"runs":1e999999,"id":1e999999}',
    "deep lists": b'{"party":' + b"[" * DEEP + b"]" * DEEP + b"}", "deep objects": b'{"query":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "deep and unclosed": b"[" * DEEP, "a deep cohort": b'{"request":"x","query":{"cohort":' + b'{"type":"not","cohort":' * 20_000,
    "not UTF-8": b'{"party":"\xff\xfe","id":"\xff"}', "half a surrogate": b'{"party":"\\ud800","id":"\\udc00"}', "UTF-16": '{"party":"x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"id":"x"}', "a null byte": b'{"id":"a\\u0000b","party":"\\u0000"}', "control characters": b'{"id":"\x01"}',
    "a field twice": b'{"id":"a","id":"b","party":"a","party":"b"}', "an unknown field": f'{{"{PERSON}":1}}'.encode(),
    "two documents": b'{"id":"x"}{"id":"y"}', "a prototype": b'{"__proto__":{"x":1},"id":"x"}', "SQL": b'{"id":"x\' OR 1=1 --","party":"\'; DROP TABLE thing; --"}',
    "a path": b'{"id":"../../../etc/passwd","place":"/etc/passwd","source":"../.."}', "a format": b'{"id":"{0.__class__}","reason":"{rule}{en}"}',
    "a long id": b'{"id":"' + b"a" * 1_000_000 + b'"}', "many fields": b"{" + b",".join(b'"f%d":1' % n for n in range(50_000)) + b"}",
}


# Acts of every shape: flat, nested, with codes, with a query, with a list of forms.
SOME = ("account.appoint", "party.invite", "party.join", "request.draft", "task.submit", "release.check", "app.install", "party.admit", "consent.gather",
        "source.open", "arrival.land")


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_body_is_refused_in_json_and_breaks_nothing(party: Open, what: str) -> None:
    for act in doable(party):
        if act.name in SOME:
            refused(send(party, act, HOSTILE[what]))
    assert party.http.get("/health").status_code == 200


@pytest.mark.slow
def test_every_hostile_body_is_refused_by_every_act(party: Open) -> None:
    for act in doable(party):
        for what, body in HOSTILE.items():
            answer = send(party, act, body)
            takes_nothing = answer.status_code == 200 and not act.takes.__struct_fields__
            assert takes_nothing or refused(answer), (act.name, what)


def doable(party: Open) -> list[Act]:
    """The acts that somebody with a token, or nobody in particular, may do here."""
    return [a for a in party.running.gate.acts.values() if not a.look and role_for(a)]


def role_for(act: Act) -> str:
    return next((r for r in ("operator", "steward", "applicant", "checker", "ethics_committee", "public") if r in act.who), "")


def send(party: Open, act: Act, body: bytes) -> httpx.Response:
    role = role_for(act)
    return party.send(act.name, body, token="" if role == "public" else tokens(party, role))


def refused(answer: httpx.Response) -> bool:
    assert 400 <= answer.status_code < 500, (answer.request.url, answer.text[:500])
    told = answer.json()
    assert set(told) >= {"rule", "message", "en", "zh"} and told["zh"] and PERSON not in answer.text and len(answer.text) < 2000
    return True


KNOWN: dict[tuple[str, str], str] = {}


def tokens(party: Open, role: str) -> str:
    """The token of a post with that role."""
    if (party.token, role) in KNOWN:
        return KNOWN[party.token, role]
    body = {"party": party.running.config.party, "roles": [role], "label": f"hostile {role}"}
    KNOWN[party.token, role] = str(party.post("account.appoint", body).json()["token"])
    return KNOWN[party.token, role]


VALUES = ("", "-1", "1e5", "9" * 19, "-" + "9" * 40, "NaN", "\x00", "\ud7ff", PERSON, "x" * 5000)


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_address_is_answered_or_refused_in_json_and_breaks_nothing(hub: Open, node: Open, value: str) -> None:
    for party in (hub, node):
        for act in ACTS.values():
            if party.running.config.place in act.where and act.look:
                token = tokens(party, next((r for r in ("steward", "checker", "applicant") if r in act.who), "operator"))
                answer = party.http.get(path(act.name), params=dict.fromkeys(names(act), value), headers=party.bearer(token))
                assert answer.status_code < 500, (act.name, value[:20], answer.text)
                assert answer.status_code == 200 or (answer.json()["rule"] and PERSON not in answer.text), (act.name, value[:20])


def names(act: Act) -> list[str]:
    return list(act.takes.__struct_fields__) or ["anything"]


def test_a_field_of_the_wrong_type_is_named_by_its_place_and_never_by_its_value(hub: Open) -> None:
    told = hub.post("account.appoint", {"party": "hub", "roles": [PERSON], "label": "x"}).json()
    assert told["rule"] == "gate.arguments" and "$.roles" in told["en"] and "$.roles" in told["zh"] and PERSON not in json.dumps(told, ensure_ascii=False)
    told = hub.post("account.appoint", {"party": 7, "roles": [], "label": "x"}).json()
    assert "$.party" in told["message"] and "str" in told["message"]
    told = hub.get("log.entries", start=PERSON).json()
    assert told["rule"] == "gate.arguments" and "$.start" in told["message"] and PERSON not in json.dumps(told, ensure_ascii=False)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=12,
)
DOABLE = sorted(a.name for a in ACTS.values() if "hub" in a.where and not a.look and "operator" in a.who)


@given(act=st.sampled_from(DOABLE), body=st.data())
def test_an_act_with_any_json_in_its_fields_is_done_or_refused(hub: Open, act: str, body: st.DataObject) -> None:
    fields = ACTS[act].takes.__struct_fields__
    given_ = {name: body.draw(JSONS, label=name) for name in fields}
    answer = hub.send(act, json.dumps(given_).encode())
    assert answer.status_code < 500 and answer.json() is not None, (act, given_, answer.text)


@given(act=st.sampled_from(sorted(a.name for a in ACTS.values() if "hub" in a.where)), data=st.binary(max_size=200))
def test_any_bytes_are_refused_and_break_nothing(hub: Open, act: str, data: bytes) -> None:
    answer = hub.http.request("GET" if ACTS[act].look else "POST", path(act), content=data)
    assert answer.status_code < 500 and answer.json() is not None
