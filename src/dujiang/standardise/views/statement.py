"""A view as one typed DuckDB statement: each record is read once, as exactly the structure its paths need, and made rows of."""

from collections.abc import Sequence
from dataclasses import dataclass

from dujiang.standardise.plan import Column, Plan, literal
from dujiang.standardise.views import elements, refusals
from dujiang.standardise.views.compile import constant, walk
from dujiang.standardise.views.made import Made
from dujiang.standardise.views.rows import Part, selected
from dujiang.standardise.views.scope import Book, Scope, Whole
from dujiang.standardise.views.shapes import Shape
from dujiang.standardise.views.syntax import parse
from dujiang.standardise.views.values import LOGICAL, UNKNOWN, Held, Value, fresh_names, let
from dujiang.standardise.views.view import View
from dujiang.words import Saying

_ROUNDS = 200  # far more than any view within its bounds needs


@dataclass(frozen=True)
class Relation:
    """Where records stand: a table or view with their JSON text and type, and the columns that rows take along."""

    table: str = "landed"
    body: str = "body"
    kind: str = "kind"
    key: str = ""  # its column of keys; without one a resource's key is its id
    along: tuple[str, ...] = ()
    unreadable: str = ""  # a column that says that a record could not be read: such records then make a row, of nothing else


@dataclass(frozen=True)
class Compiled:
    plan: Plan
    notes: tuple[Saying, ...]  # what is probably a mistake: names FHIR does not know, comparisons that never hold


def statement(view: View, relation: Relation | None = None) -> Compiled:
    """The plan of a view. Malformed (`view.*`) when it says what cannot be compiled."""
    relation = relation or Relation()
    wholes: frozenset[str] = frozenset()
    structures: dict[str, str] = {}
    for _ in range(_ROUNDS):
        book = Book(walk, wholes, structures)
        try:
            with fresh_names():
                plan = _plan(view, relation, book)
        except Whole as whole:
            wholes |= {whole.place}
            continue
        found = {key: shape.read("{}") for key, shape in book.shapes.items()}
        if found == structures:
            return Compiled(plan, tuple(book.notes.values()))
        structures = found
    raise refusals.too_large("structures", "结构数", _ROUNDS)


def _plan(view: View, relation: Relation, book: Book) -> Plan:
    shape = Shape(view.resource)
    root = _root(view.resource, shape, book)
    constants = {c.name: constant(c.type, c.text) for c in view.constant}
    key = f"_{relation.key}" if relation.key else ""
    scope = Scope(book, root, root, "", constants=constants, key=key)
    part = selected(scope, view.select)
    _unlike_names(part.columns)
    readable = [] if relation.unreadable else ["r IS NOT NULL"]
    kept = " AND ".join([*readable, *(_condition(scope, w.path) for w in view.where)])
    along = tuple(Column(name=name, type="", sql=f"_{name}") for name in relation.along)
    if relation.unreadable:
        along += (Column(name=relation.unreadable, type="BOOLEAN", sql="r IS NULL"),)
        if part.rows:
            raise refusals.form("$.select", "where unreadable records make a row, a record makes one row", "保留不可读记录时，一条记录只能对应一行")
    layers, columns = _layers(part, relation, kept)
    read = ("records", _read(view, relation, shape, book))
    source, where = ("rows", "") if layers else ("records", kept)
    return Plan(target=view.name or view.resource, columns=along + columns, source=source, where=where, lets=(read, *layers))


def _root(resource: str, shape: Shape, book: Book) -> Value:
    if not elements.resource(resource):
        book.notes["", resource] = Saying(en=f"FHIR R4 has no resource {resource}", zh=f"FHIR R4 没有资源类型 {resource}")
    type = resource if elements.resource(resource) else UNKNOWN
    if resource in book.wholes:
        return Value("b", type, held=Held.JSON, path=resource)
    return Value("r", type, held=Held.STRUCT, path=resource, shape=shape)


def _condition(scope: Scope, path: str) -> str:
    """SQL of a `where`: it must be a boolean, so that a forgotten comparison does not pass for one."""
    scope = scope.of(path)
    value = walk(parse(path), scope)
    one = scope.single(value)
    if one.type == UNKNOWN:
        stop = refusals.mark("view.boolean", path)
        return let(one.sql, lambda x: f"CASE WHEN coalesce(json_type({x}), 'BOOLEAN') <> 'BOOLEAN' THEN error({literal(stop)}) "
                                      f"ELSE CAST({x} AS BOOLEAN) END")
    if one.kind not in (LOGICAL, "{}"):
        raise scope.wrong("a condition must be true or false; write a comparison or exists()", "条件须为真或假，请写成比较或 exists()")
    return f"coalesce({one.sql}, false)"


def _unlike_names(columns: Sequence[Made]) -> None:
    names = [c.name.lower() for c in columns]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice or not names:
        problem, problem_zh = (f"two columns are called {twice}", "列名重复") if twice else ("it has no column", "没有任何列")
        raise refusals.form("$.select", problem, problem_zh)


def _read(view: View, relation: Relation, shape: Shape, book: Book) -> str:
    """SQL that reads the records: the numbers whose text counts are put in quotes first, for JSON libraries turn 1.10 into 1.1."""
    body = relation.body
    if book.exact:
        names = "|".join(sorted(book.exact))
        body = f"""regexp_replace({body}, '"({names})"\\s*:\\s*(-?[0-9][0-9.eE+-]*)', '"\\1":"\\2"', 'g')"""
    along = "".join(f"{name} AS _{name}, " for name in dict.fromkeys((*relation.along, *((relation.key,) if relation.key else ()))))
    whole = f"{body} AS b, " if view.resource in book.wholes else ""
    return f"SELECT {along}{whole}{shape.read(body)} AS r FROM {relation.table} WHERE {relation.kind} = {literal(view.resource)}"


def _layers(part: Part, relation: Relation, kept: str) -> tuple[tuple[tuple[str, str], ...], tuple[Column, ...]]:
    """The columns, and before them, where a record may make several rows, the rows."""
    if not part.rows:
        return (), tuple(Column(name=c.name, type=c.type, sql=c.sql, sources=c.sources) for c in part.columns)
    flat = [f"{c.sql} AS c{n}" for n, c in enumerate(part.columns) if not c.in_rows]
    chosen = ", ".join([*(f"_{name}" for name in relation.along), *flat, f"unnest({part.rows}) AS u"])
    columns = tuple(
        Column(name=c.name, type=c.type, sql=f"u.{c.sql}" if c.in_rows else f"c{n}", sources=c.sources) for n, c in enumerate(part.columns)
    )
    return (("rows", f"SELECT {chosen} FROM records WHERE {kept}"),), columns
