"""The suite of SQL on FHIR v2 run on a world's tables, told in the suite's own report format: a file's name to its tests' results."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import msgspec

from dujiang.errors import Malformed
from dujiang.standardise.views.refusals import at_run_time
from dujiang.standardise.views.statement import statement
from dujiang.standardise.views.view import view
from dujiang.world import Frames

Json = Mapping[str, Any]
LANDED = {"kind": "VARCHAR", "key": "VARCHAR", "body": "VARCHAR"}


def report(suites: Mapping[str, Json], frames: Callable[[], AbstractContextManager[Frames]]) -> dict[str, Any]:
    """`{"basic.json": {"tests": [{"name": …, "result": {"passed": true}}]}}` of suite files by name; a failure has its `reason`."""
    return {name: {"tests": list(_results(suite, frames))} for name, suite in suites.items()}


def _results(suite: Json, frames: Callable[[], AbstractContextManager[Frames]]) -> Iterable[Json]:
    for test in suite["tests"]:
        reason = outcome(test, suite["resources"], frames)
        yield {"name": test["title"], "result": {"passed": True} if not reason else {"passed": False, "reason": reason}}


def outcome(test: Json, resources: Iterable[Json], frames: Callable[[], AbstractContextManager[Frames]]) -> str:
    """Why a test of the suite fails; empty when it passes."""
    with frames() as opened:
        load(opened, resources)
        try:
            names, rows = run(opened, test["view"])
        except Malformed as refused:
            return "" if test.get("expectError") else f"refused: {refused.en}"
    if test.get("expectError"):
        return "an error was expected"
    if "expectColumns" in test and list(test["expectColumns"]) != names:
        return "the columns are others, or in another order"
    expected = Counter(comparable(row) for row in test["expect"])
    return "" if expected == Counter(comparable(dict(zip(names, row, strict=True))) for row in rows) else "the rows are others"


def load(frames: Frames, resources: Iterable[Json]) -> None:
    """The table `landed` of some resources."""
    rows = [{"kind": r.get("resourceType"), "key": r.get("id"), "body": msgspec.json.encode(r).decode()} for r in resources]
    frames.load("landed", LANDED, rows)


def run(frames: Frames, definition: object) -> tuple[list[str], list[tuple[object, ...]]]:
    """Names of the columns and the rows of a view of `landed`; Malformed (`view.*`) also for what only the records showed."""
    plan = statement(view(definition)).plan
    try:
        return [c.name for c in plan.columns], frames.rows(plan.sql())
    except Exception as error:  # the engine's own class is not known here
        refused = at_run_time(str(error))
        raise (error if refused is None else refused) from None


def comparable(value: object) -> str:
    """A row as text that is equal for equal rows: columns in any order, 5 as 5.0."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {comparable(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(comparable(one) for one in value) + "]"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(Decimal(str(value)).normalize(), "f")
    return repr(value)
