"""Fixtures of the identity tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from identify.identify_node import NodeWorld


@pytest.fixture
def node(tmp_path: Path) -> NodeWorld:
    return NodeWorld(tmp_path)


@pytest.fixture
def somebody() -> Callable[..., dict[str, Any]]:
    """A person of whom everything is known but the identity number; keywords change it."""

    def make(**other: Any) -> dict[str, Any]:
        return {
            "family": "张",
            "given": "建国",
            "full_name": "张建国",
            "sex": "male",
            "birth_date": "1958-03-14",
            "phone": "13812345678",
            "address": "成都市都江堰市幸福路12号",
            **other,
        }

    return make
