"""Values as people read them: no JSON, numbers with their separators, dates by the local clock, long hashes short with the whole beneath."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dujiang.act import Act, Work
from dujiang.doors.desk import labels
from dujiang.words import PURPOSES

FOLDED = 4  # lines above which a list folds away
WIDEST = 6  # columns of a table within a cell
SHORT = 10  # characters of a hash that are shown
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
HASH = re.compile(r"(?:[a-z]{1,3}-)?[0-9a-f]{24,}|[A-Za-z0-9+/]{40,}={0,2}|\S+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{30,}")
ID = re.compile(r"[a-z]{1,12}(?:-[a-z0-9]+)*-[0-9a-f]{6,}")
DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")  # rules, columns, acts
NEVER = "9999-12-31"
MONEY = frozenset({"fen", "total"})
PLAIN = frozenset({"index", "entry", "line", "port"})  # numbers that name a place: without separators
STATE = frozenset({"state", "to", "effect"})
WORDED = frozenset({"role", "roles", "label", "vote", "right", "method", "methods", "measures", "values", "type", "purpose", "purposes", "waiting_on", "form"})
PARTIES = frozenset({"party", "holder", "holders", "recipient", "recipients", "peers", "waiting_on", "shared_with", "from"})


@dataclass(frozen=True)
class Cell:
    """One value: `kind` says how the page shows it; `full` is what stands beneath a short form."""

    kind: str
    text: str = ""
    full: str = ""
    href: str = ""
    lines: tuple["Cell", ...] = ()
    pairs: tuple[tuple[str, "Cell"], ...] = ()
    folded: bool = False

    @property
    def figures(self) -> bool:
        """Whether all of it are numbers, which stand under one another."""
        return all(c.kind == "number" for _, c in self.pairs)


EMPTY = Cell("empty")


@dataclass(frozen=True)
class Reader:
    """Who reads, and what the words of this party mean: its parties by name, its acts and works."""

    lang: str
    parties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    acts: Mapping[str, Act] = field(default_factory=dict)
    works: Mapping[str, Work] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()  # kinds of which this reader may see the list

    def t(self, en: str, zh: str) -> str:
        return zh if self.lang == "zh" else en

    def cell(self, name: str, value: Any) -> Cell:
        """The value of a column."""
        if value is None or value == "" or value == [] or value == {}:
            return EMPTY
        if isinstance(value, bool):
            return Cell("text", self.t("yes", "是") if value else self.t("no", "否"))
        if isinstance(value, int | float):
            return self._number(name, value)
        if isinstance(value, list):
            return self._list(name, value)
        return self._mapping(value) if isinstance(value, dict) else self._text(name, str(value))

    def _number(self, name: str, value: float) -> Cell:
        if name in ("grade", "ceiling", "proposed") and value in labels.GRADES:
            return Cell("text", f"{value} {labels.GRADES[int(value)].in_(self.lang)}")
        if name in MONEY:
            return Cell("number", yuan(int(value)))
        if name in PLAIN:
            return Cell("number", str(value))
        return Cell("number", f"{value:,}" if isinstance(value, int) else f"{value:,.6g}")

    def _list(self, name: str, value: list[Any]) -> Cell:
        if name == "progress" and len(value) == 2 and all(isinstance(n, int) for n in value):
            return Cell("text", f"{int(100 * value[0] / max(value[1], 1))} %")
        if name == "postings" and all(is_posting(item) for item in value):
            return Cell("pairs", pairs=tuple((self._account(who), Cell("number", yuan(fen))) for who, fen in value))
        summary = self.t(f"{len(value)} {labels.column(name, 'en')}", f"{len(value)} 项")
        if alike(value):
            return Cell("lines", summary, lines=(self._table(value),), folded=True)
        cells = tuple(self.cell(name, item) for item in value)
        if len(cells) == 1:
            return cells[0]
        return Cell("lines", summary, lines=cells, folded=len(cells) > FOLDED or any(c.kind == "pairs" for c in cells))

    def _table(self, value: list[dict[str, Any]]) -> Cell:
        """Things alike as a small table: a line of heads, then a line each."""
        return Cell("table", lines=tuple(
            Cell("row", pairs=tuple((labels.column(k, self.lang), self.cell(k, v)) for k, v in item.items() if k not in labels.HIDDEN)) for item in value
        ))

    def _mapping(self, value: dict[str, Any]) -> Cell:
        if set(value) == {"en", "zh"}:
            return Cell("text", value[self.lang])
        if set(value) == {"system", "code"}:
            return Cell("text", f"{value['system']} {value['code']}")
        named = {"groups" if k == "by" and isinstance(v, list) else k: v for k, v in value.items() if k not in labels.HIDDEN}
        found = tuple((labels.column(k, self.lang), self.cell(k, v)) for k, v in named.items())
        found = tuple((k, c) for k, c in found if c.kind != "empty")
        return Cell("pairs", pairs=found) if found else EMPTY

    def _text(self, name: str, value: str) -> Cell:
        for shown in (self._code, self._moment, self._long):
            if found := shown(name, value):
                return found
        return Cell("text", value)

    def _code(self, name: str, value: str) -> Cell | None:
        """A code in words, with the code beneath."""
        if name in STATE and value in labels.STATES:
            return Cell("state", labels.state(value, self.lang), mood(value))
        if name in PARTIES and value in self.parties:
            return Cell("text", self.parties[value][self.lang], value)
        if (name in WORDED or value in PURPOSES) and value in labels.WORDS:
            return Cell("text", labels.WORDS[value].in_(self.lang), value)
        if name in ("act", "acts") and value in self.acts:
            return Cell("text", self.acts[value].says.in_(self.lang), value)
        if name == "work" and value in self.works:
            return Cell("text", self.works[value].says.in_(self.lang), value)
        if name in ("table", "name") and value in labels.TABLES:
            return Cell("text", labels.TABLES[value].in_(self.lang), value)
        return Cell("text", self._account(value), value) if name == "account" and value.partition(":")[0] in labels.ACCOUNTS else None

    def _account(self, id: str) -> str:
        """An account of the settlement by its owner's name."""
        kind, _, who = id.partition(":")
        if kind not in labels.ACCOUNTS:
            return id
        return labels.ACCOUNTS[kind].in_(self.lang).format(who=self.parties[who][self.lang] if who in self.parties else who)

    def _moment(self, name: str, value: str) -> Cell | None:
        if value == NEVER:
            return Cell("text", self.t("without end", "长期有效"), value)
        if MOMENT.match(value):
            return self._time(value)
        if DAY.fullmatch(value):
            return Cell("text", value if self.lang == "en" else "{}年{}月{}日".format(*(int(p) for p in value.split("-"))), value)
        return None

    def _time(self, value: str) -> Cell | None:
        """A moment by the clock of this machine, which stands where the institution is."""
        try:
            local = datetime.fromisoformat(value).astimezone()
        except ValueError:
            return None
        pattern = "%Y-%m-%d %H:%M:%S" if self.lang == "en" else "%Y年%-m月%-d日 %H:%M:%S"
        return Cell("time", local.strftime(pattern), value)

    def _long(self, name: str, value: str) -> Cell | None:
        href = self.link(name, value)
        if HASH.fullmatch(value):
            shown = value if len(value) <= 2 * SHORT else short(value)
            return Cell("code", shown, value, href)
        if href or ID.fullmatch(value) or DOTTED.fullmatch(value):
            return Cell("code", value, "", href)
        return None

    def link(self, name: str, value: str) -> str:
        """Where the thing that an id names is shown, if this reader may see that list."""
        kind = SINGULAR.get(name, name)
        if name in ("on", "id") or kind not in self.lists or not ID.fullmatch(value):
            kind, _, value = value.partition(":") if name == "on" else ("", "", "")
        return f"/desk/{kind}#{value}" if kind in self.lists and value else ""


