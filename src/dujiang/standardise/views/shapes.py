"""The typed structure of what a view reads: exactly the fields its paths name, grown while they compile, written when all are known."""

import re
from dataclasses import dataclass, field

import msgspec

from dujiang.standardise.plan import literal, quoted
from dujiang.standardise.views import refusals

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Shape:
    """A place in the JSON; without fields it is read as JSON, a primitive (`leaf`) as its text."""

    path: str
    many: bool = False
    leaf: bool = False
    fields: dict[str, "Shape"] = field(default_factory=dict)

    def at(self, name: str, *, many: bool, leaf: bool) -> "Shape":
        """The field of that name, made when it is new. Names that differ in case alone cannot stand in one structure."""
        if _NAME.fullmatch(name) is None:
            raise refusals.path(f"`{refusals.short(name, 40)}` cannot be an element's name", "元素名称无效", self.path)
        found = self.fields.get(name)
        if found is None:
            if any(other.lower() == name.lower() for other in self.fields):
                raise refusals.path(f"`{name}` is also written with other capitals", f"`{name}` 存在大小写不一致的写法", self.path)
            found = self.fields[name] = Shape(f"{self.path}.{name}", many, leaf)
        if (found.many, found.leaf) != (many, leaf):
            raise refusals.path(f"`{name}` is wanted both as its text and by its fields", f"`{name}` 既要求原文又要求字段", self.path)
        return found

    def structure(self) -> object:
        """As DuckDB's `from_json` wants it. Numbers are read as text too, so that 1.10 stays 1.10."""
        inner: object = {name: f.structure() for name, f in self.fields.items()} or ("VARCHAR" if self.leaf else "JSON")
        return [inner] if self.many else inner

    def read(self, json: str) -> str:
        """SQL that reads JSON text as this structure; NULL where the text is no JSON."""
        if not self.fields:
            return f"CASE WHEN json_valid({json}) THEN {{'_': NULL}} END"
        inner = msgspec.json.encode({name: f.structure() for name, f in self.fields.items()}).decode()
        return f"TRY(from_json({json}, {literal(inner)}))"


def field_of(sql: str, name: str) -> str:
    """SQL of a struct's field."""
    return f"{sql}.{quoted(name)}" if is_simple(sql) else f"({sql}).{quoted(name)}"


_SIMPLE = re.compile(r"""[a-z_][a-z0-9_]*(\."[^"]*")*|'[^']*'|-?[0-9.]+|NULL|true|false""")


def is_simple(sql: str) -> bool:
    """Whether SQL is a name, its field or a constant: cheap to write twice."""
    return _SIMPLE.fullmatch(sql) is not None
