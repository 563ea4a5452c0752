"""Acts from a page: forms from the table of acts, a proof of the session, done once however often it is sent, refusals in words."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from doors.doors_house import Open, a_node
from dujiang.act import Act
from dujiang.doors.desk import session
from dujiang.doors.desk.cells import Reader
from dujiang.doors.desk.forms import NoForm, fields_of, has_form, read_form
from dujiang.doors.desk.offering import NOT_TYPED, allowed, steps
from dujiang.errors import Refused
from dujiang.gate.actors import known
from dujiang.gate.acts import ACTS
from dujiang.gate.arguments import read_args

HAN = re.compile("[\u4e00-\u9fff]")
TYPED = [a for a in ACTS.values() if not a.look and not a.who <= NOT_TYPED]
FORMED = [a for a in TYPED if has_form(a)]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with a_node(tmp_path_factory.mktemp("doing") / "node") as party:
        yield party


@pytest.fixture(scope="module")
def steward(here: Open) -> str:
    return here.appoint("steward", party=here.running.config.party)


def cookie(token: str, lang: str = "en") -> dict[str, str]:
    return {"cookie": f"dujiang={token}; lang={lang}"}


def form(here: Open, act: str, token: str, *, lang: str = "en", **query: str) -> tuple[httpx.Response, dict[str, str]]:
    """A form's page, and its hidden fields."""
    answer = here.http.get(f"/desk/do/{act.replace('.', '/')}", params=query, headers=cookie(token, lang))
    return answer, dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))


def send(here: Open, act: str, token: str, fields: dict[str, Any], *, lang: str = "en") -> httpx.Response:
    return here.http.post(f"/desk/do/{act.replace('.', '/')}", data=fields, headers=cookie(token, lang))


def sources(here: Open) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = here.get("source.list", token=here.appoint("auditor", party=here.running.config.party)).json()
    return found


@pytest.mark.parametrize("act", FORMED, ids=lambda act: act.name)
def test_every_field_of_every_form_has_words_in_both_languages(act: Act) -> None:
    for field in fields_of(act, Reader("zh"), {}):
        assert HAN.search(field.label), field.name
        assert all(HAN.search(words) for _, words in field.options if field.kind == "choices"), field.options
    assert not any(HAN.search(field.label) for field in fields_of(act, Reader("en"), {}))


def test_an_act_has_a_form_unless_it_takes_what_a_form_cannot_hold() -> None:
    assert {a.name for a in TYPED} - {a.name for a in FORMED} <= {"source.connect", "consent.gather", "task.submit", "arrival.type", "cohort.save"}
    with pytest.raises(NoForm):
        fields_of(ACTS["task.submit"], Reader("en"), {})


@pytest.mark.parametrize(("name", "given", "wanted"), [
    ("asset.grade", {"id": ["as-1"], "grade": ["4"], "note": [""]}, {"id": "as-1", "grade": 4}),
    ("asset.draft", {"name.en": ["Records"], "name.zh": ["记录"]}, {"name": {"en": "Records", "zh": "记录"}}),
    ("person.split", {"records": ["z/1\r\n z/2 \r\n"], "reason": ["two names"]}, {"records": ["z/1", "z/2"], "reason": "two names"}),
    ("person.review", {"one": ["z/1"], "other": ["z/2"], "verdict": ["same"], "reason": ["x"], "despite_numbers": ["yes"]},
     {"one": "z/1", "other": "z/2", "verdict": "same", "reason": "x", "despite_numbers": True}),
    ("term.confirm", {"text": ["头痛"], "codes": ["ICD10 R51\nICD10 G43.9"]}, {"text": "头痛", "codes": [{"system": "ICD10", "code": "R51"}, {"system": "ICD10", "code": "G43.9"}]}),
    ("account.appoint", {"party": ["hub"], "roles": ["steward", "checker"], "label": ["x"]}, {"party": "hub", "roles": ["steward", "checker"], "label": "x"}),
])
def test_a_filled_form_is_read_as_the_acts_arguments(name: str, given: dict[str, list[str]], wanted: dict[str, Any]) -> None:
    found = read_form(ACTS[name], given)
    assert {k: v for k, v in found.items() if k in wanted} == wanted
    read_args(ACTS[name], found)


def test_a_form_posted_twice_is_done_once_and_leads_back_to_the_list(here: Open, steward: str) -> None:
    page, hidden = form(here, "source.open", steward)
    assert page.status_code == 200 and '<label for="f-1">name</label>' in page.text
    filled = {**hidden, "name": "Lab", "region": "East", "form": "auto"}
    before = len(here.entries())
    for _ in range(2):
        answer = send(here, "source.open", steward, filled)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/source?done=source.open")
    assert len(here.entries()) == before + 1 and [s["name"] for s in sources(here)].count("Lab") == 1
    assert "Done: Open a source" in here.http.get(answer.headers["location"], headers=cookie(steward)).text


