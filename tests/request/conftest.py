"""Fixtures of requests: the desk at which they are decided."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dujiang.words import Grade
from request.request_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk_of(tmp_path: Path) -> Iterator[Callable[[Grade], Desk]]:
    made: list[Desk] = []

    def make(grade: Grade) -> Desk:
        made.append(Desk(tmp_path, grade))
        return made[-1]

    yield make
    for desk in made:
        desk.close()
