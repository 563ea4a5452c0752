"""The desk in a real browser: usable without script, by keyboard, on a telephone, in both languages, with a quiet console."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doors.doors_browser import NARROW, Visit, a_browser
from doors.doors_house import Open, a_hub

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with a_browser() as found:
        yield found


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """A hub with a few things in it, as a demo: one can choose who to be."""
    with a_hub(tmp_path_factory.mktemp("desk") / "hub", demo=True) as hub:
        people = [{"label": label, "token": hub.appoint(role, label=label)} for label, role in (("auditor", "auditor"), ("first checker", "checker"))]
        (hub.running.folder / "personas.json").write_text(json.dumps(people))
        for n in range(3):
            hub.post("party.invite", {"party": f"hospital-{'abc'[n]}", "name": {"en": f"Hospital {n}", "zh": f"第{n}医院"}})
        yield hub


def url_of(office: Open) -> str:
    return str(office.http.base_url).rstrip("/")


def links(visit: Visit) -> list[str]:
    found: list[str] = visit.page.eval_on_selector_all("nav a", "all => all.map(a => a.getAttribute('href'))")
    return found


def test_a_demos_person_signs_in_sees_every_list_and_signs_out_without_script(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office)) as visit:
        visit.go("/desk/sign-in")
        visit.page.click("button[value='0']")
        assert visit.page.url.endswith("/desk") and "auditor" in visit.text() and "Sign out" in visit.text()
        found = links(visit)
        assert {"/desk/account", "/desk/party", "/desk/log"} <= set(found)
        for at in found:
            for lang, shown in (("en", "en"), ("zh", "zh-CN")):
                assert visit.go(f"{at}?lang={lang}") == 200 and visit.page.get_attribute("html", "lang") == shown
                assert visit.page.title() and bool(HAN.search(visit.page.inner_text("h1"))) == (lang == "zh")
                assert "{" not in visit.text() and "[object" not in visit.text()
        visit.page.click("text=退出")
        assert "登录" in visit.text() and visit.go("/desk/account") == 403
        assert [s for s in visit.said if "403" not in s] == []


def test_a_wrong_token_is_told_beside_the_field(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), lang="zh-CN") as visit:
        visit.sign_in("not-a-token")
        alert = visit.page.locator("[role=alert]")
        assert "访问令牌无效" in alert.inner_text() and visit.page.get_attribute("#token", "aria-describedby") == alert.get_attribute("id")
        assert visit.page.input_value("#token") == "" and "not-a-token" not in visit.page.url
        assert not [c for c in visit.context.cookies() if c["name"] == "dujiang"]


def test_the_browsers_own_language_is_followed_until_another_is_chosen(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), lang="zh-CN") as visit:
        visit.go("/desk")
        assert "工作台" in visit.page.title()
        visit.page.click("text=English")
        visit.go("/desk/party")
        assert "Parties" in visit.page.title()


def test_nothing_is_wider_than_a_telephone(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), size=NARROW, script=True) as visit:
        visit.sign_in(office.token)
        for at in ["/desk", "/desk/sign-in", "/desk/nothing", *links(visit)]:
            for lang in ("en", "zh"):
                visit.go(f"{at}?lang={lang}")
                visit.page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
                assert visit.overflow() <= 0, (at, lang)


def test_everything_is_reached_by_keyboard_and_the_focus_is_seen(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), script=True) as visit:
        visit.sign_in(office.token)
        visit.go("/desk/account")
        wanted = int(visit.page.evaluate("document.querySelectorAll('a[href], button, summary, input').length"))
        seen = set()
        for _ in range(wanted + 2):
            visit.page.keyboard.press("Tab")
            where, outline = visit.page.evaluate(
                "(e => [[...document.querySelectorAll('a[href], button, summary, input')].indexOf(e), getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            seen.add(where)
            assert where == -1 or outline != "none"
        assert seen >= set(range(wanted))


def test_the_first_stop_of_the_keyboard_skips_the_navigation(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), script=True) as visit:
        visit.go("/desk/party")
        visit.page.keyboard.press("Tab")
        assert "Skip to the content" in visit.page.evaluate("document.activeElement.textContent")
        visit.page.keyboard.press("Enter")
        assert visit.page.evaluate("document.activeElement.id") == "main"


def test_every_field_has_a_label_every_table_its_heads_and_no_id_stands_twice(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), script=True) as visit:
        visit.sign_in(office.token)
        for at in ["/desk", "/desk/sign-in", *links(visit)]:
            visit.go(at)
            faults = visit.page.evaluate("""() => [
                ...[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).map(i => 'no label: ' + i.name),
                ...[...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope=col]')).map(() => 'no heads'),
                ...[...document.querySelectorAll('a, button')].filter(e => !e.textContent.trim()).map(e => 'no name: ' + e.outerHTML),
                ...[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, n, all) => all.indexOf(id) !== n).map(id => 'twice: ' + id),
            ]""")
            assert faults == [], at


def test_the_text_stands_out_from_its_ground(browser: Any, office: Open) -> None:
    """WCAG 2.1: a contrast of 4.5 to 1 at least, by its own formula, for every piece of text on a page."""
    with Visit(browser, url_of(office), script=True) as visit:
        visit.sign_in(office.token)
        for at in ("/desk", "/desk/party", "/desk/log", "/desk/sign-in", "/desk/nothing"):
            visit.go(at)
            assert visit.page.evaluate(CONTRAST) == [], at


CONTRAST = """() => {
    const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b };
    const rgba = s => (s.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const ground = e => {
        for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c.slice(0, 3) }
        return [255, 255, 255] };
    const poor = [];
    for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || ['STYLE', 'SCRIPT'].includes(e.tagName)) continue;
        const [a, b] = [light(rgba(getComputedStyle(e).color).slice(0, 3)), light(ground(e))].sort((x, y) => y - x);
        if ((a + .05) / (b + .05) < 4.5) poor.push(e.tagName + ' ' + e.textContent.trim().slice(0, 30));
    }
    return poor;
}"""


def test_the_console_stays_quiet(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), script=True) as visit:
        visit.sign_in(office.token)
        for at in ["/desk", *links(visit)]:
            visit.go(at)
        assert visit.said == []


def test_nothing_is_fetched_from_anywhere_else(browser: Any, office: Open) -> None:
    with Visit(browser, url_of(office), script=True) as visit:
        asked: list[str] = []
        visit.page.on("request", lambda request: asked.append(request.url))
        visit.sign_in(office.token)
        for at in links(visit):
            visit.go(at)
        assert asked and all(url.startswith((url_of(office), "data:")) for url in asked)


def test_the_log_is_turned_page_by_page(browser: Any, office: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pages", "rows"):
        monkeypatch.setattr(f"dujiang.doors.desk.{module}.PAGE", 3)
    with Visit(browser, url_of(office)) as visit:
        visit.go("/desk/log")
        visit.page.click("a[rel=next]")
        assert "page=2" in visit.page.url and "Page 2" in visit.text()
        visit.page.click("a[rel=prev]")
        assert "Page 1" in visit.text()


@pytest.mark.slow
def test_every_page_of_a_whole_alliance_reads_well_on_every_screen(browser: Any, alliance: Any, tmp_path: Path) -> None:
    """For every person of the demo: both languages, wide and narrow, everything unfolded."""
    visits = [("hub", label) for label in ("applicant", "alliance steward", "auditor", "first checker")]
    for party, label in (*visits, ("hospital-a", "steward")):
        url = alliance.parties[party].url
        for size in (NARROW, {"width": 1280, "height": 900}):
            with Visit(browser, url, size=size, script=True) as visit:
                visit.sign_in(alliance.token(party, label))
                for at in ["/desk", *links(visit)]:
                    for lang in ("en", "zh"):
                        assert visit.go(f"{at}?lang={lang}") == 200, (label, at)
                        visit.page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
                        assert visit.overflow() <= 0, (label, at, lang, size)
                        shown = visit.text()
                        assert '{"' not in shown and "[object" not in shown and "None" not in shown.split(), (label, at)
                assert visit.said == []


@pytest.mark.slow
def test_what_was_set_aside_and_what_is_not_mapped_is_one_click_away_for_the_steward(browser: Any, alliance: Any) -> None:
    with Visit(browser, alliance.parties["hospital-a"].url) as visit:
        visit.sign_in(alliance.token("hospital-a", "steward"))
        for at, about in (("/desk/arrival", "quarantine"), ("/desk/snapshot", "unmapped")):
            visit.go(at)
            visit.page.click(f"td a[href^='/desk/{about}?']")
            assert f"/desk/{about}?" in visit.page.url and visit.page.locator("tbody tr").count() > 0
