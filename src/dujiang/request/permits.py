"""A permit: what exactly one holder allows of its asset, signed by that holder; node and hub keep the same document."""

from typing import Any, ClassVar

import msgspec

from dujiang.ledger.canonical import canonical
from dujiang.request.requests import check_term
from dujiang.words import Grade, Life, Move, Thing, Word

LIFE = Life(
    kind="permit",
    start="offered",
    moves=(
        Move(verb="agree", frm=("offered",), to=("agreed",)),
        Move(verb="agreed", frm=("offered",), to=("active",)),  # at the hub, with the holder's signature
        Move(verb="start", frm=("agreed",), to=("active",)),  # at the node, when the hub has it
        Move(verb="suspend", frm=("active",), to=("suspended",)),
        Move(verb="resume", frm=("suspended",), to=("active",)),
        Move(verb="expire", frm=("active", "suspended", "expired"), to=("expired",)),
        Move(verb="revoke", frm=("offered", "agreed", "active", "suspended"), to=("revoked",)),
        Move(verb="end", frm=("offered", "agreed", "active", "suspended", "expired", "revoked"), to=("revoked", "expired")),
        Move(verb="close", frm=("active", "expired", "revoked"), to=("closed",)),
        Move(verb="destroy", frm=("closed",), to=("destroyed",)),
    ),
)


class PermitTerms(Word, frozen=True):
    """The words both sides sign."""

    id: str
    request: str
    holder: str
    offer: str
    recipient: str
    applicant: str
    purpose: str
    columns: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int
    until: str
    grade: Grade
    commercial: bool

    def __post_init__(self) -> None:
        check_term(self.runs, self.until)

    def signed_bytes(self) -> bytes:
        """What the holder's signature covers (RFC 8785)."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return b"dujiang permit\n" + canonical(fields)


class Permit(Thing, frozen=True):
    KIND: ClassVar[str] = "permit"
    terms: PermitTerms
    signature: str = ""  # the holder's, base64
    used: int = 0

    def parent(self) -> str:
        return self.terms.request
