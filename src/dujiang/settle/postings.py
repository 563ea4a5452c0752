"""From a release to postings that sum to zero, and from postings to the statement of an account.

The applicant pays the price; the holders share their part by persons counted; the persons' pool is kept per holder, by
the same weights, so that each holder can later pay its own persons; the platform has the rest.
"""

from collections.abc import Mapping, Sequence

from dujiang.errors import Malformed
from dujiang.settle.shares import MOST_FEN, fen, largest_remainder
from dujiang.settle.tariff import Tariff, price
from dujiang.words import Grade, Word

PLATFORM = "platform"


class Posting(Word, frozen=True):
    """Fen to an account; negative for what it pays."""

    account: str
    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int or abs(self.fen) > MOST_FEN:
            raise Malformed("settle.posting", "A posting is a whole number of fen.", "记账金额须为整数分。")


class Settled(Word, frozen=True):
    """The postings of one release: the applicant's, the holders', their persons', the platform's; their sum is zero."""

    release: str
    total: int
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if sum(p.fen for p in self.postings) != 0 or len({p.account for p in self.postings}) != len(self.postings):
            raise Malformed("settle.balance", "Postings sum to zero and name each account once.", "各项记账之和须为零，且每个账户仅出现一次。")


class Line(Word, frozen=True):
    release: str
    fen: int


class Statement(Word, frozen=True):
    """What one account earned (positive) or owes (negative), release by release, and in all."""

    account: str
    lines: tuple[Line, ...]
    total: int


def settle(
    release: str, *, tariff: Tariff, grade: Grade, commercial: bool, applicant: str, counted: Mapping[str, int]
) -> Settled:
    """Share out the fee of a release; `counted` gives the persons included per holder. A holder without any gets 0.

    That nobody at all was counted is an answer too: its base price is shared alike, for each holder did the work of looking.
    errors.Malformed without a holder.
    """
    persons = sum(fen(n) for n in counted.values())
    total = price(tariff, grade, persons, commercial=commercial)
    weights = counted if persons else dict.fromkeys(counted, 1)
    shares = tariff.shares
    pools = largest_remainder(total, {"holders": shares.holders, "persons": shares.persons_pool, "platform": shares.platform})
    holders = largest_remainder(pools["holders"], weights)
    owed = largest_remainder(pools["persons"], weights)
    postings = (
        Posting(account=f"applicant:{applicant}", fen=-total),
        *(Posting(account=f"holder:{id}", fen=share) for id, share in holders.items()),
        *(Posting(account=f"persons:{id}", fen=share) for id, share in owed.items()),
        Posting(account=PLATFORM, fen=pools["platform"]),
    )
    return Settled(release=release, total=total, postings=postings)


def statement(account: str, settlements: Mapping[str, Sequence[Posting]]) -> Statement:
    """The statement of an account over settlements, given as the postings of each release id; in order of release id."""
    lines = tuple(
        Line(release=release, fen=posting.fen)
        for release in sorted(settlements)
        for posting in settlements[release]
        if posting.account == account
    )
    return Statement(account=account, lines=lines, total=sum(line.fen for line in lines))
