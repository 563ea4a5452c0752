"""Small views and resources at random: paths that fit a few types of FHIR, over records with gaps, nulls and odd characters."""

from typing import Any

from hypothesis import strategies as st

# Element -> (type, whether many), of the parts of FHIR that are drawn from.
TYPES: dict[str, dict[str, tuple[str, bool]]] = {
    "Patient": {
        "active": ("boolean", False), "gender": ("string", False), "birthDate": ("date", False), "name": ("HumanName", True), "contact": ("Contact", True),
        "multipleBirth.ofType(integer)": ("number", False), "deceased.ofType(boolean)": ("boolean", False), "extension": ("Extension", True),
        "maritalStatus": ("Concept", False),
    },
    "HumanName": {"use": ("string", False), "family": ("string", False), "given": ("string", True)},
    "Contact": {"gender": ("string", False), "name": ("HumanName", False), "telecom": ("Telecom", True)},
    "Telecom": {"system": ("string", False), "value": ("string", False), "rank": ("number", False)},
    "Extension": {"url": ("string", False), "value.ofType(string)": ("string", False), "value.ofType(decimal)": ("number", False), "extension": ("Extension", True)},
    "Concept": {"text": ("string", False), "coding": ("Coding", True)},
    "Coding": {"system": ("string", False), "code": ("string", False)},
    "QuestionnaireResponse": {"status": ("string", False), "item": ("Item", True)},
    "Item": {"linkId": ("string", False), "text": ("string", False), "item": ("Item", True), "answer": ("Answer", True)},
    "Answer": {"value.ofType(string)": ("string", False), "value.ofType(boolean)": ("boolean", False), "item": ("Item", True)},
}
RESOURCES = ("Patient", "QuestionnaireResponse")
PRIMITIVE = ("string", "boolean", "number", "date")
# What the drawn views may look for in JSON.
KEYS = {name.partition(".")[0] + name.partition("(")[2][:1].upper() + name.partition("(")[2][1:-1] for fields in TYPES.values() for name in fields}
WORDS = ["", "a", "official", "male", "张", "o'x", 'q"', "a\\b", "u:1", "%_", "😀", "A b"]
words = st.sampled_from(WORDS)
DAYS = ["1970", "1970-06", "1970-06-01", "1970-06-30", "1980-01-15", "1980"]
numbers = st.integers(-3, 3) | st.sampled_from([1.5, -0.25, 2.125])


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def gaps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([True] * 9 + [False]).flatmap(lambda there: values if there else st.none())


