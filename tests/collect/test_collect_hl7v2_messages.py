"""HL7 v2: messages are found in any stream, whatever ends their segments and frames them, and a damaged one costs only itself."""

import gzip
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_hl7v2_given import PID, PV1, bodies, broken, header, items, keys, kinds, message, records, remarks
from dujiang.collect.readers.hl7v2.framing import framed
from dujiang.collect.readers.hl7v2.messages import Batch, Raw, messages
from dujiang.collect.readers.hl7v2.rows import rows
from dujiang.collect.readers.inflate import CHUNK
from dujiang.collect.readers.items import Broken

ONE = message(PID, PV1)
TWO = message(PID.replace("100", "200"), id="2")
NOTE = "OBX|1|TX|N^Note^L||line one"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_end_with_a_carriage_return_a_line_feed_or_both(end: str) -> None:
    assert records(message(PID, PV1, end=end)) == records(ONE)


def test_line_numbers_are_those_of_an_editor_that_knows_every_line_end() -> None:
    for end in ("\r", "\n", "\r\n"):
        assert [one.line for one in records(message(PID, PV1, end=end) + end + message(PID, end=end))] == [2, 3, 6]


@pytest.mark.parametrize("last", ["", "\r", "\r\n\r\n", "\n\n"])
def test_the_last_segment_may_end_with_the_file(last: str) -> None:
    assert records(ONE.rstrip("\r") + last) == records(ONE)


def test_a_file_holds_many_messages_with_or_without_blank_lines_between() -> None:
    for between in ("", "\n", "\n\n", "\r\n\r\n"):
        assert kinds(ONE + between + TWO) == ["Patient", "Encounter", "Patient"]


def test_frames_are_taken_off_and_bare_messages_may_stand_among_them() -> None:
    wire = framed(ONE.encode()) + TWO.encode() + framed(ONE.encode())
    assert kinds(wire.decode()) == ["Patient", "Encounter", "Patient", "Patient", "Encounter"]
    assert [one.key for one in records(wire)] == [one.key for one in records(ONE + TWO + ONE)]


def test_a_frame_without_its_last_carriage_return_still_ends() -> None:
    assert kinds(b"\x0b" + ONE.encode() + b"\x1c" + b"\x0b" + TWO.encode() + b"\x1c\r") == ["Patient", "Encounter", "Patient"]


def test_a_byte_order_mark_is_no_part_of_a_header_in_the_middle_of_a_file_either() -> None:
    assert kinds("\ufeff" + ONE + "\ufeff" + TWO) == ["Patient", "Encounter", "Patient"]


def test_a_batch_is_its_messages() -> None:
    batch = "FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + TWO + "BTS|2\rFTS|1\r"
    assert kinds(batch) == ["Patient", "Encounter", "Patient"] and remarks(batch) == []


def test_a_batch_that_says_another_number_of_messages_is_remarked_on_and_its_messages_are_kept() -> None:
    batch = "BHS|^~\\&|A\r" + ONE + TWO + "BTS|3\rBHS|^~\\&|A\r" + ONE + "BTS|1\r"
    assert remarks(batch) == [("hl7v2.batch_count", "", 2)] and len(kinds(batch)) == 5


def test_compressed_messages_are_read_and_a_cut_file_keeps_its_whole_segments() -> None:
    data = gzip.compress((ONE * 50).encode())
    assert items(data) == items(ONE * 50)
    cut = items(gzip.compress(b"".join(message(PID, id=str(n)).encode() for n in range(3000)))[:-2000])
    assert isinstance(cut[-1], Broken) and cut[-1].rule == "gzip.truncated" and len(cut) > 100


# Damage.


def test_what_stands_before_the_first_header_or_behind_a_frame_is_named_once() -> None:
    assert broken("garbage\rmore\r" + ONE) == [(1, "hl7v2.outside", "")]
    assert broken(framed(ONE.encode()) + b"noise\rOBX|1|NM|x\r" + framed(TWO.encode())) == [(5, "hl7v2.outside", "")]
    assert kinds(framed(ONE.encode()) + b"noise\r" + framed(TWO.encode())) == kinds(ONE + TWO)


