"""Sign in, see what lists there are for you, see each; a cookie holds the access token, never an address."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jinja2
import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import Act, Actor
from dujiang.doors.api import actor_of, lang_of
from dujiang.doors.desk import labels
from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Unknown
from dujiang.gate.actors import known
from dujiang.words import Role

WIDEST = 60  # characters of a cell before it folds away
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
)
TEMPLATES.globals.update(column=labels.column, state=labels.state)


def add_desk(app: FastAPI, running: Running) -> None:
    """The desk's routes."""

    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return Response(status_code=303, headers={"Location": "/desk"})

    @app.get("/desk", include_in_schema=False)
    async def index(request: Request) -> Response:
        actor = await visitor(running, request)
        return page(running, request, "index.html", actor=actor, lists=lists_for(running, actor))

    @app.get("/desk/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        return page(running, request, "sign_in.html", actor=None, personas=personas(running), wrong="")

    @app.post("/desk/sign-in", include_in_schema=False)
    async def signed_in(request: Request) -> Response:
        return await take_token(running, request)

    @app.post("/desk/sign-out", include_in_schema=False)
    async def sign_out() -> Response:
        response = Response(status_code=303, headers={"Location": "/desk"})
        response.delete_cookie("dujiang")
        return response

    @app.get("/desk/{kind}", include_in_schema=False)
    async def listing(request: Request, kind: str) -> Response:
        return await run_in_threadpool(show_list, running, request, kind)


async def visitor(running: Running, request: Request) -> Actor:
    """Who is looking; a token that is no longer valid counts as none."""
    try:
        return await run_in_threadpool(actor_of, running, request)
    except DujiangError:
        return await run_in_threadpool(known, running.world.tables, "")


def lists_for(running: Running, actor: Actor) -> list[Act]:
    """The lists this visitor may see: acts that look and need nothing to be named."""
    acts = running.gate.acts.values()
    return [a for a in acts if is_list(a) and not actor.roles.isdisjoint(a.who)]


def is_list(act: Act) -> bool:
    return act.look and act.name.endswith((".list", ".entries")) and not any(f.required for f in msgspec.structs.fields(act.takes))


def show_list(running: Running, request: Request, kind: str) -> Response:
    name = "log.entries" if kind == "log" else f"{kind}.list"
    act = running.gate.acts.get(name)
    try:
        if act is None or not is_list(act):
            raise Unknown("desk.page", "There is no such page.", "没有该页面。")
        actor = actor_of(running, request)
        answer = json.loads(running.gate.perform(actor, act.name, b"{}"))
    except DujiangError as refusal:
        return page(running, request, "refused.html", status=refusal.status, actor=None, refusal=refusal)
    rows = entries(answer) if kind == "log" else [flat(row) for row in answer]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return page(running, request, "list.html", actor=actor, act=act, rows=rows, names=names, lists=lists_for(running, actor), widest=WIDEST)


def entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Log entries, newest first, with their index."""
    found = [{"index": answer["start"] + n, **json.loads(e)} for n, e in enumerate(answer["entries"])]
    return [{"index": e["index"], "at": e["at"], "act": e["act"], "on": e.get("on", ""), "to": e.get("to", ""), "by": text(e["by"]),
             "facts": text(e.get("facts", e.get("refused", "")))} for e in reversed(found)]


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A thing as one line: a thing inside a thing of its own name is opened, everything deeper becomes text."""
    opened: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("request", "terms", "waiting") and isinstance(value, dict):
            opened.update({k: v for k, v in value.items() if k not in opened})
        else:
            opened[name] = value
    return {name: text(value) for name, value in opened.items() if name not in ("digest", "subject", "invitation", "only", "answer")}


def text(value: Any) -> Any:
    """A value for a cell."""
    if isinstance(value, dict) and set(value) == {"en", "zh"}:
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else value


def personas(running: Running) -> list[dict[str, str]]:
    """In a demo only: whom one can be. The file lies in the party's folder and is made by the demo."""
    path = running.folder / "personas.json"
    if not running.config.demo or not path.exists():
        return []
    return [{"label": p["label"], "n": str(n)} for n, p in enumerate(json.loads(path.read_text()))]


async def take_token(running: Running, request: Request) -> Response:
    """Set the cookie if the token is good."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    token = form.get("token", [""])[0].strip()
    chosen = form.get("persona", [""])[0]
    if chosen.isdigit() and personas(running):
        token = json.loads((running.folder / "personas.json").read_text())[int(chosen)]["token"]
    try:
        actor = await run_in_threadpool(known, running.world.tables, token)
        if Role.PUBLIC in actor.roles:
            raise Unknown("desk.token", "Enter the access token you were given.", "请输入发放给您的访问令牌。")
    except DujiangError as refusal:
        wrong = refusal.says(lang_of(request))
        return page(running, request, "sign_in.html", status=403, actor=None, personas=personas(running), wrong=wrong)
    response = Response(status_code=303, headers={"Location": "/desk"})
    response.set_cookie("dujiang", token, httponly=True, samesite="strict")
    return response


def page(running: Running, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    lang = lang_of(request)
    config = running.config
    values = {"lists": [], **values}
    body = TEMPLATES.get_template(template).render(
        lang=lang, t=(lambda en, zh: zh if lang == "zh" else en), party=config.name_zh if lang == "zh" else config.name_en,
        place=config.place, path=request.url.path, **values,
    )
    response = Response(body, status, media_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    if request.query_params.get("lang"):
        response.set_cookie("lang", lang, samesite="strict")
    return response
