"""Expressions as SQL: every column, function and type checked against what the map can see; never a word of SQL from the map itself."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, NoReturn

from dujiang.standardise.plan import literal, quoted
from dujiang.standardise.tables.functions import FUNCTIONS, MANY, NUMBERS, ORDERS
from dujiang.standardise.tables.grammar import Node
from dujiang.standardise.tables.slots import CODE, CONDITION, MOMENT, NUMBER, PERSON, TEXT, VISIT, Slot
from dujiang.standardise.vocabulary import LOCAL, systems

_PLAIN = frozenset({TEXT, NUMBER, MOMENT})  # all of them texts in SQL
_READ_OUT = {MOMENT: "written_moment({})", NUMBER: "number_text({})", CODE: "one_code('', {}, NULL::VARCHAR)"}


class Scope(NamedTuple):
    """What an expression may name."""

    joins: Mapping[str, str] = {}  # alias -> table
    lookups: Mapping[str, Mapping[str, str]] = {}
    keyed: Mapping[str, tuple[str, ...]] = {}  # person, visit -> the tables that make them
    each: bool = False


class Made(NamedTuple):
    """An expression's SQL and type."""

    sql: str
    type: str


def made(node: Node, scope: Scope) -> Made:
    """The expression in SQL; Malformed for anything the scope does not have, or of a wrong type."""
    return _MAKE[node.kind](node, scope)


def fitted(node: Node, slot: Slot, scope: Scope) -> str:
    """The expression in SQL as a slot takes it: moments, numbers and codes are read out of plain texts."""
    found = made(node, scope)
    if found.type == slot.type or (slot.type == TEXT and found.type in _PLAIN):
        return found.sql
    if found.type != TEXT or slot.type == CONDITION:
        _wrong_type(node, slot.name, slot.type, found.type)
    if slot.type in (PERSON, VISIT):
        return _reference(slot.type, found.sql, scope, node)
    return _READ_OUT[slot.type].format(found.sql)


def _wrong_type(node: Node, where: str, wants: str, type: str) -> NoReturn:
    node.place.refuse(
        "type", "“{slot}” takes a {wants}, and this is a {type}.", "“{slot}”的类型应为 {wants}，此处为 {type}。", slot=where, wants=wants, type=type
    )


def condition(node: Node, scope: Scope) -> str:
    """A condition in SQL; what cannot be decided is false."""
    found = made(node, scope)
    if found.type != CONDITION:
        node.place.refuse("condition", "a condition is expected here.", "此处应为条件。")
    return f"coalesce({found.sql}, false)"


def columns(node: Node) -> Iterator[tuple[str, str]]:
    """Every (alias or "", column) that is named in an expression."""
    if node.kind == "column":
        yield node.table, node.word
    for part in node.parts:
        yield from columns(part)


def _text(node: Node, scope: Scope) -> str:
    found = made(node, scope)
    if found.type not in _PLAIN:
        _wrong_type(node, "…", TEXT, found.type)
    return found.sql


def _column(node: Node, scope: Scope) -> Made:
    if node.table and node.table not in scope.joins:
        node.place.refuse("alias_unknown", "no join of this entry is called so.", "本条目没有该名称的关联。")
    return Made(f"{quoted('j_' + node.table) if node.table else 'r'}.{quoted(node.word)}", TEXT)


def _compare(node: Node, scope: Scope) -> Made:
    left, right = made(node.parts[0], scope), made(node.parts[1], scope)
    for part in node.parts:
        _text(part, scope)
    if NUMBER in (left.type, right.type):
        return Made(f"(num(number_text({left.sql})) {node.word} num(number_text({right.sql})))", CONDITION)
    return Made(f"({left.sql} {node.word} {right.sql})", CONDITION)


def _logic(node: Node, scope: Scope) -> Made:
    parts = [condition(part, scope) for part in node.parts]
    return Made(f"(NOT {parts[0]})" if node.word == "not" else f"({f' {node.word.upper()} '.join(parts)})", CONDITION)


def _empty(node: Node, scope: Scope) -> Made:
    return Made(f"(narrow({_text(node.parts[0], scope)}) IS NULL)", CONDITION)


def _among(node: Node, scope: Scope) -> Made:
    first, *rest = (_text(part, scope) for part in node.parts)
    if not rest:
        node.place.refuse("expected", "“{text}” is missing.", "缺少“{text}”。", text="…")
    return Made(f"({first} IN ({', '.join(rest)}))", CONDITION)


