"""Reads X12 interchanges: claims (837) and remittances (835), one transaction after another; other transactions are counted and left.

A claim is kept when its last segment has come; what is cut or names nobody is set aside, and the claims beside it are not.
"""

from collections import Counter
from collections.abc import Iterator

from dujiang.collect.readers.inflate import Cut
from dujiang.collect.readers.items import Broken, Item, Readable, Record, Remark
from dujiang.collect.readers.writing import bounded
from dujiang.collect.readers.x12.claims import Bill, days, patient
from dujiang.collect.readers.x12.segments import Segment, segments

CLAIM, PAYMENT = "837", "835"
_MOST_LINES = 10_000
_SERVICE = frozenset({"150", "472", "434", "232", "050"})  # DTP and DTM: date of service, statement, claim start


def read_interchange(stream: Readable, name: str) -> Iterator[Item]:
    """Patients as far as they are named, claims, payments; then how many transactions of other kinds there were."""
    del name
    reading = _Reading()
    try:
        for one in segments(stream):
            if one.name in ("cut", "long"):
                yield Broken(one.number, "x12.truncated" if one.name == "cut" else "x12.too_long")
                reading.kind, reading.bill = "", None
                break
            yield from reading.take(one)
    except Cut as cut:
        yield Broken(1, cut.rule)
        reading.kind, reading.bill = "", None
    yield from reading.end()


class _Reading:
    """One interchange as its segments come in."""

    def __init__(self) -> None:
        self.kind = ""  # of the transaction we are in
        self.bill: Bill | None = None
        self.unread: Counter[str] = Counter()
        self._payer = self._provider = self._subscriber = self._whose = ""
        self._named: Segment | None = None
        self._told: set[str] = set()
        self._any = self._begun = False
        self._last = 0

    def take(self, one: Segment) -> Iterator[Item]:
        self._last = one.number
        if one.name == "ST":
            yield from self._begins(one)
        elif one.name == "SE":
            yield from self._closed()
            self.kind = ""
        elif self.kind in (CLAIM, PAYMENT):
            if self._named is not None and one.name not in ("N3", "N4"):
                yield from self._known(one if one.name == "DMG" else None)
            yield from self._of_claim(one) if self.kind == CLAIM else self._of_payment(one)

    def end(self) -> Iterator[Item]:
        """A transaction that never ended loses its last claim: what is missing of it nobody knows."""
        if self.kind:
            yield Broken(self._last, "x12.truncated")
        for kind, rows in sorted(self.unread.items()):
            yield Remark("x12.unread", kind, rows)
        if not self._begun:
            yield Broken(1, "x12.no_transaction")

    def _begins(self, one: Segment) -> Iterator[Item]:
        if self.bill is not None:
            yield Broken(one.number, "x12.truncated")
        self.kind, self.bill, self._named, self._begun = one.get(1), None, None, True
        self._payer = self._provider = self._subscriber = self._whose = ""
        if self.kind not in (CLAIM, PAYMENT):
            self.unread[self.kind if self.kind.isdigit() and len(self.kind) == 3 else ""] += 1

    def _closed(self) -> Iterator[Item]:
        """The claim before is whole."""
        bill, self.bill = self.bill, None
        if bill is None:
            return
        yield bounded(bill.record()) if bill.patient else Broken(bill.line, "x12.no_patient")

    def _known(self, born: Segment | None) -> Iterator[Record]:
        """The person that the segment before named; a subscriber speaks for a dependant without a number of its own."""
        named, self._named = self._named, None
        assert named is not None
        found = patient(named, born, self._subscriber)
        if found is not None:
            self._whose = found.key
            if named.get(1) == "IL":
                self._subscriber = named.get(9)
            if born is not None and found.key not in self._told:  # a mention without a birth date would hide one that has it
                self._told.add(found.key)
                yield found
        if self.bill is not None:
            self.bill.patient = self._whose

    def _of_claim(self, one: Segment) -> Iterator[Item]:
        who = one.get(1)
        if one.name == "HL":
            yield from self._closed()
            if one.get(3) == "22":
                self._subscriber = self._whose = ""
        elif one.name == "NM1" and who == "85":
            self._provider = one.get(9) or one.get(3)
        elif one.name == "NM1" and who in ("IL", "QC") and self.bill is None:
            self._named = one
        elif one.name == "CLM":
            yield from self._closed()
            self.bill = Bill("Claim", one, self._payer, self._provider)
            self.bill.patient = self._whose
        elif self.bill is not None:
            yield from self._inside(self.bill, one, ("SV1", "SV2"))

    def _of_payment(self, one: Segment) -> Iterator[Item]:
        if one.name == "N1" and one.get(1) == "PR":
            self._payer = one.get(2)
        elif one.name in ("CLP", "LX", "PLB"):
            yield from self._closed()
            if one.name == "CLP":
                self._whose = self._subscriber = ""
                self.bill = Bill("ExplanationOfBenefit", one, self._payer, self._provider)
        elif self.bill is not None and one.name == "NM1" and one.get(1) in ("QC", "IL"):
            if one.get(1) == "QC" or not self.bill.patient:
                self._named = one
        elif self.bill is not None:
            yield from self._inside(self.bill, one, ("SVC",))

    def _inside(self, bill: Bill, one: Segment, services: tuple[str, ...]) -> Iterator[Item]:
        if one.name in services:
            if len(bill.items) >= _MOST_LINES:
                yield Broken(one.number, "x12.too_long")
                self.bill = None
                return
            bill.serve(one)
        elif one.name == "HI":
            bill.diagnose(one)
        elif one.name in ("DTP", "DTM") and one.get(1) in _SERVICE | {"233", "151"}:
            first, last = days(one, 3 if one.name == "DTP" else 2)
            bill.dated(first, last, of_line=bool(bill.items))
