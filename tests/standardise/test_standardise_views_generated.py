"""Views at random give, compiled, the rows that a slow evaluator finds one item at a time."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dujiang.errors import Malformed
from dujiang.standardise.views.conformance import comparable, load, run
from dujiang.store.frames import DuckFrames
from standardise.standardise_views_drawn import KEYS, cases
from standardise.standardise_views_run import tables
from standardise.standardise_views_slowly import Many, rows


@pytest.fixture(scope="module")
def frames() -> Iterator[DuckFrames]:
    with tables() as opened:
        yield opened


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
@given(case=cases())
def test_a_compiled_view_gives_the_rows_of_a_slow_evaluation(frames: DuckFrames, case: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    view, records = case
    try:
        expected = rows(view, records)
    except Many:
        event("more than one value")
        return
    frames.run("DROP TABLE IF EXISTS landed")
    load(frames, records)
    try:
        names, found = run(frames, view)
    except Malformed as refused:
        raise AssertionError(f"refused: {refused}") from refused
    event("rows" if expected else "no row")
    made = [dict(zip(names, row, strict=True)) for row in found]
    assert Counter(map(comparable, made)) == Counter(map(comparable, expected))


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(KEYS)), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
@given(case=cases(), odd=st.dictionaries(st.sampled_from(sorted(KEYS)), anything, max_size=6))
def test_a_record_of_any_shape_breaks_nothing_and_loses_nothing_beside_it(
    frames: DuckFrames, case: tuple[dict[str, Any], list[dict[str, Any]]], odd: dict[str, Any]
) -> None:
    view, records = case
    try:
        expected = Counter(comparable(row) for row in rows(view, records))
    except Many:
        return
    frames.run("DROP TABLE IF EXISTS landed")
    load(frames, [*records, {**odd, "resourceType": view["resource"], "id": "odd"}])
    try:
        names, found = run(frames, view)
    except Malformed as refused:  # the odd record may well have two of what should be one; nothing else may stop the view
        assert refused.rule in ("view.many", "view.repeat_depth", "view.repeat_rows")
        return
    made = Counter(comparable(dict(zip(names, row, strict=True))) for row in found)
    assert expected - made == Counter()
