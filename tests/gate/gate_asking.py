"""Arguments of any act, drawn from its type: known ids where one may stand, and people's names and numbers wherever text may."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

NAMES = ("王小明", "欧阳娜娜", "Wang Xiaoming", "阿卜杜拉·买买提")
NUMBERS = ("110101199003078888", "11010119900307888X", "130503670401001", "13812345678")
SECRETS = (*NAMES, *NUMBERS)
PEOPLE = st.one_of(
    st.sampled_from(SECRETS),
    st.sampled_from([f"p-{n}" for n in NUMBERS]),
    st.builds("{} {}".format, st.sampled_from(NAMES), st.sampled_from(NUMBERS)),
)
DEEP = 5
Pool = Mapping[str, Sequence[str]]
SIMPLE: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
    inspect.IntType: lambda: _mostly(st.integers(1, 3), st.sampled_from([-1, 0, 2**31, 2**63, 2**70, -(2**70)])),
    inspect.FloatType: lambda: st.floats(allow_nan=False),
    inspect.BoolType: st.booleans,
    inspect.BytesType: lambda: st.sampled_from(["", "AA==", "!"]) | PEOPLE,
    inspect.NoneType: st.none,
    inspect.AnyType: lambda: st.none() | PEOPLE | st.dictionaries(PEOPLE, PEOPLE, max_size=2),
    inspect.DecimalType: lambda: st.sampled_from(["1", "1.5", "x"]),
    inspect.DateType: lambda: st.sampled_from(["2026-11-25", "x"]),
}


def leaks(text: str) -> list[str]:
    """Which people could be recognised in the text."""
    return [s for s in SECRETS if s in text]


def arguments(takes: type, pool: Pool) -> st.SearchStrategy[Any]:
    """JSON values of the type; `pool` gives ids that exist, by the name of the field they may stand in."""
    return _of(inspect.type_info(takes), "", pool, 0)


def _of(kind: Any, field: str, pool: Pool, depth: int) -> st.SearchStrategy[Any]:
    if depth > DEEP:
        return st.none()
    if isinstance(kind, inspect.StrType):
        known = [*pool.get(field, ()), *pool.get("", ())]
        return _mostly(st.sampled_from(known), PEOPLE) if known else PEOPLE | st.just("")
    if isinstance(kind, inspect.StructType):
        return _struct(kind, pool, depth)
    if isinstance(kind, inspect.EnumType):
        return _mostly(st.sampled_from([m.value for m in kind.cls]), PEOPLE)
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(list(kind.values))
    if isinstance(kind, inspect.UnionType):
        return st.one_of(*(_of(t, field, pool, depth + 1) for t in kind.types))
    if isinstance(kind, inspect.TupleType):
        return st.tuples(*(_of(t, field, pool, depth + 1) for t in kind.item_types)).map(list)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(PEOPLE, _of(kind.value_type, field, pool, depth + 1), max_size=2)
    if hasattr(kind, "item_type"):
        return st.lists(_of(kind.item_type, field, pool, depth + 1), max_size=2)
    return SIMPLE.get(type(kind), lambda: st.none() | PEOPLE)()


def _mostly(usual: st.SearchStrategy[Any], odd: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(usual, usual, usual, usual, odd)


def _struct(kind: inspect.StructType, pool: Pool, depth: int) -> st.SearchStrategy[Any]:
    fields = {f.encode_name: _of(f.type, f.encode_name, pool, depth + 1) for f in kind.fields}
    tag = {kind.tag_field: st.just(kind.tag)} if kind.tag_field else {}
    required = {n: s for n, s in fields.items() if any(f.encode_name == n and f.required for f in kind.fields)}
    optional = {n: s for n, s in fields.items() if n not in required}
    return st.fixed_dictionaries({**tag, **required}, optional=optional)
