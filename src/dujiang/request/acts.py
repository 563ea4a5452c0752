"""The acts of a request from draft to the permits that carry it out."""

import base64
import re
from typing import Literal

from dujiang.act import HUB, HUB_ID, NODE, Actor, Call, Named, Outcome, Parcel, begin, look, moves, stamp
from dujiang.errors import Broken, Conflict, Refused, Unknown
from dujiang.ledger.note import SigningKey, VerifyingKey
from dujiang.register.offers import Offer
from dujiang.request import permits, requests
from dujiang.request.permits import Permit, PermitTerms
from dujiang.request.requests import REVIEWERS, Request, Review, refuse_prohibited, reviewed
from dujiang.words import STAFF, Grade, Party, Role, Word
from dujiang.world import World

COLUMN = re.compile(r"[a-z_]+\.[a-z_]+")  # `table.column`; anything else is not said back


class Draft(Word, frozen=True):
    title: str
    why: str
    purpose: str
    offers: tuple[str, ...]
    columns: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int = 1
    until: str = "9999-12-31"
    commercial: bool = False


class Because(Word, frozen=True):
    id: str
    reason: str


class Vote(Word, frozen=True):
    id: str
    vote: Literal["approve", "reject"]
    reason: str


class Agreed(Word, frozen=True):
    id: str
    signature: str


class Which(Word, frozen=True):
    state: str | None = None


def draft(world: World, actor: Actor, _: None, args: Draft) -> Outcome:
    request = draft_request(world, actor, args)
    return Outcome(answer={"request": request.id}, keep=(request,), facts={"purpose": request.purpose})


def draft_request(world: World, actor: Actor, args: Draft, *, app: str = "") -> Request:
    """A request as a draft; its grade is the highest of the assets it names, of each holder one."""
    offers = [world.tables.get(Offer, o) for o in args.offers]
    if len({o.holder for o in offers}) != len(offers):
        raise Refused("request.holder", "A request names one asset of each holder. Ask for the others in another request.",
                      "一份申请对每个持有机构只能选一项资产，其余请另行申请。")
    strange = sorted(set(args.columns) - {c for o in offers for c in o.columns})
    if strange:
        said = strange[0] if COLUMN.fullmatch(strange[0]) else "?"
        raise Refused(
            "request.column", "The assets have no column {column}. Look at the catalogue.", "资产中没有列 {column}，请查阅目录。", column=said
        )
    return Request(
        id=world.dice.name("q"), state="draft", applicant=actor.id, party=actor.party, title=args.title, why=args.why,
        purpose=args.purpose, offers=args.offers, columns=tuple(sorted(args.columns)), methods=tuple(sorted(args.methods)),
        runs=args.runs, until=args.until, commercial=args.commercial, grade=max((o.grade for o in offers), default=Grade.RESTRICTED), app=app, since=stamp(world),
    )


def _own(actor: Actor, request: Request) -> None:
    if actor.id != request.applicant and not actor.is_(Role.SYSTEM):
        raise Unknown("request.unknown", "There is no request of yours with that id.", "您名下没有该申请。")


def submit(world: World, actor: Actor, request: Request, args: Named) -> Outcome:
    _own(actor, request)
    refuse_prohibited(request)
    done = request.with_(state="submitted", since=stamp(world))
    return Outcome(answer={"request": done.id}, keep=(done,), then=(Call("request.screen", Named(id=done.id)),),
                   facts={"purpose": done.purpose, "grade": done.grade})


def screen(world: World, actor: Actor, request: Request, args: Named) -> Outcome:
    """What needs no reviewer goes on by rule; everything else waits for a steward of the alliance's office."""
    state = "screening" if REVIEWERS[request.grade] else "in_review"
    return Outcome(keep=(request.with_(state=state, since=stamp(world)),))


def accept(world: World, actor: Actor, request: Request, args: Because) -> Outcome:
    if request.applies(actor.id):
        raise Refused("review.own", "An applicant never screens their own request.", "申请人不得受理自己的申请。")
    return Outcome(answer={"request": request.id}, keep=(request.with_(state="in_review", since=stamp(world)),))


def return_(world: World, actor: Actor, request: Request, args: Because) -> Outcome:
    done = request.with_(state="returned", since=stamp(world), returned_because=args.reason, reviews=())
    return Outcome(answer={"request": request.id}, keep=(done,))


def withdraw(world: World, actor: Actor, request: Request, args: Named) -> Outcome:
    _own(actor, request)
    return Outcome(answer={"request": request.id}, keep=(request.with_(state="withdrawn"),))