@pytest.mark.parametrize(
    "bad", ["MSH|", "MSH", "MSH|^~\\&|A|B|C|D|2020||", "MSH|^~\\&|A|B|C|D|2020||adt^A01|1", "MSH|^^^^|A|B|C|D|2020||ADT^A01|1", "MSH|abcd|x", "XSH|^~\\&|A|B|C"]
)
def test_a_message_without_a_usable_header_is_set_aside_whole_and_never_read_as_part_of_the_one_before(bad: str) -> None:
    data = ONE + bad + "\rPID|1||999^^^HIS^MR\rOBX|1|NM|K^K^L||5\r" + TWO
    assert broken(data) == [(4, "hl7v2.no_header", "")]
    assert kinds(data) == ["Patient", "Encounter", "Patient"]


def test_a_header_with_a_nul_costs_its_own_message_only() -> None:
    data = ONE.encode() + header(id="x").encode() + b"\0\r" + PID.encode() + b"\r" + TWO.encode()
    assert broken(data) == [(4, "line.nul", "")] and kinds(data) == ["Patient", "Encounter", "Patient"]


def test_a_segment_with_a_nul_is_set_aside_and_its_message_goes_on() -> None:
    data = message(PID, "DG1|1||A\0B", "DG1|2||I10^High^I10")
    assert broken(data) == [(3, "line.nul", "")] and kinds(data) == ["Patient", "Condition"]


def test_a_line_that_is_no_segment_is_set_aside_and_its_message_goes_on() -> None:
    data = message(PID, "!!! printer on fire", "pv1|1|I", "DG1|1||I10^High^I10")
    assert broken(data) == [(3, "hl7v2.no_segment", ""), (4, "hl7v2.no_segment", "")]
    assert kinds(data) == ["Patient", "Condition"]


def test_a_text_with_a_line_break_of_its_own_goes_on_in_the_next_lines() -> None:
    result = bodies(message(PID, NOTE + "\nline two\n\nline three||||||F", type="ORU^R01"), "Observation")
    assert [(one["valueString"], one["status"]) for one in result] == [("line one\nline two\n\nline three", "final")]
    (unended,) = bodies(message(PID, NOTE + "\nline two", "DG1|1||I10", type="ORU^R01"), "Observation")
    assert unended["valueString"] == "line one\nline two"
    (named,) = bodies(message(PID, "DG1|1||C1^High blood\npressure^L||20200101"), "Condition")
    assert named["code"]["text"] == "High blood\npressure" and named["onsetDateTime"] == "2020-01-01"


def test_a_frame_cut_short_loses_its_last_segment_only() -> None:
    whole = framed(ONE.encode())
    data = b"\x0b" + message(PID, "DG1|1||I10").encode()[:-4] + whole
    assert broken(data) == [(3, "hl7v2.truncated", "DG1")]
    assert kinds(data) == ["Patient", "Patient", "Encounter"]
    assert broken(whole[:-20]) == [(3, "hl7v2.truncated", "PV1")] and kinds(whole[:-20]) == ["Patient"]
    assert broken(b"\x0b" + header().encode()) == [(1, "hl7v2.truncated", "MSH")]


def test_a_second_message_in_one_frame_is_a_message_and_cuts_nothing() -> None:
    assert records(framed((ONE + TWO).encode())) == records(ONE + TWO)


def test_a_line_longer_than_the_limit_is_passed_over_and_a_header_among_them_still_parts_two_patients() -> None:
    long = "x" * 5000
    assert broken(message(PID, f"DG1|1||{long}", PV1), limit=2000) == [(3, "line.too_long", "")]
    data = ONE + header(id=long) + "\rPID|1||999^^^HIS^MR\r" + TWO
    assert broken(data, limit=2000) == [(4, "line.too_long", "")] and [
        item.kind for item in items(data, limit=2000) if not isinstance(item, Broken)
    ] == ["Patient", "Encounter", "Patient"]


def test_a_message_longer_than_the_limit_costs_itself_only() -> None:
    long = message(PID, *(f"OBX|{n}|NM|K^K^L||5" for n in range(400)), type="ORU^R01")
    found = items(ONE + long + TWO, limit=3000)
    assert [item.rule for item in found if isinstance(item, Broken)] == ["hl7v2.too_long"]
    assert keys(ONE + TWO, "Patient") == [item.key for item in found if item.kind == "Patient"]  # type: ignore[union-attr]


