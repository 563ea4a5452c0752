"""Making two values comparable: of one kind, held alike; what cannot be is said before any record is read."""

from collections.abc import Sequence
from dataclasses import replace

from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.steps import as_json, child, settled
from dujiang.standardise.views.values import (
    CLOCK,
    COMPLEX,
    LOGICAL,
    MEASURED,
    NOTHING,
    NUMERIC,
    TEMPORAL,
    TEXTUAL,
    UNKNOWN,
    Held,
    Value,
    each,
    let,
    listed,
    native,
    nothing,
)

_PLAIN = {LOGICAL: "boolean", NUMERIC: "decimal", TEXTUAL: "string", TEMPORAL: "dateTime", CLOCK: "time", MEASURED: "Quantity"}


def of_kind(scope: Scope, value: Value, kind: str) -> Value:
    """A choice or an unknown as a kind of value; a quantity as the pair of its number and its unit; primitives as their SQL type."""
    value = settled(scope, value, kind) if value.choice else value
    if value.type == UNKNOWN and kind in _PLAIN:
        value = replace(value, type=_PLAIN[kind])
    if value.kind == MEASURED and value.held is not Held.NATIVE:
        return each(value, lambda one: _measured(scope, one))
    return native(value)


def _measured(scope: Scope, value: Value) -> Value:
    """A Quantity as STRUCT(value, unit): its code or, where it has none, its unit as written."""
    number = native(child(scope, value, "value")).sql
    unit = f"coalesce({child(scope, value, 'code').sql}, {child(scope, value, 'unit').sql})"
    sql = let(number, lambda x: f"CASE WHEN {x} IS NOT NULL THEN {{'value': CAST({x} AS DECIMAL(38, 9)), 'unit': {unit}}} END")
    return Value(sql, "Quantity")


def pair(scope: Scope, left: Value, right: Value) -> tuple[Value, Value] | None:
    """Both as one kind, native, or None when they are of kinds that never are equal."""
    kinds = [v.kind for v in (left, right) if not v.choice and v.kind not in (UNKNOWN, NOTHING)]
    kind = kinds[0] if kinds else UNKNOWN
    if not kinds and (left.choice or right.choice):
        raise scope.wrong("say which type is meant with ofType(…)", "请用 ofType(…) 指明类型")
    if kind == COMPLEX and not left.choice and not right.choice:
        return as_json(left), as_json(right)
    one, other = of_kind(scope, left, kind), of_kind(scope, right, kind)
    if kind != UNKNOWN and NOTHING not in (one.type, other.type) and one.kind != other.kind:
        return None
    return one, other


def together(scope: Scope, values: Sequence[Value]) -> list[Value]:
    """Several as one type and held alike, so that they can stand in one list; those that are nothing stay so."""
    said = [v for v in values if v.type != NOTHING]
    if not said:
        return list(values)
    if any(v.choice for v in said):
        raise scope.wrong("say which type is meant with ofType(…)", "请用 ofType(…) 指明类型")
    kinds = {v.kind for v in said}
    if len(kinds - {UNKNOWN}) > 1:
        raise scope.wrong("it puts values of different kinds together", "把不同种类的值放在了一起")
    structures = kinds <= {MEASURED, UNKNOWN} and all(v.held is not Held.NATIVE for v in said)
    if COMPLEX in kinds or structures:
        type = said[0].type if len({v.type for v in said}) == 1 else UNKNOWN
        return [v if v.type == NOTHING else replace(as_json(v), type=type) for v in values]
    kind = next(iter(kinds - {UNKNOWN}), UNKNOWN)
    made = [v if v.type == NOTHING else of_kind(scope, v, kind) for v in values]
    types = {v.type for v in made if v.type != NOTHING}
    if len(types) <= 1:
        return made
    return [v if v.type == NOTHING else _wider(v, kind) for v in made]


def _wider(value: Value, kind: str) -> Value:
    if kind != NUMERIC:
        return replace(value, type=_PLAIN[kind])
    return replace(each(value, lambda v: replace(v, sql=f"CAST({v.sql} AS DECIMAL(38, 9))")), type="decimal")


def joined(scope: Scope, values: Sequence[Value]) -> Value:
    """All of several, one after the other."""
    made = [v for v in together(scope, values) if v.type != NOTHING]
    if not made:
        return nothing()
    if len(made) == 1:
        return made[0]
    sql = listed(made[-1])
    for value in reversed(made[:-1]):
        sql = f"list_concat({listed(value)}, {sql})"
    return replace(made[0].as_(sql), many=True)


def without_repeats(sql: str) -> str:
    """A list with the first of every equal value, in order."""
    from_list = let(sql, lambda x: f"list_filter({x}, lambda v0, i0: list_position({x}, v0) = i0)")
    return from_list
