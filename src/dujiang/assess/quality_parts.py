"""Breaks the counts of checks down by source, department and arrival, so that the weakest can be named; keeps counts only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from dujiang.assess.checks import Check
from dujiang.assess.counting import Counting
from dujiang.assess.known import simplify
from dujiang.assess.quality_score import Pair, category_scores, judge, score
from dujiang.assess.tallies import Tally
from dujiang.words import Word

SOURCE, DEPARTMENT, ARRIVAL = KINDS = ("source", "department", "arrival")


class Part(Word, frozen=True):
    """The quality of what comes from one source, one department or one arrival; `found` is (violated, of) by failed or soiled check."""

    what: str  # a zone, `site <id>` or `visit <kind>`, or an arrival
    rows: int
    score: int
    categories: dict[str, int]
    found: dict[str, Pair]


class Cell(NamedTuple):
    """Where rows come from. A department is a care site where rows name one, else a kind of visit."""

    source: str
    department: str
    arrival: str


@dataclass(frozen=True)
class Gathered:
    """Counts by cell: [violated, of] by check, and rows; and of the whole, what cannot be told apart."""

    checks: dict[Cell, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0, 0])))
    rows: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))
    whole: dict[str, Pair] = field(default_factory=dict)

    def totals(self) -> dict[str, Pair]:
        """(violated, of) by check."""
        found: dict[str, Pair] = dict(self.whole)
        for counts in self.checks.values():
            for name, (bad, of) in counts.items():
                before = found.get(name, (0, 0))
                found[name] = (before[0] + bad, before[1] + of)
        return found

    def several(self) -> bool:
        """Whether there is more than one source or arrival to compare."""
        return len({cell.source for cell in self.rows}) > 1 or len({cell.arrival for cell in self.rows}) > 1


def gather(counting: Counting, checks: Iterable[Check], *, order: Sequence[str] = ()) -> Gathered:
    """Count checks by cell; one that lacks its columns or tables is left out. `order` is the arrivals' ids, oldest first."""
    gathered = Gathered()
    by_table: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        if counting.can(check.counted, check.bad) and counting.can(check.counted, check.of):
            by_table[check.counted].append(check)
    for table, known in by_table.items():
        whole = [check for check in known if check.bad.whole]
        counts = counting.count((table, tally) for check in whole for tally in (check.of, check.bad))
        gathered.whole.update({check.id: (counts[table, check.bad], counts[table, check.of]) for check in whole})
        if counting.tables.rows(table):
            _fill(counting, table, [check for check in known if not check.bad.whole], (gathered, list(order)))
    return gathered


def parts(gathered: Gathered, *, order: Sequence[str] = ()) -> dict[str, tuple[Part, ...]]:
    """By kind of part: sources and departments weakest first, arrivals in their order."""
    places = {arrival: place for place, arrival in enumerate(order)}
    found = {kind: _merged(gathered, kind) for kind in KINDS}
    weakest = {kind: tuple(sorted(some, key=lambda p: (p.score, p.what))) for kind, some in found.items()}
    return {**weakest, ARRIVAL: tuple(sorted(found[ARRIVAL], key=lambda p: (places.get(p.what, len(places)), p.what)))}


def cell_columns(counting: Counting, table: str) -> tuple[str, str, str]:
    """SQL for a row's source, department and arrival."""
    have = counting.tables.columns(table)
    beside = "visit_occurrence_id" in have and table != "visit_occurrence" and counting.besides.gives("v", ("site", "kind"))
    site = "t.care_site_id" if "care_site_id" in have else "v.site" if beside else "NULL::BIGINT"
    kind = "t.visit_concept_id" if "visit_concept_id" in have else "v.kind" if beside else "NULL::BIGINT"
    department = f"CASE WHEN {site} IS NOT NULL THEN concat('site ', {site}) WHEN {kind} <> 0 THEN concat('visit ', {kind}) ELSE '' END"
    arrival = "coalesce(t.x_arrival, '')" if "x_arrival" in have else "''"
    return "regexp_extract(t.filename, '^sealed://([^/]+)/', 1)", department, arrival


