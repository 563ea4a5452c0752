"""The least and the greatest value that a value may stand for at its precision (FHIRPath 2.0 §6.8; SQL on FHIR v2).

A decimal of n places stands for half a place on either side. A dateTime without a time zone may lie in any: +14:00 first, -12:00 last.
"""

from collections.abc import Callable

from dujiang.standardise.views.conversions import as_said, plain_number
from dujiang.standardise.views.functions import Function, constant
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Node
from dujiang.standardise.views.values import CLOCK, NOTHING, NUMERIC, TEMPORAL, UNKNOWN, Held, Value, integer, let, native, nothing

Args = tuple[Node, ...]
_ZONE = "(Z|[+-][0-9]{2}:[0-9]{2})$"
_MOST_PLACES = 8  # beyond them a boundary would need more than the nine decimals that are kept


def boundary(high: bool) -> Callable[[Scope, Value, Args], Value]:
    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        places = int(constant(scope, args[0], "integer", "the boundary")) if args else None
        if value.kind == NUMERIC:
            return _of_number(scope, value, high, places)
        one = scope.single(value)
        if one.kind == CLOCK:
            return Value(_cut(let(one.sql, lambda t: clock(t, high)), {2: 2, 4: 5, 6: 8, 9: 12}, places, 9), "time")
        if one.kind != TEMPORAL:
            raise scope.wrong("a boundary is that of a decimal, a date or a time", "边界函数只适用于小数、日期和时间")
        if one.type == "date" and (places is None or places <= 8):
            return Value(_cut(let(one.sql, lambda t: day(t, high)), {4: 4, 6: 7, 8: 10}, places, 8), "date")
        whole = let(one.sql, lambda t: moment(t, high))
        return Value(_cut(whole, {4: 4, 6: 7, 8: 10, 10: 13, 12: 16, 14: 19, 17: 29}, places, 17), "dateTime")

    return run


def _cut(sql: str, lengths: dict[int, int], digits: int | None, most: int) -> str:
    """A moment to a precision of so many digits; empty when there is no such precision."""
    if digits is None or digits == most:
        return sql
    return f"left({sql}, {lengths[digits]})" if digits in lengths else "CAST(NULL AS VARCHAR)"


def _of_number(scope: Scope, value: Value, high: bool, places: int | None) -> Value:
    said = scope.single(as_said(value)).sql if value.held is Held.TEXT else let(scope.single(value).sql, plain_number)
    if places is not None and not 0 <= places <= _MOST_PLACES:
        return nothing()

    def bound(t: str) -> str:
        number = native(Value(t, "decimal", held=Held.TEXT)).sql
        half = f"CAST(CAST('0.5e-' || {places_of(t)} AS VARCHAR) AS DECIMAL(38, 9))"
        edge = f"(CAST({number} AS DECIMAL(38, 9)) {'+' if high else '-'} {half})"
        rounding = "ceil" if high else "floor"
        kept = edge if places is None else f"CAST({rounding}({edge} * {10 ** places}) / {10 ** places} AS DECIMAL(38, 9))"
        return f"CASE WHEN {places_of(t)} <= {_MOST_PLACES} THEN {kept} END"

    return Value(let(said, bound), "decimal")


def places_of(t: str) -> str:
    """SQL of how many places a decimal's text has behind the point."""
    return f"length(regexp_extract({t}, '\\.([0-9]*)', 1))"


def day(t: str, high: bool) -> str:
    """SQL of a date's first or last day."""
    if not high:
        return f"CASE length({t}) WHEN 4 THEN {t} || '-01-01' WHEN 7 THEN {t} || '-01' ELSE left({t}, 10) END"
    last = f"strftime(last_day(TRY_CAST({t} || '-01' AS DATE)), '%Y-%m-%d')"
    return f"CASE length({t}) WHEN 4 THEN {t} || '-12-31' WHEN 7 THEN {last} ELSE left({t}, 10) END"


def clock(t: str, high: bool) -> str:
    """SQL of a time to the millisecond."""
    full = "23:59:59.999" if high else "00:00:00.000"
    return f"left(CASE WHEN length({t}) < 12 THEN {t} || substr('{full}', length({t}) + 1) ELSE {t} END, 12)"


def moment(t: str, high: bool) -> str:
    """SQL of a dateTime to the millisecond, with a time zone."""
    zone = f"coalesce(nullif(regexp_extract({t}, '{_ZONE}', 1), ''), '{'-12:00' if high else '+14:00'}')"
    hours = let(f"regexp_replace(regexp_replace({t}, '^[0-9-]*T?', ''), '{_ZONE}', '')", lambda c: clock(c, high))
    date = let(f"regexp_extract({t}, '^[0-9-]*', 0)", lambda d: day(d, high))
    return f"{date} || 'T' || {hours} || {zone}"


def precision(scope: Scope, value: Value, args: Args) -> Value:
    """How many digits a value is exact to: decimal places of a number, digits of a date or time."""
    if value.type == NOTHING:
        return nothing()
    if value.kind == NUMERIC:
        if value.held is not Held.TEXT:
            raise scope.wrong("`precision` needs a number of the record itself", "`precision` 只适用于记录中的原始数值")
        return integer(let(scope.single(as_said(value)).sql, places_of))
    one = scope.single(value)
    if one.kind not in (TEMPORAL, CLOCK) or one.type == UNKNOWN:
        raise scope.wrong("`precision` is that of a decimal, a date or a time", "`precision` 只适用于小数、日期和时间")
    return integer(f"length(regexp_replace(regexp_replace({one.sql}, '{_ZONE}', ''), '[^0-9]', '', 'g'))")


FUNCTIONS = {
    "lowBoundary": Function(boundary(False), "the least it may stand for", 0, 1),
    "highBoundary": Function(boundary(True), "the greatest it may stand for", 0, 1),
    "precision": Function(precision, "how many digits it is exact to"),
}
