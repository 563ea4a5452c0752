"""Reading: the beginning of a file says by which reader it is read; its name and a hint settle what that leaves open."""

import gzip
import io
import json

import pytest

from dujiang.collect.readers.inflate import CHUNK
from dujiang.collect.readers.items import LIMIT, Broken, Many, Record
from dujiang.collect.readers.reading import head_of, look, read

LINE = '{"resourceType":"Patient","id":"p"}'
ENTRY = '{"resource":' + LINE + "}"
BUNDLE = '{"resourceType":"Bundle","entry":[' + ENTRY + "]}"


@pytest.mark.parametrize(
    ("name", "text", "reader"),
    [
        ("a.ndjson", LINE, "lines"),
        ("a.ndjson", f"{LINE}\n{LINE}", "lines"),
        ("a.ndjson", f"broken\n{LINE}", "lines"),
        ("a.ndjson", "{\n" + LINE, "lines"),
        ("a.ndjson", LINE[:20] + "\n" + LINE, "lines"),
        ("a.ndjson", f"[1]\n{LINE}", "lines"),
        ("a.ndjson", f"{BUNDLE}\n{BUNDLE}", "lines"),
        ("a.ndjson", BUNDLE[:60] + "\n" + BUNDLE, "lines"),
        ("a", LINE, "lines"),
        ("a.txt", "\ufeff\n" + LINE, "lines"),
        ("a.json", BUNDLE, "document"),
        ("a.json", BUNDLE + "\n", "document"),
        ("a.json", BUNDLE[:-20], "document"),
        ("a.json", json.dumps(json.loads(BUNDLE), indent=2), "document"),
        ("a.json", json.dumps(json.loads(LINE), indent=2), "document"),
        ("a.json", '{"resourceType":"Bundle","entry":[\n' + ENTRY + ",\n" + ENTRY + "\n]}", "document"),
        ("a.json", f"[{LINE}]", "document"),
        ("a.json", f"[\n{LINE},\n{LINE}]", "document"),
        ("a.csv", "a,b\n1,2", "plain"),
        ("a.csv", "{1},b\n1,2", "plain"),
        ("A.TSV.GZ", "a", "plain"),
        ("a.txt", "a;b\n1;2", "plain"),
        ("a", "编号\t名称\n", "plain"),
        ("a.csv", " \n", "empty"),
        ("a.xml", "<a,b>", "unknown"),
        ("a", "one column\n1", "unknown"),
        ("a", "PK\x03\x04,", "unknown"),
        ("log.ndjson", '{"exportId":"e","eventId":"kickoff"}\n', "log"),
    ],
)
def test_the_reader_follows_from_name_and_beginning(name: str, text: str, reader: str) -> None:
    assert look(name, head_of(io.BytesIO(text.encode()))).reader == reader


@pytest.mark.parametrize(("hint", "reader"), [("auto", "unknown"), ("fhir-r4", "lines"), ("fhir-stu3", "lines"), ("synthea-csv", "table")])
def test_a_hint_settles_what_name_and_beginning_leave_open(hint: str, reader: str) -> None:
    assert look("export", b"one column\n1", hint).reader == reader


def test_the_head_of_a_long_first_line_reaches_to_its_end_and_never_beyond_the_longest_line() -> None:
    line = b"x" * (2 * CHUNK) + b"\n"
    assert len(line) <= len(head_of(io.BytesIO(gzip.compress(line * 9)))) < 4 * CHUNK
    assert len(head_of(io.BytesIO(b"x" * (LIMIT + 4 * CHUNK)))) <= LIMIT + CHUNK


def test_the_head_of_a_damaged_file_is_what_can_be_read() -> None:
    assert LINE.encode().startswith(head_of(io.BytesIO(gzip.compress(LINE.encode())[:-9])))


@pytest.mark.parametrize("text", [BUNDLE, f"[{LINE}]", LINE, json.dumps(json.loads(BUNDLE), indent=1)])
def test_the_same_resource_is_read_from_every_container(text: str) -> None:
    seen = look("a.json", text.encode())
    (found,) = read(io.BytesIO(text.encode()), "a.json", seen)
    (record,) = found.records() if isinstance(found, Many) else (found,)
    assert isinstance(record, Record) and (record.kind, record.key, record.line) == ("Patient", "p", 1)


def test_a_truncated_bundle_of_one_line_keeps_its_whole_entries() -> None:
    text = ('{"resourceType":"Bundle","entry":[' + ",".join([ENTRY] * 3))[:-5].encode()
    items = list(read(io.BytesIO(text), "a.json", look("a.json", text)))
    assert [isinstance(i, Record) for i in items] == [True, True, False] and items[2] == Broken(3, "json.truncated")
