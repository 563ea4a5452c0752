"""What follows exactly from sums and limits, by hand and against trying everything."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.release.derivable import Key, computable


def line(*keys: Key) -> dict[Key, int]:
    return dict.fromkeys(keys, 1)


A, B, C, D = (0,), (1,), (2,), (3,)


def found(*lines: dict[Key, int], at_floor: tuple[Key, ...] = (), at_ceiling: tuple[Key, ...] = ()) -> set[Key]:
    return set(computable(lines, at_floor=at_floor, at_ceiling=at_ceiling))


def test_the_only_unknown_of_a_sum_is_computable() -> None:
    assert found(line(A)) == {A}


def test_two_unknowns_of_one_sum_are_not_computable() -> None:
    assert found(line(A, B)) == set()


def test_an_unknown_without_any_sum_is_not_computable() -> None:
    assert found({}, line(B)) == {B}


def test_a_difference_of_two_sums_gives_away_what_they_do_not_share() -> None:
    assert found(line(A, B, C), line(A, B)) == {C}


def test_three_pairwise_sums_of_three_give_away_all() -> None:
    # a+b, b+c, a+c are known: no sum has a single unknown, yet a = ((a+b) + (a+c) - (b+c)) / 2
    assert found(line(A, B), line(B, C), line(A, C)) == {A, B, C}


def test_four_pairwise_sums_around_a_square_give_away_nothing() -> None:
    assert found(line(A, B), line(C, D), line(A, C), line(B, D)) == set()


def test_an_unknown_margin_is_an_unknown_of_its_line() -> None:
    # a + b = m and m + c = known: nothing follows; once c is known too, m follows but not a or b.
    margin = (9,)
    assert found({A: 1, B: 1, margin: -1}, line(margin, C)) == set()
    assert found({A: 1, B: 1, margin: -1}, line(margin)) == {margin}


def test_a_sum_of_zeros_gives_away_all_its_members() -> None:
    assert found(line(A, B), at_floor=(A, B)) == {A, B}


def test_one_zero_beside_a_number_that_may_shrink_is_safe() -> None:
    assert found(line(A, B), at_floor=(A,)) == set()


def test_the_greatest_small_number_beside_the_least_large_one_can_still_move() -> None:
    # "fewer than 10" at 9 may fall and "10 or more" at 10 may rise
    assert found(line(A, B), at_floor=(B,), at_ceiling=(A,)) == set()


def test_a_zero_beside_the_least_large_number_is_given_away_by_their_labels() -> None:
    # 0 + 10 = 10 with a labelled "fewer than 10" and b "10 or more": no other way to make 10
    assert found(line(A, B), at_floor=(A, B)) == {A, B}


def test_zeros_on_both_turns_of_a_ring_give_away_the_whole_ring() -> None:
    # Three rows and columns, two unknowns in each: 0 12 . / . 12 0 / 12 . 12. Every line has enough persons, every
    # unit vector is outside the row space, yet one turn of the ring needs the one zero to fall and the other turn the other.
    ring = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 0)]
    lines = [line(*(k for k in ring if k[axis] == place)) for axis in (0, 1) for place in range(3)]
    assert found(*lines) == set()
    assert found(*lines, at_floor=((0, 0), (1, 2))) == set(ring)
    assert found(*lines, at_floor=((0, 0), (1, 1))) == set()


def test_a_stuck_zero_makes_its_neighbour_computable() -> None:
    # a + b = 0 fixes both; then b + c fixes c
    assert found(line(A, B), line(B, C), at_floor=(A, B)) == {A, B, C}


def test_weights_other_than_one_are_solved_exactly() -> None:
    # 3a + 5b and 2a + 7b: determinant 11
    assert found({A: 3, B: 5}, {A: 2, B: 7}) == {A, B}
    assert found({A: 3, B: 6}, {A: 2, B: 4}) == set()


def test_no_lines_give_nothing_away() -> None:
    assert computable([], at_floor=[A], at_ceiling=[]) == frozenset()


def _unique_by_trying(cells: dict[Key, int], unknown: set[Key], rows: int, columns: int) -> set[Key]:
    """Cells that have one value in every table of whole numbers >= 0 with the same rows and columns."""
    order = sorted(unknown)
    row = [sum(cells[r, c] for c in range(columns) if (r, c) in unknown) for r in range(rows)]
    column = [sum(cells[r, c] for r in range(rows) if (r, c) in unknown) for c in range(columns)]
    seen: dict[Key, set[int]] = {k: set() for k in order}

    def go(at: int, filled: dict[Key, int]) -> None:
        if at == len(order):
            if all(n == 0 for n in [*row, *column]):
                for key, value in filled.items():
                    seen[key].add(value)
            return
        r, c = order[at]
        for value in range(min(row[r], column[c]) + 1):
            row[r] -= value
            column[c] -= value
            filled[r, c] = value
            go(at + 1, filled)
            row[r] += value
            column[c] += value

    go(0, {})
    return {k for k, values in seen.items() if len(values) == 1}


@settings(max_examples=150, deadline=None)
@given(
    shape=st.sampled_from([(2, 2), (2, 3), (3, 3), (2, 4)]),
    numbers=st.lists(st.integers(0, 3), min_size=9, max_size=9),
    shown=st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_in_a_table_exactly_those_cells_are_computable_that_have_one_value_in_every_agreeing_table(
    shape: tuple[int, int], numbers: list[int], shown: list[bool]
) -> None:
    rows, columns = shape
    keys: list[Key] = list(product(range(rows), range(columns)))
    cells = dict(zip(keys, numbers, strict=False))
    unknown = {k for k, out in zip(keys, shown, strict=False) if not out}
    lines = [line(*(k for k in unknown if k[axis] == place)) for axis in (0, 1) for place in range(shape[axis])]
    zeros = {k for k in unknown if cells[k] == 0}
    assert computable(lines, at_floor=zeros, at_ceiling=()) == _unique_by_trying(cells, unknown, rows, columns)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.dictionaries(st.tuples(st.integers(0, 5)), st.integers(-3, 3), max_size=5), max_size=6),
    floors=st.sets(st.tuples(st.integers(0, 5))),
)
def test_the_order_of_the_lines_does_not_matter_and_more_limits_never_give_away_less(
    lines: list[dict[Key, int]], floors: set[Key]
) -> None:
    limited = computable(lines, at_floor=floors, at_ceiling=())
    assert limited == computable(lines[::-1], at_floor=floors, at_ceiling=())
    assert limited >= computable(lines, at_floor=(), at_ceiling=())
