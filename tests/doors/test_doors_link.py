"""Node and hub as processes over real sockets: whatever dies or lies in between, a letter is performed exactly once and a lying hub is refused."""

import json
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from doors.doors_processes import Party, acquainted, ended, invite, joined, new_hub, new_node, until
from doors.doors_proxy import Proxy, honestly, proxy_to
from dujiang.gate import letters
from dujiang.gate.bench import signing_key
from dujiang.gate.letters import Envelope

LETTER = "persons.share"  # what one node sends another, sealed, whenever its steward founds the persons' key (again)


@dataclass
class Pair:
    """A hub and two nodes that know each other; the second one speaks to the hub through somebody who may lie."""

    hub: Party
    one: Party
    two: Party
    between: Proxy
    steward: str
    before: int = 0  # letters performed before this test
    told: int = 0  # length of the second node's log before this test

    def send(self, times: int = 1) -> None:
        for _ in range(times):
            self.one.client(self.steward).do("persons.found")

    def performed(self) -> int:
        """How often the second node took over the key it was sent, since the test began."""
        return len(self.two.entries(LETTER)) - self.before

    def log(self) -> str:
        """What the second node's process wrote since the test began."""
        return self.two.log()[self.told:]

    def copied(self) -> int:
        """How long the second node's verified copy of the alliance's log is."""
        store = sqlite3.connect(f"file:{self.two.folder / 'control.db'}?mode=ro", uri=True)
        try:
            return int(store.execute("SELECT COUNT(*) FROM entry WHERE log = 'alliance'").fetchone()[0])
        finally:
            store.close()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("link")
    hub = new_hub(folder / "hub")
    with ended(hub), proxy_to(hub.url) as between:
        one = new_node(folder / "one", hub, party="hospital-a")
        two = new_node(folder / "two", hub, party="hospital-b", url=between.url)
        with ended(one, two):
            until(lambda: joined(one) and joined(two))
            steward, _ = acquainted(one, two)
            yield Pair(hub, one, two, between, steward)


@pytest.fixture
def pair(three: Pair) -> Pair:
    three.before = 0
    three.between.alter = honestly
    three.before, three.told = three.performed(), len(three.two.log())
    return three


def settled(pair: Pair, count: int) -> None:
    """All letters were performed, and none comes a second time."""
    until(lambda: pair.performed() >= count)
    time.sleep(0.6)
    assert pair.performed() == count


def test_a_hub_that_dies_and_comes_back_loses_and_doubles_no_letter(pair: Pair) -> None:
    pair.send(3)
    pair.hub.kill()
    pair.send(3)
    pair.hub.start()
    pair.send(2)
    until(lambda: pair.performed() > 3)
    pair.hub.stop()
    pair.hub.start()
    pair.send(2)
    settled(pair, 10)


def test_a_node_killed_while_letters_wait_gets_each_once_after_its_restart(pair: Pair) -> None:
    pair.send(2)
    settled(pair, 2)
    pair.two.kill()
    before = waiting_at(pair)
    pair.send(5)
    until(lambda: waiting_at(pair) == before + 5)
    pair.two.start()
    settled(pair, 7)


def waiting_at(pair: Pair) -> int:
    """How many letters to the second node lie at the hub."""
    store = sqlite3.connect(f"file:{pair.hub.folder / 'control.db'}?mode=ro", uri=True)
    try:
        return int(store.execute("SELECT COUNT(*) FROM letter WHERE receiver = 'hospital-b'").fetchone()[0])
    finally:
        store.close()


@pytest.mark.slow
def test_a_node_killed_at_any_moment_of_reading_gets_each_letter_once(pair: Pair) -> None:
    for round in range(6):
        pair.send(6)
        time.sleep(0.05 * round)
        pair.two.kill()
        pair.two.start()
    settled(pair, 36)


@pytest.mark.slow
def test_a_sender_killed_between_posting_and_hearing_of_it_sends_nothing_twice(pair: Pair) -> None:
    for _ in range(3):
        pair.send(2)
        pair.one.kill()
        pair.one.start()
    settled(pair, 6)


