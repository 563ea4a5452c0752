"""Identity numbers: which are valid, and what becomes of the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.identify.numbers import (
    FOREIGNER,
    INSURANCE,
    OTHER,
    PASSPORT,
    PERMIT,
    PRECEDENCE,
    RESIDENT,
    SSN,
    TAIWAN,
    IdNumber,
    born_of,
    check_character,
    lengthen,
    read_number,
    tidy,
)  # fmt: skip

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


def test_a_number_of_15_digits_becomes_the_18_it_was_exchanged_for() -> None:
    assert read_number("110105491231002") == (RESIDENT, GOOD, True)
    assert read_number("110105 491231 002", "CN-ID") == (RESIDENT, GOOD, True)
    assert read_number("110105491231002", "身份证") == (RESIDENT, GOOD, True)


def test_the_serials_of_people_of_a_hundred_years_belong_to_the_century_before() -> None:
    assert lengthen("110105991231998")[6:10] == "1899"


@pytest.mark.parametrize("old", ["110105490231002", "110105491331002", "910105491231002", "11010549123100"])
def test_15_digits_with_a_date_that_never_was_or_of_no_region_are_no_resident_number(old: str) -> None:
    number = read_number(old)
    assert number is not None and not number.valid


def test_15_digits_that_a_source_calls_something_else_are_not_a_resident_number() -> None:
    number = read_number("110105491231002", "urn:hospital:card")
    assert number is not None and number.system == OTHER


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 28), st.integers(0, 995))
def test_every_lengthened_number_is_valid_and_tells_its_own_date(year: int, month: int, day: int, serial: int) -> None:
    longer = lengthen(f"510181{year:02d}{month:02d}{day:02d}{serial:03d}")
    assert born_of(IdNumber(RESIDENT, longer, valid=True)) == f"19{year:02d}-{month:02d}-{day:02d}"


@pytest.mark.parametrize(
    ("written", "hint", "found"),
    [
        ("H12345678", "", (PERMIT, "H12345678", True)),
        ("M1234567801", "港澳居民来往内地通行证", (PERMIT, "M12345678", True)),
        ("12345678", "台胞证", (TAIWAN, "12345678", True)),
        ("USA110078012345", "", (FOREIGNER, "USA110078012345", True)),
        ("51A0012345678", "医保号", (INSURANCE, "51A0012345678", True)),
        ("00000000", "医保号", (INSURANCE, "00000000", False)),
        ("X1234567", "CN-HKM", (PERMIT, "X1234567", False)),
    ],
)
def test_permits_and_insurance_numbers_are_known_by_name_or_unmistakable_shape(written: str, hint: str, found: tuple[str, str, bool]) -> None:
    assert read_number(written, hint) == found


def test_a_permit_renewed_is_the_same_permit() -> None:
    assert read_number("H1234567801") == read_number("H1234567802")


@pytest.mark.parametrize("region", ["810000", "830000", "911101"])
def test_residents_from_hong_kong_and_taiwan_and_foreigners_with_the_new_card_have_resident_numbers(region: str) -> None:
    body = f"{region}19900101001"
    assert read_number(body + check_character(body)) == (RESIDENT, body + check_character(body), True)


def test_only_a_valid_resident_number_tells_a_birth_date() -> None:
    assert born_of(IdNumber(RESIDENT, GOOD, valid=True)) == "1949-12-31"
    assert born_of(IdNumber(RESIDENT, GOOD, valid=False)) == born_of(IdNumber(PASSPORT, "E12345678", valid=True)) == ""


def test_every_system_whose_numbers_may_be_valid_has_its_place_among_the_others() -> None:
    assert set(PRECEDENCE) == {RESIDENT, SSN, PERMIT, TAIWAN, FOREIGNER, PASSPORT, INSURANCE}
