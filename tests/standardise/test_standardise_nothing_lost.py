"""No record is lost from sight: whatever a source delivers stands in a table, or was set aside by a rule, or is kept raw and counted."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from standardise.standardise_given import deliveries
from standardise.standardise_node import Node, Record, counted_once


@settings(max_examples=15)
@given(records=deliveries())
def test_records_are_those_in_tables_and_those_set_aside_and_those_kept_raw(new_node: Callable[[], Node], records: list[Record]) -> None:
    counted_once(new_node().standard(*records), records)


@pytest.mark.slow
@settings(max_examples=200)
@given(records=deliveries(40))
def test_of_many_deliveries_none_loses_a_record(new_node: Callable[[], Node], records: list[Record]) -> None:
    counted_once(new_node().standard(*records), records)
