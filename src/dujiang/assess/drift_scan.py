"""Counts what tables look like by source and by arrival, and says where one differs from the others; no value leaves as itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

from dujiang.assess.checks import book
from dujiang.assess.counting import Counting
from dujiang.assess.drift import Change, change, volume
from dujiang.assess.quality_parts import cell_columns

CODED = ("condition_occurrence", "drug_exposure", "measurement", "observation", "procedure_occurrence")
MOST_CODES, MOST_KINDS = 40, 30
_DECILES = [n / 10 for n in range(1, 10)]
Histograms = dict[tuple[str, str], dict[int, int]]  # (source, arrival) -> bin -> rows


def changes(counting: Counting, arrivals: Sequence[str], *, compare: bool = True) -> tuple[Change, ...]:
    """Each source against the others, the newest arrival of each against its earlier ones, the newest month against those before it.

    Alarms first, larger before smaller. Without `compare`, months only: there is but one source and one arrival.
    """
    found: list[Change] = []
    for what, ordered, held in _histograms(counting) if compare else ():
        found += _compared(what, held, arrivals, ordered=ordered)
    found += _volumes(counting)
    return tuple(sorted(found, key=lambda c: (not c.alarm, -max(c.psi, c.gap), c.what, c.between, c.one)))


def _histograms(counting: Counting) -> Iterator[tuple[str, bool, Histograms]]:
    """What is looked at, whether its bins have an order, and the counts."""
    columns = counting.tables.columns
    if {"gender_concept_id", "year_of_birth", "x_arrival"} <= columns("person").keys():
        yield "sex.person", False, _held(counting, "person", "coalesce(t.gender_concept_id, 0)")
        yield "birth.person", True, _held(counting, "person", "coalesce(t.year_of_birth, 0) // 10")
    for table in CODED:
        if {"x_codes", "x_arrival"} <= columns(table).keys():
            top = f"SELECT x_codes FROM {counting.tables.source(table)} GROUP BY x_codes ORDER BY count(*) DESC, x_codes LIMIT {MOST_CODES}"
            codes = [str(row[0] or "") for row in counting.tables.frames.rows(top)]
            place = f"coalesce(list_position({_list(codes)}, coalesce(t.x_codes, '')), 0)"
            yield f"codes.{table}", False, _held(counting, table, place)
    yield from _values(counting)


def _values(counting: Counting) -> Iterator[tuple[str, bool, Histograms]]:
    """Tenths of the numbers of each frequent kind of measurement in one unit."""
    if not {"x_codes", "value_as_number", "unit_source_value", "x_arrival"} <= counting.tables.columns("measurement").keys():
        return
    kind = "concat(t.x_codes, ' ', t.unit_source_value)"
    sql = (
        f"SELECT {kind}, min(t.x_codes), quantile_disc(t.value_as_number, {_DECILES}) FROM {counting.tables.source('measurement')} t "
        f"WHERE t.value_as_number IS NOT NULL AND t.x_codes <> '' GROUP BY 1 HAVING count(*) >= {2 * book().drift.least} "
        f"ORDER BY count(*) DESC, 1 LIMIT {MOST_KINDS}"
    )
    for name, codes, edges in cast(list[tuple[str, str, list[object]]], counting.tables.frames.rows(sql)):
        steps = " + ".join(f"(t.value_as_number > {edge})::INT" for edge in dict.fromkeys(edges))
        where = f"t.value_as_number IS NOT NULL AND {kind} = {_list([name])}[1]"
        yield f"values.{codes}", True, _held(counting, "measurement", steps, where=where)


def _held(counting: Counting, table: str, place: str, *, where: str = "true") -> Histograms:
    """Rows by source, arrival and bin."""
    source, _, arrival = cell_columns(counting, table)
    sql = f"SELECT {source}, {arrival}, {place}, count(*) FROM {counting.tables.source(table)} t WHERE {where} GROUP BY 1, 2, 3"
    held: Histograms = defaultdict(dict)
    for zone, from_, bin_, rows in cast(list[tuple[str, str, int, int]], counting.tables.frames.rows(sql)):
        held[zone, from_][bin_] = rows
    return held


def _compared(what: str, held: Histograms, arrivals: Sequence[str], *, ordered: bool) -> Iterator[Change]:
    bins = sorted({bin_ for histogram in held.values() for bin_ in histogram})
    places = {arrival: place for place, arrival in enumerate(arrivals)}
    for zone in sorted({zone for zone, _ in held}):
        mine = [key for key in held if key[0] == zone]
        others = [key for key in held if key[0] != zone]
        if others:
            pair = _sum(held, mine, bins), _sum(held, others, bins)
            yield change(what, "source", zone, pair, ordered=ordered, limits=book().drift)
        newest = max(mine, key=lambda key: (places.get(key[1], -1), key[1]))
        if earlier := [key for key in mine if key != newest]:
            pair = _sum(held, [newest], bins), _sum(held, earlier, bins)
            yield change(what, "arrival", newest[1], pair, ordered=ordered, limits=book().drift)


def _sum(held: Histograms, keys: Sequence[tuple[str, str]], bins: Sequence[int]) -> list[int]:
    return [sum(held[key].get(bin_, 0) for key in keys) for bin_ in bins]


def _volumes(counting: Counting) -> Iterator[Change]:
    """The newest month that is over against the months before it, months without rows among them."""
    for table, parts in book().tables.items():
        start = parts.get("start")
        if table == "death" or start not in counting.tables.columns(table) or not counting.tables.rows(table):
            continue
        sql = (
            f"SELECT strftime(m, '%Y-%m'), coalesce(n, 0) FROM (SELECT unnest(range(date_trunc('month', {{as_of}}) - INTERVAL 7 MONTH, "
            f"date_trunc('month', {{as_of}}), INTERVAL 1 MONTH)) AS m) LEFT JOIN (SELECT date_trunc('month', t.{start})::TIMESTAMP AS m, "
            f"count(*) AS n FROM {counting.tables.source(table)} t WHERE t.{start} >= date_trunc('month', {{as_of}}) - INTERVAL 7 MONTH "
            "GROUP BY 1) USING (m) ORDER BY 1"
        )
        months = cast(list[tuple[str, int]], counting.tables.frames.rows(counting.tables.sql(sql)))
        if (found := volume(f"volume.{table}", months, limits=book().drift)) and (found.rows or found.others):
            yield found


def _list(words: Sequence[str]) -> str:
    return "[{}]".format(", ".join("'{}'".format(word.replace("'", "''")) for word in words))
