"""HTTP: one route per act, made from the table of acts and described by OpenAPI."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

import dujiang
from dujiang.act import Act, Actor
from dujiang.doors.fence import JSON, MOST_BODY, MOST_KEY, MOST_STRANGE, add_fence, body_of, key_of
from dujiang.doors.start import Running
from dujiang.gate.actors import known
from dujiang.gate.arguments import read_args
from dujiang.words import Role

REFS = "#/components/schemas/"
TEXT = {"type": "string"}
REFUSAL = {
    "type": "object", "required": ["rule", "message", "en", "zh", "facts"],
    "properties": {"rule": TEXT, "message": TEXT, "en": TEXT, "zh": TEXT, "facts": {"type": "object"}},
}
COMMON: dict[str, dict[str, Any]] = {
    "schemas": {"Refusal": REFUSAL},
    "responses": {"Refusal": {"description": "Refused: the rule, and why in both languages", "content": {JSON: {"schema": {"$ref": f"{REFS}Refusal"}}}}},
    "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Access token 访问令牌"}},
}
KEY = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": MOST_KEY},
    "description": "The same key again returns the first answer and does nothing else. 相同幂等键返回首次结果，不重复执行",
}


def path_of(act: Act) -> str:
    return "/" + act.name.replace(".", "/")


def token_of(request: Request) -> str:
    """The bearer token, or the one the desk's cookie holds."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.cookies.get("dujiang", "")


def actor_of(running: Running, request: Request) -> Actor:
    return known(running.world.tables, token_of(request))


def make_app(running: Running) -> FastAPI:
    """The party's HTTP application."""
    name = f"Dujiang {running.config.place}: {running.config.name_en}"
    app = FastAPI(title=name, version=dujiang.__version__, docs_url=None, redoc_url=None)
    add_fence(app)
    for act in running.gate.acts.values():
        app.router.add_route(path_of(act), door(running, act), methods=[method_of(act)], name=act.name)

    @app.get("/health", summary="Whether this process is up")
    def health() -> dict[str, str]:
        return {"party": running.config.party, "place": running.config.place, "version": dujiang.__version__}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(running, app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def described(running: Running, app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made when somebody asks for it: describing a hundred routes takes as long as all the rest of a start."""
    whole = FastAPI(title=app.title, version=app.version)
    schemas, components = schemas_of(running.gate.acts)
    for act in running.gate.acts.values():
        add(whole, running, act, schemas[act.name])
    whole.router.routes += [route for route in app.routes if isinstance(route, APIRoute)]
    made = whole.openapi()
    for part, named in {**COMMON, "schemas": {**components, **COMMON["schemas"]}}.items():
        made.setdefault("components", {}).setdefault(part, {}).update(named)
    return made


def method_of(act: Act) -> str:
    """A look is asked for by GET, everything else by POST."""
    return "GET" if act.look else "POST"


def schemas_of(acts: Mapping[str, Act]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The JSON schema of every act's arguments, by the act's name, and the schemas they refer to."""
    made, components = msgspec.json.schema_components([a.takes for a in acts.values()], ref_template=REFS + "{name}")
    return dict(zip(acts, made, strict=True)), components | {}


def add(app: FastAPI, running: Running, act: Act, schema: dict[str, Any]) -> None:
    """One act, one route in the document: a look has its arguments in the query, everything else as JSON."""
    extra: dict[str, Any] = {"x-who": sorted(act.who), "security": [{"token": []}, *([{}] if Role.PUBLIC in act.who else [])]}
    if act.look:
        extra["parameters"] = [
            {"name": f.encode_name, "in": "query", "required": f.required, "schema": TEXT} for f in msgspec.structs.fields(act.takes)
        ]
    else:
        extra["requestBody"] = {"content": {JSON: {"schema": schema}}, "required": True}
        extra["parameters"] = [KEY]
    app.add_api_route(
        path_of(act), door(running, act), methods=[method_of(act)], name=act.name, summary=act.says.en,
        description=act.says.zh, tags=[act.name.partition(".")[0]], openapi_extra=extra, response_class=Response,
        responses={200: {"content": {JSON: {}}}, "default": {"$ref": "#/components/responses/Refusal"}},
    )


def door(running: Running, act: Act) -> Callable[[Request], Any]:
    """The endpoint of one act. Who calls is settled before the body is read: a stranger's is short."""

    async def endpoint(request: Request) -> Response:
        actor = await run_in_threadpool(actor_of, running, request)
        most = MOST_STRANGE if Role.PUBLIC in actor.roles else MOST_BODY
        args: Any = from_query(act, request.query_params) if act.look else await body_of(request, most)
        key = key_of(request)
        answer = await run_in_threadpool(lambda: running.gate.perform(actor, act.name, args, key=key))
        return Response(answer, media_type=JSON)

    return endpoint


def from_query(act: Act, asked: Mapping[str, str]) -> Any:
    """A look's arguments from an address: everything is text there, and `lang` is the reader's, not the act's."""
    return read_args(act, {name: value for name, value in asked.items() if name != "lang"}, strict=False)
