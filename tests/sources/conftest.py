"""Fixtures of live sources: a node of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collect.collect_shore import Shore
from sources.sources_node import Node, opened


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with opened(tmp_path / "node") as found:
        yield found


@pytest.fixture
def new_shore(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shore]:
    return lambda: Shore(tmp_path_factory.mktemp("shore"))
