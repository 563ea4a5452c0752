"""Joining and knowing one another: invitations, keys, admitted peers, the persons' key that only nodes share, persons' accounts."""

import base64
import hashlib
import hmac

from dujiang.act import HUB, HUB_ID, NODE, Actor, Nothing, Outcome, Parcel, begin, look
from dujiang.compute.crossing import PersonsKey
from dujiang.errors import Conflict, Malformed, Refused
from dujiang.gate.actors import check_party_id, new_account
from dujiang.gate.letters import check_seal
from dujiang.identify.acts import PERSONS_KEY
from dujiang.identify.lookup import people
from dujiang.ledger.note import VerifyingKey
from dujiang.words import EVERYBODY, Party, Role, Saying, Word
from dujiang.world import World

PERSONS_KEY_BYTES = 32


class Invite(Word, frozen=True):
    party: str
    name: Saying


class Join(Word, frozen=True):
    party: str
    vkey: str
    seal: str
    invitation: str


class Admit(Word, frozen=True):
    """A peer's keys as its steward read them out to ours."""

    party: str
    name: Saying
    vkey: str
    seal: str


class Enrol(Word, frozen=True):
    patient: str


def invite(world: World, actor: Actor, _: None, args: Invite) -> Outcome:
    """An invitation to join under a given id, to be handed over outside the system; it is used once."""
    check_party_id(args.party)
    if world.tables.find(Party, args.party) is not None:
        raise Conflict("party.known", "There is a party of that id already.", "该机构编号已存在。")
    token = world.dice.token(24).hex()
    party = Party(id=args.party, state="invited", name=args.name, invitation=hashlib.sha256(token.encode()).hexdigest())
    return Outcome(answer={"invitation": f"{token}.{pin_of(world.tables.get(Party, HUB_ID))}"}, keep=(party,))


def pin_of(hub: Party) -> str:
    """The digest of the hub's keys, the second half of an invitation: by it a node knows the hub that answers."""
    return hashlib.sha256(f"{hub.vkey}\n{hub.log}\n{hub.seal}".encode()).hexdigest()


def join(world: World, actor: Actor, _: None, args: Join) -> Outcome:
    """A node shows its invitation and its keys; joining again with the same keys changes nothing."""
    party = world.tables.find(Party, args.party)
    used = hashlib.sha256(args.invitation.partition(".")[0].encode()).hexdigest()
    if party is None or not hmac.compare_digest(used, party.invitation):
        raise Refused("party.invitation", "The invitation is not valid. Ask the alliance's office for one.", "邀请无效，请向联盟办公室索取。")
    if party.state == "joined" and (party.vkey, party.seal) != (args.vkey, args.seal):
        raise Refused("party.joined", "The invitation was used by another key.", "该邀请已被其他密钥使用。")
    VerifyingKey.parse(args.vkey)
    check_seal(args.seal)
    done = party.with_(state="joined", vkey=args.vkey, seal=args.seal)
    me = world.tables.get(Party, HUB_ID)
    return Outcome(answer={"hub": me.with_(state="admitted")}, keep=(done,), facts={"party": done.id, "vkey": done.vkey, "seal": done.seal})


def admit(world: World, actor: Actor, _: None, args: Admit) -> Outcome:
    """Trust a peer's keys after comparing them outside the system; the hub cannot slip in a party of its own."""
    if args.party in (HUB_ID, world.party):
        # The hub is known by the invitation. Admitted as a peer, it would be sent the persons' key.
        raise Refused("party.peer", "Only another node is admitted as a peer.", "只能接纳其他节点为同伴机构。")
    check_party_id(args.party)
    VerifyingKey.parse(args.vkey)
    check_seal(args.seal)
    peer = Party(id=args.party, state="admitted", name=args.name, vkey=args.vkey, seal=args.seal)
    send = _share(world, peer.id) if world.keys.has(PERSONS_KEY) and world.tables.find(Party, peer.id) is None else ()
    return Outcome(answer={"party": peer.id}, keep=(peer,), send=send, facts={"party": peer.id, "vkey": peer.vkey, "seal": peer.seal})


