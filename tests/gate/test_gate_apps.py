"""Installing an app is a request; its approval gives a permit and a token for the named acts; removing it revokes both."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dujiang.act import HUB_ID, Actor
from dujiang.errors import Conflict, DujiangError, Malformed, Refused, Unknown
from dujiang.gate.actors import Account, known
from dujiang.gate.apps import APP_ACTS, App
from dujiang.request.permits import Permit
from dujiang.request.requests import Request
from dujiang.words import CREDIT, HEALTH_RESEARCH, Grade, Role
from gate.gate_office import Office, carry, introduce, somebody
from gate.gate_things import COLUMNS, offer

INSTALLER = somebody(Role.APPLICANT, id="u-installer", party="university")
REVIEWERS = (
    somebody(Role.STEWARD, id="u-steward"), somebody(Role.PRIVACY_OFFICER, id="u-privacy", party="hospital-a"),
    somebody(Role.ETHICS, id="u-ethics", party="hospital-b"),
)
MANIFEST = {
    "name": "census", "version": "1", "why": "to count", "purpose": HEALTH_RESEARCH, "acts": ["offer.list", "permit.list", "task.submit"],
    "ceiling": 4, "columns": list(COLUMNS), "methods": ["count"],
}


class Shelf:
    """A hub with two holders, and an app on its way."""

    def __init__(self, hub: Office, *nodes: Office) -> None:
        self.hub, self.nodes = hub, nodes
        introduce(hub, *nodes)
        hub.keep(*(offer(n.party) for n in nodes))

    def install(self, who: Actor = INSTALLER, **other: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.hub.do(who, "app.install", {**MANIFEST, **other})
        return answer

    def approve(self, request: str) -> None:
        self.hub.do(REVIEWERS[0], "request.accept", id=request, reason="complete")
        for reviewer in REVIEWERS:
            self.hub.do(reviewer, "request.review", id=request, vote="approve", reason="fits")

    def sign(self) -> None:
        """Every holder signs, and the hub puts the permits in force."""
        carry(self.hub, *self.nodes)
        for node in self.nodes:
            for permit in node.all(Permit):
                node.do(somebody(Role.STEWARD, party=node.party), "permit.agree", id=permit.id)
        carry(self.hub, *self.nodes)

    def running(self) -> tuple[dict[str, Any], str]:
        """The ids of an app that was approved and signed, and its token."""
        made = self.install()
        self.approve(made["request"])
        self.sign()
        return made, str(self.hub.do(INSTALLER, "app.open", id=made["app"])["token"])

    def as_app(self, token: str, act: str, **args: Any) -> Any:
        return self.hub.do(known(self.hub.world.tables, token), act, args)


@pytest.fixture
def shelf(office: Callable[..., Office]) -> Iterator[Shelf]:
    yield Shelf(office(HUB_ID), office("hospital-a"), office("hospital-b"))


def test_installing_an_app_is_a_request_for_what_its_manifest_names(shelf: Shelf) -> None:
    made = shelf.install()
    request = shelf.hub.find(Request, made["request"])
    assert request.state == "screening" and request.app == made["app"] and request.grade == Grade.USABLE_NOT_VISIBLE
    assert set(request.offers) == {"as-hospital-a", "as-hospital-b"} and set(request.columns) == set(COLUMNS) and request.purpose == HEALTH_RESEARCH
    assert shelf.hub.state(App, made["app"]) == "requested" and "token" not in made


def test_before_its_approval_nobody_gets_the_app_s_token(shelf: Shelf) -> None:
    made = shelf.install()
    with pytest.raises(Refused, match="app.pending"):
        shelf.hub.do(INSTALLER, "app.open", id=made["app"])
    shelf.hub.do(REVIEWERS[0], "request.accept", id=made["request"], reason="complete")
    shelf.hub.do(REVIEWERS[1], "request.review", id=made["request"], vote="reject", reason="too wide")
    with pytest.raises(Refused, match="app.pending"):
        shelf.hub.do(INSTALLER, "app.open", id=made["app"])


def test_the_token_opens_the_acts_of_the_manifest_and_no_others(shelf: Shelf) -> None:
    made, token = shelf.running()
    assert len(shelf.as_app(token, "offer.list")) == 2
    assert [p["state"] for p in shelf.as_app(token, "permit.list")] == ["active", "active"]
    for act in set(shelf.hub.gate.acts) - set(MANIFEST["acts"]):
        with pytest.raises(Refused, match="gate.app"):
            shelf.as_app(token, act)
    with pytest.raises(DujiangError) as refusal:
        shelf.as_app(token, "task.submit")
    assert refusal.value.rule == "gate.arguments"
    assert shelf.hub.entries()[-1]["by"] == {"party": "university", "account": shelf.hub.find(App, made["app"]).account}


def test_a_second_token_ends_the_first(shelf: Shelf) -> None:
    made, first = shelf.running()
    second = shelf.hub.do(INSTALLER, "app.open", id=made["app"])["token"]
    assert first != second and shelf.as_app(second, "permit.list")
    with pytest.raises(Refused, match="gate.token"):
        shelf.as_app(first, "permit.list")


def test_only_who_installed_the_app_gets_its_token_and_others_do_not_learn_that_it_is_there(shelf: Shelf) -> None:
    made, _ = shelf.running()
    with pytest.raises(Unknown) as other:
        shelf.hub.do(somebody(Role.APPLICANT, Role.OPERATOR, id="u-other"), "app.open", id=made["app"])
    with pytest.raises(Unknown) as nothing:
        shelf.hub.do(INSTALLER, "app.open", id="ap-nobody")
    assert other.value.rule == nothing.value.rule == "app.unknown"


def test_removing_an_app_ends_its_token_and_its_permits_at_the_hub_and_at_every_holder(shelf: Shelf) -> None:
    made, token = shelf.running()
    assert [p.state for n in shelf.nodes for p in n.all(Permit)] == ["active", "active"]
    shelf.hub.do(somebody(Role.OPERATOR), "app.remove", id=made["app"], reason="no longer needed")
    with pytest.raises(Refused, match="gate.token"):
        shelf.as_app(token, "offer.list")
    assert [p.state for p in shelf.hub.all(Permit)] == ["revoked", "revoked"]
    carry(shelf.hub, *shelf.nodes)
    assert [p.state for n in shelf.nodes for p in n.all(Permit)] == ["revoked", "revoked"]
    assert [e["refused"] for n in shelf.nodes for e in n.entries() if "refused" in e] == []
    for act in ("app.open", "app.remove"):
        with pytest.raises(Conflict, match="app.state"):
            shelf.hub.do(somebody(Role.OPERATOR, id="u-installer"), act, {"id": made["app"], **({"reason": "r"} if act == "app.remove" else {})})


@pytest.mark.parametrize("reviewed", [False, True])
def test_removing_an_app_before_its_approval_withdraws_its_request(shelf: Shelf, reviewed: bool) -> None:
    made = shelf.install()
    if reviewed:
        shelf.hub.do(REVIEWERS[0], "request.accept", id=made["request"], reason="complete")
    shelf.hub.do(somebody(Role.STEWARD), "app.remove", id=made["app"], reason="a mistake")
    assert shelf.hub.state(Request, made["request"]) == "withdrawn" and shelf.hub.state(Account, shelf.hub.find(App, made["app"]).account) == "closed"
    with pytest.raises(Conflict, match="request.state"):
        shelf.approve(made["request"])
    assert shelf.hub.all(Permit) == []


def test_a_permit_signed_while_the_app_was_removed_comes_too_late(shelf: Shelf) -> None:
    made = shelf.install()
    shelf.approve(made["request"])
    carry(shelf.hub, *shelf.nodes)
    node = shelf.nodes[0]
    node.do(somebody(Role.STEWARD, party=node.party), "permit.agree", id=node.all(Permit)[0].id)
    shelf.hub.do(somebody(Role.OPERATOR), "app.remove", id=made["app"], reason="no longer needed")
    fates = carry(shelf.hub, *shelf.nodes)
    assert "permit.state" in [f.rule for f in fates]
    assert {p.state for o in (shelf.hub, *shelf.nodes) for p in o.all(Permit)} == {"revoked"}


@pytest.mark.parametrize("act", ["request.review", "release.check", "app.remove", "account.appoint", "no.such", "王小明", "110101199003078888"])
def test_an_act_that_no_app_may_have_is_refused_and_nothing_is_kept(shelf: Shelf, act: str) -> None:
    with pytest.raises(Refused, match="app.act") as refusal:
        shelf.install(acts=["offer.list", act])
    assert "王" not in refusal.value.en and "1101" not in refusal.value.en and shelf.hub.all(App) == shelf.hub.all(Account) == []


@pytest.mark.parametrize("hole", [{"acts": []}, {"name": ""}, {"name": "  "}, {"name": "x" * 81}])
def test_a_manifest_without_a_name_or_an_act_is_malformed(shelf: Shelf, hole: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="app.manifest"):
        shelf.install(**hole)


def test_the_ceiling_leaves_out_assets_above_it(shelf: Shelf) -> None:
    shelf.hub.keep(offer("hospital-b", grade=Grade.RESTRICTED))
    made = shelf.install(ceiling=4)
    assert shelf.hub.find(Request, made["request"]).offers == ("as-hospital-a",)
    with pytest.raises(Refused, match="app.assets"):
        shelf.install(ceiling=3)


def test_assets_that_lack_a_column_are_left_out_and_of_each_holder_the_newest_is_taken(shelf: Shelf) -> None:
    shelf.hub.keep(offer("hospital-a", "as-newer"))
    made = shelf.install()
    assert set(shelf.hub.find(Request, made["request"]).offers) == {"as-newer", "as-hospital-b"}
    with pytest.raises(Refused, match="app.assets"):
        shelf.install(columns=["note.note_text"])


def test_a_prohibited_purpose_is_refused_for_an_app_as_for_anybody(shelf: Shelf) -> None:
    with pytest.raises(Refused, match="request.prohibited"):
        shelf.install(purpose=CREDIT)
    assert shelf.hub.all(App) == []


def test_who_installs_an_app_never_reviews_its_request(shelf: Shelf) -> None:
    both = somebody(Role.APPLICANT, Role.STEWARD, id="u-both")
    made = shelf.install(both)
    with pytest.raises(Refused, match="review.own"):
        shelf.hub.do(both, "request.accept", id=made["request"], reason="mine")
    shelf.hub.do(REVIEWERS[0], "request.accept", id=made["request"], reason="complete")
    with pytest.raises(Refused, match="review.own"):
        shelf.hub.do(both, "request.review", id=made["request"], vote="approve", reason="mine")


def test_an_app_acts_for_the_side_of_who_installed_it(shelf: Shelf) -> None:
    """So a checker of that side never checks the app's answers, and that side gets the app's bill."""
    made, _ = shelf.running()
    assert shelf.hub.find(Request, made["request"]).party == "university" == shelf.hub.find(Account, shelf.hub.find(App, made["app"]).account).party
    assert {p.terms.recipient for p in shelf.hub.all(Permit)} == {"university"}


@pytest.mark.parametrize("name", ["王小明", "census 110101199003078888"])
def test_the_name_of_an_app_stands_in_no_entry(shelf: Shelf, name: str) -> None:
    shelf.install(name=name)
    assert name not in json.dumps(shelf.hub.entries(), ensure_ascii=False) and "1101011990" not in str(shelf.hub.bodies())


def test_no_app_may_ever_review_check_appoint_or_sign() -> None:
    assert not APP_ACTS & {"request.review", "request.accept", "release.check", "account.appoint", "permit.agree", "permit.revoke", "app.install", "party.invite"}
