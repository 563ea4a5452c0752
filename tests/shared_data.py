"""Where the real data lies: DUJIANG_SHARED, or `../shared` beside the repository; a test that needs it skips where it is absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def shared(path: str) -> Path:
    """The file or folder `path` of the shared data, for reading only."""
    top = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared")
    found = top / "data" / path
    if not found.exists():
        pytest.skip(f"the shared data {path} is not on this machine")
    return found
