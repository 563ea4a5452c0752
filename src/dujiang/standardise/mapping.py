"""The maps as they lie in `maps/`: for a family of forms, how each kind of record is taken apart and what tables it fills.

`<kind>.view.json`, a ViewDefinition, says which fields of a FHIR resource are read; `<kind>.shape.sql` makes of them (`seen`), or of
the bodies, what all releases and systems have in common; `<table>.from.<kind>.sql` turns that into rows. A kind without a shape is
kept raw. Nothing else decides: adding a map is adding a file.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from dujiang.standardise import vocabulary
from dujiang.standardise.plan import Plan
from dujiang.standardise.views.statement import Relation, statement
from dujiang.standardise.views.view import view
from dujiang.words import Word

# Which family of maps reads a form. R4 and STU3 share one: the shapes read both releases' names, since servers mix them.
# Clinical messages and documents have become FHIR R4 at the shore (decision 0007).
_BECOME_FHIR = ("fhir-r4", "fhir-stu3", "hl7v2", "ccda", "apple-health", "fit", "fitbit", "open-mhealth", "dicom", "x12", "vcf")
FAMILY = {**dict.fromkeys(_BECOME_FHIR, "fhir"), "synthea-csv": "synthea-csv", "table": "tables"}
TABLES = "tables"  # a node's own maps of its tables, see `standardise.tables`; its folder holds only what they are compiled with
PERSON, VISIT, EVENT = "person", "visit", "event"
_ROLES = {"Patient": PERSON, "patients": PERSON, "Encounter": VISIT, "encounters": VISIT}
_ORDER = (PERSON, VISIT, EVENT)  # events refer to visits, and both to persons
_LANDED = Relation(key="key", along=("key", "arrival", "file", "line"), unreadable="unreadable")
_DATA = ("cdm54.csv", "code_systems.csv", "concepts.csv")


class Map(Word, frozen=True):
    """One kind of record: its role, its shape, and the SELECT for each table it fills."""

    kind: str
    role: str
    shape: str
    into: tuple[tuple[str, str], ...]
    reads: dict[str, tuple[str, ...]] = {}  # of a kind with a view: the raw paths behind each column of `seen`
    pattern: str = ""  # a regular expression for the kinds it takes, where that is not its own kind alone

    def takes(self, kind: str) -> bool:
        """Whether it reads records of that kind."""
        return re.fullmatch(self.pattern, kind) is not None if self.pattern else kind == self.kind


@cache
def maps(family: str) -> tuple[Map, ...]:
    """The maps of a family, persons first, then visits."""
    folder = files("dujiang.standardise") / "maps" / family
    text = {f.name: f.read_text(encoding="utf-8") for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.is_file()}
    found = [_map(name.removesuffix(".shape.sql"), text) for name in text if name.endswith(".shape.sql")]
    return tuple(sorted(found, key=lambda m: (_ORDER.index(m.role), m.kind)))


def maps_of(family: str, tables: Sequence[Map] = ()) -> Sequence[Map]:
    """The maps of a family, where `tables` are the node's own; none for a family that is not known."""
    return tables if family == TABLES else maps(family) if family else ()


def _map(kind: str, text: dict[str, str]) -> Map:
    end = f".from.{kind}.sql"
    into = tuple((name.removesuffix(end), sql) for name, sql in text.items() if name.endswith(end))
    seen = _plan(text[f"{kind}.view.json"]) if f"{kind}.view.json" in text else None
    shape = _over(seen, text[f"{kind}.shape.sql"], text) if seen else text[f"{kind}.shape.sql"]
    return Map(kind=kind, role=_ROLES.get(kind, EVENT), shape=shape, into=into, reads=seen.lineage() if seen else {})


def _plan(definition: str) -> Plan:
    return statement(view(msgspec.json.decode(definition)), _LANDED).plan


def _over(seen: Plan, shape: str, text: dict[str, str]) -> str:
    """A shape over its view's rows, `seen`, and over those of other kinds' views that it names, as `seen_Medication`."""
    others = sorted(set(re.findall(r"\bseen_([A-Z][A-Za-z]+)", shape)))
    lets = [("seen", seen.sql()), *((f"seen_{kind}", _plan(text[f"{kind}.view.json"]).sql()) for kind in others)]
    body = re.sub(r"^--.*\n", "", shape, flags=re.MULTILINE)
    whole = ", ".join(f"{name} AS ({sql})" for name, sql in lets)
    return f"WITH {whole}, {body.removeprefix('WITH ')}" if body.startswith("WITH ") else f"WITH {whole} {body}"


@cache
def macros(family: str) -> str:
    """SQL that makes every word the family's maps use, but `here()`."""
    folder = files("dujiang.standardise") / "maps"
    return ";\n".join(
        (vocabulary.macros(), (folder / "macros.sql").read_text(encoding="utf-8"), (folder / family / "macros.sql").read_text(encoding="utf-8"))
    )


@cache
def mapping_version(own: tuple[str, ...] = ()) -> str:
    """`m-` and 16 hex of the SHA-256 over every map and vocabulary file and the node's `own` maps: another version may give other rows."""
    here = files("dujiang.standardise")
    seen = {name: here / name for name in _DATA} | {"macros.sql": here / "maps" / "macros.sql"}
    for part in ("terms", "units"):
        seen |= {f"{part}/{f.name}": f for f in (here / part).iterdir() if f.name.endswith(".csv")}
    for family in sorted(set(FAMILY.values())):
        seen |= {f"{family}/{f.name}": f for f in (here / "maps" / family).iterdir() if f.is_file()}
    digest = hashlib.sha256()
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + hashlib.sha256(seen[name].read_bytes()).digest())
    for family in sorted(set(FAMILY.values())):  # as compiled: another compiler may read a view otherwise
        digest.update("\n".join(m.shape for m in maps(family)).encode())
    for text in sorted(own):
        digest.update(hashlib.sha256(text.encode()).digest())
    return "m-" + digest.hexdigest()[:16]
