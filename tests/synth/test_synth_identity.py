"""Identity numbers after GB 11643: what is made is valid, and slips of a clerk are noticed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang_synth import check_character, identity_number, is_valid_identity_number
from dujiang_synth.identity import sex_of, spoil_check

REGIONS = st.from_regex(r"[1-9][0-9]{5}", fullmatch=True)
BIRTHS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
NUMBERS = st.builds(identity_number, REGIONS, BIRTHS, st.integers(0, 999))


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_are_valid(number: str) -> None:
    assert is_valid_identity_number(number)
    assert check_character(number[:17]) == number[17]


def test_the_first_example_of_the_standard_is_made_from_its_parts() -> None:
    assert identity_number("110105", date(1949, 12, 31), 2) == "11010519491231002X"


@given(NUMBERS)
def test_every_number_made_is_valid(number: str) -> None:
    assert len(number) == 18
    assert is_valid_identity_number(number)


@given(NUMBERS)
def test_the_weighted_sum_of_all_characters_leaves_one_modulo_eleven(number: str) -> None:
    values = [10 if character == "X" else int(character) for character in number]
    assert sum(value * pow(2, 17 - position, 11) for position, value in enumerate(values)) % 11 == 1


@given(NUMBERS, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, position: int, shift: int) -> None:
    wrong = str((int(number[position]) + shift) % 10)
    assert not is_valid_identity_number(number[:position] + wrong + number[position + 1 :])


@given(NUMBERS, st.integers(0, 15))
def test_two_swapped_neighbours_are_always_noticed(number: str, position: int) -> None:
    left, right = number[position : position + 2]
    swapped = number[:position] + right + left + number[position + 2 :]
    assert is_valid_identity_number(swapped) == (left == right)


@given(NUMBERS)
def test_a_spoiled_check_character_is_noticed_and_nothing_else_changes(number: str) -> None:
    spoiled = spoil_check(number)
    assert spoiled[:17] == number[:17]
    assert not is_valid_identity_number(spoiled)


@given(REGIONS, BIRTHS, st.integers(0, 999))
def test_an_odd_sequence_is_a_man(region: str, birth: date, sequence: int) -> None:
    assert sex_of(identity_number(region, birth, sequence)) == ("male" if sequence % 2 else "female")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11010519491231002",
        "11010519491231002x",
        " 11010519491231002X",
        "11010519491231002X\n",
        "11010519490231002X",
        "01010519491231002X",
        "110105194912310029",
        "\uff11\uff11\uff10\uff11\uff10\uff15\uff11\uff19\uff14\uff19\uff11\uff12\uff13\uff11\uff10\uff10\uff12\uff38",
        "440524880101001",
    ],
)
def test_other_texts_are_not_identity_numbers(text: str) -> None:
    assert not is_valid_identity_number(text)


def test_an_impossible_date_is_refused_even_with_a_right_check_character() -> None:
    body = "11010519490230002"
    assert not is_valid_identity_number(body + check_character(body))


@pytest.mark.parametrize(
    ("region", "sequence", "reason"),
    [
        ("11010", 1, "region"),
        ("011010", 1, "region"),
        ("1101\uff105", 1, "region"),
        ("110105", -1, "sequence"),
        ("110105", 1000, "sequence"),
    ],
)
def test_parts_that_form_no_number_are_refused(region: str, sequence: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        identity_number(region, date(2000, 1, 1), sequence)


@pytest.mark.parametrize("body", ["", "1234", "1101051949123100\uff122", "11010519491231002X"])
def test_a_check_character_needs_seventeen_digits(body: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_character(body)