def review(world: World, actor: Actor, request: Request, args: Vote) -> Outcome:
    """One vote in the first role of the actor's that is still missing; the last approval offers the permits."""
    role = next((r for r in request.missing() if r in actor.roles), None)
    if role is None:
        raise Refused("review.role", "No review by one of your roles is waiting here.", "此申请无需您的角色评审。")
    vote = Review(role=role, account=actor.id, party=actor.party, vote=args.vote, reason=args.reason, at=stamp(world))
    done = reviewed(request, vote)
    then = tuple(Call("permit.offer", OfferPermit(request=done.id, offer=o)) for o in done.offers if done.state == "approved")
    facts = {"role": role, "vote": args.vote}
    return Outcome(answer={"request": done.id, "state": done.state}, keep=(done,), then=then, facts=facts)


class OfferPermit(Word, frozen=True):
    request: str
    offer: str


def offer(world: World, actor: Actor, _: None, args: OfferPermit) -> Outcome:
    request, asked = world.tables.get(Request, args.request), world.tables.get(Offer, args.offer)
    terms = PermitTerms(
        id=world.dice.name("k"), request=request.id, holder=asked.holder, offer=asked.id, recipient=request.party,
        applicant=request.applicant, purpose=request.purpose, columns=tuple(c for c in request.columns if c in asked.columns),
        methods=request.methods, runs=request.runs, until=request.until, grade=request.grade, commercial=request.commercial,
    )
    permit = Permit(id=terms.id, state="offered", terms=terms)
    return Outcome(keep=(permit,), send=(Parcel(asked.holder, "permit.receive", terms),), facts={"holder": asked.holder})


def receive(world: World, actor: Actor, _: None, terms: PermitTerms) -> Outcome:
    if terms.holder != world.party or actor.id != HUB_ID:
        raise Refused("permit.holder", "That permit is not for this holder.", "该许可不属于本机构。")
    if world.tables.find(Permit, terms.id) is not None:
        # What was signed, used or revoked here is not begun anew by the hub.
        raise Conflict("permit.repeated", "A permit of that id was received before.", "该编号的许可已接收过。")
    return Outcome(keep=(Permit(id=terms.id, state="offered", terms=terms),), facts={"request": terms.request})


def agree(world: World, actor: Actor, permit: Permit, args: Named) -> Outcome:
    """The holder's own signature: without it the node computes nothing for this request."""
    key = SigningKey.from_seed(world.keys.get("origin").decode(), world.keys.get("party"))
    signature = base64.b64encode(key.sign_bytes(permit.terms.signed_bytes())).decode()
    done = permit.with_(state="agreed", signature=signature)
    return Outcome(answer={"permit": permit.id}, keep=(done,), facts={"request": permit.terms.request},
                   send=(Parcel(HUB_ID, "permit.agreed", Agreed(id=permit.id, signature=signature)),))


def agreed(world: World, actor: Actor, permit: Permit, args: Agreed) -> Outcome:
    holder = world.tables.get(Party, permit.terms.holder)
    if actor.id != holder.id or not signed(permit.terms, args.signature, holder.vkey):
        raise Broken("permit.signature", "The permit's signature is not its holder's.", "许可签名与持有机构不符。")
    done = permit.with_(state="active", signature=args.signature)
    return Outcome(keep=(done,), send=(Parcel(holder.id, "permit.start", Named(id=permit.id)),),
                   facts={"request": permit.terms.request, "holder": holder.id})


def signed(terms: PermitTerms, signature: str, vkey: str) -> bool:
    """Whether the key made this signature (base64) of the terms."""
    try:
        return VerifyingKey.parse(vkey).verify_bytes(base64.b64decode(signature, validate=True), terms.signed_bytes())
    except ValueError:
        return False


def start(world: World, actor: Actor, permit: Permit, args: Named) -> Outcome:
    if actor.id != HUB_ID:
        raise Refused("permit.sender", "Only the hub says that a permit is in force.", "仅枢纽可通知许可生效。")
    return Outcome(keep=(permit.with_(state="active"),), facts={"request": permit.terms.request})


def suspend(world: World, actor: Actor, permit: Permit, args: Because) -> Outcome:
    """The holder stops computing for a while; whoever runs a task meanwhile is refused with the permit's state."""
    return Outcome(answer={"permit": permit.id}, keep=(permit.with_(state="suspended"),), facts={"request": permit.terms.request})


def resume(world: World, actor: Actor, permit: Permit, args: Named) -> Outcome:
    return Outcome(answer={"permit": permit.id}, keep=(permit.with_(state="active"),), facts={"request": permit.terms.request})


def expire(world: World, actor: Actor, permit: Permit, args: Named) -> Outcome:
    return Outcome(keep=(permit.with_(state="expired"),), facts={"request": permit.terms.request})


def revoke(world: World, actor: Actor, permit: Permit, args: Because) -> Outcome:
    """Either side may end a permit; the other is told."""
    other = HUB_ID if world.party != HUB_ID else permit.terms.holder
    return Outcome(answer={"permit": permit.id}, keep=(permit.with_(state="revoked"),), facts={"request": permit.terms.request},
                   send=(Parcel(other, "permit.end", Named(id=permit.id)),))


