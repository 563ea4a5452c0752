"""A step from a value to an element of it: by FHIR's own types where they are known, else by what stands in the JSON."""

from collections.abc import Sequence
from dataclasses import replace

from dujiang.standardise.plan import literal
from dujiang.standardise.views import elements
from dujiang.standardise.views.elements import Element, element, primitive
from dujiang.standardise.views.scope import Scope, Whole
from dujiang.standardise.views.shapes import field_of
from dujiang.standardise.views.values import (
    COMPLEX,
    NOTHING,
    NUMERIC,
    UNKNOWN,
    Held,
    Value,
    each,
    kind_of,
    let,
    native,
    nothing,
    present,
    solid,
    sql_type,
)


def child(scope: Scope, value: Value, name: str) -> Value:
    """The element of that name; empty where there is none."""
    if value.type == NOTHING:
        return nothing()
    if value.choice:
        return _child_of_choice(scope, value, name)
    if primitive(value.type):
        return _twin(scope, value, name)
    found = element(value.type, name) if value.type else None
    if found is None and value.type and value.type != "Resource":
        scope.note(f"{value.type} has no element `{name}`", f"{value.type} 没有元素 `{name}`")
    if found is not None and found.choice:
        return replace(value, choice=found)
    return read(scope, value, found or Element(name, (elements.UNTYPED,), True))


def read(scope: Scope, value: Value, found: Element) -> Value:
    """An element that is no choice, of every one of the values."""
    path = f"{value.path}.{found.name}"
    scope.book.seen.add(path)
    if found.type == "decimal":
        scope.book.exact.add(found.name)
    step = _from_json if value.held is Held.JSON else _from_struct
    made = each(value, lambda one: step(scope, one, found))
    return replace(made, path=path, parent=value, name=found.name)


def _from_struct(scope: Scope, value: Value, found: Element) -> Value:
    if value.shape is None:
        raise scope.wrong("a value made by the path itself has no elements", "由路径计算出的值没有元素")
    known = bool(found.type)
    as_json = not known or found.type == "Resource" or f"{value.shape.path}.{found.name}" in scope.book.wholes
    shape = value.shape.at(found.name, many=found.many and known, leaf=primitive(found.type) and not as_json)
    sql = field_of(value.sql, found.name)
    if not known:
        return Value(_as_list(sql), UNKNOWN, True, Held.JSON)
    held = Held.JSON if as_json else Held.TEXT if primitive(found.type) else Held.STRUCT
    return Value(solid(sql) if found.many else sql, found.type, found.many, held, shape=shape)


def _from_json(scope: Scope, value: Value, found: Element) -> Value:
    sql = f"json_extract({value.sql}, {literal('/' + found.name)})"
    if not found.type:
        return Value(let(sql, _as_list), UNKNOWN, True, Held.JSON)
    if primitive(found.type):
        if found.many:
            return Value(solid(f"from_json({sql}, '[\"VARCHAR\"]')"), found.type, True, Held.TEXT)
        return Value(f"json_extract_string({value.sql}, {literal('/' + found.name)})", found.type, held=Held.TEXT)
    if found.many:
        return Value(solid(f"from_json({sql}, '[\"JSON\"]')"), found.type, True, Held.JSON)
    return Value(f"nullif({sql}, 'null')", found.type, held=Held.JSON)


def _as_list(sql: str) -> str:
    """SQL of JSON that may be one or many, as a list."""
    many = solid(f"from_json({sql}, '[\"JSON\"]')")
    return f"CASE json_type({sql}) WHEN 'ARRAY' THEN {many} WHEN 'NULL' THEN NULL ELSE CASE WHEN {sql} IS NOT NULL THEN [{sql}] END END"


def _twin(scope: Scope, value: Value, name: str) -> Value:
    """`id` and `extension` of a primitive stand in JSON beside it, under its name with a `_`."""
    if name not in ("id", "extension") or value.parent is None:
        scope.note(f"{value.type} has no element `{name}`", f"{value.type} 没有元素 `{name}`")
        return nothing()
    itself = element(value.parent.type, value.name)
    beside = Element(f"_{value.name}", (elements.TWIN,), itself is not None and itself.many)
    return child(scope, read(scope, value.parent, beside), name)


def typed(scope: Scope, value: Value, type: str) -> Value:
    """A choice as one of its types; empty when it may not have that one."""
    choice = value.choice
    assert choice is not None
    fitting = [t for t in choice.types if elements.is_a(t, type)]
    if not fitting:
        scope.note(f"`{choice.name}` is never {type}", f"`{choice.name}` 不可能是 {type}")
        return nothing()
    if type in fitting:
        fitting = [type]
    parent = replace(value, choice=None)
    return coalesced(scope, [read(scope, parent, Element(choice.name + t[0].upper() + t[1:], (t,), False)) for t in fitting])


def _child_of_choice(scope: Scope, value: Value, name: str) -> Value:
    """An element of a choice: of those of its types that have it."""
    choice = value.choice
    assert choice is not None
    having = [t for t in choice.types if element(t, name) is not None]
    if not having:
        scope.note(f"no type of `{choice.name}` has an element `{name}`", f"`{choice.name}` 的各种类型都没有元素 `{name}`")
        return nothing()
    return coalesced(scope, [child(scope, typed(scope, value, t), name) for t in having])


def alternatives(scope: Scope, value: Value) -> list[Value]:
    """A choice as each of its types."""
    assert value.choice is not None
    return [typed(scope, value, t) for t in value.choice.types]


def settled(scope: Scope, value: Value, kind: str) -> Value:
    """A choice as what can be compared with a kind of value: `deceased = true` means `deceased.ofType(boolean) = true`."""
    if value.choice is None:
        return value
    fitting = [t for t in value.choice.types if kind_of(t) == kind and t != UNKNOWN]
    if not fitting or kind == COMPLEX:
        scope.note(f"`{value.choice.name}` never has a value of that kind", f"`{value.choice.name}` 不可能是该种类的值")
        return nothing()
    return coalesced(scope, [typed(scope, value, t) for t in fitting])


def coalesced(scope: Scope, values: Sequence[Value]) -> Value:
    """The one of several that is there; of several types the wider."""
    values = [v for v in values if v.type != NOTHING]
    if len(values) <= 1:
        return values[0] if values else nothing()
    if any(v.choice for v in values) or len({v.kind for v in values}) > 1 or values[0].kind == COMPLEX:
        raise scope.wrong("its types differ too much; say which you mean with ofType(…)", "可能的类型差异过大，请用 ofType(…) 指明")
    made = [native(v) for v in values]
    type = made[0].type if len({v.type for v in made}) == 1 else "decimal" if made[0].kind == NUMERIC else "string"
    if any(v.many for v in made):
        raise scope.wrong("its types differ too much; say which you mean with ofType(…)", "可能的类型差异过大，请用 ofType(…) 指明")
    sql = ", ".join(f"CAST({v.sql} AS {sql_type(type)})" for v in made)
    return Value(f"coalesce({sql})", type)


def as_json(value: Value) -> Value:
    """A structure as JSON; asks for it to be read so when it is not."""
    if value.held is Held.STRUCT:
        assert value.shape is not None
        raise Whole(value.shape.path)
    return value


def any_of(scope: Scope, value: Value) -> str:
    """SQL of whether a value is there, a choice by any of its types."""
    if value.choice is None:
        return present(value)
    return " OR ".join(f"({present(v)})" for v in alternatives(scope, value))
