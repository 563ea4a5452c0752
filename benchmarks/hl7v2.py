"""HL7 v2 read into FHIR records, against hl7 0.4.5, which only takes messages apart: messages per second of processor time, same messages, same run."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

from dujiang.collect.readers.hl7v2.reader import read_messages
from dujiang.collect.readers.items import Record

ENVIRONMENT = Path(__file__).parent.parent / ".bench" / "hl7v2"
PEER = "hl7==0.4.5"
MESSAGES, RESULTS = 3000, 6
TAKE_APART = """
import sys, time, hl7
text = sys.stdin.buffer.read().decode()
messages = ["MSH" + one for one in text.split("MSH")[1:]]
begun, fields = time.process_time(), 0
for one in messages:
    for segment in hl7.parse(one):
        if str(segment[0]) == "OBX":
            fields += len(str(segment[3][0][0])) > 0 and len(str(segment[5])) > 0
print(len(messages), fields, time.process_time() - begun)
"""


def report(number: int) -> str:
    """A laboratory's report of a few results, as they come by the thousand."""
    results = "".join(
        f"OBX|{n}|NM|{1000 + n}-{n}^Analyte {n}^LN||{number % 90}.{n}0|mmol/L|3.5-5.5|N|||F|||20260301080000\r" for n in range(1, RESULTS + 1)
    )
    return (
        f"MSH|^~\\&|LAB|HOSP|DJ|NODE|20260301090000||ORU^R01|{number}|P|2.5.1||||||UNICODE UTF-8\r"
        f"PID|1||{number % 500}^^^HIS^MR||张^{number % 500}||19800615|F|||人民路 1 号^^乐山^四川\r"
        f"PV1|1|I|W1^1^2||||||||||||||||V{number % 900}^^^HIS\rORC|RE|P{number}|F{number}||CM\r"
        f"OBR|1|P{number}|F{number}|CBC^血常规^L|||20260301080000|||||||||||||||20260301090000|||F\r{results}"
    )


def peer(data: bytes) -> float:
    """Messages per second of the peer, in an environment of its own."""
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", PEER], check=True)
        (ENVIRONMENT / "ready").touch()
    done = subprocess.run([str(ENVIRONMENT / "bin" / "python"), "-c", TAKE_APART], input=data, capture_output=True, check=True)
    count, fields, seconds = done.stdout.split()
    assert (int(count), int(fields)) == (MESSAGES, MESSAGES * RESULTS), "the peer read something else"
    return MESSAGES / float(seconds)


def ours(data: bytes) -> float:
    begun = time.process_time()
    found = sum(isinstance(item, Record) for item in read_messages(io.BytesIO(data)))
    seconds = time.process_time() - begun
    assert found == MESSAGES * (RESULTS + 3), "we read something else"
    return MESSAGES / seconds


def main() -> None:
    data = "".join(map(report, range(MESSAGES))).encode()
    value, other = max(ours(data) for _ in range(3)), max(peer(data) for _ in range(3))
    print(f"{MESSAGES} reports of {RESULTS} results: read into FHIR records {value:.0f}/s, taken apart by {PEER} {other:.0f}/s")
    print(json.dumps({
        "name": "hl7v2", "value": round(value), "unit": "messages/s", "peer": f"{PEER} (parsing only)", "peer_value": round(other),
        "ratio": round(value / other, 2), "holds": value >= other,
    }))


if __name__ == "__main__":
    main()
