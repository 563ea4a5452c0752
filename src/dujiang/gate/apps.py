"""Apps are third parties: installing one is a request, its approval gives a permit and a token, removing it revokes both."""

from hashlib import sha256
from typing import ClassVar

from dujiang.act import HUB, Actor, Call, Named, Nothing, Outcome, begin, look, moves
from dujiang.errors import Malformed, Refused, Unknown
from dujiang.gate.actors import Account, new_account
from dujiang.gate.entries import is_plain
from dujiang.register.offers import Offer
from dujiang.request.acts import Because, Draft, draft_request
from dujiang.request.permits import LIFE as KEEP
from dujiang.request.permits import Permit
from dujiang.request.requests import LIFE as ASK
from dujiang.request.requests import Request
from dujiang.words import STAFF, Grade, Life, Move, Role, Thing, Word
from dujiang.world import World

LIFE = Life(
    kind="app",
    start="requested",
    moves=(
        Move(verb="open", frm=("requested", "installed"), to=("installed",)),
        Move(verb="remove", frm=("requested", "installed"), to=("removed",)),
    ),
)
LONGEST_NAME = 80
# What an app's token may do. Anything else needs a person.
APP_ACTS = frozenset({
    "offer.list", "request.list", "permit.list", "task.submit", "task.list", "release.read", "release.list", "log.entries",
    "log.checkpoint", "log.inclusion", "party.list",
})


class Manifest(Word, frozen=True):
    """What an app says of itself; its request is made from it."""

    name: str
    version: str
    why: str
    purpose: str
    acts: tuple[str, ...]
    ceiling: Grade
    columns: tuple[str, ...]
    methods: tuple[str, ...]
    runs: int = 100
    until: str = "9999-12-31"

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.acts or len(self.name) > LONGEST_NAME:
            raise Malformed(
                "app.manifest", "A manifest gives a name of at most {most} characters and names at least one act.",
                "应用清单须写明名称（不超过 {most} 字）及至少一项操作。", most=LONGEST_NAME,
            )


class App(Thing, frozen=True):
    KIND: ClassVar[str] = "app"
    manifest: Manifest
    request: str
    account: str
    installer: str


def install(world: World, actor: Actor, _: None, args: Manifest) -> Outcome:
    """Ask for what the manifest names, on every published asset up to its grade ceiling that has the columns.

    The app acts for the party of whoever installs it: who may not review, check or be told of that party's answers may not of the app's.
    """
    if strange := sorted(set(args.acts) - APP_ACTS):
        said = strange[0] if is_plain(strange[0]) else "?"
        raise Refused("app.act", "An app may not ask for the act {act}.", "应用不得申请操作 {act}。", act=said)
    from_catalogue = _offers(world, args)
    account, _token = new_account(world, party=actor.party, roles=frozenset({Role.APP}), label=args.name)
    account = account.with_(only=frozenset(args.acts))
    draft = Draft(title=args.name, why=args.why, purpose=args.purpose, offers=from_catalogue, columns=args.columns,
                  methods=args.methods, runs=args.runs, until=args.until)
    app_id = world.dice.name("ap")
    request = draft_request(world, account.actor(), draft, app=app_id).with_(installer=actor.id)
    app = App(id=app_id, state="requested", manifest=args, request=request.id, account=account.id, installer=actor.id)
    return Outcome(answer={"app": app.id, "request": request.id}, keep=(app, request, account), facts={"request": request.id},
                   then=(Call("request.submit", Named(id=request.id)),))


def _offers(world: World, args: Manifest) -> tuple[str, ...]:
    """The newest fitting asset of each holder."""
    published = world.tables.all(Offer, state="published")
    fit = {o.holder: o.id for o in published if o.grade <= args.ceiling and set(args.columns) <= set(o.columns)}
    if not fit:
        raise Refused("app.assets", "No published asset has these columns at or below that grade.", "没有满足列与级别要求的已发布资产。")
    return tuple(fit.values())


def open_(world: World, actor: Actor, app: App, args: Named) -> Outcome:
    """Hand the token to who installed the app, once its request is approved; a new token ends the one before."""
    if app.installer != actor.id:
        raise Unknown("app.unknown", "There is no app of yours with that id.", "您名下没有该应用。")
    if world.tables.get(Request, app.request).state != "approved":
        raise Refused("app.pending", "The app's request is not approved yet.", "应用申请尚未获批。")
    old = world.tables.get(Account, app.account)
    # The account keeps its id, so that the request stays the app's own; only the token is new.
    token = f"{old.id}.{world.dice.token(24).hex()}"
    kept = old.with_(digest=sha256(token.encode()).hexdigest())
    return Outcome(answer={"token": token}, keep=(app.with_(state="installed"), kept), facts={"request": app.request})


def remove(world: World, actor: Actor, app: App, args: Because) -> Outcome:
    """The app's token stops working and every permit of its request is revoked, at the holders too; a request still open is withdrawn."""
    permits = [p for p in world.tables.all(Permit, parent=app.request) if p.state in KEEP.move("revoke").frm]
    then = tuple(Call("permit.revoke", Because(id=p.id, reason=args.reason)) for p in permits)
    if world.tables.get(Request, app.request).state in ASK.move("withdraw").frm:
        then = (*then, Call("request.withdraw", Named(id=app.request)))
    account = world.tables.get(Account, app.account).with_(state="closed")
    return Outcome(answer={"app": app.id}, keep=(app.with_(state="removed"), account), then=then, facts={"permits": len(permits)})


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=world.tables.all(App))


INSTALL = frozenset({Role.OPERATOR, Role.APPLICANT})
ACTS = (
    begin("app.install", "Ask to install an app", "申请安装应用", who=INSTALL, where=HUB, takes=Manifest, step=install),
    moves(LIFE, "open", "Get an installed app's token", "获取应用令牌", on=App, who=INSTALL, where=HUB, step=open_),
    moves(LIFE, "remove", "Remove an app and revoke its permits", "移除应用并撤销其许可", on=App, who={Role.OPERATOR, Role.STEWARD}, where=HUB,
          step=remove, takes=Because),
    look("app.list", "List the apps", "查看应用", who=STAFF, where=HUB, takes=Nothing, step=listed),
)
LIVES = (LIFE,)
