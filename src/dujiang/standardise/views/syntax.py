"""FHIRPath as a tree: every expression the grammar allows, by the precedence of FHIRPath 2.0 §6.7, no deeper than a bound."""

import re
from dataclasses import dataclass

from dujiang.standardise.views import refusals
from dujiang.standardise.views.tokens import (
    DATE,
    DATETIME,
    END,
    NAME,
    NUMBER,
    QUOTED,
    SPECIAL,
    STRING,
    SYMBOL,
    TIME,
    VARIABLE,
    Token,
    tokens,
)

DEEPEST = 40  # operators and calls within each other
_UNITS = frozenset(["year", "month", "week", "day", "hour", "minute", "second", "millisecond"])
# Loosest first. `is` and `as` stand between `|` and `+` and take a type on their right.
_LEVELS = (
    ("implies",), ("or", "xor"), ("and",), ("in", "contains"), ("=", "~", "!=", "!~"), ("<=", "<", ">", ">="), ("|",), ("is", "as"),
    ("+", "-", "&"), ("*", "/", "div", "mod"),
)


@dataclass(frozen=True)
class Node:
    """A part of a path."""


@dataclass(frozen=True)
class Literal(Node):
    """A constant: `type` is a FHIR primitive, or Quantity with its `unit`, or "" for the empty collection `{}`."""

    type: str
    text: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Name(Node):
    """An element's name, of `base` or of what the path stands on."""

    name: str
    base: Node | None = None


@dataclass(frozen=True)
class Call(Node):
    name: str
    args: tuple[Node, ...]
    base: Node | None = None


@dataclass(frozen=True)
class Index(Node):
    base: Node
    place: Node


@dataclass(frozen=True)
class Variable(Node):
    """`%name`, or `$this`, `$index`, `$total`."""

    name: str


@dataclass(frozen=True)
class Sign(Node):
    """A `-` before a number; `+` leaves no trace."""

    value: Node


@dataclass(frozen=True)
class Binary(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class TypeTest(Node):
    """`value is Type` and `value as Type`."""

    op: str
    value: Node
    type: str


def parse(path: str) -> Node:
    """The tree of a path; Malformed (`view.path`) when it is no FHIRPath."""
    return _Parser(path).whole()


def type_name(node: Node) -> str:
    """A type written as an expression (`Quantity`, `FHIR.Quantity`, `System.String`), or "" when it is none.

    System types are their FHIR namesakes: `System.String` is `string`.
    """
    if isinstance(node, Name) and node.base is None:
        return node.name
    if isinstance(node, Name) and isinstance(node.base, Name) and node.base.base is None and node.base.name in ("FHIR", "System"):
        return f"{node.base.name}.{node.name}"
    return ""


class _Parser:
    def __init__(self, path: str) -> None:
        self._path = path
        self._tokens = tokens(path)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression(0)
        if self._next.kind != END:
            raise self._wrong()
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *texts: str) -> bool:
        return self._next.kind in (SYMBOL, NAME) and self._next.text in texts

    def _need(self, text: str) -> None:
        if not self._is(text):
            raise self._wrong(text)
        self._take()

    def _wrong(self, wanted: str = "") -> Exception:
        found = "the end" if self._next.kind == END else f"character {self._next.at + 1}"
        found_zh = "结尾" if self._next.kind == END else f"第 {self._next.at + 1} 个字符"
        more, more_zh = (f", where `{wanted}` should stand", f"，此处应为 `{wanted}`") if wanted else ("", "")
        return refusals.path(f"it stops making sense at {found}{more}", f"在{found_zh}处无法理解{more_zh}", self._path)

    def _expression(self, level: int) -> Node:
        """Operators of `level` and tighter."""
        if level == len(_LEVELS):
            return self._signed()
        self._depth += level == 0
        if self._depth > DEEPEST:
            raise refusals.too_large("levels of brackets in one path", "单个路径的嵌套层数", DEEPEST)
        left = self._expression(level + 1)
        links = 0
        while self._is(*_LEVELS[level]):
            links += 1
            if links > DEEPEST:
                raise refusals.too_large("operators in a row", "连续运算符个数", DEEPEST)
            op = self._take().text
            left = TypeTest(op, left, self._type()) if op in ("is", "as") else Binary(op, left, self._expression(level + 1))
        self._depth -= level == 0
        return left

    def _type(self) -> str:
        name = self._identifier()
        if self._is("."):
            self._take()
            name = f"{name}.{self._identifier()}"
        return name

    def _identifier(self) -> str:
        if self._next.kind not in (NAME, QUOTED):
            raise self._wrong()
        return self._plain(self._take().text)

    def _plain(self, name: str) -> str:
        """A name, which may have stood in quotes, and still is one of those that FHIR has."""
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) is None:
            raise refusals.path("a name in it could be no element's", "其中的名称不可能是元素名", self._path)
        return name

    def _signed(self) -> Node:
        minus = False
        while self._is("+", "-"):
            minus ^= self._take().text == "-"
        node = self._steps()
        return Sign(node) if minus else node

    def _steps(self) -> Node:
        node = self._term()
        links = 0
        while self._is(".", "["):
            links += 1
            if links > DEEPEST:
                raise refusals.too_large("steps in one path", "单个路径步数", DEEPEST)
            if self._take().text == "[":
                node = Index(node, self._expression(0))
                self._need("]")
            else:
                node = self._named(node)
        return node

    def _named(self, base: Node | None) -> Node:
        name = self._identifier()
        if not self._is("("):
            return Name(name, base)
        self._take()
        args: list[Node] = []
        while not self._is(")"):
            if args:
                self._need(",")
            args.append(self._expression(0))
        self._take()
        return Call(name, tuple(args), base)

    def _term(self) -> Node:
        token = self._next
        if token.kind == SYMBOL:
            return self._bracketed()
        if token.kind == NAME and token.text in ("true", "false"):
            return Literal("boolean", self._take().text)
        if token.kind in (NAME, QUOTED):
            return self._named(None)
        if token.kind == NUMBER:
            return self._number()
        if token.kind in (STRING, DATE, DATETIME, TIME):
            return Literal(token.kind, self._take().text)
        if token.kind in (VARIABLE, SPECIAL):
            return Variable(self._take().text)
        raise self._wrong()

    def _bracketed(self) -> Node:
        if self._is("("):
            self._take()
            node = self._expression(0)
            self._need(")")
            return node
        if self._is("{"):
            self._take()
            self._need("}")
            return Literal("")
        raise self._wrong()

    def _number(self) -> Node:
        text = self._take().text
        if self._next.kind == STRING:
            return Literal("Quantity", text, self._take().text)
        if self._next.kind == NAME and self._next.text.removesuffix("s") in _UNITS:
            return Literal("Quantity", text, self._take().text.removesuffix("s"))
        return Literal("decimal" if "." in text else "integer", text)
