"""The census from end to end over real processes: installed by a request, reviewed, signed, opened, asked, checked, read, and removed."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.independent_count import CONDITIONS, lines, synthea, target
from demo.test_demo_synthetic import unwilling
from doors.doors_alliance import HOSPITALS, Alliance
from doors.doors_processes import ENVIRONMENT, ROOT, until
from dujiang.doors.serve import free_port

pytestmark = pytest.mark.slow

MANIFEST = ROOT / "apps" / "census" / "census" / "manifest.json"
K = 10


class Page:
    """The census as somebody's browser sees it."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=60)

    def read(self, lang: str = "en") -> str:
        return self.http.get("/", params={"lang": lang}).text

    def once(self) -> str:
        found = re.search(r'name="once" value="([0-9a-f]{16})"', self.read())
        assert found
        return found.group(1)

    def ask(self, condition: str, *, once: str = "", **headers: str) -> httpx.Response:
        return self.http.post("/ask", params={"lang": "en"}, data={"condition": condition, "once": once or self.once()}, headers=headers)

    def section(self, condition: str, lang: str = "en") -> str:
        return self.read(lang).partition(f'id="h-{condition}"')[2].partition("</section>")[0]

    def rows(self, condition: str) -> dict[tuple[str, str], str]:
        found = re.findall(r'<tr><td>(.*?)</td><td>(.*?)</td><td class="n">(.*?)</td></tr>', self.section(condition))
        return {(sex, age): persons for sex, age, persons in found}


@pytest.fixture(scope="module")
def installed(alliance: Alliance) -> dict[str, Any]:
    """Asked for by the applicant, nothing more yet."""
    applicant = alliance.client("hub", "applicant")
    told: dict[str, Any] = applicant.do("app.install", json.loads(MANIFEST.read_text()))
    return told


