"""Calling a running party's acts over HTTP, as the command line and the demo do."""

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dujiang.doors.dial import OK, Answer, Dial, Down
from dujiang.errors import Conflict, DujiangError, Malformed, Refused, Unavailable, Unknown

# 502 and 504 come from whatever stands in front of a party that is down.
BY_STATUS: dict[int, type[DujiangError]] = {
    403: Refused, 404: Unknown, 409: Conflict, 413: Malformed, 422: Malformed, 502: Unavailable, 503: Unavailable, 504: Unavailable,
}
AGAIN = 0.05
LOOK = 0.01


class Client:
    """One caller at one party. Safe to repeat: a call with a key is done once, and a dropped connection is dialled again."""

    def __init__(self, folder: Path, token: str = "", *, patience: float = 60.0) -> None:
        self._folder = folder
        self._token = token
        self._patience = patience
        self._dial: Dial | None = None

    def _dialled(self) -> Dial:
        if self._dial is None:
            self._dial = Dial(address_in(self._folder), self._token)
        return self._dial

    def _again(self) -> None:
        """The party may come back at another address."""
        if self._dial is not None:
            self._dial.close()
        self._dial = None

    def _ask(self, call: Callable[[Dial], Answer]) -> Any:
        """The JSON answer; the party's refusal as the error it is; waits while the party is down, as long as patience lasts."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return read(call(self._dialled()))
            except (*Down, FileNotFoundError, RunUnreadable):
                self._again()
                if time.monotonic() > until:
                    raise Unavailable("client.down", "The party does not answer.", "目标节点无响应。") from None
                time.sleep(AGAIN)

    def do(self, act: str, args: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """Perform an act, once: without a key it gets one of its own, for a connection that drops before the answer is dialled again."""
        headers = (("Idempotency-Key", key or secrets.token_hex(16)),)
        return self._ask(lambda dial: dial.post(path_of(act), args or {}, headers))

    def look(self, act: str, **args: Any) -> Any:
        """Perform a look."""
        return self._ask(lambda dial: dial.get(path_of(act), **args))

    def finish(self, job: str, progress: Callable[[int, int], None]) -> None:
        """Wait until a job has ended; its trouble as an error when it failed."""
        while True:
            state = self.look("job.show", id=job)
            if state["progress"]:
                progress(*state["progress"])
            if state["state"] == "failed":
                raise Conflict(f"job.{state['trouble']}", "The job failed: {rule}.", "作业失败：{rule}。", rule=state["trouble"])
            if state["state"] == "done":
                return
            time.sleep(LOOK)


class RunUnreadable(Exception):
    """`run.json` is none: the party is just writing it, or somebody else did."""


def address_in(folder: Path) -> str:
    """Where the party of a folder answers."""
    try:
        url = str(json.loads((folder / "run.json").read_text())["url"])
    except (ValueError, KeyError, TypeError):
        url = ""
    if not url.startswith("http://127.0.0.1:"):
        raise RunUnreadable
    return url


def path_of(act: str) -> str:
    return "/" + act.replace(".", "/")


def read(answer: Answer) -> Any:
    """What was answered; a refusal as its error."""
    if answer.status == OK:
        return answer.body
    told = answer.body if isinstance(answer.body, dict) else {}
    rule, en, zh = (str(told.get(k) or d) for k, d in (("rule", f"http.{answer.status}"), ("en", "No answer."), ("zh", "无应答。")))
    raise BY_STATUS.get(answer.status, DujiangError)(rule, "{en}", "{zh}", en=en, zh=zh)
