"""The census as a small web application on the loopback: `python apps/census --hub URL --token-file FILE`."""

import re
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from census.conditions import BY_KEY
from census.pages import ask, main_page, says
from dujiang_app import Alliance, AppError

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
MOST_BODY = 4096
ONCE = re.compile(r"[0-9a-f]{16}")


def lang_of(request: Request) -> str:
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def html(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/html; charset=utf-8", headers=HEADERS)


def from_here(request: Request) -> bool:
    """Whether a form was sent from the census's own page: another site must not spend the census's runs."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def make_app(alliance: Alliance) -> FastAPI:
    """The application over one alliance."""
    app = FastAPI(title="Census", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/")
    def page(request: Request) -> Response:
        return html(main_page(alliance, lang_of(request)))

    @app.post("/ask")
    async def asked(request: Request) -> Response:
        lang = lang_of(request)
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BODY:
                break
        form = parse_qs(body[:MOST_BODY].decode("utf-8", "replace"))
        condition, once = BY_KEY.get(form.get("condition", [""])[0]), form.get("once", [""])[0]
        if condition is None or not ONCE.fullmatch(once) or not from_here(request):
            told = "找不到该疾病，请在页面上选择。" if lang == "zh" else "There is no such condition. Choose one on the page."
            return html(await run_in_threadpool(lambda: main_page(alliance, lang, asked=told)), 422)
        try:
            await run_in_threadpool(lambda: ask(alliance, condition, once=once))
        except AppError as refusal:
            why = says(refusal, lang)
            return html(await run_in_threadpool(lambda: main_page(alliance, lang, asked=why)), refusal.status)
        return Response(status_code=303, headers={"Location": f"/?lang={lang}"})

    return app
