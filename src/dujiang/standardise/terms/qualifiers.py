"""Words that say how, where or how surely a diagnosis is meant are taken off its ends and kept: side, stage, status, doubt, denial.

A doubted, denied or past diagnosis is understood, but it is not asserted of the person now: it becomes no code (`ASSERTED`).
"""

import re
from functools import cache

from dujiang.standardise.terms.writing import bare, rows
from dujiang.words import Saying, Word

KINDS: dict[str, Saying] = {
    "side": Saying(en="side", zh="侧别"),
    "stage": Saying(en="stage or severity", zh="分期或程度"),
    "after": Saying(en="after treatment", zh="治疗后"),
    "time": Saying(en="duration", zh="病程"),
    "visit": Saying(en="follow-up", zh="复诊"),
    "suspected": Saying(en="suspected", zh="疑似"),
    "negated": Saying(en="denied", zh="否认"),
    "history": Saying(en="history", zh="既往史"),
    "family": Saying(en="family history", zh="家族史"),
}
ASSERTED = frozenset({"side", "stage", "time", "after", "visit"})
_RANK = r"(?:心功能|nyha|killip|grade|stage|class)?\s*\d{1,2}(?:[-~]\d{1,2})?[级期度]|(?:grade|stage|class)\s*\d"
_SPAN = r"\d{1,3}余?(?:小时|天|日|周|个?月|年)余?"
_LEADING, _TRAILING = re.compile(_RANK), re.compile(f"(?:{_RANK}|{_SPAN})$")
_TAIL = 12  # characters in which a rank or a span stands
_EDGES = " \t\n\r,、.:;-_*#/()[]{}<>【】《》〔〕\"'“”‘’!~^"
_BRACKETS = re.compile(r"[(\[{【〔《]([^()\[\]{}【】〔〕《》]{0,40})[)\]}】〕》]")


class Qualifier(Word, frozen=True, order=True):
    """One word taken off, and its kind."""

    kind: str
    word: str


def strip(folded: str) -> tuple[str, tuple[Qualifier, ...]]:
    """The core of a folded text and the qualifiers that stood before, behind or in brackets; a text of qualifiers alone has an empty core."""
    found: list[Qualifier] = []
    text = _BRACKETS.sub(lambda bracket: _taken(bracket, found), folded)
    while True:
        text = text.strip(_EDGES)
        word, rest = _off(text)
        if not word or len(bare(rest)) == 1:
            return text, tuple(sorted(set(found)))
        found.append(Qualifier(kind=_kind(word), word=word))
        text = rest


def _off(text: str) -> tuple[str, str]:
    """The qualifier at the text's beginning, else at its end, and the text without it; empty when there is none."""
    if match := _LEADING.match(text):
        return match.group(), text[match.end() :]
    if word := _longest(text, _words("lead"), ahead=True):
        return word, text[len(word) :]
    if match := _TRAILING.search(text, max(0, len(text) - _TAIL)):
        return match.group(), text[: match.start()]
    if word := _longest(text, _words("trail"), ahead=False):
        return word, text[: -len(word)]
    return "", text


def _longest(text: str, words: dict[int, frozenset[str]], *, ahead: bool) -> str:
    """The longest of the words at one end; a Latin one neither begins nor ends within another."""
    for size, known in words.items():
        word, beside = (text[:size], text[size : size + 1]) if ahead else (text[-size:], text[-size - 1 : -size])
        if word in known and not (word.isascii() and word[-1 if ahead else 0].isalpha() and beside.isascii() and beside.isalpha()):
            return word
    return ""


def _taken(bracket: "re.Match[str]", found: list[Qualifier]) -> str:
    core, inner = strip(bracket.group(1))
    if core or not inner:
        return bracket.group()
    found.extend(inner)
    return ""


@cache
def _kinds() -> dict[str, str]:
    return {row["word"]: row["kind"] for row in rows("qualifiers.csv")}


def _kind(word: str) -> str:
    return _kinds().get(word) or ("time" if re.fullmatch(_SPAN, word) else "stage")


@cache
def _words(where: str) -> dict[int, frozenset[str]]:
    """The words of one end by their length, longest first."""
    every = {row["word"] for row in rows("qualifiers.csv") if row["where"] in (where, "both")}
    return {size: frozenset(w for w in every if len(w) == size) for size in sorted({len(w) for w in every}, reverse=True)}
