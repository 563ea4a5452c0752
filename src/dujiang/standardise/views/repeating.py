"""`repeat`: a place, what it leads to, what that leads to, and so on, each before what lies under it; bounded in depth and in rows."""

from dataclasses import replace

from dujiang.standardise.views.alike import joined
from dujiang.standardise.views.refusals import REPEAT_DEPTH, REPEAT_ROWS
from dujiang.standardise.views.scope import Scope, stopped
from dujiang.standardise.views.shapes import Shape
from dujiang.standardise.views.steps import as_json
from dujiang.standardise.views.syntax import Call, Index, Name, Node
from dujiang.standardise.views.values import COMPLEX, NOTHING, UNKNOWN, Held, Value, fresh, let, listed

_FILTERS = ("where", "first", "last", "tail", "skip", "take", "single", "ofType", "as", "distinct", "trace")


def repeated(scope: Scope, nodes: list[Node]) -> Value:
    """All that is reached by the paths, again and again, in the order of the record: a parent, then its children."""
    for node in nodes:
        if not descends(node):
            raise scope.wrong("repeating it would never end: it must lead to an element", "重复它将永不结束：路径必须指向下级元素")
    notes = dict(scope.book.notes)
    first = _reached(scope, scope.this, nodes, UNKNOWN)
    if first.type == NOTHING:
        return Value("CAST([] AS JSON[])", UNKNOWN, True, Held.JSON)
    one = Value(fresh(), first.type, held=Held.JSON, path=first.path)
    if first.type != UNKNOWN:  # a path that leads nowhere from the top may lead somewhere from below, so it is no mistake
        scope.book.notes = notes
    below = _reached(scope, one, nodes, first.type)
    if below.type not in (first.type, NOTHING):
        one = Value(one.sql, UNKNOWN, held=Held.JSON, path=first.path)
        below = _reached(scope, one, nodes, UNKNOWN)
    return _typed(scope, Value(_walked(scope, first, one.sql, below), one.type, True, Held.JSON, path=first.path))


def descends(node: Node) -> bool:
    """Whether a path leads to an element below; only then does repeating it end."""
    if isinstance(node, Name):
        return True
    if isinstance(node, Index):
        return descends(node.base)
    if isinstance(node, Call) and node.name == "extension":
        return True
    if isinstance(node, Call) and node.name in _FILTERS:
        return node.base is not None and descends(node.base)
    return False


def _reached(scope: Scope, this: Value, nodes: list[Node], type: str) -> Value:
    """All that the paths lead to, as JSON; where FHIR knows the type of some of it only, as that type."""
    inner = scope.on(this)
    each_path = [as_json(inner.walk(node)) for node in nodes]
    known = {v.type for v in each_path} - {UNKNOWN, NOTHING} or {type}
    found = joined(inner, [v if v.type == NOTHING else replace(v, type=next(iter(known)) if len(known) == 1 else UNKNOWN) for v in each_path])
    if found.kind not in (COMPLEX, UNKNOWN, NOTHING):
        raise scope.wrong("what it leads to holds no elements", "其指向的内容没有下级元素")
    return found


def _walked(scope: Scope, first: Value, name: str, below: Value) -> str:
    """SQL of all nodes as JSON. `p` is where a node stands, by which they are put in order; `f` are those still to open."""
    n, i, e, s, k = fresh(), fresh(), fresh(), fresh(), fresh()
    opened = f"list_transform({listed(first)}, lambda {n}, {i}: {{'p': [{i}], 'n': {n}}})"
    children = listed(below) if below.type != NOTHING else "CAST([] AS JSON[])"
    under = let_name(name, f"{e}.n", f"list_transform({children}, lambda {n}, {i}: {{'p': list_append({e}.p, {i}), 'n': {n}}})")
    rows, depth = stopped("view.repeat_rows", scope.path), stopped("view.repeat_depth", scope.path)
    start = f"{{'a': CAST([] AS STRUCT(p BIGINT[], n JSON)[]), 'f': coalesce({opened}, [])}}"
    step = (
        f"CASE WHEN len({s}.f) = 0 THEN {s} WHEN len({s}.a) + len({s}.f) > {REPEAT_ROWS} THEN {rows} "
        f"ELSE {{'a': list_concat({s}.a, {s}.f), 'f': coalesce(flatten(list_transform({s}.f, lambda {e}: {under})), [])}} END"
    )
    levels = f"list_reduce(list_concat([{start}], list_transform(range({REPEAT_DEPTH}), lambda {k}: NULL)), lambda {s}, {k}: {step})"
    return let(levels, lambda z: f"CASE WHEN len({z}.f) > 0 THEN {depth} ELSE list_transform(list_sort({z}.a), lambda {e}: {e}.n) END")


def let_name(name: str, sql: str, body: str) -> str:
    """`body`, in which `name` stands for SQL."""
    return f"list_transform([{sql}], lambda {name}: {body})[1]"


def _typed(scope: Scope, value: Value) -> Value:
    """The nodes read as what the paths below need of them."""
    place = f"{value.path}.repeat()"
    if value.type == UNKNOWN or place in scope.book.wholes:
        return value
    name = fresh()
    shape = Shape(place)
    key = f"{place}#{len(scope.book.shapes)}"
    scope.book.shapes[key] = shape
    read = scope.book.structures.get(key, "")
    if not read:  # the first time over: what is needed is only known once all has been compiled
        read = shape.read("{}")
    return Value(f"list_transform({value.sql}, lambda {name}: {read.replace('{}', name)})", value.type, True, Held.STRUCT, value.path, shape)
