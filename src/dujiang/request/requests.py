"""A request: who asks for which columns of which assets, for what purpose, by which methods; and its life as one table."""

from typing import ClassVar, Literal

from dujiang.assess.pack import pack
from dujiang.errors import Malformed, Refused
from dujiang.words import CREDIT, EMPLOYMENT, INSURANCE, PURPOSES, Grade, Life, Move, Role, Saying, Thing, Word, is_day

LIFE = Life(
    kind="request",
    start="draft",
    moves=(
        Move(verb="submit", frm=("draft", "returned"), to=("submitted",)),
        Move(verb="screen", frm=("submitted",), to=("screening", "in_review")),
        Move(verb="accept", frm=("screening",), to=("in_review",)),
        Move(verb="return", frm=("screening", "in_review"), to=("returned",)),
        Move(verb="review", frm=("in_review",), to=("in_review", "approved", "rejected")),
        Move(verb="withdraw", frm=("draft", "submitted", "screening", "returned", "in_review"), to=("withdrawn",)),
        Move(verb="close", frm=("approved",), to=("closed",)),
    ),
)

# Who must each give one approval, by grade (DESIGN §6): what the policy pack demands. An alliance may add, not take away.
REVIEWERS: dict[Grade, tuple[Role, ...]] = {grade: pack().demands[grade].reviewers for grade in Grade}
NEEDS_OPT_IN = frozenset({INSURANCE, CREDIT, EMPLOYMENT})
MOST_RUNS = 10_000
DAYS_TO_DECIDE = {Grade.OPEN: 0, Grade.REGISTERED: 1, Grade.CONTROLLED: 5, Grade.USABLE_NOT_VISIBLE: 15, Grade.RESTRICTED: 30}


class Review(Word, frozen=True):
    """One reviewer's vote; an entry of the log carries the same."""

    role: Role
    account: str
    party: str
    vote: Literal["approve", "reject"]
    reason: str
    at: str


WAITS = {
    "draft": Saying(en="the request is not submitted yet", zh="申请尚未提交"),
    "returned": Saying(en="the request was returned to be amended", zh="申请已退回，待申请人修改"),
    "screening": Saying(en="a steward looks whether the request is complete", zh="待数据管理员核对申请材料是否齐全"),
    "in_review": Saying(en="the request is in review", zh="申请正在评审"),
}


class Waiting(Word, frozen=True):
    """On whom something waits, since when, until when and why."""

    on: tuple[str, ...]
    since: str
    due_days: int
    why: Saying


class Request(Thing, frozen=True):
    KIND: ClassVar[str] = "request"
    applicant: str
    party: str
    title: str
    why: str
    purpose: str
    offers: tuple[str, ...]
    columns: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int
    until: str
    grade: Grade = Grade.RESTRICTED
    commercial: bool = False
    app: str = ""
    installer: str = ""  # the account that installed the app, for an app's own request
    since: str = ""
    reviews: tuple[Review, ...] = ()
    returned_because: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise Malformed("request.purpose", "That purpose is not in the alliance's list.", "该用途不在联盟用途清单中。")
        if not self.offers or not self.columns or not self.methods or self.runs < 1:
            raise Malformed(
                "request.incomplete", "A request names assets, columns, methods and at least one run.",
                "申请须写明资产、列、方法及至少一次运行。",
            )
        check_term(self.runs, self.until)

    def applies(self, account: str) -> bool:
        """Whether the account stands on the applicant's side of this request: it never reviews it."""
        return account in (self.applicant, self.installer)

    def missing(self) -> tuple[Role, ...]:
        """The roles that have not voted yet."""
        voted = {r.role for r in self.reviews}
        return tuple(role for role in REVIEWERS[self.grade] if role not in voted)

    def waiting(self) -> Waiting | None:
        """None when nobody need act."""
        on = {
            "draft": ("applicant",), "returned": ("applicant",), "screening": ("steward",),
            "in_review": tuple(str(r) for r in self.missing()),
        }.get(self.state, ())
        if not on:
            return None
        return Waiting(on=on, since=self.since, due_days=DAYS_TO_DECIDE[self.grade], why=WAITS[self.state])


def check_term(runs: int, until: str) -> None:
    """Malformed unless there is an end: a number of runs and a day of the calendar. Days are compared as text, and no text is for ever."""
    if not 1 <= runs <= MOST_RUNS:
        raise Malformed("request.runs", "From 1 to {most} runs can be asked for.", "可申请 1 至 {most} 次运行。", most=MOST_RUNS)
    if not is_day(until):
        raise Malformed("request.until", "The last day is a day of the calendar, as YYYY-MM-DD.", "截止日期须为有效日期，格式 YYYY-MM-DD。")


def refuse_prohibited(request: Request) -> None:
    """Insurance, credit and employment are refused: no jurisdiction profile of this release allows them."""
    if request.purpose in NEEDS_OPT_IN:
        raise Refused(
            "request.prohibited",
            "The purpose {purpose} is not allowed in this alliance's jurisdiction. Ask for a research or public-health purpose.",
            "本联盟所在法域不允许用途 {purpose}。请改用科研或公共卫生用途。", purpose=request.purpose,
        )


def reviewed(request: Request, review: Review) -> Request:
    """The request with one more vote; approved when all roles approved, rejected at the first rejection."""
    if request.applies(review.account):
        raise Refused("review.own", "An applicant never reviews their own request.", "申请人不得评审自己的申请。")
    if any(r.account == review.account for r in request.reviews):
        raise Refused("review.twice", "You have voted already; each role needs its own person.", "您已投票；每个角色须由不同人员担任。")
    votes = (*request.reviews, review)
    if review.vote == "reject":
        return request.with_(reviews=votes, state="rejected")
    done = request.with_(reviews=votes)
    return done if done.missing() else done.with_(state="approved")
