"""The house numbers as functions from one source file to its faults, so that each rule can also be shown a file that breaks it."""

import ast
import re
from collections.abc import Callable, Iterator

LINES, FUNCTION_LINES, POSITIONAL = 400, 50, 4
OURS = {"dujiang", "dujiang_app", "dujiang_synth", "census"}
OUTSIDE = {"pathlib", "socket", "subprocess", "tempfile", "shutil", "urllib", "http", "random", "secrets", "uuid"}
EMPTY_NAMES = ("Manager", "Helper", "Helpers", "Utils", "Util", "Base", "Impl")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Rule = Callable[[str], Iterator[str]]


def long_file(text: str) -> Iterator[str]:
    count = sum(bool(line.strip()) for line in text.splitlines())
    if count > LINES:
        yield f"{count} lines that are not blank; a file has at most {LINES}"


def long_function(text: str) -> Iterator[str]:
    for function in functions(text):
        count = (function.end_lineno or function.lineno) - function.lineno + 1
        if count > FUNCTION_LINES:
            yield f"line {function.lineno}: {function.name} has {count} lines; a function has at most {FUNCTION_LINES}"


def many_positional(text: str) -> Iterator[str]:
    for function in functions(text):
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        count = len(names) - (names[:1] in (["self"], ["cls"]))
        if count > POSITIONAL:
            yield f"line {function.lineno}: {function.name} takes {count} positional parameters; {POSITIONAL} at most, options after `*`"


def inner_import(text: str) -> Iterator[str]:
    for function in functions(text):
        for node in ast.walk(function):
            if OURS & {name.split(".")[0] for name in imported(node)} or (isinstance(node, ast.ImportFrom) and node.level):
                yield f"line {function.lineno}: {function.name} imports our own module; imports stand at the top"


def no_promise(text: str) -> Iterator[str]:
    promise = (ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].strip()
    if not promise.endswith((".", "。")):
        yield "a module begins with one sentence that states its promise"


def types_only_import(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield f"line {node.lineno}: an import for types only hides a cycle"


def dynamic_import(text: str) -> Iterator[str]:
    for node in calls(text):
        if ast.unparse(node.func) in {"importlib.import_module", "import_module", "__import__"}:
            yield f"line {node.lineno}: an import by name hides from the contracts"


def empty_name(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_NAMES):
            yield f"line {node.lineno}: {node.name} says nothing of what it does"


def unfinished(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield f"line {number}: unfinished work is an issue, not a comment"


def own_input_or_output(text: str) -> Iterator[str]:
    names = {name.split(".")[0] for node in ast.walk(ast.parse(text)) for name in imported(node)}
    for name in sorted(names & OUTSIDE):
        yield f"a stage imports {name}; it gets what it needs from the world"
    for call in calls(text):
        if ast.unparse(call.func) in {"open", "io.open", "os.open", "os.urandom"}:
            yield f"line {call.lineno}: a stage opens something itself; it gets what it needs from the world"
        if ast.unparse(call.func) in {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}:
            yield f"line {call.lineno}: a stage reads the clock itself; the world has one"


def functions(text: str) -> list[Function]:
    """Every function and method, nested ones too."""
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, Function)]


def calls(text: str) -> list[ast.Call]:
    """Every call."""
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; none for any other node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
