"""The census as a small web application on the loopback: `python -m census --hub URL --token-file FILE`."""

import secrets
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from census.conditions import BY_KEY
from census.pages import ask, main_page
from dujiang_app import Alliance, AppError

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"


def lang_of(request: Request) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def html(text: str) -> Response:
    return Response(text, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})


def make_app(alliance: Alliance) -> FastAPI:
    """The application over one alliance."""
    app = FastAPI(title="Census", docs_url=None, redoc_url=None)

    @app.get("/")
    async def page(request: Request) -> Response:
        return html(await run_in_threadpool(main_page, alliance, lang_of(request)))

    @app.post("/ask")
    async def asked(request: Request) -> Response:
        chosen = parse_qs((await request.body()).decode("utf-8", "replace")).get("condition", [""])[0]
        if chosen not in BY_KEY:
            return html(await run_in_threadpool(main_page, alliance, lang_of(request)))
        try:
            await run_in_threadpool(lambda: ask(alliance, BY_KEY[chosen], nonce=secrets.token_hex(8)))
        except AppError as refusal:
            told = refusal.says(lang_of(request))
            return html(await run_in_threadpool(lambda: main_page(alliance, lang_of(request), asked=told)))
        return Response(status_code=303, headers={"Location": f"/?lang={lang_of(request)}"})

    return app
