"""A real Chromium, driven by Playwright; tests that need it skip with the reason where either is absent."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}


@contextmanager
def a_browser() -> Iterator[Any]:
    if find_spec("playwright") is None:
        pytest.skip("playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip("there is no /usr/bin/chromium; Debian's package `chromium` brings it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One visitor with a cookie jar of their own; `said` is what the console and the page complained of."""

    def __init__(self, browser: Any, url: str, *, size: dict[str, int] = WIDE, script: bool = False, lang: str = "en-GB") -> None:
        self.context = browser.new_context(viewport=size, java_script_enabled=script, locale=lang)
        self.page = self.context.new_page()
        self.url = url
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("requestfailed", lambda request: self.said.append(f"failed: {request.url}"))

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def go(self, at: str) -> int:
        """The page's status."""
        answer = self.page.goto(self.url + at)
        return int(answer.status) if answer else 0

    def sign_in(self, token: str) -> None:
        self.go("/desk/sign-in")
        self.page.fill("#token", token)
        self.page.press("#token", "Enter")
        self.page.wait_for_load_state()

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
