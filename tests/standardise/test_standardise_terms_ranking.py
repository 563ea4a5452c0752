"""The probability of a candidate is one conditional logit: more alike is more probable, opposites and other numbers are less, and none is a candidate too."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.standardise.terms.ranking import NONE, WEIGHTS, contrasts, other_numbers, probabilities, score

PART = st.floats(0, 1)


@given(st.lists(st.floats(-30, 30), max_size=20))
def test_the_probabilities_of_all_candidates_and_of_none_add_up_to_one(scores: list[float]) -> None:
    chances = probabilities(scores)
    none = math.exp(NONE - max([NONE, *scores])) / (math.exp(NONE - max([NONE, *scores])) + sum(math.exp(z - max([NONE, *scores])) for z in scores))
    assert sum(chances) + none == pytest.approx(1)
    assert sorted(chances) == [p for _, p in sorted(zip(scores, chances, strict=True))]


@given(st.tuples(PART, PART, PART), st.integers(0, 2), st.floats(0, 1))
def test_more_alike_is_never_less_probable(likeness: tuple[float, float, float], which: int, more: float) -> None:
    better = list(likeness)
    better[which] = max(better[which], more)
    assert score((better[0], better[1], better[2]), "肺炎", "肺炎球菌") >= score(likeness, "肺炎", "肺炎球菌")


def test_the_weights_favour_likeness_and_punish_contradiction() -> None:
    assert all(w > 0 for w in WEIGHTS[:3]) and all(w < 0 for w in WEIGHTS[3:])
    assert probabilities([sum(WEIGHTS[:3])])[0] > 0.95 > 0.05 > probabilities([sum(WEIGHTS[:3]) / 2])[0]


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("急性支气管炎", "慢性支气管炎", 1), ("胃良性肿瘤", "胃恶性肿瘤", 1), ("左肾结石", "右肾结石", 1), ("伴病理性骨折", "不伴病理性骨折", 1),
        ("霍奇金淋巴瘤", "非霍奇金淋巴瘤", 1),
        ("急性左心衰", "慢性右心衰", 2), ("急性肾炎", "肾炎", 0), ("急性肾炎", "急性肾炎", 0), ("慢性病急性发作", "慢性病", 0), ("不伴骨折", "不伴骨折", 0), ("", "", 0),
        ("acute bronchitis", "chronic bronchitis", 1), ("hypertension", "hypotension", 1),
    ],
)
def test_contradictions_are_counted_both_ways(one: str, other: str, count: int) -> None:
    assert contrasts(one, other) == contrasts(other, one) == count


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("1型糖尿病", "2型糖尿病", 1), ("2型糖尿病", "糖尿病", 0), ("t10 t11", "t11 t10", 0), ("3级", "3级", 0), ("13期", "1期", 1),
    ],
)
def test_other_numbers_count_only_where_both_have_some(one: str, other: str, differ: int) -> None:
    assert other_numbers(one, other) == differ
