"""What every page of the desk stands on: who looks, in which language, the navigation, the answer of a look, the template."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec
from fastapi import Request, Response

from dujiang.act import Act, Actor
from dujiang.doors.api import actor_of
from dujiang.doors.desk import labels
from dujiang.doors.desk.cells import Reader
from dujiang.doors.fence import lang_of
from dujiang.doors.start import Running
from dujiang.errors import DujiangError
from dujiang.gate.actors import PUBLIC
from dujiang.gate.acts import WORKS
from dujiang.words import Role

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
OWN = frozenset({"lang", "page", "done"})  # what an address says to the desk, not to the act
NO_PAGE = frozenset({"map.catalogue", "log.checkpoint", "persons.key"})  # looks that are for programs
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
)


def visitor(running: Running, request: Request) -> Actor:
    """Who is looking; a token that is no longer valid counts as none."""
    try:
        return actor_of(running, request)
    except DujiangError:
        return PUBLIC


def page_of(act: Act) -> str:
    """The address of an act's page under /desk."""
    kind, _, verb = act.name.partition(".")
    return kind if verb in ("list", "entries") or act.name == "map.show" else f"{kind}/{verb}"


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


def reader_for(running: Running, actor: Actor, lang: str) -> Reader:
    parties = {p["id"]: p["name"] for p in look(running, PUBLIC, "party.list")}
    return Reader(lang, parties, running.gate.acts, WORKS, frozenset(pages(running, actor)))


def look(running: Running, actor: Actor, act: str, **args: Any) -> Any:
    return json.loads(running.gate.perform(actor, act, args))


def page(running: Running, request: Request, template: str, *, status: int = 200, actor: Actor | None = None, **values: Any) -> Response:
    """A page in the reader's language."""
    lang, config = lang_of(request), running.config
    actor = visitor(running, request) if actor is None else actor
    done = running.gate.acts.get(request.query_params.get("done", ""))
    other = {**request.query_params, "lang": "en" if lang == "zh" else "zh"}
    body = TEMPLATES.get_template(template).render(
        lang=lang, t=(lambda en, zh: zh if lang == "zh" else en), party=config.name_zh if lang == "zh" else config.name_en,
        place=config.place, at=request.url.path, other=urlencode(other), nav=lists_for(running, actor), actor=actor, labels=labels,
        done=done.says if done else None, signed_in=Role.PUBLIC not in actor.roles, roles=[labels.WORDS[r].in_(lang) for r in sorted(actor.roles) if r in labels.WORDS], **values,
    )
    response = Response(body, status, media_type="text/html; charset=utf-8", headers=HEADERS)
    if request.query_params.get("lang"):
        response.set_cookie("lang", lang, samesite="strict")
    return response
