"""A map of a zone's tables as a node keeps it: proposed, confirmed by the steward, withdrawn; a changed map is another one, and both stay."""

import hashlib
from typing import ClassVar

from dujiang.errors import Malformed
from dujiang.words import Life, Move, Thing, Word

LIFE = Life(
    kind="mapping",
    start="proposed",
    moves=(Move(verb="confirm", frm=("proposed", "withdrawn"), to=("confirmed",)), Move(verb="withdraw", frm=("proposed", "confirmed"), to=("withdrawn",))),
)


class Advice(Word, frozen=True):
    """What was thought of one column: where it leads, how sure that is (0 to 1), and why; never a value of the column."""

    column: str
    type: str = ""
    filled: float = 0.0
    distinct: int = 0
    slot: str = ""
    score: float = 0.0
    reasons: tuple[str, ...] = ()


class Looked(Word, frozen=True):
    """What was thought of one table."""

    table: str
    rows: int = 0
    to: str = ""
    score: float = 0.0
    fingerprint: tuple[str, ...] = ()
    like: str = ""  # the confirmed map of another zone's table that looks so
    columns: tuple[Advice, ...] = ()


class TableMap(Thing, frozen=True, kw_only=True):
    """`text` is the map in YAML; its id follows from zone and text. `looked` is what a proposal rests on."""

    KIND: ClassVar[str] = "mapping"
    zone: str
    name: str
    text: str
    looked: tuple[Looked, ...] = ()
    by: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        if self.state not in LIFE.states():
            raise Malformed("mapping.state", "A map of tables cannot be in that state.", "表映射状态无效。")

    def parent(self) -> str:
        return self.zone


def map_id(zone: str, text: str) -> str:
    """The id of a map: the same text for the same zone is the same map."""
    return "map-" + hashlib.sha256(f"{zone}\n{text}".encode()).hexdigest()[:24]
