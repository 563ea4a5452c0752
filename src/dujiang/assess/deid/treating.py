"""What a recipe's step makes of a column, as SQL that keeps the column's name and, but for masks, its type."""

from collections.abc import Mapping

from dujiang.assess.deid.keyed import pseudonym, shift
from dujiang.assess.deid.ladders import rungs
from dujiang.assess.deid.recipe import Step
from dujiang.errors import Malformed


def treated(column: str, kind: str, step: Step, *, person: str, days: int, level: int = 0) -> str:
    """SQL for the column under its step, without a name; `level` is what a generalised column was found to need."""
    name = f'"{column}"'
    if step.how == "keep":
        return name
    if step.how == "blank":
        return f"CAST(NULL AS {kind})"
    if step.how == "pseudonym":
        return pseudonym(name, step.of or column, kind)
    if step.how == "shift":
        if kind not in ("DATE",) and not kind.startswith("TIMESTAMP"):
            _misfit(column, "shift")
        moved = shift(f'"{person}"', days)
        return f"CAST({name} + to_days(CAST({moved} AS INTEGER)) AS {kind})"
    if step.how == "generalise":
        rung = rungs(step.ladder, name, groups=step.groups, kind="VARCHAR" if step.groups else kind)
        made = rung[level if step.level is None else step.level]
        return made if step.groups else f"CAST({made} AS {kind})"
    if step.how == "mask":
        last = f"right(CAST({name} AS VARCHAR), {step.show})" if step.show else "''"
        return f"CASE WHEN {name} IS NOT NULL THEN repeat('*', greatest(length(CAST({name} AS VARCHAR)) - {step.show}, 1)) || {last} END"
    return _number(name, column, kind, step)


def _number(name: str, column: str, kind: str, step: Step) -> str:
    if not kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) and "INT" not in kind:
        _misfit(column, step.how)
    if step.how == "round":
        return f"CAST(round({name} / {step.width}) * {step.width} AS {kind})"
    low = f"greatest({name}, {step.low})" if step.low is not None else name
    capped = f"least({low}, {step.high})" if step.high is not None else low
    # greatest and least pass over what is absent; it must stay absent.
    return f"CASE WHEN {name} IS NOT NULL THEN CAST({capped} AS {kind}) END"


def _misfit(column: str, how: str) -> None:
    raise Malformed("deid.misfit", "The recipe's treatment {how} does not fit the type of column {column}.",
                    "方案中的处理方式 {how} 与列 {column} 的类型不符。", how=how, column=column)


def selected(columns: Mapping[str, str], steps: Mapping[str, Step], *, person: str, days: int, levels: Mapping[str, int]) -> str:
    """The SELECT list over a table's columns (name -> type): those with a step that leaves something, in the table's order."""
    return ", ".join(
        f'{treated(name, kind, steps[name], person=person, days=days, level=levels.get(name, 0))} AS "{name}"'
        for name, kind in columns.items() if name in steps and steps[name].how != "drop"
    )
