"""A known measurement has one unit, exactly, beside the source's value and unit; an unknown unit converts nothing, an impossible value is counted and kept."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dujiang.assess.checks import book
from dujiang.standardise.units.converting import analytes, conversion
from dujiang.standardise.units.ucum import Unit, plain, read
from standardise.standardise_node import PATIENT, SUBJECT, Node, Record, concept, resource

BY_ID = {a.id: a for a in analytes().values()}


def measured(key: str, loinc: str, value: object, unit: str | None) -> Record:
    quantity = {"value": value, **({} if unit is None else {"unit": unit})}
    return resource("Observation", key, subject=SUBJECT, effectiveDateTime="2020", code=concept(("http://loinc.org", loinc, None)), valueQuantity=quantity)


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("mmHg", "mm[Hg]"), ("毫米汞柱", "mm[Hg]"), ("℃", "Cel"), ("次/分", "/min"), ("{beats}/min", "/min"), ("bpm", "/min"), ("μmol/L", "umol/L"),
        ("µmol/l", "umol/L"), ("MG/DL", "mg/dL"),
        ("×10^9/L", "10*9/L"), ("10⁹/L", "10*9/L"), ("x10*9/L", "10*9/L"), ("10^9/L", "10*9/L"), ("K/uL", "10*3/uL"), ("公斤", "kg"),
        ("kg/㎡", "kg/m2"), ("kg/m²", "kg/m2"), ("mEq/L", "meq/L"),
        ("％", "%"), ("%{HbA1c}", "%"), ("克/升", "g/L"), ("g / dL", "g/dL"), ("10*3/uL", "10*9/L"), ("mL/min", "mL/min"), ("ug/dL", "mcg/dL"),
    ],
)
def test_a_unit_is_read_however_hospitals_write_it(written: str, same_as: str) -> None:
    assert read(written) is not None and read(written) == read(same_as)


@pytest.mark.parametrize(
    "unit",
    [
        "", "  ", "drops", "滴", "mg/", "mg//dL?", "[nonsense]", "k", "kk", "mmm", "10*", "g.(m/s)", "mg/dL/banana", "x" * 100, "'; DROP TABLE x",
        "Cel.m", "Cel2", "m[", "\x00",
    ],
)
def test_what_is_no_unit_is_none(unit: str) -> None:
    assert read(unit) is None or (read(unit) == read("mg") and unit == "mg/")


def test_factors_are_exact_fractions_of_their_dimensions() -> None:
    assert read("mg/dL") == Unit(Fraction(1, 1000) / Fraction(1, 10_000), (("L", -3), ("M", 1)))
    assert read("[lb_av]") == Unit(Fraction("453.59237"), (("M", 1),)) and read("[in_i]") == Unit(Fraction("0.0254"), (("L", 1),))
    assert read("m/s2") == read("m.s-2") == Unit(Fraction(1), (("L", 1), ("T", -2)))


@given(st.sampled_from(["k", "m", "u", "n", "d", "c"]), st.sampled_from(["g", "L", "mol", "m"]), st.sampled_from(["L", "dL", "kg", "min"]))
def test_a_prefix_is_a_power_of_ten_and_division_undoes_multiplication(prefix: str, atom: str, by: str) -> None:
    one, plain_one, divided = read(prefix + atom), read(atom), read(f"{prefix}{atom}/{by}")
    assert one and plain_one and divided and one.dimensions == plain_one.dimensions
    ten = {"k": 3, "m": -3, "u": -6, "n": -9, "d": -1, "c": -2}[prefix]
    assert one.factor / plain_one.factor == Fraction(10) ** ten
    whole = read(by)
    assert whole and divided.factor * whole.factor == one.factor


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_none_and_reads_the_same_twice(text: str) -> None:
    assert read(text) == read(text) and isinstance(plain(text), str)


# Published conversions to SI, by hand from molar masses: glucose 180.16, cholesterol 386.65, creatinine 113.12, bilirubin 584.7, urea nitrogen
# 28.01, calcium 40.08, uric acid 168.11.
@pytest.mark.parametrize(
    ("analyte", "value", "unit", "expected"),
    [
        ("glucose", "90", "mg/dL", "4.995670"), ("cholesterol", "200", "mg/dL", "5.172637"), ("creatinine", "1", "mg/dL", "88.401697"),
        ("bilirubin", "1", "mg/dL", "17.103958"),
        ("urea_nitrogen", "14", "mg/dL", "4.997501"), ("calcium", "10", "mg/dL", "2.495134"), ("uric_acid", "7", "mg/dL", "416.394028"),
        ("triglycerides", "150", "mg/dL", "1.694054"),
        ("haemoglobin", "14.2", "g/dL", "142"), ("temperature", "98.6", "[degF]", "37"), ("temperature", "310.15", "K", "37"),
        ("weight", "150", "[lb_av]", "68.0388555"), ("weight", "120", "斤", "60"),
        ("height", "1.75", "m", "175"), ("height", "70", "[in_i]", "177.8"), ("systolic", "16", "kPa", "120.009852"),
        ("leukocytes", "7200", "/uL", "7.2"), ("leukocytes", "7.2", "10*3/uL", "7.2"),
        ("erythrocytes", "4.7", "10*6/uL", "4.7"), ("potassium", "4.1", "mEq/L", "4.1"), ("hba1c", "53", "mmol/mol", "7.00044"),
        ("crp", "1.2", "mg/dL", "12"), ("glucose", "5.5", "mmol/L", "5.5"),
    ],
)
def test_conversions_agree_with_the_published_ones(analyte: str, value: str, unit: str, expected: str) -> None:
    found = conversion(BY_ID[analyte], unit)
    assert found is not None and float(Fraction(value) * found.factor + found.shift) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize(
    ("analyte", "unit"),
    [
        ("glucose", "g"), ("glucose", "mm[Hg]"), ("sodium", "mg/dL"), ("calcium", "meq/L"), ("temperature", "m"), ("weight", "%"),
        ("heart_rate", "kg"), ("potassium", "g/L"),
    ],
)
def test_a_unit_of_something_else_converts_nothing(analyte: str, unit: str) -> None:
    assert conversion(BY_ID[analyte], unit) is None


def test_every_analyte_is_told_in_its_own_unit_and_no_code_stands_twice() -> None:
    listed = [code for a in BY_ID.values() for code in a.codes]
    assert len(listed) == len(set(listed)) and all(a.says.en and a.says.zh for a in BY_ID.values())
    for analyte in BY_ID.values():
        same = conversion(analyte, analyte.unit)
        assert same is not None and (same.factor, same.shift) == (1, 0) and Fraction(analyte.low) < Fraction(analyte.high)


def test_what_nobody_can_have_agrees_with_the_quality_checks() -> None:
    for kind in book().ranges:
        for code in kind.codes:
            analyte = analytes()[code]
            for unit, (low, high) in kind.units.items():
                found = conversion(analyte, unit)
                if found is not None:
                    ours = (float(analyte.low), float(analyte.high))
                    assert (float(low * found.factor + found.shift), float(high * found.factor + found.shift)) == pytest.approx(ours, rel=0.35), (code, unit)


class TestTables:
    def test_the_value_stands_in_its_unit_beside_what_the_source_gave(self, node: Node) -> None:
        (row,) = node.standard(PATIENT, measured("o", "2345-7", 90, "mg/dL")).rows("measurement")
        assert (row["x_value"], row["x_unit"]) == (Decimal("4.995670419"), "mmol/L")
        assert (row["value_as_number"], row["unit_source_value"], row["value_source_value"]) == (Decimal(90), "mg/dL", "90")

    @pytest.mark.parametrize(
        ("loinc", "value", "unit"),
        [
            ("2345-7", 90, "drops"), ("2345-7", 90, None), ("0-0", 90, "mg/dL"), ("2345-7", 10**10, "mg/dL"),
            ("2345-7", 90, "'; DROP TABLE measurement; --"),
        ],
    )
    def test_what_is_not_known_is_left_as_it_is(self, node: Node, loinc: str, value: int, unit: str | None) -> None:
        (row,) = node.standard(PATIENT, measured("o", loinc, value, unit)).rows("measurement")
        assert "x_value" not in row and "x_unit" not in row and row["value_as_number"] == value

    def test_an_impossible_value_is_counted_by_its_code_and_kept(self, node: Node) -> None:
        made = node.standard(PATIENT, *(measured(f"o{n}", "8867-4", value, "/min") for n, value in enumerate([72, 0, 999])))
        assert made.gaps("measurement", "x_value") == {("LOINC", "8867-4", "value.implausible"): 2}
        assert sorted(row["x_value"] for row in made.rows("measurement")) == [0, 72, 999]

    def test_the_unit_decides_what_is_impossible(self, node: Node) -> None:
        made = node.standard(
            PATIENT, measured("a", "2345-7", 90, "mg/dL"), measured("b", "2345-7", 190, "mmol/L"),
            measured("c", "8310-5", 98.6, "[degF]"), measured("d", "8310-5", 98.6, "Cel"),
        )
        assert made.gaps("measurement", "x_value") == {("LOINC", "2345-7", "value.implausible"): 1, ("LOINC", "8310-5", "value.implausible"): 1}

    @settings(max_examples=15)
    @given(st.lists(st.decimals(-10**6, 10**6, places=4, allow_nan=False), min_size=1, max_size=10), st.sampled_from(["mg/dL", "mmol/L", "g/L"]))
    def test_a_conversion_is_exact_to_the_ninth_decimal_for_any_number(self, tmp_path_factory: pytest.TempPathFactory, values: list[Decimal], unit: str) -> None:
        node, found = Node(tmp_path_factory.mktemp("any")), conversion(BY_ID["glucose"], unit)
        assert found is not None
        made = node.standard(PATIENT, *(measured(f"o{n:02}", "2345-7", float(value), unit) for n, value in enumerate(values)))
        for row in made.rows("measurement"):
            exact = Fraction(row["value_as_number"]) * found.factor
            assert abs(Fraction(row["x_value"]) - exact) <= Fraction(1, 10**9) + abs(Fraction(row["value_as_number"])) * Fraction(1, 10**12)
