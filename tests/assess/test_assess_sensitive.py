"""Rows with sensitive codes: found by whole codes or by what lies below them, counted, and filtered out by one predicate."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assess.assess_tables import Bench, faultless
from dujiang.assess.pack import pack
from dujiang.assess.sensitive import count_sensitive, sensitive_predicate
from dujiang.store.frames import DuckFrames

EVERY_CODE = [
    (lst.id, system, code) for lst in pack().sensitive for system, codes in lst.codes.items() for code in codes
]


def is_sensitive(bench: Bench, codes: str | None) -> object:
    with DuckFrames(bench.zones) as frames:
        return frames.rows(f"SELECT {sensitive_predicate()} FROM (SELECT $1::VARCHAR AS x_codes)", [codes])[0][0]


@pytest.mark.parametrize(
    "codes",
    [
        "ICD10|B20",
        "ICD10|B20.1",
        "ICD10CM|B20",
        "ICD10CN|B24.x00",
        "icd10|b22.7",
        "ICD10|J06.9 ICD10|F32.1 SNOMED|35489007",
        "LOCAL|7 SNOMED|86406008",
        "SNOMED|86406008 SNOMED|38341003",
        "ICD9CM|042",
        "ICD9CM|296.33",
        "ATC|N06AB04",
        "LOINC|44261-6",
        "ICD10|Q90.9",
        "ICD10|O04.5",
        "ICD10|T74.2",
    ],
)
def test_a_row_with_a_sensitive_code_is_found_wherever_the_code_stands(bench: Bench, codes: str) -> None:
    assert is_sensitive(bench, codes) is True


@pytest.mark.parametrize(
    "codes",
    [
        None,
        "",
        "ICD10|I10 SNOMED|38341003",
        "ICD10|B19.9",
        "SNOMED|864060081",
        "SNOMED|186406008",
        "LOCAL|86406008",
        "LOCAL|B20",
        "XICD10|B20",
        "LOINC|8480-6",
        "ATC|N02BE01",
        "ICD10|X59",
        "ICD10|A68",
        "SNOMED|44054006",
    ],
)
def test_any_other_row_is_not_and_never_null_so_that_NOT_keeps_it(bench: Bench, codes: str | None) -> None:
    assert is_sensitive(bench, codes) is False


def test_every_code_of_the_pack_is_found_by_its_own_list(bench: Bench) -> None:
    with DuckFrames(bench.zones) as frames:
        for name in dict.fromkeys(lst for lst, _, _ in EVERY_CODE):
            own = [f"{system}|{code}" for lst, system, code in EVERY_CODE if lst == name]
            sql = f"SELECT count(*) FROM (SELECT unnest($1::VARCHAR[]) AS x_codes) WHERE {sensitive_predicate(only=[name])}"
            assert frames.rows(sql, [own]) == [(len(own),)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(
    others=st.lists(st.sampled_from(["SNOMED|38341003", "ICD10|I10", "LOCAL|x", "LOINC|8480-6"]), max_size=4),
    place=st.integers(0, 4),
)
def test_harmless_codes_around_a_sensitive_one_do_not_hide_it(bench: Bench, others: list[str], place: int) -> None:
    assert is_sensitive(bench, " ".join([*others[:place], "SNOMED|86406008", *others[place:]])) is True
    assert is_sensitive(bench, " ".join(others)) is False


def test_rows_are_counted_by_list_and_table(bench: Bench) -> None:
    codes = ["ICD10|B20", "ICD10|B20", "ICD10|F32.1 ICD10|B24", "ICD10|I10", "", None]
    conditions = [{**faultless("condition_occurrence", n), "x_codes": c} for n, c in enumerate(codes, 1)]
    urls = bench.urls({"condition_occurrence": conditions, "measurement": [faultless("measurement")]})
    with DuckFrames(bench.zones) as frames:
        counted = count_sensitive(frames, urls)
    assert {(c.list, c.table, c.rows) for c in counted} == {
        ("hiv", "condition_occurrence", 3),
        ("mental", "condition_occurrence", 1),
    }


def test_counts_agree_with_what_the_predicate_filters_out(bench: Bench) -> None:
    codes = [f"{system}|{code}" for _, system, code in EVERY_CODE] + ["ICD10|I10"] * 7
    urls = bench.urls(
        {"observation": [{**faultless("observation", n % 100), "x_codes": c} for n, c in enumerate(codes)]}
    )
    with DuckFrames(bench.zones) as frames:
        kept = frames.rows(
            f"SELECT count(*) FROM read_parquet('{urls['observation'][0]}') WHERE NOT ({sensitive_predicate()})"
        )
        counted = count_sensitive(frames, urls)
    assert kept == [(7,)]
    assert sum(c.rows for c in counted) >= len(EVERY_CODE)


def test_another_columns_codes_can_be_looked_at(bench: Bench) -> None:
    with DuckFrames(bench.zones) as frames:
        assert frames.rows(f"SELECT {sensitive_predicate('t.codes')} FROM (SELECT 'ICD10|F20' AS codes) t") == [(True,)]


def test_a_list_that_does_not_exist_finds_nothing(bench: Bench) -> None:
    assert sensitive_predicate(only=["no-such-list"]) == "false"
