"""All checks of the real threshold files, counted in a few scans, equal one statement per check: on real tables and on dirt of every kind."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from dujiang.assess.dqd import Dashboard, read
from shared_data import ROOT, shared

TODAY = (2026, 11, 25)


@pytest.fixture(scope="module")
def peer() -> ModuleType:
    """The benchmark's one statement per check, which shares nothing with what it is compared with."""
    shared("omop/gibleed_2694")
    spec = importlib.util.spec_from_file_location("benchmark_quality", ROOT / "benchmarks" / "quality.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def dashboard() -> Dashboard:
    return read({file.name: file.read_bytes() for file in shared("omop/dqd_csv").glob("*.csv")})


def equal(peer: ModuleType, dashboard: Dashboard, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Compare over the Parquet files of a folder; how many rows each check found wrong."""
    monkeypatch.setattr(peer, "BUILT", folder)
    *_, theirs = peer.peer()
    *_, mine, _ = peer.ours(dashboard)
    assert {id: (mine[id], theirs[id]) for id in mine if mine[id] != theirs[id]} == {} and mine.keys() == theirs.keys()
    return {id: pair[0] for id, pair in mine.items() if pair[0]}


@pytest.mark.slow
def test_on_the_real_tables_of_GiBleed(peer: ModuleType, dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "BUILT", tmp_path)
    monkeypatch.setattr(peer, "CLONES", 1)
    assert peer.build() > 250_000
    assert len(equal(peer, dashboard, tmp_path, monkeypatch)) > 150


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_on_dirt_of_every_kind(peer: ModuleType, dashboard: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Keys that repeat, also those of persons, deaths, visits and concepts; what is empty, unknown, before its time and after it."""
    con = duckdb.connect()
    for table, columns in columns_of(dashboard).items():
        cells = ", ".join(f"{dirt(seed, table, name, kind)} AS {name}" for name, kind in columns.items())
        con.execute(f"COPY (SELECT {cells} FROM range({40 if table != 'concept' else 25}) r(i)) TO '{tmp_path / table}.parquet' (FORMAT parquet)")
    assert len(equal(peer, dashboard, tmp_path, monkeypatch)) > 900


CONCEPTS = "[0, 1, 2, 3, 201072, 4090861, 4025213, 443343, 3006315, 8507, 8532, 8784, 8576, 4041261, NULL]"


def columns_of(dashboard: Dashboard) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for check in dashboard.checks.values():
        if check.rule == "cdmField" and check.field not in ("value", "end"):
            found.setdefault(check.table, {})[check.field] = dashboard.types.get(check.table, {}).get(check.field, "VARCHAR")
    concept = ("concept_id", "BIGINT"), ("domain_id", "VARCHAR"), ("concept_class_id", "VARCHAR"), ("standard_concept", "VARCHAR"), ("invalid_reason", "VARCHAR")
    ancestor = {"ancestor_concept_id": "BIGINT", "descendant_concept_id": "BIGINT"}
    return {**found, "concept": dict(concept), "concept_ancestor": ancestor, "domain": {"domain_id": "VARCHAR"}}


def dirt(seed: int, table: str, name: str, kind: str) -> str:
    """SQL for a cell of row `i`: from few values, so that they repeat and meet those of other tables; some columns wholly empty."""
    chance = f"(hash(concat(i, '{seed}{table}{name}')) % {{}})::INT"
    if hash_of(f"{seed}{table}{name}") % 11 == 0 and not name.endswith("_id"):
        return f"NULL::{kind}"
    if kind == "BIGINT":
        values = CONCEPTS if "concept_id" in name else "range(12)" if name.endswith("_id") else "[-1, 0, 1, 5, 13, 40, 1849, 1960, 2028, NULL]"
        if table == "person" and name in ("month_of_birth", "day_of_birth"):
            values = "[1, 2, 12, NULL]"
        if name == "year_of_birth":
            values = "[1849, 1950, 1960, 2028]"
        return f"list_extract({values}::BIGINT[], 1 + {chance.format(f'len({values})')})"
    if kind in ("DATE", "TIMESTAMP"):
        day = f"DATE '1949-06-01' + {chance.format(28500)}"
        return f"CASE WHEN {chance.format(7)} = 0 THEN NULL ELSE CAST({day} AS {kind}) END"
    if kind.startswith("DECIMAL"):
        return f"CASE WHEN {chance.format(5)} = 0 THEN NULL ELSE ({chance.format(900)} - 100)::{kind} / 3 END"
    words = "['Condition', 'Drug', 'Gender', 'S', 'C', 'Ingredient', NULL]"
    return f"list_extract({words}, 1 + {chance.format(7)})"


def hash_of(text: str) -> int:
    return sum(ord(letter) * place for place, letter in enumerate(text, 1))


def test_the_dirt_is_the_same_for_the_same_seed() -> None:
    shapes: Mapping[str, str] = {"a": "BIGINT", "b": "DATE", "c": "VARCHAR"}
    assert [dirt(1, "t", n, k) for n, k in shapes.items()] == [dirt(1, "t", n, k) for n, k in shapes.items()] != [dirt(2, "t", n, k) for n, k in shapes.items()]
