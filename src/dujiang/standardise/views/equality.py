"""Equality and order of values by FHIRPath 2.0 §6.1 and §6.2: empty stays empty, dates of different precision may be neither."""

from dataclasses import replace

from dujiang.standardise.views.alike import pair
from dujiang.standardise.views.moments import compared, moments, same
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.steps import any_of
from dujiang.standardise.views.values import (
    CLOCK,
    LOGICAL,
    MEASURED,
    NOTHING,
    NUMERIC,
    TEMPORAL,
    TEXTUAL,
    Value,
    boolean,
    each,
    fresh,
    let,
    listed,
    nothing,
)


def equal(scope: Scope, left: Value, right: Value) -> Value:
    """`=`: empty when either side is; of several, pair by pair in order."""
    if NOTHING in (left.type, right.type):
        return nothing()
    both = pair(scope, left, right)
    if both is None:
        scope.note("it compares values of different kinds, which are never equal", "比较了不同种类的值，结果永远不相等")
        return boolean(f"CASE WHEN ({any_of(scope, left)}) AND ({any_of(scope, right)}) THEN false END")
    one, other = both
    if NOTHING in (one.type, other.type):
        return nothing()
    if not one.many and not other.many:
        return boolean(_same(one, other))
    return boolean(let(listed(one), lambda a: let(listed(other), lambda b: _same_lists(one, a, b))))


def _same(one: Value, other: Value) -> str:
    """SQL of whether two single values are equal, NULL when that cannot be said."""
    if one.kind in (TEMPORAL, CLOCK):
        return let(one.sql, lambda a: let(other.sql, lambda b: same(one.type, other.type, a, b)))
    if one.kind == MEASURED:
        return let(one.sql, lambda a: let(other.sql, lambda b: f"CASE WHEN {_one_unit(a, b)} THEN {a}.value = {b}.value END"))
    return f"({one.sql} = {other.sql})"


def _same_lists(one: Value, a: str, b: str) -> str:
    """SQL of whether two lists are equal in order; NULL when either is empty."""
    if one.kind in (TEMPORAL, CLOCK, MEASURED):
        p = fresh()
        each_pair = f"list_transform(list_zip({a}, {b}), lambda {p}: {_same(one.one(f'{p}[1]'), one.one(f'{p}[2]'))})"
        whole = let(each_pair, lambda x: f"CASE WHEN list_contains({x}, false) THEN false "
                                         f"WHEN len(list_filter({x}, lambda {p}: {p} IS NULL)) = 0 THEN true END")
    else:
        whole = f"{a} = {b}"
    return f"CASE WHEN len({a}) > 0 AND len({b}) > 0 THEN CASE WHEN len({a}) = len({b}) THEN {whole} ELSE false END END"


def _one_unit(a: str, b: str) -> str:
    """SQL of whether two quantities have one unit; none is 1 (UCUM)."""
    return f"coalesce({a}.unit, '1') = coalesce({b}.unit, '1')"


def negated(value: Value) -> Value:
    return value if value.type == NOTHING else boolean(f"(NOT {value.sql})")


def equivalent(scope: Scope, left: Value, right: Value) -> Value:
    """`~`: two empties are; texts but for case and white space; of several, in any order."""
    if left.type == NOTHING or right.type == NOTHING:
        other = right if left.type == NOTHING else left
        return boolean("true") if other.type == NOTHING else boolean(f"(NOT ({any_of(scope, other)}))")
    both = pair(scope, left, right)
    if both is None:
        return boolean(f"(NOT ({any_of(scope, left)}) AND NOT ({any_of(scope, right)}))")
    one, other = (_loose(v) for v in both)
    if NOTHING in (one.type, other.type):
        return equivalent(scope, one, other)
    if not one.many and not other.many and one.kind in (TEMPORAL, CLOCK, MEASURED):
        unsure = "NULL" if one.kind == MEASURED else "false"  # other units: not said, rather than wrong
        return boolean(f"CASE WHEN {one.sql} IS NULL OR {other.sql} IS NULL THEN {one.sql} IS NULL AND {other.sql} IS NULL "
                       f"ELSE coalesce({_same(one, other)}, {unsure}) END")
    if not one.many and not other.many:
        return boolean(f"({one.sql} IS NOT DISTINCT FROM {other.sql})")
    return boolean(f"(list_sort(coalesce({listed(one)}, [])) = list_sort(coalesce({listed(other)}, [])))")


def _loose(value: Value) -> Value:
    if value.kind != TEXTUAL:
        return value
    return each(value, lambda v: replace(v, sql=f"trim(regexp_replace(lower({v.sql}), '\\s+', ' ', 'g'))"))


def ordered(scope: Scope, op: str, left: Value, right: Value) -> Value:
    """`<`, `<=`, `>`, `>=` of single values of one kind that has an order."""
    if NOTHING in (left.type, right.type):
        return nothing()
    both = pair(scope, left, right)
    if both is None or any(v.kind == LOGICAL for v in both):
        raise scope.wrong(f"`{op}` needs two values of one kind that has an order", f"`{op}` 需要两个同类且可比较大小的值")
    one, other = (scope.single(v) for v in both)
    if NOTHING in (one.type, other.type):
        return nothing()
    if one.kind in (NUMERIC, TEXTUAL):
        return boolean(f"({one.sql} {op} {other.sql})")
    if one.kind in (TEMPORAL, CLOCK):
        return boolean(let(one.sql, lambda a: let(other.sql, lambda b: compared(op, moments(one.type, other.type, a, b)))))
    if one.kind == MEASURED:
        return boolean(let(one.sql, lambda a: let(other.sql, lambda b: f"CASE WHEN {_one_unit(a, b)} THEN {a}.value {op} {b}.value END")))
    raise scope.wrong(f"`{op}` needs two values of one kind that has an order", f"`{op}` 需要两个同类且可比较大小的值")


def member(scope: Scope, item: Value, group: Value) -> Value:
    """`item in group`: empty when there is no item, false in an empty group."""
    if item.type == NOTHING:
        return nothing()
    both = pair(scope, item, group) if group.type != NOTHING else None
    if both is None:
        return boolean(f"CASE WHEN {any_of(scope, item)} THEN false END")
    one, many = scope.single(both[0]), both[1]
    if one.kind in (TEMPORAL, CLOCK, MEASURED):
        v = fresh()
        found = f"len(list_filter({listed(many)}, lambda {v}: {_same(many.one(v), one)})) > 0"
    else:
        found = f"list_contains({listed(many)}, {one.sql})"
    return boolean(f"CASE WHEN {one.sql} IS NOT NULL THEN coalesce({found}, false) END")


def within(scope: Scope, part: Value, whole: Value) -> Value:
    """Whether every one of `part` is also in `whole` (`subsetOf`)."""
    if part.type == NOTHING:
        return boolean("true")
    if whole.type == NOTHING:
        return boolean(f"(NOT ({any_of(scope, part)}))")
    some, every = both if (both := pair(scope, part, whole)) else (None, None)
    if some is None or every is None:
        return boolean(f"(NOT ({any_of(scope, part)}))")
    v = fresh()
    missing = f"list_filter({listed(some)}, lambda {v}: NOT coalesce(list_contains({listed(every)}, {v}), false))"
    return boolean(f"(coalesce(len({missing}), 0) = 0)")
