"""Where we are in a message: whose segments these are, in which visit, under which order; and what its reading counted."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from dujiang.collect.readers.hl7v2.parts import Message, Segment
from dujiang.collect.readers.hl7v2.values import entity
from dujiang.collect.readers.items import Record
from dujiang.collect.readers.times import moment
from dujiang.collect.readers.writing import key_of, record, reference


class Counts:
    """What is counted over a file: messages that only acknowledge or are no production, segments by name that nothing reads,
    dates that are none."""

    def __init__(self) -> None:
        self.acknowledgements = self.not_production = self.bad_dates = 0
        self.unread: Counter[str] = Counter()


class Walk:
    """One message on its way through the segments."""

    def __init__(self, message: Message, counts: Counts) -> None:
        self.message, self.counts = message, counts
        self.facility = entity_or_name(message.header, 4) or entity_or_name(message.header, 3)
        self.patient = self.visit = ""
        self._times: Counter[str] = Counter()
        self._digest = ""

    def enter(self, patient: str) -> None:
        """Another patient: nothing of the one before counts any longer."""
        self.patient, self.visit = patient, ""

    def digest(self) -> str:
        """Of the whole message: identifies what has no identifier, so that the same message again gives the same record."""
        if not self._digest:
            text = "\x1e".join(segment.text_as_sent() for segment in self.message.segments)
            self._digest = "message:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        return self._digest

    def nth(self, *parts: str) -> str:
        """Empty for what comes for the first time in this message, then `2`, `3`, …"""
        name = "\x1f".join(parts)
        self._times[name] += 1
        return str(self._times[name]) if self._times[name] > 1 else ""

    def number(self, *candidates: tuple[Segment | None, int]) -> tuple[str, str]:
        """The first entity identifier among fields, its authority the sending facility where it names none; else empty texts."""
        for segment, field in candidates:
            value, authority = entity(segment, field) if segment else ("", "")
            if value:
                return value, (authority or self.facility).lower()
        return "", ""

    def time(self, segment: Segment | None, field: int, component: int = 1) -> str:
        """A moment; one that is written wrongly is left out and counted."""
        text = segment.text(field, component) if segment else ""
        found = moment(text) if text else ""
        self.counts.bad_dates += bool(text) and not found
        return found

    def record(self, kind: str, identity: tuple[str, ...], line: int, fields: Mapping[str, Any]) -> Record:
        """A record under the key of what identifies it."""
        return record(kind, key_of(kind, *identity), line, fields)

    def subject(self) -> dict[str, Any]:
        """The fields that say whose it is and in which visit."""
        return {"subject": reference("Patient", self.patient), "encounter": reference("Encounter", self.visit)}


def entity_or_name(segment: Segment, field: int) -> str:
    """HD: the universal id, else the namespace."""
    components = segment.first(field)
    return (segment.of(components, 2) or segment.of(components, 1)).lower() if components else ""
