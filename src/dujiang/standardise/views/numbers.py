"""Arithmetic (FHIRPath 2.0 §5.7, §6.6): integers and DECIMAL(38, 9), never a binary fraction kept; what does not fit is empty."""

from collections.abc import Callable

from dujiang.standardise.views.functions import Function, argument, constant, number_of
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.syntax import Node
from dujiang.standardise.views.values import NOTHING, Value, let, nothing

Args = tuple[Node, ...]
DECIMAL = "DECIMAL(38, 9)"


def arithmetic(scope: Scope, op: str, left: Value, right: Value) -> Value:
    """`+ - * / div mod` of two numbers."""
    one, other = number_of(scope, left, op), number_of(scope, right, op)
    whole = one.type != "decimal" and other.type != "decimal" and op != "/"
    type = "integer" if whole or op == "div" else "decimal"
    return Value(let(one.sql, lambda a: let(other.sql, lambda b: _reckoned(op, a, b, whole))), type)


def _reckoned(op: str, a: str, b: str, whole: bool) -> str:
    if not whole:
        a, b = f"CAST({a} AS {DECIMAL})", f"CAST({b} AS {DECIMAL})"
    if op == "/":  # one division of binary fractions, rounded to nine places at once
        return f"TRY(CAST(CAST({a} AS DOUBLE) / nullif(CAST({b} AS DOUBLE), 0) AS {DECIMAL}))"
    if op == "div":
        return f"TRY({a} // nullif({b}, 0))" if whole else f"TRY(CAST(trunc(CAST({a} AS DOUBLE) / nullif(CAST({b} AS DOUBLE), 0)) AS BIGINT))"
    if op == "mod":
        return f"TRY({a} % nullif({b}, 0))"
    return f"TRY(CAST({a} {op} {b} AS {'BIGINT' if whole else DECIMAL}))"


def negative(scope: Scope, value: Value) -> Value:
    number = number_of(scope, value, "-")
    return Value(let(number.sql, lambda x: f"TRY(-{x})"), number.type)


def _of_number(name: str, make: Callable[[str], str], type: str = "") -> Callable[[Scope, Value, Args], Value]:
    """A function of one number; `type` is the result's, else the number's own."""

    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        number = number_of(scope, value, name)
        target = type or number.type
        cast = DECIMAL if target == "decimal" else "BIGINT"
        return Value(let(number.sql, lambda x: f"TRY(CAST({make(x)} AS {cast}))"), target)

    return run


def rounded(scope: Scope, value: Value, args: Args) -> Value:
    if value.type == NOTHING:
        return nothing()
    places = int(constant(scope, args[0], "integer", "round")) if args else 0
    if not 0 <= places <= 9:
        raise scope.wrong("`round` keeps 0 to 9 places", "`round` 只能保留 0 到 9 位小数")
    return Value(let(number_of(scope, value, "round").sql, lambda x: f"TRY(CAST(round(CAST({x} AS {DECIMAL}), {places}) AS {DECIMAL}))"), "decimal")


def _two(name: str, make: Callable[[str, str], str]) -> Callable[[Scope, Value, Args], Value]:
    def run(scope: Scope, value: Value, args: Args) -> Value:
        if value.type == NOTHING:
            return nothing()
        a, b = number_of(scope, value, name).sql, number_of(scope, argument(scope, args, 0), name).sql
        return Value(let(a, lambda x: let(b, lambda y: f"TRY(CAST({make(_double(x), _double(y))} AS {DECIMAL}))")), "decimal")

    return run


def _double(sql: str) -> str:
    return f"CAST({sql} AS DOUBLE)"


FUNCTIONS = {
    "abs": Function(_of_number("abs", lambda x: f"abs({x})"), "without its sign"),
    "ceiling": Function(_of_number("ceiling", lambda x: f"ceil({x})", "integer"), "the next whole number above"),
    "floor": Function(_of_number("floor", lambda x: f"floor({x})", "integer"), "the next whole number below"),
    "truncate": Function(_of_number("truncate", lambda x: f"trunc({x})", "integer"), "without what stands behind the point"),
    "round": Function(rounded, "to n places (0–9)", 0, 1),
    "sqrt": Function(_of_number("sqrt", lambda x: f"sqrt({_double(x)})", "decimal"), "the square root"),
    "exp": Function(_of_number("exp", lambda x: f"exp({_double(x)})", "decimal"), "e to its power"),
    "ln": Function(_of_number("ln", lambda x: f"ln({_double(x)})", "decimal"), "the natural logarithm"),
    "log": Function(_two("log", lambda x, y: f"ln({x}) / ln({y})"), "the logarithm to a base", 1, 1),
    "power": Function(_two("power", lambda x, y: f"pow({x}, {y})"), "to a power", 1, 1),
}
