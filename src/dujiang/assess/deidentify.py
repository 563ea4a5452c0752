"""What a grade demands of an asset version's columns, as the policy pack's one table says it; register asks here.

Grade 4 is computed on in the node only: nothing is generalised, but direct identifiers are absent. A treatment is SQL
over one column; a column whose rule the table does not name is left out.
"""

from collections.abc import Iterable, Mapping

from dujiang.assess.grading import ColumnGrade, grade_columns
from dujiang.assess.pack import Pack, pack
from dujiang.words import Grade, Word


class Treated(Word, frozen=True):
    """One column of an asset version: how it is taken from the standard table."""

    table: str
    column: str
    treatment: str
    sql: str


def treat(columns: Mapping[str, Iterable[str]], grade: Grade, policy: Pack | None = None) -> tuple[Treated, ...]:
    """The columns that an asset version of this grade has, out of table -> columns; others are left out."""
    demand = (policy or pack()).demands[grade]
    kept = ((c, demand.columns.get(c.rule, "leave_out")) for c in grade_columns(columns, policy))
    return tuple(
        Treated(table=c.table, column=c.column, treatment=how, sql=_sql(c, how))
        for c, how in kept
        if how != "leave_out"
    )


def keeps_sensitive_rows(grade: Grade, policy: Pack | None = None) -> bool:
    """Whether rows with sensitive codes may stay in an asset version of this grade."""
    return (policy or pack()).demands[grade].sensitive_rows


def needs_measured_risk(grade: Grade, policy: Pack | None = None) -> bool:
    """Whether a version of this grade may only come from a recorded transform whose risk was measured."""
    return (policy or pack()).demands[grade].risk_measured


def _sql(c: ColumnGrade, treatment: str) -> str:
    """The column under its treatment, by its own name."""
    if treatment == "keep":
        return c.column
    if treatment == "decade":
        return f"{c.column} - {c.column} % 10 AS {c.column}"
    if c.column.endswith("_datetime"):
        return f"date_trunc('month', {c.column})::TIMESTAMP AS {c.column}"
    if c.column.endswith("_date"):
        return f"date_trunc('month', {c.column})::DATE AS {c.column}"
    # A part of a date (day of birth, time of day) has no month to be cut to.
    return f"NULL AS {c.column}"
