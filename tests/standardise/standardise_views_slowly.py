"""Views evaluated slowly: plain Python over plain JSON, one record and one item at a time, to be compared with the compiled statement.

It knows no types and no structure: an element is what stands under its name. It evaluates both sides of everything, so that it stops
wherever the statement may stop.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Any

from dujiang.standardise.views.syntax import Binary, Call, Index, Literal, Name, Node, Sign, TypeTest, Variable, parse

Items = list[Any]
Row = dict[str, Any]


class Many(Exception):
    """More than one value where one is expected."""


@dataclass(frozen=True)
class Day:
    """A date as its components, as many as were written."""

    parts: tuple[int, ...]


@dataclass(frozen=True)
class Where:
    """What a path stands on."""

    this: Items
    root: Any
    constants: Mapping[str, Any]
    row: int = 0
    index: int = 0


def rows(view: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows of a view, one resource after the other."""
    constants = {c["name"]: next(value for key, value in c.items() if key.startswith("value")) for c in view.get("constant", [])}
    found: list[Row] = []
    for resource in resources:
        if resource["resourceType"] != view["resource"]:
            continue
        here = Where([resource], resource, constants)
        if all(one(evaluate(parse(w["path"]), here)) is True for w in view.get("where", [])):
            found += crossed([select(s, here) for s in view["select"]])
    return found


def select(said: Mapping[str, Any], here: Where) -> list[Row]:
    """The rows of a select where it stands."""
    if "forEach" in said or "forEachOrNull" in said:
        focus: list[Items] = [[item] for item in evaluate(parse(said.get("forEach") or said["forEachOrNull"]), here)]
        if not focus and "forEachOrNull" in said:
            focus = [[]]
    elif "repeat" in said:
        focus = [[item] for item in repeated([parse(path) for path in said["repeat"]], here)]
    else:
        return inside(said, here)
    return [row for n, item in enumerate(focus) for row in inside(said, replace(here, this=item, row=n))]


def inside(said: Mapping[str, Any], here: Where) -> list[Row]:
    parts = [[{c["name"]: column(c, here) for c in said.get("column", [])}]]
    parts += [select(s, here) for s in said.get("select", [])]
    if "unionAll" in said:
        parts.append([row for branch in said["unionAll"] for row in select(branch, here)])
    return crossed(parts)


def crossed(parts: list[list[Row]]) -> list[Row]:
    return [{name: value for row in combination for name, value in row.items()} for combination in product(*parts)]


def column(said: Mapping[str, Any], here: Where) -> Any:
    found = [written(item) for item in evaluate(parse(said["path"]), here)]
    fields = next((tag["value"] for tag in said.get("tag", []) if tag["name"] == "dujiang/fields"), "")
    if fields:
        names = [path.strip().split(".") for path in fields.split(",")]
        found = [structure(item, names) for item in found]
    elif said.get("type") == "string":
        found = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) if isinstance(item, dict) else item for item in found]
    return found if said.get("collection") else one(found)


def structure(item: Any, names: list[list[str]]) -> Any:
    """The fields that are named, there or not; a list stays one."""
    if not isinstance(item, dict):
        return item
    made: Row = {}
    for name in dict.fromkeys(path[0] for path in names):
        inner = [path[1:] for path in names if path[0] == name and path[1:]]
        value = item.get(name)
        if not inner:
            made[name] = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, dict) else value
        else:
            made[name] = [structure(one, inner) for one in value] if isinstance(value, list) else structure(value, inner)
    return made


def written(item: Any) -> Any:
    return "-".join(f"{part:02}" if n else f"{part:04}" for n, part in enumerate(item.parts)) if isinstance(item, Day) else item


def repeated(paths: list[Node], here: Where) -> Iterator[Any]:
    for item in [found for path in paths for found in evaluate(path, here)]:
        yield item
        yield from repeated(paths, replace(here, this=[item]))


def one(items: Items) -> Any:
    if len(items) > 1:
        raise Many
    return items[0] if items else None


def maybe(value: Any) -> Items:
    return [] if value is None else [value]


def child(items: Items, name: str) -> Items:
    found: Items = []
    for item in items:
        value = item.get(name) if isinstance(item, dict) else None
        found += [v for v in (value if isinstance(value, list) else [value]) if v is not None]
    return found


def evaluate(node: Node, here: Where) -> Items:
    """All that a path gives."""
    match node:
        case Literal("", _, _):
            return []
        case Literal(type, text, _):
            read = {"boolean": lambda t: t == "true", "integer": int, "decimal": Decimal, "date": day}
            return [read.get(type, str)(text)]
        case Sign(value):
            return [-item for item in evaluate(value, here)]
        case Variable(name):
            return variable(name, here)
        case Name(name, base):
            return child(here.this if base is None else evaluate(base, here), name)
        case Index(base, place):
            at = one(evaluate(place, here))
            return evaluate(base, here)[at : at + 1] if at is not None and at >= 0 else []
        case TypeTest("is", value, type):
            return [bool(chosen(value, type, here))] if presence(value, here) else []
        case Call(name, args, base):
            return called(name, args, base, here)
        case Binary(op, left, right):
            found = combined(op, evaluate(left, here), evaluate(right, here))
            return found if isinstance(found, list) else maybe(found)
    raise AssertionError(node)


