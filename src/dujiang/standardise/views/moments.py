"""Dates and times as FHIRPath compares them: component by component, as far as both go; with a time zone, at one zone (§6.1.1, §6.2).

They are held as their text. A moment with a time zone and one without cannot be compared; a date without a time has no zone, and is
compared with the wall clock as written.
"""

from collections.abc import Callable

from dujiang.standardise.views.values import let

_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})$"


def moments(left_type: str, right_type: str, a: str, b: str) -> Callable[[Callable[[str, str], str]], str]:
    """Both texts made comparable, as a wrapper of SQL that uses them: of equal shape, so that one prefix settles the order."""
    if left_type == right_type == "date":
        return lambda use: use(a, b)
    if left_type == "time" or right_type == "time":
        return lambda use: let(_clock(a), lambda x: let(_clock(b), lambda y: use(x, y)))

    def at_one_zone(use: Callable[[str, str], str]) -> str:
        zoned = f"(contains({a}, 'T') AND contains({b}, 'T'))"
        unlike = f"(ends_with({{x}}, 'Z') <> ends_with({{y}}, 'Z') AND {zoned})"
        return let(_utc(a, zoned), lambda x: let(_utc(b, zoned), lambda y: f"CASE WHEN NOT {unlike.format(x=x, y=y)} THEN {use(x, y)} END"))

    return at_one_zone


def _utc(t: str, zoned: str) -> str:
    """A dateTime to the microsecond, ending in Z when it had a zone; what is less precise stays so."""
    bare = f"regexp_replace({t}, '{_ZONE}', '')"
    whole = let(bare, lambda x: f"CASE WHEN length({x}) >= 19 THEN rpad(CASE WHEN length({x}) = 19 THEN {x} || '.' ELSE {x} END, 26, '0') ELSE {x} END")
    hours = f"regexp_extract({t}, '([+-][0-9]{{2}}):[0-9]{{2}}$', 1)"
    shift = f"TRY_CAST({hours} || substr({t}, -2) AS BIGINT)"
    minutes = let(shift, lambda s: f"coalesce(({s} // 100) * 60 + {s} % 100, 0)")
    moved = f"strftime(TRY_CAST(rpad({whole}, 26, ':00.000000') AS TIMESTAMP) - to_minutes({minutes}), '%Y-%m-%dT%H:%M:%S.%f')"
    in_utc = f"left({moved}, length({whole})) || 'Z'"
    return f"CASE WHEN NOT contains({t}, 'T') THEN {t} WHEN {zoned} AND regexp_matches({t}, '{_ZONE}') THEN {in_utc} ELSE {whole} END"


def _clock(t: str) -> str:
    return f"CASE WHEN length({t}) >= 8 THEN rpad(CASE WHEN length({t}) = 8 THEN {t} || '.' ELSE {t} END, 15, '0') ELSE {t} END"


def compared(op: str, wrap: Callable[[Callable[[str, str], str]], str]) -> str:
    """SQL of an order of two moments; NULL when the more precise of them may lie on either side."""

    def use(x: str, y: str) -> str:
        a, b, n = _prefixes(x, y)
        equal = "true" if op in ("<=", ">=") else "false"
        return f"CASE WHEN {a} <> {b} THEN {a} {op} {b} WHEN {n} THEN {equal} END"

    return wrap(use)


def same(left_type: str, right_type: str, a: str, b: str) -> str:
    """SQL of whether two moments are equal; NULL when one says less than the other and they agree so far."""

    def use(x: str, y: str) -> str:
        one, other, n = _prefixes(x, y)
        return f"CASE WHEN {one} <> {other} THEN false WHEN {n} THEN true END"

    return moments(left_type, right_type, a, b)(use)


def _prefixes(x: str, y: str) -> tuple[str, str, str]:
    """Both cut to the shorter of them, and whether they are of one length."""
    bare_x, bare_y = f"rtrim({x}, 'Z')", f"rtrim({y}, 'Z')"
    n = f"least(length({bare_x}), length({bare_y}))"
    return f"left({bare_x}, {n})", f"left({bare_y}, {n})", f"length({bare_x}) = length({bare_y})"
