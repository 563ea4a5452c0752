"""HL7 v2, damaged in every way: nothing crashes, nothing invalid is kept, and no neighbour loses a byte."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collect.collect_damage import damaged
from collect.collect_hl7v2_given import PID, PV1, header, message, oru, seg
from dujiang.collect.readers.hl7v2.framing import framed
from dujiang.collect.readers.hl7v2.reader import read_messages
from dujiang.collect.readers.items import MENTIONED, Broken, Record, is_key
from dujiang.collect.readers.resources import R4
from dujiang.collect.rules import RULES
from shared_data import shared

FIRST = message(PID.replace("100", "FIRST"), PV1, "DG1|1||I10^High^I10", id="first").encode()
LAST = oru("OBX|1|NM|K^K^L||5.20|mmol/L|3-5|H|||F", "NTE|1||as it was", patient=PID.replace("100", "LAST")).encode()
OWN = [
    oru("OBX|1|NM|K^K^L||5.20|mmol/L|3-5|H|||F", "OBX|2|CE|G^Group^L||A^a^L~B^b^L", "NTE|1||note", "OBX|3|TX|T^t||one\\.br\\two \\T\\ ~three"),
    message("EVN|A40|2020", PID, "MRG|7^^^HIS^MR", PV1, type="ADT^A40"), message(PID.replace("Zhang^San", "欧阳娜娜"), PV1, "AL1|1|DA|P^青霉素", charset="GB18030"),
    message(PID, PV1, "ORC|NW|P1^HIS|||||^^^20200301", "RXE||A^a^L|1||tab", "RXR|PO", "ORC|NW|P2", "OBR|1|P2||C^c", "SPM|1", type="RDE^O11"),
    message("SCH|P|F|||||R|||30|m|^^^2020", PID, "AIS|1||C^c", type="SIU^S12"),
    message(PID, "TXA|1|PN||2020||||||||D^H|E^H", "OBX|1|ED|P||^a^b^Base64^QQ==", type="MDM^T10"),
    message(PID, "ORC|RE||9", seg("RXA", {1: "0", 3: "2020", 5: "1^v^CVX", 20: "RE"}), "FT1|1|T||2020||CG|X^x|||2|5&CNY", "PR1|1||Z^z", type="VXU^V04"),
    message(PID, "PRB|AD|2020|P^p|9", "IAM|1|DA|P^p|MI|R|A|7", "PV1|1|O", "RXD|1|X^x|2020|1|tab", "ZZZ|" + "~".join("abc"), type="PPR^PC1"),
    "BHS|^~\\&\r" + message(PID) + "BTS|1\r", header() + "\r",
]
LANDED = tuple(one.encode("gb18030" if "GB18030" in one else "utf-8") for one in OWN)


def seen(data: bytes) -> list[tuple[str, str, str]]:
    return [(one.kind, one.key, one.body) for one in read_messages(io.BytesIO(data)) if isinstance(one, Record)]


def check(data: bytes) -> None:
    """Whatever was read is a valid record of a known kind or a place with a known rule, and the messages around it are whole."""
    found = []
    for one in read_messages(io.BytesIO(framed(FIRST) + framed(data) + framed(LAST))):
        assert not isinstance(one, Broken) or (one.rule in RULES and one.line > 0 and len(one.kind) <= 3)
        if isinstance(one, Record):
            body = json.loads(one.body)
            assert one.kind.removesuffix(MENTIONED) == body["resourceType"] in R4 and is_key(one.key) and one.key == body["id"] and one.line > 0
            found.append((one.kind, one.key, one.body))
    assert found[: len(seen(FIRST))] == seen(FIRST) and found[-len(seen(LAST)) :] == seen(LAST)


def test_damaged_messages_do_no_harm() -> None:
    for data in damaged(LANDED, 600, 1, never=b"\x0b\x1c"):
        check(data)


@pytest.mark.slow
def test_twelve_thousand_damaged_messages_do_no_harm() -> None:
    for data in damaged(LANDED, 12_000, 2, never=b"\x0b\x1c"):
        check(data)


def files(place: Path) -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted(place.rglob("*.hl7")))


@pytest.mark.slow
def test_damaged_copies_of_real_messages_do_no_harm() -> None:
    for data in damaged([one[:6000] for one in files(shared("messages")) if one], 3000, 3, never=b"\x0b\x1c"):
        check(data)


@pytest.mark.slow
def test_a_bare_message_behind_a_damaged_one_is_whole_as_long_as_its_own_header_is() -> None:
    for data in damaged(LANDED, 4000, 4, never=b"\x0b\x1c"):
        assert seen(FIRST + data + b"\r" + LAST)[-len(seen(LAST)) :] == seen(LAST)
