"""What an alliance or a holder asks of every output; two policies tighten to the stricter of each rule, never loosen."""

from typing import Literal

from dujiang.errors import Malformed
from dujiang.release.suppression import Known
from dujiang.words import Word

LEAST_THRESHOLD = 3  # below it, "withheld as fewer than k" already tells the number
STRICTNESS: tuple[Known, ...] = ("none", "total", "margins")
SPREAD = frozenset({"variance", "sd"})  # figures that need degrees of freedom


class Policy(Word, frozen=True):
    """The small-number rules, defaults after ACRO 1.0.

    `threshold` k: least persons of a cell, and least contributors of a statistic of values. `zeros`: ACRO counts a zero as
    disclosive. `complementary`: the sums taken as known to an attacker. `dof`: least degrees of freedom (contributors - 1)
    of a variance or standard deviation. `rounding`: the base that counts are rounded to, None for exact counts.
    """

    threshold: int = 10
    zeros: Literal["withhold", "release"] = "withhold"
    complementary: Known = "margins"
    dof: int = 10
    rounding: int | None = None

    def __post_init__(self) -> None:
        if self.threshold < LEAST_THRESHOLD or self.dof < 0 or (self.rounding is not None and self.rounding < 1):
            raise Malformed(
                "disclosure.policy",
                "A policy has a threshold of at least {least}, no negative degrees of freedom and a rounding base of at least 1.",
                "规则的阈值不得低于 {least}，自由度不得为负，取整基数不得小于 1。", least=LEAST_THRESHOLD,
            )

    def round(self, count: int) -> int:
        """The nearest multiple of the base, halves up; never a number between 1 and the threshold, nor a zero that was none."""
        base = self.rounding
        if base is None or count == 0:
            return count
        nearest = (2 * count + base) // (2 * base) * base
        return nearest if nearest >= self.threshold else -(-self.threshold // base) * base

    def least_for_spread(self) -> int:
        """Contributors needed for a variance or standard deviation."""
        return max(self.threshold, self.dof + 1)


def tighten(alliance: Policy, holder: Policy) -> Policy:
    """The stricter of each rule (invariant 9): a holder cannot loosen what the alliance agreed."""
    return Policy(
        threshold=max(alliance.threshold, holder.threshold),
        zeros="withhold" if "withhold" in (alliance.zeros, holder.zeros) else "release",
        complementary=max(alliance.complementary, holder.complementary, key=STRICTNESS.index),
        dof=max(alliance.dof, holder.dof),
        rounding=max(alliance.rounding or 0, holder.rounding or 0) or None,
    )
