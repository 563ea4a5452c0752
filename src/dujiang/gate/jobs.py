"""Long work: run queued jobs outside any transaction, with progress, and record each end as an act; safe to run again."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from dujiang.act import HUB, JOB_LIFE, NODE, Actor, Job, Nothing, Outcome, Work, look, moves, stamp, system
from dujiang.errors import DujiangError, Unavailable
from dujiang.gate.perform import Gate
from dujiang.words import STAFF, Role, Word
from dujiang.world import World

IDLE = 5.0  # seconds between two looks at the queue when nobody wakes the worker
PAUSE = 0.05  # seconds before a job that had to wait is tried again, longer each time
LONGEST_PAUSE = 1.0

# For the eye only, and lost with the process: how far a running job is, and why a queued one has to wait.
PROGRESS: dict[str, tuple[int, int]] = {}
WAITING: dict[str, str] = {}


class Finish(Word, frozen=True):
    id: str


class Fail(Word, frozen=True):
    id: str
    rule: str


def finish(world: World, actor: Actor, job: Job, args: Finish) -> Outcome:
    return Outcome(keep=(job.with_(state="done", ended=stamp(world)),), facts={"work": job.work})


def fail(world: World, actor: Actor, job: Job, args: Fail) -> Outcome:
    return Outcome(keep=(job.with_(state="failed", ended=stamp(world), trouble=args.rule),), facts={"work": job.work, "rule": args.rule})


def retry(world: World, actor: Actor, job: Job, args: Finish) -> Outcome:
    return Outcome(answer={"job": job.id}, keep=(job.with_(state="queued", trouble=""),))


def listed(world: World, actor: Actor, _: None, args: Nothing) -> Outcome:
    return Outcome(answer=[summary(j) for j in world.tables.all(Job)])


def show(world: World, actor: Actor, _: None, args: Finish) -> Outcome:
    return Outcome(answer=summary(world.tables.get(Job, args.id)))


def summary(job: Job) -> dict[str, Any]:
    """A job for the eye; `trouble` is why it failed, or the rule for which it waits."""
    return {"id": job.id, "work": job.work, "state": job.state, "trouble": job.trouble or WAITING.get(job.id, ""),
            "progress": PROGRESS.get(job.id)}


class Worker:
    """Runs one party's queued jobs one after another, in a thread of its own; woken by the gate, stopped by `stop`."""

    def __init__(self, gate: Gate, works: Mapping[str, Work]) -> None:
        self._gate = gate
        self._works = works
        self._me = system(gate.world.party)
        self._awake = threading.Event()
        self._ends = False
        self._log = logging.getLogger("dujiang.jobs")

    def wake(self) -> None:
        self._awake.set()

    def stop(self) -> None:
        self._ends = True
        self._awake.set()

    def run(self) -> None:
        """Until stopped. What was queued when the process died is queued still and runs again; what must wait does not hold up the rest."""
        pause = PAUSE
        while not self._ends:
            self._awake.clear()
            found = self._round()
            pause = min(2 * pause, LONGEST_PAUSE) if found == [False] * len(found) else PAUSE
            self._awake.wait(timeout=pause if False in found else IDLE)

    def _round(self) -> list[bool]:
        """Every queued job once; for each, whether it has ended. A store that does not answer is asked again later."""
        ended: list[bool] = []
        try:
            for job in self._gate.world.tables.all(Job, state="queued"):
                if self._ends:
                    break
                ended.append(self.run_one(job))
        except Exception as fault:
            self._log.error("jobs wait: %s", type(fault).__name__)
            ended.append(False)
        return ended

    def run_one(self, job: Job) -> bool:
        """The job's work, then the act that records its end, once whatever happens in between. False when it has to wait."""
        try:
            self._end(job)
        except Unavailable as later:
            WAITING[job.id] = later.rule
            return False
        except DujiangError as trouble:
            self._log.warning("job %s (%s) failed: %s", job.id, job.work, trouble.rule)
            self._gate.perform(self._me, "job.fail", Fail(id=job.id, rule=trouble.rule))
        except Exception as fault:  # a fault of ours must not stop the other jobs; its text could hold a value, so only its type is told
            self._log.error("job %s (%s) broke: %s", job.id, job.work, type(fault).__name__)
            self._gate.perform(self._me, "job.fail", Fail(id=job.id, rule=f"fault.{type(fault).__name__}"))
        finally:
            PROGRESS.pop(job.id, None)
        WAITING.pop(job.id, None)
        return True

    def _end(self, job: Job) -> None:
        """A process killed after the end was recorded only has the job to finish: the work is not asked a second time for another end."""
        key = f"{job.id}:end"
        if not self._gate.has_answered(self._me, key):
            work = self._works[job.work]
            args = msgspec.json.decode(job.args, type=work.takes)
            self._gate.perform(self._me, work.ends, work.run(self._gate.world, args, self._progress(job)), key=key)
        self._gate.perform(self._me, "job.finish", Finish(id=job.id), key=f"{job.id}:finish")

    @staticmethod
    def _progress(job: Job) -> Callable[[int, int], None]:
        def tell(done: int, total: int) -> None:
            PROGRESS[job.id] = (done, total)

        return tell


BOTH = f"{NODE} {HUB}"
ACTS = (
    moves(JOB_LIFE, "finish", "Record that a job is done", "记录作业完成", on=Job, who={Role.SYSTEM}, where=BOTH, step=finish, takes=Finish),
    moves(JOB_LIFE, "fail", "Record that a job failed", "记录作业失败", on=Job, who={Role.SYSTEM}, where=BOTH, step=fail, takes=Fail),
    moves(JOB_LIFE, "retry", "Try a failed job again", "重试失败作业", on=Job, who={Role.STEWARD, Role.OPERATOR, Role.SYSTEM}, where=BOTH, step=retry,
          takes=Finish),
    look("job.list", "List the jobs", "查看作业", who=STAFF, where=BOTH, takes=Nothing, step=listed),
    look("job.show", "See how far a job is", "查看作业进度", who=STAFF, where=BOTH, takes=Finish, step=show),
)