class Endless:
    """A header, then one segment again and again, or one endless line, up to `size` bytes; nothing is held."""

    def __init__(self, size: int, again: bytes) -> None:
        self._left, self._again = size, again * (CHUNK // len(again))
        self._head = header("ORU^R01").encode() + b"\r"

    def read(self, size: int, /) -> bytes:
        if self._head:
            given, self._head = self._head, b""
            return given
        given = self._again[: min(size, self._left)]
        self._left -= len(given)
        return given


AGAIN = b"OBX|1|TX|K^K^L||" + b"words " * 600 + b"\r"


@pytest.mark.parametrize(("again", "rule"), [(AGAIN, "hl7v2.too_long"), (b"x", "line.too_long")])
def test_an_endless_message_and_an_endless_line_are_passed_over_in_bounded_memory(again: bytes, rule: str) -> None:
    tracemalloc.start()
    found = list(messages(Endless(16 << 20, again), 1 << 18))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rule in [one.rule for one in found if not isinstance(one, Batch)] and len(found) <= 2
    assert peak < 6 << 20


@pytest.mark.slow
@pytest.mark.parametrize(("again", "rule"), [(AGAIN, "hl7v2.too_long"), (b"x", "line.too_long")])
def test_a_gigabyte_of_one_segment_and_200_megabytes_of_one_line_are_passed_over(again: bytes, rule: str) -> None:
    size = 1 << 30 if rule == "hl7v2.too_long" else 200 << 20
    rules = {one.rule for one in messages(Endless(size, again)) if not isinstance(one, Batch)}
    assert rule in rules


# Properties.

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0\x0b\x1c|^~\\&"), min_size=1, max_size=12).map(lambda t: t.strip() or "x")
MESSAGE = st.builds(
    lambda id, name, codes: message(f"PID|1||{id}^^^HIS^MR||{name}||19800101|F", *(f"DG1|{n}||{code}^{name}^L" for n, code in enumerate(codes)), id=str(id)),
    st.integers(1, 20), TEXT, st.lists(st.sampled_from("ABCDE"), max_size=4),
)


@given(st.lists(MESSAGE, max_size=6), st.integers(1, 40), st.sampled_from(["\r", "\n", "\r\n"]), st.booleans())
def test_where_the_pieces_of_a_stream_are_cut_changes_nothing(many: list[str], size: int, end: str, wrapped: bool) -> None:
    data = b"".join(framed(one.replace("\r", end).encode()) if wrapped else one.replace("\r", end).encode() for one in many)

    class Small(io.BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(size)

    assert list(messages(Small(data))) == list(messages(io.BytesIO(data)))
    assert list(rows(Small(data))) == list(rows(io.BytesIO(data)))


@given(st.lists(MESSAGE, max_size=8))
def test_the_messages_of_one_file_give_the_same_records_in_many_files(many: list[str]) -> None:
    together = [(one.kind, one.key, one.body) for one in records("".join(many))]
    assert together == [(one.kind, one.key, one.body) for each in many for one in records(each)]


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_between_two_messages_leave_both_whole(noise: bytes) -> None:
    data = framed(ONE.encode()) + noise + b"\r" + framed(TWO.encode())
    found = [one for one in messages(io.BytesIO(data)) if isinstance(one, Raw)]
    first, last = (list(messages(io.BytesIO(one.encode()))) for one in (ONE, TWO))
    assert [raw for _, raw in found[0].segments] == [raw for _, raw in first[0].segments]  # type: ignore[union-attr]
    assert [raw for _, raw in found[-1].segments] == [raw for _, raw in last[0].segments]  # type: ignore[union-attr]


def test_a_message_of_more_segments_and_a_segment_of_more_repetitions_than_any_needs_are_set_aside() -> None:
    many = ONE + message(PID, *["OBX|||A"] * 100_001, type="ORU^R01") + TWO
    assert broken(many) == [(4, "hl7v2.too_many", "")] and kinds(many) == ["Patient", "Encounter", "Patient"]
    repeated = message(PID, "OBX|1|CE|A^a||" + "x~" * 10_001, "DG1|1||I10")
    assert broken(repeated) == [(3, "hl7v2.too_many", "OBX")] and kinds(repeated) == ["Patient", "Condition"]


def test_a_report_lists_ten_thousand_results_at_most_and_none_is_lost() -> None:
    (report,) = bodies(message(PID, "OBR|1||F1|A", *[f"OBX|{n}|NM|A{n}^a||5" for n in range(10_005)], type="ORU^R01"), "DiagnosticReport")
    assert len(report["result"]) == 10_000


def test_a_record_that_escapes_make_too_long_is_set_aside_and_its_neighbours_are_kept() -> None:
    data = message(PID, "NTE|1", "OBX|1|TX|A^a||" + "\x01" * (4 << 20) + "||||||F", "DG1|1||I10", type="ORU^R01")
    assert broken(data) == [(4, "record.too_long", "Observation")] and kinds(data) == ["Patient.mentioned", "Condition"]
