"""Somebody between a node and its hub: passes everything on, or alters what the hub answers."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

Alter = Callable[[str, Any], Any]  # path, decoded answer -> answer


def honestly(path: str, answer: Any) -> Any:
    return answer


@dataclass
class Proxy:
    """`alter` may be changed at any time; `polls` are the bodies that nodes sent to /link/poll."""

    hub: str
    alter: Alter = honestly
    polls: list[bytes] = field(default_factory=list)
    answered: int = 0
    url: str = ""

    def pass_on(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/link/poll":
            self.polls.append(body)
        answer = httpx.request(method, self.hub + path, content=body, timeout=60, trust_env=False, headers={"Content-Type": "application/json"})
        self.answered += 1
        if answer.status_code != 200:
            return answer.status_code, answer.content
        return 200, json.dumps(self.alter(path.partition("?")[0], answer.json())).encode()


@contextmanager
def proxy_to(hub: str) -> Iterator[Proxy]:
    """A proxy on a free port of the loopback."""
    proxy = Proxy(hub)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, answer = proxy.pass_on(self.command, self.path, body)
            except httpx.HTTPError:
                status, answer = 503, b"{}"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            with suppress(OSError):  # whoever asked may have died meanwhile
                self.wfile.write(answer)

        do_GET = do_POST = _pass

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
