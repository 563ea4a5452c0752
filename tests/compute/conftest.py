"""Fixtures of computing: a new folder for every node that a test opens, and an alliance of three hospitals."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from compute.compute_alliance import Alliance, people_of


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("node")


@pytest.fixture
def alliance(tmp_path: Path) -> Iterator[Alliance]:
    found = Alliance(tmp_path, {name: people_of(name) for name in ("a", "bb", "ccc")})
    yield found
    found.close()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """An alliance for many tests, each of which submits a task of its own."""
    found = Alliance(tmp_path_factory.mktemp("alliance"), {name: people_of(name) for name in ("a", "bb", "ccc")}, runs=1000)
    yield found
    found.close()
