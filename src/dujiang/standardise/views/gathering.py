"""Functions of collections: which of several, whether any, all of them, some put together (FHIRPath 2.0 §5.1–5.4)."""

import re
from collections.abc import Callable
from dataclasses import replace

from dujiang.standardise.views.alike import joined, together, without_repeats
from dujiang.standardise.views.equality import within
from dujiang.standardise.views.functions import Function, argument, number_of
from dujiang.standardise.views.scope import Scope, stopped
from dujiang.standardise.views.steps import any_of, as_json
from dujiang.standardise.views.syntax import Node
from dujiang.standardise.views.values import (
    COMPLEX,
    LOGICAL,
    NOTHING,
    UNKNOWN,
    Held,
    Value,
    boolean,
    each,
    fresh,
    integer,
    let,
    listed,
    native,
    nothing,
    size,
)

Args = tuple[Node, ...]


def condition(scope: Scope, node: Node) -> str:
    """SQL of a criterion, NULL when it is neither. A single value that is no boolean counts as true (§5.1.7, singleton evaluation)."""
    return truth(scope, scope.walk(node))


def truth(scope: Scope, value: Value) -> str:
    """SQL of a value as a boolean."""
    if value.type == NOTHING:
        return "CAST(NULL AS BOOLEAN)"
    if value.choice:
        return f"CASE WHEN {any_of(scope, value)} THEN true END"
    one = scope.single(value)
    if one.kind == LOGICAL:
        return one.sql
    if one.type == UNKNOWN:
        return let(one.sql, lambda x: f"CASE WHEN json_type({x}) = 'BOOLEAN' THEN CAST({x} AS BOOLEAN) WHEN {x} IS NOT NULL THEN true END")
    return f"CASE WHEN {one.sql} IS NOT NULL THEN true END"


def kept(scope: Scope, value: Value, test: Callable[[Scope], str]) -> Value:
    """Those of the values for which SQL holds."""
    if value.type == NOTHING:
        return value
    if not value.many:
        bare = replace(value, choice=None)
        return value.as_(f"CASE WHEN {test(scope.on(bare, integer('0')))} THEN {value.sql} END")
    name, place = fresh(), fresh()
    sql = test(scope.on(value.one(name), integer(f"({place} - 1)")))
    names = f"{name}, {place}" if re.search(rf"\b{place}\b", sql) else name
    return value.as_(f"list_filter({value.sql}, lambda {names}: {sql})")


def where(scope: Scope, value: Value, args: Args) -> Value:
    return kept(scope, plain(scope, value), lambda inner: condition(inner, args[0]))


def plain(scope: Scope, value: Value) -> Value:
    if value.choice:
        raise scope.wrong(f"say which type is meant: `{value.choice.name}.ofType(…)`", f"请用 `{value.choice.name}.ofType(…)` 指明类型")
    return value


def select(scope: Scope, value: Value, args: Args) -> Value:
    value = plain(scope, value)
    if value.type == NOTHING:
        return value
    if not value.many:
        made = scope.on(value, integer("0")).walk(args[0])
        return made if made.choice else replace(made, sql=f"CASE WHEN {value.sql} IS NOT NULL THEN {made.sql} END", parent=None)
    place = fresh()
    inner = integer(f"({place} - 1)")
    return each(value, lambda one: replace(scope.on(one, inner).walk(args[0]), parent=None), place)


def exists(scope: Scope, value: Value, args: Args) -> Value:
    if value.type == NOTHING:
        return boolean("false")
    return boolean(f"({any_of(scope, where(scope, value, args) if args else value)})")


def empty(scope: Scope, value: Value, args: Args) -> Value:
    return boolean(f"(NOT {exists(scope, value, ()).sql})")


def every(scope: Scope, value: Value, args: Args) -> Value:
    value = plain(scope, value)
    if value.type == NOTHING:
        return boolean("true")
    failing = kept(scope, value, lambda inner: f"NOT coalesce({condition(inner, args[0])}, false)")
    if not value.many:
        return boolean(f"(coalesce({value.sql} IS NULL OR {condition(scope.on(value), args[0])}, false))")
    return boolean(f"({size(failing)} = 0)")


