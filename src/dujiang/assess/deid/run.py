"""Runs a recipe over the tables of a snapshot inside these frames: new tables, and a report of the risk before and after and of what it cost.

Who is left out of one table for want of others like them is left out of all. Nothing is kept or sent; the key is forgotten at the end.
"""

from collections.abc import Mapping
from typing import NamedTuple, cast

from dujiang.assess.deid.classes import GOOD
from dujiang.assess.deid.coding import Coded, code, forget
from dujiang.assess.deid.keyed import forget_key, load_key, pseudonym
from dujiang.assess.deid.ladders import rungs
from dujiang.assess.deid.lattice import Chosen, search
from dujiang.assess.deid.recipe import Anonymity, Part, Recipe
from dujiang.assess.deid.risk import Loss, Risk, loss, measure
from dujiang.assess.deid.treating import selected
from dujiang.errors import Malformed
from dujiang.words import Word
from dujiang.world import Frames

_GONE = "deid_gone"


class TableReport(Word, frozen=True):
    """What was done to one table. Levels are those of the generalised columns' ladders; `proved` says that no other levels lose less."""

    table: str
    rows: int
    kept: int
    quasi: tuple[str, ...]
    levels: dict[str, int]
    before: Risk
    after: Risk
    loss: Loss
    proved: bool
    counted: int


class Done(NamedTuple):
    """Table -> the name it was made under in the frames, and the reports."""

    made: dict[str, str]
    reports: tuple[TableReport, ...]


class _Found(NamedTuple):
    coded: Coded
    chosen: Chosen
    before: Risk


def deidentify(frames: Frames, sources: Mapping[str, str], recipe: Recipe, *, secret: bytes, project: str) -> Done:
    """De-identify `sources` (table -> a FROM of it) for a project. Malformed (`deid.column`) when the recipe speaks of a column that is not
    there; Refused (`deid.unreachable`) when its anonymity cannot be reached; Malformed (`deid.collision`) when two pseudonyms fell together."""
    kinds = {table: _columns(frames, source) for table, source in sources.items() if table in recipe.tables}
    _check(kinds, recipe)
    load_key(frames, secret, project)
    try:
        return _run(frames, sources, recipe, kinds)
    finally:
        forget_key(frames)
        frames.run(f"DROP TABLE IF EXISTS {_GONE}")


def _run(frames: Frames, sources: Mapping[str, str], recipe: Recipe, kinds: Mapping[str, Mapping[str, str]]) -> Done:
    frames.run(f"CREATE OR REPLACE TABLE {_GONE} (person VARCHAR)")
    made: dict[str, str] = {}
    parts: dict[str, tuple[Chosen | None, Risk | None, dict[str, int]]] = {}
    # First the tables whose rows must hide among others: they say who stays.
    for table in sorted(kinds, key=lambda name: recipe.tables[name].anonymity is None):
        part, columns, name = recipe.tables[table], kinds[table], f"deid_made_{table}"
        found = _hide(frames, sources[table], part, columns, person=recipe.person) if part.anonymity else None
        levels = _levels(found, part)
        _write(frames, sources[table], name, selected(columns, part.columns, person=recipe.person, days=recipe.shift_days, levels=levels),
               found=found, person=recipe.person if recipe.person in columns else "")
        parts[table] = (found.chosen if found else None, found.before if found else None, levels)
        made[table] = name
        if found:
            forget(frames, found.coded)
        _unmixed(frames, sources[table], columns, part)
    for table, name in made.items():
        if recipe.person in kinds[table]:
            frames.run(f"DELETE FROM {name} WHERE deid_person IN (FROM {_GONE})")
    reports = tuple(_report(frames, table, sources[table], made[table], recipe=recipe, columns=kinds[table], told=parts[table]) for table in kinds)
    for name in made.values():
        frames.run(f"ALTER TABLE {name} DROP COLUMN deid_person")
    return Done(made, reports)


def _hide(frames: Frames, source: str, part: Part, columns: Mapping[str, str], *, person: str) -> _Found:
    wanted = cast(Anonymity, part.anonymity)
    steps = part.quasi()
    ladders = {
        name: rungs(step.ladder, f'"{name}"', groups=step.groups, kind="VARCHAR" if step.groups else columns[name]) for name, step in steps.items()
    }
    whose = person if person in columns else ""
    before = measure(frames, source, tuple(steps), person=whose)
    coded = code(frames, source, ladders, sensitive=tuple(wanted.sensitive), person=whose)
    fixed = {i: step.level for i, step in enumerate(steps.values()) if step.level is not None}
    chosen = search(frames, coded, wanted, fixed=fixed)
    return _Found(coded, chosen, before)


