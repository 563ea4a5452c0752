"""One field, several diagnoses: taken apart at list marks and separators, but never through the middle of what is known as a whole."""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

MOST = 40  # pieces of one text
_CIRCLED = re.compile("[\u2460-\u249b\u24ea\u2776-\u2793]\\.?")
_HARD = re.compile(r"[\n\r;|。]+")
SOFT = re.compile(r"[,、/+]+")
_JOINED = re.compile(r"伴有|伴发|伴|合并|并发|并|以及|及|和|与|\bwith\b|\band\b")
_SAYS = re.compile(r"[^\W_]|\?")
_WORD = re.compile(r"\w")
_HAN = "一二三四五六七八九十"


class Asks(NamedTuple):
    """What is asked of a text before it is taken apart."""

    known: Callable[[str], bool]  # is it in the lists
    exact: Callable[[str], bool]  # letter by letter
    sure: Callable[[str], bool]  # is it surely meant by a name
    joined: Callable[[str], bool]  # by one with commas of its own


def marked(text: str) -> str:
    """Circled numbers as separators; to be done before folding, which would make plain digits of them."""
    return _CIRCLED.sub(";", text)


def pieces(folded: str, asks: Asks) -> list[str]:
    """The pieces of a folded text, in order."""
    found = [piece for line in _HARD.split(_unnumbered(folded)) for piece in _apart(line.strip(), asks)]
    return [piece.strip() for piece in found if _SAYS.search(piece)]


def _unnumbered(folded: str) -> str:
    """A text that counts its lines, `1. … 2. …`, with separators for the numbers; they must begin with one and go on one by one."""
    places: list[tuple[int, int]] = []
    for number in range(1, MOST + 1):
        found = _mark(number).search(folded, places[-1][1] if places else 0)
        if found is None or (not places and _WORD.search(folded[: found.start()])):
            break
        places.append(found.span())
    if len(places) == 1 and folded[places[0][1] : places[0][1] + 1].isdigit():
        return folded  # `1.5 cm` counts nothing
    for start, end in reversed(places):
        folded = f"{folded[:start]};{folded[end:]}"
    return folded


@cache
def _mark(number: int) -> re.Pattern[str]:
    han = f"|{_HAN[number - 1]}" if number <= len(_HAN) else ""
    return re.compile(rf"(?<![0-9一二三四五六七八九十])\(?(?:{number}{han})\s*[.)、:]\s*")


def _apart(line: str, asks: Asks) -> list[str]:
    """Commas and the like stand between diagnoses, and within a few names: those stay whole."""
    parts = [part for part in SOFT.split(line) if part.strip()]
    if len(parts) < 2:
        return _unjoined(line, asks)
    if len(parts) > MOST:
        return parts
    if asks.joined(line) or (asks.exact(line) and not all(map(asks.known, parts))):
        return [line]
    return [piece for part in _together(line, parts, asks) for piece in _unjoined(part, asks)]


def _together(line: str, parts: list[str], asks: Asks) -> list[str]:
    """Neighbours that are one name with commas, longest first, stay one."""
    spans: list[tuple[int, int]] = []
    for part in parts:
        begin = line.index(part, spans[-1][1] if spans else 0)
        spans.append((begin, begin + len(part)))
    out, start = [], 0
    while start < len(parts):
        longest = min(len(parts), start + 4)
        wholes = ((end, line[spans[start][0] : spans[end - 1][1]]) for end in range(longest, start + 1, -1))
        end, piece = next((found for found in wholes if _one_name(found[1], asks)), (start + 1, parts[start]))
        out.append(piece)
        start = end
    return out


def _one_name(text: str, asks: Asks) -> bool:
    return asks.known(text) and asks.joined(text)


def _unjoined(part: str, asks: Asks) -> list[str]:
    """`with`, `and`: only apart when every side is known by itself and the whole is not."""
    if not _JOINED.search(part) or asks.known(part) or asks.sure(part):
        return [part]
    sides = [side for side in _JOINED.split(part) if side.strip()]
    return sides if len(sides) > 1 and all(map(asks.known, sides)) else [part]
