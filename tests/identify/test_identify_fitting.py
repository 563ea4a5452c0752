"""Learning without labels: what was put into invented counts comes out again; little data changes little; common values weigh less."""

from itertools import product
from math import comb
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.identify.fitting import NEAR, Counts, count, hundredths, learn
from dujiang.identify.linkage import Field, Level, Linkage, When
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones
from dujiang.words import Saying

SAYS = Saying(en="x", zh="x")
M = (0.9, 0.85, 0.8)
U = (0.001, 0.002, 0.01)


def two_levels(name: str, m: float, u: float) -> Field:
    levels = (Level(name="same", when="true", m=m, u=u), Level(name="differs", m=1 - m, u=1 - u))
    return Field(name=name, says=SAYS, missing="false", levels=levels)


def settings_of(m: float = 0.7, u: float = 0.01, **other: object) -> Linkage:
    fields = tuple(two_levels(name, m, u) for name in ("a", "b", "c"))
    return Linkage(fields=fields, rules=(), **other)  # type: ignore[arg-type]


def expected(records: int, true: int) -> Counts:
    """The counts that fields with chances M and U give, as they are on average."""
    linkage, strangers = settings_of(), comb(records, 2) - true
    patterns = []
    for levels in product(("same", "differs"), repeat=3):
        m = u = 1.0
        for level, mi, ui in zip(levels, M, U, strict=True):
            m *= mi if level == "same" else 1 - mi
            u *= ui if level == "same" else 1 - ui
        patterns.append((linkage.pattern(dict(zip("abc", levels, strict=True))), round(true * m + strangers * u)))
    return Counts(records, patterns, [[u, 1 - u] for u in U], [None] * 3)


def test_the_chances_that_made_the_counts_are_found_again() -> None:
    fit = learn(settings_of(), expected(2000, 500))
    assert fit.true_pairs == pytest.approx(500, rel=0.02)
    assert [m[0] for m in fit.m] == pytest.approx(list(M), abs=0.02)


def test_a_number_that_only_a_persons_own_records_share_is_not_taken_for_a_common_one() -> None:
    """Of all pairs that share the value, 450 are true: what is left for strangers is next to nothing."""
    counts = expected(2000, 500)
    everything = comb(2000, 2)
    fit = learn(settings_of(), counts._replace(agreeing=[(450, everything), None, None]))
    naive = 450 / everything
    assert fit.u[0][0] < naive / 5


def test_without_any_pair_the_first_guesses_stand() -> None:
    fit = learn(settings_of(), Counts(100, [], [[0.01, 0.99]] * 3, [None] * 3))
    assert [m[0] for m in fit.m] == pytest.approx([0.7] * 3) and fit.true_pairs == 0.5


def test_a_few_pairs_move_trusted_guesses_little() -> None:
    few = expected(60, 3)
    trusting, open_minded = (learn(settings_of(trust_m=trust), few).m[0][0] for trust in (1000.0, 1.0))
    assert abs(trusting - 0.7) < 0.01 < abs(open_minded - 0.7)


def test_what_rules_part_is_not_learnt_from() -> None:
    """A household shares phone and address: if the rule parts them, they do not teach that one person has two names."""
    linkage = settings_of(whens=(When(rule="no", levels={"a": ("differs",)}, verdict="apart"),))
    counts = expected(2000, 500)
    household = linkage.pattern({"a": "differs", "b": "same", "c": "same"})
    crowded = counts._replace(patterns=[(p, n + 5000 * (p == household)) for p, n in counts.patterns])
    assert learn(linkage, crowded).true_pairs < 520
    assert learn(settings_of(), crowded).true_pairs > 1500


def test_what_rules_link_is_learnt_from() -> None:
    linkage = settings_of(whens=(When(rule="yes", levels={"a": ("same",)}, verdict="link"),))
    odd = linkage.pattern({"a": "same", "b": "differs", "c": "differs"})
    counts = Counts(1000, [(odd, 200)], [[u, 1 - u] for u in U], [None] * 3)
    fit = learn(linkage, counts)
    assert fit.true_pairs == pytest.approx(200) and fit.m[1][0] < 0.02


@settings(max_examples=50)
@given(
    st.integers(2, 5000),
    st.dictionaries(st.sampled_from([sum(n << 3 * i for i, n in enumerate(ns)) for ns in product(range(3), repeat=3)]), st.integers(1, 10_000), max_size=27),
    st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 10**6), st.integers(0, 10**7))), min_size=3, max_size=3),
)
def test_whatever_the_counts_the_fit_is_chances(records: int, patterns: dict[int, int], agreeing: list[tuple[int, int] | None]) -> None:
    fit = learn(settings_of(), Counts(records, sorted(patterns.items()), [[u, 1 - u] for u in U], agreeing))
    for chances in (*fit.m, *fit.u):
        assert sum(chances) == pytest.approx(1, abs=1e-3) and all(0 < chance < 1 for chance in chances)
    assert 0 < fit.true_pairs <= max(comb(records, 2) / 2, 0.5)


def test_learning_twice_is_learning_once() -> None:
    counts = expected(500, 100)
    assert learn(settings_of(), counts) == learn(settings_of(), counts)
    assert 0 < NEAR < 0.01


def test_weights_are_whole_hundredths_of_a_bit() -> None:
    assert (hundredths(8), hundredths(1), hundredths(0.5), hundredths(1000)) == (300, 0, -100, 997)


def test_the_random_pairs_are_many_different_ones_and_the_same_every_time(tmp_path: Path) -> None:
    """A sample that walks in circles once made one coincidence of the records into a rule."""
    linkage = settings_of()
    with DuckFrames(Zones(tmp_path)) as frames:
        frames.run("CREATE TABLE x_traits AS SELECT range AS n FROM range(1, 1001)")
        frames.run("CREATE TABLE x_vectors (a BIGINT, b BIGINT, pattern BIGINT)")
        draws = []
        for _ in range(2):
            count(frames, linkage, 1000)
            draws.append(frames.rows("SELECT count(DISTINCT (a, b)), count(DISTINCT a), sum(a * b) FROM x_sample")[0])
    assert draws[0] == draws[1] and draws[0][0] > 45_000 and draws[0][1] == 1000
