"""The functions of table maps: how many arguments each takes, of what type, and its SQL; what is not listed cannot be called."""

from collections.abc import Mapping
from typing import NamedTuple

from dujiang.standardise.tables.slots import CODE, CONDITION, MOMENT, NUMBER, TEXT


class Function(NamedTuple):
    """`sql` has a {0} for every argument (or {all} for all of them); an argument in `literal` must be written out."""

    least: int
    most: int
    gives: str
    sql: str
    literal: tuple[int, ...] = ()
    takes: str = TEXT


MANY = 20
ORDERS: Mapping[str, str] = {"ymd": "written_moment({0})", "dmy": "turned_moment({0}, true)", "mdy": "turned_moment({0}, false)"}
FUNCTIONS: Mapping[str, Function] = {
    "number": Function(1, 1, NUMBER, "number_text({0})"),
    "trim": Function(1, 1, TEXT, "narrow({0})"),
    "upper": Function(1, 1, TEXT, "upper({0})"),
    "lower": Function(1, 1, TEXT, "lower({0})"),
    "concat": Function(1, MANY, TEXT, "nullif(concat({all}), '')"),
    "replace": Function(3, 3, TEXT, "nullif(replace({0}, {1}, {2}), '')", (1, 2)),
    "left": Function(2, 2, TEXT, "nullif(left({0}, {1}), '')", (1,)),
    "right": Function(2, 2, TEXT, "nullif(right({0}, {1}), '')", (1,)),
    "substr": Function(3, 3, TEXT, "nullif(substr({0}, {1}, {2}), '')", (1, 2)),
    "split": Function(3, 3, TEXT, "nullif(split_part({0}, {1}, {2}), '')", (1, 2)),
    "contains": Function(2, 2, CONDITION, "contains({0}, {1})", (1,)),
    "starts_with": Function(2, 2, CONDITION, "starts_with({0}, {1})", (1,)),
    "is_number": Function(1, 1, CONDITION, "(number_text({0}) IS NOT NULL)"),
    "is_date": Function(1, 1, CONDITION, "(dat(written_moment({0})) IS NOT NULL)"),
    "codes": Function(1, 5, CODE, "flatten([{all}])", (), CODE),
    # The year some years before a date: where a table knows the age at a visit and no birth date.
    "year_before": Function(2, 2, MOMENT, "CAST(year(dat(written_moment({0}))) - CAST(floor(num(number_text({1}))) AS INTEGER) AS VARCHAR)"),
}
NUMBERS: Mapping[str, tuple[int, ...]] = {"left": (1,), "right": (1,), "substr": (1, 2), "split": (2,)}
