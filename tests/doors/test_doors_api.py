"""HTTP: who calls, in which language a refusal is told, what a key is for, and what is not here."""

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from doors.doors_house import Open, a_hub, opened
from dujiang.act import Actor, Outcome
from dujiang.doors.api import add, schemas_of
from dujiang.doors.fence import MOST_STRANGE
from dujiang.gate.acts import ACTS
from dujiang.gate.records import At

INVITE = {"party": "hospital-b", "name": {"en": "B", "zh": "乙"}}


def test_the_health_of_a_party_is_open_to_everybody(party: Open) -> None:
    told = party.http.get("/health").json()
    assert told["party"] == party.running.config.party and set(told) == {"party", "place", "version"}


def test_a_wrong_token_is_refused_and_not_taken_for_a_stranger(party: Open) -> None:
    for token in ("nonsense", party.token[:-1], party.token + "0", "u-0." + "0" * 48):
        answer = party.get("party.list", token=token)
        assert (answer.status_code, answer.json()["rule"]) == (403, "gate.token")


def test_a_token_is_taken_from_the_header_whatever_its_case_and_from_the_desks_cookie(party: Open) -> None:
    assert party.http.get("/account/list", headers={"authorization": f"bearer  {party.token}"}).status_code == 200
    assert party.http.get("/account/list", headers={"cookie": f"dujiang={party.token}"}).status_code == 200
    assert party.http.get("/account/list").status_code == 403


def test_what_one_may_not_do_is_refused_with_who_may(party: Open) -> None:
    auditor = party.appoint("auditor", party=party.running.config.party)
    answer = party.post("account.appoint", {"party": "x", "roles": ["auditor"], "label": "l"}, token=auditor)
    assert (answer.status_code, answer.json()["rule"]) == (403, "gate.who") and "operator" in answer.json()["message"]


@pytest.mark.parametrize(("asked", "lang"), [
    ({"headers": {"accept-language": "zh-CN,zh;q=0.9"}}, "zh"), ({"headers": {"accept-language": "en-GB"}}, "en"),
    ({"params": {"lang": "zh"}}, "zh"), ({"params": {"lang": "en"}, "headers": {"accept-language": "zh"}}, "en"),
    ({"headers": {"cookie": "lang=zh"}}, "zh"), ({}, "en"), ({"headers": {"accept-language": "de"}}, "en"),
])
def test_a_refusal_is_told_in_the_language_asked_for_and_holds_both(hub: Open, asked: dict[str, Any], lang: str) -> None:
    for told in (hub.http.get("/account/list", **asked).json(), hub.http.get("/no/such", **asked).json()):
        assert told["message"] == told[lang] and told["en"] != told["zh"] and set(told) == {"rule", "message", "en", "zh", "facts"}


def test_an_unknown_address_is_told_as_a_refusal(party: Open) -> None:
    for at in ("/nothing", "/party/nothing", "/party", "/party/list/x", "/%00", "/..%2f..%2fetc/passwd", "/desk/../../x"):
        answer = party.http.get(at)
        assert answer.status_code == 404 and "passwd" not in answer.text, at
    assert party.http.get("/nothing").json()["rule"] == "http.404"


def test_an_act_is_not_done_by_the_wrong_method(party: Open) -> None:
    before = len(party.entries())
    for answer in (party.http.get("/account/appoint"), party.http.delete("/account/list"), party.http.post("/party/list")):
        assert (answer.status_code, answer.json()["rule"]) == (405, "http.405")
    assert len(party.entries()) == before


def test_an_act_of_the_other_place_has_no_route_here(hub: Open, node: Open) -> None:
    assert hub.post("arrival.land", {}).status_code == 404 and node.post("party.invite", INVITE).status_code == 404
    assert node.http.post("/link/poll", content=b"{}").status_code == 404


def test_the_same_key_again_gives_the_first_answer_and_does_nothing_else(hub: Open) -> None:
    first = hub.post("party.invite", INVITE, idempotency_key="one")
    entries = len(hub.entries())
    again = hub.post("party.invite", INVITE, idempotency_key="one")
    assert first.status_code == again.status_code == 200 and first.content == again.content and len(hub.entries()) == entries
    assert [p["id"] for p in hub.get("party.list").json()].count("hospital-b") == 1


def test_a_key_used_for_another_call_is_refused(hub: Open) -> None:
    assert hub.post("account.appoint", {"party": "hub", "roles": ["auditor"], "label": "a"}, idempotency_key="two").status_code == 200
    other = hub.post("account.appoint", {"party": "hub", "roles": ["steward"], "label": "a"}, idempotency_key="two")
    assert (other.status_code, other.json()["rule"]) == (409, "gate.key")


def test_a_key_belongs_to_its_caller(hub: Open) -> None:
    second = hub.appoint("operator", label="second")
    body = {"party": "hub", "roles": ["auditor"], "label": "mine"}
    mine, theirs = hub.post("account.appoint", body, idempotency_key="k"), hub.post("account.appoint", body, token=second, idempotency_key="k")
    assert mine.json()["token"] != theirs.json()["token"]


def test_a_key_too_long_to_keep_whole_is_refused_and_nothing_is_done(hub: Open) -> None:
    before = len(hub.get("account.list").json())
    body = {"party": "hub", "roles": ["auditor"], "label": "long"}
    for end in ("a", "b"):
        answer = hub.post("account.appoint", body, idempotency_key="x" * 200 + end)
        assert (answer.status_code, answer.json()["rule"]) == (422, "http.key")
    assert len(hub.get("account.list").json()) == before


def test_a_body_larger_than_anything_an_act_takes_is_refused_before_it_is_read_whole(hub: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dujiang.doors.api.MOST_BODY", 1000)
    answer = hub.send("account.appoint", b" " * 1001)
    assert (answer.status_code, answer.json()["rule"], answer.json()["facts"]) == (413, "http.size", {"most": 1000})
    assert hub.send("account.appoint", b" " * 1000).status_code == 422


def test_a_stranger_may_send_little(hub: Open) -> None:
    assert hub.send("party.join", b" " * (MOST_STRANGE + 1), token="").status_code == 413
    assert hub.send("party.join", b" " * MOST_STRANGE, token="").status_code == 422


def test_a_fault_of_ours_tells_its_type_and_nothing_of_what_it_was_about(hub: Open, caplog: pytest.LogCaptureFixture) -> None:
    secret = "张三 110101199003078515"

    def breaks(world: Any, actor: Actor, thing: Any, args: At) -> Outcome:
        raise KeyError(secret)

    act = replace(ACTS["log.inclusion"], name="log.breaks", step=breaks)
    hub.running.gate.acts["log.breaks"] = act
    add(hub.app, hub.running, act, schemas_of({act.name: act})[0][act.name])
    with caplog.at_level(logging.DEBUG):
        answer = hub.get("log.breaks", index=0)
    del hub.running.gate.acts["log.breaks"]
    assert (answer.status_code, answer.json()["rule"], answer.json()["facts"]) == (500, "http.fault", {"kind": "KeyError"})
    assert secret not in answer.text and "110101199003078515" not in caplog.text and "Traceback" not in caplog.text
    assert "KeyError" in caplog.text


def test_answers_survive_a_restart_of_the_party(tmp_path: Any) -> None:
    with a_hub(tmp_path / "hub") as first:
        told = first.post("party.invite", INVITE, idempotency_key="again").json()
        token = first.token
    with opened(tmp_path / "hub", token) as second:
        assert second.post("party.invite", INVITE, idempotency_key="again").json() == told
        assert json.loads(second.entries()[-1])["act"] == "party.invite"
