"""The page about views is current."""

from shared_data import shared
from standardise.standardise_views_page import PAGE, functions, page


def test_the_page_is_what_the_compiler_and_the_tests_say() -> None:
    shared("conformance/fhirpath_r4")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_names_every_function_even_where_the_tests_are_not_at_hand() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [line for line in functions() if line not in text] == []
