"""Ready-made fields for tables of any shape: names, dates, numbers, words, e-mail addresses; the default settings from a column's kind."""

from collections.abc import Iterable, Mapping
from math import isqrt

from dujiang.identify.linkage import Field, Level, Linkage, Rule
from dujiang.words import Saying

COMPARED = 3_000_000  # a table whose pairs, times its fields, are no more than this is compared whole
# A slip of the pen: a character wrong, missing or added, or two neighbours swapped. The cheap distance first.
_SLIP = (
    "CASE levenshtein(a.{0}, b.{0}) WHEN 1 THEN true WHEN 2 THEN damerau_levenshtein(a.{0}, b.{0}) = 1 ELSE false END"
)


def alike(one: str, other: str, least: float) -> str:
    """SQL: the Jaro-Winkler similarity of two texts is at least this; told the limit, the engine gives up early."""
    return f"jaro_winkler_similarity({one}, {other}, {least}) >= {least}"


def slip(column: str) -> str:
    """SQL: the two spellings of a column are one slip of the pen apart."""
    return _SLIP.format(column)


def name(column: str, other: str = "") -> Field:
    """A name; `other` is the column with which it may have been swapped."""
    same = f"a.{column} = b.{column}" + (f" OR a.{column} = b.{other} AND a.{other} = b.{column}" if other else "")
    return _field(
        column,
        Level(name="same", when=same, m=0.88, u=0.004),
        Level(name="close", when=alike(f"a.{column}", f"b.{column}", 0.92), m=0.05, u=0.002),
        Level(name="alike", when=alike(f"a.{column}", f"b.{column}", 0.82), m=0.03, u=0.005),
        Level(name="differs", m=0.04, u=0.989),
    )


def date(column: str) -> Field:
    """A date as eight digits, year first."""
    parts = [f"{{}}.{column}[1:4]", f"{{}}.{column}[5:6]", f"{{}}.{column}[7:8]"]
    year, month, day = ((p.format("a"), p.format("b")) for p in parts)
    swapped = f"{year[0]} = {year[1]} AND {month[0]} = {day[1]} AND {day[0]} = {month[1]}"
    two = " + ".join(f"({x} = {y})::INT" for x, y in (year, month, day)) + " = 2"
    return _field(
        column,
        Level(name="same", when=f"a.{column} = b.{column}", m=0.9, u=0.00004),
        Level(name="slip", when=f"{swapped} OR {slip(column)}", m=0.04, u=0.001),
        Level(name="part", when=f"{two} OR levenshtein(a.{column}, b.{column}) = 2", m=0.03, u=0.014),
        Level(name="differs", m=0.03, u=0.985),
    )


def number(column: str) -> Field:
    """A number or code that a slip of the pen may have changed."""
    return _field(
        column,
        Level(name="same", when=f"a.{column} = b.{column}", m=0.9, u=0.001),
        Level(name="slip", when=slip(column), m=0.05, u=0.01),
        Level(name="differs", m=0.05, u=0.989),
    )


def words(column: str) -> Field:
    """A place, a street, an occupation."""
    return _field(
        column,
        Level(name="same", when=f"a.{column} = b.{column}", m=0.8, u=0.005),
        Level(name="close", when=alike(f"a.{column}", f"b.{column}", 0.9), m=0.1, u=0.005),
        Level(name="alike", when=alike(f"a.{column}", f"b.{column}", 0.8), m=0.04, u=0.01),
        Level(name="differs", m=0.06, u=0.98),
    )


def category(column: str) -> Field:
    """One of a few values."""
    return _field(
        column, Level(name="same", when=f"a.{column} = b.{column}", m=0.95, u=0.2), Level(name="differs", m=0.05, u=0.8)
    )


def email(column: str) -> Field:
    """An e-mail address; the part before the @ counts for itself."""
    user = f"split_part({{}}.{column}, '@', 1)"
    a, b = user.format("a"), user.format("b")
    return _field(
        column,
        Level(name="same", when=f"a.{column} = b.{column}", m=0.7, u=0.0001),
        Level(name="user", when=f"{a} = {b}", m=0.1, u=0.001),
        Level(name="close", when=alike(f"a.{column}", f"b.{column}", 0.92), m=0.1, u=0.001),
        Level(name="alike", when=alike(a, b, 0.88), m=0.05, u=0.002),
        Level(name="differs", m=0.05, u=0.9959),
    )


def _field(column: str, *levels: Level) -> Field:
    missing = f"a.{column} IS NULL OR b.{column} IS NULL"
    return Field(name=column, says=Saying(en=column, zh=column), missing=missing, levels=levels, terms=column, shows=(column,))


KINDS = {"date": date, "number": number, "words": words, "category": category, "email": email}


def linkage_of(kinds: Mapping[str, str]) -> Linkage:
    """Settings for a table whose columns are of these kinds: `name` or one of `KINDS`.

    Two names are compared crosswise too. Every column but categories is a reason to compare, a pair of names in any order another, and
    small tables are compared whole; the budget drops what is too crowded. ValueError for an unknown kind.
    """
    names = [c for c, kind in kinds.items() if kind == "name"]
    pair = dict(zip(names, reversed(names), strict=True)) if len(names) == 2 else {}
    unknown = {kind for kind in kinds.values() if kind != "name" and kind not in KINDS}
    if unknown:
        raise ValueError(f"no such kind of column: {', '.join(sorted(unknown))}")
    fields = [name(c, pair.get(c, "")) if kind == "name" else KINDS[kind](c) for c, kind in kinds.items()]
    return Linkage(fields=tuple(fields), rules=tuple(_rules(kinds, names)))


def _rules(kinds: Mapping[str, str], names: list[str]) -> Iterable[Rule]:
    yield Rule(name="everybody", key="''", says=Saying(en="anything", zh="任意"), most=isqrt(2 * COMPARED // len(kinds)))
    for column, kind in kinds.items():
        if kind != "category":
            yield Rule(name=column, key=f"r.{column}", says=Saying(en=column, zh=column))
    if len(names) == 2:
        one, other = names
        key = f"least(r.{one}, r.{other}) || '|' || greatest(r.{one}, r.{other})"
        yield Rule(name="names", key=f"CASE WHEN r.{one} IS NOT NULL AND r.{other} IS NOT NULL THEN {key} END", says=Saying(en="both names", zh="姓名"))
