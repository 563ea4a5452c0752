"""Any delimited table: titles passed over, a missing header numbered, every row a record of text, and a bad row costs itself alone."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.items import Broken, Item, Record, Remark
from dujiang.collect.readers.reading import form_of, head_of, look, read
from dujiang.collect.readers.table_head import find_head
from dujiang.collect.readers.table_plain import read_plain


def table(text: str | bytes, name: str = "诊断.csv") -> list[Item]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_plain(io.BytesIO(data), name, head_of(io.BytesIO(data))))


def bodies(items: list[Item]) -> list[dict[str, str | None]]:
    return [json.loads(i.body) for i in items if isinstance(i, Record)]


def rest(items: list[Item]) -> list[Item]:
    return [i for i in items if not isinstance(i, Record)]


class TestHeader:
    def test_a_table_begins_with_its_header(self) -> None:
        items = table("编号,姓名\n1,甲\n2,\n")
        assert bodies(items) == [{"编号": "1", "姓名": "甲"}, {"编号": "2", "姓名": None}]
        assert [(i.kind, i.line, i.key[:2]) for i in items if isinstance(i, Record)] == [("诊断", 2, "h:"), ("诊断", 3, "h:")]

    def test_titles_above_the_header_are_passed_over_and_told(self) -> None:
        items = table("某某医院检验结果\n导出时间：2024-01-01,,\n编号,项目,结果\n1,白细胞,5\n2,红细胞,4\n")
        assert bodies(items) == [{"编号": "1", "项目": "白细胞", "结果": "5"}, {"编号": "2", "项目": "红细胞", "结果": "4"}]
        assert rest(items) == [Remark("table.titles", "", 2)]
        assert [i.line for i in items if isinstance(i, Record)] == [4, 5]

    def test_a_table_of_nothing_but_values_gets_numbered_names_and_loses_no_row(self) -> None:
        items = table("63.0,1,2024-01-01\n67,1,2024-01-02\n")
        assert bodies(items)[0] == {"column_1": "63.0", "column_2": "1", "column_3": "2024-01-01"}
        assert len(bodies(items)) == 2 and rest(items) == [Remark("table.no_header")]

    def test_a_header_over_several_lines_is_one(self) -> None:
        assert bodies(table('编号,"结果\n(mmol/L)"\n1,5\n2,6\n')) == [{"编号": "1", "结果 (mmol/L)": "5"}, {"编号": "2", "结果 (mmol/L)": "6"}]

    def test_repeated_and_empty_names_hide_nothing(self) -> None:
        assert bodies(table("a,,a,b\n1,2,3,4\n5,6,7,8\n"))[0] == {"a": "1", "column_2": "2", "a#2": "3", "b": "4"}

    @pytest.mark.parametrize("delimiter", list(",;\t|"))
    def test_the_delimiter_is_the_one_by_which_rows_are_equally_long(self, delimiter: str) -> None:
        text = "\n".join(delimiter.join(cells) for cells in [("编号", "说明"), ("1", "a b"), ("2", "x")])
        assert bodies(table(text, "x.txt"))[1] == {"编号": "2", "说明": "x"}

    def test_a_comma_inside_texts_is_no_delimiter(self) -> None:
        assert bodies(table("编号|说明\n1|a,b,c\n2|d,e\n"))[0] == {"编号": "1", "说明": "a,b,c"}

    @pytest.mark.parametrize(("rows", "place"), [
        ([["a", "b"], ["1", "2"]], 0), ([["题目", ""], ["a", "b"], ["1", "2"], ["3", "4"]], 1), ([["1", "2"], ["3", "4"]], -1), ([], -1), ([[""]], -1), ([["a"], ["1"]], 0),
    ])
    def test_the_header_is_the_first_row_as_full_as_most(self, rows: list[list[str]], place: int) -> None:
        assert find_head(rows).place == place


class TestDamage:
    def test_a_row_of_another_length_costs_itself(self) -> None:
        items = table("a,b\n1,2\n1,2,3\n5,6\n")
        assert [b["a"] for b in bodies(items)] == ["1", "5"] and rest(items) == [Broken(3, "csv.columns", "诊断")]

    def test_bytes_of_no_encoding_cost_their_line(self) -> None:
        items = table("编号,名\n1,甲\n".encode() + b"2,\xff\xfe\xff\n" + "3,乙\n".encode())
        assert [b["编号"] for b in bodies(items)] == ["1", "3"] and rest(items) == [Broken(3, "line.encoding", "诊断")]

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff\xff\xff\n\xff", b"\x00\x00"])
    def test_what_holds_no_table_is_one_place_or_empty(self, data: bytes) -> None:
        items = table(data)
        assert not bodies(items) and items and len([i for i in items if isinstance(i, Broken)]) <= 1

    def test_a_header_alone_is_told(self) -> None:
        assert rest(table("编号,名称\n")) == [Remark("csv.no_rows")]

    @given(st.binary(max_size=400))
    def test_any_bytes_are_read_without_an_error(self, data: bytes) -> None:
        for item in table(data):
            assert isinstance(item, (Record, Broken, Remark))


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_chinese_headers_are_read_in_any_encoding(self, encoding: str) -> None:
        items = table("患者编号,姓名\n1,张三\n2,李四\n".encode(encoding))
        assert bodies(items) == [{"患者编号": "1", "姓名": "张三"}, {"患者编号": "2", "姓名": "李四"}]
        assert rest(items) == ([Remark("file.gb18030")] if encoding == "gb18030" else [])


NAMES = ("编号", "一", "二")
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_every_cell_comes_back_as_it_was_written(cells: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([NAMES, *((f"r{n}", *row) for n, row in enumerate(cells))])
    assert bodies(table(out.getvalue())) == [{"编号": f"r{n}", "一": a or None, "二": b or None} for n, (a, b) in enumerate(cells)]


class TestChoice:
    @pytest.mark.parametrize(("name", "head", "hint", "reader", "form"), [
        ("patients.csv", "Id,BIRTHDATE\n", "auto", "table", "synthea-csv"),
        ("patients.csv", "患者编号,姓名\n", "auto", "plain", "table"),
        ("patients.csv", "Id,BIRTHDATE\n", "table", "plain", "table"),
        ("诊断.csv", "编号,名称\n", "auto", "plain", "table"),
        ("x.csv", "编号,名称\n", "synthea-csv", "table", "synthea-csv"),
        ("x.txt", "0001 1980", "fixed-width", "fixed-width", "table"),
        ("x.fwf", "0001 1980", "auto", "fixed-width", "table"),
        ("x.xlsx", "PK\x03\x04", "auto", "excel", "table"),
    ])
    def test_a_known_table_is_read_as_such_and_any_other_as_a_table(self, name: str, head: str, hint: str, reader: str, form: str) -> None:
        seen = look(name, head.encode(), hint)
        assert (seen.reader, form_of(seen)) == (reader, form)

    def test_lines_of_fixed_width_keep_every_line_as_written(self) -> None:
        data = "0001张三  M\n\n0002李四  F \n".encode("gb18030") + b"\xff\xff\n"
        items = list(read(io.BytesIO(data), "p.fwf", look("p.fwf", data)))
        assert bodies(items) == [{"line": "0001张三  M"}, {"line": "0002李四  F "}]
        assert rest(items) == [Broken(4, "line.encoding", "p"), Remark("file.gb18030")]
