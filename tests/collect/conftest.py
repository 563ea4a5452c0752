"""Fixtures of collecting: a shore to land on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from collect.collect_shore import Shore


@pytest.fixture
def shore(tmp_path: Path) -> Shore:
    return Shore(tmp_path)


@pytest.fixture
def new_shore(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shore]:
    return lambda: Shore(tmp_path_factory.mktemp("shore"))
