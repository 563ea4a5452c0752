"""Measures whether columns that are harmless one by one find people together, as the policy pack lists them; keeps counts alone."""

from collections.abc import Collection, Mapping

from dujiang.assess.deid.risk import measure
from dujiang.assess.grading import Uplift
from dujiang.assess.pack import Pack, pack
from dujiang.words import Word
from dujiang.world import Frames


class RareCodes(Word, frozen=True):
    """How many codes of a table fewer people have than the pack calls few, and how many people have one of them."""

    table: str
    codes: int
    people: int


def uplifts(frames: Frames, sources: Mapping[str, str], columns: Mapping[str, Collection[str]], policy: Pack | None = None) -> tuple[Uplift, ...]:
    """The combinations, all of whose columns are among `columns`, in which too many people are alone; `sources` is table -> a FROM of it."""
    found = []
    for rule in (policy or pack()).combinations:
        if rule.table in sources and set(rule.columns) <= set(columns.get(rule.table, ())):
            risk = measure(frames, sources[rule.table], rule.columns)
            if risk.people and risk.unique > rule.unique:
                found.append(Uplift(rule=rule.id, grade=rule.grade, alone=round(risk.unique * risk.people), people=risk.people, says=rule.says))
    return tuple(found)


def minors(frames: Frames, persons: str, year: int, policy: Pack | None = None) -> int:
    """How many persons are, or in that year will be, under the pack's age; `persons` is a FROM with `year_of_birth`."""
    under = (policy or pack()).minors.under
    return int(str(frames.rows(f"SELECT count(*) FROM {persons} WHERE year_of_birth > {year - under - 1}")[0][0]))


def rare_codes(frames: Frames, sources: Mapping[str, str], policy: Pack | None = None) -> tuple[RareCodes, ...]:
    """Codes that few people of the table have: by such a one its bearer is found although the code itself says nothing delicate."""
    few, found = (policy or pack()).few, []
    for table, source in sources.items():
        split = f"SELECT DISTINCT person_id, unnest(string_split(x_codes, ' ')) AS code FROM {source} WHERE x_codes <> ''"
        held = f"SELECT code FROM codes GROUP BY code HAVING count(*) < {few}"
        codes, people = frames.rows(
            f"WITH codes AS ({split}), held AS ({held}) SELECT count(DISTINCT code), count(DISTINCT person_id) FROM codes SEMI JOIN held USING (code)"
        )[0]
        if codes:
            found.append(RareCodes(table=table, codes=int(str(codes)), people=int(str(people))))
    return tuple(found)
