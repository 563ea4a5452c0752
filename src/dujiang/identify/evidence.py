"""Explains a pair of records to a reviewer: the odds to begin with, what each field adds and why, and where that leads; nothing leaves the node."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dujiang.errors import Unknown
from dujiang.identify.linkage import MISSING, UNIT, Field, Linkage
from dujiang.identify.people import PEOPLE
from dujiang.identify.persons import ZONE, PersonIndex
from dujiang.identify.records import TRAITS, files
from dujiang.identify.rulings import place
from dujiang.identify.scoring import compare, score
from dujiang.words import Saying, Word
from dujiang.world import Frames, World

_LEVELS = {
    "same": Saying(en="the same", zh="相同"),
    "sound": Saying(en="sounds the same", zh="读音相同"),
    "blur": Saying(en="sounds alike to a southern ear", zh="方音相近"),
    "similar": Saying(en="similar", zh="相近"),
    "differs": Saying(en="differs", zh="不同"),
    "told": Saying(en="as the identity number tells", zh="与证件号码所示相符"),
    "lunar": Saying(en="the same day of the Chinese calendar", zh="公历农历互换后相同"),
    "part": Saying(en="day and month swapped, or two parts of three the same", zh="月日颠倒或三项中两项相同"),
    "area": Saying(en="the same county", zh="同一区县"),
    "written": Saying(en="written alike, though not valid", zh="写法相同但号码无效"),
    "near": Saying(en="one slip of the pen apart", zh="仅差一处笔误"),
    "unlike": Saying(en="unlike", zh="不像"),
    "other": Saying(en="another", zh="不是同一个"),
    MISSING: Saying(en="missing in one of them", zh="一方缺失"),
}


class Step(Word, frozen=True):
    """One bar of the waterfall: what a field adds in bits, of which `common` for how common the shared value is; `total` so far."""

    field: str
    says: Saying
    level: str
    level_says: Saying
    one: tuple[str, ...]
    other: tuple[str, ...]
    weight: float
    common: float
    total: float


class Evidence(Word, frozen=True):
    """A pair, the rule that speaks, the decision, and the sum: log2 odds and the probability they stand for."""

    one: str
    other: str
    decision: str
    rule: str
    prior: float
    steps: tuple[Step, ...]
    total: float
    probability: float


def explain(world: World, index: PersonIndex, pairs: Sequence[tuple[str, str]]) -> list[Evidence]:
    """The evidence of pairs of records, named `zone/person_id`, as the index weighed it; Unknown when a record is not in it."""
    with world.frames() as frames:
        return _explain(frames, PEOPLE, index, pairs)


def _explain(frames: Frames, linkage: Linkage, index: PersonIndex, pairs: Sequence[tuple[str, str]]) -> list[Evidence]:
    assert index.model is not None
    model = index.model
    number = _lay_out(frames, index, sorted({record for pair in pairs for record in pair}))
    frames.run("DROP TABLE IF EXISTS x_asked")
    frames.load("x_asked", {"a": "BIGINT", "b": "BIGINT"}, ({"a": number[a], "b": number[b]} for a, b in pairs))
    compare(frames, linkage, "x_asked", "x_asked_vectors")
    score(frames, linkage, model, vectors="x_asked_vectors", into="x_asked_scored", everything=True)
    scored = {(row[0], row[1]): row[2:] for row in frames.rows("SELECT a, b, pattern, score, decision, rule FROM x_asked_scored")}
    bonus = _bonus(frames, linkage)
    said = _said(frames, linkage)
    found = []
    for one, other in pairs:
        a, b = number[one], number[other]
        pattern, total, decision, rule = cast(tuple[int, int, str, str], scored[a, b])
        steps = _steps(linkage, (pattern, model.weights, model.prior), (said[a], said[b]), (bonus[a], bonus[b]))
        odds = total / UNIT
        found.append(
            Evidence(
                one=one, other=other, decision=decision, rule=rule, prior=model.prior / UNIT, steps=steps, total=odds,
                probability=round(1 / (1 + 2 ** -max(-60.0, min(60.0, odds))), 6),
            )
        )
    return found


def _lay_out(frames: Frames, index: PersonIndex, records: Sequence[str]) -> dict[str, int]:
    """Fill `x_traits` and `x_terms` for these records; the number of each."""
    frames.load("x_named", {"n": "BIGINT", "place": "VARCHAR"}, ({"n": n, "place": r} for n, r in enumerate(records, 1)))
    url = frames.url(ZONE, index.file)
    frames.run(f"CREATE TABLE x_seen AS SELECT n, version FROM read_parquet('{url}') JOIN x_named ON place = zone || '/' || person_id")
    if len(frames.rows("SELECT n FROM x_seen")) != len(records):
        raise Unknown("person.record", "A record named here is not in the newest index.", "所指记录不在最新的人员索引中。")
    columns = ", ".join(TRAITS)
    parts = [frames.url(ZONE, f"traits/{part}.parquet") for part in index.parts]
    frames.run(f"CREATE TABLE x_traits AS SELECT n, {columns} FROM (SELECT version, {columns} FROM {files(parts)}) JOIN x_seen USING (version)")
    frames.run(f"CREATE TABLE x_terms AS FROM read_parquet('{frames.url(ZONE, index.terms)}')")
    return {record: n for n, record in enumerate(records, 1)}


def _bonus(frames: Frames, linkage: Linkage) -> dict[int, dict[int, int]]:
    fields = [i for i, field in enumerate(linkage.fields) if field.terms]
    rows = frames.rows(f"SELECT n, {', '.join(f'f{i}' for i in fields)} FROM x_bonus")
    return {cast(int, row[0]): dict(zip(fields, cast(list[int], list(row[1:])), strict=True)) for row in rows}


def _said(frames: Frames, linkage: Linkage) -> dict[int, Mapping[str, Any]]:
    columns = sorted({column for field in linkage.fields for column in field.shows})
    rows = frames.rows(f"SELECT n, {', '.join(columns)} FROM x_traits")
    return {cast(int, row[0]): dict(zip(columns, row[1:], strict=True)) for row in rows}


def _steps(
    linkage: Linkage, judged: tuple[int, tuple[tuple[int, ...], ...], int], said: tuple[Mapping[str, Any], Mapping[str, Any]],
    bonus: tuple[Mapping[int, int], Mapping[int, int]],
) -> tuple[Step, ...]:
    pattern, weights, total = judged
    levels, steps = linkage.levels(pattern), []
    for i, field in enumerate(linkage.fields):
        n = pattern >> 3 * i & 7
        common = min(bonus[0][i], bonus[1][i]) if field.terms and n == 1 else 0
        weight = (weights[i][n - 1] if n else 0) + common
        total += weight
        one, other = (_shown(field, values) for values in said)
        steps.append(
            Step(
                field=field.name, says=field.says, level=levels[field.name], level_says=_LEVELS[levels[field.name]], one=one, other=other,
                weight=weight / UNIT, common=common / UNIT, total=total / UNIT,
            )
        )
    return tuple(steps)


def _shown(field: Field, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple("" if values[column] is None else str(values[column]) for column in field.shows)


def waiting(world: World, index: PersonIndex, most: int) -> list[Evidence]:
    """The doubts of an index with their evidence, the likeliest first."""
    with world.frames() as frames:
        url = frames.url(ZONE, index.review_file)
        who = "a_zone, a_person_id, b_zone, b_person_id"
        rows = frames.rows(f"SELECT {who} FROM read_parquet('{url}') ORDER BY score DESC, {who} LIMIT {int(most)}")
        pairs = [(place(cast(str, az), a), place(cast(str, bz), b)) for az, a, bz, b in rows]
        return _explain(frames, PEOPLE, index, pairs)
