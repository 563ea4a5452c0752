"""The acts of consent: gather forms, permit, deny, revoke, carry to the other nodes, commit to the log, follow the log."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec

from dujiang.act import HUB, HUB_ID, NODE, Actor, Named, Outcome, Parcel, begin, look
from dujiang.consent.consents import ANY, NOT_YET, Consent, Effect, Terms, consent
from dujiang.errors import Broken, Unknown
from dujiang.identify.acts import Followed
from dujiang.identify.lookup import handles_now, moved, people_by_patient
from dujiang.identify.persons import PersonIndex
from dujiang.words import Party, Role, Thing, Word
from dujiang.world import World


class Form(Word, frozen=True):
    """A consent form as a hospital keeps it: `patient` is the source's own key or record number."""

    patient: str
    effect: Effect
    purposes: tuple[str, ...]
    recipients: tuple[str, ...] = (ANY,)


class Gather(Word, frozen=True):
    forms: tuple[Form, ...]


class Decide(Word, frozen=True):
    purposes: tuple[str, ...] = (ANY,)
    recipients: tuple[str, ...] = (ANY,)
    until: str = ""


class Item(Word, frozen=True):
    """One line of the alliance's log about consent: a commitment and whether it permits, denies or is revoked."""

    commitment: str
    effect: str


class Commit(Word, frozen=True):
    items: tuple[Item, ...]


class Body(Word, frozen=True):
    terms: Terms
    salt: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Carry(Word, frozen=True):
    """Consents for the nodes that may hold the same people; only ever sent sealed."""

    bodies: tuple[Body, ...]


class Follow(Word, frozen=True):
    """The next entries of the alliance's log and the checkpoint that covers them."""

    bodies: tuple[bytes, ...]
    note: str


class Place(Word, frozen=True):
    """One line of the log about a consent: where it stands, what it says, which party committed it."""

    index: int
    effect: str
    by: str


class Unheard(Thing, frozen=True):
    """A consent the log names whose terms have not arrived; while there is one, tasks that depend on it are refused."""

    KIND: ClassVar[str] = "unheard"
    places: tuple[Place, ...]


def _send(world: World, given: list[Consent]) -> Outcome:
    """Keep consents, carry them sealed to every admitted peer, then commit them to the log."""
    bodies = tuple(Body(terms=c.terms, salt=c.salt) for c in given)
    peers = [p.id for p in world.tables.all(Party, state="admitted") if p.id != HUB_ID]
    carried = tuple(Parcel(peer, "consent.carry", Carry(bodies=bodies), sealed=True) for peer in peers)
    items = tuple(Item(commitment=c.commitment, effect=c.terms.effect) for c in given)
    facts = {"consents": len(given), "permits": sum(c.terms.effect == "permit" for c in given)}
    # The carried letters go first: whoever sees the log entry has the terms already waiting.
    return Outcome(
        answer={"consents": [c.id for c in given]}, keep=tuple(given), facts=facts,
        send=(*carried, Parcel(HUB_ID, "consent.commit", Commit(items=items))),
    )


def gather(world: World, actor: Actor, _: None, args: Gather) -> Outcome:
    handles = people_by_patient(world, frozenset(f.patient for f in args.forms))
    absent = sum(f.patient not in handles for f in args.forms)
    made: dict[str, Consent] = {}
    for form in args.forms:
        if form.patient in handles:
            terms = Terms(subject=handles[form.patient], effect=form.effect, purposes=form.purposes,
                          recipients=form.recipients, basis="form")
            one = consent(terms, world.dice.token(32), mine=True)
            made[f"{terms!r}"] = one  # one person's two record numbers, one form
    sent = _send(world, list(made.values()))
    return Outcome(
        answer={"consents": len(made), "unknown_patients": absent}, keep=sent.keep, send=sent.send,
        facts={**sent.facts, "unknown_patients": absent},
    )


