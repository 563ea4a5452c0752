"""What a function of a path is: how it compiles, how many arguments it takes, what it is for in one line (docs/views.md is made of these)."""

from collections.abc import Callable
from dataclasses import dataclass

from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Literal, Node, Sign
from dujiang.standardise.views.values import NOTHING, NUMERIC, TEXTUAL, UNKNOWN, Value

Run = Callable[[Scope, Value, tuple[Node, ...]], Value]


@dataclass(frozen=True)
class Function:
    run: Run
    says: str
    least: int = 0
    most: int = 0


def argument(scope: Scope, args: tuple[Node, ...], place: int) -> Value:
    """A single argument, of the scope the function stands in; nothing when it was left out."""
    return scope.single(scope.walk(args[place])) if place < len(args) else Value("NULL", NOTHING)


def text_of(scope: Scope, value: Value, what: str) -> str:
    """SQL of a single text; an unknown as text. Malformed when it is of another kind."""
    value = scope.single(value)
    if value.type == UNKNOWN:
        return f"json_extract_string({value.sql}, '$')"
    if value.kind not in (TEXTUAL, NOTHING):
        raise scope.wrong(f"`{what}` needs a text", f"`{what}` 需要文本")
    return value.sql if value.type != NOTHING else "CAST(NULL AS VARCHAR)"


def number_of(scope: Scope, value: Value, what: str) -> Value:
    """A single number. Malformed when it is of another kind."""
    value = scope.single(value)
    if value.type == UNKNOWN:
        return Value(f"TRY_CAST(json_extract_string({value.sql}, '$') AS DECIMAL(38, 9))", "decimal")
    if value.kind not in (NUMERIC, NOTHING):
        raise scope.wrong(f"`{what}` needs a number", f"`{what}` 需要数字")
    return value if value.type != NOTHING else Value("CAST(NULL AS BIGINT)", "integer")


def constant(scope: Scope, node: Node, type: str, what: str) -> str:
    """An argument that must be written out, not computed."""
    if isinstance(node, Sign) and isinstance(node.value, Literal) and node.value.type == type:
        return "-" + node.value.text
    if not isinstance(node, Literal) or node.type != type:
        raise scope.wrong(f"`{what}` needs a {type} written out", f"`{what}` 需要直接写出的 {type}")
    return node.text
