"""A small kind of thing with acts of every sort, to see what the gate itself does."""

from typing import Any, ClassVar

from dujiang.act import HUB, Act, Actor, Call, Named, Nothing, Outcome, Parcel, begin, look, moves
from dujiang.errors import Refused, Unavailable
from dujiang.words import EVERYBODY, Life, Move, Role, Thing, Word
from dujiang.world import World

LIFE = Life(
    kind="stone",
    start="cut",
    moves=(
        Move(verb="lay", frm=("cut", "lifted"), to=("laid",)),
        Move(verb="lift", frm=("laid",), to=("lifted",)),
    ),
)


class Stone(Thing, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "stone"
    weight: int = 0


class Cut(Word, frozen=True):
    id: str
    weight: int = 0


class Echo(Word, frozen=True):
    value: Any = None


class Then(Word, frozen=True):
    calls: tuple[tuple[str, str], ...] = ()  # act and id, performed after it


def cut(world: World, actor: Actor, _: None, args: Cut) -> Outcome:
    return Outcome(answer={"stone": args.id}, keep=(Stone(id=args.id, state="cut", weight=args.weight),), facts={"weight": args.weight})


def lay(world: World, actor: Actor, stone: Stone, args: Named) -> Outcome:
    return Outcome(answer={"stone": stone.id}, keep=(stone.with_(state="laid"),))


def lift(world: World, actor: Actor, stone: Stone, args: Named) -> Outcome:
    """Leads where its row of the table does not."""
    return Outcome(keep=(stone.with_(state="thrown"),))


def add(world: World, actor: Actor, _: None, args: Cut) -> Outcome:
    """Read, change, write: lost when two do it at once."""
    stone = world.tables.find(Stone, args.id) or Stone(id=args.id, state="cut")
    return Outcome(answer=stone.weight + args.weight, keep=(stone.with_(weight=stone.weight + args.weight),), facts={"to": stone.weight})


def echo(world: World, actor: Actor, _: None, args: Echo) -> Outcome:
    return Outcome(answer=args.value)


def both(world: World, actor: Actor, _: None, args: Then) -> Outcome:
    """Keeps a stone, two further entries, a letter and a key, then calls on others."""
    then = tuple(Call(act, Cut(id=id) if act == "stone.cut" else Named(id=id)) for act, id in args.calls)
    return Outcome(
        answer="first", keep=(Stone(id="first", state="cut"),), facts={"n": 1}, entries=({"further": 1}, {"further": 2}),
        send=(Parcel("hospital-a", "permit.start", Named(id="k-1")),), secrets={"stone-key": b"s" * 32}, then=then,
    )


def again(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(keep=(Stone(id=world.dice.name("s"), state="cut"),), then=(Call("stone.again", args),))


def fall(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    raise ZeroDivisionError("110101199003078888")


def refuse(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    raise Refused("stone.no", "No.", "不。")


def later(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    raise Unavailable("stone.later", "Not now.", "稍后再试。")


def nested(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    with world.transaction():
        return Outcome()


def say(world: World, actor: Actor, _: None, args: Echo) -> Outcome:
    """Puts whatever it is told into its entry."""
    return Outcome(facts={"said": args.value}, keep=(Stone(id="said", state="cut"),), secrets={"said-key": b"k" * 32})


def show(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    return Outcome(answer=world.tables.get(Stone, args.id), keep=(Stone(id="shown", state="cut"),), facts={"never": "kept"})


WHO = frozenset({Role.STEWARD, Role.SYSTEM, Role.PUBLIC, Role.PERSON})
STONE_ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        begin("stone.cut", "Cut a stone", "凿石", who=WHO, where=HUB, takes=Cut, step=cut),
        moves(LIFE, "lay", "Lay a stone", "砌石", on=Stone, who=WHO, where=HUB, step=lay),
        moves(LIFE, "lift", "Lift a stone", "起石", on=Stone, who=WHO, where=HUB, step=lift),
        begin("stone.add", "Add to a stone", "添石", who=WHO, where=HUB, takes=Cut, step=add),
        begin("stone.echo", "Answer what is said", "回声", who=WHO, where=HUB, takes=Echo, step=echo),
        begin("stone.both", "Do many things", "多事", who=WHO, where=HUB, takes=Then, step=both),
        begin("stone.again", "Do it again", "重复", who=WHO, where=HUB, takes=Nothing, step=again),
        begin("stone.fall", "Fall", "坠石", who=WHO, where=HUB, takes=Named, step=fall),
        begin("stone.refuse", "Refuse", "拒绝", who=WHO, where=HUB, takes=Named, step=refuse),
        begin("stone.later", "Not now", "稍后", who=WHO, where=HUB, takes=Named, step=later),
        begin("stone.nested", "Open a transaction", "嵌套", who=WHO, where=HUB, takes=Nothing, step=nested),
        begin("stone.say", "Say something in the log", "留言", who=WHO, where=HUB, takes=Echo, step=say),
        begin("stone.hush", "Cut a stone quietly", "静石", who=WHO, where=HUB, takes=Cut, step=cut, quiet=True),
        look("stone.show", "See a stone", "看石", who=EVERYBODY, where=HUB, takes=Named, step=show),
    )
}
