"""The peer's side of the benchmark `sql_on_fhir`, run by the peer's own interpreter: work as JSON in, its passes and its speed as JSON out."""

import contextlib
import copy
import io
import json
import sys
import time
from collections import Counter
from pathlib import Path

import sqlonfhir


def comparable(row: object) -> str:
    """A row as text that is equal for equal rows; numbers by value, so that Decimal is no failure."""
    return json.dumps(row, sort_keys=True, default=float)


def numbered(value: object) -> object:
    if isinstance(value, dict):
        return {key: numbered(one) for key, one in value.items()}
    if isinstance(value, list):
        return [numbered(one) for one in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def passes(test: dict, resources: list) -> bool:
    try:
        rows = list(sqlonfhir.evaluate(copy.deepcopy(resources), copy.deepcopy(test["view"])))
        got = Counter(comparable(numbered(json.loads(json.dumps(row, default=float)))) for row in rows)
    except Exception:
        return bool(test.get("expectError"))
    if test.get("expectError") or ("expectColumns" in test and rows and list(rows[0]) != test["expectColumns"]):
        return False
    return got == Counter(comparable(numbered(row)) for row in test["expect"])


def main() -> None:
    work = json.loads(sys.stdin.read())
    failed, total = [], 0
    with contextlib.redirect_stdout(io.StringIO()):
        for path in sorted(Path(work["suite"]).glob("*.json")):
            suite = json.loads(path.read_text())
            for test in suite["tests"]:
                total += 1
                if not passes(test, suite["resources"]):
                    failed.append(f"{path.name}: {test['title']}")
        begun = time.perf_counter()
        rows = len(list(sqlonfhir.evaluate(work["resources"], work["view"])))
        taken = time.perf_counter() - begun
    print(json.dumps({"passed": total - len(failed), "failed": failed, "speed": rows / taken}))


main()