def _levels(found: _Found | None, part: Part) -> dict[str, int]:
    if found is not None:
        return dict(zip(found.coded.quasi, found.chosen.levels, strict=True))
    return {name: cast(int, step.level) for name, step in part.quasi().items()}


def _write(frames: Frames, source: str, name: str, select: str, *, found: _Found | None, person: str) -> None:
    """Makes the table; its rows in classes that are not good enough are left out, and their persons noted."""
    whose = f'CAST("{person}" AS VARCHAR)' if person else "CAST(NULL AS VARCHAR)"
    if found is None:
        frames.run(f"CREATE OR REPLACE TABLE {name} AS SELECT {select}, {whose} AS deid_person FROM {source}")
        return
    levels = found.chosen.levels
    joins = "".join(
        f' JOIN {found.coded.domain(i)} deid_d{i} ON deid_d{i}.v IS NOT DISTINCT FROM deid_t."{column}"' for i, column in enumerate(found.coded.quasi)
    )
    same = " AND ".join(f"deid_g.q{i}_{level} = deid_d{i}.c{level}" for i, level in enumerate(levels))
    rows = f"(SELECT deid_t.*, deid_g.size IS NOT NULL AS deid_stays FROM {source} deid_t{joins} LEFT JOIN {GOOD} deid_g ON {same})"
    frames.run(f"CREATE OR REPLACE TABLE {name} AS SELECT {select}, {whose} AS deid_person FROM {rows} WHERE deid_stays")
    if person:
        frames.run(f"INSERT INTO {_GONE} SELECT DISTINCT {whose} FROM {rows} WHERE NOT deid_stays AND {whose} NOT IN (SELECT deid_person FROM {name})")


def _report(
    frames: Frames, table: str, source: str, name: str, *, recipe: Recipe, columns: Mapping[str, str],
    told: tuple[Chosen | None, Risk | None, dict[str, int]],
) -> TableReport:
    part, (chosen, before, levels) = recipe.tables[table], told
    quasi = tuple(part.quasi())
    person = recipe.person if recipe.person in columns else ""
    first = before or measure(frames, source, quasi, person=person)
    after = measure(frames, name, quasi, person="deid_person" if person else "")
    cost = chosen.cost if chosen else 0.0
    return TableReport(
        table=table, rows=first.records, kept=after.records, quasi=quasi, levels=levels, before=first, after=after,
        loss=loss(frames, name, quasi, rows=first.records, generalised=cost, k=part.anonymity.k if part.anonymity else 1),
        proved=chosen.proved if chosen else True, counted=chosen.counted if chosen else 0,
    )


def _unmixed(frames: Frames, source: str, columns: Mapping[str, str], part: Part) -> None:
    """Malformed when two keys got one pseudonym: they would be one person from here on. 128 bits never do; the 60 of a number might."""
    for column, step in part.columns.items():
        if step.how == "pseudonym" and "INT" in columns[column]:
            made = pseudonym(f'"{column}"', step.of or column, columns[column])
            before, after = frames.rows(f'SELECT count(*), count(DISTINCT {made}) FROM (SELECT DISTINCT "{column}" FROM {source} WHERE "{column}" IS NOT NULL)')[0]
            if before != after:
                raise Malformed("deid.collision", "Pseudonyms could not be kept apart. Use another project's name.", "假名发生冲突，请更换项目名称。")


def _columns(frames: Frames, source: str) -> dict[str, str]:
    return {str(name): str(kind) for name, kind, *_ in frames.rows(f"DESCRIBE SELECT * FROM {source}")}


def _check(kinds: Mapping[str, Mapping[str, str]], recipe: Recipe) -> None:
    for table, columns in kinds.items():
        part = recipe.tables[table]
        wanted = part.anonymity
        named = [*part.columns, *(wanted.sensitive if wanted else ()), *(wanted.weights if wanted else ())]
        if any(step.how == "shift" for step in part.columns.values()):
            named.append(recipe.person)
        missing = next((name for name in named if name not in columns), None)
        if missing is not None:
            raise Malformed("deid.column", "The recipe speaks of column {column} of {table}, which is not there.",
                            "方案所指的列 {column} 不在表 {table} 中。", column=missing, table=table)
        open_ended = part.searched() if wanted is None else {}
        if open_ended:
            raise Malformed("deid.level", "Column {column} of {table} is to be generalised: say a level, or how anonymous its rows must be.",
                            "表 {table} 的列 {column} 须泛化：请指明层级，或给出匿名要求。", column=next(iter(open_ended)), table=table)
