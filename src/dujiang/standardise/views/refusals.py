"""How a view is refused: one rule per reason, in both languages, naming places in the view and never a record's value."""

from dujiang.errors import Malformed


def path(problem: str, problem_zh: str, where: str) -> Malformed:
    """A path that cannot be read or compiled; `where` is the path as the view has it."""
    return Malformed(
        "view.path",
        "The path `{path}` cannot be used: {problem}. See docs/views.md for what a view may say.",
        "无法使用路径 `{path}`：{problem_zh}。视图可用的写法见 docs/views.md。",
        path=short(where), problem=problem, problem_zh=problem_zh,
    )


def form(place: str, problem: str, problem_zh: str) -> Malformed:
    """A ViewDefinition that is not one; `place` is where in it."""
    return Malformed(
        "view.form", "This is not a ViewDefinition that can be used: {problem} (at {place}).", "该 ViewDefinition 无法使用：{problem_zh}（位于 {place}）。",
        place=short(place), problem=problem, problem_zh=problem_zh,
    )


def too_large(what: str, what_zh: str, most: int) -> Malformed:
    return Malformed(
        "view.too_large", "The view has more than {most} {what}. Split it into several views.", "视图的{what_zh}超过 {most}，请拆分为多个视图。",
        what=what, what_zh=what_zh, most=most,
    )


def short(text: str, most: int = 120) -> str:
    """Text of a view as it may stand in a message: one line, not long."""
    line = " ".join("".join(c if c.isprintable() else "?" for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


# What can only be found out when records are read. The engine's message carries the rule and the path, nothing of a record.
_MARK = "dujiang:"
_AT_RUN_TIME = {
    "view.many": (
        "The path `{path}` gives more than one value where one is expected. Use first(), where(…) or join(), or set `collection`.",
        "路径 `{path}` 得到多个值，而此处只允许一个。请使用 first()、where(…)、join()，或设置 `collection`。",
    ),
    "view.boolean": (
        "The condition `{path}` gives something that is neither true nor false. Write a comparison, or exists().",
        "条件 `{path}` 的结果既非真也非假。请写成比较，或使用 exists()。",
    ),
    "view.repeat_depth": (
        "Repeating `{path}` goes deeper than {most} levels. The record is not what the view takes it for; look at it by itself.",
        "重复展开 `{path}` 超过 {most} 层。该记录与视图的预期不符，请单独检查。",
    ),
    "view.repeat_rows": (
        "Repeating `{path}` gives more than {most} rows for one record. The record is not what the view takes it for; look at it by itself.",
        "重复展开 `{path}` 在单条记录上超过 {most} 行。该记录与视图的预期不符，请单独检查。",
    ),
}
REPEAT_DEPTH = 64
REPEAT_ROWS = 10_000
_MOST = {"view.repeat_depth": REPEAT_DEPTH, "view.repeat_rows": REPEAT_ROWS}


def mark(rule: str, path: str) -> str:
    """What the statement says when it stops itself."""
    return f"{_MARK}{rule}:{short(path)}"


def at_run_time(message: str) -> Malformed | None:
    """The refusal behind an engine's message, or None when the statement did not stop itself."""
    _, found, rest = message.partition(_MARK)
    rule, _, where = rest.partition("\n")[0].partition(":")
    if not found or rule not in _AT_RUN_TIME:
        return None
    en, zh = _AT_RUN_TIME[rule]
    return Malformed(rule, en, zh, path=where, most=_MOST.get(rule, 0))
