"""Reads a FHIR server by search: of each type what changed since the last pull, page after page, every digit as the server wrote it."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import msgspec
import orjson

from dujiang.collect import gathered
from dujiang.collect.arrivals import Finding
from dujiang.collect.connections import Fhir
from dujiang.collect.gathered import Gathered, Hashed
from dujiang.doors.sources.asked import Asked
from dujiang.doors.sources.web import OK, Server
from dujiang.errors import Malformed, Refused

PAGE = 200
MOST_PAGES = 1_000_000


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw()
    search: Any = None


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Bundle(msgspec.Struct):
    resourceType: str = ""
    entry: list[_Entry] = []
    link: list[_Link] = []
    total: int | None = None


_bundle = msgspec.json.Decoder(_Bundle)


def search(asked: Asked, setting: Fhir) -> Gathered:
    """One file a type with something new. Unavailable when the server breaks off: reading then begins again where the pull before ended."""
    where = asked.where()
    number, state = asked.number(), asked.begun()
    findings: list[Finding] = []
    missed = 0
    with closing(Server(setting.url, asked.secret)) as server:
        for kind in setting.types:
            before = orjson.loads(where.get(f"type:{kind}", "{}"))
            with asked.gathering.file(f"{kind}-{number:06d}.ndjson") as file:
                reading = _Reading(server, kind, file)
                place = reading.read(before)
            if reading.missing:
                missed += reading.missing
                findings.append(Finding(rule="fhir.count", file=kind, rows=reading.missing))
            state[f"type:{kind}"] = orjson.dumps(before if reading.missing else place).decode()
    return asked.gathering.finish(state=state, findings=findings, fingerprint=gathered.fingerprint(sorted(setting.types)), missed=missed)


class _Reading:
    """One type on its way into its file. `missing`: how many the server stated and did not send."""

    def __init__(self, server: Server, kind: str, file: Hashed) -> None:
        self._server, self._kind, self._file = server, kind, file
        self.missing = 0

    def read(self, before: dict[str, Any]) -> dict[str, Any]:
        """Write what changed since `before`; returns where the next pull goes on."""
        mark, told = before.get("mark"), set(before.get("told", ()))
        last = _moment(mark)
        at_last = dict.fromkeys(told)
        for raw in self._resources(mark):
            print_ = hashlib.sha256(raw).hexdigest()[:32]
            if print_ not in told:
                self._file.write(raw.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")
            changed = _changed(raw)
            moment = _moment(changed)
            if moment is not None and (last is None or moment > last):
                mark, last, at_last = changed, moment, {}
            if moment == last:
                at_last[print_] = None
        return {"mark": mark, "told": list(at_last)}

    def _resources(self, mark: str | None) -> Iterator[bytes]:
        params = {"_count": str(PAGE), "_sort": "_lastUpdated", **({"_lastUpdated": f"ge{mark}"} if mark else {})}
        url, seen, got, total = self._server.address(self._kind), set[str](), 0, 0
        page = self._page(url, params)
        while True:
            total = max(total, page.total or 0)
            for entry in page.entry:
                resource = bytes(entry.resource)
                mode = entry.search.get("mode") if isinstance(entry.search, dict) else None
                if resource in (b"", b"null") or mode == "outcome":
                    continue
                got += mode != "include"
                yield resource
            following = next((link.url for link in page.link if link.relation == "next"), "")
            if not following:
                break
            url = self._server.own(_joined(self._server.address(""), following))
            if url in seen or len(seen) > MOST_PAGES:
                raise Malformed("fhir.pages", "The server's pages lead round in a circle.", "服务器的分页链接循环，无法读完。")
            seen.add(url)
            page = self._page(url, None)
        self.missing = max(0, total - got)

    def _page(self, url: str, params: dict[str, str] | None) -> _Bundle:
        answer = self._server.ask(url, params=params)
        if answer.status_code != OK:
            raise Refused("fhir.search", "The server refuses the search (status {status}).", "服务器拒绝检索（状态码 {status}）。", status=answer.status_code)
        try:
            found = _bundle.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            found = _Bundle()
        if found.resourceType != "Bundle":
            raise Malformed("fhir.page", "The server's page is not a Bundle.", "服务器返回的页面不是 Bundle。")
        return found


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # for `own`, which refuses it
        return link


def _changed(raw: bytes) -> str | None:
    try:
        found = orjson.loads(raw)["meta"]["lastUpdated"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
