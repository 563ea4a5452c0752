"""A ViewDefinition as a value: what it may say, checked where it stands in the JSON before anything is compiled."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dujiang.standardise.views import elements, refusals
from dujiang.standardise.views.compile import RESERVED
from dujiang.words import Word

DEEPEST = 20  # selects within selects
MOST_COLUMNS = 1_000
_SQL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}")
# What describes a view and does not change its rows (ViewDefinition is a canonical resource).
_ABOUT = frozenset({
    "resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "url", "identifier", "version",
    "versionAlgorithmString", "versionAlgorithmCoding", "name", "title", "status", "experimental", "date", "publisher", "contact", "description",
    "useContext", "jurisdiction", "purpose", "copyright", "copyrightLabel", "fhirVersion", "profile", "relatedArtifact", "author", "editor",
    "reviewer", "endorser", "approvalDate", "lastReviewDate", "effectivePeriod", "topic",
})
_CAMEL = {"for_each": "forEach", "for_each_or_null": "forEachOrNull", "union_all": "unionAll"}


class Tag(Word, frozen=True):
    """A hint for engines; `ansi/type` names the column's SQL type, `dujiang/fields` the fields of a structure."""

    name: str
    value: str = ""


class Part(Word, frozen=True):
    """What any element of a FHIR resource may carry besides what it says."""

    id: str = ""
    extension: tuple[object, ...] = ()


class ColumnOf(Part, frozen=True, kw_only=True):
    """A column: `path` gives its value, one or, as a `collection`, several."""

    name: str
    path: str
    type: str = ""
    collection: bool = False
    description: str = ""
    tag: tuple[Tag, ...] = ()

    def tagged(self, name: str) -> str:
        return next((t.value for t in self.tag if t.name == name), "")


class Select(Part, frozen=True, kw_only=True, rename=_CAMEL):
    """Columns, for the record or for each of something in it, beside those of further selects."""

    column: tuple[ColumnOf, ...] = ()
    select: tuple["Select", ...] = ()
    for_each: str | None = None
    for_each_or_null: str | None = None
    repeat: tuple[str, ...] = ()
    union_all: tuple["Select", ...] = ()


class Where(Part, frozen=True, kw_only=True):
    path: str
    description: str = ""


class Constant(Word, frozen=True):
    """`%name`: a primitive, its value as text."""

    name: str
    type: str
    text: str


class View(Word, frozen=True):
    """`select` of every record of a resource type for which every `where` holds."""

    resource: str
    select: tuple[Select, ...]
    where: tuple[Where, ...] = ()
    constant: tuple[Constant, ...] = ()
    name: str = ""


def view(definition: object) -> View:
    """A ViewDefinition from its JSON as Python values; Malformed (`view.form` and others) when it is none that can be used."""
    if not isinstance(definition, Mapping):
        raise refusals.form("$", "it is no JSON object", "不是 JSON 对象")
    _bounded(definition)
    unknown = sorted(set(definition) - _ABOUT - {"resource", "select", "where", "constant"})
    if unknown:
        raise refusals.form(f"$.{unknown[0]}", "there is no such field", "没有该字段")
    resource = definition.get("resource")
    if not isinstance(resource, str) or re.fullmatch(r"[A-Z][A-Za-z]{1,60}", resource) is None:
        raise refusals.form("$.resource", "it names no resource type", "未指明资源类型")
    selects = _read(definition.get("select"), tuple[Select, ...], "$.select")
    if not selects:
        raise refusals.form("$.select", "it selects nothing", "没有选择任何内容")
    for select, place in _all(selects, "$.select"):
        _checked(select, place)
    constants = _constants(definition.get("constant", []))
    wheres = _read(definition.get("where", []), tuple[Where, ...], "$.where")
    name = definition.get("name", "")
    return View(resource=resource, select=selects, where=wheres, constant=constants, name=name if isinstance(name, str) else "")


