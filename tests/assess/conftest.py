"""Fixtures of the assessment tests."""

from pathlib import Path

import pytest

from assess.assess_tables import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
