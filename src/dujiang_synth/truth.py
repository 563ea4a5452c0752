"""The truth about a written world: who is who, what they have, which lines were spoiled, what they consented to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What the hospitals' consent forms say. "*" stands for every purpose.
CONSENTS: Mapping[str, list[dict[str, Any]]] = {
    "research": [{"effect": "permit", "purposes": ["DUO:0000042"], "recipients": ["*"]}],
    "public-health": [{"effect": "permit", "purposes": ["DJ:public-health"], "recipients": ["*"]}],
    "nothing": [{"effect": "deny", "purposes": ["*"], "recipients": ["*"]}],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TruePerson:
    """One person: ISO days, empty where there is none; `local_ids` and `mrns` by hospital (CSV shows no MRN)."""

    number: int
    identity: str
    sex: str
    born: str
    died: str
    consent: str
    twin_of: int
    diseases: dict[str, str]
    local_ids: dict[str, str]
    mrns: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirtItem:
    """One spoiled line: lines count from 1 in the decompressed file; person -1 where it is nobody's."""

    hospital: str
    file: str
    line: int
    kind: str
    person: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that an honest reader of the exports could not know for sure."""

    seed: int
    hospitals: dict[str, str]  # hospital -> form of its export
    people: tuple[TruePerson, ...]
    dirt: tuple[DirtItem, ...]

    def as_json(self) -> str:
        """The truth as JSON text, one person and one spoiled line on a line each."""
        head = f'"seed":{self.seed},"hospitals":{json.dumps(self.hospitals)}'
        return f'{{{head},\n"people":{rows(self.people)},\n"dirt":{rows(self.dirt)}}}\n'

    def consents_as_json(self) -> str:
        """What each hospital's forms say: hospital -> local patient id -> list of consents."""
        forms: dict[str, dict[str, list[dict[str, Any]]]] = {hospital: {} for hospital in self.hospitals}
        for person in self.people:
            for hospital, local_id in person.local_ids.items():
                forms[hospital][local_id] = CONSENTS[person.consent]
        ordered = {hospital: dict(sorted(people.items())) for hospital, people in forms.items()}
        return json.dumps(ordered, separators=(",", ":")) + "\n"


def rows(values: tuple[TruePerson, ...] | tuple[DirtItem, ...]) -> str:
    """A JSON array with one value a line."""
    fields = type(values[0]).__slots__ if values else ()
    return "[" + ",\n".join(json.dumps({f: getattr(v, f) for f in fields}) for v in values) + "]"