def _decide(world: World, actor: Actor, args: Decide, effect: Effect) -> Outcome:
    """A denial holds under every handle the person has or had; a permit under the one they have now, if it is one."""
    now = handles_now(world, actor.subject)
    subjects = sorted({actor.subject, *now}) if effect == "deny" else now if len(now) == 1 else (actor.subject,)
    each = (Terms(subject=s, effect=effect, purposes=args.purposes, recipients=args.recipients, until=args.until) for s in subjects)
    return _send(world, [consent(terms, world.dice.token(32), mine=True) for terms in each])


def _own(world: World, actor: Actor) -> frozenset[str]:
    """The handles under which an account's person is or was known."""
    return frozenset({actor.subject, *handles_now(world, actor.subject)})


def permit(world: World, actor: Actor, _: None, args: Decide) -> Outcome:
    return _decide(world, actor, args, "permit")


def deny(world: World, actor: Actor, _: None, args: Decide) -> Outcome:
    return _decide(world, actor, args, "deny")


def refile(world: World, actor: Actor, _: None, args: Followed) -> Outcome:
    """File every denial in force anew under the other handles that its person's records have since been given.

    A number found later, a merge or a split changes a handle. A denial then goes wherever a record of its person went; a permit does not, for it
    might reach records that it was not given for: unknown means no. The denial stays under the old handle too, which earlier versions still use.
    """
    consents = world.tables.all(Consent)
    denials = [c for c in consents if c.terms.effect == "deny" and c.revoked == NOT_YET]
    before, after = world.tables.find(PersonIndex, args.before), world.tables.find(PersonIndex, args.after)
    if not denials or before is None or after is None:
        return Outcome(answer={"consents": 0}, facts={"consents": 0})
    went = moved(world, before, after, {c.terms.subject for c in denials})
    there = {repr(c.terms) for c in denials}
    wanted = {repr(t): t for c in denials for t in (msgspec.structs.replace(c.terms, subject=h) for h in went.get(c.terms.subject, ()))}
    made = [consent(t, world.dice.token(32), mine=True) for said, t in sorted(wanted.items()) if said not in there]
    return _send(world, made) if made else Outcome(answer={"consents": 0}, facts={"consents": 0})


