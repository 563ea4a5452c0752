"""Rights over an asset: hold, process, operate; applied for with evidence, published for objections, then registered."""

from typing import ClassVar, Literal

from dujiang.errors import Malformed
from dujiang.words import Life, Move, Thing

OBJECTION_DAYS = 0  # what the institution collected itself and holds by law stands at once

LIFE = Life(
    kind="right",
    start="applied",
    moves=(
        Move(verb="publish", frm=("applied",), to=("published",)),
        Move(verb="register", frm=("published",), to=("registered",)),
        Move(verb="dispute", frm=("published", "registered"), to=("disputed",)),
        Move(verb="settle", frm=("disputed",), to=("registered", "cancelled")),
        Move(verb="cancel", frm=("registered",), to=("cancelled",)),
    ),
)


class Right(Thing, frozen=True):
    KIND: ClassVar[str] = "right"
    kind: Literal["hold", "process", "operate"]
    holder: str
    asset: str
    basis: Literal["collection", "consent", "law", "contract"]
    evidence: tuple[str, ...]  # ids of the arrivals: their manifests' hashes

    def __post_init__(self) -> None:
        if not self.evidence:
            raise Malformed("right.evidence", "A right is applied for with evidence.", "申请权利须附证据。")

    def parent(self) -> str:
        return self.asset
