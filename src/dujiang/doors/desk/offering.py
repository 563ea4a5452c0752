"""Which acts a page offers its visitor: those the table of acts allows their roles, in the state the thing is in; the gate decides again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dujiang.act import Act, Actor
from dujiang.doors.desk.forms import has_form
from dujiang.words import Role

NOT_TYPED = frozenset({Role.SYSTEM, Role.PARTY, Role.PUBLIC})
# Acts of a kind without a list of its own, and the page that offers them.
HOME = {"persons": "index", "right": "asset", "ruling": "person/history"}
# Acts about a thing that is not theirs: on the rows of which page, and from which column of the row each argument is taken.
ABOUT: dict[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "source": (
        ("arrival.land", {"source": "id"}), ("arrival.type", {"source": "id"}), ("snapshot.make", {"zone": "zone"}),
        ("mapping.propose", {"zone": "zone"}), ("quality.check", {"zone": "zone"}),
    ),
    "source/status": (("arrival.land", {"source": "source"}), ("arrival.type", {"source": "source"}), ("source.pull", {"source": "source"})),
    "arrival": (("snapshot.make", {"zone": "zone"}),),
    "snapshot": (("quality.check", {"zone": "zone"}),),
    "quality": (("quality.check", {"zone": "zone"}),),
}


@dataclass(frozen=True)
class Offered:
    """An act that can be begun here, and what of its arguments is known already."""

    act: Act
    args: tuple[tuple[str, str], ...] = ()

    @property
    def at(self) -> str:
        return self.act.name.replace(".", "/")


def allowed(acts: Mapping[str, Act], actor: Actor) -> dict[str, Act]:
    """The acts that change something, that this visitor may perform at this place, and that a form can carry."""
    mine = actor.roles - NOT_TYPED
    return {n: a for n, a in acts.items() if not a.look and not mine.isdisjoint(a.who) and has_form(a)}


def beginnings(at: str, may: Mapping[str, Act]) -> list[Offered]:
    """The acts that begin something, for the head of a page."""
    about = {name for rows in ABOUT.values() for name, _ in rows}
    return [Offered(a) for n, a in may.items() if a.on is None and n not in about and HOME.get(n.partition(".")[0], n.partition(".")[0]) == at]


def steps(at: str, thing: Mapping[str, Any], may: Mapping[str, Act]) -> list[Offered]:
    """What may be done with one thing of a list: the moves out of its state, then what is about it."""
    return [*_moves(at, thing, may), *_about(at, thing, may)]


def _moves(at: str, thing: Mapping[str, Any], may: Mapping[str, Act]) -> Iterator[Offered]:
    for name, act in may.items():
        kind = name.partition(".")[0]
        if act.on is None or HOME.get(kind, kind) != at or "id" not in thing:
            continue
        if act.move is None or thing.get("state") in act.move.frm:
            yield Offered(act, (("id", str(thing["id"])),))


def _about(at: str, thing: Mapping[str, Any], may: Mapping[str, Act]) -> Iterator[Offered]:
    for name, taken in ABOUT.get(at, ()):
        if name in may and all(thing.get(column) for column in taken.values()):
            yield Offered(may[name], tuple((argument, str(thing[column])) for argument, column in taken.items()))
