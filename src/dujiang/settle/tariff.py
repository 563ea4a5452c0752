"""What a release costs and how the fee is divided, all in whole numbers; refuses a tariff that does not add up."""

from dujiang.errors import Malformed
from dujiang.settle.shares import MOST_FEN, fen
from dujiang.words import Grade, Word

MILLE = 1000


class Shares(Word, frozen=True):
    """How a fee is divided, per mille: to the holders, to the persons counted, to the platform."""

    holders: int = 500
    persons_pool: int = 300
    platform: int = 200

    def __post_init__(self) -> None:
        parts = (self.holders, self.persons_pool, self.platform)
        if min(parts) < 0 or sum(parts) != MILLE:
            raise Malformed("tariff.shares", "The shares of a tariff sum to 1000 per mille.", "费率各项分成之和须为千分之一千。")


class Tariff(Word, frozen=True):
    """Prices in fen: `base` per release for grades 1 to 5, `per_person` for every person counted; a multiplier for commerce, per mille."""

    base: tuple[int, int, int, int, int] = (0, 10_000, 50_000, 100_000, 200_000)
    per_person: int = 100
    commercial: int = 3000
    shares: Shares = Shares()

    def __post_init__(self) -> None:
        for amount in (*self.base, self.per_person):
            fen(amount)
        if not MILLE <= self.commercial <= MOST_FEN:
            raise Malformed(
                "tariff.commercial", "The commercial multiplier is at least 1000 per mille.", "商业用途系数不得低于千分之一千。",
            )


def price(tariff: Tariff, grade: Grade, persons: int, *, commercial: bool) -> int:
    """The fee of a release in fen; a part of a fen is not charged. errors.Malformed above 2^53 - 1."""
    plain = fen(tariff.base[grade - 1] + tariff.per_person * fen(persons))
    return fen(plain * tariff.commercial // MILLE) if commercial else plain
