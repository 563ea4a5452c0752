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
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import HUB, HUB_ID, NODE
from dujiang.doors.api import make_app
from dujiang.doors.desk import add_desk
from dujiang.doors.fence import JSON, MOST_STRANGE, body_of, refusal
from dujiang.doors.letterbox import Letterbox
from dujiang.doors.link import NodeLink
from dujiang.doors.sources.keeping import Keeper
from dujiang.doors.start import Config, FolderKeys, PartyWorld, Running, lock, make_keys
from dujiang.errors import Broken, Conflict, Malformed, Refused, Unavailable
from dujiang.gate.actors import check_party_id, new_account
from dujiang.gate.parties import pin_of
from dujiang.ledger.note import SigningKey
from dujiang.words import Party, Role, Saying

FORGED = 403
OPERATOR = "operator.token"  # the key file with the first access token


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
        token = first_operator(world, me)
        if log:
            (folder / "alliance.vkey").write_text(log + "\n")
        config.write(folder)  # last: a folder without it is not a party's, and making it can be tried again
    finally:
        world.close()
        os.close(handle)
    return token


def first_operator(world: PartyWorld, me: Party) -> str:
    """The operator's token; the one made before when making the folder was interrupted after it was kept."""
    if world.keys.has(OPERATOR):
        return world.keys.get(OPERATOR).decode()
    account, token = new_account(world, party=me.id, roles=frozenset({Role.OPERATOR}), label="operator")
    with world.transaction() as tx:
        tx.put(me)
        tx.put(account)
    world.keys.put(OPERATOR, token.encode())
    return token


def make_hub(folder: Path, *, origin: str, name: Saying, database: str = "", demo: bool = False) -> str:
    return make_folder(folder, Config(HUB_ID, HUB, name.en, name.zh, origin, database=database, demo=demo))


def make_node(folder: Path, *, party: str, origin: str, name: Saying, hub: str, invitation: str, database: str = "", demo: bool = False) -> str:
    check_party_id(party)
    if party == HUB_ID:
        raise Refused("node.party", "`hub` is the alliance office's own id.", "hub 是联盟枢纽的编号，不能用于节点。")
    if urlsplit(hub).scheme not in ("http", "https") or not urlsplit(hub).hostname:
        raise Malformed("node.hub", "The hub's address begins with http:// or https:// and names a host.", "枢纽地址须以 http:// 或 https:// 开头并含主机名。")
    if "." not in invitation:
        raise Malformed("node.invitation", "This is not a whole invitation: it has two parts with a dot between.", "邀请不完整：应为以点分隔的两部分。")
    token = make_folder(folder, Config(party, NODE, name.en, name.zh, f"{origin}/{party}", database=database, hub=hub, demo=demo))
    FolderKeys(folder).put("invitation", invitation.strip().encode())
    return token


def add_link(app: FastAPI, running: Running, ends: Callable[[], bool]) -> None:
    """The hub's routes for nodes; a waiting poll is answered at once when `ends` says so."""
    box = Letterbox(running, ends)

    @app.post("/link/letters", include_in_schema=False)
    async def letters(request: Request) -> Response:
        body = await body_of(request)
        fates, why = await run_in_threadpool(box.take, body)
        if why is None:
            return Response(json.dumps({"fates": fates}), media_type=JSON)
        # A letter that proves nothing is its sender's fault, not ours.
        return refusal(request, why, status=FORGED if isinstance(why, Broken) else why.status, fates=fates)

    @app.post("/link/poll", include_in_schema=False)
    async def poll(request: Request) -> Response:
        body = await body_of(request, MOST_STRANGE)
        return Response(json.dumps(await run_in_threadpool(box.poll, body)), media_type=JSON)

    @app.get("/link/pin", include_in_schema=False)
    def pin() -> dict[str, str]:
        return {"pin": pin_of(running.world.tables.get(Party, HUB_ID))}


def free_port(wanted: int) -> socket.socket:
    """A listening socket on the loopback, on the wanted port or, for 0, a free one; Unavailable when somebody else has it."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", wanted))
    except (OSError, OverflowError):
        listening.close()
        raise Unavailable(
            "port.taken", "Port {port} cannot be used: another program may have it. Name another with --port.",
            "端口 {port} 无法使用，可能已被其他程序占用，请用 --port 指定其他端口。", port=wanted,
        ) from None
    return listening


def run(folder: Path, *, port: int = 0, until: Callable[[], object] | None = None) -> None:
    """Run a party until it is told to stop, or until `until` returns. Its address is in `run.json`; a restart keeps the port."""
    running = Running(folder)
    try:
        listening = free_port(port or running.config.port)
    except Unavailable:
        running.close()
        raise
    running.config.port = listening.getsockname()[1]
    running.config.write(folder)
    app = make_app(running)
    add_desk(app, running)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=3))
    link = keeper = None
    if running.config.place == HUB:
        add_link(app, running, lambda: server.should_exit)
    else:
        link = NodeLink(running)
        keeper = Keeper(running.gate)
    worker = threading.Thread(target=running.worker.run, daemon=True)
    worker.start()
    if link is not None:
        threading.Thread(target=connect, args=(running, link), daemon=True).start()
    if keeper is not None:
        keeper.start()
    if until is not None:
        threading.Thread(target=stop_after, args=(server, until), daemon=True).start()
    announce(folder, running)
    try:
        server.run(sockets=[listening])
    finally:
        if link is not None:
            link.stop()
        if keeper is not None:
            keeper.stop()
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


def stop_after(server: Any, until: Callable[[], object]) -> None:
    """Stop when whoever started this process is gone."""
    until()
    server.should_exit = True


def stdin_closes() -> None:
    """Returns when standard input ends."""
    while sys.stdin.buffer.read(1024):
        pass