def _share(world: World, peer: str) -> tuple[Parcel, ...]:
    secret = PersonsKey(secret=base64.b64encode(world.keys.get(PERSONS_KEY)).decode())
    return (Parcel(peer, "persons.share", secret, sealed=True),)


def found(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    """One node makes the key under which persons are the same across nodes, and sends it sealed to the peers it admitted; again, the same key."""
    # Keys are kept outside the transaction: a process killed between the two finds its key again and shares that one.
    secret = world.keys.get(PERSONS_KEY) if world.keys.has(PERSONS_KEY) else world.dice.token(PERSONS_KEY_BYTES)
    sealed = PersonsKey(secret=base64.b64encode(secret).decode())
    peers = [p.id for p in world.tables.all(Party, state="admitted") if p.id != HUB_ID]
    send = tuple(Parcel(p, "persons.share", sealed, sealed=True) for p in peers)
    return Outcome(answer={"shared_with": peers}, secrets={PERSONS_KEY: secret}, send=send, facts={"peers": peers})


def receive_key(world: World, actor: Actor, _: None, args: PersonsKey) -> Outcome:
    """Take over the key of the peer that founded it. The hub can seal a letter too, and a key that it knows would open every handle."""
    if actor.id == HUB_ID:
        raise Refused("persons.sender", "The persons' key comes from a node, never from the hub.", "人员密钥只能来自节点，不得来自枢纽。")
    return Outcome(secrets={PERSONS_KEY: key_bytes(args.secret)}, facts={"from": actor.id})


def key_bytes(secret: str) -> bytes:
    """Malformed unless it is a whole key."""
    try:
        key = base64.b64decode(secret, validate=True)
    except ValueError:
        key = b""
    if len(key) != PERSONS_KEY_BYTES:
        raise Malformed("persons.secret", "The persons' key is not whole.", "人员密钥不完整。")
    return key


def key_state(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer={"held": world.keys.has(PERSONS_KEY)})


def enrol(world: World, actor: Actor, _: None, args: Enrol) -> Outcome:
    """Open a person's own account, after the steward has seen who they are."""
    handle = next((h for key, _, h in people(world) if key == args.patient), None)
    if handle is None:
        raise Conflict("person.unknown", "No person is known under that patient key.", "没有该患者编号对应的人员。")
    account, token = new_account(world, party=world.party, roles=frozenset({Role.PERSON}), label="person", subject=handle)
    return Outcome(answer={"token": token}, keep=(account,))


def directory(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=[p.with_(invitation="") for p in world.tables.all(Party)])


ACTS = (
    begin("party.invite", "Invite an institution", "邀请机构加入", who={Role.OPERATOR}, where=HUB, takes=Invite, step=invite),
    begin("party.join", "Join the alliance with an invitation", "凭邀请加入联盟", who={Role.PUBLIC}, where=HUB, takes=Join, step=join),
    begin("party.admit", "Admit a peer whose keys were compared", "接纳已核对密钥的同伴机构", who={Role.STEWARD}, where=NODE, takes=Admit,
          step=admit),
    begin("persons.found", "Make the persons' key and share it with the peers", "生成人员密钥并分享给同伴节点", who={Role.STEWARD}, where=NODE,
          takes=Nothing, step=found),
    begin("persons.share", "Receive the persons' key", "接收人员密钥", who={Role.PARTY}, where=NODE, takes=PersonsKey, step=receive_key),
    look("persons.key", "See whether the persons' key is here", "查看是否持有人员密钥", who={Role.STEWARD}, where=NODE, takes=Nothing,
         step=key_state),
    begin("person.enrol", "Open a person's own account", "为本人开通账户", who={Role.STEWARD}, where=NODE, takes=Enrol, step=enrol),
    look("party.list", "List the parties and their keys", "查看机构及其公钥", who=EVERYBODY, where=f"{HUB} {NODE}", takes=Nothing,
         step=directory),
)
