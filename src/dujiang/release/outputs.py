"""A release: the checked answer of a task on its way out; its bytes are for checkers until the entry stands in the log."""

from typing import Any, ClassVar, Literal

from dujiang.errors import Refused, Unknown
from dujiang.release.disclosure import Withheld
from dujiang.words import Grade, Life, Move, Saying, Thing, Word

LIFE = Life(
    kind="release",
    start="pending",
    moves=(
        Move(verb="check", frm=("submitted", "partly_reviewed"), to=("partly_reviewed", "reviewed", "returned", "rejected")),
        Move(verb="approve", frm=("submitted", "reviewed"), to=("approved",)),
        Move(verb="release", frm=("approved",), to=("released",)),
        Move(verb="settled", frm=("released",), to=("settled",)),
        Move(verb="withdraw", frm=("pending", "submitted", "partly_reviewed", "reviewed"), to=("withdrawn",)),
    ),
)
CHECKERS = {Grade.OPEN: 0, Grade.REGISTERED: 0, Grade.CONTROLLED: 1, Grade.USABLE_NOT_VISIBLE: 2, Grade.RESTRICTED: 2}
READABLE = frozenset({"released", "settled"})


class Check(Word, frozen=True):
    """One checker's vote on exactly these bytes."""

    account: str
    party: str
    vote: Literal["approve", "return", "reject"]
    reason: str
    sha256: str
    at: str


class Part(Word, frozen=True):
    """A holder in the release entry: the key of its receipts and the tree of its participants."""

    id: str
    vkey: str
    root: str
    count: int
    excluded: int


class Release(Thing, frozen=True):
    KIND: ClassVar[str] = "release"
    task: str
    request: str
    applicant: str
    party: str
    purpose: str
    grade: Grade
    commercial: bool
    answer: bytes  # canonical JSON of the released rows
    sha256: str
    withheld: tuple[Withheld, ...]
    hint: Saying | None  # the nearest variant that would withhold less
    rules: tuple[dict[str, Any], ...]
    holders: tuple[Part, ...]
    size: int  # checkpoint at which consents were read
    checks: tuple[Check, ...] = ()
    entry: int = -1
    at: str = ""

    def parent(self) -> str:
        return self.task

    def checkers_needed(self) -> int:
        """Blind checkers by grade; below grade 3, or at 3 with no rule fired, the rules alone decide."""
        if self.grade == Grade.CONTROLLED and not self.withheld:
            return 0
        return CHECKERS[self.grade]


def checked(release: Release, check: Check) -> Release:
    """The release with one more vote (invariant 8): blind, of another side than the applicant's, on the very bytes."""
    if check.party == release.party or check.account == release.applicant:
        raise Refused("check.side", "A checker never belongs to the applicant's side.", "核查人不得来自申请方。")
    if any(c.account == check.account for c in release.checks):
        raise Refused("check.twice", "You have voted already; the second checker is another person.", "您已投票；须由另一人复核。")
    if check.sha256 != release.sha256:
        raise Refused("check.changed", "The file is not the one you checked.", "文件与您核查的内容不一致。")
    votes = (*release.checks, check)
    if check.vote != "approve":
        return release.with_(checks=votes, state="returned" if check.vote == "return" else "rejected")
    state = "reviewed" if len(votes) >= release.checkers_needed() else "partly_reviewed"
    return release.with_(checks=votes, state=state)


def readable(release: Release | None, account: str, covered: int) -> Release:
    """The release for its applicant, once its entry is under a signed checkpoint of size `covered` (invariant 2)."""
    if release is None or release.applicant != account:
        raise Unknown("release.unknown", "There is no release of yours with that id.", "您名下没有该发布。")
    if release.state not in READABLE or not 0 <= release.entry < covered:
        raise Refused(
            "release.pending", "The answer is {state}; it can be read when its entry stands in the log.",
            "答案状态为 {state}；待日志条目落定后方可读取。", state=release.state,
        )
    return release
