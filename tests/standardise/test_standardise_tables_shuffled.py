"""However a table is cut into files and its rows are shuffled, the standard rows are the same; no cell, however hostile, costs more than its own row."""

import csv
import io
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standardise.standardise_given import HOSTILE
from standardise.standardise_tables_zone import Zone, content

MAP = """
map: m
tables:
  - {table: 患者, to: person, key: 编号, columns: {born: 生日, sex: 性别, name: 姓名, phone: 电话, id_number: 证件}}
  - table: 检验*
    to: measurement
    key: [批号, 序号]
    columns: {person: 编号, start: 日期, code: "code('auto', 项目, 名称)", value: 结果, unit: 单位, low: 下限}
"""
PATIENTS = "编号,生日,性别,姓名,电话,证件\np1,1980-03-05,女,甲,,\np2,1981/4/6,男,乙,,\n"
HEADER = ["批号", "序号", "编号", "日期", "项目", "名称", "结果", "单位", "下限"]


def table(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([HEADER, *rows])
    return out.getvalue()


def made(folder: Path, files: dict[str, bytes | str]) -> Zone:
    zone = Zone(folder)
    zone.land({"患者.csv": PATIENTS, **files})
    return zone


ROWS = [[f"b{n % 3}", str(n), "p1" if n % 2 else "p2", f"2020-01-{n + 1:02d}", "2345-7", "葡萄糖", f"{n}.5", "mmol/L", ""] for n in range(12)]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(12)), cuts=st.lists(st.integers(0, 12), max_size=3))
def test_any_partition_and_order_of_rows_gives_the_same_standard_rows(tmp_path_factory: pytest.TempPathFactory, order: list[int], cuts: list[int]) -> None:
    whole = made(tmp_path_factory.mktemp("whole"), {"检验.csv": table(ROWS)}).make(MAP)
    edges = [0, *sorted(cuts), 12]
    parts = [[ROWS[n] for n in order[a:b]] for a, b in pairwise(edges)]
    cut = made(tmp_path_factory.mktemp("cut"), {f"检验_{n}.csv": table(part) for n, part in enumerate(parts, 1)}).make(MAP)
    assert cut.hashes() == whole.hashes() and len(content(cut, "measurement")) == 12


CELLS = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=st.lists(st.lists(CELLS, min_size=len(HEADER), max_size=len(HEADER)), min_size=1, max_size=8))
def test_a_hostile_cell_costs_no_more_than_its_row(tmp_path_factory: pytest.TempPathFactory, hostile: list[list[str]]) -> None:
    zone = made(tmp_path_factory.mktemp("zone"), {"检验.csv": table([*ROWS, *hostile])})
    found = zone.make(MAP)
    good = {"|".join(row[:2]) for row in ROWS} - {"|".join(cell.strip() for cell in row[:2]) for row in hostile}
    assert good <= {row["x_source_key"] for row in found.rows("measurement")}
    snapshot = found.snapshot
    rows = len(found.rows("measurement")) + len(found.rows("person"))
    assert snapshot.records == rows + snapshot.dangling + sum(snapshot.kept_raw.values())


@pytest.mark.slow
def test_a_million_rows_stream_through_in_bounded_memory(tmp_path: Path) -> None:
    class Long:
        """A file of a million rows that is never whole anywhere."""

        name = "检验.csv"
        size = 0

        def open(self) -> io.BufferedReader:
            return io.BufferedReader(_Lines())  # type: ignore[arg-type]

    zone = Zone(tmp_path)
    tracemalloc.start()
    arrival = zone.shore.land([Long()])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert arrival.by_kind == {"检验": 1_000_000} and peak < 400 << 20


class _Lines(io.RawIOBase):
    def __init__(self) -> None:
        self._left = b"".join([",".join(HEADER).encode(), b"\n"])
        self._row = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while len(self._left) < len(buffer) and self._row < 1_000_000:
            self._left += b"".join(f"b,{n},p1,2020-01-01,2345-7,x,{n}.5,mmol/L,\n".encode() for n in range(self._row, self._row + 1000))
            self._row += 1000
        given_, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(given_)] = given_
        return len(given_)
