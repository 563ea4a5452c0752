"""A gzip file that ends too early or is damaged says so, whatever lies in it; what stood before the damage is kept."""

import gzip
from collections.abc import Callable

import pytest

from collect.collect_connectors import FORMS, Form
from collect.collect_shore import Shore

PACKED = [form for form in FORMS if not form.file.endswith((".xlsx", ".zip", ".gz", ".log.ndjson"))]


def whole(form: Form) -> bytes:
    """A whole file; of a form that is one document, one of them."""
    if not form.before and not form.after and form.file.endswith(".xml"):
        return form.originals()[0]
    around = form.around("whole")
    return around.before + b"".join(form.originals()) * 20 + around.after


@pytest.mark.parametrize("form", PACKED, ids=[form.name for form in PACKED])
def test_a_file_cut_off_within_its_gzip_is_told_as_such(new_shore: Callable[[], Shore], form: Form) -> None:
    packed = gzip.compress(whole(form), mtime=0)
    for end in (len(packed) - 5, len(packed) * 2 // 3):
        arrival = new_shore().land({f"{form.file.format(n='p1')}.gz": packed[:end]})
        assert arrival.by_rule.get("gzip.truncated") == 1, (form.name, end, arrival.by_rule, [f.rule for f in arrival.findings])


@pytest.mark.parametrize("form", PACKED, ids=[form.name for form in PACKED])
def test_a_file_damaged_within_its_gzip_is_told_as_such(new_shore: Callable[[], Shore], form: Form) -> None:
    packed = bytearray(gzip.compress(whole(form), mtime=0))
    packed[-6] ^= 0xFF  # the check sum
    arrival = new_shore().land({f"{form.file.format(n='p1')}.gz": bytes(packed)})
    assert arrival.by_rule.get("gzip.corrupt") == 1, (form.name, arrival.by_rule, [f.rule for f in arrival.findings])
