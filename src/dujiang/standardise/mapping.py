"""The maps as they lie in `maps/`: for a family of forms, how each kind of record is taken apart and what tables it fills.

`<kind>.shape.sql` turns the bodies of a kind into typed columns; `<table>.from.<kind>.sql` turns those into rows. A kind
without a shape is kept raw. Nothing else decides: adding a map is adding a file.
"""

import hashlib
from functools import cache
from importlib.resources import files

from dujiang.standardise import vocabulary
from dujiang.words import Word

# Which family of maps reads a form. R4 and STU3 share one: the shapes read both releases' names, since servers mix them.
FAMILY = {"fhir-r4": "fhir", "fhir-stu3": "fhir", "synthea-csv": "synthea-csv"}
PERSON, VISIT, EVENT = "person", "visit", "event"
_ROLES = {"Patient": PERSON, "patients": PERSON, "Encounter": VISIT, "encounters": VISIT}
_ORDER = (PERSON, VISIT, EVENT)  # events refer to visits, and both to persons
_DATA = ("cdm54.csv", "code_systems.csv", "concepts.csv")


class Map(Word, frozen=True):
    """One kind of record: its role, its shape, and the SELECT for each table it fills."""

    kind: str
    role: str
    shape: str
    into: tuple[tuple[str, str], ...]


@cache
def maps(family: str) -> tuple[Map, ...]:
    """The maps of a family, persons first, then visits."""
    folder = files("dujiang.standardise") / "maps" / family
    text = {f.name: f.read_text(encoding="utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.is_file()}
    found = [_map(name.removesuffix(".shape.sql"), text) for name in text if name.endswith(".shape.sql")]
    return tuple(sorted(found, key=lambda m: (_ORDER.index(m.role), m.kind)))


def _map(kind: str, text: dict[str, str]) -> Map:
    end = f".from.{kind}.sql"
    into = tuple((name.removesuffix(end), sql) for name, sql in text.items() if name.endswith(end))
    return Map(kind=kind, role=_ROLES.get(kind, EVENT), shape=text[f"{kind}.shape.sql"], into=into)


@cache
def macros(family: str) -> str:
    """SQL that makes every word the family's maps use, but `here()`."""
    folder = files("dujiang.standardise") / "maps"
    return ";\n".join(
        (vocabulary.macros(), (folder / "macros.sql").read_text(encoding="utf-8"), (folder / family / "macros.sql").read_text(encoding="utf-8"))
    )


@cache
def mapping_version() -> str:
    """`m-` and 16 hex of the SHA-256 over every map and vocabulary file: another version may give other rows."""
    here = files("dujiang.standardise")
    seen = {name: here / name for name in _DATA} | {"macros.sql": here / "maps" / "macros.sql"}
    for family in sorted(set(FAMILY.values())):
        seen |= {f"{family}/{f.name}": f for f in (here / "maps" / family).iterdir() if f.is_file()}
    digest = hashlib.sha256()
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + hashlib.sha256(seen[name].read_bytes()).digest())
    return "m-" + digest.hexdigest()[:16]
