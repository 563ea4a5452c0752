"""Selects as SQL: what happens once per record is a column, what happens for each of something is a list of rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dujiang.standardise.views import refusals
from dujiang.standardise.views.columns import column
from dujiang.standardise.views.made import Made
from dujiang.standardise.views.repeating import repeated
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import parse
from dujiang.standardise.views.values import Value, fresh, integer, listed
from dujiang.standardise.views.view import Select


@dataclass(frozen=True)
class Part:
    """Columns; those `in_rows` are fields of the structs of the list `rows`, the others stand for themselves."""

    columns: tuple[Made, ...]
    rows: str = ""


def selected(scope: Scope, selects: Sequence[Select]) -> Part:
    """Every combination of the rows of several selects."""
    return _crossed([_select(scope, select) for select in selects])


def _select(scope: Scope, select: Select) -> Part:
    paths = [p for p in (select.for_each, select.for_each_or_null) if p is not None] or list(select.repeat)
    if not paths:
        return _inside(scope, select)
    scope = scope.of(", ".join(paths))
    seen = scope.book.seen
    scope.book.seen = set()
    focus = repeated(scope, [parse(p) for p in paths]) if select.repeat else scope.walk(parse(paths[0]))
    reached, scope.book.seen = scope.book.seen, seen
    return _for_each(scope.within(reached), focus, select)


def _for_each(scope: Scope, focus: Value, select: Select) -> Part:
    if focus.choice:
        raise scope.wrong("say which type is meant with ofType(…)", "请用 ofType(…) 指明类型")
    name, place = fresh(), fresh()
    item = focus.one(name)
    inner = replace(scope.on(item), context=item, row_index=integer(f"({place} - 1)"))
    made = as_rows(_inside(inner, select))
    every = listed(focus)
    if select.for_each_or_null is not None:
        bare = fresh()
        every = f"list_transform([{every}], lambda {bare}: CASE WHEN coalesce(len({bare}), 0) = 0 THEN [NULL] ELSE {bare} END)[1]"
    names = f"{name}, {place}" if re.search(rf"\b{place}\b", made.rows) else name
    return replace(made, rows=f"flatten(list_transform({every}, lambda {names}: {made.rows}))")


def _inside(scope: Scope, select: Select) -> Part:
    """What a select holds, where it stands: its columns, its selects, its union, in this order."""
    parts = [Part(tuple(column(scope, c) for c in select.column))] if select.column else []
    parts += [_select(scope, s) for s in select.select]
    if select.union_all:
        parts.append(_united(scope, select.union_all))
    return _crossed(parts)


def _crossed(parts: Sequence[Part]) -> Part:
    """Every combination of rows, the first part's the slowest to change."""
    listing = [p for p in parts if p.rows]
    if len(listing) <= 1:
        return Part(tuple(c for p in parts for c in p.columns), listing[0].rows if listing else "")
    names = {id(p): fresh() for p in listing}
    columns: list[Made] = []
    fields: list[str] = []
    for part in parts:
        for made in part.columns:
            if made.in_rows:
                fields.append(f"'c{len(fields)}': {names[id(part)]}.{made.sql}")
                made = replace(made, sql=f"c{len(fields) - 1}")
            columns.append(made)
    rows = f"list_transform({listing[-1].rows}, lambda {names[id(listing[-1])]}: {{{', '.join(fields)}}})"
    for part in reversed(listing[:-1]):
        rows = f"flatten(list_transform({part.rows}, lambda {names[id(part)]}: {rows}))"
    return Part(tuple(columns), rows)


def as_rows(part: Part) -> Part:
    """The same with every column in the rows."""
    if not part.columns:
        return Part((), part.rows or "[{'c': NULL}]")
    columns = tuple(replace(c, sql=f"c{n}", in_rows=True) for n, c in enumerate(part.columns))
    if part.rows and part.columns == columns:
        return part
    name = fresh()
    struct = ", ".join(f"'c{n}': {f'{name}.{c.sql}' if c.in_rows else f'CAST({c.sql} AS {c.type})'}" for n, c in enumerate(part.columns))
    return Part(columns, f"list_transform({part.rows}, lambda {name}: {{{struct}}})" if part.rows else f"[{{{struct}}}]")


def _united(scope: Scope, branches: Sequence[Select]) -> Part:
    """The rows of one branch after the other's; they must have the same columns in the same order."""
    parts = [as_rows(_select(scope, branch)) for branch in branches]
    first = parts[0].columns
    for part in parts[1:]:
        if [c.name for c in part.columns] != [c.name for c in first]:
            raise refusals.form("unionAll", "its branches have different columns, or in another order", "各分支的列或列序不一致")
        if [c.type for c in part.columns] != [c.type for c in first]:
            raise refusals.form("unionAll", "its branches have columns of different types", "各分支的列类型不一致")
    columns = tuple(
        replace(c, sources=tuple(sorted({s for p in parts for s in p.columns[n].sources}))) for n, c in enumerate(first)
    )
    rows = parts[-1].rows
    for part in reversed(parts[:-1]):
        rows = f"list_concat({part.rows}, {rows})"
    return Part(columns, rows)
