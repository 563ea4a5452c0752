"""The slow, obvious engine over small lists of rows: what it says is the truth that the fast one must equal on every query."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from dujiang.compute.layout import BIN, BIN_CONTRIBUTORS, CONTRIBUTORS, EVENTS, MOST, PERSONS, SQUARES, SUM, layout, too_large
from dujiang.compute.query import DATES, SCALE, AllOf, AnyOf, ByAge, ByCode, BySex, Cohort, Events, Everyone, Has, Not, Query
from dujiang.words import Code

Row = Mapping[str, Any]
SEXES = {8532: "female", 8507: "male"}
EXACT = Context(prec=100, rounding=ROUND_HALF_UP)  # halves away from zero, also below zero, as DuckDB rounds decimals


class Person:
    """One person with everything known of them: `persons` are the OMOP rows of the one person, in order of person_id."""

    def __init__(self, id: str, persons: Sequence[Row], events: Mapping[str, Sequence[Row]]) -> None:
        self.id = id
        self.sex = next((SEXES[p["gender_concept_id"]] for p in persons if p["gender_concept_id"] in SEXES), "unknown")
        self.birth = next((b for p in persons if (b := birth_of(p)) is not None), None)
        self.events = events

    def has(self, table: str, codes: Collection[Code], since: date | None, until: date | None) -> int:
        return sum(matches(table, e, codes, since=since, until=until) for e in self.events.get(table, ()))


def birth_of(person: Row) -> date | None:
    """A date of birth known only in part counts from the first day of what is known; a day that does not exist is not known."""
    year, month, day = (person[f"{part}_of_birth"] for part in ("year", "month", "day"))
    try:
        return date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None


def matches(table: str, event: Row, codes: Collection[Code], *, since: date | None, until: date | None) -> bool:
    day = event[DATES[table]]
    in_time = (since is None or (day is not None and day >= since)) and (until is None or (day is not None and day <= until))
    return in_time and any(f"{c.system}|{c.code}" in (event["x_codes"] or "").split(" ") for c in codes)


def in_cohort(person: Person, cohort: Cohort) -> bool:
    match cohort:
        case Everyone():
            return True
        case Has():
            return person.has(cohort.table, cohort.codes, cohort.since, cohort.until) >= cohort.at_least
        case AllOf():
            return all(in_cohort(person, p) for p in cohort.parts)
        case AnyOf():
            return any(in_cohort(person, p) for p in cohort.parts)
        case Not():
            return not in_cohort(person, cohort.part)


def age_on(birth: date, day: date) -> int:
    """Completed years; who was born on 29 February completes a year on 1 March where there is no 29th."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def band(person: Person, group: ByAge) -> list[str]:
    if person.birth is None or person.birth > group.on:
        return []
    age = age_on(person.birth, group.on)
    found = [label for label, edge in zip(group.labels(), group.edges, strict=True) if age >= edge]
    return found[-1:]


def labels(person: Person, group: BySex | ByAge | ByCode) -> list[str]:
    """The values of a grouping that the person has: none, one, or for codes several."""
    if isinstance(group, BySex):
        return [person.sex] if person.sex in group.labels() else []
    if isinstance(group, ByAge):
        return band(person, group)
    return [g.label for g in group.groups if person.has(group.table, g.codes, None, None)]


def is_in(person: Person, query: Query, cell: tuple[str, ...]) -> bool:
    return all(value in labels(person, group) for value, group in zip(cell, query.by, strict=True))


def fixed(value: Decimal) -> int:
    """A value as an integer of 9 decimals."""
    return int(value.scaleb(SCALE, EXACT).quantize(Decimal(1), context=EXACT))


def values(person: Person, of: Events) -> list[int]:
    """The person's values that the query measures, within its bounds; refused when one is a thousand million or more."""
    found = []
    for event in person.events.get(of.table, ()):
        if event["value_as_number"] is None or not matches(of.table, event, of.codes, since=of.since, until=of.until):
            continue
        value = fixed(event["value_as_number"])
        if (of.low is None or value >= fixed(of.low)) and (of.high is None or value <= fixed(of.high)):
            found.append(value)
    if any(abs(value) >= 10 ** (9 + SCALE) for value in found):
        raise too_large()
    return found


def bin_of(value: int, edges: Sequence[int]) -> int:
    """0 below, then the bins [e0, e1), …, the last one closed, then above."""
    if value < edges[0]:
        return 0
    if value > edges[-1]:
        return len(edges)
    return min(sum(value >= e for e in edges), len(edges) - 1)


def run(people: Sequence[Person], query: Query, excluded: Collection[str] = ()) -> tuple[list[int], set[str]]:
    """The vector of the query, and the ids of those counted in it; refused where the fast engine refuses too."""
    vector: list[int] = []
    counted: set[str] = set()
    cohort = [p for p in people if p.id not in excluded and in_cohort(p, query.cohort)]
    for cell in query.cells():
        members = [p for p in cohort if is_in(p, query, cell)]
        counted |= {p.id for p in members}
        vector += numbers(members, query)
    return vector, counted


def numbers(members: Sequence[Person], query: Query) -> list[int]:
    """One cell's part of the vector: those of all possible numbers that the layout names."""
    mine = [] if query.of is None else [values(p, query.of) for p in members]
    every = [v for found in mine for v in found]
    possible = {
        PERSONS: len(members), CONTRIBUTORS: sum(bool(found) for found in mine), EVENTS: len(every), SUM: sum(every),
        SQUARES: sum(v * v for v in every), **bins(mine, [fixed(e) for e in query.edges]),
    }
    wanted = [possible[name] for name in layout(query).names]
    if any(abs(x) >= MOST for x in wanted):
        raise too_large()
    return wanted


def bins(mine: Sequence[Sequence[int]], edges: Sequence[int]) -> dict[str, int]:
    """Events, and persons with at least one, in each bin."""
    places = [[bin_of(v, edges) for v in found] for found in mine] if edges else []
    events = {f"{BIN}{n}": sum(found.count(n) for found in places) for n in range(len(edges) + 1)}
    contributors = {f"{BIN_CONTRIBUTORS}{n}": sum(n in found for found in places) for n in range(len(edges) + 1)}
    return events | contributors
