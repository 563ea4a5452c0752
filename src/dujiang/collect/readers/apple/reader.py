"""Reads an Apple Health export, as `export.xml` or within `export.zip`: a reading at a time, however long the file.

The export's own document type is accepted, for every phone writes one; a declaration of an entity or of a default value ends the reading.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from dujiang.collect.readers.apple.kinds import DISTANCE, ENERGY, EXERCISE_MINUTES, LOINC, SYSTEM, ucum
from dujiang.collect.readers.ccda.elements import Dropped, Element, Refused, parts
from dujiang.collect.readers.inflate import Cut, Pieces, inflated
from dujiang.collect.readers.items import LIMIT, Broken, Item, Readable, Record, Remark
from dujiang.collect.readers.personal import Kind, Reading, clock, observed, person_in, times_hundred, wearer
from dujiang.collect.readers.unzip import LOCAL, Piece, unzipped
from dujiang.collect.readers.writing import bounded, number

_ROOT = "HealthData"
_BEGINS = re.compile(rb"<HealthData[\s>]|<!DOCTYPE\s+HealthData[\s\[>]")
_FOLDER = "apple_health_export/"
_READ = frozenset({"Me", "Record", "Workout", "Correlation"})
_COUNTED = re.compile(r"[A-Za-z]{1,60}")
# Of a device's description what stays the same: not the address in memory, nor the software, which changes.
_DEVICE = re.compile(r"(name|manufacturer|model|hardware|localIdentifier|UDIDeviceIdentifier):([^,>]*(?:,\d[^,>]*)?)")
_SEX = {"HKBiologicalSexMale": "male", "HKBiologicalSexFemale": "female", "HKBiologicalSexOther": "other"}


def is_export(start: bytes) -> bool:
    """Whether a file that begins so is an export, zipped or not."""
    if start[:4] == LOCAL:
        return _FOLDER.encode() in start[:512]
    return start[:1] == b"<" and _BEGINS.search(start[:8192]) is not None


def read_export(stream: Readable, name: str) -> Iterator[Item]:
    """Everything the export measured, of the person whose folder it came in; without one nothing, for it could be anybody's."""
    person = person_in(name)
    if not person:
        yield Broken(1, "device.no_person")
        return
    pieces: Iterator[bytes] = iter(())
    try:
        pieces = _content(stream)
    except Cut as cut:
        yield Broken(1, cut.rule)
        return
    unread: Counter[str] = Counter()
    try:
        for path, part in parts(pieces, _whole, LIMIT, internal=True):
            if isinstance(part, Dropped):
                yield Broken(part.line, "xml.too_large")
            elif part is not None:
                yield from map(bounded, _taken(person, part))
            elif len(path) == 2 and _COUNTED.fullmatch(path[1]) and len(unread) < 100:
                unread[path[1]] += 1
    except Refused as refused:
        yield Broken(refused.line, refused.rule)
    for what, rows in sorted(unread.items()):
        if what != "ExportDate":
            yield Remark("device.unread", what, rows)


def _content(stream: Readable) -> Iterator[bytes]:
    """The export's XML; of an archive the one file that holds it, whatever the phone's language calls it."""
    plain = inflated(stream)
    head = next(plain, b"")
    every = chain((head,), plain)
    return _of_archive(unzipped(Pieces(every))) if head[:4] == LOCAL else every


def _of_archive(files: Iterator[Piece]) -> Iterator[bytes]:
    for name, piece in files:
        inner = name.rpartition(_FOLDER)[2]
        if "/" in inner or not inner.lower().endswith(".xml") or inner.lower().endswith("_cda.xml"):
            continue
        if not piece:
            return
        yield piece


def _whole(path: tuple[str, ...]) -> bool:
    if len(path) == 1 and path[0] != _ROOT:
        raise Refused("apple.no_export", 1)
    return len(path) == 2 and path[1] in _READ


def _taken(person: str, part: Element) -> Iterator[Record | Broken]:
    if part.name == "Me":
        born = clock(part.get("HKCharacteristicTypeIdentifierDateOfBirth"))
        sex = _SEX.get(part.get("HKCharacteristicTypeIdentifierBiologicalSex"), "")
        if born:
            yield wearer(person, part.line, birthDate=born, gender=sex)
    elif part.name == "Record":
        yield _record(person, part)
    elif part.name == "Correlation":  # its records stand in the export beside it, too: the same keys make them one
        yield from (_record(person, inner) for inner in part.all("Record"))
    else:
        yield _workout(person, part)


def _record(person: str, one: Element) -> Record | Broken:
    type, start, end = one.get("type"), clock(one.get("startDate")), clock(one.get("endDate"))
    if not type:
        return Broken(one.line, "device.no_kind")
    if not start:
        return Broken(one.line, "device.no_time")
    short = type.removeprefix("HKQuantityTypeIdentifier").removeprefix("HKCategoryTypeIdentifier")
    kind, value, unit = Kind(SYSTEM, type, LOINC.get(short, "")), one.get("value"), one.get("unit")
    if type.startswith("HKCategoryType") or not unit:
        return observed(Reading(person, _device(one), kind, start, end, said=value or type), one.line)
    if number(value) is None:
        return Broken(one.line, "device.no_value")
    if unit == "%":  # HealthKit writes 98 % as 0.98
        value = times_hundred(value)
    return observed(Reading(person, _device(one), kind, start, end, value, ucum(unit)), one.line)


def _workout(person: str, one: Element) -> Record | Broken:
    start, type = clock(one.get("startDate")), one.get("workoutActivityType")
    if not type or not start:
        return Broken(one.line, "device.no_time" if type else "device.no_kind")
    more = [
        (Kind(SYSTEM, code, loinc), one.get(code), ucum(one.get(code + "Unit")))
        for code, loinc in (("totalDistance", DISTANCE), ("totalEnergyBurned", ENERGY)) if number(one.get(code)) is not None
    ]
    kind = Kind(SYSTEM, type, EXERCISE_MINUTES)
    return observed(Reading(
        person, _device(one), kind, start, clock(one.get("endDate")), one.get("duration"), ucum(one.get("durationUnit")), parts=tuple(more)
    ), one.line)


def _device(one: Element) -> tuple[str, ...]:
    return (one.get("sourceName"), *(f"{name}={value}" for name, value in _DEVICE.findall(one.get("device"))))
