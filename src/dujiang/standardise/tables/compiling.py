"""Compiles a table map: every entry becomes a plan, and the plan a map like those of the other families, run by the same making."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from dujiang.standardise.mapping import EVENT, PERSON, VISIT, Map
from dujiang.standardise.plan import Column, Plan, literal, quoted
from dujiang.standardise.tables import slots
from dujiang.standardise.tables.document import Document, Entry, Join, read_document
from dujiang.standardise.tables.expressions import Scope, columns, condition, fitted, made
from dujiang.standardise.tables.grammar import Node

ROLES: Mapping[str, str] = {"person": PERSON, "visit_occurrence": VISIT}
_ORDER = (PERSON, VISIT, EVENT)
_NEWEST = "rank DESC, file DESC, line DESC"
# What making's roles ask for, by slot.
_CALLED = {"person": "subject", "visit": "visit", "start": "starts", "end": "ends"}


class Compiled(NamedTuple):
    """A map ready to run: its parts, persons first, and the raw columns each table must have."""

    name: str
    maps: tuple[Map, ...]
    needs: Mapping[str, tuple[str, ...]]  # table (as the map names it) -> columns


@lru_cache(maxsize=64)
def compiled(text: str) -> Compiled:
    """The map in `text`; Malformed, with line and column, for one that cannot run."""
    document = read_document(text)
    keyed = {role: tuple(dict.fromkeys(bare(e.table) for e in document.entries if ROLES.get(e.to) == role)) for role in (PERSON, VISIT)}
    made_of: dict[tuple[str, str], int] = {}
    maps = []
    for entry in document.entries:
        nth = made_of[entry.table, entry.to] = made_of.get((entry.table, entry.to), 0) + 1
        maps.append(_map(document, entry, keyed, nth))
    ordered = tuple(sorted(maps, key=lambda m: _ORDER.index(m.role)))
    return Compiled(document.name, ordered, _needs(document))


def bare(table: str) -> str:
    """A table's name without the `*` for its parts."""
    return table.removesuffix("*")


def parts_of(table: str) -> str:
    """A regular expression for the names of a table's parts: its own with numbers, `part` and marks behind it."""
    return re.sub(r"([^\w ])", r"\\\1", bare(table)) + r"[-_. ()（）0-9]*(part|p|第)?[-_. ()（）0-9部分页]*"


def _map(document: Document, entry: Entry, keyed: Mapping[str, tuple[str, ...]], nth: int) -> Map:
    scope = Scope({alias: join.table for alias, join in entry.joins.items()}, document.lookups, keyed, bool(entry.each))
    plan = plan_of(document, entry, scope, nth)
    return Map(
        kind=bare(entry.table), role=ROLES.get(entry.to, EVENT), shape=plan.sql(), into=slots.into(entry.to), reads=plan.lineage(),
        pattern=parts_of(entry.table) if entry.table.endswith("*") else "",
    )


def plan_of(document: Document, entry: Entry, scope: Scope, nth: int = 1) -> Plan:
    """The entry's shape, as making's roles take it."""
    used = _used(entry)
    role = ROLES.get(entry.to)
    if role and not entry.key:
        entry.place.refuse("keyless", "what fills {to} needs a “key”, by which others refer to it.", "写入 {to} 的表须声明 key，供其他表引用。", to=entry.to)
    prefix = f"{literal(bare(entry.table) + ':')} || " if len(scope.keyed.get(role or "", ())) > 1 else ""
    named = [made(node, scope).sql for node in entry.key]
    key = prefix + " || '|' || ".join(_key_part(sql, alone=len(named) == 1) for sql in named) if named else "x_key"
    whole = " OR ".join(f"narrow({sql}) IS NULL" for sql in named) or "false"
    lets = [("t", _raw(document, entry.table, used[""])), ("k", f"SELECT *, {key} AS own_key, {whole} AS keyless FROM t")]
    nth_sql = f"row_number() OVER (PARTITION BY own_key ORDER BY {_NEWEST})" if named else "1"
    lets.append(("n", f"SELECT *, {nth_sql} AS nth FROM k"))
    if entry.each:
        lets.append(("u", _each(entry, scope)))
    source = " ".join((("u" if entry.each else "n"), *(_join(document, alias, join, names=used[alias], scope=scope) for alias, join in entry.joins.items())))
    return Plan(target=entry.to, columns=tuple(_columns(entry, scope, nth)), source=source, lets=tuple(lets))


def _key_part(sql: str, *, alone: bool) -> str:
    """Of a key of several parts, no two different ones may read alike."""
    return f"narrow({sql})" if alone else f"replace(narrow({sql}), '|', '||')"


def _columns(entry: Entry, scope: Scope, nth: int) -> Iterator[Column]:
    yield Column(name="key", type="VARCHAR", sql="CASE WHEN keyless THEN x_key ELSE own_key END", sources=_sources(entry, entry.key))
    for name in ("arrival", "file", "line"):
        yield Column(name=name, type="VARCHAR", sql=name)
    yield Column(name="aside", type="VARCHAR", sql=_aside(entry, scope), sources=_sources(entry, (entry.where,) if entry.where else ()))
    part = "e.name" if entry.each else literal(entry.part or str(nth)) if entry.part or nth > 1 else "CAST(NULL AS VARCHAR)"
    yield Column(name="part", type="VARCHAR", sql=part)
    for slot in slots.targets()[entry.to]:
        node = entry.columns.get(slot.name)
        type = slots.SQL_TYPES.get(slot.type, "VARCHAR")
        sql = fitted(node, slot, scope) if node else f"CAST({'[]' if slot.type == slots.CODE else 'NULL'} AS {type})"
        yield Column(name=_CALLED.get(slot.name, slot.name), type=type, sql=sql, sources=_sources(entry, (node,) if node else ()))
    if entry.to == "person":
        died = entry.columns.get("died")
        yield Column(name="dead", type="BOOLEAN", sql=f"narrow({made(died, scope).sql}) IS NOT NULL" if died else "false")


