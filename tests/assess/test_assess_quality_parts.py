"""Quality by source, department and arrival: parts add up to the whole, the weakest comes first, the late copy is the one too many."""

import pytest

from assess.assess_faults import hospital, spoil
from assess.assess_tables import AS_OF, Bench, Row, faultless, found, whole
from dujiang.assess.checks import catalogue
from dujiang.assess.quality import QualityReport, check, counting
from dujiang.assess.quality_flags import examples
from dujiang.assess.quality_parts import Part
from dujiang.store.frames import DuckFrames

Tables = dict[str, list[Row]]


def report_of(bench: Bench, zones: dict[str, Tables], *, arrivals: list[str] | None = None) -> QualityReport:
    """The report on several zones' tables together."""
    urls: dict[str, list[str]] = {}
    for zone, tables in zones.items():
        for table, some in bench.urls(tables, zone).items():
            urls.setdefault(table, []).extend(some)
    with DuckFrames(bench.zones) as frames:
        return check(frames, urls, AS_OF, arrivals=arrivals or [])


def apart(tables: Tables, by: int) -> Tables:
    """The same tables with other keys, persons and visits, as another hospital has them."""
    def moved(row: Row) -> Row:
        return {name: value + by if name.endswith("_id") and "concept" not in name and isinstance(value, int) else value for name, value in row.items()}

    return {table: [moved(row) for row in rows] for table, rows in tables.items()}


def by_what(parts: tuple[Part, ...]) -> dict[str, Part]:
    return {part.what: part for part in parts}


@pytest.mark.parametrize("seed", range(2))
def test_what_is_found_in_the_sources_adds_up_to_what_is_found(bench: Bench, seed: int) -> None:
    one, _ = spoil(hospital(20), 60, seed)
    other, _ = spoil(apart(hospital(12), 10_000), 10, seed + 50)
    for rows in one.values():
        for n, row in enumerate(rows):
            row["x_arrival"] = row["x_arrival"] and f"a-{n % 3}"
    report = report_of(bench, {"zone-one": one, "zone-two": other})
    totals = {name: n for name, n in found(report).items() if not name.startswith("stale")}
    for parts in (report.by_source, report.by_arrival):
        added: dict[str, int] = {}
        for part in parts:
            for name, (bad, _) in part.found.items():
                added[name] = added.get(name, 0) + bad
        # A row that names no arrival is of none.
        assert {name: n for name, n in added.items() if "source_missing" not in name} == {
            name: n for name, n in totals.items() if "source_missing" not in name
        }
    assert sum(part.rows for part in report.by_source) == sum(report.rows.values())


def test_the_weakest_source_comes_first(bench: Bench) -> None:
    worse, _ = spoil(hospital(20), 150, 1)
    better, _ = spoil(apart(hospital(20), 10_000), 5, 2)
    report = report_of(bench, {"zone-better": better, "zone-worse": worse})
    assert [part.what for part in report.by_source] == ["zone-worse", "zone-better"]
    assert report.by_source[0].score < report.by_source[1].score


def test_arrivals_stand_in_the_order_in_which_they_arrived_each_with_its_own_score(bench: Bench) -> None:
    tables = whole(6)
    for n, row in enumerate(tables["measurement"]):
        row["x_arrival"] = ("a-9", "a-1", "a-5")[n % 3]
    tables["measurement"][1]["value_as_number"] = "999"
    report = report_of(bench, {"zone-a": tables}, arrivals=["a-9", "a-1", "a-5"])
    assert [part.what for part in report.by_arrival] == ["a-9", "a-1", "a-5"]
    assert by_what(report.by_arrival)["a-1"].found == {"range_systolic.measurement": (1, 2)}
    assert by_what(report.by_arrival)["a-5"].found == {}


def test_a_fact_that_came_again_is_blamed_on_the_arrival_that_brought_it_again(bench: Bench) -> None:
    tables = whole(3)
    again = {**tables["observation"][0], "observation_id": 50, "x_arrival": "a-0"}
    tables["observation"] = [again, *tables["observation"]]
    late = report_of(bench, {"zone-a": tables}, arrivals=["a-1", "a-0"])
    assert by_what(late.by_arrival)["a-0"].found == {"fact_repeated.observation": (1, 1)}
    early = report_of(bench, {"zone-a": tables}, arrivals=["a-0", "a-1"])
    assert "fact_repeated.observation" in by_what(early.by_arrival)["a-1"].found


