"""An act from a page: its form, generated; posted once, done once, then led back to the list; a refusal stands beside what was filled in."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import Act, Actor
from dujiang.doors.api import actor_of, token_of
from dujiang.doors.desk import labels, session
from dujiang.doors.desk.cells import Reader
from dujiang.doors.desk.forms import NoForm, fields_of, read_form
from dujiang.doors.desk.frame import look, page, pages, reader_for
from dujiang.doors.desk.offering import HOME
from dujiang.doors.fence import MOST_STRANGE, body_of, lang_of
from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Refused, Unknown
from dujiang.gate.perform import authorise
from dujiang.words import Role

MOST_FORM = 1 << 20  # bytes of a filled form
TOLD_ONCE = frozenset({"token", "invitation", "receipt"})  # an answer with one of these is shown, for nothing can show it again
FILL = "fill"  # a form opened with values that no address may hold
# What the lists know of the values a field may have: the look, the column of the value and that of its words.
KNOWN = {
    "source": ("source.list", "id", "name"), "zone": ("source.list", "zone", "name"), "snapshot": ("snapshot.list", "id", "zone"),
    "party": ("party.list", "id", "name"), "peers": ("party.list", "id", "name"), "recipients": ("party.list", "id", "name"),
}

Given = Mapping[str, Sequence[str]]


def add_doing(app: FastAPI, running: Running) -> None:
    """The routes of acts."""

    @app.get("/desk/do/{kind}/{verb}", include_in_schema=False)
    def form(request: Request, kind: str, verb: str) -> Response:
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        return show_form(running, request, f"{kind}.{verb}", given)

    @app.post("/desk/do/{kind}/{verb}", include_in_schema=False)
    async def filled(request: Request, kind: str, verb: str) -> Response:
        data = await body_of(request, MOST_FORM if token_of(request) else MOST_STRANGE)
        given = parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True)
        return await run_in_threadpool(take, running, request, f"{kind}.{verb}", given)


def may(running: Running, request: Request, name: str) -> tuple[Actor, Act]:
    """The visitor and the act, if the table of acts lets them; the gate says so again when it is performed."""
    actor, act = actor_of(running, request), running.gate.acts.get(name)
    if act is None or act.look:
        raise Unknown("desk.page", "There is no such page.", "没有该页面。")
    if Role.PUBLIC in actor.roles:
        raise Refused("desk.sign_in", "Sign in to do this.", "请先登录再执行此操作。")
    authorise(actor, act)
    return actor, act


def show_form(running: Running, request: Request, name: str, given: Given, *, refusal: DujiangError | None = None) -> Response:
    """The act's form, filled with what is given."""
    try:
        actor, act = may(running, request, name)
        reader = reader_for(running, actor, lang_of(request))
        fields = fields_of(act, reader, given, choices(running, actor, reader))
    except NoForm:
        fault = Refused("desk.no_form", "This act takes more than a form can hold. Use the command line or the API.", "该操作的参数无法以表单填写，请使用命令行或接口。")
        return page(running, request, "refused.html", status=fault.status, refusal=fault)
    except DujiangError as fault:
        return page(running, request, "refused.html", status=fault.status, refusal=fault)
    key = session.new_key()
    return page(running, request, "form.html", status=refusal.status if refusal else 200, actor=actor, act=act, fields=fields, refusal=refusal, key=key,
                proof=session.proof(token_of(request), key), back=home(running, actor, act), typed=[f for f in fields if f.kind != "hidden"])


def take(running: Running, request: Request, name: str, given: Given) -> Response:
    """Do what the form says and lead back; a form that only brings values is shown."""
    if FILL in given:
        return show_form(running, request, name, given)
    key = one(given, "key")
    try:
        actor, act = may(running, request, name)
        session.check(token_of(request), key, one(given, "proof"))
        answer = json.loads(running.gate.perform(actor, name, read_form(act, given), key=f"desk:{key}"))
    except NoForm:
        return show_form(running, request, name, given)
    except DujiangError as fault:
        return show_form(running, request, name, given, refusal=fault)
    reader = reader_for(running, actor, lang_of(request))
    if isinstance(answer, dict) and TOLD_ONCE & set(answer):
        return page(running, request, "told.html", actor=actor, act=act, answer=reader.cell("answer", answer), back=home(running, actor, act))
    return Response(status_code=303, headers={"Location": f"/desk{home(running, actor, act)}?done={name}"})


def one(given: Given, name: str) -> str:
    return next(iter(given.get(name, ())), "")


def home(running: Running, actor: Actor, act: Act) -> str:
    """Where the things of an act are listed for this visitor, under /desk."""
    kind = act.name.partition(".")[0]
    at = HOME.get(kind, kind)
    return f"/{at}" if at in pages(running, actor) else ""


def choices(running: Running, actor: Actor, reader: Reader) -> dict[str, list[tuple[str, str]]]:
    """The values that fields may have, from the lists that this visitor may see."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, (act, value, words) in KNOWN.items():
        there = running.gate.acts.get(act)
        if there is not None and not actor.roles.isdisjoint(there.who):
            found[name] = [(str(thing[value]), said(thing[words], str(thing[value]), reader)) for thing in look(running, actor, act)]
    return found


def said(words: Any, value: str, reader: Reader) -> str:
    shown = labels.in_words(words, reader.lang)
    return value if shown == value else f"{shown} ({value})"