@st.composite
def structures(draw: st.DrawFn, type: str, depth: int = 0) -> dict[str, Any]:
    """A value of a type: fields there, missing, null; lists with nulls in them or empty."""
    made: dict[str, Any] = {}
    for name, (inner, many) in TYPES[type].items():
        if draw(st.integers(0, 5)) == 0 or (depth > 2 and inner not in PRIMITIVE):
            continue
        element, _, choice = name.partition(".ofType(")
        key = element + choice[:1].upper() + choice[1:-1] if choice else name
        one = primitives(choice[:-1] or inner) if inner in PRIMITIVE else structures(inner, depth + 1)
        made[key] = draw(st.lists(gaps(one), max_size=3 - depth // 2) if many else gaps(one))
    return made


def primitives(type: str) -> st.SearchStrategy[Any]:
    if type in ("boolean", "integer", "decimal"):
        return {"boolean": st.booleans(), "integer": st.integers(-3, 3), "decimal": numbers}[type]
    return {"string": words, "number": st.integers(1, 4), "date": st.sampled_from(DAYS)}[type]


@st.composite
def paths(draw: st.DrawFn, type: str, wanted: str, depth: int = 0) -> tuple[str, bool]:
    """A path from a type to a wanted type, and whether it may give many; the element itself is `$this`."""
    if type == wanted and (draw(st.booleans()) or depth > 2):
        return "$this", False
    steps = [name for name, (inner, _) in TYPES.get(type, {}).items() if wanted in reachable(inner, 3 - depth)]
    if not steps:
        return ("$this", False) if type == wanted else ("{}", False)
    name = draw(st.sampled_from(steps))
    inner, many = TYPES[type][name]
    step, some = draw(narrowed(name, inner, depth)) if many else (name, False)
    if inner == wanted and (wanted in PRIMITIVE or draw(st.booleans())):
        return step, some
    rest, more = draw(paths(inner, wanted, depth + 1))
    return (step, some) if rest in ("$this", "{}") and inner == wanted else (f"{step}.{rest}", some or more)


def reachable(type: str, depth: int) -> set[str]:
    if depth < 0:
        return set()
    return {type}.union(*(reachable(inner, depth - 1) for inner, _ in TYPES.get(type, {}).values()))


@st.composite
def narrowed(draw: st.DrawFn, name: str, type: str, depth: int) -> tuple[str, bool]:
    """Some of a repeated element."""
    which = draw(st.sampled_from(["", ".first()", ".last()", "[0]", "[1]", ".skip(1)", ".take(2)", ".where({})"]))
    if which == ".where({})":
        return f"{name}.where({draw(truths(type, depth + 1))})", True
    return name + which, which in ("", ".skip(1)", ".take(2)")


@st.composite
def singles(draw: st.DrawFn, type: str, wanted: str, depth: int = 0) -> str:
    """A path that gives at most one."""
    path, many = draw(paths(type, wanted, depth))
    return f"{path}.first()" if many else path


@st.composite
def texts(draw: st.DrawFn, type: str, depth: int = 0) -> str:
    base = draw(singles(type, "string", depth))
    form = draw(st.sampled_from(["{0}", "{0}", "{0} & {1}", "{0}.upper()", "{0}.substring(0, 2)", "iif({2}, {0}, {1})", "{0} + {1}"]))
    return "(" + form.format(base, quoted(draw(words)), draw(truths(type, depth + 1)) if "{2}" in form else "") + ")"


@st.composite
def figures(draw: st.DrawFn, type: str, depth: int = 0) -> str:
    many, _ = draw(paths(type, draw(st.sampled_from(["string", "HumanName", "Item", "Coding"])), depth))
    number = draw(singles(type, "number", depth))
    form = draw(st.sampled_from(["{0}", "{1}.count()", "{0} + 1", "{0} - {1}.count()", "{0} * 2", "-3"]))
    return "(" + form.format(number, many) + ")"


@st.composite
def truths(draw: st.DrawFn, type: str, depth: int = 0) -> str:
    """An expression that is true, false or empty."""
    kinds = ["text", "exists", "empty", "boolean", "starts"] + (["number", "date", "and", "or", "not", "all", "many"] if depth < 2 else [])
    match draw(st.sampled_from(kinds)):
        case "text":
            return f"({draw(singles(type, 'string', depth))} {draw(st.sampled_from(['=', '!=']))} {quoted(draw(words))})"
        case "starts":
            return f"({draw(singles(type, 'string', depth))}.{draw(st.sampled_from(['startsWith', 'contains']))}({quoted(draw(words))}))"
        case "exists" | "empty" as name:
            return f"({draw(paths(type, draw(st.sampled_from(['string', 'HumanName', 'Item', 'Coding'])), depth))[0]}.{name}())"
        case "boolean":
            return f"({draw(singles(type, 'boolean', depth))} = {draw(st.sampled_from(['true', 'false']))})"
        case "number":
            return f"({draw(figures(type, depth + 1))} {draw(st.sampled_from(['=', '<', '>=']))} {draw(st.sampled_from(['0', '1', '1.5', '-2']))})"
        case "date":
            return f"({draw(singles(type, 'date', depth))} {draw(st.sampled_from(['=', '<', '<=', '>', '>=', '!=']))} @{draw(st.sampled_from(DAYS))})"
        case "not":
            return f"({draw(truths(type, depth + 1))}.not())"
        case "many":
            return f"({draw(paths(type, 'string', depth))[0]} = {draw(paths(type, 'string', depth))[0]})"
        case "all":
            path, _ = draw(paths(type, "Coding", depth))
            return f"({path}.all({draw(truths('Coding', depth + 1))}))"
        case op:
            return f"({draw(truths(type, depth + 1))} {op} {draw(truths(type, depth + 1))})"


@st.composite
def columns(draw: st.DrawFn, type: str, number: int) -> list[dict[str, Any]]:
    """A few columns, their names numbered on."""
    made = []
    for n in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["text", "truth", "figure", "row", "many"]))
        said: dict[str, Any] = {"name": f"c{number}_{n}"}
        if kind == "many":
            said |= {"path": draw(paths(type, "string"))[0], "type": "string", "collection": True}
        else:
            said |= {"path": "%rowIndex" if kind == "row" else draw({"text": texts, "truth": truths, "figure": figures}[kind](type))}
            said["type"] = {"text": "string", "truth": "boolean", "figure": "decimal", "row": "integer"}[kind]
        made.append(said)
    return made


@st.composite
def selects(draw: st.DrawFn, type: str, number: int, depth: int = 0) -> dict[str, Any]:
    """A select on a type: columns, and for each of something more selects."""
    kind = draw(st.sampled_from(["column", "forEach", "forEachOrNull", "unionAll"] + (["repeat"] if type in ("QuestionnaireResponse", "Item") else [])))
    if kind == "column" or depth > 1:
        return {"column": draw(columns(type, number))}
    if kind == "unionAll":
        shared = [{**c, "collection": c.get("collection", False)} for c in draw(columns(type, number))]
        each = draw(st.sampled_from(sorted(name for name, (inner, many) in TYPES[type].items() if many and inner not in PRIMITIVE) or [""]))
        inner = TYPES[type][each][0] if each else type
        path = {"string": "'x'", "boolean": "true", "decimal": "1.5", "integer": "%rowIndex"}
        other = [{**c, "path": draw(paths(inner, "string"))[0] if c["collection"] else path[c["type"]]} for c in shared]
        return {"unionAll": [{"column": shared}, {"forEach": each, "column": other} if each else {"column": other}]}
    if kind == "repeat":
        return {"repeat": draw(st.sampled_from([["item"], ["item", "answer.item"], ["item.where(text.exists())"]])), "column": draw(columns("Item", number))}
    wanted = draw(st.sampled_from(sorted(name for name in reachable(type, 2) if name not in PRIMITIVE and name in TYPES)))
    path, _ = draw(paths(type, wanted))
    inner = draw(selects(wanted, number * 10 + 1, depth + 1))
    return {kind: path, "column": draw(columns(wanted, number)), "select": [inner]}


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A view, and resources most of which it is of."""
    type = draw(st.sampled_from(RESOURCES))
    view: dict[str, Any] = {"resource": type, "select": [draw(selects(type, n + 1)) for n in range(draw(st.integers(1, 2)))]}
    if draw(st.integers(0, 3)) == 0:
        view["where"] = [{"path": draw(truths(type))}]
    records = []
    for number in range(draw(st.integers(1, 3))):
        kind = type if draw(st.integers(0, 5)) else draw(st.sampled_from(RESOURCES))
        records.append({"resourceType": kind, "id": f"r{number}", **draw(structures(kind))})
    return view, records
