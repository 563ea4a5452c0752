"""The fast engine equals the slow truth: on generated queries and data the integers, the persons counted and the refusals are the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.compute_given import PEOPLE, all_rows, queries
from compute.compute_node import Node, Rows, handle_of
from dujiang.compute import engine, reference
from dujiang.compute.layout import layout
from dujiang.compute.query import Query
from dujiang.errors import Refused

# What the fast engine may answer otherwise than the reference: nothing. A difference, once tolerated, would be named here and tested.
TOLERATED: tuple[str, ...] = ()

Answer = tuple[list[int], set[str]] | str


def said(answer: Callable[[], tuple[list[int], set[str]]]) -> Answer:
    """The vector and who was counted, or the rule that refused."""
    try:
        return answer()
    except Refused as refusal:
        return refusal.rule


def by_engine(node: Node, query: Query, excluded: set[str]) -> tuple[list[int], set[str]]:
    found = engine.run(node.frames, query, excluded=excluded)
    assert len(found.participants) == len(set(found.participants)) == found.included
    return found.vector, set(found.participants)


def by_reference(rows: Rows, query: Query, excluded: set[str]) -> tuple[list[int], set[str]]:
    vector, counted = reference.run(rows.people(), query, excluded)
    return vector, {handle_of(p) for p in counted}


def agree(node: Node, rows: Rows, asked: list[Query], excluded: set[str]) -> None:
    for query in asked:
        fast = said(lambda query=query: by_engine(node, query, excluded))  # type: ignore[misc]
        slow = said(lambda query=query: by_reference(rows, query, excluded))  # type: ignore[misc]
        assert fast == slow


several = st.lists(queries(), min_size=4, max_size=8)
left_out = st.sets(st.sampled_from([*PEOPLE, "p-stranger"]), max_size=3)


@settings(max_examples=25)
@given(rows=all_rows(), asked=several, excluded=left_out)
def test_the_fast_engine_equals_the_reference_on_any_query_and_any_data(
    new_folder: Callable[[], Path], rows: Rows, asked: list[Query], excluded: set[str]
) -> None:
    with Node(new_folder(), rows) as node:
        agree(node, rows, asked, excluded)


@pytest.mark.slow
@settings(max_examples=300)
@given(rows=all_rows(), asked=several, excluded=left_out)
def test_the_fast_engine_equals_the_reference_on_many_queries(
    new_folder: Callable[[], Path], rows: Rows, asked: list[Query], excluded: set[str]
) -> None:
    with Node(new_folder(), rows) as node:
        agree(node, rows, asked, excluded)


@settings(max_examples=20)
@given(rows=all_rows(), query=queries(), excluded=st.sets(st.sampled_from(PEOPLE), max_size=4))
def test_the_excluded_are_those_who_would_have_been_counted(
    new_folder: Callable[[], Path], rows: Rows, query: Query, excluded: set[str]
) -> None:
    counting = Query(cohort=query.cohort, by=query.by)
    _, everybody = reference.run(rows.people(), counting)
    with Node(new_folder(), rows) as node:
        found = engine.run(node.frames, counting, excluded=excluded)
    assert found.excluded == len(everybody & excluded)
    assert set(found.participants) == {handle_of(p) for p in everybody - excluded}


@settings(max_examples=20)
@given(rows=all_rows(), query=queries())
def test_excluding_a_person_is_the_same_as_never_having_seen_them(new_folder: Callable[[], Path], rows: Rows, query: Query) -> None:
    without = Rows(rows.persons, {i: p for i, p in rows.index.items() if p != "p-a"}, rows.events)
    with Node(new_folder(), rows) as one, Node(new_folder(), without) as other:
        assert said(lambda: by_engine(one, query, {"p-a"})) == said(lambda: by_engine(other, query, set()))


@settings(max_examples=20)
@given(rows=all_rows(), query=queries())
def test_a_query_answers_the_same_after_any_other_one(new_folder: Callable[[], Path], rows: Rows, query: Query) -> None:
    with Node(new_folder(), rows) as node:
        first = said(lambda: by_engine(node, query, {"p-b"}))
        said(lambda: by_engine(node, Query(), set()))
        assert said(lambda: by_engine(node, query, {"p-b"})) == first


@given(query=queries())
def test_without_any_person_every_number_is_zero(new_folder: Callable[[], Path], query: Query) -> None:
    assert reference.run([], query) == ([0] * layout(query).length, set())


def test_an_empty_node_answers_with_zeros(new_folder: Callable[[], Path]) -> None:
    with Node(new_folder(), Rows([], {})) as node:
        assert engine.run(node.frames, Query(), excluded=set()) == engine.Found([0], [], 0, 0)
        assert engine.people(node.frames) == {}


def test_no_difference_is_tolerated() -> None:
    assert TOLERATED == ()
