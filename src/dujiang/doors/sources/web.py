"""Asking a FHIR server over HTTP: patient with one that is busy, wary of one that sends us elsewhere, and silent about what it said."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from dujiang.errors import Malformed, Refused, Unavailable

TRIES = 4
LONGEST_WAIT = 5.0  # seconds waited here; a server that wants longer is asked again by the job
TIMEOUT = 60.0
MOST_BYTES = 64 << 20  # of an answer that is no file
OK, PARTIAL, ACCEPTED, TOO_MANY, SERVER = 200, 206, 202, 429, 500


class Server:
    """One FHIR server. The token goes to its own address and nowhere else."""

    def __init__(self, url: str, token: str) -> None:
        import httpx  # it takes its time to load

        self._url, self._token = url.rstrip("/"), token
        self._down = (httpx.TransportError,)
        self._no_address = (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError, OverflowError)
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def address(self, path: str) -> str:
        return f"{self._url}/{path}"

    def is_ours(self, url: str) -> bool:
        """Whether an address lies at the server's own host and port."""
        return _origin(url) == _origin(self._url)

    def own(self, url: str) -> str:
        """The address, if it is the server's own: a link must not send us, and the token, to a stranger."""
        if not self.is_ours(url):
            raise Refused("fhir.elsewhere", "The server's link leads to another host; it was not followed.", "服务器给出的链接指向其他主机，未予访问。")
        return url

    def ask(self, url: str, *, method: str = "GET", params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """The server's answer (status, headers, content), after as many tries as are worth it; Unavailable when it does not answer or is busy."""
        wait = 0.2
        for _ in range(TRIES):
            try:
                answer = self._bounded(method, url, params, {**self._headers(url), **(headers or {})})
            except self._no_address:
                raise Malformed("fhir.address", "The server gave an address that is none.", "服务器给出的地址无效。") from None
            except self._down:
                time.sleep(wait)
                wait *= 2
                continue
            if answer.status_code != TOO_MANY and answer.status_code < SERVER:
                return answer
            pause = wait_of(answer.headers.get("Retry-After"), wait)
            if pause > LONGEST_WAIT:
                break
            time.sleep(pause)
            wait *= 2
        raise unavailable()

    def _bounded(self, method: str, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str]) -> Any:
        with self._http.stream(method, url, params=params, headers=headers) as answer:
            held = bytearray()
            for piece in answer.iter_bytes():
                held += piece
                if len(held) > MOST_BYTES:
                    raise Refused("fhir.too_large", "The server's answer is larger than 64 MiB.", "服务器的应答超过 64 MiB。")
            answer._content = bytes(held)
            return answer

    def _headers(self, url: str, *, token: bool = True) -> dict[str, str]:
        said = {"Accept": "application/fhir+json"}
        return {**said, "Authorization": f"Bearer {self._token}"} if token and self._token and self.is_ours(url) else said

    def file(self, url: str, *, token: bool) -> Iterator[bytes]:
        """A file's bytes; goes on where a connection broke, if the server can, else reads up to there again.

        LookupError when it is not there (any more), or its address is none.
        """
        done, wait = 0, 0.2
        for _ in range(TRIES):
            try:
                with self._opened(url, done, token=token) as (answer, skip):
                    for piece in answer.iter_raw():
                        fresh = piece[skip:]
                        skip -= min(skip, len(piece))
                        done += len(fresh)
                        yield fresh
                return
            except self._no_address:
                raise LookupError from None
            except (*self._down, _Busy) as fault:
                pause = fault.wait if isinstance(fault, _Busy) and fault.wait is not None else wait
                if pause > LONGEST_WAIT:
                    raise unavailable() from None
                time.sleep(pause)
                wait *= 2
        raise unavailable()

    @contextmanager
    def _opened(self, url: str, done: int, *, token: bool) -> Iterator[tuple[Any, int]]:
        """The file from byte `done` on, and how many bytes of the answer to pass over."""
        said = {**self._headers(url, token=token), "Accept": "application/fhir+ndjson", "Accept-Encoding": "identity"}
        if done:
            said["Range"] = f"bytes={done}-"
        with self._http.stream("GET", url, headers=said) as answer:
            if answer.status_code == TOO_MANY or answer.status_code >= SERVER:
                raise _Busy(wait_of(answer.headers.get("Retry-After"), None))
            if answer.status_code not in (OK, PARTIAL):
                raise LookupError
            yield answer, 0 if answer.status_code == PARTIAL else done


class _Busy(Exception):
    def __init__(self, wait: float | None) -> None:
        super().__init__()
        self.wait = wait


def wait_of(header: str | None, otherwise: Any) -> Any:
    """Seconds from a Retry-After: a number or a date (RFC 9110, 10.2.3)."""
    if not header:
        return otherwise
    try:
        return float(header) if header.strip().isdigit() else max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return otherwise


def unavailable() -> Unavailable:
    return Unavailable("fhir.unavailable", "The FHIR server does not answer, or is busy; it is asked again later.", "FHIR 服务器无响应或繁忙，稍后将重试。")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:  # no address: nobody's
        return "", None, None
