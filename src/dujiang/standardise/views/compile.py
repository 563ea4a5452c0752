"""From a path's tree to SQL: one step per kind of node; what the subset lacks is refused by name."""

from difflib import get_close_matches

from dujiang.standardise.plan import literal
from dujiang.standardise.views import boundaries, conversions, elements, fhir, gathering, numbers, strings
from dujiang.standardise.views.durations import moved
from dujiang.standardise.views.equality import equal, equivalent, member, negated, ordered
from dujiang.standardise.views.functions import text_of
from dujiang.standardise.views.gathering import item, truth, union
from dujiang.standardise.views.scope import Scope
from dujiang.standardise.views.steps import child
from dujiang.standardise.views.syntax import Binary, Call, Index, Literal, Name, Node, Sign, TypeTest, Variable
from dujiang.standardise.views.values import (
    CLOCK,
    MEASURED,
    NOTHING,
    NUMERIC,
    TEMPORAL,
    TEXTUAL,
    UNKNOWN,
    Held,
    Value,
    boolean,
    nothing,
    text,
)

FUNCTIONS = gathering.FUNCTIONS | strings.FUNCTIONS | numbers.FUNCTIONS | conversions.FUNCTIONS | boundaries.FUNCTIONS | fhir.FUNCTIONS
_CLOCK = ("now", "today", "timeOfDay")
_SYSTEMS = {"ucum": "http://unitsofmeasure.org", "sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}
_ADDRESSES = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": "http://hl7.org/fhir/StructureDefinition/"}
RESERVED = ("context", "resource", "rootResource", "rowIndex", *_SYSTEMS)


def walk(node: Node, scope: Scope) -> Value:
    """A node where `scope` stands."""
    match node:
        case Literal():
            return constant(node.type, node.text, node.unit)
        case Name(name, base):
            return _named(scope, name, base)
        case Call(name, args, base):
            return _called(scope, name, args, base)
        case Index(base, place):
            return item(scope, walk(base, scope), walk(place, scope))
        case Variable(name):
            return _variable(scope, name)
        case Sign(Literal("integer" | "decimal" as type, text)):
            return constant(type, f"-{text}")
        case Sign(value):
            return numbers.negative(scope, walk(value, scope))
        case TypeTest(op, value, type):
            test = fhir.is_type if op == "is" else fhir.as_type
            return test(scope, walk(value, scope), fhir.said_type(scope, type))
        case Binary(_, left, right):
            return _binary(scope, node, walk(left, scope), walk(right, scope))
    raise TypeError(node)


def constant(type: str, said: str, unit: str = "") -> Value:
    """A constant as SQL: text is quoted, a number is written as such only after it was read as one."""
    if type == "":
        return nothing()
    if type == "Quantity":
        return Value(f"{{'value': CAST({literal(said)} AS DECIMAL(38, 9)), 'unit': {literal(unit)}}}", "Quantity")
    if type == "boolean":
        return boolean("true" if said == "true" else "false")
    if type == "decimal":
        return Value(literal(said), type, held=Held.TEXT)
    if Value("", type).kind == NUMERIC:
        return Value(str(int(said)) if abs(int(said)) < 2**63 else "CAST(NULL AS BIGINT)", type)
    return Value(literal(said), type)


def _named(scope: Scope, name: str, base: Node | None) -> Value:
    """A name alone is an element of `$this`, or the type of what it stands on, as in `Patient.name`."""
    if base is not None:
        return child(scope, walk(base, scope), name)
    if name[0].isupper() and scope.this.type and elements.is_a(scope.this.type, name):
        return scope.this
    return child(scope, scope.this, name)


def _called(scope: Scope, name: str, args: tuple[Node, ...], base: Node | None) -> Value:
    function = FUNCTIONS.get(name)
    if function is None:
        raise _no_function(scope, name)
    if not function.least <= len(args) <= function.most:
        raise scope.wrong(f"`{name}` is given {len(args)} arguments", f"`{name}` 的参数个数不对")
    return function.run(scope, scope.this if base is None else walk(base, scope), args)


def _no_function(scope: Scope, name: str) -> Exception:
    if name in _CLOCK:
        return scope.wrong(f"`{name}` would make the same records give other rows another day", f"`{name}` 会使同样的记录在不同日期得到不同结果")
    near = get_close_matches(name, FUNCTIONS, 1)
    hint, hint_zh = (f"; did you mean `{near[0]}`?", f"，是否指 `{near[0]}`？") if near else ("", "")
    return scope.wrong(f"`{name[:40]}` is not a function that views may use{hint}", f"视图不支持函数 `{name[:40]}`{hint_zh}")


def _variable(scope: Scope, name: str) -> Value:
    if name == "$this":
        return scope.this
    if name == "$index" and scope.index is not None:
        return scope.index
    if name == "rowIndex":
        return scope.row_index
    if name in ("resource", "rootResource", "context"):
        return scope.context if name == "context" and scope.context is not None else scope.root
    if name in _SYSTEMS:
        return Value(literal(_SYSTEMS[name]), "uri")
    if name in scope.constants:
        return scope.constants[name]
    for prefix, address in _ADDRESSES.items():
        if name.startswith(prefix):
            return text(address + name.removeprefix(prefix))
    raise scope.wrong(f"`%{name[:40]}` is not defined" if not name.startswith("$") else f"`{name}` has no meaning here", f"`{name[:40]}` 未定义")


def _binary(scope: Scope, node: Binary, left: Value, right: Value) -> Value:
    match op := node.op:
        case "and" | "or":
            return boolean(f"({truth(scope, left)} {op.upper()} {truth(scope, right)})")
        case "xor":
            return boolean(f"({truth(scope, left)} <> {truth(scope, right)})")
        case "implies":
            return boolean(f"((NOT {truth(scope, left)}) OR {truth(scope, right)})")
        case "=" | "!=":
            made = equal(scope, left, right)
            return made if op == "=" else negated(made)
        case "~" | "!~":
            made = equivalent(scope, left, right)
            return made if op == "~" else negated(made)
        case "<" | "<=" | ">" | ">=":
            return ordered(scope, op, left, right)
        case "in":
            return member(scope, left, right)
        case "contains":
            return member(scope, right, left)
        case "|":
            return union(scope, left, (node.right,))
        case "&":
            return Value(f"(coalesce({text_of(scope, left, '&')}, '') || coalesce({text_of(scope, right, '&')}, ''))", "string")
    return _reckoned(scope, node, left, right)


def _reckoned(scope: Scope, node: Binary, left: Value, right: Value) -> Value:
    op = node.op
    if NOTHING in (left.type, right.type):
        return nothing()
    kinds = {left.kind, right.kind}
    if op == "+" and TEXTUAL in kinds and kinds <= {TEXTUAL, UNKNOWN}:
        return Value(f"({text_of(scope, left, '+')} || {text_of(scope, right, '+')})", "string")
    if op in ("+", "-") and left.kind in (TEMPORAL, CLOCK) and isinstance(node.right, Literal) and node.right.type == "Quantity":
        return moved(scope, left, op, node.right)
    if TEMPORAL in kinds or MEASURED in kinds:
        raise scope.wrong(f"`{op}` works on numbers and texts; to a date only a duration that is written out can be added",
                          f"`{op}` 仅适用于数字与文本；日期只能加减直接写出的时长")
    return numbers.arithmetic(scope, op, left, right)
