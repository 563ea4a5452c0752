"""Fixtures of standardising: nodes on folders of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from standardise.standardise_node import Node


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


@pytest.fixture(scope="session")
def new_node(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Node]:
    return lambda: Node(tmp_path_factory.mktemp("zone"))
