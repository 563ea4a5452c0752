"""A column that holds a structure: the fields the view names, and no others (an extension of SQL on FHIR, by the tag `dujiang/fields`).

`text, coding.system, coding.code` of a CodeableConcept is STRUCT(text VARCHAR, coding STRUCT(system VARCHAR, code VARCHAR)[]). Every
primitive is the text the record has (1.10 stays 1.10), and a structure whose fields are not named is its JSON text.
"""

import re
from dataclasses import dataclass, field, replace

import msgspec

from dujiang.standardise.plan import literal, quoted
from dujiang.standardise.views.elements import Element, element, primitive
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.shapes import Shape
from dujiang.standardise.views.values import COMPLEX, UNKNOWN, Held, Value, each

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*")


@dataclass
class _Wanted:
    """A field of the structure, by what FHIR says of it."""

    type: str
    many: bool
    inner: dict[str, "_Wanted"] = field(default_factory=dict)

    def sql_type(self) -> str:
        inner = ", ".join(f"{quoted(name)} {w.sql_type()}" for name, w in self.inner.items())
        return (f"STRUCT({inner})" if inner else "VARCHAR") + ("[]" if self.many else "")

    def structure(self) -> object:
        inner: object = {name: w.structure() for name, w in self.inner.items()} or "VARCHAR"
        return [inner] if self.many else inner


def structured(scope: Scope, value: Value, fields: str, type: str) -> tuple[str, Value]:
    """SQL type and value of a structure with these fields; `type` is what the view says of the column."""
    type = value.type if value.type not in (UNKNOWN, "Resource") else type
    if value.choice or not type or primitive(type) or (value.kind != COMPLEX and value.held is not Held.STRUCT and value.type != UNKNOWN):
        raise scope.wrong("its value is no structure of a type that is known", "其值不是类型已知的结构")
    wanted = _Wanted(type, False)
    for path in (part.strip() for part in fields.split(",")):
        if _FIELD.fullmatch(path) is None:
            raise scope.wrong("its tag `dujiang/fields` is no list of fields", "标签 `dujiang/fields` 不是字段列表")
        _want(scope, wanted, path)
        scope.book.seen.add(f"{value.path}.{path}")
    if value.held is Held.JSON:
        structure = literal(msgspec.json.encode(wanted.structure()).decode())
        made = each(value, lambda v: replace(v, sql=f"from_json({v.sql}, {structure})"))
        return wanted.sql_type(), made
    assert value.shape is not None
    _note(value.shape, wanted)
    return wanted.sql_type(), value


def _want(scope: Scope, wanted: _Wanted, path: str) -> None:
    """Add the field a path leads to, and those it leads through."""
    name, _, rest = path.partition(".")
    found = element(wanted.type, name)
    fitting = _choice(wanted.type, name) if found is None else None if found.choice else found
    if fitting is None or not fitting.type:
        raise scope.wrong(f"{wanted.type} has no element `{name}` that a structure can hold", f"{wanted.type} 没有可放入结构的元素 `{name}`")
    inner = wanted.inner.setdefault(name, _Wanted(fitting.type, fitting.many))
    if fitting.type == "decimal":
        scope.book.exact.add(name)
    if rest:
        _want(scope, inner, rest)


def _choice(type: str, name: str) -> Element | None:
    """An element as JSON names it: `valueQuantity` is `value` as a Quantity."""
    for end in range(1, len(name)):
        found = element(type, name[:end])
        if found is not None and found.choice:
            fitting = [t for t in found.types if t[0].upper() + t[1:] == name[end:]]
            if fitting:
                return Element(name, (fitting[0],), False)
    return None


def _note(shape: Shape, wanted: _Wanted) -> None:
    """The fields as those that must be read."""
    for name, inner in wanted.inner.items():
        _note(shape.at(name, many=inner.many, leaf=not inner.inner), inner)
