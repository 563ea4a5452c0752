"""A small FHIR server on a real socket, after the Bulk Data IG and the search of FHIR R4, which can be told to behave badly."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-5Kq"


@dataclass
class Hospital:
    """`resources` by type; the rest says how to misbehave. `asked` lists every path that was asked for, with its Range."""

    resources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    errors: int = 0
    works: int = 1  # polls answered 202 before the export is done
    retry_after: str = "0"
    busy: int = 0  # answers of 429 before one that is not
    cut: int = 0  # bytes after which a file's connection breaks, once a file
    ranges: bool = True
    expired: set[str] = field(default_factory=set)  # types whose link is gone
    overstated: int = 0  # added to every count and total
    page: int = 2
    next_at: str = ""  # leads the next page elsewhere
    time: str = "2026-11-25T08:00:00.000Z"
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    broken_off: set[str] = field(default_factory=set)
    url: str = ""

    def since(self, kind: str, mark: str) -> list[dict[str, Any]]:
        found = [r for r in self.resources.get(kind, []) if r["meta"]["lastUpdated"] >= mark]
        return sorted(found, key=lambda r: r["meta"]["lastUpdated"])


def lines(resources: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in resources)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hospital: Hospital

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_DELETE(self) -> None:
        self.answer(202)

    def do_GET(self) -> None:
        server, parts = self.hospital, urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        server.asked.append((self.path, self.headers.get("Range", "")))
        server.tokens.add(self.headers.get("Authorization", ""))
        name = parts.path.removeprefix("/fhir/")
        if server.busy:
            server.busy -= 1
            self.answer(429, Retry_After="0")
        elif name.endswith("$export"):
            server.mark = query.get("_since", "")  # type: ignore[attr-defined]
            self.answer(202, Content_Location=f"{server.url}/status/1")
        elif name == "status/1":
            self.status()
        elif name.startswith("file/"):
            self.file(name.removeprefix("file/"))
        else:
            self.search(name, query)

    def status(self) -> None:
        server = self.hospital
        if server.works:
            server.works -= 1
            self.answer(202, Retry_After=server.retry_after, X_Progress="going")
            return
        mark = server.mark  # type: ignore[attr-defined]
        output = [
            {"type": kind, "url": f"{server.url}/file/{kind}", "count": len(server.since(kind, mark)) + server.overstated}
            for kind in server.resources if server.since(kind, mark)
        ]
        manifest: dict[str, Any] = {"transactionTime": server.time, "request": "x", "requiresAccessToken": True, "output": output, "error": []}
        if server.deleted:
            manifest["deleted"] = [{"type": "Bundle", "url": f"{server.url}/file/deleted"}]
        if server.errors:
            manifest["error"] = [{"type": "OperationOutcome", "url": f"{server.url}/file/errors"}]
        self.answer(200, json.dumps(manifest).encode())

    def file(self, name: str) -> None:
        server = self.hospital
        if name in server.expired:
            self.answer(410)
            return
        if name == "deleted":
            body = lines([{"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": u}} for u in server.deleted]}])
        elif name == "errors":
            body = lines([{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}] * server.errors)
        else:
            body = lines(server.since(name, server.mark))  # type: ignore[attr-defined]
        start = int(self.headers["Range"].removeprefix("bytes=").partition("-")[0]) if server.ranges and self.headers.get("Range") else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        if server.cut and name not in server.broken_off:
            server.broken_off.add(name)
            self.wfile.write(body[start : start + server.cut])
            self.close_connection = True
        else:
            self.wfile.write(body[start:])

    def search(self, kind: str, query: dict[str, str]) -> None:
        server = self.hospital
        found = server.since(kind, query.get("_lastUpdated", "").removeprefix("ge"))
        at = int(query.get("at", "0"))
        bundle: dict[str, Any] = {
            "resourceType": "Bundle", "type": "searchset", "total": len(found) + server.overstated,
            "entry": [{"fullUrl": "x", "resource": r, "search": {"mode": "match"}} for r in found[at : at + server.page]],
        }
        if at + server.page < len(found):
            mark = query.get("_lastUpdated", "")
            bundle["link"] = [{"relation": "next", "url": server.next_at or f"{server.url}/{kind}?at={at + server.page}&_lastUpdated={mark}"}]
        self.answer(200, json.dumps(bundle, ensure_ascii=False, indent=1).encode())


@contextlib.contextmanager
def serving(hospital: Hospital) -> Iterator[Hospital]:
    """The hospital's server, until the block ends."""
    handler = type("Handler", (_Handler,), {"hospital": hospital})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hospital.url = f"http://127.0.0.1:{server.server_address[1]}/fhir"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield hospital
        server.shutdown()


def patient(number: int, day: int = 1, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": f"p{number}", "meta": {"lastUpdated": f"2026-11-{day:02d}T08:00:00.000Z"}, **more}


def weight(number: int, day: int = 1) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": f"o{number}", "status": "final", "meta": {"lastUpdated": f"2026-11-{day:02d}T08:00:00.000Z"}}