def end(world: World, actor: Actor, permit: Permit, args: Named) -> Outcome:
    """The other side ended it; an unheard-of sender cannot."""
    if actor.id not in (HUB_ID, permit.terms.holder):
        raise Refused("permit.holder", "Only the holder or the hub ends a permit.", "仅持有机构或枢纽可终止许可。")
    state = permit.state if permit.state in ("revoked", "expired") else "revoked"
    return Outcome(keep=(permit.with_(state=state),), facts={"request": permit.terms.request})


def list_requests(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    found = world.tables.all(Request, state=args.state)
    if not actor.is_(*(STAFF - {Role.APPLICANT, Role.APP})):
        found = [r for r in found if r.applicant == actor.id]
    return Outcome(answer=[{"request": r, "waiting": r.waiting()} for r in found])


def list_permits(world: World, actor: Actor, _: None, args: Which) -> Outcome:
    found = world.tables.all(Permit, state=args.state)
    if not actor.is_(*(STAFF - {Role.APPLICANT, Role.APP})):
        found = [p for p in found if p.terms.applicant == actor.id]
    return Outcome(answer=found)


APPLY = frozenset({Role.APPLICANT, Role.APP})
REVIEW = frozenset({Role.STEWARD, Role.REVIEWER, Role.PRIVACY_OFFICER, Role.ETHICS, Role.DATA_CENTRE, Role.DATA_COMMITTEE})
ASK, KEEP = requests.LIFE, permits.LIFE
ACTS = (
    begin("request.draft", "Draft a request", "起草申请", who=APPLY, where=HUB, takes=Draft, step=draft),
    moves(ASK, "submit", "Submit a request", "提交申请", on=Request, who=APPLY | {Role.SYSTEM}, where=HUB, step=submit),
    moves(ASK, "screen", "Screen by rule", "按规则初筛", on=Request, who={Role.SYSTEM}, where=HUB, step=screen),
    moves(ASK, "accept", "Accept for review", "受理并送审", on=Request, who={Role.STEWARD}, where=HUB, step=accept, takes=Because),
    moves(ASK, "return", "Return to the applicant with a reason", "退回申请并说明原因", on=Request, who={Role.STEWARD}, where=HUB,
          step=return_, takes=Because),
    moves(ASK, "review", "Vote on a request", "评审投票", on=Request, who=REVIEW, where=HUB, step=review, takes=Vote),
    moves(ASK, "withdraw", "Withdraw a request", "撤回申请", on=Request, who=APPLY | {Role.SYSTEM}, where=HUB, step=withdraw),
    look("request.list", "List requests and on whom they wait", "查看申请及其等待对象", who=STAFF | {Role.APP}, where=HUB, takes=Which,
         step=list_requests),
    begin("permit.offer", "Offer a permit to its holder", "向持有机构发出许可", who={Role.SYSTEM}, where=HUB, takes=OfferPermit, step=offer),
    begin("permit.receive", "Receive a permit to sign", "接收待签许可", who={Role.PARTY}, where=NODE, takes=PermitTerms, step=receive),
    moves(KEEP, "agree", "Sign a permit for our data", "签署本机构数据许可", on=Permit, who={Role.STEWARD}, where=NODE, step=agree),
    moves(KEEP, "agreed", "Take in the holder's signature", "接收持有机构签名", on=Permit, who={Role.PARTY}, where=HUB, step=agreed,
          takes=Agreed),
    moves(KEEP, "start", "Put a permit in force", "许可生效", on=Permit, who={Role.PARTY}, where=NODE, step=start),
    moves(KEEP, "suspend", "Suspend a permit for our data", "暂停本机构数据许可", on=Permit, who={Role.STEWARD}, where=NODE, step=suspend,
          takes=Because),
    moves(KEEP, "resume", "Resume a suspended permit", "恢复已暂停的许可", on=Permit, who={Role.STEWARD}, where=NODE, step=resume),
    moves(KEEP, "expire", "Note that a permit has run out", "记录许可到期", on=Permit, who={Role.SYSTEM}, where=NODE, step=expire),
    moves(KEEP, "revoke", "Revoke a permit", "撤销许可", on=Permit, who={Role.STEWARD, Role.OPERATOR, Role.SYSTEM}, where=f"{NODE} {HUB}",
          step=revoke, takes=Because),
    moves(KEEP, "end", "Learn that the other side ended a permit", "获知对方终止许可", on=Permit, who={Role.PARTY}, where=f"{NODE} {HUB}",
          step=end),
    look("permit.list", "List permits", "查看许可", who=STAFF | {Role.APP}, where=f"{NODE} {HUB}", takes=Which, step=list_permits),
)
LIVES = (ASK, KEEP)