@pytest.mark.slow
def test_a_hub_whose_disk_was_replaced_by_an_older_one_is_sent_the_letters_it_lacks(pair: Pair, tmp_path: Path) -> None:
    """Letters only pass through the hub and make no entry in its log, so that its log is the same before and after."""
    pair.send(2)
    settled(pair, 2)
    pair.hub.stop()
    kept = shutil.copytree(pair.hub.folder, tmp_path / "kept")
    pair.hub.start()
    pair.two.kill()
    before = waiting_at(pair)
    pair.send(3)
    until(lambda: waiting_at(pair) == before + 3)
    pair.hub.stop()
    shutil.rmtree(pair.hub.folder)
    shutil.copytree(kept, pair.hub.folder)
    pair.hub.start()
    pair.two.start()
    pair.send(1)
    settled(pair, 6)


def test_a_letter_that_the_hub_can_never_accept_is_told_and_blocks_nothing(pair: Pair) -> None:
    """One that asks for something not allowed, and one to somebody unknown, written with the node's own key into its own queue."""
    pair.one.stop()
    with pair.one.opened() as running, running.world.transaction() as tx:
        for kind, receiver, body in (("account.appoint", "hub", {"x": 1}), ("sealed", "hub", {"box": "AAAA"}), (LETTER, "nobody", {})):
            seq, prev = tx.chain("hospital-a", receiver)
            written = Envelope(sender="hospital-a", receiver=receiver, seq=seq + 1, prev=prev, time="2026-01-01T00:00:00.000Z", type=kind, body=body)
            data = letters.sign(written, signing_key(running.world, "party"))
            tx.lengthen("hospital-a", receiver, seq + 1, letters.fingerprint(data))
            tx.post("hospital-a", receiver, seq + 1, data)
    pair.one.start()
    pair.send(2)
    settled(pair, 2)
    assert [e for e in pair.hub.entries() if "refused" in e and e["by"]["party"] == "hospital-a"]


def test_a_letter_withheld_for_a_while_is_not_lost_and_what_follows_waits_for_it(pair: Pair) -> None:
    pair.between.alter = lambda path, answer: {**answer, "letters": answer["letters"][1:]} if path == "/link/poll" else answer
    pair.send(3)
    time.sleep(1.5)
    assert pair.performed() == 0
    pair.between.alter = honestly
    settled(pair, 3)


def test_a_forged_letter_does_nothing_and_the_true_one_still_comes(pair: Pair) -> None:
    def forge(path: str, answer: Any) -> Any:
        if path == "/link/poll":
            for letter in answer["letters"]:
                letter["envelope"] = letter["envelope"].replace('"type":"sealed"', '"type":"sealee"')
        return answer

    pair.between.alter = forge
    pair.send(2)
    until(lambda: "link.signature" in pair.log())
    assert pair.performed() == 0 and not [e for e in pair.two.entries() if "refused" in e]
    pair.between.alter = honestly
    settled(pair, 2)


REWRITES = {
    "an entry altered": lambda entries: [entries[0].replace("auditor", "steward"), *entries[1:]],
    "an entry left out": lambda entries: entries[1:],
    "an entry put in": lambda entries: [*entries, entries[-1]],
    "two entries exchanged": lambda entries: [entries[1], entries[0], *entries[2:]],
    "every entry gone": lambda entries: [],
}


@pytest.mark.parametrize("where", ["/log/entries", "/link/poll"])
@pytest.mark.parametrize("what", REWRITES)
def test_a_hub_that_rewrites_the_log_is_refused_and_no_letter_is_performed_until_it_is_honest(pair: Pair, what: str, where: str) -> None:
    pair.send(1)
    settled(pair, 1)
    before = pair.copied()

    def rewrite(path: str, answer: Any) -> Any:
        if path == "/log/entries":
            return rewritten(answer)
        if path != "/link/poll" or where != "/link/poll":
            return {**answer, "page": None} if path == "/link/poll" else answer
        whole = answer["page"] is not None and len(answer["page"]["entries"]) > 1
        return {**answer, "page": rewritten(answer["page"])} if whole else {"letters": [], "size": before, "page": None}

    def rewritten(page: Any) -> Any:
        return {**page, "entries": REWRITES[what](page["entries"])}

    pair.between.alter = rewrite
    for _ in range(2):
        pair.hub.appoint("auditor", "hub")
    pair.send(1)
    until(lambda: any(f"link: {rule}" in pair.log() for rule in ("log.fork", "link.log")))
    assert pair.performed() == 1 and pair.copied() == before
    pair.between.alter = honestly
    settled(pair, 2)
    assert pair.copied() == len(pair.hub.entries())


