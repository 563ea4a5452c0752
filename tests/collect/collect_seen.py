"""What reading real messages and documents comes to, as the lines of the tables in docs/sources.md."""

import gzip
import io
from collections import Counter, defaultdict
from pathlib import Path

import orjson

from dujiang.collect.readers.ccda.reader import read_clinical_document
from dujiang.collect.readers.hl7v2.messages import Batch, messages
from dujiang.collect.readers.hl7v2.opening import opened
from dujiang.collect.readers.hl7v2.reader import read_message
from dujiang.collect.readers.hl7v2.walk import Counts
from dujiang.collect.readers.items import Broken, Item, Record
from dujiang.collect.readers.lines import BOM
from dujiang.collect.readers.reading import head_of, look, read


class Seen:
    """Messages or documents of one type: how many, how many gave records, how many records, what was set aside by which rule."""

    def __init__(self) -> None:
        self.count = self.accepted = self.records = 0
        self.aside: Counter[str] = Counter()

    def add(self, items: list[Item]) -> None:
        given = sum(isinstance(item, Record) for item in items)
        self.count += 1
        self.accepted += given > 0
        self.records += given
        self.aside.update(item.rule for item in items if isinstance(item, Broken))

    def line(self, name: str) -> str:
        rules = ", ".join(f"`{rule}` {n}" for rule, n in sorted(self.aside.items())) or "–"
        return f"| {name} | {self.count} | {self.accepted} | {self.records} | {rules} |"


def bytes_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def messages_seen(place: Path) -> dict[str, Seen]:
    """Every HL7 v2 message under a folder, by its type; `–` for one that has none."""
    found: dict[str, Seen] = defaultdict(Seen)
    for path in sorted([*place.rglob("*.hl7"), *place.rglob("messages.out.gz")]):
        for raw in messages(io.BytesIO(bytes_of(path))):
            if isinstance(raw, Broken | Batch):
                found["–"].add([raw] if isinstance(raw, Broken) else [])
                continue
            message, broken = opened(raw)
            name = f"{message.type}^{message.event}".rstrip("^") if message else "–"
            found[name].add([*broken, *(read_message(message, Counts()) if message else ())])
    return found


def documents_seen(place: Path) -> dict[str, Seen]:
    """Every clinical document under a folder, by the LOINC code of its kind."""
    found: dict[str, Seen] = defaultdict(Seen)
    for path in sorted([*place.rglob("*.ccda"), *place.rglob("ccda_examples/**/*.xml")]):
        items = list(read_clinical_document(io.BytesIO(path.read_bytes())))
        kind = [orjson.loads(one.body)["type"]["coding"][0]["code"] for one in items if isinstance(one, Record) and one.kind == "DocumentReference"]
        found[kind[0] if kind else "–"].add(items)
    return found


def bundles_seen(place: Path) -> dict[str, Seen]:
    """Every FHIR document under a folder, by its own type and kind."""
    found: dict[str, Seen] = defaultdict(Seen)
    for path in sorted(place.rglob("*.json")):
        data = path.read_bytes()
        value = orjson.loads(data.removeprefix(BOM))
        found[f"{value['resourceType']} {value.get('type', '')}".rstrip()].add(list(read(io.BytesIO(data), path.name, look(path.name, head_of(io.BytesIO(data))))))
    return found


def table(found: dict[str, Seen]) -> list[str]:
    return [seen.line(name) for name, seen in sorted(found.items())]
