"""The demo over the synthetic world, as a newcomer runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from demo.demo_runs import PARTIES, command, environment, pid_of, run_demo
from demo.independent_count import count

K = 10
CONSENTS = {"DUO:0000042", "DUO:0000006", "*"}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def done(work: Path) -> dict[str, Any]:
    return run_demo(work)


def unwilling(work: Path) -> set[str]:
    """Patients whose forms do not permit health research, or whose forms at another hospital deny it: read from the truth."""
    world = work / "world"
    consents = json.loads((world / "consents.json").read_text())
    truth = json.loads((world / "truth.json").read_text())["people"]
    out = set()
    for person in truth:
        ids = person["local_ids"]
        given = [f for hospital, id in ids.items() for f in consents[hospital].get(id, [])]
        allows = any(f["effect"] == "permit" and set(f["purposes"]) & CONSENTS for f in given)
        denies = any(f["effect"] == "deny" for f in given)
        if denies or not allows:
            out |= set(ids.values())
    return out


def test_the_released_figures_are_those_an_independent_count_gives(work: Path, done: dict[str, Any]) -> None:
    truth = count([work / "world" / p for p in PARTIES[1:]], without=unwilling(work))
    released = [row for row in done["answer"] if row["persons"] is not None]
    assert released
    for row in released:
        expected = truth[row["sex"], row["age_band"]]
        assert row["persons"] == expected["persons"]
        if row["mean"] is not None:
            assert row["readings"] == expected["readings"]
            assert row["mean"] == pytest.approx(expected["mean"], abs=1e-6) and row["sd"] == pytest.approx(expected["sd"], abs=1e-6)


def test_small_numbers_are_withheld_with_their_rule(done: dict[str, Any]) -> None:
    withheld = {(w["cell"]["sex"], w["cell"]["age_band"]) for w in done["withheld"]}
    for row in done["answer"]:
        assert row["persons"] is None or row["persons"] >= K
        assert (row["persons"] is None or row["mean"] is None) == ((row["sex"], row["age_band"]) in withheld)
    assert ("female", "0-39") in withheld and all(w["rule"] and w["en"] and w["zh"] for w in done["withheld"])


def test_the_settlement_sums_to_zero_in_whole_fen(done: dict[str, Any]) -> None:
    postings = done["settlement"]["postings"]
    assert sum(p["fen"] for p in postings) == 0 and all(isinstance(p["fen"], int) for p in postings)
    assert {p["account"].partition(":")[0] for p in postings} == {"applicant", "holder", "persons", "platform"}


def test_a_denial_excludes_the_person_from_the_next_answer(done: dict[str, Any]) -> None:
    assert done["next"]["excluded_by_consent"] == done["excluded_by_consent"] + 1
    assert [r["kind"] for r in done["receipts"]] == ["use", "non-use"]


def test_receipts_and_log_verify_offline_and_an_altered_character_is_refused(work: Path, done: dict[str, Any], tmp_path: Path) -> None:
    for receipt in done["receipts"]:
        path = Path(receipt["path"])
        assert verify("receipt", path) == 0
        altered = bytearray(path.read_bytes())
        at = altered.index(b'"count":') + 9
        altered[at] = altered[at] ^ 1
        (tmp_path / "altered.json").write_bytes(altered)
        (tmp_path / "alliance.vkey").write_text((work / "alliance.vkey").read_text())
        assert verify("receipt", tmp_path / "altered.json") == 3
    assert verify("log", Path(done["log"])) == 0


def verify(kind: str, path: Path) -> int:
    return subprocess.run(command("verify", kind, path), env=environment(), capture_output=True, check=False).returncode


def test_no_process_is_left_behind(work: Path, done: dict[str, Any]) -> None:
    assert not any(pid_of(work, party) for party in PARTIES)


def test_no_identity_stands_in_a_log_a_message_or_a_result(work: Path, done: dict[str, Any]) -> None:
    """Invariant 13, over the whole demo: no identity number and no local patient id."""
    truth = json.loads((work / "world" / "truth.json").read_text())["people"]
    secret = {p["identity"] for p in truth if p["identity"]} | {i for p in truth for i in p["local_ids"].values()}
    open_text = [work / "out.json", Path(done["log"]), *work.glob("*/process.log"), *(Path(r["path"]) for r in done["receipts"])]
    for path in open_text:
        text = path.read_text()
        assert not [s for s in secret if s in text], path
    assert not [s for s in secret if s in done["told"]]


def test_the_same_command_again_tells_the_same_answer(work: Path, done: dict[str, Any]) -> None:
    again = run_demo(work)
    assert again["answer"] == done["answer"] and again["release"] == done["release"] and again["settlement"] == done["settlement"]


def test_the_account_exists_in_chinese(work: Path, done: dict[str, Any]) -> None:
    again = run_demo(work, "--lang", "zh")
    assert "问题：" in again["told"] and "批准人：" in again["told"] and "Allowed by" not in again["told"]


def test_every_node_reports_its_arrivals_persons_and_what_was_set_aside(done: dict[str, Any]) -> None:
    for node in done["nodes"]:
        assert node["arrivals"] and node["persons"] > 100 and node["rows"]["measurement"] > 1000
        assert node["quarantined"] > 0 and node["asset"]["grade"] == 4 and node["pid"]
    assert {"start", "land", "standardise", "identify", "assess", "register", "first_answer", "next_answer"} <= set(done["timings"])


def test_the_reviews_are_by_role_with_who_and_when(done: dict[str, Any]) -> None:
    reviews = done["request"]["reviews"]
    assert {r["role"] for r in reviews} == {"steward", "privacy_officer", "ethics_committee"}
    assert len({r["who"] for r in reviews}) == 3 and all(r["when"].endswith("Z") for r in reviews)