def variable(name: str, here: Where) -> Items:
    if name == "$this":
        return here.this
    if name in ("rowIndex", "$index"):
        return [here.row if name == "rowIndex" else here.index]
    return [here.root] if name == "resource" else [here.constants[name]]


def chosen(base: Node | None, type: str, here: Where) -> Items:
    """`value.ofType(Quantity)` stands under `valueQuantity`."""
    assert isinstance(base, Name)
    return child(here.this if base.base is None else evaluate(base.base, here), base.name + type[0].upper() + type[1:])


def presence(base: Node, here: Where) -> bool:
    assert isinstance(base, Name)
    parents = here.this if base.base is None else evaluate(base.base, here)
    return any(re.fullmatch(base.name + "[A-Z].*", key) and value is not None for parent in parents for key, value in parent.items())


def called(name: str, args: tuple[Node, ...], base: Node | None, here: Where) -> Items:
    if name == "ofType":
        assert isinstance(args[0], Name)
        return chosen(base, args[0].name, here)
    items = here.this if base is None else evaluate(base, here)
    if name in ("where", "exists", "all", "select"):
        return criterion(name, items, args, here)
    if name == "coalesce":
        return next((found for found in [evaluate(arg, here) for arg in args] if found), [])
    if name == "iif":
        yes, no = evaluate(args[1], here), evaluate(args[2], here)
        return yes if one(evaluate(args[0], here)) is True else no
    return simple(name, items, [one(evaluate(arg, here)) for arg in args])


def criterion(name: str, items: Items, args: tuple[Node, ...], here: Where) -> Items:
    each = [replace(here, this=[item], index=n) for n, item in enumerate(items)]
    if name == "select":
        return [found for inner in each for found in evaluate(args[0], inner)]
    kept = [inner.this[0] for inner in each if not args or one(evaluate(args[0], inner)) is True]
    return {"where": kept, "exists": [bool(kept)], "all": [len(kept) == len(items)]}[name]


def simple(name: str, items: Items, args: list[Any]) -> Items:
    match name:
        case "empty":
            return [not items]
        case "count":
            return [len(items)]
        case "first":
            return items[:1]
        case "last":
            return items[-1:]
        case "skip":
            return items[max(args[0], 0) :]
        case "take":
            return items[: max(args[0], 0)]
        case "distinct":
            return [item for n, item in enumerate(items) if item not in items[:n]]
        case "join":
            return [(args[0] if args else "").join(items)]
        case "extension":
            return [item for item in child(items, "extension") if item.get("url") == args[0]]
    return text(name, one(items), args)


def text(name: str, value: Any, args: list[Any]) -> Items:
    """Functions of one text or one truth."""
    if value is None or None in args:
        return []
    match name:
        case "not":
            return [not value]
        case "upper":
            return [value.upper()]
        case "length":
            return [len(value)]
        case "startsWith":
            return [value.startswith(args[0])]
        case "contains":
            return [args[0] in value]
        case "substring":
            return [value[args[0] : args[0] + args[1]]] if 0 <= args[0] < len(value) else []
    raise AssertionError(name)


def combined(op: str, left: Items, right: Items) -> Any:
    if op in ("=", "!="):
        if not left or not right:
            return None
        same = alike(left, right)
        return same if op == "=" or same is None else not same
    if op == "|":
        return [item for n, item in enumerate(left + right) if item not in (left + right)[:n]]
    a = one(left)
    if op == "in":
        return None if a is None else a in right
    b = one(right)
    if op in ("and", "or"):
        return either(a, b) if op == "or" else negated(either(negated(a), negated(b)))
    if op == "&":
        return (a or "") + (b or "")
    if a is None or b is None:
        return None
    if op in ("<", "<=", ">", ">="):
        return ordered(op, a, b)
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b}[op]()


def either(a: bool | None, b: bool | None) -> bool | None:
    return True if a is True or b is True else None if a is None or b is None else False


def negated(a: bool | None) -> bool | None:
    return None if a is None else not a


def day(value: Any) -> Day:
    return value if isinstance(value, Day) else Day(tuple(int(part) for part in value.split("-")))


def alike(left: Items, right: Items) -> bool | None:
    if len(left) != len(right):
        return False
    told = [dated("=", a, b) if isinstance(a, Day) or isinstance(b, Day) else a == b for a, b in zip(left, right, strict=True)]
    return False if False in told else None if None in told else True


def ordered(op: str, a: Any, b: Any) -> bool | None:
    if isinstance(a, Day) or isinstance(b, Day):
        return dated(op, a, b)
    return {"<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b, ">=": lambda: a >= b}[op]()


def dated(op: str, left: Any, right: Any) -> bool | None:
    """Component by component; unknown when one says less and they agree so far."""
    a, b = day(left).parts, day(right).parts
    for x, y in zip(a, b, strict=False):
        if x != y:
            return {"=": False, "<": x < y, "<=": x < y, ">": x > y, ">=": x > y}[op]
    return op in ("=", "<=", ">=") if len(a) == len(b) else None
