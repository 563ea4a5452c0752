"""What reviewers decided about who is who, with reasons: kept for good, undone by a further decision, binding for every index.

A ruling names sets of records: those of one set are one person, those of different sets are different persons. Joining two persons is one set
of two records; parting one is two sets; finding a doubtful pair to be two people is two sets of one record each.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from dujiang.errors import Malformed
from dujiang.words import Life, Move, Thing

LIFE = Life(kind="ruling", start="in_force", moves=(Move(verb="undo", frm=("in_force",), to=("undone",)),))
MERGE, SPLIT, SAME, DIFFERENT = "merge", "split", "same", "different"
Sets = tuple[tuple[int, ...], ...]


class Ruling(Thing, frozen=True):
    """A reviewer's ruling. Records are named `zone/person_id`, never by what they say of a person."""

    KIND: ClassVar[str] = "ruling"
    kind: str
    sets: tuple[tuple[str, ...], ...]
    reason: str
    by: str
    at: str
    undone_by: str = ""
    undone_at: str = ""
    undone_because: str = ""

    def __post_init__(self) -> None:
        records = [record for group in self.sets for record in group]
        if self.state not in LIFE.states() or not self.reason.strip():
            raise Malformed("ruling.reason", "A ruling needs a reason. Say what you saw.", "裁定须写明理由，请说明依据。")
        if len(records) < 2 or len(set(records)) != len(records) or not all(self.sets):
            raise Malformed(
                "ruling.records", "A ruling is about two different records at least, each named once.", "裁定须涉及至少两条不同记录，且每条只出现一次。"
            )

    def records(self) -> frozenset[str]:
        return frozenset(record for group in self.sets for record in group)


def place(zone: str, record: object) -> str:
    """How a ruling names a record."""
    return f"{zone}/{record}"


def numbered(rulings: Sequence[Ruling], known: Mapping[str, int]) -> list[Sets]:
    """The rulings' sets by record number; records that are no longer here are passed over."""
    return [tuple(tuple(known[r] for r in group if r in known) for group in ruling.sets if not known.keys().isdisjoint(group)) for ruling in rulings]
