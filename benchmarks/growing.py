"""An arrival of 1 %: making only what it brings and touches, against making everything, in the same run; both must give the same snapshot.

`python benchmarks/growing.py --people 2000` for another size. CPU seconds of this process are told beside the clock's.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src")]

from dujiang.standardise.standardise import standardise  # noqa: E402
from dujiang.store.frames import DuckFrames  # noqa: E402
from dujiang.store.zones import Zones  # noqa: E402

GOAL = 0.05
ROW = {"form": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR", "file": "VARCHAR", "line": "BIGINT", "body": "VARCHAR"}
EACH = 40  # observations of a person


class Landed(NamedTuple):
    id: str
    zone: str = "zone-a"


class Node:
    """What standardising asks of a world."""

    def __init__(self, folder: Path) -> None:
        self.blobs = Zones(folder)

    def frames(self) -> DuckFrames:
        return DuckFrames(self.blobs)

    def land(self, id: str, people: range) -> Landed:
        with self.frames() as frames:
            frames.load("landed_rows", ROW, rows(people))
            frames.save("FROM landed_rows", "zone-a", f"records/{id}.parquet")
        return Landed(id)


def rows(people: range) -> Iterator[dict[str, Any]]:
    """Each person with a visit, a diagnosis and observations."""
    for n in people:
        subject, visit = {"reference": f"Patient/p{n}"}, {"reference": f"Encounter/e{n}"}
        coded = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": f"I{n % 90 + 10}"}]}
        yield landed("Patient", f"p{n}", birthDate=f"{1930 + n % 80}-03-0{n % 9 + 1}", gender="female")
        yield landed("Encounter", f"e{n}", status="finished", subject=subject, period={"start": "2020-03-01", "end": "2020-03-02"})
        yield landed("Condition", f"c{n}", subject=subject, encounter=visit, code=coded)
        for m in range(EACH):
            code = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
            yield landed("Observation", f"o{n}-{m}", status="final", subject=subject, encounter=visit, code=code, effectiveDateTime="2020-03-01T10:00:00Z",
                         valueQuantity={"value": 90 + (n + m) % 80, "unit": "mmHg"})


def landed(kind: str, key: str, **fields: Any) -> dict[str, Any]:
    body = json.dumps({"resourceType": kind, "id": key, **fields})
    return {"form": "fhir-r4", "kind": kind, "key": key, "file": "all.ndjson", "line": 1, "body": body}


def timed(node: Node, arrivals: list[Landed], **how: Any) -> tuple[Any, float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    made = standardise(node, "zone-a", arrivals, lambda done, of: None, **how)  # type: ignore[arg-type]
    return made, time.perf_counter() - clock, time.process_time() - cpu


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--people", type=int, default=2000)
    people = ask.parse_args().people
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        made = []
        for folder in (one, other):
            node = Node(Path(folder))
            made.append((node, node.land("a-1", range(people)), node.land("a-2", range(people, people + people // 100))))
        node, first, second = made[0]
        before, *_ = timed(node, [first])
        grown, value, cpu = timed(node, [first, second], before=before)
        node, first, second = made[1]
        whole, peer, peer_cpu = timed(node, [first, second])
        if grown.id != whole.id:
            raise SystemExit("the two snapshots differ")
    print(f"1 % more: {value:.2f} s ({cpu:.2f} s CPU); everything: {peer:.2f} s ({peer_cpu:.2f} s CPU); {whole.records} records")
    ratio = cpu / peer_cpu
    print(json.dumps({"name": "growing", "value": round(cpu, 3), "unit": "CPU s", "peer": "making everything", "peer_value": round(peer_cpu, 3),
                      "ratio": round(ratio, 3), "holds": ratio <= GOAL}))


if __name__ == "__main__":
    main()
