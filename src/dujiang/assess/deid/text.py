"""Finds what tells who somebody is in free text, in Chinese and English, by rules, dictionaries and check characters, and puts its kind in its place.

No model, nothing downloaded. The strongest dictionary is the patient's own record: give what is known of them as `known`. What is found once with
good evidence is found wherever else it stands in the same text. Years alone, ages under 90 and days of the week are left, as they name nobody.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from dujiang.assess.deid.text_en import english
from dujiang.assess.deid.text_marks import Found, marked
from dujiang.assess.deid.text_zh import chinese
from dujiang.words import Saying

KINDS: dict[str, Saying] = {
    "name": Saying(en="name", zh="姓名"), "id_number": Saying(en="identity number", zh="证件号"), "phone": Saying(en="phone", zh="电话"),
    "email": Saying(en="e-mail", zh="邮箱"), "address": Saying(en="address", zh="地址"), "date": Saying(en="date", zh="日期"),
    "number": Saying(en="number", zh="编号"), "card": Saying(en="card", zh="卡号"), "link": Saying(en="link", zh="网址"), "age": Saying(en="age", zh="年龄"),
    "known": Saying(en="known", zh="已知标识"),
}
_FINDERS: tuple[Callable[[str], Iterator[Found]], ...] = (marked, chinese)
# A found name is looked for again from so many characters on: "Li" alone stands in too many words.
_SHORTEST = 3


class Scrubbed(NamedTuple):
    """The text without what was found, and how many of each kind there were."""

    text: str
    found: dict[str, int]


def find(text: str, known: Iterable[str] = (), *, thorough: bool = True) -> list[Found]:
    """What was found, in order, not overlapping. `thorough` also takes single capitalised words amid an English sentence for names."""
    spans = [span for finder in _FINDERS for span in finder(text)]
    spans += english(text, thorough=thorough)
    spans += _again(text, known, "known")
    names = {text[span.start : span.end] for span in spans if span.kind == "name" and span.sure}
    parts = {part for name in names for part in re.split(r"[\s,]+", name)} | names
    spans += _again(text, (part for part in parts if len(part) >= (2 if part > "\u3400" else _SHORTEST)), "name")
    return _merged(spans)


def scrub(text: str, known: Iterable[str] = (), *, thorough: bool = True) -> Scrubbed:
    """The text with `[kind]` in place of each thing found, in the language of what stands around it."""
    out: list[str] = []
    counts: dict[str, int] = {}
    at = 0
    for span in find(text, known, thorough=thorough):
        counts[span.kind] = counts.get(span.kind, 0) + 1
        out += [text[at : span.start], f"[{KINDS[span.kind].in_(_language(text, span))}]"]
        at = span.end
    return Scrubbed("".join([*out, text[at:]]), counts)


def _language(text: str, span: Found) -> str:
    around = text[max(0, span.start - 20) : span.end + 20]
    return "zh" if re.search(r"[\u4e00-\u9fff]", around) else "en"


def _again(text: str, words: Iterable[str], kind: str) -> Iterator[Found]:
    """Every place where one of these words stands by itself."""
    wanted = sorted({word.strip() for word in words if len(word.strip()) >= 2}, key=len, reverse=True)
    if not wanted:
        return
    # In Chinese nothing stands between words.
    each = (re.escape(w) if re.search(r"[\u3400-\u9fff]", w) else rf"(?<!\w){re.escape(w)}(?!\w)" for w in wanted)
    for match in re.finditer("|".join(each), text, re.I if kind == "known" else 0):
        yield Found(match.start(), match.end(), kind, True)


def _merged(spans: Sequence[Found]) -> list[Found]:
    """Overlapping ones as one, of the kind of the longest."""
    merged: list[Found] = []
    for span in sorted(spans, key=lambda s: (s.start, s.start - s.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            kind = last.kind if last.end - last.start >= span.end - span.start else span.kind
            merged[-1] = Found(last.start, max(last.end, span.end), kind, last.sure or span.sure)
        elif span.end > span.start:
            merged.append(span)
    return merged
