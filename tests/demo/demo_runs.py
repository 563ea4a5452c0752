"""Running the demo as a user does: as a command, in a folder of its own, on free ports of the loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PARTIES = ("hub", "hospital-a", "hospital-b", "hospital-c")


def command(*args: str | Path) -> list[str]:
    return [sys.executable, "-m", "dujiang.doors", *(str(a) for a in args)]


def environment() -> Mapping[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "160"}


def run_demo(work: Path, *options: str | Path) -> dict[str, Any]:
    """The result of a whole demo; the test fails with its output when it does not end well."""
    done = subprocess.run(
        command("demo", "--dir", work, "--json", work / "out.json", "--no-serve", *options), env=environment(), capture_output=True, text=True,
        timeout=240, check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:] + logs(work)
    found: dict[str, Any] = json.loads((work / "out.json").read_text())
    return {**found, "told": done.stdout}


def logs(work: Path) -> str:
    return "\n".join(f"--- {p}\n{p.read_text()[-1500:]}" for p in sorted(work.glob("*/process.log")))


def begin_demo(work: Path, *options: str | Path) -> subprocess.Popen[bytes]:
    """The demo in the background."""
    log = (work / "demo.log").open("ab")
    return subprocess.Popen(command("demo", "--dir", work, "--json", work / "out.json", "--no-serve", *options), env=environment(), stdout=log, stderr=log)


def pid_of(work: Path, party: str) -> int:
    """The process of a party; 0 while it has none."""
    try:
        pid = int(json.loads((work / party / "run.json").read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return 0
    return pid


def kill_hard(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_gone(work: Path, seconds: float = 15) -> None:
    """Until no party of a demo whose driver was killed is left."""
    until = time.monotonic() + seconds
    while any(pid_of(work, p) for p in PARTIES) and time.monotonic() < until:
        time.sleep(0.05)
