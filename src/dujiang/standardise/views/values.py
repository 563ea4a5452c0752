"""What a path compiles to: SQL, and what is known of it before any record is read: its type, whether it may be many, how it is held."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count

from dujiang.standardise.plan import literal
from dujiang.standardise.views.elements import Element, is_a, primitive
from dujiang.standardise.views.shapes import Shape, is_simple


class Held(Enum):
    """How SQL holds a value."""

    NATIVE = "native"  # BOOLEAN, BIGINT, DECIMAL(38, 9), VARCHAR; a quantity as STRUCT(value, unit)
    TEXT = "text"  # a primitive's text as the record has it
    STRUCT = "struct"  # a typed structure with a Shape
    JSON = "json"


NOTHING = "{}"  # the type of the empty collection
UNKNOWN = ""  # FHIR has no such element, or its releases disagree
LOGICAL, NUMERIC, TEXTUAL, TEMPORAL, CLOCK, MEASURED, COMPLEX = "boolean", "number", "text", "date", "time", "quantity", "complex"


@dataclass(frozen=True)
class Value:
    """`sql` is a scalar where NULL is the empty collection or, when `many`, a list without NULLs, itself NULL when empty."""

    sql: str
    type: str
    many: bool = False
    held: Held = Held.NATIVE
    path: str = ""
    shape: Shape | None = None
    choice: Element | None = None  # a value[x] whose type is not said yet: `sql` is then its parent
    parent: "Value | None" = None  # of an element: what it was read from, and under which name
    name: str = ""

    @property
    def kind(self) -> str:
        """What it can be compared with; UNKNOWN and NOTHING stay as they are."""
        return kind_of(self.type)

    def one(self, sql: str) -> "Value":
        """The same kind of value, one of it, as other SQL."""
        return replace(self, sql=sql, many=False, parent=None)

    def as_(self, sql: str) -> "Value":
        """The same kind of value, as many, as other SQL."""
        return replace(self, sql=sql, parent=None)


def kind_of(type: str) -> str:
    if type in (NOTHING, UNKNOWN):
        return type
    if type == "boolean":
        return LOGICAL
    if is_a(type, "integer") or type in ("decimal", "integer64"):
        return NUMERIC
    if type in ("date", "dateTime", "instant"):
        return TEMPORAL
    if type == "time":
        return CLOCK
    if is_a(type, "Quantity"):
        return MEASURED
    return TEXTUAL if primitive(type) else COMPLEX


def nothing() -> Value:
    return Value("NULL", NOTHING)


def boolean(sql: str) -> Value:
    return Value(sql, "boolean")


def text(value: str) -> Value:
    return Value(literal(value), "string")


def integer(sql: str) -> Value:
    return Value(sql, "integer")


def native(value: Value) -> Value:
    """A primitive as its SQL type; others unchanged. A text that is no such value is empty, as if it were not there."""
    if value.held is Held.JSON and primitive(value.type):
        value = each(value, lambda v: replace(v, sql=f"json_extract_string({v.sql}, '$')", held=Held.TEXT))
    if value.held is not Held.TEXT:
        return value
    if value.kind in (LOGICAL, NUMERIC):
        return each(value, lambda v: replace(v, sql=converted(v.type, v.sql), held=Held.NATIVE))
    return replace(value, held=Held.NATIVE)


def converted(type: str, sql: str) -> str:
    """Text of a record as BOOLEAN, BIGINT or DECIMAL(38, 9)."""
    if type == "boolean":
        return f"CASE {sql} WHEN 'true' THEN true WHEN 'false' THEN false END"
    if type != "decimal":  # a cast would round 1.5 to 2, and read 0x10 and 1_000
        return let(sql, lambda x: f"CASE WHEN regexp_full_match({x}, '-?[0-9]+') THEN TRY_CAST({x} AS BIGINT) END")
    # DECIMAL(18, 9) first: the same value where it fits, and parsed 100 times faster.
    return let(sql, lambda x: f"CASE WHEN NOT contains({x}, '_') THEN coalesce(TRY_CAST({x} AS DECIMAL(18, 9)), TRY_CAST({x} AS DECIMAL(38, 9))) END")


def sql_type(type: str) -> str:
    """The SQL type of a native value."""
    kind = kind_of(type)
    if kind == NUMERIC:
        return "DECIMAL(38, 9)" if type == "decimal" else "BIGINT"
    if kind == MEASURED:
        return "STRUCT(value DECIMAL(38, 9), unit VARCHAR)"
    return "BOOLEAN" if kind == LOGICAL else "VARCHAR"


_COUNT: ContextVar[Iterator[int]] = ContextVar("names of lambdas")


@contextmanager
def fresh_names() -> Iterator[None]:
    """Within the block names begin anew, so that the same view is always the same SQL."""
    token = _COUNT.set(count(1))
    try:
        yield
    finally:
        _COUNT.reset(token)


def fresh() -> str:
    """A name that no other lambda of this view has."""
    return f"v{next(_COUNT.get())}"


def let(sql: str, body: Callable[[str], str]) -> str:
    """`body` of SQL that is evaluated once: what is long is given a name by a lambda over a list of one."""
    if is_simple(sql):
        return body(sql)
    name = fresh()
    return f"list_transform([{sql}], lambda {name}: {body(name)})[1]"


def each(value: Value, step: Callable[[Value], Value], place: str = "") -> Value:
    """`step` of every single value, which gives empty for empty; what it gives is put one after the other.

    `place` is the name under which the step may use how many came before, plus one.
    """
    if not value.many:
        return step(value)
    name = fresh()
    inner = step(value.one(name))
    if inner.sql == name:
        return replace(inner, sql=value.sql, many=True)
    names = f"{name}, {place}" if place and re.search(rf"\b{place}\b", inner.sql) else name
    made = f"list_transform({value.sql}, lambda {names}: {inner.sql})"
    return replace(inner, sql=f"flatten({made})" if inner.many else solid(made), many=True)


def solid(sql: str) -> str:
    """A list without its NULLs."""
    name = fresh()
    return f"list_filter({sql}, lambda {name}: {name} IS NOT NULL)"


def listed(value: Value) -> str:
    """SQL of the value as a list, NULL or empty when it is empty."""
    if value.many:
        return value.sql
    return let(value.sql, lambda x: f"CASE WHEN {x} IS NOT NULL THEN [{x}] END")


def size(value: Value) -> str:
    """SQL of how many there are."""
    if value.many:
        return f"coalesce(len({value.sql}), 0)"
    return f"CASE WHEN {value.sql} IS NULL THEN 0 ELSE 1 END"


def present(value: Value) -> str:
    """SQL of whether there is any."""
    return f"{size(value)} > 0" if value.many else f"{value.sql} IS NOT NULL"
