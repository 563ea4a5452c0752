"""A hub and a node, open for a whole file of tests; and an alliance with data, for the slow ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doors.doors_alliance import Alliance, an_alliance
from doors.doors_house import Open, a_hub, a_node


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with a_hub(tmp_path_factory.mktemp("hub") / "hub") as party:
        yield party


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with a_node(tmp_path_factory.mktemp("node") / "node") as party:
        yield party


@pytest.fixture(params=["hub", "node"])
def party(request: pytest.FixtureRequest) -> Open:
    """Each of the two in turn."""
    found: Open = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "party"


@pytest.fixture(scope="session")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """Three hospitals with data and a hub, as processes; made once, for it takes a while."""
    with an_alliance(tmp_path_factory.mktemp("alliance")) as found:
        yield found
