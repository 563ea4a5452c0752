"""FHIRPath text as tokens; what is not FHIRPath is refused with the place where it stops being so."""

import re
from typing import NamedTuple

from dujiang.standardise.views import refusals

NAME, QUOTED, VARIABLE, SPECIAL, STRING, NUMBER, DATE, DATETIME, TIME, SYMBOL, END = (
    "name", "quoted", "variable", "special", "string", "number", "date", "dateTime", "time", "symbol", "end",
)
_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DAY = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
# The order matters: the longest reading first.
_RULES = (
    ("space", r"(?:\s|//[^\n]*|/\*.*?\*/)+"),
    (DATETIME, rf"@{_DAY}T(?:{_CLOCK})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?"),
    (DATE, rf"@{_DAY}"),
    (TIME, rf"@T{_CLOCK}"),
    (NUMBER, r"[0-9]+(?:\.[0-9]+)?"),
    (STRING, r"'(?:[^'\\]|\\.)*'"),
    (QUOTED, r"`(?:[^`\\]|\\.)*`"),
    (VARIABLE, r"%(?:[A-Za-z_][A-Za-z0-9_]*|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)"),
    (SPECIAL, r"\$(?:this|index|total)\b"),
    (NAME, r"[A-Za-z_][A-Za-z0-9_]*"),
    (SYMBOL, r"<=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{}]"),
)
_READ = re.compile("|".join(f"(?P<{name}>{rule})" for name, rule in _RULES), re.DOTALL)
_ESCAPES = {"r": "\r", "n": "\n", "t": "\t", "f": "\f", "'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/"}
MOST = 10_000  # characters of one path


class Token(NamedTuple):
    kind: str
    text: str
    at: int


def tokens(path: str) -> list[Token]:
    """The tokens of a path and an end; strings and quoted names without quotes and escapes. Malformed (`view.path`) otherwise."""
    if len(path) > MOST:
        raise refusals.too_large("characters in one path", "单个路径字符数", MOST)
    found: list[Token] = []
    at = 0
    while at < len(path):
        match = _READ.match(path, at)
        if match is None:
            raise refusals.path(f"character {at + 1} begins nothing that FHIRPath knows", f"第 {at + 1} 个字符不是 FHIRPath 的写法", path)
        kind, text = str(match.lastgroup), match.group()
        at = match.end()
        if kind != "space":
            found.append(Token(kind, _plain(kind, text, path), match.start()))
    return [*found, Token(END, "", at)]


def _plain(kind: str, text: str, path: str) -> str:
    if kind in (STRING, QUOTED):
        return unescaped(text[1:-1], path)
    if kind == VARIABLE:
        return unescaped(text[2:-1], path) if text[1] in "'`" else text[1:]
    if kind == DATETIME:
        return text[1:].removesuffix("T")
    if kind in (DATE, TIME):
        return text[1:].removeprefix("T")
    return text


def unescaped(text: str, path: str) -> str:
    """A string's text with FHIRPath's escapes resolved; U+0000 is refused, for no FHIR string holds it."""

    def one(match: re.Match[str]) -> str:
        mark = match.group(1)
        if len(mark) == 5:
            return chr(int(mark[1:], 16))
        if mark not in _ESCAPES:
            raise refusals.path(f"`\\{mark}` is no escape of FHIRPath", f"`\\{mark}` 不是 FHIRPath 的转义写法", path)
        return _ESCAPES[mark]

    plain = re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", one, text, flags=re.DOTALL)
    if "\0" in plain or any("\ud800" <= c <= "\udfff" for c in plain):
        raise refusals.path("a string holds a character that no FHIR string may hold", "字符串含有 FHIR 字符串不允许的字符", path)
    return plain
