"""Node to hub: the node dials out, posts its letters, waits by long poll for those that lie there, and follows the log first.

Every request of a node is signed and names a time later than the one before, so a recorded poll cannot be played again.
"""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import msgspec

from dujiang.act import HUB_ID, system
from dujiang.consent.acts import Follow
from dujiang.doors.dial import OK, Answer, Dial, Down
from dujiang.doors.start import Running
from dujiang.errors import Broken, Conflict, DujiangError, Malformed, Refused
from dujiang.gate.bench import signing_key
from dujiang.ledger.canonical import canonical
from dujiang.ledger.note import VerifyingKey
from dujiang.words import Party

log = logging.getLogger("dujiang.link")
WAIT = 20.0  # seconds a poll waits at the hub
AGAIN = 0.25  # seconds before dialling again when the hub does not answer
BATCH = 2000  # log entries per request


class HubLink:
    """The hub's side."""

    def __init__(self, running: Running, ends: Callable[[], bool]) -> None:
        self._running = running
        self._ends = ends
        self._last: dict[str, float] = {}

    def letters(self, body: bytes) -> dict[str, Any]:
        """Take in letters in order; stops at the first that is refused as a letter and says why."""
        fates = []
        for text in json.loads(body)["letters"]:
            taken = self._running.post.receive(text.encode())
            fates.append({"fate": taken.fate, "rule": taken.rule})
        return {"fates": fates}

    def poll(self, body: bytes) -> dict[str, Any]:
        """Letters for the party behind the signature, as soon as there are some, and how long the log is by now."""
        party, after = self._asked(body)
        until = time.monotonic() + WAIT
        condition = self._running.letters_waiting
        while True:
            with condition:
                found = self._running.post.waiting(party, after)
                left = until - time.monotonic()
                if found or left <= 0 or self._ends():
                    break
                condition.wait(timeout=min(left, 0.5))
        return {
            "letters": [{"place": f.place, "envelope": f.envelope.decode()} for f in found],
            "size": self._running.world.ledger.size("own"),
        }

    def _asked(self, body: bytes) -> tuple[str, int]:
        try:
            asked = json.loads(body)
            signature = base64.b64decode(asked.pop("sig"))
            id, after, when = str(asked["party"]), int(asked["after"]), float(asked["time"])
        except (ValueError, KeyError, TypeError):
            raise Malformed("link.poll", "This is not a poll.", "不是有效的轮询请求。") from None
        party = self._running.world.tables.find(Party, id)
        if party is None or not VerifyingKey.parse(party.vkey).verify_bytes(signature, b"dujiang poll\n" + canonical(asked)):
            raise Broken("link.signature", "The poll's signature is not the party's.", "轮询签名与机构不符。")
        if when <= self._last.get(id, 0.0):
            raise Refused("link.replay", "This poll was used before.", "该轮询请求已使用过。")
        self._last[id] = when
        return id, after


