"""The desk over HTTP: signing in and out, what whom is shown, values as people read them; both languages, no script needed."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doors.doors_house import Open, a_hub
from dujiang.act import Actor
from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import Cell, Reader, short, yuan
from dujiang.doors.desk.rows import PAGE, entries, listing
from dujiang.doors.desk.waiting import work_list
from dujiang.words import PURPOSES, Role, Saying

EN, ZH = Reader("en"), Reader("zh")
HAN = re.compile("[\u4e00-\u9fff]")


class Shape(HTMLParser):
    """The tags of a page, and whether every one that was opened is closed in order."""

    VOID = frozenset({"meta", "link", "input", "br", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def desk(party: Open, at: str = "", *, token: str | None = None, **query: str) -> httpx.Response:
    shown = party.token if token is None else token
    return party.http.get(f"/desk{at}", params=query, headers={"cookie": f"dujiang={shown}"} if shown else {})


def lists(party: Open, token: str | None = None) -> list[str]:
    return sorted({str(a["href"]) for a in Shape(desk(party, token=token).text).all("a") if re.fullmatch(r"/desk/[a-z]+", str(a["href"]))} - {"/desk/sign-in"})


@pytest.fixture
def fresh(party: Open) -> Iterator[Open]:
    """Without the cookies of the test before."""
    party.http.cookies.clear()
    yield party
    party.http.cookies.clear()


def test_the_root_leads_to_the_desk(fresh: Open) -> None:
    answer = fresh.http.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")


def test_every_page_is_whole_html_with_a_language_a_title_and_no_script(fresh: Open) -> None:
    for at in ("", "/sign-in", "/party", "/log", "/nothing", *(href.removeprefix("/desk") for href in lists(fresh))):
        for lang, said in (("en", "en"), ("zh", "zh-CN")):
            shape = Shape(desk(fresh, at, lang=lang).text)
            assert shape.all("html") == [{"lang": said}] and len(shape.all("title")) == 1 and len(shape.all("h1")) == 1 and len(shape.all("main")) == 1
            assert shape.all("script") == [] and not [a for _, attrs in shape.tags for a in attrs if a.startswith("on")]


def test_every_list_a_visitor_may_see_renders_in_both_languages_without_json(fresh: Open) -> None:
    steward = fresh.appoint("steward", party=fresh.running.config.party)
    for token in (fresh.token, steward, ""):
        found = lists(fresh, token)
        assert {"/desk/party", "/desk/log"} <= set(found)
        for href in found:
            en, zh = (desk(fresh, href.removeprefix("/desk"), token=token, lang=lang) for lang in ("en", "zh"))
            # A node without data has nothing to list for some; it says so in words.
            assert en.status_code == zh.status_code and (en.status_code == 200 or (en.status_code == 409 and 'role="alert"' in en.text)), href
            assert HAN.search(zh.text) and not any(json_ in en.text for json_ in ('{"', "{&#34;", "[&#34;"))


def test_pages_are_kept_nowhere_and_framed_by_nobody(fresh: Open) -> None:
    for answer in (desk(fresh), desk(fresh, "/party"), desk(fresh, "/nothing")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script" not in policy
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"


def test_signing_in_sets_a_cookie_that_no_script_and_no_other_site_gets(fresh: Open) -> None:
    answer = fresh.http.post("/desk/sign-in", data={"token": f"  {fresh.token} "})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303 and "HttpOnly" in cookie and "SameSite=strict" in cookie and fresh.token not in answer.headers["location"]
    assert "Sign out" in fresh.http.get("/desk").text


def test_signing_out_forgets_the_token(fresh: Open) -> None:
    fresh.http.post("/desk/sign-in", data={"token": fresh.token})
    assert fresh.http.post("/desk/sign-out").status_code == 303
    assert "Sign in" in fresh.http.get("/desk").text and fresh.http.get("/desk/account").status_code == 403


@pytest.mark.parametrize("token", ["", "wr0ng-token", "u-0.0", "张三", "x" * 5000, "<script>alert(1)</script>", "a\r\nSet-Cookie: b=c", "\x00"])
def test_a_wrong_token_is_refused_in_the_readers_language_and_not_said_back(fresh: Open, token: str) -> None:
    for lang, words in (("en", "oken"), ("zh", "令牌")):
        answer = fresh.http.post("/desk/sign-in", params={"lang": lang}, data={"token": token})
        assert answer.status_code == 403 and 'role="alert"' in answer.text and words in answer.text and "dujiang=" not in answer.headers.get("set-cookie", "")
        assert not token or len(token) < 2 or token not in answer.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"persona=0", b"persona=-1", "persona=²".encode(), b"persona=99999999999999999999", b"token",
                                  b"&" * 1000, b"=" * 60_000])
def test_a_hostile_form_is_refused_and_breaks_nothing(fresh: Open, body: bytes) -> None:
    answer = fresh.http.post("/desk/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 403 and "text/html" in answer.headers["content-type"]


def test_a_form_that_is_too_large_is_refused(fresh: Open) -> None:
    assert fresh.http.post("/desk/sign-in", content=b"x" * 100_000).status_code == 413


def test_whom_one_can_be_is_offered_in_a_demo_only(tmp_path: Path, hub: Open) -> None:
    people = json.dumps([{"label": "auditor", "token": "t"}, {"label": "first checker", "token": "t"}])
    (hub.running.folder / "personas.json").write_text(people)
    assert "persona" not in desk(hub, "/sign-in", token="").text
    with a_hub(tmp_path / "demo", demo=True) as demo:
        token = demo.appoint("auditor")
        (demo.running.folder / "personas.json").write_text(json.dumps([{"label": "auditor", "token": token}, {"label": "first checker", "token": "none"}]))
        page = desk(demo, "/sign-in", token="", lang="zh").text
        assert "审计人员" in page and "第一核查人" in page and token not in page
        demo.http.cookies.clear()
        assert demo.http.post("/desk/sign-in", data={"persona": "0"}).status_code == 303 and demo.http.get("/desk/account").status_code == 200
        assert demo.http.post("/desk/sign-in", data={"persona": "1"}).status_code == 403
        assert demo.http.post("/desk/sign-in", data={"persona": "2"}).status_code == 403


def test_what_one_may_not_see_is_refused_on_a_page_and_not_linked(fresh: Open) -> None:
    assert "/desk/account" not in lists(fresh, "")
    answer = desk(fresh, "/account", token="")
    assert answer.status_code == 403 and 'role="alert"' in answer.text and "operator" in answer.text
    assert desk(fresh, "/nothing").status_code == 404 and desk(fresh, "/party/nothing").status_code == 404


def test_a_token_that_is_no_longer_valid_is_told_where_it_matters(fresh: Open) -> None:
    assert desk(fresh, token="gone.gone").status_code == 200 and desk(fresh, "/account", token="gone.gone").status_code == 403


def test_the_language_stays_and_the_other_one_is_one_link_away(fresh: Open) -> None:
    fresh.http.get("/desk", params={"lang": "zh"})
    page = fresh.http.get("/desk/party").text
    assert 'lang="zh-CN"' in page and 'href="/desk/party?lang=en"' in page


def test_the_link_to_the_other_language_keeps_what_the_page_is_about(fresh: Open) -> None:
    assert 'href="/desk/log?page=2&amp;lang=zh"' in desk(fresh, "/log", page="2", lang="en").text


def test_text_from_outside_is_text(hub: Open) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=y>"
    hub.appoint("auditor", label=hostile)
    page = desk(hub, "/account").text
    assert hostile not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "9" * 30, "999999999", "²", ""])
def test_a_page_number_that_is_none_shows_a_page(fresh: Open, page: str) -> None:
    for at in ("/log", "/party"):
        assert desk(fresh, at, page=page).status_code == 200


def test_the_log_is_read_page_by_page_newest_first_and_whole(hub: Open) -> None:
    while len(hub.entries()) < PAGE + 20:
        hub.appoint("auditor")
    size = len(hub.entries())
    seen = [int(n) for number in ("1", "2") for n in re.findall(r'data-name="index" class="n"><div>(\d+)<', desk(hub, "/log", page=number, lang="en").text)]
    assert seen == list(range(size - 1, max(size - 2 * PAGE, 0) - 1, -1))


def test_what_a_list_needs_to_be_told_is_asked_for_and_taken_from_the_address(node: Open) -> None:
    steward = node.appoint("steward", party="hospital-a")
    assert desk(node, "/quarantine", token=steward).status_code == 422
    answer = desk(node, "/quarantine", token=steward, arrival="a-0", lang="zh")
    assert answer.status_code == 404 and 'role="alert"' in answer.text and "/desk/quarantine" not in lists(node, steward)


# --- values

def shown(value: Any, name: str = "x", reader: Reader = EN) -> str:
    """Everything a cell shows, without what stands beneath."""
    return text_of(reader.cell(name, value))


def text_of(cell: Cell) -> str:
    parts = [cell.text, *(text_of(c) for c in cell.lines), *(f"{n}: {text_of(c)}" for n, c in cell.pairs)]
    return " | ".join(p for p in parts if p)


@pytest.mark.parametrize(("name", "value", "en", "zh"), [
    ("x", None, "", ""), ("x", "", "", ""), ("x", [], "", ""), ("x", {}, "", ""), ("commercial", True, "yes", "是"), ("commercial", False, "no", "否"),
    ("records", 17527, "17,527", "17,527"), ("records", 0, "0", "0"), ("entry", 1513, "1513", "1513"), ("quality", 98.5, "98.5", "98.5"),
    ("fen", 26920, "269.20", "269.20"), ("total", -269_105, "-2,691.05", "-2,691.05"), ("fen", 5, "0.05", "0.05"),
    ("grade", 4, "4 usable, not visible", "4 可用不可见"),
    ("state", "in_review", "in review", "评审中"), ("purpose", "DUO:0000006", "health or medical research", "健康与医学研究"),
    ("roles", ["steward"], "steward", "数据管理员"),
    ("until", "9999-12-31", "without end", "长期有效"), ("on", "2026-01-05", "2026-01-05", "2026年1月5日"), ("name", {"en": "A", "zh": "甲"}, "A", "甲"),
    ("codes", [{"system": "SNOMED", "code": "59621000"}], "SNOMED 59621000", "SNOMED 59621000"), ("why", "for the record", "for the record", "for the record"),
    ("account", "holder:north", "north, holder", "north（持有机构）"), ("account", "platform", "the platform", "平台"), ("progress", [3, 4], "75 %", "75 %"),
    ("state", "some_new_state", "some_new_state", "some_new_state"), ("rows", {"person": 504}, "persons: 504", "人员: 504"),
])
def test_a_value_is_told_in_words(name: str, value: Any, en: str, zh: str) -> None:
    assert (shown(value, name), shown(value, name, ZH)) == (en, zh)


def test_a_party_is_told_by_its_name_with_its_id_beneath() -> None:
    reader = Reader("zh", {"north": {"en": "North", "zh": "北院"}})
    cell = reader.cell("holder", "north")
    assert (cell.text, cell.full) == ("北院", "north") and reader.cell("holder", "south").text == "south"
    assert shown("persons:north", "account", reader) == "北院的患者"


def test_things_alike_are_a_small_table_and_others_are_not() -> None:
    files = [{"name": "a.ndjson", "size": 1406}, {"name": "b.ndjson", "size": 7}]
    [table] = EN.cell("files", files).lines
    assert table.kind == "table" and [n for n, _ in table.lines[0].pairs] == ["name", "size"] and text_of(table.lines[0]) == "name: a.ndjson | size: 1,406"
    for other in (files[:1], [*files, {"x": 1}], [*files, 7], [7, *files], [{"system": "A", "code": "1"}] * 2, [{"en": "a", "zh": "甲"}] * 2, [{"a": [1], "b": 2}] * 2):
        assert all(c.kind != "table" for c in EN.cell("files", other).lines)


def test_a_query_is_told_in_words() -> None:
    query = {"cohort": {"type": "has", "table": "condition_occurrence", "codes": [{"system": "SNOMED", "code": "1"}]},
             "by": [{"type": "by_sex", "values": ["female", "male"]}], "measures": ["persons", "sd"]}
    assert shown(query, "query", ZH) == (
        "人群: 类型: 有相应记录 | 表: 诊断 | 代码: SNOMED 1 | 分组: 类型: 按性别 | 取值: 2 项 | 女 | 男 | 指标: 2 项 | 人数 | 标准差"
    )


def test_a_long_hash_is_short_with_the_whole_beneath() -> None:
    for value in ("a" * 64, "A" * 43 + "=", "q-" + "0" * 32, "log.example/hub+596b4197+" + "A" * 44):
        cell = EN.cell("content", value)
        assert cell.kind == "code" and cell.full == value and cell.text.endswith("…") and len(cell.text) < 40
    assert short("log.example/hub+596b4197+AAAA") == "log.example/hub+596b4197…"


def test_a_moment_is_told_by_the_local_clock_with_the_whole_beneath(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        en, zh = (r.cell("at", "2026-11-25T20:04:30.457Z") for r in (EN, ZH))
        assert (en.kind, en.text, en.full) == ("time", "2026-11-26 04:04:30", "2026-11-25T20:04:30.457Z") and zh.text == "2026年11月26日 04:04:30"
        assert EN.cell("at", "2026-13-45T99:99:99Z").kind == "text"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_id_leads_to_its_thing_only_for_who_may_see_that_list() -> None:
    some = Reader("en", lists=frozenset({"request", "release"}))
    assert some.cell("request", "q-59e4f4ecf97ac6b1").href == "/desk/request#q-59e4f4ecf97ac6b1"
    assert some.cell("on", "release:r-3e922641874f58a2").href == "/desk/release#r-3e922641874f58a2"
    assert EN.cell("request", "q-59e4f4ecf97ac6b1").href == "" == some.cell("id", "q-59e4f4ecf97ac6b1").href
    assert some.cell("request", "javascript:alert(1)").href == "" == some.cell("on", "javascript:alert(1)").href


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(sorted(labels.COLUMNS)) | st.text(max_size=8), inner, max_size=5), max_leaves=20,
)
NAMES = st.sampled_from(sorted({*labels.COLUMNS, *(n for main in labels.MAIN.values() for n in main)})) | st.text(max_size=10)


@pytest.mark.parametrize("broken", [["holder:a"], [["holder:a", 1.5]], [[1, 2]]])
def test_postings_of_another_shape_are_shown_all_the_same(broken: list[Any]) -> None:
    assert EN.cell("postings", broken).kind != "empty"


@given(thing=st.dictionaries(NAMES, JSONS, max_size=8), kind=st.sampled_from([*labels.KINDS, "new"]), lang=st.sampled_from(["en", "zh"]))
def test_any_thing_is_shown_without_json_and_nothing_breaks(thing: dict[str, Any], kind: str, lang: str) -> None:
    if kind == "log":
        return
    page = listing(kind, [thing], Reader(lang), page=1)
    assert page.count == 1 and len(page.rows) == 1 and len(page.rows[0].cells) == len(page.columns)
    assert not any(hidden in {n for n, _ in page.rows[0].more} for hidden in ("digest", "invitation"))


@given(fen=st.integers(-10**15, 10**15))
def test_money_is_exact(fen: int) -> None:
    whole, _, cents = yuan(fen).replace(",", "").lstrip("-").partition(".")
    assert int(whole) * 100 + int(cents) == abs(fen) and len(cents) == 2 and (yuan(fen).startswith("-")) == (fen < 0)


@given(count=st.integers(0, 450), page=st.integers(-3, 20))
def test_the_pages_of_a_list_hold_everything_once(count: int, page: int) -> None:
    things = [{"id": f"p-{n:06x}", "n": n} for n in range(count)]
    one = listing("person", things, EN, page=page)
    everything = [r.anchor for n in range(1, one.pages + 1) for r in listing("person", things, EN, page=n).rows]
    assert everything == [t["id"] for t in things] and one.count == count and 1 <= one.page <= one.pages


def test_a_refused_entry_says_that_it_was_refused_and_by_which_rule() -> None:
    body = json.dumps({"v": 1, "act": "a.b", "at": "2026-01-01T00:00:00.000Z", "by": {"party": "hub"}, "refused": "gate.who"})
    [entry] = entries({"start": 7, "entries": [body]})
    assert (entry["index"], entry["to"], entry["facts"]) == (7, "refused", {"rule": "gate.who"})


# --- what waits

def actor(role: Role, *, id: str = "u-5", party: str = "hub") -> Actor:
    return Actor(id=id, party=party, roles=frozenset({role}))


FOUND: dict[str, list[dict[str, Any]]] = {
    "request": [
        {"request": {"id": "q-1", "title": "A", "state": "in_review", "applicant": "u-9"},
         "waiting": {"on": ["ethics_committee"], "since": "2026-01-01T00:00:00Z", "due_days": 15}},
        {"request": {"id": "q-2", "title": "B", "state": "returned", "applicant": "u-1"},
         "waiting": {"on": ["applicant"], "since": "2026-01-01T00:00:00Z", "due_days": 0}},
        {"request": {"id": "q-3", "title": "C", "state": "approved", "applicant": "u-1"}, "waiting": None},
    ],
    "permit": [{"id": "k-1", "state": "offered", "terms": {"holder": "north"}}, {"id": "k-2", "state": "active", "terms": {"holder": "north"}}],
    "task": [{"id": "t-1", "state": "submitted", "waiting_on": ["north"]}, {"id": "t-2", "state": "combined", "waiting_on": []}],
    "release": [{"id": "r-1", "state": "partly_reviewed"}, {"id": "r-2", "state": "settled"}],
    "job": [{"id": "j-1", "state": "failed", "work": "arrival.land"}, {"id": "j-2", "state": "done", "work": "arrival.land"}],
}


@pytest.mark.parametrize(("who", "mine"), [
    (actor(Role.ETHICS), {"q-1"}), (actor(Role.APPLICANT, id="u-1"), {"q-2"}), (actor(Role.APPLICANT, id="u-2"), set()), (actor(Role.CHECKER), {"r-1"}),
    (actor(Role.STEWARD, party="north"), {"k-1", "j-1"}), (actor(Role.STEWARD, party="south"), {"j-1"}), (actor(Role.AUDITOR), set()), (actor(Role.OPERATOR), {"j-1"}),
])
def test_everything_that_waits_is_listed_and_ones_own_comes_first(who: Actor, mine: set[str]) -> None:
    waits = work_list(FOUND, who, EN)
    assert {w.id for w in waits} == {"q-1", "q-2", "k-1", "t-1", "r-1", "j-1"}
    assert {w.id for w in waits if w.mine} == mine == {w.id for w in waits[: len(mine)]}


def test_a_waiting_request_says_on_whom_since_when_and_until_when() -> None:
    first = next(w for w in work_list(FOUND, actor(Role.AUDITOR), ZH) if w.id == "q-1")
    assert "伦理委员会" in text_of(first.on) and "2026年1月1日" in text_of(first.on) and "15 天内" in text_of(first.on)


# --- words

def test_every_word_of_the_desk_exists_in_both_languages() -> None:
    for words in (labels.KINDS, labels.WORDS, labels.TABLES, labels.GRADES, labels.ACCOUNTS):
        for word in words.values():
            assert isinstance(word, Saying) and word.en and HAN.search(word.zh) and not HAN.search(word.en)
    assert all(HAN.search(zh) for zh in (*labels.COLUMNS.values(), *labels.STATES.values()))
    assert set(PURPOSES) <= set(labels.WORDS)


def test_every_state_of_every_life_cycle_and_every_staff_role_has_a_chinese_word() -> None:
    from dujiang.gate.acts import LIVES
    from dujiang.words import STAFF

    assert not {s for life in LIVES.values() for s in life.states()} - set(labels.STATES)
    assert not {str(r) for r in STAFF} - set(labels.WORDS)


def test_every_list_has_a_name_and_a_place_in_the_navigation(hub: Open, node: Open) -> None:
    kinds = {n.partition(".")[0] for party in (hub, node) for n, a in party.running.gate.acts.items() if a.look and n.endswith((".list", ".entries"))}
    grouped = {kind for _, group in labels.GROUPS for kind in group}
    assert not kinds - set(labels.KINDS) and not kinds - grouped