SINGULAR = {"offers": "offer", "arrivals": "arrival", "snapshots": "snapshot", "app": "app", "requests": "request"}
Show = Callable[[str, str], Cell | None]


def alike(value: list[Any]) -> bool:
    """Whether a list is of several things with the same few plain fields."""
    if len(value) < 2 or not all(isinstance(item, dict) and item.keys() == value[0].keys() for item in value if isinstance(value[0], dict)):
        return False
    plain = all(not isinstance(v, dict | list) for item in value if isinstance(item, dict) for v in item.values())
    return isinstance(value[0], dict) and 2 <= len(value[0]) <= WIDEST and plain and set(value[0]) not in ({"en", "zh"}, {"system", "code"})


def is_posting(item: Any) -> bool:
    """Whether this is an account and whole fen."""
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], int)


def mood(state: str) -> str:
    """How a state is coloured; the word says the same."""
    return "bad" if state in labels.BAD else "good" if state in labels.GOOD else ""


def short(value: str) -> str:
    """A hash, key or long id by its beginning; of a verifier key, whose name it begins with, the name."""
    name, plus, rest = value.partition("+")
    if plus and "/" in name and "." in name:
        return f"{name}+{rest[:8]}…"
    return value[:SHORT] + "…"


def yuan(fen: int) -> str:
    """Integer fen as yuan, exactly."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
