"""Things in every state they may be in, so that acts find something to act on."""

import base64
from typing import Any

from dujiang.act import HUB_ID, Job
from dujiang.compute.tasks import Run
from dujiang.consent.consents import Terms, consent
from dujiang.gate.actors import Account
from dujiang.gate.apps import App, Manifest
from dujiang.register.assets import Asset
from dujiang.register.offers import Offer
from dujiang.register.rights import Right
from dujiang.release.outputs import Part as Counted
from dujiang.release.outputs import Release
from dujiang.request.permits import Permit, PermitTerms
from dujiang.request.requests import Request
from dujiang.words import HEALTH_RESEARCH, Grade, Role, Saying, Thing
from gate.gate_office import Office

COLUMNS = ("person.person_id", "condition_occurrence.x_codes")
NAME = Saying(en="Standard tables", zh="标准表")


def offer(holder: str, id: str = "", *, grade: Grade = Grade.USABLE_NOT_VISIBLE, **other: Any) -> Offer:
    return Offer(id=id or f"as-{holder}", state="published", holder=holder, name=NAME, content="c" * 64, grade=grade, persons=120,
                 rows={"person": 120}, columns=COLUMNS, quality=97, right="rt-1", **other)


def request(state: str = "draft", **other: Any) -> Request:
    said = {
        "id": f"q-{state}", "state": state, "applicant": "u-1", "party": "university", "title": "t", "why": "w", "purpose": HEALTH_RESEARCH,
        "offers": ("as-hospital-a",), "columns": COLUMNS, "methods": ("count",), "runs": 2, "until": "9999-12-31",
        "grade": Grade.USABLE_NOT_VISIBLE, **other,
    }
    return Request(**said)  # type: ignore[arg-type]


def terms(holder: str, id: str = "k-1", **other: Any) -> PermitTerms:
    said = {
        "id": id, "request": "q-approved", "holder": holder, "offer": f"as-{holder}", "recipient": "university", "applicant": "u-1",
        "purpose": HEALTH_RESEARCH, "columns": COLUMNS, "methods": ("count",), "runs": 2, "until": "9999-12-31",
        "grade": Grade.USABLE_NOT_VISIBLE, "commercial": False, **other,
    }
    return PermitTerms(**said)  # type: ignore[arg-type]


def permit(holder: str, state: str, id: str = "", **other: Any) -> Permit:
    id = id or f"k-{state}"
    return Permit(id=id, state=state, terms=terms(holder, id, **other))


def release(state: str, **other: Any) -> Release:
    said = {
        "id": f"r-{state}", "state": state, "task": "t-1", "request": "q-approved", "applicant": "u-1", "party": "university",
        "purpose": HEALTH_RESEARCH, "grade": Grade.USABLE_NOT_VISIBLE, "commercial": False, "answer": b"[]", "sha256": "a" * 64,
        "withheld": (), "hint": None, "rules": (), "size": 1,
        "holders": (Counted(id="hospital-a", vkey="v", root="b" * 64, count=40, excluded=2),
                    Counted(id="hospital-b", vkey="v", root="b" * 64, count=21, excluded=0)), **other,
    }
    return Release(**said)  # type: ignore[arg-type]


def app(state: str, **other: Any) -> App:
    said = Manifest(name="census", version="1", why="w", purpose=HEALTH_RESEARCH, acts=("offer.list",), ceiling=Grade.USABLE_NOT_VISIBLE,
                    columns=COLUMNS, methods=("count",))
    return App(**{"id": f"ap-{state}", "state": state, "manifest": said, "request": "q-approved", "account": "u-9", "installer": "u-1", **other})


STATES: dict[str, tuple[str, ...]] = {
    "request": ("draft", "submitted", "screening", "returned", "in_review", "approved"),
    "permit": ("offered", "agreed", "active", "suspended", "expired", "revoked"),
    "release": ("submitted", "partly_reviewed", "reviewed", "approved", "released"),
    "app": ("requested", "installed"),
    "asset": ("draft", "assessed", "graded", "registered"),
    "job": ("queued", "failed"),
    "right": ("applied", "published"),
    "run": ("running", "complete"),
}
PREFIX = {"request": "q", "permit": "k", "release": "r", "app": "ap", "asset": "as", "job": "j", "right": "rt", "run": "t"}
IDS = {kind: [f"{PREFIX[kind]}-{state}" for state in states] for kind, states in STATES.items()}
# Ids that exist, by the name of the field they may stand in; by the kind, those of things an act is on.
POOLS: dict[str, list[str]] = {
    **IDS, "account": ["u-9", "u-8"], "task": ["t-1"], "id": ["nobody"], "offers": ["as-hospital-a", "as-hospital-b"],
    "columns": list(COLUMNS), "methods": ["count"], "request": IDS["request"], "offer": ["as-hospital-a"], "party": ["hospital-a", "hospital-c"],
    "until": ["9999-12-31", "2027-01-01"], "acts": ["offer.list", "task.submit"], "state": ["active", "published"],
    "seal": [base64.b64encode(b"\x09" + bytes(31)).decode()], "table": ["person", "measurement"], "release": IDS["release"], "asset": IDS["asset"],
    "sha256": ["a" * 64], "holders": ["hospital-a"], "permit": IDS["permit"], "recipient": ["university"],
}


def furnish(office: Office) -> None:
    """Things of each kind, one in each state."""
    holder = "hospital-a" if office.party == HUB_ID else office.party
    made: list[Thing] = [offer(h) for h in ("hospital-a", "hospital-b")]
    made += [request(s) for s in STATES["request"]] + [permit(holder, s) for s in STATES["permit"]] + [release(s) for s in STATES["release"]]
    made += [app(s) for s in STATES["app"]]
    made += [Asset(id=f"as-{s}", state=s, name=NAME, snapshots=("s-1",), index="i-1", proposed=Grade.CONTROLLED) for s in STATES["asset"]]
    made += [Job(id=f"j-{s}", state=s, work="asset.assess", args=b"{}") for s in STATES["job"]]
    made += [Right(id=f"rt-{s}", state=s, kind="hold", holder=holder, asset="as-graded", basis="collection", evidence=("a-1",))
             for s in STATES["right"]]
    made += [Run(id=f"t-{s}", state=s, permit="k-active", digest="d", asset="as-1", received="r") for s in STATES["run"]]
    made += [Account(id=u, state="active", party="university", roles=frozenset({Role.APP}), only=frozenset({"offer.list"})) for u in ("u-9", "u-8")]
    made.append(consent(Terms(subject="h" * 64, effect="permit", purposes=("*",)), b"s" * 32, mine=True))
    office.keep(*made)
