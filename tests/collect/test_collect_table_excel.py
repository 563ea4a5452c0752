"""Workbooks: sheets are tables, merged cells are filled, cells are the text they stand for; a bad workbook is one broken place."""

import io
import json
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.collect_shore import Shore
from dujiang.collect.readers import table_excel
from dujiang.collect.readers.items import Broken, Item, Record, Remark
from dujiang.collect.readers.table_excel import begins_workbook, kind_of_sheet, read_workbook, text_of
from dujiang_synth.workbook import Merged, letters, workbook
from shared_data import shared

Sheet = tuple[str, list[list[str]], list[Merged]]


def items_of(*sheets: Sheet, name: str = "export.xlsx") -> list[Item]:
    return list(read_workbook(io.BytesIO(workbook(sheets)), name))


def bodies(items: list[Item]) -> list[dict[str, str | None]]:
    return [json.loads(i.body) for i in items if isinstance(i, Record)]


class TestSheets:
    def test_each_sheet_is_a_table_under_its_own_name(self) -> None:
        items = items_of(("患者", [["编号", "名"], ["1", "甲"]], []), ("诊断", [["编号", "码"], ["1", "I10"]], []))
        assert [(i.kind, i.line) for i in items if isinstance(i, Record)] == [("患者", 2), ("诊断", 2)]

    @pytest.mark.parametrize(("file", "sheet", "number", "kind"), [
        ("诊断.xlsx", "Sheet1", 0, "诊断"), ("his.xlsx", "诊断", 1, "诊断"), ("his.xlsx", "Sheet2", 2, "his.2"), ("a/His.xls", "工作表1", 0, "his"), ("x.xlsx", " LAB ", 3, "lab"),
    ])
    def test_a_name_that_a_program_gave_gives_way_to_the_file_s(self, file: str, sheet: str, number: int, kind: str) -> None:
        assert kind_of_sheet(file, sheet, number) == kind

    def test_a_merged_title_is_no_header_and_merged_cells_are_filled_below_it(self) -> None:
        rows = [["检验结果导出", "", ""], ["患者", "项目", "结果"], ["p1", "白细胞", "5"], ["", "红细胞", "4"], ["p2", "白细胞", "6"]]
        items = items_of(("检验", rows, [("A1", "C1"), ("A3", "A4")]))
        assert [b["患者"] for b in bodies(items)] == ["p1", "p1", "p2"]
        assert [i for i in items if isinstance(i, Remark)] == [Remark("table.titles", "检验", 1)]

    def test_empty_rows_and_sheets_are_nothing(self) -> None:
        items = items_of(("空", [], []), ("有", [["a", "b"], ["", ""], ["1", "2"]], []))
        assert [i.line for i in items if isinstance(i, Record)] == [3] and len(items) == 1

    def test_a_value_beyond_the_header_sets_its_row_aside(self) -> None:
        items = items_of(("表单", [["a", "b"], ["1", "2"], ["1", "2", "3"], ["4", "5"]], []))
        assert [b["a"] for b in bodies(items)] == ["1", "4"] and Broken(3, "csv.columns", "表单") in items


