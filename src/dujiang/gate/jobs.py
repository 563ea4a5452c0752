"""Long work: run queued jobs outside any transaction, with progress, and record each end as an act; safe to run again."""

import logging
import threading
import time
from collections.abc import Callable, Mapping

import msgspec

from dujiang.act import HUB, JOB_LIFE, NODE, Actor, Job, Nothing, Outcome, Work, look, moves, system
from dujiang.errors import DujiangError, Unavailable
from dujiang.gate.perform import Gate
from dujiang.words import STAFF, Role, Word
from dujiang.world import World

PATIENCE = 30.0  # seconds a job may say "not now" before it fails
PAUSE = 0.05

PROGRESS: dict[str, tuple[int, int]] = {}  # of running jobs, for the eye only; lost with the process


class Finish(Word, frozen=True):
    id: str


class Fail(Word, frozen=True):
    id: str
    rule: str


def finish(world: World, actor: Actor, job: Job, args: Finish) -> Outcome:
    return Outcome(keep=(job.with_(state="done", ended=_now(world)),), facts={"work": job.work})


def fail(world: World, actor: Actor, job: Job, args: Fail) -> Outcome:
    return Outcome(keep=(job.with_(state="failed", ended=_now(world), trouble=args.rule),), facts={"work": job.work, "rule": args.rule})


def retry(world: World, actor: Actor, job: Job, args: Finish) -> Outcome:
    return Outcome(answer={"job": job.id}, keep=(job.with_(state="queued", trouble=""),))


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=[
        {"id": j.id, "work": j.work, "state": j.state, "trouble": j.trouble, "progress": PROGRESS.get(j.id)}
        for j in world.tables.all(Job)
    ])


def show(world: World, actor: Actor, _: None, args: Finish) -> Outcome:
    job = world.tables.get(Job, args.id)
    return Outcome(answer={"id": job.id, "work": job.work, "state": job.state, "trouble": job.trouble, "progress": PROGRESS.get(job.id)})


def _now(world: World) -> str:
    return world.clock.now().isoformat(timespec="milliseconds")


class Worker:
    """Runs one party's queued jobs one after another, in a thread of its own; woken by the gate, stopped by `stop`."""

    def __init__(self, gate: Gate, works: Mapping[str, Work]) -> None:
        self._gate = gate
        self._works = works
        self._awake = threading.Event()
        self._ends = False
        self._log = logging.getLogger("dujiang.jobs")

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._ends = True
        self._awake.set()

    def run(self) -> None:
        """Until stopped. What was queued when the process died is queued still and runs again."""
        while not self._ends:
            self._awake.clear()
            for job in self._gate.world.tables.all(Job, state="queued"):
                if self._ends:
                    return
                self.run_one(job)
            self._awake.wait(timeout=5.0)

    def run_one(self, job: Job) -> None:
        """The job's work, then the act that records its end, once whatever happens in between."""
        me = system(self._gate.world.party)
        try:
            work = self._works[job.work]
            result = self._patiently(job, work)
            self._gate.perform(me, work.ends, result, key=f"{job.id}:end")
            self._gate.perform(me, "job.finish", Finish(id=job.id), key=f"{job.id}:finish")
        except DujiangError as trouble:
            self._log.warning("job %s (%s) failed: %s", job.id, job.work, trouble.rule)
            self._gate.perform(me, "job.fail", Fail(id=job.id, rule=trouble.rule))
        except Exception as fault:  # a fault of ours must not stop the other jobs; its text could hold a value, so only its type is told
            self._log.error("job %s (%s) broke: %s", job.id, job.work, type(fault).__name__)
            self._gate.perform(me, "job.fail", Fail(id=job.id, rule=f"fault.{type(fault).__name__}"))
        finally:
            PROGRESS.pop(job.id, None)

    def _patiently(self, job: Job, work: Work) -> Word:
        """Run; on Unavailable try again for a while, for what is awaited comes by another thread."""
        args = msgspec.json.decode(job.args, type=work.takes)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return work.run(self._gate.world, args, self._progress(job))
            except Unavailable:
                if time.monotonic() > until or self._ends:
                    raise
                time.sleep(PAUSE)

    @staticmethod
    def _progress(job: Job) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            PROGRESS[job.id] = (done, total)

        return tell


BOTH = f"{NODE} {HUB}"
ACTS = (
    moves(JOB_LIFE, "finish", "Record that a job is done", "记录作业完成", on=Job, who={Role.SYSTEM}, where=BOTH, step=finish, takes=Finish),
    moves(JOB_LIFE, "fail", "Record that a job failed", "记录作业失败", on=Job, who={Role.SYSTEM}, where=BOTH, step=fail, takes=Fail),
    moves(JOB_LIFE, "retry", "Try a failed job again", "重试失败作业", on=Job, who={Role.STEWARD, Role.OPERATOR}, where=BOTH, step=retry,
          takes=Finish),
    look("job.list", "List the jobs", "查看作业", who=STAFF, where=BOTH, takes=Nothing, step=listed),
    look("job.show", "See how far a job is", "查看作业进度", who=STAFF, where=BOTH, takes=Finish, step=show),
)
