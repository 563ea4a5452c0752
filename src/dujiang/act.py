"""What an act is: who may do it, where, on what, by which pure step, and what a step hands back to the gate.

What is not an Act cannot be done by anyone. Routes, commands, permission tests, log entries and the manual come from these values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from dujiang.errors import Conflict
from dujiang.words import Life, Move, Role, Saying, Thing, Word
from dujiang.world import World

NODE = "node"
HUB = "hub"
HUB_ID = "hub"  # the hub is a party of this id in every alliance
Facts = Mapping[str, Any]


class Actor(Word, frozen=True):
    """Who calls: an account of a party with its roles; `subject` is the person a person's account stands for."""

    id: str
    party: str
    roles: frozenset[Role]
    subject: str = ""
    only: frozenset[str] = frozenset()  # an app's acts: whatever its roles allow beyond them stays shut

    def is_(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


def system(party: str) -> Actor:
    """The actor of follow-ups and of the ends of jobs."""
    return Actor(id="system", party=party, roles=frozenset({Role.SYSTEM}))


class Nothing(Word, frozen=True):
    """Arguments of an act that needs none."""


class Named(Word, frozen=True):
    """Arguments of an act on one thing that needs no more than its id."""

    id: str


class Job(Thing, frozen=True, kw_only=True):
    """Long work: queued by one act, ended by another; running it again from the start gives the same end."""

    KIND: ClassVar[str] = "job"
    work: str  # the name in a stage's WORKS
    args: bytes  # JSON of the work's argument type
    asked_by: str = ""
    queued: str = ""
    ended: str = ""
    trouble: str = ""

    def __post_init__(self) -> None:
        if self.state not in JOB_LIFE.states():
            raise Conflict("job.state", "A job cannot be in that state.", "作业状态无效。")


JOB_LIFE = Life(
    kind="job",
    start="queued",
    moves=(
        Move(verb="finish", frm=("queued",), to=("done",)),
        Move(verb="fail", frm=("queued",), to=("failed",)),
        Move(verb="retry", frm=("failed",), to=("queued",)),
    ),
)


def stamp(world: World) -> str:
    """The present as things and entries write it: `2026-01-31T08:00:00.000Z`."""
    return world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def queued(world: World, work: str, args: Word, *, by: str = "") -> Job:
    """A new job of a work, waiting since now."""
    return Job(id=world.dice.name("j"), state="queued", work=work, args=msgspec.json.encode(args, order="deterministic"), asked_by=by, queued=stamp(world))


@dataclass(frozen=True)
class Parcel:
    """A message to a peer: the act it should perform there. `sealed` hides it from the hub that carries it."""

    to: str
    act: str
    args: Word
    sealed: bool = False


@dataclass(frozen=True)
class Call:
    """An act to perform at once, in the same transaction, by the system."""

    act: str
    args: Word


@dataclass(frozen=True)
class Outcome:
    """What a step wants done; the gate does it all or not at all."""

    answer: Any = None
    keep: tuple[Thing, ...] = ()
    facts: Facts = field(default_factory=dict)  # into the entry: counts, hashes, ids; nothing of a person
    entries: tuple[Facts, ...] = ()  # further entries, one each
    send: tuple[Parcel, ...] = ()
    then: tuple[Call, ...] = ()
    secrets: Mapping[str, bytes] = field(default_factory=dict)


Step = Callable[[World, Actor, Any, Any], Outcome]


@dataclass(frozen=True)
class Act:
    """`step(world, actor, thing, args)`; `thing` is the one `args.id` names, or None when the act begins something."""

    name: str
    says: Saying
    who: frozenset[Role]
    where: frozenset[str]
    takes: type[Word]
    step: Step
    on: type[Thing] | None = None
    move: Move | None = None  # the row of the life cycle, for an act on a thing with one
    look: bool = False  # reads only: nothing kept, no entry
    quiet: bool = False  # changes something of no weight: no entry


@dataclass(frozen=True)
class Work:
    """What a job runs, outside any transaction, and the act that records its end with the value it returns."""

    name: str
    says: Saying
    takes: type[Word]
    run: Callable[[World, Any, Callable[[int, int], None]], Word]
    ends: str


def begin(
    name: str, en: str, zh: str, *, who: frozenset[Role] | set[Role], where: str, takes: type[Word], step: Step, quiet: bool = False
) -> Act:
    """An act that begins a thing or needs none."""
    return Act(name, Saying(en=en, zh=zh), frozenset(who), frozenset(where.split()), takes, step, quiet=quiet)


def look(
    name: str, en: str, zh: str, *, who: frozenset[Role] | set[Role], where: str, takes: type[Word], step: Step
) -> Act:
    """An act that only reads."""
    return Act(name, Saying(en=en, zh=zh), frozenset(who), frozenset(where.split()), takes, step, look=True)


def moves(
    life: Life, verb: str, en: str, zh: str, *, on: type[Thing], who: frozenset[Role] | set[Role], where: str,
    step: Step, takes: type[Word] = Named,
) -> Act:
    """An act that is a row of a life cycle's table."""
    return Act(
        f"{life.kind}.{verb}", Saying(en=en, zh=zh), frozenset(who), frozenset(where.split()), takes, step,
        on=on, move=life.move(verb),
    )
