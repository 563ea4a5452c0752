"""Views run on the real tables: a definition and some resources in, rows as dictionaries out."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dujiang.standardise.views.conformance import load, run
from dujiang.store.frames import DuckFrames
from dujiang.store.zones import Zones

Json = Mapping[str, Any]


@contextmanager
def tables() -> Iterator[DuckFrames]:
    """Tables of their own, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, DuckFrames(Zones(Path(folder)), threads=1) as frames:
        yield frames


def rows_of(definition: Json, resources: Sequence[Json]) -> list[dict[str, Any]]:
    """The rows of a view of resources; errors.Malformed when it is refused."""
    with tables() as frames:
        load(frames, resources)
        names, rows = run(frames, definition)
        return [dict(zip(names, row, strict=True)) for row in rows]


def view_of(resource: str, *columns: Json | str, **more: object) -> Json:
    """A view with one select; a column is a definition, or a path that is called `v`."""
    named = [{"name": "v", "path": c} if isinstance(c, str) else c for c in columns]
    return {"resource": resource, "select": [{"column": named}], **more}


def value_of(path: str, resource: Json, **column: object) -> Any:
    """What one path gives for one resource."""
    return rows_of(view_of(resource["resourceType"], {"name": "v", "path": path, **column}), [resource])[0]["v"]


def every_value_of(path: str, resource: Json) -> list[Any]:
    """All that a path gives for one resource."""
    found = value_of(path, resource, collection=True)
    assert isinstance(found, list)
    return found