class NodeLink:
    """The node's side: one thread that sends, one that receives."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._ends = threading.Event()
        self._time = 0.0
        self._dial = Dial(running.config.hub, timeout=WAIT + 10)
        self._threads = [threading.Thread(target=self._loop, args=(turn,), daemon=True) for turn in (self.send, self.receive)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ends.set()
        with self._running.letters_waiting:
            self._running.letters_waiting.notify_all()

    def _loop(self, turn: Any) -> None:
        """Again and again; what fails is tried again, for a hub that is down comes back."""
        while not self._ends.is_set():
            try:
                turn()
            except Down:
                self._ends.wait(AGAIN)
            except DujiangError as trouble:
                log.warning("link: %s", trouble.rule)
                self._ends.wait(AGAIN)
            except Exception as fault:
                if not self._ends.is_set():
                    log.error("link broke: %s", type(fault).__name__)
                    self._ends.wait(AGAIN)

    def send(self) -> None:
        """Post what waits, oldest first; wait for more when nothing does."""
        condition = self._running.letters_waiting
        with condition:
            waiting = self._running.post.outgoing()
            if not waiting:
                condition.wait(timeout=1.0)
                return
        answer = self._dial.post("/link/letters", {"letters": [w.envelope.decode() for w in waiting]})
        if answer.status != OK:
            self._say(answer)
            return
        self._running.post.delivered(waiting[-1].place)

    def _say(self, answer: Answer) -> None:
        """The hub refused; it is told, and tried again after a while."""
        rule = answer.body.get("rule", "") if isinstance(answer.body, dict) else ""
        log.warning("the hub refused: %s %s", answer.status, rule)
        self._ends.wait(AGAIN)

    def receive(self) -> None:
        """Poll; follow the log up to where the hub stands, then perform the letters in order."""
        after = self._running.post.read_up_to()
        answer = self._dial.post("/link/poll", self._poll(after))
        if answer.status != OK:
            self._say(answer)
            return
        found = answer.body
        self.follow(found["size"])
        for letter in found["letters"]:
            try:
                self._running.post.receive(letter["envelope"].encode())
            except (Broken, Refused, Conflict, Malformed) as bad:
                # A forged or foreign letter must not stop the ones behind it: it is left unread and told.
                log.warning("a letter was refused: %s", bad.rule)
            self._running.post.read_up_to(letter["place"])

    def _poll(self, after: int) -> dict[str, Any]:
        self._time = max(time.time(), self._time + 0.001)
        asked = {"party": self._running.world.party, "after": after, "time": repr(self._time)}
        key = signing_key(self._running.world, "party")
        signature = base64.b64encode(key.sign_bytes(b"dujiang poll\n" + canonical(asked))).decode()
        return {**asked, "sig": signature}

    def follow(self, size: int) -> None:
        """Copy the alliance's log up to at least `size`, verifying each stretch against the hub's signed checkpoint."""
        while (mine := self._running.world.ledger.size("alliance")) < size:
            answer = self._dial.get("/log/entries", start=mine, most=BATCH).body
            bodies = tuple(e.encode() for e in answer["entries"])
            if not bodies:
                return
            # A stretch that ends before the checkpoint is verified with the next ones, in one piece.
            while mine + len(bodies) < answer["size"]:
                more = self._dial.get("/log/entries", start=mine + len(bodies), most=BATCH).body
                bodies, answer = (*bodies, *(e.encode() for e in more["entries"])), more
            me = system(self._running.world.party)
            self._running.gate.perform(me, "log.follow", Follow(bodies=bodies, note=answer["checkpoint"]))

    def join(self, invitation: str) -> None:
        """Show the invitation and keep the hub's keys. Its second half is the digest of the hub's keys: no stranger can answer."""
        token, _, pinned = invitation.partition(".")
        world = self._running.world
        me = world.tables.get(Party, world.party)
        body = {"party": me.id, "vkey": me.vkey, "seal": me.seal, "invitation": token}
        answer = self._dial.post("/party/join", body)
        if answer.status != OK:
            raise Refused("link.join", "The hub did not let this node join.", "枢纽未接受本节点加入。")
        hub = cast(dict[str, Any], answer.body["hub"])
        keep_hub(self._running, hub, pinned)


    def join_patiently(self, invitation: str) -> None:
        """Join, however long the hub takes to answer; what it refuses is told and tried again, for an office can mend it."""
        while not self._ends.is_set():
            try:
                self.join(invitation)
                return
            except Down:
                self._ends.wait(AGAIN)
            except DujiangError as trouble:
                log.error("cannot join: %s", trouble)
                self._ends.wait(5.0)


def hub_pin(hub: Party) -> str:
    """The digest of the hub's keys that an invitation carries."""
    return hashlib.sha256(f"{hub.vkey}\n{hub.log}\n{hub.seal}".encode()).hexdigest()


def keep_hub(running: Running, told: dict[str, Any], pinned: str) -> None:
    """Keep the hub's keys, if they are the ones the invitation was written for."""
    hub = msgspec.convert(told, Party)
    if hub.id != HUB_ID or hub_pin(hub) != pinned:
        raise Broken("link.hub", "Whoever answered is not the hub of the invitation.", "应答方不是邀请所属的枢纽。")
    with running.world.transaction() as tx:
        tx.put(hub)
