"""SQL on FHIR v2: how many of the suite's tests pass, and how many rows a second a view makes; PyPI's sqlonfhir on the same, in the same run.

The suite is read from the shared data (DUJIANG_SHARED, or `../shared`). Our report, in the suite's own format, is written to
`.bench/sql_on_fhir_report.json`. Speed is told beside the result and decides nothing: one view of Observations, the peer on a part of them.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from dujiang.standardise.views.conformance import LANDED, report  # noqa: E402
from dujiang.standardise.views.statement import statement  # noqa: E402
from dujiang.standardise.views.view import view  # noqa: E402
from dujiang.store.frames import DuckFrames  # noqa: E402
from dujiang.store.zones import Zones  # noqa: E402

SUITE = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared") / "data" / "conformance" / "sql_on_fhir"
BENCH = ROOT / ".bench"
ENVIRONMENT = BENCH / "sqlonfhir"
VERSION = "sqlonfhir==0.0.2"
PEER = Path(__file__).parent / "sql_on_fhir_peer.py"
MANY, FEW = 50_000, 2_000  # observations for us and for the peer
OBSERVATIONS = {
    "resource": "Observation",
    "select": [{
        "column": [
            {"name": "id", "path": "id"}, {"name": "status", "path": "status"}, {"name": "code", "path": "code.coding.first().code"},
            {"name": "value", "path": "value.ofType(Quantity).value"}, {"name": "unit", "path": "value.ofType(Quantity).unit"},
            {"name": "at", "path": "effective.ofType(dateTime)"},
        ],
    }],
}


def observation(number: int) -> dict[str, object]:
    """One of as many different blood pressures as are wanted."""
    return {
        "resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": {"reference": f"Patient/{number % 1000}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
        "effectiveDateTime": f"2020-01-{1 + number % 28:02}T08:00:00+08:00", "valueQuantity": {"value": 90 + number % 900 / 10, "unit": "mmHg"},
    }


def peer() -> dict[str, object]:
    """What the peer says of the same tests and the same view, in an environment of its own."""
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", VERSION], check=True)
        (ENVIRONMENT / "ready").touch()
    work = {"suite": str(SUITE), "view": OBSERVATIONS, "resources": [observation(n) for n in range(FEW)]}
    done = subprocess.run([str(ENVIRONMENT / "bin" / "python"), str(PEER)], input=json.dumps(work), capture_output=True, text=True, check=True)
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def rows_a_second(zones: Zones) -> float:
    """The view over many observations, the best of three."""
    with DuckFrames(zones) as frames:
        frames.load("landed", LANDED, ({"kind": "Observation", "key": f"o{n}", "body": json.dumps(observation(n))} for n in range(MANY)))
        sql = statement(view(OBSERVATIONS)).plan.sql()
        taken = []
        for _ in range(3):
            begun = time.perf_counter()
            frames.run(f"CREATE OR REPLACE TABLE made AS {sql}")
            taken.append(time.perf_counter() - begun)
    return MANY / min(taken)


def main() -> None:
    files = sorted(SUITE.glob("*.json"))
    if not files:
        sys.exit(f"the suite of SQL on FHIR is not on this machine: {SUITE} is empty; set DUJIANG_SHARED")
    with tempfile.TemporaryDirectory(prefix="dujiang-bench-") as folder:
        zones = Zones(Path(folder))
        told = report({f.name: json.loads(f.read_text()) for f in files}, lambda: DuckFrames(zones))
        speed = rows_a_second(zones)
    BENCH.mkdir(exist_ok=True)
    (BENCH / "sql_on_fhir_report.json").write_text(json.dumps(told, indent=2, ensure_ascii=False))
    tests = [(file, test) for file, suite in told.items() for test in suite["tests"]]
    failed = [f"{file}: {test['name']}: {test['result']['reason']}" for file, test in tests if not test["result"]["passed"]]
    other = peer()
    print("failed:", *(failed or ["none"]), sep="\n  ")
    print("the peer failed:", *other["failed"], sep="\n  ")
    print(f"one view of observations: {speed:,.0f} rows/s, the peer {other['speed']:,.0f} rows/s")
    passed, theirs = len(tests) - len(failed), int(str(other["passed"]))
    print(json.dumps({
        "name": "sql_on_fhir", "value": passed, "unit": f"of {len(tests)} tests", "peer": VERSION, "peer_value": theirs,
        "ratio": round(passed / theirs, 3), "holds": not failed, "rows_per_second": round(speed), "peer_rows_per_second": round(float(str(other["speed"]))),
    }))


main()
