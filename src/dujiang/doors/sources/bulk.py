"""FHIR Bulk Data export: start it, ask now and then whether it is ready, download every file, notice what is missing.

After HL7's Bulk Data Access IG 2.0.0. While the server works, the pull waits as a queued job; its place is kept in the zone, so a killed process goes on.
"""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson

from dujiang.collect import gathered
from dujiang.collect.arrivals import Finding
from dujiang.collect.connections import Fhir
from dujiang.collect.gathered import Gathered
from dujiang.collect.readers.resources import RESOURCES
from dujiang.doors.sources.asked import Asked
from dujiang.doors.sources.tombstones import tombstones
from dujiang.doors.sources.web import ACCEPTED, OK, Server, wait_of
from dujiang.errors import Malformed, Refused, Unavailable
from dujiang.words import Word

BEGUN = "state/export"  # where an export that runs at the server is remembered
ASK_AGAIN, LONGEST = 5.0, 300.0  # seconds between two questions, unless the server names others
MOST_FILES = 100_000


class Begun(Word, frozen=True):
    status: str
    ask: str  # not before this time


def export(asked: Asked, setting: Fhir) -> Gathered:
    """One step of an export; Unavailable as long as the server is not done. What it did not hand over is asked for again by the next pull."""
    blobs, zone, now = asked.world.blobs, asked.source.zone, asked.world.clock.now()
    with closing(Server(setting.url, asked.secret)) as server:
        if not blobs.has(zone, BEGUN) or not server.is_ours(_begun(asked).status):
            _remember(asked, Begun(status=_begin(server, setting, asked.where()), ask=now.isoformat()))
        begun = _begun(asked)
        if now < datetime.fromisoformat(begun.ask):
            raise _pending()
        manifest = _poll(asked, server, begun)
        whole = _Download(asked, server, manifest).gather()
        blobs.delete(zone, BEGUN)
        _tidy(server, begun.status)
    return whole


def _begin(server: Server, setting: Fhir, where: dict[str, str]) -> str:
    """Where to ask how far the export is."""
    params = {"_outputFormat": "application/fhir+ndjson"}
    if setting.types:
        params["_type"] = ",".join(setting.types)
    if where.get("since"):
        params["_since"] = where["since"]
    path = f"Group/{setting.group}/$export" if setting.group else "$export"
    answer = server.ask(server.address(path), params=params, headers={"Prefer": "respond-async"})
    place = answer.headers.get("Content-Location", "")
    if answer.status_code != ACCEPTED or not place:
        raise Refused("fhir.export", "The server does not begin an export (status {status}).", "服务器未开始导出（状态码 {status}）。", status=answer.status_code)
    return server.own(place)


def _poll(asked: Asked, server: Server, begun: Begun) -> dict[str, Any]:
    answer = server.ask(begun.status)
    if answer.status_code == ACCEPTED:
        wait = min(wait_of(answer.headers.get("Retry-After"), ASK_AGAIN), LONGEST)
        _remember(asked, Begun(status=begun.status, ask=(asked.world.clock.now() + timedelta(seconds=wait)).isoformat()))
        raise _pending()
    if answer.status_code != OK:  # the server has forgotten it, or failed: the next pull begins anew
        asked.world.blobs.delete(asked.source.zone, BEGUN)
        raise Refused("fhir.export", "The server ended its export without a result (status {status}).", "服务器导出未产生结果（状态码 {status}）。",
                      status=answer.status_code)
    return _manifest(answer.content)


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
        files = [*found["output"], *found.get("deleted", []), *found.get("error", [])]
        if len(files) <= MOST_FILES and isinstance(found["transactionTime"], str) and all(isinstance(f["url"], str) for f in files):
            return dict(found)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        pass
    raise Malformed("fhir.manifest", "The server's export manifest cannot be read.", "无法读取服务器的导出清单。")


def _remember(asked: Asked, begun: Begun) -> None:
    gathered.write(asked.world.blobs, asked.source.zone, BEGUN, msgspec.json.encode(begun))


def _begun(asked: Asked) -> Begun:
    return msgspec.json.decode(gathered.read(asked.world.blobs, asked.source.zone, BEGUN), type=Begun)


def _pending() -> Unavailable:
    return Unavailable("fhir.pending", "The server is preparing the export.", "服务器正在准备导出。")


def _tidy(server: Server, status: str) -> None:
    """Tell the server that its files may go; whether it hears that is its own affair."""
    with suppress(Unavailable, Refused):
        server.ask(status, method="DELETE")


class _Download:
    """The files of one manifest."""

    def __init__(self, asked: Asked, server: Server, manifest: dict[str, Any]) -> None:
        self._asked, self._server, self._manifest = asked, server, manifest
        self._number = asked.number()
        self._findings: list[Finding] = []
        self._missed = 0

    def gather(self) -> Gathered:
        types: set[str] = set()
        for place, one in enumerate(self._manifest["output"]):
            types.add(kind := _kind(one))
            self._whole(one, f"{kind}-{self._number:06d}-{place:06d}.ndjson")
        for place, one in enumerate(self._manifest.get("error", [])):
            rows = self._whole(one, f"OperationOutcome-{self._number:06d}-{place:06d}.ndjson")
            self._findings.append(Finding(rule="fhir.export_errors", file="OperationOutcome", rows=rows))
        for place, one in enumerate(self._manifest.get("deleted", [])):
            self._deleted(one, f"deleted-{self._number:06d}-{place:06d}.ndjson")
        since = self._asked.where().get("since", "") if self._missed else self._manifest["transactionTime"]
        state = {**self._asked.begun(), "since": since}
        return self._asked.gathering.finish(state=state, findings=self._findings, fingerprint=gathered.fingerprint(sorted(types)), missed=self._missed)

    def _whole(self, one: dict[str, Any], name: str) -> int:
        """One file, as it comes; the lines it holds. Fewer than stated, or none at all, are missed."""
        stated = one.get("count") if isinstance(one.get("count"), int) else None
        lines, last = 0, b"\n"
        try:
            with self._asked.gathering.file(name) as file:
                for piece in self._pieces(one):
                    file.write(piece)
                    lines += piece.count(b"\n")
                    last = piece[-1:] or last
        except LookupError:
            return self._miss("fhir.file_missing", name, max(stated or 1, 1))
        lines += last != b"\n"
        if stated is not None and lines < stated:
            self._miss("fhir.count", name, stated - lines)
        return lines

    def _miss(self, rule: str, name: str, rows: int) -> int:
        self._missed += rows
        self._findings.append(Finding(rule=rule, file=name, rows=rows))
        return 0

    def _pieces(self, one: dict[str, Any]) -> Iterator[bytes]:
        return self._server.file(one["url"], token=self._manifest.get("requiresAccessToken") is True)

    def _deleted(self, one: dict[str, Any], name: str) -> None:
        """Bundles of deletions become records that say so."""
        try:
            with self._asked.gathering.file(name) as file:
                for line in tombstones(self._pieces(one)):
                    file.write(line)
        except LookupError:
            self._miss("fhir.file_missing", name, 1)


def _kind(one: dict[str, Any]) -> str:
    kind = one.get("type")
    return kind if isinstance(kind, str) and kind in RESOURCES else "Resource"
