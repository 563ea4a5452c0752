"""Codes and their names, both ways: the names of a node's vocabularies for reading diagnoses, and what a code is called for a page."""

from collections.abc import Iterator, Sequence
from typing import cast

from dujiang.standardise.terms.index import Name
from dujiang.standardise.terms.lists import PLACE, SYSTEM, own_sayings
from dujiang.standardise.vocabularies.shelf import TABLES, ZONE, Vocabulary
from dujiang.words import Code, Saying
from dujiang.world import Frames

DIAGNOSES = ("ICD10CN", "ICD10")  # of Athena, the systems whose names are read; a list of diagnoses may be of any
MOST_LISTS = PLACE - 1  # lists beyond these share the last place
_NAMES = """
SELECT coalesce(nullif(n.system, ''), c.system) AS system, coalesce(nullif(n.code, ''), c.code) AS code, n.lang, n.name
FROM {names} n LEFT JOIN {concepts} c ON c.concept = n.concept
UNION ALL SELECT system, code, 'en', name FROM {concepts} WHERE concept IS NOT NULL"""


def names_of(frames: Frames, vocabularies: Sequence[Vocabulary]) -> Iterator[Name]:
    """Every name of a diagnosis in the vocabularies, those loaded last speaking first."""
    for place, vocabulary in enumerate(sorted(vocabularies, key=lambda v: (v.loaded, v.id), reverse=True)):
        if vocabulary.domain not in ("", "Condition"):
            continue
        systems = DIAGNOSES if not vocabulary.domain else tuple(vocabulary.systems)
        if not set(systems) & set(vocabulary.systems):
            continue
        wanted = ", ".join(f"'{system}'" for system in systems)
        rows = frames.rows(f"SELECT system, code, lang, name FROM ({_sql(frames, [vocabulary])}) WHERE system IN ({wanted}) ORDER BY ALL")
        yield from _named(cast(list[tuple[str, str, str, str]], rows), min(place, MOST_LISTS))


def _named(rows: list[tuple[str, str, str, str]], place: int) -> Iterator[Name]:
    """Each name; it is shown as the code's Chinese name where there is one."""
    shown: dict[tuple[str, str], str] = {}
    for system, code, _, name in sorted(rows, key=lambda row: (row[2] != "zh", row)):
        shown.setdefault((system, code), name)
    for system, code, lang, name in rows:
        yield Name(place, (Code(system=system, code=code),), name, name if lang == "en" else shown[system, code])


def sayings(frames: Frames, vocabularies: Sequence[Vocabulary], codes: Sequence[Code]) -> dict[Code, Saying]:
    """What codes are called in both languages, one for the other where only one is known; codes nobody knows are left out."""
    found: dict[Code, dict[str, str]] = {}
    if vocabularies and codes:
        frames.load("x_codes_asked", {"system": "VARCHAR", "code": "VARCHAR"}, ({"system": c.system, "code": c.code} for c in codes))
        rows = frames.rows(f"SELECT system, code, lang, min(name) FROM ({_sql(frames, vocabularies)}) JOIN x_codes_asked USING (system, code) GROUP BY ALL")
        for system, code, lang, name in cast(list[tuple[str, str, str, str]], rows):
            found.setdefault(Code(system=system, code=code), {})[lang] = name
    said = {code: Saying(en=names.get("en") or names.get("zh", ""), zh=names.get("zh") or names.get("en", "")) for code, names in found.items()}
    own = {code: own_sayings()[code.code] for code in codes if code.system == SYSTEM and code.code in own_sayings()}
    return {**own, **{code: saying for code, saying in said.items() if saying.en}}


def _sql(frames: Frames, vocabularies: Sequence[Vocabulary]) -> str:
    return _NAMES.format(names=_files(frames, vocabularies, "names"), concepts=_files(frames, vocabularies, "concept"))


def _files(frames: Frames, vocabularies: Sequence[Vocabulary], table: str) -> str:
    files = ", ".join(f"'{frames.url(ZONE, name)}'" for v in vocabularies for name in v.files(table))
    empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in TABLES[table].items())
    return f"read_parquet([{files}])" if files else f"(SELECT {empty} WHERE false)"
