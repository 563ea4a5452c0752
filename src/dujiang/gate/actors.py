"""Who calls: accounts with roles at a party, known by a token of which only the digest is kept."""

import hashlib
import hmac
import re
from typing import ClassVar

from dujiang.act import HUB, NODE, Actor, Named, Outcome, begin, look, moves
from dujiang.errors import Malformed, Refused
from dujiang.gate.entries import is_plain
from dujiang.words import STAFF, Life, Move, Role, Thing, Word, one_of
from dujiang.world import Tables, World

PUBLIC = Actor(id="public", party="", roles=frozenset({Role.PUBLIC}))

PARTY_ID = re.compile(r"(?!.*[0-9]{9})[a-z][a-z0-9]*(-[a-z0-9]+)*")  # of nine digits, some could be somebody's number
LONGEST_ID = 40
RESERVED = frozenset({"system", "public", "platform"})  # the actors of follow-ups and of strangers, and an account of the settlement

LIFE = Life(kind="account", start="active", moves=(Move(verb="close", frm=("active",), to=("closed",)),))


class Account(Thing, frozen=True):
    """Somebody who may call. Staff of an institution, a person, or an app."""

    KIND: ClassVar[str] = "account"
    party: str
    roles: frozenset[Role]
    label: str = ""  # the post held, never a person's name
    digest: str = ""
    subject: str = ""
    only: frozenset[str] = frozenset()

    def actor(self) -> Actor:
        return Actor(id=self.id, party=self.party, roles=self.roles, subject=self.subject, only=self.only)


class Appoint(Word, frozen=True):
    party: str
    roles: frozenset[Role]
    label: str


def new_account(
    world: World, *, party: str, roles: frozenset[Role], label: str, subject: str = ""
) -> tuple[Account, str]:
    """A new account and its token, which nobody can read again later."""
    id = world.dice.name("u")
    token = f"{id}.{world.dice.token(24).hex()}"
    digest = hashlib.sha256(token.encode()).hexdigest()
    return Account(id=id, state="active", party=party, roles=roles, label=label, digest=digest, subject=subject), token


def known(tables: Tables, token: str) -> Actor:
    """The actor a token stands for; the public when there is none; Refused when it is wrong or closed."""
    if not token:
        return PUBLIC
    account = tables.find(Account, token.partition(".")[0])
    digest = hashlib.sha256(token.encode()).hexdigest()
    if account is None or account.state != "active" or not hmac.compare_digest(account.digest, digest):
        raise Refused("gate.token", "This access token is not valid (any more). Sign in again.", "访问令牌无效或已失效，请重新登录。")
    return account.actor()


def check_party_id(id: str) -> None:
    """Malformed unless `id` can be a party's: it stands in every entry, so no name and no identity number gets in there."""
    if not (PARTY_ID.fullmatch(id) and len(id) <= LONGEST_ID and is_plain(id)) or id in RESERVED:
        raise Malformed(
            "party.id",
            "A party's id is at most {most} small letters, digits and hyphens, begins with a letter and is none of: {reserved}.",
            "机构编号最多 {most} 个字符，由小写字母、数字和连字符组成，以字母开头，且不得为：{reserved}。",
            most=LONGEST_ID, reserved=one_of(RESERVED),
        )


def appoint(world: World, actor: Actor, _: None, args: Appoint) -> Outcome:
    check_party_id(args.party)
    if not args.roles or not args.roles <= STAFF:
        raise Refused("account.role", "Only staff roles can be appointed, and at least one.", "只能任命工作人员角色，且至少一个。")
    account, token = new_account(world, party=args.party, roles=args.roles, label=args.label)
    facts = {"account": account.id, "party": args.party, "roles": sorted(args.roles)}
    return Outcome(answer={"account": account.id, "token": token}, keep=(account,), facts=facts)


def close(world: World, actor: Actor, account: Account, args: Named) -> Outcome:
    return Outcome(answer={"account": account.id}, keep=(account.with_(state="closed"),))


class Everything(Word, frozen=True):
    """Arguments of a list: nothing narrows it."""


def accounts(world: World, actor: Actor, _: None, args: Everything) -> Outcome:
    found = [a.with_(digest="") for a in world.tables.all(Account) if Role.PERSON not in a.roles]
    return Outcome(answer=found)


BOTH = f"{NODE} {HUB}"
ACTS = (
    begin("account.appoint", "Appoint somebody to a post and hand out the access token", "任命岗位并发放访问令牌",
          who={Role.OPERATOR}, where=BOTH, takes=Appoint, step=appoint),
    moves(LIFE, "close", "Close an account", "停用账户", on=Account, who={Role.OPERATOR}, where=BOTH, step=close),
    look("account.list", "List the accounts of staff and apps", "查看工作人员与应用账户", who={Role.OPERATOR, Role.AUDITOR}, where=BOTH,
         takes=Everything, step=accounts),
)
LIVES = (LIFE,)
