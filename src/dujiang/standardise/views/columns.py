"""A column of a view: its path's value as the SQL type that the view says, or that the value has."""

import re

from dujiang.standardise.views import refusals
from dujiang.standardise.views.alike import of_kind
from dujiang.standardise.views.conversions import as_texts
from dujiang.standardise.views.made import Made
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.structures import structured
from dujiang.standardise.views.syntax import parse
from dujiang.standardise.views.values import (
    CLOCK,
    COMPLEX,
    MEASURED,
    NOTHING,
    NUMERIC,
    TEMPORAL,
    TEXTUAL,
    UNKNOWN,
    Held,
    Value,
    kind_of,
    let,
    sql_type,
)
from dujiang.standardise.views.view import ColumnOf, type_of

# SQL types that `ansi/type` may ask for, as DuckDB calls them.
_ANSI = {
    "BOOLEAN": "BOOLEAN", "SMALLINT": "SMALLINT", "INTEGER": "INTEGER", "INT": "INTEGER", "BIGINT": "BIGINT", "REAL": "REAL", "FLOAT": "DOUBLE",
    "DOUBLE PRECISION": "DOUBLE", "DATE": "DATE", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "CHARACTER VARYING": "VARCHAR", "VARCHAR": "VARCHAR",
    "CHARACTER": "VARCHAR", "CHAR": "VARCHAR", "DECIMAL": "DECIMAL(38, 9)", "NUMERIC": "DECIMAL(38, 9)",
}


def column(scope: Scope, said: ColumnOf) -> Made:
    """A column where `scope` stands; Malformed when its value cannot have the type that the view says."""
    scope = scope.of(said.path)
    seen = scope.book.seen
    scope.book.seen = set()
    value = scope.walk(parse(said.path))
    type, sql = _structure(scope, value, said) if said.tagged("dujiang/fields") else _primitive(scope, value, said)
    sources = tuple(sorted(_ends(scope.book.seen | scope.reached)))
    scope.book.seen = seen
    return Made(said.name, type, sql, sources)


def _ends(paths: set[str]) -> set[str]:
    """Paths that are no beginning of another."""
    return {p for p in paths if not any(other.startswith(f"{p}.") for other in paths)}


def _structure(scope: Scope, value: Value, said: ColumnOf) -> tuple[str, str]:
    type, made = structured(scope, value, said.tagged("dujiang/fields"), type_of(said.type) if said.type else "")
    return _arranged(scope, made, said, type)


def _primitive(scope: Scope, value: Value, said: ColumnOf) -> tuple[str, str]:
    wanted = type_of(said.type) if said.type else value.type
    if value.choice:
        raise scope.wrong(f"say which type is meant: `{value.choice.name}.ofType(…)`", f"请用 `{value.choice.name}.ofType(…)` 指明类型")
    if kind_of(wanted) in (COMPLEX, MEASURED) or (value.kind in (COMPLEX, MEASURED) and value.type != UNKNOWN):
        raise scope.wrong("a column holds primitives; go on to one, or name the fields wanted in a tag `dujiang/fields`",
                          "列只能是原始类型；请继续指向原始类型，或用标签 `dujiang/fields` 列出所需字段")
    made = _as(scope, value, wanted)
    type = sql_type("string" if wanted in (UNKNOWN, NOTHING) else wanted)
    type, sql = _arranged(scope, made, said, type)
    return _retyped(scope, said, type, sql)


def _as(scope: Scope, value: Value, wanted: str) -> Value:
    """A value as the kind of a type; text is as the record has it."""
    kind = TEXTUAL if wanted in (UNKNOWN, NOTHING) else kind_of(wanted)
    if value.type == NOTHING:
        return value
    if kind in (TEXTUAL, TEMPORAL, CLOCK):
        return of_kind(scope, value, kind) if value.type == UNKNOWN else as_texts(value)
    made = of_kind(scope, value, kind)
    if made.kind != kind or (kind == NUMERIC and made.type == "decimal" and wanted != "decimal" and value.type != UNKNOWN):
        raise _other_type(scope, value, wanted)
    return made


def _other_type(scope: Scope, value: Value, wanted: str) -> Exception:
    return scope.wrong(f"it gives {value.type or 'something unknown'}, the column says {wanted}", f"路径给出 {value.type or '未知类型'}，而列声明为 {wanted}")


def _arranged(scope: Scope, value: Value, said: ColumnOf, type: str) -> tuple[str, str]:
    """As a list when it is a collection, else as the one value there may be."""
    if said.collection:
        if value.type == NOTHING:
            return f"{type}[]", f"CAST([] AS {type}[])"
        every = value.sql if value.many else let(value.sql, lambda x: f"CASE WHEN {x} IS NOT NULL THEN [{x}] ELSE [] END")
        return f"{type}[]", f"CAST(coalesce({every}, []) AS {type}[])"
    if value.type == NOTHING:
        return type, f"CAST(NULL AS {type})"
    one = scope.single(value) if value.many else value
    return type, one.sql if type == "VARCHAR" and value.held is not Held.JSON else f"CAST({one.sql} AS {type})"


def _retyped(scope: Scope, said: ColumnOf, type: str, sql: str) -> tuple[str, str]:
    """As the tag `ansi/type` says; what does not fit is NULL."""
    ansi = said.tagged("ansi/type").strip().upper()
    if not ansi or said.collection:
        return type, sql
    parts = re.fullmatch(r"([A-Z ]+?)(?: ?\( ?([0-9]{1,3})(?: ?, ?([0-9]{1,3}))? ?\))?", ansi)
    known = _ANSI.get(parts.group(1), "") if parts else ""
    if not parts or not known:
        raise refusals.form(said.name, "its ansi/type is none of those that can be made", "ansi/type 不是可用的 SQL 类型")
    if known.startswith("DECIMAL") and parts.group(2):
        width, scale = int(parts.group(2)), int(parts.group(3) or 0)
        if not 1 <= width <= 38 or scale > width:
            raise refusals.form(said.name, "its ansi/type is none of those that can be made", "ansi/type 不是可用的 SQL 类型")
        known = f"DECIMAL({width}, {scale})"
    return known, f"TRY_CAST({sql} AS {known})"
