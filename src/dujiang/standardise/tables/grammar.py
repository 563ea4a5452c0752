"""The expressions of table maps: column names, literals, functions, conditions; parsed into trees, and refused with line and column.

    expression := comparison ('and' | 'or' comparison)* | 'not' expression
    comparison := joined (('=' | '<>' | '<' | '<=' | '>' | '>=') joined | 'is' ['not'] 'empty' | ['not'] 'in' '(' list ')')?
    joined     := value ('||' value)*
    value      := 'text' | 12.5 | column | table.column | "any column" | function '(' list ')' | '(' expression ')'
                | 'case' ('when' expression 'then' expression)+ ['else' expression] 'end'
"""

import re
from typing import NamedTuple, NoReturn

from dujiang.errors import Malformed
from dujiang.words import Word

LONGEST = 4000  # characters of an expression
DEEPEST = 40
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>\"(?:[^\"]|\"\")+\")|(?P<number>\d+(?:\.\d+)?(?![\w.]))|(?P<name>[^\W\d]\w*)|(?P<sign>\|\||<>|<=|>=|[=<>(),.])|(?P<end>$))"
)
WORDS = frozenset({"and", "or", "not", "is", "in", "empty", "case", "when", "then", "else", "end"})
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Place(Word, frozen=True):
    """Where in a map something stands, counted from 1."""

    map: str = ""
    line: int = 1
    column: int = 1

    def refuse(self, rule: str, en: str, zh: str, **facts: str | int) -> NoReturn:
        """Malformed, with the place said first in both languages."""
        at: dict[str, str | int] = {"map": self.map, "line": self.line, "column": self.column}
        raise Malformed(
            f"map.{rule}", "In the map {map}, line {line}, column {column}: " + en, "映射 {map} 第 {line} 行第 {column} 列：" + zh, **(facts | at),
        )


class Node(NamedTuple):
    """A part of an expression: `kind` is text, number, column, call, compare, logic, empty, among or case; `parts` are its parts."""

    kind: str
    word: str
    parts: tuple["Node", ...]
    place: Place
    table: str = ""


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(text: str, place: Place) -> Node:
    """The tree of an expression that begins at `place`; Malformed for anything else."""
    if len(text) > LONGEST:
        place.refuse("long", "an expression has {most} characters at most.", "表达式最长 {most} 个字符。", most=LONGEST)
    return _Parser(text, place).whole()


class _Parser:
    def __init__(self, text: str, place: Place) -> None:
        self._place, self._depth, self._at = place, 0, 0
        self._tokens = self._split(text)

    def _split(self, text: str) -> list[_Token]:
        found, at = [], 0
        while True:
            match = _TOKEN.match(text, at)
            if match is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                self._where(at).refuse("sign", "nothing that belongs into an expression stands here.", "此处不是有效的表达式内容。")
            kind = str(match.lastgroup)
            word, start = match[kind], match.start(kind)
            if kind == "name" and word.lower() in WORDS:
                kind, word = "word", word.lower()
            found.append(_Token(kind, word, start))
            if kind == "end":
                return found
            at = match.end()

    def _where(self, at: int) -> Place:
        return Place(map=self._place.map, line=self._place.line, column=self._place.column + at)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> _Token | None:
        """The next token when it is one of these words or signs."""
        token = self._next
        if token.kind not in ("word", "sign") or token.text not in texts:
            return None
        self._at += 1
        return token

    def _need(self, text: str) -> None:
        if self._take(text) is None:
            self._here().refuse("expected", "“{text}” is missing.", "缺少“{text}”。", text=text)

    def _here(self) -> Place:
        return self._where(self._next.at)

    def whole(self) -> Node:
        node = self._either()
        if self._next.kind != "end":
            self._here().refuse("rest", "the expression should end here.", "表达式应在此处结束。")
        return node

    def _either(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            self._here().refuse("deep", "the expression is nested too deeply.", "表达式嵌套过深。")
        node = self._both()
        while token := self._take("or"):
            node = Node("logic", "or", (node, self._both()), self._where(token.at))
        self._depth -= 1
        return node

    def _both(self) -> Node:
        node = self._negated()
        while token := self._take("and"):
            node = Node("logic", "and", (node, self._negated()), self._where(token.at))
        return node

    def _negated(self) -> Node:
        turns: list[_Token] = []
        while token := self._take("not"):
            turns.append(token)
        node = self._compared()
        for token in turns[: len(turns) % 2]:
            node = Node("logic", "not", (node,), self._where(token.at))
        return node

    def _compared(self) -> Node:
        left, here = self._joined(), self._here()
        if token := self._take(*COMPARISONS):
            return Node("compare", token.text, (left, self._joined()), here)
        if self._take("is"):
            turned = self._take("not") is not None
            self._need("empty")
            return self._turned(Node("empty", "", (left,), here), turned)
        if self._next.text == "not" and self._tokens[self._at + 1].text == "in":
            self._take("not")
            self._need("in")
            return self._turned(Node("among", "", (left, *self._list()), here), True)
        return Node("among", "", (left, *self._list()), here) if self._take("in") else left

    def _turned(self, node: Node, turned: bool) -> Node:
        return Node("logic", "not", (node,), node.place) if turned else node

    def _joined(self) -> Node:
        parts, here = [self._value()], self._here()
        while self._take("||"):
            parts.append(self._value())
        return Node("call", "concat", tuple(parts), here) if len(parts) > 1 else parts[0]

    def _list(self) -> tuple[Node, ...]:
        self._need("(")
        if self._take(")"):
            return ()
        parts = [self._either()]
        while self._take(","):
            parts.append(self._either())
        self._need(")")
        return tuple(parts)

    def _value(self) -> Node:
        token, here = self._next, self._here()
        if self._take("("):
            node = self._either()
            self._need(")")
            return node
        if self._take("case"):
            return self._case(here)
        if token.kind not in ("text", "number", "name", "quoted"):
            here.refuse("value", "a column, a text in single quotation marks, a number or a function is expected.", "此处应为列名、单引号文本、数值或函数。")
        self._at += 1
        if token.kind == "text":
            return Node("text", token.text[1:-1].replace("''", "'"), (), here)
        if token.kind == "number":
            return Node("number", token.text, (), here)
        name = _name(token)
        if token.kind == "name" and self._next.text == "(" and self._next.kind == "sign":
            return Node("call", name.lower(), self._list(), here)
        if self._take("."):
            column = self._next
            if column.kind not in ("name", "quoted"):
                self._here().refuse("expected", "“{text}” is missing.", "缺少“{text}”。", text="column")
            self._at += 1
            return Node("column", _name(column), (), here, table=name)
        return Node("column", name, (), here)

    def _case(self, here: Place) -> Node:
        parts: list[Node] = []
        while self._take("when"):
            parts.append(self._either())
            self._need("then")
            parts.append(self._either())
        if not parts:
            self._need("when")
        if self._take("else"):
            parts.append(self._either())
        self._need("end")
        return Node("case", "", tuple(parts), here)


def _name(token: _Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text