def _aside(entry: Entry, scope: Scope) -> str:
    """Why a row makes nothing: it cannot be read, has no key, was replaced, or the map leaves it out."""
    rules = ["WHEN r IS NULL THEN 'record.unreadable'", "WHEN keyless THEN 'record.no_key'", "WHEN nth > 1 THEN 'record.superseded'"]
    if entry.where:
        rules.append(f"WHEN NOT {condition(entry.where, scope)} THEN 'record.left_out'")
    if entry.each:
        rules.append("WHEN e IS NULL THEN 'record.left_out'")
    if entry.to == "person":
        born = slots.slot_of("person", "born")
        assert born is not None
        rules.append(f"WHEN NOT coalesce(regexp_matches({fitted(entry.columns['born'], born, scope)}, '^[0-9]{{4}}(-|$)'), false) THEN 'person.no_birth_date'")
    return f"CASE {' '.join(rules)} END"


def _raw(document: Document, table: str, names: list[str]) -> str:
    """The table's rows as a struct of the columns that are used."""
    kinds = f"regexp_full_match(kind, {literal(parts_of(table))})" if table.endswith("*") else f"kind = {literal(table)}"
    layout = document.layouts.get(table) or document.layouts.get(bare(table))
    shape = msgspec.json.encode(dict.fromkeys(["line"] if layout else names or ["_"], "VARCHAR")).decode()
    rows = f"SELECT key AS x_key, arrival, file, line, rank, TRY(from_json(body, {literal(shape)})) AS r FROM landed WHERE {kinds}"
    if not layout:
        return rows
    cut = ", ".join(f"{literal(n)}: places(widened(r.line), {layout[n][0]}, {layout[n][1]})" for n in names if n in layout) or "'_': NULL"
    return f"SELECT * EXCLUDE (r), CASE WHEN r IS NOT NULL THEN {{{cut}}} END AS r FROM ({rows})"


def _each(entry: Entry, scope: Scope) -> str:
    items = ", ".join(
        f"{{'name': {literal(column)}, 'value': r.{quoted(column)}, 'said': {literal(said)}}}" for column, said in entry.each.items()
    )
    filled = f"SELECT *, list_filter([{items}], lambda x: narrow(x.value) IS NOT NULL) AS items FROM n"
    return f"SELECT *, unnest(CASE WHEN len(items) > 0 THEN items ELSE [NULL] END) AS e FROM ({filled})"


def _join(document: Document, alias: str, join: Join, *, names: list[str], scope: Scope) -> str:
    """At most one row of the other table for each of ours: the newest that has the values joined on."""
    keys = ", ".join(f"narrow(r.{quoted(column)})" for column, _ in join.on)
    own = ", ".join(f"r.{quoted(name)} AS {quoted(name)}" for name in names)
    other = f"SELECT DISTINCT ON ({keys}) {own} FROM ({_raw(document, join.table, names)}) ORDER BY {keys}, {_NEWEST}"
    here = quoted("j_" + alias)
    on = " AND ".join(f"narrow({here}.{quoted(column)}) = narrow({made(node, scope._replace(joins={})).sql})" for column, node in join.on)
    return f"LEFT JOIN ({other}) {here} ON {on}"


def _nodes(entry: Entry) -> Iterator[Node]:
    yield from (*entry.key, *entry.columns.values(), *((entry.where,) if entry.where else ()))
    yield from (node for join in entry.joins.values() for _, node in join.on)


def _used(entry: Entry) -> dict[str, list[str]]:
    """Raw columns by alias; Malformed for two that SQL could not tell apart."""
    found: dict[str, dict[str, None]] = {"": dict.fromkeys(entry.each), **{a: dict.fromkeys(c for c, _ in j.on) for a, j in entry.joins.items()}}
    for node in _nodes(entry):
        for alias, column in columns(node):
            found.setdefault(alias, {})[column] = None
    for names in found.values():
        if len({name.lower() for name in names}) < len(names):
            entry.place.refuse("alike", "two columns used here differ by capital letters alone.", "所用的两列列名仅大小写不同。")
    return {alias: list(names) for alias, names in found.items()}


def _needs(document: Document) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for entry in document.entries:
        tables = {"": entry.table, **{alias: join.table for alias, join in entry.joins.items()}}
        for alias, names in _used(entry).items():
            if alias in tables and not (document.layouts.get(tables[alias]) or document.layouts.get(bare(tables[alias]))):
                found.setdefault(tables[alias], {}).update(dict.fromkeys(names))
    return {table: tuple(names) for table, names in found.items()}


def _sources(entry: Entry, nodes: tuple[Node, ...]) -> tuple[str, ...]:
    tables = {"": entry.table, **{alias: join.table for alias, join in entry.joins.items()}}
    return tuple(dict.fromkeys(f"{tables.get(alias, alias)}.{column}" for node in nodes for alias, column in columns(node)))
