"""The contract every app keeps; an app's author subclasses `AppContract` in a test file and runs pytest.

class TestMyApp(AppContract):
    package = "myapp"            # the import name
    manifest = Path("manifest.json")

    def page(self, alliance, lang):   # the app's main page as text, over this alliance
        ...
"""

import ast
import importlib.util
from pathlib import Path
from typing import Any

import httpx

from dujiang_app.client import Alliance
from dujiang_app.manifest import Manifest

HOSTILE = "<script>alert(1)</script>"


def refusing(rule: str, status: int = 403) -> Alliance:
    """An alliance that refuses everything by one rule, as it does after the app was removed."""
    body = {"rule": rule, "en": f"Refused: {HOSTILE}", "zh": f"拒绝：{HOSTILE}"}
    return Alliance("http://alliance.example", "token", transport=httpx.MockTransport(lambda request: httpx.Response(status, json=body)))


def silent() -> Alliance:
    """An alliance that does not answer."""

    def drop(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    return Alliance("http://alliance.example", "token", transport=httpx.MockTransport(drop))


class Spy:
    """An alliance of empty lists that writes down what the app asks for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def alliance(self) -> Alliance:
        return Alliance("http://alliance.example", "token", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path.strip("/").replace("/", "."))
        body: Any = {"task": "t-0"} if request.method == "POST" else []
        return httpx.Response(200, json=body)


class AppContract:
    """What any app must do to be installed in good conscience."""

    package: str
    manifest: Path

    def page(self, alliance: Alliance, lang: str) -> str:
        raise NotImplementedError  # each app's own

    def sources(self) -> list[Path]:
        found = importlib.util.find_spec(self.package)
        assert found is not None and found.submodule_search_locations
        return [p for folder in found.submodule_search_locations for p in sorted(Path(folder).rglob("*.py"))]

    def test_the_manifest_is_complete(self) -> None:
        said = Manifest.read(self.manifest)
        assert Manifest(**{**said.as_json(), "acts": said.acts, "columns": said.columns, "methods": said.methods}) == said

    def test_the_app_imports_nothing_of_dujiang_itself(self) -> None:
        for path in self.sources():
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not any(n == "dujiang" or n.startswith("dujiang.") for n in names), path

    def test_the_app_asks_for_no_act_outside_its_manifest(self) -> None:
        spy = Spy()
        self.page(spy.alliance(), "en")
        assert spy.asked and set(spy.asked) <= set(Manifest.read(self.manifest).acts)

    def test_a_revoked_permit_is_told_in_plain_words_and_text_from_outside_is_escaped(self) -> None:
        for lang in ("en", "zh"):
            shown = self.page(refusing("permit.state"), lang)
            assert ("Refused" if lang == "en" else "拒绝") in shown
            assert HOSTILE not in shown

    def test_a_silent_alliance_does_not_break_the_page(self) -> None:
        assert "does not answer" in self.page(silent(), "en")
        assert "暂无响应" in self.page(silent(), "zh")

    def test_the_page_exists_in_both_languages(self) -> None:
        en, zh = self.page(Spy().alliance(), "en"), self.page(Spy().alliance(), "zh")
        assert 'lang="en"' in en and 'lang="zh-CN"' in zh and en != zh
