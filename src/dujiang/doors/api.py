"""HTTP: one route per act, made from the table of acts, described by OpenAPI; and the link's two routes at the hub."""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

import dujiang
from dujiang.act import Act, Actor
from dujiang.doors.start import Running
from dujiang.errors import DujiangError, Malformed
from dujiang.gate.actors import known

JSON = "application/json"
MOST_BODY = 64 << 20


def path_of(act: Act) -> str:
    return "/" + act.name.replace(".", "/")


def token_of(request: Request) -> str:
    """The bearer token, or the one the desk's cookie holds."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else request.cookies.get("dujiang", "")


def lang_of(request: Request) -> str:
    asked = request.query_params.get("lang") or request.cookies.get("lang") or request.headers.get("accept-language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def actor_of(running: Running, request: Request) -> Actor:
    return known(running.world.tables, token_of(request))


def said(error: DujiangError, lang: str) -> dict[str, Any]:
    """A refusal as JSON."""
    return {"rule": error.rule, "message": error.says(lang), "en": error.en, "zh": error.zh, "facts": error.facts}


def make_app(running: Running) -> FastAPI:
    """The party's HTTP application."""
    schemas, components = schema_of([act.takes for act in running.gate.acts.values()])
    app = FastAPI(title=f"Dujiang {running.config.place}: {running.config.name_en}", version=dujiang.__version__, docs_url=None, redoc_url=None)

    @app.exception_handler(DujiangError)
    def refuse(request: Request, error: DujiangError) -> Response:
        return Response(msgspec.json.encode(said(error, lang_of(request))), error.status, media_type=JSON)

    for act, schema in zip(running.gate.acts.values(), schemas, strict=True):
        add(app, running, act, schema)

    @app.get("/health", summary="Whether this process is up")
    def health() -> dict[str, str]:
        return {"party": running.config.party, "place": running.config.place, "version": dujiang.__version__}

    make = app.openapi

    def openapi() -> dict[str, Any]:
        made = make()
        made.setdefault("components", {}).setdefault("schemas", {}).update(components)
        return made

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def schema_of(types: list[type]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    made, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    return list(made), components


def add(app: FastAPI, running: Running, act: Act, schema: dict[str, Any]) -> None:
    """One act, one route: a look by GET with its arguments in the query, everything else by POST with JSON."""
    extra: dict[str, Any] = {"x-who": sorted(act.who)}
    if not act.look:
        extra["requestBody"] = {"content": {JSON: {"schema": schema}}, "required": True}
        extra["parameters"] = [{
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200},
            "description": "The same key again returns the first answer and does nothing else.",
        }]
    else:
        extra["parameters"] = [
            {"name": f.encode_name, "in": "query", "required": f.required, "schema": {"type": "string"}}
            for f in msgspec.structs.fields(act.takes)
        ]
    app.add_api_route(
        path_of(act), door(running, act), methods=["GET" if act.look else "POST"], name=act.name, summary=act.says.en,
        description=act.says.zh, tags=[act.name.partition(".")[0]], openapi_extra=extra, response_class=Response,
        responses={200: {"content": {JSON: {}}}},
    )


def door(running: Running, act: Act) -> Callable[[Request], Any]:
    """The endpoint of one act."""

    async def endpoint(request: Request) -> Response:
        args: Any = from_query(act, request) if act.look else await body_of(request)
        key = request.headers.get("idempotency-key", "")[:200]
        actor = await run_in_threadpool(actor_of, running, request)
        answer = await run_in_threadpool(lambda: running.gate.perform(actor, act.name, args, key=key))
        return Response(answer, media_type=JSON)

    return endpoint


async def body_of(request: Request) -> bytes:
    """The body, refused when it is longer than anything an act takes."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BODY:
            raise Malformed("http.size", "The body is too large.", "请求体过大。")
    return data


def from_query(act: Act, request: Request) -> Any:
    asked = {k: v for k, v in request.query_params.items() if k != "lang"}
    try:
        return msgspec.convert(asked, act.takes, strict=False)
    except msgspec.MsgspecError as fault:
        raise Malformed(
            "gate.arguments", "The arguments of {act} do not fit: {fault}.", "{act} 的参数不符：{fault}。", act=act.name, fault=str(fault)[:200]
        ) from None
