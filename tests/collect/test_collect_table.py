"""Tables: every row by its header, in the file's encoding and delimiter; a bad row costs itself and nothing else."""

import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dujiang.collect.readers.encodings import Decoder, encoding_of
from dujiang.collect.readers.items import Broken, Item, Record, Remark
from dujiang.collect.readers.rows import SPAN
from dujiang.collect.readers.table import columns_of, delimiter_of, kind_of, read_table
from dujiang.collect.readers.tables import REQUIRED, missing


def table(text: str | bytes, name: str = "things.csv") -> list[Item]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_table(io.BytesIO(data), name, data[: 1 << 18]))


def bodies(items: list[Item]) -> list[dict[str, str | None]]:
    return [json.loads(i.body) for i in items if isinstance(i, Record)]


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff"), max_size=8)


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=12), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_row_comes_back_as_it_was_written(written, delimiter, end, zipped) -> None:  # type: ignore[no-untyped-def]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b", "c"), *written])
    data = out.getvalue().encode()
    stored = gzip.compress(data) if zipped else data
    items = list(read_table(io.BytesIO(stored), "t.csv", data))
    assert [i for i in items if not isinstance(i, Record)] == ([] if written else [Remark("csv.no_rows")])
    assert bodies(items) == [{n: v or None for n, v in zip("abc", row, strict=True)} for row in written]
    assert [i.line for i in items if isinstance(i, Record)] == [n + 2 for n in range(len(written))]


ROWS = {"1,2": None, '"x,y",2': None, '"two\nlines",2': None, "1": "csv.columns", "1,2,3": "csv.columns", 'a,"b"c': "csv.quotes"}


@given(st.lists(st.sampled_from(sorted(ROWS)), max_size=20))
def test_any_mixture_gives_exactly_the_good_rows_and_one_broken_place_for_each_bad_one(texts: list[str]) -> None:
    line, expected = 2, []
    for text in texts:
        expected.append((line, ROWS[text]))
        line += 1 + text.count("\n")
    items = [i for i in table("a,b\n" + "\n".join(texts)) if not isinstance(i, Remark)]
    assert [(i.line, i.rule if isinstance(i, Broken) else None) for i in items] == expected


def test_a_lost_quotation_mark_costs_its_own_row_only() -> None:
    items = table('a,b\n1,2\n"lost,3\n4,5\n"6",7\n8,9\n')
    assert [(i.line, i.rule) for i in items if isinstance(i, Broken)] == [(3, "csv.quotes")]
    assert [b["a"] for b in bodies(items)] == ["1", "4", "6", "8"]


def test_a_quotation_mark_that_never_closes_costs_its_own_row_only_in_a_long_file() -> None:
    items = table("a,b\n" + '"never,1\n' + "".join(f"{n},x\n" for n in range(3 * SPAN)))
    assert [i for i in items if isinstance(i, Broken)] == [Broken(2, "csv.quotes", "things")]
    assert len(bodies(items)) == 3 * SPAN


def test_an_inch_mark_within_a_field_is_text() -> None:
    assert bodies(table('a,b\n5" nail,1\n')) == [{"a": '5" nail', "b": "1"}]


