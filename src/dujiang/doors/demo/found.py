"""Before the processes start: make the folders, the invitations and the posts' tokens; doing it again changes nothing."""

import json
import secrets
from pathlib import Path

from dujiang.act import Actor
from dujiang.doors.demo.cast import HOSPITALS, OPERATOR_POSTS, ORIGIN, Hospital, Post
from dujiang.doors.serve import free_port, make_hub, make_node
from dujiang.doors.start import Config, Running
from dujiang.gate.actors import known
from dujiang.words import Saying

ALLIANCE = Saying(en="Min River Alliance", zh="岷江健康数据联盟")
STEWARD = "steward"


def write_whole(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def found(work: Path, hospitals: tuple[Hospital, ...] = HOSPITALS) -> dict[str, dict[str, str]]:
    """Tokens by party and post label."""
    hub = work / "hub"
    if not (hub / "config.json").exists():
        make_hub(hub, origin=ORIGIN, name=ALLIANCE, demo=True)
    port = _port(hub)
    tokens, invitations = _open_hub(hub, hospitals)
    write_whole(work / "alliance.vkey", (hub / "alliance.vkey").read_text())
    for hospital in hospitals:
        tokens[hospital.id] = _node(work / hospital.id, hospital, f"http://127.0.0.1:{port}", invitations[hospital.id])
    return tokens


def _port(hub: Path) -> int:
    """The hub's port is settled before anybody dials it."""
    config = Config.read(hub)
    if not config.port:
        with free_port(0) as listening:
            config.port = listening.getsockname()[1]
        config.write(hub)
    return config.port


def _operator(running: Running) -> Actor:
    return known(running.world.tables, running.world.keys.get("operator.token").decode())


def _open_hub(folder: Path, hospitals: tuple[Hospital, ...]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    tokens, invitations = _kept(folder), {}
    if tokens:
        return {"hub": tokens}, {h.id: (folder.parent / f"{h.id}.invitation").read_text() for h in hospitals}
    running = Running(folder)
    try:
        operator = _operator(running)
        for hospital in hospitals:
            args = {"party": hospital.id, "name": {"en": hospital.name.en, "zh": hospital.name.zh}}
            answer = running.gate.perform(operator, "party.invite", args, key=f"invite:{hospital.id}")
            invitations[hospital.id] = json.loads(answer)["invitation"]
            write_whole(folder.parent / f"{hospital.id}.invitation", invitations[hospital.id])
        tokens = {post.label: _appoint(running, operator, post) for post in OPERATOR_POSTS}
        _keep(folder, tokens)
    finally:
        running.close()
    return {"hub": tokens}, invitations


def _node(folder: Path, hospital: Hospital, hub: str, invitation: str) -> dict[str, str]:
    if not (folder / "config.json").exists():
        make_node(folder, party=hospital.id, origin=ORIGIN, name=hospital.name, hub=hub, invitation=invitation, demo=True)
    if tokens := _kept(folder):
        return tokens
    running = Running(folder)
    try:
        tokens = {STEWARD: _appoint(running, _operator(running), Post(STEWARD, STEWARD, hospital.id))}
        _keep(folder, tokens)
    finally:
        running.close()
    return tokens


def _appoint(running: Running, operator: Actor, post: Post) -> str:
    args = {"party": post.party, "roles": [post.role], "label": post.label}
    answer = running.gate.perform(operator, "account.appoint", args, key=f"post:{post.label}")
    return str(json.loads(answer)["token"])


def _keep(folder: Path, tokens: dict[str, str]) -> None:
    """The demo's people, for the sign-in page."""
    write_whole(folder / "personas.json", json.dumps([{"label": label, "token": token} for label, token in tokens.items()]))
    (folder / "personas.json").chmod(0o600)


def _kept(folder: Path) -> dict[str, str]:
    path = folder / "personas.json"
    return {p["label"]: p["token"] for p in json.loads(path.read_text())} if path.exists() else {}
