"""The words of a query as SQL over the warm tables: pure text, made of validated literals only; who matches a code is looked up by the caller."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from dujiang.compute.query import AllOf, AnyOf, ByAge, BySex, Cohort, Events, Grouping, Has, Not
from dujiang.words import Code

Find = Callable[[str, Sequence[Code]], list[int]]  # the numbers of a table's distinct sets of codes that hold any of these


def in_cohort(cohort: Cohort, find: Find) -> str:
    """The cohort as a condition on a person `w`."""
    if isinstance(cohort, Has):
        where = selected(find(cohort.table, cohort.codes), cohort.since, cohort.until)
        return f"w.n IN (SELECT n FROM w_{cohort.table} WHERE {where} GROUP BY n HAVING count(*) >= {cohort.at_least:d})"
    if isinstance(cohort, Not):
        return f"NOT ({in_cohort(cohort.part, find)})"
    if isinstance(cohort, AllOf | AnyOf):
        joint = " AND " if isinstance(cohort, AllOf) else " OR "
        return "(" + joint.join(f"({in_cohort(p, find)})" for p in cohort.parts) + ")"
    return "TRUE"


def selected(sets: Sequence[int], since: date | None, until: date | None) -> str:
    """Events with one of these sets of codes in the period; an event without a day is in no period."""
    where = [f"c IN ({', '.join(f'{c:d}' for c in sets)})" if sets else "FALSE"]
    where += [f"day >= {day(since)}"] if since else []
    where += [f"day <= {day(until)}"] if until else []
    return " AND ".join(where)


def day(value: date) -> str:
    return f"DATE '{value.year:04d}-{value.month:02d}-{value.day:02d}'"


def number(value: Decimal) -> str:
    """Never with an exponent, for DuckDB reads 1E-7 as a float."""
    return format(value, "f")


def valued(of: Events) -> str:
    """Values within the query's bounds."""
    low = [] if of.low is None else [f"value >= {number(of.low)}"]
    high = [] if of.high is None else [f"value <= {number(of.high)}"]
    return " AND ".join(["value IS NOT NULL", *low, *high])


def place(group: Grouping) -> str:
    """Which of the grouping's values a person has, as a number; NULL for none."""
    if isinstance(group, BySex):
        return "CASE sex " + " ".join(f"WHEN '{v}' THEN {n}" for n, v in enumerate(group.labels())) + " END"
    assert isinstance(group, ByAge)
    bands = " ".join(f"WHEN {_age(group.on)} < {edge:d} THEN {n}" for n, edge in enumerate(group.edges[1:]))
    outside = f"birth IS NULL OR birth > {day(group.on)} OR {_age(group.on)} < {group.edges[0]:d}"
    return f"CASE WHEN {outside} THEN NULL {bands} ELSE {len(group.edges) - 1} END"


def _age(on: date) -> str:
    """Completed years; who was born on 29 February completes one on 1 March where there is no 29th."""
    later = f"month(birth) > {on.month} OR (month(birth) = {on.month} AND day(birth) > {on.day})"
    return f"({on.year} - year(birth) - CASE WHEN {later} THEN 1 ELSE 0 END)"


def bin_of(edges: Sequence[Decimal]) -> str:
    """The number of a value's bin: 0 below, then [e0, e1), …, the last one closed, then above."""
    under = " ".join(f"WHEN value < {number(edge)} THEN {n}" for n, edge in enumerate(edges[:-1]))
    last = len(edges) - 1
    return f"CASE {under} WHEN value <= {number(edges[-1])} THEN {last} ELSE {last + 1} END"
