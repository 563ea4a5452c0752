"""The alliance's HTTP door, from outside: the catalogue, tasks under the app's permits, released answers."""

from collections.abc import Mapping
from typing import Any

import httpx

NO_ANSWER = ("Whoever answered is not the alliance, or it is out of order. Try again later.", "应答方不是联盟，或联盟服务异常，请稍后再试。")


class AppError(Exception):
    """The alliance refused: `rule` is stable, `en` and `zh` say why and what to do."""

    def __init__(self, status: int, rule: str, en: str, zh: str) -> None:
        super().__init__(f"{rule}: {en}")
        self.status, self.rule, self.en, self.zh = status, rule, en, zh

    def says(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


class Alliance:
    """The hub as an app sees it. `transport` is for tests; httpx.MockTransport or an ASGI transport will do."""

    def __init__(self, url: str, token: str, *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False, transport=transport)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON answer; AppError for a refusal and for an alliance that does not answer."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError:
            raise AppError(503, "alliance.down", "The alliance does not answer. Try again later.", "联盟暂无响应，请稍后再试。") from None
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.status_code == httpx.codes.OK and said is not None:
            return said
        told = said if isinstance(said, dict) else {}
        rule, en, zh = (str(told.get(k) or d) for k, d in (("rule", "alliance.error"), ("en", NO_ANSWER[0]), ("zh", NO_ANSWER[1])))
        raise AppError(answer.status_code if answer.status_code >= httpx.codes.BAD_REQUEST else httpx.codes.BAD_GATEWAY, rule, en, zh)

    def offers(self) -> list[dict[str, Any]]:
        """The published asset versions: holder, counts, grade, quality, columns."""
        found: list[dict[str, Any]] = self._ask("GET", "/offer/list")
        return found

    def permits(self) -> list[dict[str, Any]]:
        """This app's permits, one per holder."""
        found: list[dict[str, Any]] = self._ask("GET", "/permit/list")
        return found

    def submit(self, request: str, query: Mapping[str, Any], *, key: str) -> str:
        """Run a query under a request's permits; the task's id. The same key again is the same task."""
        body = {"request": request, "query": dict(query)}
        task: str = self._ask("POST", "/task/submit", json=body, headers={"Idempotency-Key": key})["task"]
        return task

    def tasks(self) -> dict[str, dict[str, Any]]:
        """This app's tasks by id, each with its state and on whom it waits."""
        return {t["id"]: t for t in self._ask("GET", "/task/list")}

    def releases(self) -> dict[str, dict[str, Any]]:
        """This app's releases by task, each with its state; figures only through `answer`."""
        return {r["task"]: r for r in self._ask("GET", "/release/list")}

    def answer(self, release: str) -> dict[str, Any]:
        """A released answer: rows, what was withheld and why, the entry of the log."""
        found: dict[str, Any] = self._ask("GET", "/release/read", params={"id": release})
        return found
