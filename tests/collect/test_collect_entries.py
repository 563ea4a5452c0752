"""Entries of JSON documents: found in pieces of any size, bounded, and damage costs no entry before it."""

import gzip
import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.entries import Entry, entries

MIB = 1 << 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
RESOURCE = st.dictionaries(st.text(max_size=6), JSON, max_size=4)


class Dribble:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self.data, self.step, self.at = data, step, 0

    def read(self, size: int) -> bytes:
        self.at += self.step
        return self.data[self.at - self.step : self.at]


def of(data: bytes, **options: int) -> list[Entry]:
    return list(entries(io.BytesIO(data), **options))


def bundle(*found: object, **more: object) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "collection", **more, "entry": [{"resource": r} for r in found], "after": {"entry": [1]}}


@given(st.lists(RESOURCE, max_size=5), st.sampled_from([None, 1, 4]), st.integers(2, 60))
def test_every_entry_of_a_bundle_is_found_whatever_the_pieces_it_comes_in(found, indent, step) -> None:  # type: ignore[no-untyped-def]
    data = json.dumps(bundle(*found), indent=indent).encode()
    got = list(entries(Dribble(data, step)))
    assert [(e.number, json.loads(e.raw)["resource"], e.rule, e.in_bundle) for e in got if e.in_bundle] == [
        (n, r, "", True) for n, r in enumerate(found, 1)
    ]
    assert len(got) == len(found)


@given(st.lists(RESOURCE, max_size=5), st.sampled_from([None, 2]), st.integers(2, 60))
def test_every_element_of_an_array_is_found(found, indent, step) -> None:  # type: ignore[no-untyped-def]
    got = list(entries(Dribble(json.dumps(found, indent=indent).encode(), step)))
    assert [(json.loads(e.raw), e.in_bundle, e.rule) for e in got] == [(r, False, "") for r in found]


@given(st.lists(RESOURCE, min_size=1, max_size=4), st.integers(2, 60))
def test_single_resources_one_after_another_are_each_found(found, step) -> None:  # type: ignore[no-untyped-def]
    data = "\n".join(json.dumps({"resourceType": "Basic", **r}, indent=1) for r in found).encode()
    assert [json.loads(e.raw) for e in entries(Dribble(data, step))] == [{"resourceType": "Basic", **r} for r in found]


def test_a_list_resource_has_entries_but_is_one_resource() -> None:
    data = json.dumps({"resourceType": "List", "entry": [{"item": {"reference": "Patient/1"}}]}, indent=1).encode()
    (only,) = of(data)
    assert only.raw == data and not only.in_bundle


def test_a_bundle_without_entries_is_one_resource() -> None:
    assert [e.in_bundle for e in of(b'{"resourceType":"Bundle","type":"searchset","total":0}')] == [False]


def test_a_bundle_that_names_its_type_last_is_still_a_bundle() -> None:
    assert of(b'{"entry":[{"resource":{}}],"resourceType":"Bundle"}') == [Entry(1, b'{"resource":{}}', "", True, False)]


def test_a_history_bundle_says_that_it_runs_backwards() -> None:
    (only,) = of(b'{"resourceType":"Bundle","type":"history","entry":[{"resource":{}}]}')
    assert only.backwards


def test_braces_and_quotes_within_strings_are_text() -> None:
    inner = {"text": 'a "quoted" }]{[ \\ brace', "div": "\\\\"}
    (only,) = of(json.dumps(bundle(inner)).encode())
    assert json.loads(only.raw)["resource"] == inner


@pytest.mark.parametrize("limit", [64, 200])
def test_an_entry_longer_than_the_limit_is_set_aside_and_its_neighbours_are_kept(limit: int) -> None:
    data = json.dumps(bundle({"a": 1}, {"b": "x" * 400_000, "c": {"d": ["}" * 9]}}, {"e": 2}), indent=1).encode()
    got = list(entries(Dribble(data, 50), limit=limit))
    assert [(e.number, e.rule) for e in got] == [(1, ""), (2, "line.too_long"), (3, "")]
    assert json.loads(got[2].raw) == {"resource": {"e": 2}}


def test_an_entry_of_200_mib_is_passed_over_without_being_held() -> None:
    class Long:
        parts = iter([b'{"resourceType":"Bundle","entry":[{"resource":{"data":"', *[b'x\\"' * 80_000] * 850, b'"}},{"resource":{}}]}'])

        def read(self, size: int) -> bytes:
            return next(self.parts, b"")

    tracemalloc.start()
    got = list(entries(Long()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(e.rule, e.raw) for e in got] == [("line.too_long", b""), ("", b'{"resource":{}}')]
    assert peak < 72 * MIB


@given(st.integers(30, 400))
def test_a_document_that_ends_too_early_keeps_the_entries_before(cut: int) -> None:
    data = json.dumps(bundle(*({"n": n} for n in range(9))), indent=1).encode()
    got = of(data[: min(cut, len(data) - 1)])
    assert got[-1].rule == "json.truncated" and got[-1].number == len(got)
    assert [json.loads(e.raw) for e in got[:-1]] == [{"resource": {"n": n}} for n in range(len(got) - 1)]


def test_a_truncated_gzip_keeps_the_entries_before_and_says_so() -> None:
    data = gzip.compress(json.dumps(bundle(*({"n": f"{n * 7919:x}"} for n in range(500)))).encode())
    got = of(data[: len(data) // 2])
    assert got[-1].rule == "gzip.truncated" and len(got) > 100


def test_a_lost_quotation_mark_in_a_pretty_document_costs_one_entry() -> None:
    lines = json.dumps(bundle(*({"n": str(n)} for n in range(5))), indent=1).split("\n")
    place = next(n for n, line in enumerate(lines) if '"n": "2"' in line)
    lines[place] = lines[place].rstrip('"')
    got = of("\n".join(lines).encode())
    assert [_readable(e.raw) for e in got] == [True, True, False, True, True]


@pytest.mark.parametrize("data", [b'{"resourceType":"Basic"}\nrubbish', b'[{"a":1}, 2, {"b":1}]', b'["x"]', b'{"resourceType":"Basic"}}'])
def test_what_stands_between_entries_and_is_none_is_reported(data: bytes) -> None:
    assert of(data)[-1].rule == "json.syntax"


def _readable(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except json.JSONDecodeError:
        return False
    return True
