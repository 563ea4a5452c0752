"""The demo over real exports: FHIR R4, FHIR STU3 and Synthea's CSV, against an independent count of the raw files."""

from pathlib import Path
from typing import Any

import pytest

from demo.demo_runs import run_demo
from demo.independent_count import count
from shared_data import shared

HOSPITALS = ("fhir/r4_ndjson_110", "fhir/stu3_ndjson_150", "omop/synthea_csv_27")
K = 10


@pytest.fixture(scope="module")
def exports() -> list[Path]:
    return [shared(h) for h in HOSPITALS]


@pytest.fixture(scope="module")
def done(exports: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    top = tmp_path_factory.mktemp("real")
    for name, export in zip("abc", exports, strict=True):
        (top / "in").mkdir(exist_ok=True)
        (top / "in" / f"hospital-{name}").symlink_to(export)
    return run_demo(top / "work", "--input", top / "in", "--consent", "all")


def test_every_released_figure_equals_the_raw_files(exports: list[Path], done: dict[str, Any]) -> None:
    truth = count(exports)
    assert {(r["sex"], r["age_band"]) for r in done["answer"]} == set(truth)
    for row in done["answer"]:
        expected = truth[row["sex"], row["age_band"]]
        if row["persons"] is not None:
            assert row["persons"] == expected["persons"] >= K
        if row["mean"] is not None:
            assert expected["contributors"] >= K and row["readings"] == expected["readings"]
            assert row["mean"] == pytest.approx(expected["mean"], abs=1e-6) and row["sd"] == pytest.approx(expected["sd"], abs=1e-6)


def test_every_small_cell_is_withheld(exports: list[Path], done: dict[str, Any]) -> None:
    rows = {(r["sex"], r["age_band"]): r for r in done["answer"]}
    for cell, expected in count(exports).items():
        if expected["persons"] < K:
            assert rows[cell]["persons"] is None
        if expected["contributors"] < K:
            assert rows[cell]["mean"] is None and rows[cell]["readings"] is None


def test_nobody_is_excluded_when_everybody_permits(done: dict[str, Any]) -> None:
    assert done["excluded_by_consent"] == 0 and done["next"]["excluded_by_consent"] == 1


def test_every_record_is_ashore_and_every_person_known(done: dict[str, Any]) -> None:
    assert [n["persons"] for n in done["nodes"]] == [110, 150, 27]
    assert done["nodes"][0]["records"] == 24922 and [n["quarantined"] for n in done["nodes"]] == [0, 0, 0]
