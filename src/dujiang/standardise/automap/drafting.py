"""Writes what was thought of a zone's tables as a map that a steward can read, change and confirm; a table that lacks what it needs is left to them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from dujiang.errors import Malformed
from dujiang.standardise.automap.headers import EVERY, plain
from dujiang.standardise.automap.shapes import Profile
from dujiang.standardise.tables.compiling import compiled
from dujiang.standardise.tables.confirming import Looked
from dujiang.standardise.tables.document import Entry, read_document
from dujiang.standardise.tables.expressions import columns as named
from dujiang.standardise.tables.grammar import WORDS
from dujiang.standardise.tables.slots import targets

# Words that hospitals use, and the codes of GB/T 2261.1 for sexes; the steward sees them in the draft.
LOOKUPS: Mapping[str, Mapping[str, str]] = {
    "sex": {"男": "male", "男性": "male", "女": "female", "女性": "female", "Male": "male", "Female": "female", "M": "male", "F": "female"},
    "sex_code": {"1": "male", "2": "female"},
    "visit_class": {"门诊": "AMB", "住院": "IMP", "急诊": "EMER"},
}
_SYSTEMS = (("icd10", "ICD10"), ("loinc", "LOINC"), ("atc", "ATC"), ("snomed", "SNOMED"), ("icd9", "ICD9CM"))
_NAMED_BY = re.compile(r"(流水号|编号|序号|标识|号|id|no|key)$")
_LEAST_WIDE = 3  # numeric columns without another meaning, from which a table of results is read column by column
_NOT_RESULTS = re.compile(r"(年龄|age|编号|编码|代码|号|id|code|年|月|日|次数|count|index)$")
_SIMPLE = re.compile(r"[^\W\d]\w*")


class Seen(NamedTuple):
    """A table with what its columns look like and what was thought of them."""

    looked: Looked
    profiles: Mapping[str, Profile]

    def slots(self, target: str) -> dict[str, str]:
        """Slot -> column of one target, with the references that every target has."""
        found = {}
        for advice in self.looked.columns:
            to, _, slot = advice.slot.partition(".")
            if slot in ("person", "visit") or to in (target, "?"):
                found[slot] = advice.column
        return found


def draft(name: str, tables: Sequence[Seen]) -> str:
    """The map in YAML; empty when no table has what its target needs."""
    lookups: dict[str, Mapping[str, str]] = {}
    visits = [seen for seen in tables if seen.looked.to == "visit_occurrence" and "visit" in seen.slots("visit_occurrence")]
    made = [entry for seen in tables for entry in _entries(seen, lookups, visits=len(visits))]
    persons = [entry for entry in made if entry["to"] == "person"]
    entries = [entry for entry in made if (entry["to"] != "person" or entry is persons[0]) and _runs(name, lookups, entry)]
    return _written(name, lookups, entries) if entries else ""


def _written(name: str, lookups: Mapping[str, Mapping[str, str]], entries: Sequence[Mapping[str, Any]]) -> str:
    whole = {"map": name, **({"lookups": {n: dict(one) for n, one in lookups.items()}} if lookups else {}), "tables": list(entries)}
    return str(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, width=10_000))


def _runs(name: str, lookups: Mapping[str, Mapping[str, str]], entry: Mapping[str, Any]) -> bool:
    try:
        compiled(_written(name, lookups, [entry]))
    except Malformed:
        return False
    return True


def _entries(seen: Seen, lookups: dict[str, Mapping[str, str]], *, visits: int) -> Iterator[dict[str, Any]]:
    """The table's own target, and what a wide table holds besides: persons by their age, results by column."""
    to = seen.looked.to
    if not to:
        return
    if to != "person" and (person := _person_besides(seen, lookups)):
        yield person
    columns = _columns(seen, to, lookups, visits=visits)
    entry: dict[str, Any] = {"table": seen.looked.table, "to": to, **_key(seen, to), "columns": columns}
    if all(slot.name in columns for slot in targets()[to] if slot.required):
        yield entry
    if to != "measurement" and (wide := _wide(seen)):
        yield wide


def _columns(seen: Seen, to: str, lookups: dict[str, Mapping[str, str]], *, visits: int) -> dict[str, str]:
    found = seen.slots(to)
    if to == "visit_occurrence" or visits != 1:
        found.pop("visit", None)
    wanted = {slot.name: slot.type for slot in targets()[to]}
    return {slot: _expression(seen, slot, found, type=wanted[slot], lookups=lookups) for slot in wanted if slot in found}


