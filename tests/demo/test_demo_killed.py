"""Kill any one process with -9 at any moment of the demo and start it again: it goes on and ends with the same answer."""

import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from demo.demo_runs import PARTIES, begin_demo, kill_hard, logs, pid_of, run_demo, wait_until_gone

pytestmark = pytest.mark.slow

MOMENTS = 24
DRIVER = "demo"
LIMIT = 240.0  # seconds for one interrupted demo on a busy machine
DICE = random.Random(20201231)
# Every process in turn, each at another random part of an undisturbed demo's length; the driver itself is one of the processes.
CASES = [((*PARTIES, DRIVER)[n % 5], DICE.uniform(0.02, 0.85)) for n in range(MOMENTS)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float, Path]:
    """An undisturbed demo: its result, how long it took, and the world it used."""
    work = tmp_path_factory.mktemp("whole")
    begun = time.monotonic()
    done = run_demo(work)
    return done, time.monotonic() - begun, work / "world"


@pytest.mark.parametrize(("party", "part"), CASES, ids=[f"{party}-at-{part:.0%}" for party, part in CASES])
def test_a_process_killed_at_any_moment_goes_on_and_ends_with_the_same_answer(
    party: str, part: float, whole: tuple[dict[str, Any], float, Path], tmp_path: Path
) -> None:
    done, length, world = whole
    work, demo = begun_and_interrupted(tmp_path, world, party=party, after=part * length)
    try:
        assert demo.wait(timeout=LIMIT) == 0, (work / "demo.log").read_text()[-3000:] + logs(work)
    finally:
        kill_hard(demo.pid)
        demo.wait()
        wait_until_gone(work)
    again = json.loads((work / "out.json").read_text())
    assert again["answer"] == done["answer"]
    assert again["withheld"] == done["withheld"]
    assert again["next"]["answer"] == done["next"]["answer"]
    assert [p["fen"] for p in again["settlement"]["postings"]] == [p["fen"] for p in done["settlement"]["postings"]]
    assert [r["kind"] for r in again["receipts"]] == ["use", "non-use"]


def begun_and_interrupted(folder: Path, world: Path, *, party: str, after: float) -> tuple[Path, subprocess.Popen[bytes]]:
    """A demo of which one process was killed, and where it runs; one that was quicker than the moment is begun again with an earlier one."""
    for attempt in range(4):
        work = folder / f"{attempt}"
        work.mkdir()
        demo = begin_demo(work, "--input", world)
        try:
            again = interrupted(demo, work, world, party=party, after=after * 0.7**attempt)
        except BaseException:
            kill_hard(demo.pid)
            raise
        if again is not None:
            return work, again
        wait_until_gone(work)
    raise AssertionError("the demo always ended before the moment came")


def interrupted(
    demo: subprocess.Popen[bytes], work: Path, world: Path, *, party: str, after: float
) -> subprocess.Popen[bytes] | None:
    """The demo after one of its processes was killed, None if it had ended; the driver is begun again by hand, a party by whoever supervises it."""
    time.sleep(after)
    if party == DRIVER and demo.poll() is None:
        kill_hard(demo.pid)
        demo.wait()
        wait_until_gone(work)
        return begin_demo(work, "--input", world)
    until = time.monotonic() + 60  # an early moment comes before there is a process
    while demo.poll() is None and time.monotonic() < until:
        if pid := pid_of(work, party):
            kill_hard(pid)
            return demo
        time.sleep(0.01)
    assert demo.poll() is not None, "the process to be killed is not there"
    return None
