"""Three hospitals with 1,000,000 systolic readings each, brought ashore by the real processes, and one question asked of them again and again."""

import csv
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from dujiang.doors.demo.cast import HOSPITALS, SYSTOLIC, codes
from dujiang.doors.demo.found import found
from dujiang.doors.demo.story import Story
from dujiang.doors.demo.supervise import House

GOAL_MS = 150
PERSONS, READINGS = 20_000, 50  # 50 each make a million
LOOK = 0.005
PATIENT = ("Id", "BIRTHDATE", "SSN", "FIRST", "LAST", "GENDER")
OBSERVED = ("DATE", "PATIENT", "ENCOUNTER", "CATEGORY", "CODE", "DESCRIPTION", "VALUE", "UNITS", "TYPE")
DIAGNOSED = ("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION")
QUESTION = {
    "cohort": {"type": "everyone"}, "by": [{"type": "by_sex", "values": ["female", "male"]}],
    "of": {"table": "measurement", "codes": codes((SYSTOLIC,))}, "measures": ["persons", "events", "mean"],
}


@contextmanager
def prepared(folder: Path) -> Iterator[Callable[[], None]]:
    """`ask()` submits the question and returns when its answer stands before its checkers."""
    for number, hospital in enumerate(HOSPITALS):
        write_export(folder / "input" / hospital.id, number)
    work = folder / "work"
    work.mkdir()
    house = House({p: work / p for p in ("hub", *(h.id for h in HOSPITALS))})
    story = Story(work, folder / "input", "all", found(work), lambda *_: None)
    house.start()
    try:
        for party in ("hub", *(h.id for h in HOSPITALS)):
            house.wait(party)
        story.meet()
        for step in ("land", "standardise", "identify", "assess", "register"):
            story.everywhere(step, getattr(story, step))
            print(f"{step}: {story.timings[step]:.1f} s", flush=True)
        story.everywhere("consent", story.gather)
        print(f"consent: {story.timings['consent']:.1f} s for {len(HOSPITALS) * PERSONS} forms", flush=True)
        story.apply()
        yield lambda: ask(story)
    finally:
        house.stop()


def ask(story: Story) -> None:
    """One question, until its answer stands before its checkers. One look at a time: looking costs the hub more than the answer's last step."""
    applicant = story.hub("applicant")
    task = applicant.do("task.submit", {"request": story.request, "query": QUESTION})["task"]
    while (found := next(t for t in applicant.look("task.list") if t["id"] == task))["state"] == "submitted":
        time.sleep(LOOK)
    if found["state"] != "combined" or not any(r["task"] == task for r in applicant.look("release.list")):
        raise SystemExit(f"the task failed: {found['parts']}")


def write_export(folder: Path, number: int) -> None:
    """One hospital's tables: people of its own, readings as integers around 130."""
    folder.mkdir(parents=True)
    dice = random.Random(number)
    people = [f"p{number}-{n}" for n in range(PERSONS)]
    write(folder / "patients.csv", PATIENT, (
        (id, f"{dice.randrange(1930, 2005)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}", f"{900 + number}-{n // 10000:02}-{n % 10000:04}",
         f"Given{number}x{n}", f"Family{number}x{n}", dice.choice("MF"))
        for n, id in enumerate(people)
    ))
    write(folder / "conditions.csv", DIAGNOSED, (("2020-01-01", "", id, "", "59621000", "Hypertension") for id in people))
    write(folder / "observations.csv", OBSERVED, (
        (f"20{dice.randrange(10, 21)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T08:00:00Z", id, "", "vital-signs", "8480-6",
         "Systolic", str(dice.randrange(95, 190)), "mm[Hg]", "numeric")
        for id in people for _ in range(READINGS)
    ))


def write(path: Path, head: tuple[str, ...], rows: Any) -> None:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)


def bare_query(folder: Path, runs: int) -> float:
    """Milliseconds, median, of three bare aggregates over the same rows held in memory, one after another."""
    con = duckdb.connect(config={"threads": 2})
    for n, hospital in enumerate(HOSPITALS):
        place = folder / "input" / hospital.id
        con.execute(
            f"CREATE TABLE t{n} AS SELECT p.GENDER AS sex, TRY_CAST(o.VALUE AS DECIMAL(18, 9)) AS value FROM read_csv('{place}/observations.csv', all_varchar=true) o "
            f"JOIN read_csv('{place}/patients.csv', all_varchar=true) p ON p.Id = o.PATIENT"
        )
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        for n in range(len(HOSPITALS)):
            con.execute(f"SELECT sex, count(*), sum(value) FROM t{n} GROUP BY sex").fetchall()
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken)[runs // 2]
