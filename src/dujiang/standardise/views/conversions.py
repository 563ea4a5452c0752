"""Conversions between primitives (FHIRPath 2.0 §5.5): what cannot be converted is empty."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dujiang.standardise.views.functions import Function
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Node
from dujiang.standardise.views.values import (
    CLOCK,
    LOGICAL,
    MEASURED,
    NOTHING,
    NUMERIC,
    TEMPORAL,
    TEXTUAL,
    UNKNOWN,
    Held,
    Value,
    boolean,
    each,
    let,
    native,
    nothing,
)

Args = tuple[Node, ...]
DAY = "[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
HOUR = "[0-9]{2}(:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?)?"
_CALENDAR = "('year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond')"
_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1', '1.0')", "('false', 'f', 'no', 'n', '0', '0.0')"


@dataclass(frozen=True)
class _Target:
    """A type to convert to: SQL of a text as it, and of values of other kinds."""

    type: str
    of_text: Callable[[str], str]
    others: dict[str, Callable[[str], str]]


def _full(pattern: str, then: Callable[[str], str] = lambda t: t) -> Callable[[str], str]:
    return lambda t: f"CASE WHEN regexp_full_match({t}, '{pattern}') THEN {then(t)} END"


def _unit(x: str) -> str:
    """SQL of a unit as FHIRPath writes it: a calendar's bare, others in quotes."""
    return f"CASE WHEN {x} IN {_CALENDAR} THEN ' ' || {x} ELSE ' ' || chr(39) || {x} || chr(39) END"


def plain_number(x: str) -> str:
    """SQL of a DECIMAL as text without zeros that say nothing."""
    return f"CASE WHEN contains(CAST({x} AS VARCHAR), '.') THEN rtrim(rtrim(CAST({x} AS VARCHAR), '0'), '.') ELSE CAST({x} AS VARCHAR) END"


_TARGETS = {
    "toString": _Target("string", lambda t: t, {
        LOGICAL: lambda x: f"CASE WHEN {x} THEN 'true' WHEN NOT {x} THEN 'false' END", NUMERIC: plain_number,
        TEMPORAL: lambda x: x, CLOCK: lambda x: x,
        MEASURED: lambda x: f"({plain_number(f'{x}.value')}) || coalesce({_unit(f'{x}.unit')}, '')",
    }),
    "toInteger": _Target("integer", _full("[+-]?[0-9]+", lambda t: f"TRY_CAST({t} AS BIGINT)"), {
        LOGICAL: lambda x: f"CAST({x} AS BIGINT)", NUMERIC: lambda x: f"CASE WHEN {x} = trunc({x}) THEN TRY_CAST({x} AS BIGINT) END",
    }),
    "toDecimal": _Target("decimal", _full("[+-]?[0-9]+(\\.[0-9]+)?", lambda t: f"TRY_CAST({t} AS DECIMAL(38, 9))"), {
        LOGICAL: lambda x: f"CAST(CAST({x} AS BIGINT) AS DECIMAL(38, 9))", NUMERIC: lambda x: f"CAST({x} AS DECIMAL(38, 9))",
    }),
    "toBoolean": _Target("boolean", lambda t: f"CASE WHEN lower({t}) IN {_TRUE} THEN true WHEN lower({t}) IN {_FALSE} THEN false END", {
        LOGICAL: lambda x: x, NUMERIC: lambda x: f"CASE WHEN {x} = 1 THEN true WHEN {x} = 0 THEN false END",
    }),
    "toDate": _Target("date", lambda t: f"nullif(regexp_extract({t}, '^({DAY})(T.*)?$', 1), '')", {
        TEMPORAL: lambda x: f"nullif(regexp_extract({x}, '^{DAY}', 0), '')",
    }),
    "toDateTime": _Target("dateTime", _full(f"{DAY}(T({HOUR}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)?", lambda t: f"rtrim({t}, 'T')"), {TEMPORAL: lambda x: x}),
    "toTime": _Target("time", _full(f"T?{HOUR}", lambda t: f"ltrim({t}, 'T')"), {CLOCK: lambda x: x}),
}


def converted(scope: Scope, value: Value, function: str) -> Value:
    """A single value by one of the functions `toString` … `toTime`; of a record's number the text as it stands there."""
    target = _TARGETS[function]
    if value.type == NOTHING:
        return nothing()
    if function == "toString" and value.held is Held.TEXT:
        return scope.single(as_said(value))
    one = scope.single(value)
    if one.type == UNKNOWN:
        return Value(let(f"json_extract_string({one.sql}, '$')", target.of_text), target.type)
    if one.kind == TEXTUAL:
        return Value(let(one.sql, target.of_text), target.type)
    if one.kind not in target.others:
        return nothing()
    return Value(let(one.sql, target.others[one.kind]), target.type)


def as_said(value: Value) -> Value:
    """A record's primitives as the texts that stand there."""
    return replace(value, type="string", held=Held.NATIVE)


def as_texts(value: Value) -> Value:
    """Every one of several primitives as the text a column of texts wants."""
    if value.held is Held.TEXT:
        return as_said(value)
    made = native(value)
    if made.kind == TEXTUAL or made.kind in (TEMPORAL, CLOCK):
        return made
    return each(made, lambda v: Value(let(v.sql, _TARGETS["toString"].others[v.kind]), "string"))


def _to(function: str) -> Callable[[Scope, Value, Args], Value]:
    return lambda scope, value, args: converted(scope, value, function)


def _whether(function: str) -> Callable[[Scope, Value, Args], Value]:
    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        made = converted(scope, value, function)
        there = scope.single(value).sql
        possible = f"{made.sql} IS NOT NULL" if made.type != NOTHING else "false"
        return boolean(f"CASE WHEN {there} IS NOT NULL THEN {possible} END")

    return run


FUNCTIONS = {
    **{name: Function(_to(name), f"as a {target.type}, empty when it is none") for name, target in _TARGETS.items()},
    **{f"convertsTo{name[2:]}": Function(_whether(name), f"whether it can be a {target.type}") for name, target in _TARGETS.items()},
}
