"""De-identification: loss, risk before and after, and seconds for the same k, l and t on a table of 101,766 encounters, against anjana in the same run.

diabetes130 from the shared data (DUJIANG_SHARED, or `../shared`). pycanon, in the peers' environment, counts what came out of ours. Both get the same
ladders; ours takes the least losing levels, anjana the first that do. The loss of both is counted by one function, from its definition, in the peers' process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from dujiang.assess.deid.ladders import rungs  # noqa: E402
from dujiang.assess.deid.recipe import Anonymity, Part, Recipe, Step  # noqa: E402
from dujiang.assess.deid.run import deidentify  # noqa: E402
from dujiang.store.frames import DuckFrames  # noqa: E402
from dujiang.store.zones import Zones  # noqa: E402
from dujiang.words import Saying  # noqa: E402

DATA = Path(os.environ.get("DUJIANG_SHARED") or ROOT.parent / "shared") / "data" / "multicentre" / "diabetes130" / "dataset_diabetes.zip"
ENVIRONMENT = ROOT / ".bench" / "deid"
PEERS = ("anjana==1.2.2", "pycanon==1.3.5")
QUASI = {
    "race": ("value", "VARCHAR"), "gender": ("value", "VARCHAR"), "age": ("age", "BIGINT"), "time_in_hospital": ("age", "BIGINT"),
    "medical_specialty": ("value", "VARCHAR"),
}  # fmt: skip
PATIENCE = int(os.environ.get("DUJIANG_BENCH_PATIENCE", "900"))  # seconds for a model of the peer's
SENSITIVE, K, L, T, SUPPRESS = "readmitted", 5, 2, 0.3, 0.02
MODELS: dict[str, dict[str, Any]] = {
    "k": {}, "l": {"l": L, "sensitive": {SENSITIVE: "equal"}}, "t": {"t": T, "sensitive": {SENSITIVE: "equal"}},
}  # fmt: skip


def table(frames: DuckFrames, folder: Path) -> None:
    with zipfile.ZipFile(DATA) as archive:
        file = archive.extract(next(n for n in archive.namelist() if n.endswith("diabetic_data.csv")), folder)
    frames.run(
        "CREATE TABLE encounters AS SELECT race, gender, CAST(regexp_extract(age, '\\d+') AS BIGINT) AS age, CAST(time_in_hospital AS BIGINT) "
        f"AS time_in_hospital, medical_specialty, readmitted FROM read_csv('{file}', all_varchar = true, nullstr = '')"
    )


def export(frames: DuckFrames, name: str, file: Path) -> None:
    columns = ", ".join(f"coalesce(CAST({c} AS VARCHAR), '*') AS {c}" for c in (*QUASI, SENSITIVE))
    frames.run(f"COPY (SELECT {columns} FROM {name}) TO '{file}' (HEADER)")


def ladders(frames: DuckFrames) -> dict[str, dict[str, list[str]]]:
    """Each column's values at each level, as texts; level 0 is the values themselves."""
    found = {}
    for column, (ladder, kind) in QUASI.items():
        said = ", ".join(f"coalesce(CAST({sql} AS VARCHAR), '*')" for sql in rungs(ladder, column, kind=kind))
        rows = frames.rows(f"SELECT {said} FROM (SELECT DISTINCT {column} FROM encounters) ORDER BY 1")
        found[column] = {str(n): [str(v) for v in values] for n, values in enumerate(zip(*rows, strict=True))}
    return found


def peer(work: dict[str, Any]) -> dict[str, Any]:
    if not (ENVIRONMENT / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(ENVIRONMENT / "bin" / "pip"), "install", "-q", *PEERS], check=True)
        (ENVIRONMENT / "ready").touch()
    command = [str(ENVIRONMENT / "bin" / "python"), str(ROOT / "benchmarks" / "deid_peer.py")]
    try:
        done = subprocess.run(command, input=json.dumps(work), capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return {"peer": {model: {"failed": f"not done after {PATIENCE} s"} for model in work["models"]}, "counted": {}}
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    with tempfile.TemporaryDirectory() as name, DuckFrames(Zones(Path(name) / "zones")) as frames:
        folder, ours, files = Path(name), {}, {}
        table(frames, folder)
        export(frames, "encounters", folder / "before.csv")
        for model, wanted in MODELS.items():
            columns = {**{c: Step(how="generalise", ladder=ladder) for c, (ladder, _) in QUASI.items()}, SENSITIVE: Step(how="keep")}
            part = Part(columns=columns, anonymity=Anonymity(k=K, suppress=SUPPRESS, **wanted))
            recipe = Recipe(id=model, version="1", says=Saying(en="bench", zh="基准"), tables={"encounters": part}, person="nobody")
            begun, cpu = time.perf_counter(), time.process_time()
            done = deidentify(frames, {"encounters": "encounters"}, recipe, secret=bytes(32), project="bench")
            ours[model] = {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu, "levels": done.reports[0].levels,
                           "proved": done.reports[0].proved, "unique": done.reports[0].after.unique, "marketer": done.reports[0].after.marketer}
            files[model] = str(folder / f"{model}.csv")
            export(frames, done.made["encounters"], Path(files[model]))
        work = {"before": str(folder / "before.csv"), "ladders": ladders(frames), "quasi": list(QUASI), "sensitive": SENSITIVE, "k": K, "l": L, "t": T,
                     "suppress": SUPPRESS, "models": [], "ours": files}
        told = peer(work)
        print(f"before: {told['before']}", flush=True)
        for model in MODELS:
            told["peer"].update(peer({**work, "models": [model], "ours": {}})["peer"])
            print(f"anjana {model}: {told['peer'][model]}", flush=True)
    for model in MODELS:
        print(f"{model}: ours {ours[model]}\n   counted by pycanon {told['counted'][model]}\n   anjana {told['peer'][model]}")
    counted, theirs = told["counted"], told["peer"]
    anonymous = all(c["k"] >= K for c in counted.values()) and counted["l"]["l"] >= L and counted["t"]["t"] <= T
    losses = {m: (counted[m]["loss"], theirs[m]["loss"]) for m in MODELS if "loss" in theirs[m]}
    value, peer_value = counted["k"]["loss"], theirs["k"].get("loss")
    holds = anonymous and all(own <= other + 1e-9 for own, other in losses.values())
    print(json.dumps({"name": "deid", "value": round(value, 4), "unit": "mean loss of a cell at k = 5", "peer": "anjana 1.2.2",
                      "peer_value": peer_value and round(peer_value, 4), "ratio": peer_value and round(value / peer_value, 3), "holds": holds}))


if __name__ == "__main__":
    main()