def test_a_hub_whose_log_became_shorter_is_refused(pair: Pair) -> None:
    pair.send(1)
    settled(pair, 1)
    pair.between.alter = lambda path, answer: {**answer, "size": 1} if path == "/link/poll" else answer
    pair.send(1)
    until(lambda: "link.log" in pair.log())
    assert pair.performed() == 1
    pair.between.alter = honestly
    settled(pair, 2)


NONSENSE: dict[str, Any] = {"a list": [], "a number": 7, "nothing": None, "other fields": {"x": 1}, "letters of no kind": {"letters": [7], "size": 3},
                            "a size without end": {"letters": [], "size": -1}, "a place that is none": {"letters": [{"place": "x", "envelope": ""}], "size": 3}}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_hub_that_answers_nonsense_breaks_nothing_in_the_node(pair: Pair, what: str) -> None:
    pair.between.alter = lambda path, answer: NONSENSE[what] if path == "/link/poll" else answer
    pair.send(1)
    until(lambda: "link.answer" in pair.log())
    pair.between.alter = honestly
    settled(pair, 1)
    assert "fault" not in pair.log() and "Traceback" not in pair.log()


def test_a_recorded_poll_is_refused_and_the_node_notices_nothing(pair: Pair) -> None:
    until(lambda: pair.between.polls)
    answer = httpx.post(pair.hub.url + "/link/poll", content=pair.between.polls[0], trust_env=False)
    assert (answer.status_code, answer.json()["rule"]) == (403, "link.replay")
    pair.send(1)
    settled(pair, 1)


def test_a_node_whose_clock_was_set_back_goes_on(pair: Pair) -> None:
    """As the hub sees it: the polls it answered before name later times than the node's next ones."""
    pair.hub.stop()
    with pair.hub.opened() as running, running.world.transaction() as tx:
        tx.count("poll:hospital-b", tx.count("poll:hospital-b") + 3_600_000)
    pair.hub.start()
    pair.send(2)
    settled(pair, 2)


def test_whoever_has_other_keys_than_the_invitation_says_is_not_the_hub(tmp_path: Path) -> None:
    hub, other = new_hub(tmp_path / "hub"), new_hub(tmp_path / "other")
    with ended(hub, other):
        # The stranger knows the party's id and accepts its invitation; only its keys are not those of the alliance.
        pin = invite(hub, "hospital-a").partition(".")[2]
        accepted = invite(other, "hospital-a").partition(".")[0]
        node = new_node(tmp_path / "node", hub, party="hospital-a", url=other.url, invitation=f"{accepted}.{pin}")
        with ended(node):
            until(lambda: "link.hub" in node.log())
            assert not joined(node)


def test_an_invitation_that_is_not_valid_is_told_and_tried_again_when_the_office_has_mended_it(tmp_path: Path) -> None:
    hub = new_hub(tmp_path / "hub")
    with ended(hub):
        good = invite(hub, "hospital-a")
        node = new_node(tmp_path / "node", hub, party="hospital-a", invitation=secrets.token_hex(24) + "." + good.partition(".")[2])
        with ended(node):
            until(lambda: "party.invitation" in node.log())
            assert not joined(node) and "Traceback" not in node.log()


def test_what_a_process_logs_names_no_letter_no_token_and_no_key(pair: Pair) -> None:
    pair.send(2)
    settled(pair, 2)
    pair.hub.kill()
    time.sleep(0.5)
    pair.hub.start()
    pair.send(1)
    settled(pair, 3)
    for party in (pair.hub, pair.one, pair.two):
        told = party.log()  # of all tests before this one, too
        assert party.token not in told and "envelope" not in told and "Traceback" not in told
        assert all(line.startswith("link: ") or not line for line in told.splitlines()), told
    assert json.loads((pair.one.folder / "run.json").read_text())["party"] == "hospital-a"
