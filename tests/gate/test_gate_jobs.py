"""Queued work ends exactly once, whatever dies in between, and no job stands in the way of another."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dujiang.act import HUB, Act, Actor, Job, Named, Outcome, Work, begin, system
from dujiang.errors import Conflict, DujiangError, Refused, Unavailable
from dujiang.gate import jobs
from dujiang.gate.jobs import Worker
from dujiang.gate.perform import Gate
from dujiang.words import Role, Saying, Word
from dujiang.world import World
from gate.gate_office import Office, somebody
from gate.gate_stones import STONE_ACTS, Stone

STEWARD = somebody(Role.STEWARD)


class Hewn(Word, frozen=True):
    id: str
    weight: int


def queue(world: World, actor: Actor, _: None, args: Named) -> Outcome:
    job = Job(id=f"j-{args.id}", state="queued", work="stone.hew", args=msgspec.json.encode(args))
    return Outcome(answer={"job": job.id}, keep=(job,))


def hewn(world: World, actor: Actor, _: None, args: Hewn) -> Outcome:
    if args.weight < 0:
        raise Refused("stone.light", "Too light.", "太轻。")
    before = world.tables.find(Stone, args.id)
    return Outcome(keep=(Stone(id=args.id, state="hewn", weight=args.weight + (before.weight if before else 0)),), facts={"weight": args.weight})


ACTS: dict[str, Act] = {
    **STONE_ACTS,
    **{act.name: act for act in jobs.ACTS},
    "stone.order": begin("stone.order", "Order a stone", "订石", who={Role.STEWARD}, where=HUB, takes=Named, step=queue),
    "stone.hewn": begin("stone.hewn", "Record a hewn stone", "记录成石", who={Role.SYSTEM}, where=HUB, takes=Hewn, step=hewn),
}


@dataclass
class Yard:
    """A hub with a worker whose work is what the test says."""

    office: Office
    hew: Callable[[str], Any] = lambda id: 7
    ran: list[str] = field(default_factory=list)
    told: list[tuple[int, int]] = field(default_factory=list)

    def works(self) -> dict[str, Work]:
        def run(world: World, args: Named, progress: Callable[[int, int], None]) -> Hewn:
            self.ran.append(args.id)
            progress(1, 2)
            self.told.append(jobs.PROGRESS[f"j-{args.id}"])
            return Hewn(id=args.id, weight=self.hew(args.id))

        return {"stone.hew": Work("stone.hew", Saying(en="Hew a stone", zh="凿石"), Named, run, "stone.hewn")}

    def order(self, *ids: str) -> None:
        for id in ids:
            self.office.do(STEWARD, "stone.order", id=id)

    def worker(self, gate: Gate | None = None) -> Worker:
        return Worker(gate or self.office.gate, self.works())

    def run(self, worker: Worker | None = None) -> list[bool]:
        """Every queued job once."""
        worker = worker or self.worker()
        return [worker.run_one(job) for job in self.office.all(Job) if job.state == "queued"]

    def job(self, id: str) -> Job:
        found: Job = self.office.find(Job, f"j-{id}")
        return found

    def acts(self) -> list[str]:
        return [e["act"] for e in self.office.entries() if "refused" not in e]


@pytest.fixture
def yard(url: str, tmp_path: Path) -> Iterator[Yard]:
    office = Office(tmp_path, "hub", url, ACTS)
    yield Yard(office)
    office.close()
    jobs.PROGRESS.clear()
    jobs.WAITING.clear()


def test_a_queued_job_runs_tells_how_far_it_is_and_its_end_is_recorded(yard: Yard) -> None:
    yard.order("a")
    assert yard.office.told[-1].jobs == 1
    assert yard.run() == [True] and yard.job("a").state == "done" and yard.job("a").ended
    assert yard.acts() == ["stone.order", "stone.hewn", "job.finish"] and yard.office.find(Stone, "a").weight == 7
    assert yard.told == [(1, 2)] and jobs.PROGRESS == {}


@pytest.mark.parametrize("killed_at", ["stone.hewn", "job.finish"])
@pytest.mark.parametrize("before_commit", [True, False])
def test_a_worker_killed_around_an_end_runs_again_and_each_end_is_recorded_once(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, killed_at: str, before_commit: bool
) -> None:
    """The process dies just before or just after the commit of either act; a new worker over the same store goes on."""
    yard.hew = lambda _: len(yard.ran)  # another result each time it runs
    yard.order("a")
    perform = Gate.perform

    def die(gate: Gate, actor: Actor, name: str, args: Any, *, key: str = "") -> bytes:
        if name == killed_at and before_commit:
            raise KeyboardInterrupt
        answer = perform(gate, actor, name, args, key=key)
        if name == killed_at:
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as death, pytest.raises(KeyboardInterrupt):
        death.setattr(Gate, "perform", die)
        yard.run()
    later = yard.office.again()
    assert Worker(later.gate, yard.works()).run_one(yard.job("a"))
    assert yard.acts() == ["stone.order", "stone.hewn", "job.finish"] and yard.job("a").state == "done"
    assert yard.office.find(Stone, "a").weight == (2 if (killed_at, before_commit) == ("stone.hewn", True) else 1)
    assert later.check_log() == 3
    later.close()


def test_what_was_done_is_not_done_again_by_a_worker_that_still_holds_the_job(yard: Yard) -> None:
    yard.order("a")
    job = yard.job("a")
    assert [yard.worker().run_one(job) for _ in range(3)] == [True] * 3
    assert yard.acts() == ["stone.order", "stone.hewn", "job.finish"] and yard.ran == ["a"]


def test_a_job_that_must_wait_stays_queued_says_why_and_holds_up_no_other(yard: Yard) -> None:
    def hew(id: str) -> int:
        if id == "a" and yard.ran.count("a") < 3:
            raise Unavailable("consent.behind", "Not now.", "稍后。")
        return 7

    yard.hew = hew
    yard.order("a", "b")
    assert yard.run() == [False, True] and yard.job("a").state == "queued" and yard.job("b").state == "done"
    shown = yard.office.do(STEWARD, "job.show", id="j-a")
    assert (shown["state"], shown["trouble"], shown["progress"]) == ("queued", "consent.behind", None)
    assert yard.run() == [False] and yard.run() == [True]
    assert yard.job("a").state == "done" and yard.office.do(STEWARD, "job.show", id="j-a")["trouble"] == "" and yard.office.refusals() == []


def test_the_worker_s_thread_tries_again_by_itself_and_ends_when_told(yard: Yard) -> None:
    done = threading.Event()

    def hew(id: str) -> int:
        if id == "a" and yard.ran.count("a") < 3:
            raise Unavailable("consent.behind", "Not now.", "稍后。")
        if id == "b":
            done.set()
        return 7

    yard.hew = hew
    worker = yard.worker()
    yard.office.gate.told = lambda told: worker.wake() if told.jobs else None
    thread = threading.Thread(target=worker.run)
    thread.start()
    yard.order("a")
    while yard.job("a").state != "done":
        done.wait(0.01)
    yard.order("b")
    assert done.wait(4.0)  # woken: its idle look comes only after five seconds
    worker.stop()
    thread.join(10)
    assert not thread.is_alive() and yard.ran.count("a") == 3


def test_a_worker_told_to_stop_while_a_job_waits_leaves_it_queued(yard: Yard) -> None:
    """A node that is shut down while it catches up with the log has not refused the task."""
    worker = yard.worker()

    def hew(_: str) -> int:
        worker.stop()
        raise Unavailable("consent.behind", "Not now.", "稍后。")

    yard.hew = hew
    yard.order("a", "b")
    worker.run()
    assert yard.ran == ["a"] and [yard.job(i).state for i in "ab"] == ["queued", "queued"] and yard.office.refusals() == []


def test_a_work_that_is_refused_fails_with_the_rule(yard: Yard) -> None:
    def hew(_: str) -> int:
        raise Conflict("snapshot.empty", "Nothing.", "无。")

    yard.hew = hew
    yard.order("a")
    assert yard.run() == [True]
    assert (yard.job("a").state, yard.job("a").trouble) == ("failed", "snapshot.empty")
    entry = yard.office.entries()[-1]
    assert (entry["act"], entry["facts"]) == ("job.fail", {"work": "stone.hew", "rule": "snapshot.empty"})


def test_a_work_that_breaks_fails_by_the_fault_s_type_and_its_text_is_told_nowhere(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    def hew(_: str) -> int:
        raise LookupError("王小明 110101199003078888")

    yard.hew = hew
    yard.order("a", "b")
    with caplog.at_level(logging.DEBUG):
        assert yard.run() == [True, True]
    assert yard.job("a").trouble == "fault.LookupError" and "LookupError" in caplog.text
    for text in (caplog.text, *(str(e) for e in yard.office.entries()), *(r for rows in yard.office.dump().values() for r in rows)):
        assert "王" not in text and "1101011990" not in text


def test_an_end_that_is_refused_fails_the_job_and_an_unknown_work_breaks_alone(yard: Yard) -> None:
    yard.hew = lambda id: -1 if id == "a" else 7
    yard.order("a", "b")
    yard.office.keep(Job(id="j-c", state="queued", work="no.such.work", args=b"{}"), Job(id="j-d", state="queued", work="stone.hew", args=b"["))
    assert yard.run() == [True] * 4
    troubles = {j.id: j.trouble for j in yard.office.all(Job)}
    assert troubles == {"j-a": "stone.light", "j-b": "", "j-c": "fault.KeyError", "j-d": "fault.ValidationError"}


def test_a_failed_job_can_be_tried_again_and_then_its_end_counts(yard: Yard) -> None:
    yard.hew = lambda _: -1 if len(yard.ran) == 1 else 7
    yard.order("a")
    yard.run()
    assert yard.job("a").state == "failed"
    assert yard.office.do(STEWARD, "job.retry", id="j-a") == {"job": "j-a"} and yard.office.told[-1].jobs == 1
    assert (yard.job("a").state, yard.job("a").trouble) == ("queued", "")
    yard.run()
    assert yard.job("a").state == "done" and yard.office.find(Stone, "a").weight == 7


@pytest.mark.parametrize("state", ["queued", "done"])
def test_only_a_failed_job_is_tried_again(yard: Yard, state: str) -> None:
    yard.order("a")
    if state == "done":
        yard.run()
    with pytest.raises(DujiangError, match="job.state"):
        yard.office.do(STEWARD, "job.retry", id="j-a")
    assert yard.job("a").state == state


def test_a_store_that_does_not_answer_does_not_end_the_worker(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.order("a")
    worker = yard.worker()
    tables = yard.office.world.tables
    asked = tables.all
    looks: list[int] = []

    def all_(kind: Any, **by: Any) -> Any:
        looks.append(1)
        if len(looks) == 1:
            raise OSError("王小明")
        return asked(kind, **by)

    def hew(_: str) -> int:
        worker.stop()
        return 7

    yard.hew = hew
    monkeypatch.setattr(tables, "all", all_)
    worker.run()
    assert yard.job("a").state == "done" and yard.ran == ["a"] and len(looks) == 2


def test_a_job_cannot_be_written_down_in_a_state_outside_its_life() -> None:
    with pytest.raises(Conflict, match="job.state"):
        Job(id="j", state="asleep", work="w", args=b"")


def test_the_list_shows_every_job_and_where_it_stands(yard: Yard) -> None:
    yard.hew = lambda id: -1 if id == "a" else 7
    yard.order("a", "b")
    yard.run()
    yard.order("c")
    found = yard.office.do(somebody(Role.AUDITOR), "job.list")
    assert [(j["id"], j["state"], j["trouble"]) for j in found] == [("j-a", "failed", "stone.light"), ("j-b", "done", ""), ("j-c", "queued", "")]


def test_the_end_of_a_job_is_the_system_s_alone(yard: Yard) -> None:
    yard.order("a")
    for act in ("job.finish", "job.fail"):
        with pytest.raises(Refused, match="gate.who"):
            yard.office.do(somebody(*(set(Role) - {Role.SYSTEM}), only=frozenset({act})), act, {"id": "j-a", "rule": "x"})
    assert yard.office.do(system("hub"), "job.fail", {"id": "j-a", "rule": "x"}) is None
