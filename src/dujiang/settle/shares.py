"""Divide whole fen by weights so that the parts sum exactly to the total; refuses what cannot be divided so."""

from collections.abc import Mapping

from dujiang.errors import Malformed

MOST_FEN = 2**53 - 1  # the largest integer that JSON carries exactly everywhere


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """The share of each payee of `total` fen, by weight.

    Method of Hamilton: every payee gets the whole part of its exact share, and the fen left over go one each to the
    largest remainders, ties to the smaller payee id. Each share is less than 1 fen from the exact one. errors.Malformed
    unless the total and the weights are integers from 0 to 2^53 - 1 and some weight is positive.
    """
    whole = sum(_weight(w) for w in weights.values())
    fen(total)
    if whole == 0:
        raise Malformed("settle.weights", "There is nobody with a weight to share among.", "没有权重大于零的收款方，无法分配。")
    shares = {payee: total * weights[payee] // whole for payee in sorted(weights)}
    left = total - sum(shares.values())
    for payee in sorted(shares, key=lambda p: (-(total * weights[p] % whole), p))[:left]:
        shares[payee] += 1
    return shares


def fen(amount: int) -> int:
    """The amount, when it is whole fen that JSON can carry; errors.Malformed otherwise."""
    if type(amount) is not int or not 0 <= amount <= MOST_FEN:
        raise Malformed(
            "settle.fen", "An amount is a whole number of fen from 0 to {most}.", "金额须为 0 至 {most} 之间的整数分。", most=MOST_FEN,
        )
    return amount


def _weight(weight: int) -> int:
    if type(weight) is not int or not 0 <= weight <= MOST_FEN:
        raise Malformed(
            "settle.weight", "A weight is a whole number from 0 to {most}.", "权重须为 0 至 {most} 之间的整数。", most=MOST_FEN,
        )
    return weight
