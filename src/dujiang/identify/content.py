"""Writes the rows of a person index and its review pairs into the frames, page by page, hashing what it writes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from dujiang.identify.clusters import Clusters
from dujiang.identify.matching import Traits, Verdict
from dujiang.identify.numbers import PRECEDENCE
from dujiang.identify.pseudonyms import local_handle, number_handle, person_id
from dujiang.identify.records import PAGE
from dujiang.world import Frames

INDEX = {"zone": "VARCHAR", "person_id": "BIGINT", "person": "VARCHAR", "handle": "VARCHAR"}
VERDICT = {"score": "DOUBLE", "rule": "VARCHAR", "reasons": "VARCHAR"}


class Doubt(NamedTuple):
    """A pair for a reviewer, by record numbers."""

    a: int
    b: int
    verdict: Verdict


class Content:
    """Fills `x_index` and `x_review`."""

    def __init__(self, frames: Frames, clusters: Clusters, party: str, secret: bytes) -> None:
        self.persons = 0
        self._frames, self._clusters, self._party, self._secret = frames, clusters, party, secret
        self._rows_hash = hashlib.sha256()
        self._numbers: dict[int, dict[str, str]] = {}
        self._contested: set[tuple[str, str]] = set()
        self._known: dict[int, tuple[str, str]] = {}  # person and handle of a joined person's first record

    def hash(self, sources: Sequence[str]) -> str:
        """24 hex characters over the sources' ids and all rows written."""
        whole = self._rows_hash.copy()
        whole.update("\n".join(["!", *sources]).encode())
        return whole.hexdigest()[:24]

    def write(self, joined: Mapping[int, Traits], doubts: Sequence[Doubt]) -> None:
        """Write every record's person and every doubt; `joined` are the traits of linked records."""
        self._look_at_numbers(joined)
        self._frames.run(
            f"CREATE OR REPLACE TABLE x_index ({', '.join(f'{name} {kind}' for name, kind in INDEX.items())})"
        )
        records = cast(int, self._frames.rows("SELECT count(*) FROM x_traits")[0][0])
        for start in range(1, records + 1, PAGE):
            self._frames.load("x_page", INDEX, list(self._rows(start)))
            self._frames.run("INSERT INTO x_index SELECT * FROM x_page")
            self._frames.run("DROP TABLE x_page")
        self._frames.load("x_doubts", {"a": "BIGINT", "b": "BIGINT", **VERDICT}, map(self._doubt, doubts))
        self._frames.run(
            "CREATE OR REPLACE TABLE x_review AS SELECT a.zone AS a_zone, a.person_id AS a_person_id, "
            f"b.zone AS b_zone, b.person_id AS b_person_id, {', '.join(VERDICT)} "
            "FROM x_doubts d JOIN x_traits a ON a.n = d.a JOIN x_traits b ON b.n = d.b"
        )

    def _look_at_numbers(self, joined: Mapping[int, Traits]) -> None:
        """Which numbers a joined person has, and which number two persons claim."""
        for n, traits in joined.items():
            if traits.id_number:
                self._numbers.setdefault(self._clusters.person_of(n), {})[traits.id_system] = traits.id_number
        holders: dict[tuple[str, str], int] = {}
        sql = (
            "SELECT n, id_system, id_number FROM x_traits WHERE (id_system, id_number) IN "
            "(SELECT (id_system, id_number) FROM x_traits WHERE id_number IS NOT NULL GROUP BY ALL HAVING count(*) > 1)"
        )
        for n, system, value in cast(list[tuple[int, str, str]], self._frames.rows(sql)):
            person = self._clusters.person_of(n)
            if holders.setdefault((system, value), person) != person:
                self._contested.add((system, value))

    def _rows(self, start: int) -> Iterator[dict[str, object]]:
        asked = "SELECT n, zone, person_id, id_system, id_number FROM x_traits"
        page = self._frames.rows(f"{asked} WHERE n BETWEEN {start} AND {start + PAGE - 1} ORDER BY n")
        for n, zone, record, system, value in cast(list[tuple[int, str, int, str, str | None]], page):
            first = self._clusters.person_of(n)
            if first == n:
                self.persons += 1
                numbers = self._numbers.get(n, {system: value} if value else {})
                person, handle = self._name(zone, record, numbers)
                if n in self._clusters.first:
                    self._known[n] = person, handle
            else:
                person, handle = self._known[first]
            self._rows_hash.update(f"{zone}\t{record}\t{person}\t{handle}\n".encode())
            yield {"zone": zone, "person_id": record, "person": person, "handle": handle}

    def _name(self, zone: str, record: int, numbers: dict[str, str]) -> tuple[str, str]:
        """Person and handle. A number that two persons claim makes no handle: it would join them silently elsewhere."""
        person = person_id(self._secret, zone, record)
        for system in PRECEDENCE:
            if system in numbers and (system, numbers[system]) not in self._contested:
                return person, number_handle(self._secret, system, numbers[system])
        return person, local_handle(self._secret, self._party, person)

    def _doubt(self, doubt: Doubt) -> dict[str, object]:
        score, rule = doubt.verdict.score, doubt.verdict.rule
        reasons = " ".join(f"{r.field}:{r.level}:{r.weight:+.2f}" for r in doubt.verdict.reasons)
        self._rows_hash.update(f"?{doubt.a}\t{doubt.b}\t{score}\t{rule}\n".encode())
        return {"a": doubt.a, "b": doubt.b, "score": score, "rule": rule, "reasons": reasons}
