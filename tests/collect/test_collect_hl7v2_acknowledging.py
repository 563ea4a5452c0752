"""HL7 v2: every message gets the answer its sender waits for, once it is known what became of it, and no answer says anything of a patient."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.collect_hl7v2_given import PID, PV1, header, message
from dujiang.collect.readers.hl7v2.acknowledging import acknowledge
from dujiang.collect.readers.hl7v2.framing import framed
from dujiang.collect.readers.items import LIMIT
from dujiang.collect.rules import RULES

NOW = datetime(2026, 11, 25, 10, 30, 15, tzinfo=timezone(timedelta(hours=8)))


def answer(data: str | bytes, now: datetime = NOW) -> list[list[str]]:
    """The reply's segments as fields."""
    reply = acknowledge(data.encode() if isinstance(data, str) else data, now=now)
    assert reply == b"" or reply.endswith(b"\r")
    return [line.split("|") for line in reply.decode("latin-1").split("\r")[:-1]]


def code(data: str | bytes) -> str:
    return answer(data)[1][1]


def asking(accept: str = "", application: str = "", *segments: str) -> str:
    return "".join(f"{line}\r" for line in (f"MSH|^~\\&|A|B|C|D|2020||ADT^A01|77|P|2.5.1|||{accept}|{application}", *(segments or (PID, PV1))))


def test_an_answer_goes_back_where_the_message_came_from_with_its_number_version_and_character_set() -> None:
    (msh, msa) = answer(message(PID, PV1, id="42", charset="UNICODE UTF-8", sender="HOSP^2.16^ISO"))
    assert msh[2:6] == ["DJ", "NODE", "APP", "HOSP^2.16^ISO"]
    assert (msh[6], msh[8], msh[10], msh[11], msh[17]) == ("20261125103015+0800", "ACK^A01^ACK", "P", "2.5.1", "UNICODE UTF-8")
    assert msa == ["MSA", "AA", "42"]


def test_an_answer_has_a_number_of_its_own_which_depends_on_message_and_time_only() -> None:
    assert answer(message(PID)) == answer(message(PID))
    assert len({answer(message(PID))[0][9], answer(message(PID, id="2"))[0][9], answer(message(PID), datetime(2026, 1, 1, tzinfo=UTC))[0][9]}) == 3


@pytest.mark.parametrize(("version", "type"), [("2.2", "ACK"), ("2.3", "ACK"), ("2.3.1", "ACK^A01"), ("2.4", "ACK^A01^ACK"), ("2.8", "ACK^A01^ACK"), ("", "ACK")])
def test_the_answer_s_type_is_written_as_the_sender_s_version_writes_it(version: str, type: str) -> None:
    assert answer(message(PID).replace("|2.5.1|", f"|{version}|"))[0][8] == type


def test_the_sender_s_own_delimiters_are_used() -> None:
    reply = acknowledge(message(PID).translate(str.maketrans("|^", "#@")).encode(), now=NOW).decode()
    assert reply.startswith("MSH#@~\\&#DJ#NODE#APP#HOSP#") and "MSA#AA#1" in reply


# What became of the message.


def test_a_message_that_gives_records_is_accepted_and_what_was_set_aside_beside_them_is_a_warning() -> None:
    assert answer(message(PID, "AL1|1|DA", "AL1|2|DA"))[1:] == [
        ["MSA", "AA", "1"], ["ERR", "", "AL1", "101^Required field missing^HL70357", "W", "", "", "", RULES["hl7v2.no_code"].en],
    ]


def test_a_message_of_a_known_type_that_gives_nothing_is_an_error() -> None:
    (_, msa, err) = answer(header("ORM^O01") + "\r")
    assert msa == ["MSA", "AE", "1"] and (err[3], err[4]) == ("100^Segment sequence error^HL70357", "E")


def test_a_message_of_a_type_that_is_not_read_here_is_refused() -> None:
    (_, msa, err) = answer(message("ZZ1|x", type="ZZZ^Z01"))
    assert msa == ["MSA", "AR", "1"] and err[3] == "200^Unsupported message type^HL70357"


@pytest.mark.parametrize("data", ["", "garbage", "MSH|", "PID|1||1", "MSH|^~\\&|A|B|C|D|2020||nonsense|7"])
def test_what_is_no_message_is_refused_and_still_answered(data: str) -> None:
    assert code(data) == "AR"


def test_before_version_2_5_the_error_is_one_field() -> None:
    assert answer(message(PID, "AL1|1|DA").replace("|2.5.1|", "|2.3|"))[2] == ["ERR", "AL1^^^101&Required field missing&HL70357"]


def test_a_message_larger_than_the_limit_is_refused_without_being_read() -> None:
    (msh, msa, err) = answer(message(PID).encode() + b"x" * LIMIT)
    assert msa == ["MSA", "AR", "1"] and err[-1] == RULES["hl7v2.too_long"].en and msh[4] == "APP"


def test_a_frame_s_marks_do_not_disturb() -> None:
    assert answer(framed(message(PID).encode()))[1:] == answer(message(PID))[1:]


def test_an_answer_is_never_answered() -> None:
    assert answer(message("MSA|AA|9", type="ACK^A01")) == [] == answer(message("MSA|AA|9", type="RSP^K11"))


# Which answer is wanted.


@pytest.mark.parametrize(
    ("accept", "application", "good", "bad"),
    [
        ("", "", "AA", "AE"), ("AL", "", "CA", "CE"), ("AL", "AL", "CA", "CE"), ("AL", "NE", "CA", "CE"), ("ER", "", None, "CE"), ("SU", "", "CA", None),
        ("NE", "", "AA", "AE"), ("NE", "AL", "AA", "AE"), ("NE", "NE", None, None), ("", "ER", None, "AE"), ("", "SU", "AA", None), ("NE", "NE", None, None),
    ],
)
def test_the_answer_is_in_the_mode_and_on_the_condition_the_sender_asks_for(accept: str, application: str, good: str | None, bad: str | None) -> None:
    codes = [found[1][1] if (found := answer(asking(accept, application, *segments))) else None for segments in ((PID, PV1), ("ZZ1|x",))]
    assert codes == [good, bad]


# Safety.


def test_no_answer_says_anything_of_a_patient() -> None:
    reply = acknowledge(message(PID, "DG1|1", "OBX|1|NM||5", "AL1|1").encode(), now=NOW)
    assert not any(word in reply for word in (b"Zhang", b"San", b"100", b"1980"))


def test_a_header_cannot_end_a_segment_or_a_frame_of_the_answer() -> None:
    hostile = message(PID, id="1\x1cEVIL").replace("|APP|", "|A\nMSA|")
    reply = acknowledge(hostile.encode(), now=NOW)
    assert b"\x1c" not in reply and b"\x0b" not in reply and b"\n" not in reply


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda t: (header() + t).encode()))
def test_any_bytes_have_an_answer_of_whole_segments(data: bytes) -> None:
    reply = acknowledge(data, now=NOW)
    assert reply == b"" or (reply.startswith(b"MSH") and reply.endswith(b"\r") and reply.count(b"\rMSA") == 1 and b"\n" not in reply)
