"""Sign in, see what waits and what lists there are for you, see each; a cookie holds the access token, never an address."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import jinja2
import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from dujiang.act import Act, Actor
from dujiang.doors.api import actor_of, from_query
from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import Reader
from dujiang.doors.desk.rows import PAGE, entries, listing
from dujiang.doors.desk.waiting import FINDS, work_list
from dujiang.doors.fence import MOST_STRANGE, body_of, lang_of
from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Unknown
from dujiang.gate.actors import PUBLIC, known
from dujiang.gate.acts import WORKS
from dujiang.words import Role

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
OWN = frozenset({"lang", "page"})  # what an address says to the desk, not to the act
NO_PAGE = frozenset({"log.checkpoint", "persons.key"})  # looks that are for programs
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
)


def add_desk(app: FastAPI, running: Running) -> None:
    """The desk's routes."""

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


def visitor(running: Running, request: Request) -> Actor:
    """Who is looking; a token that is no longer valid counts as none."""
    try:
        return actor_of(running, request)
    except DujiangError:
        return PUBLIC


def page_of(act: Act) -> str:
    """The address of an act's page under /desk."""
    kind, _, verb = act.name.partition(".")
    return kind if verb in ("list", "entries") else f"{kind}/{verb}"


def pages(running: Running, actor: Actor) -> dict[str, Act]:
    """The pages this visitor may see, by their addresses: acts that look."""
    acts = running.gate.acts.values()
    return {page_of(a): a for a in acts if a.look and a.name not in NO_PAGE and not actor.roles.isdisjoint(a.who)}


def free(running: Running, actor: Actor) -> dict[str, Act]:
    """The pages that need nothing to be named."""
    return {at: a for at, a in pages(running, actor).items() if not any(f.required for f in msgspec.structs.fields(a.takes))}


def named(at: str, act: Act) -> dict[str, Any]:
    """A link to a page."""
    return {"at": at, "name": labels.page_name(at, act.says), "says": act.says}


def lists_for(running: Running, actor: Actor) -> list[dict[str, Any]]:
    """The navigation: the lists in their groups; a kind that no group knows stands in the last."""
    lists = {at: a for at, a in free(running, actor).items() if "/" not in at}
    known_kinds = {kind for _, kinds in labels.GROUPS for kind in kinds}
    others = tuple(at for at in lists if at not in known_kinds)
    groups = [(name, kinds if name is not labels.GROUPS[-1][0] else (*kinds, *others)) for name, kinds in labels.GROUPS]
    shown = [{"name": name, "pages": [named(at, lists[at]) for at in kinds if at in lists]} for name, kinds in groups]
    return [group for group in shown if group["pages"]]


def related(running: Running, actor: Actor, at: str) -> list[dict[str, Any]]:
    """Other pages about the same kind of thing."""
    kind = at.partition("/")[0]
    return [named(other, act) for other, act in free(running, actor).items() if other.partition("/")[0] == kind and other != at]


def reader_for(running: Running, actor: Actor, lang: str) -> Reader:
    parties = {p["id"]: p["name"] for p in look(running, PUBLIC, "party.list")}
    return Reader(lang, parties, running.gate.acts, WORKS, frozenset(pages(running, actor)))


def look(running: Running, actor: Actor, act: str, **args: Any) -> Any:
    return json.loads(running.gate.perform(actor, act, args))


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
            found, count = (answer, 0) if isinstance(answer, list) else ([answer], 0)
    except DujiangError as refusal:
        return page(running, request, "refused.html", status=refusal.status, refusal=refusal)
    reader = reader_for(running, actor, lang_of(request))
    shown = listing(at, found, reader, page=number, count=count)
    return page(running, request, "list.html", actor=actor, act=act, shown=shown, name=labels.page_name(at, act.says), asked=asked,
                related=related(running, actor, at))


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


def page(running: Running, request: Request, template: str, *, status: int = 200, actor: Actor | None = None, **values: Any) -> Response:
    """A page in the reader's language."""
    lang, config = lang_of(request), running.config
    actor = visitor(running, request) if actor is None else actor
    other = {**request.query_params, "lang": "en" if lang == "zh" else "zh"}
    body = TEMPLATES.get_template(template).render(
        lang=lang, t=(lambda en, zh: zh if lang == "zh" else en), party=config.name_zh if lang == "zh" else config.name_en,
        place=config.place, at=request.url.path, other=urlencode(other), nav=lists_for(running, actor), actor=actor, labels=labels,
        signed_in=Role.PUBLIC not in actor.roles, roles=[labels.WORDS[r].in_(lang) for r in sorted(actor.roles) if r in labels.WORDS], **values,
    )
    response = Response(body, status, media_type="text/html; charset=utf-8", headers=HEADERS)
    if request.query_params.get("lang"):
        response.set_cookie("lang", lang, samesite="strict")
    return response
