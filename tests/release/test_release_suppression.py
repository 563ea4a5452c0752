"""Which cells are chosen, as tables: a withheld cell is written in brackets."""

import pytest

from dujiang.release.derivable import Key
from dujiang.release.suppression import Rule, withheld

TEN = Rule(10)


def _picture(text: str) -> tuple[dict[Key, int], set[Key]]:
    counts: dict[Key, int] = {}
    hidden: set[Key] = set()
    for r, row in enumerate(text.strip().splitlines()):
        for c, word in enumerate(row.split()):
            counts[r, c] = int(word.strip("[]"))
            if word.startswith("["):
                hidden.add((r, c))
    return counts, hidden


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param("20 30 40\n11 12 13", id="nothing small, nothing withheld"),
        pytest.param("[5] [14] 40\n[15] [12] 90", id="a small cell takes the cheapest rectangle with it"),
        pytest.param("[10] [9] 19\n[9] [12] 13", id="two small cells at opposite corners of a rectangle"),
        pytest.param("[3] [9] 40\n[8] [4] 30\n50 60 70", id="small cells that protect each other need no more"),
        pytest.param("[9] [7] 40\n[8] [20] 30", id="a line whose small cells make up ten is protected"),
        pytest.param("[1] [2] [0]\n[20] [25] [15]\n70 80 60", id="a row total below ten is small too and takes the cheapest row with it"),
    ],
)
def test_the_least_persons_are_lost(picture: str) -> None:
    counts, hidden = _picture(picture)
    chosen = withheld(counts, rule=TEN, adding=(0, 1), known="margins")
    assert chosen == hidden


def test_in_one_dimension_a_lone_small_cell_takes_the_next_smallest_with_it() -> None:
    counts = {(0,): 3, (1,): 40, (2,): 12, (3,): 25}
    assert withheld(counts, rule=TEN, adding=(0,), known="margins") == {(0,), (2,)}


def test_small_cells_whose_sum_is_large_enough_protect_each_other() -> None:
    counts = {(0,): 6, (1,): 7, (2,): 12}
    assert withheld(counts, rule=TEN, adding=(0,), known="margins") == {(0,), (1,)}


def test_small_cells_whose_sum_is_small_take_another_with_them() -> None:
    counts = {(0,): 2, (1,): 3, (2,): 12, (3,): 50}
    assert withheld(counts, rule=TEN, adding=(0,), known="margins") == {(0,), (1,), (2,)}


def test_a_zero_and_a_ten_do_not_protect_each_other_because_their_labels_tell() -> None:
    counts = {(0,): 0, (1,): 10, (2,): 11, (3,): 50}
    assert withheld(counts, rule=TEN, adding=(0,), known="margins") == {(0,), (2,)}


def test_a_zero_may_be_let_out_by_policy_and_a_small_cell_not() -> None:
    counts = {(0,): 0, (1,): 3, (2,): 11, (3,): 50}
    assert withheld(counts, rule=Rule(10, zeros_pass=True), adding=(0,), known="margins") == {(1,), (2,)}


def test_a_zero_let_out_is_never_taken_as_protection() -> None:
    counts = {(0, 0): 0, (0, 1): 4, (0, 2): 30, (1, 0): 40, (1, 1): 50, (1, 2): 60}
    chosen = withheld(counts, rule=Rule(10, zeros_pass=True), adding=(0, 1), known="margins")
    assert (0, 0) not in chosen and (0, 1) in chosen


def test_when_only_the_total_is_known_one_companion_is_enough() -> None:
    counts, _ = _picture("5 14 40\n15 12 90")
    assert withheld(counts, rule=TEN, adding=(0, 1), known="total") == {(0, 0), (1, 1)}


def test_when_no_sum_is_known_only_the_small_cell_is_withheld() -> None:
    counts, _ = _picture("5 14 40\n15 12 90")
    assert withheld(counts, rule=TEN, adding=(0, 1), known="none") == {(0, 0)}


def test_cells_that_overlap_do_not_add_up_so_only_small_ones_are_withheld() -> None:
    assert withheld({(0,): 5, (1,): 14}, rule=TEN, adding=(), known="margins") == {(0,)}


def test_a_dimension_that_adds_up_is_protected_beside_one_that_overlaps() -> None:
    # dimension 0 overlaps (codes), dimension 1 adds up (sex): row 0 has a known total, columns have none
    counts, hidden = _picture("[5] [14]\n40 60")
    assert withheld(counts, rule=TEN, adding=(1,), known="margins") == hidden


def test_three_dimensions_take_the_cheapest_block_of_eight() -> None:
    counts = {(i, j, k): 20 + 10 * i + 5 * j + k for i in range(2) for j in range(2) for k in range(3)}
    counts[0, 0, 0] = 4
    assert withheld(counts, rule=TEN, adding=(0, 1, 2), known="margins") == {k for k in counts if k[2] < 2}


def test_a_cell_that_must_be_withheld_is_protected_even_when_it_is_large() -> None:
    counts, _ = _picture("50 14 40\n15 12 90")
    chosen = withheld(counts, rule=TEN, adding=(0, 1), known="margins", must={(0, 0)})
    assert chosen == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_a_table_below_the_threshold_as_a_whole_is_withheld_whole() -> None:
    counts, _ = _picture("1 2\n3 1")
    assert withheld(counts, rule=TEN, adding=(0, 1), known="margins") == counts.keys()


def test_a_single_small_cell_with_no_other_is_withheld() -> None:
    assert withheld({(0,): 4}, rule=TEN, adding=(0,), known="margins") == {(0,)}


def test_a_table_with_more_to_withhold_than_can_be_proved_safe_is_withheld_whole() -> None:
    counts = {(i, j): 1 if (i + j) % 2 else 50 for i in range(30) for j in range(30)}
    assert withheld(counts, rule=TEN, adding=(0, 1), known="margins") == counts.keys()


def test_a_large_table_keeps_most_of_its_cells() -> None:
    counts = {(i, j): 20 + (7 * i + 11 * j) % 50 for i in range(12) for j in range(12)}
    counts[3, 4] = 2
    chosen = withheld(counts, rule=TEN, adding=(0, 1), known="margins")
    assert (3, 4) in chosen and len(chosen) == 4


def test_the_choice_does_not_depend_on_the_order_in_which_cells_are_given() -> None:
    counts = {(i, j): (13 * i * i + 7 * j) % 40 for i in range(5) for j in range(5)}
    backwards = dict(reversed(counts.items()))
    assert withheld(counts, rule=TEN, adding=(0, 1), known="margins") == withheld(backwards, rule=TEN, adding=(0, 1), known="margins")
