"""What a person allows and refuses, and the pure decision that follows from a prefix of the log (invariant 3).

A use is admitted exactly when some consent in force permits all of it and none in force denies any of it. What is in force is
decided by log indices alone, never by a date somebody wrote; a revoked consent never revives; nothing known means no.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal

import msgspec

from dujiang.errors import Malformed
from dujiang.ledger.canonical import commitment, digest
from dujiang.words import PURPOSES, Thing, Word, is_day, purpose_covers

ANY = "*"
NOT_YET = -1
Effect = Literal["permit", "deny"]


class Terms(Word, frozen=True):
    """What one consent says. `subject` is the person's keyed handle; it is sealed between nodes and never in a log."""

    subject: str
    effect: Effect
    purposes: tuple[str, ...]
    recipients: tuple[str, ...] = (ANY,)
    classes: tuple[str, ...] = (ANY,)  # standard tables
    modes: tuple[str, ...] = ("compute",)
    until: str = ""  # ISO date after which it no longer holds; empty for no end
    basis: Literal["self", "form"] = "self"

    def __post_init__(self) -> None:
        strange = [p for p in self.purposes if p != ANY and p not in PURPOSES]
        if strange or not self.purposes or not self.recipients:
            raise Malformed(
                "consent.purpose", "A consent names at least one known purpose and recipient.", "同意书须至少写明一个已知用途和接收方。"
            )
        if self.until and not is_day(self.until):
            raise Malformed(
                "consent.until", "The end of a consent is a day like 2027-12-31. Give one, or none.", "同意截止日期须形如 2027-12-31，或不填写。"
            )


class Consent(Thing, frozen=True):
    """One consent and where the alliance's log put it; immutable but for its place. States: sent, active, revoked."""

    KIND: ClassVar[str] = "consent"
    terms: Terms
    salt: str
    commitment: str
    index: int = NOT_YET
    revoked: int = NOT_YET
    mine: bool = False  # given at this node
    by: str = ""  # the party that committed it; only it can take it back

    def parent(self) -> str:
        return self.terms.subject

    def in_force(self, size: int) -> bool:
        """Whether it counts for a reader of the log's first `size` entries."""
        return 0 <= self.index < size and not 0 <= self.revoked < size


def consent(terms: Terms, salt: bytes, *, mine: bool) -> Consent:
    """A consent under its commitment, from which its id comes."""
    sealed = commitment(salt, msgspec.to_builtins(terms))
    return Consent(id=f"c-{sealed[:32]}", state="sent", terms=terms, salt=salt.hex(), commitment=sealed, mine=mine)


class Use(Word, frozen=True):
    """What is asked: who receives, for which purpose, which data, how, on which day."""

    recipient: str
    purpose: str
    classes: tuple[str, ...]
    mode: str
    day: str


def permits(terms: Terms, use: Use) -> bool:
    """Whether one consent's permit covers the whole use."""
    return (
        terms.effect == "permit"
        and _named(terms.recipients, use.recipient)
        and any(purpose_covers(p, use.purpose) for p in terms.purposes)
        and all(_named(terms.classes, c) for c in use.classes)
        and use.mode in terms.modes
        and _holds(terms, use)
    )


def denies(terms: Terms, use: Use) -> bool:
    """Whether one consent's denial touches any part of the use."""
    return (
        terms.effect == "deny"
        and _named(terms.recipients, use.recipient)
        and any(p == ANY or purpose_covers(p, use.purpose) or purpose_covers(use.purpose, p) for p in terms.purposes)
        and any(_named(terms.classes, c) for c in use.classes)
        and _holds(terms, use)
    )


def _named(names: Sequence[str], one: str) -> bool:
    return ANY in names or one in names


def _holds(terms: Terms, use: Use) -> bool:
    return not terms.until or use.day <= terms.until


def admitted(consents: Iterable[Consent], use: Use, size: int) -> bool:
    """The decision for one person: a pure function of the log's first `size` entries and the use."""
    known = [c.terms for c in consents if c.in_force(size)]
    return any(permits(t, use) for t in known) and not any(denies(t, use) for t in known)


class Mask(Word, frozen=True):
    """Which of a node's persons stay out of a task. `root` commits to the whole decision without naming anybody."""

    excluded: frozenset[str]
    root: str
    size: int


def mask(people: Mapping[str, str], consents: Iterable[Consent], use: Use, size: int) -> Mask:
    """The mask over `people` (person id -> handle) as the log's first `size` entries have it; unknown handles are excluded."""
    by_subject: dict[str, list[Consent]] = {}
    for given in consents:
        by_subject.setdefault(given.terms.subject, []).append(given)
    verdicts: dict[tuple[str, ...], bool] = {}  # most people have one of a few sets of terms

    def verdict(handle: str) -> bool:
        given = [c for c in by_subject.get(handle, ()) if c.in_force(size)]
        shape = tuple(repr((c.terms.effect, c.terms.purposes, c.terms.recipients, c.terms.classes, c.terms.modes, c.terms.until))
                      for c in given)
        if shape not in verdicts:
            verdicts[shape] = admitted(given, use, size)
        return verdicts[shape]

    decided = {person: verdict(handle) for person, handle in people.items()}
    lines = sorted(f"{people[person]} {int(yes)}" for person, yes in decided.items())
    root = digest("\n".join(lines).encode())
    return Mask(excluded=frozenset(p for p, yes in decided.items() if not yes), root=root, size=size)
