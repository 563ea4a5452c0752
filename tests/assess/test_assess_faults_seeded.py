"""Two hundred known faults strewn over all standard tables: nearly all are found in the very row, and nearly nothing else is."""

import pytest

from assess.assess_faults import Tables, hospital, spoil
from assess.assess_tables import AS_OF, Bench
from dujiang.assess.checks import catalogue
from dujiang.assess.quality import counting
from dujiang.assess.quality_flags import flags
from dujiang.store.frames import DuckFrames


def flagged(bench: Bench, tables: Tables) -> set[tuple[str, str, int]]:
    """(check, table, line) of every flag."""
    urls = bench.urls(tables)
    with DuckFrames(bench.zones) as frames:
        over = counting(frames, urls, AS_OF)
        every = [frames.rows(f'SELECT "check", "table", line FROM ({flags(over, table, catalogue().values())})') for table in urls]
    return {(str(check), str(table), int(str(line))) for rows in every for check, table, line in rows}


def test_nothing_is_flagged_in_a_faultless_hospital(bench: Bench) -> None:
    assert flagged(bench, hospital()) == set()


@pytest.mark.parametrize("seed", range(4))
def test_of_two_hundred_faults_98_in_a_hundred_are_found_and_of_the_rest_no_more_than_1_is_blamed(bench: Bench, seed: int) -> None:
    tables, faults = spoil(hospital(), 200, seed)
    found = flagged(bench, tables)
    assert len(faults) == 200 and len({fault.check for fault in faults}) > 60
    missed = [fault for fault in faults if tuple(fault) not in {(check, table, line) for check, table, line in found}]
    assert len(missed) <= 4, missed
    spoiled = {(fault.table, fault.line) for fault in faults}
    clean = {(table, int(row["x_line"])) for table, rows in tables.items() for row in rows} - spoiled
    blamed = {(table, line) for _, table, line in found} & clean
    assert len(blamed) <= len(clean) / 100, sorted(blamed)


def test_the_same_seed_spoils_the_same_rows_and_leaves_the_hospital_as_it_was() -> None:
    whole = hospital()
    assert spoil(whole, 200, 1) == spoil(whole, 200, 1) and whole == hospital()
    assert spoil(whole, 200, 1)[1] != spoil(whole, 200, 2)[1]
