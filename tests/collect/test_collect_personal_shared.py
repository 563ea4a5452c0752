"""The table of the docs is what reading the shared devices' data, claims and images gives."""

from collections import Counter
from pathlib import Path

import pytest

from collect.collect_device_given import seen
from dujiang.collect.readers.items import Broken, Record
from shared_data import ROOT, shared

FOLDERS = {
    "apple-health": ("wearables/apple_health", "**/*.xml"), "fit": ("wearables/fit", "*.fit"), "fitbit": ("wearables/fitabase", "*.gz"),
    "dicom": ("dicom", "**/*.dcm"), "x12": ("claims", "**/*"),
}


def files(form: str) -> list[Path]:
    folder, pattern = FOLDERS[form]
    every = sorted(path for path in shared(folder).glob(pattern) if path.is_file())
    return [path for path in every if form != "x12" or path.read_bytes()[:3] == b"ISA"]


def told(form: str) -> str:
    """The row that reading a form's files gives."""
    kinds: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    paths = files(form)
    for path in paths:
        reader, items = seen(path.read_bytes(), f"1001/{path.name}")
        assert reader == form, path.name
        kinds.update(one.kind.removesuffix(".mentioned") for one in items if isinstance(one, Record))
        rules.update(one.rule for one in items if isinstance(one, Broken))
    records = ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
    aside = ", ".join(f"`{rule}` {n}" for rule, n in sorted(rules.items())) or "–"
    return f"| `{form}` | {len(paths)} | {records} | {aside} |"


@pytest.mark.slow
@pytest.mark.parametrize("form", FOLDERS)
def test_the_docs_say_what_reading_gives(form: str) -> None:
    assert told(form) in (ROOT / "docs/sources.md").read_text(encoding="utf-8").splitlines()
