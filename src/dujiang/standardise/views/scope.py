"""Where a path is being compiled: what `$this`, `%resource` and the constants are, and the one book in which a view's needs are noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dujiang.errors import Malformed
from dujiang.standardise.plan import literal
from dujiang.standardise.views import refusals
from dujiang.standardise.views.shapes import Shape
from dujiang.standardise.views.syntax import Node
from dujiang.standardise.views.values import Value, integer, let, native
from dujiang.words import Saying


class Whole(Exception):
    """A place turned out to be needed as whole JSON; compiling begins again with that known."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass
class Book:
    """What is noted while a view compiles."""

    walk: Callable[[Node, "Scope"], Value]
    wholes: frozenset[str] = frozenset()  # places read as JSON, by their shape's path
    structures: Mapping[str, str] = field(default_factory=dict)  # of the round before: how each of `shapes` is read
    notes: dict[tuple[str, str], Saying] = field(default_factory=dict)  # what is probably a mistake, in order
    seen: set[str] = field(default_factory=set)  # raw paths read
    shapes: dict[str, Shape] = field(default_factory=dict)  # of this round, by a name that is the same in every round
    exact: set[str] = field(default_factory=set)  # JSON names of decimals


@dataclass(frozen=True)
class Scope:
    book: Book
    this: Value
    root: Value
    path: str  # as the view has it, for messages
    constants: Mapping[str, Value] = field(default_factory=dict)
    row_index: Value = field(default_factory=lambda: integer("0"))
    index: Value | None = None
    key: str = ""  # SQL of the resource's key, where the relation has a column for it
    context: Value | None = None  # what the whole path stands on, when that is not the resource
    reached: frozenset[str] = frozenset()  # raw paths read to get here

    def walk(self, node: Node) -> Value:
        return self.book.walk(node, self)

    def on(self, this: Value, index: Value | None = None) -> "Scope":
        """The same scope with another `$this`."""
        return replace(self, this=this, index=index)

    def of(self, path: str) -> "Scope":
        """The same scope for another path of the view."""
        return replace(self, path=path)

    def within(self, reached: set[str]) -> "Scope":
        return replace(self, reached=self.reached | reached)

    def note(self, en: str, zh: str) -> None:
        """Note what is probably a mistake in this path."""
        path = refusals.short(self.path)
        self.book.notes[path, en] = Saying(en=f"{path}: {en}", zh=f"{path}：{zh}")

    def wrong(self, problem: str, problem_zh: str) -> Malformed:
        return refusals.path(problem, problem_zh, self.path)

    def single(self, value: Value) -> Value:
        """One value as its SQL type; more than one stops the query (FHIRPath 2.0 §4.5, singleton evaluation)."""
        value = native(value)
        if value.choice:
            raise self.wrong(f"say which type `{value.choice.name}` should have: `{value.choice.name}.ofType(…)`",
                             f"请用 `{value.choice.name}.ofType(…)` 指明类型")
        if not value.many:
            return value
        stop = stopped("view.many", self.path)
        return value.one(let(value.sql, lambda x: f"CASE WHEN len({x}) > 1 THEN {stop} ELSE {x}[1] END"))


def stopped(rule: str, path: str) -> str:
    """SQL that ends the query with a rule and the path it concerns; `refusals.at_run_time` reads it."""
    return f"error({literal(refusals.mark(rule, path))})"