def _bounded(definition: object) -> None:
    """No deeper and no larger than a view may be, found without recursion."""
    waiting, columns = [(definition, 0)], 0
    while waiting:
        thing, depth = waiting.pop()
        if depth > 4 * DEEPEST:
            raise refusals.too_large("levels of selects", "嵌套层数", DEEPEST)
        inner = thing.values() if isinstance(thing, Mapping) else thing if isinstance(thing, list | tuple) else ()
        columns += isinstance(thing, Mapping) and "path" in thing
        if columns > MOST_COLUMNS:
            raise refusals.too_large("columns", "列数", MOST_COLUMNS)
        waiting += [(part, depth + 1) for part in inner]


def _read(part: object, type: Any, place: str) -> Any:
    try:
        return msgspec.convert(part, type)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise refusals.form(place + where.rstrip("`"), problem.replace("`", ""), "字段的名称、类型或个数不对") from None


def _all(selects: tuple[Select, ...], place: str) -> Iterator[tuple[Select, str]]:
    for n, select in enumerate(selects):
        here = f"{place}[{n}]"
        yield select, here
        yield from _all(select.select, f"{here}.select")
        yield from _all(select.union_all, f"{here}.unionAll")


def _checked(select: Select, place: str) -> None:
    if sum((select.for_each is not None, select.for_each_or_null is not None, bool(select.repeat))) > 1:
        raise refusals.form(place, "forEach, forEachOrNull and repeat exclude each other", "forEach、forEachOrNull 与 repeat 不能同时使用")
    for column in select.column:
        if _SQL_NAME.fullmatch(column.name) is None:
            raise refusals.form(place, "a column's name is a letter, then letters, digits or _", "列名须以字母开头，仅含字母、数字和下划线")
        if column.type and not elements.known(type_of(column.type)):
            raise refusals.form(place, f"a column has a type that FHIR does not have: {refusals.short(column.type, 40)}", "列的类型不是 FHIR 类型")


def type_of(said: str) -> str:
    """A column's type as a FHIR type: a name, or the address that ends in it."""
    name = said.rpartition("/")[2].removeprefix("System.").removeprefix("FHIR.")
    return name if elements.known(name) else name[:1].lower() + name[1:]


def _constants(part: object) -> tuple[Constant, ...]:
    entries = _read(part, tuple[dict[str, object], ...], "$.constant")
    made = tuple(_constant(entry, f"$.constant[{n}]") for n, entry in enumerate(entries))
    names = [c.name for c in made]
    if len(set(names)) != len(names):
        raise refusals.form("$.constant", "two constants have one name", "常量重名")
    return made


def _constant(entry: dict[str, object], place: str) -> Constant:
    name = entry.get("name")
    if not isinstance(name, str) or _SQL_NAME.fullmatch(name) is None or name in RESERVED:
        raise refusals.form(place, "a constant's name is a letter, then letters, digits or _, and not one that FHIRPath has taken", "常量名无效或为保留名")
    values = [key for key in entry if key.startswith("value")]
    if len(values) != 1 or set(entry) - {"name", "id", "extension", values[0]}:
        raise refusals.form(place, "a constant has a name and exactly one value", "常量须有名称和唯一的值")
    type = next((t for t in elements.PRIMITIVES if "value" + t[0].upper() + t[1:] == values[0]), "")
    if not type:
        raise refusals.form(place, "a constant's value is a primitive", "常量的值须为原始类型")
    return Constant(name=name, type=type, text=_constant_text(type, entry[values[0]], place))


_NUMBER = {"integer": r"-?[0-9]{1,18}", "decimal": r"-?[0-9]{1,29}(\.[0-9]{1,9})?"}


def _constant_text(type: str, value: object, place: str) -> str:
    wanted = elements.is_a(type, "integer") or type == "integer64"
    if type == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    number = "integer" if wanted else type
    if number in _NUMBER:
        text = str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
        if re.fullmatch(_NUMBER[number], text):
            return text
    elif type != "boolean" and isinstance(value, str) and "\0" not in value:
        return value
    raise refusals.form(place, f"a constant's value is no {type}", f"常量的值不是 {type}")
