"""Frozen values shared by every stage: things, codes, purposes, roles, and the one table of moves of a life cycle."""

from collections.abc import Iterable
from datetime import date
from enum import IntEnum, StrEnum
from typing import ClassVar, Self

import msgspec


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that cannot change; `__post_init__` validates it at birth."""


class Thing(Word, frozen=True, kw_only=True):
    """A value with an identity that is kept in the control store under `KIND` and `id`."""

    KIND: ClassVar[str] = ""
    id: str
    state: str = ""

    def with_(self, **changes: object) -> Self:
        """This thing with some fields replaced, validated again."""
        return msgspec.structs.replace(self, **changes)

    def parent(self) -> str:
        """The id of the thing this one belongs to, for look-ups; empty when there is none."""
        return ""


class Saying(Word, frozen=True):
    """One sentence in both languages."""

    en: str
    zh: str

    def in_(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


class Grade(IntEnum):
    """How sensitive, after GB/T 39725's five levels (DESIGN §6)."""

    OPEN = 1
    REGISTERED = 2
    CONTROLLED = 3
    USABLE_NOT_VISIBLE = 4
    RESTRICTED = 5


class Role(StrEnum):
    """What somebody is at a party; stored, so a value never changes."""

    STEWARD = "steward"
    REVIEWER = "reviewer"
    PRIVACY_OFFICER = "privacy_officer"
    ETHICS = "ethics_committee"
    DATA_CENTRE = "data_centre"
    DATA_COMMITTEE = "data_committee"
    CHECKER = "checker"
    APPLICANT = "applicant"
    APP = "app"
    PERSON = "person"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    PARTY = "party"  # an institution's node or the hub, by its signature on an envelope
    SYSTEM = "system"  # the follow-up of another act, inside the same transaction
    PUBLIC = "public"


EVERYBODY = frozenset(Role)
STAFF = frozenset(Role) - {Role.PERSON, Role.PARTY, Role.SYSTEM, Role.PUBLIC, Role.APP}


class Code(Word, frozen=True, order=True):
    """A code in a code system, the system by its short name (`SNOMED`, `LOINC`, `ICD10`, …)."""

    system: str
    code: str


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Party(Thing, frozen=True):
    """An institution of the alliance, or its hub: the keys by which its letters are known.

    States: `invited` and `joined` (as the hub sees it), `admitted` (as a node sees a peer whose keys its steward compared).
    """

    KIND: ClassVar[str] = "party"
    name: Saying
    vkey: str = ""  # C2SP verifier key of its Ed25519 key
    seal: str = ""  # its X25519 public key, base64
    log: str = ""  # C2SP verifier key of its log, the hub's only
    invitation: str = ""  # SHA-256 of the invitation not yet used


# Purposes: GA4GH Data Use Ontology codes and the alliance's own. A wider purpose covers the narrower ones under it.
GENERAL_RESEARCH = "DUO:0000042"
HEALTH_RESEARCH = "DUO:0000006"
DISEASE_RESEARCH = "DUO:0000007"
PUBLIC_HEALTH = "DJ:public-health"
INSURANCE = "DJ:insurance"
CREDIT = "DJ:credit"
EMPLOYMENT = "DJ:employment"

PURPOSES: dict[str, Saying] = {
    GENERAL_RESEARCH: Saying(en="general research use", zh="一般科研用途"),
    HEALTH_RESEARCH: Saying(en="health or medical research", zh="健康与医学研究"),
    DISEASE_RESEARCH: Saying(en="research on a named disease", zh="特定疾病研究"),
    PUBLIC_HEALTH: Saying(en="public-health statistics", zh="公共卫生统计"),
    INSURANCE: Saying(en="insurance pricing or claims", zh="保险定价与理赔"),
    CREDIT: Saying(en="credit decisions", zh="信贷决策"),
    EMPLOYMENT: Saying(en="employment decisions", zh="雇佣决策"),
}
COVERS: dict[str, frozenset[str]] = {
    GENERAL_RESEARCH: frozenset({GENERAL_RESEARCH, HEALTH_RESEARCH, DISEASE_RESEARCH}),
    HEALTH_RESEARCH: frozenset({HEALTH_RESEARCH, DISEASE_RESEARCH}),
}


def purpose_covers(wider: str, narrower: str) -> bool:
    """Whether a consent or permit for `wider` allows `narrower`; `*` covers every known purpose."""
    if narrower not in PURPOSES:
        return False
    return wider == "*" or narrower in COVERS.get(wider, frozenset({wider}))


class Move(Word, frozen=True):
    """One way from some states to another: the row from which guards, routes, tests and diagrams are made."""

    verb: str
    frm: tuple[str, ...]
    to: tuple[str, ...]


class Life(Word, frozen=True):
    """The life cycle of a kind of thing as one table of moves."""

    kind: str
    start: str
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        verbs = [m.verb for m in self.moves]
        if len(verbs) != len(set(verbs)):
            raise ValueError(f"{self.kind}: a verb stands in two rows")

    def move(self, verb: str) -> Move:
        """The row of `verb`; KeyError when the life cycle has no such verb."""
        for row in self.moves:
            if row.verb == verb:
                return row
        raise KeyError(f"{self.kind}.{verb}")

    def states(self) -> tuple[str, ...]:
        """Every state, in the order the table names them."""
        named: dict[str, None] = {self.start: None}
        for row in self.moves:
            named.update(dict.fromkeys((*row.frm, *row.to)))
        return tuple(named)

    def ends(self) -> frozenset[str]:
        """States that nothing leaves."""
        return frozenset(self.states()) - {s for row in self.moves for s in row.frm}

    def diagram(self) -> str:
        """The life cycle as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start}"]
        lines += [f"    {f} --> {t}: {row.verb}" for row in self.moves for f in row.frm for t in row.to]
        lines += [f"    {s} --> [*]" for s in self.states() if s in self.ends()]
        return "\n".join(lines)


def is_day(text: str) -> bool:
    """Whether the text is a day of the calendar in the one spelling that sorts as days follow one another: `2027-12-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def one_of(values: Iterable[str]) -> str:
    """Values as a readable list for an error message."""
    return ", ".join(sorted(values))
