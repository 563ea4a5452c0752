"""Acts in a real browser: a form filled without script, on a telephone and a desk, in both languages; and nothing wider than its window."""

from collections.abc import Iterator
from typing import Any

import pytest

from doors.doors_browser import NARROW, WIDE, Visit, a_browser
from doors.doors_house import Open, a_node
from doors.test_doors_browser import CONTRAST


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with a_browser() as found:
        yield found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with a_node(tmp_path_factory.mktemp("forms") / "node") as node:
        yield node


@pytest.mark.parametrize(("lang", "size", "button", "done"), [("zh", NARROW, "开设数据来源及其专属分区与密钥", "已完成"), ("en", WIDE, "Open a source with its own zone and key", "Done")])
def test_a_steward_opens_a_source_by_its_form_without_script(browser: Any, here: Open, lang: str, size: dict[str, int], button: str, done: str) -> None:
    token = here.appoint("steward", party=here.running.config.party)
    with Visit(browser, str(here.http.base_url).rstrip("/"), size=size) as visit:
        visit.sign_in(token)
        visit.go(f"/desk/source?lang={lang}")
        visit.page.click(f"text={button}")
        visit.page.get_by_label("name" if lang == "en" else "名称").fill(f"clinic {lang}")
        visit.page.get_by_label("region" if lang == "en" else "地区").fill("east")
        visit.page.click("main button.go")
        assert done in visit.page.inner_text("[role=status]") and f"clinic {lang}" in visit.text()


def test_forms_and_drawn_pages_fit_their_window_have_labels_and_stand_out_from_their_ground(browser: Any, here: Open) -> None:
    token = here.appoint("steward", party=here.running.config.party)
    with Visit(browser, str(here.http.base_url).rstrip("/"), size=NARROW, script=True) as visit:
        visit.sign_in(token)
        for at in ("/desk/map", "/desk/do/arrival/type", "/desk/do/source/open", "/desk/do/person/review", "/desk/source/status"):
            for lang in ("en", "zh"):
                assert visit.go(f"{at}?lang={lang}") == 200 and visit.overflow() <= 0, (at, lang)
                assert visit.page.evaluate(CONTRAST) == [], (at, lang)
                unnamed = "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(i => !i.labels.length).length"
                assert visit.page.evaluate(unnamed) == 0, at
        assert visit.said == []
