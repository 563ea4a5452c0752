"""Fixtures of computing: a new folder for every node that a test opens."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("node")
