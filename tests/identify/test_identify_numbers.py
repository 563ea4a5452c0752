"""Identity numbers: which are valid, and what becomes of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.numbers import OTHER, PASSPORT, RESIDENT, SSN, check_character, read_number, tidy

# Often shown to explain the standard; its check character is X.
GOOD = "11010519491231002X"


def test_the_standards_example_is_valid() -> None:
    assert read_number(GOOD) == (RESIDENT, GOOD, True)


@pytest.mark.parametrize(
    "written",
    ["11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ", " 110105-19491231-002X "],
)
def test_a_number_is_read_whatever_its_width_case_and_spaces(written: str) -> None:
    assert read_number(written) == (RESIDENT, GOOD, True)


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, more: int) -> None:
    wrong = GOOD[:place] + str((int(GOOD[place]) + more) % 10) + GOOD[place + 1 :]
    number = read_number(wrong)
    assert number is not None and not number.valid


@given(st.integers(0, 15))
def test_two_neighbours_swapped_are_always_noticed(place: int) -> None:
    swapped = GOOD[:place] + GOOD[place + 1] + GOOD[place] + GOOD[place + 2 :]
    number = read_number(swapped)
    assert number is not None and number.valid == (swapped == GOOD)


@pytest.mark.parametrize("born", ["19490231", "19491301", "00010101", "18491231"])
def test_a_date_that_does_not_exist_makes_a_number_invalid_even_with_a_right_check_character(born: str) -> None:
    body = f"110105{born}002"
    number = read_number(body + check_character(body))
    assert number is not None and number.system == RESIDENT and not number.valid


def test_a_resident_number_in_a_column_for_american_ones_is_still_a_resident_number() -> None:
    assert read_number(GOOD, "http://hl7.org/fhir/sid/us-ssn") == (RESIDENT, GOOD, True)


@pytest.mark.parametrize(
    ("written", "hint"), [("999-34-5986", ""), ("999345986", "http://hl7.org/fhir/sid/us-ssn"), ("999 34 5986", "SSN")]
)
def test_an_american_number_is_known_by_its_hyphens_or_by_what_the_source_calls_it(written: str, hint: str) -> None:
    assert read_number(written, hint) == (SSN, "999345986", True)


@pytest.mark.parametrize(
    "nobodys", ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000", "123-45-6789", "111-11-1111", "078-05-1120"]
)
def test_american_numbers_that_were_never_anybodys_are_invalid(nobodys: str) -> None:
    number = read_number(nobodys)
    assert number is not None and number.system == SSN and not number.valid


def test_a_passport_is_known_by_what_the_source_calls_it() -> None:
    assert read_number("E12345678", "PASSPORT") == (PASSPORT, "E12345678", True)
    assert read_number("UNKNOWN", "passport") == (PASSPORT, "UNKNOWN", False)
    assert read_number("00000000", "passport") == (PASSPORT, "00000000", False)


def test_a_number_of_a_system_nobody_knows_is_kept_and_never_valid() -> None:
    assert read_number("A-77 12345", "urn:hospital:card") == (OTHER, "A7712345", False)


@pytest.mark.parametrize("nothing", [None, "", "   ", "-"])
def test_nothing_is_not_a_number(nothing: str | None) -> None:
    assert read_number(nothing) is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_whatever_is_read_without_an_error(text: str, hint: str) -> None:
    number = read_number(text, hint)
    assert (number is None) == (tidy(text) == "")


@pytest.mark.parametrize("body", ["", "1234", "1101051949123100X", "１１０１０５１９４９１２３１００２"])
def test_a_check_character_of_anything_but_17_digits_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_character(body)
