"""HL7 v2: a message is taken apart by its own delimiters and read in its own character set; escapes are undone once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_hl7v2_given import PID, bodies, body, broken, kinds, message
from dujiang.collect.readers.hl7v2.charsets import charset, named
from dujiang.collect.readers.hl7v2.parts import Marks, Segment, marks_of

MARKS = Marks()


def plain(text: str) -> str:
    return Segment("NTE", 1, MARKS).plain(text)


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"A\T\E", "A&E"), (r"5 \S\ 3", "5 ^ 3"), (r"a\F\b\R\c", "a|b~c"), (r"C:\E\temp", "C:\\temp"), (r"one\.br\two", "one\ntwo"),
        (r"\H\bold\N\ text", "bold text"), (r"\.sp2\x\.in+4\y", "\nxy"), (r"a\.sk3\b", "a b"), (r"caf\XC3A9\!", "café!"), (r"\X0D0A\x", "\r\nx"),
        (r"\Z99\local", r"\Z99\local"), (r"C:\path\file", r"C:\path\file"), ("50\\", "50\\"), (r"\T", r"\T"), (r"\XZZ\x", r"\XZZ\x"),
        (r"\E\T\E\ ", r"\T\ "), (r"\T\\T\\T\ ", "&&& "), ("no escapes", "no escapes"),
    ],
)
def test_known_escapes_are_undone_and_everything_else_stays_as_written(escaped: str, text: str) -> None:
    assert plain(escaped) == text


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_is_escaped_comes_back(text: str) -> None:
    escaped = text.replace("\\", "\\E\\")
    for mark, letter in (("|", "F"), ("^", "S"), ("~", "R"), ("&", "T")):
        escaped = escaped.replace(mark, f"\\{letter}\\")
    assert plain(escaped) == text


def test_any_delimiters_a_header_declares_are_used() -> None:
    usual = message(PID, "DG1|1||I10^A\\T\\E\\S\\^I10^b^B^SCT")
    unusual = usual.translate(str.maketrans("|^~\\&", "#@!?%"))
    one, other = body(usual, "Condition"), body(unusual, "Condition")
    assert (one["code"]["text"], other["code"]["text"]) == ("A&E^", "A%E@")
    assert [coding["code"] for coding in other["code"]["coding"]] == [coding["code"] for coding in one["code"]["coding"]] == ["I10", "b"]
    assert body(usual, "Patient") == body(unusual, "Patient") and kinds(usual) == kinds(unusual)


@pytest.mark.parametrize(
    ("header", "marks"),
    [
        ("MSH|^~\\&|x", MARKS), ("MSH|^~\\&#|x", MARKS), ("MSH|^|x", MARKS), ("MSH|^~|x", MARKS), ("MSH$%~\\&$x", Marks("$", "%")),
        ("MSH|", None), ("MSH", None), ("MSH||x", None), ("MSHx^~\\&x", None), ("MSH|^^\\&|", None), ("MSH|a~\\&|", None), ("MSH| ~\\&|", None),
    ],
)
def test_delimiters_are_those_of_the_header_completed_by_the_usual_ones(header: str, marks: Marks | None) -> None:
    assert marks_of(header) == marks


def test_the_null_value_and_empty_repetitions_are_nothing() -> None:
    segment = Segment('PID|""|~^~a^""^c|x^""', 1, MARKS)
    assert segment.raw(1) == "" and segment.all(1) == []
    assert segment.all(2) == [["a", '""', "c"]]
    assert (segment.text(2), segment.text(2, 2), segment.text(2, 3), segment.text(2, 9), segment.text(9)) == ("a", "", "c", "", "")
    assert segment.text(3, 2) == ""


def test_a_component_with_an_ampersand_is_one_text_unless_parts_are_asked_for() -> None:
    segment = Segment("ZZZ|A&E^x&y", 1, MARKS)
    assert (segment.text(1), segment.part(segment.first(1), 1, 2), segment.part(segment.first(1), 2, 3)) == ("A&E", "E", "")


def test_the_whole_of_a_text_field_keeps_stray_delimiters_and_takes_repetitions_for_lines() -> None:
    assert Segment("OBX|a^b & c~d\\T\\", 1, MARKS).whole(1) == "a^b & c\nd&"


# Character sets.


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"), ("utf8", "utf-8"), ("GB 18030-2000", "gb18030"), ("GB18030", "gb18030"), ("GBK", "gb18030"), ("gb2312", "gb18030"),
        ("8859/1", "iso8859-1"), ("ISO 8859/15", "iso8859-15"), ("BIG-5", "cp950"), ("ASCII", ""), ("", ""), ("KLINGON", ""),
    ],
)
def test_the_names_of_character_sets_are_known(name: str, codec: str) -> None:
    assert named(name) == codec


CHINESE = PID.replace("Zhang^San", "欧阳^娜娜")


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("UNICODE UTF-8", "utf-8"), ("GB 18030-2000", "gb18030"), ("", "utf-8"), ("", "gb18030"), ("ASCII", "gb18030"), ("UNICODE UTF-8", "gb18030"), ("GB18030", "utf-8")],
)
def test_chinese_is_read_whether_the_header_says_so_says_nothing_or_is_wrong(declared: str, codec: str) -> None:
    name = body(message(CHINESE, charset=declared).encode(codec), "Patient")["name"]
    assert (name[0]["family"], name[0]["given"]) == ("欧阳", ["娜娜"])


def test_a_chinese_character_whose_bytes_hold_a_delimiter_does_not_cut_its_field() -> None:
    for character in "镕喆堃":
        raw = message(PID.replace("Zhang^San", f"朱^{character}基和平")).encode("gb18030")
        assert body(raw, "Patient")["name"][0]["given"] == [f"{character}基和平"]


def test_lone_accented_letters_of_a_silent_sender_are_latin_1_and_take_no_delimiter_with_them() -> None:
    raw = message(PID.replace("Zhang^San", "Núñez^José^María")).encode("latin-1")
    assert body(raw, "Patient")["name"][0] == {"family": "Núñez", "given": ["José", "María"]}


def test_each_message_of_a_file_has_its_own_character_set() -> None:
    data = message(CHINESE).encode("gb18030") + message(CHINESE).encode("utf-8") + message(PID.replace("San", "José"), charset="8859/1").encode("latin-1")
    assert [one["name"][0]["given"][0] for one in bodies(data, "Patient")] == ["娜娜", "娜娜", "José"]


def test_one_segment_that_is_no_text_is_set_aside_and_its_message_goes_on() -> None:
    data = message(CHINESE, "DG1|1||I10^高血压^I10", "DG1|2||I11^BAD^I10", type="ADT^A08").encode().replace(b"BAD", b"\xff\xfe\x80")
    assert broken(data) == [(4, "line.encoding", "DG1")]
    assert kinds(data) == ["Patient", "Condition"]


def test_a_header_that_is_no_text_costs_its_message() -> None:
    data = message(CHINESE, sender="医院").encode().replace("医院".encode(), b"\xff\xfe\x80") + message(PID).encode()
    assert broken(data) == [(1, "line.encoding", "MSH")] and kinds(data) == ["Patient"]


HANZI = [chr(c) for c in range(0x4E00, 0x9FA6) if len(chr(c).encode("gb2312", "ignore")) == 2]


@given(st.lists(st.text(st.sampled_from(HANZI), min_size=2, max_size=6), min_size=1, max_size=4), st.sampled_from(["utf-8", "gb18030"]), st.booleans())
def test_chinese_words_are_told_by_their_bytes_alone(words: list[str], codec: str, misnamed: bool) -> None:
    raw = "|".join(["PID", "1", *words]).encode(codec)
    assert raw.decode(charset([raw], "utf-8" if misnamed else "")) == "|".join(["PID", "1", *words])


@given(st.text("aeiounJ", min_size=1, max_size=8), st.sampled_from("éñüçàö"), st.sampled_from(["utf-8", "latin-1"]))
def test_one_accented_letter_is_told_from_chinese(name: str, letter: str, codec: str) -> None:
    raw = f"PID|1||{name}{letter}^{letter}|".encode(codec)
    assert raw.decode(charset([raw])) == f"PID|1||{name}{letter}^{letter}|"
