"""The rules an alliance agrees and a holder tightens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.release.policy import STRICTNESS, Policy, tighten

POLICIES = st.builds(
    Policy,
    threshold=st.integers(3, 40),
    zeros=st.sampled_from(["withhold", "release"]),
    complementary=st.sampled_from(STRICTNESS),
    dof=st.integers(0, 20),
    rounding=st.none() | st.integers(1, 20),
)


def test_the_default_is_ten_persons_ten_degrees_of_freedom_no_zeros_margins_known_and_exact_counts() -> None:
    assert Policy() == Policy(threshold=10, zeros="withhold", complementary="margins", dof=10, rounding=None)


def test_a_holder_can_raise_the_threshold_and_not_lower_it() -> None:
    assert tighten(Policy(threshold=10), Policy(threshold=20)).threshold == 20
    assert tighten(Policy(threshold=10), Policy(threshold=5)).threshold == 10


def test_a_holder_cannot_let_out_zeros_that_the_alliance_withholds() -> None:
    assert tighten(Policy(), Policy(zeros="release")).zeros == "withhold"
    assert tighten(Policy(zeros="release"), Policy(zeros="release")).zeros == "release"


def test_a_holder_cannot_drop_complementary_suppression() -> None:
    assert tighten(Policy(complementary="total"), Policy(complementary="none")).complementary == "total"
    assert tighten(Policy(complementary="total"), Policy(complementary="margins")).complementary == "margins"


def test_the_coarser_rounding_wins() -> None:
    assert tighten(Policy(rounding=5), Policy()).rounding == 5
    assert tighten(Policy(rounding=5), Policy(rounding=10)).rounding == 10
    assert tighten(Policy(), Policy()).rounding is None


@given(POLICIES, POLICIES)
def test_it_does_not_matter_who_tightens_whom(one: Policy, other: Policy) -> None:
    both = tighten(one, other)
    assert both == tighten(other, one) == tighten(both, one) == tighten(both, both)
    assert both.threshold >= one.threshold and both.dof >= other.dof


@pytest.mark.parametrize("wrong", [{"threshold": 2}, {"threshold": 0}, {"dof": -1}, {"rounding": 0}, {"rounding": -5}])
def test_a_policy_that_protects_nothing_is_malformed(wrong: dict[str, int]) -> None:
    with pytest.raises(Malformed) as caught:
        Policy(**wrong)  # type: ignore[arg-type]
    assert caught.value.rule == "disclosure.policy"


@pytest.mark.parametrize(("count", "told"), [(0, 0), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (5003, 5005)])
def test_counts_round_to_the_nearest_multiple(count: int, told: int) -> None:
    assert Policy(rounding=5).round(count) == told


def test_a_half_rounds_up() -> None:
    assert Policy(rounding=10).round(25) == 30


@given(POLICIES, st.integers(0, 10**6))
def test_a_rounded_count_is_a_multiple_near_the_count_and_never_below_the_threshold(policy: Policy, above: int) -> None:
    count = policy.threshold + above
    told, base = policy.round(count), policy.rounding or 1
    assert told % base == 0 and told >= policy.threshold
    assert 2 * abs(told - count) <= base or told - policy.threshold < base


def test_spread_needs_one_contributor_more_than_its_degrees_of_freedom() -> None:
    assert Policy().least_for_spread() == 11
    assert Policy(threshold=20).least_for_spread() == 20
