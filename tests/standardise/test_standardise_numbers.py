"""Numbers go from the source's text to DECIMAL and through nothing else; the text itself is kept letter by letter."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standardise.standardise_node import LINE_PATIENT, PATIENT, Made, Node, Record, line, text

LAST, ROUNDED = Decimal("1e-9"), Context(prec=60, rounding=ROUND_HALF_UP)

# (as the source writes it, the value or None where it cannot be one, the reason on the work-list)
WRITTEN: list[tuple[str, str | None, str | None]] = [
    ("1.10", "1.10", None), ("1e3", "1000", None), ("1E-9", "0.000000001", None), ("-0.5", "-0.5", None), ("0", "0", None), ("-0", "0", None), ("1.0e+02", "100", None),
    ("0.1", "0.1", None), ("9007199254740993", "9007199254740993", None), ("12345678901234567890123456789.123456789", "12345678901234567890123456789.123456789", None),
    ("-99999999999999999999999999999.999999999", "-99999999999999999999999999999.999999999", None), ("9e28", "90000000000000000000000000000", None),
    ("181.53208606062282", "181.532086061", None), ("0.0000000005", "0.000000001", None), ("1.5E-10", "0", None),
    ("100000000000000000000000000000", None, "value.out_of_range"), ("1e29", None, "value.out_of_range"), ("1e400", None, "value.out_of_range"),
    ("-123456789012345678901234567890123456789", None, "value.out_of_range"), ("99999999999999999999999999999.9999999999", None, "value.out_of_range"),
]
SAID: list[tuple[str, str | None, str | None]] = [
    ("1.10", "1.10", None), (" 7 ", "7", None), ("+5", "5", None), (".5", "0.5", None), ("5.", "5", None), ("1e3", "1000", None), ("abc", None, "value.not_a_number"),
    ("1,5", None, "value.not_a_number"), ("<5", None, "value.not_a_number"), ("NaN", None, "value.not_a_number"), ("inf", None, "value.not_a_number"),
    ("1_000", None, "value.not_a_number"),
    ("0x10", None, "value.not_a_number"), ("１２", None, "value.not_a_number"), ("1 2", None, "value.not_a_number"), ("true", None, "value.not_a_number"),
    ("'; --", None, "value.not_a_number"),
]


def fhir(key: str, value: str) -> Record:
    """A reading whose number is written exactly like this."""
    code = f'"code": {{"coding": [{{"system": "http://loinc.org", "code": "{key}"}}]}}'
    when = '"subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2020-01-01"'
    return text("Observation", key, f'{when}, {code}, "valueQuantity" : {{"unit": "g", "value" :  {value}}}')


def reading(key: str, value: str) -> Record:
    return line("observations", key, DATE="2020-01-01", PATIENT="p1", CODE=key, VALUE=value, UNITS="g", TYPE="numeric")


@pytest.fixture(scope="module")
def written(new_node: Callable[[], Node]) -> Made:
    """Every number of the lists in one zone: as a JSON number, as a JSON string, as a cell."""
    numbers = [fhir(f"n{i}", value) for i, (value, _, _) in enumerate(WRITTEN)]
    strings = [fhir(f"s{i}", f'"{value}"') for i, (value, _, _) in enumerate(SAID)]
    cells = [reading(f"c{i}", value) for i, (value, _, _) in enumerate([*WRITTEN, *SAID])]
    return new_node().standard(PATIENT, LINE_PATIENT, *numbers, *strings, *cells)


CASES = [
    *((f"n{i}", *case) for i, case in enumerate(WRITTEN)), *((f"s{i}", *case) for i, case in enumerate(SAID)),
    *((f"c{i}", *case) for i, case in enumerate([*WRITTEN, *SAID])),
]


@pytest.mark.parametrize(("key", "said", "value", "reason"), CASES)
def test_a_number_keeps_its_text_and_has_its_exact_value_or_none_and_a_reason(written: Made, key: str, said: str, value: str | None, reason: str | None) -> None:
    row = written.one("measurement", key)
    assert row["value_source_value"] == said
    assert row.get("value_as_number") == (None if value is None else Decimal(value))
    reasons = {r for (_, code, r), n in written.gaps("measurement", "value_as_number").items() if code == key and n == 1}
    assert reasons == (set() if reason is None else {reason})


def test_a_null_or_an_empty_cell_is_no_number(node: Node) -> None:
    made = node.standard(PATIENT, LINE_PATIENT, fhir("a", "null"), reading("b", ""),
        line("observations", "c", DATE="2020-01-01", PATIENT="p1", CODE="c", TYPE="numeric"))
    assert made.rows("measurement") == [] and len(made.rows("observation")) == 3


@settings(max_examples=8)
@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=9), min_size=1, max_size=40))
def test_any_number_of_nine_decimals_comes_through_as_it_is(new_node: Callable[[], Node], values: list[Decimal]) -> None:
    made = new_node().standard(PATIENT, *(fhir(f"o{n}", str(value)) for n, value in enumerate(values)))
    assert [made.one("measurement", f"o{n}")["value_as_number"] for n in range(len(values))] == values
    assert [made.one("measurement", f"o{n}")["value_source_value"] for n in range(len(values))] == [str(value) for value in values]


@settings(max_examples=8)
@given(st.lists(st.floats(-1e15, 1e15, allow_nan=False), min_size=1, max_size=40))
def test_a_number_with_more_decimals_is_rounded_to_nine_and_keeps_its_text(new_node: Callable[[], Node], values: list[float]) -> None:
    made = new_node().standard(PATIENT, *(fhir(f"o{n}", repr(value)) for n, value in enumerate(values)))
    for n, value in enumerate(values):
        row, exact = made.one("measurement", f"o{n}"), Decimal(repr(value))
        # Halves go away from zero. Of what is smaller than the last decimal DuckDB makes one or nothing, whatever its exponent.
        assert row["value_as_number"] == exact.quantize(LAST, context=ROUNDED) or (abs(exact) < LAST and abs(row["value_as_number"]) in (0, LAST))
        assert row["value_source_value"] == repr(value)
