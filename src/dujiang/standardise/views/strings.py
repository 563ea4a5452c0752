"""Functions of texts (FHIRPath 2.0 §5.6); counted in characters, never in bytes."""

import re
from collections.abc import Callable

from dujiang.standardise.plan import literal
from dujiang.standardise.views.functions import Function, argument, constant, number_of, text_of
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Literal, Node
from dujiang.standardise.views.values import CLOCK, NOTHING, TEMPORAL, TEXTUAL, Value, boolean, integer, let, listed, native, nothing, solid

Args = tuple[Node, ...]


def _simple(name: str, make: Callable[..., str], result: Callable[[str], Value]) -> Callable[[Scope, Value, Args], Value]:
    """A function of a text and of text arguments that is empty when any of them is."""

    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        texts = [text_of(scope, argument(scope, args, place), name) for place in range(len(args))]
        return result(make(text_of(scope, value, name), *texts))

    return run


def _string(sql: str) -> Value:
    return Value(sql, "string")


def _strings(sql: str) -> Value:
    return Value(sql, "string", True)


def substring(scope: Scope, value: Value, args: Args) -> Value:
    """`substring(start, length)`, from 0; empty when it starts outside."""
    if value.type == NOTHING:
        return nothing()
    start = number_of(scope, argument(scope, args, 0), "substring").sql
    length = number_of(scope, argument(scope, args, 1), "substring").sql if len(args) > 1 else ""

    def cut(t: str) -> str:
        cut_off = f", greatest(coalesce({length}, length({t})), 0)" if length else ""
        return f"CASE WHEN {start} >= 0 AND {start} < length({t}) THEN substr({t}, {start} + 1{cut_off}) END"

    return _string(let(text_of(scope, value, "substring"), cut))


def joining(scope: Scope, value: Value, args: Args) -> Value:
    """`join(separator)`: the empty text when there is nothing to join (SQL on FHIR v2)."""
    separator = text_of(scope, argument(scope, args, 0), "join") if args else "''"
    value = native(value)
    if value.type == NOTHING:
        return _string("''")
    if not value.many:
        return _string(f"coalesce({text_of(scope, value, 'join')}, '')")
    if value.kind not in (TEXTUAL, TEMPORAL, CLOCK):
        raise scope.wrong("`join` needs texts", "`join` 需要文本")
    return _string(f"coalesce(array_to_string({listed(value)}, {separator}), '')")


def _pattern(scope: Scope, args: Args, name: str) -> str:
    """SQL of a regular expression; one that is written out is tried first."""
    if isinstance(args[0], Literal) and args[0].type == "string":
        try:
            re.compile(args[0].text)
        except re.error:
            raise scope.wrong(f"`{name}` has a regular expression that cannot be read", f"`{name}` 的正则表达式无法识别") from None
    return text_of(scope, argument(scope, args, 0), name)


def _matching(name: str, function: str) -> Callable[[Scope, Value, Args], Value]:
    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        return boolean(f"{function}({text_of(scope, value, name)}, {_pattern(scope, args, name)}, 's')")

    return run


def replacing(scope: Scope, value: Value, args: Args) -> Value:
    """`replace(text, by)`; the empty text stands between all characters."""
    if value.type == NOTHING:
        return nothing()
    subject, old, new = (text_of(scope, v, "replace") for v in (value, argument(scope, args, 0), argument(scope, args, 1)))
    return _string(let(old, lambda o: f"CASE WHEN {o} = '' THEN regexp_replace({subject}, '', {new}, 'g') ELSE replace({subject}, {o}, {new}) END"))


def replacing_matches(scope: Scope, value: Value, args: Args) -> Value:
    """`replaceMatches(pattern, by)`, where `$1` in a written-out `by` is the first group."""
    if value.type == NOTHING:
        return nothing()
    if isinstance(args[1], Literal) and not args[1].type:
        return nothing()
    by = re.sub(r"\$(\d)", r"\\\1", constant(scope, args[1], "string", "replaceMatches").replace("\\", "\\\\"))
    pattern = _pattern(scope, args, "replaceMatches")
    subject = text_of(scope, value, "replaceMatches")
    return _string(let(subject, lambda s: f"CASE WHEN {pattern} = '' THEN {s} ELSE regexp_replace({s}, {pattern}, {literal(by)}, 'gs') END"))


def split(scope: Scope, value: Value, args: Args) -> Value:
    if value.type == NOTHING:
        return nothing()
    return _strings(solid(f"string_split({text_of(scope, value, 'split')}, {text_of(scope, argument(scope, args, 0), 'split')})"))


def index_of(scope: Scope, value: Value, args: Args) -> Value:
    if value.type == NOTHING:
        return nothing()
    return integer(f"(instr({text_of(scope, value, 'indexOf')}, {text_of(scope, argument(scope, args, 0), 'indexOf')}) - 1)")


_SPACE = "E' \\t\\n\\r\\f'"
FUNCTIONS = {
    "indexOf": Function(index_of, "where a text begins in it, from 0; -1 when it does not", 1, 1),
    "substring": Function(substring, "a part of a text", 1, 2),
    "startsWith": Function(_simple("startsWith", lambda s, t: f"starts_with({s}, {t})", boolean), "whether it begins with a text", 1, 1),
    "endsWith": Function(_simple("endsWith", lambda s, t: f"ends_with({s}, {t})", boolean), "whether it ends with a text", 1, 1),
    "contains": Function(_simple("contains", lambda s, t: f"contains({s}, {t})", boolean), "whether it holds a text", 1, 1),
    "upper": Function(_simple("upper", lambda s: f"upper({s})", _string), "in capitals"),
    "lower": Function(_simple("lower", lambda s: f"lower({s})", _string), "in small letters"),
    "trim": Function(_simple("trim", lambda s: f"trim({s}, {_SPACE})", _string), "without white space around it"),
    "length": Function(_simple("length", lambda s: f"length({s})", integer), "how many characters"),
    "toChars": Function(_simple("toChars", lambda s: f"string_split({s}, '')", _strings), "its characters"),
    "replace": Function(replacing, "with one text in place of another", 2, 2),
    "matches": Function(_matching("matches", "regexp_matches"), "whether a regular expression (RE2) is found in it", 1, 1),
    "matchesFull": Function(_matching("matchesFull", "regexp_full_match"), "whether a regular expression (RE2) is all of it", 1, 1),
    "replaceMatches": Function(replacing_matches, "with every match of a regular expression replaced", 2, 2),
    "split": Function(split, "its parts between separators", 1, 1),
    "join": Function(joining, "several texts as one", 0, 1),
}
