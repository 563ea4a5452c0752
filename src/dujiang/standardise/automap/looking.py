"""Looks at a sample of each raw table of a zone and proposes one map for all of them; a map confirmed elsewhere for tables that look so comes first."""

from collections.abc import Callable, Iterator, Sequence
from typing import cast

import msgspec

from dujiang.collect.arrivals import Arrival, records_name
from dujiang.standardise.automap.drafting import Seen, draft, learnt
from dujiang.standardise.automap.headers import plain
from dujiang.standardise.automap.proposing import propose
from dujiang.standardise.automap.shapes import profiles
from dujiang.standardise.plan import literal
from dujiang.standardise.tables.compiling import compiled
from dujiang.standardise.tables.confirming import Looked, TableMap, map_id
from dujiang.world import Frames, World

SAMPLE = 2000  # rows of a table
CELLS = 400_000  # of a sample; a wide table gives fewer rows
MOST_TABLES = 100
LEAST_ALIKE = 0.7  # of the headers and types of two tables together
NO_NAME = "proposed"


def look(world: World, zone: str, arrivals: Sequence[Arrival], tell: Callable[[int, int], None]) -> TableMap:
    """The proposal for the tables of a zone that no confirmed map of it reads; without a text when nothing is sure enough."""
    every = world.tables.all(TableMap, state="confirmed")
    read = [found for one in every if one.zone == zone for found in compiled(one.text).maps]
    others = [one for one in every if one.zone != zone]
    known = learnt([one.text for one in every])
    tables: list[Seen] = []
    with world.frames() as frames:
        urls = ", ".join(literal(frames.url(zone, records_name(a.id))) for a in arrivals)
        kinds = [(kind, rows) for kind, rows in _kinds(frames, urls) if not any(found.takes(kind) for found in read)][:MOST_TABLES]
        for done, (kind, rows) in enumerate(kinds, 1):
            seen = profiles(_sample(frames, urls, kind))
            looked = propose(kind, seen, rows, known)
            tables.append(Seen(msgspec.structs.replace(looked, like=_like(looked, others)), {one.name: one for one in seen}))
            tell(done, len(kinds))
    text = _reused(tables, others) or draft(NO_NAME, tables)
    name = compiled(text).name if text else NO_NAME
    return TableMap(id=map_id(zone, text), state="proposed", zone=zone, name=name, text=text, looked=tuple(seen.looked for seen in tables))


def _kinds(frames: Frames, urls: str) -> list[tuple[str, int]]:
    rows = frames.rows(f"SELECT kind, count(*) FROM read_parquet([{urls}]) WHERE form = 'table' GROUP BY kind ORDER BY kind")
    return cast(list[tuple[str, int]], rows)


def _sample(frames: Frames, urls: str, kind: str) -> Iterator[dict[str, str | None]]:
    """Rows of a table, the same ones each time."""
    rows = frames.rows(f"SELECT body FROM read_parquet([{urls}]) WHERE form = 'table' AND kind = ? ORDER BY md5(key), file, line LIMIT {SAMPLE}", [kind])
    cells = 0
    for (body,) in rows:
        row = msgspec.json.decode(cast(str, body), type=dict[str, str | None])
        cells += len(row)
        if cells > CELLS:
            return
        yield row


def _like(looked: Looked, others: Sequence[TableMap]) -> str:
    """The confirmed map of another zone that was made for the table most like this one, if one is like enough."""
    scored = [(alike(looked, table), other.id) for other in others for table in other.looked]
    score, id = max(scored, default=(0.0, ""))
    return id if score >= LEAST_ALIKE else ""


def alike(one: Looked, other: Looked) -> float:
    """The share of headers (as compared) that two tables have in common, with the same type of content or with none on one side."""
    mine, theirs = _typed(one), _typed(other)
    same = [name for name in mine.keys() & theirs.keys() if "empty" in (mine[name], theirs[name]) or mine[name] == theirs[name]]
    return len(same) / len(mine.keys() | theirs.keys()) if mine or theirs else 0.0


def _typed(looked: Looked) -> dict[str, str]:
    return {plain(mark.rpartition("|")[0]): mark.rpartition("|")[2] for mark in looked.fingerprint}


def _reused(tables: Sequence[Seen], others: Sequence[TableMap]) -> str:
    """The text of the newest other map all of whose tables are here with every column it names."""
    for other in reversed(others):
        needs = compiled(other.text)
        readers = {found.kind: found for found in needs.maps}
        if needs.needs and all(
            any((readers[table.removesuffix("*")].takes(seen.looked.table) if table.removesuffix("*") in readers else table == seen.looked.table)
                and set(columns) <= seen.profiles.keys() for seen in tables)
            for table, columns in needs.needs.items()
        ):
            return other.text
    return ""
