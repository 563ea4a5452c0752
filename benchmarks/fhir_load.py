"""FHIR loaded: resources per second from NDJSON files to sealed standard tables, against two peers that only map, and DuckDB that only scans.

Ours is the whole path: manifest, hashes, sealed copies, records, quarantine, then the snapshot with every map. The export of 110 patients in the
shared data is cloned to a million resources (`fhir_load.py 100000` for fewer), ids and references renumbered. The peers read a sample into
memory beforehand and keep nothing: (a) fhir.resources validates and gives the mapped fields, (b) sqlonfhir evaluates plain views of the same
fields. (c) DuckDB scans the same files to Parquet with typed columns on 2 threads, the limit. Memory: DuckDB is capped at 1 GB.
"""

import gzip
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from dujiang.collect.landing import land  # noqa: E402
from dujiang.collect.sources import open_source  # noqa: E402
from dujiang.doors.delivery import folder_delivery  # noqa: E402
from dujiang.standardise.standardise import standardise  # noqa: E402
from dujiang.store.frames import DuckFrames  # noqa: E402
from dujiang.store.zones import Zones  # noqa: E402

EXPORT = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared") / "data" / "fhir" / "r4_ndjson_110"
ENVIRONMENT = ROOT / ".bench" / "fhir_load"
PEERS = ("fhir.resources==8.3.0", "sqlonfhir==0.0.2")
ASKED, SAMPLE = 1_000_000, 2_000
UUID = re.compile(rb"\b([0-9a-f]{8})(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)")
CODE = "STRUCT(text VARCHAR, coding STRUCT(system VARCHAR, code VARCHAR, display VARCHAR)[])"
TYPED = {
    "resourceType": "VARCHAR", "id": "VARCHAR", "status": "VARCHAR", "subject": "STRUCT(reference VARCHAR)", "encounter": "STRUCT(reference VARCHAR)",
    "code": CODE, "effectiveDateTime": "VARCHAR", "issued": "VARCHAR", "onsetDateTime": "VARCHAR", "valueCodeableConcept": CODE,
    "valueQuantity": "STRUCT(value DECIMAL(18,9), unit VARCHAR, code VARCHAR, system VARCHAR)", "period": 'STRUCT("start" VARCHAR, "end" VARCHAR)',
    "medicationCodeableConcept": CODE, "vaccineCode": CODE, "birthDate": "VARCHAR", "gender": "VARCHAR",
}


class World:
    """What landing and standardising ask of the outside."""

    def __init__(self, folder: Path) -> None:
        self.zones = self.blobs = Zones(folder)
        self.tables = self.clock = self

    def now(self) -> datetime:
        return datetime.now(UTC)

    def find(self, kind: type, id: str) -> None:
        return None

    def all(self, kind: type, **_: Any) -> list[Any]:
        return []

    @contextmanager
    def frames(self) -> Iterator[DuckFrames]:
        with DuckFrames(self.zones) as frames:
            yield frames


def cloned(target: Path, asked: int) -> int:
    """At least as many resources, in as many clones as it takes; how many there are."""
    texts = {f.name.removesuffix(".gz"): gzip.decompress(f.read_bytes()) for f in sorted(EXPORT.glob("*.ndjson.gz"))}
    own = sum(text.count(b"\n") for text in texts.values())
    times = -(-asked // own)
    target.mkdir()
    for name, text in texts.items():
        parts = UUID.split(text)
        with (target / name).open("wb") as out:
            for clone in range(times):
                parts[1::2] = [b"%08x" % (int(one, 16) + 0x9E3779B1 & 0xFFFFFFFF) for one in parts[1::2]] if clone else parts[1::2]
                out.write(b"".join(parts))
    return own * times


def timed(name: str, resources: int, work: Any) -> float:
    """Runs it, says how long it took, gives the seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name}: {wall:.1f} s, {cpu:.1f} s of processors, {resources / wall:,.0f} resources/s", flush=True)
    return wall


def told(name: str) -> Any:
    """Progress in tenths."""
    seen = [0]

    def tell(done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if tenth > seen[0]:
            seen[0] = tenth
            print(f"  {name} {10 * tenth} %", flush=True)

    return tell


def ours(folder: Path, delivered: Path, resources: int) -> float:
    world: Any = World(folder)
    source, arrivals = open_source("HIS", "north"), []
    landing = timed("landing", resources, lambda: arrivals.append(land(world, source, folder_delivery(delivered), told("landing"))))
    assert (arrivals[0].records, arrivals[0].quarantined) == (resources, 0), "we landed something else"
    return landing + timed("standardising", resources, lambda: standardise(world, source.zone, arrivals, told("standardising")))


def scan(delivered: Path, target: Path) -> None:
    """DuckDB by itself, file by file."""
    columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in TYPED.items()) + "}"
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB", "preserve_insertion_order": "false"}) as con:
        for file in sorted(delivered.iterdir()):
            con.execute(
                f"COPY (SELECT * FROM read_json('{file}', format='newline_delimited', columns={columns})) "
                f"TO '{target / file.stem}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            )


def sample() -> list[str]:
    """Lines of every kind, in the shares in which they come."""
    lines = [line for f in sorted(EXPORT.glob("*.ndjson.gz")) for line in gzip.decompress(f.read_bytes()).decode().splitlines()]
    return lines[:: max(1, len(lines) // SAMPLE)]


def peers() -> dict[str, float]:
    """Resources per second of each, in an environment of their own."""
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", *PEERS], check=True)
        (ENVIRONMENT / "ready").touch()
    script = Path(__file__).with_name("fhir_load_peers.py")
    done = subprocess.run(
        [str(ENVIRONMENT / "bin" / "python"), str(script)], input=json.dumps(sample()), capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    if not EXPORT.is_dir():
        sys.exit(f"the export is not on this machine: {EXPORT}; set DUJIANG_SHARED")
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else ASKED
    rates = peers()
    with tempfile.TemporaryDirectory(prefix="dujiang-bench-") as place:
        folder = Path(place)
        resources = cloned(folder / "export", asked)
        print(f"{resources:,} resources, {sum(f.stat().st_size for f in (folder / 'export').iterdir()) / 1e6:,.0f} MB", flush=True)
        (folder / "scanned").mkdir()
        value = resources / ours(folder / "node", folder / "export", resources)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        limit = resources / timed("the limit", resources, lambda: scan(folder / "export", folder / "scanned"))
    print(*(f"{name}: {rate:,.0f} resources/s; ours {value / rate:.1f} times" for name, rate in rates.items()), sep="\n")
    print(f"peak memory {peak} MB; of the limit {value / limit:.2f}")
    best = max(rates.values())
    print(json.dumps({
        "name": "fhir_load", "value": round(value), "unit": "resources/s", "peer": " | ".join(PEERS), "peer_value": round(best),
        "ratio": round(value / best, 2), "holds": value >= 10 * best and value >= limit / 2, "resources": resources, "peers": {k: round(v) for k, v in rates.items()},
        "limit": round(limit), "of_limit": round(value / limit, 3), "peak_mb": peak,
    }))


if __name__ == "__main__":
    main()
