"""A fee is divided in whole fen: the shares sum to it exactly, and each is less than one fen from what is due (invariant 7)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.settle.shares import MOST_FEN, fen, largest_remainder

PAYEES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
WEIGHTS = st.dictionaries(PAYEES, st.integers(0, 10**6) | st.integers(0, MOST_FEN), min_size=1, max_size=12).filter(lambda w: any(w.values()))
TOTALS = st.integers(0, 10**4) | st.integers(0, MOST_FEN)


# The manual, by example.


def test_ten_yuan_for_one_person_here_and_two_there() -> None:
    """1000 fen by 1 : 2 are 333 1/3 and 666 2/3; the larger remainder gets the last fen."""
    assert largest_remainder(1000, {"a": 1, "b": 2}) == {"a": 333, "b": 667}


def test_of_equal_remainders_the_smaller_id_goes_first() -> None:
    assert largest_remainder(100, {"c": 1, "a": 1, "b": 1}) == {"a": 34, "b": 33, "c": 33}
    assert largest_remainder(101, {"c": 1, "a": 1, "b": 1}) == {"a": 34, "b": 34, "c": 33}


def test_who_contributed_nothing_gets_nothing_not_even_a_left_over_fen() -> None:
    assert largest_remainder(7, {"a": 0, "b": 2, "c": 0, "d": 2}) == {"a": 0, "b": 4, "c": 0, "d": 3}


def test_a_fee_smaller_than_the_number_of_payees_goes_to_those_with_most() -> None:
    assert largest_remainder(2, {"a": 1, "b": 5, "c": 4}) == {"a": 0, "b": 1, "c": 1}


def test_nothing_is_shared_out_as_nothing() -> None:
    assert largest_remainder(0, {"a": 3, "b": 1}) == {"a": 0, "b": 0}


def test_the_largest_fee_that_json_carries_is_shared_to_the_fen() -> None:
    shares = largest_remainder(MOST_FEN, {"a": MOST_FEN, "b": MOST_FEN, "c": 1})
    assert sum(shares.values()) == MOST_FEN == 2**53 - 1 and shares["a"] - shares["b"] in (0, 1)


# The rules, for every fee and every weight.


@given(TOTALS, WEIGHTS)
def test_shares_sum_to_the_total_exactly(total: int, weights: dict[str, int]) -> None:
    shares = largest_remainder(total, weights)
    assert sum(shares.values()) == total and set(shares) == set(weights)
    assert all(type(s) is int and s >= 0 for s in shares.values())


@given(TOTALS, WEIGHTS)
def test_every_share_is_less_than_one_fen_from_what_is_due(total: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    for payee, share in largest_remainder(total, weights).items():
        assert abs(share - Fraction(total * weights[payee], whole)) < 1


@given(TOTALS, WEIGHTS)
def test_who_has_a_larger_weight_never_gets_less_and_no_weight_gets_nothing(total: int, weights: dict[str, int]) -> None:
    shares = largest_remainder(total, weights)
    for a in weights:
        assert weights[a] or shares[a] == 0
        for b in weights:
            assert weights[a] <= weights[b] or shares[a] >= shares[b]


@given(TOTALS, WEIGHTS)
def test_the_left_over_fen_go_to_the_largest_remainders_and_of_equal_ones_to_the_smaller_id(total: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    shares = largest_remainder(total, weights)
    rank = sorted(weights, key=lambda p: (-(total * weights[p] % whole), p))
    got = [shares[p] - total * weights[p] // whole for p in rank]
    assert got == sorted(got, reverse=True) and set(got) <= {0, 1}


@given(TOTALS, WEIGHTS, st.randoms())
def test_the_order_in_which_payees_are_named_changes_nothing(total: int, weights: dict[str, int], random: object) -> None:
    names = list(weights)
    random.shuffle(names)  # type: ignore[attr-defined]
    assert largest_remainder(total, {n: weights[n] for n in names}) == largest_remainder(total, weights)


@given(st.integers(0, 10**6), st.dictionaries(PAYEES, st.integers(0, 1000), min_size=1, max_size=6).filter(lambda w: any(w.values())), st.integers(2, 50))
def test_weights_in_another_unit_give_the_same_shares(total: int, weights: dict[str, int], times: int) -> None:
    assert largest_remainder(total, {p: w * times for p, w in weights.items()}) == largest_remainder(total, weights)


@pytest.mark.parametrize("amount", [-1, 1.0, 1.5, "1", None, True, MOST_FEN + 1, float("inf")])
def test_what_is_not_whole_fen_is_refused(amount: object) -> None:
    with pytest.raises(Malformed, match="settle.fen"):
        fen(amount)  # type: ignore[arg-type]
    with pytest.raises(Malformed, match="settle.fen"):
        largest_remainder(amount, {"a": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [-1, 0.5, "1", None, True, MOST_FEN + 1])
def test_a_weight_that_is_no_whole_number_is_refused(weight: object) -> None:
    with pytest.raises(Malformed, match="settle.weight"):
        largest_remainder(100, {"a": 1, "b": weight})  # type: ignore[dict-item]


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 0, "b": 0}])
def test_among_nobody_nothing_can_be_shared(weights: dict[str, int]) -> None:
    with pytest.raises(Malformed, match="settle.weights"):
        largest_remainder(100, weights)
