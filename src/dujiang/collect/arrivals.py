"""An arrival is one delivery as it came: named by its content, so that the same delivery again is the same arrival."""

import hashlib
from collections.abc import Iterable
from typing import ClassVar

import orjson

from dujiang.errors import Malformed
from dujiang.words import Life, Move, Thing, Word

ARRIVAL_LIFE = Life(kind="arrival", start="landing", moves=(Move(verb="land", frm=("landing",), to=("landed",)),))


class DeliveredFile(Word, frozen=True):
    """A file of the manifest; `size` in bytes, `form` as its reader found it (`unknown` and `empty` gave no records)."""

    name: str
    size: int
    sha256: str
    form: str


class Finding(Word, frozen=True):
    """Something about a whole file that a steward should know; `what` names a column or an earlier arrival, never a value."""

    rule: str
    file: str
    what: str = ""
    rows: int = 0


class Arrival(Thing, frozen=True, kw_only=True):
    """One delivery of a source, landed: its manifest and what became of its records.

    `records` counts the rows kept, `quarantined` what was set aside; `by_rule` also counts what was neither: duplicates,
    superseded versions, files delivered twice. `live`: a stretch of a source that never ends, which nobody can deliver again.
    """

    KIND: ClassVar[str] = "arrival"
    source: str
    zone: str
    files: tuple[DeliveredFile, ...]
    records: int = 0
    quarantined: int = 0
    by_kind: dict[str, int] = {}
    by_rule: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()
    received: str = ""
    live: bool = False

    def __post_init__(self) -> None:
        if self.state not in ARRIVAL_LIFE.states():
            raise Malformed("arrival.state", "An arrival cannot be in that state.", "到达批次状态无效。")
        if self.records != sum(self.by_kind.values()) or min(self.records, self.quarantined) < 0:
            raise Malformed("arrival.counts", "An arrival's counts do not add up.", "到达批次的计数不一致。")

    def parent(self) -> str:
        return self.source


def arrival_id(source: str, files: Iterable[tuple[str, str]]) -> str:
    """`a-` and 24 hex of the SHA-256 over the source's id and the sorted (file name, SHA-256) pairs."""
    return "a-" + hashlib.sha256(orjson.dumps([source, sorted(files)])).hexdigest()[:24]


def raw_name(arrival: str, sha256: str) -> str:
    """Where a delivered file's bytes lie in the zone."""
    return f"raw/{arrival}/{sha256}"


def records_name(arrival: str) -> str:
    """Where an arrival's records lie in the zone."""
    return f"records/{arrival}.parquet"


def quarantine_name(arrival: str) -> str:
    """Where an arrival's quarantine lies in the zone."""
    return f"quarantine/{arrival}.parquet"
