"""Node to hub: the node dials out, posts its letters, waits by long poll for those that lie there, and follows the log first.

Every poll is signed and names a time later than the one before, so a recorded one cannot be played again. Nothing the hub
answers is believed: letters are their senders', and the log is only what continues this node's copy under the hub's signature.
"""

import base64
import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from dujiang.act import HUB_ID, system
from dujiang.consent.acts import Follow
from dujiang.doors.client import read
from dujiang.doors.dial import OK, Answer, Dial, Down
from dujiang.doors.letterbox import MOST_COUNT, WAIT, Count, bundle, poll_bytes
from dujiang.doors.start import Running
from dujiang.errors import Broken, DujiangError, Malformed, Unavailable
from dujiang.gate.bench import signing_key
from dujiang.gate.parties import pin_of
from dujiang.words import Party, Word
from dujiang.world import Letter

T = TypeVar("T")
log = logging.getLogger("dujiang.link")
FIRST_PAUSE = 0.05  # seconds before dialling again; doubled every time
LONGEST_AWAY = 2.0  # while the hub does not answer: it comes back soon
LONGEST_REFUSED = 60.0  # while it refuses: somebody has to do something
BATCH = 2000  # log entries per request
RULE = re.compile(r"[a-z0-9_.-]{1,60}")


class Lying(Word, frozen=True):
    """One letter that lies at the hub."""

    place: Count
    envelope: str


class Page(Word, frozen=True):
    """A page of the hub's log, and the checkpoint that covers all `size` entries."""

    start: Count
    entries: tuple[str, ...]
    checkpoint: str
    size: Count


class Polled(Word, frozen=True):
    """The hub's answer to a poll."""

    letters: tuple[Lying, ...]
    size: Count
    page: Page | None = None  # of the log, from where the node's copy ended


class Pause:
    """Longer each time something fails, from the beginning after it went well; says once what is the matter, not every time."""

    def __init__(self, ends: threading.Event) -> None:
        self._ends = ends
        self._next = FIRST_PAUSE
        self._told = ""

    def over(self) -> None:
        if self._told:
            log.warning("link: it goes on")
        self._next, self._told = FIRST_PAUSE, ""

    def wait(self, why: str, longest: float) -> None:
        if why != self._told:
            log.warning("link: %s; trying again", why)
            self._told = why
        self._ends.wait(min(self._next, longest))
        self._next = min(2 * self._next, LONGEST_REFUSED)


