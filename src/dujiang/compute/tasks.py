"""A task over all holders as the hub keeps it, and one holder's run of it; each with its life as one table."""

from typing import ClassVar

import msgspec

from dujiang.compute.query import Query
from dujiang.words import Life, Move, Saying, Thing, Word

TASK = Life(
    kind="task",
    start="submitted",
    moves=(
        Move(verb="partial", frm=("submitted",), to=("submitted", "failed")),
        Move(verb="refused", frm=("submitted", "failed"), to=("failed",)),
        Move(verb="combine", frm=("submitted",), to=("combined", "failed")),
        Move(verb="cancel", frm=("submitted",), to=("cancelled",)),
    ),
)
RUN = Life(
    kind="run",
    start="running",
    moves=(
        Move(verb="evaluated", frm=("running",), to=("complete", "refused")),
        Move(verb="released", frm=("complete", "released"), to=("released",)),
    ),
)


class Evidence(Word, frozen=True):
    """What a holder says about its part: hashes and sizes, never a person or a figure of the answer."""

    content: str  # hash of the asset version computed on
    mask: str  # root of the consent mask
    included: int  # persons counted
    excluded: int  # persons of the cohort left out by consent
    root: str  # of the sorted tree of participants' pseudonyms
    vkey: str  # the key that will sign receipts


class Part(Word, frozen=True):
    """One holder's part of a task: waited for, arrived, or refused with the rule and the reason."""

    holder: str
    permit: str
    state: str = "waiting"
    rule: str = ""
    reason: Saying | None = None
    vector: str = ""  # masked figures, base64 of big-endian ring elements
    evidence: Evidence | None = None


class Task(Thing, frozen=True):
    KIND: ClassVar[str] = "task"
    request: str
    applicant: str
    party: str
    purpose: str
    query: Query
    size: int
    root: str
    parts: tuple[Part, ...]
    asked: str
    bond: str = ""  # what the masks were made from: guard.Order.bond
    rule: str = ""  # why it failed, when that is no single holder's doing
    reason: Saying | None = None

    def parent(self) -> str:
        return self.request

    def with_part(self, part: Part) -> "Task":
        """The task with a holder's part in place."""
        return self.with_(parts=tuple(part if p.holder == part.holder else p for p in self.parts))

    def waiting_on(self) -> tuple[str, ...]:
        return tuple(p.holder for p in self.parts if p.state == "waiting")


class Run(Thing, frozen=True):
    """One holder's run of a task. `digest` is of the order: the same task with another content is refused."""

    KIND: ClassVar[str] = "run"
    permit: str
    digest: str
    asset: str
    received: str
    rule: str = ""
    included: int = 0
    excluded: int = 0
    root: str = ""
    release: str = ""
    entry: int = -1


class Answered(Word, frozen=True):
    """A holder's masked figures on their way to the hub."""

    id: str
    vector: str
    evidence: Evidence


class RefusedPart(Word, frozen=True):
    """A holder's no, with the rule that fired."""

    id: str
    rule: str
    reason: Saying


class Combined(Word, frozen=True):
    """The totals of a task, inside the hub only: from the sum to the output check. Numbers as text, for they exceed 2^53."""

    task: str
    totals: tuple[str, ...]


def release_of(task: str) -> str:
    """The id of the one release a task can lead to; holders derive it too, for the participants' pseudonyms."""
    return "r" + task[1:]


def digest_of(word: Word) -> bytes:
    return msgspec.json.encode(word, order="deterministic")