def _quantified(wanted: str, all_of_them: bool) -> Callable[[Scope, Value, Args], Value]:
    def run(scope: Scope, value: Value, args: Args) -> Value:
        value = native(plain(scope, value))
        if value.type != NOTHING and value.kind != LOGICAL:
            raise scope.wrong("it asks of values that are no booleans", "对非布尔值提出了布尔判断")
        if value.type == NOTHING:
            return boolean("true" if all_of_them else "false")
        if all_of_them:
            other = "false" if wanted == "true" else "true"
            return boolean(f"(NOT coalesce(list_contains({listed(value)}, {other}), false))")
        return boolean(f"coalesce(list_contains({listed(value)}, {wanted}), false)")

    return run


def how_many(scope: Scope, value: Value, args: Args) -> Value:
    if value.choice:
        return integer(f"CASE WHEN {any_of(scope, value)} THEN 1 ELSE 0 END")
    return integer("0") if value.type == NOTHING else integer(size(value))


def first(scope: Scope, value: Value, args: Args) -> Value:
    return value.one(f"{bracketed(value.sql)}[1]") if value.many else value


def last(scope: Scope, value: Value, args: Args) -> Value:
    return value.one(f"{bracketed(value.sql)}[-1]") if value.many else value


def bracketed(sql: str) -> str:
    return f"({sql})" if sql.startswith(("CASE", "lambda")) else sql


def item(scope: Scope, value: Value, place: Value) -> Value:
    """`[n]`, from 0; empty beyond either end."""
    at = number_of(scope, place, "[…]").sql
    if value.type == NOTHING:
        return value
    if not value.many:
        return value.as_(f"CASE WHEN {at} = 0 THEN {value.sql} END")
    return value.one(f"CASE WHEN {at} >= 0 THEN {bracketed(value.sql)}[{at} + 1] END" if not at.isdigit() else f"{bracketed(value.sql)}[{int(at) + 1}]")


def single(scope: Scope, value: Value, args: Args) -> Value:
    if not value.many:
        return value
    stop = stopped("view.many", scope.path)
    return value.one(let(value.sql, lambda x: f"CASE WHEN len({x}) > 1 THEN {stop} ELSE {x}[1] END"))


def _slice(value: Value, start: str, end: str) -> Value:
    return replace(value.as_(f"list_slice({listed(value)}, {start}, {end})"), many=True)


def tail(scope: Scope, value: Value, args: Args) -> Value:
    return nothing() if not value.many else _slice(value, "2", "-1")


def skip(scope: Scope, value: Value, args: Args) -> Value:
    n = number_of(scope, scope.walk(args[0]), "skip").sql
    return value if value.type == NOTHING else _slice(value, f"greatest({n}, 0) + 1", "-1")


def take(scope: Scope, value: Value, args: Args) -> Value:
    n = number_of(scope, scope.walk(args[0]), "take").sql
    if value.type == NOTHING:
        return value
    return replace(value.as_(f"CASE WHEN {n} > 0 THEN list_slice({listed(value)}, 1, {n}) END"), many=True)


def comparable_list(scope: Scope, value: Value) -> Value:
    """Values that a list can compare: primitives as their SQL type, structures as JSON."""
    return native(as_json(plain(scope, value)) if value.kind in (COMPLEX, UNKNOWN) or value.held is Held.STRUCT else value)


def distinct(scope: Scope, value: Value, args: Args) -> Value:
    if not value.many:
        return value
    value = comparable_list(scope, value)
    return value.as_(without_repeats(value.sql))


def is_distinct(scope: Scope, value: Value, args: Args) -> Value:
    if not value.many:
        return boolean("true")
    value = comparable_list(scope, value)
    return boolean(let(value.sql, lambda x: f"(coalesce(len(list_distinct({x})) = len({x}), true))"))


def union(scope: Scope, value: Value, args: Args) -> Value:
    return distinct(scope, joined(scope, [_comparable(scope, value), _comparable(scope, scope.walk(args[0]))]), ())


def _comparable(scope: Scope, value: Value) -> Value:
    return value if value.type == NOTHING else comparable_list(scope, value)


def combine(scope: Scope, value: Value, args: Args) -> Value:
    return joined(scope, [value, scope.walk(args[0])])


def _common(scope: Scope, value: Value, args: Args, keep: bool) -> Value:
    other = scope.walk(args[0])
    if NOTHING in (value.type, other.type):
        return nothing() if keep or value.type == NOTHING else value
    one, two = together(scope, [comparable_list(scope, value), comparable_list(scope, other)])
    v = fresh()
    test = f"coalesce(list_contains({listed(two)}, {v}), false)"
    return replace(one.as_(f"list_filter({listed(one)}, lambda {v}: {test if keep else f'NOT {test}'})"), many=True)


def intersect(scope: Scope, value: Value, args: Args) -> Value:
    return distinct(scope, _common(scope, value, args, True), ())