def revoke(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    """A person's own consent only; of anybody else's the answer is the same as of one that does not exist."""
    given = world.tables.find(Consent, args.id)
    if given is None or (actor.is_(Role.PERSON) and given.terms.subject not in _own(world, actor)):
        raise Unknown("consent.unknown", "There is no such consent of yours.", "您名下没有该同意书。")
    item = Item(commitment=given.commitment, effect="revoke")
    return Outcome(answer={"consent": given.id}, send=(Parcel(HUB_ID, "consent.commit", Commit(items=(item,))),))


def listed(world: World, actor: Actor, _: None, args: Word) -> Outcome:
    mine = [c for handle in sorted(_own(world, actor)) for c in world.tables.all(Consent, parent=handle)]
    return Outcome(answer=[
        {"id": c.id, "effect": c.terms.effect, "purposes": c.terms.purposes, "recipients": c.terms.recipients,
         "state": c.state, "index": c.index} for c in mine
    ])


def commit(world: World, actor: Actor, _: None, args: Commit) -> Outcome:
    """The hub orders commitments; it learns neither who nor what, only whether each permits, denies or revokes."""
    entries = tuple({"commitment": i.commitment, "effect": i.effect} for i in args.items)
    return Outcome(answer={"entries": len(entries)}, entries=entries, facts={"items": len(entries)})


def carry(world: World, actor: Actor, _: None, args: Carry) -> Outcome:
    """Terms from another node. One that the log already named takes its place at once."""
    given = [consent(body.terms, bytes.fromhex(body.salt), mine=False) for body in args.bodies]
    ids = [one.id for one in given]
    known, waited = world.tables.some(Consent, ids), world.tables.some(Unheard, ids)
    keep: list[Thing] = []
    for one in given:
        if one.id in known:
            continue
        unheard = waited.get(one.id)
        if unheard is not None and unheard.state == "missing":
            for place in unheard.places:
                one = _placed(one, place)
            keep.append(unheard.with_(state="heard"))
        keep.append(one)
    return Outcome(keep=tuple(keep), facts={"consents": len(args.bodies)})


def _placed(one: Consent, place: Place) -> Consent:
    """The consent with its place in the log; the first place counts, and only who committed it can revoke it."""
    if place.effect == "revoke":
        return one.with_(revoked=place.index, state="revoked") if one.revoked == NOT_YET and one.by == place.by else one
    if place.effect != one.terms.effect:
        raise Broken("consent.contradiction", "The log contradicts a consent's terms.", "日志与同意书条款不一致。")
    return one if one.index != NOT_YET else one.with_(index=place.index, state="active", by=place.by)


def follow(world: World, actor: Actor, _: None, args: Follow) -> Outcome:
    """Verify the next stretch of the alliance's log and give the consents it orders their places."""
    hub = world.tables.get(Party, HUB_ID)
    start = world.ledger.size("alliance")
    world.ledger.follow("alliance", args.bodies, args.note, hub.log)
    places: dict[str, list[Place]] = {}
    for offset, data in enumerate(args.bodies):
        entry = msgspec.json.decode(data)
        facts = entry.get("facts", {}) if entry.get("act") == "consent.commit" else {}
        if "commitment" in facts:
            place = Place(index=start + offset, effect=facts["effect"], by=entry["by"]["party"])
            places.setdefault(f"c-{facts['commitment'][:32]}", []).append(place)
    return Outcome(answer={"size": start + len(args.bodies)}, keep=tuple(_settle(world, places)))


def _settle(world: World, places: dict[str, list[Place]]) -> Iterator[Thing]:
    """Consents in their places; what has not been heard of waits with its places."""
    known, waited = world.tables.some(Consent, places), world.tables.some(Unheard, places)
    for id, found in places.items():
        if id in known:
            one = known[id]
            for place in found:
                one = _placed(one, place)
            yield one
        else:
            before = waited[id].places if id in waited else ()
            yield Unheard(id=id, state="missing", places=(*before, *found))


def unheard_before(world: World, size: int) -> int:
    """How many consents of the log's first `size` entries have not arrived here."""
    return sum(u.places[0].index < size for u in world.tables.all(Unheard, state="missing"))


ACTS = (
    begin("consent.gather", "Take over the consent forms a hospital holds", "录入医院已有的知情同意书", who={Role.STEWARD}, where=NODE,
          takes=Gather, step=gather),
    begin("consent.permit", "Allow a use of my data", "允许使用我的数据", who={Role.PERSON}, where=NODE, takes=Decide, step=permit),
    begin("consent.deny", "Forbid a use of my data", "拒绝使用我的数据", who={Role.PERSON}, where=NODE, takes=Decide, step=deny),
    begin("consent.refile", "Let denials follow persons whose handle changed", "使拒绝意愿随人员标识变更延续", who={Role.SYSTEM}, where=NODE,
          takes=Followed, step=refile),
    begin("consent.revoke", "Take back a consent", "撤回同意", who={Role.PERSON, Role.STEWARD}, where=NODE, takes=Named, step=revoke),
    look("consent.list", "See my consents", "查看我的同意书", who={Role.PERSON}, where=NODE, takes=Decide, step=listed),
    begin("consent.commit", "Give consents their place in the log", "将同意书登记入联盟日志", who={Role.PARTY}, where=HUB, takes=Commit,
          step=commit),
    begin("consent.carry", "Receive consents of shared persons", "接收共同患者的同意书", who={Role.PARTY}, where=NODE, takes=Carry,
          step=carry),
    begin("log.follow", "Follow the alliance's log", "跟随联盟日志", who={Role.SYSTEM}, where=NODE, takes=Follow, step=follow, quiet=True),
)
