"""A hub with two holders and their catalogue, and requests on their way through it; letters are carried by hand."""

from pathlib import Path
from typing import Any

from dujiang.act import HUB_ID, Actor
from dujiang.request.permits import Permit
from dujiang.request.requests import Request
from dujiang.words import HEALTH_RESEARCH, Grade, Role
from gate.gate_office import Office, carry, introduce, somebody
from gate.gate_things import COLUMNS, offer

APPLICANT = somebody(Role.APPLICANT, id="u-applicant", party="university")
OFFICE = somebody(Role.STEWARD, id="u-office")
DRAFT = {
    "title": "Blood pressure", "why": "to compare", "purpose": HEALTH_RESEARCH, "offers": ["as-hospital-a", "as-hospital-b"], "columns": list(COLUMNS),
    "methods": ["count", "mean"], "runs": 2, "until": "2027-01-31",
}


def reviewer(role: Role, id: str = "") -> Actor:
    return somebody(role, id=id or f"u-{role}", party="hospital-b")


class Desk:
    """The offices, and what people do there."""

    def __init__(self, folder: Path, grade: Grade = Grade.USABLE_NOT_VISIBLE) -> None:
        made = []
        for party in (HUB_ID, "hospital-a", "hospital-b"):
            (folder / party).mkdir(exist_ok=True)
            made.append(Office(folder / party, party, f"sqlite:///{folder / party / 'control.db'}"))
        self.hub, self.a, self.b = made
        introduce(*made)
        self.hub.keep(offer("hospital-a", grade=grade), offer("hospital-b", grade=Grade.OPEN))

    def draft(self, who: Actor = APPLICANT, **other: Any) -> str:
        return str(self.hub.do(who, "request.draft", {**DRAFT, **other})["request"])

    def submitted(self, **other: Any) -> str:
        id = self.draft(**other)
        self.hub.do(APPLICANT, "request.submit", id=id)
        return id

    def accepted(self, **other: Any) -> str:
        id = self.submitted(**other)
        self.hub.do(OFFICE, "request.accept", id=id, reason="complete")
        return id

    def vote(self, id: str, who: Actor, vote: str = "approve") -> str:
        return str(self.hub.do(who, "request.review", id=id, vote=vote, reason="fits")["state"])

    def approved(self, **other: Any) -> str:
        id = self.accepted(**other)
        for role in self.request(id).missing():
            self.vote(id, reviewer(role))
        carry(self.hub, self.a, self.b)
        return id

    def request(self, id: str) -> Request:
        found: Request = self.hub.find(Request, id)
        return found

    def permit(self, office: Office, request: str, holder: str = "hospital-a") -> Permit:
        found: Permit = next(p for p in office.all(Permit) if p.terms.request == request and p.terms.holder == holder)
        return found

    def agree(self, node: Office, request: str) -> None:
        node.do(somebody(Role.STEWARD, party=node.party), "permit.agree", id=self.permit(node, request, node.party).id)
        carry(self.hub, self.a, self.b)

    def close(self) -> None:
        for office in (self.hub, self.a, self.b):
            office.close()