def _expression(seen: Seen, slot: str, found: Mapping[str, str], *, type: str, lookups: dict[str, Mapping[str, str]]) -> str:
    column, profile = identifier(found[slot]), seen.profiles[found[slot]]
    if type in ("person", "visit"):
        return f"{type}({column})"
    if type == "moment":
        return f"{'date' if slot in ('born', 'died') else 'datetime'}({column})"
    if type == "number":
        return f"number({column})"
    if type == "code":
        system = next((name for shape, name in _SYSTEMS if profile.share(shape) >= 0.7), "LOCAL")
        return f"code('{system}', {column}{', ' + identifier(found['text']) if 'text' in found else ''})"
    listed = {"sex": "sex" if profile.share("sex") >= profile.share("sex_code") else "sex_code", "class": "visit_class"}.get(slot, "")
    if listed and profile.share(listed) >= 0.5:
        lookups[listed] = LOOKUPS[listed]
        return f"lookup('{listed}', {column}, {column})"
    return column


def _key(seen: Seen, to: str) -> dict[str, str]:
    """The column that names a row: of persons and visits their own number, of others a unique column called like a number."""
    found = seen.slots(to)
    own = found.get({"person": "person", "visit_occurrence": "visit"}.get(to, ""), "")
    if not own:
        taken = {found.get("person"), found.get("visit")} if to not in ("person", "visit_occurrence") else set()
        own = next((n for n, p in seen.profiles.items() if p.unique and n not in taken and _NAMED_BY.search(plain(n))), "")
    return {"key": identifier(own)} if own else {}


def _person_besides(seen: Seen, lookups: dict[str, Mapping[str, str]]) -> dict[str, Any]:
    """Persons out of a table of something else: by a birth date in it, or the year of birth after age and day."""
    found, day = seen.slots("person"), seen.slots(seen.looked.to).get("start")
    if "person" not in found or not ({"born"} <= found.keys() or ("age" in found and day)):
        return {}
    slots = {slot: column for slot, column in found.items() if slot not in ("person", "visit", "age")}
    types = {slot.name: slot.type for slot in targets()["person"]}
    columns = {slot: _expression(seen, slot, slots, type=types[slot], lookups=lookups) for slot in types if slot in slots}
    if "born" not in columns:
        columns = {"born": f"year_before({identifier(str(day))}, {identifier(found['age'])})", **columns}
    return {"table": seen.looked.table, "to": "person", "key": identifier(found["person"]), "columns": columns}


def _wide(seen: Seen) -> dict[str, Any]:
    """Results of a table that has a column for each."""
    thought = {advice.column for advice in seen.looked.columns if advice.slot}
    each = [
        name for name, profile in seen.profiles.items()
        if name not in thought and profile.share("number") >= 0.8 and profile.distinct > 2 and not _NOT_RESULTS.search(plain(name))
    ]
    found = seen.slots("measurement") | {k: v for k, v in seen.slots(seen.looked.to).items() if k == "start"}
    timed = next((a.column for a in seen.looked.columns if a.slot == "measurement.start"), found.get("start", ""))
    if len(each) < _LEAST_WIDE or "person" not in found or not timed:
        return {}
    columns = {
        "person": f"person({identifier(found['person'])})", "start": f"datetime({identifier(timed)})",
        "code": "code('LOCAL', each_name(), each_name())", "value": "each_value()",
    }
    return {"table": seen.looked.table, "to": "measurement", "each": each, "columns": columns}


def identifier(column: str) -> str:
    """A column as expressions name it."""
    return column if _SIMPLE.fullmatch(column) and column.lower() not in WORDS else '"' + column.replace('"', '""') + '"'


def learnt(texts: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """What confirmed maps say of headers: (target, slot) by header, where one column alone fills a slot."""
    found: dict[str, list[tuple[str, str]]] = {}
    for text in texts:
        for entry in read_document(text).entries:
            for slot, column in _single(entry):
                found.setdefault(plain(column), []).append((entry.to, slot))
                if slot in ("person", "visit"):
                    found[plain(column)].append((EVERY, slot))
    return found


def _single(entry: Entry) -> Iterator[tuple[str, str]]:
    own = {"person": "person", "visit_occurrence": "visit"}.get(entry.to)
    keys = [column for node in entry.key for alias, column in named(node) if not alias]
    if own and len(keys) == 1:
        yield own, keys[0]
    for slot, node in entry.columns.items():
        if node.kind == "call" and node.word in ("code", "codes"):
            continue  # a code's column and its text's are told apart by the list alone
        columns = {column for alias, column in named(node) if not alias}
        if len(columns) == 1:
            yield slot, columns.pop()
