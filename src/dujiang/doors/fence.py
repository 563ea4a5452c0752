"""What stands around every HTTP route: a body has a size, every refusal is one JSON document in both languages, and a fault of ours tells only its type."""

import logging
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dujiang.errors import Broken, Conflict, DujiangError, Malformed, Unknown
from dujiang.words import Saying

JSON = "application/json"
MOST_BODY = 64 << 20  # bytes: the consent forms of a large hospital in one call
MOST_STRANGE = 64 << 10  # bytes from a caller nobody knows
MOST_KEY = 200  # characters of an idempotency key
log = logging.getLogger("dujiang.http")


class TooLarge(Malformed):
    """More than any act takes."""

    status = 413


def lang_of(request: Request) -> str:
    """The language asked for: by the address, else by the desk's cookie, else by the browser's first choice."""
    asked = request.query_params.get("lang") or request.cookies.get("lang") or request.headers.get("accept-language", "")
    return "zh" if asked.lower().startswith("zh") else "en"


def said(error: DujiangError, lang: str) -> dict[str, Any]:
    """A refusal as JSON."""
    return {"rule": error.rule, "message": error.says(lang), "en": error.en, "zh": error.zh, "facts": error.facts}


def refusal(request: Request, error: DujiangError, *, status: int = 0, **more: Any) -> Response:
    """A refusal as an answer, with the error's own status unless another is given."""
    return Response(msgspec.json.encode({**said(error, lang_of(request)), **more}), status or error.status, media_type=JSON)


async def body_of(request: Request, most: int = MOST_BODY) -> bytes:
    """The body; TooLarge when it has more than `most` bytes, without reading the rest."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise TooLarge(
                "http.size", "The body has more than {most} bytes. Send less at a time.", "请求体超过 {most} 字节，请分批发送。", most=most
            )
    return bytes(data)


def key_of(request: Request) -> str:
    """The idempotency key, empty without one; Malformed when it is too long to be kept whole."""
    key = request.headers.get("idempotency-key", "")
    if len(key) > MOST_KEY:
        raise Malformed("http.key", "An idempotency key has at most {most} characters.", "幂等键最长 {most} 个字符。", most=MOST_KEY)
    return key


NOT_HERE = {
    404: Saying(en="There is no such address here. /openapi.json lists what there is.", zh="没有该地址，可用地址见 /openapi.json。"),
    405: Saying(en="This address is not called by that method. See /openapi.json.", zh="该地址不支持此请求方法，请参阅 /openapi.json。"),
}
OTHER = Saying(en="The request cannot be read.", zh="无法读取该请求。")


def add_fence(app: FastAPI) -> None:
    """Refusals of ours and of the framework in one form, and nothing of a fault's text in an answer or a server log."""

    @app.exception_handler(DujiangError)
    def refuse(request: Request, error: DujiangError) -> Response:
        return refusal(request, error)

    @app.exception_handler(HTTPException)
    def not_here(request: Request, fault: HTTPException) -> Response:
        words = NOT_HERE.get(fault.status_code, OTHER)
        error = (Unknown if fault.status_code == 404 else Conflict if fault.status_code == 405 else Malformed)(
            f"http.{fault.status_code}", words.en, words.zh
        )
        return refusal(request, error, status=fault.status_code)

    app.add_middleware(Fence)


class Fence:
    """The last hold of an exception: its text could hold a record's value, so only its type is told and logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as fault:
            log.error("a route broke: %s", type(fault).__name__)
            if not begun:
                error = Broken(
                    "http.fault", "Something broke here ({kind}). Nothing was done; tell the operator.", "系统内部故障（{kind}），未执行任何操作，请联系运维人员。",
                    kind=type(fault).__name__,
                )
                await refusal(Request(scope), error)(scope, receive, send)
