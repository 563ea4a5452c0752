"""Make a party's folder, and run it: HTTP on the loopback, the worker, and for a node the link to its hub."""

import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import HUB, HUB_ID, NODE
from dujiang.doors.api import JSON, make_app
from dujiang.doors.desk import add_desk
from dujiang.doors.link import HubLink, NodeLink, hub_pin
from dujiang.doors.start import Config, PartyWorld, Running, lock, make_keys
from dujiang.errors import Conflict, Refused
from dujiang.gate.actors import new_account
from dujiang.ledger.note import SigningKey
from dujiang.words import Party, Role, Saying


def make_folder(folder: Path, config: Config) -> str:
    """A new party's folder with its keys and an operator's token, which is also written to `keys/operator.token`."""
    if (folder / "config.json").exists():
        raise Conflict("folder.made", "That folder holds a Dujiang already.", "该文件夹已初始化。")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = lock(folder)
    world = PartyWorld(folder, config.party, config.database or f"sqlite:///{folder / 'control.db'}")
    try:
        vkey, seal = make_keys(world, config.origin)
        log = SigningKey.from_seed(config.origin, world.keys.get("log")).verifying.text if config.place == HUB else ""
        me = Party(id=config.party, state="joined", name=Saying(en=config.name_en, zh=config.name_zh), vkey=vkey, seal=seal, log=log)
        account, token = new_account(world, party=config.party, roles=frozenset({Role.OPERATOR}), label="operator")
        with world.transaction() as tx:
            tx.put(me)
            tx.put(account)
        world.keys.put("operator.token", token.encode())
        if log:
            (folder / "alliance.vkey").write_text(log + "\n")
        config.write(folder)  # last: a folder without it is not a party's, and making it can be tried again
    finally:
        world.close()
        os.close(handle)
    return token


def make_hub(folder: Path, *, origin: str, name: Saying, database: str = "", demo: bool = False) -> str:
    return make_folder(folder, Config(HUB_ID, HUB, name.en, name.zh, origin, database=database, demo=demo))


def make_node(folder: Path, *, party: str, origin: str, name: Saying, hub: str, invitation: str, database: str = "", demo: bool = False) -> str:
    if party == HUB_ID or not party.replace("-", "").isalnum():
        raise Refused("party.id", "A party's id is letters, digits and hyphens, and not `hub`.", "机构编号只能含字母、数字和连字符，且不能为 hub。")
    token = make_folder(folder, Config(party, NODE, name.en, name.zh, f"{origin}/{party}", database=database, hub=hub, demo=demo))
    (folder / "keys" / "invitation").write_text(invitation)
    return token


def invitation_of(running: Running, token: str) -> str:
    """The invitation as it is handed over: the token and the digest of the hub's keys."""
    return f"{token}.{hub_pin(running.world.tables.get(Party, HUB_ID))}"


def add_link(app: FastAPI, running: Running, ends: Callable[[], bool]) -> None:
    """The hub's routes for nodes; a waiting poll is answered at once when `ends` says so."""
    link = HubLink(running, ends)

    @app.post("/link/letters", include_in_schema=False)
    async def letters(request: Request) -> Response:
        body = await request.body()
        return Response(json.dumps(await run_in_threadpool(link.letters, body)), media_type=JSON)

    @app.post("/link/poll", include_in_schema=False)
    async def poll(request: Request) -> Response:
        body = await request.body()
        return Response(json.dumps(await run_in_threadpool(link.poll, body)), media_type=JSON)

    @app.get("/link/pin", include_in_schema=False)
    def pin() -> dict[str, str]:
        return {"pin": hub_pin(running.world.tables.get(Party, HUB_ID))}


def free_port(wanted: int) -> socket.socket:
    """A listening socket on the loopback, on the wanted port or a free one."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", wanted))
    return listening


def run(folder: Path, *, port: int = 0, with_stdin: bool = False) -> None:
    """Run a party until it is told to stop. Its address is in `run.json`; a restart keeps the port."""
    running = Running(folder)
    listening = free_port(port or running.config.port)
    running.config.port = listening.getsockname()[1]
    running.config.write(folder)
    app = make_app(running)
    add_desk(app, running)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=3))
    link = None
    if running.config.place == HUB:
        add_link(app, running, lambda: server.should_exit)
    else:
        link = NodeLink(running)
    worker = threading.Thread(target=running.worker.run, daemon=True)
    worker.start()
    if link is not None:
        threading.Thread(target=connect, args=(running, link), daemon=True).start()
    if with_stdin:
        threading.Thread(target=stop_with_stdin, args=(server,), daemon=True).start()
    announce(folder, running)
    try:
        server.run(sockets=[listening])
    finally:
        if link is not None:
            link.stop()
        running.worker.stop()
        worker.join(timeout=10)
        (folder / "run.json").unlink(missing_ok=True)
        running.close()


def connect(running: Running, link: NodeLink) -> None:
    """Join with the invitation if that is still to be done, then keep the link."""
    if running.world.tables.find(Party, HUB_ID) is None:
        invitation = (running.folder / "keys" / "invitation").read_text()
        link.join_patiently(invitation)
    link.start()


def announce(folder: Path, running: Running) -> None:
    """Tell others on this machine where this party answers."""
    told = {"pid": os.getpid(), "url": f"http://127.0.0.1:{running.config.port}", "party": running.config.party}
    new = folder / f".run.{secrets.token_hex(4)}"
    new.write_text(json.dumps(told))
    new.replace(folder / "run.json")


def stop_with_stdin(server: Any) -> None:
    """Stop when whoever started this process is gone."""
    while sys.stdin.buffer.read(1024):
        pass
    server.should_exit = True