class NodeLink:
    """The node's side: one thread that sends, one that receives."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._ends = threading.Event()
        self._time = 0
        self._dial = Dial(running.config.hub, timeout=WAIT + 10)
        self._threads = [threading.Thread(target=self._loop, args=(turn,), daemon=True) for turn in (self.send, self.receive)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ends.set()
        with self._running.letters_waiting:
            self._running.letters_waiting.notify_all()

    def _loop(self, turn: Callable[[], None]) -> None:
        """Again and again until stopped; what fails is tried again, for a hub that is down comes back."""
        pause = Pause(self._ends)
        while not self._ends.is_set():
            if self._goes_well(turn, pause):
                pause.over()

    def _goes_well(self, turn: Callable[[], None], pause: Pause) -> bool:
        try:
            turn()
        except (*Down, Unavailable):
            pause.wait("the hub does not answer", LONGEST_AWAY)
        except DujiangError as trouble:
            pause.wait(plain(trouble.rule), LONGEST_REFUSED)
        except Exception as fault:  # its text could hold a value, so only its type is told
            pause.wait(f"fault {type(fault).__name__}", LONGEST_REFUSED)
        else:
            return True
        return False

    def send(self) -> None:
        """Post what waits, oldest first, and forget what the hub took; wait for more when nothing waits."""
        condition = self._running.letters_waiting
        with condition:
            waiting = bundle(self._running.post.outgoing())
            if not waiting:
                condition.wait(timeout=1.0)
                return
        answer = self._dial.post("/link/letters", {"letters": [w.envelope.decode() for w in waiting]})
        taken = taken_of(answer, len(waiting))
        if taken:
            self._running.post.delivered(waiting[taken - 1].place)
        if answer.status != OK:
            self._not_taken(answer, waiting[min(taken, len(waiting) - 1)])

    def _not_taken(self, answer: Answer, letter: Letter) -> None:
        """A hub that lacks an earlier letter, as after its disk was replaced, gets all of them again; what it has it has `seen`."""
        facts = answer.body.get("facts", {}) if isinstance(answer.body, dict) else {}
        missing = facts.get("next") if isinstance(facts, dict) else None
        if isinstance(missing, int) and 0 < missing < letter.seq:
            self._running.post.send_again(letter.receiver, missing)
        read(answer)

    def receive(self) -> None:
        """Poll; follow the log up to where the hub stands, then perform the letters in order."""
        answer = self._dial.post("/link/poll", self._poll(self._running.post.read_up_to(), self._running.world.ledger.size("alliance")))
        if answer.status != OK:
            self._learn_time(answer)
        found = as_(read(answer), Polled)
        self.follow(found.size, found.page)
        trouble: DujiangError | None = None
        for letter in found.letters:
            trouble = self._take(letter) or trouble
            if trouble is None:
                self._running.post.read_up_to(letter.place)
        if trouble is not None:
            raise trouble

    def _take(self, letter: Lying) -> DujiangError | None:
        """Take in one letter; returned is why it must come again, because what came is not what its sender wrote or one before it is missing.

        Such a letter does not stop those behind it, but from it on nothing counts as read. A stranger's is passed over: it is read
        again when the stranger is admitted.
        """
        try:
            self._running.post.receive(letter.envelope.encode())
        except Unavailable:
            raise
        except DujiangError as bad:
            return None if bad.rule == "link.stranger" else bad
        return None

    def _poll(self, after: int, size: int) -> dict[str, Any]:
        self._time = max(time.time_ns() // 1_000_000, self._time + 1)
        me = self._running.world.party
        signature = signing_key(self._running.world, "party").sign_bytes(poll_bytes(me, after, size=size, time=self._time))
        return {"party": me, "after": after, "size": size, "time": self._time, "sig": base64.b64encode(signature).decode()}

    def _learn_time(self, answer: Answer) -> None:
        """A clock that was set back is no reason to stay away: the hub says which time it has seen, and the next one is later."""
        facts = answer.body.get("facts", {}) if isinstance(answer.body, dict) else {}
        seen = facts.get("after") if isinstance(facts, dict) else None
        if isinstance(seen, int) and self._time < seen < MOST_COUNT // 2:
            self._time = seen

    def follow(self, size: int, page: Page | None = None) -> None:
        """Copy the alliance's log up to at least `size`, verifying each stretch against the hub's signed checkpoint; `page` is its beginning if it is here."""
        mine = self._running.world.ledger.size("alliance")
        if size < mine:
            raise Broken(
                "link.log", "The hub's log is shorter than the copy kept here: entries were taken out. Stop, and compare it with the other nodes.",
                "枢纽日志短于本节点保存的副本，可能有条目被删除。请停止使用，并与其他节点核对。",
            )
        while mine < size:
            bodies, note = self._stretch(mine, page)
            self._running.gate.perform(system(self._running.world.party), "log.follow", Follow(bodies=bodies, note=note))
            mine += len(bodies)

    def _stretch(self, start: int, first: Page | None) -> tuple[tuple[bytes, ...], str]:
        """The entries from `start` to the newest checkpoint, however many pages they fill, and that checkpoint."""
        bodies: list[bytes] = []
        while True:
            page = first if first is not None and not bodies and first.start == start else self._page(start + len(bodies))
            bodies += [entry.encode() for entry in page.entries]
            if page.start != start + len(bodies) - len(page.entries) or not page.entries or start + len(bodies) > page.size:
                raise Broken("link.log", "The hub's log has a hole, or more entries than its checkpoint covers.", "枢纽日志存在缺口，或条目多于检查点所覆盖的数量。")
            if start + len(bodies) == page.size:
                return tuple(bodies), page.checkpoint

    def _page(self, start: int) -> Page:
        return as_(read(self._dial.get("/log/entries", start=start, most=BATCH)), Page)

    def join(self, invitation: str) -> None:
        """Show the invitation and keep the hub's keys. Its second half is the digest of the hub's keys: no stranger can answer."""
        token, _, pinned = invitation.strip().partition(".")
        world = self._running.world
        me = world.tables.get(Party, world.party)
        body = {"party": me.id, "vkey": me.vkey, "seal": me.seal, "invitation": token}
        answered = read(self._dial.post("/party/join", body))
        keep_hub(self._running, answered.get("hub") if isinstance(answered, dict) else None, pinned)

    def join_patiently(self, invitation: str) -> None:
        """Join, however long the hub takes to answer; what it refuses is told and tried again, for an office can mend it."""
        pause = Pause(self._ends)
        while not self._ends.is_set() and not self._goes_well(lambda: self.join(invitation), pause):
            pass


def plain(rule: str) -> str:
    """A rule for the server's log; whatever else a stranger answers in its place is not repeated."""
    return rule if RULE.fullmatch(rule) else "an answer that is none"


def taken_of(answer: Answer, most: int) -> int:
    """How many of the letters the hub says it took for good, whether or not it then refused one."""
    fates = answer.body.get("fates") if isinstance(answer.body, dict) else None
    return min(len(fates), most) if isinstance(fates, list) else 0


def as_(told: Any, kind: type[T]) -> T:
    """What a hub answered, as its type; Malformed when it is something else."""
    try:
        return msgspec.convert(told, kind)
    except ValueError:
        raise Malformed("link.answer", "The hub answered something else than a hub answers.", "枢纽的应答格式不符。") from None


def keep_hub(running: Running, told: Any, pinned: str) -> None:
    """Keep the hub's keys, if they are the ones the invitation was written for."""
    hub = as_(told, Party)
    if hub.id != HUB_ID or pin_of(hub) != pinned:
        raise Broken("link.hub", "Whoever answered is not the hub of the invitation.", "应答方不是邀请所属的枢纽。")
    with running.world.transaction() as tx:
        tx.put(hub)
