"""Sign in, see what waits and what lists there are for you, see each; a cookie holds the access token, never an address."""

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import Act, Actor
from dujiang.doors.api import actor_of, from_query
from dujiang.doors.desk import labels
from dujiang.doors.desk.doing import add_doing
from dujiang.doors.desk.frame import NO_PAGE, OWN, free, look, named, page, page_of, pages, reader_for, visitor
from dujiang.doors.desk.offering import allowed, beginnings, steps
from dujiang.doors.desk.rows import PAGE, entries, listing
from dujiang.doors.desk.views import VIEWS, Seen
from dujiang.doors.desk.waiting import FINDS, work_list
from dujiang.doors.fence import MOST_STRANGE, body_of, lang_of
from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Unknown
from dujiang.gate.actors import known
from dujiang.words import Role


def add_desk(app: FastAPI, running: Running) -> None:
    """The desk's routes."""
    add_doing(app, running)

    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return Response(status_code=303, headers={"Location": "/desk"})

    @app.get("/desk", include_in_schema=False)
    def index(request: Request) -> Response:
        return show_index(running, request)

    @app.get("/desk/sign-in", include_in_schema=False)
    def sign_in(request: Request) -> Response:
        return page(running, request, "sign_in.html", personas=personas(running), wrong="")

    @app.post("/desk/sign-in", include_in_schema=False)
    async def signed_in(request: Request) -> Response:
        form = parse_qs((await body_of(request, MOST_STRANGE)).decode("utf-8", "replace"))
        return await run_in_threadpool(take_token, running, request, form)

    @app.post("/desk/sign-out", include_in_schema=False)
    async def sign_out() -> Response:
        response = Response(status_code=303, headers={"Location": "/desk"})
        response.delete_cookie("dujiang")
        return response

    @app.get("/desk/{kind}", include_in_schema=False)
    def listed(request: Request, kind: str) -> Response:
        return show_list(running, request, kind)

    @app.get("/desk/{kind}/{verb}", include_in_schema=False)
    def looked(request: Request, kind: str, verb: str) -> Response:
        return show_list(running, request, f"{kind}/{verb}")


def related(running: Running, actor: Actor, at: str) -> list[dict[str, Any]]:
    """Other pages about the same kind of thing."""
    kind = at.partition("/")[0]
    return [named(other, act) for other, act in free(running, actor).items() if other.partition("/")[0] == kind and other != at]


def show_index(running: Running, request: Request) -> Response:
    """What waits, and which lists there are."""
    actor = visitor(running, request)
    there = [kind for kind in FINDS if kind in pages(running, actor)]
    waits = work_list({kind: look(running, actor, f"{kind}.list") for kind in there}, actor, reader_for(running, actor, lang_of(request)))
    return page(running, request, "index.html", actor=actor, waits=waits, watched=there)


def show_list(running: Running, request: Request, at: str) -> Response:
    """A page of one list."""
    try:
        actor = actor_of(running, request)
        act = pages(running, actor).get(at) or nothing_there(running, at)
        number = page_number(request)
        asked = {k: v for k, v in request.query_params.items() if k not in OWN}
        if act.name == "log.entries":
            found, count = log_page(running, actor, number)
        else:
            answer = json.loads(running.gate.perform(actor, act.name, from_query(act, asked)))
            if at in VIEWS:
                return drawn(running, request, at, Asked(actor, act, asked, answer))
            found, count = (answer, 0) if isinstance(answer, list) else ([answer], 0)
    except DujiangError as refusal:
        return page(running, request, "refused.html", status=refusal.status, refusal=refusal)
    reader = reader_for(running, actor, lang_of(request))
    may = allowed(running.gate.acts, actor)
    shown = listing(at, found, reader, page=number, count=count, steps=lambda one: steps(at, one, may))
    return page(running, request, "list.html", actor=actor, act=act, shown=shown, name=labels.page_name(at, act.says), asked=asked,
                related=related(running, actor, at), begins=beginnings(at, may))


class Asked(NamedTuple):
    """A look that was answered."""

    actor: Actor
    act: Act
    asked: dict[str, str]
    answer: Any


def drawn(running: Running, request: Request, at: str, of: Asked) -> Response:
    """A page with a drawing of its own."""
    template, draws = VIEWS[at]
    seen = Seen(running, of.actor, reader_for(running, of.actor, lang_of(request)), allowed(running.gate.acts, of.actor), of.answer, of.asked)
    return page(running, request, template, actor=of.actor, act=of.act, name=labels.page_name(at, of.act.says), related=related(running, of.actor, at), **draws(seen))


def nothing_there(running: Running, at: str) -> Act:
    """The act of a page that this visitor may not see, which the gate refuses; Unknown when there is no such page for anybody."""
    for act in running.gate.acts.values():
        if act.look and act.name not in NO_PAGE and page_of(act) == at:
            return act
    raise Unknown("desk.page", "There is no such page.", "没有该页面。")


def page_number(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1


def log_page(running: Running, actor: Actor, number: int) -> tuple[list[dict[str, Any]], int]:
    """A page of the log, newest first, and how many entries there are."""
    size = int(look(running, actor, "log.checkpoint")["size"])
    end = max(size - (max(number, 1) - 1) * PAGE, 0)
    start = max(end - PAGE, 0)
    return (entries(look(running, actor, "log.entries", start=start, most=end - start)) if end else []), size


def personas(running: Running) -> list[dict[str, str]]:
    """In a demo only: whom one can be. The file lies in the party's folder and is made by the demo."""
    path = running.folder / "personas.json"
    if not running.config.demo or not path.exists():
        return []
    found: list[dict[str, str]] = json.loads(path.read_text())
    return found


def chosen(running: Running, form: dict[str, list[str]]) -> str:
    """The token that was typed, or that of the demo's person who was chosen."""
    persona = form.get("persona", [""])[0]
    of = {str(n): p["token"] for n, p in enumerate(personas(running))}
    return of.get(persona, form.get("token", [""])[0].strip())


def take_token(running: Running, request: Request, form: dict[str, list[str]]) -> Response:
    """Set the cookie if the token is good."""
    token = chosen(running, form)
    try:
        actor = known(running.world.tables, token)
        if Role.PUBLIC in actor.roles:
            raise Unknown("desk.token", "Enter the access token you were given.", "请输入发放给您的访问令牌。")
    except DujiangError as refusal:
        wrong = refusal.says(lang_of(request))
        return page(running, request, "sign_in.html", status=403, personas=personas(running), wrong=wrong)
    response = Response(status_code=303, headers={"Location": "/desk"})
    response.set_cookie("dujiang", token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return response