def test_a_form_is_nothing_without_the_proof_of_ones_own_session(here: Open, steward: str) -> None:
    other = here.appoint("steward", party=here.running.config.party, label="another")
    _, mine = form(here, "source.open", steward)
    _, theirs = form(here, "source.open", other)
    before = len(sources(here))
    for wrong in ({}, {"key": mine["key"]}, {**mine, "proof": "0" * 64}, {**mine, "proof": "é"}, theirs, {**mine, "key": theirs["key"]}):
        answer = send(here, "source.open", steward, {**wrong, "name": "Forged", "region": "East"})
        assert answer.status_code == 403 and "not made for your session" in unescape(answer.text)
    assert len(sources(here)) == before


def test_a_proof_holds_for_its_key_and_token_only() -> None:
    session.check("token", "key", session.proof("token", "key"))
    for token, key, proof in (("", "key", session.proof("", "key")), ("token", "", session.proof("token", "")), ("token", "other", session.proof("token", "key"))):
        with pytest.raises(Refused, match=r"desk\.form"):
            session.check(token, key, proof)


@pytest.mark.parametrize(("lang", "words"), [("en", "A source needs a name"), ("zh", "请填写来源名称")])
def test_a_refusal_stands_in_the_readers_language_with_its_rule_beside_what_was_filled_in(here: Open, steward: str, lang: str, words: str) -> None:
    _, hidden = form(here, "source.open", steward, lang=lang)
    answer = send(here, "source.open", steward, {**hidden, "name": "x" * 81, "region": "kept as typed"}, lang=lang)
    assert answer.status_code == 422 and words in answer.text and "<code>source.name</code>" in answer.text and "kept as typed" in answer.text
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    assert again["key"] != hidden["key"]
    assert send(here, "source.open", steward, {**again, "name": f"Mended {lang}", "region": "East"}).status_code == 303


def test_who_may_not_do_an_act_is_offered_neither_its_button_nor_its_form(here: Open, steward: str) -> None:
    auditor = here.appoint("auditor", party=here.running.config.party)
    assert "/desk/do/source/open" in here.http.get("/desk/source", headers=cookie(steward)).text
    assert "/desk/do/" not in here.http.get("/desk/source", headers=cookie(auditor)).text
    for token, words in ((auditor, "source.open is for"), ("", "Sign in to do this")):
        page, hidden = form(here, "source.open", token)
        assert page.status_code == 403 and words in page.text and "proof" not in hidden
        key = session.new_key()
        forced = {"key": key, "proof": session.proof(token, key), "name": "Forced", "region": "East"}
        assert send(here, "source.open", token, forced).status_code == 403
    assert "Forced" not in [s["name"] for s in sources(here)]


def test_what_is_offered_is_what_the_table_of_acts_allows(here: Open, steward: str) -> None:
    for token in (steward, here.token, here.appoint("auditor", party=here.running.config.party)):
        actor = known(here.running.world.tables, token)
        may = allowed(here.running.gate.acts, actor)
        assert all(not a.look and not actor.roles.isdisjoint(a.who) and "node" in a.where for a in may.values())
    offered = {o.act.name for o in steps("asset", {"id": "as-1", "state": "assessed"}, allowed(here.running.gate.acts, known(here.running.world.tables, steward)))}
    assert {"asset.grade", "asset.assess"} <= offered and not offered & {"asset.publish", "asset.register", "asset.assessed"}


def test_a_token_that_is_given_once_is_shown_once_and_stands_in_no_address(here: Open) -> None:
    _, hidden = form(here, "account.appoint", here.token)
    answer = send(here, "account.appoint", here.token, {**hidden, "party": here.running.config.party, "roles": ["auditor"], "label": "a new one"})
    assert answer.status_code == 200 and "shown only here" in answer.text and answer.headers["cache-control"] == "no-store"
    token = re.search(r"u-[0-9a-z]+\.[A-Za-z0-9_-]+", unescape(answer.text))
    assert token and known(here.running.world.tables, token.group()).roles == {"auditor"}


def test_values_that_no_address_may_hold_are_brought_to_a_form_by_post_and_do_nothing(here: Open, steward: str) -> None:
    before = here.entries()
    answer = send(here, "term.confirm", steward, {"fill": "1", "text": "高血压待查"})
    assert answer.status_code == 200 and "高血压待查</textarea>" in answer.text and here.entries() == before