def _fill(counting: Counting, table: str, checks: Sequence[Check], into: tuple[Gathered, list[str]]) -> None:
    gathered, order = into
    columns = ", ".join(cell_columns(counting, table))
    decide = counting.decide(table)
    plain = {tally: tally.number(simplify(tally.where, decide)) for c in checks for tally in (c.of, c.bad) if not tally.by}
    asked = {number: place for place, number in enumerate(dict.fromkeys(n for n in plain.values() if n != "count_if(false)"))}
    text = ", ".join((columns, "count(*)", *asked))
    sql = f"SELECT {text} FROM {counting.tables.source(table)} t{counting.besides.joins(text)} GROUP BY 1, 2, 3"
    numbers: dict[Tally, dict[Cell, int]] = defaultdict(dict)
    for row in counting.tables.frames.rows(counting.tables.sql(sql)):
        cell = Cell(*cast(tuple[str, str, str], row[:3]))
        gathered.rows[cell] += cast(int, row[3])
        for tally, asked_for in plain.items():
            numbers[tally][cell] = cast(int, row[4 + asked[asked_for]] or 0) if asked_for in asked else 0
    for tally in dict.fromkeys(check.bad for check in checks if check.bad.by):
        numbers[tally] = _surplus(counting, table, tally, order)
    for check in checks:
        for place, tally in ((0, check.bad), (1, check.of)):
            for cell, number in numbers[tally].items():
                gathered.checks[cell][check.id][place] += number


def _surplus(counting: Counting, table: str, tally: Tally, order: Sequence[str]) -> dict[Cell, int]:
    """Of groups of equal rows all but the first, by where each is from; the first is what arrived first."""
    if not counting.count([(table, tally)])[table, tally]:
        return {}
    columns = cell_columns(counting, table)
    by = ", ".join(f"t.{column}" for column in tally.by)
    names = ", ".join(f"{sql} AS {name}" for sql, name in zip(columns, Cell._fields, strict=True))
    known = ", ".join(f"'{arrival}'" for arrival in order if "'" not in arrival)
    first = f"(row_number() OVER (PARTITION BY {by} ORDER BY list_position([{known}]::VARCHAR[], arrival), arrival, source, department) = 1)"
    groups = (
        f"SELECT {by}, {names}, count(*) AS n FROM {counting.tables.source(table)} t"
        f"{counting.besides.joins(f'{names} {tally.among}')} WHERE {tally.among} GROUP BY ALL"
    )
    sql = f"SELECT source, department, arrival, sum(n - first)::BIGINT FROM (SELECT *, {first}::INT AS first FROM ({groups}) t) GROUP BY 1, 2, 3"
    found = counting.tables.frames.rows(counting.tables.sql(sql))
    return {Cell(*cast(tuple[str, str, str], row[:3])): cast(int, row[3]) for row in found if row[3]}


def _merged(gathered: Gathered, kind: str) -> list[Part]:
    """Parts of one kind; what names no such part is left out."""
    counts: dict[str, dict[str, Pair]] = defaultdict(dict)
    sizes: dict[str, int] = defaultdict(int)
    for cell, checks in gathered.checks.items():
        what = str(getattr(cell, kind))
        sizes[what] += gathered.rows[cell]
        for name, (bad, of) in checks.items():
            before = counts[what].get(name, (0, 0))
            counts[what][name] = (before[0] + bad, before[1] + of)
    return [_part(what, sizes[what], some) for what, some in sorted(counts.items()) if what]


def _part(what: str, rows: int, counts: Mapping[str, Pair]) -> Part:
    results = judge(counts)
    categories = {name: int(part) for name, part in category_scores(results).items()}
    found = {r.id: (r.violated, r.denominator) for r in results if r.violated}
    return Part(what=what, rows=rows, score=score(results), categories=categories, found=found)