@pytest.fixture(scope="module")
def page(alliance: Alliance, installed: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Reviewed, opened by whoever installed it, and started as its README says; the hospitals have not signed yet."""
    applicant = alliance.client("hub", "applicant")
    with pytest.raises(Exception, match="app.pending"):
        applicant.do("app.open", {"id": installed["app"]})
    alliance.approve(installed["request"])
    token = tmp_path_factory.mktemp("census") / "census.token"
    token.write_text(applicant.do("app.open", {"id": installed["app"]})["token"] + "\n")
    with running(alliance.hub.url, token) as url:
        yield Page(url)


class running:
    """`python apps/census` as a process."""

    def __init__(self, hub: str, token: Path) -> None:
        with free_port(0) as listening:
            self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._command = [sys.executable, str(ROOT / "apps" / "census"), "--hub", hub, "--token-file", str(token), "--port", self.url.rpartition(":")[2]]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT / "src")}, stdout=subprocess.DEVNULL)
        until(lambda: answers(self.url) or self._process.poll())
        assert self._process.poll() is None
        return self.url

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=60).status_code == 200
    except httpx.HTTPError:
        return False


def becomes(look: Callable[[], str], text: str) -> str:
    found: str = until(lambda: (shown if text in (shown := look()) else ""))
    return found


def test_an_app_is_reviewed_like_any_request(alliance: Alliance, installed: dict[str, Any]) -> None:
    listed = alliance.client("hub", "auditor").look("request.list")
    found = next(r["request"] for r in listed if r["request"]["id"] == installed["request"])
    assert found["title"] == "census" and found["columns"] == sorted(json.loads(MANIFEST.read_text())["columns"]) and found["grade"] == 4


def test_before_every_hospital_has_signed_the_page_says_for_whom_it_waits(alliance: Alliance, installed: dict[str, Any], page: Page) -> None:
    becomes(page.read, "3 hospitals were asked for a permit, and it is in force at")
    assert "普查应用正在等待" in page.read("zh") and "<button" not in page.read()
    alliance.sign(installed["request"], "hospital-a")
    assert page.http.post("/ask", data={"condition": "hypertension", "once": "0" * 16}).status_code == 403
    for hospital in HOSPITALS[1:]:
        alliance.sign(installed["request"], hospital)
    shown = becomes(page.read, "<button")
    assert shown.count("Not asked yet.") == 4 and page.read("zh").count("尚未查询。") == 4


def test_a_count_is_asked_checked_and_shown_as_an_independent_count_gives_it(alliance: Alliance, page: Page) -> None:
    assert page.ask("hypertension").status_code == 303
    becomes(lambda: page.section("hypertension"), "waiting for the output checkers")
    assert "等待输出核查人核查" in page.section("hypertension", "zh") and "<svg" not in page.section("hypertension")
    alliance.check(newest(alliance))
    becomes(lambda: page.section("hypertension"), "<svg")
    expected = independent(alliance)
    shown = page.rows("hypertension")
    assert set(shown) == set(expected)
    told = {cell: int(text) for cell, text in shown.items() if text != "withheld"}
    assert told and all(persons >= K for persons in told.values())
    # One person said no at the end of the demo, and was known to one hospital or more; which person, only their own node knows.
    missing = {cell: expected[cell] - persons for cell, persons in told.items() if expected[cell] != persons}
    assert len(missing) <= 1 and all(1 <= m <= len(HOSPITALS) for m in missing.values()), sorted((c, expected[c], shown[c]) for c in expected)
    assert all(cell not in told for cell, persons in expected.items() if persons < K)


def newest(alliance: Alliance) -> str:
    """The newest release that waits for its checkers."""
    client = alliance.client("hub", "auditor")
    return str(until(lambda: [r["id"] for r in client.look("release.list") if r["state"] == "submitted"])[-1])


def independent(alliance: Alliance) -> dict[tuple[str, str], int]:
    """Persons with hypertension by sex and age today, counted at each hospital over its raw export in plain Python."""
    today, world = datetime.now(UTC).date(), alliance.folder / "world"
    refusing = unwilling(alliance.folder)
    counted: dict[tuple[str, str], int] = {(sex, age): 0 for age in ("0-39", "40-64", "65+") for sex in ("women", "men")}
    for hospital in HOSPITALS:
        births, sexes, cohort = raw(world / hospital)
        for id in cohort:
            if id not in refusing and id in births and sexes[id] in ("female", "male"):
                counted["women" if sexes[id] == "female" else "men", band(births[id], today)] += 1
    return counted


def raw(folder: Path) -> tuple[dict[str, date], dict[str, str], set[str]]:
    """Births, sexes and who has hypertension, from a hospital's export."""
    if list(folder.glob("Patient*")):
        people = [p for p in lines(folder, "Patient") if p.get("birthDate")]
        cohort = {target(c["subject"]) for c in lines(folder, "Condition") if {x.get("code") for x in c["code"].get("coding", [])} & CONDITIONS}
        return {p["id"]: date.fromisoformat(p["birthDate"]) for p in people}, {p["id"]: p.get("gender", "") for p in people}, cohort
    cells, cohort, _ = synthea(folder)
    text = (folder / "patients.csv").read_text(encoding="utf-8-sig").splitlines()
    heads = text[0].split(",")
    births = {row.split(",")[heads.index("Id")]: date.fromisoformat(row.split(",")[heads.index("BIRTHDATE")]) for row in text[1:]}
    return births, {id: sex for id, (sex, _) in cells.items()}, cohort


def band(birth: date, on: date) -> str:
    age = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
    return "0-39" if age < 40 else "40-64" if age < 65 else "65+"


def test_the_page_says_how_many_hospitals_who_was_left_out_and_where_the_proof_lies(page: Page) -> None:
    en, zh = page.section("hypertension"), page.section("hypertension", "zh")
    assert re.search(r"3 hospitals; left out by their own wish: \d+ persons; entry \d+ of the alliance’s log\.", " ".join(en.split()))
    assert "3 家医院参与" in zh and "依本人意愿未计入" in zh and "女" in zh and "persons" not in zh
    assert 'role="img"' in en and 'scope="col"' in en and "<script" not in page.read()


def test_a_double_click_asks_once(alliance: Alliance, page: Page) -> None:
    once, applicant = page.once(), alliance.client("hub", "auditor")
    before = len(applicant.look("task.list"))
    assert [page.ask("diabetes", once=once).status_code for _ in range(2)] == [303, 303]
    assert len(applicant.look("task.list")) == before + 1


def test_what_the_checkers_reject_is_never_shown(alliance: Alliance, page: Page) -> None:
    becomes(lambda: page.section("diabetes"), "waiting for the output checkers")
    alliance.check(newest(alliance), vote="reject")
    becomes(lambda: page.section("diabetes"), "rejected")
    assert "<svg" not in page.section("diabetes")


def test_nonsense_and_forms_from_other_sites_ask_for_nothing(alliance: Alliance, page: Page) -> None:
    auditor = alliance.client("hub", "auditor")
    before = len(auditor.look("task.list"))
    for answer in (page.ask("plague"), page.ask("lipids", once="x"), page.ask("lipids", origin="http://evil.example"),
                   page.http.post("/ask", content=b"\xff" * 10_000), page.http.post("/ask", data={"condition": "<script>"})):
        assert answer.status_code == 422 and "There is no such condition" in answer.text and "<script" not in answer.text
    assert len(auditor.look("task.list")) == before


def test_a_hub_that_is_down_is_said_and_the_page_comes_back_with_it(alliance: Alliance, page: Page) -> None:
    alliance.hub.stop()
    assert "does not answer" in page.read() and "暂无响应" in page.read("zh")
    alliance.hub.start()
    assert "<svg" in page.section("hypertension")


def test_an_app_may_do_nothing_that_its_manifest_does_not_name(alliance: Alliance, installed: dict[str, Any], page: Page, tmp_path: Path) -> None:
    applicant = alliance.client("hub", "applicant")
    token = applicant.do("app.open", {"id": installed["app"]})["token"]  # a new token ends the one before
    client = alliance.hub.client(token)
    for act in ("request.list", "account.list", "log.entries", "statement.list"):
        with pytest.raises(Exception, match="gate.app"):
            client.look(act)
    assert "普查应用已无访问权限" in page.read("zh") and "no access any more" in page.read()


def test_a_removed_app_is_refused_its_permits_end_everywhere_and_the_page_says_so(
    alliance: Alliance, installed: dict[str, Any], tmp_path: Path
) -> None:
    token = tmp_path / "census.token"
    token.write_text(alliance.client("hub", "applicant").do("app.open", {"id": installed["app"]})["token"])
    with running(alliance.hub.url, token) as url:
        page = Page(url)
        assert "<svg" in page.section("hypertension")
        alliance.client("hub", "alliance steward").do("app.remove", {"id": installed["app"], "reason": "the study has ended"})
        en, zh = page.read(), page.read("zh")
        assert "it was removed from the alliance" in en and "应用已被移除" in zh
        assert "<svg" not in en and "<button" not in en and 'role="alert"' in en and "gate.token" not in en
    answer = httpx.get(alliance.hub.url + "/permit/list", headers={"Authorization": f"Bearer {token.read_text()}"}, trust_env=False)
    assert (answer.status_code, answer.json()["rule"]) == (403, "gate.token")
    for hospital in HOSPITALS:
        client = alliance.client(hospital, "steward")
        until(lambda client=client: {p["state"] for p in client.look("permit.list") if p["terms"]["request"] == installed["request"]} == {"revoked"})


def test_starting_it_wrongly_is_said_in_one_sentence(tmp_path: Path) -> None:
    begun = time.monotonic()
    (tmp_path / "empty").write_text("")
    for args in (["--hub", "localhost", "--token-file", str(tmp_path / "empty")], ["--url", "http://127.0.0.1:9", "--token-file", str(tmp_path / "no")],
                 ["--hub", "http://127.0.0.1:9", "--token-file", str(tmp_path / "empty")]):
        done = subprocess.run([sys.executable, str(ROOT / "apps" / "census"), *args], env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 2
    assert time.monotonic() - begun < 60