def test_a_row_does_not_go_on_over_a_line_that_cannot_be_read() -> None:
    items = table(b'a,b\n"one\nx\0y\ntwo,2\n3,4\n')
    assert [(i.line, i.rule) for i in items if isinstance(i, Broken)] == [(3, "line.nul"), (2, "csv.quotes")]
    assert bodies(items) == [{"a": "two", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_stray_carriage_return_costs_its_row_only() -> None:
    items = table(b"a,b\n1,2\nx\ry,2\n3,4\n")
    assert [(i.line, i.rule) for i in items if isinstance(i, Broken)] == [(3, "csv.quotes")]
    assert len(bodies(items)) == 2


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    assert [i.line for i in table("\na,b\n\n1,2\n  \n3,4\n\n") if isinstance(i, Record)] == [4, 6]


def test_a_row_of_empty_fields_is_a_row() -> None:
    assert bodies(table("a\tb\n\t\n")) == [{"a": None, "b": None}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_text_is_read_in_the_encoding_it_was_written_in(encoding: str) -> None:
    items = table("编号,名称\n1,李雷与韩梅梅\n2,𠮷野家\n".encode(encoding))
    assert bodies(items) == [{"编号": "1", "名称": "李雷与韩梅梅"}, {"编号": "2", "名称": "𠮷野家"}]
    assert [i for i in items if isinstance(i, Remark)] == [Remark("file.gb18030")] * (encoding == "gb18030")


def test_one_damaged_line_does_not_change_the_encoding_of_the_others() -> None:
    items = table("a,b\n1,张三\n".encode() + "2,李四\n".encode("gb18030") + "3,王五\n".encode())
    assert [i for i in items if isinstance(i, Broken)] == [Broken(3, "line.encoding", "things")]
    assert [b["b"] for b in bodies(items)] == ["张三", "王五"]


def test_an_encoding_that_the_head_leaves_open_is_decided_by_the_first_line_that_tells() -> None:
    decoder = Decoder(b"a,b\n1,2\n")
    assert decoder.text("张三丰来了".encode("gb18030")) == "张三丰来了" and decoder.name == "gb18030"


def test_short_utf_8_that_happens_to_be_valid_gb18030_stays_utf_8() -> None:
    assert encoding_of(["张三".encode(), "李四".encode()]) == "utf-8"


def test_a_known_tables_missing_column_sets_the_file_aside_once_and_says_which_and_how_many_rows() -> None:
    items = table("Id,GENDER\n1,M\n2,F\n", "patients.csv")
    assert items == [Broken(1, "csv.missing_column", "patients"), Remark("csv.missing_column", "BIRTHDATE", 2)]


def test_procedures_may_have_either_of_two_dates() -> None:
    assert missing("procedures", ["DATE", "PATIENT", "CODE"]) == missing("procedures", ["START", "PATIENT", "CODE"]) == []
    assert missing("procedures", ["PATIENT", "CODE"]) == ["START|DATE"]


@pytest.mark.parametrize("kind", sorted(REQUIRED))
def test_every_known_table_is_kept_when_it_has_what_it_must(kind: str) -> None:
    names = [name.partition("|")[0] for name in REQUIRED[kind]]
    (record,) = table(",".join(names) + "\n" + ",".join("x" for _ in names), f"{kind}.csv")
    assert isinstance(record, Record) and record.kind == kind


def test_an_unknown_table_is_kept_under_its_name() -> None:
    (record,) = table("Id,x\n7,8\n", "north/Ward_Rounds.CSV.gz")
    assert isinstance(record, Record) and record.kind == "ward_rounds" and record.key.startswith("h:")


def test_a_keyed_tables_id_is_the_key_and_an_empty_one_is_set_aside() -> None:
    items = table("Id,BIRTHDATE,GENDER\np1,2000-01-01,M\n,2000-01-01,F\n", "patients.csv")
    assert [i.key if isinstance(i, Record) else i for i in items] == ["p1", Broken(3, "record.bad_key", "patients")]


def test_an_id_that_may_repeat_is_no_key() -> None:
    items = table("Id,DATE\ns1,1\ns1,2\n", "imaging_studies.csv")
    assert len({i.key for i in items if isinstance(i, Record)}) == 2


@pytest.mark.parametrize(("text", "remark"), [("", "file.empty"), ("\n \n", "file.empty"), ("a,b\n", "csv.no_rows")])
def test_an_empty_table_is_a_remark_and_nothing_more(text: str, remark: str) -> None:
    assert table(text) == [Remark(remark)]


@pytest.mark.parametrize("header", [b"\xff\xfe\xff", b"a\0b", b'"a,b'])
def test_a_table_whose_first_line_is_no_header_is_set_aside_as_a_whole(header: bytes) -> None:
    assert table(header + b"\n1,2\n3,4\n") == [Broken(1, "csv.no_header", "things"), Remark("csv.no_header", "", 2)]


def test_no_column_hides_another() -> None:
    assert columns_of(["a", "", "a", "b", ""]) == ["a", "column_2", "a#2", "b", "column_5"]


@pytest.mark.parametrize(("header", "expected"), [("a;b,c;d", ";"), ('"a;b;c",d', ","), ("a\tb", "\t"), ("a|b|c,d", "|"), ("a", ",")])
def test_the_delimiter_is_the_one_that_stands_most_often_outside_quotation_marks(header: str, expected: str) -> None:
    assert delimiter_of(header) == expected


def test_a_tables_kind_is_its_files_name() -> None:
    assert [kind_of(n) for n in ("patients.csv", "A/Conditions.CSV.gz", "x", "a.b.csv")] == ["patients", "conditions", "x", "a.b"]