def _case(node: Node, scope: Scope) -> Made:
    pairs, rest = node.parts[: len(node.parts) // 2 * 2], node.parts[len(node.parts) // 2 * 2 :]
    results = [made(part, scope) for part in (*pairs[1::2], *rest)]
    whens = " ".join(f"WHEN {condition(when, scope)} THEN {then.sql}" for when, then in zip(pairs[::2], results, strict=False))
    return Made(f"(CASE {whens}{f' ELSE {results[-1].sql}' if rest else ''} END)", _common(results, node))


def _common(results: list[Made], node: Node) -> str:
    types = {one.type for one in results}
    if len(types) > 1 and not types <= _PLAIN:
        node.place.refuse("mixed", "the results here are of different types.", "此处各结果的类型不一致。")
    return types.pop() if len(types) == 1 else TEXT


def _call(node: Node, scope: Scope) -> Made:
    if node.word in _SPECIAL:
        return _SPECIAL[node.word](node, scope)
    function = FUNCTIONS.get(node.word)
    if function is None:
        known = ", ".join(sorted({*FUNCTIONS, *_SPECIAL}))
        node.place.refuse("function", "there is no such function; there are: {known}.", "没有该函数；可用函数：{known}。", known=known)
    _count(node, function.least, function.most)
    args = [_argument(node, place, scope) for place in range(len(node.parts))]
    return Made(function.sql.format(*args, all=", ".join(args)), function.gives)


def _argument(node: Node, place: int, scope: Scope) -> str:
    part, function = node.parts[place], FUNCTIONS[node.word]
    if place in NUMBERS.get(node.word, ()):
        if part.kind != "number" or "." in part.word or len(part.word) > 4:
            part.place.refuse("whole", "a whole number is expected here.", "此处应为整数。")
        return part.word
    if place in function.literal:
        return literal(_written(part))
    if function.takes == CODE:
        found = made(part, scope)
        return found.sql if found.type == CODE else f"one_code('', {_text(part, scope)}, NULL::VARCHAR)"
    return _text(part, scope)


def _count(node: Node, least: int, most: int) -> None:
    if not least <= len(node.parts) <= most:
        node.place.refuse("arguments", "this function takes {least} to {most} arguments.", "该函数需要 {least} 至 {most} 个参数。", least=least, most=most)


def _written(node: Node) -> str:
    if node.kind != "text":
        node.place.refuse("written", "a text in single quotation marks is expected here.", "此处应为单引号文本。")
    return node.word


def _moment(node: Node, scope: Scope) -> Made:
    _count(node, 1, 2)
    order = _written(node.parts[1]) if len(node.parts) == 2 else "ymd"
    if order not in ORDERS:
        node.parts[1].place.refuse("order", "the order of a date is one of {orders}.", "日期顺序须为 {orders} 之一。", orders=", ".join(ORDERS))
    sql = ORDERS[order].format(_text(node.parts[0], scope))
    return Made(f"left({sql}, 10)" if node.word == "date" else sql, MOMENT)


def _code(node: Node, scope: Scope) -> Made:
    _count(node, 2, 3)
    system = _written(node.parts[0])
    if system not in ("", "auto", LOCAL, *systems().values()):
        known = ", ".join(sorted(set(systems().values())))
        node.parts[0].place.refuse(
            "system", "name the code system by its short name, or 'auto': {systems}.", "请使用编码体系简称或 'auto'：{systems}。", systems=known
        )
    code = _text(node.parts[1], scope)
    said = _text(node.parts[2], scope) if len(node.parts) == 3 else "NULL::VARCHAR"
    named = f"known_code({code})" if system == "auto" else literal("" if system == LOCAL else system)
    return Made(f"one_code({named}, {code}, {said})", CODE)


def _lookup(node: Node, scope: Scope) -> Made:
    _count(node, 2, 3)
    name = _written(node.parts[0])
    if name not in scope.lookups:
        node.parts[0].place.refuse("lookup", "the map has no list of this name under “lookups”.", "映射的 lookups 中没有该名称的对照表。")
    pairs = ", ".join(f"{literal(key)}: {literal(value)}" for key, value in scope.lookups[name].items())
    sql = f"MAP {{{pairs}}}[narrow({_text(node.parts[1], scope)})]"
    return Made(f"coalesce({sql}, {_text(node.parts[2], scope)})" if len(node.parts) == 3 else sql, TEXT)


def _refer(node: Node, scope: Scope) -> Made:
    _count(node, 1, 2)
    table = _written(node.parts[1]).lower() if len(node.parts) == 2 else ""
    return Made(_reference(node.word, _text(node.parts[0], scope), scope, node, table=table), node.word)


def _reference(which: str, sql: str, scope: Scope, node: Node, *, table: str = "") -> str:
    """A key as the referred table has it; with several tables of that kind their name stands before it."""
    tables = scope.keyed.get(which, ())
    if (table and table not in tables) or (not table and len(tables) > 1):
        node.place.refuse("which", "say which table is meant, as second argument: {tables}.", "请以第二个参数写明所指的表：{tables}。", tables=", ".join(tables))
    return f"{literal((table or tables[0]) + ':')} || narrow({sql})" if len(tables) > 1 else f"narrow({sql})"


def _coalesce(node: Node, scope: Scope) -> Made:
    _count(node, 1, MANY)
    results = [made(part, scope) for part in node.parts]
    type = _common(results, node)
    sqls = [f"CASE WHEN len({one.sql}) > 0 THEN {one.sql} END" if type == CODE else one.sql for one in results]
    return Made(f"coalesce({', '.join(sqls)})", type)


def _each(node: Node, scope: Scope) -> Made:
    _count(node, 0, 0)
    if not scope.each:
        node.place.refuse("each", "this needs “each” in its entry.", "该函数需要条目中有 each。")
    return Made(f"e.{node.word.removeprefix('each_')}", TEXT)


_SPECIAL = {
    "date": _moment, "datetime": _moment, "code": _code, "lookup": _lookup, "person": _refer, "visit": _refer, "coalesce": _coalesce,
    "each_name": _each, "each_value": _each, "each_said": _each,
}
_MAKE = {
    "text": lambda node, scope: Made(literal(node.word), TEXT), "number": lambda node, scope: Made(literal(node.word), NUMBER), "column": _column, "compare": _compare,
    "logic": _logic, "empty": _empty, "among": _among, "case": _case, "call": _call,
}
