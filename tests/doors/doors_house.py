"""A hub or a node open in this process, with its real folder, gate and HTTP door on a free port of the loopback."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from dujiang.doors.api import make_app
from dujiang.doors.desk import add_desk
from dujiang.doors.serve import add_link, free_port, make_hub, make_node
from dujiang.doors.start import Running
from dujiang.words import Saying

ORIGIN = "dujiang.example/test"
HUB_NAME = Saying(en="Test alliance", zh="测试联盟")


@dataclass
class Open:
    """A party open in this process."""

    running: Running
    app: FastAPI
    http: httpx.Client
    token: str  # the operator's

    def post(self, act: str, body: Any = None, *, token: str | None = None, **headers: str) -> Any:
        return self.http.post(path(act), json={} if body is None else body, headers={**self.bearer(token), **named(headers)})

    def send(self, act: str, data: bytes, *, token: str | None = None) -> Any:
        """A body as it stands."""
        return self.http.post(path(act), content=data, headers={**self.bearer(token), "Content-Type": "application/json"})

    def get(self, act: str, *, token: str | None = None, **query: Any) -> Any:
        return self.http.get(path(act), params=query, headers=self.bearer(token))

    def bearer(self, token: str | None) -> dict[str, str]:
        """The operator's token unless another, or none (empty), is given."""
        shown = self.token if token is None else token
        return {"Authorization": f"Bearer {shown}"} if shown else {}

    def appoint(self, role: str, *, party: str = "hub", label: str = "") -> str:
        """The token of a new post."""
        made = self.post("account.appoint", {"party": party, "roles": [role], "label": label or role})
        return str(made.json()["token"])

    def entries(self) -> list[str]:
        found: list[str] = self.get("log.entries").json()["entries"]
        return found


def path(act: str) -> str:
    return "/" + act.replace(".", "/")


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def opened(folder: Path, token: str) -> Iterator[Open]:
    running = Running(folder)
    app = make_app(running)
    add_desk(app, running)
    if running.config.place == "hub":
        add_link(app, running, lambda: True)
    try:
        with served(app) as url, httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
            yield Open(running, app, http, token)
    finally:
        running.close()


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a socket; its address."""
    listening = free_port(0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)


@contextmanager
def a_hub(folder: Path, *, demo: bool = False) -> Iterator[Open]:
    token = make_hub(folder, origin=ORIGIN, name=HUB_NAME, demo=demo)
    with opened(folder, token) as hub:
        yield hub


@contextmanager
def a_node(folder: Path, *, party: str = "hospital-a", demo: bool = False) -> Iterator[Open]:
    """A node that has not joined anything."""
    name = Saying(en="Hospital A", zh="甲医院")
    token = make_node(folder, party=party, origin=ORIGIN, name=name, hub="http://127.0.0.1:9", invitation="none.none", demo=demo)
    with opened(folder, token) as node:
        yield node