def exclude(scope: Scope, value: Value, args: Args) -> Value:
    return _common(scope, value, args, False)


def choose(scope: Scope, value: Value, args: Args) -> Value:
    """`iif(condition, then, otherwise)`."""
    inner = scope if value is scope.this else scope.on(single(scope, value, ()))
    said = inner.walk(args[0])
    if said.choice or said.kind not in (LOGICAL, UNKNOWN, NOTHING):
        raise scope.wrong("the condition of `iif` must be true or false", "`iif` 的条件须为真或假")
    test = truth(inner, said)
    then = inner.walk(args[1])
    other = inner.walk(args[2]) if len(args) > 2 else nothing()
    yes, no = together(scope, [then, other])
    if NOTHING in (yes.type, no.type):
        one = no if yes.type == NOTHING else yes
        return one.as_(f"CASE WHEN {'NOT ' if one is no else ''}coalesce({test}, false) THEN {one.sql} END")
    if yes.many or no.many:
        return replace(yes.as_(f"CASE WHEN {test} THEN {listed(yes)} ELSE {listed(no)} END"), many=True)
    return yes.as_(f"CASE WHEN {test} THEN {yes.sql} ELSE {no.sql} END")


def first_there(scope: Scope, value: Value, args: Args) -> Value:
    """`coalesce(a, b, …)`: the first that is not empty."""
    made = [v for v in together(scope, [scope.walk(arg) for arg in args]) if v.type != NOTHING]
    if not made:
        return nothing()
    if not any(v.many for v in made):
        return made[0].as_(f"coalesce({', '.join(v.sql for v in made)})")
    sql = listed(made[-1])
    for one in reversed(made[:-1]):
        sql = f"coalesce(nullif({listed(one)}, []), {sql})"
    return replace(made[0].as_(sql), many=True)


def negate(scope: Scope, value: Value, args: Args) -> Value:
    return nothing() if value.type == NOTHING else boolean(f"(NOT {truth(scope, value)})")


def subset(scope: Scope, value: Value, args: Args) -> Value:
    return within(scope, value, scope.walk(args[0]))


def superset(scope: Scope, value: Value, args: Args) -> Value:
    return within(scope, scope.walk(args[0]), value)


def holds(scope: Scope, value: Value, args: Args) -> Value:
    """`hasValue()`: one primitive that has a value of its own."""
    if value.type == NOTHING or value.kind == COMPLEX:
        return boolean("false")
    return boolean(f"({size(plain(scope, value))} = 1)")


def trace(scope: Scope, value: Value, args: Args) -> Value:
    argument(scope, args, 0)
    return value


FUNCTIONS = {
    "where": Function(where, "those for which a condition holds", 1, 1),
    "select": Function(select, "an expression of each", 1, 1),
    "exists": Function(exists, "whether there is any (for which a condition holds)", 0, 1),
    "empty": Function(empty, "whether there is none"),
    "all": Function(every, "whether a condition holds for every one", 1, 1),
    "allTrue": Function(_quantified("true", True), "whether all are true"),
    "anyTrue": Function(_quantified("true", False), "whether any is true"),
    "allFalse": Function(_quantified("false", True), "whether all are false"),
    "anyFalse": Function(_quantified("false", False), "whether any is false"),
    "count": Function(how_many, "how many"),
    "first": Function(first, "the first"),
    "last": Function(last, "the last"),
    "tail": Function(tail, "all but the first"),
    "skip": Function(skip, "all but the first n", 1, 1),
    "take": Function(take, "the first n", 1, 1),
    "single": Function(single, "the only one; several stop the query"),
    "distinct": Function(distinct, "each once"),
    "isDistinct": Function(is_distinct, "whether none is there twice"),
    "union": Function(union, "those of both, each once", 1, 1),
    "combine": Function(combine, "those of both", 1, 1),
    "intersect": Function(intersect, "those in both, each once", 1, 1),
    "exclude": Function(exclude, "those not in the other", 1, 1),
    "subsetOf": Function(subset, "whether all are in the other", 1, 1),
    "supersetOf": Function(superset, "whether all of the other are in it", 1, 1),
    "iif": Function(choose, "one of two expressions by a condition", 2, 3),
    "coalesce": Function(first_there, "the first of its arguments that is not empty", 1, 20),
    "not": Function(negate, "the opposite"),
    "hasValue": Function(holds, "whether there is one primitive value"),
    "trace": Function(trace, "the same; nothing is written anywhere", 1, 2),
}