def test_departments_are_care_sites_where_rows_name_one_and_kinds_of_visit_elsewhere(bench: Bench) -> None:
    tables = whole(4)
    tables["visit_occurrence"][1] |= {"care_site_id": 7}
    tables["visit_occurrence"][2] |= {"visit_concept_id": 9201}
    for visit, row in enumerate(tables["observation"], 1):
        row["visit_occurrence_id"] = visit
    tables["observation"][1]["observation_date"] = "1950-01-01"
    parts = by_what(report_of(bench, {"zone-a": tables}).by_department)
    assert set(parts) == {"site 7", "visit 9201", "visit 9202"}
    assert set(parts["site 7"].found) == {"before_birth.observation", "outside_visit.observation"} and parts["visit 9201"].found == {}


def test_a_part_says_which_rows_in_the_words_of_the_source_and_no_value(bench: Bench) -> None:
    tables = whole(4)
    tables["measurement"][2] |= {"value_as_number": "999", "x_source_kind": "Observation", "x_file": "lab/labs.ndjson", "x_line": 17}
    urls = bench.urls(tables)
    with DuckFrames(bench.zones) as frames:
        (flag,) = examples(counting(frames, urls, AS_OF), [catalogue()["range_systolic.measurement"]], most=5)
    assert (flag.table, flag.key, flag.check) == ("measurement", 3, "range_systolic.measurement")
    assert (flag.kind, flag.file, flag.line, flag.arrival) == ("Observation", "lab/labs.ndjson", 17, "a-1")
    assert "999" not in repr(flag)


def test_no_more_examples_are_given_than_asked_for_the_earliest_first(bench: Bench) -> None:
    tables = whole(9)
    for row in tables["observation"]:
        row["x_codes"] = ""
    urls = bench.urls(tables)
    with DuckFrames(bench.zones) as frames:
        some = examples(counting(frames, urls, AS_OF), [catalogue()["code_missing.observation"]], most=4)
    assert [flag.line for flag in some] == [1, 2, 3, 4]


def test_of_rows_that_repeat_the_later_ones_are_flagged(bench: Bench) -> None:
    tables = whole(3)
    tables["observation"] += [{**tables["observation"][0], "observation_id": 50, "x_line": 8}, {**tables["observation"][1], "x_line": 9}]
    urls = bench.urls(tables)
    checks = [catalogue()[f"{rule}.observation"] for rule in ("fact_repeated", "key_repeated")]
    with DuckFrames(bench.zones) as frames:
        some = examples(counting(frames, urls, AS_OF), checks, most=9)
    assert {(flag.check.split(".")[0], flag.line) for flag in some} == {("fact_repeated", 8), ("fact_repeated", 9), ("key_repeated", 9)}


def test_a_change_between_arrivals_and_between_sources_is_told(bench: Bench) -> None:
    def tables(code: str, arrival: str, first: int) -> Tables:
        rows = [{**faultless("observation", n % 99), "observation_id": n, "x_codes": code, "x_arrival": arrival} for n in range(first, first + 150)]
        return {"observation": rows}

    old, new = tables("LOINC|72166-2", "a-1", 1), tables("LOINC|9-9", "a-2", 500)
    both = {"observation": old["observation"] + new["observation"]}
    report = report_of(bench, {"zone-a": both, "zone-b": tables("LOINC|72166-2", "b-1", 900)}, arrivals=["a-1", "a-2", "b-1"])
    alarms = {(c.what, c.between, c.one) for c in report.changes if c.alarm}
    assert ("codes.observation", "arrival", "a-2") in alarms and ("codes.observation", "source", "zone-a") in alarms
    alone = report_of(bench, {"zone-a": old})
    assert {c.between for c in alone.changes} == {"month"}  # one source and one arrival: nothing to compare it with


def test_values_that_shift_are_told_by_their_code_and_never_as_values(bench: Bench) -> None:
    def rows(value: int, arrival: str, first: int) -> list[Row]:
        return [
            {**faultless("measurement", n % 99), "measurement_id": n, "x_arrival": arrival, "value_as_number": str(value + n % 20)}
            for n in range(first, first + 150)
        ]

    report = report_of(bench, {"zone-a": {"measurement": rows(100, "a-1", 1) + rows(140, "a-2", 900)}}, arrivals=["a-1", "a-2"])
    (shift,) = [c for c in report.changes if c.alarm and c.between == "arrival"]
    assert (shift.what, shift.between, shift.one, shift.gap) == ("values.LOINC|8480-6", "arrival", "a-2", 1000)
    assert not any(str(n) in repr(shift) for n in range(140, 150))


def test_a_month_that_falls_silent_is_told(bench: Bench) -> None:
    rows = [
        {**faultless("observation"), "observation_id": 100 * month + n, "observation_date": f"{2019 + month // 12}-{1 + month % 12:02d}-{1 + n % 28:02d}"}
        for month in range(9, 16) for n in range(90)
    ]
    report = report_of(bench, {"zone-a": {"observation": rows}})
    (silent,) = [c for c in report.changes if c.what == "volume.observation"]
    assert (silent.one, silent.rows, silent.alarm) == ("2020-05", 0, True)
