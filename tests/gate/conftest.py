"""Fixtures of the gate: a database of the test's own, and offices that are closed afterwards."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.gate_office import DATABASES, Office, database


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def opened() -> Iterator[Callable[[Office], Office]]:
    """Marks an office to be closed when the test is over."""
    offices: list[Office] = []

    def mark(office: Office) -> Office:
        offices.append(office)
        return office

    yield mark
    for office in offices:
        office.close()


@pytest.fixture
def office(tmp_path: Path, opened: Callable[[Office], Office]) -> Callable[..., Office]:
    """A party of that id over SQLite in a folder of its own."""

    def make(party: str, **options: Any) -> Office:
        folder = tmp_path / party
        folder.mkdir(exist_ok=True)
        return opened(Office(folder, party, f"sqlite:///{folder / 'control.db'}", **options))

    return make
