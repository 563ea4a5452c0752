"""What FHIR and SQL on FHIR add to FHIRPath: types of elements, extensions, keys of resources and of references."""

from collections.abc import Callable
from dataclasses import replace

from dujiang.standardise.plan import literal
from dujiang.standardise.views import elements
from dujiang.standardise.views.alike import joined
from dujiang.standardise.views.elements import Element
from dujiang.standardise.views.equality import equal
from dujiang.standardise.views.functions import Function, argument
from dujiang.standardise.views.gathering import kept
from dujiang.standardise.views.gathering import single as only
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.steps import any_of, child, read, typed
from dujiang.standardise.views.syntax import Node, type_name
from dujiang.standardise.views.values import NOTHING, UNKNOWN, Held, Value, boolean, each, let, nothing

Args = tuple[Node, ...]
_SYSTEM = {name: name[0].lower() + name[1:] for name in ("Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time")}
# What a value that FHIR does not know looks like in JSON, by the type it is taken for.
_JSON_TYPES = {"boolean": ("BOOLEAN",), "integer": ("UBIGINT", "BIGINT"), "decimal": ("DOUBLE", "UBIGINT", "BIGINT")}


def said_type(scope: Scope, node: Node | str) -> str:
    """A type as a FHIR type. Malformed when there is none of that name."""
    name = node if isinstance(node, str) else type_name(node)
    space, _, bare = name.rpartition(".")
    type = _SYSTEM.get(bare, bare) if space in ("", "System") else bare
    if not name or not elements.known(type) or space not in ("", "System", "FHIR"):
        raise scope.wrong("it names a type that FHIR does not have", "使用了 FHIR 中不存在的类型")
    return type


def of_type(scope: Scope, value: Value, type: str) -> Value:
    """Those of a type: of a primitive exactly that, of others a special case too (as FHIRPath's own tests have it)."""
    if value.type == NOTHING:
        return value
    if value.choice:
        return typed(scope, value, type)
    if value.type in (UNKNOWN, "Resource"):
        alike = replace(kept(scope, value, lambda inner: _looks_like(inner.this, type)), type=type)
        if value.parent is None or value.parent.type not in (UNKNOWN, "Resource") or elements.resource(type):
            return alike
        # Where FHIR does not know the element it may be a choice, and then stands under another name.
        return joined(scope, [alike, read(scope, value.parent, Element(value.name + type[0].upper() + type[1:], (type,), False))])
    if value.type == type or (elements.is_a(value.type, type) and not elements.primitive(type)):
        return value
    scope.note(f"{value.type} is never {type}", f"{value.type} 不可能是 {type}")
    return nothing()


def _looks_like(value: Value, type: str) -> str:
    """SQL of whether JSON may be of a type: a resource says so itself, of others the kind of JSON is all there is."""
    if elements.resource(type):
        return f"json_extract_string({value.sql}, '/resourceType') = {literal(type)}"
    wanted = _JSON_TYPES.get(type, ("VARCHAR",) if elements.primitive(type) else ("OBJECT",))
    return f"json_type({value.sql}) IN ({', '.join(literal(w) for w in wanted)})"


def is_type(scope: Scope, value: Value, type: str) -> Value:
    """Whether a value is of a type; empty when there is none."""
    if value.type == NOTHING:
        return nothing()
    if not value.choice:
        value = scope.single(value)
    if not value.choice and value.type not in (UNKNOWN, "Resource"):
        return boolean(f"CASE WHEN {any_of(scope, value)} THEN {'true' if elements.is_a(value.type, type) else 'false'} END")
    return boolean(f"CASE WHEN {any_of(scope, value)} THEN {any_of(scope, of_type(scope, value, type))} END")


def as_type(scope: Scope, value: Value, type: str) -> Value:
    """The one value, when it is of a type; several stop the query."""
    return of_type(scope, value if value.choice else only(scope, value, ()), type)


def extension(scope: Scope, value: Value, args: Args) -> Value:
    """The extensions of a URL; of a primitive those that stand beside it."""
    found = child(scope, value, "extension")
    url = argument(scope, args, 0)
    return kept(scope, found, lambda inner: equal(inner, child(inner, inner.this, "url"), url).sql) if found.type != NOTHING else found


def resource_key(scope: Scope, value: Value, args: Args) -> Value:
    """What the key of a reference to this resource equals: the relation's own key, else the resource's id."""
    if value.type == NOTHING:
        return nothing()
    if scope.key and value.sql == scope.root.sql:
        scope.book.seen.add(f"{value.type}.id")
        return Value(scope.key, "string")
    return child(scope, value, "id")


def reference_key(scope: Scope, value: Value, args: Args) -> Value:
    """The key of the resource a Reference names, if it is of the type asked for.

    `Patient/1`, `https://host/Patient/1/_history/2`, `urn:uuid:1` and `1` all give `1`; `#1` and a search give nothing.
    """
    if value.type not in ("Reference", UNKNOWN, NOTHING):
        raise scope.wrong("`getReferenceKey` needs a Reference", "`getReferenceKey` 只适用于 Reference")
    type = said_type(scope, args[0]) if args else ""
    text = child(scope, value, "reference")
    if text.type == UNKNOWN:
        text = replace(each(text, lambda v: replace(v, sql=f"json_extract_string({v.sql}, '$')")), type="string", held=Held.NATIVE)
    return replace(each(text, lambda v: Value(let(v.sql, lambda r: _key(r, type)), "string")), parent=None)


def _key(r: str, type: str) -> str:
    kind = type or "[A-Za-z]+"
    path = f"nullif(regexp_extract({r}, '(?:^|/){kind}/([^/|?#]+)(?:/_history/[^/]*)?$', 1), '')"
    return (
        f"CASE WHEN starts_with({r}, 'urn:uuid:') THEN substr({r}, 10) WHEN starts_with({r}, 'urn:oid:') THEN substr({r}, 9) "
        f"WHEN contains({r}, '/') THEN {path} WHEN {r} <> '' AND NOT regexp_matches({r}, '[#?]') THEN {r} END"
    )


def _by_type(step: Callable[[Scope, Value, str], Value]) -> Callable[[Scope, Value, Args], Value]:
    return lambda scope, value, args: step(scope, value, said_type(scope, args[0]))


def get_value(scope: Scope, value: Value, args: Args) -> Value:
    return value if value.type == UNKNOWN or elements.primitive(value.type) else nothing()


FUNCTIONS = {
    "ofType": Function(_by_type(of_type), "those of a type", 1, 1),
    "as": Function(_by_type(as_type), "the one value, if it is of a type", 1, 1),
    "is": Function(_by_type(is_type), "whether it is of a type", 1, 1),
    "extension": Function(extension, "its extensions of a URL", 1, 1),
    "getResourceKey": Function(resource_key, "the resource's key (SQL on FHIR)"),
    "getReferenceKey": Function(reference_key, "the key of the resource a Reference names, optionally of one type (SQL on FHIR)", 0, 1),
    "getValue": Function(get_value, "a primitive's own value"),
}