class TestCells:
    @pytest.mark.parametrize(("cell", "text"), [
        (5.0, "5"), (5.25, "5.25"), (-0.5, "-0.5"), (True, "TRUE"), (date(2024, 3, 5), "2024-03-05"), (datetime(2024, 3, 5), "2024-03-05"),
        (datetime(2024, 3, 5, 8, 30), "2024-03-05 08:30:00"), (time(8, 30), "08:30:00"), ("", ""), (None, ""), (" 2024/3/5 ", " 2024/3/5 "), ("a\0b", "ab"), (1e20, "1e+20"),
    ])
    def test_a_cell_is_the_text_it_stands_for(self, cell: Any, text: str) -> None:
        assert text_of(cell) == text

    @settings(max_examples=40)
    @given(st.lists(st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs", "S"]), max_size=8), min_size=2, max_size=2), min_size=1, max_size=6))
    def test_text_comes_back_as_typed(self, cells: list[list[str]]) -> None:
        written = [[f"r{n}", *row] for n, row in enumerate(cells)]
        items = items_of(("表单", [["编号", "一", "二"], *written], []))
        assert [list(b.values()) for b in bodies(items)] == [[cell or None for cell in row] for row in written]

    @pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
    def test_columns_have_letters(self, column: int, name: str) -> None:
        assert letters(column) == name


class TestDamage:
    @pytest.mark.parametrize("data", [b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"<html><table></table></html>", b""])
    def test_what_is_no_workbook_is_one_broken_place(self, data: bytes) -> None:
        assert list(read_workbook(io.BytesIO(data), "x.xls")) == [Broken(1, "excel.unreadable")]

    def test_text_that_calls_itself_a_workbook_is_read_as_text(self) -> None:
        assert bodies(list(read_workbook(io.BytesIO("编号\t名\n1\t甲\n2\t乙\n".encode("gb18030")), "x.xls")))[0] == {"编号": "1", "名": "甲"}

    def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_excel, "MOST_UNPACKED", 1000)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/workbook.xml", b"\0" * 2000)
        assert list(read_workbook(io.BytesIO(packed.getvalue()), "x.xlsx")) == [Broken(1, "excel.too_large")]

    def test_a_file_that_is_too_large_is_not_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_excel, "MOST_BYTES", 100)
        assert list(read_workbook(io.BytesIO(b"PK\x03\x04" + b"x" * 200), "x.xlsx")) == [Broken(1, "excel.too_large")]

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_a_damaged_workbook_never_stops_anything(self, data: st.DataObject) -> None:
        whole = bytearray(workbook([("表单", [["a", "b"], ["1", "2"], ["3", "4"]], [])]))
        for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
            whole[place] ^= data.draw(st.integers(1, 255))
        for item in read_workbook(io.BytesIO(bytes(whole)), "x.xlsx"):
            assert isinstance(item, (Record, Broken, Remark))

    def test_another_archive_is_no_workbook(self) -> None:
        assert begins_workbook(workbook([("a", [["b"]], [])])) and not begins_workbook(b"PK\x03\x04word/document.xml") and not begins_workbook(b"\xd0\xcf\x11\xe0")


def test_a_bad_workbook_stops_nothing_beside_it(shore: Shore) -> None:
    good = workbook([("诊断", [["编号", "码"], ["1", "I10"]], [])])
    arrival = shore.land({"bad.xlsx": b"PK\x03\x04", "good.xlsx": good, "诊断二.csv": "编号,码\n2,I11\n"})
    assert arrival.by_kind == {"诊断": 1, "诊断二": 1} and arrival.by_rule == {"excel.unreadable": 1}
    assert {f.form for f in arrival.files} == {"table"}


def test_a_row_of_a_sheet_and_of_a_csv_file_is_the_same_record(shore: Shore) -> None:
    one = shore.land({"诊断.csv": "编号,码\n1,I10\n"})
    two = shore.land({"his.xlsx": workbook([("诊断", [["编号", "码"], ["1", "I10"]], [])])})
    assert shore.records(one, "kind, key, body") == shore.records(two, "kind, key, body")


def test_a_real_workbook_with_merged_patients_is_read_whole() -> None:
    """The patient's number stands once over all rows of a patient; every row has it."""
    data = (shared("multicentre/covid_tongji") / "time_series_375_prerpocess.xlsx").read_bytes()
    rows = bodies(list(read_workbook(io.BytesIO(data), "covid.xlsx")))
    assert len(rows) == 6120 and {b["PATIENT_ID"] for b in rows} == {str(n) for n in range(1, 376)}


def test_a_panic_of_the_library_is_a_broken_place_and_a_stop_by_the_keyboard_is_none() -> None:
    class PanicException(BaseException):
        """As the library's own, which cannot be made here."""

    def panics() -> None:
        raise PanicException

    def stopped() -> None:
        raise KeyboardInterrupt

    assert table_excel._asked(panics) == Broken(1, "excel.unreadable")
    with pytest.raises(KeyboardInterrupt):
        table_excel._asked(stopped)


def test_a_table_that_begins_below_and_beside_the_first_cell_is_found() -> None:
    items = items_of(("表单", [[], ["", "a", "b"], ["", "1", "2"], ["", "3", ""], ["", "", "4"]], [("B4", "B5")]))
    assert [(i.line, json.loads(i.body)) for i in items if isinstance(i, Record)] == [(3, {"a": "1", "b": "2"}), (4, {"a": "3", "b": None}), (5, {"a": "3", "b": "4"})]
